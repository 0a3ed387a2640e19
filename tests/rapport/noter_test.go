package rapport

import (
	"testing"

	"capteurs/tests/banc"
	"capteurs/tests/bareme"
	"capteurs/tests/criteres"
	"capteurs/tests/decouverte"
)

func TestNoter(t *testing.T) {
	rendu := Rendu{Nom: "groupe_a"}
	for _, e := range decouverte.Etapes {
		rendu.Etapes = append(rendu.Etapes, Etape{Nom: e})
		for _, c := range criteres.Tous() {
			if c.Concerne(e) {
				j := Jugement{Critere: c.ID, Etape: e, Resultat: banc.Resultat{Verdict: banc.Reussi}}
				switch c.ID {
				case "SRV-03":
					j.Resultat = banc.Resultat{Verdict: banc.Partiel, Fait: 1, Sur: 3}
				case "CLI-03":
					j.Verdict = banc.Echoue
				case "CLI-04", "CLI-08":
					j.Resultat = banc.Resultat{Verdict: banc.Ignore, Cause: "CLI-03"}
				case "ROB-05":
					j.Verdict = banc.NonConcluant
				}
				rendu.Jugements = append(rendu.Jugements, j)
			}
		}
	}
	r := &Rapport{Rendus: []Rendu{rendu, {Nom: "groupe_b", Erreur: "archive illisible"}}}
	b := bareme.ParDefaut()
	d, err := b.LireDecisions("decisions.toml", []byte("[[decision]]\nrendu = \"groupe_c\"\ncritere = \"ROB-05\"\npoints = 0.25\nmotif = \"vu en séance\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	perdues := r.Noter(b, d)
	if len(perdues) != 1 || perdues[0].Rendu != "groupe_c" {
		t.Errorf("décisions perdues : %+v", perdues)
	}
	if r.Bareme == nil || *r.Bareme != b.Resume() {
		t.Errorf("barème : %+v", r.Bareme)
	}
	// 20 − (0,5 + 0,5 + 0,25 + 0,5) − 2 × (0,1 + 0,1 + 0,07)
	if n := r.Rendus[0].Note; n == nil || n.Finale == nil || *n.Finale != 1775 || n.Obtenus != 1771 || len(n.ARelire) != 3 {
		t.Errorf("note : %+v", n)
	}
	if n := r.Rendus[1].Note; n == nil || n.Finale != nil || n.Bloquee != "ce rendu n'a pas pu être corrigé : archive illisible" {
		t.Errorf("note : %+v", n)
	}
}
