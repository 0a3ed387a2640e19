package main

import (
	"fmt"
	"strings"
)

func (p *page) fichier(nom string) *pageFichier {
	f := &pageFichier{Nom: p.lecon.chemin(nom), Ancre: p.ancreDe(nom), Carte: p.carte(nom)}
	for _, g := range p.lecon.groupes {
		if g.fichier == nom {
			v := p.groupe(g)
			f.Groupes = append(f.Groupes, v)
			f.Total.ajouter(v.Comptes)
			f.Plus = max(f.Plus, v.Comptes.Lignes[0], v.Comptes.Lignes[1], v.Comptes.Lignes[2])
		}
	}
	for _, v := range f.Groupes {
		for k, n := range v.Comptes.Lignes {
			v.Barres = append(v.Barres, pageBarre{Rang: k + 1, Haut: 6 * k, Longueur: (100*n + f.Plus - 1) / f.Plus})
		}
	}
	return f
}

func (p *page) groupe(g *groupe) *pageGroupe {
	rangs := p.lecon.rangs[g]
	v := &pageGroupe{Ancre: p.ancres[g], Nom: g.nom(), Comptes: compter(g, rangs)}
	switch pareil, replie := seRepete(g, rangs); {
	case !replie || p.lecon.commente(g):
	case pareil:
		v.Resume = "le même texte aux trois étapes"
	default:
		v.Resume = "de la fonction à la méthode, comme les autres ; puis inchangée"
	}
	v.Rangees = 1 // le titre de l'étape
	for k := range v.Colonnes {
		c := &v.Colonnes[k]
		c.Rang, c.Titre = k+1, p.lecon.etapes[k].titre
		for _, b := range p.lecon.aCote[g][k] {
			v.Dits = append(v.Dits, pageDit{k + 1, p.bloc(b, g)})
		}
	}
	for _, r := range rangs {
		p.ranger(v, g, r, rangs)
	}
	return v
}

// ranger ajoute une rangée aux trois colonnes, et avant elle une rangée de titres si des déclarations y commencent.
func (p *page) ranger(v *pageGroupe, g *groupe, r rang, rangs []rang) {
	var commence [3]bool
	for k, u := range r {
		commence[k] = u != nil && u.premiere
	}
	if commence != [3]bool{} {
		v.Rangees++
		for k, u := range r {
			c := &v.Colonnes[k]
			if !commence[k] {
				c.vide()
				continue
			}
			m := &pageMorceau{Rangees: 1, Nom: u.declaration.complet(), Lieu: fmt.Sprintf("ligne %d", u.declaration.ligne)}
			e := p.lecon.etapes[k]
			m.Nature = p.enLigne(e.nature(u.declaration), g)
			if k > 0 {
				m.Passage = p.enLigne(e.passage(g.etapes[k-1], u.declaration, rangs), g)
			}
			c.Morceaux = append(c.Morceaux, m)
		}
	}
	v.Rangees++
	for k, u := range r {
		c := &v.Colonnes[k]
		if u == nil {
			c.vide()
			continue
		}
		if commence[k] {
			c.Morceaux = append(c.Morceaux, &pageMorceau{Nom: u.declaration.complet()})
		}
		m := c.Morceaux[len(c.Morceaux)-1]
		m.Rangees++
		m.Lignes = append(m.Lignes, pageLigne{Classe: classeDe(u), Texte: marquer(u)})
	}
}

// vide saute une rangée : dans la déclaration en cours s'il y en a une, sinon entre deux.
func (c *pageColonne) vide() {
	if n := len(c.Morceaux); n == 0 {
		c.Morceaux = append(c.Morceaux, &pageMorceau{Rangees: 1})
	} else if m := c.Morceaux[n-1]; m.Lignes == nil {
		m.Rangees++
	} else {
		m.Rangees++
		if dernier := &m.Lignes[len(m.Lignes)-1]; dernier.Vide > 0 {
			dernier.Vide++
		} else {
			m.Lignes = append(m.Lignes, pageLigne{Vide: 1})
		}
	}
}

// classeDe dit à la feuille de style ce qu'une unité a de particulier.
func classeDe(u *unite) string {
	classes := []string{"l"}
	if u.commentaire() {
		classes = append(classes, "com")
	}
	if change, entierement := u.arrivee(); entierement {
		classes = append(classes, "arrive", "neuf")
	} else if change {
		classes = append(classes, "arrive")
	}
	if change, entierement := u.partie(); entierement {
		classes = append(classes, "part", "parti")
	} else if change {
		classes = append(classes, "part")
	}
	if retrait := len(u.texte) - len(strings.TrimLeft(u.texte, "\t")); retrait > 0 {
		classes = append(classes, fmt.Sprintf("r%d", min(retrait, 6)))
	}
	return strings.Join(classes, " ")
}
