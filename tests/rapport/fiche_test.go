package rapport

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"capteurs/tests/banc"
	"capteurs/tests/bareme"
	"capteurs/tests/criteres"
	"capteurs/tests/decouverte"
)

// renduDe rend un rendu où chaque verdict se trouve.
func renduDe(texte string) *Rendu {
	programme := &decouverte.Programme{Fichier: texte, Pourquoi: texte}
	r := &Rendu{Nom: "rendu_01", Remarques: []string{texte}, Etapes: []Etape{{Nom: decouverte.Procedural, Client: programme, Serveur: programme}},
		Graine: "42", Isolation: Isolation{banc.N0, texte}, Alertes: []string{texte}}
	for i, verdict := range verdicts {
		c := criteres.Tous()[i]
		r.Jugements = append(r.Jugements, Jugement{Critere: c.ID, Titre: c.Titre, Exigence: c.Exigence, Etape: decouverte.Procedural,
			Resultat: banc.Resultat{Verdict: verdict, Envoye: texte, Attendu: texte, Observe: texte + " autre", Cause: "SRV-01", Remarque: texte,
				Diagnostics: []banc.Diagnostic{{Code: "upsert", Piste: texte}}},
			Faits: []Fait{{Qui: "serveur", Quoi: "sortie", Octets: []byte(texte)}},
		})
	}
	return r
}

func ficheDe(t *testing.T, r *Rendu, s Style) string {
	t.Helper()
	var texte strings.Builder
	if err := Fiche(&texte, r, s); err != nil {
		t.Fatal(err)
	}
	return texte.String()
}

// TestFiche vérifie qu'un verdict se lit sans couleur, par un mot, et que le résumé est en tête et à la fin.
func TestFiche(t *testing.T) {
	for _, couleur := range []bool{false, true} {
		texte := ficheDe(t, renduDe("un texte"), Style{Couleur: couleur})
		for _, mot := range []string{"partiel", "échoué", "non concluant", "1 critère ignoré à cause de SRV-01 : CLI-05", "instable", "erreur du correcteur", "1 critère réussi : CLI-01",
			"ALERTE", "envoyé   un texte", "attendu  un texte", "observé  un texte autre", "piste    un texte", "rejouer  go run ./tests/correcteur rejouer -graine 42 CLI-02 rendu_01"} {
			if !strings.Contains(texte, mot) {
				t.Errorf("couleur %v : %q attendu dans\n%s", couleur, mot, texte)
			}
		}
		if strings.Contains(texte, "\x1b") != couleur {
			t.Errorf("couleur %v : %q", couleur, texte)
		}
		lignes := strings.Split(strings.TrimSpace(texte), "\n")
		if n := len(lignes); !slices.Equal(lignes[:2], lignes[n-2:]) || !strings.Contains(lignes[0], "! rendu_01 : erreur · DOIT 1/5") {
			t.Errorf("couleur %v : le résumé est attendu en tête et à la fin :\n%s", couleur, texte)
		}
	}
}

