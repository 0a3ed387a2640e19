// Package lisible montre sans danger ce qu'écrit un inconnu.
package lisible

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Texte rend un texte venu d'un inconnu tel qu'on peut le montrer : ce qui commanderait le terminal, passerait à la ligne,
// se lirait à l'envers ou ne se verrait pas y est remplacé par son échappement.
func Texte(texte string) string {
	montrable := func(c rune) bool { return unicode.IsGraphic(c) && !Invisible(c) && c != utf8.RuneError }
	if !strings.ContainsFunc(texte, func(c rune) bool { return !montrable(c) }) {
		return texte
	}
	var b strings.Builder
	for len(texte) > 0 {
		c, taille := utf8.DecodeRuneInString(texte)
		switch {
		case montrable(c):
			b.WriteRune(c)
		case c == utf8.RuneError && taille == 1:
			fmt.Fprintf(&b, `\x%02x`, texte[0])
		case c < utf8.RuneSelf:
			fmt.Fprintf(&b, `\x%02x`, c)
		case c <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			fmt.Fprintf(&b, `\U%08x`, c)
		}
		texte = texte[taille:]
	}
	return b.String()
}

// Invisible dit si un caractère ne se voit pas par lui-même : il sépare des lignes, retourne le sens de la lecture, commande ce
// qui l'affiche, ou n'a pas d'encre. Les espaces n'en sont pas.
func Invisible(c rune) bool {
	const brailleVide = '\u2800'
	return unicode.In(c, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Variation_Selector,
		unicode.Other_Default_Ignorable_Code_Point, unicode.Noncharacter_Code_Point) || c == brailleVide
}
