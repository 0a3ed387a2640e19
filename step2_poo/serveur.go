package capteurs

import (
	"context"
	"fmt"
	"net"
	"sync"

	"capteurs/shared/etape"
	"capteurs/shared/liaison"
	"capteurs/shared/mesure"
	"capteurs/shared/reseau"
	"capteurs/shared/sauvegarde"
)

// ServeurTCP écoute un port, reçoit des mesures et les enregistre. Seules ses méthodes, ci-dessous, touchent à ses attributs.
type ServeurTCP struct {
	adresse string
	ecoute  reseau.Ecoute
	enCours sync.WaitGroup // les connexions ouvertes

	reception  liaison.Reception
	sauvegarde sauvegarde.Sauvegarde
}

// NouveauServeurTCP rend un serveur, qui n'écoute pas encore.
func NouveauServeurTCP(r etape.ReglagesServeur) *ServeurTCP {
	return &ServeurTCP{adresse: r.Adresse, ecoute: r.Ecoute, reception: r.Reception, sauvegarde: r.Sauvegarde}
}

// Ecouter ouvre le port. Elle rend une erreur s'il est pris, ou si l'adresse n'est pas celle de cette machine.
func (s *ServeurTCP) Ecouter(ctx context.Context) (net.Listener, error) {
	return s.ecoute.Ouvrir(ctx, s.adresse)
}

// Servir est la méthode principale : elle accepte les connexions et traite chacune dans sa goroutine, jusqu'à la fin de
// ctx. Elle rend alors nil, une fois toutes les connexions fermées. Si l ne peut plus accepter, elle rend l'erreur.
func (s *ServeurTCP) Servir(ctx context.Context, l net.Listener) error {
	ctx, arreter := context.WithCancel(ctx)
	defer s.enCours.Wait()
	defer arreter()
	context.AfterFunc(ctx, func() { l.Close() })
	for {
		conn, err := l.Accept()
		switch {
		case err == nil:
			s.enCours.Go(func() { s.TraiterConnexion(ctx, conn) })
		case ctx.Err() != nil:
			return nil
		default:
			return err
		}
	}
}

// TraiterConnexion lit les mesures d'un client par lots, enregistre chaque lot, puis le confirme. Elle s'arrête quand il n'y
// a plus rien à lire, ou quand une sauvegarde échoue : le client l'apprend, car ce qui n'est pas confirmé n'est pas promis.
func (s *ServeurTCP) TraiterConnexion(ctx context.Context, conn net.Conn) {
	client := liaison.NouveauRecepteur(ctx, conn, s.reception)
	defer client.Close()
	for {
		lot, err := client.Lire()
		if err != nil {
			return
		}
		if err := s.Sauvegarder(ctx, lot.Mesures); err != nil {
			client.Renoncer(err)
			return
		}
		client.Confirmer(lot)
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
