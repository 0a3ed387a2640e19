package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	_ "github.com/go-sql-driver/mysql" // le pilote de MariaDB
	"github.com/jackc/pgx/v5"

	"capteurs/shared/sauvegarde"
	"capteurs/tests/charge/cadence"
	"capteurs/tests/charge/clients"
	"capteurs/tests/conteneurs/moteurs"
)

// Les écritures des plafonds distants.
const (
	lignesParCOPY   = 10_000
	lignesParINSERT = 1000
)

// Une base qui n'est pas prête après ce temps ne le sera pas.
const delaiDeLancement = time.Minute

// copierDansPostgres mesure COPY, ce que PostgreSQL fait de plus rapide, sur une connexion.
func copierDansPostgres(base string, parTransaction int) mesurePlafond {
	return func(ctx context.Context, _ string, duree time.Duration) (r cadence.Resultat, err error) {
		if err := creerTable(ctx, base); err != nil {
			return r, err
		}
		conn, err := pgx.Connect(ctx, base)
		if err != nil {
			return r, err
		}
		defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
		lignes := make([][]any, parTransaction)
		return cadence.Cadencer(ctx, duree, parTransaction, []cadence.Operation{func() error {
			maintenant := time.Now()
			for i := range lignes {
				lignes[i] = []any{clients.NomDuCapteur(0), clients.Temperature(i), maintenant}
			}
			_, err := conn.CopyFrom(ctx, pgx.Identifier{"mesures"}, []string{"capteur_id", "temperature", "timestamp"}, pgx.CopyFromRows(lignes))
			return err
		}})
	}
}

// insererDansMariaDB mesure des INSERT, sur une connexion.
func insererDansMariaDB(base string, parINSERT int) mesurePlafond {
	return func(ctx context.Context, _ string, duree time.Duration) (r cadence.Resultat, err error) {
		if err := creerTable(ctx, base); err != nil {
			return r, err
		}
		u, err := url.Parse(base)
		if err != nil {
			return r, err
		}
		passe, _ := u.User.Password()
		db, err := sql.Open("mysql", fmt.Sprintf("%s:%s@tcp(%s)%s?interpolateParams=true&loc=UTC", u.User.Username(), passe, u.Host, u.Path))
		if err != nil {
			return r, err
		}
		defer func() { err = errors.Join(err, db.Close()) }()
		db.SetMaxOpenConns(1)
		requete := "INSERT INTO mesures(capteur_id, temperature, timestamp) VALUES " + strings.TrimSuffix(strings.Repeat("(?,?,?),", parINSERT), ",")
		valeurs := make([]any, 0, 3*parINSERT)
		return cadence.Cadencer(ctx, duree, parINSERT, []cadence.Operation{func() error {
			valeurs = valeurs[:0]
			maintenant := time.Now().UTC()
			for i := range parINSERT {
				valeurs = append(valeurs, clients.NomDuCapteur(0), clients.Temperature(i), maintenant)
			}
			_, err := db.ExecContext(ctx, requete, valeurs...)
			return err
		}})
	}
}

// lancerBases lance dans des conteneurs les bases à mesurer dont on n'a pas l'URL. Une base qui ne peut pas l'être n'est pas
// mesurée, et c'est dit ; si elle a été nommée, c'est une erreur. La fonction rendue les arrête, même en cas d'erreur.
func (r *reglages) lancerBases(ctx context.Context, p *progres) (arreter func() error, err error) {
	var arrets []func() error
	arreter = func() error {
		var erreurs []error
		for _, arreter := range arrets {
			erreurs = append(erreurs, arreter())
		}
		return errors.Join(erreurs...)
	}
	for _, base := range []struct {
		*moteurs.Moteur
		url *string
	}{{moteurs.Postgres, &r.postgres}, {moteurs.MariaDB, &r.mariadb}} {
		rang := slices.Index(r.moteurs, base.Genre)
		if rang < 0 || *base.url != "" {
			continue
		}
		p.etat("lancement de " + base.Genre)
		url, arreterLa, err := lancerBase(ctx, base.Moteur)
		switch {
		case err == nil:
			*base.url = url
			arrets = append(arrets, arreterLa)
		case r.exiges || ctx.Err() != nil:
			return arreter, fmt.Errorf("%s ne peut pas être lancé, donnez l'URL d'une base par -%[1]s : %w", base.Genre, err)
		default:
			r.moteurs = slices.Delete(slices.Clone(r.moteurs), rang, rang+1)
			p.dire(fmt.Sprintf("%s n'est pas mesuré : %v", base.Genre, err))
		}
	}
	return arreter, nil
}

// lancerBase n'attend pas sans fin un conteneur qu'on ne peut pas joindre.
func lancerBase(ctx context.Context, m *moteurs.Moteur) (url string, arreter func() error, err error) {
	ctx, liberer := context.WithTimeout(ctx, delaiDeLancement)
	defer liberer()
	return m.Lancer(ctx)
}

// creerTable laisse la sauvegarde créer sa table : le plafond écrit dans la même.
func creerTable(ctx context.Context, base string) error {
	s, err := sauvegarde.Ouvrir(ctx, base, nil)
	if err != nil {
		return err
	}
	return s.Close()
}
