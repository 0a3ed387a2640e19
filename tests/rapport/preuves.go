package rapport

import (
	"fmt"

	"capteurs/tests/banc"
)

// preuves écrit la suite des faits qui ont fait conclure, un par ligne, le temps en tête.
func (f *fiche) preuves(faits []Fait) {
	for _, e := range faits {
		texte := e.Texte
		if len(e.Octets) > 0 || texte == "" {
			texte = banc.Montrer(e.Octets, 300)
			if e.Taille > 0 {
				texte += fmt.Sprintf(" (%d octets en tout)", e.Taille)
			}
		}
		connexion := ""
		if e.Conn > 0 {
			connexion = fmt.Sprintf("[%d] ", e.Conn)
		}
		f.paragraphe("    ", fmt.Sprintf("%8.1f ms  %s%s %s : %s", float64(e.TUS)/1000, connexion, e.Qui, e.Quoi, texte))
	}
}
