package rapport

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

// TestCouper vérifie qu'une ligne coupée tient dans la largeur, et que rien ne s'y perd.
func TestCouper(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texte := textesHostiles().Draw(t, "texte")
		largeur, suite := rapid.IntRange(2, 90).Draw(t, "largeur"), rapid.IntRange(2, 90).Draw(t, "suite")
		lignes := couper(texte, largeur, suite)
		for i, ligne := range lignes {
			if n := colonnesDe(ligne); i == 0 && n > largeur || i > 0 && n > suite {
				t.Fatalf("%d colonnes, %d puis %d permises : %q", n, largeur, suite, ligne)
			}
		}
		if strings.Join(lignes, "") != string([]rune(texte)) {
			t.Fatalf("%q coupé en %q", texte, lignes)
		}
	})
}

func TestColonnes(t *testing.T) {
	for texte, n := range map[string]int{"": 0, "été": 3, "e\u0301te\u0301": 3, "漢字": 4, "✔ ◐ ✘ –": 7, "👍": 2, "␊→": 2} {
		if obtenu := colonnesDe(texte); obtenu != n {
			t.Errorf("%q : %d colonnes, %d attendues", texte, obtenu, n)
		}
	}
}

// TestAbreger vérifie qu'un texte abrégé tient, et garde son début et sa fin.
func TestAbreger(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texte, n := montrerEnLigne(textesHostiles().Draw(t, "texte")), rapid.IntRange(1, 30).Draw(t, "n")
		for _, abrege := range []string{abreger(texte, n), abregerLaFin(texte, n)} {
			if n >= 3 && colonnesDe(abrege) > n {
				t.Fatalf("%q, en %d colonnes : %q", texte, n, abrege)
			}
			if debut, fin, coupe := strings.Cut(abrege, "…"); coupe && !strings.Contains(texte, "…") && (!strings.HasPrefix(texte, debut) || !strings.HasSuffix(texte, fin)) || !coupe && abrege != texte {
				t.Fatalf("%q, en %d colonnes : %q", texte, n, abrege)
			}
		}
	})
	if obtenu := abreger("rendu_01_groupe_a", 10); obtenu != "rendu…pe_a" {
		t.Errorf("%q", obtenu)
	}
}

// TestTerminalInoffensif vérifie que rien de ce qu'un rendu a écrit ne commande le terminal, et qu'aucune ligne ne dépasse la
// largeur.
func TestTerminalInoffensif(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := unRapport(textesHostiles()).Draw(t, "rapport")
		s := Style{Largeur: rapid.SampledFrom([]int{0, 40, 80, 120}).Draw(t, "largeur"), Preuves: rapid.Bool().Draw(t, "preuves")}
		var texte strings.Builder
		if err := FicheClasse(&texte, r, s); err != nil {
			t.Fatal(err)
		}
		for i := range r.Rendus {
			if err := Fiche(&texte, &r.Rendus[i], s); err != nil {
				t.Fatal(err)
			}
		}
		largeur := s.Largeur
		if largeur == 0 {
			largeur = 80
		}
		for _, ligne := range strings.Split(texte.String(), "\n") {
			if n := colonnesDe(ligne); n > largeur {
				t.Fatalf("%d colonnes pour %d : %q", n, largeur, ligne)
			}
			for _, r := range ligne {
				if unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Cf) {
					t.Fatalf("caractère de commande %U : %q", r, ligne)
				}
			}
		}
	})
}

// TestCommandeSeCopie vérifie qu'une commande coupée en lignes reste la même commande.
func TestCommandeSeCopie(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mots := rapid.SliceOfN(rapid.StringMatching(`[a-z0-9./-]{1,30}|'[a-z ]{1,30}'`), 1, 12).Draw(t, "mots")
		e := nouvelEcran(Style{Largeur: 50})
		e.commande(4, "rejouer  ", strings.Join(mots, " "))
		texte := strings.TrimPrefix(e.texte.String(), "    rejouer  ")
		if relus := motsDeCommande(strings.ReplaceAll(strings.TrimSpace(texte), "\\\n", "")); !slices.Equal(relus, mots) {
			t.Fatalf("%q devient %q", mots, relus)
		}
	})
}
