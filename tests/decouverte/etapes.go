package decouverte

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// nommerEtapes donne leur étape aux candidats dont un nom la dit : celui du fichier d'abord, puis ceux de ses dossiers,
// du plus proche au plus lointain, puis ceux des modules qu'il importe.
func (r *rendu) nommerEtapes(tous []*candidat) {
	parFichier := map[*candidat]Etape{}
	for _, c := range tous {
		parFichier[c] = c.nom.etape
		if parFichier[c] == "" {
			parFichier[c] = etapeDuNumero(c.nom, func() []int { return numerosDesVoisins(tous, c) })
		}
	}
	parDossier := etapesDesDossiers(tous, parFichier)
	for _, c := range tous {
		c.etape = parFichier[c]
		if c.etape != "" {
			c.gagner(1, "étape dite par son nom")
			continue
		}
		for d := path.Dir(c.chemin); d != "." && c.etape == ""; d = path.Dir(d) {
			c.etape = parDossier[d]
		}
		if c.etape != "" {
			c.gagner(1, "étape dite par son dossier")
			continue
		}
		if c.nom.role != roleInconnu {
			continue
		}
		for _, chemin := range r.importees(c.source) { // main.py, qui lance serveur_poo.py
			if e := lireNom(sansExtension(chemin)).etape; slices.Index(Etapes, e) > slices.Index(Etapes, c.etape) {
				c.etape = e
			}
		}
		if c.etape != "" {
			c.gagner(1, "étape dite par un module qu'il importe")
		}
	}
}

// etapeDuNumero lit le numéro d'un nom. Un numéro qui pourrait être celui d'un exercice ne vaut que si ses voisins en
// portent d'autres.
func etapeDuNumero(n nomLu, voisins func() []int) Etape {
	if n.numero < 1 || n.numero > len(Etapes) || n.sur == 0 {
		return ""
	}
	if n.sur == 1 {
		autres := voisins()
		if slices.Max(autres) > len(Etapes) || slices.Min(autres) == slices.Max(autres) {
			return ""
		}
	}
	return Etapes[n.numero-1]
}

// numerosDesVoisins donne les numéros des candidats du même dossier et du même rôle.
func numerosDesVoisins(tous []*candidat, c *candidat) (numeros []int) {
	for _, autre := range tous {
		if autre.role == c.role && path.Dir(autre.chemin) == path.Dir(c.chemin) && autre.nom.numero > 0 && autre.nom.sur > 0 {
			numeros = append(numeros, autre.nom.numero)
		}
	}
	return numeros
}

// etapesDesDossiers donne l'étape que dit chaque dossier. Un dossier dont les fichiers en disent d'autres ne dit rien :
// « TP_POO_héritage » peut contenir client.py, client_poo.py et client_heritage.py.
func etapesDesDossiers(tous []*candidat, parFichier map[*candidat]Etape) map[string]Etape {
	lus := map[string]nomLu{}
	for _, c := range tous {
		for d := path.Dir(c.chemin); d != "."; d = path.Dir(d) {
			n := lireNom(path.Base(d))
			if n.sur == 0 && n.version > 0 {
				n.sur = 1 // v1/, v2/, v3/
			}
			lus[d] = n
		}
	}
	etapes := map[string]Etape{}
	for d, n := range lus {
		etapes[d] = n.etape
		if n.etape == "" {
			etapes[d] = etapeDuNumero(n, func() (numeros []int) {
				for autre, m := range lus {
					if path.Dir(autre) == path.Dir(d) && m.numero > 0 && m.sur > 0 {
						numeros = append(numeros, m.numero)
					}
				}
				return numeros
			})
		}
	}
	contredits := map[string]bool{}
	for _, c := range tous {
		f := parFichier[c]
		for d := path.Dir(c.chemin); d != "." && f != ""; d = path.Dir(d) {
			if e := etapes[d]; e != "" {
				contredits[d] = contredits[d] || f != e && (e != POO || f != Heritage)
				break
			}
		}
	}
	for d := range contredits {
		if contredits[d] {
			etapes[d] = ""
		}
	}
	return etapes
}

// place est le rôle d'une étape, à pourvoir.
type place struct {
	etape Etape
	role  role
}

// placer répartit les candidats entre les places. Ceux dont aucun nom ne dit l'étape sont la version simple ; s'il y en
// a plusieurs, leurs classes les départagent.
func placer(tous []*candidat) map[place][]*candidat {
	places := map[place][]*candidat{}
	devines := map[place]bool{}
	for _, ro := range []role{roleClient, roleServeur} {
		var sans []*candidat
		for _, c := range tous {
			if c.role == ro && c.etape != "" {
				places[place{c.etape, ro}] = append(places[place{c.etape, ro}], c)
			} else if c.role == ro {
				sans = append(sans, c)
			}
		}
		if len(sans) == 0 {
			continue
		}
		// Les plus simples de ceux qui restent sont la version simple, si elle est à pourvoir.
		simple := slices.Index(Etapes, slices.MinFunc(sans, func(a, b *candidat) int {
			return slices.Index(Etapes, a.etapeLue) - slices.Index(Etapes, b.etapeLue)
		}).etapeLue)
		pourvue := len(places[place{Procedural, ro}]) > 0
		for _, c := range sans {
			p := place{Procedural, ro}
			if lue := slices.Index(Etapes, c.etapeLue); (lue > simple || pourvue) && lue > 0 && len(places[place{c.etapeLue, ro}]) == 0 || devines[place{c.etapeLue, ro}] {
				p.etape = c.etapeLue
				devines[p] = true
			}
			places[p] = append(places[p], c)
		}
	}
	// Une étape devinée d'un seul côté n'en est pas une : c'est une autre version.
	for p := range devines {
		autre := place{p.etape, roleClient + roleServeur - p.role}
		if len(places[autre]) == 0 {
			places[place{Procedural, p.role}] = append(places[place{Procedural, p.role}], places[p]...)
			delete(places, p)
			continue
		}
		for _, c := range places[p] {
			c.gagner(1, "étape dite par ses classes")
		}
	}
	return places
}

