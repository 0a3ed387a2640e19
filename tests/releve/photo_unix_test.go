//go:build unix

package releve

import (
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestFichiersSpeciaux vérifie qu'un tube n'arrête pas la photo, et qu'un lien ne la fait pas sortir.
func TestFichiersSpeciaux(t *testing.T) {
	dehors, d := t.TempDir(), t.TempDir()
	deposer(t, dehors+"/secret.txt", "capteur_1;1\n")
	avant := photoDe(t, d)
	if err := syscall.Mkfifo(d+"/tube", 0o600); err != nil {
		t.Skip(err)
	}
	for lien, vers := range map[string]string{"/dossier": dehors, "/fichier": dehors + "/secret.txt", "/boucle": d} {
		if err := os.Symlink(vers, d+lien); err != nil {
			t.Fatal(err)
		}
	}
	if l, err := net.Listen("unix", d+"/prise"); err == nil {
		defer l.Close()
	}
	deposer(t, d+"/illisible.txt", "x")
	if err := os.Chmod(d+"/illisible.txt", 0); err != nil {
		t.Fatal(err)
	}
	fini := make(chan Photo)
	go func() {
		p, _ := Photographier(d)
		fini <- p
	}()
	select {
	case p := <-fini:
		if len(p.Fichiers) != 1 {
			t.Errorf("vus : %v", p.Fichiers)
		}
		if os.Geteuid() != 0 && (len(p.Remarques) != 1 || !strings.Contains(p.Remarques[0], "illisible.txt")) {
			t.Errorf("remarques : %q", p.Remarques)
		}
	case <-time.After(time.Minute):
		t.Fatal("la photo attend")
	}
	if ds := depotsDe(t, avant, d); len(ds) > 1 {
		t.Errorf("dépôts : %+v", ds)
	}
}
