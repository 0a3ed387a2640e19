package rapport

import (
	"fmt"
	"strings"
)

// pageHistogramme est la distribution des notes d'une classe. Il est étroit à dessein, comme [pageSequence].
type pageHistogramme struct {
	Largeur, Hauteur int
	Base             int // l'ordonnée de l'axe
	Gauche, Droite   int
	Resume           string // en mots, pour qui ne voit pas le dessin
	Barres           []pageBarre
	Graduations      []pageGraduation
	Hauteurs         []pageGraduation
	Moyenne, Mediane pageRepere
}

type pageBarre struct {
	X, Y, Largeur, Hauteur, Milieu, Haut int
	Nombre                               int
}

type pageGraduation struct {
	Position, Texte int
	Nom             string
}

// pageRepere est une valeur montrée par un trait.
type pageRepere struct {
	X, TexteX int
	Ancrage   string // de son texte
	Texte     string
}

// Les mesures du dessin, en unités de sa vue.
const (
	histogrammeClasses = 20
	histogrammeGauche  = 30
	histogrammeDroite  = 350
	histogrammeHaut    = 46
	histogrammeBase    = 186
)

// pageRepartir compte les notes par vingtièmes du total.
func pageRepartir(s statistique) *pageHistogramme {
	var comptes [histogrammeClasses]int
	plus := 1
	for _, note := range s.Notes {
		rang := 0
		if s.Sur > 0 {
			rang = min(histogrammeClasses-1, max(0, int(note/s.Sur*histogrammeClasses)))
		}
		comptes[rang]++
		plus = max(plus, comptes[rang])
	}
	h := &pageHistogramme{Largeur: 360, Hauteur: 226, Base: histogrammeBase, Gauche: histogrammeGauche, Droite: histogrammeDroite}
	const pas = (histogrammeDroite - histogrammeGauche) / histogrammeClasses
	var phrases []string
	borne := func(i int) string { return virgule(s.Sur * float64(i) / histogrammeClasses) }
	for i, n := range comptes {
		if n == 0 {
			continue
		}
		hauteur := n * (histogrammeBase - histogrammeHaut - 12) / plus
		x := histogrammeGauche + i*pas
		h.Barres = append(h.Barres, pageBarre{x + 1, histogrammeBase - hauteur, pas - 2, hauteur, x + pas/2, histogrammeBase - hauteur - 4, n})
		phrases = append(phrases, fmt.Sprintf("%d de %s à %s", n, borne(i), borne(i+1)))
	}
	for i := 0; i <= histogrammeClasses; i += 5 {
		x := histogrammeGauche + i*pas
		h.Graduations = append(h.Graduations, pageGraduation{x, histogrammeBase + 15, borne(i)})
	}
	h.Resume = fmt.Sprintf("Nombre de rendus par note : %s. Moyenne %s, médiane %s.", strings.Join(phrases, ", "), virgule(s.Moyenne), virgule(s.Mediane))
	h.Moyenne = pageReperer("moyenne", s.Moyenne, s.Sur, s.Moyenne < s.Mediane)
	h.Mediane = pageReperer("médiane", s.Mediane, s.Sur, s.Mediane <= s.Moyenne)
	return h
}

// pageReperer place une valeur ; son texte est à gauche du trait ou à droite, où il ne couvre pas l'autre, sauf au bord.
func pageReperer(nom string, valeur, sur float64, aGauche bool) pageRepere {
	part := 0.0
	if sur > 0 {
		part = min(1, max(0, valeur/sur))
	}
	r := pageRepere{X: histogrammeGauche + int(part*(histogrammeDroite-histogrammeGauche)+0.5), Texte: nom + " " + virgule(valeur)}
	if part > 0.72 || aGauche && part > 0.28 {
		r.TexteX, r.Ancrage = r.X-4, "end"
	} else {
		r.TexteX, r.Ancrage = r.X+4, "start"
	}
	return r
}
