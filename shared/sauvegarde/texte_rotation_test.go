package sauvegarde

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"pgregory.net/rapid"

	"capteurs/shared/mesure"
)

// lignesEntieres vérifie qu'un fichier n'est fait que de lignes qui se relisent, et les rend.
func lignesEntieres(t rapid.TB, chemin string) (mesures []mesure.Mesure) {
	t.Helper()
	contenu := lireFichier(t, chemin)
	if contenu != "" && !strings.HasSuffix(contenu, "\n") || strings.Contains(contenu, "\x00") {
		t.Fatalf("le fichier finit par %.200q, attendu des lignes entières, sans octet nul", contenu[max(0, len(contenu)-200):])
	}
	for ligne := range strings.Lines(contenu) {
		m, err := ligneRelue([]byte(ligne))
		if err != nil {
			t.Fatalf("ligne %q illisible : %v", ligne, err)
		}
		mesures = append(mesures, m.Mesure)
	}
	return mesures
}

// Un autre programme coupe le fichier ou y ajoute, n'importe où : ce qui est confirmé ensuite se relit, et rien n'est inventé.
func TestUnAutreProgrammeChangeLeFichier(t *testing.T) {
	chemin := filepath.Join(t.TempDir(), "donnees.txt")
	rapid.Check(t, func(t *rapid.T) {
		os.Remove(chemin)
		journal, ecrit := journalLu()
		s, err := Ouvrir(context.Background(), "texte:"+chemin, journal)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		var attendues []mesure.Mesure
		for i := range rapid.IntRange(1, 5).Draw(t, "écritures") {
			lot := desMesures(fmt.Sprint("lot", i), rapid.IntRange(1, 5).Draw(t, "mesures"))
			enregistrer(t, s, lot...)
			attendues = append(attendues, lot...)
			if mesures := lignesEntieres(t, chemin); !slices.Equal(mesures, attendues) {
				t.Fatalf("fichier : %s, attendu %s", extrait(mesures), extrait(attendues))
			}
			contient(t, s, attendues...)
			contenu := lireFichier(t, chemin)
			ecrit.Reset()
			switch rapid.SampledFrom([]string{"rien", "coupé", "allongé"}).Draw(t, "autre programme") {
			case "coupé":
				reste := rapid.IntRange(0, len(contenu)-1).Draw(t, "octets laissés")
				if err := os.Truncate(chemin, int64(reste)); err != nil {
					t.Fatal(err)
				}
				attendues = attendues[:strings.Count(contenu[:reste], "\n")]
			case "allongé":
				f, err := os.OpenFile(chemin, os.O_WRONLY|os.O_APPEND, 0)
				if err != nil {
					t.Fatal(err)
				}
				fmt.Fprint(f, contenu[:rapid.IntRange(1, 30).Draw(t, "octets ajoutés")]) // moins qu'une ligne
				f.Close()
			default:
				continue
			}
			suite := desMesures("suite", 1)
			enregistrer(t, s, suite...)
			attendues = append(attendues, suite...)
			if dit := ecrit.String(); !strings.Contains(dit, "level=WARN") || !strings.Contains(dit, "un autre programme a changé") {
				t.Fatalf("journal %q, attendu un avertissement", dit)
			}
		}
	})
}

// La coupe peut tomber pendant l'écriture : réussie, elle n'est pas confirmée ; ratée, l'annuler ne laisse pas d'octets nuls.
func TestUnAutreProgrammeCoupeLeFichierPendantLEcriture(t *testing.T) {
	chemin := filepath.Join(t.TempDir(), "donnees.txt")
	s := ouvrir(t, "texte:"+chemin)
	enregistrer(t, s, desMesures("a", 3)...)
	m := s.moteur.(*texte)
	if err := m.encoreLa(); err != nil {
		t.Errorf("fichier entier : %v, attendu nil", err)
	}
	if err := os.Truncate(chemin, m.taille/2); err != nil {
		t.Fatal(err)
	}
	if err := m.encoreLa(); err == nil {
		t.Error("fichier coupé : nil, attendu une erreur")
	}
	cause := errors.New("disque plein")
	if err := m.annuler(cause); !errors.Is(err, cause) {
		t.Errorf("annuler = %v, attendu %v", err, cause)
	}
	enregistrer(t, s, desMesures("b", 1)...)
	if mesures := lignesEntieres(t, chemin); !slices.Equal(mesures, append(desMesures("a", 1), desMesures("b", 1)...)) {
		t.Errorf("fichier : %s", extrait(mesures))
	}
}

