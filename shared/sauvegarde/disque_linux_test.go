package sauvegarde

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"capteurs/shared/mesure"
)

// Une limite de taille imite un disque plein ; ici le disque l'est vraiment. C'est un petit disque en mémoire, que seul voit
// l'enfant qui le monte.
func TestVraiDisquePlein(t *testing.T) {
	if genre := os.Getenv(enfant); genre != "" {
		remplirUnVraiDisque(t, genre)
		return
	}
	for _, genre := range []string{"texte", "sqlite"} {
		t.Run(genre, func(t *testing.T) {
			t.Parallel()
			confierAUnEnfant(t, "TestVraiDisquePlein", genre, func(cmd *exec.Cmd) {
				cmd.SysProcAttr = &syscall.SysProcAttr{
					Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
					UidMappings: []syscall.SysProcIDMap{{HostID: os.Geteuid(), Size: 1}},
					GidMappings: []syscall.SysProcIDMap{{HostID: os.Getegid(), Size: 1}},
				}
				if err := exec.Command("unshare", "--user", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "essai", "/mnt").Run(); err != nil {
					t.Skip("ce système ne laisse pas monter un disque à soi :", err)
				}
			})
		})
	}
}

func remplirUnVraiDisque(t *testing.T, genre string) {
	disque := t.TempDir()
	if err := unix.Mount("tmpfs", disque, "tmpfs", 0, "size=2m"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Unmount(disque, unix.MNT_DETACH) }) // TempDir ne saurait l'effacer
	s := ouvrir(t, genre+":"+filepath.Join(disque, "donnees"))
	enregistrer(t, s, desMesures("avant", 100)...)
	lest := filepath.Join(disque, "lest")
	remplir(t, lest)
	err := s.Sauvegarder(t.Context(), desMesures("trop", 1000))
	if err == nil || !strings.Contains(err.Error(), "disque") {
		t.Errorf("Sauvegarder sur un disque plein = %v, attendu une erreur qui parle du disque", err)
	}
	contient(t, s, desMesures("avant", 100)...)
	if err := os.Remove(lest); err != nil {
		t.Fatal(err)
	}
	enregistrer(t, s, desMesures("après", 1000)...)
	contient(t, s, slices.Concat(desMesures("avant", 100), desMesures("après", 1000))...)
	if genre == "texte" {
		couperPuisRemplir(t, s, filepath.Join(disque, "donnees"), lest, relues(t, s))
	}
	fmt.Println(enfantFini)
}

// couperPuisRemplir coupe le fichier au milieu d'une ligne, puis remplit le disque : l'écriture qui échoue ne rend pas au fichier
// la taille qu'il n'a plus.
func couperPuisRemplir(t *testing.T, s *groupe, chemin, lest string, attendues []mesure.Mesure) {
	t.Helper()
	contenu := lireFichier(t, chemin)
	reste := len(contenu)/2 + 3
	if err := os.Truncate(chemin, int64(reste)); err != nil {
		t.Fatal(err)
	}
	gardees := attendues[:strings.Count(contenu[:reste], "\n")]
	remplir(t, lest)
	if err := s.Sauvegarder(t.Context(), desMesures("trop", 1000)); err == nil {
		t.Error("Sauvegarder sur un disque plein = nil, attendu une erreur")
	}
	if mesures := lignesEntieres(t, chemin); !slices.Equal(mesures, gardees) {
		t.Errorf("fichier : %s, attendu %s", extrait(mesures), extrait(gardees))
	}
	if err := os.Remove(lest); err != nil {
		t.Fatal(err)
	}
	enregistrer(t, s, desMesures("ensuite", 10)...)
	if mesures := lignesEntieres(t, chemin); !slices.Equal(mesures, append(gardees, desMesures("ensuite", 10)...)) {
		t.Errorf("fichier : %s, attendu %s puis 10 autres", extrait(mesures), extrait(gardees))
	}
}

// remplir écrit dans un fichier tant qu'il y a de la place.
func remplir(t *testing.T, chemin string) {
	t.Helper()
	f, err := os.Create(chemin)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("remplissage du disque : %v, attendu %v", err, syscall.ENOSPC)
	}
}
