package tests

import (
	"context"
	"database/sql"
	"log/slog"
	"strings"
	"testing"
	"time"

	"capteurs/shared/mesure"
	"capteurs/shared/sauvegarde"
	"capteurs/tests/conteneurs"
)

// Ce qui retient une écriture au-delà de son délai, une instruction par ligne.
var verrous = map[*conteneurs.Moteur]map[string]struct{ prendre, rendre string }{
	conteneurs.MariaDB: {
		"lignes":      {"START TRANSACTION\nSELECT * FROM mesures FOR UPDATE", "ROLLBACK"}, // et l'intervalle où iraient les suivantes
		"table":       {"LOCK TABLES mesures READ", "UNLOCK TABLES"},
		"serveur":     {"FLUSH TABLES WITH READ LOCK", "UNLOCK TABLES"},
		"déclencheur": {"CREATE TRIGGER malheur BEFORE INSERT ON mesures FOR EACH ROW DO SLEEP(4)", "DROP TRIGGER malheur"},
	},
	conteneurs.Postgres: {
		"table":       {"BEGIN\nLOCK TABLE mesures IN EXCLUSIVE MODE", "ROLLBACK"},
		"structure":   {"BEGIN\nALTER TABLE mesures ADD COLUMN autre int", "ROLLBACK"},
		"déclencheur": {declencheurPostgres("PERFORM pg_sleep(4); RETURN NEW"), "DROP TRIGGER malheur ON mesures"},
	},
}

// declencheurPostgres ajoute à la table un déclencheur de ce corps, avant chaque insertion.
func declencheurPostgres(corps string) string {
	return "CREATE FUNCTION malheur() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN " + corps + "; END $$\n" +
		"CREATE TRIGGER malheur BEFORE INSERT ON mesures FOR EACH ROW EXECUTE FUNCTION malheur()"
}

// enCours compte les écritures que la base n'a pas finies.
var enCours = map[*conteneurs.Moteur]string{
	conteneurs.MariaDB: `SELECT count(*) FROM information_schema.processlist WHERE db = database() AND id <> connection_id()
		AND (command <> 'Sleep' OR id IN (SELECT trx_mysql_thread_id FROM information_schema.innodb_trx))`,
	conteneurs.Postgres: `SELECT count(*) FROM pg_stat_activity WHERE state <> 'idle' AND pid <> pg_backend_pid() AND query LIKE '%mesures%'`,
}

// TestUneErreurNEnregistreRien retient une base pendant qu'on y écrit : chaque appel échoue, et rien n'en est enregistré plus
// tard, quand la base est rendue. Qui renvoie sa mesure jusqu'à ce qu'elle soit confirmée l'enregistre donc une fois.
func TestUneErreurNEnregistreRien(t *testing.T) {
	conteneurs.Exiger(t)
	for m, sortes := range verrous {
		enParallele(t, m.Genre, func(t *testing.T) {
			base := m.Neuf(t) // un verrou peut porter sur toute la base
			for nom, verrou := range sortes {
				t.Run(nom, func(t *testing.T) {
					url := base.URL(t, base.Adresse(t))
					s := ouvrirDistante(t, url)
					session := base.Session(t, url)
					executerSur(t, session, verrou.prendre)
					for range 3 {
						refuserSansTarder(t, s)
					}
					executerSur(t, session, verrou.rendre)
					uneSeule(t, session, m, s)
				})
			}
			t.Run("gelée", func(t *testing.T) {
				url := base.URL(t, base.Adresse(t))
				s := ouvrirDistante(t, url)
				session := base.Session(t, url)
				if err := s.Sauvegarder(t.Context(), uneMesure); err != nil { // la connexion est ouverte : l'écriture suivante part
					t.Fatal(err)
				}
				executerSur(t, session, "DELETE FROM mesures")
				base.Geler(t)
				refuserSansTarder(t, s)
				base.Degeler(t)
				uneSeule(t, session, m, s)
			})
		})
	}
}

var uneMesure = []mesure.Mesure{{CapteurID: "grenier", Temperature: 23.5}}

// refuserSansTarder vérifie qu'une écriture échoue dans le temps qui lui est donné.
func refuserSansTarder(t *testing.T, s sauvegarde.Sauvegarde) {
	t.Helper()
	debut := time.Now()
	err := s.Sauvegarder(t.Context(), uneMesure)
	t.Logf("Sauvegarder = %v après %v", err, time.Since(debut).Round(time.Millisecond))
	if duree := time.Since(debut); err == nil || duree > 4*time.Second { // deux, et la lenteur de la machine
		t.Fatalf("Sauvegarder = %v après %v, attendu une erreur en deux secondes", err, duree)
	}
}

// uneSeule attend que la base ait fini ce qu'on lui a demandé, vérifie qu'il n'y a rien, et qu'une mesure passe de nouveau.
func uneSeule(t *testing.T, session *sql.Conn, m *conteneurs.Moteur, s sauvegarde.Sauvegarde) {
	t.Helper()
	limite := time.Now().Add(delai)
	for compterSur(t, session, enCours[m]) > 0 {
		if time.Now().After(limite) {
			t.Fatalf("la base écrit encore après %v", delai)
		}
		time.Sleep(20 * time.Millisecond) // la base ne prévient pas
	}
	if n := compterSur(t, session, "SELECT count(*) FROM mesures"); n != 0 {
		t.Errorf("%d lignes enregistrées d'appels qui ont échoué, attendu aucune", n)
	}
	if err := s.Sauvegarder(t.Context(), uneMesure); err != nil {
		t.Errorf("une fois la base rendue, Sauvegarder = %v, attendu nil", err)
	}
	if n := compterSur(t, session, "SELECT count(*) FROM mesures"); n != 1 {
		t.Errorf("%d lignes enregistrées, attendu 1", n)
	}
}

// ouvrirDistante ouvre une sauvegarde, fermée à la fin du test.
func ouvrirDistante(t *testing.T, url string) sauvegarde.Sauvegarde {
	t.Helper()
	s, err := sauvegarde.Ouvrir(t.Context(), url, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// executerSur exécute des instructions, une par ligne.
func executerSur(t *testing.T, session *sql.Conn, instructions string) {
	t.Helper()
	for instruction := range strings.Lines(instructions) {
		if _, err := session.ExecContext(context.Background(), instruction); err != nil {
			t.Fatalf("%s : %v", instruction, err)
		}
	}
}

// compterSur rend le nombre que rend une requête.
func compterSur(t *testing.T, session *sql.Conn, requete string) (n int) {
	t.Helper()
	if err := session.QueryRowContext(context.Background(), requete).Scan(&n); err != nil {
		t.Fatalf("%s : %v", requete, err)
	}
	return n
}
