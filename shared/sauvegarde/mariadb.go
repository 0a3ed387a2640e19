package sauvegarde

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"iter"
	"log/slog"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-sql-driver/mysql"
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

// Ce qu'une table mesures déjà là doit avoir pour colonnes : un identifiant plus étroit, une date sans microsecondes y seraient
// refusés ou altérés.
const colonnesMariaDB = "id bigint auto_increment, capteur_id varchar(128) utf8mb4, temperature double, timestamp datetime(6)"

// listerMariaDB rend les colonnes de la table mesures ; un identifiant plus large s'y dit comme le nôtre.
const listerMariaDB = `SELECT coalesce(group_concat(concat(column_name, ' ', CASE
		WHEN data_type = 'bigint' THEN concat_ws(' ', data_type, nullif(lower(extra), ''))
		WHEN data_type = 'varchar' AND character_maximum_length > 128 THEN concat('varchar(128) ', character_set_name)
		ELSE concat_ws(' ', column_type, character_set_name) END) ORDER BY ordinal_position SEPARATOR ', '), '')
	FROM information_schema.columns WHERE table_schema = database() AND table_name = 'mesures'`

// insererMariaDB commence une insertion. MariaDB, qui lit là où MySQL ne voit qu'un commentaire, l'interrompt d'elle-même avant que
// le serveur y renonce ; la validation, elle, n'a pas à l'être.
const insererMariaDB = "/*M!100101 SET STATEMENT max_statement_time = 1.5 FOR */ INSERT INTO mesures(capteur_id, temperature, timestamp) VALUES "

// Une instruction reste loin de max_allowed_packet, 16 Mio au moins : un identifiant prend 512 octets au plus, le double
// une fois échappé.
const lignesMariaDB = 1000

