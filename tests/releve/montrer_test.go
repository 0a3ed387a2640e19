package releve

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestMontrer(t *testing.T) {
	for _, cas := range []struct{ brut, vu string }{
		{"", "∅ (aucun octet)"},
		{"{\"t\": 23.5}\r\n\t", "{\"t\": 23.5}␍␊→"},
		{"é°C 🌡", "é°C 🌡"},
		{"\x1b[2J\x00\x7f", `␛[2J␀\u007f`},
		{"\xff\xfe", `\xff\xfe`},
		{"\u0085\u009b31m", `\u0085\u009b31m`},
		{"a\u202eb\u2066c\u200f\ufeff\u2028", `a\u202eb\u2066c\u200f\ufeff\u2028`},
	} {
		if vu := Montrer([]byte(cas.brut), 100); vu != cas.vu {
			t.Errorf("Montrer(%q) = %q ; attendu : %q", cas.brut, vu, cas.vu)
		}
	}
	if vu := Montrer([]byte("éèà"), 2); vu != "éè […] (2 octets de plus)" {
		t.Errorf("coupé : %q", vu)
	}
}

// TestMontrerNeCommandeRien vérifie que rien de ce qu'un inconnu envoie ne commande un terminal, ni ne change le sens de la lecture,
// ni n'allonge la ligne sans limite.
func TestMontrerNeCommandeRien(t *testing.T) {
	rares := rapid.SampledFrom([]rune{0, 7, 0x1b, 0x7f, 0x80, 0x85, 0x9b, 0xa0, 0xad, 0x61c, 0x200b, 0x200e, 0x2028, 0x2029, 0x202a, 0x202e, 0x2066, 0x2069, 0xfeff, 0xfff9, 0xe0001, 0xe0041, 0x10ffff})
	rapid.Check(t, func(t *rapid.T) {
		octets := rapid.OneOf(
			rapid.SliceOf(rapid.Byte()),
			rapid.Map(rapid.SliceOf(rapid.OneOf(rares, rapid.Rune())), func(r []rune) []byte { return []byte(string(r)) }),
		).Draw(t, "octets")
		limite := rapid.IntRange(0, 50).Draw(t, "limite")
		vu := Montrer(octets, limite)
		if !utf8.ValidString(vu) {
			t.Fatalf("%q n'est pas de l'UTF-8", vu)
		}
		for _, r := range vu {
			if unicode.In(r, unicode.C, unicode.Zl, unicode.Zp, unicode.Bidi_Control) {
				t.Fatalf("%U dans %q", r, vu)
			}
		}
		if n := utf8.RuneCountInString(vu); n > 8*limite+len(" […] (1000000 octets de plus)") {
			t.Fatalf("%d caractères pour une limite de %d", n, limite)
		}
		if coupe := strings.Contains(vu, "octets de plus"); coupe != (utf8.RuneCount(octets) > limite && len(octets) > 0) {
			t.Fatalf("coupé : %v ; %d caractères, limite %d", coupe, utf8.RuneCount(octets), limite)
		}
	})
}
