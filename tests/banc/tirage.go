package banc

import (
	"fmt"
	"math/rand/v2"
)

// Valeur est un identifiant et une température.
type Valeur struct {
	ID          string
	Temperature float64
}

func (v Valeur) String() string { return fmt.Sprintf("%q, %v °C", v.ID, v.Temperature) }

// Tirage tire des valeurs rares, les mêmes à chaque exécution de la même vérification.
type Tirage struct{ hasard *rand.Rand }

func nouveauTirage(graine uint64) *Tirage { return &Tirage{rand.New(rand.NewPCG(graine, 0))} }

// Valeur rend une valeur rare, différente à chaque appel : la retrouver quelque part, c'est savoir d'où elle vient.
func (t *Tirage) Valeur() Valeur {
	return Valeur{fmt.Sprintf("sonde-%c%c%03d", 'a'+rune(t.hasard.IntN(26)), 'a'+rune(t.hasard.IntN(26)), 100+t.hasard.IntN(900)), t.temperature()}
}

// Valeurs rend n valeurs rares, toutes différentes.
func (t *Tirage) Valeurs(n int) []Valeur {
	vues, valeurs := map[string]bool{}, make([]Valeur, 0, n)
	for len(valeurs) < n {
		if v := t.Valeur(); !vues[v.ID] {
			vues[v.ID] = true
			valeurs = append(valeurs, v)
		}
	}
	return valeurs
}

// Graine rend une graine pour un autre générateur.
func (t *Tirage) Graine() uint64 { return t.hasard.Uint64()>>1 | 1 }

// temperature rend une température qu'on ne rencontre pas par hasard : deux décimales, ni nulle ni entière.
func (t *Tirage) temperature() float64 {
	return float64(1000+t.hasard.IntN(2500)/100*100+11+t.hasard.IntN(88)) / 100
}
