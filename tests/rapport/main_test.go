package rapport

import (
	"fmt"
	"os"
	"testing"

	"capteurs/tests/banc"
	"capteurs/tests/criteres"
)

// TestMain est aussi l'ouvrier du correcteur, que [TestCorrige] lance.
func TestMain(m *testing.M) {
	if banc.EstOuvrier() {
		if err := banc.Travailler(criteres.Executer); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}
