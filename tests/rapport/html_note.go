package rapport

import (
	"fmt"
	"strings"

	"capteurs/tests/bareme"
	"capteurs/tests/decouverte"
)

// pageNote est la note d'un rendu, et ce qui l'explique.
type pageNote struct {
	Valeur, Sur, Bloquee string
	Palier, Bareme       string
	Sections             []pageSection
	Total                pageSection
	Bonus                string
	Plafonds             []string
	Decisions            []pageRenvoi
	ARelire              []pageRenvoi
	Gains                []pageRenvoi
	Plus                 int // renvois qui ne sont pas montrés
}

type pageSection struct {
	Titre, Obtenus, Sur, Retires string
	Bonus                        bool
	Part                         int // de 0 à 100
}

// pageRenvoi nomme un critère, et y mène quand la page l'a.
type pageRenvoi struct{ Nom, Ancre, Texte string }

// Ce que la page montre au plus d'une note.
const (
	pageSectionsMax = 16
	pageRenvoisMax  = 24
)

func (f *pageFabrique) note(b *bareme.Resume) *pageNote {
	n := f.rendu.Note
	if n == nil {
		return nil
	}
	p := &pageNote{Sur: n.Sur.String(), Bloquee: pageTexte(n.Bloquee, 300), Palier: pageTexte(n.Palier, 80)}
	if n.Finale != nil {
		p.Valeur = n.Finale.String()
	} else if p.Bloquee == "" {
		p.Bloquee = "elle est bloquée"
	}
	if b != nil {
		p.Bareme = pageTexte(b.Nom, 80) + " (SHA-256 " + pageTexte(b.Empreinte[:min(12, len(b.Empreinte))], 12) + "…)"
	}
	if n.Bonus != 0 {
		p.Bonus = n.Bonus.String()
	}
	total := bareme.Points(0)
	for i, s := range n.Sections {
		if !s.Bonus {
			total += s.Sur
		}
		if i < pageSectionsMax {
			section := pageFormer(pageTexte(s.Titre, 120), s.Obtenus, s.Comptes, s.Sur)
			section.Bonus = s.Bonus
			p.Sections = append(p.Sections, section)
		}
		for k := range s.Lignes {
			if l := &s.Lignes[k]; l.Decision != nil {
				p.Decisions = f.renvoyer(p, p.Decisions, l.Critere, l.Etape, pageDecision(l.Decision))
			}
		}
	}
	p.Total = pageFormer("Total", n.Obtenus, n.Comptes, total)
	for i, plafond := range n.Plafonds {
		if i == pageSectionsMax {
			break
		}
		p.Plafonds = append(p.Plafonds, fmt.Sprintf("%s : la note ne dépasse pas %v (manque %s)",
			pageTexte(plafond.Motif, 160), plafond.NoteMax, pageTexte(strings.Join(plafond.Criteres, ", "), 120)))
	}
	for _, l := range n.ARelire {
		p.ARelire = f.renvoyer(p, p.ARelire, l.Critere, l.Etape, fmt.Sprintf("%v pt", l.Sur))
	}
	for _, g := range n.Gains {
		texte := fmt.Sprintf("+%v pt", g.Points)
		if g.Debloque > 0 {
			texte += ", et " + pluriel(g.Debloque, "critère qui en dépend", "critères qui en dépendent")
		}
		p.Gains = f.renvoyer(p, p.Gains, g.Critere, g.Etape, texte)
	}
	return p
}

func pageFormer(titre string, obtenus, comptes, sur bareme.Points) pageSection {
	s := pageSection{Titre: titre, Obtenus: obtenus.String(), Sur: comptes.String()}
	if comptes > 0 {
		s.Part = int(min(100, max(0, obtenus*100/comptes)))
	}
	if sur > comptes {
		s.Retires = (sur - comptes).String()
	}
	return s
}

// renvoyer ajoute un renvoi à une liste, jusqu'à une limite.
func (f *pageFabrique) renvoyer(p *pageNote, liste []pageRenvoi, critere string, etape decouverte.Etape, texte string) []pageRenvoi {
	if len(liste) == pageRenvoisMax {
		p.Plus++
		return liste
	}
	nom := critere
	if len(f.rendu.Etapes) > 1 {
		nom = nomDe(critere, etape)
	}
	return append(liste, pageRenvoi{pageTexte(nom, 60), f.ancreDe(critere, etape), texte})
}
