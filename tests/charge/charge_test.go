package main

import (
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

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
		if m := mediane(cas.valeurs); m != cas.voulue {
			t.Errorf("mediane(%v) = %v, %v attendue", cas.valeurs, m, cas.voulue)
		}
		if !slices.Equal(avant, cas.valeurs) {
			t.Errorf("mediane a changé l'ordre de %v en %v", avant, cas.valeurs)
		}
	}
}

func TestCentile(t *testing.T) {
	cent := make([]time.Duration, 100)
	for i := range cent {
		cent[i] = time.Duration(i + 1)
	}
	for _, cas := range []struct {
		triees []time.Duration
		p      int
		voulu  time.Duration
	}{
		{nil, 50, 0},
		{[]time.Duration{3}, 99, 3},
		{cent, 50, 50},
		{cent, 99, 99},
		{cent, 100, 100},
		{cent[:2], 50, 1},
		{cent[:3], 99, 3},
	} {
		if c := centile(cas.triees, cas.p); c != cas.voulu {
			t.Errorf("centile(%d valeurs, %d) = %d, %d attendu", len(cas.triees), cas.p, c, cas.voulu)
		}
	}
}

func TestResumer(t *testing.T) {
	ms := time.Millisecond
	r := resumer([]releve{
		{attentes: []time.Duration{1 * ms, 1 * ms}, temps: 2 * ms}, // 1000 opérations par seconde
		{attentes: []time.Duration{4 * ms}, temps: 4 * ms},         // 250
	}, 10)
	if voulu := (resultat{ParSeconde: 12_500, P50: 1000, P99: 4000}); r != voulu {
		t.Errorf("resumer = %+v, %+v attendu", r, voulu)
	}
}

// Une machine deux fois plus lente à un tour qu'à l'autre ne change rien aux rapports.
func TestRapporter(t *testing.T) {
	tours := []resultat{{ParSeconde: 48}, {ParSeconde: 160}, {ParSeconde: 64}, {ParSeconde: 192}}
	if d, voulue := rapporter(tours, []float64{64, 128, 64, 128}), (dispersion{1.125, 0.875, 1.375}); d != voulue {
		t.Errorf("rapporter = %v, %v attendue", d, voulue)
	}
	seul := []resultat{{ParSeconde: 3}}
	if d, voulue := rapporter(seul, []float64{2}), (dispersion{1.5, 1.5, 1.5}); d != voulue {
		t.Errorf("rapporter(un tour) = %v, %v attendue", d, voulue)
	}
}

func TestEcartRelatif(t *testing.T) {
	if e := ecartRelatif([]float64{90, 100, 75}); e != 0.25 {
		t.Errorf("écart = %v, 0,25 attendu", e)
	}
}

func TestLireReglages(t *testing.T) {
	for args, voulue := range map[string]string{
		"-inconnue":        "option inconnue : -inconnue",
		"-tours":           "l'option -tours demande une valeur",
		"-tours deux":      `valeur "deux" incorrecte pour l'option -tours`,
		"-json=peut-être":  `valeur "peut-être" incorrecte pour l'option -json`,
		"-tours 0":         "-tours 0",
		"-duree 3h":        "-duree 3h0m0s",
		"-etapes 1,4":      `-etapes "1,4"`,
		"-etapes 1,1":      `-etapes "1,1"`,
		"-rapide encore":   `argument inattendu : "encore"`,
		"-etapes ,":        `-etapes ","`,
		"-duree milliards": `valeur "milliards" incorrecte pour l'option -duree`,
	} {
		if _, err := lireReglages(strings.Fields(args)); err == nil || !strings.Contains(err.Error(), voulue) {
			t.Errorf("%s : %v ; une erreur avec « %s » attendue", args, err, voulue)
		}
	}
	if _, err := lireReglages([]string{"-h"}); !errors.Is(err, errAide) {
		t.Errorf("-h : %v, errAide attendue", err)
	}
	r, err := lireReglages(strings.Fields("-rapide -tours 2 -etapes 3,1"))
	if err != nil || r.tours != 2 || r.duree != 150*time.Millisecond || !slices.Equal(r.etapes, []int{3, 1}) {
		t.Errorf("-rapide -tours 2 -etapes 3,1 : %+v, %v", r, err)
	}
}

