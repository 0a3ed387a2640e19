package reseau

import (
	"context"
	"errors"
	"io"
	"net"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func TestJoindreUnServeurAbsent(t *testing.T) {
	_, client := paire(t)
	adresse := client.LocalAddr().String() // son port est pris, et personne n'y écoute
	_, err := Appel{Attente: patience}.Joindre(t.Context(), adresse)
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
		_, err := joindre(t.Context(), func(context.Context, string, string) (net.Conn, error) {
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
		_, err := Appel{Attente: time.Second}.Joindre(t.Context(), adresse)
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
		_, err := joindre(t.Context(), muet, "a:1", 3*time.Second)
		expliquee(t, "Joindre", err, context.DeadlineExceeded, "aucune réponse dans le délai")
		if duree := time.Since(debut); duree != 3*time.Second {
			t.Errorf("Joindre a duré %v, attendu 3s", duree)
		}
	})
	ctx, abandonner := context.WithCancel(t.Context())
	abandonner()
	if _, err := joindre(ctx, muet, "a:1", time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("Joindre(contexte fini) = %v, attendu %v", err, context.Canceled)
	}
}
