package contrat

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"

	"capteurs/shared/etape"
	"capteurs/shared/liaison"
	"capteurs/shared/mesure"
	"capteurs/shared/reseau"
)

// TestEtapeDeReference vérifie que la suite accepte une étape juste : sans cela, la voir refuser les étapes cassées ne
// prouverait rien.
func TestEtapeDeReference(t *testing.T) {
	if testing.Short() {
		t.Skip("l'arrêt d'un serveur laisse à ses clients le temps de finir : sans -short")
	}
	Verifier(t, juste().etape())
}

// rouages sont les pièces d'une étape minimale. Celle que rend juste fait tout ce que la suite demande ; chaque défaut
// en remplace une, et rien d'autre.
type rouages struct {
	reglerCapteur func(*etape.ReglagesCapteur)
	generer       func(*capteur) mesure.Mesure
	envoyer       func(*capteur, context.Context, []mesure.Mesure) (int, error)

	reglerServeur func(*etape.ReglagesServeur)
	ecouter       func(s *serveur, ctx context.Context) (net.Listener, error)
	servir        func(*serveur, context.Context, net.Listener) error
	aPart         func(*sync.WaitGroup, func())
	fermer        func(*reseau.Connexion)
	decouper      func(*serveur, context.Context, io.Reader) lire
	accuser       func(b []byte, lot mesure.Lot, enregistrees int) []byte
	repondre      func(client *reseau.Connexion, conn net.Conn, octets []byte)
}

// lire rend le lot suivant d'une connexion, comme mesure.Lecteur.
type lire func() (mesure.Lot, error)

func juste() rouages {
	return rouages{
		reglerCapteur: func(*etape.ReglagesCapteur) {},
		generer:       (*capteur).suivante,
		envoyer:       (*capteur).echanger,
		reglerServeur: func(*etape.ReglagesServeur) {},
		ecouter:       (*serveur).ouvrir,
		servir:        (*serveur).accepter,
		aPart:         (*sync.WaitGroup).Go,
		fermer:        func(client *reseau.Connexion) { client.Close() },
		decouper:      func(_ *serveur, _ context.Context, r io.Reader) lire { return mesure.NouveauLecteur(r).Lire },
		accuser:       mesure.Accuser,
		repondre:      func(client *reseau.Connexion, _ net.Conn, octets []byte) { client.Repondre(octets) },
	}
}

func (r rouages) etape() Etape {
	return Etape{
		NouveauCapteur: func(reglages etape.ReglagesCapteur) etape.Capteur {
			r.reglerCapteur(&reglages)
			return &capteur{ReglagesCapteur: reglages, rouages: r, alea: rand.New(rand.NewPCG(reglages.Graine, 0))}
		},
		NouveauServeur: func(reglages etape.ReglagesServeur) etape.Serveur {
			r.reglerServeur(&reglages)
			return &serveur{ReglagesServeur: reglages, rouages: r}
		},
	}
}

// capteur est le client de l'étape de référence.
type capteur struct {
	etape.ReglagesCapteur
	rouages
	alea         *rand.Rand
	ecart        float64 // d'une marche fausse
	conn         net.Conn
	accuses      *mesure.LecteurAccuses
	enregistrees int  // mesures confirmées sur conn
	confirme     bool // le serveur a déjà accusé réception
}

func (c *capteur) Generer() mesure.Mesure { return c.generer(c) }

func (c *capteur) Envoyer(ctx context.Context, mesures ...mesure.Mesure) (int, error) {
	return c.envoyer(c, ctx, mesures)
}

func (c *capteur) Close() error {
	if c.conn == nil {
		return nil
	}
	conn := c.conn
	c.conn = nil
	return conn.Close()
}

func (c *capteur) suivante() mesure.Mesure { return releve(c.ID, 20+c.alea.Float64()) }

func (c *capteur) connecter(ctx context.Context) error {
	conn, err := c.Appel.Joindre(ctx, c.Adresse)
	if err != nil {
		return err
	}
	c.conn, c.accuses, c.enregistrees = conn, mesure.NouveauLecteurAccuses(conn), 0
	return nil
}

func (c *capteur) echanger(ctx context.Context, mesures []mesure.Mesure) (int, error) {
	if c.conn == nil {
		if err := c.connecter(ctx); err != nil {
			return 0, err
		}
	}
	defer reseau.Borner(ctx, c.conn, c.Emission.Attente)()
	if _, err := io.WriteString(c.conn, message(mesures...)); err != nil {
		c.Close()
		return 0, err
	}
	return c.confirmer(len(mesures))
}

func (c *capteur) confirmer(n int) (connues int, refus error) {
	for connues < n {
		a, err := c.accuses.Lire()
		switch {
		case err != nil:
			c.Close()
			if !c.confirme && (reseau.Silence(err) || errors.Is(err, mesure.ErrPasUnAccuse)) {
				err = liaison.ErrNonConfirmee
			}
			return connues, err
		case a.Statut == mesure.OK:
			connues += a.Enregistrees - c.enregistrees
			c.enregistrees = a.Enregistrees
		case a.Message > 0:
			connues++
			refus = errors.Join(refus, mesure.Refus{Message: a.Message, Cause: errors.New(a.Erreur)})
		default:
			c.Close()
			return connues, errors.New(a.Erreur)
		}
		c.confirme = true
	}
	return connues, refus
}

// serveur est celui de l'étape de référence.
type serveur struct {
	etape.ReglagesServeur
	rouages
	enCours sync.WaitGroup
}

func (s *serveur) Ecouter(ctx context.Context) (net.Listener, error) {
	return s.ecouter(s, ctx)
}

func (s *serveur) ouvrir(ctx context.Context) (net.Listener, error) {
	return s.Ecoute.Ouvrir(ctx, s.Adresse)
}

func (s *serveur) Servir(ctx context.Context, l net.Listener) error { return s.servir(s, ctx, l) }

func (s *serveur) accepter(ctx context.Context, l net.Listener) error {
	ctx, arreter := context.WithCancel(ctx)
	defer s.enCours.Wait()
	defer arreter()
	context.AfterFunc(ctx, func() { l.Close() })
	for {
		conn, err := l.Accept()
		switch {
		case err != nil && ctx.Err() != nil:
			return nil
		case err != nil:
			return err
		}
		s.aPart(&s.enCours, func() { s.traiter(ctx, conn) })
	}
}

func (s *serveur) traiter(ctx context.Context, conn net.Conn) {
	recu := time.Now()
	client := reseau.Garder(ctx, conn, func() time.Time { return recu.Add(s.Reception.Inactivite) })
	defer s.fermer(client)
	lire := s.decouper(s, ctx, lecteurFonction(func(p []byte) (int, error) {
		n, err := client.Read(p)
		recu = time.Now()
		return n, err
	}))
	enregistrees := 0
	for {
		lot, err := lire()
		if err != nil {
			return
		}
		if err := s.Sauvegarde.Sauvegarder(context.WithoutCancel(ctx), lot.Mesures); err != nil {
			client.Repondre(mesure.Echouer(nil, fmt.Errorf("sauvegarde impossible : %w", err)))
			return
		}
		enregistrees += len(lot.Mesures)
		s.repondre(client, conn, s.accuser(nil, lot, enregistrees))
	}
}
