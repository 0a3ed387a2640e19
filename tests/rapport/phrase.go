package rapport

import (
	"io"
	"strings"
)

// Phrase écrit un message sur un terminal, coupé à sa largeur, une ligne par ligne du texte. L'erreur est celle de w.
func Phrase(w io.Writer, texte string, s Style) error {
	e := nouvelEcran(s)
	for ligne := range strings.SplitSeq(texte, "\n") {
		e.ecrire(sobre, "", "  ", ligne)
	}
	_, err := io.WriteString(w, e.texte.String())
	return err
}
