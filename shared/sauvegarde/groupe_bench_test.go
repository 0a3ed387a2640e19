package sauvegarde

import (
	"context"
	"os"
	"path/filepath"
	"testing"
)

// Ce que coûte le partage d'une écriture à qui est seul, sur un moteur qui n'écrit rien, puis sur un qui attend le disque.
func BenchmarkAppelSeul(b *testing.B) {
	f, err := os.Create(filepath.Join(b.TempDir(), "f"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	une := make([]byte, 100)
	moteurs := map[string]moteurQui{
		"sans rien écrire": func(context.Context, []*tranche) error { return nil },
		"avec fsync": func(context.Context, []*tranche) error {
			if _, err := f.WriteAt(une, 0); err != nil {
				return err
			}
			return f.Sync()
		},
	}
	mesures := desMesures("a", 1)
	for nom, m := range moteurs {
		b.Run(nom+", moteur seul", func(b *testing.B) {
			lot := []*tranche{{mesures: mesures}}
			for b.Loop() {
				if err := m(b.Context(), lot); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(nom+", en groupe", func(b *testing.B) {
			g := nouveauGroupe(m)
			for b.Loop() {
				if err := g.Sauvegarder(b.Context(), mesures); err != nil {
					b.Fatal(err)
				}
			}
			if err := g.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}
