package rapport

import (
	"fmt"
	"strings"
)

// Rejouer rend la commande qui refait une vérification, telle qu'elle s'écrit dans un terminal.
func (r *Rendu) Rejouer(j *Jugement) string {
	etape := ""
	if len(r.Etapes) > 1 {
		etape = " -etape " + string(j.Etape)
	}
	return fmt.Sprintf("go run ./tests/correcteur rejouer%s -graine %s %s %s", etape, r.Graine, j.Critere, proteger(r.Nom))
}

// proteger écrit un nom comme un seul mot d'un interpréteur de commandes (POSIX, 2.2.2 : entre apostrophes, rien n'a de
// sens particulier).
func proteger(nom string) string {
	ordinaire := func(c rune) bool {
		return c == '_' || c == '-' || c == '.' || c == '/' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
	}
	if nom != "" && !strings.HasPrefix(nom, "-") && strings.TrimFunc(nom, ordinaire) == "" && strings.IndexFunc(nom, func(c rune) bool { return !ordinaire(c) }) < 0 {
		return nom
	}
	return "'" + strings.ReplaceAll(nom, "'", `'\''`) + "'"
}
