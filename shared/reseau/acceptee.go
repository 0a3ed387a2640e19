package reseau

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// acceptee est une connexion qu'un serveur a acceptée. Elle tient une place jusqu'à sa fermeture.
type acceptee struct {
	net.Conn // celle où l'on parle : chiffrée, si clair n'est pas nil
	rendre   func()

	clair    net.Conn                 // ce que TLS transporte ; nil quand rien n'est chiffré, ou une fois la poignée de main menée
	repondre func(cause error) []byte // à qui ne parle pas TLS
}

// Read lit ce qui arrive. La première lecture d'une connexion chiffrée mène d'abord la poignée de main : c'est au serveur de
// cette connexion de l'attendre, et non à celui qui accepte les suivantes.
func (a *acceptee) Read(p []byte) (int, error) {
	if a.clair != nil {
		if err := a.securiser(); err != nil {
			return 0, err
		}
		a.clair = nil
	}
	return a.Conn.Read(p)
}

// ErrPoignee dit qu'une connexion n'a pu être chiffrée ; l'erreur qui l'enveloppe dit pourquoi.
var ErrPoignee = errors.New("poignée de main TLS échouée")

const delaiPoignee = 10 * time.Second

func (a *acceptee) securiser() error {
	ctx, liberer := context.WithTimeout(context.Background(), delaiPoignee)
	defer liberer()
	err := a.Conn.(*tls.Conn).HandshakeContext(ctx)
	if err == nil {
		return nil
	}
	if entete := new(tls.RecordHeaderError); errors.As(err, entete) && entete.Conn != nil {
		congedier(a.clair, a.repondre, ErrEnClair)
	}
	direAdieu(a.clair) // que l'alerte arrive à qui écrit encore
	return fmt.Errorf("%w : %w", ErrPoignee, ExpliquerTLS(err))
}

// CloseWrite ferme le côté du serveur ; le client peut encore écrire.
func (a *acceptee) CloseWrite() error {
	if moitie, ok := a.Conn.(interface{ CloseWrite() error }); ok {
		return moitie.CloseWrite()
	}
	return errors.ErrUnsupported
}

// Close ferme la connexion, et rend sa place.
func (a *acceptee) Close() error {
	defer a.rendre()
	return a.Conn.Close()
}

// Les délais d'un serveur qui ferme.
const (
	delaiReponse = 2 * time.Second        // pour qu'un client reçoive une réponse ; la moitié au moins
	delaiAdieu   = 500 * time.Millisecond // pour qu'il ferme à son tour
	octetsDAdieu = 1 << 20                // jetés au plus pendant ce temps
)

// congedier répond à une connexion qu'on ne sert pas, et la ferme.
func congedier(conn net.Conn, repondre func(cause error) []byte, cause error) {
	defer conn.Close()
	if repondre == nil || conn.SetDeadline(time.Now().Add(delaiReponse)) != nil {
		return
	}
	if _, err := conn.Write(repondre(cause)); err == nil {
		direAdieu(conn)
	}
}

// direAdieu invite l'autre bout à fermer, et l'attend un moment : quand il a encore des octets en route, une fermeture
// immédiate effacerait la dernière réponse.
func direAdieu(conn net.Conn) {
	moitie, ok := conn.(interface{ CloseWrite() error })
	if !ok || moitie.CloseWrite() != nil || conn.SetReadDeadline(time.Now().Add(delaiAdieu)) != nil {
		return
	}
	_, _ = io.CopyN(io.Discard, conn, octetsDAdieu)
}
