package rapport

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"capteurs/tests/banc"
	"capteurs/tests/criteres"
	"capteurs/tests/decouverte"
)

func junitDe(t interface{ Fatal(...any) }, r *Rapport) []byte {
	var texte bytes.Buffer
	if err := JUnit(&texte, r); err != nil {
		t.Fatal(err)
	}
	return texte.Bytes()
}

// comptesJUnit est ce qu'on lit d'un JUnit, tel que l'écrit aussi lire_junit.
type comptesJUnit struct {
	Suites int            `json:"suites"`
	Cas    int            `json:"cas"`
	Issues map[string]int `json:"issues"`
	Faux   []string       `json:"faux"` // comptes qui ne sont pas ceux des cas
}

// attenduEnJUnit compte à part ce que le JUnit d'un rapport doit contenir.
func attenduEnJUnit(r *Rapport) comptesJUnit {
	n := comptesJUnit{Issues: map[string]int{"failure": 0, "error": 0, "skipped": 0}}
	for _, rendu := range r.Rendus {
		etapes := map[decouverte.Etape]bool{}
		for _, j := range rendu.Jugements {
			etapes[j.Etape] = true
			n.Cas++
			switch v := j.Verdict; {
			case v == banc.Reussi:
			case v == banc.Defaillance:
				n.Issues["error"]++
			case (v == banc.Echoue || v == banc.Partiel) && j.Exigence != criteres.Informatif:
				n.Issues["failure"]++
			default:
				n.Issues["skipped"]++
			}
		}
		n.Suites += len(etapes)
		if rendu.Erreur != "" || len(etapes) == 0 {
			n.Suites++
			n.Cas++
			n.Issues["error"]++
		}
	}
	return n
}

// TestJUnit vérifie, avec encoding/xml en mode strict, que le XML est valide quels que soient les octets, que chaque verdict y a la
// bonne issue, et que les comptes sont ceux des cas.
func TestJUnit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := unRapport(textesHostiles()).Draw(t, "rapport")
		texte := junitDe(t, r)
		lecture := xml.NewDecoder(bytes.NewReader(texte))
		for {
			if _, err := lecture.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Fatalf("%v\n%s", err, texte)
			}
		}
		var lu suitesLues
		if err := xml.Unmarshal(texte, &lu); err != nil {
			t.Fatal(err)
		}
		if obtenu, attendu := lu.relever(), attenduEnJUnit(r); fmt.Sprint(obtenu) != fmt.Sprint(attendu) {
			t.Fatalf("%v, %v attendu\n%s", obtenu, attendu, texte)
		}
	})
}

type comptesLus struct {
	Tests   int    `xml:"tests,attr"`
	Echecs  int    `xml:"failures,attr"`
	Erreurs int    `xml:"errors,attr"`
	Ignores int    `xml:"skipped,attr"`
	Duree   string `xml:"time,attr"`
}

type suitesLues struct {
	comptesLus
	Suites []struct {
		Nom string `xml:"name,attr"`
		comptesLus
		Cas []struct {
			Nom    string    `xml:"name,attr"`
			Classe string    `xml:"classname,attr"`
			Echec  *struct{} `xml:"failure"`
			Erreur *struct{} `xml:"error"`
			Ignore *struct{} `xml:"skipped"`
		} `xml:"testcase"`
	} `xml:"testsuite"`
}

func (s *suitesLues) relever() comptesJUnit {
	n := comptesJUnit{Suites: len(s.Suites), Issues: map[string]int{"failure": 0, "error": 0, "skipped": 0}}
	somme := comptesLus{Duree: s.Duree}
	for _, suite := range s.Suites {
		c := comptesLus{Duree: suite.Duree, Tests: len(suite.Cas)}
		for _, cas := range suite.Cas {
			issues := 0
			for _, issue := range []struct {
				la     *struct{}
				nom    string
				compte *int
			}{{cas.Echec, "failure", &c.Echecs}, {cas.Erreur, "error", &c.Erreurs}, {cas.Ignore, "skipped", &c.Ignores}} {
				if issue.la != nil {
					issues++
					n.Issues[issue.nom]++
					*issue.compte++
				}
			}
			if issues > 1 || cas.Nom == "" || cas.Classe == "" {
				n.Faux = append(n.Faux, cas.Nom)
			}
		}
		if c != suite.comptesLus {
			n.Faux = append(n.Faux, suite.Nom)
		}
		n.Cas += c.Tests
		somme.Tests, somme.Echecs, somme.Erreurs, somme.Ignores = somme.Tests+c.Tests, somme.Echecs+c.Echecs, somme.Erreurs+c.Erreurs, somme.Ignores+c.Ignores
	}
	if somme != s.comptesLus {
		n.Faux = append(n.Faux, "testsuites")
	}
	return n
}

