package releve

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"
)

func TestContientDesLignesVraies(t *testing.T) {
	const id, temperature = "sonde-k", 23.47
	for _, c := range []struct {
		ligne  string
		accord Accord
	}{
		{"sonde-k;23.47", Exact},
		{"sonde-k;23,47;2026-11-22 10:23:47", Exact},
		{"2026-11-22 10:23:47,23.47,sonde-k", Exact},
		{"2026-11-22 10:23:47,123 INFO sonde-k -> 23.47", Exact},
		{"Date et Heure : 2026-11-22 10:23:47 - sonde-k : 23.47", Exact},
		{"ClientID=sonde-k, AvgValue=23.47", Exact},
		{"[22/Nov/2026 10:23:47] sonde-k 23.47°C", Exact},
		{"sonde-k - 23.47 °C", Exact},
		{"sonde-k-23.47", Exact},
		{`{"capteur_id": "sonde-k", "temperature": 23.47}`, Exact},
		{`{'capteur_id': 'sonde-k', 'temperature': '23.47'}`, Exact},
		{"('127.0.0.1', 54321) {'capteur_id': 'sonde-k', 'temperature': 23.47}", Exact},
		{"('sonde-k', 23.47, datetime.datetime(2026, 11, 22, 10, 23, 47))", Exact},
		{"sonde-k 2.347e1", Exact},
		{"Température de sonde-k: +23.47C le 22/11/2026 à 10h23", Exact},
		{"Sun Nov 22 10:23:47 2026 | sonde-k | 23.47", Exact},
		{"sonde-k\t23.47\t1795343027.25", Exact},
		{"sonde-k;23.5", Arrondi},
		{"sonde-k;23.4", Arrondi},
		{"sonde-k;23.450000762939453", Arrondi},
		{"sonde-k;23", Entier},
		{"sonde-k;23.0", Entier},
		{"sonde-k;21.5", IDSeul},
		{"sonde-k", IDSeul},
		{"sonde-k 2026-11-22T10:23:47.5", IDSeul},
		{"sonde-k 10:23.47", Exact}, // ce n'est pas une heure
		{"sonde-k 2026-11-22 10:23", IDSeul},
		{"sonde-k 192.168.23.47:23", IDSeul},
		{"sonde-kb;23.47", ValeurSeule},
		{"sonde-k2;23.47", ValeurSeule},
		{"capteur;23.47", ValeurSeule},
		{"capteur_23.47", Absent}, // le bout d'un mot
		{"", Absent},
		{"rien", Absent},
	} {
		if a := (Enregistrement{Texte: c.ligne}).Contient(id, temperature); a != c.accord {
			t.Errorf("Contient(%q) = %v, attendu %v", c.ligne, a, c.accord)
		}
	}
}

func TestContientDesIdentifiantsRares(t *testing.T) {
	for _, c := range []struct {
		ligne, id   string
		temperature float64
		accord      Accord
	}{
		{"capteur_7;21.5", "capteur_7", 7, IDSeul},
		{"capteur_7;7", "capteur_7", 7, Exact},
		{"7;7", "7", 7, Exact},
		{"7;21.5", "7", 21.5, Exact},
		{"x;21.7", "7", 21.7, ValeurSeule},
		{"x;-7", "7", 21.7, Absent},
		{`{"capteur_id": "\u00e9t\u00e9", "temperature": -4.25}`, "été", -4.25, Exact},
		{`{"capteur_id": "\ud83c\udf21", "temperature": -4.25}`, "🌡", -4.25, Exact},
		{`('l\'entrée', -4.25)`, "l'entrée", -4.25, Exact},
		{`INSERT INTO m VALUES ('l''entrée', -4.25)`, "l'entrée", -4.25, Exact},
		{`"dit ""a""";-4,25`, `dit "a"`, -4.25, Exact},
		{`{"capteur_id": "a\nb", "temperature": 1.5}`, "a\nb", 1.5, Exact},
		{`{'capteur_id': 'a\nb', 'temperature': 1.5}`, "a\nb", 1.5, Exact},
		{"b;1.5", "a\nb", 1.5, ValeurSeule},
		{"été;−4,25", "été", -4.25, Exact},
		{"zero;0", "zero", 0, Exact},
		{"zero;0.0", "zero", 0, Exact},
		{"zero;5", "zero", 0, IDSeul},
		{"x;1e-05", "x", 1e-5, Exact},
		{"x;23.47", "", 23.47, ValeurSeule},
		{"x;23.47", "", 23.5, Absent},
	} {
		if a := (Enregistrement{Texte: c.ligne}).Contient(c.id, c.temperature); a != c.accord {
			t.Errorf("%q : Contient(%q, %v) = %v, attendu %v", c.ligne, c.id, c.temperature, a, c.accord)
		}
	}
}

