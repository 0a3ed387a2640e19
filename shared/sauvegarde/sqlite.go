package sauvegarde

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	driver "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"

	"capteurs/shared/mesure"
)

// sqlite enregistre dans une base SQLite. Plusieurs serveurs peuvent se partager le fichier.
//
// WAL laisse lire pendant qu'on écrit ; synchronous=FULL attend le disque à chaque validation ; txlock=immediate prend
// le verrou d'écriture dès le début d'une transaction, car une lecture ne peut pas toujours devenir écriture.
type sqlite struct {
	chemin  string
	db      *sql.DB
	conn    *sql.Conn            // la seule qui écrit
	inserer [lignesMax]*sql.Stmt // inserer[n-1] : INSERT de n lignes, préparé au premier besoin
	temoin  temoin               // de la base et de ses journaux
}

// Une instruction VALUES d'une centaine de lignes coûte moins cher, par ligne, que de plus courtes et que de plus longues.
const lignesMax = 100

// Le temps laissé à un autre programme pour rendre la base : celui d'une écriture, deux fois plus court que l'arrêt du serveur.
const attenteVerrou = delaiEcriture

const tableSQLite = `CREATE TABLE IF NOT EXISTS mesures (
	id          INTEGER PRIMARY KEY,
	capteur_id  TEXT NOT NULL,
	temperature REAL NOT NULL, -- °C
	timestamp   TEXT NOT NULL  -- réception, ISO 8601, UTC
) STRICT`

// Ce qu'une table mesures déjà là doit avoir pour colonnes.
const colonnesSQLite = "id INTEGER PRIMARY KEY, capteur_id TEXT, temperature REAL, timestamp TEXT"

func ouvrirSQLite(ctx context.Context, url string, _ *slog.Logger) (moteur, error) {
	_, chemin, _ := strings.Cut(url, ":")
	// SQLite créerait le fichier lisible de tous. On n'ouvre surtout pas une base existante à côté de lui : la refermer
	// ferait tomber tous les verrous que ce processus y tient (https://www.sqlite.org/howtocorrupt.html, 2.2).
	if err := preparerFichier(chemin); err != nil {
		return nil, err
	}
	if err := verifierJournal(ctx, chemin); err != nil {
		return nil, err
	}
	dsn, err := dsnSQLite(chemin, fmt.Sprintf("mode=rw&_busy_timeout=%d&_synchronous=FULL&_txlock=immediate", attenteVerrou.Milliseconds()))
	if err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	s := &sqlite{chemin: chemin, db: db}
	if err := s.preparer(ctx); err != nil {
		db.Close()
		return nil, expliquerSQLite(err)
	}
	return s, nil
}

// dsnSQLite rend l'URI d'un fichier, dont le nom peut contenir ce qu'une URI réserve.
func dsnSQLite(chemin, options string) (string, error) {
	absolu, err := filepath.Abs(chemin)
	if err != nil {
		return "", err
	}
	absolu = "/" + strings.TrimPrefix(filepath.ToSlash(absolu), "/")
	return (&url.URL{Scheme: "file", Path: absolu, RawQuery: options}).String(), nil
}

// preparer ouvre la connexion qui écrira, crée la table, et relit ce dont dépend la durabilité. Une base refusée n'est pas
// modifiée : ses colonnes sont vérifiées avant tout.
func (s *sqlite) preparer(ctx context.Context) error {
	var err error
	if s.conn, err = s.db.Conn(ctx); err != nil {
		return err
	}
	var colonnes, journal, synchro string
	const lister = `SELECT coalesce(group_concat(c.name || ' ' || c.type || iif(pk, ' PRIMARY KEY', '') || iif(t.type = 'table', '', ' (' || t.type || ')'), ', '), '')
		FROM pragma_table_list('mesures') t JOIN pragma_table_info('mesures') c WHERE t.schema = 'main'`
	if err := s.conn.QueryRowContext(ctx, lister).Scan(&colonnes); err != nil {
		return err
	}
	if colonnes != "" {
		if err := verifierColonnes(colonnes, colonnesSQLite); err != nil {
			return err
		}
	}
	if journal, err = s.passerEnWAL(ctx); err != nil {
		return err
	}
	if err := s.conn.QueryRowContext(ctx, "PRAGMA synchronous").Scan(&synchro); err != nil {
		return err
	}
	if journal != "wal" || synchro != "2" {
		return fmt.Errorf("SQLite n'accepte pas ici le journal WAL synchrone (journal_mode=%s, synchronous=%s) : choisissez un disque local", journal, synchro)
	}
	if err := s.creerTable(ctx); err != nil {
		return err
	}
	var base string // que SQLite ouvre sous son nom entier, liens suivis
	if err := s.conn.QueryRowContext(ctx, "SELECT file FROM pragma_database_list WHERE name = 'main'").Scan(&base); err != nil {
		return err
	}
	s.temoin, err = attester(base, base+"-wal", base+"-shm")
	return err
}

