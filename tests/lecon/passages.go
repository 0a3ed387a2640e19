package main

import (
	"regexp"
	"slices"
	"strings"
)

// endroit est la place, dans la leçon, d'une section de README.
type endroit int

const (
	bilan   endroit = iota // à la fin, comme ce qui n'est pas nommé ici
	aCote                  // chaque bloc à côté du code dont il parle
	lePiege                // avec le piège
	ailleurs
)

// Là où vont les sections des README. Un test vérifie qu'elles existent.
var sections = map[string]endroit{
	"":                             aCote,
	"Ce qu'il faut regarder":       aCote,
	"Ce qui a changé, et pourquoi": aCote,
	"Ce qui gêne encore":           aCote,
	"Le piège":                     lePiege,
	"Les fonctions":                ailleurs, // une référence
	"Les classes":                  ailleurs,
	"L'écrire":                     ailleurs, // des commandes
	"Le voir, le faire":            ailleurs,
}

// mettreACote range un bloc à côté du premier code qu'il nomme, ou en tête de son étape. Les commandes à taper n'ont pas de
// place : la page est leur réponse.
func (l *lecon) mettreACote(k int, b bloc) {
	if b.sorte == code {
		if b.langage == "" {
			l.enTete[k] = append(l.enTete[k], b)
		}
		return
	}
	for _, cite := range motifDeCode.FindAllStringSubmatch(b.texte, -1) {
		if g := l.designe(cite[1]); g != nil {
			places := l.aCote[g]
			places[k] = append(places[k], b)
			l.aCote[g] = places
			return
		}
	}
	l.enTete[k] = append(l.enTete[k], b)
}

// commente dit si un README parle d'un groupe.
func (l *lecon) commente(g *groupe) bool {
	return len(l.aCote[g][0])+len(l.aCote[g][1])+len(l.aCote[g][2]) > 0
}

var (
	motifDeCode     = regexp.MustCompile("`([^`]+)`")
	motifDeFonction = regexp.MustCompile(`^func (?:\([^)]*\) )?(\w+)`)
	motifDeType     = regexp.MustCompile(`^type (\w+)`)
	motifDeNom      = regexp.MustCompile(`^\(?\*?(\w+)\)?(?:\.(\w+))?(?:\(.*\))?$`)
)

// designe rend le groupe dont parle un morceau de code cité : par le nom d'une déclaration, un attribut, ou son texte même.
func (l *lecon) designe(cite string) *groupe {
	for _, motif := range []*regexp.Regexp{motifDeFonction, motifDeType} {
		if nom := motif.FindStringSubmatch(cite); nom != nil {
			return l.nomme(nom[1])
		}
	}
	if noms := motifDeNom.FindStringSubmatch(cite); noms != nil {
		if g := l.nomme(noms[2]); g != nil {
			return g
		}
		if g := l.attribut(noms[1], noms[2]); g != nil {
			return g
		}
		if g := l.nomme(noms[1]); g != nil || noms[2] == "" {
			return g
		}
	}
	i := slices.IndexFunc(l.groupes, func(g *groupe) bool {
		return g.a(func(d *declaration) bool { return !d.estType() && strings.Contains(d.texte, cite) })
	})
	if i < 0 {
		return nil
	}
	return l.groupes[i]
}

func (l *lecon) nomme(nom string) *groupe {
	return l.premier(func(d *declaration) bool { return d.nom == nom && nom != "" })
}

// attribut rend le groupe du type dont on cite un attribut, comme « c.conn ».
func (l *lecon) attribut(etat, nom string) *groupe {
	if l.premier(func(d *declaration) bool { return d.etat == etat }) == nil {
		return nil
	}
	return l.premier(func(d *declaration) bool { return slices.Contains(d.attributs, nom) })
}

func (l *lecon) premier(accepte func(*declaration) bool) *groupe {
	if i := slices.IndexFunc(l.groupes, func(g *groupe) bool { return g.a(accepte) }); i >= 0 {
		return l.groupes[i]
	}
	return nil
}
