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
	conn     net.Conn
	limite   func() time.Time
	cesser   func() bool
	sourd    bool      // le client ne lit pas : on ne lui répond plus
	tari     bool      // la dernière lecture n'a rien vu venir : il n'y a rien en route
	ecriture time.Time // l'échéance d'écriture fixée

	mu      sync.Mutex // protège la suite
	arret   time.Time  // quand le contexte a fini
	lecture time.Time  // l'échéance de lecture fixée
}

// Garder entoure conn. limite dit, à chaque lecture, jusqu'à quand elle peut attendre ; un temps nul : sans fin.
func Garder(ctx context.Context, conn net.Conn, limite func() time.Time) *Connexion {
	c := &Connexion{conn: conn, limite: limite}
	c.cesser = context.AfterFunc(ctx, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.arret = time.Now()
		c.armer(time.Time{})
	})
	return c
}

// Read lit ce qui arrive. Fixer une échéance coûte autant que lire : celle qui est déjà fixée sert tant qu'elle ne tombe pas
// après la limite, et si elle tombe avant, la lecture reprend.
func (c *Connexion) Read(p []byte) (int, error) {
	for {
		c.attendreJusqua(c.limite())
		n, err := c.conn.Read(p)
		expire := errors.Is(err, os.ErrDeadlineExceeded)
		if expire && n == 0 && !errors.Is(err, ErrPoignee) && c.resteDuTemps() {
			continue
		}
		c.tari = expire && !c.presse()
		return n, err
	}
}

// attendreJusqua fixe l'échéance de la lecture qui vient, si celle d'avant ne convient pas.
func (c *Connexion) attendreJusqua(limite time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	maintenant := time.Now()
	depassee := !c.lecture.IsZero() && !c.lecture.After(maintenant)
	tropLoin := !limite.IsZero() && (c.lecture.IsZero() || c.lecture.After(limite))
	if depassee || tropLoin || !c.arret.IsZero() {
		c.armer(limite)
	}
}

// armer fixe l'échéance de lecture, que l'arrêt du serveur rapproche ; l'appelant tient mu.
func (c *Connexion) armer(limite time.Time) {
	if !c.arret.IsZero() {
		fin := c.arret.Add(dureeFin)
		if proche := time.Now().Add(delaiFin); proche.Before(fin) {
			fin = proche
		}
		if limite.IsZero() || fin.Before(limite) {
			limite = fin
		}
	}
	c.lecture = limite
	_ = c.conn.SetReadDeadline(limite) // si la connexion est fermée, la lecture le dira
}

// resteDuTemps dit si une lecture dont l'échéance est tombée peut attendre encore.
func (c *Connexion) resteDuTemps() bool {
	limite := c.limite()
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.arret.IsZero() && (limite.IsZero() || time.Now().Before(limite))
}

// presse dit si les lectures ont duré tout le temps que l'arrêt du serveur leur laisse : il en vient peut-être encore.
func (c *Connexion) presse() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.arret.IsZero() && time.Since(c.arret) >= dureeFin
}

// Repondre envoie une réponse. Un client qui ne lit pas, ou plus, n'en reçoit plus : ses mesures sont enregistrées, et
// personne ne l'attend.
func (c *Connexion) Repondre(octets []byte) {
	if c.sourd || len(octets) == 0 {
		return
	}
	if maintenant := time.Now(); c.ecriture.Sub(maintenant) < delaiReponse/2 {
		c.ecriture = maintenant.Add(delaiReponse)
		_ = c.conn.SetWriteDeadline(c.ecriture) // si elle est fermée, l'écriture le dira
	}
	_, err := c.conn.Write(octets)
	c.sourd = err != nil
}

// Close ferme, sans effacer la dernière réponse.
func (c *Connexion) Close() error {
	c.cesser()
	if !c.tari {
		direAdieu(c.conn)
	}
	return c.conn.Close()
}

// Arretee dit si le contexte de la connexion a fini.
func (c *Connexion) Arretee() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.arret.IsZero()
}

// Raison dit pourquoi la lecture de la connexion, qui a rendu err, s'est arrêtée.
func (c *Connexion) Raison(err error) string {
	switch {
	case errors.Is(err, io.EOF):
		return "le client a fermé"
	case c.Arretee() && errors.Is(err, os.ErrDeadlineExceeded):
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
