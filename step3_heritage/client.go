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

// Capteur est la classe de base : ce que tout capteur sait faire, quelle que soit la façon d'envoyer ses mesures.
type Capteur struct {
	id     string
	source Source // d'où viennent ses températures
}

// Source rend des températures en °C, ou io.EOF quand il n'y en a plus. C'est une interface, et non une classe de base :
// être chiffré et relire un fichier sont deux choix sans rapport, que des classes obligeraient à croiser.
type Source interface {
	Suivante() (float64, error)
}

// marche est la Source d'un capteur plausible.
type marche struct {
	alea        *rand.Rand
	temperature float64 // la dernière, en °C
}

// relecture est la Source d'un capteur qui rejoue des températures.
type relecture struct {
	temperatures []float64 // celles qu'elle n'a pas encore rendues
}

func nouveauCapteur(r etape.ReglagesCapteur) Capteur {
	if r.Sorte == etape.Relecture {
		return Capteur{id: r.ID, source: &relecture{temperatures: r.Temperatures}}
	}
	return Capteur{id: r.ID, source: &marche{alea: rand.New(rand.NewPCG(r.Graine, 0)), temperature: 20}}
}

// Generer rend la mesure suivante, ou io.EOF quand il n'y en a plus.
func (c *Capteur) Generer() (mesure.Mesure, error) {
	t, err := c.source.Suivante()
	return mesure.Mesure{CapteurID: c.id, Temperature: t}, err
}

// Suivante rend la température suivante de la liste.
func (r *relecture) Suivante() (float64, error) {
	if len(r.temperatures) == 0 {
		return 0, io.EOF
	}
	t := r.temperatures[0]
	r.temperatures = r.temperatures[1:]
	return t, nil
}

// Suivante fait un petit pas au hasard, avec un rappel vers 20 °C.
func (m *marche) Suivante() (float64, error) {
	m.temperature += 0.2*m.alea.NormFloat64() + 0.01*(20-m.temperature)
	return math.Round(100*m.temperature) / 100, nil
}

// CapteurTCP hérite de Capteur, et y ajoute la connexion et l'envoi.
type CapteurTCP struct {
	Capteur
	adresse string
	attente time.Duration // temps laissé au serveur pour répondre

	conn         net.Conn // nil : pas encore, ou plus, connecté
	accuses      *mesure.LecteurAccuses
	enregistrees int  // mesures confirmées sur conn
	confirme     bool // le serveur a déjà accusé réception, sur conn ou avant
	muet         bool // le serveur laisse conn sans réponse : on ne l'attend plus
}

// connecteur est l'étape qui varie : la façon de joindre le serveur.
type connecteur interface {
	Connecter(ctx context.Context) error
}

// NouveauCapteurTCP rend un capteur, pas encore connecté.
func NouveauCapteurTCP(r etape.ReglagesCapteur) *CapteurTCP {
	return &CapteurTCP{Capteur: nouveauCapteur(r), adresse: r.Adresse, attente: r.Attente}
}

// Connecter joint le serveur. Elle rend une erreur s'il n'y est pas, ou s'il montre un certificat qui ne convient pas.
func (c *CapteurTCP) Connecter(ctx context.Context) error {
	return c.connecter(ctx, new(net.Dialer).DialContext)
}

func (c *CapteurTCP) connecter(ctx context.Context, dial reseau.Dial) error {
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
	return c.envoyer(ctx, c, mesures...)
}

// envoyer reçoit son connecteur, car une méthode promue ne connaît que la base : c.Connecter serait ici toujours celle de
// CapteurTCP.
func (c *CapteurTCP) envoyer(ctx context.Context, connecteur connecteur, mesures ...mesure.Mesure) (int, error) {
	octets, err := mesure.Encoder(nil, mesures...)
	if err != nil {
		return 0, err
	}
	if c.conn == nil {
		if err := connecteur.Connecter(ctx); err != nil {
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

// CapteurTLS hérite de CapteurTCP : les mêmes mesures, sur une connexion chiffrée.
type CapteurTLS struct {
	*CapteurTCP
	config *tls.Config
}

// NouveauCapteurTLS rend un capteur, pas encore connecté.
func NouveauCapteurTLS(r etape.ReglagesCapteur) *CapteurTLS {
	return &CapteurTLS{CapteurTCP: NouveauCapteurTCP(r), config: r.TLS}
}

// Connecter masque celle de CapteurTCP.
func (c *CapteurTLS) Connecter(ctx context.Context) error {
	return c.connecter(ctx, (&tls.Dialer{Config: c.config}).DialContext)
}

// Envoyer doit masquer celle de CapteurTCP, mot pour mot : la promue se connecterait en clair.
func (c *CapteurTLS) Envoyer(ctx context.Context, mesures ...mesure.Mesure) (int, error) {
	return c.envoyer(ctx, c, mesures...)
}
