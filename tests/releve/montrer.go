package releve

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Montrer rend des octets lisibles sur une ligne : l'invisible a un signe, ce qui n'est pas de l'UTF-8 est en hexadécimal, et rien de ce qu'un
// inconnu envoie ne commande le terminal. Au-delà de limite caractères, la fin est coupée, et c'est dit.
func Montrer(octets []byte, limite int) string {
	if len(octets) == 0 {
		return "∅ (aucun octet)"
	}
	var texte strings.Builder
	for n := 0; len(octets) > 0; n++ {
		if n == limite {
			fmt.Fprintf(&texte, " […] (%d octets de plus)", len(octets))
			break
		}
		r, taille := utf8.DecodeRune(octets)
		switch {
		case r == '\n':
			texte.WriteRune('␊')
		case r == '\r':
			texte.WriteRune('␍')
		case r == '\t':
			texte.WriteRune('→')
		case r == utf8.RuneError && taille == 1:
			fmt.Fprintf(&texte, `\x%02x`, octets[0])
		case r < ' ':
			texte.WriteRune('␀' + r) // les images des caractères de commande
		case !unicode.IsPrint(r):
			fmt.Fprintf(&texte, `\u%04x`, r)
		default:
			texte.WriteRune(r)
		}
		octets = octets[taille:]
	}
	return texte.String()
}
