package sauvegarde

import (
	"context"
	"runtime"
	"runtime/debug"
	"sync"
	"testing"
)

// Un serveur a dix mille connexions, et une pile qui a grandi ne rétrécit qu'au passage du ramasse-miettes, par moitiés : la
// profondeur que demande le moteur ne doit rien coûter à ceux qui ont fait écrire, même l'un après l'autre et sous un seul nom.
func TestLaPileDuMoteurNEstPasCelleDesAppelants(t *testing.T) {
	const appelants, bornePile = 2000, 10 << 10
	g := nouveauGroupe(moteurQui(func(context.Context, []*tranche) error {
		creuser(64)
		return nil
	}))
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // il rétrécirait les piles
	avant := piles()
	var fini sync.WaitGroup
	connexions, fermer := context.WithCancel(t.Context())
	for range appelants {
		ecrit := make(chan error)
		fini.Go(func() {
			ecrit <- g.Sauvegarder(context.Background(), desMesures("a", 1))
			<-connexions.Done() // une connexion inactive
		})
		if err := <-ecrit; err != nil {
			t.Error(err)
		}
	}
	if pile := (piles() - avant) / appelants; pile >= bornePile {
		t.Errorf("%d octets de pile par appelant, attendu moins de %d", pile, bornePile)
	}
	fermer()
	fini.Wait()
	if err := g.Close(); err != nil {
		t.Error(err)
	}
}

// piles rend ce qu'occupent les piles de toutes les goroutines, en octets.
func piles() int64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.StackInuse)
}

// creuser occupe au moins n × 256 octets de pile.
//
//go:noinline
func creuser(n int) byte {
	var etage [256]byte
	if n > 0 {
		etage[n] = creuser(n - 1)
	}
	return etage[n]
}
