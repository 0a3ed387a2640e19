package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "modernc.org/sqlite" // le pilote, sous le nom « sqlite »

	"capteurs/shared/mesure"
	"capteurs/shared/sauvegarde"
	"capteurs/tests/charge/cadence"
	"capteurs/tests/charge/clients"
)

// Les écritures groupées des plafonds, et les instructions dont elles sont faites.
const (
	lignesParTransaction = 1000
	lignesParInstruction = 100
	horodatage           = "2006-01-02T15:04:05.000000Z" // celui des sauvegardes
)

// ajouterAuFichier mesure des ajouts de tant de lignes, attendus chacun : fsync est tout ce qu'ils coûtent, ou presque.
func ajouterAuFichier(lignes int) mesurePlafond {
	return func(ctx context.Context, dossier string, duree time.Duration) (r cadence.Resultat, err error) {
		f, err := os.OpenFile(filepath.Join(dossier, "plafond.txt"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
		if err != nil {
			return r, err
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		bloc := bytes.Repeat(ligneDeTexte(), lignes)
		return cadence.Cadencer(ctx, duree, lignes, []cadence.Operation{func() error {
			if _, err := f.Write(bloc); err != nil {
				return err
			}
			return f.Sync()
		}})
	}
}

// ligneDeTexte rend une ligne telle que la sauvegarde texte en écrit.
func ligneDeTexte() []byte {
	return fmt.Appendf(nil, "{\"timestamp\":%q,\"capteur_id\":\"capteur_1\",\"temperature\":23.5}\n", time.Now().UTC().Format(horodatage))
}

// sauvegarderEnParallele mesure n goroutines qui enregistrent une mesure à la fois, sans réseau entre elles et la
// sauvegarde.
func sauvegarderEnParallele(moteurOuURL string, n int) mesurePlafond {
	return func(ctx context.Context, dossier string, duree time.Duration) (r cadence.Resultat, err error) {
		s, err := sauvegarde.Ouvrir(ctx, urlDans(dossier, moteurOuURL, "plafond"), nil)
		if err != nil {
			return r, err
		}
		defer func() { err = errors.Join(err, s.Close()) }()
		operations := make([]cadence.Operation, n)
		for i := range operations {
			une := []mesure.Mesure{{CapteurID: clients.NomDuCapteur(i), Temperature: 23.5}}
			operations[i] = func() error { return s.Sauvegarder(context.WithoutCancel(ctx), une) }
		}
		return cadence.Cadencer(ctx, duree, 1, operations)
	}
}

// sqliteUneLigne mesure le pilote seul : chaque instruction est une transaction, durable quand elle revient.
func sqliteUneLigne(ctx context.Context, dossier string, duree time.Duration) (cadence.Resultat, error) {
	return surSQLite(ctx, dossier, func(conn *sql.Conn) (r cadence.Resultat, err error) {
		inserer, err := conn.PrepareContext(ctx, insertion(1))
		if err != nil {
			return r, err
		}
		defer func() { err = errors.Join(err, inserer.Close()) }()
		id, sansFin := clients.NomDuCapteur(0), context.Background() // un contexte qui peut finir coûte au pilote une goroutine par appel
		return cadence.Cadencer(ctx, duree, 1, []cadence.Operation{func() error {
			_, err := inserer.ExecContext(sansFin, id, 23.5, time.Now().UTC().Format(horodatage))
			return err
		}})
	})
}

// sqliteMilleLignes mesure le pilote seul là où il va le plus vite.
func sqliteMilleLignes(ctx context.Context, dossier string, duree time.Duration) (cadence.Resultat, error) {
	return surSQLite(ctx, dossier, func(conn *sql.Conn) (r cadence.Resultat, err error) {
		inserer, err := conn.PrepareContext(ctx, insertion(lignesParInstruction))
		if err != nil {
			return r, err
		}
		defer func() { err = errors.Join(err, inserer.Close()) }()
		valeurs := valeursDUneInstruction()
		return cadence.Cadencer(ctx, duree, lignesParTransaction, []cadence.Operation{func() error {
			return uneTransaction(conn, inserer, valeurs, lignesParTransaction)
		}})
	})
}

func uneTransaction(conn *sql.Conn, inserer *sql.Stmt, valeurs []any, lignes int) error {
	sansFin := context.Background()
	tx, err := conn.BeginTx(sansFin, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // sans effet après Commit
	var maintenant any = time.Now().UTC().Format(horodatage)
	for i := 2; i < len(valeurs); i += 3 {
		valeurs[i] = maintenant
	}
	for range lignes / lignesParInstruction {
		if _, err := inserer.ExecContext(sansFin, valeurs...); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func valeursDUneInstruction() []any {
	valeurs := make([]any, 0, 3*lignesParInstruction)
	for i := range lignesParInstruction {
		valeurs = append(valeurs, clients.NomDuCapteur(0), clients.Temperature(i), "") // la date vient ensuite
	}
	return valeurs
}

func insertion(lignes int) string {
	return "INSERT INTO mesures(capteur_id, temperature, timestamp) VALUES " +
		strings.TrimSuffix(strings.Repeat("(?,?,?),", lignes), ",")
}

// surSQLite ouvre par le pilote seul une base que la sauvegarde a créée, avec les options de la sauvegarde.
func surSQLite(ctx context.Context, dossier string, faire func(*sql.Conn) (cadence.Resultat, error)) (r cadence.Resultat, err error) {
	err = ouvrirSQLite(ctx, filepath.Join(dossier, "plafond.db"), "FULL", func(conn *sql.Conn) error {
		r, err = faire(conn)
		return err
	})
	return r, err
}

// baseNeuve laisse la sauvegarde créer une base dans un dossier, pour que la table soit la même quoi qu'elle devienne, et rend
// de quoi l'ouvrir par le pilote avec les options de la sauvegarde.
func baseNeuve(ctx context.Context, dossier string) (uri string, err error) {
	chemin := filepath.Join(dossier, "plafond.db")
	return dsn(chemin, "FULL"), creerTable(ctx, "sqlite:"+chemin)
}

// ouvrirSQLite laisse la sauvegarde créer une base, puis l'ouvre par le pilote.
func ouvrirSQLite(ctx context.Context, chemin, synchronisation string, faire func(*sql.Conn) error) (err error) {
	if err := creerTable(ctx, "sqlite:"+chemin); err != nil {
		return err
	}
	base, err := sql.Open("sqlite", dsn(chemin, synchronisation))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, base.Close()) }()
	conn, err := base.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	return faire(conn)
}

// dsn rend l'URI d'un fichier, dont le nom absolu peut contenir ce qu'une URI réserve.
func dsn(chemin, synchronisation string) string {
	u := url.URL{
		Scheme:   "file",
		Path:     "/" + strings.TrimPrefix(filepath.ToSlash(chemin), "/"),
		RawQuery: "_busy_timeout=3000&_journal_mode=WAL&_txlock=immediate&_synchronous=" + synchronisation,
	}
	return u.String()
}
