package sauvegarde

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// apresArretBrutal rend ce que laisse un serveur tué : une base, et son journal où sont ses dernières mesures ; puis une copie de
// la base, faite quand un serveur précédent s'était arrêté.
func apresArretBrutal(t *testing.T) (base, journal, copie string) {
	t.Helper()
	chemin := filepath.Join(t.TempDir(), "donnees.db")
	s, err := Ouvrir(t.Context(), "sqlite:"+chemin, muet)
	if err != nil {
		t.Fatal(err)
	}
	enregistrer(t, s, desMesures("ancienne", 500)...)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	copie = lireFichier(t, chemin)
	s = ouvrir(t, "sqlite:"+chemin)
	enregistrer(t, s, desMesures("récente", 500)...)
	return lireFichier(t, chemin), lireFichier(t, chemin+"-wal"), copie
}

// poser écrit un journal puis une base, plus récente donc.
func poser(t *testing.T, base, journal string) (chemin string) {
	t.Helper()
	chemin = filepath.Join(t.TempDir(), "donnees.db")
	ecrireFichier(t, chemin+"-wal", journal)
	ecrireFichier(t, chemin, base)
	avant := time.Now().Add(-time.Hour)
	if err := os.Chtimes(chemin+"-wal", avant, avant); err != nil {
		t.Fatal(err)
	}
	return chemin
}

const phraseDuJournal = "donnees.db-wal, est celui d'un autre état"

func TestUneBaseRestaureeSousUnVieuxJournal(t *testing.T) {
	_, journal, copie := apresArretBrutal(t)
	chemin := poser(t, copie, journal)
	refuserDOuvrir(t, "sqlite:"+chemin, phraseDuJournal, "effacez-le", "touch ")
	if lireFichier(t, chemin) != copie || lireFichier(t, chemin+"-wal") != journal {
		t.Error("la base refusée est modifiée, attendu intacte")
	}
	if err := os.Remove(chemin + "-wal"); err != nil {
		t.Fatal(err)
	}
	contient(t, ouvrir(t, "sqlite:"+chemin), desMesures("ancienne", 500)...)

	chemin = poser(t, copie, journal) // l'exploitant qui sait ce qu'il fait
	maintenant := time.Now().Add(time.Second)
	if err := os.Chtimes(chemin+"-wal", maintenant, maintenant); err != nil {
		t.Fatal(err)
	}
	contient(t, ouvrir(t, "sqlite:"+chemin), append(desMesures("ancienne", 500), desMesures("récente", 500)...)...)
}

// Une copie remise avec sa date d'alors (cp -p, mv, rsync, tar) est plus vieille que le journal ; son changement, lui, est récent.
func TestUneBaseRestaureeAvecSaDate(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows ne date pas ce changement-là")
	}
	_, journal, copie := apresArretBrutal(t)
	chemin := poser(t, copie, journal)
	autrefois := time.Now().Add(-24 * time.Hour)
	journalPose, err := changement(chemin + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	for restauree := journalPose; restauree.Sub(journalPose) <= margeChangement; { // une vraie restauration n'est pas si proche
		time.Sleep(50 * time.Millisecond)
		if err := os.Chtimes(chemin, autrefois, autrefois); err != nil {
			t.Fatal(err)
		}
		if restauree, err = changement(chemin); err != nil {
			t.Fatal(err)
		}
	}
	refuserDOuvrir(t, "sqlite:"+chemin, phraseDuJournal)
}

// Ce que laisse un arrêt brutal se rouvre sans rien dire, où qu'il tombe.
func TestUnArretBrutalNEstPasUneRestauration(t *testing.T) {
	base, journal, _ := apresArretBrutal(t)
	toutes := append(desMesures("ancienne", 500), desMesures("récente", 500)...)
	rangee := func(pages int) string { // la base où le journal est déjà rangé, en tout ou partie, dans l'ordre des pages
		octets := []byte(base)
		const taille = 4096
		positions, err := pagesDuJournal(context.Background(), strings.NewReader(journal))
		if err != nil || len(positions) < 4 {
			t.Fatalf("%d pages dans le journal, %v, attendu plusieurs", len(positions), err)
		}
		for page := uint32(1); pages > 0 && page < 1000; page++ {
			if position, la := positions[page]; la {
				octets = append(octets, make([]byte, max(0, int(page)*taille-len(octets)))...)
				copy(octets[int(page-1)*taille:], journal[position:position+taille])
				pages--
			}
		}
		return string(octets)
	}
	for nom, c := range map[string]struct{ base, journal string }{
		"tout est dans le journal": {base, journal},
		"le journal se rangeait":   {rangee(1), journal},
		"à moitié rangé":           {rangee(3), journal},
		"rangé":                    {rangee(1000), journal},
		"une écriture s'achevait":  {rangee(2), journal + strings.Repeat("\xa5", 3000)},
	} {
		t.Run(nom, func(t *testing.T) {
			chemin := poser(t, c.base, c.journal)
			if nom == "tout est dans le journal" { // la base n'a pas changé depuis
				autrefois := time.Now().Add(-2 * time.Hour)
				if err := os.Chtimes(chemin, autrefois, autrefois); err != nil {
					t.Fatal(err)
				}
			}
			contient(t, ouvrir(t, "sqlite:"+chemin), toutes...)
		})
	}
	for nom, journal := range map[string]string{"vide": "", "sans page": journal[:32], "d'autre chose": strings.Repeat("x", 5000), "coupé": journal[:1000], "d'une page abîmée": journal[:60] + "\xff" + journal[61:]} {
		t.Run("journal "+nom, func(t *testing.T) { // SQLite n'y lit rien
			contient(t, ouvrir(t, "sqlite:"+poser(t, rangee(1000), journal)), toutes...)
		})
	}
}
