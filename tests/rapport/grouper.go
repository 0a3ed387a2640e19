package rapport

import (
	"fmt"
	"strconv"
	"strings"

	"capteurs/tests/banc"
	"capteurs/tests/decouverte"
)

// enumerer écrit une suite d'identifiants ; trois qui se suivent, ou plus, deviennent « SRV-03 à SRV-08 ».
func enumerer(ids []string) string {
	var parties []string
	for i := 0; i < len(ids); {
		fin := i + 1
		for fin < len(ids) && suit(ids[fin-1], ids[fin]) {
			fin++
		}
		if fin-i < 3 {
			parties = append(parties, ids[i])
			i++
			continue
		}
		parties = append(parties, fmt.Sprintf("%s à %s", ids[i], ids[fin-1]))
		i = fin
	}
	return strings.Join(parties, ", ")
}

// suit dit si un identifiant suit l'autre : « SRV-04 » après « SRV-03 ».
func suit(a, b string) bool {
	prefixeA, numeroA, okA := numero(a)
	prefixeB, numeroB, okB := numero(b)
	return okA && okB && prefixeA == prefixeB && numeroB == numeroA+1
}

func numero(id string) (prefixe string, n int, ok bool) {
	prefixe, chiffres, ok := strings.Cut(id, "-")
	n, err := strconv.Atoi(chiffres)
	return prefixe, n, ok && err == nil
}

// ignores rend les critères ignorés à une étape, groupés par celui qui les a fait ignorer, dans l'ordre où ils viennent.
func ignores(r *Rendu, etape decouverte.Etape) (causes []string, parCause map[string][]string) {
	parCause = map[string][]string{}
	for _, j := range r.Jugements {
		if j.Etape != etape || j.Verdict != banc.Ignore {
			continue
		}
		if parCause[j.Cause] == nil {
			causes = append(causes, j.Cause)
		}
		parCause[j.Cause] = append(parCause[j.Cause], j.Critere)
	}
	return causes, parCause
}

// commeAvant rend l'étape d'un jugement précédent qui a conclu la même faute du même critère ; « » s'il n'y en a pas, ou si la
// faute n'est pas reconnue.
func commeAvant(r *Rendu, j *Jugement) decouverte.Etape {
	for i := range r.Jugements {
		avant := &r.Jugements[i]
		if avant == j {
			break
		}
		if avant.Critere == j.Critere && avant.Etape != j.Etape && avant.Verdict == j.Verdict && codes(j) != "" && codes(avant) == codes(j) {
			return avant.Etape
		}
	}
	return ""
}

// codes rend les fautes reconnues d'un jugement.
func codes(j *Jugement) string {
	var suite []string
	for _, d := range j.Diagnostics {
		suite = append(suite, d.Code)
	}
	return strings.Join(suite, " ")
}
