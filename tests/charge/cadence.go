package main

import (
	"context"
	"slices"
	"sync"
	"time"
)

// resultat est ce qu'on mesure d'un scénario ou d'un plafond.
type resultat struct {
	ParSeconde float64 `json:"mesures_par_seconde"`
	P50        float64 `json:"p50_us,omitzero"` // attente médiane d'une opération, en µs
	P99        float64 `json:"p99_us,omitzero"`
}

// operation enregistre des mesures et attend qu'elles soient durables.
type operation func() error

// fenetre est le temps pendant lequel une charge est mesurée. Ce qui précède met en train : mémoire, instructions
// préparées, journal SQLite.
type fenetre struct{ debut, fin time.Time }

func ouvrirFenetre(duree time.Duration) fenetre {
	debut := time.Now().Add(duree / 5)
	return fenetre{debut, debut.Add(duree)}
}

// cadencer répète chaque opération, toutes ensemble, chacune dans sa goroutine, pendant duree. Une opération enregistre
// poids mesures.
func cadencer(ctx context.Context, duree time.Duration, poids int, operations []operation) (resultat, error) {
	ctx, annuler := context.WithCancelCause(ctx)
	defer annuler(nil)
	f := ouvrirFenetre(duree)
	releves := make([]releve, len(operations))
	var enCours sync.WaitGroup
	for i, op := range operations {
		enCours.Go(func() {
			var err error
			if releves[i], err = repeter(ctx, f, op); err != nil {
				annuler(err)
			}
		})
	}
	enCours.Wait()
	if err := context.Cause(ctx); err != nil {
		return resultat{}, err
	}
	return resumer(releves, poids), nil
}

// releve est ce qu'une goroutine a mesuré : les attentes de ses opérations, et le temps qu'elles ont pris en tout.
type releve struct {
	attentes []time.Duration
	temps    time.Duration
}

// repeter mesure au moins une opération, même si elle dure plus que la fenêtre.
func repeter(ctx context.Context, f fenetre, op operation) (releve, error) {
	r := releve{attentes: make([]time.Duration, 0, 1<<12)}
	for avant := time.Now(); len(r.attentes) == 0 || avant.Before(f.fin); {
		if ctx.Err() != nil {
			return r, context.Cause(ctx)
		}
		if err := op(); err != nil {
			return r, err
		}
		apres := time.Now()
		if !avant.Before(f.debut) {
			r.attentes = append(r.attentes, apres.Sub(avant))
			r.temps += apres.Sub(avant)
		}
		avant = apres
	}
	return r, nil
}

// resumer additionne les débits, chacun sur son propre temps : une opération commencée dans la fenêtre compte en entier.
func resumer(releves []releve, poids int) resultat {
	var r resultat
	var attentes []time.Duration
	for _, releve := range releves {
		r.ParSeconde += float64(poids*len(releve.attentes)) / releve.temps.Seconds()
		attentes = append(attentes, releve.attentes...)
	}
	slices.Sort(attentes)
	r.P50, r.P99 = microsecondes(centile(attentes, 50)), microsecondes(centile(attentes, 99))
	return r
}

// centile rend la plus petite valeur qu'au moins p % des valeurs triées ne dépassent pas.
func centile(triees []time.Duration, p int) time.Duration {
	if len(triees) == 0 {
		return 0
	}
	rang := (len(triees)*p + 99) / 100
	return triees[max(rang, 1)-1]
}

func microsecondes(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

// mediane rend la valeur du milieu, ou la moyenne des deux du milieu ; 0 s'il n'y en a pas.
func mediane(valeurs []float64) float64 {
	n := len(valeurs)
	if n == 0 {
		return 0
	}
	v := slices.Sorted(slices.Values(valeurs))
	return (v[(n-1)/2] + v[n/2]) / 2
}

// medianeDesTours rend la médiane de chaque chiffre, pris à part.
func medianeDesTours(tours []resultat) resultat {
	chiffre := func(de func(resultat) float64) float64 {
		valeurs := make([]float64, len(tours))
		for i, t := range tours {
			valeurs[i] = de(t)
		}
		return mediane(valeurs)
	}
	return resultat{
		ParSeconde: chiffre(func(r resultat) float64 { return r.ParSeconde }),
		P50:        chiffre(func(r resultat) float64 { return r.P50 }),
		P99:        chiffre(func(r resultat) float64 { return r.P99 }),
	}
}
