package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"capteurs/tests/classe"
)

// TestEncore vérifie qu'une classe dit ce qu'il reste à attendre, dans un tube aussi.
func TestEncore(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "progrès"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p := nouveauProgres(f, true)
	for i, reste := range []time.Duration{0, 300 * time.Millisecond, 42 * time.Second, 150 * time.Second} {
		p.avance(classe.Avancement{Nom: "groupe", Fini: true, Finis: i + 1, Rendus: 9, Reste: reste})
	}
	const voulu = "1/9  groupe\n2/9  groupe\n3/9  groupe, encore 42 s environ\n4/9  groupe, encore 3 min environ\n"
	if texte, err := os.ReadFile(f.Name()); err != nil || string(texte) != voulu {
		t.Errorf("%q, %v", texte, err)
	}
}
