package mesure

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

// lireTout lit r jusqu'au bout et rend ses messages, avec l'erreur finale.
func lireTout(r io.Reader) (Lot, error) {
	var tout Lot
	l := NouveauLecteur(r)
	for {
		lot, err := l.Lire()
		if err != nil {
			return tout, err
		}
		tout.Mesures = append(tout.Mesures, lot.Mesures...)
		tout.Refus = append(tout.Refus, lot.Refus...)
	}
}

// morceaux rend octets à chaque lecture une tranche de la liste, comme TCP.
type morceaux struct{ liste [][]byte }

func (m *morceaux) Read(p []byte) (int, error) {
	if len(m.liste) == 0 {
		return 0, io.EOF
	}
	n := copy(p, m.liste[0])
	if m.liste[0] = m.liste[0][n:]; len(m.liste[0]) == 0 {
		m.liste = m.liste[1:]
	}
	return n, nil
}

// couper tire une façon de couper octets.
func couper(t *rapid.T, octets []byte) *morceaux {
	var m morceaux
	for len(octets) > 0 {
		n := rapid.IntRange(1, len(octets)).Draw(t, "coupe")
		m.liste = append(m.liste, octets[:n])
		octets = octets[n:]
	}
	return &m
}

func TestLeDecoupageDeTCPNeChangeRien(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		attendues := rapid.SliceOf(mesures()).Draw(t, "mesures")
		var octets []byte
		for _, m := range attendues {
			message, _ := Encoder(nil, m)
			blanc := rapid.SampledFrom([]string{"", " ", "\n", "\r\n\t "}).Draw(t, "blanc")
			octets = append(octets, strings.TrimSpace(string(message))+blanc...)
		}
		lot, err := lireTout(couper(t, octets))
		if err != io.EOF || len(lot.Refus) > 0 || !slices.Equal(lot.Mesures, attendues) {
			t.Fatalf("lu %+v, refus %v, fin %v ; attendu %+v", lot.Mesures, lot.Refus, err, attendues)
		}
	})
}

// Chaque ligne : un message, et ce qu'en dit le refus.
var refuses = [][2]string{
	{`42`, "objet JSON attendu, nombre reçu"},
	{`null`, "objet JSON attendu, null reçu"},
	{`"bonjour"`, "objet JSON attendu, chaîne reçue"},
	{`true`, "objet JSON attendu, booléen reçu"},
	{`[{"capteur_id":"a","temperature":1}]`, "objet JSON attendu, tableau reçu"},
	{`{}`, "capteur_id : membre absent"},
	{`{"temperature":1}`, "capteur_id : membre absent"},
	{`{"capteur_id":null,"temperature":1}`, "capteur_id : chaîne attendue, null reçu"},
	{`{"capteur_id":7,"temperature":1}`, "capteur_id : chaîne attendue, nombre reçu"},
	{`{"capteur_id":{"a":[1]},"temperature":1}`, "capteur_id : chaîne attendue, objet reçu"},
	{`{"capteur_id":"","temperature":1}`, "capteur_id : vide ou blanc"},
	{`{"capteur_id":" \u00a0","temperature":1}`, "capteur_id : vide ou blanc"},
	{`{"capteur_id":"a\nb","temperature":1}`, "capteur_id : caractère de contrôle U+000A interdit"},
	{`{"capteur_id":"a\u0000b","temperature":1}`, "capteur_id : caractère de contrôle U+0000 interdit"},
	{`{"capteur_id":"` + strings.Repeat("x", 129) + `","temperature":1}`, "capteur_id : 128 caractères au plus, 129 reçus"},
	{`{"capteur_id":"a"}`, "temperature : membre absent"},
	{`{"capteur_id":"a","temperature":null}`, "temperature : nombre attendu, null reçu"},
	{`{"capteur_id":"a","temperature":"23.5"}`, "temperature : nombre attendu, chaîne reçue"},
	{`{"capteur_id":"a","temperature":[1]}`, "temperature : nombre attendu, tableau reçu"},
	{`{"capteur_id":"a","temperature":1e999}`, "temperature : 1e999 dépasse ce qu'un float64 peut tenir"},
	{`{"capteur_id":"a","temperature":1` + strings.Repeat("0", 400) + `}`, "temperature : 1" + strings.Repeat("0", 39) + "… dépasse ce qu'un float64 peut tenir"},
	{`{"capteur_id":"a","Temperature":1}`, `temperature : membre absent ("Temperature" n'en a pas les minuscules)`},
	{`{"CAPTEUR_ID":"a","temperature":1}`, `capteur_id : membre absent ("CAPTEUR_ID" n'en a pas les minuscules)`},
	{`{"capteur_id":"a","temperature":1,"temperature":2}`, `membre "temperature" en double`},
	{`{"capteur_id":"a","temperature":1,"x":0,"x":0}`, `membre "x" en double`},
	{`{"capteur_id":"a","temp\u0065rature":1,"temperature":2}`, `membre "temperature" en double`},
	{`{"capteur_id":"a","temperature":1,"x":{"y":0,"y":0}}`, `membre "y" en double`},
	{"{\"capteur_id\":\"a\xff\",\"temperature\":1}", "JSON invalide à l'octet 17 : octet 0xFF qui n'est pas de l'UTF-8"},
	{`{"capteur_id":"\ud800","temperature":1}`, `JSON invalide à l'octet 16 : échappement « \ » invalide`},
}

