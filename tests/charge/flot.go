package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"capteurs/shared/mesure"
)

const (
	mesuresParBloc = 1400 // 64 Kio environ, écrits d'un coup
	blocsEnVol     = 16   // écrits et pas encore confirmés, au plus : sans cela le noyau en garderait des secondes
)

// flot est une connexion qui écrit le même bloc de mesures, encore et encore, pendant qu'elle lit les accusés.
type flot struct {
	conn  net.Conn
	bloc  []byte
	enVol chan struct{} // un jeton par bloc en vol
	ferme chan struct{} // fermé quand le serveur n'enverra plus d'accusé

	envoyees   int       // pour de bon quand l'écriture est finie
	confirmees int       // selon le dernier accusé
	avant      int       // confirmées avant la fenêtre
	dernier    time.Time // arrivée du dernier accusé
}

func nouveauFlot(conn net.Conn, i int) (*flot, error) {
	mesures := make([]mesure.Mesure, mesuresParBloc)
	for j := range mesures {
		mesures[j] = mesure.Mesure{CapteurID: nomDuCapteur(i), Temperature: temperature(j)}
	}
	bloc, err := mesure.Encoder(nil, mesures...)
	return &flot{conn: conn, bloc: bloc, enVol: make(chan struct{}, blocsEnVol), ferme: make(chan struct{})}, err
}

// couler fait écrire et lire tous les flots, jusqu'à ce que tout ce qui a été écrit soit confirmé. La première erreur
// annule le contexte, ce qui interrompt aussi les autres.
func couler(ctx context.Context, annuler context.CancelCauseFunc, flots []*flot, fen fenetre) error {
	var enCours sync.WaitGroup
	for _, f := range flots {
		enCours.Go(func() {
			if err := f.ecrire(ctx, fen.fin); err != nil {
				annuler(err)
			}
		})
		enCours.Go(func() {
			if err := f.lireAccuses(fen.debut); err != nil {
				annuler(err)
			}
		})
	}
	enCours.Wait()
	return context.Cause(ctx)
}

// ecrire écrit jusqu'à fin, puis ferme de son côté : le serveur confirme ce qui reste, et ferme.
func (f *flot) ecrire(ctx context.Context, fin time.Time) error {
	for time.Now().Before(fin) {
		select {
		case f.enVol <- struct{}{}:
		case <-f.ferme:
			return errors.New("le serveur a fermé avant la fin")
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if _, err := f.conn.Write(f.bloc); err != nil {
			return err
		}
		f.envoyees += mesuresParBloc
	}
	return f.conn.(*net.TCPConn).CloseWrite()
}

// lireAccuses lit jusqu'à ce que le serveur ferme.
func (f *flot) lireAccuses(debut time.Time) error {
	defer close(f.ferme)
	accuses := mesure.NouveauLecteurAccuses(f.conn)
	for liberes := 0; ; {
		a, err := accuses.Lire()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case a.Statut != mesure.OK:
			return fmt.Errorf("le serveur a répondu : %s", a.Erreur)
		}
		f.dernier, f.confirmees = time.Now(), a.Enregistrees
		if f.dernier.Before(debut) {
			f.avant = f.confirmees
		}
		for ; liberes < f.confirmees/mesuresParBloc; liberes++ {
			<-f.enVol
		}
	}
}