// prefererCandidat ajoute aux points ce qui départage deux candidats à la même place.
func prefererCandidat(c *candidat) {
	n := c.nom
	if n.vieux {
		c.points -= 6
	}
	if n.copie {
		c.points -= 2
	}
	switch {
	case n.version >= 1000:
		c.points += 3
	case n.version > 0:
		c.points += 2
	case n.numero > 0 && n.sur == 0:
		c.points--
	}
	if c.seRepose() {
		c.points -= 5
	}
	c.points -= min(n.autres, 3) + strings.Count(c.chemin, "/")
	if d := path.Dir(c.chemin); d != "." && lireNom(path.Base(d)).vieux {
		c.points -= 6
	}
}

// seRepose dit qu'un programme Go a besoin d'autres paquets du rendu : à la même place, celui qui se suffit est préféré, du côté du
// client comme du serveur.
func (c *candidat) seRepose() bool { return c.langage == "Go" && len(c.contenu.importe) > 0 }

// meilleur rend le candidat qui a le plus de points, et les autres dans l'ordre ; pair est celui de l'autre rôle.
func meilleur(candidats []*candidat, pair *candidat) (*candidat, []*candidat) {
	if len(candidats) == 0 {
		return nil, nil
	}
	for _, c := range candidats {
		if pair != nil && path.Dir(pair.chemin) == path.Dir(c.chemin) {
			c.points += 3
		}
		if pair != nil && pair.langage == c.langage {
			c.points += 2
		}
	}
	slices.SortStableFunc(candidats, func(a, b *candidat) int {
		if a.points != b.points {
			return b.points - a.points
		}
		if a.nom.version != b.nom.version {
			return b.nom.version - a.nom.version
		}
		return strings.Compare(a.chemin, b.chemin)
	})
	return candidats[0], candidats[1:]
}

// comparerCandidats dit pourquoi c est choisi plutôt qu'un autre.
func comparerCandidats(c, autre *candidat) string {
	switch vieux := func(c *candidat) bool {
		return c.nom.vieux || lireNom(path.Base(path.Dir(c.chemin))).vieux
	}; {
	case vieux(autre) && !vieux(c):
		return "l'autre porte le nom d'un essai ou d'une ancienne version"
	case autre.nom.copie && !c.nom.copie:
		return "l'autre porte le nom d'une copie"
	case c.contenu.lance && !autre.contenu.lance:
		return "l'autre définit sans rien lancer"
	case autre.langage == "exécutable" && c.langage != autre.langage:
		return "le source plutôt que l'exécutable"
	case c.nom.version > autre.nom.version:
		return "sa version est la plus récente, d'après son nom"
	case c.nom.role != roleInconnu && autre.nom.role == roleInconnu || c.nom.force > autre.nom.force:
		return "son nom le dit mieux"
	case c.nom.autres < autre.nom.autres:
		return "son nom est le plus proche de l'énoncé"
	case autre.seRepose() && !c.seRepose():
		return "il se suffit, l'autre a besoin d'autres paquets du rendu"
	case c.points > autre.points:
		return "il convient mieux, d'après son contenu et sa place"
	}
	return "le premier des deux par ordre alphabétique"
}

// choisir pourvoit chaque place, et dit ce qui a été écarté.
func (r *rendu) choisir(places map[place][]*candidat) map[Etape]map[role]*candidat {
	choisis := map[Etape]map[role]*candidat{}
	for _, e := range Etapes {
		var pair *candidat
		for _, ro := range []role{roleServeur, roleClient} {
			c, autres := meilleur(places[place{e, ro}], pair)
			if c == nil {
				continue
			}
			if choisis[e] == nil {
				choisis[e] = map[role]*candidat{}
			}
			choisis[e][ro], pair = c, c
			for _, autre := range autres[:min(len(autres), 3)] {
				r.remarquer("étape %s, %s : %s plutôt que %s : %s", e, ro, c.chemin, autre.chemin, comparerCandidats(c, autre))
			}
			if len(autres) > 3 {
				r.remarquer("étape %s, %s : %s plutôt que %d autres encore", e, ro, c.chemin, len(autres)-3)
			}
			if !c.contenu.lance {
				r.remarquer("%s semble ne rien lancer : il ne fait que définir", c.chemin)
			}
			classes := c.etapeLue == Heritage || c.etapeLue == POO && c.langage != "Go" && c.langage != "Java"
			if e == Procedural && c.etape == "" && classes {
				r.remarquer("%s est écrit avec des classes ; faute d'un autre, il est pris pour l'étape %s", c.chemin, e)
			}
		}
	}
	return choisis
}

// pourquoi dit en une phrase ce qui a fait choisir un candidat.
func (c *candidat) pourquoi() string {
	if len(c.raisons) == 0 {
		return fmt.Sprintf("%s, faute d'un autre", c.role)
	}
	return fmt.Sprintf("%s : %s", c.role, strings.Join(c.raisons, " ; "))
}