func TestRefusSansFauteDeSyntaxe(t *testing.T) {
	for _, cas := range refuses {
		// Entre deux mesures, sans aucun saut de ligne : seul le message fautif est refusé.
		flot := `{"capteur_id":"avant","temperature":1} ` + cas[0] + ` {"capteur_id":"après","temperature":2}`
		for nom, r := range map[string]io.Reader{
			"d'un bloc":     strings.NewReader(flot),
			"octet à octet": iotest.OneByteReader(strings.NewReader(flot)),
		} {
			lot, err := lireTout(r)
			if err != io.EOF || !slices.Equal(lot.Mesures, []Mesure{{"avant", 1}, {"après", 2}}) {
				t.Errorf("%s, %s : lu %+v, fin %v, attendu les mesures d'avant et d'après", flot, nom, lot.Mesures, err)
			}
			if len(lot.Refus) != 1 || lot.Refus[0].Message != 2 || lot.Refus[0].Cause.Error() != cas[1] {
				t.Errorf("%s, %s : refus %v, attendu le message 2 : %s", cas[0], nom, lot.Refus, cas[1])
			}
		}
	}
}

func TestFauteDeSyntaxe(t *testing.T) {
	cas := [][2]string{
		{`{'capteur_id': 'a', 'temperature': 1}`, "JSON invalide à l'octet 2 : apostrophe inattendue (les textes JSON prennent des guillemets doubles)"},
		{`{"capteur_id":"a","temperature":NaN}`, "JSON invalide à l'octet 33 : « N » inattendu (NaN, Infinity, None, True et False ne sont pas du JSON)"},
		{`{"capteur_id":"a","temperature":01}`, "JSON invalide à l'octet 34 : « 1 » inattendu"},
		{`{"capteur_id":"a","temperature":1,}`, "JSON invalide à l'octet 34 : « , » inattendu"},
		{`{"capteur_id" "a"}`, "JSON invalide à l'octet 15 : « \" » inattendu"},
		{`bonjour`, "JSON invalide à l'octet 1 : « b » inattendu"},
		{"\u2028", "JSON invalide à l'octet 1 : caractère U+2028 inattendu"},
		{"{\x00", "JSON invalide à l'octet 2 : octet nul inattendu (un texte en UTF-16 ? JSON s'écrit en UTF-8)"},
		{"{\"capteur_id\":\"a\tb\"}", "JSON invalide à l'octet 17 : caractère U+0009 inattendu"},
	}
	for _, cas := range cas {
		flot := `{"capteur_id":"avant","temperature":1}` + "\n" + cas[0] + "\n" + `{"capteur_id":"après","temperature":2}` + "\n"
		lot, err := lireTout(iotest.HalfReader(strings.NewReader(flot)))
		if err != io.EOF || !slices.Equal(lot.Mesures, []Mesure{{"avant", 1}, {"après", 2}}) {
			t.Errorf("%s : lu %+v, fin %v, attendu les mesures d'avant et d'après", cas[0], lot.Mesures, err)
		}
		if len(lot.Refus) != 1 || lot.Refus[0].Message != 2 || lot.Refus[0].Cause.Error() != cas[1] {
			t.Errorf("%s : refus %v, attendu %s", cas[0], lot.Refus, cas[1])
		}
	}
}

