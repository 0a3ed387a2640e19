package trace

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Dessin est un graphique : des séries de points, sur deux axes.
type Dessin struct {
	Titre  string
	X, Y   string // ce que mesurent les axes
	Axe    AxeX
	Series []Serie
}

// AxeX est la façon de placer les abscisses.
type AxeX int

// Les façons de placer les abscisses.
const (
	Logarithmique AxeX = iota
	Regulier           // à égale distance, quelles que soient les valeurs
)

// Serie est une suite de points que joint une courbe.
type Serie struct {
	Nom    string
	Repere bool // un plafond ou un pair, à quoi comparer : en pointillé
	Points []Point
}

// Point est une mesure. Bas et Haut sont ses quartiles, ou tous deux nuls.
type Point struct{ X, Y, Bas, Haut float64 }

// Les mesures d'un dessin, en unités de sa vue.
const (
	largeur        = 560
	hauteur        = 320
	gauche         = 70
	droite         = 540
	haut           = 26
	bas            = 276
	nbTons         = 8
	nbPasDeY       = 5
	pointsVisibles = 12 // d'une série ; au-delà, le dessin se passe de marques, et de table

	plusPetit, plusGrand = 1e-9, 1e15 // hors de là, sauf zéro, un chiffre est une erreur
)

// figure est un dessin prêt pour la page.
type figure struct {
	ID, Titre, Resume string
	NomX, NomY        string
	Largeur, Hauteur  int
	Droite, Bas       int // où écrire le nom de l'axe des abscisses
	Axes              string
	Graduations       []graduation
	Series            []serieTracee
	Chiffres          *Table // nil : il y en aurait trop
}

type graduation struct{ Axe, Trait, X, Y, Texte string }

type serieTracee struct {
	Nom, Classe, Chemin, Quartiles, Exemple string
	Marques                                 []string
}

// echelle place des valeurs dans un dessin.
type echelle struct {
	axe        AxeX
	abscisses  []float64 // toutes, triées
	minX, maxX float64
	maxY, pasY float64
}

// tracer rend la figure. Un point démesuré, ou sans logarithme quand il en faut un, n'est pas
// montré.
func (d Dessin) tracer(id string) figure {
	d.Series = slices.Clone(d.Series)
	for i, s := range d.Series {
		d.Series[i].Points = slices.DeleteFunc(slices.Clone(s.Points), d.imontrable)
	}
	e := d.echelle()
	f := figure{ID: id, Titre: d.Titre, NomX: d.X, NomY: d.Y, Largeur: largeur, Hauteur: hauteur, Droite: droite, Bas: hauteur - 6, Resume: d.resumer(), Chiffres: d.chiffres()}
	f.Axes = fmt.Sprintf("M%d %dV%dH%d", gauche, haut, bas, droite)
	f.Graduations = e.graduations()
	for i, s := range d.Series {
		f.Series = append(f.Series, s.tracer(e, i, d.dense()))
	}
	return f
}

func (d Dessin) imontrable(p Point) bool {
	for _, x := range []float64{p.X, p.Y, p.Bas, p.Haut} {
		if math.IsNaN(x) || math.Abs(x) > plusGrand || x != 0 && math.Abs(x) < plusPetit {
			return true
		}
	}
	return p.Y < 0 || d.Axe == Logarithmique && p.X <= 0
}

// dense dit s'il y a trop de points pour que chacun se voie.
func (d Dessin) dense() bool {
	return slices.ContainsFunc(d.Series, func(s Serie) bool { return len(s.Points) > pointsVisibles })
}

func (d Dessin) echelle() echelle {
	e := echelle{axe: d.Axe}
	for _, s := range d.Series {
		for _, p := range s.Points {
			e.abscisses = append(e.abscisses, p.X)
			e.maxY = max(e.maxY, p.Y, p.Haut)
		}
	}
	slices.Sort(e.abscisses)
	e.abscisses = slices.Compact(e.abscisses)
	if len(e.abscisses) > 0 {
		e.minX, e.maxX = e.abscisses[0], e.abscisses[len(e.abscisses)-1]
	}
	e.pasY = pasRond(e.maxY / nbPasDeY)
	e.maxY = e.pasY * math.Ceil(e.maxY/e.pasY)
	return e
}

// pasRond rend le plus petit de 1, 2 ou 5 fois une puissance de dix qui ne soit pas sous x.
func pasRond(x float64) float64 {
	if x <= 0 {
		return 1
	}
	puissance := math.Pow(10, math.Floor(math.Log10(x)))
	for _, facteur := range []float64{1, 2, 5} {
		if facteur*puissance >= x {
			return facteur * puissance
		}
	}
	return 10 * puissance
}

func (e echelle) x(x float64) float64 {
	part := 0.5
	switch {
	case e.minX == e.maxX:
	case e.axe == Regulier:
		rang, _ := slices.BinarySearch(e.abscisses, x)
		part = float64(rang) / float64(len(e.abscisses)-1)
	default:
		part = math.Log(x/e.minX) / math.Log(e.maxX/e.minX)
	}
	return gauche + part*(droite-gauche)
}

