package main

import (
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"capteurs/tests/charge/cadence"
)

var desDebits = rapid.SliceOfN(rapid.Float64Range(1, 1e7), 1, 9)

// Une cible dont on doute, ou dont le chiffre n'en est pas un, n'est ni atteinte ni manquée ; une autre est l'un ou l'autre.
func TestJuger(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := cible{
			Mesure: rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Inf(-1)})).Draw(t, "mesure"),
			Seuil:  rapid.Float64Range(0.01, 100).Draw(t, "seuil"),
			AuPlus: rapid.Bool().Draw(t, "au plus"),
		}
		d := doute(rapid.SampledFrom([]string{"", "", "le plafond a bougé"}).Draw(t, "doute"))
		voulu := pasAtteint
		switch tient := c.Mesure >= c.Seuil; {
		case d != "" || math.IsNaN(c.Mesure) || math.IsInf(c.Mesure, 0):
			voulu = nonConcluant
		case c.Mesure == c.Seuil || tient != c.AuPlus:
			voulu = atteint
		}
		if j := c.juger(d); j.Verdict != voulu || (j.Doute != "") != (voulu == nonConcluant) {
			t.Fatalf("%+v, doute %q : %s, %q ; %s attendu, et pourquoi s'il n'est pas concluant", c, d, j.Verdict, j.Doute, voulu)
		}
	})
}

// Un plafond bouge quand ses extrêmes s'écartent de plus de 30 %, quels que soient l'ordre des tours et l'unité.
func TestBouger(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		debits := desDebits.Draw(t, "débits")
		ecart := 1 - slices.Min(debits)/slices.Max(debits)
		if math.Abs(ecart-mouvementAdmis) < 1e-9 {
			t.Skip("à l'arrondi près")
		}
		if d := bouger("le plafond", debits); (d != "") != (ecart > mouvementAdmis) {
			t.Fatalf("écart %v : %q", ecart, d)
		}
		autres := rapid.Permutation(debits).Draw(t, "autre ordre")
		for i := range autres {
			autres[i] *= 64 // exact
		}
		if bouger("x", autres) != bouger("x", debits) {
			t.Fatal("l'ordre ou l'unité changent le doute")
		}
	})
	if d := bouger("le réseau seul", []float64{100, 55, 90}); d != "le réseau seul a varié de 45,0 % d'un tour à l'autre" {
		t.Errorf("%q", d)
	}
}

func TestDepasser(t *testing.T) {
	for part, voulu := range map[float64]doute{
		0.75: "", 1: "",
		1.004: "l'étape 3 dépasse de 0,4 % le plafond, qui a moins à faire",
		4.4:   "l'étape 3 dépasse de 340,0 % le plafond, qui a moins à faire",
	} {
		if d := depasser("l'étape 3", "le plafond", part); d != voulu {
			t.Errorf("%v : %q, %q attendu", part, d, voulu)
		}
	}
}

// mesuresDe rend des tours inventés, qui ont ces débits, et des attentes en rapport.
func mesuresDe(debits ...float64) (tours []cadence.Resultat) {
	for _, d := range debits {
		tours = append(tours, cadence.Resultat{ParSeconde: d, P50: 1e6 / d, Demarrage: 12})
	}
	return tours
}

// mesurerPourDeFaux rend le bilan d'un scénario dont chaque tour a ces débits ; le serveur nu et le réseau seul ont les leurs.
func mesurerPourDeFaux(t rapid.TB, cle string, plafond, etape, nu, reseau []float64) bilan {
	t.Helper()
	moteur, charge, _ := strings.Cut(cle, "_")
	r, err := lireReglages([]string{"-moteurs", moteur, "-scenarios", charge, "-pairs", "nu"}, sansEnvironnement)
	if err != nil {
		t.Fatal(err)
	}
	releve := releveScenario{scenario: scenariosChoisis(r)[0], duPlafond: mesuresDe(plafond...),
		desEtapes: map[int][]cadence.Resultat{3: mesuresDe(etape...)}}
	for range releve.pairs {
		releve.desPairs = append(releve.desPairs, relevePair{tours: mesuresDe(nu...)})
	}
	machines := slices.Repeat([][]cadence.Resultat{mesuresDe(reseau...)}, len(plafondsDeLaMachine))
	return nouveauBilan(r, machines, []releveScenario{releve}, nil, memoire{Connexions: 10, KioChacune: 5})
}

