package tests

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestCloneDeWindows vérifie qu'un clone fait avec les réglages usuels de git sous Windows est, octet pour octet, ce dépôt :
// depart, lecon et le corpus lisent ses fichiers tels qu'ils sont.
func TestCloneDeWindows(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git n'est pas installé : aucun clone à faire")
	}
	ici, err := filepath.Abs(racine)
	if err != nil {
		t.Fatal(err)
	}
	// Un dépôt d'un seul commit, fait des fichiers tels qu'ils sont : on peut n'avoir du vrai qu'une archive.
	source, clone := filepath.Join(t.TempDir(), "source.git"), filepath.Join(t.TempDir(), "clone")
	git(t, "init", "--quiet", "--bare", source)
	dans := []string{"-C", ici, "--git-dir", source, "--work-tree", ici, "-c", "core.autocrlf=false", "-c", "core.safecrlf=false"}
	tout := presents(t, slices.Concat(permisALaRacine, []string{".ci", ".github", ".gitattributes", ".gitignore"}))
	git(t, slices.Concat(dans, []string{"add", "--all", "--"}, tout)...)
	git(t, slices.Concat(dans, []string{"-c", "user.name=kata", "-c", "user.email=kata@example.invalid", "commit", "--quiet", "--message", "tout"})...)
	git(t, "clone", "--quiet", "-c", "core.autocrlf=true", "-c", "core.longpaths=true", source, clone)

	suivis := strings.Split(strings.TrimSuffix(git(t, "-C", clone, "ls-files", "-z"), "\x00"), "\x00")
	if len(suivis) < 100 {
		t.Fatalf("%d fichiers clonés, tous ceux du dépôt attendus", len(suivis))
	}
	for _, nom := range suivis {
		voulu, err := os.ReadFile(filepath.Join(ici, filepath.FromSlash(nom)))
		if err != nil {
			t.Fatal(err)
		}
		obtenu, err := os.ReadFile(filepath.Join(clone, filepath.FromSlash(nom)))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(obtenu, voulu) {
			t.Errorf("%s : %d CR dans le clone, %d ici ; dites dans .gitattributes si ses fins de ligne comptent", nom, bytes.Count(obtenu, []byte("\r")), bytes.Count(voulu, []byte("\r")))
		}
	}
}

// presents garde les noms qui existent à la racine : git refuse d'ajouter les autres.
func presents(t *testing.T, noms []string) (vus []string) {
	t.Helper()
	for _, nom := range noms {
		if _, err := os.Lstat(filepath.Join(racine, nom)); err == nil {
			vus = append(vus, nom)
		}
	}
	return vus
}

// git lance git sans les réglages de cette machine, et rend sa sortie.
func git(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull)
	var erreurs bytes.Buffer
	cmd.Stderr = &erreurs
	dit, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s : %v\n%s", cmd, err, &erreurs)
	}
	return string(dit)
}
