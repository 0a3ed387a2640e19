//go:build linux || darwin

package sauvegarde

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"capteurs/shared/mesure"
)

func TestFichiersLisiblesDeLeurSeulProprietaire(t *testing.T) {
	avant := unix.Umask(0) // le plus permissif
	t.Cleanup(func() { unix.Umask(avant) })
	dossier := t.TempDir()
	for url, noms := range map[string][]string{"texte:a.txt": {"a.txt"}, "sqlite:a.db": {"a.db", "a.db-wal", "a.db-shm"}} {
		genre, nom, _ := strings.Cut(url, ":")
		s := ouvrir(t, genre+":"+filepath.Join(dossier, nom))
		enregistrer(t, s, desMesures("a", 1)...)
		for _, nom := range noms {
			infos, err := os.Stat(filepath.Join(dossier, nom))
			if err != nil {
				t.Errorf("%s = %v, attendu un fichier", nom, err)
			} else if infos.Mode() != 0o600 {
				t.Errorf("droits de %s = %v, attendu -rw-------", nom, infos.Mode())
			}
		}
	}
}

// Les droits qu'on a donnés à un fichier déjà là restent les siens.
func TestDroitsDUnFichierDejaLa(t *testing.T) {
	for genre, nom := range map[string]string{"texte:": "a.txt", "sqlite:": "a.db"} {
		chemin := filepath.Join(t.TempDir(), nom)
		ecrireFichier(t, chemin, "")
		if err := os.Chmod(chemin, 0o640); err != nil {
			t.Fatal(err)
		}
		enregistrer(t, ouvrir(t, genre+chemin), desMesures("a", 1)...)
		if infos, err := os.Stat(chemin); err != nil || infos.Mode() != 0o640 {
			t.Errorf("%s%s : droits %v (%v), attendu -rw-r-----", genre, nom, infos.Mode(), err)
		}
	}
}

// Un lien mène à des données rangées ailleurs, sur un autre disque par exemple ; rompu, il ne crée rien là où il mène.
func TestLien(t *testing.T) {
	for _, genre := range []string{"texte:", "sqlite:"} {
		dossier := t.TempDir()
		la, lien := filepath.Join(dossier, "là"), filepath.Join(dossier, "lien")
		if err := os.Symlink(la, lien); err != nil {
			t.Fatal(err)
		}
		refuserDOuvrir(t, genre+lien, "ce lien ne mène à aucun fichier, créez le fichier ou corrigez le lien")
		if _, err := os.Lstat(la); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s : le fichier au bout d'un lien rompu : %v, attendu absent", genre, err)
		}
		ecrireFichier(t, la, "")
		s := ouvrir(t, genre+lien)
		enregistrer(t, s, desMesures("a", 1)...)
		contient(t, s, desMesures("a", 1)...)
		if len(lireFichier(t, la)) == 0 {
			t.Errorf("%s : rien n'est écrit au bout du lien", genre)
		}
		if infos, err := os.Lstat(lien); err != nil || infos.Mode()&fs.ModeSymlink == 0 {
			t.Errorf("%s : le lien est devenu %v, %v", genre, infos, err)
		}
	}
}

func TestPermissionRefusee(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("le superutilisateur a toutes les permissions")
	}
	for genre, phrase := range map[string]string{
		"texte:":  "permission refusée, choisissez un fichier et un dossier où vous pouvez écrire",
		"sqlite:": "la base est en lecture seule, vérifiez les permissions du fichier et de son dossier", // SQLite l'ouvre quand même
	} {
		dossier := t.TempDir()
		chemin := filepath.Join(dossier, "donnees")
		ecrireFichier(t, chemin, "")
		if err := os.Chmod(chemin, 0o400); err != nil {
			t.Fatal(err)
		}
		refuserDOuvrir(t, genre+chemin, phrase)
		if err := os.Chmod(dossier, 0o500); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.Chmod(dossier, 0o700) })
		refuserDOuvrir(t, genre+filepath.Join(dossier, "neuf"), "permission refusée")
	}
}

func TestExpliquerFichier(t *testing.T) {
	for cause, extrait := range map[syscall.Errno]string{
		syscall.ENOENT: "le dossier n'existe pas",
		syscall.EACCES: "permission refusée",
		syscall.EROFS:  "lecture seule",
		syscall.ENOSPC: "disque plein",
		syscall.EFBIG:  "taille permise",
	} {
		err := expliquerFichier(&fs.PathError{Op: "write", Path: "a.txt", Err: cause})
		if !strings.Contains(err.Error(), extrait) || !errors.Is(err, cause) {
			t.Errorf("expliquerFichier(%v) = %v, attendu %q et la cause", cause, err, extrait)
		}
	}
	if err := expliquerFichier(syscall.EIO); err != syscall.EIO {
		t.Errorf("expliquerFichier(EIO) = %v, attendu telle quelle", err)
	}
}

func TestFichierPasOrdinaire(t *testing.T) {
	tube := filepath.Join(t.TempDir(), "tube")
	if err := unix.Mkfifo(tube, 0o600); err != nil {
		t.Skip("pas de tube nommé ici :", err)
	}
	for _, chemin := range []string{tube, "/dev/null"} {
		for _, genre := range []string{"texte:", "sqlite:"} {
			refuserDOuvrir(t, genre+chemin, "ce n'est pas un fichier ordinaire")
		}
	}
}

