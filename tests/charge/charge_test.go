package main

import (
	"encoding/json"
	"errors"
	"maps"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"capteurs/tests/charge/cadence"
	"capteurs/tests/charge/pairs"
	"capteurs/tests/couche"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Une machine deux fois plus lente à un tour qu'à l'autre ne change rien aux rapports.
func TestRapporter(t *testing.T) {
	tours := []float64{48, 160, 64, 192}
	if d, voulue := rapporter(tours, []float64{64, 128, 64, 128}), (dispersion{1.125, 0.875, 1.375}); d != voulue {
		t.Errorf("rapporter = %v, %v attendue", d, voulue)
	}
	if d, voulue := rapporter([]float64{3}, []float64{2}), (dispersion{1.5, 1.5, 1.5}); d != voulue {
		t.Errorf("rapporter(un tour) = %v, %v attendue", d, voulue)
	}
}

func TestEcartRelatif(t *testing.T) {
	if e := ecartRelatif([]float64{90, 100, 75}); e != 0.25 {
		t.Errorf("écart = %v, 0,25 attendu", e)
	}
}

// Ce que le réseau permet 100 fois par seconde, et la sauvegarde 25 fois, l'un puis l'autre le permettent 20 fois.
func TestLUnPuisLAutre(t *testing.T) {
	if d := lUnPuisLAutre([]float64{100, 10}, []float64{25, 10}); !slices.Equal(d, []float64{20, 5}) {
		t.Errorf("%v, 20 et 5 attendus", d)
	}
}

// Ce qu'on dit d'un pair se lit en entier, en 80 colonnes, quoi qu'il ait écrit lui-même.
func TestPlier(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		retrait := rapid.IntRange(0, 6).Draw(t, "retrait")
		texte := rapid.OneOf(rapid.String(), rapid.StringMatching(`([a-zéà«»]{1,100} ){0,9}`)).Draw(t, "texte")
		plie := plier(retrait, texte)
		for ligne := range strings.SplitSeq(plie, "\n") {
			if n := utf8.RuneCountInString(ligne); n > largeurTableau || !strings.HasPrefix(ligne, strings.Repeat(" ", retrait)) {
				t.Fatalf("%q : %d caractères", ligne, n)
			}
		}
		if strings.ContainsFunc(plie, func(c rune) bool { return c != '\n' && !unicode.IsPrint(c) }) {
			t.Fatalf("un caractère de contrôle dans %q", plie)
		}
		lettres := func(s string) string {
			return strings.Map(func(c rune) rune {
				if c == ' ' || !unicode.IsPrint(c) {
					return -1
				}
				return c
			}, s)
		}
		if utf8.RuneCountInString(texte) <= raisonMax && lettres(plie) != lettres(texte) {
			t.Fatalf("%q a perdu ou changé des lettres de %q", plie, texte)
		}
	})
	if plie, voulu := plier(2, "a\x1b[31mb\r\nc\u0085"), "  a [31mb c"; plie != voulu {
		t.Errorf("%q, %q attendu", plie, voulu)
	}
	if plie := plier(0, strings.Repeat("mot ", 1000)); !strings.HasSuffix(plie, "…") || len(plie) > 2*raisonMax {
		t.Errorf("%q : un texte sans fin devait finir", plie)
	}
}