// Un octet nul, que laisse un fichier mal coupé, rendrait sa ligne illisible ; d'une dernière ligne inachevée, il part avec elle.
func TestOctetsNulsVusALOuverture(t *testing.T) {
	lignes := string(ajouterLignes(nil, &tranche{mesures: desMesures("a", 3000), recu: time.Unix(0, 0).UTC()})) // plus que la lecture d'un bloc
	deuxieme := strings.IndexByte(lignes, '\n') + 1
	for nom, position := range map[string]int{"au début d'une ligne": deuxieme, "au milieu": deuxieme + 30, "à la fin": len(lignes) - 1, "loin": len(lignes) / 2, "au bord d'un bloc": 64<<10 - 1, "après ce bord": 64 << 10} {
		for _, n := range []int{1, 4096} {
			chemin := filepath.Join(t.TempDir(), "donnees.txt")
			contenu := lignes[:position] + strings.Repeat("\x00", n) + lignes[position:]
			ecrireFichier(t, chemin, contenu)
			ligne := strings.Count(lignes[:position], "\n") + 1
			refuserDOuvrir(t, "texte:"+chemin, fmt.Sprintf("octet nul ligne %d", ligne))
			if lireFichier(t, chemin) != contenu {
				t.Errorf("%s : fichier modifié, attendu intact", nom)
			}
		}
	}
	chemin := filepath.Join(t.TempDir(), "donnees.txt")
	ecrireFichier(t, chemin, lignes+strings.Repeat("\x00", 5000))
	s := ouvrir(t, "texte:"+chemin)
	contient(t, s, desMesures("a", 3000)...)
}

// Ce qui ne se voit pas, ou se lit à l'envers, s'écrit échappé, et se relit égal.
func TestCeQuiNeSeVoitPasSEcritEchappe(t *testing.T) {
	chemin := filepath.Join(t.TempDir(), "donnees.txt")
	s := ouvrir(t, "texte:"+chemin)
	invisibles := []rune("\u2028\u2029\u202a\u202e\u2066\u2069\u200b\u200d\u200e\u200f\u061c\ufeff\u00ad\u2060\u2064\u180e\u034f\u115f\u3164\uffa0\u2800\ufe0f\u00a0\u2003\u3000\u202f\U000e0001\U000e0041\U000e0100\ue000\U0010fffd\u0378\ufff9")
	attendues := []mesure.Mesure{{CapteurID: "👩\u200d💻", Temperature: 3}, {CapteurID: "❤\ufe0f", Temperature: 4}}
	for _, c := range invisibles {
		m := mesure.Mesure{CapteurID: "a" + string(c) + "b", Temperature: 1}
		if m.Valider() == nil {
			attendues = append(attendues, m)
		}
		var relu string // même ce que le protocole refuse
		if cite := citer(nil, m.CapteurID); json.Unmarshal(cite, &relu) != nil || relu != m.CapteurID || strings.ContainsRune(string(cite), c) {
			t.Errorf("citer(%+q) = %s", m.CapteurID, cite)
		}
	}
	attendues = append(attendues, mesure.Mesure{CapteurID: "été 🌡 ñ 温度 \ufffd e\u0301", Temperature: 2})
	enregistrer(t, s, attendues...)
	contient(t, s, attendues...)
	contenu := lireFichier(t, chemin)
	for _, c := range contenu {
		if slices.Contains(invisibles, c) {
			t.Errorf("%U est écrit tel quel", c)
		}
	}
	for _, attendu := range []string{`"👩\u200d💻"`, `"❤\ufe0f"`, `"a\udbff\udffdb"`, "\"été 🌡 ñ 温度 \ufffd e\u0301\""} {
		if !strings.Contains(contenu, attendu) {
			t.Errorf("fichier sans %s", attendu)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		m := mesures().Draw(t, "mesure")
		ligne := ajouterLignes(nil, &tranche{mesures: []mesure.Mesure{m}})
		for _, c := range string(ligne) {
			if c != '\n' && !unicode.IsPrint(c) {
				t.Errorf("%U est écrit tel quel", c)
			}
		}
		if relue, err := ligneRelue(ligne); err != nil || relue.Mesure != m {
			t.Errorf("%q se relit %+v, %v", ligne, relue, err)
		}
		if len(ligne) > ligneMax {
			t.Errorf("ligne de %d octets, attendu %d au plus", len(ligne), ligneMax)
		}
	})
}