// TestFicheNotee vérifie ce qui explique une note.
func TestFicheNotee(t *testing.T) {
	finale := bareme.Points(1425)
	r := renduDe("un texte")
	ligne := bareme.Ligne{Critere: "CLI-03", Etape: decouverte.Procedural, Sur: 200, Obtenus: 50, Etat: bareme.Decide, Decision: &bareme.Decision{Motif: "vu en séance", Points: 50}}
	relire := bareme.Ligne{Critere: "CLI-04", Etape: decouverte.Procedural, Sur: 100, Etat: bareme.Retire}
	r.Note = &bareme.Note{Sur: 2000, Finale: &finale, Palier: "bien", Sections: []bareme.Section{{Titre: "Le client", Sur: 500, Comptes: 400, Obtenus: 350, Lignes: []bareme.Ligne{ligne, relire}}},
		Plafonds: []bareme.Plafond{{Motif: "rien n'est gardé", NoteMax: 1000, Criteres: []string{"SRV-02 (procédural)"}}}, ARelire: []bareme.Ligne{relire},
		Gains: []bareme.Gain{{Critere: "CLI-02", Etape: decouverte.Procedural, Points: 150, Debloque: 3}}}
	texte := ficheDe(t, r, Style{})
	for _, mot := range []string{"rendu_01 : erreur · note 14,25/20 · DOIT 1/5", "Note 14,25/20 (bien)", "Le client", "3,5/4, 1 à relire", "0,5/2 pt, décidé", "par l'enseignant : CLI-03 (procédural), 0,5/2 pt, « vu en séance »",
		"10 au plus, faute de SRV-02 (procédural) : rien n'est gardé", "à relire CLI-04 (procédural), 1 pt", "CLI-02 (procédural) : 1,5 pt, avec 3 critères qui en dépendent"} {
		if !strings.Contains(texte, mot) {
			t.Errorf("%q attendu dans\n%s", mot, texte)
		}
	}
	r.Note.Finale, r.Note.Bloquee = nil, "1 erreur du correcteur"
	if texte := ficheDe(t, r, Style{}); strings.Count(texte, "pas de note : 1 erreur du correcteur") != 2 {
		t.Errorf("pourquoi il n'y a pas de note est attendu en tête et à la fin :\n%s", texte)
	}
}

// TestFicheComplete vérifie que chaque critère jugé est nommé dans la fiche, seul ou dans une suite, et jamais deux textes
// pareils comme différents.
func TestFicheComplete(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := &Rendu{Nom: "rendu_01", Graine: "1", Etapes: []Etape{{Nom: decouverte.Procedural}}}
		for _, c := range criteres.Tous() {
			r.Jugements = append(r.Jugements, Jugement{Critere: c.ID, Etape: decouverte.Procedural, Titre: c.Titre, Exigence: c.Exigence,
				Resultat: banc.Resultat{Verdict: rapid.SampledFrom(verdicts).Draw(t, "verdict"), Attendu: "a", Observe: "a", Cause: "CLI-01"}})
		}
		var sortie strings.Builder
		if err := Fiche(&sortie, r, Style{}); err != nil {
			t.Fatal(err)
		}
		texte := strings.Join(strings.Fields(sortie.String()), " ")
		for _, c := range criteres.Tous() {
			if !nomme(texte, c.ID) {
				t.Fatalf("%s n'est pas dans la fiche :\n%s", c.ID, sortie.String())
			}
		}
		lignes := strings.Split(sortie.String(), "\n")
		for i, ligne := range lignes[1:] {
			if attendu, oui := strings.CutPrefix(lignes[i], "    attendu  "); oui && attendu == strings.TrimPrefix(ligne, "    observé  ") {
				t.Fatalf("deux textes pareils :\n%s\n%s", lignes[i], ligne)
			}
		}
	})
}

// nomme dit si un texte nomme un critère, seul ou entre les bornes d'une suite.
func nomme(texte, id string) bool {
	if strings.Contains(texte, id) {
		return true
	}
	prefixe, n, _ := numero(id)
	mots := strings.Fields(strings.ReplaceAll(texte, ",", ""))
	for i := range len(mots) - 2 {
		p1, n1, ok1 := numero(mots[i])
		p2, n2, ok2 := numero(mots[i+2])
		if mots[i+1] == "à" && ok1 && ok2 && p1 == prefixe && p2 == prefixe && n1 < n && n < n2 {
			return true
		}
	}
	return false
}

func TestEnumerer(t *testing.T) {
	for _, c := range []struct{ ids, attendu string }{
		{"", ""}, {"A-01", "A-01"}, {"A-01 A-02", "A-01, A-02"}, {"A-01 A-02 A-03 B-04", "A-01 à A-03, B-04"}, {"A-01 A-03 A-04 A-05", "A-01, A-03 à A-05"}, {"x y z", "x, y, z"},
	} {
		if obtenu := enumerer(strings.Fields(c.ids)); obtenu != c.attendu {
			t.Errorf("%s : %q, %q attendu", c.ids, obtenu, c.attendu)
		}
	}
}

