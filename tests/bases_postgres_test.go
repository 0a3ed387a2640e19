package tests

import (
	"database/sql"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"capteurs/shared/sauvegarde"
	"capteurs/tests/conteneurs"
)

// TestPostgresAutrementRegle vérifie qu'un réglage qu'on a donné à PostgreSQL pour d'autres programmes n'altère rien, ou que
// l'ouverture le refuse en disant que faire.
func TestPostgresAutrementRegle(t *testing.T) {
	conteneurs.Exiger(t)
	base := conteneurs.Postgres.Neuf(t)
	adresse := base.Adresse(t)
	accentuees := append(de("grenier_été", 23.5), de("🌡\u00a0œ€", -1)...)
	// compte crée un compte et son schéma, et rend l'URL de cette base par ce compte.
	compte := func(nom, nomBase string) string {
		base.Executer(t, fmt.Sprintf("CREATE ROLE %s LOGIN PASSWORD 'passe'", nom))
		return fmt.Sprintf("postgres://%s:passe@%s/%s?sslmode=disable", nom, adresse, nomBase)
	}
	relireTout := func(url string) {
		t.Helper()
		s := ouvrirDistante(t, url)
		if err := s.Sauvegarder(t.Context(), accentuees); err != nil {
			t.Errorf("Sauvegarder = %v, attendu nil", err)
		}
		comparer(t, relues(t, s), accentuees)
	}
	vues := func(url, ou string) { // par un autre programme
		t.Helper()
		if n := compterSur(t, base.Session(t, url), "SELECT count(*) FROM "+ou+".mesures WHERE capteur_id IN (E'grenier_\\u00e9t\\u00e9', E'\\U0001f321\\u00a0\\u0153\\u20ac')"); n != 2 {
			t.Errorf("%d mesures à leur nom, attendu 2", n)
		}
	}

	t.Run("compte en LATIN1", func(t *testing.T) {
		url := compte("latin", "kata")
		base.Executer(t, "CREATE SCHEMA latin AUTHORIZATION latin; ALTER ROLE latin SET client_encoding = 'LATIN1'")
		relireTout(url)
		vues(base.URL(t, adresse), "latin")
	})
	t.Run("URL en LATIN1", func(t *testing.T) {
		url := base.URL(t, adresse)
		relireTout(url + "&client_encoding=LATIN1")
		vues(url, conteneurs.Nom(url))
	})
	for _, encodage := range []string{"SQL_ASCII", "LATIN1", "WIN1252"} {
		t.Run("base en "+encodage, func(t *testing.T) {
			nom := "base_" + strings.ToLower(encodage)
			url := compte(nom, nom)
			base.Executer(t, fmt.Sprintf("CREATE DATABASE %s OWNER %[1]s ENCODING '%s' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0", nom, encodage))
			if encodage == "SQL_ASCII" { // elle garde les octets tels quels
				relireTout(url)
				return
			}
			refuserDistante(t, url, "cette base est en "+encodage, "ENCODING 'UTF8'")
		})
	}
	t.Run("schéma public interdit", func(t *testing.T) {
		url := compte("eleve", "kata")
		refuserDistante(t, url, "permission denied for schema public", `GRANT CREATE ON SCHEMA "public" TO "eleve"`)
		base.Executer(t, `GRANT CREATE ON SCHEMA "public" TO "eleve"`)
		relireTout(url)
	})
	t.Run("sans schéma", func(t *testing.T) {
		refuserDistante(t, compte("nomade", "kata")+"&search_path=nulle_part", "aucun schéma")
	})
	t.Run("option inconnue", func(t *testing.T) {
		for _, option := range []string{"&s3cr3t=1", "&statement_timeout=s3cr3t", "&s3cr3t.x=1&datestyle=s3cr3t"} {
			refuserDistante(t, base.URL(t, adresse)+option, "la base refuse une option de l'URL")
		}
	})
	t.Run("réglages d'un compte", func(t *testing.T) {
		url := compte("regle", "kata")
		base.Executer(t, `CREATE SCHEMA regle AUTHORIZATION regle; ALTER ROLE regle SET synchronous_commit = off; ALTER ROLE regle SET datestyle = 'SQL, DMY';
			ALTER ROLE regle SET timezone = 'Asia/Tokyo'; ALTER ROLE regle SET extra_float_digits = -15; ALTER ROLE regle SET standard_conforming_strings = off`)
		relireTout(url + "&search_path=regle")
	})
}

