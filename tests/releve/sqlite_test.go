package releve

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// base ouvre une base d'une seule connexion, comme le fait un programme.
func ouvrirBase(t testing.TB, chemin string, ordres ...string) *sql.Conn {
	t.Helper()
	db, err := sql.Open("sqlite", chemin)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := db.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(); db.Close() })
	executerSQL(t, conn, ordres...)
	return conn
}

func executerSQL(t testing.TB, conn *sql.Conn, ordres ...string) {
	t.Helper()
	for _, o := range ordres {
		if _, err := conn.ExecContext(context.Background(), o); err != nil {
			t.Fatalf("%s : %v", o, err)
		}
	}
}

const tableMesures = `CREATE TABLE mesures (id INTEGER PRIMARY KEY AUTOINCREMENT, capteur TEXT, temperature REAL, ts TIMESTAMP DEFAULT CURRENT_TIMESTAMP)`

func unDepot(t *testing.T, avant Photo, racine string) Depot {
	t.Helper()
	ds, remarques, err := LireDepots([]string{racine}, avant)
	if err != nil || len(ds) != 1 || len(remarques) > 0 {
		t.Fatalf("LireDepots = %+v, %q, %v ; un dépôt attendu", ds, remarques, err)
	}
	return ds[0]
}

func TestLireSQLite(t *testing.T) {
	d := t.TempDir()
	avant := photoDe(t, d)
	ouvrirBase(t, d+"/sans_extension", tableMesures, "INSERT INTO mesures (capteur, temperature) VALUES ('capteur_1', 23.47), ('l''été', 22)",
		`CREATE TABLE "autre table" (k TEXT PRIMARY KEY, v BLOB) WITHOUT ROWID`, `INSERT INTO "autre table" VALUES ('a', x'0001ff')`)
	lu := unDepot(t, avant, d)
	if lu.Forme != "sqlite" || lu.Journal || len(lu.Tables) != 2 || len(lu.Enregistrements) != 3 {
		t.Fatalf("%+v", lu)
	}
	e, accord, n := Chercher(lu.Enregistrements, "capteur_1", 23.47)
	if accord != Exact || n != 1 || e.Ou != "sans_extension, table mesures, rangée 1" || !strings.HasPrefix(e.Texte, "1 | capteur_1 | 23.47 | 20") {
		t.Errorf("%+v, %v, %d", e, accord, n)
	}
	if _, accord, _ := Chercher(lu.Enregistrements, "l'été", 22); accord != Exact {
		t.Errorf("l'été : %v", accord)
	}
	if r, ok := lu.Tables[0].Roles("capteur_1", 23.47); !ok || r != (Roles{"capteur", "temperature", "ts"}) {
		t.Errorf("Roles = %+v, %v", r, ok)
	}
	if c := lu.Tables[0].Colonnes; c[0] != (Colonne{"id", "INTEGER", true}) || c[3] != (Colonne{"ts", "TIMESTAMP", false}) {
		t.Errorf("colonnes %+v", c)
	}
	if e := lu.Tables[1].Enregistrements[0]; e.Texte != "a | x'0001ff'" {
		t.Errorf("%+v", e)
	}
}

