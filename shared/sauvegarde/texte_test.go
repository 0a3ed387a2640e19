package sauvegarde

import (
	"context"
	"fmt"
	"io"
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

// lireFichier rend le contenu d'un fichier.
func lireFichier(t rapid.TB, chemin string) string {
	t.Helper()
	octets, err := os.ReadFile(chemin)
	if err != nil {
		t.Fatal(err)
	}
	return string(octets)
}

// ecrireFichier écrit un fichier.
func ecrireFichier(t rapid.TB, chemin, contenu string) {
	t.Helper()
	if err := os.WriteFile(chemin, []byte(contenu), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestLigneDuFichierTexte(t *testing.T) {
	chemin := filepath.Join(t.TempDir(), "donnees.txt")
	s := ouvrir(t, "texte:"+chemin)
	recu := time.Date(2026, 11, 22, 14, 50, 19, 0, time.UTC)
	s.maintenant = func() time.Time { return recu }
	enregistrer(t, s, mesure.Mesure{CapteurID: "capteur_1", Temperature: 23.5})
	recu = recu.Add(1234567 * time.Nanosecond)
	enregistrer(t, s, mesure.Mesure{CapteurID: `é"\/<`, Temperature: -273.15}, mesure.Mesure{CapteurID: "🌡", Temperature: 1e21},
		mesure.Mesure{CapteurID: "x", Temperature: math.SmallestNonzeroFloat64}, mesure.Mesure{CapteurID: "x", Temperature: 20})
	attendu := `{"timestamp":"2026-11-22T14:50:19.000000Z","capteur_id":"capteur_1","temperature":23.5}
{"timestamp":"2026-11-22T14:50:19.001234Z","capteur_id":"é\"\\/<","temperature":-273.15}
{"timestamp":"2026-11-22T14:50:19.001234Z","capteur_id":"🌡","temperature":1e+21}
{"timestamp":"2026-11-22T14:50:19.001234Z","capteur_id":"x","temperature":5e-324}
{"timestamp":"2026-11-22T14:50:19.001234Z","capteur_id":"x","temperature":20}
`
	if ecrit := lireFichier(t, chemin); ecrit != attendu {
		t.Errorf("fichier :\n%sattendu :\n%s", ecrit, attendu)
	}
}

// verifierCoupe ôte des octets à la fin d'un fichier de mesures, le rouvre, et vérifie qu'il ne lui manque que la
// dernière ligne, que c'est dit, et que la suite s'écrit à sa place.
func verifierCoupe(t rapid.TB, chemin string, mesures []mesure.Mesure, otes int) {
	lignes := string(ajouterLignes(nil, &tranche{mesures: mesures, recu: time.Unix(0, 0).UTC()}))
	debutDerniere := strings.LastIndexByte(strings.TrimSuffix(lignes, "\n"), '\n') + 1
	ecrireFichier(t, chemin, lignes[:len(lignes)-otes])
	journal, ecrit := journalLu()
	s, err := Ouvrir(context.Background(), "texte:"+chemin, journal)
	if err != nil {
		t.Fatalf("%d octets ôtés : Ouvrir = %v, attendu nil", otes, err)
	}
	defer s.Close()
	attendu, restes := lignes, 0
	if otes > 0 {
		attendu = lignes[:debutDerniere]
		restes = len(lignes) - otes - debutDerniere
	}
	if contenu := lireFichier(t, chemin); contenu != attendu {
		t.Fatalf("%d octets ôtés : fichier rouvert %q, attendu %q", otes, contenu, attendu)
	}
	switch dit := ecrit.String(); {
	case restes == 0 && dit != "":
		t.Fatalf("%d octets ôtés, aucune ligne inachevée : journal %q, attendu rien", otes, dit)
	case restes > 0 && (!strings.Contains(dit, "level=WARN") || !strings.Contains(dit, "ligne inachevée coupée") ||
		!strings.Contains(dit, fmt.Sprintf("octets=%d\n", restes)) || !strings.Contains(dit, filepath.Base(chemin))):
		t.Fatalf("%d octets ôtés : journal %q, attendu un avertissement : %d octets de %s", otes, dit, restes, chemin)
	}
	suite := mesure.Mesure{CapteurID: "suite", Temperature: 1}
	enregistrer(t, s, suite)
	if otes > 0 {
		mesures = mesures[:len(mesures)-1]
	}
	contient(t, s, append(slices.Clip(mesures), suite)...)
}

func TestLigneInacheveeCoupee(t *testing.T) {
	chemin := filepath.Join(t.TempDir(), "donnees.txt")
	derniere := mesure.Mesure{CapteurID: `é"🌡`, Temperature: -1.5e-7}
	longueur := len(ajouterLignes(nil, &tranche{mesures: []mesure.Mesure{derniere}}))
	for otes := range longueur + 1 { // jusqu'à la ligne entière
		verifierCoupe(t, chemin, append(desMesures("a", 2), derniere), otes)
	}
	rapid.Check(t, func(t *rapid.T) {
		avant := rapid.SampledFrom([]int{0, 0, 1, 2, 2, 800, 2000}).Draw(t, "mesures d'avant") // plus, ou moins, que la lecture d'un bloc
		derniere := mesures().Draw(t, "dernière")
		longueur := len(ajouterLignes(nil, &tranche{mesures: []mesure.Mesure{derniere}}))
		verifierCoupe(t, chemin, append(desMesures("a", avant), derniere), rapid.IntRange(0, longueur).Draw(t, "octets ôtés"))
	})
}

// lecteurDe compte les octets lus, pour vérifier qu'on ne relit pas tout un gros fichier.
type lecteurDe struct {
	io.ReaderAt
	lus int64
}

func (l *lecteurDe) ReadAt(p []byte, position int64) (int, error) {
	n, err := l.ReaderAt.ReadAt(p, position)
	l.lus += int64(n)
	return n, err
}

func TestFinDesLignesEntieres(t *testing.T) {
	const bloc = 64 << 10
	rapid.Check(t, func(t *rapid.T) {
		queues := rapid.OneOf(rapid.IntRange(0, 200), rapid.IntRange(bloc-2, bloc+2), rapid.IntRange(2*bloc-2, 2*bloc+2))
		avant, queue := queues.Draw(t, "octets avant le saut de ligne"), queues.Draw(t, "octets après")
		contenu, attendue := strings.Repeat("x", queue), 0
		if rapid.Bool().Draw(t, "avec un saut de ligne") {
			contenu, attendue = strings.Repeat("\n", avant)+"\n"+contenu, avant+1
		}
		l := &lecteurDe{ReaderAt: strings.NewReader(contenu)}
		fin, err := finDesLignesEntieres(l, int64(len(contenu)))
		if err != nil || fin != int64(attendue) {
			t.Fatalf("finDesLignesEntieres = %d, %v, attendu %d", fin, err, attendue)
		}
		if l.lus > int64(queue+bloc) {
			t.Fatalf("%d octets lus pour une fin de %d", l.lus, queue)
		}
	})
}

func TestFichierEtrangerIntact(t *testing.T) {
	for _, contenu := range []string{
		"bonjour", "bonjour\n", "\n", " ", "{}", "[", `{"capteur_id":"a","temperature":1}`, `{"timestamp":2026}`, `{ "timestamp":"`, `{"timestamp": "`,
		"{\n", "x" + debutDeLigne, "\ufeff" + debutDeLigne, "SQLite format 3\x00", strings.Repeat("\x00", 4096), "{\"timestamp\"\x00",
		`{"timestamp":"2026-11-22","niveau":"info"}`, `{"timestamp":"2026-11-22","niveau":"info"}` + "\n", // puis ce qu'un autre programme écrirait de proche, ligne entière
		`{"capteur_id":"a","temperature":1}` + "\n", `{"timestamp":"2026-11-22T14:50:19Z","niveau":"info"}` + "\n",
		`{"timestamp":"2026-11-22T14:50:19Z","capteur_id":"a","temperature":"23"}` + "\n", `{"timestamp":"0001-01-01T00:00:00Z","capteur_id":"a","temperature":1}` + "\n",
		debutDeLigne + strings.Repeat("x", 2*ligneMax),
	} {
		chemin := filepath.Join(t.TempDir(), "autre.txt")
		ecrireFichier(t, chemin, contenu)
		refuserDOuvrir(t, "texte:"+chemin, "ce fichier contient autre chose que des mesures")
		if apres := lireFichier(t, chemin); apres != contenu {
			t.Errorf("fichier étranger %q devenu %q", contenu, apres)
		}
	}
}

// Un fichier qu'on refuse n'est pas retenu : vidé, il s'ouvre.
func TestUnFichierRefuseNEstPasRetenu(t *testing.T) {
	chemin := filepath.Join(t.TempDir(), "donnees.txt")
	ecrireFichier(t, chemin, "bonjour\n")
	refuserDOuvrir(t, "texte:"+chemin, "autre chose que des mesures")
	ecrireFichier(t, chemin, "")
	ouvrir(t, "texte:"+chemin)
}

// Une ligne inachevée n'est la nôtre que si chacun de ses octets l'est : le début d'un autre fichier serait coupé.
func TestPresqueLeDebutDUneLigne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		debut := []byte(debutDeLigne[:rapid.IntRange(1, len(debutDeLigne)).Draw(t, "octets")])
		place, c := rapid.IntRange(0, len(debut)-1).Draw(t, "place"), rapid.ByteRange('!', '~').Draw(t, "octet")
		modele := debut[place]
		debut[place] = c
		aNous := c == modele || modele == '0' && strings.IndexByte("0123456789", c) >= 0
		if debutDeMesures(debut) != aNous {
			t.Fatalf("debutDeMesures(%q) = %v, attendu %v", debut, !aNous, aNous)
		}
	})
}

