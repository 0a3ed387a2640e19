package tests

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// figee est une action désignée par un commit, que personne ne peut déplacer, et sa version, que lisent les mises à jour.
var figee = regexp.MustCompile(`^\s*(?:- )?uses: ([\w.-]+/[\w./-]+)@([0-9a-f]{40}) # v\d+\.\d+\.\d+$`)

// actionsLibres rend les lignes d'un workflow qui emploient une action sans la figer. Celles qu'il fige s'ajoutent à figees.
func actionsLibres(workflow string, figees map[string]string) (libres []string) {
	for ligne := range strings.Lines(workflow) {
		ligne = strings.TrimRight(ligne, "\r\n")
		if !strings.Contains(ligne, "uses:") || strings.HasPrefix(strings.TrimSpace(ligne), "#") {
			continue
		}
		m := figee.FindStringSubmatch(ligne)
		if m == nil || figees[m[1]] != "" && figees[m[1]] != m[2] {
			libres = append(libres, strings.TrimSpace(ligne))
			continue
		}
		figees[m[1]] = m[2]
	}
	return libres
}

// TestActionsFigees vérifie que nos workflows, et celui qu'on copie dans le dépôt d'un élève, ne lancent que du code connu,
// partout le même.
func TestActionsFigees(t *testing.T) {
	figees := map[string]string{}
	err := filepath.WalkDir(racine, func(chemin string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == ".git" || d.Name() == "testdata"):
			return filepath.SkipDir
		case d.IsDir() || filepath.Ext(chemin) != ".yml" && filepath.Ext(chemin) != ".yaml":
			return nil
		}
		texte, err := os.ReadFile(chemin)
		if err != nil {
			return err
		}
		for _, ligne := range actionsLibres(string(texte), figees) {
			t.Errorf("%s : « %s » ; un même commit de 40 chiffres partout, puis « # vX.Y.Z », sont attendus", chemin, ligne)
		}
		return nil
	})
	if err != nil || len(figees) < 3 {
		t.Errorf("%d actions vues, %v ; celles de .github et de tests/correcteur/github attendues", len(figees), err)
	}
}

func TestActionsLibres(t *testing.T) {
	commit, autre := strings.Repeat("0a1b", 10), strings.Repeat("ffff", 10)
	for ligne, libre := range map[string]bool{
		"      - uses: a/b@" + commit + " # v1.2.3":                               false,
		"        uses: a/b/sous@" + commit + " # v1.2.3":                          false,
		"      # - uses: a/b@v1":                                                  false,
		"      - run: go test":                                                    false,
		"      - uses: a/b@v4":                                                    true,
		"      - uses: a/b@" + commit:                                             true,
		"      - uses: a/b@" + commit + " # v4":                                   true,
		"      - uses: a/b@" + commit[:39] + " # v1.2.3":                          true,
		"      - uses: docker://alpine:3":                                         true,
		"- uses: a/b@" + commit + " # v1.2.3\n- uses: a/b@" + autre + " # v1.2.4": true,
	} {
		if libres := actionsLibres(ligne, map[string]string{}); (len(libres) > 0) != libre {
			t.Errorf("actionsLibres(%q) = %q, en trouver : %v attendu", ligne, libres, libre)
		}
	}
}
