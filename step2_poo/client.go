package capteurs

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net"
	"os"
	"time"

	"capteurs/shared/etape"
	"capteurs/shared/mesure"
	"capteurs/shared/reseau"
)

// CapteurTCP génère des températures et les envoie à un serveur. Ses attributs sont privés : seules ses méthodes,
// ci-dessous, les touchent.
type CapteurTCP struct {
	id string

	sorte        string     // etape.Marche ou etape.Relecture
	alea         *rand.Rand // pour la marche
	temperature  float64    // la dernière de la marche, en °C
	temperatures []float64  // celles que la relecture n'a pas encore rendues

	adresse string
	attente time.Duration // temps laissé au serveur pour répondre

	conn         net.Conn // nil : pas encore, ou plus, connecté
	accuses      *mesure.LecteurAccuses
	enregistrees int  // mesures confirmées sur conn
	confirme     bool // le serveur a déjà accusé réception, sur conn ou avant
	muet         bool // le serveur laisse conn sans réponse : on ne l'attend plus

	config *tls.Config // nil : connexion en clair
}

// NouveauCapteurTCP rend un capteur, pas encore connecté.
func NouveauCapteurTCP(r etape.ReglagesCapteur) *CapteurTCP {
	return &CapteurTCP{
		id:           r.ID,
		sorte:        r.Sorte,
		alea:         rand.New(rand.NewPCG(r.Graine, 0)),
		temperature:  20,
		temperatures: r.Temperatures,
		adresse:      r.Adresse,
		attente:      r.Attente,
		config:       r.TLS,
	}
}

// Generer rend la mesure suivante, ou io.EOF quand il n'y en a plus.
func (c *CapteurTCP) Generer() (mesure.Mesure, error) {
	switch c.sorte {
	case etape.Relecture:
		if len(c.temperatures) == 0 {
			return mesure.Mesure{}, io.EOF
		}
		t := c.temperatures[0]
		c.temperatures = c.temperatures[1:]
		return mesure.Mesure{CapteurID: c.id, Temperature: t}, nil
	default: // la marche : un petit pas au hasard, et un rappel vers 20 °C
		c.temperature += 0.2*c.alea.NormFloat64() + 0.01*(20-c.temperature)
		return mesure.Mesure{CapteurID: c.id, Temperature: math.Round(100*c.temperature) / 100}, nil
	}
}

// Connecter joint le serveur. Elle rend une erreur s'il n'y est pas, ou s'il montre un certificat qui ne convient pas.
func (c *CapteurTCP) Connecter(ctx context.Context) error {
	dial := new(net.Dialer).DialContext
	if c.config != nil {
		dial = (&tls.Dialer{Config: c.config}).DialContext
	}
	conn, err := reseau.Joindre(ctx, dial, c.adresse, c.attente)
	if err != nil {
		return err
	}
	c.conn, c.accuses, c.enregistrees, c.muet = conn, mesure.NouveauLecteurAccuses(conn), 0, false
	return nil
}

// Envoyer est la méthode principale : elle envoie des mesures, en se connectant s'il le faut, et attend qu'elles soient
// confirmées. Elle rend le nombre de mesures, en tête, dont le sort est connu ; s'il en manque, ou s'il y a des refus,
// l'erreur dit pourquoi. Voir etape.Capteur.
func (c *CapteurTCP) Envoyer(ctx context.Context, mesures ...mesure.Mesure) (int, error) {
	octets, err := mesure.Encoder(nil, mesures...)
	if err != nil {
		return 0, err
	}
	if c.conn == nil {
		if err := c.Connecter(ctx); err != nil {
			return 0, err
		}
	}
	defer reseau.Borner(ctx, c.conn, c.attente)()
	if _, err := c.conn.Write(octets); err != nil {
		c.Close()
		return 0, fmt.Errorf("envoi à %s interrompu : %w", c.adresse, err)
	}
	return c.Confirmer(len(mesures))
}

// Confirmer attend le sort de n mesures, comme Envoyer.
func (c *CapteurTCP) Confirmer(n int) (int, error) {
	if c.muet {
		return 0, etape.ErrNonConfirmee
	}
	connues := 0
	var refus error
	for connues < n {
		accuse, err := c.accuses.Lire()
		if err != nil {
			return connues, errors.Join(refus, c.renoncer(err))
		}
		c.confirme = true
		switch {
		case accuse.Statut == mesure.OK:
			connues += accuse.Enregistrees - c.enregistrees
			c.enregistrees = accuse.Enregistrees
		case accuse.Message > 0:
			connues++
			refus = errors.Join(refus, mesure.Refus{Message: accuse.Message, Cause: errors.New(accuse.Erreur)})
		default:
			c.Close()
			return connues, errors.Join(refus, fmt.Errorf("le serveur %s renonce : %q", c.adresse, accuse.Erreur))
		}
	}
	return n, refus
}

// renoncer dit ce que vaut l'absence de réponse : rien d'anormal chez un serveur qui n'en a jamais donné, une connexion
// perdue chez un autre.
func (c *CapteurTCP) renoncer(cause error) error {
	switch {
	case errors.Is(cause, mesure.ErrPasUnAccuse):
		return fmt.Errorf("%w (%w)", etape.ErrNonConfirmee, cause)
	case c.confirme || !reseau.Silence(cause):
		c.Close()
		return fmt.Errorf("réponse de %s perdue : %w", c.adresse, reseau.ExpliquerTLS(cause))
	case errors.Is(cause, os.ErrDeadlineExceeded):
		c.muet = true
	default:
		c.Close()
	}
	return etape.ErrNonConfirmee
}

// Close ferme la connexion, s'il y en a une ; Envoyer en ouvrira une autre.
func (c *CapteurTCP) Close() error {
	if c.conn == nil {
		return nil
	}
	conn := c.conn
	c.conn = nil
	return conn.Close()
}
