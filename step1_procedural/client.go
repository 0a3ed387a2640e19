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

// EtatCapteur est ce que les fonctions du client se passent de l'une à l'autre. Rien ne dit lesquelles y touchent : il
// faut toutes les lire.
type EtatCapteur struct {
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

// NouvelEtatCapteur rend l'état d'un capteur, pas encore connecté.
func NouvelEtatCapteur(r etape.ReglagesCapteur) *EtatCapteur {
	return &EtatCapteur{
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
func Generer(c *EtatCapteur) (mesure.Mesure, error) {
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
func Connecter(c *EtatCapteur, ctx context.Context) error {
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

// Envoyer est la fonction principale : elle envoie des mesures, en se connectant s'il le faut, et attend qu'elles soient
// confirmées. Elle rend le nombre de mesures, en tête, dont le sort est connu ; s'il en manque, ou s'il y a des refus,
// l'erreur dit pourquoi. Voir etape.Capteur.
func Envoyer(c *EtatCapteur, ctx context.Context, mesures ...mesure.Mesure) (int, error) {
	octets, err := mesure.Encoder(nil, mesures...)
	if err != nil {
		return 0, err
	}
	if c.conn == nil {
		if err := Connecter(c, ctx); err != nil {
			return 0, err
		}
	}
	defer reseau.Borner(ctx, c.conn, c.attente)()
	if _, err := c.conn.Write(octets); err != nil {
		Close(c)
		return 0, fmt.Errorf("envoi à %s interrompu : %w", c.adresse, err)
	}
	return Confirmer(c, len(mesures))
}

// Confirmer attend le sort de n mesures, comme Envoyer.
func Confirmer(c *EtatCapteur, n int) (int, error) {
	if c.muet {
		return 0, etape.ErrNonConfirmee
	}
	connues := 0
	var refus error
	for connues < n {
		accuse, err := c.accuses.Lire()
		if err != nil {
			return connues, errors.Join(refus, renoncer(c, err))
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
			Close(c)
			return connues, errors.Join(refus, fmt.Errorf("le serveur %s renonce : %q", c.adresse, accuse.Erreur))
		}
	}
	return n, refus
}

// renoncer dit ce que vaut l'absence de réponse : rien d'anormal chez un serveur qui n'en a jamais donné, une connexion
// perdue chez un autre.
func renoncer(c *EtatCapteur, cause error) error {
	switch {
	case errors.Is(cause, mesure.ErrPasUnAccuse):
		return fmt.Errorf("%w (%w)", etape.ErrNonConfirmee, cause)
	case c.confirme || !reseau.Silence(cause):
		Close(c)
		return fmt.Errorf("réponse de %s perdue : %w", c.adresse, reseau.ExpliquerTLS(cause))
	case errors.Is(cause, os.ErrDeadlineExceeded):
		c.muet = true
	default:
		Close(c)
	}
	return etape.ErrNonConfirmee
}

// Close ferme la connexion, s'il y en a une ; Envoyer en ouvrira une autre.
func Close(c *EtatCapteur) error {
	if c.conn == nil {
		return nil
	}
	conn := c.conn
	c.conn = nil
	return conn.Close()
}
