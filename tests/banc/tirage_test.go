package banc

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// TestTirage vérifie que, de n'importe quelle graine, les valeurs sont toutes différentes, rares, et les mêmes la fois suivante.
func TestTirage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		graine, n := rapid.Uint64().Draw(t, "graine"), rapid.IntRange(0, 400).Draw(t, "nombre")
		valeurs, encore := nouveauTirage(graine).Valeurs(n), nouveauTirage(graine).Valeurs(n)
		if len(valeurs) != n || len(encore) != n {
			t.Fatalf("%d puis %d valeurs, %d attendues", len(valeurs), len(encore), n)
		}
		vues := map[string]bool{}
		for i, v := range valeurs {
			if vues[v.ID] || v.Temperature == math.Trunc(v.Temperature) || v.Temperature < 10 || v.Temperature >= 35 {
				t.Fatalf("%v : déjà vue, ou pas rare", v)
			}
			if v != encore[i] {
				t.Fatalf("%v, puis %v de la même graine", v, encore[i])
			}
			vues[v.ID] = true
		}
	})
}