// refuserDistante vérifie qu'une base ne s'ouvre pas, et que l'erreur porte ces extraits.
func refuserDistante(t *testing.T, url string, extraits ...string) {
	t.Helper()
	s, err := sauvegarde.Ouvrir(t.Context(), url, slog.New(slog.DiscardHandler))
	if err == nil {
		s.Close()
		t.Fatalf("Ouvrir = nil, attendu un refus qui dise %q", extraits)
	}
	for _, extrait := range extraits {
		if !strings.Contains(err.Error(), extrait) {
			t.Errorf("Ouvrir = %v, attendu un refus qui dise %q", err, extrait)
		}
	}
	if strings.Contains(err.Error(), "s3cr3t") {
		t.Errorf("Ouvrir = %v, attendu une erreur sans ce que dit une option", err)
	}
}

// TestPgBouncer passe par un vrai répartiteur qui change de connexion à chaque transaction, et où d'autres programmes laissent
// leurs réglages.
func TestPgBouncer(t *testing.T) {
	conteneurs.Exiger(t)
	programme, err := exec.LookPath("pgbouncer")
	if err != nil {
		t.Skip("sans pgbouncer : apt-get install pgbouncer")
	}
	base := conteneurs.Postgres.Partage(t)
	directe := base.URL(t, base.Adresse(t))
	repartie := repartir(t, programme, directe)
	s := ouvrirDistante(t, repartie+"&search_path="+conteneurs.Nom(directe))
	session := base.Session(t, directe)
	executerSur(t, session, `CREATE TABLE reglages(synchrone text, attente text)
		CREATE FUNCTION noter() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO reglages VALUES (current_setting('synchronous_commit'), current_setting('lock_timeout')); RETURN NULL; END $$
		CREATE TRIGGER noter AFTER INSERT ON mesures FOR EACH STATEMENT EXECUTE FUNCTION noter()`)
	db, err := sql.Open("pgx", repartie)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	voisin, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer voisin.Close()
	const n = 40
	for i := range n {
		if i%4 == 0 { // un voisin laisse les siens sur une connexion de la base
			executerSur(t, voisin, "SET synchronous_commit = off\nSET search_path = public\nSET lock_timeout = 0")
		}
		if err := s.Sauvegarder(t.Context(), de("grenier_été", float64(i))); err != nil {
			t.Fatalf("Sauvegarder = %v, attendu nil", err)
		}
	}
	comparer(t, relues(t, s), de("grenier_été", suite(n)...))
	if justes := compterSur(t, session, "SELECT count(*) FROM reglages WHERE synchrone = 'on' AND attente = '1s'"); justes != n {
		t.Errorf("%d écritures sur %d réglées comme il faut", justes, n)
	}
}

// repartir lance PgBouncer devant la base de cette URL, en mode transaction, et rend l'URL qui y mène.
func repartir(t *testing.T, programme, directe string) string {
	t.Helper()
	u, err := url.Parse(directe)
	if err != nil {
		t.Fatal(err)
	}
	passe, _ := u.User.Password()
	libre, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	libre.Close()
	_, port, _ := net.SplitHostPort(libre.Addr().String())
	fichier := filepath.Join(t.TempDir(), "pgbouncer.ini")
	reglages := fmt.Sprintf(`[databases]
kata = host=%s port=%s dbname=kata user=kata password='%s'
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %s
unix_socket_dir =
auth_type = any
pool_mode = transaction
server_round_robin = 1
default_pool_size = 3
min_pool_size = 3
`, u.Hostname(), u.Port(), strings.ReplaceAll(passe, "'", "''"), port)
	if err := os.WriteFile(fichier, []byte(reglages), 0o644); err != nil { // qu'il lit sous un autre compte
		t.Fatal(err)
	}
	commande := exec.Command(programme, fichier)
	if os.Getuid() == 0 { // il refuse de le rester
		commande = exec.Command(programme, "-u", "nobody", fichier)
	}
	p := lancer(t, commande)
	p.attendre(t, p.erreurs, `process up`)
	return "postgres://kata@127.0.0.1:" + port + "/kata?sslmode=disable"
}