func TestMembresInconnusEtMiseEnPage(t *testing.T) {
	flot := "{\n  \"unite\": {\"nom\": [\"°C\", null]},\n  \"temperature\": -0.5e1,\n  \"capteur_id\": \"caf\\u00e9 \\ud83c\\udf21\"\n}\n"
	lot, err := lireTout(iotest.OneByteReader(strings.NewReader(flot)))
	if err != io.EOF || len(lot.Refus) > 0 || !slices.Equal(lot.Mesures, []Mesure{{"café 🌡", -5}}) {
		t.Errorf("lu %+v, fin %v", lot, err)
	}
}

// L'objet du message compte : un membre peut en ouvrir un de moins que permis, en tableaux comme en objets.
func TestProfondeurPermise(t *testing.T) {
	for ouvrant, fermant := range map[string]string{"[": "]", `{"x":[`: "]}"} {
		pas := len(fermant) // un niveau par octet
		for _, n := range []int{profondeurMax/pas - 2, (profondeurMax - 1) / pas, (profondeurMax-1)/pas + 1, profondeurMax} {
			membre := strings.Repeat(ouvrant, n) + strings.Repeat(fermant, n)
			lot, err := lireTout(strings.NewReader(`{"x":` + membre + `,"capteur_id":"a","temperature":1}`))
			permis := 1+n*pas <= profondeurMax
			if err != io.EOF || permis != (len(lot.Mesures) == 1) || !permis && (len(lot.Refus) == 0 || lot.Refus[0].Cause != tropProfond) {
				t.Errorf("%d fois %s : %d mesures, refus %v, attendu permis : %v", n, ouvrant, len(lot.Mesures), lot.Refus, permis)
			}
		}
	}
}

func TestMessageCoupe(t *testing.T) {
	boum := errors.New("boum")
	for _, fin := range []error{io.EOF, boum} {
		flot := io.MultiReader(strings.NewReader("{\"capteur_id\":\"a\",\"temperature\":1}\n{\"capteur_id\":\n{\"capteur_id\":\"b\",\"temperature\":2}\n{\"capt"), iotest.ErrReader(fin))
		lot, err := lireTout(flot)
		if err != fin {
			t.Errorf("fin = %v, attendu %v", err, fin)
		}
		if !slices.Equal(lot.Mesures, []Mesure{{"a", 1}, {"b", 2}}) || len(lot.Refus) != 2 {
			t.Errorf("lu %+v, attendu deux mesures et deux refus", lot)
		}
	}
}

func TestMessageTropLong(t *testing.T) {
	message := func(taille int) string {
		debut, fin := `{"capteur_id":"a","temperature":1,"x":"`, `"}`
		return debut + strings.Repeat("x", taille-len(debut)-len(fin)) + fin
	}
	for _, suite := range []string{"", "\n", `{"capteur_id":"b","temperature":2}`} {
		if lot, err := lireTout(strings.NewReader("\n  " + message(MessageMax) + suite)); err != io.EOF || len(lot.Refus) > 0 || len(lot.Mesures) == 0 {
			t.Errorf("64 Kio tout juste : %d mesures, refus %v, fin %v", len(lot.Mesures), lot.Refus, err)
		}
	}
	lot, err := lireTout(strings.NewReader(`{"capteur_id":"avant","temperature":1}` + message(MessageMax+1)))
	if !errors.Is(err, ErrTropLong) || len(lot.Mesures) != 1 || len(lot.Refus) != 1 || lot.Refus[0].Cause != ErrTropLong {
		t.Errorf("64 Kio et un octet : %+v, fin %v, attendu une mesure et ErrTropLong", lot, err)
	}
}

// infini rend le même motif, jusqu'à max octets.
type infini struct {
	motif       string
	donnes, max int
}

