package rapport

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestJamaisPareils vérifie que deux textes ne sont jamais montrés comme différents en se lisant pareil.
func TestJamaisPareils(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := textesHostiles().Draw(t, "attendu")
		b := a
		switch rapid.IntRange(0, 4).Draw(t, "façon") {
		case 0:
			b = textesHostiles().Draw(t, "observé")
		case 1: // un rien de plus, quelque part
			i := rapid.IntRange(0, len(a)).Draw(t, "où")
			b = a[:i] + rapid.SampledFrom([]string{" ", "\u00a0", "\ufe0f", "\u3164", "\n", "\x80"}).Draw(t, "rien") + a[i:]
		case 2:
			b = montrerEnLigne(a)
		case 3: // loin du début
			a, b = strings.Repeat("a", 500)+a+"x", strings.Repeat("a", 500)+a+"y"
		}
		limite := rapid.SampledFrom([]int{10, texteCourt}).Draw(t, "limite")
		montreA, montreB := comparer(a, b, limite)
		if montreA != "" && seLisentPareil(montreA, montreB) {
			t.Fatalf("%q et %q sont montrés\n%s\n%s", a, b, montreA, montreB)
		}
		if (a == "") != (montreA == "") || b != "" && montreB == "" {
			t.Fatalf("%q et %q : %q et %q", a, b, montreA, montreB)
		}
	})
}

func TestComparer(t *testing.T) {
	long := "le même début « " + strings.Repeat("é", 100)
	for _, c := range []struct{ attendu, observe, a, o string }{
		{"21.37", "21.4", "21.37", "21.4"},
		{"été", "e\u0301te\u0301", "été", "e\u0301te\u0301 (à l'octet 1 : 65, et non c3 a9)"},
		{"a ", "a", "a ", "a (à l'octet 2 : la fin, et non 20)"},
		{"␊", "\n", "␊", "␊ (à l'octet 1 : 0a, et non e2 90 8a)"},
		{"a", "a", "a", "a (le même texte : ce qui diffère est dans les preuves)"},
		{"", "a", "", "a"},
		{long + "fin » dit", long + "FIN » dit", "[… 197 octets] « " + strings.Repeat("é", 11) + "fin » dit", "[… 197 octets] « " + strings.Repeat("é", 11) + "FIN » dit"},
		{"abcdefghijklmnopqrstuvwxyz", "x", "abcdefghijklmnopqrst [… 6 octets]", "x"},
		{"« bcdefghijklmnopqrstuvwxyz »", "x", "« bcdefghijklmnopqrs » [… 10 octets]", "x"},
	} {
		if a, o := comparer(c.attendu, c.observe, 20); a != c.a || o != c.o {
			t.Errorf("%q et %q :\n%s\n%s\nattendus :\n%s\n%s", c.attendu, c.observe, a, o, c.a, c.o)
		}
	}
}
