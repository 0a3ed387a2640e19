package reseau

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// expliquee vérifie qu'une erreur est une phrase qui contient les extraits, et garde sa cause.
func expliquee(t *testing.T, appel string, err, cause error, extraits ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("%s = nil, attendu une erreur", appel)
		return
	}
	if cause != nil && !errors.Is(err, cause) {
		t.Errorf("%s = %v, attendu que la cause reste %v", appel, err, cause)
	}
	for _, extrait := range extraits {
		if !strings.Contains(err.Error(), extrait) {
			t.Errorf("%s = %v, attendu une erreur qui dise %q", appel, err, extrait)
		}
	}
}

// ecouter ouvre un port libre de cette machine, jusqu'à la fin du test.
func ecouter(t *testing.T) net.Listener {
	t.Helper()
	l, err := Ecoute{}.Ouvrir(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func TestOuvrirUnPortPris(t *testing.T) {
	adresse := ecouter(t).Addr().String()
	_, err := Ecoute{}.Ouvrir(t.Context(), adresse)
	expliquee(t, "Ouvrir", err, portPris, "impossible d'écouter sur "+adresse, "le port est déjà pris, arrêtez l'autre programme")
}

func TestOuvrirUneMauvaiseAdresse(t *testing.T) {
	for adresse, phrase := range map[string]string{
		"127.0.0.1":       "adresse incorrecte, écrivez hôte:port, par exemple 127.0.0.1:5000",
		"127.0.0.1:99999": "adresse incorrecte",
		"::1:5000":        "adresse incorrecte",
		"[::1":            "adresse incorrecte",
		"127.0.0.1:abc":   "port incorrect, donnez un nombre",
		"a b:5000":        "nom d'hôte inconnu, vérifiez l'adresse",
		"192.0.2.1:0":     "cette adresse n'est pas celle de cette machine", // adresse réservée aux documentations
	} {
		l, err := Ecoute{}.Ouvrir(t.Context(), adresse)
		if err == nil {
			l.Close()
		}
		expliquee(t, fmt.Sprintf("Ouvrir(%q)", adresse), err, nil, "impossible d'écouter sur "+adresse+" : ", phrase)
	}
}

// guichet est un net.Listener qui rend d'abord des erreurs.
type guichet struct {
	net.Listener
	erreurs []error
	conn    net.Conn
}

func (g *guichet) Accept() (net.Conn, error) {
	if len(g.erreurs) > 0 {
		err := g.erreurs[0]
		g.erreurs = g.erreurs[1:]
		return nil, &net.OpError{Op: "accept", Net: "tcp", Err: err}
	}
	return g.conn, nil
}

func (*guichet) Close() error { return nil }

func repeter(err error, n int) []error {
	erreurs := make([]error, n)
	for i := range erreurs {
		erreurs[i] = err
	}
	return erreurs
}

func TestAcceptPatiente(t *testing.T) {
	for _, err := range manques {
		synctest.Test(t, func(t *testing.T) {
			attendue := new(net.TCPConn)
			debut := time.Now()
			conn, obtenue := Ecoute{}.surveiller(&guichet{erreurs: repeter(err, 10), conn: attendue}).Accept()
			if obtenue != nil || tcp(conn) != attendue {
				t.Errorf("Accept après dix %v = %v, %v, attendu la connexion", err, conn, obtenue)
			}
			var pauses time.Duration
			for i := range 10 {
				pauses += min(pauseMin<<i, pauseMax)
			}
			if duree := time.Since(debut); duree != pauses {
				t.Errorf("dix %v : %v de pauses, attendu %v", err, duree, pauses)
			}
		})
	}
}

// Un manque qui dure se dit, une fois.
func TestAcceptDitQuIlPatiente(t *testing.T) {
	for erreurs, attendus := range map[int]int{1: 0, 7: 0, 9: 1, 30: 1} {
		synctest.Test(t, func(t *testing.T) {
			var journal strings.Builder
			e := Ecoute{Journal: slog.New(slog.NewTextHandler(&journal, nil))}
			if _, err := e.surveiller(&guichet{erreurs: repeter(manques[0], erreurs), conn: new(net.TCPConn)}).Accept(); err != nil {
				t.Fatal(err)
			}
			if dits := strings.Count(journal.String(), "level=WARN"); dits != attendus || attendus > 0 && !strings.Contains(journal.String(), manques[0].Error()) {
				t.Errorf("après %d manques, le journal dit %q ; %d avertissement attendu, avec la raison", erreurs, journal.String(), attendus)
			}
		})
	}
}

func TestAcceptPendantUnArret(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := Ecoute{}.surveiller(&guichet{erreurs: repeter(manques[0], 1000)})
		resultat := make(chan error, 1)
		go func() {
			_, err := l.Accept()
			resultat <- err
		}()
		time.Sleep(10*pauseMax + pauseMax/2) // au milieu d'une pause
		synctest.Wait()
		debut := time.Now()
		l.Close()
		l.Close() // une fois de trop n'est pas une faute
		if err := <-resultat; !errors.Is(err, net.ErrClosed) || time.Since(debut) > 0 {
			t.Errorf("Accept = %v après %v, attendu %v aussitôt", err, time.Since(debut), net.ErrClosed)
		}
	})
}

