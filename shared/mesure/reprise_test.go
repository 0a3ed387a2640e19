package mesure

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"pgregory.net/rapid"
)

// enUTF16 rend un texte tel que l'envoie un programme qui s'est trompé de codage.
func enUTF16(texte string) (octets string) {
	for _, unite := range utf16.Encode([]rune(texte)) {
		octets += string([]byte{byte(unite), byte(unite >> 8)})
	}
	return octets
}

// Des ordures. Ce qu'un objet fautif referme est dedans : le piège n'est pas une mesure reçue.
const piege = `{"capteur_id":"piège","temperature":0}`

var (
	refermees = []string{
		`{"capteur_id":"a","temperature":NaN}`, `{'capteur_id': 'a', 'temperature': 1}`, `{x}`, `{]}`, `{"a" "b"}`, `{"a":1,}`,
		`{"capteur_id":"a","temperature":01}`, `{"capteur_id":"a,"temperature":1}`, `{"capteur_id":"a","temperature:1}`,
		`{"t":NaN,"m":` + piege + `}`, `{"m":` + piege + `,"t":NaN}`, `{'m': [1, ` + piege + `]}`, `{"t":NaN,"s":"}{"}`,
		`{"t":NaN,"s":"\"}{"}`, `{'m': '` + piege + `'}`, `{"a":[1}`, `{"a":{"b":[{}}}`, enUTF16(`{"capteur_id":"a","temperature":1}`),
		"{\"capteur_id\":\"\xe9t\xe9\",\"temperature\":1}", "{\"capteur_id\":\"a\tb\",\"temperature\":1}", `[{"capteur_id":"a"}]`,
		`{"x":` + strings.Repeat("[", 150) + strings.Repeat("]", 150) + `}`, `{"a":1} {"a":1}`,
	}
	ouvertes = []string{
		"{", "{{{", "[", "[[[[", `{"`, `{"a`, `{"a":`, `{"a": `, `{"a":[`, `{"a":{"b":[`, `{"a":1,`, `{"a":"b\`, `{"a":"\u00`, `{'`, `{'a': `, `{'a': '`,
		`{"capteur_id":"x","temperature":`, `{"capteur_id":"x","temperature":2`, `{"capteur_id":"x","temperature":2.`, `{"capteur_id":"x"`,
		`{"t":NaN,"m":`, `{"t":NaN,"m":[{"x":1}`, `{"t":NaN,"m":["`, `{"x":` + strings.Repeat("[", 150), "{\x00", "{\xff", `{"a":NaN,"b`,
		"{\"t\":NaN,\"m\":[\x001,", "{\"t\":NaN,\"m\":[\x1e1,", "{\"t\":NaN,\"m\":[\n1,",
	}
	fermees = []string{"}", "]", "}}}", "]]\n]", `"}`, `"a":1}`, `,"temperature":1}`}
	neutres = []string{
		";", ",", `"`, "'", `"a`, "\\", `\"`, "NaN", "48", "-", "1.", "tru", "null", "bonjour", `"bonjour"`, "GET / HTTP/1.1\r\n\r\n", "\xff\xfe",
		"\xef\xbb", "\x01\x02\x16\x03", "«é»", "\u2028", "a:b", "# ", "\x00\x00\x000", "\x00\x00\x00\"", "!\n", "data: ", "\x1b[2J",
	}
	separateurs = []string{"", "", "", "\n", "\r\n", " ", "\x00", "\x1e", "\ufeff", "\x1e\ufeff\n\x00"}
)

// ordure tire des octets qu'un objet valide peut suivre. Aucune ne peut l'enfermer : ou bien rien n'y reste ouvert, ou bien
// rien n'y ferme que ce qu'elle a ouvert.
func ordure(t *rapid.T, ouvre bool) string {
	cote := fermees
	interdits := "{["
	if ouvre {
		cote, interdits = ouvertes, "]}"
	}
	return rapid.OneOf(
		rapid.SampledFrom(refermees), rapid.SampledFrom(cote), rapid.SampledFrom(neutres),
		rapid.Map(rapid.OneOf(
			rapid.Map(rapid.SliceOfN(rapid.Byte(), 1, 40), func(b []byte) string { return string(b) }),
			rapid.StringMatching(`[\[\]{}":,' a\\\n0-9.eE+-]{1,30}`),
		), func(s string) string {
			return strings.Map(func(c rune) rune {
				if strings.ContainsRune(interdits, c) {
					return -1
				}
				return c
			}, s)
		}),
	).Draw(t, "ordure")
}

// estBlanc dit si un texte ne sépare que des objets.
func estBlanc(s string) bool {
	return strings.Trim(strings.ReplaceAll(s, "\ufeff", ""), " \t\r\n\x00\x1e") == ""
}

// Quoi qui entoure des objets valides, avec ou sans sauts de ligne, coupé n'importe où : aucun n'est perdu, aucun n'est
// inventé, et tout ce qui est sauté est dans un refus.
func TestRienDeValideNEstPerdu(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ouvre := rapid.Bool().Draw(t, "ouvre")
		separer := func() string { return rapid.SampledFrom(separateurs).Draw(t, "séparateur") }
		octets := []byte(`{}`) // une requête HTTP ne se reconnaît qu'au début
		attendues := rapid.SliceOfN(mesures(), 1, 5).Draw(t, "mesures")
		var fautif []bool // s'il y a autre chose que des blancs avant la mesure
		for i := range attendues {
			attendues[i].CapteurID = fmt.Sprint(i) // aucune ordure ne porte ce nom
			entre := separer()
			for range rapid.IntRange(0, 3).Draw(t, "ordures") {
				entre += ordure(t, ouvre) + separer()
			}
			fautif = append(fautif, !estBlanc(entre) || i == 0)
			octets = append(octets, entre...)
			octets, _ = Encoder(octets, attendues[i])
			octets = octets[:len(octets)-1]
		}
		octets = append(octets, separer()+ordure(t, ouvre)...)
		bloc, err := lireSansExces(t, bytes.NewReader(octets))
		if err != io.EOF {
			t.Fatalf("%q : fin %v", octets, err)
		}
		reste, refuse := attendues, false
		for _, v := range bloc {
			switch {
			case v.refus != "":
				refuse = true
			case len(reste) == 0 || v.mesure != reste[0]:
				t.Fatalf("%q : lu %+v, attendu ensuite %+v", octets, bloc, reste)
			case fautif[0] && !refuse:
				t.Fatalf("%q : ce qui précède %+v est sauté sans un mot : %+v", octets, v.mesure, bloc)
			default:
				reste, fautif, refuse = reste[1:], fautif[1:], false
			}
		}
		if len(reste) > 0 {
			t.Fatalf("%q : %+v perdues ; lu %+v", octets, reste, bloc)
		}
		for _, r := range []io.Reader{couper(t, octets), iotest.OneByteReader(bytes.NewReader(octets))} {
			if coupes, err := lireSansExces(t, r); err != io.EOF || !slices.EqualFunc(coupes, bloc, memeSort) {
				t.Fatalf("%q : coupé, lu %+v, d'un bloc %+v", octets, coupes, bloc)
			}
		}
	})
}