func TestRolesSQLite(t *testing.T) {
	for nom, c := range map[string]struct {
		table, valeurs string
		roles          Roles
	}{
		"sans horodatage":           {"id INTEGER PRIMARY KEY, capteur TEXT, temp REAL", "NULL, 'x', 23.5", Roles{"capteur", "temp", ""}},
		"sans identifiant":          {"id INTEGER PRIMARY KEY, temp REAL, date TEXT", "NULL, 23.5, '2026-11-22'", Roles{}},
		"époque sans nom":           {"a TEXT, b REAL, c REAL", "'x', 23.5, 1795343027.25", Roles{"a", "b", "c"}},
		"texte partout":             {"a TEXT, b TEXT, c TEXT", "'x', '23,5 °C', '22/11/2026 10:23'", Roles{"a", "b", "c"}},
		"nom sans contenu":          {"a TEXT, b REAL, recu_le TEXT", "'x', 23.5, NULL", Roles{"a", "b", "recu_le"}},
		"tout dans une colonne":     {"n INTEGER PRIMARY KEY, brut TEXT, le DATETIME", `NULL, '{"id": "x", "temp": 23.5}', '10:23'`, Roles{"brut", "brut", "le"}},
		"clé donnée par le rendu":   {"id TEXT PRIMARY KEY, temp REAL, ts INTEGER", "'x', 23.5, 12", Roles{"id", "temp", "ts"}},
		"température et une autre":  {"id TEXT, humidite REAL, temperature REAL, t2 REAL, ts", "'x', 40, 23.5, 7, '10:23'", Roles{"id", "temperature", "ts"}},
		"température entière":       {"id TEXT, temperature INTEGER, ts", "'x', 23, '10:23'", Roles{"id", "temperature", "ts"}},
		"secondes depuis 1970, int": {"id TEXT, v REAL, quand INTEGER", "'x', 23.5, 1795343027", Roles{"id", "v", "quand"}},
	} {
		t.Run(nom, func(t *testing.T) {
			d := t.TempDir()
			avant := photoDe(t, d)
			ouvrirBase(t, d+"/b", "CREATE TABLE t ("+c.table+")", "INSERT INTO t VALUES ("+c.valeurs+")")
			r, _ := unDepot(t, avant, d).Tables[0].Roles("x", 23.5)
			if r != c.roles {
				t.Errorf("Roles = %+v, attendu %+v", r, c.roles)
			}
		})
	}
}

func TestCleEtrangere(t *testing.T) {
	d := t.TempDir()
	avant := photoDe(t, d)
	ouvrirBase(t, d+"/b.db", "CREATE TABLE capteurs (id INTEGER PRIMARY KEY, nom TEXT UNIQUE)", "INSERT INTO capteurs VALUES (1,'autre'), (2,'sonde-k')",
		"CREATE TABLE mesures (n INTEGER PRIMARY KEY, capteur INTEGER REFERENCES capteurs(id), temperature REAL, date TEXT)",
		"INSERT INTO mesures VALUES (1, 2, 23.47, '2026-11-22'), (2, 1, 7.5, '2026-11-22')")
	lu := unDepot(t, avant, d)
	if e, accord, n := Chercher(lu.Enregistrements, "sonde-k", 23.47); accord != Exact || n != 1 {
		t.Errorf("%+v, %v, %d", e, accord, n)
	}
	if _, accord, _ := Chercher(lu.Enregistrements, "sonde-k", 7.5); accord == Exact {
		t.Error("la température d'un autre : exact")
	}
	if r, ok := lu.Tables[1].Roles("sonde-k", 23.47); !ok || r != (Roles{"capteur", "temperature", "date"}) {
		t.Errorf("Roles = %+v, %v", r, ok)
	}
}

// TestSansCommit vérifie la signature d'un commit oublié : la table existe, vide, et un journal reste à côté.
func TestSansCommit(t *testing.T) {
	d := t.TempDir()
	avant := photoDe(t, d)
	conn := ouvrirBase(t, d+"/b.db", tableMesures, "BEGIN", "INSERT INTO mesures (capteur, temperature) VALUES ('capteur_1', 23.47)")
	lu := unDepot(t, avant, d)
	if !lu.Journal || len(lu.Tables) != 1 || lu.Tables[0].Rangees != 0 || len(lu.Enregistrements) != 0 {
		t.Errorf("transaction ouverte : %+v", lu)
	}
	executerSQL(t, conn, "COMMIT")
	if lu := unDepot(t, avant, d); lu.Journal || len(lu.Enregistrements) != 1 {
		t.Errorf("après le commit : %+v", lu)
	}
}

