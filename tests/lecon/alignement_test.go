package main

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Chaque étape se relit de haut en bas dans ses rangées, et les différences de chaque unité la redonnent.
func TestAlignementFidele(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ligne := rapid.SampledFrom([]string{"", "}", "\treturn nil", "\tc.conn = nil", "\tc.conn = conn", "// Une phrase.", "// Une autre phrase.", "//", "\t// dedans", "func A(c *E) {", "func (c *T) A() {"})
		lignes := rapid.SliceOfN(ligne, 1, 12)
		var g groupe
		for k := range g.etapes {
			for n := range rapid.IntRange(0, 2).Draw(t, "déclarations") {
				g.etapes[k] = append(g.etapes[k], &declaration{etape: k + 1, ligne: n, texte: strings.Join(lignes.Draw(t, "lignes"), "\n")})
			}
		}
		verifierAlignement(t, &g)
	})
}

func TestAlignementDesEtapes(t *testing.T) {
	etapes := lues(t)
	for _, nom := range fichiers {
		for _, g := range grouper(etapes, nom) {
			verifierAlignement(t, g)
		}
	}
}

func verifierAlignement(t rapid.TB, g *groupe) {
	t.Helper()
	rangs := alignement(g)
	for k, ds := range g.etapes {
		var textes []string
		var lus []*declaration
		for _, r := range rangs {
			u := r[k]
			if u == nil {
				continue
			}
			if len(lus) == 0 || lus[len(lus)-1] != u.declaration {
				lus, textes = append(lus, u.declaration), append(textes, "")
			} else {
				textes[len(textes)-1] += "\n"
			}
			textes[len(textes)-1] += u.texte
			if u.lignes != strings.Count(u.texte, "\n")+1 {
				t.Fatalf("%q : %d lignes", u.texte, u.lignes)
			}
			verifierSegments(t, u.texte, u.depuis, k > 0, func(s segment) string { return s.apres })
			verifierSegments(t, u.texte, u.vers, k < 2, func(s segment) string { return s.avant })
		}
		if !slices.Equal(lus, ds) {
			t.Fatalf("étape %d : %d déclarations relues, %d attendues", k+1, len(lus), len(ds))
		}
		for i, d := range ds {
			if textes[i] != d.texte {
				t.Fatalf("étape %d : les rangées donnent %q, %q attendu", k+1, textes[i], d.texte)
			}
		}
	}
	if slices.Contains(rangs, rang{}) {
		t.Fatalf("une rangée est vide")
	}
}

// verifierSegments vérifie que des segments redonnent une unité, de son côté.
func verifierSegments(t rapid.TB, texte string, segments []segment, voisine bool, cote func(segment) string) {
	t.Helper()
	obtenu := ""
	for _, s := range segments {
		obtenu += cote(s)
	}
	if obtenu = strings.TrimSuffix(obtenu, "\n"); voisine && obtenu != texte || !voisine && segments != nil {
		t.Fatalf("les segments de %q redonnent %q", texte, obtenu)
	}
}
