package sauvegarde

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
	driver "modernc.org/sqlite"
	"pgregory.net/rapid"

	"capteurs/shared/mesure"
)

// ailleurs ouvre la base comme le ferait un autre programme, sur une seule connexion.
func ailleurs(t *testing.T, chemin string) *sql.Conn {
	t.Helper()
	dsn, err := dsnSQLite(chemin, "_busy_timeout=3000")
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// executerSQL exécute des instructions.
func executerSQL(t *testing.T, conn *sql.Conn, instructions string) {
	t.Helper()
	if _, err := conn.ExecContext(context.Background(), instructions); err != nil {
		t.Fatalf("%s = %v", instructions, err)
	}
}

// valeur rend ce que rend une requête d'une seule valeur.
func valeur(t *testing.T, conn *sql.Conn, requete string) (v string) {
	t.Helper()
	if err := conn.QueryRowContext(context.Background(), requete).Scan(&v); err != nil {
		t.Fatalf("%s = %v", requete, err)
	}
	return v
}

// fichiers rend les noms des fichiers d'un dossier, dans l'ordre.
func fichiers(t *testing.T, dossier string) (noms []string) {
	t.Helper()
	entrees, err := os.ReadDir(dossier)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entrees {
		noms = append(noms, e.Name())
	}
	return noms
}

func TestNomsDeFichiersDifficiles(t *testing.T) {
	noms := []string{"température.db", "deux mots.db", "a#b", "100%", "%41.db", "a&b=c;d.db", "a+b", ":memory:", "file:a.db", "-a", "a?b.db", "?mode=memory", `a\b`, `a"b`, "a:b"}
	for _, nom := range noms {
		if runtime.GOOS == "windows" && strings.ContainsAny(nom, `?:"\`) {
			continue // interdit par le système
		}
		for _, genre := range []string{"texte:", "sqlite:"} {
			t.Run(genre+nom, func(t *testing.T) {
				dossier := filepath.Join(t.TempDir(), nom) // le dossier aussi porte ce nom
				if err := os.Mkdir(dossier, 0o700); err != nil {
					t.Fatal(err)
				}
				url, attendus := genre+filepath.Join(dossier, nom), []string{nom}
				s, err := Ouvrir(t.Context(), url, muet)
				if err != nil {
					t.Fatalf("Ouvrir(%s) = %v, attendu nil", url, err)
				}
				enregistrer(t, s, desMesures("a", 2)...)
				contient(t, s, desMesures("a", 2)...)
				if genre == "sqlite:" {
					attendus = append(attendus, nom+"-shm", nom+"-wal")
				}
				if noms := fichiers(t, dossier); !slices.Equal(noms, attendus) {
					t.Errorf("fichiers ouverts = %q, attendu %q", noms, attendus)
				}
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				if noms := fichiers(t, dossier); !slices.Equal(noms, []string{nom}) {
					t.Errorf("fichiers fermés = %q, attendu %q", noms, nom)
				}
			})
		}
	}
}

func TestCheminRelatif(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir("sous", 0o700); err != nil {
		t.Fatal(err)
	}
	chemin := filepath.Join("sous", "..", "donnees")
	s := ouvrir(t, "sqlite:"+chemin)
	enregistrer(t, s, desMesures("a", 1)...)
	t.Chdir("sous") // le chemin est celui du dossier de départ
	enregistrer(t, s, desMesures("a", 1)...)
	if n := fichiers(t, "."); len(n) > 0 {
		t.Errorf("fichiers créés dans le nouveau dossier : %q", n)
	}
}

func TestSQLiteEstDurable(t *testing.T) {
	s := ouvrir(t, urls(t)["sqlite"])
	conn := s.moteur.(*sqlite).conn
	for pragma, attendu := range map[string]string{"synchronous": "2", "journal_mode": "wal", "busy_timeout": "2000"} {
		if v := valeur(t, conn, "PRAGMA "+pragma); v != attendu {
			t.Errorf("PRAGMA %s = %s, attendu %s", pragma, v, attendu)
		}
	}
}

func TestTableMesures(t *testing.T) {
	chemin := filepath.Join(t.TempDir(), "donnees.db")
	s := ouvrir(t, "sqlite:"+chemin)
	s.maintenant = func() time.Time {
		return time.Date(2026, 11, 22, 14, 50, 19, 1_234_567, time.FixedZone("", -3600))
	}
	enregistrer(t, s, mesure.Mesure{CapteurID: "capteur_1", Temperature: 20})
	conn := ailleurs(t, chemin)
	for requete, attendu := range map[string]string{
		"SELECT strict FROM pragma_table_list('mesures')":                                  "1",
		"SELECT group_concat(name || ' ' || type, ', ') FROM pragma_table_info('mesures')": "id INTEGER, capteur_id TEXT, temperature REAL, timestamp TEXT",
		"SELECT id || ' ' || capteur_id || ' ' || temperature FROM mesures":                "1 capteur_1 20.0",
		"SELECT timestamp FROM mesures":                                                    "2026-11-22T15:50:19.001234Z",
		"SELECT typeof(temperature) || ' ' || typeof(timestamp) FROM mesures":              "real text",
	} {
		if v := valeur(t, conn, requete); v != attendu {
			t.Errorf("%s = %q, attendu %q", requete, v, attendu)
		}
	}
}

func TestAutreChoseQuUneBase(t *testing.T) {
	dossier := t.TempDir()
	for nom, contenu := range map[string]string{
		"texte court":     "bonjour\n",
		"texte":           strings.Repeat("bonjour, ceci n'est pas une base\n", 1000),
		"nos lignes":      string(ajouterLignes(nil, &tranche{mesures: desMesures("a", 3)})),
		"zéros":           strings.Repeat("\x00", 4096),
		"en-tête abîmé":   "SQLite format 3\x00" + strings.Repeat("\xff", 4080),
		"en-tête tronqué": "SQLite format 3",
	} {
		chemin := filepath.Join(dossier, nom)
		ecrireFichier(t, chemin, contenu)
		refuserDOuvrir(t, "sqlite:"+chemin, "n'est pas une base SQLite, choisissez-en un autre")
		if apres := lireFichier(t, chemin); apres != contenu {
			t.Errorf("%s : fichier étranger devenu %.60q, attendu intact", nom, apres)
		}
		if n := fichiers(t, dossier); len(n) != 1 {
			t.Errorf("%s : fichiers laissés : %q", nom, n)
		}
		os.Remove(chemin)
	}
}

func TestBaseAbimee(t *testing.T) {
	chemin := filepath.Join(t.TempDir(), "donnees.db")
	s, err := Ouvrir(t.Context(), "sqlite:"+chemin, muet)
	if err != nil {
		t.Fatal(err)
	}
	enregistrer(t, s, desMesures("a", 1)...)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	base := lireFichier(t, chemin)
	ecrireFichier(t, chemin, base[:100]+strings.Repeat("\xff", len(base)-100)) // l'en-tête est bon, la table des tables non
	refuserDOuvrir(t, "sqlite:"+chemin, "la base est abîmée, restaurez-en une copie ou choisissez un autre fichier")
}

// Une base où la table ne peut pas être ne s'ouvre pas, et rien n'en reste ouvert : le dire à la première mesure serait trop tard.
func TestBaseOuLaTableNePeutEtre(t *testing.T) {
	for dit, instructions := range map[string]string{
		"la base est abîmée":                   "PRAGMA writable_schema=ON; CREATE TABLE a(b); UPDATE sqlite_schema SET sql='CREATE TABLE a('",
		"there is already an index named mesu": "CREATE TABLE a(b); CREATE INDEX mesures ON a(b)",
	} {
		chemin := filepath.Join(t.TempDir(), "autre.db")
		executerSQL(t, ailleurs(t, chemin), instructions)
		avant := goleak.IgnoreCurrent()
		refuserDOuvrir(t, "sqlite:"+chemin, dit)
		goleak.VerifyNone(t, avant)
	}
}

func TestAutreTableMesures(t *testing.T) {
	for table, colonnes := range map[string]string{
		"TABLE mesures(a)":               "a",
		"TABLE mesures(id INTEGER)":      "id INTEGER",
		"VIEW mesures AS SELECT 1 AS id": "id",
		"TABLE mesures(id INTEGER PRIMARY KEY, capteur_id TEXT, temperature TEXT, timestamp TEXT)":                                   "temperature TEXT",
		"TABLE mesures(id INTEGER PRIMARY KEY, capteur_id VARCHAR(20), temperature REAL, timestamp TEXT)":                            "capteur_id VARCHAR(20)",
		"TABLE mesures(id INTEGER, capteur_id TEXT, temperature REAL, timestamp TEXT)":                                               "id INTEGER, ", // sans ordre à la relecture
		"TABLE a(id INTEGER PRIMARY KEY, capteur_id TEXT, temperature REAL, timestamp TEXT); CREATE VIEW mesures AS SELECT * FROM a": "view",
	} {
		chemin := filepath.Join(t.TempDir(), "autre.db")
		executerSQL(t, ailleurs(t, chemin), "CREATE "+table)
		refuserDOuvrir(t, "sqlite:"+chemin, "cette base a déjà une autre table mesures(", colonnes, "au lieu de mesures(id INTEGER PRIMARY KEY", "choisissez une autre base")
	}
}

func TestUneAutreTableNeGenePas(t *testing.T) {
	chemin := filepath.Join(t.TempDir(), "autre.db")
	conn := ailleurs(t, chemin)
	executerSQL(t, conn, "CREATE TABLE autre(a); INSERT INTO autre VALUES (7)")
	s := ouvrir(t, "sqlite:"+chemin)
	enregistrer(t, s, desMesures("a", 1)...)
	contient(t, s, desMesures("a", 1)...)
	if v := valeur(t, conn, "SELECT a FROM autre"); v != "7" {
		t.Errorf("l'autre table contient %s, attendu 7", v)
	}
}

func TestToutesLesTaillesDEcriture(t *testing.T) {
	s := ouvrir(t, urls(t)["sqlite"])
	var attendues []mesure.Mesure
	for _, n := range []int{1, 2, 99, 100, 101, 199, 200, 201, 250, 1000} {
		lot := desMesures(fmt.Sprint(n), n)
		enregistrer(t, s, lot...)
		attendues = append(attendues, lot...)
		contient(t, s, attendues...)
	}
}

// Un lot de plusieurs tranches ne tombe pas juste sur les centaines ; chacune y garde son heure.
func TestUnLotDePlusieursTranches(t *testing.T) {
	s := ouvrir(t, urls(t)["sqlite"])
	conn := s.moteur.(*sqlite).conn
	rapid.Check(t, func(t *rapid.T) {
		tailles := rapid.SliceOfN(rapid.OneOf(rapid.IntRange(1, 5), rapid.IntRange(1, 250)), 1, 8).Draw(t, "tailles")
		var lot []*tranche
		var attendus []Enregistrement
		for i, n := range tailles {
			tr := &tranche{mesures: desMesures(fmt.Sprint(i), n), recu: time.Date(2026, 1, 2, 3, 4, i, 1000*i, time.UTC)}
			lot = append(lot, tr)
			for _, m := range tr.mesures {
				attendus = append(attendus, Enregistrement{m, tr.recu})
			}
		}
		if _, err := conn.ExecContext(context.Background(), "DELETE FROM mesures"); err != nil {
			t.Fatal(err)
		}
		if err := s.ecrire(context.Background(), lot); err != nil {
			t.Fatalf("ecrire = %v, attendu nil", err)
		}
		var relus []Enregistrement
		for e, err := range s.Relire(context.Background()) {
			if err != nil {
				t.Fatal(err)
			}
			relus = append(relus, e)
		}
		if !slices.Equal(relus, attendus) {
			t.Fatalf("Relire = %d enregistrements %.200v, attendu %d %.200v", len(relus), relus, len(attendus), attendus)
		}
	})
}

func TestUneEcritureRateeNEnregistreRien(t *testing.T) {
	chemin := filepath.Join(t.TempDir(), "donnees.db")
	s := ouvrir(t, "sqlite:"+chemin)
	executerSQL(t, ailleurs(t, chemin), `CREATE TRIGGER malheur BEFORE INSERT ON mesures WHEN NEW.capteur_id = 'treize'
		BEGIN SELECT RAISE(ABORT, 'pas treize'); END`)
	var attendues []mesure.Mesure
	for _, n := range []int{1, 2, 100, 101, 250, 1000} {
		lot := desMesures("a", n)
		lot[n-1].CapteurID = "treize" // la dernière : toutes les autres sont passées avant elle
		if err := s.Sauvegarder(t.Context(), lot); err == nil || !strings.Contains(err.Error(), "pas treize") {
			t.Errorf("Sauvegarder(%d mesures, dont une impossible) = %v, attendu l'erreur de la base", n, err)
		}
		contient(t, s, attendues...)
		lot[n-1].CapteurID = "a"
		enregistrer(t, s, lot...)
		attendues = append(attendues, lot...)
		contient(t, s, attendues...)
	}
}

// sortDe écrit un lot d'une tranche par capteur, et rend ce qu'il advient de chacune.
func sortDe(t rapid.TB, s *groupe, ids ...string) (erreurs []error) {
	t.Helper()
	var lot []*tranche
	for _, id := range ids {
		lot = append(lot, &tranche{mesures: desMesures(id, 1), recu: time.Now().UTC()})
	}
	s.ecrireTranches(context.Background(), lot)
	for _, tr := range lot {
		erreurs = append(erreurs, tr.erreur)
	}
	return erreurs
}

// Un déclencheur ou une contrainte qu'on a ajoutés à la table ne gênent que les mesures dont ils ne veulent pas ; aucun ne
// fait disparaître une mesure confirmée.
func TestUneTableQuiRefuseCertainesMesures(t *testing.T) {
	for nom, c := range map[string]struct{ avant, apres, dit string }{
		"déclencheur qui refuse": {apres: `CREATE TRIGGER malheur BEFORE INSERT ON mesures WHEN NEW.capteur_id = 'treize'
			BEGIN SELECT RAISE(ABORT, 'pas treize'); END`, dit: "pas treize"},
		"déclencheur qui se trompe": {apres: `CREATE TRIGGER malheur BEFORE INSERT ON mesures WHEN NEW.capteur_id = 'treize'
			BEGIN SELECT json('{'); END`, dit: "malformed JSON"},
		"déclencheur qui ignore": {apres: `CREATE TRIGGER malheur BEFORE INSERT ON mesures WHEN NEW.capteur_id = 'treize'
			BEGIN SELECT RAISE(IGNORE); END`, dit: "la table mesures a écarté 1 ligne sur "},
		"contrainte": {avant: `CREATE TABLE mesures(id INTEGER PRIMARY KEY, capteur_id TEXT NOT NULL CHECK (capteur_id <> 'treize'),
			temperature REAL, timestamp TEXT)`, dit: "CHECK constraint failed"},
	} {
		t.Run(nom, func(t *testing.T) {
			chemin := filepath.Join(t.TempDir(), "donnees.db")
			executerSQL(t, ailleurs(t, chemin), c.avant)
			s := ouvrir(t, "sqlite:"+chemin)
			executerSQL(t, ailleurs(t, chemin), c.apres)
			erreurs := sortDe(t, s, "a", "treize", "b", "c", "treize")
			for i, err := range erreurs {
				if fautive := i == 1 || i == 4; fautive != (err != nil) || fautive && !strings.Contains(err.Error(), c.dit) {
					t.Errorf("tranche %d : %v, attendu %q des deux fautives, et d'elles seules", i, err, c.dit)
				}
			}
			attendues := slices.Concat(desMesures("a", 1), desMesures("b", 1), desMesures("c", 1))
			contient(t, s, attendues...)
			for _, n := range []int{1, 2, 100, 250} { // d'un même appel, rien n'est gardé
				lot := desMesures("d", n)
				lot[n-1].CapteurID = "treize"
				if err := s.Sauvegarder(t.Context(), lot); err == nil || !strings.Contains(err.Error(), c.dit) {
					t.Errorf("Sauvegarder(%d mesures, dont une refusée) = %v, attendu %q", n, err, c.dit)
				}
				contient(t, s, attendues...)
			}
		})
	}
}

func TestDeuxServeursPartagentUneBase(t *testing.T) {
	url := urls(t)["sqlite"]
	a, b := ouvrir(t, url), ouvrir(t, url)
	var attendues []mesure.Mesure
	for i := range 10 {
		lot := desMesures(fmt.Sprint(i), 1+i*15)
		enregistrer(t, []Sauvegarde{a, b}[i%2], lot...)
		attendues = append(attendues, lot...)
	}
	contient(t, a, attendues...)
	contient(t, b, attendues...)
}

func TestRelireNAttendPasQuiEcrit(t *testing.T) {
	chemin := filepath.Join(t.TempDir(), "donnees.db")
	s := ouvrir(t, "sqlite:"+chemin)
	enregistrer(t, s, desMesures("a", 2)...)
	conn := ailleurs(t, chemin)
	executerSQL(t, conn, "BEGIN IMMEDIATE; DELETE FROM mesures")
	contient(t, s, desMesures("a", 2)...) // ce qui est validé, et cela seulement
	executerSQL(t, conn, "ROLLBACK")
}

func TestVerrouPassager(t *testing.T) {
	t.Parallel()
	chemin := filepath.Join(t.TempDir(), "donnees.db")
	s := ouvrir(t, "sqlite:"+chemin)
	executerSQL(t, s.moteur.(*sqlite).conn, "PRAGMA busy_timeout = 60000") // 3 s seraient comptées à une machine chargée
	for _, n := range []int{1, 150} {                                      // une instruction seule, puis une transaction
		conn := ailleurs(t, chemin)
		executerSQL(t, conn, "BEGIN IMMEDIATE")
		var libere atomic.Bool
		fini := make(chan struct{})
		time.AfterFunc(60*time.Millisecond, func() {
			defer close(fini)
			libere.Store(true)
			if _, err := conn.ExecContext(context.Background(), "ROLLBACK"); err != nil {
				t.Error(err)
			}
		})
		enregistrer(t, s, desMesures("a", n)...)
		if !libere.Load() {
			t.Errorf("%d mesures enregistrées pendant qu'un autre programme tient le verrou", n)
		}
		<-fini
	}
	contient(t, s, append(desMesures("a", 1), desMesures("a", 150)...)...)
}

// phraseDuVerrou est ce que dit une base qu'un autre programme ne lâche pas.
const phraseDuVerrou = "un autre programme verrouille la base, fermez-le ou attendez"

func TestVerrouTropLong(t *testing.T) {
	chemin := filepath.Join(t.TempDir(), "donnees.db")
	s := ouvrir(t, "sqlite:"+chemin)
	executerSQL(t, s.moteur.(*sqlite).conn, "PRAGMA busy_timeout = 20")
	conn := ailleurs(t, chemin)
	var attendues []mesure.Mesure
	for _, n := range []int{1, 150} { // une instruction seule, puis une transaction
		executerSQL(t, conn, "BEGIN IMMEDIATE")
		err := s.Sauvegarder(t.Context(), desMesures("trop", n))
		if err == nil || !strings.Contains(err.Error(), phraseDuVerrou) || !errors.As(err, new(*driver.Error)) {
			t.Errorf("Sauvegarder(%d mesures) = %v, attendu : %s", n, err, phraseDuVerrou)
		}
		executerSQL(t, conn, "ROLLBACK")
		contient(t, s, attendues...)
		enregistrer(t, s, desMesures("après", n)...)
		attendues = append(attendues, desMesures("après", n)...)
		contient(t, s, attendues...)
	}
}

func TestOuvrirUneBaseVerrouillee(t *testing.T) {
	if testing.Short() {
		t.Skip("le délai d'attente du verrou est de 3 s : sans -short")
	}
	t.Parallel()
	chemin := filepath.Join(t.TempDir(), "donnees.db")
	ouvrir(t, "sqlite:"+chemin)
	executerSQL(t, ailleurs(t, chemin), "BEGIN IMMEDIATE")
	refuserDOuvrir(t, "sqlite:"+chemin, phraseDuVerrou)
}

// Deux serveurs qui démarrent ensemble sur un fichier neuf : le second patiente pendant que le premier le prépare.
func TestOuvrirUneBaseNeuveVerrouilleeUnInstant(t *testing.T) {
	t.Parallel()
	chemin := filepath.Join(t.TempDir(), "donnees.db")
	conn := ailleurs(t, chemin)
	executerSQL(t, conn, "BEGIN IMMEDIATE")
	fini := make(chan struct{})
	time.AfterFunc(60*time.Millisecond, func() {
		defer close(fini)
		if _, err := conn.ExecContext(context.Background(), "ROLLBACK"); err != nil {
			t.Error(err)
		}
	})
	s, err := Ouvrir(t.Context(), "sqlite:"+chemin, muet)
	<-fini
	if err != nil {
		t.Fatalf("Ouvrir = %v, attendu nil : le verrou n'a duré qu'un instant", err)
	}
	enregistrer(t, s, desMesures("a", 1)...)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestExpliquerSQLiteLaisseLesAutresErreurs(t *testing.T) {
	autre := errors.New("autre")
	if err := expliquerSQLite(autre); err != autre {
		t.Errorf("expliquerSQLite(autre) = %v, attendu autre", err)
	}
	if err := expliquerSQLite(nil); err != nil {
		t.Errorf("expliquerSQLite(nil) = %v, attendu nil", err)
	}
}

func TestExpliquerSQLiteDitQueFaireDUneBaseQuiNeSOuvrePas(t *testing.T) {
	dsn, err := dsnSQLite(filepath.Join(t.TempDir(), "absent", "donnees.db"), "")
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := expliquerSQLite(db.PingContext(t.Context())); err == nil || !strings.Contains(err.Error(), "vérifiez les permissions du dossier") {
		t.Errorf("expliquerSQLite = %v, attendu un conseil", err)
	}
}
