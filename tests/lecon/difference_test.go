package main

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// texteProche tire un texte qui ressemble à du Go : des mots qui reviennent, des signes, des blancs, des commentaires.
func texteProche(t *rapid.T, nom string) string {
	mot := rapid.OneOf(rapid.SampledFrom([]string{"c", "ctx", "Envoyer", "(", ")", "*", ", ", " ", "  ", "\t", ".", "é", "// ", "\n// ", "\n\t// "}), rapid.String())
	return strings.Join(rapid.SliceOfN(mot, 0, 30).Draw(t, nom), "")
}

// Retirer ce qui arrive rend l'ancien texte ; retirer ce qui part rend le nouveau. Rien n'est perdu, rien n'est inventé.
func TestDifferenceRendLesDeuxTextes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		avant, apres := texteProche(t, "avant"), texteProche(t, "apres")
		var a, b strings.Builder
		for i, s := range differer(avant, apres) {
			if s == (segment{}) {
				t.Fatalf("segment %d vide", i)
			}
			a.WriteString(s.avant)
			b.WriteString(s.apres)
		}
		if a.String() != avant || b.String() != apres {
			t.Fatalf("differer(%q, %q) redonne %q et %q", avant, apres, a.String(), b.String())
		}
	})
}

// Un texte ne diffère pas de lui-même.
func TestDifferenceAvecSoi(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texte := texteProche(t, "texte")
		if segments := differer(texte, texte); len(segments) > 1 || len(segments) == 1 && segments[0] != (segment{texte, texte}) {
			t.Fatalf("differer(%q, lui-même) = %q", texte, segments)
		}
	})
}

// L'alignement ne croise pas de paires, n'en fait pas d'interdites, et trouve autant qu'une recherche exhaustive.
func TestAlignerAuMieux(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lettres := rapid.SliceOfN(rapid.IntRange(0, 3), 0, 7)
		a, b := lettres.Draw(t, "a"), lettres.Draw(t, "b")
		poids := func(i, j int) int {
			if a[i] != b[j] {
				return 0
			}
			return 1 + a[i]
		}
		trouve, i, j := 0, -1, -1
		for _, p := range aligner(len(a), len(b), poids) {
			if p[0] <= i || p[1] <= j || poids(p[0], p[1]) == 0 {
				t.Fatalf("paire %v interdite, après (%d, %d)", p, i, j)
			}
			i, j = p[0], p[1]
			trouve += poids(i, j)
		}
		var chercher func(i, j int) int
		chercher = func(i, j int) int {
			if i == len(a) || j == len(b) {
				return 0
			}
			meilleur := max(chercher(i+1, j), chercher(i, j+1))
			if poids(i, j) > 0 {
				meilleur = max(meilleur, poids(i, j)+chercher(i+1, j+1))
			}
			return meilleur
		}
		if attendu := chercher(0, 0); trouve != attendu {
			t.Fatalf("poids %d, %d possible", trouve, attendu)
		}
	})
}

// Ce qui se voit d'un changement est ce qu'un enseignant montrerait du doigt.
func TestDifferenceQuiSeLit(t *testing.T) {
	for _, c := range []struct{ avant, apres, attendu string }{
		{"func Close(c *EtatCapteur) error {", "func (c *CapteurTCP) Close() error {", "func {+(c *CapteurTCP) +}Close({-c *EtatCapteur-}) error {"},
		{"\t\tClose(c)", "\t\tc.Close()", "\t\t{+c.+}Close({-c-})"},
		{"if err := Connecter(c, ctx); err != nil {", "if err := c.Connecter(ctx); err != nil {", "if err := {+c.+}Connecter({-c, -}ctx); err != nil {"},
		{"return &EtatServeur{", "return &ServeurTCP{", "return &{-EtatServeur-}{+ServeurTCP+}{"},
		{"temperature  float64    // en °C", "temperature float64 // en °C", "temperature float64 // en °C"},
		{"// un mot, puis\n// un autre", "// un mot,\n// puis un autre", "// un mot,\n// puis un autre"},
		{"", "neuf", "{+neuf+}"},
	} {
		var b strings.Builder
		for _, s := range differer(c.avant, c.apres) {
			switch {
			case s.commun():
				b.WriteString(s.apres)
			case s.apres == "":
				fmt.Fprintf(&b, "{-%s-}", s.avant)
			default:
				fmt.Fprintf(&b, "{+%s+}", s.apres)
			}
		}
		if b.String() != c.attendu {
			t.Errorf("differer(%q, %q) = %q, %q attendu", c.avant, c.apres, b.String(), c.attendu)
		}
	}
}

// Deux lignes se répondent quand elles ont assez en commun.
func TestParente(t *testing.T) {
	for _, c := range []struct {
		a, b string
		oui  bool
	}{
		{"", "", true},
		{"}", "}", true},
		{"type EtatCapteur struct {", "type CapteurTCP struct {", true},
		{"func NouvelEtatCapteur(r etape.ReglagesCapteur) *EtatCapteur {", "func NouveauCapteurTCP(r etape.ReglagesCapteur) *CapteurTCP {", true},
		{"\tconfig *tls.Config // nil : connexion en clair", "\tconfig *tls.Config", true},
		{"return nil", "defer donnees.Close()", false},
	} {
		if obtenu := parente(lireJetons(c.a), lireJetons(c.b)) > 0; obtenu != c.oui {
			t.Errorf("parente(%q, %q) > 0 = %v", c.a, c.b, obtenu)
		}
	}
	ligne := lireJetons("\tid string")
	if pareille, proche := parente(ligne, ligne), parente(ligne, lireJetons("\t\tid string")); pareille <= proche {
		t.Errorf("deux lignes pareilles pèsent %d, deux lignes proches %d", pareille, proche)
	}
}