func TestAcceptRenonce(t *testing.T) {
	g := &guichet{erreurs: []error{manques[0], net.ErrClosed}}
	_, err := Ecoute{}.surveiller(g).Accept()
	expliquee(t, "Accept", err, net.ErrClosed, "impossible d'accepter une connexion : ")
	if len(g.erreurs) > 0 {
		t.Errorf("Accept a renoncé sur %v", manques[0])
	}
}

// file est un net.Listener qui rend les connexions qu'on y met.
type file struct {
	net.Listener
	conns chan net.Conn
}

func (f file) Accept() (net.Conn, error) {
	if conn, ouverte := <-f.conns; ouverte {
		return conn, nil
	}
	return nil, net.ErrClosed
}

// Les places se prennent et se rendent ; qui n'en a pas l'apprend, et une foule de trop ne coûte que des fermetures. Accept
// ne finit pas avant le dernier refus.
func TestPlaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := file{conns: make(chan net.Conn)}
		l := Ecoute{Connexions: 2, Refus: refusDit}.surveiller(f)
		acceptees := make(chan net.Conn, 10)
		fini := make(chan error, 1)
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					fini <- err
					return
				}
				acceptees <- conn
			}
		}()
		arriver := func() net.Conn {
			serveur, client := tuyau(t)
			f.conns <- serveur
			synctest.Wait()
			return client
		}
		for range 3 { // chaque place rendue sert à nouveau, et n'en rend pas deux
			arriver()
			arriver()
			refusee := arriver()
			if dit, err := io.ReadAll(refusee); string(dit) != string(refusDit(ErrComplet)) || err != nil || len(acceptees) != 2 {
				t.Fatalf("de trop : %q, %v, %d acceptées ; attendu un refus, et 2", dit, err, len(acceptees))
			}
			for range 2 {
				conn := <-acceptees
				conn.Close()
				conn.Close()
			}
		}
		arriver()
		arriver()
		for range refusSimultanes { // elles ne lisent pas leur refus
			arriver()
		}
		debut := time.Now()
		if dit, err := io.ReadAll(arriver()); len(dit) > 0 || err != nil || time.Since(debut) > 0 {
			t.Errorf("au-delà de %d refus en cours : %q, %v après %v ; attendu la fermeture, aussitôt", refusSimultanes, dit, err, time.Since(debut))
		}
		close(f.conns)
		if err := <-fini; !errors.Is(err, net.ErrClosed) {
			t.Errorf("Accept = %v, attendu %v", err, net.ErrClosed)
		}
		apres(t, "la fin d'Accept, des refus étant en cours", debut, delaiReponse)
	})
}
