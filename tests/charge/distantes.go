package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	_ "github.com/go-sql-driver/mysql" // le pilote de MariaDB
	"github.com/jackc/pgx/v5"

	"capteurs/shared/sauvegarde"
	"capteurs/tests/charge/cadence"
	"capteurs/tests/charge/clients"
)

// Les écritures des plafonds distants.
const (
	lignesParCOPY   = 10_000
	lignesParINSERT = 1000
)

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

// creerTable laisse la sauvegarde créer sa table : le plafond écrit dans la même.
func creerTable(ctx context.Context, base string) error {
	s, err := sauvegarde.Ouvrir(ctx, base)
	if err != nil {
		return err
	}
	return s.Close()
}