// lireJUnit relit des JUnit avec expat, et en rend les relevés.
const lireJUnit = `
import json, sys, xml.etree.ElementTree as arbre
releves = []
for texte in json.load(sys.stdin):
    racine = arbre.fromstring(texte.encode('utf-8'))
    issues = {nom: len(racine.findall('.//testcase/' + nom)) for nom in ('failure', 'error', 'skipped')}
    faux = []
    for suite in [racine] + racine.findall('testsuite'):
        float(suite.get('time'))
        comptes = {'tests': len(suite.findall('.//testcase')), 'failures': len(suite.findall('.//failure')), 'errors': len(suite.findall('.//error')), 'skipped': len(suite.findall('.//skipped'))}
        if any(int(suite.get(nom)) != n for nom, n in comptes.items()):
            faux.append(suite.get('name'))
    releves.append({'suites': len(racine.findall('testsuite')), 'cas': len(racine.findall('.//testcase')), 'issues': issues, 'faux': faux})
json.dump(releves, sys.stdout)
`

// TestJUnitReluParExpat vérifie la même chose avec le lecteur de XML de Python.
func TestJUnitReluParExpat(t *testing.T) {
	if testing.Short() {
		t.Skip("cent rapports relus par Python ; sans -short")
	}
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 manque : ", err)
	}
	var textes []string
	var attendus []comptesJUnit
	for graine := range 100 {
		r := unRapport(textesHostiles()).Example(graine)
		textes = append(textes, string(junitDe(t, r)))
		attendus = append(attendus, attenduEnJUnit(r))
	}
	entree, err := json.Marshal(textes)
	if err != nil {
		t.Fatal(err)
	}
	commande := exec.Command(python, "-c", lireJUnit)
	commande.Stdin = bytes.NewReader(entree)
	sortie, err := commande.Output()
	if err != nil {
		t.Fatal(err, string(sortie))
	}
	var releves []comptesJUnit
	if err := json.Unmarshal(sortie, &releves); err != nil || len(releves) != len(attendus) {
		t.Fatal(err, len(releves))
	}
	for i := range releves {
		if fmt.Sprint(releves[i]) != fmt.Sprint(attendus[i]) {
			t.Errorf("rapport %d : %v, %v attendu", i, releves[i], attendus[i])
		}
	}
}

// TestJUnitDit vérifie ce qui se lit d'un rendu.
func TestJUnitDit(t *testing.T) {
	rendu := renduDe("\x1b[2J ]]> \x00\xff")
	rendu.Jugements[2].DureeUS = 1_234_567
	rendu.Alertes = []string{"un\x00deux\xff"}
	texte := string(junitDe(t, &Rapport{Rendus: []Rendu{*rendu, {Nom: "rendu_02", Erreur: "l'archive ne se lit pas"}, {Nom: "rendu_03", Remarques: []string{"ni client ni serveur trouvés"}}}}))
	for _, mot := range []string{`<testsuites name="correcteur" tests="9" failures="2" errors="3" skipped="3" time="1.234567">`, `<testsuite name="rendu_01 · procédural" tests="7"`,
		`<testcase name="CLI-03 l&#39;identifiant et la température dans le message"`, `time="1.234567"`, `<property name="diagnostic" value="upsert">`, `value="un␀deux\xff"`, `<failure type="échoué" message="␛[2J ]]&gt; ␀\xff autre">`,
		`<failure type="partiel"`, `<skipped message="ignoré, à cause de SRV-01">`, `<skipped message="instable : `, `<skipped message="non concluant : `,
		`<error type="erreur du correcteur" message="l&#39;archive ne se lit pas">`, `message="ni client ni serveur trouvés"`, "rejouer : go run ./tests/correcteur"} {
		if !strings.Contains(texte, mot) {
			t.Errorf("%q attendu dans\n%s", mot, texte)
		}
	}
}
