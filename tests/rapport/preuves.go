package rapport

import (
	"fmt"
	"strings"

	"capteurs/tests/releve"
)

// preuves écrit la suite des faits qui ont fait conclure, un par ligne, le temps en tête.
func (f *fiche) preuves(faits []Fait) {
	for i := range faits {
		f.paragraphe(4, instant(faits[i].TUS)+"  ", enMots(&faits[i], 300))
	}
}

// instant écrit un instant d'une vérification, calé à droite.
func instant(us int64) string {
	return calerADroite(strings.Replace(fmt.Sprintf("%.1f ms", float64(us)/1000), ".", ",", 1), 11)
}

// enMots dit un fait en une ligne : la connexion, qui, quoi, et au plus limite caractères de ce qui a été vu.
func enMots(fait *Fait, limite int) string {
	texte := releve.Montrer([]byte(fait.Texte), limite)
	if len(fait.Octets) > 0 || fait.Texte == "" {
		texte = releve.Montrer(fait.Octets, limite)
		if fait.Taille > 0 {
			texte += fmt.Sprintf(" (%d octets en tout)", fait.Taille)
		}
	}
	connexion := ""
	if fait.Conn > 0 {
		connexion = fmt.Sprintf("[%d] ", fait.Conn)
	}
	return fmt.Sprintf("%s%s %s : %s", connexion, fait.Qui, fait.Quoi, texte)
}
