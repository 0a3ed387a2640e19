package bareme

import (
	"errors"
	"fmt"
	"slices"

	"capteurs/tests/decouverte"
)

// Decisions est ce qu'un enseignant a décidé, et qui passe avant ce que le correcteur a conclu. La valeur zéro n'en contient
// aucune.
type Decisions struct{ liste []Decision }

// fichierDecisions est un fichier de décisions tel qu'il s'écrit.
type fichierDecisions struct {
	Decisions []struct {
		Rendu   string  `toml:"rendu"`
		Critere string  `toml:"critere"`
		Etape   string  `toml:"etape"`
		Points  decimal `toml:"points"`
		Motif   string  `toml:"motif"`
		Auteur  string  `toml:"auteur"`
	} `toml:"decision"`
}

// LireDecisions lit et vérifie un fichier de décisions, prises selon ce barème ; nom est celui du fichier, pour les erreurs.
// Une erreur dit tout ce qui ne va pas, une phrase par ligne.
func (b *Bareme) LireDecisions(nom string, octets []byte) (Decisions, error) {
	var f fichierDecisions
	if err := decoder(nom, octets, decisionsMax, &f); err != nil {
		return Decisions{}, err
	}
	v := verification{nom: nom}
	var d Decisions
	for i, lue := range f.Decisions {
		ou := fmt.Sprintf("décision n° %d (« %s », %s)", i+1, montrer(lue.Rendu), montrer(lue.Critere))
		v.lisible(lue.Rendu, ou+", rendu")
		v.lisible(lue.Motif, ou+", motif")
		if lue.Auteur != "" {
			v.lisible(lue.Auteur, ou+", auteur")
		}
		decision := Decision{Rendu: lue.Rendu, Critere: lue.Critere, Points: v.points(lue.Points, ou+", points"), Motif: lue.Motif, Auteur: lue.Auteur}
		if lue.Etape != "" {
			decision.Etape = v.etape(lue.Etape, ou+", etape")
		}
		if v.critere(lue.Critere, decision.Etape, ou) != nil {
			v.dansLeBareme(b, decision, ou)
		}
		if slices.ContainsFunc(d.liste, decision.chevauche) {
			v.faute("%s : une autre décision porte déjà sur ce critère de ce rendu ; gardez-en une", ou)
		}
		d.liste = append(d.liste, decision)
	}
	if err := errors.Join(v.fautes...); err != nil {
		return Decisions{}, err
	}
	return d, nil
}

// dansLeBareme vérifie que les points décidés sont de ceux que le critère peut rapporter.
func (v *verification) dansLeBareme(b *Bareme, d Decision, ou string) {
	trouve := false
	for _, s := range b.sections {
		for _, p := range s.poids {
			if !d.vise(d.Rendu, cle{p.critere.ID, s.etape}) {
				continue
			}
			trouve = true
			if d.Points > p.points {
				v.faute("%s : %v points ; à l'étape « %s », ce critère en rapporte au plus %v ; nommez l'étape avec etape", ou, d.Points, s.etape, p.points)
			}
		}
	}
	if !trouve {
		v.faute("%s : ce critère ne rapporte rien dans le barème « %s »", ou, b.nom)
	}
}

// vise dit si la décision porte sur ce critère de ce rendu.
func (d Decision) vise(rendu string, c cle) bool {
	return d.Rendu == rendu && d.Critere == c.critere && (d.Etape == "" || d.Etape == c.etape)
}

// chevauche dit si deux décisions portent sur une même ligne.
func (d Decision) chevauche(autre Decision) bool {
	return d.Rendu == autre.Rendu && d.Critere == autre.Critere && (d.Etape == "" || autre.Etape == "" || d.Etape == autre.Etape)
}

// pour rend la décision prise d'un critère de ce rendu ; nil s'il n'y en a pas.
func (d Decisions) pour(rendu string, critere string, etape decouverte.Etape) *Decision {
	for _, decision := range d.liste {
		if decision.vise(rendu, cle{critere, etape}) {
			return &decision
		}
	}
	return nil
}

// SansRendu rend les décisions qui ne portent sur aucun de ces rendus : une faute de frappe ne doit pas les faire disparaître.
func (d Decisions) SansRendu(noms []string) (perdues []Decision) {
	for _, decision := range d.liste {
		if !slices.Contains(noms, decision.Rendu) {
			perdues = append(perdues, decision)
		}
	}
	return perdues
}
