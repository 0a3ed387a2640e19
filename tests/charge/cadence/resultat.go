package cadence

import "slices"

// Resultat est ce qu'on mesure d'une charge, en une fois.
type Resultat struct {
	ParSeconde float64 `json:"par_seconde"`     // mesures, sauf pour un plafond qui compte autre chose
	P50        float64 `json:"p50_us,omitzero"` // attente médiane d'une opération, en µs
	P99        float64 `json:"p99_us,omitzero"`
	Max        float64 `json:"max_us,omitzero"`

	Processeur float64 `json:"processeur_us_par_mesure,omitzero"` // temps de processeur du programme mesuré
	Memoire    float64 `json:"memoire_max_mio,omitzero"`          // la plus grande mémoire résidente qu'il a eue
	Demarrage  float64 `json:"demarrage_ms,omitzero"`             // du lancement à l'écoute

	Faites   int          `json:"-"` // mesures enregistrées en tout, mise en train comprise
	Attentes *Histogramme `json:"-"` // nil s'il n'y en a pas
}

// AvecAttentes rend le résultat, complété de ce qu'un histogramme dit des attentes.
func (r Resultat) AvecAttentes(h *Histogramme) Resultat {
	r.Attentes = h
	r.P50, r.P99, r.Max = Microsecondes(h.Centile(50)), Microsecondes(h.Centile(99)), Microsecondes(h.Max())
	return r
}

// MedianeDesTours rend la médiane de chaque chiffre, pris à part, la plus longue de toutes les attentes, et leur histogramme
// à toutes.
func MedianeDesTours(tours []Resultat) Resultat {
	chiffre := func(de func(Resultat) float64) float64 {
		valeurs := make([]float64, len(tours))
		for i, t := range tours {
			valeurs[i] = de(t)
		}
		return Mediane(valeurs)
	}
	r := Resultat{
		ParSeconde: chiffre(func(r Resultat) float64 { return r.ParSeconde }),
		P50:        chiffre(func(r Resultat) float64 { return r.P50 }),
		P99:        chiffre(func(r Resultat) float64 { return r.P99 }),
		Processeur: chiffre(func(r Resultat) float64 { return r.Processeur }),
		Memoire:    chiffre(func(r Resultat) float64 { return r.Memoire }),
		Demarrage:  chiffre(func(r Resultat) float64 { return r.Demarrage }),
	}
	for _, t := range tours {
		r.Max = max(r.Max, t.Max)
		r.Faites += t.Faites
		if t.Attentes != nil {
			if r.Attentes == nil {
				r.Attentes = new(Histogramme)
			}
			r.Attentes.Ajouter(t.Attentes)
		}
	}
	return r
}

// Mediane rend la valeur du milieu, ou la moyenne des deux du milieu ; 0 s'il n'y en a pas.
func Mediane(valeurs []float64) float64 {
	n := len(valeurs)
	if n == 0 {
		return 0
	}
	v := slices.Sorted(slices.Values(valeurs))
	return (v[(n-1)/2] + v[n/2]) / 2
}
