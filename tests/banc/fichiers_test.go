package banc

import (
	"os"
	"path/filepath"
	"testing"
)

// casFichiers donne le texte de chaque fichier d'un rendu.
type casFichiers = map[string]string

func deposer(t testing.TB, chemin, contenu string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(chemin), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(chemin, []byte(contenu), 0o644); err != nil {
		t.Fatal(err)
	}
}