// Un fichier déplacé refuse les mesures ; rouvrir en commence un autre, sans rien perdre de ce qui s'écrit au même instant.
func TestRouvrir(t *testing.T) {
	sansWindows(t)
	dossier := t.TempDir()
	chemin := filepath.Join(dossier, "donnees.txt")
	s := ouvrir(t, "texte:"+chemin)
	enregistrer(t, s, desMesures("avant", 2)...)
	if err := s.Rouvrir(t.Context()); err != nil {
		t.Errorf("Rouvrir un fichier en place = %v, attendu nil", err)
	}
	enregistrer(t, s, desMesures("encore", 1)...)
	if err := os.Rename(chemin, chemin+".1"); err != nil {
		t.Fatal(err)
	}
	if err := s.Sauvegarder(t.Context(), desMesures("perdue", 1)); err == nil {
		t.Error("Sauvegarder dans un fichier déplacé = nil, attendu une erreur")
	}
	if err := s.Rouvrir(t.Context()); err != nil {
		t.Fatalf("Rouvrir = %v, attendu nil", err)
	}
	enregistrer(t, s, desMesures("après", 3)...)
	contient(t, s, desMesures("après", 3)...)
	if vieilles := lignesEntieres(t, chemin+".1"); !slices.Equal(vieilles, append(desMesures("avant", 2), desMesures("encore", 1)...)) {
		t.Errorf("ancien fichier : %s", extrait(vieilles))
	}
	if infos, err := os.Stat(chemin); err != nil || infos.Mode().Perm() != 0o600 {
		t.Errorf("nouveau fichier : %v, %v, attendu les droits 0600", infos, err)
	}

	if err := os.Rename(chemin, chemin+".2"); err != nil { // un remplaçant impossible : l'ancien reste
		t.Fatal(err)
	}
	ecrireFichier(t, chemin, "bonjour\n")
	if err := s.Rouvrir(t.Context()); err == nil || !strings.Contains(err.Error(), "autre chose que des mesures") || !strings.Contains(err.Error(), chemin) {
		t.Errorf("Rouvrir sur un autre fichier = %v, attendu une erreur qui le nomme", err)
	}
	if err := os.Rename(chemin+".2", chemin); err != nil {
		t.Fatal(err)
	}
	enregistrer(t, s, desMesures("revenu", 1)...)
	contient(t, s, append(desMesures("après", 3), desMesures("revenu", 1)...)...)

	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Rouvrir(t.Context()); !errors.Is(err, ErrFermee) {
		t.Errorf("Rouvrir après Close = %v, attendu %v", err, ErrFermee)
	}
	if err := ouvrir(t, "sqlite:"+filepath.Join(dossier, "donnees.db")).Rouvrir(t.Context()); err != nil {
		t.Errorf("Rouvrir une base SQLite = %v, attendu nil : il n'y a rien à faire", err)
	}
}

// Des rotations pendant que des capteurs écrivent : chaque mesure confirmée est dans un des fichiers, une fois, et en ligne entière.
func TestRouvrirPendantQuOnEcrit(t *testing.T) {
	sansWindows(t)
	const capteurs, rotations = 8, 20
	chemin := filepath.Join(t.TempDir(), "donnees.txt")
	s := ouvrir(t, "texte:"+chemin)
	fin := make(chan struct{})
	confirmees := make([]int, capteurs)
	var fini sync.WaitGroup
	for c := range capteurs {
		fini.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-fin:
					return
				default:
				}
				m := mesure.Mesure{CapteurID: fmt.Sprint(c), Temperature: float64(confirmees[c])}
				if s.Sauvegarder(context.Background(), []mesure.Mesure{m}) == nil {
					confirmees[c]++
				}
			}
		})
	}
	for r := range rotations {
		if err := os.Rename(chemin, fmt.Sprintf("%s.%02d", chemin, r)); err != nil {
			t.Fatal(err)
		}
		if err := s.Rouvrir(t.Context()); err != nil {
			t.Fatalf("Rouvrir = %v, attendu nil", err)
		}
		enregistrer(t, s, desMesures("rotation", 1)...)
	}
	close(fin)
	fini.Wait()
	vues := map[mesure.Mesure]int{}
	anciens, err := filepath.Glob(chemin + "*")
	if err != nil || len(anciens) != rotations+1 {
		t.Fatalf("%d fichiers, %v, attendu %d", len(anciens), err, rotations+1)
	}
	for _, ancien := range anciens {
		for _, m := range lignesEntieres(t, ancien) {
			vues[m]++
		}
	}
	for c, n := range confirmees {
		for rang := range n {
			if m := (mesure.Mesure{CapteurID: fmt.Sprint(c), Temperature: float64(rang)}); vues[m] == 0 {
				t.Fatalf("mesure confirmée absente : %+v", m)
			}
		}
	}
}