// Chaque cas, parmi des objets que rien ne sépare : ce qu'en disent les refus, et combien il en faut.
func TestRepriseSansSautDeLigne(t *testing.T) {
	bons := func(de, a int) (texte []string) {
		for i := de; i < a; i++ {
			texte = append(texte, fmt.Sprintf(`{"capteur_id":"a","temperature":%d}`, i))
		}
		return texte
	}
	for _, c := range []struct {
		nom, flot   string
		bons, refus int
	}{
		{"NaN", strings.Join(bons(0, 10), "") + refermees[0] + strings.Join(bons(10, 99), ""), 99, 1},
		{"une barre échappée avant un guillemet", bons(0, 1)[0] + `{"t":NaN,"s":"}\\"}` + bons(1, 2)[0], 2, 1},
		{"deux barres, dont une échappe le guillemet", bons(0, 1)[0] + `{"t":NaN,"s":"\\\"}{"}` + bons(1, 2)[0], 2, 1},
		{"NUL après chaque objet", strings.Join(bons(0, 100), "\x00") + "\x00", 100, 0},
		{"BOM", "\ufeff" + strings.Join(bons(0, 100), ""), 100, 0},
		{"BOM et séparateurs de la RFC 7464", "\ufeff\x1e" + strings.Join(bons(0, 100), "\n\x1e") + "\n", 100, 0},
		{"points-virgules", strings.Join(bons(0, 100), ";"), 100, 99},
		{"virgules", strings.Join(bons(0, 100), ", "), 100, 99},
		{"longueurs", "35" + strings.Join(bons(10, 100), "35"), 90, 90},
		{"longueurs suivies d'un saut de ligne", "35\n" + strings.Join(bons(10, 100), "\n35\n"), 90, 90},
		{"longueurs sur quatre octets", "\x00\x00\x00#" + strings.Join(bons(10, 100), "\x00\x00\x00#"), 90, 90},
		{"longueurs qui se lisent « \" »", "\x00\x00\x00\"" + strings.Join(bons(0, 10), "\x00\x00\x00\""), 10, 10},
		{"longueurs qui se lisent « [ »", "\x00\x00\x00[" + strings.Join(bons(0, 10), "\x00\x00\x00["), 10, 10},
		{"longueurs qui se lisent « { »", "{\x00\x00\x00" + strings.Join(bons(0, 10), "{\x00\x00\x00"), 10, 10},
		{"des accolades", "{{{" + strings.Join(bons(0, 10), "{{{"), 10, 30},
		{"des objets coupés", `{"capteur_id":"a","temp` + strings.Join(bons(0, 10), `{"capteur_id":"a","temp`), 10, 10},
		{"des objets coupés avant leur valeur", `{"capteur_id":` + strings.Join(bons(0, 10), `{"capteur_id":`), 10, 10},
		{"UTF-16", bons(0, 1)[0] + enUTF16(bons(0, 1)[0]) + bons(1, 2)[0], 2, 1},
		{"deux fois encodé", bons(0, 1)[0] + `"{\"capteur_id\": \"a\", \"temperature\": 1}"` + bons(1, 2)[0], 2, 1},
	} {
		for _, r := range []io.Reader{strings.NewReader(c.flot), iotest.OneByteReader(strings.NewReader(c.flot))} {
			lot, err := lireTout(r)
			if err != io.EOF || len(lot.Mesures) != c.bons || len(lot.Refus) != c.refus {
				t.Errorf("%s : %d mesures et %d refus (%v), attendu %d et %d, fin %v", c.nom, len(lot.Mesures), len(lot.Refus), lot.Refus[:min(3, len(lot.Refus))], c.bons, c.refus, err)
			}
		}
	}
}

