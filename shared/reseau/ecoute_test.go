package reseau

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"syscall"
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
	l, err := Ecouter(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func TestEcouterUnPortPris(t *testing.T) {
	adresse := ecouter(t).Addr().String()
	_, err := Ecouter(t.Context(), adresse)
	expliquee(t, "Ecouter", err, portPris, "impossible d'écouter sur "+adresse, "le port est déjà pris, arrêtez l'autre programme")
}

func TestEcouterUneMauvaiseAdresse(t *testing.T) {
	for adresse, phrase := range map[string]string{
		"127.0.0.1":       "adresse incorrecte, écrivez hôte:port, par exemple 127.0.0.1:5000",
		"127.0.0.1:99999": "adresse incorrecte",
		"::1:5000":        "adresse incorrecte",
		"[::1":            "adresse incorrecte",
		"127.0.0.1:abc":   "port incorrect, donnez un nombre",
		"a b:5000":        "nom d'hôte inconnu, vérifiez l'adresse",
		"192.0.2.1:0":     "cette adresse n'est pas celle de cette machine", // adresse réservée aux documentations
	} {
		l, err := Ecouter(t.Context(), adresse)
		if err == nil {
			l.Close()
		}
		expliquee(t, fmt.Sprintf("Ecouter(%q)", adresse), err, nil, "impossible d'écouter sur "+adresse+" : ", phrase)
	}
}

func TestJoindreUnServeurAbsent(t *testing.T) {
	_, client := paire(t)
	adresse := client.LocalAddr().String() // son port est pris, et personne n'y écoute
	_, err := Joindre(t.Context(), new(net.Dialer).DialContext, adresse, patience)
	expliquee(t, "Joindre", err, connexionRefusee, "serveur "+adresse+" injoignable : ", "aucun serveur n'écoute à cette adresse, lancez-le ou vérifiez le port")
	if Definitif(err) {
		t.Errorf("Definitif(%v) = true, attendu false : le serveur peut revenir", err)
	}
}

func TestJoindreDitPourquoi(t *testing.T) {
	for _, cas := range []struct {
		cause     error
		phrase    string
		definitif bool
	}{
		{&net.DNSError{Err: "no such host", Name: "absent", IsNotFound: true}, "nom d'hôte inconnu", true},
		{&net.DNSError{Err: "server misbehaving", Name: "absent", IsTemporary: true}, "nom d'hôte inconnu", false},
		{&net.DNSError{Err: "i/o timeout", IsTimeout: true}, "aucune réponse dans le délai", false},
		{&net.AddrError{Err: "missing port in address", Addr: "absent"}, "adresse incorrecte", true},
		{syscall.ETIMEDOUT, "aucune réponse dans le délai", false},
		{connexionRefusee, "aucun serveur n'écoute", false},
		{portReserve, "port réservé", false},
		{io.ErrUnexpectedEOF, "serveur a:1 injoignable : ", false},
	} {
		_, err := Joindre(t.Context(), func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: cas.cause}
		}, "a:1", time.Second)
		expliquee(t, "Joindre", err, cas.cause, cas.phrase)
		if definitif := Definitif(err); definitif != cas.definitif {
			t.Errorf("Definitif(%v) = %v, attendu %v", err, definitif, cas.definitif)
		}
	}
}

// Un vrai appel, à une adresse mal écrite : net rend bien ce qu'expliquer attend.
func TestJoindreUneAdresseMalEcrite(t *testing.T) {
	for adresse, phrase := range map[string]string{
		"127.0.0.1":     "adresse incorrecte, écrivez hôte:port",
		"127.0.0.1:abc": "port incorrect, donnez un nombre",
		"a b:5000":      "nom d'hôte inconnu, vérifiez l'adresse",
	} {
		_, err := Joindre(t.Context(), new(net.Dialer).DialContext, adresse, time.Second)
		expliquee(t, "Joindre("+adresse+")", err, nil, phrase)
		if !Definitif(err) {
			t.Errorf("Definitif(%v) = false, attendu true", err)
		}
	}
}

func TestJoindreABoutDeDelai(t *testing.T) {
	muet := func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	synctest.Test(t, func(t *testing.T) {
		debut := time.Now()
		_, err := Joindre(t.Context(), muet, "a:1", 3*time.Second)
		expliquee(t, "Joindre", err, context.DeadlineExceeded, "aucune réponse dans le délai")
		if duree := time.Since(debut); duree != 3*time.Second {
			t.Errorf("Joindre a duré %v, attendu 3s", duree)
		}
	})
	ctx, abandonner := context.WithCancel(t.Context())
	abandonner()
	if _, err := Joindre(ctx, muet, "a:1", time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("Joindre(contexte fini) = %v, attendu %v", err, context.Canceled)
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

func repeter(err error, n int) []error {
	erreurs := make([]error, n)
	for i := range erreurs {
		erreurs[i] = err
	}
	return erreurs
}

func TestAccepterPatiente(t *testing.T) {
	for _, err := range manques {
		synctest.Test(t, func(t *testing.T) {
			attendue := new(net.TCPConn)
			debut := time.Now()
			conn, obtenue := Accepter(t.Context(), &guichet{erreurs: repeter(err, 10), conn: attendue})
			if conn != attendue || obtenue != nil {
				t.Errorf("Accepter après dix %v = %v, %v, attendu la connexion", err, conn, obtenue)
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
func TestAccepterDitQuIlPatiente(t *testing.T) {
	avant := slog.Default()
	defer slog.SetDefault(avant)
	for erreurs, attendus := range map[int]int{1: 0, 7: 0, 9: 1, 30: 1} {
		synctest.Test(t, func(t *testing.T) {
			var journal strings.Builder
			slog.SetDefault(slog.New(slog.NewTextHandler(&journal, nil)))
			if _, err := Accepter(t.Context(), &guichet{erreurs: repeter(manques[0], erreurs), conn: new(net.TCPConn)}); err != nil {
				t.Fatal(err)
			}
			if dits := strings.Count(journal.String(), "level=WARN"); dits != attendus || attendus > 0 && !strings.Contains(journal.String(), manques[0].Error()) {
				t.Errorf("après %d manques, le journal dit %q ; %d avertissement attendu, avec la raison", erreurs, journal.String(), attendus)
			}
		})
	}
}

func TestAccepterPendantUnArret(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		arret := errors.New("arrêt")
		ctx, arreter := context.WithCancelCause(t.Context())
		resultat := make(chan error, 1)
		go func() {
			_, err := Accepter(ctx, &guichet{erreurs: repeter(manques[0], 1000)})
			resultat <- err
		}()
		time.Sleep(10*pauseMax + pauseMax/2) // au milieu d'une pause
		synctest.Wait()
		debut := time.Now()
		arreter(arret)
		if err := <-resultat; err != arret || time.Since(debut) > 0 {
			t.Errorf("Accepter = %v après %v, attendu %v aussitôt", err, time.Since(debut), arret)
		}
	})
}

func TestAccepterRenonce(t *testing.T) {
	g := &guichet{erreurs: []error{manques[0], net.ErrClosed}}
	_, err := Accepter(t.Context(), g)
	expliquee(t, "Accepter", err, net.ErrClosed, "impossible d'accepter une connexion : ")
	if len(g.erreurs) > 0 {
		t.Errorf("Accepter a renoncé sur %v", manques[0])
	}
}
