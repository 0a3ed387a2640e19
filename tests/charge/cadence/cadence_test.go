package cadence

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// attentes tire des durées de toutes les grandeurs, des ns à la minute.
func attentes() *rapid.Generator[[]time.Duration] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) time.Duration {
		grandeur := rapid.IntRange(0, bitsMax).Draw(t, "grandeur")
		return time.Duration(rapid.Int64Range(0, 1<<grandeur-1).Draw(t, "durée"))
	}), 1, 300)
}

func noter(attentes []time.Duration) *Histogramme {
	h := new(Histogramme)
	for _, d := range attentes {
		h.Noter(d)
	}
	return h
}

// exact rend le centile de valeurs triées, sans histogramme.
func exact(triees []time.Duration, p int) time.Duration {
	return triees[max((len(triees)*p+99)/100, 1)-1]
}

func TestCentileABorneDErreur(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		valeurs := attentes().Draw(t, "attentes")
		p := rapid.IntRange(0, 100).Draw(t, "p")
		h := noter(valeurs)
		slices.Sort(valeurs)
		lu, voulu := h.Centile(p), exact(valeurs, p)
		if ecart := math.Abs(float64(lu - voulu)); ecart > ErreurRelative*float64(voulu)+0.5 {
			t.Fatalf("centile %d : %d ns au lieu de %d, %.2f %% d'écart", p, lu, voulu, 100*ecart/float64(voulu))
		}
		if h.Total() != len(valeurs) || h.Max() != valeurs[len(valeurs)-1] {
			t.Fatalf("%d attentes, la plus longue de %v ; %d et %v notées", h.Total(), h.Max(), len(valeurs), valeurs[len(valeurs)-1])
		}
	})
}

func TestAjouterEstNoterTout(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := attentes().Draw(t, "a"), attentes().Draw(t, "b")
		somme := noter(a)
		somme.Ajouter(noter(b))
		if *somme != *noter(slices.Concat(a, b)) {
			t.Fatal("deux histogrammes ajoutés diffèrent de celui de toutes les attentes")
		}
	})
}

func TestLesPaliersSeSuivent(t *testing.T) {
	fin := time.Duration(0)
	for i := range nbPaliers {
		debut, suivant := bornes(i)
		if debut != fin || palier(debut) != i || palier(suivant-1) != i {
			t.Fatalf("palier %d : de %d à %d, le précédent finit à %d ; palier(%d) = %d", i, debut, suivant, fin, debut, palier(debut))
		}
		fin = suivant
	}
	if fin != attenteMax+1 {
		t.Errorf("les paliers finissent à %d, %d attendu", fin, attenteMax+1)
	}
	h := noter([]time.Duration{-1, time.Hour})
	if h.Total() != 2 || h.Max() != time.Hour {
		t.Errorf("une durée négative et une heure : %d notées, max %v", h.Total(), h.Max())
	}
}

func TestRepartition(t *testing.T) {
	if points := new(Histogramme).Repartition(); points != nil {
		t.Errorf("répartition d'un histogramme vide : %v", points)
	}
	rapid.Check(t, func(t *rapid.T) {
		valeurs := attentes().Draw(t, "attentes")
		points := noter(valeurs).Repartition()
		for i := 1; i < len(points); i++ {
			if points[i].Micros < points[i-1].Micros || points[i].Part <= points[i-1].Part {
				t.Fatalf("une part cumulée ne peut que croître : %v", points)
			}
		}
		if dernier := points[len(points)-1]; dernier.Part != 1 || dernier.Micros != Microsecondes(slices.Max(valeurs)) {
			t.Fatalf("dernier point %v ; toutes les attentes, jusqu'à %v, attendues", dernier, slices.Max(valeurs))
		}
	})
}

func TestMediane(t *testing.T) {
	for _, cas := range []struct {
		valeurs []float64
		voulue  float64
	}{
		{nil, 0},
		{[]float64{7}, 7},
		{[]float64{9, 1, 5}, 5},
		{[]float64{4, 1, 3, 2}, 2.5},
	} {
		avant := slices.Clone(cas.valeurs)
		if m := Mediane(cas.valeurs); m != cas.voulue {
			t.Errorf("Mediane(%v) = %v, %v attendue", cas.valeurs, m, cas.voulue)
		}
		if !slices.Equal(avant, cas.valeurs) {
			t.Errorf("Mediane a changé l'ordre de %v en %v", avant, cas.valeurs)
		}
	}
}