func (e echelle) y(y float64) float64 {
	if e.maxY == 0 {
		return bas
	}
	return bas - y/e.maxY*(bas-haut)
}

func (e echelle) graduations() []graduation {
	var g []graduation
	for i := 0; e.maxY > 0 && float64(i)*e.pasY <= e.maxY*1.001; i++ {
		valeur := float64(i) * e.pasY
		y := e.y(valeur)
		g = append(g, graduation{"gy", fmt.Sprintf("M%d %sH%d", gauche, unite(y), droite), unite(gauche - 6), unite(y + 4), abreger(valeur)})
	}
	for _, valeur := range e.graduationsX() {
		x := e.x(valeur)
		g = append(g, graduation{"gx", fmt.Sprintf("M%s %dV%d", unite(x), haut, bas), unite(x), unite(bas + 16), abreger(valeur)})
	}
	return g
}

// graduationsX rend chaque abscisse d'un axe régulier, et les puissances de dix d'un axe logarithmique, ou ses bornes s'il
// n'en contient pas deux.
func (e echelle) graduationsX() []float64 {
	if e.axe == Regulier || len(e.abscisses) < 2 {
		return e.abscisses
	}
	var dizaines []float64
	for puissance := math.Ceil(math.Log10(e.minX) - 1e-9); puissance <= math.Log10(e.maxX)+1e-9; puissance++ {
		dizaines = append(dizaines, min(e.maxX, max(e.minX, math.Pow(10, puissance))))
	}
	if len(dizaines) < 2 {
		return []float64{e.minX, e.maxX}
	}
	return dizaines
}

func (s Serie) tracer(e echelle, rang int, dense bool) serieTracee {
	t := serieTracee{Nom: s.Nom, Classe: fmt.Sprintf("s%d", rang%nbTons), Exemple: marque(rang, 15, 6)}
	if s.Repere {
		t.Classe += " repere"
	}
	var chemin, quartiles strings.Builder
	for i, p := range s.Points {
		x, y := e.x(p.X), e.y(p.Y)
		fmt.Fprintf(&chemin, "%c%s %s", "ML"[min(i, 1)], unite(x), unite(y))
		if p.Haut > p.Bas {
			fmt.Fprintf(&quartiles, "M%s %sV%s", unite(x), unite(e.y(max(0, p.Bas))), unite(e.y(p.Haut)))
		}
		if !dense {
			t.Marques = append(t.Marques, marque(rang, x, y))
		}
	}
	t.Chemin, t.Quartiles = chemin.String(), quartiles.String()
	return t
}

// marque rend le contour qui distingue une série, pour qui ne voit pas sa couleur : rond, carré, triangle, losange.
func marque(rang int, x, y float64) string {
	formes := []string{"m-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0", "m-4 -4h8v8h-8z", "m0 -5l5 9h-10z", "m0 -5l5 5l-5 5l-5 -5z"}
	return "M" + unite(x) + " " + unite(y) + formes[rang%len(formes)]
}

// unite écrit une coordonnée, au dixième.
func unite(x float64) string { return strconv.FormatFloat(math.Round(x*10)/10, 'f', -1, 64) }

// abreger écrit un nombre pour un axe : 0,5, 300, 20 k, 3 M.
func abreger(x float64) string {
	suffixe := ""
	for _, s := range []string{" k", " M", " G"} {
		if math.Abs(x) < 999.5 {
			break
		}
		x, suffixe = x/1000, s
	}
	decimales := 0
	for grand := math.Abs(x); decimales < 2 && grand < 99.5 && math.Abs(x-math.Round(x)) > 0.004; grand *= 10 {
		decimales++
	}
	texte := strconv.FormatFloat(x, 'f', decimales, 64)
	if decimales > 0 {
		texte = strings.TrimSuffix(strings.TrimRight(texte, "0"), ".")
	}
	return strings.Replace(texte, ".", ",", 1) + suffixe
}

// resumer dit le dessin à qui ne le voit pas.
func (d Dessin) resumer() string {
	phrases := []string{fmt.Sprintf("%s selon : %s.", d.Y, d.X)}
	for _, s := range d.Series {
		if n := len(s.Points); n > 0 {
			debut, fin := s.Points[0], s.Points[n-1]
			phrases = append(phrases, fmt.Sprintf("%s : de %s pour %s à %s pour %s.", s.Nom, abreger(debut.Y), abreger(debut.X), abreger(fin.Y), abreger(fin.X)))
		}
	}
	return strings.Join(phrases, " ")
}

// chiffres rend les points en une table : une ligne par abscisse, une colonne par série.
func (d Dessin) chiffres() *Table {
	if d.dense() {
		return nil
	}
	t := &Table{Titre: "Les chiffres", Entetes: []string{d.X}}
	lignes := map[float64][]string{}
	for i, s := range d.Series {
		t.Entetes = append(t.Entetes, s.Nom)
		for _, p := range s.Points {
			if lignes[p.X] == nil {
				lignes[p.X] = make([]string, len(d.Series))
			}
			lignes[p.X][i] = abreger(p.Y)
		}
	}
	for _, x := range d.echelle().abscisses {
		t.Lignes = append(t.Lignes, append([]string{abreger(x)}, lignes[x]...))
	}
	return t
}