// Un arrêt brutal peut ne laisser que le début de la toute première ligne.
func TestDebutDeLaPremiereLigneEstANous(t *testing.T) {
	for n := range len(debutDeLigne) + 1 {
		chemin := filepath.Join(t.TempDir(), "donnees.txt")
		ecrireFichier(t, chemin, debutDeLigne[:n])
		s := ouvrir(t, "texte:"+chemin)
		if contenu := lireFichier(t, chemin); contenu != "" {
			t.Errorf("%q : fichier rouvert %q, attendu vide", debutDeLigne[:n], contenu)
		}
		enregistrer(t, s, desMesures("a", 1)...)
		contient(t, s, desMesures("a", 1)...)
	}
}

func TestUnSeulProgrammeEcritDansUnFichierTexte(t *testing.T) {
	chemin := filepath.Join(t.TempDir(), "donnees.txt")
	s, err := Ouvrir(t.Context(), "texte:"+chemin, muet)
	if err != nil {
		t.Fatal(err)
	}
	enregistrer(t, s, desMesures("a", 1)...)
	avant := lireFichier(t, chemin)
	refuserDOuvrir(t, "texte:"+chemin, "un autre programme écrit dans ce fichier, arrêtez-le ou choisissez un autre fichier")
	if apres := lireFichier(t, chemin); apres != avant {
		t.Errorf("fichier verrouillé devenu %q, attendu %q", apres, avant)
	}
	enregistrer(t, s, desMesures("a", 1)...) // le premier n'en est pas gêné
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	contient(t, ouvrir(t, "texte:"+chemin), append(desMesures("a", 1), desMesures("a", 1)...)...)
}

