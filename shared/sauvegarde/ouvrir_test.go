package sauvegarde

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"capteurs/shared/mesure"
)

// muet est le journal des tests où il n'y a rien à y lire.
var muet = slog.New(slog.DiscardHandler)

// journalLu rend un journal, et ce qui s'y écrit.
func journalLu() (*slog.Logger, *bytes.Buffer) {
	var ecrit bytes.Buffer
	return slog.New(slog.NewTextHandler(&ecrit, nil)), &ecrit
}

// ouvrir ouvre une sauvegarde, que la fin du test fermera.
func ouvrir(t *testing.T, url string) *groupe {
	t.Helper()
	s, err := Ouvrir(t.Context(), url, muet)
	if err != nil {
		t.Fatalf("Ouvrir(%s) = %v, attendu une sauvegarde", url, err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close de %s = %v, attendu nil", url, err)
		}
	})
	return s.(*groupe)
}

// refuserDOuvrir vérifie qu'une sauvegarde ne s'ouvre pas, que l'erreur nomme l'URL et porte chacun des extraits, et qu'elle
// est seule à le dire.
func refuserDOuvrir(t *testing.T, url string, extraits ...string) {
	t.Helper()
	journal, ecrit := journalLu()
	s, err := Ouvrir(t.Context(), url, journal)
	if err == nil {
		s.Close()
		t.Errorf("Ouvrir(%s) = nil, attendu une erreur", url)
		return
	}
	if ecrit.Len() > 0 {
		t.Errorf("Ouvrir(%s) = %v, et au journal %s, attendu l'erreur seule", url, err, ecrit)
	}
	for _, extrait := range append(extraits, "sauvegarde "+url+" impossible à ouvrir : ") {
		if !strings.Contains(err.Error(), extrait) {
			t.Errorf("Ouvrir(%s) = %v, attendu une erreur qui dise %q", url, err, extrait)
		}
	}
}

// enregistrer sauvegarde des mesures, ou arrête le test.
func enregistrer(t rapid.TB, s Sauvegarde, mesures ...mesure.Mesure) {
	t.Helper()
	if err := s.Sauvegarder(context.Background(), mesures); err != nil {
		t.Fatalf("Sauvegarder(%d mesures) = %v, attendu nil", len(mesures), err)
	}
}

// relues rend tout ce qui est enregistré.
func relues(t rapid.TB, s Sauvegarde) (mesures []mesure.Mesure) {
	t.Helper()
	for e, err := range s.Relire(context.Background()) {
		if err != nil {
			t.Fatalf("Relire = %v, attendu des mesures", err)
		}
		mesures = append(mesures, e.Mesure)
	}
	return mesures
}

// contient vérifie ce qui est enregistré.
func contient(t rapid.TB, s Sauvegarde, attendues ...mesure.Mesure) {
	t.Helper()
	if mesures := relues(t, s); !slices.Equal(mesures, attendues) {
		t.Fatalf("Relire = %s, attendu %s", extrait(mesures), extrait(attendues))
	}
}

func extrait(mesures []mesure.Mesure) string {
	return fmt.Sprintf("%d mesures %.200v", len(mesures), mesures)
}

