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

// EtatServeur est ce que les fonctions du serveur se passent. Rien ne dit lesquelles y touchent : il faut toutes les lire.
type EtatServeur struct {
	adresse string
	ecoute  reseau.Ecoute
	enCours sync.WaitGroup // les connexions ouvertes

	reception  liaison.Reception
	sauvegarde sauvegarde.Sauvegarde
}

// NouvelEtatServeur rend un serveur, qui n'écoute pas encore.
func NouvelEtatServeur(r etape.ReglagesServeur) *EtatServeur {
	return &EtatServeur{adresse: r.Adresse, ecoute: r.Ecoute, reception: r.Reception, sauvegarde: r.Sauvegarde}
}

// Ecouter ouvre le port. Elle rend une erreur s'il est pris, ou si l'adresse n'est pas celle de cette machine.
func Ecouter(s *EtatServeur, ctx context.Context) (net.Listener, error) {
	return s.ecoute.Ouvrir(ctx, s.adresse)
}

// Servir est la fonction principale : elle accepte les connexions et traite chacune dans sa goroutine, jusqu'à la fin de
// ctx. Elle rend alors nil, une fois toutes les connexions fermées. Si l ne peut plus accepter, elle rend l'erreur.
func Servir(s *EtatServeur, ctx context.Context, l net.Listener) error {
	ctx, arreter := context.WithCancel(ctx)
	defer s.enCours.Wait()
	defer arreter()
	context.AfterFunc(ctx, func() { l.Close() })
	for {
		conn, err := l.Accept()
		switch {
		case err == nil:
			s.enCours.Go(func() { TraiterConnexion(s, ctx, conn) })
		case ctx.Err() != nil:
			return nil
		default:
			return err
		}
	}
}

// TraiterConnexion lit les mesures d'un client par lots, enregistre chaque lot, puis le confirme. Elle s'arrête quand il n'y
// a plus rien à lire, ou quand une sauvegarde échoue : le client l'apprend, car ce qui n'est pas confirmé n'est pas promis.
func TraiterConnexion(s *EtatServeur, ctx context.Context, conn net.Conn) {
	client := liaison.NouveauRecepteur(ctx, conn, s.reception)
	defer client.Close()
	for {
		lot, err := client.Lire()
		if err != nil {
			return
		}
		if err := Sauvegarder(s, ctx, lot.Mesures); err != nil {
			client.Renoncer(err)
			return
		}
		client.Confirmer(lot)
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