func TestRelireNommeLaLigneAbimee(t *testing.T) {
	chemin := filepath.Join(t.TempDir(), "donnees.txt")
	bonne := string(ajouterLignes(nil, &tranche{mesures: desMesures("a", 1), recu: time.Unix(0, 0).UTC()}))
	for _, abimee := range []string{"\n", "\xff\xff\n", strings.Replace(bonne, "0}", "}", 1), strings.Repeat("x", ligneMax+1) + "\n"} {
		ecrireFichier(t, chemin, bonne+abimee+bonne)
		s := ouvrir(t, "texte:"+chemin)
		lues, derniere := 0, error(nil)
		for _, err := range s.Relire(t.Context()) {
			if derniere != nil {
				t.Fatalf("%.20q : Relire continue après %v", abimee, derniere)
			}
			if derniere = err; err == nil {
				lues++
			}
		}
		if derniere == nil || !strings.Contains(derniere.Error(), chemin) || lues != 1 {
			t.Errorf("%.20q : Relire = %d mesures puis %v, attendu 1 puis une erreur qui nomme le fichier", abimee, lues, derniere)
		} else if len(abimee) < ligneMax && !strings.Contains(derniere.Error(), "ligne 2") {
			t.Errorf("%.20q : Relire = %v, attendu la ligne 2", abimee, derniere)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// L'écriture en cours n'est pas encore enregistrée : elle peut n'être écrite qu'à moitié, ou devoir s'annuler.
func TestRelireIgnoreLEcritureEnCours(t *testing.T) {
	s := ouvrir(t, urls(t)["texte"])
	enregistrer(t, s, desMesures("a", 2)...)
	encore := ajouterLignes(nil, &tranche{mesures: desMesures("b", 2), recu: time.Unix(0, 0).UTC()})
	if _, err := s.moteur.(*texte).fichier.Write(encore[:len(encore)*3/4]); err != nil {
		t.Fatal(err)
	}
	contient(t, s, desMesures("a", 2)...)
}

// Après un échec que rien n'a pu annuler, on ne sait plus ce que contient le fichier : mieux vaut ne plus rien promettre.
func TestEcritureImpossibleAAnnuler(t *testing.T) {
	chemin := filepath.Join(t.TempDir(), "donnees.txt")
	s := ouvrir(t, "texte:"+chemin)
	enregistrer(t, s, desMesures("a", 1)...)
	avant := lireFichier(t, chemin)
	moteur := s.moteur.(*texte)
	bon := moteur.fichier
	enLecture, err := os.Open(chemin)
	if err != nil {
		t.Fatal(err)
	}
	defer enLecture.Close()
	moteur.fichier = enLecture // ni écriture, ni troncature
	if err := s.Sauvegarder(t.Context(), desMesures("b", 1)); err == nil || !strings.Contains(err.Error(), "annulation impossible") {
		t.Errorf("Sauvegarder = %v, attendu une erreur qui dise l'annulation impossible", err)
	}
	moteur.fichier = bon
	if err := s.Sauvegarder(t.Context(), desMesures("c", 1)); err == nil {
		t.Error("Sauvegarder après une annulation impossible = nil, attendu la même erreur")
	}
	if apres := lireFichier(t, chemin); apres != avant {
		t.Errorf("fichier %q, attendu %q", apres, avant)
	}
}

// Après un fsync refusé, rien ne dit ce qui est sur le disque : ni cette écriture ni les suivantes ne sont confirmées.
func TestUnDisqueQuiRefuseDeSynchroniser(t *testing.T) {
	sansWindows(t) // où vider un tube attend qu'on le lise
	s := ouvrir(t, urls(t)["texte"])
	moteur := s.moteur.(*texte)
	bon := moteur.fichier
	lu, tube, err := os.Pipe() // s'écrit, mais ne se synchronise pas
	if err != nil {
		t.Fatal(err)
	}
	defer lu.Close()
	defer tube.Close()
	moteur.fichier = tube
	for _, quand := range []string{"pendant la panne", "ensuite"} {
		if err := s.Sauvegarder(t.Context(), desMesures("a", 1)); err == nil || !strings.Contains(err.Error(), "le disque a refusé une écriture") {
			t.Errorf("Sauvegarder, %s = %v, attendu une erreur qui dise le disque", quand, err)
		}
		moteur.fichier = bon
	}
}
