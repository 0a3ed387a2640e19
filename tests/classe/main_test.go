package classe

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"capteurs/tests/banc"
	"capteurs/tests/criteres"
)

func TestMain(m *testing.M) {
	if banc.EstOuvrier() {
		if err := banc.Travailler(criteres.Executer); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if os.Getenv(variableEnfant) != "" {
		enfant()
		return
	}
	os.Exit(m.Run())
}

// exigerCloison saute un test qui lance de vrais rendus là où ils ne seraient pas isolés.
func exigerCloison(t *testing.T) {
	t.Helper()
	if n, raison := criteres.Niveau(t.Context()); n != banc.N1 {
		if os.Getenv("KATA_CLOISON") == "requise" {
			t.Fatalf("KATA_CLOISON=requise, mais la cloison est refusée : %s", raison)
		}
		t.Skipf("cloison refusée : %s", raison)
	}
}

// echouer est ce qu'il faut d'un test, ou d'un essai de rapid.
type echouer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// poser écrit un fichier et les dossiers qui y mènent.
func poser(t echouer, racine, chemin, texte string, droits os.FileMode) {
	t.Helper()
	complet := filepath.Join(racine, filepath.FromSlash(chemin))
	err := os.MkdirAll(filepath.Dir(complet), 0o755)
	if err == nil {
		err = os.WriteFile(complet, []byte(texte), droits)
	}
	if err != nil {
		t.Fatalf("%v", err)
	}
}
