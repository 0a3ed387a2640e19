package criteres

import (
	"flag"
	"testing"

	"pgregory.net/rapid"
)

// TestChercherContreExemple vérifie que le dernier appel d'une propriété fausse est celui du plus petit contre-exemple, et qu'une
// propriété vraie n'en a pas.
func TestChercherContreExemple(t *testing.T) {
	for _, nom := range []string{"rapid.checks", "rapid.seed", "rapid.shrinktime", "rapid.nofailfile"} { // ce sont aussi ceux de ces tests
		avant := flag.Lookup(nom).Value.String()
		t.Cleanup(func() {
			if err := flag.Set(nom, avant); err != nil {
				t.Error(err)
			}
		})
	}
	dernier := 0
	if !chercherContreExemple(200, 7, func(t *rapid.T) {
		if dernier = rapid.IntRange(0, 1000).Draw(t, "n"); dernier > 41 {
			t.Fatalf("%d : trop", dernier)
		}
	}) || dernier != 42 {
		t.Errorf("contre-exemple : %d, 42 attendu", dernier)
	}
	appels := 0
	if chercherContreExemple(50, 7, func(t *rapid.T) { appels++ }) || appels == 0 || appels > 50 { // moins, avec -short
		t.Errorf("une propriété vraie : dite fausse, ou %d appels, 50 au plus attendus", appels)
	}
}
