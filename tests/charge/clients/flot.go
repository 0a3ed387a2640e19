package clients

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"capteurs/shared/mesure"
	"capteurs/tests/charge/cadence"
)

// Ce qu'une connexion en flot écrit d'un coup, et ce qu'elle laisse en route.
const (
	MesuresParBloc = 1400 // 64 Kio environ, pour les identifiants de l'exemple
	BlocsEnVol     = 16   // écrits et pas encore confirmés, au plus : sans cela le noyau en garderait des secondes
)

// couler fait écrire des connexions sans attendre, et compte les mesures confirmées.
func (c Charge) couler(parent context.Context, adresse string, duree time.Duration) (cadence.Resultat, error) {
	ctx, annuler := context.WithCancelCause(parent)
	defer annuler(nil)
	conns, fermer, err := joindre(ctx, adresse, c.Clients, 3*duree)
	defer fermer()
	if err != nil {
		return cadence.Resultat{}, err
	}
	flots := make([]*flot, c.Clients)
	for i, conn := range conns {
		if flots[i], err = nouveauFlot(conn, c.Mesures(i, MesuresParBloc)); err != nil {
			return cadence.Resultat{}, err
		}
	}
	f := cadence.OuvrirFenetre(duree)
	if err := coulerEnsemble(ctx, annuler, flots, f); err != nil {
		return cadence.Resultat{}, err
	}
	return debit(flots, f.Debut)
}

// flot est une connexion qui écrit le même bloc de mesures, encore et encore, pendant qu'elle lit les accusés.
type flot struct {
	conn  net.Conn
	bloc  []byte
	enVol chan time.Time // pour chaque bloc en vol, quand il a été écrit
	ferme chan struct{}  // fermé quand le serveur n'enverra plus d'accusé

	envoyees   int       // pour de bon quand l'écriture est finie
	confirmees int       // selon le dernier accusé
	avant      int       // confirmées avant la fenêtre
	dernier    time.Time // arrivée du dernier accusé
	attentes   cadence.Histogramme
}

func nouveauFlot(conn net.Conn, mesures []mesure.Mesure) (*flot, error) {
	bloc, err := mesure.Encoder(nil, mesures...)
	return &flot{conn: conn, bloc: bloc, enVol: make(chan time.Time, BlocsEnVol), ferme: make(chan struct{})}, err
}

// coulerEnsemble fait écrire et lire tous les flots, jusqu'à ce que tout ce qui a été écrit soit confirmé. La première
// erreur annule le contexte, ce qui interrompt aussi les autres.
func coulerEnsemble(ctx context.Context, annuler context.CancelCauseFunc, flots []*flot, fen cadence.Fenetre) error {
	var enCours sync.WaitGroup
	for _, f := range flots {
		enCours.Go(func() {
			if err := f.ecrire(ctx, fen.Fin); err != nil {
				annuler(err)
			}
		})
		enCours.Go(func() {
			if err := f.lireAccuses(fen.Debut); err != nil {
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
		case f.enVol <- time.Now():
		case <-f.ferme:
			return errors.New("le serveur a fermé avant la fin")
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if _, err := f.conn.Write(f.bloc); err != nil {
			return fmt.Errorf("envoi en flot : %w", err)
		}
		f.envoyees += MesuresParBloc
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
			return fmt.Errorf("attente d'un accusé : %w", err)
		case a.Statut != mesure.OK:
			return fmt.Errorf("le serveur a répondu : %s", a.Erreur)
		}
		f.dernier, f.confirmees = time.Now(), a.Enregistrees
		if f.dernier.Before(debut) {
			f.avant = f.confirmees
		}
		for ; liberes < f.confirmees/MesuresParBloc; liberes++ {
			select {
			case ecrit := <-f.enVol:
				if !f.dernier.Before(debut) {
					f.attentes.Noter(f.dernier.Sub(ecrit))
				}
			default:
				return fmt.Errorf("%d mesures confirmées, plus qu'il n'en a été envoyé", f.confirmees)
			}
		}
	}
}

// debit rapporte les mesures confirmées depuis le début de la fenêtre au temps qu'a pris la confirmation de la dernière.
// Ses attentes sont celles de blocs entiers.
func debit(flots []*flot, debut time.Time) (cadence.Resultat, error) {
	var r cadence.Resultat
	confirmees := 0
	var fin time.Time
	attentes := new(cadence.Histogramme)
	for _, f := range flots {
		if f.confirmees != f.envoyees {
			return r, fmt.Errorf("%d mesures envoyées, %d confirmées", f.envoyees, f.confirmees)
		}
		confirmees += f.confirmees - f.avant
		r.Faites += f.confirmees
		attentes.Ajouter(&f.attentes)
		if f.dernier.After(fin) {
			fin = f.dernier
		}
	}
	if confirmees == 0 {
		return r, cadence.ErrRienDeMesure
	}
	r.ParSeconde = float64(confirmees) / fin.Sub(debut).Seconds()
	return r.AvecAttentes(attentes), nil
}