func (r *infini) Read(p []byte) (int, error) {
	if r.donnes >= r.max {
		return 0, io.EOF
	}
	n := 0
	for n < len(p) {
		n += copy(p[n:], r.motif[(r.donnes+n)%len(r.motif):])
	}
	r.donnes += n
	return n, nil
}

// balance pèse ce que tient un lecteur qui attend la suite d'un texte.
type balance struct {
	texte       *strings.Reader
	vide, lourd int64
}

func (b *balance) Read(p []byte) (int, error) {
	b.peser()
	return b.texte.Read(p)
}

func (b *balance) peser() {
	if b.texte.Len() == 0 {
		b.lourd = max(b.lourd, tas()-b.vide)
	}
}

// tas rend ce qui est retenu en mémoire, en octets.
func tas() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// distincts rend n textes, tous différents, mis en forme.
func distincts(n int, forme string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, forme, string([]byte{'a' + byte(i%26), 'a' + byte(i/26%26), 'a' + byte(i/676)}))
	}
	return b.String()
}

// Quoi qu'envoie une connexion, elle ne tient que quatre fois ce qu'un message peut peser : ce qui attend, ce qui est lu, et ce
// qui l'a été juste avant.
func TestMemoireBornee(t *testing.T) {
	const plein = MessageMax - 100
	longs := distincts(plein/160, `{"capteur_id":"%s`+strings.Repeat("x", 120)+`","temperature":1}`)
	courts := distincts(plein/36, `{"capteur_id":"%s","temperature":1}`)
	chaine := `{"x":"` + strings.Repeat("x", plein)
	nom := `{"` + strings.Repeat("n", plein)
	cas := map[string]string{
		"des membres":                      "{" + distincts(plein/8, `"%s":1,`),
		"des membres échappés":             "{" + distincts(plein/13, `"\\u0061%s":1,`),
		"des membres d'un membre":          `{"x":{` + distincts(plein/8, `"%s":1,`),
		"des objets pleins de membres":     "{" + distincts(9, `"%s":{`+distincts(plein/80, `"%s":1,`)+`"a":1},`),
		"des noms les uns dans les autres": strings.Repeat(`{"`+strings.Repeat("n", 640)+`":`, plein/650),
		"un nom":                           nom,
		"un nom, puis":                     nom[:plein/2] + `":"` + chaine[:plein/2],
		"une chaîne":                       chaine,
		"une chaîne échappée":              `{"x":"` + strings.Repeat(`\n`, plein/2),
		"un identifiant":                   `{"capteur_id":"` + strings.Repeat("é", plein/2),
		"un nombre":                        `{"temperature":1` + strings.Repeat("0", plein),
		"des tableaux":                     `{"x":` + strings.Repeat("[", plein),
		"des éléments":                     `{"x":[` + strings.Repeat("1,", plein/2),
		"une faute sans fin":               `{x"` + strings.Repeat(":[", plein/2),
		"des ordures":                      strings.Repeat("x", plein),
		"des refus":                        strings.Repeat("{}", plein/2),
		"des refus bavards":                strings.Repeat(`{"capteur_id":1e}`+"\n", plein/17),
		"des mesures":                      courts + longs + courts + longs,
		"des mesures, puis une chaîne":     courts + courts + longs + longs + longs + chaine,
		"une chaîne, puis des mesures":     chaine + `"}` + courts + longs,
		"une chaîne, puis des membres":     chaine + `"}{` + distincts(plein/8, `"%s":1,`),
		"des membres, puis une chaîne":     "{" + distincts(plein/8, `"%s":1,`) + `"x":1}` + chaine,
		"une chaîne, puis rien":            chaine + `"}`,
	}
	for nom, texte := range cas {
		for genre, couper := range map[string]func(io.Reader) io.Reader{"d'un bloc": entier, "par moitiés": iotest.HalfReader} {
			b := &balance{texte: strings.NewReader(texte), vide: tas()}
			l := NouveauLecteur(couper(b))
			for {
				if _, err := l.Lire(); err != nil {
					break
				}
				b.peser()
			}
			if b.lourd > 4*MessageMax {
				t.Errorf("%s, %s : %d Kio tenus, attendu %d au plus", nom, genre, b.lourd>>10, 4*MessageMax>>10)
			}
			runtime.KeepAlive(l)
		}
	}
}

