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
)

// Les écritures groupées des plafonds, et les instructions dont elles sont faites.
const (
	lignesParTransaction = 1000
	lignesParInstruction = 100
	horodatage           = "2006-01-02T15:04:05.000000Z" // celui des sauvegardes
)

// ajouterAuFichier mesure des ajouts de tant de lignes, attendus chacun : fsync est tout ce qu'ils coûtent, ou presque.
func ajouterAuFichier(lignes int) mesurePlafond {
	return func(ctx context.Context, dossier string, duree time.Duration) (r resultat, err error) {
		f, err := os.OpenFile(filepath.Join(dossier, "plafond.txt"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
		if err != nil {
			return r, err
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		bloc := bytes.Repeat(ligneDeTexte(), lignes)
		return cadencer(ctx, duree, lignes, []operation{func() error {
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

// sauvegarderEnParallele mesure 64 goroutines qui enregistrent une mesure à la fois, sans réseau entre elles et la
// sauvegarde.
func sauvegarderEnParallele(moteurOuURL string) mesurePlafond {
	return func(ctx context.Context, dossier string, duree time.Duration) (r resultat, err error) {
		s, err := sauvegarde.Ouvrir(ctx, urlDans(dossier, moteurOuURL, "plafond"))
		if err != nil {
			return r, err
		}
		defer func() { err = errors.Join(err, s.Close()) }()
		operations := make([]operation, nbAttendent)
		for i := range operations {
			une := []mesure.Mesure{{CapteurID: nomDuCapteur(i), Temperature: 23.5}}
			operations[i] = func() error { return s.Sauvegarder(context.WithoutCancel(ctx), une) }
		}
		return cadencer(ctx, duree, 1, operations)
	}
}

// sqliteUneLigne mesure le pilote seul : chaque instruction est une transaction, durable quand elle revient.
func sqliteUneLigne(ctx context.Context, dossier string, duree time.Duration) (resultat, error) {
	return surSQLite(ctx, dossier, func(conn *sql.Conn) (r resultat, err error) {
		inserer, err := conn.PrepareContext(ctx, insertion(1))
		if err != nil {
			return r, err
		}
		defer func() { err = errors.Join(err, inserer.Close()) }()
		id, sansFin := nomDuCapteur(0), context.Background() // un contexte qui peut finir coûte au pilote une goroutine par appel
		return cadencer(ctx, duree, 1, []operation{func() error {
			_, err := inserer.ExecContext(sansFin, id, 23.5, time.Now().UTC().Format(horodatage))
			return err
		}})
	})
}

// sqliteMilleLignes mesure le pilote seul là où il va le plus vite.
func sqliteMilleLignes(ctx context.Context, dossier string, duree time.Duration) (resultat, error) {
	return surSQLite(ctx, dossier, func(conn *sql.Conn) (r resultat, err error) {
		inserer, err := conn.PrepareContext(ctx, insertion(lignesParInstruction))
		if err != nil {
			return r, err
		}
		defer func() { err = errors.Join(err, inserer.Close()) }()
		valeurs := make([]any, 0, 3*lignesParInstruction)
		for i := range lignesParInstruction {
			valeurs = append(valeurs, nomDuCapteur(0), temperature(i), "")
		}
		return cadencer(ctx, duree, lignesParTransaction, []operation{func() error {
			return uneTransaction(conn, inserer, valeurs)
		}})
	})
}

func uneTransaction(conn *sql.Conn, inserer *sql.Stmt, valeurs []any) error {
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
	for range lignesParTransaction / lignesParInstruction {
		if _, err := inserer.ExecContext(sansFin, valeurs...); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func insertion(lignes int) string {
	return "INSERT INTO mesures(capteur_id, temperature, timestamp) VALUES " +
		strings.TrimSuffix(strings.Repeat("(?,?,?),", lignes), ",")
}

// surSQLite ouvre par le pilote seul une base que la sauvegarde a créée : la table est la même, quoi qu'elle devienne.
// Les options sont celles de la sauvegarde.
func surSQLite(ctx context.Context, dossier string, faire func(*sql.Conn) (resultat, error)) (r resultat, err error) {
	chemin := filepath.Join(dossier, "plafond.db")
	s, err := sauvegarde.Ouvrir(ctx, "sqlite:"+chemin)
	if err != nil {
		return r, err
	}
	if err := s.Close(); err != nil {
		return r, err
	}
	base, err := sql.Open("sqlite", dsn(chemin))
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, base.Close()) }()
	conn, err := base.Conn(ctx)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	return faire(conn)
}

// dsn rend l'URI d'un fichier, dont le nom absolu peut contenir ce qu'une URI réserve.
func dsn(chemin string) string {
	u := url.URL{
		Scheme:   "file",
		Path:     "/" + strings.TrimPrefix(filepath.ToSlash(chemin), "/"),
		RawQuery: "_busy_timeout=3000&_journal_mode=WAL&_synchronous=FULL&_txlock=immediate",
	}
	return u.String()
}
