package reseau

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// Les délais d'un serveur qui s'arrête.
const (
	delaiFin = 200 * time.Millisecond // pour qu'arrive ce qui est en route
	dureeFin = 2 * time.Second        // pour lire un client qui n'en finit pas
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

// Close ferme, sans effacer la dernière réponse.
func (c *Connexion) Close() error {
	c.cesser()
	if !c.tari {
		direAdieu(c.conn)
	}
	return c.conn.Close()
}

// Raison dit pourquoi la lecture de la connexion, qui a rendu err, s'est arrêtée.
func (c *Connexion) Raison(err error) string {
	c.mu.Lock()
	arret := !c.arret.IsZero()
	c.mu.Unlock()
	switch {
	case errors.Is(err, io.EOF):
		return "le client a fermé"
	case arret && errors.Is(err, os.ErrDeadlineExceeded):
		return "le serveur s'arrête"
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "le client s'est tu trop longtemps"
	case errors.Is(err, connexionCoupee):
		return "le client a coupé"
	}
	return err.Error()
}

// Borner donne aux échanges à venir sur conn une échéance, et les interrompt si ctx finit avant. La fonction rendue
// libère ctx.
func Borner(ctx context.Context, conn net.Conn, delai time.Duration) (liberer func()) {
	_ = conn.SetDeadline(time.Now().Add(delai)) // si elle est fermée, l'échange le dira
	cesser := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	return func() { cesser() }
}

// Silence dit si err, reçue en attendant une réponse, est la fin ou le silence de l'autre bout, et non un refus de TLS.
func Silence(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, connexionCoupee)
}
