package rapport

import (
	"fmt"
	"strings"

	"capteurs/tests/banc"
)

// Evolution dit en une phrase ce qui a changé d'une correction à la suivante : ce qui est réussi et ne l'était pas, et
// l'inverse.
func Evolution(avant, apres *Rendu) string {
	connus := map[string]bool{}
	for _, j := range avant.Jugements {
		connus[j.Critere+string(j.Etape)] = j.Verdict == banc.Reussi
	}
	var progres, reculs []string
	for _, j := range apres.Jugements {
		reussissait, connu := connus[j.Critere+string(j.Etape)]
		switch reussit := j.Verdict == banc.Reussi; {
		case !connu || reussit == reussissait:
		case reussit:
			progres = append(progres, j.Critere)
		default:
			reculs = append(reculs, j.Critere)
		}
	}
	if len(progres)+len(reculs) == 0 {
		return "Depuis la fois d'avant : rien n'a changé"
	}
	var phrases []string
	for _, p := range []struct {
		ids  []string
		quoi string
	}{{progres, "de réussi en plus"}, {reculs, "de réussi en moins"}} {
		if len(p.ids) > 0 {
			phrases = append(phrases, fmt.Sprintf("%d %s (%s)", len(p.ids), p.quoi, resumerListe(p.ids, 4)))
		}
	}
	return "Depuis la fois d'avant : " + strings.Join(phrases, ", ")
}

// resumerListe donne les n premiers, et dit combien il en reste.
func resumerListe(ids []string, n int) string {
	if len(ids) <= n {
		return strings.Join(ids, ", ")
	}
	return fmt.Sprintf("%s et %d autres", strings.Join(ids[:n-1], ", "), len(ids)-n+1)
}