// passerEnWAL change le journal, et rend celui que SQLite a pris. Ce changement n'attend pas de lui-même que deux serveurs
// qui démarrent ensemble se soient laissé passer.
func (s *sqlite) passerEnWAL(ctx context.Context) (journal string, err error) {
	ctx, liberer := context.WithTimeout(ctx, attenteVerrou)
	defer liberer()
	for {
		err = s.conn.QueryRowContext(ctx, "PRAGMA journal_mode=WAL").Scan(&journal)
		if !verrouillee(err) {
			return journal, err
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return "", err
		}
	}
}

// creerTable crée la table si elle n'existe pas, dans une transaction : même si elle existe, une base en lecture seule, que
// SQLite ouvre sans rien dire, se trahit alors.
func (s *sqlite) creerTable(ctx context.Context) error {
	tx, err := s.conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // sans effet après Commit
	if _, err := tx.ExecContext(ctx, tableSQLite); err != nil {
		return err
	}
	return tx.Commit()
}

func (s *sqlite) ecrire(_ context.Context, tranches []*tranche) error {
	return s.temoin.garder(func() error { return echouer(s.ecrireLignes(tranches), refuseesSQLite, expliquerSQLite) })
}

// ecrireLignes insère tout en une transaction ; une seule ligne en est une à elle seule. Le délai d'attente du verrou borne sa
// durée : un contexte n'y ajouterait qu'une goroutine par instruction.
func (s *sqlite) ecrireLignes(tranches []*tranche) error {
	ctx := context.Background()
	total := 0
	for _, t := range tranches {
		total += len(t.mesures)
	}
	if total > 1 {
		tx, err := s.conn.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer tx.Rollback() // sans effet après Commit
		if err := s.insererTout(ctx, tranches, total); err != nil {
			return err
		}
		return tx.Commit()
	}
	return s.insererTout(ctx, tranches, total)
}

func (s *sqlite) insererTout(ctx context.Context, tranches []*tranche, total int) error {
	valeurs := make([]any, 0, 3*min(total, lignesMax))
	for _, t := range tranches {
		// Une tranche porte d'ordinaire un seul capteur, et n'a qu'une date : autant ne les convertir qu'une fois.
		var id, recu any = t.mesures[0].CapteurID, t.recu.Format(horodatage)
		for _, m := range t.mesures {
			if m.CapteurID != id {
				id = m.CapteurID
			}
			valeurs = append(valeurs, id, m.Temperature, recu)
			total--
			if len(valeurs) < cap(valeurs) && total > 0 {
				continue
			}
			insertion, err := s.insertion(ctx, len(valeurs)/3)
			if err != nil {
				return err
			}
			resultat, err := insertion.ExecContext(ctx, valeurs...)
			if err != nil {
				return err
			}
			ecrites, err := resultat.RowsAffected()
			if err == nil {
				err = compter(ecrites, int64(len(valeurs)/3))
			}
			if err != nil {
				return err
			}
			valeurs = valeurs[:0]
		}
	}
	return nil
}

// insertion rend l'instruction préparée qui insère n lignes.
func (s *sqlite) insertion(ctx context.Context, n int) (*sql.Stmt, error) {
	var err error
	if s.inserer[n-1] == nil {
		valeurs := strings.TrimSuffix(strings.Repeat("(?,?,?),", n), ",")
		s.inserer[n-1], err = s.conn.PrepareContext(ctx, "INSERT INTO mesures(capteur_id, temperature, timestamp) VALUES "+valeurs)
	}
	return s.inserer[n-1], err
}

