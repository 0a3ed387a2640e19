package mesure

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Panne est une erreur à deux lecteurs. Le journal du serveur la dit entière ; un client, qui peut être n'importe qui, n'en
// apprend que le conseil : la cause nomme des fichiers, des hôtes, des comptes.
type Panne struct {
	Conseil string // ce qui ne va pas, et que faire
	Cause   error
}

// Error rend le conseil et la cause.
func (p Panne) Error() string { return fmt.Sprintf("%s (%v)", p.Conseil, p.Cause) }

// Unwrap rend la cause.
func (p Panne) Unwrap() error { return p.Cause }

// sansCause rend le texte d'une erreur, dont il tait, à partir de la première Panne, tout sauf le conseil.
func sansCause(err error) string {
	texte := err.Error()
	var p Panne
	if !errors.As(err, &p) {
		return texte
	}
	avant, _, _ := strings.Cut(texte, p.Error())
	return avant + p.Conseil
}

// Lisible rend un texte venu d'un inconnu tel qu'on peut le montrer : ce qui commanderait le terminal, passerait à la ligne,
// se lirait à l'envers ou ne se verrait pas y est remplacé par son échappement.
func Lisible(texte string) string {
	montrable := func(c rune) bool { return unicode.IsGraphic(c) && !invisible(c) && c != utf8.RuneError }
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
