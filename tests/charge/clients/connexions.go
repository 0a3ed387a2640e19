package clients

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	"capteurs/shared/reseau"
)

const nbOuvreurs = 16 // goroutines qui ouvrent les connexions

// joindre ouvre n connexions, qui n'attendront rien plus longtemps que duree et un délai de réponse. La fonction rendue
// les ferme ; elle sert même en cas d'erreur.
func joindre(ctx context.Context, adresse string, n int, duree time.Duration) (conns []net.Conn, fermer func(), err error) {
	conns = make([]net.Conn, n)
	liberations := make([]func(), n)
	fermer = func() {
		for i, conn := range conns {
			if conn != nil {
				liberations[i]()
				_ = conn.Close() // tout ce qu'on attendait est arrivé
			}
		}
	}
	err = enParallele(ctx, n, func(ctx context.Context, i int) error {
		conn, err := reseau.Appel{Attente: delaiReponse}.Joindre(ctx, adresse)
		if err != nil {
			return err
		}
		conns[i], liberations[i] = conn, reseau.Borner(ctx, conn, duree+delaiReponse)
		return nil
	})
	return conns, fermer, err
}

// enParallele appelle faire pour chaque rang de 0 à n-1, à plusieurs goroutines, et rend la première erreur, qui arrête les
// autres.
func enParallele(parent context.Context, n int, faire func(ctx context.Context, rang int) error) error {
	ctx, annuler := context.WithCancelCause(parent)
	defer annuler(nil)
	var enCours sync.WaitGroup
	for depart := range min(n, nbOuvreurs) {
		enCours.Go(func() {
			for i := depart; i < n && ctx.Err() == nil; i += nbOuvreurs {
				if err := faire(parent, i); err != nil {
					annuler(err)
				}
			}
		})
	}
	enCours.Wait()
	return context.Cause(ctx)
}

// OuvrirMuettes ouvre n connexions ; chacune envoie une mesure, attend son accusé, et se tait. La fonction rendue les ferme ;
// elle sert même en cas d'erreur.
func OuvrirMuettes(ctx context.Context, adresse string, n int) (fermer func(), err error) {
	conns, fermer, err := joindre(ctx, adresse, n, 0)
	if err != nil {
		return fermer, err
	}
	err = enParallele(ctx, n, func(_ context.Context, i int) error {
		c, err := nouveauCapteur(conns[i], Charge{}, i)
		if err != nil {
			return err
		}
		return c.envoyer()
	})
	if err != nil {
		err = fmt.Errorf("%d connexions muettes : %w", n, err)
	}
	return fermer, err
}