// TestFauteRepetee vérifie qu'une faute déjà dite à une étape n'est pas redite à la suivante.
func TestFauteRepetee(t *testing.T) {
	r := &Rendu{Nom: "rendu_01", Graine: "1", Etapes: []Etape{{Nom: decouverte.Procedural}, {Nom: decouverte.POO}}}
	for _, e := range r.Etapes {
		r.Jugements = append(r.Jugements, Jugement{Critere: "SRV-02", Etape: e.Nom, Titre: "une mesure", Exigence: criteres.Doit,
			Resultat: banc.Resultat{Verdict: banc.Echoue, Attendu: "a", Observe: "b", Diagnostics: []banc.Diagnostic{{Code: "upsert", Piste: "une piste"}}}})
	}
	texte := ficheDe(t, r, Style{})
	if !strings.Contains(texte, "échoué, comme à l'étape procédural") || strings.Count(texte, "une piste") != 1 || strings.Count(texte, "rejouer -etape") != 2 {
		t.Errorf("la faute est dite une fois, et se rejoue à chaque étape :\n%s", texte)
	}
	if texte := ficheDe(t, r, Style{Preuves: true}); strings.Count(texte, "une piste") != 2 {
		t.Errorf("avec les preuves, tout est dit :\n%s", texte)
	}
}

// TestFicheClasse vérifie les lignes alignées, et le résumé d'une classe.
func TestFicheClasse(t *testing.T) {
	r := &Rapport{Classe: "groupe_a", Bareme: &bareme.Resume{Nom: "usuel", NoteSur: 2000}}
	for i, points := range []bareme.Points{2000, 1050, 700} {
		rendu := renduDe("un texte")
		rendu.Nom = fmt.Sprintf("rendu_%02d_%s", i, strings.Repeat("漢", 20*i))
		rendu.Note = &bareme.Note{Sur: 2000, Finale: &points}
		r.Rendus = append(r.Rendus, *rendu)
	}
	r.Rendus = append(r.Rendus, Rendu{Nom: "rendu_99", Erreur: "l'archive ne se lit pas"})
	var texte strings.Builder
	if err := FicheClasse(&texte, r, Style{}); err != nil {
		t.Fatal(err)
	}
	lignes := strings.Split(strings.TrimSpace(texte.String()), "\n")
	attendu := "groupe_a : 4 rendus · moyenne 12,5/20 · médiane 10,5 · 1 sans note · 3 à relire · 4 en erreur"
	if debut := strings.Join(lignes[:2], " "); !strings.HasPrefix(strings.Join(strings.Fields(debut), " "), attendu) {
		t.Errorf("%q, %q attendu", debut, attendu)
	}
	for _, mot := range []string{"l'archive ne se lit pas", "CLI-02", "3 rendus sur 3", "Fautes les plus fréquentes"} {
		if !strings.Contains(texte.String(), mot) {
			t.Errorf("%q attendu dans\n%s", mot, &texte)
		}
	}
	colonne := -1
	for _, ligne := range lignes {
		if i := strings.Index(ligne, "! erreur"); i >= 0 {
			if n := colonnesDe(ligne[:i]); colonne >= 0 && n != colonne {
				t.Errorf("colonnes mal alignées :\n%s", &texte)
			} else {
				colonne = n
			}
		}
	}
}

func TestEnEchec(t *testing.T) {
	for _, c := range []struct {
		verdict  banc.Verdict
		exigence criteres.Exigence
		echec    bool
	}{
		{banc.Echoue, criteres.Doit, true},
		{banc.Partiel, criteres.Doit, true},
		{banc.Ignore, criteres.Doit, true},
		{banc.NonConcluant, criteres.Doit, false},
		{banc.Instable, criteres.Doit, false},
		{banc.Reussi, criteres.Doit, false},
		{banc.Echoue, criteres.Devrait, false},
	} {
		r := &Rendu{Jugements: []Jugement{{Exigence: c.exigence, Resultat: banc.Resultat{Verdict: c.verdict}}}}
		if r.Compter().EnEchec != c.echec {
			t.Errorf("%s, %s : %v attendu", c.exigence, c.verdict, c.echec)
		}
	}
}