func ouvrirMariaDB(ctx context.Context, url string, journal *slog.Logger) (moteur, error) {
	relais, err := nouveauRelais(url)
	if err != nil {
		return nil, err
	}
	m := &mariadb{SansMotDePasse(url), sql.OpenDB(relais), journal}
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
	u, err := lireURL(brute)
	if err != nil {
		return nil, err
	}
	base := strings.TrimPrefix(u.Path, "/")
	if u.Host == "" || u.User == nil || base == "" {
		return nil, errors.New("URL incorrecte, écrivez mariadb://utilisateur:mot_de_passe@hôte:3306/base")
	}
	options := u.Query()
	tls := options.Get("tls")
	if options.Del("tls"); len(options) > 0 {
		return nil, errors.New("option d'URL incorrecte, seule tls est comprise : true, skip-verify ou preferred")
	}
	r := new(relais)
	for hote := range strings.SplitSeq(u.Host, ",") {
		if _, _, err := net.SplitHostPort(hote); err != nil {
			hote = net.JoinHostPort(strings.Trim(hote, "[]"), "3306")
		}
		config := mysql.NewConfig()
		config.User = u.User.Username()
		config.Passwd, _ = u.User.Password()
		config.Net, config.Addr, config.DBName = "tcp", hote, base
		config.Timeout, config.ReadTimeout, config.WriteTimeout = delaiEcriture, delaiReponse, delaiEcriture
		config.ParseTime, config.Loc = true, time.UTC
		config.InterpolateParams = true // un aller-retour au lieu de trois
		config.Params = map[string]string{"sql_mode": "'STRICT_ALL_TABLES'", "time_zone": "'+00:00'",
			"innodb_lock_wait_timeout": "1", "lock_wait_timeout": "1"} // en secondes : moins que delaiEcriture
		config.TLSConfig = tls
		config.Logger = &mysql.NopLogger{} // ce qu'il dirait, l'erreur le dit
		// Dit aussi après la connexion : une base peut imposer son propre jeu de caractères à qui se connecte.
		err := config.Apply(mysql.Charset("utf8mb4", "utf8mb4_bin"))
		connecteur, autre := mysql.NewConnector(config)
		if errors.Join(err, autre) != nil {
			return nil, errors.New("option d'URL incorrecte, tls vaut true, skip-verify ou preferred")
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
	var colonnes, vidage string
	if err := m.db.QueryRowContext(ctx, listerMariaDB).Scan(&colonnes); err != nil {
		return err
	}
	if colonnes == "" {
		if _, err := m.db.ExecContext(ctx, tableMariaDB); err != nil {
			return err
		}
		colonnes = colonnesMariaDB
	}
	if err := verifierColonnes(colonnes, colonnesMariaDB); err != nil {
		return err
	}
	const annulable = `SELECT count(*) FROM information_schema.tables t JOIN information_schema.engines e ON e.engine = t.engine
		WHERE t.table_schema = database() AND t.table_name = 'mesures' AND e.transactions = 'YES'`
	var n int
	if err := m.db.QueryRowContext(ctx, annulable).Scan(&n); err != nil {
		return err
	}
	if n == 0 { // MyISAM, MEMORY, BLACKHOLE, une vue…
		return errors.New("la table mesures n'est pas d'un moteur qui sache annuler une écriture : ALTER TABLE mesures ENGINE=InnoDB, ou choisissez une autre base")
	}
	if err := m.db.QueryRowContext(ctx, "SELECT @@innodb_flush_log_at_trx_commit").Scan(&vidage); err == nil && vidage != "1" {
		m.journal.WarnContext(ctx, "cette base ne vide pas son journal à chaque validation : une coupure de courant y perdrait des mesures confirmées",
			"base", m.nom, "innodb_flush_log_at_trx_commit", vidage)
	}
	return nil
}

func (m *mariadb) ecrire(ctx context.Context, tranches []*tranche) error {
	err := insister(ctx, passagereMariaDB, func() error { return m.inserer(ctx, tranches) })
	return echouer(err, refuseesMariaDB, expliquerMariaDB)
}

// inserer insère tout en une transaction, même une seule ligne : une insertion à laquelle on renonce peut s'exécuter plus tard,
// la base dégelée ou son verrou rendu, mais sans la validation, qui ne part qu'ensuite, il n'en reste rien.
func (m *mariadb) inserer(ctx context.Context, tranches []*tranche) error {
	var valeurs []any
	for _, t := range tranches {
		for _, mesure := range t.mesures {
			valeurs = append(valeurs, mesure.CapteurID, mesure.Temperature, t.recu)
		}
	}
	tx, err := m.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // sans effet après Commit
	for len(valeurs) > 0 {
		n := min(len(valeurs), 3*lignesMariaDB)
		resultat, err := tx.ExecContext(ctx, insererMariaDB+strings.TrimSuffix(strings.Repeat("(?,?,?),", n/3), ","), valeurs[:n]...)
		if err != nil {
			return err
		}
		ecrites, err := resultat.RowsAffected()
		if err == nil {
			err = compter(ecrites, int64(n/3))
		}
		if err != nil {
			return err
		}
		valeurs = valeurs[n:]
	}
	err = tx.Commit()
	switch {
	case err == nil, errors.As(err, new(*mysql.MySQLError)): // elle a répondu
		return err
	case errors.Is(err, driver.ErrBadConn), errors.Is(err, sql.ErrTxDone), errors.Is(err, context.DeadlineExceeded): // rien n'est parti
		return err
	}
	return douteuse(err)
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

// Les codes de MariaDB que l'on reconnaît, et ce qu'ils veulent dire.
const (
	myComplet      = 1040
	myPasPret      = 1047 // nœud Galera coupé des autres
	myVerrou       = 1205
	myConflit      = 1213 // deux nœuds Galera ont écrit au même endroit : l'un des deux recommence
	myLectureSeule = 1290
)

var conseilsMariaDB = map[uint16]string{
	1044:           compteRefuse,
	1045:           compteRefuse,
	1049:           "cette base n'existe pas, créez-la",
	1142:           "cet utilisateur n'a pas les droits sur la table mesures",
	1021:           basePleine,
	1114:           basePleine,
	myComplet:      "la base a trop de clients",
	myPasPret:      "ce nœud est coupé de sa grappe",
	myVerrou:       tableRetenue,
	myConflit:      depasse,
	myLectureSeule: "la base est en lecture seule",
	1053:           "la base s'arrête",
	1317:           tropLongue,
	1969:           tropLongue,
}

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

// refuseesMariaDB dit si la base ne veut pas de ces mesures : elle a répondu, et ce n'est pas qu'elle ne peut rien écrire.
func refuseesMariaDB(err error) bool {
	var e *mysql.MySQLError
	return errors.As(err, &e) && conseilsMariaDB[e.Number] == ""
}

// expliquerMariaDB met en français les erreurs qu'un utilisateur peut rencontrer, et dit que faire.
func expliquerMariaDB(err error) error {
	var conseil string
	var e *mysql.MySQLError
	switch {
	case errors.As(err, &e):
		conseil = conseilsMariaDB[e.Number]
	case errors.As(err, new(injoignable)):
		conseil = baseInjoignable
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, sql.ErrTxDone): // la transaction finit avec son contexte
		conseil = baseMuette
	case errors.Is(err, mysql.ErrInvalidConn), errors.Is(err, driver.ErrBadConn):
		conseil = "connexion à la base perdue"
	}
	return conseiller(conseil, err)
}