// bilanInvente est un bilan aux chiffres ronds : le plafond vaut 1 000 000, les étapes 500 000, 900 000 et 1 000 000, et
// un tour sur trois est aberrant.
func bilanInvente() bilan {
	tours := func(x float64) []resultat {
		return []resultat{{x, 100, 1000}, {x / 100, 9999, 99_999}, {x, 100, 1000}}
	}
	var releves []releveScenario
	for _, s := range scenarios {
		releves = append(releves, releveScenario{s, tours(1e6), map[int][]resultat{1: tours(5e5), 2: tours(9e5), 3: tours(1e6)}})
	}
	r := reglages{tours: 3, duree: 1500 * time.Millisecond, etapes: []int{1, 2, 3}}
	reseau := [][]resultat{tours(50_000), tours(100_000)}
	return nouveauBilan(r, releves, reseau, memoire{Connexions: 10_000, KioChacune: 12.34})
}

func TestTableau(t *testing.T) {
	texte := tableau(bilanInvente())
	for _, voulu := range []string{
		"Médianes de 3 tours de 1,50 s par mesure",
		"  mesures/s                   1 000 000    500 000    900 000  1 000 000\n",
		"  part du plafond                             0,50       0,90       1,00\n",
		"  étapes entre elles                          0,62       1,12       1,25  50,0 %\n",
		"    la moitié des tours                  0,62–0,62  1,12–1,12  1,25–1,25\n",
		"  attente p50, en µs                100        100        100        100\n",
		"  mesures/s                      50 000    100 000\n",
		"  SQLite, 1 capteur qui attend                  0,50      ≥ 0,70  pas atteint\n",
		"  Texte, 64 capteurs qui attendent            50,0 %    ≤ 10,0 %  pas atteint\n",
		"  10 000 connexions muettes, chacune        12,3 Kio  ≤ 20,0 Kio  atteint\n",
	} {
		if !strings.Contains(texte, voulu) {
			t.Errorf("absent du tableau : %q", voulu)
		}
	}
	verifierLargeur(t, texte)
	if t.Failed() {
		t.Log("\n" + texte)
	}
}

func verifierLargeur(t *testing.T, texte string) {
	t.Helper()
	for ligne := range strings.Lines(texte) {
		ligne = strings.TrimSuffix(ligne, "\n")
		if n := utf8.RuneCountInString(ligne); n > 80 || strings.HasSuffix(ligne, " ") {
			t.Errorf("ligne de plus de 80 caractères, ou finie par un blanc : %q", ligne)
		}
	}
}

// TestVraieMesure compile un serveur et le mesure pour de bon, mais brièvement : les chiffres n'y valent rien.
func TestVraieMesure(t *testing.T) {
	if testing.Short() {
		t.Skip("-short : compile et charge un vrai serveur")
	}
	muet, err := os.Create(t.TempDir() + "/progres")
	if err != nil {
		t.Fatal(err)
	}
	defer muet.Close()
	dossier := t.TempDir()
	r := reglages{tours: 1, duree: 50 * time.Millisecond, etapes: []int{2}, dossier: dossier, muettes: 40}
	b, err := mesurer(t.Context(), r, nouveauProgres(muet))
	for err != nil && strings.Contains(err.Error(), "allongez -duree") && r.duree < 10*time.Second { // la machine est chargée
		r.duree *= 5
		b, err = mesurer(t.Context(), r, nouveauProgres(muet))
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range b.Scenarios {
		if s.Plafond.ParSeconde <= 0 || len(s.Etapes) != 1 || s.Etapes[0].ParSeconde <= 0 || s.Etapes[0].Part <= 0 || s.Ecart != nil {
			t.Errorf("%s : chiffres absents ou absurdes : %+v", s.Nom, s)
		}
	}
	if b.Memoire.NonMesure == "" && b.Memoire.Connexions != 40 {
		t.Errorf("mémoire de %d connexions, 40 attendues", b.Memoire.Connexions)
	}
	if restes, err := os.ReadDir(dossier); err != nil || len(restes) > 0 {
		t.Errorf("restes dans le dossier de travail : %v, %v", restes, err)
	}
	verifierLargeur(t, tableau(b))
	if _, err := json.Marshal(b); err != nil {
		t.Error(err)
	}
}
