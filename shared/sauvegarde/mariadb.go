package sauvegarde

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"iter"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-sql-driver/mysql"

	"capteurs/shared/mesure"
)

// mariadb enregistre dans une base MariaDB ou MySQL, ou qui en parle le protocole. Plusieurs serveurs, sur plusieurs
// machines, peuvent se la partager. L'URL peut nommer plusieurs hôtes : celui qui répond sert, les autres le remplacent.
type mariadb struct {
	nom     string
	db      *sql.DB
	journal *slog.Logger
}

const tableMariaDB = "CREATE TABLE IF NOT EXISTS mesures (" + `
	id          BIGINT AUTO_INCREMENT PRIMARY KEY,
	capteur_id  VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
	temperature DOUBLE NOT NULL, -- °C
	timestamp   DATETIME(6) NOT NULL -- réception, UTC
) ENGINE=InnoDB`

// Ce qu'une table mesures déjà là doit avoir pour colonnes.
const colonnesMariaDB = "id bigint, capteur_id varchar, temperature double, timestamp datetime"

// Une instruction reste loin de max_allowed_packet, 16 Mio au moins : un identifiant prend 512 octets au plus, le double
// une fois échappé.
const lignesMariaDB = 1000

func ouvrirMariaDB(ctx context.Context, reste string, journal *slog.Logger) (moteur, error) {
	brute := "mariadb:" + reste
	relais, err := nouveauRelais(brute)
	if err != nil {
		return nil, err
	}
	m := &mariadb{SansMotDePasse(brute), sql.OpenDB(relais), journal}
	m.db.SetMaxOpenConns(4) // une écrit, les autres relisent
	if err := attendreBase(ctx, journal, m.nom, passagereMariaDB, m.preparer); err != nil {
		m.db.Close()
		return nil, expliquerMariaDB(err)
	}
	return m, nil
}

// relais ouvre des connexions au premier hôte qui en accepte, à commencer par le dernier qui l'a fait.
type relais struct {
	hotes []driver.Connector
	bon   atomic.Int64
}

func nouveauRelais(brute string) (*relais, error) {
	incorrecte := errors.New("URL incorrecte, écrivez mariadb://utilisateur:mot_de_passe@hôte:3306/base")
	u, err := url.Parse(brute)
	if err != nil || u.Host == "" || u.User == nil || strings.Trim(u.Path, "/") == "" {
		return nil, incorrecte
	}
	r := new(relais)
	for hote := range strings.SplitSeq(u.Host, ",") {
		if _, _, err := net.SplitHostPort(hote); err != nil {
			hote = net.JoinHostPort(strings.Trim(hote, "[]"), "3306")
		}
		config := mysql.NewConfig()
		config.User = u.User.Username()
		config.Passwd, _ = u.User.Password()
		config.Net, config.Addr, config.DBName = "tcp", hote, strings.Trim(u.Path, "/")
		config.Timeout, config.ReadTimeout, config.WriteTimeout = delaiEcriture, delaiReponse, delaiEcriture
		config.ParseTime, config.Loc = true, time.UTC
		config.InterpolateParams = true // un aller-retour au lieu de trois
		config.Collation = "utf8mb4_bin"
		config.Params = map[string]string{"sql_mode": "'STRICT_ALL_TABLES'", "time_zone": "'+00:00'"}
		config.TLSConfig = u.Query().Get("tls") // "true", "skip-verify", "preferred", ou vide
		config.Logger = &mysql.NopLogger{}      // ce qu'il dirait, l'erreur le dit
		connecteur, err := mysql.NewConnector(config)
		if err != nil {
			return nil, incorrecte
		}
		r.hotes = append(r.hotes, connecteur)
	}
	return r, nil
}

// Connect ouvre une connexion.
func (r *relais) Connect(ctx context.Context) (driver.Conn, error) {
	var erreurs []error
	premier := r.bon.Load()
	for i := range r.hotes {
		rang := (int(premier) + i) % len(r.hotes)
		conn, err := r.hotes[rang].Connect(ctx)
		if err == nil {
			r.bon.Store(int64(rang))
			return conn, nil
		}
		erreurs = append(erreurs, err)
	}
	return nil, injoignable{errors.Join(erreurs...)}
}

// Driver rend celui des hôtes.
func (r *relais) Driver() driver.Driver { return r.hotes[0].Driver() }

// injoignable est l'échec de toutes les connexions : rien n'a été exécuté.
type injoignable struct{ error }

func (e injoignable) Unwrap() error { return e.error }

// preparer crée la table si elle n'existe pas, et vérifie ce dont dépend la durabilité.
func (m *mariadb) preparer(ctx context.Context) error {
	const lister = `SELECT coalesce(group_concat(concat(column_name, ' ', data_type) ORDER BY ordinal_position SEPARATOR ', '), '')
		FROM information_schema.columns WHERE table_schema = database() AND table_name = 'mesures'`
	var colonnes, vidage string
	if err := m.db.QueryRowContext(ctx, lister).Scan(&colonnes); err != nil {
		return err
	}
	if colonnes == "" {
		if _, err := m.db.ExecContext(ctx, tableMariaDB); err != nil {
			return err
		}
		colonnes = colonnesMariaDB
	}
	if err := m.db.QueryRowContext(ctx, "SELECT @@innodb_flush_log_at_trx_commit").Scan(&vidage); err == nil && vidage != "1" {
		m.journal.WarnContext(ctx, "cette base ne vide pas son journal à chaque validation : une coupure de courant y perdrait des mesures confirmées",
			"base", m.nom, "innodb_flush_log_at_trx_commit", vidage)
	}
	return verifierColonnes(colonnes, colonnesMariaDB)
}