// Une transaction dont la table elle-même n'est pas validée laisse une base vide.
func TestSansCommitDeLaTable(t *testing.T) {
	d := t.TempDir()
	avant := photoDe(t, d)
	ouvrirBase(t, d+"/b.db", "BEGIN", tableMesures, "INSERT INTO mesures (capteur, temperature) VALUES ('capteur_1', 23.47)")
	lu := unDepot(t, avant, d)
	if !lu.Journal || len(lu.Tables) != 0 || len(lu.Enregistrements) != 0 {
		t.Errorf("%+v", lu)
	}
}

// TestJournalChaud vérifie qu'une transaction déjà en partie écrite dans la base y est annulée, dans la copie seulement.
func TestJournalChaud(t *testing.T) {
	d := t.TempDir()
	avant := photoDe(t, d)
	ouvrirBase(t, d+"/b.db", tableMesures, "INSERT INTO mesures (capteur, temperature) VALUES ('capteur_1', 23.47)",
		"PRAGMA cache_size=1", "PRAGMA cache_spill=1", "BEGIN",
		`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<5000)
		 INSERT INTO mesures (capteur, temperature) SELECT 'spectre_'||i||hex(randomblob(100)), i FROM n`)
	taille := func() int64 {
		infos, err := os.Stat(d + "/b.db")
		if err != nil {
			t.Fatal(err)
		}
		return infos.Size()
	}
	ecrite := taille()
	if ecrite < 100_000 {
		t.Fatalf("la transaction n'a pas débordé dans la base : %d octets", ecrite)
	}
	lu := unDepot(t, avant, d)
	if !lu.Journal || len(lu.Enregistrements) != 1 {
		t.Errorf("%d rangées, journal %v ; une seule attendue", len(lu.Enregistrements), lu.Journal)
	}
	if _, err := os.Stat(d + "/b.db-journal"); err != nil || taille() != ecrite {
		t.Errorf("l'originale a été touchée : %v, %d octets", err, taille())
	}
}

// TestWAL vérifie que ce qui n'est encore que dans le WAL est lu, et que l'écrivain n'est pas gêné.
func TestWAL(t *testing.T) {
	d := t.TempDir()
	avant := photoDe(t, d)
	conn := ouvrirBase(t, d+"/b.db", "PRAGMA journal_mode=WAL", "PRAGMA wal_autocheckpoint=0", tableMesures)
	for i := range 50 {
		executerSQL(t, conn, fmt.Sprintf("INSERT INTO mesures (capteur, temperature) VALUES ('c%d', %d.25)", i, i))
	}
	if lu := unDepot(t, avant, d); len(lu.Enregistrements) != 50 {
		t.Errorf("%d rangées, 50 attendues", len(lu.Enregistrements))
	}
	milieu := photoDe(t, d)
	executerSQL(t, conn, "INSERT INTO mesures (capteur, temperature) VALUES ('dernier', 1.25)")
	lu := unDepot(t, milieu, d)
	if len(lu.Enregistrements) != 1 || !strings.HasSuffix(lu.Enregistrements[0].Ou, "rangée 51") || lu.Tables[0].Rangees != 51 {
		t.Errorf("depuis le milieu : %+v", lu.Enregistrements)
	}
	executerSQL(t, conn, "BEGIN EXCLUSIVE")
	if lu := unDepot(t, milieu, d); len(lu.Enregistrements) != 1 {
		t.Errorf("base verrouillée : %+v", lu.Enregistrements)
	}
}

// TestUpsert vérifie qu'une rangée remplacée est une rangée nouvelle, et que l'ancienne n'est plus là.
func TestUpsert(t *testing.T) {
	d := t.TempDir()
	conn := ouvrirBase(t, d+"/b.db", "CREATE TABLE etat (id TEXT PRIMARY KEY, temperature REAL)", "INSERT INTO etat VALUES ('x', 1.5), ('y', 2.5)")
	avant := photoDe(t, d)
	executerSQL(t, conn, "INSERT OR REPLACE INTO etat VALUES ('x', 3.5)")
	lu := unDepot(t, avant, d)
	if len(lu.Enregistrements) != 1 || lu.Enregistrements[0].Texte != "x | 3.5" {
		t.Errorf("%+v", lu.Enregistrements)
	}
}

