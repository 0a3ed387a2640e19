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

// Traitant est ce qui varie d'un serveur à l'autre : ce qu'on fait d'une connexion.
type Traitant interface {
	TraiterConnexion(ctx context.Context, conn net.Conn)
}

// Serveur est la classe de base : ce que tout serveur sait faire, écouter un port et gérer des connexions.
type Serveur struct {
	adresse string
	ecoute  reseau.Ecoute
	enCours sync.WaitGroup // les connexions ouvertes

	traitant Traitant
}

// NouveauServeur rend un serveur, qui n'écoute pas encore et confiera ses connexions à t. Une classe dérivée s'y donne
// elle-même : une méthode de la base ne sait pas qui l'incorpore.
func NouveauServeur(r etape.ReglagesServeur, t Traitant) *Serveur {
	return &Serveur{adresse: r.Adresse, ecoute: r.Ecoute, traitant: t}
}

// Ecouter ouvre le port. Elle rend une erreur s'il est pris, ou si l'adresse n'est pas celle de cette machine.
func (s *Serveur) Ecouter(ctx context.Context) (net.Listener, error) {
	return s.ecoute.Ouvrir(ctx, s.adresse)
}

// Servir est la méthode principale : elle accepte les connexions et traite chacune dans sa goroutine, jusqu'à la fin de
// ctx. Elle rend alors nil, une fois toutes les connexions fermées. Si l ne peut plus accepter, elle rend l'erreur.
func (s *Serveur) Servir(ctx context.Context, l net.Listener) error {
	ctx, arreter := context.WithCancel(ctx)
	defer s.enCours.Wait()
	defer arreter()
	context.AfterFunc(ctx, func() { l.Close() })
	for {
		conn, err := l.Accept()
		switch {
		case err == nil:
			s.enCours.Go(func() { s.traitant.TraiterConnexion(ctx, conn) })
		case ctx.Err() != nil:
			return nil
		default:
			return err
		}
	}
}

// ServeurTCP hérite de Serveur, et y ajoute les messages JSON et leur sauvegarde.
type ServeurTCP struct {
	*Serveur

	reception  liaison.Reception
	sauvegarde sauvegarde.Sauvegarde
}

// NouveauServeurTCP rend un serveur, qui n'écoute pas encore.
func NouveauServeurTCP(r etape.ReglagesServeur) *ServeurTCP {
	s := &ServeurTCP{reception: r.Reception, sauvegarde: r.Sauvegarde}
	s.Serveur = NouveauServeur(r, s)
	return s
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