func TestHorodatage(t *testing.T) {
	for _, s := range []string{"2026-11-22", "2026-11-22T10:23:47.123456Z", "22/11/2026 10:23", "10:23:47", "10h23", "1795343027", "1795343027.5",
		"1795343027123", "20261122T102347", "20261122102347", "Sun Nov 22 10:23:47 2026", "22 novembre 2026", "Nov 22, 2026", "datetime.datetime(2026, 11, 22, 10, 23)", "2026-11-22 10:23:47+01:00"} {
		if !Horodatage(s) {
			t.Errorf("Horodatage(%q) = false", s)
		}
	}
	for _, s := range []string{"", "23.47", "capteur_1", "1", "42", "-4.25", "12345", "été", "NULL", "1.5e10", "sonde-1-2"} {
		if Horodatage(s) {
			t.Errorf("Horodatage(%q) = true", s)
		}
	}
}

// temperatures tire toutes les températures qu'un banc peut envoyer.
var temperatures = rapid.OneOf(
	rapid.Map(rapid.IntRange(-5000, 9000), func(n int) float64 { return float64(n) / 100 }),
	rapid.Map(rapid.IntRange(-50, 60), func(n int) float64 { return float64(n) }),
	rapid.Float64Range(-60, 60), rapid.SampledFrom([]float64{0, 1e-7, 1e21, 5e-324, 1.7976931348623157e308}))

// identifiants tire des identifiants valides, les plus rares compris.
var identifiants = rapid.OneOf(
	rapid.StringMatching(`[a-zé]{1,6}[-_]?[a-z0-9]{0,6}`),
	rapid.SampledFrom([]string{"capteur_7", "l'entrée", "'); DROP TABLE mesures; --", "🌡", "a;b", `dit "non"`, "1, 2", "10:23:47", "2026-11-22", `a\nb`, "7", "-4.25"}),
	rapid.StringN(1, 12, -1).Filter(func(s string) bool {
		return strings.TrimSpace(s) == s && !strings.ContainsFunc(s, unicode.IsControl) && strings.ContainsFunc(s, unicode.IsLetter) && s == strings.ToValidUTF8(s, "") && !strings.Contains(s, "\ufeff")
	}),
)

const instant = "2026-11-22 10:23:47"

// redacteurs écrivent une mesure comme le font les programmes. Ceux que l'identifiant rendrait illisibles ne reçoivent que
// des identifiants simples.
var redacteurs = []struct {
	nom    string
	simple bool
	ecrire func(id string, temperature float64) string
}{
	{"json", false, func(id string, t float64) string {
		return fmt.Sprintf(`{"capteur_id":%s,"temperature":%s}`, cite(id), nombre(t))
	}},
	{"json horodaté", false, func(id string, t float64) string {
		return fmt.Sprintf(`{"timestamp": %q, "temperature": %s, "capteur_id": %s}`, instant, nombre(t), cite(id))
	}},
	{"json emboîté", false, func(id string, t float64) string {
		return fmt.Sprintf(`{"recu":{"de":"127.0.0.1","a":%q},"data":{"temperature":"%s","id":%s}}`, instant, nombre(t), cite(id))
	}},
	{"json ascii", false, func(id string, t float64) string {
		return fmt.Sprintf(`{"capteur_id": %s, "temperature": %s}`, strconv.QuoteToASCII(id), nombre(t))
	}},
	{"dictionnaire Python", false, func(id string, t float64) string {
		return fmt.Sprintf(`{'capteur_id': '%s', 'temperature': %s}`, strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(id), nombre(t))
	}},
	{"csv ;", false, func(id string, t float64) string { return enCSV(';', id, nombre(t), instant) }},
	{"csv ,", false, func(id string, t float64) string { return enCSV(',', instant, id, nombre(t)) }},
	{"csv virgule décimale", false, func(id string, t float64) string {
		return enCSV(';', instant, id, strings.ReplaceAll(nombre(t), ".", ","))
	}},
	{"tabulations", false, func(id string, t float64) string { return enCSV('\t', "77777", id, nombre(t), "1795343027.25") }},
	{"prose", true, func(id string, t float64) string {
		return fmt.Sprintf("Date et Heure : %s - Capteur %s : %s°C", instant, id, nombre(t))
	}},
	{"journal", true, func(id string, t float64) string {
		return fmt.Sprintf("%s,123 INFO root: %s | %s", instant, id, nombre(t))
	}},
	{"égal", true, func(id string, t float64) string { return fmt.Sprintf("ClientID=%s, AvgValue=%s", id, nombre(t)) }},
	{"tiret", true, func(id string, t float64) string { return fmt.Sprintf("[%s] %s - %s", instant, id, nombre(t)) }},
}

func cite(s string) string { b, _ := jsontext.AppendQuote(nil, s); return string(b) }

func nombre(t float64) string { return string(jsontext.AppendFloat(nil, t, 64)) }

func enCSV(separateur rune, cellules ...string) string {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Comma = separateur
	w.Write(cellules)
	w.Flush()
	return strings.TrimSuffix(b.String(), "\n")
}