// Quoi qu'on mesure, rien n'est dit atteint d'un plafond qui a bougé ou que l'on dépasse.
func TestRienDImpossibleNEstAtteint(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cle := rapid.SampledFrom([]string{"sqlite_1", "sqlite_64", "sqlite_1000", "sqlite_flot"}).Draw(t, "scénario")
		tours := rapid.IntRange(1, 5).Draw(t, "tours")
		serie := func(nom string, ordinaire float64) []float64 { // le plus souvent plausible, et calme
			base := ordinaire * rapid.SampledFrom([]float64{1, 1, 1, 3}).Draw(t, nom)
			bruit := rapid.SampledFrom([]float64{0.1, 0.1, 0.1, 0.6}).Draw(t, "bruit de "+nom)
			debits := make([]float64, tours)
			for i := range debits {
				debits[i] = base * (1 - bruit*rapid.Float64Range(0, 1).Draw(t, nom))
			}
			return debits
		}
		plafond, etape, nu, reseau := serie("plafond", 1000), serie("étape", 700), serie("nu", 500), serie("réseau", 1500)
		b := mesurerPourDeFaux(t, cle, plafond, etape, nu, reseau)
		depasse := cle != "sqlite_flot" && max(rapporter(etape, plafond).Mediane, rapporter(nu, plafond).Mediane) > 1
		reseauDepasse := rapporter(etape, reseau).Mediane > 1
		vues := 0
		for _, c := range b.Cibles {
			sur := map[string]bool{
				groupePlafond: depasse || ecartRelatif(plafond) > mouvementAdmis,
				groupeCompose: depasse || ecartRelatif(plafond) > mouvementAdmis || reseauDepasse || ecartRelatif(reseau) > mouvementAdmis,
				groupeP50:     depasse || ecartRelatif(plafond) > mouvementAdmis || ecartRelatif(nu) > mouvementAdmis,
				groupePair:    depasse || ecartRelatif(plafond) > mouvementAdmis || ecartRelatif(nu) > mouvementAdmis,
			}
			douteuse, jugee := sur[c.Groupe]
			if !jugee {
				continue
			}
			vues++
			if (c.Verdict == nonConcluant) != douteuse || (c.Doute != "") != douteuse {
				t.Fatalf("%s, %s : %s (%q) ; douteuse : %v", c.Groupe, c.Nom, c.Verdict, c.Doute, douteuse)
			}
		}
		if vues == 0 {
			t.Fatal("aucune cible")
		}
	})
}

// Une mesure brève où le plafond a été mesuré pendant que la machine faisait autre chose : c'est arrivé, et il était dit atteint.
func TestUnPlafondMalMesure(t *testing.T) {
	b := mesurerPourDeFaux(t, "sqlite_64", []float64{1000, 1100}, []float64{4400, 4840}, []float64{500, 500}, []float64{9e5, 9e5})
	if s := b.Scenarios[0]; s.Etapes[0].Part.Mediane != 4.4 || s.Doute == "" {
		t.Errorf("part %v, doute %q", s.Etapes[0].Part, s.Doute)
	}
	texte := tableau(b, false)
	for _, voulu := range []string{
		"  non concluant : l'étape 3 dépasse de 340,0 % le plafond, qui a moins à faire\n",
		"  SQLite, 64 capteurs qui attendent                4,41     ≥ 0,80 non concluant\n" +
			"    l'étape 3 dépasse de 340,0 % le plafond, qui a moins à faire\n",
	} {
		if !strings.Contains(texte, voulu) {
			t.Errorf("absent du tableau : %q", voulu)
		}
	}
	verifierLargeur(t, texte)
	if t.Failed() {
		t.Log("\n" + texte)
	}
	for _, c := range []struct {
		cle                        string
		plafond, etape, nu, reseau []float64
		pourquoi                   string
	}{
		{"sqlite_1", []float64{9000, 6000}, []float64{4000, 4000}, []float64{5000, 5000}, []float64{2e4, 2e4}, "le plafond a varié de 33,3 % d'un tour à l'autre"},
		{"sqlite_1", []float64{6000, 6000}, []float64{4000, 4000}, []float64{9000, 9000}, []float64{2e4, 2e4}, "le serveur nu dépasse de 50,0 % le plafond, qui a moins à faire"},
		{"sqlite_1", []float64{6000, 6000}, []float64{4000, 4000}, []float64{5000, 3000}, []float64{2e4, 2e4}, "le serveur nu a varié de 40,0 % d'un tour à l'autre"},
		{"sqlite_64", []float64{9000, 9000}, []float64{6000, 6000}, []float64{900, 900}, []float64{4000, 4000}, "l'étape 3 dépasse de 50,0 % le réseau seul, qui a moins à faire"},
		{"sqlite_64", []float64{9000, 9000}, []float64{6000, 6000}, []float64{900, 900}, []float64{9000, 18_000}, "le réseau seul a varié de 50,0 % d'un tour à l'autre"},
	} {
		texte := tableau(mesurerPourDeFaux(t, c.cle, c.plafond, c.etape, c.nu, c.reseau), false)
		if !strings.Contains(texte, " non concluant\n    "+c.pourquoi+"\n") {
			t.Errorf("%s absent de :\n%s", c.pourquoi, texte)
		}
	}
}

// Une mémoire qui rétrécit quand on ouvre des connexions ne dit pas ce qu'elles coûtent.
func TestUneMemoireImpossible(t *testing.T) {
	if c := cibleDeMemoire(memoire{Connexions: 10, KioChacune: -0.5})[0]; c.Verdict != nonConcluant || c.Doute == "" {
		t.Errorf("%+v ; non concluant attendu", c)
	}
}
