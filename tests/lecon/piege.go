package main

import (
	"slices"
	"strings"
)

// piege est l'exemple, propre à l'étape 3, d'une méthode masquée que la méthode promue n'appelle pas.
type piege struct {
	montre  []*declaration // ce qu'il faut lire
	entoure []*declaration // ce qui le fait tourner
	sortie  string         // ce que l'exemple écrit, d'après son « // Output: »
	nom     string
}

// lirePiege trouve l'exemple que nomme la section du README sur le piège, et ce qui l'accompagne. Sa sortie est celle que le
// fichier annonce : go test échoue si ce n'est pas la vraie. Une étape récrite sans lui a un piège sans nom.
func lirePiege(etapes [3]*etape) (p piege) {
	for _, exemple := range etapes[2].exemples {
		nom := nomDExemple(exemple.Name)
		nomme := slices.ContainsFunc(etapes[2].blocs, func(b bloc) bool {
			return sections[b.section] == lePiege && strings.Contains(b.texte, nom+" ")
		})
		if nomme && exemple.Output != "" {
			p.nom, p.sortie = nom, exemple.Output
		}
	}
	if p.nom == "" {
		return p
	}
	vu := false
	for _, d := range etapes[2].declarations[fichierExemples] {
		connue := slices.ContainsFunc(etapes[1].declarations[fichierExemples], func(autre *declaration) bool { return autre.complet() == d.complet() })
		switch {
		case connue:
		case vu:
			p.entoure = append(p.entoure, d)
		case d.nom != p.nom && strings.HasPrefix(d.nom, "Example"):
			p.montre = nil // un autre exemple, et ce qui le précède
		default:
			p.montre = append(p.montre, d)
			vu = d.nom == p.nom
		}
	}
	return p
}

// sansSortie rend le texte d'une déclaration, sans le commentaire qui annonce ce qu'elle écrit : la leçon le montre à côté.
func sansSortie(d *declaration) string {
	corps, _, _ := strings.Cut(d.texte, "\n\t// Output:")
	if corps != d.texte {
		corps += "\n}"
	}
	return corps
}

func nomDExemple(nom string) string { return "Example" + nom }