// Ce qu'un objet fautif referme est dedans : le piège n'est jamais une mesure.
func TestUnObjetFautifEnfermeCeQuIlReferme(t *testing.T) {
	attendues := []Mesure{{"avant", 1}, {"après", 2}}
	avant, apres := `{"capteur_id":"avant","temperature":1}`, `{"capteur_id":"après","temperature":2}`
	for _, fautif := range refermees {
		if lot, _ := lireTout(strings.NewReader(avant + fautif + apres)); !slices.Equal(lot.Mesures, attendues) || len(lot.Refus) == 0 {
			t.Errorf("%q : lu %+v, attendu %+v, et un refus", fautif, lot, attendues)
		}
	}
}

// avare rend des octets, puis retient qu'on lui en a demandé d'autres.
type avare struct {
	flot    io.Reader
	demande bool
}

func (a *avare) Read(p []byte) (int, error) {
	n, err := a.flot.Read(p)
	a.demande = a.demande || err != nil
	return n, err
}

// Il peut encore s'agir d'une valeur : d'un objet, ou d'un tableau.
var enfermant = regexp.MustCompile(`^\[|[^a]: *["']?$|\["?$|\[\{[^{]*\}$`)

// Un objet entier est lu sans attendre un octet de plus, quelque faute qui le précède : seul un objet resté ouvert sur une
// valeur peut encore l'enfermer.
func TestUnObjetEntierNAttendRien(t *testing.T) {
	attendue := Mesure{"a", 1}
	objet := `{"capteur_id":"a","temperature":1}`
	for _, avant := range slices.Concat(refermees, ouvertes, fermees, neutres, separateurs) {
		if enfermant.MatchString(avant) {
			continue
		}
		for _, r := range []io.Reader{strings.NewReader("{}" + avant + objet), iotest.OneByteReader(strings.NewReader("{}" + avant + objet))} {
			flot := &avare{flot: r}
			l := NouveauLecteur(flot)
			var lues []Mesure
			for !slices.Contains(lues, attendue) {
				lot, err := l.Lire()
				if err != nil {
					t.Errorf("%q fait perdre l'objet qui suit : %v", avant, err)
					break
				}
				lues = append(lues, lot.Mesures...)
			}
			if flot.demande {
				t.Errorf("%q : l'objet qui suit, entier, attend encore", avant)
			}
		}
	}
}

