package sauvegarde

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"capteurs/shared/mesure"
)

// postgres enregistre dans une base PostgreSQL, ou qui en parle le protocole. Plusieurs serveurs, sur plusieurs machines,
// peuvent se la partager. L'URL peut nommer plusieurs hôtes : le premier qui répond sert, les autres le remplacent.
type postgres struct {
	nom     string
	pool    *pgxpool.Pool
	journal *slog.Logger
	debut   pgx.TxOptions // de chaque transaction
}

const tablePostgres = `CREATE TABLE IF NOT EXISTS mesures (
	id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	capteur_id  text NOT NULL,
	temperature double precision NOT NULL, -- °C
	"timestamp" timestamptz NOT NULL       -- réception
)`

// Ce qu'une table mesures déjà là doit avoir pour colonnes : un identifiant plus étroit, une date sans microsecondes y seraient
// refusés ou altérés.
const colonnesPostgres = "id bigint automatique, capteur_id text, temperature double precision, timestamp timestamp with time zone"

// listerPostgres rend les colonnes de la table mesures ; un identifiant d'une autre sorte, assez large, s'y dit comme le nôtre.
const listerPostgres = `SELECT coalesce(string_agg(column_name || ' ' || CASE
		WHEN data_type = 'bigint' AND (is_identity = 'YES' OR column_default IS NOT NULL) THEN 'bigint automatique'
		WHEN data_type = 'character varying' AND coalesce(character_maximum_length, 128) >= 128 THEN 'text'
		WHEN data_type LIKE 'character%' THEN data_type || '(' || character_maximum_length || ')'
		WHEN datetime_precision < 6 THEN replace(data_type, 'timestamp', 'timestamp(' || datetime_precision || ')')
		ELSE data_type END, ', ' ORDER BY ordinal_position), '')
	FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = 'mesures'`

// Ce que chaque transaction demande à la base. Le demander en se connectant ne suffirait pas : un répartiteur comme PgBouncer le
// refuse, et deux transactions n'y ont pas toujours la même connexion. Les deux réglages qu'il suit lui-même sont dits aussi alors.
var reglagesPostgres = map[string]string{
	"client_encoding":                     "UTF8", // celui d'un compte ou d'une base abîmerait les accents
	"application_name":                    "capteurs",
	"synchronous_commit":                  "on",  // une base réglée sur « off » confirmerait trop tôt
	"lock_timeout":                        "1s",  // moins que delaiEcriture : la base renonce avant le serveur
	"idle_in_transaction_session_timeout": "10s", // si le serveur disparaît au milieu, ce qu'il retenait est rendu
}

func ouvrirPostgres(ctx context.Context, url string, journal *slog.Logger) (moteur, error) {
	if _, err := lireURL(url); err != nil {
		return nil, err
	}
	config, err := pgxpool.ParseConfig(url)
	if err != nil { // qui peut citer un mot de passe
		return nil, errors.New("option d'URL incorrecte, vérifiez sslmode, sslrootcert et celles qui suivent le « ? »")
	}
	config.MaxConns = 4 // une écrit, les autres relisent
	config.ConnConfig.ConnectTimeout = delaiEcriture
	// Une instruction préparée appartient à une connexion de la base, et un répartiteur en change : rien n'y est gardé.
	config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
	debut := commencerPostgres(config.ConnConfig.RuntimeParams, reglagesPostgres)
	config.ConnConfig.RuntimeParams = map[string]string{}
	for _, suivi := range []string{"client_encoding", "application_name"} {
		config.ConnConfig.RuntimeParams[suivi] = reglagesPostgres[suivi]
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, expliquerPostgres(err)
	}
	p := &postgres{nom: SansMotDePasse(url), pool: pool, journal: journal, debut: pgx.TxOptions{BeginQuery: debut}}
	attendue := func(err error) bool { return passagerePostgres(err) || dejaCreee(err) }
	if err := attendreBase(ctx, journal, p.nom, attendue, p.preparer); err != nil {
		pool.Close()
		return nil, expliquerPostgres(err)
	}
	return p, nil
}

