package tests

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestOuTrouverQuoi vérifie que le README dit une fois, et une seule, où est chaque chose, et rien de ce qui n'est pas là.
func TestOuTrouverQuoi(t *testing.T) {
	section := sectionDuReadme(t, "Où trouver quoi")
	dites := map[string]int{}
	parent := ""
	for _, l := range regexp.MustCompile(`(?m)^( *)([\w/]+)/ `).FindAllStringSubmatch(section, -1) {
		switch {
		case l[1] == "":
			parent = l[2]
		default:
			dites[parent+"/"+l[2]]++
		}
	}
	for chemin, n := range dites {
		if _, err := os.Stat(filepath.Join(racine, chemin)); err != nil || n != 1 {
			t.Errorf("%s est dit %d fois (%v)", chemin, n, err)
		}
	}
	for _, parent := range []string{"shared", "tests"} {
		entrees, err := os.ReadDir(filepath.Join(racine, parent))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entrees {
			if chemin := parent + "/" + e.Name(); e.IsDir() && e.Name() != "testdata" && dites[chemin] != 1 {
				t.Errorf("%s n'y est pas", chemin)
			}
		}
	}
	for _, ligne := range []string{"essentiel/client", "client.go", "doc.go", "contrat_test.go", "cmd/client"} {
		if n := strings.Count(section, "    "+ligne+" "); n != 1 {
			t.Errorf("%s est dit %d fois", ligne, n)
		}
	}
}