// relire passe par une connexion à elle, pour ne pas retarder celle qui écrit.
func (s *sqlite) relire(ctx context.Context) iter.Seq2[Enregistrement, error] {
	return func(yield func(Enregistrement, error) bool) {
		err := s.relireLignes(ctx, func(e Enregistrement) bool { return yield(e, nil) })
		if err != nil {
			yield(Enregistrement{}, expliquerSQLite(err))
		}
	}
}

func (s *sqlite) relireLignes(ctx context.Context, garder func(Enregistrement) bool) error {
	dsn, err := dsnSQLite(s.chemin, fmt.Sprintf("mode=ro&_busy_timeout=%d", attenteVerrou.Milliseconds()))
	if err != nil {
		return err
	}
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	lignes, err := db.QueryContext(ctx, "SELECT capteur_id, temperature, timestamp FROM mesures ORDER BY id")
	if err != nil {
		return err
	}
	defer lignes.Close()
	for lignes.Next() {
		var e Enregistrement
		var recu string
		if err := lignes.Scan(&e.CapteurID, &e.Temperature, &recu); err != nil {
			return err
		}
		if e.Horodatage, err = time.Parse(horodatage, recu); err != nil {
			return err
		}
		if !garder(e) {
			return nil
		}
	}
	return lignes.Err()
}

// fermer ferme aussi les instructions préparées, que database/sql ne suit pas : il en resterait une connexion ouverte, et
// SQLite ne rangerait pas son journal dans la base.
func (s *sqlite) fermer() error {
	var erreurs []error
	for _, insertion := range s.inserer {
		if insertion != nil {
			erreurs = append(erreurs, insertion.Close())
		}
	}
	erreurs = append(erreurs, s.conn.Close(), s.db.Close())
	return expliquerSQLite(errors.Join(erreurs...))
}

func (s *sqlite) String() string { return "sqlite:" + s.chemin }

// verrouillee dit si un autre programme tient la base.
func verrouillee(err error) bool {
	var e *driver.Error
	return errors.As(err, &e) && e.Code()&0xff == codes.SQLITE_BUSY
}

// refuseesSQLite dit si la base ne veut pas de ces mesures : une contrainte ou un déclencheur de la table, qu'on y a ajoutés.
func refuseesSQLite(err error) bool {
	var e *driver.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code() & 0xff {
	case codes.SQLITE_CONSTRAINT, codes.SQLITE_MISMATCH, codes.SQLITE_TOOBIG, codes.SQLITE_ERROR:
		return true
	}
	return false
}

// expliquerSQLite met en français les erreurs de SQLite qu'un utilisateur peut rencontrer, et dit que faire.
func expliquerSQLite(err error) error {
	var e *driver.Error
	if !errors.As(err, &e) {
		return err
	}
	var conseil string
	switch e.Code() & 0xff { // le code étendu précise, dans ses octets hauts
	case codes.SQLITE_BUSY, codes.SQLITE_LOCKED:
		conseil = "un autre programme verrouille la base, fermez-le ou attendez"
	case codes.SQLITE_READONLY:
		conseil = "la base est en lecture seule, vérifiez les permissions du fichier et de son dossier"
	case codes.SQLITE_IOERR:
		conseil = "le disque a refusé une lecture ou une écriture, vérifiez la place et les limites"
	case codes.SQLITE_CORRUPT:
		conseil = "la base est abîmée, restaurez-en une copie ou choisissez un autre fichier"
	case codes.SQLITE_FULL:
		conseil = "disque plein, libérez de la place"
	case codes.SQLITE_CANTOPEN:
		conseil = "la base ou son journal ne s'ouvre pas, vérifiez les permissions du dossier"
	case codes.SQLITE_NOTADB:
		conseil = "ce fichier n'est pas une base SQLite, choisissez-en un autre"
	default:
		return err
	}
	return mesure.Panne{Conseil: conseil, Cause: err}
}
