package lisible

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestTexte(t *testing.T) {
	for texte, attendu := range map[string]string{
		"température : « é » 🌡\u00a0!": "température : « é » 🌡\u00a0!",
		"\x1b[2Jrouge":                 `\x1b[2Jrouge`,
		"a\r\nerreur : b\t\x7f":        `a\x0d\x0aerreur : b\x09\x7f`,
		"\u009b31m\u202egauche\u2028":  `\u009b31m\u202egauche\u2028`,
		"a\xff\ufffd":                  `a\xff\ufffd`,
		`déjà \x1b "cité"`:             `déjà \x1b "cité"`,
		"a\u3164b\ufe0f\U000e0067":     `a\u3164b\ufe0f\U000e0067`,
	} {
		if rendu := Texte(texte); rendu != attendu {
			t.Errorf("Texte(%q) = %q, attendu %q", texte, rendu, attendu)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		rendu := Texte(string(rapid.SliceOf(rapid.Byte()).Draw(t, "octets")))
		if !utf8.ValidString(rendu) || strings.ContainsFunc(rendu, func(c rune) bool { return !unicode.IsGraphic(c) || Invisible(c) }) || Texte(rendu) != rendu {
			t.Fatalf("Texte rend %q, attendu un texte qui se montre", rendu)
		}
	})
}
