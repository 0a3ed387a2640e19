//go:build linux

package banc

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"capteurs/tests/couche"
)

// TestUtilisateurOrdinaire refait, quand c'est root qui lance la suite, les preuves de la cloison sous une identité sans droits : le
// noyau n'y donne pas les mêmes, et c'est celle de la plupart des enseignants.
func TestUtilisateurOrdinaire(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("ces preuves viennent d'être faites sous cette identité")
	}
	couche.Entiere(t, "refait toutes les preuves")
	exigerCloison(t)
	moi, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	place, err := os.MkdirTemp("", "ordinaire-") // ceux de t.TempDir sont fermés à tout autre
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(place)
	programme := filepath.Join(place, "essais")
	if err := copierFichier(moi, programme, 0o755); err != nil {
		t.Fatal(err)
	}
	maison := filepath.Join(place, "maison")
	if err := os.Mkdir(maison, 0o700); err != nil {
		t.Fatal(err)
	}
	for chemin, droits := range map[string]os.FileMode{place: 0o755, programme: 0o755} {
		if err := os.Chmod(chemin, droits); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chown(maison, uidPersonne, uidPersonne); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), programme, "-test.run", "^("+strings.Join(preuves, "|")+")$", "-test.v")
	cmd.Env = []string{"PATH=" + strings.Join(append([]string{"/usr/local/go/bin"}, cheminsDuSysteme...), ":"), "HOME=" + maison, "TMPDIR=" + maison, "KATA_CLOISON=requise", "KATA_SUITE=entiere", "RAPID_NOFAILFILE=1"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uidPersonne, Gid: uidPersonne}}
	dit, err := cmd.CombinedOutput()
	if texte := string(dit); err != nil || strings.Contains(texte, "no tests to run") {
		t.Errorf("%v\n%s", err, texte)
	}
	for _, preuve := range preuves {
		if !strings.Contains(string(dit), "--- PASS: "+preuve) {
			t.Errorf("%s n'a pas été faite", preuve)
		}
	}
}

// preuves sont les tests qui disent ce que promet la cloison.
var preuves = []string{
	"TestCloison", "TestAppelsRefuses", "TestConstructionCloisonnee", "TestConstructionLimitee", "TestConstructionsHostiles", "TestSansReseau", "TestCacheEmpoisonne",
	"TestRendusHostiles",
}