// mesures tire des mesures valides.
func mesures() *rapid.Generator[mesure.Mesure] {
	ids := rapid.OneOf(
		rapid.SampledFrom([]string{"capteur_1", "é", `"`, `\`, "'); DROP TABLE mesures; --", strings.Repeat("\U0001f321", mesure.IDMax), "<&>\u00a0", "%s ?1 $a"}),
		rapid.StringN(1, mesure.IDMax, -1),
	)
	return rapid.Custom(func(t *rapid.T) mesure.Mesure {
		return mesure.Mesure{CapteurID: ids.Draw(t, "capteur_id"), Temperature: rapid.Float64().Draw(t, "temperature")}
	}).Filter(func(m mesure.Mesure) bool { return m.Valider() == nil })
}

// urls rend une URL neuve par moteur.
func urls(t *testing.T) map[string]string {
	dossier := t.TempDir()
	return map[string]string{
		"texte":  "texte:" + filepath.Join(dossier, "donnees.txt"),
		"sqlite": "sqlite:" + filepath.Join(dossier, "donnees.db"),
	}
}

func TestURLInconnue(t *testing.T) {
	t.Chdir(t.TempDir()) // une URL acceptée à tort ne laisserait rien ici
	for _, url := range []string{"", "sqlite", "sqlite:", "texte", "texte:", ":", ":donnees.db", "xyz:a", "donnees.db", "SQLITE:donnees.db", " sqlite:donnees.db"} {
		s, err := Ouvrir(t.Context(), url, muet)
		if err == nil {
			s.Close()
			t.Errorf("Ouvrir(%q) = %v, attendu une erreur", url, s)
			continue
		}
		for _, extrait := range []string{fmt.Sprintf("%q", url), "texte:FICHIER", "sqlite:FICHIER", "par exemple " + ParDefaut} {
			if !strings.Contains(err.Error(), extrait) {
				t.Errorf("Ouvrir(%q) = %v, attendu une erreur qui dise %q", url, err, extrait)
			}
		}
	}
	if crees, _ := os.ReadDir("."); len(crees) > 0 {
		t.Errorf("fichiers créés : %v, attendu aucun", crees)
	}
}

func TestLURLParDefautEstUneBaseSQLite(t *testing.T) {
	t.Chdir(t.TempDir())
	s := ouvrir(t, ParDefaut)
	if _, err := os.Stat("donnees.db"); err != nil || s.String() != ParDefaut {
		t.Errorf("Ouvrir(%s) = %v (%v), attendu le fichier donnees.db", ParDefaut, s, err)
	}
}

func TestFichierImpossible(t *testing.T) {
	dossier := t.TempDir()
	for _, genre := range []string{"texte:", "sqlite:"} {
		refuserDOuvrir(t, genre+dossier, "ce n'est pas un fichier ordinaire")
		refuserDOuvrir(t, genre+filepath.Join(dossier, "absent", "donnees"), "le dossier n'existe pas, créez-le")
	}
	if crees, _ := os.ReadDir(dossier); len(crees) > 0 {
		t.Errorf("fichiers créés : %v, attendu aucun", crees)
	}
}

func TestCeQuiEstSauvegardeSeRelit(t *testing.T) {
	for nom, url := range urls(t) {
		t.Run(nom, func(t *testing.T) {
			t.Parallel()
			s := ouvrir(t, url)
			avant := 0
			rapid.Check(t, func(t *rapid.T) {
				attendues := rapid.SliceOfN(mesures(), 1, 10).Draw(t, "mesures")
				enregistrer(t, s, attendues...)
				toutes := relues(t, s)
				nouvelles := toutes[min(avant, len(toutes)):]
				avant = len(toutes)
				if !slices.Equal(nouvelles, attendues) {
					t.Fatalf("Relire = %+v, attendu %+v", nouvelles, attendues)
				}
			})
		})
	}
}

func TestReouvertureEtHeures(t *testing.T) {
	for nom, url := range urls(t) {
		t.Run(nom, func(t *testing.T) {
			var attendus []Enregistrement
			for i := range 3 {
				s, err := Ouvrir(t.Context(), url, muet)
				if err != nil {
					t.Fatalf("Ouvrir(%s), fois %d = %v, attendu nil", url, i, err)
				}
				if s.String() != url {
					t.Errorf("String() = %s, attendu %s", s, url)
				}
				recu := time.Date(2026, 1, 2, 3, 4, 5, 100_000*i, time.UTC)
				s.(*groupe).maintenant = func() time.Time { return recu }
				m := mesure.Mesure{CapteurID: "é", Temperature: float64(i)}
				enregistrer(t, s, m)
				attendus = append(attendus, Enregistrement{m, recu})
				var relus []Enregistrement
				for e, err := range s.Relire(t.Context()) {
					if err != nil {
						t.Fatal(err)
					}
					relus = append(relus, e)
				}
				if !slices.Equal(relus, attendus) {
					t.Errorf("Relire = %v, attendu %v", relus, attendus)
				}
				if err := s.Close(); err != nil {
					t.Errorf("Close = %v, attendu nil", err)
				}
				if err := s.Sauvegarder(t.Context(), desMesures("tard", 1)); err != ErrFermee {
					t.Errorf("Sauvegarder après Close = %v, attendu %v", err, ErrFermee)
				}
			}
		})
	}
}

func TestRelireSArreteQuandOnVeut(t *testing.T) {
	for nom, url := range urls(t) {
		t.Run(nom, func(t *testing.T) {
			s := ouvrir(t, url)
			enregistrer(t, s, desMesures("a", 5)...)
			for range s.Relire(t.Context()) {
				break
			}
			ctx, abandonner := context.WithCancel(t.Context())
			abandonner()
			derniere := error(nil)
			for _, err := range s.Relire(ctx) {
				derniere = err
			}
			if derniere == nil {
				t.Error("Relire d'un contexte fini = nil, attendu une erreur en dernier")
			}
			enregistrer(t, s, desMesures("a", 1)...) // et rien n'est resté verrouillé
		})
	}
}

// Un appel qui échoue n'enregistre rien et ne gêne pas les suivants, quel que soit le moteur.
func TestMesureInvalideRefuseeEntiere(t *testing.T) {
	for nom, url := range urls(t) {
		t.Run(nom, func(t *testing.T) {
			s := ouvrir(t, url)
			mauvaises := append(desMesures("a", 3), mesure.Mesure{CapteurID: "b", Temperature: math.Inf(1)})
			if err := s.Sauvegarder(t.Context(), mauvaises); err == nil {
				t.Error("Sauvegarder(+Inf) = nil, attendu une erreur")
			}
			enregistrer(t, s, desMesures("c", 2)...)
			contient(t, s, desMesures("c", 2)...)
		})
	}
}
