package sauvegarde

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"strings"
	"time"

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
}

const tablePostgres = `CREATE TABLE IF NOT EXISTS mesures (
	id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	capteur_id  text NOT NULL,
	temperature double precision NOT NULL, -- °C
	"timestamp" timestamptz NOT NULL       -- réception
)`

// Ce qu'une table mesures déjà là doit avoir pour colonnes.
const colonnesPostgres = "id bigint, capteur_id text, temperature double precision, timestamp timestamp with time zone"

func ouvrirPostgres(ctx context.Context, reste string, journal *slog.Logger) (moteur, error) {
	brute := "postgres:" + reste
	config, err := pgxpool.ParseConfig(brute)
	if err != nil || !strings.HasPrefix(reste, "//") { // sans quoi pgx lirait une liste d'options
		return nil, errors.New("URL incorrecte, écrivez postgres://utilisateur:mot_de_passe@hôte:5432/base")
	}
	config.MaxConns = 4 // une écrit, les autres relisent
	config.ConnConfig.ConnectTimeout = delaiEcriture
	config.ConnConfig.RuntimeParams["synchronous_commit"] = "on" // une base réglée sur « off » confirmerait trop tôt
	config.ConnConfig.RuntimeParams["application_name"] = "capteurs"
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, expliquerPostgres(err)
	}
	p := &postgres{SansMotDePasse(brute), pool, journal}
	if err := attendreBase(ctx, journal, p.nom, passagerePostgres, p.preparer); err != nil {
		pool.Close()
		return nil, expliquerPostgres(err)
	}
	return p, nil
}

// preparer crée la table si elle n'existe pas, et vérifie ce dont dépend la durabilité.
func (p *postgres) preparer(ctx context.Context) error {
	const lister = `SELECT coalesce(string_agg(column_name || ' ' || data_type, ', ' ORDER BY ordinal_position), '')
		FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = 'mesures'`
	var colonnes, fsync string
	if err := p.pool.QueryRow(ctx, lister).Scan(&colonnes); err != nil {
		return err
	}
	if colonnes == "" {
		if _, err := p.pool.Exec(ctx, tablePostgres); err != nil {
			return err
		}
		colonnes = colonnesPostgres
	}
	if err := p.pool.QueryRow(ctx, "SELECT current_setting('fsync', true)").Scan(&fsync); err == nil && fsync == "off" {
		p.journal.WarnContext(ctx, "cette base est réglée sur fsync=off : une coupure de courant y perdrait des mesures confirmées", "base", p.nom)
	}
	return verifierColonnes(colonnes, colonnesPostgres)
}

func (p *postgres) ecrire(ctx context.Context, tranches []*tranche) error {
	return enPanne(expliquerPostgres(insister(ctx, passagerePostgres, func() error { return p.inserer(ctx, tranches) })))
}

// inserer insère tout en une instruction, donc en un aller-retour et en une transaction : trois tableaux font trois
// paramètres, quel que soit le nombre de lignes.
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
	_, err := p.pool.Exec(ctx, `INSERT INTO mesures(capteur_id, temperature, "timestamp")
		SELECT * FROM unnest($1::text[], $2::float8[], $3::timestamptz[])`, ids, temperatures, dates)
	return err
}

func (p *postgres) relire(ctx context.Context) iter.Seq2[Enregistrement, error] {
	return func(yield func(Enregistrement, error) bool) {
		lignes, err := p.pool.Query(ctx, `SELECT capteur_id, temperature, "timestamp" FROM mesures ORDER BY id`)
		if err != nil {
			yield(Enregistrement{}, expliquerPostgres(err))
			return
		}
		defer lignes.Close()
		for lignes.Next() {
			var e Enregistrement
			err := lignes.Scan(&e.CapteurID, &e.Temperature, &e.Horodatage)
			e.Horodatage = e.Horodatage.UTC()
			if !yield(e, err) || err != nil {
				return
			}
		}
		if err := lignes.Err(); err != nil {
			yield(Enregistrement{}, expliquerPostgres(err))
		}
	}
}

func (p *postgres) fermer() error {
	p.pool.Close()
	return nil
}

func (p *postgres) String() string { return p.nom }

// Les codes de PostgreSQL que l'on reconnaît (annexe A de son manuel).
const (
	pgMotDePasse   = "28P01"
	pgAcces        = "28000"
	pgBaseInconnue = "3D000"
	pgInterdit     = "42501"
	pgDemarrage    = "57P03"
	pgComplet      = "53300"
	pgDisquePlein  = "53100"
	pgDejaCreee    = "42P07"
	pgDoublon      = "23505" // deux serveurs créent la table au même instant
	pgLectureSeule = "25006" // un hôte de secours qui n'a pas encore pris la relève
)

// passagerePostgres dit si rien n'a été exécuté, et si recommencer peut réussir.
func passagerePostgres(err error) bool {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		switch e.Code {
		case pgDemarrage, pgComplet, pgDejaCreee, pgDoublon, pgLectureSeule:
			return true
		}
		return false
	}
	return pgconn.SafeToRetry(err) || errors.As(err, new(*pgconn.ConnectError))
}

// expliquerPostgres met en français les erreurs qu'un utilisateur peut rencontrer, et dit que faire. Le texte d'une
// erreur de connexion cite l'utilisateur et l'hôte, jamais le mot de passe.
func expliquerPostgres(err error) error {
	var conseil string
	var e *pgconn.PgError
	switch {
	case errors.As(err, &e):
		switch e.Code {
		case pgMotDePasse, pgAcces:
			conseil = "la base refuse cet utilisateur ou ce mot de passe"
		case pgBaseInconnue:
			conseil = "cette base n'existe pas, créez-la"
		case pgInterdit:
			conseil = "cet utilisateur n'a pas les droits sur la table mesures"
		case pgDisquePlein:
			conseil = "disque de la base plein, libérez de la place"
		case pgComplet:
			conseil = "la base a trop de clients"
		default:
			return err
		}
	case errors.As(err, new(*pgconn.ConnectError)):
		conseil = "base injoignable, vérifiez l'adresse et qu'elle est lancée"
	case errors.Is(err, context.DeadlineExceeded), pgconn.Timeout(err):
		conseil = "la base ne répond pas"
	default:
		return err
	}
	return mesure.Panne{Conseil: conseil, Cause: err}
}
