package sauvegarde

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"capteurs/shared/mesure"
)

func TestInsister(t *testing.T) {
	passager, definitif := errors.New("passager"), errors.New("définitif")
	passagere := func(err error) bool { return err == passager }
	synctest.Test(t, func(t *testing.T) {
		for nom, c := range map[string]struct {
			erreurs []error
			delai   time.Duration
			attendu error
			essais  int
		}{
			"du premier coup":    {[]error{nil}, time.Second, nil, 1},
			"après deux manques": {[]error{passager, passager, nil}, time.Second, nil, 3},
			"erreur définitive":  {[]error{passager, definitif, nil}, time.Second, definitif, 2},
			"jusqu'à la fin":     {[]error{passager, passager, passager, passager}, 120 * time.Millisecond, passager, 2},
		} {
			ctx, liberer := context.WithTimeout(t.Context(), c.delai)
			essais := 0
			err := insister(ctx, passagere, func() error { essais++; return c.erreurs[essais-1] })
			liberer()
			if err != c.attendu || essais != c.essais {
				t.Errorf("%s : %v en %d essais, attendu %v en %d", nom, err, essais, c.attendu, c.essais)
			}
		}
	})
}

// Une base trop lente pour répondre à temps est attendue, comme une base absente ; une base qui refuse ne l'est pas.
func TestAttendreUneBaseLente(t *testing.T) {
	refus := errors.New("refus")
	synctest.Test(t, func(t *testing.T) {
		essais := 0
		lente := func(ctx context.Context) error {
			if essais++; essais == 3 {
				return nil
			}
			<-ctx.Done()
			return ctx.Err()
		}
		jamais := func(error) bool { return false }
		if err := attendreBase(t.Context(), muet, "base", jamais, lente); err != nil || essais != 3 {
			t.Errorf("attendreBase(lente) = %v en %d essais, attendu nil en 3", err, essais)
		}
		debut := time.Now()
		muette := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		if err := attendreBase(t.Context(), muet, "base", jamais, muette); !errors.Is(err, context.DeadlineExceeded) || time.Since(debut) != delaiOuvrir {
			t.Errorf("attendreBase(muette) = %v après %v, attendu une erreur après %v", err, time.Since(debut), delaiOuvrir)
		}
		if err := attendreBase(t.Context(), muet, "base", jamais, func(context.Context) error { essais++; return refus }); err != refus || essais != 4 {
			t.Errorf("attendreBase(qui refuse) = %v, attendu %v du premier coup", err, refus)
		}
	})
}

// Une validation dont l'issue est inconnue ne se recommence pas : elle est peut-être faite.
func TestUneIssueInconnueNEstPasPassagere(t *testing.T) {
	for _, cause := range []error{&pgconn.PgError{Code: "08P01"}, &pgconn.PgError{Code: "57P01"}, driver.ErrBadConn, mysql.ErrInvalidConn, injoignable{errors.New("absent")}} {
		err := douteuse(cause)
		if passagerePostgres(err) || passagereMariaDB(err) || refuseesPostgres(err) || refuseesMariaDB(err) {
			t.Errorf("l'issue inconnue de %v se recommencerait", cause)
		}
		for _, expliquer := range []func(error) error{expliquerPostgres, expliquerMariaDB} {
			if dit := echouer(err, refuseesPostgres, expliquer).Error(); !strings.Contains(dit, "ces mesures y sont peut-être") || !strings.Contains(dit, cause.Error()) {
				t.Errorf("l'issue inconnue de %v : %s", cause, dit)
			}
		}
	}
}

// connecteur est un hôte qui accepte, ou non.
type connecteur struct {
	driver.Connector
	absent bool
	appels int
}

func (c *connecteur) Connect(context.Context) (driver.Conn, error) {
	c.appels++
	if c.absent {
		return nil, errors.New("absent")
	}
	return nil, nil
}

