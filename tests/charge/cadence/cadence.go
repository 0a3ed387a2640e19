// Package cadence répète des opérations pendant un temps donné, et résume leurs débits et leurs attentes.
package cadence

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Operation enregistre des mesures et attend qu'elles soient durables.
type Operation func() error

// Fenetre est le temps pendant lequel une charge est mesurée.
type Fenetre struct{ Debut, Fin time.Time }

// La mise en train précède la fenêtre. Elle doit être longue : tant que le journal de SQLite n'a pas atteint sa taille, un
// millier d'écritures, chacune l'allonge et coûte le double ; sans elle, le plus rapide, qui en sort le premier, paraîtrait
// plus rapide encore.
const miseEnTrainMax = 500 * time.Millisecond

// OuvrirFenetre rend une fenêtre de cette durée, après une mise en train.
func OuvrirFenetre(duree time.Duration) Fenetre {
	debut := time.Now().Add(min(duree*3/2, miseEnTrainMax))
	return Fenetre{debut, debut.Add(duree)}
}

// Cadencer fait chaque opération une fois, puis les répète toutes ensemble, chacune dans sa goroutine, pendant duree. Une
// opération enregistre poids mesures.
func Cadencer(ctx context.Context, duree time.Duration, poids int, operations []Operation) (Resultat, error) {
	releves := make([]releve, len(operations))
	uneFois := func(_ context.Context, i int) error {
		releves[i].faites++
		return operations[i]()
	}
	if err := ensemble(ctx, len(operations), uneFois); err != nil {
		return Resultat{}, err
	}
	f := OuvrirFenetre(duree)
	err := ensemble(ctx, len(operations), func(ctx context.Context, i int) error { return releves[i].repeter(ctx, f, operations[i]) })
	if err != nil {
		return Resultat{}, err
	}
	return resumer(releves, poids, duree)
}

// ensemble appelle faire pour chaque rang de 0 à n-1, chacun dans sa goroutine, et rend la première erreur, qui annule le
// contexte des autres.
func ensemble(ctx context.Context, n int, faire func(ctx context.Context, rang int) error) error {
	ctx, annuler := context.WithCancelCause(ctx)
	defer annuler(nil)
	var enCours sync.WaitGroup
	for i := range n {
		enCours.Go(func() {
			if err := faire(ctx, i); err != nil {
				annuler(err)
			}
		})
	}
	enCours.Wait()
	return context.Cause(ctx)
}

// ErrRienDeMesure dit que la fenêtre était trop courte pour cette machine.
var ErrRienDeMesure = errors.New("rien n'a été confirmé dans le temps imparti, allongez -duree")

// releve est ce qu'une goroutine a mesuré.
type releve struct {
	attentes Histogramme
	parts    float64 // opérations faites dans la fenêtre
	faites   int     // toutes, mise en train comprise
}

// repeter mesure toutes les opérations qui ont une part dans la fenêtre, même plus longues qu'elle.
func (r *releve) repeter(ctx context.Context, f Fenetre, op Operation) error {
	for avant := time.Now(); avant.Before(f.Fin); {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := op(); err != nil {
			return err
		}
		apres := time.Now()
		if r.faites++; apres.After(f.Debut) {
			r.attentes.Noter(apres.Sub(avant))
			r.parts += f.part(avant, apres)
		}
		avant = apres
	}
	return nil
}

// part rend la part d'une opération qui est dans la fenêtre. Ainsi le débit n'est faussé ni par les opérations à cheval sur
// un bord, que des clients qui attendent ensemble finissent ensemble, ni par les plus lentes, qui commencent avant la fenêtre
// ou finissent après.
func (f Fenetre) part(avant, apres time.Time) float64 {
	duree := apres.Sub(avant)
	if duree <= 0 {
		return 1
	}
	if avant.Before(f.Debut) {
		avant = f.Debut
	}
	if apres.After(f.Fin) {
		apres = f.Fin
	}
	return float64(apres.Sub(avant)) / float64(duree)
}

// resumer additionne ce que toutes les goroutines ont fait dans une fenêtre de cette durée.
func resumer(releves []releve, poids int, duree time.Duration) (Resultat, error) {
	var r Resultat
	attentes := new(Histogramme)
	for i := range releves {
		r.ParSeconde += float64(poids) * releves[i].parts / duree.Seconds()
		r.Faites += poids * releves[i].faites
		attentes.Ajouter(&releves[i].attentes)
	}
	if r.ParSeconde == 0 {
		return Resultat{}, ErrRienDeMesure
	}
	return r.AvecAttentes(attentes), nil
}
