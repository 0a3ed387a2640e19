package main

import (
	"slices"
	"strings"
)

// groupe réunit ce qui se répond d'une étape à l'autre : une fonction, la méthode qu'elle devient, celles qui la masquent.
type groupe struct {
	fichier string
	etapes  [3][]*declaration // dans l'ordre du fichier
}

// nom est celui de la première déclaration, dans la première étape qui en a.
func (g *groupe) nom() string {
	for _, ds := range g.etapes {
		if len(ds) > 0 {
			return ds[0].nom
		}
	}
	return ""
}

func (g *groupe) a(accepte func(*declaration) bool) bool {
	return slices.ContainsFunc(g.etapes[:], func(ds []*declaration) bool { return slices.ContainsFunc(ds, accepte) })
}

// repond dit si une déclaration est la suite de ce que le groupe contient déjà.
func (g *groupe) repond(d *declaration) bool {
	return g.a(func(autre *declaration) bool {
		switch {
		case d.sorte == entete || autre.sorte == entete || d.constructeur() || autre.constructeur():
			return d.sorte == autre.sorte && d.constructeur() == autre.constructeur()
		case d.sorte == structure && autre.sorte == structure:
			return slices.ContainsFunc(d.attributs, func(a string) bool { return slices.Contains(autre.attributs, a) })
		case d.recu == "" && d.sorte != fonction || autre.recu == "" && autre.sorte != fonction:
			return d.sorte == autre.sorte && d.nom == autre.nom
		}
		return strings.EqualFold(d.nom, autre.nom)
	})
}

// emploie dit si une déclaration du groupe, à la même étape, se sert de d : elle l'appelle, le reçoit, ou le contient.
func (g *groupe) emploie(d *declaration) bool {
	return slices.ContainsFunc(g.etapes[d.etape-1], func(autre *declaration) bool {
		return autre != d && (slices.Contains(autre.appelle, d.nom) && !d.estType() || slices.Contains(autre.cite, d.nom))
	})
}

// grouper réunit les déclarations d'un fichier, dans l'ordre de la première étape. Ce qui ne répond à rien d'avant va avec
// ce qui s'en sert : une interface avec la méthode qui la reçoit, une base avec ce qui l'incorpore.
func grouper(etapes [3]*etape, fichier string) (groupes []*groupe) {
	for k, e := range etapes {
		var restent []*declaration
		dernier := -1 // le groupe de la déclaration précédente : c'est après lui qu'on en ouvre un
		for _, d := range e.declarations[fichier] {
			if i := slices.IndexFunc(groupes, func(g *groupe) bool { return g.repond(d) }); i >= 0 {
				groupes[i].etapes[k] = append(groupes[i].etapes[k], d)
				dernier = i
			} else if k == 0 {
				groupes = append(groupes, &groupe{fichier: fichier, etapes: [3][]*declaration{{d}}})
				dernier = len(groupes) - 1
			} else {
				restent = append(restent, d)
			}
		}
		for _, d := range restent {
			i := slices.IndexFunc(groupes, func(g *groupe) bool { return g.emploie(d) })
			if i < 0 {
				dernier++
				groupes = slices.Insert(groupes, dernier, &groupe{fichier: fichier})
				i = dernier
			}
			groupes[i].etapes[k] = append(groupes[i].etapes[k], d)
		}
		for _, g := range groupes {
			slices.SortFunc(g.etapes[k], func(a, b *declaration) int { return a.ligne - b.ligne })
		}
	}
	return groupes
}
