package version

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
)

func TestString(t *testing.T) {
	const commit = "4613514cf2cbebbb293e5506a746919588b1219c"
	infos := func(version string, reglages ...string) *debug.BuildInfo {
		i := &debug.BuildInfo{GoVersion: "go1.26.8", Path: "capteurs/tests/correcteur", Main: debug.Module{Path: "capteurs", Version: version}}
		for k := 0; k < len(reglages); k += 2 {
			i.Settings = append(i.Settings, debug.BuildSetting{Key: reglages[k], Value: reglages[k+1]})
		}
		return i
	}
	for attendu, i := range map[string]*debug.BuildInfo{
		"capteurs/tests/correcteur, commit inconnu, go1.26.8":                                   infos("(devel)"),
		"capteurs/tests/correcteur v1.2.3, commit inconnu, go1.26.8":                            infos("v1.2.3"),
		"capteurs/tests/correcteur v1.2.3, commit 4613514cf2cb du 2026-12-01, go1.26.8":         infos("v1.2.3", "vcs.revision", commit, "vcs.time", "2026-12-01T06:44:40Z", "vcs.modified", "false"),
		"capteurs/tests/correcteur v1.2.3, commit 4613514cf2cb modifié du 2026-12-01, go1.26.8": infos("v1.2.3+dirty", "vcs.revision", commit, "vcs.time", "2026-12-01T06:44:40Z", "vcs.modified", "true"),
		"capteurs/tests/correcteur, commit 4613514cf2cb modifié, go1.26.8":                      infos("v0.0.0-20261201064440-4613514cf2cb+dirty", "vcs.revision", commit, "vcs.modified", "true"),
		"capteurs/tests/correcteur, commit abc, go1.26.8":                                       infos("(devel)", "vcs.revision", "abc", "vcs.time", "hier"),
		"programme inconnu, commit inconnu, Go inconnu":                                         {},
	} {
		if obtenu := de(i).String(); obtenu != attendu {
			t.Errorf("%q, attendu %q", obtenu, attendu)
		}
	}
}

// TestConstruit construit un vrai programme dans un vrai dépôt, et lui demande ce qu'il est.
func TestConstruit(t *testing.T) {
	if testing.Short() {
		t.Skip("construit trois programmes ; sans -short")
	}
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git n'est pas installé : aucun commit à retrouver")
	}
	depot := t.TempDir()
	source, err := os.ReadFile("version.go")
	if err != nil {
		t.Fatal(err)
	}
	poser(t, filepath.Join(depot, "go.mod"), "module essai\n\ngo 1.26\n")
	poser(t, filepath.Join(depot, "version", "version.go"), string(source))
	poser(t, filepath.Join(depot, "sonde", "main.go"), "package main\n\nimport (\"fmt\"; \"essai/version\")\n\nfunc main() { fmt.Print(version.Dire()) }\n")
	lancer(t, depot, "git", "init", "--quiet")
	lancer(t, depot, "git", "add", ".")
	lancer(t, depot, "git", "-c", "user.name=kata", "-c", "user.email=kata@example.invalid", "commit", "--quiet", "--message", "tout")
	lancer(t, depot, "git", "tag", "v1.2.3")
	commit := strings.TrimSpace(lancer(t, depot, "git", "rev-parse", "HEAD"))[:longueurCommit]

	construireDans := func(depot, vcs string) string {
		programme := filepath.Join(t.TempDir(), "sonde.exe")
		lancer(t, depot, "go", "build", "-buildvcs="+vcs, "-o", programme, "./sonde")
		return lancer(t, depot, programme)
	}
	construire := func(vcs string) string { return construireDans(depot, vcs) }
	if dit := construire("true"); !strings.HasPrefix(dit, "essai/sonde v1.2.3\ncommit "+commit+" du 20") || !strings.HasSuffix(dit, ", "+runtime.Version()+"\n") {
		t.Errorf("construit d'un commit : %q", dit)
	}
	if dit := construire("false"); !strings.HasPrefix(dit, "essai/sonde\ncommit inconnu, "+runtime.Version()+"\n") || !strings.Contains(dit, "-buildvcs=true") {
		t.Errorf("construit sans git : %q", dit)
	}
	arbre := filepath.Join(t.TempDir(), "arbre")
	lancer(t, depot, "git", "worktree", "add", "--quiet", "--detach", arbre)
	if dit := construireDans(arbre, "true"); !strings.Contains(dit, "commit "+commit) && !strings.Contains(dit, "dans un « git worktree »") {
		t.Errorf("construit dans un arbre lié, où Go n'obéit pas à -buildvcs=true : %q", dit)
	}
	poser(t, filepath.Join(depot, "sonde", "autre.go"), "package main\n")
	if dit := construire("true"); !strings.Contains(dit, "commit "+commit+" modifié du 20") {
		t.Errorf("construit d'un commit modifié : %q", dit)
	}
}

func poser(t *testing.T, chemin, texte string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(chemin), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(chemin, []byte(texte), 0o600); err != nil {
		t.Fatal(err)
	}
}

func lancer(t *testing.T, dossier, nom string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), nom, args...)
	cmd.Dir = dossier
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off", "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull)
	dit, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s : %v\n%s", cmd, err, dit)
	}
	return string(dit)
}
