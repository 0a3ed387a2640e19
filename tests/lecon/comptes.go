package main

// comptes sont les nombres de lignes d'un groupe, à chaque étape et d'une étape à l'autre. Les lignes vides entre les
// déclarations n'y sont pas.
type comptes struct {
	Lignes [3]int
	entre  [2]changement
}

// changement compte les lignes d'une étape qui ne sont plus telles quelles à la suivante, et celles de la suivante qui ne
// l'étaient pas.
type changement struct{ Parties, Arrivees int }

// Entre rend le changement après l'étape k, comptée de zéro.
func (c comptes) Entre(k int) changement { return c.entre[k] }

func compter(g *groupe, rangs []rang) (c comptes) {
	for k, ds := range g.etapes {
		for _, d := range ds {
			c.Lignes[k] += d.lignes()
		}
	}
	for _, r := range rangs {
		for k, u := range r {
			if u == nil {
				continue
			}
			if arrivee, _ := u.arrivee(); arrivee {
				c.entre[k-1].Arrivees += u.lignes
			}
			if partie, _ := u.partie(); partie {
				c.entre[k].Parties += u.lignes
			}
		}
	}
	return c
}

func (c *comptes) ajouter(d comptes) {
	for k, n := range d.Lignes {
		c.Lignes[k] += n
	}
	for k, n := range d.entre {
		c.entre[k].Parties += n.Parties
		c.entre[k].Arrivees += n.Arrivees
	}
}

// seRepete dit si un groupe n'apprend rien que les autres ne montrent : le même texte aux trois étapes ou, de la première à la
// deuxième, les mêmes lignes une à une. On peut le replier.
func seRepete(g *groupe, rangs []rang) (pareil, replie bool) {
	texte := func(k int) (texte string) {
		for _, d := range g.etapes[k] {
			texte += d.texte + "\n"
		}
		return texte
	}
	if texte(1) != texte(2) {
		return false, false
	}
	for _, r := range rangs {
		for _, u := range r[:2] {
			if u == nil {
				return false, false
			}
			if _, entierement := u.partie(); entierement && u.declaration.etape == 1 {
				return false, false
			}
		}
	}
	return texte(0) == texte(1), true
}