// TestRetrouver vérifie la promesse : une mesure écrite de n'importe quelle façon est retrouvée, et elle seule.
func TestRetrouver(t *testing.T) {
	for _, r := range redacteurs {
		t.Run(r.nom, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				ids := identifiants
				if r.simple {
					ids = rapid.StringMatching(`[a-zé]{1,6}_?[a-z]{1,3}[0-9]{0,2}`)
				}
				id, autre := ids.Draw(t, "id"), "témoin-zz"
				temperature := temperatures.Draw(t, "temperature")
				autreT := float64(rapid.IntRange(10100, 19900).Draw(t, "autre")) / 100
				fin := rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t, "fin de ligne")
				contenu := r.ecrire(autre, autreT) + fin + r.ecrire(id, temperature) + fin + r.ecrire(autre, autreT+1000.25) + fin
				if rapid.Bool().Draw(t, "marque") {
					contenu = "\ufeff" + contenu
				}
				d := lireContenu("f.txt", []byte(contenu))
				if len(d.Enregistrements) != 3 || !d.ParLigne {
					t.Fatalf("%q : %d enregistrements (par ligne : %v), 3 attendus : %+v", contenu, len(d.Enregistrements), d.ParLigne, d.Enregistrements)
				}
				e, accord, exacts := Chercher(d.Enregistrements, id, temperature)
				if accord != Exact || exacts != 1 || e.Ou != "f.txt:2" {
					t.Fatalf("Chercher(%q, %v) = %+v, %v, %d dans %q", id, temperature, e, accord, exacts, contenu)
				}
				if _, accord, _ := Chercher(d.Enregistrements, autre, temperature); accord == Exact {
					t.Fatalf("%q avec la température d'un autre : Exact dans %q", autre, contenu)
				}
				if _, accord, _ := Chercher(d.Enregistrements, id, temperature*1.5+3.21); accord == Exact && temperature < 1e9 && math.Abs(temperature*0.5+3.21) > 1e-6 {
					t.Fatalf("%q avec une autre température, %v : Exact dans %q", id, temperature*1.5+3.21, contenu)
				}
			})
		})
	}
}

// TestChercherLIdentifiantDAbord vérifie qu'une autre mesure, de même température et enregistrée avant, ne cache pas la bonne ; et que
// la température seule est trouvée quand aucun enregistrement ne porte l'identifiant.
func TestChercherLIdentifiantDAbord(t *testing.T) {
	d := lireContenu("f.txt", []byte("23.5\nautre;23.5\ncapteur_1;23.5\n"))
	if e, accord, exacts := Chercher(d.Enregistrements, "capteur_1", 23.5); accord != Exact || exacts != 1 || e.Ou != "f.txt:3" {
		t.Errorf("%+v, %v, %d", e, accord, exacts)
	}
	if e, accord, exacts := Chercher(d.Enregistrements[:1], "capteur_1", 23.5); accord != ValeurSeule || exacts != 0 || e.Ou != "f.txt:1" {
		t.Errorf("%+v, %v, %d", e, accord, exacts)
	}
}

// TestOctetsAbsurdes vérifie que rien ne fait ni paniquer, ni attendre.
func TestOctetsAbsurdes(t *testing.T) {
	morceaux := []string{"{", "[", "\"", "'", ":", ",", "capteur_1", "23.5", "\n", "\x00", "\xff", "\\u", "(", "datetime(", "}", "]", "2026-11-22", "12:30", "-", "e9", ".", "\xff\xfe", "\\"}
	rapid.Check(t, func(t *rapid.T) {
		octets := []byte(strings.Join(rapid.SliceOfN(rapid.SampledFrom(morceaux), 1, 200).Draw(t, "morceaux"), ""))
		if rapid.Bool().Draw(t, "bruts") {
			octets = rapid.SliceOfN(rapid.Byte(), 1, 300).Draw(t, "octets")
		}
		absurde(t, octets)
	})
	taille := 200_000
	if testing.Short() {
		taille = 5_000
	}
	for _, s := range append(morceaux, "[[", "{\"a\":", "{\"a\":[", "[\n", "{},", "{} ", "('", `"a";`, "1,2;3|", "12:3", "1-1-1-", "a ", "7;") {
		absurde(t, []byte(strings.Repeat(s, taille/len(s))))
	}
}

func absurde(t rapid.TB, octets []byte) {
	duree := calculDe(func() {
		d := lireContenu("f", octets)
		Chercher(d.Enregistrements[:min(len(d.Enregistrements), 1000)], "capteur_1", 23.5)
		m, err := LireMessage(octets)
		if err == nil && m.Identifiant.Present() && m.Temperature.Present() {
			m.Remplacer("x", 1.5)
		}
	})
	if duree > time.Second {
		t.Errorf("%.40q… (%d octets) : %v", octets, len(octets), duree)
	}
}