func TestResumer(t *testing.T) {
	us := time.Microsecond
	r, err := resumer([]releve{
		{attentes: *noter([]time.Duration{1 * us, 1 * us}), parts: 1.5, faites: 3},
		{attentes: *noter([]time.Duration{4 * us}), parts: 0.25, faites: 1},
	}, 10, time.Millisecond)
	if err != nil || r.ParSeconde != 17_500 || r.Faites != 40 || r.Max != 4 {
		t.Errorf("resumer = %+v, %v", r, err)
	}
	if math.Abs(r.P50-1) > ErreurRelative || math.Abs(r.P99-4) > 4*ErreurRelative {
		t.Errorf("p50 %v, p99 %v ; 1 et 4 µs attendues", r.P50, r.P99)
	}
	if _, err := resumer(make([]releve, 3), 1, time.Second); !errors.Is(err, ErrRienDeMesure) {
		t.Errorf("%v ; ErrRienDeMesure attendue quand rien n'a été fait", err)
	}
}

func TestPart(t *testing.T) {
	debut := time.Now()
	f := Fenetre{debut, debut.Add(100)}
	for _, cas := range []struct {
		avant, apres time.Duration
		voulue       float64
	}{
		{0, 100, 1},
		{20, 30, 1},
		{-50, 50, 0.5},
		{50, 150, 0.5},
		{-100, 300, 0.25}, // plus longue que la fenêtre
		{10, 10, 1},       // l'horloge n'a pas bougé
	} {
		if part := f.part(debut.Add(cas.avant), debut.Add(cas.apres)); part != cas.voulue {
			t.Errorf("de %d à %d : %v, %v attendue", cas.avant, cas.apres, part, cas.voulue)
		}
	}
}

// Quelles que soient les attentes, des clients qui se suivent sans trou remplissent la fenêtre : leurs parts, pondérées par
// ce que durent les opérations, font sa durée.
func TestLesPartsFontLaFenetre(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		debut := time.Now()
		f := Fenetre{debut, debut.Add(10_000)}
		ici := debut.Add(-time.Duration(rapid.IntRange(0, 5000).Draw(t, "avance")))
		temps := 0.0
		for ici.Before(f.Fin) {
			duree := time.Duration(rapid.IntRange(1, 20_000).Draw(t, "durée"))
			if apres := ici.Add(duree); apres.After(f.Debut) {
				temps += f.part(ici, apres) * float64(duree)
			}
			ici = ici.Add(duree)
		}
		if math.Abs(temps-10_000) > 0.01 {
			t.Fatalf("%v ns, 10 000 attendues", temps)
		}
	})
}

func TestMedianeDesTours(t *testing.T) {
	r := MedianeDesTours([]Resultat{
		{ParSeconde: 1, P50: 10, Max: 3, Processeur: 5, Attentes: noter([]time.Duration{1})},
		{ParSeconde: 3, P50: 30, Max: 9, Processeur: 1, Attentes: noter([]time.Duration{2, 3})},
		{ParSeconde: 2, P50: 20, Max: 6, Processeur: 3},
	})
	if r.ParSeconde != 2 || r.P50 != 20 || r.Max != 9 || r.Processeur != 3 || r.Attentes.Total() != 3 {
		t.Errorf("médiane des tours : %+v", r)
	}
}

func TestCadencerRendLaPremiereErreur(t *testing.T) {
	panne := errors.New("panne")
	sansFin := func() error { return nil }
	_, err := Cadencer(t.Context(), time.Minute, 1, []Operation{sansFin, func() error { return panne }, sansFin})
	if !errors.Is(err, panne) {
		t.Errorf("%v ; la panne d'une opération doit arrêter les autres", err)
	}
	ctx, annuler := context.WithCancelCause(t.Context())
	annuler(panne)
	if _, err := Cadencer(ctx, time.Minute, 1, []Operation{sansFin}); !errors.Is(err, panne) {
		t.Errorf("%v ; la cause du contexte attendue", err)
	}
}

// Une opération plus longue que la fenêtre est mesurée quand même.
func TestCadencerMesureUneOperationPlusLongueQueLaFenetre(t *testing.T) {
	const duree = 5 * time.Millisecond
	faites := 0
	r, err := Cadencer(t.Context(), duree, 5, []Operation{func() error {
		faites++
		time.Sleep(10 * duree)
		return nil
	}})
	if err != nil || faites != 2 || r.ParSeconde <= 0 || r.Attentes.Total() != 1 || r.Faites != 10 || r.Max < Microsecondes(10*duree) {
		t.Errorf("%d opérations, %+v, %v", faites, r, err)
	}
}