// TestSQLiteEcriteSansCesse lit une base pendant qu'on l'écrit : chaque lecture est cohérente, aucune ne gêne l'écrivain.
func TestSQLiteEcriteSansCesse(t *testing.T) {
	for _, mode := range []string{"DELETE", "WAL", "TRUNCATE"} {
		if testing.Short() && mode != "WAL" {
			continue
		}
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			d := t.TempDir()
			avant := photoDe(t, d)
			conn := ouvrirBase(t, d+"/b.db", "PRAGMA journal_mode="+mode, "PRAGMA synchronous=OFF", tableMesures)
			fini := make(chan error, 1)
			go func() {
				var err error
				for i := 0; i < 200 && err == nil; i++ {
					_, err = conn.ExecContext(context.Background(), "INSERT INTO mesures (capteur, temperature) VALUES (?, ?)", fmt.Sprintf("c%d", i), float64(i)+0.25)
					time.Sleep(time.Millisecond)
				}
				fini <- err
			}()
			vues := 0
			for encore := true; encore; {
				select {
				case err := <-fini:
					if err != nil {
						t.Error(err)
					}
					encore = false
				default:
				}
				ds, remarques, err := LireDepots([]string{d}, avant)
				if err != nil || len(ds) != 1 {
					t.Fatalf("%+v, %v", ds, err)
				}
				if encore && slices.Contains(remarques, "b.db : "+baseMouvante) {
					continue // sur une machine chargée, rien ne promet un instant de repos
				}
				n := len(ds[0].Enregistrements)
				if n < vues {
					t.Errorf("%d rangées après %d", n, vues)
				}
				vues = n
			}
			if vues != 200 {
				t.Errorf("%d rangées à la fin, 200 attendues", vues)
			}
		})
	}
}

func TestSQLiteAbimeeOuHostile(t *testing.T) {
	defer func(delai time.Duration) { baseDelai = delai }(baseDelai)
	d := t.TempDir()
	avant := photoDe(t, d)
	deposer(t, d+"/tronquee.db", enteteSQLite+strings.Repeat("\x01", 500))
	ouvrirBase(t, d+"/lente.db", "CREATE TABLE m (a INTEGER)",
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<10000) INSERT INTO m(a) SELECT i FROM n",
		"ALTER TABLE m ADD COLUMN b AS (length(hex(zeroblob(3000000+a))))")
	ouvrirBase(t, d+"/pleine.db", "CREATE TABLE m (a INTEGER, b REAL)",
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<20010) INSERT INTO m SELECT i, i FROM n")
	baseDelai = 200 * time.Millisecond // lue en entier, la base lente prendrait une minute
	_, remarques, err := LireDepots([]string{d}, avant)
	if err != nil || !slices.ContainsFunc(remarques, func(r string) bool { return strings.HasPrefix(r, "lente.db") }) {
		t.Errorf("une base lente est lue sans remarque : %q, %v", remarques, err)
	}
	if err := os.Remove(d + "/lente.db"); err != nil {
		t.Fatal(err)
	}
	baseDelai = time.Minute // les autres ne sont pas lentes, quoi que fasse la machine
	ds, remarques, err := LireDepots([]string{d}, avant)
	if err != nil || len(ds) != 2 {
		t.Fatalf("%d dépôts, %v", len(ds), err)
	}
	for _, nom := range []string{"tronquee.db", "pleine.db"} {
		if !slices.ContainsFunc(remarques, func(r string) bool { return strings.HasPrefix(r, nom) }) {
			t.Errorf("%s : aucune remarque parmi %q", nom, remarques)
		}
	}
	for _, lu := range ds {
		if lu.Fichier == "pleine.db" && len(lu.Enregistrements) != enregistrementsMax {
			t.Errorf("%d rangées lues", len(lu.Enregistrements))
		}
	}
	restes, _ := filepath.Glob(filepath.Join(os.TempDir(), "banc-base-*"))
	if len(restes) > 0 {
		t.Logf("copies présentes, d'autres tests peut-être : %q", restes)
	}
}