// Une faute que rien ne finit, ni accolade ni saut de ligne, ferme.
func TestFauteSansFin(t *testing.T) {
	for _, motif := range []string{"x", `{"a":NaN,"b":[`, `{"a":NaN,"b":"`, `{"a":NaN`, "[x", `"\`, `{"a":[`, `{"a":"`, "["} {
		octets := motif + strings.Repeat("1,", MessageMax)
		for _, r := range []io.Reader{strings.NewReader(octets), iotest.HalfReader(strings.NewReader(octets))} {
			lot, err := lireTout(r)
			if !errors.Is(err, ErrTropLong) || len(lot.Mesures) > 0 || len(lot.Refus) == 0 || lot.Refus[len(lot.Refus)-1].Cause != ErrTropLong {
				t.Errorf("%q sans fin : %+v, fin %v, attendu ErrTropLong", motif, lot, err)
			}
		}
	}
}

// Une ligne faite pour être relue sans cesse ne coûte pas plus à démêler qu'à envoyer, à un facteur près.
func TestUneLigneTordueNeSeRelitPasSansFin(t *testing.T) {
	for _, motif := range []string{`"{":{},`, `"{",{},`, `{"a":`, `{"a":NaN,"b":`, `{"a":[{"b":`, `"x":"{",`, "{", `{"`, `{"a":{},`, `"a":{"b":NaN},`} {
		l := NouveauLecteur(strings.NewReader("{NaN,\"x\":" + strings.Repeat(motif, (MessageMax-10)/len(motif)) + "\n"))
		for {
			if _, err := l.Lire(); err != nil {
				break
			}
		}
		if l.relus > (relecturesMax+2)*2*MessageMax {
			t.Errorf("%q répété : %d octets relus pour %d reçus", motif, l.relus, l.source.passes)
		}
	}
}

// Des fautes qui se suivent sans fin, ni saut de ligne, sont une faute sans fin : la connexion se ferme à 64 Kio, et les réponses
// restent bornées. Un saut de ligne, ou un message bien formé, remet le compte à zéro.
func TestFautesSansFin(t *testing.T) {
	const bon = `{"capteur_id":"a","temperature":1}`
	for motif, ferme := range map[string]bool{"{": true, "{ ": true, "{]": true, "{\"": true, "{{\n": false, "[\n": false, "{" + bon: false, "{" + bon + "\n": false} {
		l := NouveauLecteur(strings.NewReader(bon + strings.Repeat(motif, 4*MessageMax)))
		refus, mesures := 0, 0
		var fin error
		for fin == nil {
			var lot Lot
			lot, fin = l.Lire()
			refus, mesures = refus+len(lot.Refus), mesures+len(lot.Mesures)
		}
		if errors.Is(fin, ErrTropLong) != ferme || mesures == 0 {
			t.Errorf("%q sans fin : %v, %d mesures, attendu fermé %v", motif, fin, mesures, ferme)
		}
		if ferme && refus > MessageMax+refusParLot {
			t.Errorf("%q sans fin : %d refus", motif, refus)
		}
	}
}
