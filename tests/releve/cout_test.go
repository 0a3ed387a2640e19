package releve

import (
	"fmt"
	"strings"
	"testing"
)

func BenchmarkLireDepots(b *testing.B) {
	mesures := func(n int) (s string) {
		var l strings.Builder
		for i := range n {
			fmt.Fprintf(&l, "2026-11-22 10:23:47;capteur_%d;%d.25\n", i, i)
		}
		return l.String()
	}
	for _, n := range []int{1, 200, 5000} {
		b.Run(fmt.Sprintf("texte de %d lignes", n), func(b *testing.B) {
			d := b.TempDir()
			deposer(b, d+"/donnees.txt", mesures(n))
			for b.Loop() {
				ds, _, _ := LireDepots([]string{d}, Photo{})
				Chercher(ds[0].Enregistrements, "capteur_0", 0.25)
			}
		})
	}
	b.Run("200 mesures parmi 200 lignes", func(b *testing.B) {
		es := lireContenu("f", []byte(mesures(200))).Enregistrements
		for b.Loop() {
			for i := range 200 {
				if _, a, _ := Chercher(es, fmt.Sprintf("capteur_%d", i), float64(i)+0.25); a != Exact {
					b.Fatal(i, a)
				}
			}
		}
	})
	b.Run("sqlite de 200 rangées", func(b *testing.B) {
		d := b.TempDir()
		ouvrirBase(b, d+"/b.db", tableMesures,
			"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<200) INSERT INTO mesures(capteur, temperature) SELECT 'c'||i, i FROM n")
		for b.Loop() {
			LireDepots([]string{d}, Photo{})
		}
	})
}
