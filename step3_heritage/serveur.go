package capteurs

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"capteurs/shared/etape"
	"capteurs/shared/mesure"
	"capteurs/shared/reseau"
	"capteurs/shared/sauvegarde"
)

// Serveur est la classe de base : ce que tout serveur TCP sait faire, écouter un port et gérer des connexions, sans
// savoir ce qu'on s'y dit.
type Serveur struct {
	adresse string
	places  chan struct{}  // un jeton par connexion ouverte
	enCours sync.WaitGroup // les connexions ouvertes
	journal *slog.Logger
}

// traitant est l'étape qui varie : ce qu'un serveur fait d'une connexion.
type traitant interface {
	TraiterConnexion(ctx context.Context, conn net.Conn)
}

// Ecouter ouvre le port. Elle rend une erreur s'il est pris, ou si l'adresse n'est pas celle de cette machine.
func (s *Serveur) Ecouter(ctx context.Context) (net.Listener, error) {
	return reseau.Ecouter(ctx, s.adresse)
}

// servir accepte les connexions et les confie à t, chacune dans sa goroutine, jusqu'à la fin de ctx. Elle reçoit t, car
// une méthode promue ne connaît que la base : s.TraiterConnexion n'existe pas ici, et ne pourrait pas être « redéfinie ».
func (s *Serveur) servir(ctx context.Context, l net.Listener, t traitant) error {
	ctx, arreter := context.WithCancel(ctx)
	defer s.enCours.Wait()
	defer arreter()
	context.AfterFunc(ctx, func() { l.Close() })
	for {
		conn, err := reseau.Accepter(ctx, l)
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		select {
		case s.places <- struct{}{}:
			s.enCours.Go(func() {
				t.TraiterConnexion(ctx, conn)
				<-s.places
			})
		default:
			s.enCours.Go(func() { reseau.Refuser(conn, reseau.ErrComplet) })
		}
	}
}

// ServeurTCP hérite de Serveur, et y ajoute les messages JSON et leur sauvegarde.
type ServeurTCP struct {
	Serveur
	sauvegarde sauvegarde.Sauvegarde
	inactivite time.Duration // une connexion muette plus longtemps est fermée
}

// NouveauServeurTCP rend un serveur, qui n'écoute pas encore.
func NouveauServeurTCP(r etape.ReglagesServeur) *ServeurTCP {
	return &ServeurTCP{
		Serveur: Serveur{
			adresse: r.Adresse,
			places:  make(chan struct{}, r.Connexions),
			journal: r.Journal,
		},
		sauvegarde: r.Sauvegarde,
		inactivite: r.Inactivite,
	}
}

// Servir est la méthode principale : elle accepte les connexions et traite chacune dans sa goroutine, jusqu'à la fin de
// ctx. Elle rend alors nil, une fois toutes les connexions fermées. Si l ne peut plus accepter, elle rend l'erreur.
func (s *ServeurTCP) Servir(ctx context.Context, l net.Listener) error {
	return s.servir(ctx, l, s)
}

// TraiterConnexion lit les mesures d'un client par lots, enregistre chaque lot, puis le confirme. Elle s'arrête quand le
// client ferme, se tait trop longtemps ou envoie un message démesuré, quand une sauvegarde échoue, ou à la fin de ctx.
func (s *ServeurTCP) TraiterConnexion(ctx context.Context, conn net.Conn) {
	client := reseau.Garder(ctx, conn, s.inactivite)
	defer client.Close()
	journal := s.journal.With("client", conn.RemoteAddr().String())
	lecteur := mesure.NouveauLecteur(client)
	enregistrees := 0
	for {
		lot, err := lecteur.Lire()
		if err != nil {
			journal.Info("connexion fermée", "enregistrées", enregistrees, "raison", reseau.Raison(ctx, err))
			return
		}
		if len(lot.Refus) > 0 {
			journal.Warn("messages refusés", "nombre", len(lot.Refus), "premier", lot.Refus[0])
		}
		if err := s.Sauvegarder(ctx, lot.Mesures); err != nil {
			journal.Error("connexion fermée", "enregistrées", enregistrees, "raison", err)
			client.Repondre(mesure.Echouer(nil, err))
			return
		}
		enregistrees += len(lot.Mesures)
		client.Repondre(mesure.Accuser(nil, lot, enregistrees))
	}
}

// Sauvegarder enregistre durablement des mesures, toutes ou aucune. La fin de ctx ne l'interrompt pas : ce qui est reçu
// est enregistré même pendant que le serveur s'arrête.
func (s *ServeurTCP) Sauvegarder(ctx context.Context, mesures []mesure.Mesure) error {
	if err := s.sauvegarde.Sauvegarder(context.WithoutCancel(ctx), mesures); err != nil {
		return fmt.Errorf("sauvegarde impossible : %w", err)
	}
	return nil
}

// ServeurTLS hérite de ServeurTCP : les mêmes mesures, sur des connexions chiffrées.
type ServeurTLS struct {
	*ServeurTCP
	config *tls.Config
}

// NouveauServeurTLS rend un serveur, qui n'écoute pas encore.
func NouveauServeurTLS(r etape.ReglagesServeur) *ServeurTLS {
	return &ServeurTLS{ServeurTCP: NouveauServeurTCP(r), config: r.TLS}
}

// Ecouter masque celle de Serveur, et l'appelle.
func (s *ServeurTLS) Ecouter(ctx context.Context) (net.Listener, error) {
	l, err := s.ServeurTCP.Ecouter(ctx)
	if err != nil {
		return nil, err
	}
	return tls.NewListener(l, s.config), nil
}

// Servir doit masquer celle de ServeurTCP, mot pour mot : la promue confierait les connexions à un ServeurTCP.
func (s *ServeurTLS) Servir(ctx context.Context, l net.Listener) error {
	return s.servir(ctx, l, s)
}

// TraiterConnexion masque celle de ServeurTCP, et l'appelle une fois la connexion chiffrée.
func (s *ServeurTLS) TraiterConnexion(ctx context.Context, conn net.Conn) {
	if err := reseau.Securiser(ctx, conn); err != nil {
		s.journal.Warn("connexion refusée", "client", conn.RemoteAddr(), "raison", err)
		conn.Close()
		return
	}
	s.ServeurTCP.TraiterConnexion(ctx, conn)
}
