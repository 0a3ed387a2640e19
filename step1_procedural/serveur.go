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

// EtatServeur est ce que les fonctions du serveur se passent de l'une à l'autre. Rien ne dit lesquelles y touchent : il
// faut toutes les lire.
type EtatServeur struct {
	adresse string
	places  chan struct{}  // un jeton par connexion ouverte
	enCours sync.WaitGroup // les connexions ouvertes
	journal *slog.Logger

	sauvegarde sauvegarde.Sauvegarde
	inactivite time.Duration // une connexion muette plus longtemps est fermée

	config *tls.Config // nil : connexions en clair
}

// NouvelEtatServeur rend l'état d'un serveur, qui n'écoute pas encore.
func NouvelEtatServeur(r etape.ReglagesServeur) *EtatServeur {
	return &EtatServeur{
		adresse:    r.Adresse,
		places:     make(chan struct{}, r.Connexions),
		journal:    r.Journal,
		sauvegarde: r.Sauvegarde,
		inactivite: r.Inactivite,
		config:     r.TLS,
	}
}

// Ecouter ouvre le port. Elle rend une erreur s'il est pris, ou si l'adresse n'est pas celle de cette machine.
func Ecouter(s *EtatServeur, ctx context.Context) (net.Listener, error) {
	l, err := reseau.Ecouter(ctx, s.adresse)
	if err != nil {
		return nil, err
	}
	if s.config != nil {
		return tls.NewListener(l, s.config), nil
	}
	return l, nil
}

// Servir est la fonction principale : elle accepte les connexions et traite chacune dans sa goroutine, jusqu'à la fin de
// ctx. Elle rend alors nil, une fois toutes les connexions fermées. Si l ne peut plus accepter, elle rend l'erreur.
func Servir(s *EtatServeur, ctx context.Context, l net.Listener) error {
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
				TraiterConnexion(s, ctx, conn)
				<-s.places
			})
		default:
			s.enCours.Go(func() { reseau.Refuser(conn, reseau.ErrComplet) })
		}
	}
}

// TraiterConnexion lit les mesures d'un client par lots, enregistre chaque lot, puis le confirme. Elle s'arrête quand le
// client ferme, se tait trop longtemps ou envoie un message démesuré, quand une sauvegarde échoue, ou à la fin de ctx.
func TraiterConnexion(s *EtatServeur, ctx context.Context, conn net.Conn) {
	client := reseau.Garder(ctx, conn, s.inactivite)
	defer client.Close()
	journal := s.journal.With("client", conn.RemoteAddr().String())
	if s.config != nil {
		if err := reseau.Securiser(ctx, conn); err != nil {
			journal.Warn("connexion refusée", "raison", err)
			return
		}
	}
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
		if err := Sauvegarder(s, ctx, lot.Mesures); err != nil {
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
func Sauvegarder(s *EtatServeur, ctx context.Context, mesures []mesure.Mesure) error {
	if err := s.sauvegarde.Sauvegarder(context.WithoutCancel(ctx), mesures); err != nil {
		return fmt.Errorf("sauvegarde impossible : %w", err)
	}
	return nil
}