// commencerPostgres rend de quoi commencer une transaction réglée ainsi, en un aller-retour. Les derniers réglages l'emportent.
func commencerPostgres(reglages ...map[string]string) string {
	tous := map[string]string{}
	for _, r := range reglages {
		maps.Copy(tous, r)
	}
	citer := func(s string) string { return "E'" + strings.NewReplacer(`\`, `\\`, "'", "''").Replace(s) + "'" }
	var appels []string
	for _, nom := range slices.Sorted(maps.Keys(tous)) {
		appels = append(appels, "set_config("+citer(nom)+", "+citer(tous[nom])+", true)")
	}
	return "BEGIN; SELECT " + strings.Join(appels, ", ")
}

// transaction fait quelque chose d'un bloc. Rien n'en reste si faire échoue, ou si ctx finit avant la validation ; elle, une fois
// demandée, a son propre délai : y renoncer ne l'annulerait pas.
func (p *postgres) transaction(ctx context.Context, faire func(pgx.Tx) error) error {
	tx, err := p.pool.BeginTx(ctx, p.debut)
	var e *pgconn.PgError
	if errors.As(err, &e) && (classe(e) == "22" || classe(e) == "42") { // dont le texte cite l'option, peut-être un bout de mot de passe
		return errors.New("la base refuse une option de l'URL ou sa valeur, vérifiez ce qui suit le « ? »")
	}
	if err != nil {
		return err
	}
	defer tx.Rollback(ctx) // sans effet après Commit
	if err := faire(tx); err != nil {
		return err
	}
	ctx, liberer := context.WithTimeout(context.WithoutCancel(ctx), delaiReponse)
	defer liberer()
	err = tx.Commit(ctx)
	switch {
	case err == nil, errors.Is(err, pgx.ErrTxCommitRollback):
		return err
	case errors.As(err, &e) && e.SeverityUnlocalized == "ERROR" && classe(e) != pgConnexion && e.Code != pgIssueInconnue:
		return err // elle a répondu non ; « FATAL » dit seulement qu'elle s'en va
	}
	return douteuse(err) // même si pgx dit n'avoir rien envoyé : il le dit aussi d'une connexion coupée pendant qu'il lisait la réponse
}

// preparer crée la table si elle n'existe pas, et vérifie ce dont dépend la durabilité.
func (p *postgres) preparer(ctx context.Context) error {
	return p.transaction(ctx, func(tx pgx.Tx) error {
		const decrire = `SELECT current_setting('server_encoding'), coalesce(current_setting('fsync', true), ''), coalesce(current_schema(), '')`
		var encodage, fsync, schema, colonnes string
		if err := tx.QueryRow(ctx, decrire).Scan(&encodage, &fsync, &schema); err != nil {
			return err
		}
		if encodage != "UTF8" && encodage != "SQL_ASCII" { // qui garde tel quel ce qu'on lui donne
			return fmt.Errorf("cette base est en %s, où tous les identifiants ne s'écrivent pas : CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0", encodage)
		}
		if fsync == "off" {
			p.journal.WarnContext(ctx, "cette base est réglée sur fsync=off : une coupure de courant y perdrait des mesures confirmées", "base", p.nom)
		}
		if err := tx.QueryRow(ctx, listerPostgres).Scan(&colonnes); err != nil {
			return err
		}
		if colonnes == "" {
			_, err := tx.Exec(ctx, tablePostgres)
			return expliquerCreation(err, schema, p.pool.Config().ConnConfig.User)
		}
		if err := verifierColonnes(colonnes, colonnesPostgres); err != nil {
			return err
		}
		var persistance string
		if err := tx.QueryRow(ctx, `SELECT relpersistence::text FROM pg_class WHERE oid = to_regclass('mesures')`).Scan(&persistance); err != nil {
			return err
		}
		if persistance == "u" {
			return errors.New("la table mesures est UNLOGGED, un arrêt brutal de la base la viderait : ALTER TABLE mesures SET LOGGED")
		}
		return nil
	})
}

// expliquerCreation dit pourquoi la table ne peut pas être créée : depuis PostgreSQL 15, n'importe qui ne le peut plus dans public.
func expliquerCreation(err error, schema, utilisateur string) error {
	var e *pgconn.PgError
	switch {
	case !errors.As(err, &e):
		return err
	case schema == "":
		return mesure.Panne{Conseil: "cet utilisateur n'a accès à aucun schéma de son search_path, créez-en un ou donnez-lui ce droit (GRANT USAGE ON SCHEMA …)", Cause: err}
	case e.Code == pgInterdit:
		return mesure.Panne{Conseil: fmt.Sprintf("cet utilisateur n'a pas le droit de créer la table mesures dans le schéma %s (permission denied for schema %[1]s) : GRANT CREATE ON SCHEMA %[2]s TO %[3]s, ou créez-la pour lui",
			schema, pgx.Identifier{schema}.Sanitize(), pgx.Identifier{utilisateur}.Sanitize()), Cause: err}
	}
	return err
}

func (p *postgres) ecrire(ctx context.Context, tranches []*tranche) error {
	err := insister(ctx, passagerePostgres, func() error { return p.inserer(ctx, tranches) })
	return echouer(err, refuseesPostgres, expliquerPostgres)
}

// inserer insère tout en une instruction : trois tableaux font trois paramètres, quel que soit le nombre de lignes.
func (p *postgres) inserer(ctx context.Context, tranches []*tranche) error {
	var ids []string
	var temperatures []float64
	var dates []time.Time
	for _, t := range tranches {
		for _, m := range t.mesures {
			ids = append(ids, m.CapteurID)
			temperatures = append(temperatures, m.Temperature)
			dates = append(dates, t.recu)
		}
	}
	return p.transaction(ctx, func(tx pgx.Tx) error {
		fait, err := tx.Exec(ctx, `INSERT INTO mesures(capteur_id, temperature, "timestamp")
			SELECT * FROM unnest($1::text[], $2::float8[], $3::timestamptz[])`, ids, temperatures, dates)
		if err != nil {
			return err
		}
		return compter(fait.RowsAffected(), int64(len(ids)))
	})
}

func (p *postgres) relire(ctx context.Context) iter.Seq2[Enregistrement, error] {
	return func(yield func(Enregistrement, error) bool) {
		err := p.transaction(ctx, func(tx pgx.Tx) error {
			lignes, err := tx.Query(ctx, `SELECT capteur_id, temperature, "timestamp" FROM mesures ORDER BY id`)
			if err != nil {
				return err
			}
			defer lignes.Close()
			for lignes.Next() {
				var e Enregistrement
				if err := lignes.Scan(&e.CapteurID, &e.Temperature, &e.Horodatage); err != nil {
					return err
				}
				e.Horodatage = e.Horodatage.UTC()
				if !yield(e, nil) {
					return errAssez
				}
			}
			return lignes.Err()
		})
		if err != nil && err != errAssez {
			yield(Enregistrement{}, expliquerPostgres(err))
		}
	}
}

// errAssez dit que qui relit n'en veut plus.
var errAssez = errors.New("assez relu")

func (p *postgres) fermer() error {
	p.pool.Close()
	return nil
}

func (p *postgres) String() string { return p.nom }

// Les codes de PostgreSQL que l'on reconnaît (annexe A de son manuel), et ce qu'ils veulent dire.
const (
	pgConnexion     = "08" // une classe : un répartiteur a perdu la base
	pgInterdit      = "42501"
	pgDejaCreee     = "42P07"
	pgDoublon       = "23505"
	pgIssueInconnue = "40003"
)

var conseilsPostgres = map[string]string{
	"28P01":    compteRefuse,
	"28000":    compteRefuse,
	"3D000":    "cette base n'existe pas, créez-la",
	pgInterdit: "cet utilisateur n'a pas les droits sur la table mesures",
	"53100":    basePleine,
	"53300":    "la base a trop de clients",
	"55P03":    tableRetenue,
	"57014":    tropLongue,
	"57P01":    "la base s'arrête",
	"57P03":    "la base démarre",
	"25006":    "la base est en lecture seule", // un hôte de secours qui n'a pas encore pris la relève
	"40001":    depasse,
	"40P01":    depasse,
}

// classe rend les deux premiers caractères d'un code.
func classe(e *pgconn.PgError) string { return e.Code[:min(2, len(e.Code))] }

// passagerePostgres dit si rien n'a été enregistré, et si recommencer peut réussir.
func passagerePostgres(err error) bool {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		switch e.Code {
		case "25006", "40001", "40P01", "53300", "55P03", "57P01", "57P03":
			return true
		}
		return classe(e) == pgConnexion
	}
	return pgconn.SafeToRetry(err) || errors.As(err, new(*pgconn.ConnectError))
}

// dejaCreee dit si un autre serveur a créé la table au même instant.
func dejaCreee(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && (e.Code == pgDejaCreee || e.Code == pgDoublon)
}

// refuseesPostgres dit si la base ne veut pas de ces mesures : elle a répondu, et ce n'est pas qu'elle ne peut rien écrire.
func refuseesPostgres(err error) bool {
	var e *pgconn.PgError
	if !errors.As(err, &e) || conseilsPostgres[e.Code] != "" {
		return false
	}
	switch classe(e) { // connexion, transaction, ressources, état, exploitant, système, interne
	case pgConnexion, "25", "40", "53", "55", "57", "58", "XX":
		return false
	}
	return true
}

// expliquerPostgres met en français les erreurs qu'un utilisateur peut rencontrer, et dit que faire. Le texte d'une
// erreur de connexion cite l'utilisateur et l'hôte, jamais le mot de passe.
func expliquerPostgres(err error) error {
	var conseil string
	var e *pgconn.PgError
	switch {
	case errors.As(err, &e):
		conseil = conseilsPostgres[e.Code]
	case errors.As(err, new(*pgconn.ConnectError)):
		conseil = baseInjoignable
	case errors.Is(err, context.DeadlineExceeded), pgconn.Timeout(err):
		conseil = baseMuette
	}
	return conseiller(conseil, err)
}