func TestRelaisPrendLHoteQuiRepond(t *testing.T) {
	a, b := &connecteur{}, &connecteur{}
	r := &relais{hotes: []driver.Connector{a, b}}
	connecter := func(attendu error) {
		t.Helper()
		if _, err := r.Connect(t.Context()); (err == nil) != (attendu == nil) || attendu != nil && !errors.As(err, new(injoignable)) {
			t.Fatalf("Connect() = %v, attendu %v", err, attendu)
		}
	}
	connecter(nil)
	a.absent = true
	connecter(nil) // b prend la place
	connecter(nil) // et la garde, sans rappeler a
	if a.appels != 2 || b.appels != 2 {
		t.Errorf("%d appels au premier hôte et %d au second, attendu 2 et 2", a.appels, b.appels)
	}
	b.absent = true
	connecter(injoignable{})
	a.absent = false
	connecter(nil)
}

func TestURLDeBaseIncorrecte(t *testing.T) {
	for _, brute := range []string{"postgres://:port/x y", "mariadb://eleve:x@hote", "mariadb:///base", "mariadb://hote/base", "mariadb:base"} {
		_, err := Ouvrir(t.Context(), brute, muet)
		if err == nil || !strings.Contains(err.Error(), "URL incorrecte, écrivez "+strings.SplitN(brute, ":", 2)[0]+"://") {
			t.Errorf("Ouvrir(%s) = %v, attendu la forme d'une URL", brute, err)
		}
	}
}

// Ce qu'une panne apprend à un client ne dit ni où est la base, ni qui s'y connecte, ni comment ; le journal, si.
func TestUnePanneNeDitPasOuEstLaBase(t *testing.T) {
	const ou, qui = "127.0.0.1:1", "eleve-secret"
	relais, err := nouveauRelais("mariadb://" + qui + ":x@" + ou + "/base-secrete")
	if err != nil {
		t.Fatal(err)
	}
	pool, err := pgxpool.New(t.Context(), "postgres://"+qui+":x@"+ou+"/base-secrete")
	if err != nil {
		t.Fatal(err)
	}
	for nom, m := range map[string]moteur{"mariadb": &mariadb{"", sql.OpenDB(relais), muet}, "postgres": &postgres{pool: pool, journal: muet}} {
		ctx, liberer := context.WithTimeout(t.Context(), time.Second)
		err := m.ecrire(ctx, []*tranche{{mesures: desMesures("a", 1)}})
		liberer()
		m.fermer()
		if err == nil || !strings.Contains(err.Error(), ou) {
			t.Errorf("%s, au journal : %v, attendu %s", nom, err, ou)
			continue
		}
		if dit := string(mesure.Echouer(nil, err)); !strings.Contains(dit, `"erreur":"base injoignable, vérifiez l'adresse et qu'elle est lancée"`) {
			t.Errorf("%s, au client : %s, attendu sans hôte ni compte", nom, dit)
		}
	}
}

func TestUneErreurInconnueDUnMoteurSeTait(t *testing.T) {
	for nom, cause := range map[string]error{
		"postgres": expliquerPostgres(&pgconn.PgError{Code: "XX000", Message: "secret", InternalQuery: "secret"}),
		"mariadb":  expliquerMariaDB(&mysql.MySQLError{Number: 1, Message: "secret"}),
		"fichier":  expliquerFichier(&fs.PathError{Op: "write", Path: "/secret", Err: errors.New("secret")}),
	} {
		err := fmt.Errorf("sauvegarde impossible : %w", enPanne(cause))
		attendu := `{"statut":"erreur","erreur":"sauvegarde impossible : écriture refusée, le journal du serveur dit pourquoi"}` + "\n"
		if dit := string(mesure.Echouer(nil, err)); dit != attendu || !errors.Is(err, cause) {
			t.Errorf("%s : le client reçoit %s, attendu %s ; au journal : %v", nom, dit, attendu, err)
		}
	}
}