func (m *mariadb) ecrire(ctx context.Context, tranches []*tranche) error {
	return enPanne(expliquerMariaDB(insister(ctx, passagereMariaDB, func() error { return m.inserer(ctx, tranches) })))
}

// inserer insère tout en une transaction ; une seule instruction en est une à elle seule, en un aller-retour.
func (m *mariadb) inserer(ctx context.Context, tranches []*tranche) error {
	var valeurs []any
	for _, t := range tranches {
		for _, mesure := range t.mesures {
			valeurs = append(valeurs, mesure.CapteurID, mesure.Temperature, t.recu)
		}
	}
	if len(valeurs) <= 3*lignesMariaDB {
		return insererLignes(ctx, m.db, valeurs)
	}
	tx, err := m.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // sans effet après Commit
	for len(valeurs) > 0 {
		n := min(len(valeurs), 3*lignesMariaDB)
		if err := insererLignes(ctx, tx, valeurs[:n]); err != nil {
			return err
		}
		valeurs = valeurs[n:]
	}
	return tx.Commit()
}

func insererLignes(ctx context.Context, db interface {
	ExecContext(ctx context.Context, requete string, valeurs ...any) (sql.Result, error)
}, valeurs []any) error {
	lignes := strings.TrimSuffix(strings.Repeat("(?,?,?),", len(valeurs)/3), ",")
	_, err := db.ExecContext(ctx, "INSERT INTO mesures(capteur_id, temperature, timestamp) VALUES "+lignes, valeurs...)
	return err
}

func (m *mariadb) relire(ctx context.Context) iter.Seq2[Enregistrement, error] {
	return func(yield func(Enregistrement, error) bool) {
		lignes, err := m.db.QueryContext(ctx, "SELECT capteur_id, temperature, timestamp FROM mesures ORDER BY id")
		if err != nil {
			yield(Enregistrement{}, expliquerMariaDB(err))
			return
		}
		defer lignes.Close()
		for lignes.Next() {
			var e Enregistrement
			err := lignes.Scan(&e.CapteurID, &e.Temperature, &e.Horodatage)
			if !yield(e, err) || err != nil {
				return
			}
		}
		if err := lignes.Err(); err != nil {
			yield(Enregistrement{}, expliquerMariaDB(err))
		}
	}
}

func (m *mariadb) fermer() error { return m.db.Close() }

func (m *mariadb) String() string { return m.nom }

// Les codes de MariaDB que l'on reconnaît.
const (
	myInterdit     = 1142
	myAcces        = 1045
	myAccesBase    = 1044
	myBaseInconnue = 1049
	myComplet      = 1040
	myDisquePlein  = 1021
	myTablePleine  = 1114
	myPasPret      = 1047 // nœud Galera coupé des autres
	myVerrou       = 1205
	myConflit      = 1213 // deux nœuds Galera ont écrit au même endroit : l'un des deux recommence
	myArret        = 1053
	myLectureSeule = 1290
)

// passagereMariaDB dit si rien n'a été exécuté, et si recommencer peut réussir.
func passagereMariaDB(err error) bool {
	var e *mysql.MySQLError
	if errors.As(err, &e) {
		switch e.Number {
		case myComplet, myPasPret, myVerrou, myConflit, myLectureSeule:
			return true
		}
		return false
	}
	return errors.As(err, new(injoignable)) || errors.Is(err, driver.ErrBadConn)
}

// expliquerMariaDB met en français les erreurs qu'un utilisateur peut rencontrer, et dit que faire.
func expliquerMariaDB(err error) error {
	var conseil string
	var e *mysql.MySQLError
	switch {
	case errors.As(err, &e):
		switch e.Number {
		case myAcces, myAccesBase:
			conseil = "la base refuse cet utilisateur ou ce mot de passe"
		case myBaseInconnue:
			conseil = "cette base n'existe pas, créez-la"
		case myInterdit:
			conseil = "cet utilisateur n'a pas les droits sur la table mesures"
		case myDisquePlein, myTablePleine:
			conseil = "disque de la base plein, libérez de la place"
		case myComplet:
			conseil = "la base a trop de clients"
		case myPasPret:
			conseil = "ce nœud est coupé de sa grappe"
		case myArret:
			conseil = "la base s'arrête"
		default:
			return err
		}
	case errors.As(err, new(injoignable)):
		conseil = "base injoignable, vérifiez l'adresse et qu'elle est lancée"
	case errors.Is(err, context.DeadlineExceeded):
		conseil = "la base ne répond pas"
	case errors.Is(err, mysql.ErrInvalidConn), errors.Is(err, driver.ErrBadConn):
		conseil = "connexion à la base perdue"
	default:
		return err
	}
	return mesure.Panne{Conseil: conseil, Cause: err}
}
