package criteres

import (
	"flag"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"capteurs/tests/banc"
	"capteurs/tests/releve"
)

// temperatures tire des températures plausibles au centième : négatives, nulle, entières, à une ou deux décimales. Un
// contre-exemple se réduit vers 0.
func temperatures() *rapid.Generator[float64] {
	return rapid.Map(rapid.IntRange(-5_000, 10_000), func(centiemes int) float64 { return float64(centiemes) / 100 })
}

// bords sont des températures que le hasard peut manquer, et qui trahissent bien des fautes ; les plus simples d'abord.
var bords = []float64{0, 21, -4.25}

// identifiants tire des identifiants sans malice : d'autres critères en ont.
func identifiants() *rapid.Generator[string] {
	return rapid.StringMatching(`[a-z]{3,8}(_[0-9]{1,3}|-[a-z][0-9a-f]{2})?`)
}

// Ce qu'on tire, selon que le serveur montre aussitôt ce qu'il enregistre, ou qu'il faut l'arrêter pour le voir.
const (
	tiragesVisibles = 24
	tiragesCaches   = 5
)

var srv07 = &Critere{
	ID: "SRV-07", Cote: CoteServeur, Exigence: Doit, Titre: "l'aller-retour exact de mesures quelconques", Requiert: []string{"SRV-02"}, Budget: 2 * time.Minute,
	Enonce:   "Parse les données JSON pour extraire la température et l'identifiant. Sauvegarde chaque donnée reçue.",
	Pourquoi: "négative, nulle, entière ou à deux décimales, une température doit revenir telle qu'elle est partie.",
	Verifier: allerRetour,
}

// allerRetour est une propriété : ce qui est enregistré est ce qui a été envoyé, quelle que soit la mesure. rapid la cherche en défaut, puis
// réduit le contre-exemple.
func allerRetour(b *banc.Banc) banc.Resultat {
	s, conclusion := servir(b)
	if conclusion != nil {
		return *conclusion
	}
	b.OublierPorts()
	visible := b.Profil().Visible
	numero := 0
	var pire banc.Trouvaille
	var empeche error
	revient := func(id string, temperature float64) bool {
		if empeche != nil {
			return true
		}
		numero++ // la même mesure, tirée de nouveau, ne doit pas se confondre avec la précédente
		v := banc.Valeur{ID: fmt.Sprintf("%s-%d", id, numero), Temperature: temperature}
		for premier := true; ; premier = false {
			if s.Fin().Fini {
				if s, empeche = b.LancerServeur(); empeche != nil {
					return true
				}
			}
			err := s.EnvoyerVite(v)
			mort := s.Fin().Fini
			trouvaille := s.Chercher(v, 150*time.Millisecond, visible)
			switch {
			case trouvaille.Accord == releve.Exact:
				return true
			case premier && (err != nil || mort || visible && s.Fin().Fini):
				continue // il n'en sert qu'un, ou il est mort : c'est l'affaire d'autres critères
			}
			pire = trouvaille
			return false
		}
	}
	essais := tiragesVisibles
	if !visible {
		essais = tiragesCaches
	}
	echec := slices.ContainsFunc(bords, func(temperature float64) bool { return !revient("bord", temperature) }) ||
		chercherContreExemple(essais, b.Tirage.Graine(), func(t *rapid.T) {
			if !revient(identifiants().Draw(t, "identifiant"), temperatures().Draw(t, "température")) {
				t.Fatalf("%v", pire.Accord)
			}
		})
	switch {
	case empeche != nil:
		return nonConcluant("le serveur ne s'est pas relancé : %v", empeche)
	case !echec:
		return reussi()
	}
	r := echoue(fmt.Sprintf("%v °C", pire.Valeur.Temperature), fmt.Sprintf("%v%s", pire.Accord, ouTrouve(pire)), codeAccord(pire)...)
	r.Envoye = montrer(b.Message(pire.Valeur)) + " — le plus petit contre-exemple"
	return r
}

func ouTrouve(t banc.Trouvaille) string {
	if t.Enregistrement.Ou == "" {
		return ""
	}
	return fmt.Sprintf(" : « %s » (%s)", resumer(t.Enregistrement.Texte), t.Enregistrement.Ou)
}

func codeAccord(t banc.Trouvaille) []string {
	switch {
	case t.Accord == releve.Arrondi:
		return []string{"arrondi"}
	case t.Accord == releve.Entier:
		return []string{"entier"}
	case t.Valeur.Temperature == 0 && t.Accord != releve.Exact:
		return []string{"zero_ignore"}
	}
	return nil
}

// chercherContreExemple dit si rapid met une propriété en défaut ; le dernier appel de la propriété est alors celui du plus
// petit contre-exemple.
func chercherContreExemple(essais int, graine uint64, propriete func(*rapid.T)) (trouve bool) {
	if !flag.Parsed() { // un ouvrier n'a pas d'arguments ; rapid lit ses réglages, et ceux des tests, parmi eux
		testing.Init()
		if err := flag.CommandLine.Parse(nil); err != nil {
			panic(err)
		}
	}
	for nom, valeur := range map[string]string{
		"rapid.checks": fmt.Sprint(essais), "rapid.seed": fmt.Sprint(graine), "rapid.shrinktime": "3s", "rapid.nofailfile": "true",
	} {
		if err := flag.Set(nom, valeur); err != nil {
			panic(err) // rapid n'a plus ce réglage : faute de programmation
		}
	}
	t := &temoin{}
	defer func() {
		if r := recover(); r != nil && r != any(t) {
			panic(r)
		}
		trouve = t.echec
	}()
	rapid.Check(t, propriete)
	return t.echec
}

// temoin est, pour rapid, un test ; il retient seulement s'il a échoué.
type temoin struct{ echec bool }

func (t *temoin) Helper()               {}
func (t *temoin) Name() string          { return "aller-retour" }
func (t *temoin) Logf(string, ...any)   {}
func (t *temoin) Log(...any)            {}
func (t *temoin) Skipf(string, ...any)  {}
func (t *temoin) Skip(...any)           {}
func (t *temoin) SkipNow()              {}
func (t *temoin) Errorf(string, ...any) { t.echec = true }
func (t *temoin) Error(...any)          { t.echec = true }
func (t *temoin) Fatalf(string, ...any) { t.FailNow() }
func (t *temoin) Fatal(...any)          { t.FailNow() }
func (t *temoin) FailNow()              { t.echec = true; panic(t) }
func (t *temoin) Fail()                 { t.echec = true }
func (t *temoin) Failed() bool          { return t.echec }