func entier(r io.Reader) io.Reader { return r }

// guetteur demande, à chaque lecture, si un message est en cours.
type guetteur struct {
	texte   *strings.Reader
	lecteur *Lecteur
	enCours bool
}

func (g *guetteur) Read(p []byte) (int, error) {
	g.enCours = g.lecteur.EnCours()
	return g.texte.Read(p)
}

func TestEnCours(t *testing.T) {
	objet := `{"capteur_id":"a","temperature":1}`
	for texte, attendu := range map[string]bool{
		"": false, " \r\n\x00\x1e\ufeff\t": false, objet: false, objet + "\n  ": false, objet + ";": false, objet + "x": false, "x": true, "bonjour\n": false,
		`{"a":NaN}`: false, `{"a":NaN}` + objet + "\n": false, objet + "\xef": true, "{": true, objet + "\n" + objet[:9]: true, `{"a":NaN`: true,
		`{"a":NaN` + "\n": false, `"`: true, "[1,": true, "GET /": true, "\x16\x03\x01": true, "x\n{": true, "4": true,
	} {
		for _, couper := range []func(io.Reader) io.Reader{entier, iotest.OneByteReader} {
			g := &guetteur{texte: strings.NewReader(texte)}
			g.lecteur = NouveauLecteur(couper(g))
			for {
				if _, err := g.lecteur.Lire(); err != nil {
					break
				}
			}
			if g.enCours != attendu {
				t.Errorf("%q : en cours %v, attendu %v", texte, g.enCours, attendu)
			}
		}
	}
}

func TestRefusParLot(t *testing.T) {
	for _, motif := range []string{"1 ", "x\n", "{\"a\":{}}", "{", "[\n"} {
		l := NouveauLecteur(&infini{motif: motif, max: 2 * MessageMax})
		for {
			lot, err := l.Lire()
			if err != nil {
				break
			}
			if len(lot.Refus) > refusParLot {
				t.Fatalf("%q : %d refus dans un lot", motif, len(lot.Refus))
			}
		}
	}
}

func TestUnLotEstCeQuiEstArrive(t *testing.T) {
	r, w := io.Pipe()
	go func() { // se termine avec le tuyau
		w.Write([]byte(`{"capteur_id":"a","temperature":1} {"capteur_id":"a","temperature":2} {"capteur_id":"a"`))
		w.Write([]byte(`,"temperature":3}`))
		w.Close()
	}()
	l := NouveauLecteur(r)
	premier, err := l.Lire()
	if err != nil || len(premier.Mesures) != 2 {
		t.Fatalf("premier lot : %+v, %v, attendu les deux mesures entières sans attendre la troisième", premier, err)
	}
	second, err := l.Lire()
	if err != nil || !slices.Equal(second.Mesures, []Mesure{{"a", 3}}) {
		t.Fatalf("second lot : %+v, %v, attendu la troisième mesure", second, err)
	}
}

func BenchmarkLecteur(b *testing.B) {
	var octets []byte
	for i := range 1000 {
		octets, _ = Encoder(octets, Mesure{"capteur_1", 20 + float64(i)/100})
	}
	b.SetBytes(int64(len(octets)) / 1000)
	b.ReportAllocs()
	l := NouveauLecteur(&infini{motif: string(octets), max: 1 << 62})
	lus := 0
	for b.Loop() { // un message par tour, lu par lots
		if lus == 0 {
			lot, err := l.Lire()
			if err != nil {
				b.Fatal(err)
			}
			lus = len(lot.Mesures)
		}
		lus--
	}
}

// BenchmarkUnParUn lit des messages qui viennent seuls, comme d'un capteur qui attend sa confirmation.
func BenchmarkUnParUn(b *testing.B) {
	octets, _ := Encoder(nil, Mesure{"capteur_1", 23.5})
	b.ReportAllocs()
	l := NouveauLecteur(unParUn(octets))
	for b.Loop() {
		if lot, err := l.Lire(); err != nil || len(lot.Mesures) != 1 {
			b.Fatal(lot, err)
		}
	}
}

type unParUn []byte

func (u unParUn) Read(p []byte) (int, error) { return copy(p, u), nil }
