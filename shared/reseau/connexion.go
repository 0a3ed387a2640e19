package reseau

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"capteurs/shared/mesure"
)

// Les délais d'un serveur envers ses clients.
const (
	delaiPoignee = 10 * time.Second       // pour la poignée de main TLS
	delaiReponse = time.Second            // pour qu'un client reçoive une réponse
	delaiFin     = 200 * time.Millisecond // à l'arrêt du serveur, pour qu'arrive ce qui est en route
	dureeFin     = 2 * time.Second        // à l'arrêt du serveur, pour lire un client qui n'en finit pas
	delaiAdieu   = 500 * time.Millisecond // pour que le client ferme à son tour
	octetsDAdieu = 1 << 20                // jetés au plus pendant ce temps
)

// Connexion est une connexion acceptée par un serveur, avec des échéances à chaque attente. Elle se lit jusqu'à la fin
// du contexte, qui laisse encore le temps de lire ce qui est déjà arrivé.
type Connexion struct {
	conn       net.Conn
	inactivite time.Duration
	cesser     func() bool
	sourd      bool // le client ne lit pas : on ne lui répond plus
	tari       bool // la dernière lecture n'a rien vu venir : il n'y a rien en route

	mu    sync.Mutex // protège arret et l'échéance de lecture
	arret time.Time  // quand le contexte a fini
}

// Garder entoure conn ; une lecture qui attend plus longtemps que inactivite échoue.
func Garder(ctx context.Context, conn net.Conn, inactivite time.Duration) *Connexion {
	c := &Connexion{conn: conn, inactivite: inactivite}
	c.cesser = context.AfterFunc(ctx, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.arret = time.Now()
		c.fixerEcheance()
	})
	return c
}

// Read lit ce qui arrive.
func (c *Connexion) Read(p []byte) (int, error) {
	c.mu.Lock()
	c.fixerEcheance()
	c.mu.Unlock()
	n, err := c.conn.Read(p)
	c.tari = errors.Is(err, os.ErrDeadlineExceeded) && !c.presse()
	return n, err
}

// presse dit si les lectures ont duré tout le temps que l'arrêt du serveur leur laisse : il en vient peut-être encore.
func (c *Connexion) presse() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.arret.IsZero() && time.Since(c.arret) >= dureeFin
}

// fixerEcheance fixe celle de la lecture en cours, ou de la suivante ; l'appelant tient mu.
func (c *Connexion) fixerEcheance() {
	echeance := time.Now().Add(c.inactivite)
	if !c.arret.IsZero() {
		echeance = time.Now().Add(delaiFin)
		if limite := c.arret.Add(dureeFin); echeance.After(limite) {
			echeance = limite
		}
	}
	_ = c.conn.SetReadDeadline(echeance) // si la connexion est fermée, la lecture le dira
}

// Repondre envoie une réponse. Un client qui ne lit pas, ou plus, n'en reçoit plus : ses mesures sont enregistrées, et
// personne ne l'attend.
func (c *Connexion) Repondre(octets []byte) {
	if c.sourd || len(octets) == 0 {
		return
	}
	if err := c.conn.SetWriteDeadline(time.Now().Add(delaiReponse)); err == nil {
		_, err = c.conn.Write(octets)
		c.sourd = err != nil
	}
}

// Close ferme. Quand le client a encore des octets en route, une fermeture immédiate effacerait la dernière réponse :
// on l'invite d'abord à fermer de son côté.
func (c *Connexion) Close() error {
	c.cesser()
	if !c.tari {
		direAdieu(c.conn)
	}
	return c.conn.Close()
}

func direAdieu(conn net.Conn) {
	moitie, ok := conn.(interface{ CloseWrite() error })
	if !ok || moitie.CloseWrite() != nil || conn.SetReadDeadline(time.Now().Add(delaiAdieu)) != nil {
		return
	}
	_, _ = io.CopyN(io.Discard, conn, octetsDAdieu)
}

// errChiffre est la réponse à un client qui parle en clair à un serveur chiffré.
var errChiffre = errors.New("ce serveur n'accepte que des connexions chiffrées (TLS)")

// Securiser mène la poignée de main TLS d'une connexion acceptée par un tls.Listener.
func Securiser(ctx context.Context, conn net.Conn) error {
	ctx, liberer := context.WithTimeout(ctx, delaiPoignee)
	defer liberer()
	err := conn.(*tls.Conn).HandshakeContext(ctx)
	if err == nil {
		return nil
	}
	if clair := new(tls.RecordHeaderError); errors.As(err, clair) && clair.Conn != nil {
		Refuser(clair.Conn, errChiffre)
	}
	direAdieu(conn.(*tls.Conn).NetConn()) // que l'alerte arrive à qui écrit encore
	return fmt.Errorf("poignée de main TLS échouée : %w", ExpliquerTLS(err))
}

// ErrComplet est la réponse à une connexion de trop.
var ErrComplet = errors.New("trop de connexions, revenez plus tard")

// Refuser répond à une connexion que le serveur ne peut pas servir, et la ferme.
func Refuser(conn net.Conn, cause error) {
	defer conn.Close()
	if conn.SetDeadline(time.Now().Add(delaiReponse)) != nil {
		return
	}
	if _, err := conn.Write(mesure.Echouer(nil, cause)); err == nil {
		direAdieu(conn)
	}
}

// Borner donne aux échanges à venir sur conn une échéance, et les interrompt si ctx finit avant. La fonction rendue
// libère ctx.
func Borner(ctx context.Context, conn net.Conn, delai time.Duration) (liberer func()) {
	_ = conn.SetDeadline(time.Now().Add(delai)) // si elle est fermée, l'échange le dira
	cesser := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	return func() { cesser() }
}

// Raison dit pourquoi la lecture d'une connexion s'est arrêtée.
func Raison(ctx context.Context, err error) string {
	switch {
	case errors.Is(err, io.EOF):
		return "le client a fermé"
	case ctx.Err() != nil && errors.Is(err, os.ErrDeadlineExceeded):
		return "le serveur s'arrête"
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "le client s'est tu trop longtemps"
	case errors.Is(err, connexionCoupee):
		return "le client a coupé"
	}
	return err.Error()
}

// Silence dit si err, reçue en attendant une réponse, est la fin ou le silence de l'autre bout, et non un refus de TLS.
func Silence(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, connexionCoupee)
}
