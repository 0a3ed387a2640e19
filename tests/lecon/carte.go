package main

import "slices"

// pageCarte dit, pour chaque méthode d'un fichier, ce qu'elle était et qui répond quand on l'appelle à l'étape 3.
type pageCarte struct {
	Types  []string
	Lignes []pageCarteLigne
}

type pageCarteLigne struct {
	Nom, Ancre       string
	Etape1, Etape2   string
	Classes, Reponse []string // une par type
}

// carte rend celle d'un fichier ; rien, si l'étape 3 n'y hérite de rien.
func (p *page) carte(fichier string) *pageCarte {
	e := p.lecon.etapes[2]
	c := &pageCarte{}
	for _, t := range e.structures() {
		if t.fichier == fichier && len(e.bases(t.nom))+len(e.heritiers(t.nom)) > 0 {
			c.Types = append(c.Types, t.nom)
		}
	}
	if len(c.Types) == 0 {
		return nil
	}
	for _, g := range p.lecon.groupes {
		if g.fichier != fichier {
			continue
		}
		var faites []string
		for _, d := range g.etapes[2] {
			if slices.Contains(c.Types, d.recu) && !slices.Contains(faites, d.nom) {
				faites = append(faites, d.nom)
				c.Lignes = append(c.Lignes, p.carteLigne(g, d.nom, c.Types))
			}
		}
	}
	return c
}

func (p *page) carteLigne(g *groupe, nom string, types []string) pageCarteLigne {
	l := pageCarteLigne{Nom: nom, Ancre: p.ancres[g], Etape1: "—", Etape2: "—"}
	if i := slices.IndexFunc(g.etapes[0], func(d *declaration) bool { return d.nom == nom }); i >= 0 {
		l.Etape1 = p.lecon.etapes[0].sorteEnMots(g.etapes[0][i])
	}
	if i := slices.IndexFunc(g.etapes[1], func(d *declaration) bool { return d.nom == nom }); i >= 0 {
		l.Etape2 = p.lecon.etapes[1].sorteEnMots(g.etapes[1][i])
	}
	e := p.lecon.etapes[2]
	for _, t := range types {
		classe, reponse := "absente", "—"
		if m := e.methode(t, nom); m != nil {
			classe, reponse = "sienne", "la sienne"
			if base := e.masquee(m); base != "" {
				classe, reponse = "masque", "la sienne, qui masque celle de "+base
			}
		} else if porteur := e.porteur(t, nom); porteur != "" {
			classe, reponse = "promue", "celle de "+porteur+", promue"
		}
		l.Classes, l.Reponse = append(l.Classes, classe), append(l.Reponse, reponse)
	}
	return l
}

func (e *etape) sorteEnMots(d *declaration) string {
	if d.recu != "" {
		return d.recu
	}
	return "fonction"
}