// Ce qu'un pair ne peut pas, et qu'on connaît d'avance, tient en une ligne du tableau avec son nom.
func TestUnPairAbsentTientEnUneLigne(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("les faux programmes sont des scripts sh")
	}
	faux := t.TempDir()
	t.Setenv("PATH", faux) // rien d'autre n'est sur cette machine
	for nom, script := range map[string]string{
		"nats-server": `echo 'nats-server: nats.conf:2:34: unknown field "sync_interval"' >&2; exit 1`, // la version 2.9.10
		"python3":     `echo "ModuleNotFoundError: No module named '_sqlite3'" >&2; exit 1`,
	} {
		if err := os.WriteFile(filepath.Join(faux, nom), []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	r, err := lireReglages(nil, sansEnvironnement)
	if err != nil {
		t.Fatal(err)
	}
	raisons := make(map[string]string)
	for _, s := range scenariosChoisis(r) {
		for _, p := range s.pairs {
			_, err := p.Mesurer(t.Context(), t.TempDir(), 10*time.Millisecond)
			if err == nil || p.Famille == "rsyslog" && !errors.Is(err, pairs.ErrAbsent) {
				continue // cherché aussi hors de PATH, il peut être là
			}
			if !errors.Is(err, pairs.ErrAbsent) {
				t.Errorf("%s : %v ; ErrAbsent attendue", p.Nom, err)
			}
			raisons[p.Famille] = err.Error()
			if ligne := plier(2, p.Nom+", non mesuré : "+err.Error()); strings.Contains(ligne, "\n") || strings.Count(ligne, p.Nom) > 1 {
				t.Errorf("plus d'une ligne, ou un nom dit deux fois :\n%s", ligne)
			}
		}
	}
	for famille, voulue := range map[string]string{
		"nu": "absent", "influxdb": "influxd absent", "nats": "nats-server d'avant 2.10, sans fsync", "python": "python3 sans module sqlite3",
	} {
		if !strings.Contains(raisons[famille], voulue) {
			t.Errorf("%s : %q, « %s » attendu", famille, raisons[famille], voulue)
		}
	}
}

func TestColorer(t *testing.T) {
	vus := make(map[string]bool)
	for _, v := range []verdict{atteint, pasAtteint, nonConcluant} {
		if vus[colorer(true, v)] = true; colorer(false, v) != string(v) {
			t.Errorf("%s : des couleurs sans qu'on en veuille", v)
		}
	}
	if len(vus) != 3 {
		t.Errorf("la même couleur pour plusieurs verdicts : %v", vus)
	}
	f, err := os.Create(filepath.Join(t.TempDir(), "fichier"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if enCouleurs(f, func(string) string { return "" }) {
		t.Error("un fichier n'est pas un terminal")
	}
}

// bilanInvente est un bilan aux chiffres ronds : le plafond vaut 1 000 000, les étapes 500 000, 900 000 et 1 000 000, les
// pairs 100 000, et un tour sur trois est plus lent, mais pas au point de ne rien conclure.
func bilanInvente(t *testing.T) bilan {
	t.Helper()
	r, err := lireReglages(strings.Fields("-tours 3 -duree 1500ms -moteurs sqlite,texte"), sansEnvironnement)
	if err != nil {
		t.Fatal(err)
	}
	tours := func(x float64) []cadence.Resultat {
		r := cadence.Resultat{ParSeconde: x, Processeur: 2.5, Memoire: 30, Demarrage: 12}
		h := new(cadence.Histogramme)
		for range 98 {
			h.Noter(50 * time.Nanosecond) // exactes, sous le premier doublement
		}
		r = r.AvecAttentes(h)
		r.P50, r.P99, r.Max = 100, 1000, 5000
		lent := r
		lent.ParSeconde, lent.P50 = x*3/4, 9999
		return []cadence.Resultat{r, lent, r}
	}
	var releves []releveScenario
	for _, s := range scenariosChoisis(r) {
		releve := releveScenario{scenario: s, duPlafond: tours(1e6), desEtapes: map[int][]cadence.Resultat{1: tours(5e5), 2: tours(9e5), 3: tours(1e6)}}
		for _, p := range s.pairs {
			pair := relevePair{tours: tours(1e5)}
			if p.Famille == "nats" {
				pair = relevePair{nonMesure: "pair absent : <b>rien</b>\x1b[31m"}
			}
			releve.desPairs = append(releve.desPairs, pair)
		}
		releves = append(releves, releve)
	}
	machines := make([][]cadence.Resultat, len(plafondsDeLaMachine))
	for i := range machines {
		machines[i] = tours(2 << 20)
	}
	courbes := []*courbe{
		courbeDesConnexions("texte", "Texte"),
		courbeDesLignes("lignes_64", []baseRemplie{{}, {1_000_000, "x"}, {10_000_000, "y"}}, capteursDesLignes),
		courbeDesIdentifiants(),
	}
	for _, c := range courbes {
		for i := range c.points {
			c.points[i].tours = tours(1e6 / float64(1+i))
		}
	}
	return nouveauBilan(r, machines, releves, courbes, memoire{Connexions: 10_000, KioChacune: 12.34})
}

func TestTableau(t *testing.T) {
	b := bilanInvente(t)
	texte := tableau(b, false)
	for _, voulu := range []string{
		"Médianes de 3 tours de 1,50 s par mesure",
		"  boucle locale, 8 connexions                            2 Mio      100    1 000\n",
		"  mesures/s                   1 000 000    500 000    900 000  1 000 000\n",
		"  part du plafond                             0,50       0,90       1,00\n",
		"  part, réseau seul compris                   0,74       1,33       1,48\n" +
			"    la moitié des tours                  0,74–0,74  1,33–1,33  1,48–1,48\n",
		"  étapes entre elles                          0,62       1,12       1,25  50,0 %\n",
		"    la moitié des tours                  0,62–0,62  1,12–1,12  1,25–1,25\n",
		"  attente p50, en µs                100        100        100        100\n",
		"  la plus longue, en µs           5 000      5 000      5 000      5 000\n",
		"  processeur/mesure, en µs                    2,50       2,50       2,50\n",
		"  Python, SQLite par défaut     100 000        5,0        9,0       10,0\n",
		"  NATS JetStream, synchronisé, non mesuré : pair absent : <b>rien</b> [31m\n",
		"  10 000 000                    333 333       0,33    0,33–0,33      100\n",
		"    son p50 ; p50 / le sien         100       1,00       1,00       1,00\n" +
			"    la moitié des tours                  1,00–1,00  1,00–1,00  1,00–1,00\n",
		"  SQLite, 8 connexions en flot                     0,50     ≥ 1,00 pas atteint\n",
		"  SQLite, 64 capteurs qui attendent                0,74     ≥ 0,80 pas atteint\n",
		"  serveur nu (sqlite_1)                            1,00     ≤ 1,40 atteint\n",
		"  serveur nu (sqlite_64)                            5,0      ≥ 8,0 pas atteint\n",
		"  Python, SQLite par défaut (sqlite_64)             5,0     ≥ 50,0 pas atteint\n",
		"  Texte, 64 capteurs qui attendent               50,0 %   ≤ 10,0 % pas atteint\n",
		"  64 capteurs qui attendent, 10 000 000 lignes   66,7 %   ≤ 20,0 % pas atteint\n",
		"  10 000 connexions muettes, chacune           12,3 Kio ≤ 10,0 Kio pas atteint\n",
		"  sur un fichier neuf                             12 ms    ≤ 50 ms atteint\n",
	} {
		if !strings.Contains(texte, voulu) {
			t.Errorf("absent du tableau : %q", voulu)
		}
	}
	verifierLargeur(t, texte)
	if t.Failed() {
		t.Log("\n" + texte)
	}
	if !strings.Contains(tableau(b, true), "\x1b[32matteint\x1b[0m\n") {
		t.Error("aucune couleur quand on en veut")
	}
}

func verifierLargeur(t *testing.T, texte string) {
	t.Helper()
	for ligne := range strings.Lines(texte) {
		ligne = strings.TrimSuffix(ligne, "\n")
		if n := utf8.RuneCountInString(ligne); n > largeurTableau || strings.HasSuffix(ligne, " ") {
			t.Errorf("ligne de plus de 80 caractères, ou finie par un blanc : %q", ligne)
		}
	}
}

func TestPage(t *testing.T) {
	b := bilanInvente(t)
	chemin := filepath.Join(t.TempDir(), "page.html")
	if err := ecrirePage(chemin, page(b)); err != nil {
		t.Fatal(err)
	}
	octets, err := os.ReadFile(chemin)
	if err != nil {
		t.Fatal(err)
	}
	html := string(octets)
	for _, voulu := range []string{"Débit selon le nombre de capteurs", "Répartition des attentes", "Croissance", "Plafonds de la machine", "&lt;b&gt;rien"} {
		if !strings.Contains(html, voulu) {
			t.Errorf("absent de la page : %q", voulu)
		}
	}
	for _, interdit := range []string{"<b>rien", "<script", "NaN", "+Inf"} {
		if strings.Contains(html, interdit) {
			t.Errorf("dans la page : %q", interdit)
		}
	}
	if err := ecrirePage(filepath.Join(t.TempDir(), "absent", "page.html"), page(b)); err == nil || !strings.Contains(err.Error(), "-html") {
		t.Errorf("%v ; une erreur qui nomme -html attendue", err)
	}
}

// TestVraieMesure compile un serveur et le mesure pour de bon, mais brièvement : les chiffres n'y valent rien.
func TestVraieMesure(t *testing.T) {
	couche.Entiere(t, "compile et mesure un vrai serveur")
	muet, err := os.Create(t.TempDir() + "/progres")
	if err != nil {
		t.Fatal(err)
	}
	defer muet.Close()
	dossier := t.TempDir()
	r := reglages{tours: 1, duree: 20 * time.Millisecond, scenarios: []string{"1", "64", "flot", "jetable"}, moteurs: []string{"sqlite", "texte"},
		etapes: []int{2}, pairs: []string{"nu"}, dossier: dossier, muettes: 40}
	b, err := mesurer(t.Context(), r, nouveauProgres(muet))
	for errors.Is(err, cadence.ErrRienDeMesure) && r.duree < 10*time.Second { // la machine est chargée
		r.duree *= 5
		b, err = mesurer(t.Context(), r, nouveauProgres(muet))
	}
	if err != nil {
		t.Fatal(err)
	}
	if len(b.Scenarios) != 8 {
		t.Errorf("%d scénarios, 8 attendus", len(b.Scenarios))
	}
	for _, s := range b.Scenarios {
		if s.Plafond.ParSeconde <= 0 || len(s.Etapes) != 1 || s.Etapes[0].ParSeconde <= 0 || s.Etapes[0].Part.Mediane <= 0 || s.Ecart != nil {
			t.Errorf("%s : chiffres absents ou absurdes : %+v", s.Nom, s)
		}
		if nus := map[string]int{"sqlite_1": 1, "sqlite_64": 1}[s.Cle]; len(s.Pairs) != nus {
			t.Errorf("%s : %d pairs, %d attendus : le serveur nu", s.Nom, len(s.Pairs), nus)
		}
		for _, p := range s.Pairs {
			if p.NonMesure != "" || p.ParSeconde <= 0 || p.P50 <= 0 || len(p.Fois) != 1 || p.Fois[0].Mediane <= 0 {
				t.Errorf("%s, %s : chiffres absents ou absurdes : %+v", s.Nom, p.Nom, p)
			}
		}
	}
	for _, p := range b.Plafonds {
		if p.ParSeconde <= 0 || math.IsInf(p.ParSeconde, 0) {
			t.Errorf("%s : %v par seconde", p.Nom, p.ParSeconde)
		}
	}
	if b.Memoire.NonMesure == "" && b.Memoire.Connexions != 40 {
		t.Errorf("mémoire de %d connexions, 40 attendues", b.Memoire.Connexions)
	}
	if restes, err := os.ReadDir(dossier); err != nil || len(restes) > 0 {
		t.Errorf("restes dans le dossier de travail : %v, %v", restes, err)
	}
	verifierLargeur(t, tableau(b, false))
	if _, err := json.Marshal(b); err != nil {
		t.Error(err)
	}
}

// TestVraieCroissance mesure une courbe pour de bon, sur une base remplie et vérifiée.
func TestVraieCroissance(t *testing.T) {
	couche.Entiere(t, "compile et mesure un vrai serveur")
	muet, err := os.Create(t.TempDir() + "/progres")
	if err != nil {
		t.Fatal(err)
	}
	defer muet.Close()
	c := campagne{reglages: reglages{tours: 1, duree: 10 * time.Millisecond, etapes: []int{3}, lignes: 250_050}, racine: t.TempDir(), progres: nouveauProgres(muet)}
	if c.programmes, err = compilerEtapes(t.Context(), c.racine, c.etapes); err != nil {
		t.Fatal(err)
	}
	bases, err := c.remplirBases(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(bases) != 2 || bases[0] != (baseRemplie{}) || bases[1].lignes != c.lignes {
		t.Fatalf("bases : %+v", bases)
	}
	if n := compterLignes(t, bases[1].chemin); n < c.lignes || n >= c.lignes+lignesParInstruction {
		t.Errorf("%d lignes, %d attendues, à une instruction près", n, c.lignes)
	}
	courbe := courbeDesLignes("lignes", bases, capteursDesLignes)
	if err := c.mesurerCourbe(t.Context(), 1, courbe); err != nil {
		t.Fatal(err)
	}
	if b := courbe.resumer(); len(b.Points) != 2 || b.Points[0].AuPremier.Mediane != 1 || b.Points[1].ParSeconde <= 0 || b.Perte >= 1 {
		t.Errorf("courbe : %+v", b)
	}
	if n := compterLignes(t, bases[1].chemin); n <= c.lignes+lignesParInstruction {
		t.Errorf("%d lignes : la mesure devait en ajouter à la base remplie", n)
	}
}

func TestChaqueScenarioASaCle(t *testing.T) {
	r, err := lireReglages(nil, sansEnvironnement)
	if err != nil {
		t.Fatal(err)
	}
	vues := make(map[string]bool)
	for _, s := range scenariosChoisis(r) {
		if vues[s.cle] {
			t.Errorf("%s : deux fois", s.cle)
		}
		vues[s.cle] = true
	}
	for cle := range maps.Keys(cibles) {
		if !vues[cle] {
			t.Errorf("cible d'un scénario inconnu : %s", cle)
		}
	}
	if n := len(charges) * len(r.moteurs); len(vues) != n {
		t.Errorf("%d scénarios, %d attendus : %v", len(vues), n, slices.Sorted(maps.Keys(vues)))
	}
}
