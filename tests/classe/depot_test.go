package classe

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestLister(t *testing.T) {
	classe := t.TempDir()
	for _, chemin := range []string{
		"rendu_10/client.py", "rendu_2/client.py", "groupe_a/client.py", "groupe_a.zip", "groupe_b.ZIP", "groupe_c.rar", "notes.ods",
		".git/config", "__MACOSX/x", "depose_1/rendu.zip", "depose_2/rendu.zip", "depose_2/client.py", ".zip",
	} {
		poser(t, classe, chemin, "", 0o644)
	}
	lie := os.Symlink(filepath.Join(classe, "rendu_2"), filepath.Join(classe, "lien")) == nil
	depots, remarques, err := Lister(classe)
	if err != nil {
		t.Fatal(err)
	}
	var trouves []string
	for _, d := range depots {
		relatif, _ := filepath.Rel(classe, d.Chemin)
		trouves = append(trouves, fmt.Sprint(d.Nom, " ", filepath.ToSlash(relatif), " ", d.Archive))
	}
	attendus := []string{
		"depose_1 depose_1/rendu.zip true", "depose_2 depose_2 false", "groupe_a groupe_a false", "groupe_b groupe_b.ZIP true",
		"rendu_2 rendu_2 false", "rendu_10 rendu_10 false",
	}
	if !slices.Equal(trouves, attendus) {
		t.Errorf("dépôts :\n%s\nattendus :\n%s", strings.Join(trouves, "\n"), strings.Join(attendus, "\n"))
	}
	dites := strings.Join(remarques, "\n")
	for _, mot := range []string{"groupe_a.zip : écarté, car le dossier groupe_a", "groupe_c.rar : seules les archives .zip", "notes.ods : ni"} {
		if !strings.Contains(dites, mot) {
			t.Errorf("« %s » attendu dans les remarques :\n%s", mot, dites)
		}
	}
	if lie && !strings.Contains(dites, "lien : un lien") {
		t.Errorf("un lien doit être remarqué :\n%s", dites)
	}
}

func TestListerRefuse(t *testing.T) {
	if _, _, err := Lister(filepath.Join(t.TempDir(), "absent")); err == nil {
		t.Error("un dossier absent n'est pas une classe")
	}
	if _, _, err := Lister(t.TempDir()); err == nil || !strings.Contains(err.Error(), "aucun rendu") {
		t.Errorf("un dossier vide n'est pas une classe : %v", err)
	}
	trop := t.TempDir()
	for i := range depotsMax + 1 {
		poser(t, trop, fmt.Sprintf("%d.txt", i), "", 0o644)
	}
	if _, _, err := Lister(trop); err == nil || !strings.Contains(err.Error(), "plus de") {
		t.Errorf("un dossier immense n'est pas une classe : %v", err)
	}
}

func TestDeposer(t *testing.T) {
	poser(t, t.TempDir(), "x", "", 0o644)
	dossier := t.TempDir()
	poser(t, dossier, "groupe_a.Zip", "", 0o644)
	poser(t, dossier, "client.py", "", 0o644)
	t.Chdir(dossier)
	if d, err := Deposer("."); err != nil || d.Nom != filepath.Base(dossier) || d.Archive {
		t.Errorf("« . » : %+v, %v", d, err)
	}
	if d, err := Deposer("groupe_a.Zip"); err != nil || d.Nom != "groupe_a" || !d.Archive {
		t.Errorf("une archive : %+v, %v", d, err)
	}
	for _, chemin := range []string{"client.py", "absent"} {
		if _, err := Deposer(chemin); err == nil {
			t.Errorf("%s n'est pas un rendu", chemin)
		}
	}
}

// TestComparerNoms vérifie que c'est un ordre, total, et que les nombres y comptent pour leur valeur.
func TestComparerNoms(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nom := rapid.StringMatching(`[a-cA-C_09 1-]{0,6}`)
		a, b, c := nom.Draw(t, "a"), nom.Draw(t, "b"), nom.Draw(t, "c")
		if comparerNoms(a, b) != -comparerNoms(b, a) || (comparerNoms(a, b) == 0) != (a == b) {
			t.Fatalf("%q et %q : %d puis %d", a, b, comparerNoms(a, b), comparerNoms(b, a))
		}
		if comparerNoms(a, b) <= 0 && comparerNoms(b, c) <= 0 && comparerNoms(a, c) > 0 {
			t.Fatalf("%q ≤ %q ≤ %q, mais pas le premier et le dernier", a, b, c)
		}
		m, n := rapid.Uint32().Draw(t, "m"), rapid.Uint32().Draw(t, "n")
		if m < n && comparerNoms(fmt.Sprintf("%s_%d.x", a, m), fmt.Sprintf("%s_%03d.x", a, n)) >= 0 {
			t.Fatalf("%s_%d doit venir avant %[1]s_%03d", a, m, n)
		}
	})
}
