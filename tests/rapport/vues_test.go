package rapport

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"capteurs/tests/banc"
	"capteurs/tests/bareme"
	"capteurs/tests/decouverte"
)

func TestVirgule(t *testing.T) {
	for x, attendu := range map[float64]string{0: "0", -0.001: "0", 12: "12", 14.25: "14,25", 1.5: "1,5", -0.25: "−0,25", 100: "100", 2.0 / 3: "0,67"} {
		if obtenu := virgule(x); obtenu != attendu {
			t.Errorf("%v : %q, %q attendu", x, obtenu, attendu)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		p := bareme.Points(rapid.IntRange(-5000, 5000).Draw(t, "points"))
		if un, deux := virgule(float64(p)/100), p.String(); un != deux {
			t.Fatalf("%d : %q et %q", p, un, deux)
		}
	})
}

func TestDuree(t *testing.T) {
	for us, attendu := range map[int64]string{0: "0 ms", 350_000: "350 ms", 4_238_651: "4,24 s", 59_999_000: "60 s", 125_000_000: "2 min 05 s"} {
		if obtenu := duree(us); obtenu != attendu {
			t.Errorf("%d : %q, %q attendu", us, obtenu, attendu)
		}
	}
}

// classeDe rend une classe où le critère SRV-02 a, à chaque étape, les verdicts donnés : un rendu par suite.
func classeDe(rendus ...[]banc.Verdict) *Rapport {
	r := &Rapport{}
	for i, verdicts := range rendus {
		rendu := Rendu{Nom: fmt.Sprintf("rendu_%02d", i)}
		for k, v := range verdicts {
			j := Jugement{Critere: "SRV-02", Etape: decouverte.Etapes[k], Resultat: banc.Resultat{Verdict: v}}
			if manque(v) {
				j.Diagnostics = []banc.Diagnostic{{Code: "sans_commit"}}
			}
			rendu.Jugements = append(rendu.Jugements, j)
		}
		r.Rendus = append(r.Rendus, rendu)
	}
	return r
}

// TestTaux vérifie qu'un rendu ne compte qu'une fois, toutes étapes ensemble, et qu'un manque passe avant un critère ignoré.
func TestTaux(t *testing.T) {
	r := classeDe([]banc.Verdict{banc.Echoue, banc.Partiel, banc.Ignore}, []banc.Verdict{banc.Reussi, banc.Ignore}, []banc.Verdict{banc.Reussi}, []banc.Verdict{banc.NonConcluant}, nil)
	if obtenu := fmt.Sprint(tauxEchec(r)); obtenu != fmt.Sprint([]taux{{colonne{Critere: "SRV-02"}, 3, 1, 1}}) {
		t.Errorf("toutes étapes : %s", obtenu)
	}
	attendu := []taux{{colonne{Critere: "SRV-02", Etape: decouverte.Procedural}, 3, 1, 0}, {colonne{Critere: "SRV-02", Etape: decouverte.POO}, 2, 1, 1}, {colonne{Critere: "SRV-02", Etape: decouverte.Heritage}, 1, 0, 1}}
	if obtenu := fmt.Sprint(tauxParColonne(r)); obtenu != fmt.Sprint(attendu) {
		t.Errorf("par étape : %s, %v attendu", obtenu, attendu)
	}
	if fautes := fautesFrequentes(r); len(fautes) != 1 || fautes[0].Rendus != 1 || len(fautes[0].Criteres) != 1 {
		t.Errorf("la faute de deux étapes d'un même rendu compte une fois : %v", fautes)
	}
}

// TestColonnesDeCriteres vérifie que l'ordre des critères est celui du rendu qui en a le plus, étape par étape.
func TestColonnesDeCriteres(t *testing.T) {
	jugements := func(etape decouverte.Etape, ids ...string) (suite []Jugement) {
		for _, id := range ids {
			suite = append(suite, Jugement{Critere: id, Etape: etape})
		}
		return suite
	}
	r := &Rapport{Rendus: []Rendu{{Jugements: jugements(decouverte.POO, "C", "D")}, {Jugements: jugements(decouverte.Procedural, "A", "B", "C")}, {Jugements: jugements(decouverte.Procedural, "C", "A")}}}
	obtenu := ""
	for _, c := range colonnes(r) {
		obtenu += nomDe(c.Critere, c.Etape) + " "
	}
	if attendu := "A (procédural) B (procédural) C (procédural) C (poo) D (poo) "; obtenu != attendu {
		t.Errorf("%q, %q attendu", obtenu, attendu)
	}
}

// TestStatistiques compare la moyenne et la médiane à leur définition.
func TestStatistiques(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		notes := rapid.SliceOfN(rapid.IntRange(0, 2000), 1, 9).Draw(t, "notes")
		r, somme := &Rapport{Rendus: []Rendu{{Erreur: "illisible", Note: &bareme.Note{Sur: 2000}}}}, 0
		for _, n := range notes {
			p := bareme.Points(n)
			r.Rendus = append(r.Rendus, Rendu{Note: &bareme.Note{Sur: 2000, Finale: &p}})
			somme += n
		}
		s := statistiques(r)
		if s.Rendus != len(notes)+1 || s.Notees != len(notes) || s.Erreurs != 1 || s.Sur != 20 {
			t.Fatalf("%+v", s)
		}
		if ecart := s.Moyenne*float64(len(notes))*100 - float64(somme); ecart > 1e-6 || ecart < -1e-6 {
			t.Fatalf("moyenne %v de %v", s.Moyenne, notes)
		}
		dessous, dessus := 0, 0
		for _, n := range notes {
			if x := float64(n) / 100; x < s.Mediane {
				dessous++
			} else if x > s.Mediane {
				dessus++
			}
		}
		if 2*dessous > len(notes) || 2*dessus > len(notes) {
			t.Fatalf("médiane %v de %v", s.Mediane, notes)
		}
	})
}

// TestCommeAvant vérifie qu'une faute qu'on ne reconnaît pas, ou une autre, est dite à chaque étape.
func TestCommeAvant(t *testing.T) {
	r := &classeDe([]banc.Verdict{banc.Echoue, banc.Echoue, banc.Partiel}).Rendus[0]
	for i, attendu := range []decouverte.Etape{"", decouverte.Procedural, ""} {
		if obtenu := commeAvant(r, &r.Jugements[i]); obtenu != attendu {
			t.Errorf("étape %d : %q, %q attendue", i+1, obtenu, attendu)
		}
	}
	r.Jugements[0].Diagnostics, r.Jugements[1].Diagnostics = nil, nil
	if obtenu := commeAvant(r, &r.Jugements[1]); obtenu != "" {
		t.Errorf("une faute qu'on ne reconnaît pas : %q", obtenu)
	}
}