// enfant est la variable d'environnement qui demande au programme de test d'être l'enfant d'un de ses tests.
const enfant = "SAUVEGARDE_ENFANT"

// Une limite de taille de fichier vaut pour tout le programme : c'est un enfant qui se la donne.
func TestDisquePlein(t *testing.T) {
	if url := os.Getenv(enfant); url != "" {
		remplirLeDisque(t, url)
		return
	}
	for nom, url := range urls(t) {
		t.Run(nom, func(t *testing.T) {
			t.Parallel()
			confierAUnEnfant(t, "TestDisquePlein", url)
		})
	}
}

// enfantFini est ce qu'écrit un enfant allé jusqu'au bout.
const enfantFini = "tout est vérifié"

// confierAUnEnfant fait exécuter un test, sur une URL, par un autre processus, et rend ce qu'il écrit. Les préparatifs disent
// comment il naît.
func confierAUnEnfant(t *testing.T, test, url string, preparatifs ...func(*exec.Cmd)) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+test+"$", "-test.timeout=5m", "-test.v")
	cmd.Env = append(os.Environ(), enfant+"="+url)
	for _, preparer := range preparatifs {
		preparer(cmd)
	}
	sortie, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(sortie), enfantFini) {
		t.Errorf("enfant : %v\n%s", err, sortie)
	}
	return string(sortie)
}

// SQLite tient ses verrous par processus et par fichier : refermer un descripteur de la base, où que ce soit dans le
// processus, les lâche tous. Un autre programme croirait alors être le dernier, et effacerait le journal sous nos pieds.
// Seul un autre processus peut voir ces verrous.
func TestRouvrirUneBaseNeLachePasSesVerrous(t *testing.T) {
	if chemin := os.Getenv(enfant); chemin != "" {
		f, err := os.OpenFile(chemin, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		partage := unix.Flock_t{Type: unix.F_WRLCK, Start: 0x40000002, Len: 510} // https://www.sqlite.org/fileformat2.html#the_lock_byte_page
		if err := unix.FcntlFlock(f.Fd(), unix.F_GETLK, &partage); err != nil {
			t.Fatal(err)
		}
		fmt.Println(enfantFini, ": verrou tenu :", partage.Type == unix.F_RDLCK)
		return
	}
	url := urls(t)["sqlite"]
	s := ouvrir(t, url)
	enregistrer(t, s, desMesures("a", 1)...)
	for _, fois := range []string{"une fois", "deux fois"} {
		sortie := confierAUnEnfant(t, "TestRouvrirUneBaseNeLachePasSesVerrous", strings.TrimPrefix(url, "sqlite:"))
		if !strings.Contains(sortie, "verrou tenu : true") {
			t.Errorf("base ouverte %s, vue d'ailleurs : %s, attendu un verrou", fois, sortie)
		}
		ouvrir(t, url)
	}
	contient(t, s, desMesures("a", 1)...)
}

// remplirLeDisque interdit aux fichiers de grossir de plus de quelques octets : une écriture y commence, et échoue.
func remplirLeDisque(t *testing.T, url string) {
	s := ouvrir(t, url)
	chemin := url[strings.Index(url, ":")+1:]
	var attendues []mesure.Mesure
	for _, n := range []int{1, 100, 1000} {
		enregistrer(t, s, desMesures("avant", n)...)
		attendues = append(attendues, desMesures("avant", n)...)
		avant := lireFichier(t, chemin)
		taille := len(avant)
		if infos, err := os.Stat(chemin + "-wal"); err == nil {
			taille = int(infos.Size())
		}
		for _, marge := range []int{0, 10, 5000} {
			retablir := limiterLesFichiers(t, uint64(taille+marge))
			err := s.Sauvegarder(t.Context(), desMesures("trop", max(n, marge)))
			retablir()
			if err == nil {
				t.Fatalf("Sauvegarder(%d mesures), %d octets libres = nil, attendu une erreur", n, marge)
			}
			if !strings.Contains(err.Error(), "le fichier atteint la taille permise") && !strings.Contains(err.Error(), "disque") {
				t.Errorf("Sauvegarder, %d octets libres = %v, attendu une erreur en français", marge, err)
			}
			if apres := lireFichier(t, chemin); strings.HasPrefix(url, "texte:") && apres != avant {
				t.Errorf("fichier de %d octets après l'échec, attendu les %d d'avant", len(apres), len(avant))
			}
			contient(t, s, attendues...)
		}
	}
	enregistrer(t, s, desMesures("après", 150)...)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	contient(t, ouvrir(t, url), append(attendues, desMesures("après", 150)...)...)
	fmt.Println(enfantFini)
}

// limiterLesFichiers borne la taille de tout fichier écrit.
func limiterLesFichiers(t *testing.T, octets uint64) (retablir func()) {
	t.Helper()
	var avant unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &avant); err != nil {
		t.Fatal(err)
	}
	limite := avant
	limite.Cur = octets
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &limite); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &avant); err != nil {
			t.Fatal(err)
		}
	}
}
