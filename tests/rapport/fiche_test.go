package rapport

import (
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"capteurs/tests/banc"
	"capteurs/tests/criteres"
)

// TestCouper vérifie qu'une ligne coupée tient dans la largeur, et que rien ne s'y perd que des blancs.
func TestCouper(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texte := rapid.String().Draw(t, "texte")
		largeur, suite := rapid.IntRange(1, 90).Draw(t, "largeur"), rapid.IntRange(1, 90).Draw(t, "suite")
		lignes := couper(texte, largeur, suite)
		for i, ligne := range lignes {
			if n := len([]rune(ligne)); i == 0 && n > largeur || i > 0 && n > suite {
				t.Fatalf("%d caractères, %d puis %d permis : %q", n, largeur, suite, ligne)
			}
		}
		if strings.Join(lignes, "") != string([]rune(texte)) {
			t.Fatalf("%q coupé en %q", texte, lignes)
		}
	})
}

// renduDe rend un rendu où chaque verdict se trouve, avec des textes quelconques.
func renduDe(textes func() string) *Rendu {
	programme := &banc.Programme{Fichier: textes(), Pourquoi: textes()}
	r := &Rendu{Nom: textes(), Remarques: []string{textes()}, Etapes: []Etape{{Nom: banc.Procedural, Client: programme, Serveur: programme}},
		Isolation: Isolation{banc.N0, textes()}, Alertes: []string{textes()}}
	for i, verdict := range []banc.Verdict{banc.Reussi, banc.Partiel, banc.Echoue, banc.NonConcluant, banc.Ignore, banc.Instable, banc.Defaillance} {
		c := criteres.Tous()[i]
		r.Jugements = append(r.Jugements, Jugement{Critere: c.ID, Titre: c.Titre, Exigence: c.Exigence, Etape: banc.Procedural,
			Resultat: banc.Resultat{Verdict: verdict, Envoye: textes(), Attendu: textes(), Observe: textes(), Cause: "SRV-01", Remarque: textes(),
				Diagnostics: []banc.Diagnostic{{Code: "upsert", Piste: textes()}}},
			Faits: []Fait{{Qui: "serveur", Quoi: "sortie", Octets: []byte(textes())}},
		})
	}
	return r
}

// TestFicheInoffensive vérifie que rien de ce qu'un rendu a écrit ne commande le terminal, et que la fiche tient en 80 colonnes.
func TestFicheInoffensive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		octets := rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }),
			rapid.SampledFrom([]string{"\x1b[2J", "\x1b]0;titre\x07", "\u202eà l'envers", "a\rb", "\u009b31m", strings.Repeat("mot ", 200)}))
		bilan := renduDe(func() string { return octets.Draw(t, "texte") })
		var texte strings.Builder
		if err := Fiche(&texte, bilan, Style{Preuves: true}); err != nil {
			t.Fatal(err)
		}
		for _, ligne := range strings.Split(texte.String(), "\n") {
			if n := len([]rune(ligne)); n > 80 {
				t.Fatalf("%d colonnes : %q", n, ligne)
			}
			for _, r := range ligne {
				if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
					t.Fatalf("caractère de commande %U : %q", r, ligne)
				}
			}
		}
	})
}

// TestFiche vérifie qu'un verdict se lit sans couleur, par un mot, et que le résumé est en tête et à la fin.
func TestFiche(t *testing.T) {
	bilan := renduDe(func() string { return "un texte" })
	for _, couleur := range []bool{false, true} {
		var texte strings.Builder
		if err := Fiche(&texte, bilan, Style{Couleur: couleur}); err != nil {
			t.Fatal(err)
		}
		for _, mot := range []string{"partiel", "échoué", "non concluant", "ignoré, à cause de SRV-01", "instable", "erreur du correcteur", "ALERTE", "envoyé", "attendu", "observé", "piste"} {
			if !strings.Contains(strings.Join(strings.Fields(texte.String()), " "), mot) && !couleur {
				t.Errorf("couleur %v : %q attendu dans\n%s", couleur, mot, &texte)
			}
		}
		if strings.Contains(texte.String(), "\x1b") != couleur {
			t.Errorf("couleur %v : %q", couleur, &texte)
		}
		if n := strings.Count(texte.String(), "DOIT 1/5"); n != 2 {
			t.Errorf("couleur %v : le résumé est là %d fois, 2 attendues", couleur, n)
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
