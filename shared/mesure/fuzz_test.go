package mesure

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"capteurs/shared/lisible"
)

// FuzzLecteur donne n'importe quels octets au lecteur, d'un bloc, octet à octet, et coupés au hasard ; ce qu'il en lit se
// compare à ce qu'en lit une référence lente, écrite avec une autre bibliothèque.
func FuzzLecteur(f *testing.F) {
	for _, texte := range []string{
		`{"capteur_id": "capteur_1", "temperature": 23.5}`,
		"{\n  \"capteur_id\": \"capteur_1\",\n  \"temperature\": 23.5\n}\n",
		"{'a'\n[\n{\"capteur_id\":\"a\",\"temperature\":1}\n\xff",
		`{"capteur_id":"a","temperature":1}{"x":{"y":[{}]},"capteur_id":"\ud83c\udf21","temperature":-0.5e1} 7 "b" [] {"capteur_id"`,
	} {
		f.Add([]byte(texte), uint64(0))
	}
	for i, ordure := range slices.Concat(refermees, ouvertes, fermees, neutres, separateurs) {
		f.Add([]byte(ordure+`{"capteur_id":"a","temperature":1}`+ordure), uint64(i))
	}
	f.Add([]byte("POST /x HTTP/1.1\r\nContent-Type: text/plain\r\n\r\n{\"capteur_id\":\"a\",\"temperature\":1}"), uint64(3))
	f.Add([]byte("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"), uint64(4))
	for i, cas := range refuses {
		f.Add([]byte(cas[0]+"\n"), uint64(i))
	}
	f.Fuzz(func(t *testing.T, octets []byte, graine uint64) {
		bloc, errBloc := lireSansExces(t, bytes.NewReader(octets))
		etranger := errors.Is(errBloc, ErrAutreProtocole)
		if !etranger && !errors.Is(errBloc, io.EOF) && !errors.Is(errBloc, ErrTropLong) {
			t.Fatalf("fin %v, attendu celle du flot, ErrTropLong ou ErrAutreProtocole", errBloc)
		}
		for nom, r := range map[string]io.Reader{
			"octet à octet":       iotest.OneByteReader(bytes.NewReader(octets)),
			"coupés au hasard":    auHasard(octets, graine),
			"la fin avec la fin":  iotest.DataErrReader(bytes.NewReader(octets)),
			"par moitiés de tout": iotest.HalfReader(bytes.NewReader(octets)),
		} {
			coupes, err := lireSansExces(t, r)
			if !errors.Is(err, errBloc) || !slices.EqualFunc(coupes, bloc, memeSort) {
				t.Fatalf("%s, %+v (%v), d'un bloc %+v (%v)", nom, coupes, err, bloc, errBloc)
			}
		}
		if etranger {
			if len(bloc) != 1 || bloc[0].refus == "" {
				t.Fatalf("%q, d'un autre protocole : lu %+v, attendu un seul refus", octets, bloc)
			}
			return
		}
		if attendus := lireLentement(octets); len(octets) < MessageMax/2 && !slices.EqualFunc(bloc, attendus, memeSort) {
			t.Fatalf("%q : lu %+v, la référence %+v", octets, bloc, attendus)
		}
		// Une ligne valide posée derrière n'importe quoi est lue, si rien ne l'a précédée de trop long.
		if !errors.Is(errBloc, ErrTropLong) && len(octets) < MessageMax/2 {
			suite, _ := lireSansExces(t, bytes.NewReader(append(slices.Clip(octets), "\n{\"capteur_id\":\"fin\",\"temperature\":0}\n"...)))
			if !slices.ContainsFunc(suite, func(v verdict) bool { return v.mesure == Mesure{"fin", 0} }) {
				t.Fatalf("%q fait perdre la ligne valide qui suit : %+v", octets, suite)
			}
		}
	})
}

// FuzzLecteurAccuses donne à un client ce que n'importe quel serveur pourrait lui répondre.
func FuzzLecteurAccuses(f *testing.F) {
	f.Add(Accuser(nil, Lot{Mesures: make([]Mesure, 1), Refus: []Refus{{1, io.ErrNoProgress}}}, 7), uint64(0))
	f.Add([]byte("{\"statut\":\"erreur\",\"erreur\":\"\\u001b[2J\\u202e\"}\n{\"statut\":\"ok\",\"x\":[{}]}\r\n"), uint64(1))
	f.Add([]byte("OK"), uint64(2))
	f.Fuzz(func(t *testing.T, octets []byte, graine uint64) {
		bloc, err := lireAccuses(t, bytes.NewReader(octets))
		coupes, errCoupes := lireAccuses(t, auHasard(octets, graine))
		if !slices.Equal(bloc, coupes) || errors.Is(err, ErrPasUnAccuse) != errors.Is(errCoupes, ErrPasUnAccuse) {
			t.Fatalf("d'un bloc %+v (%v), coupés %+v (%v)", bloc, err, coupes, errCoupes)
		}
		for i, ligne := range bytes.SplitAfter(octets, []byte("\n"))[:len(bloc)] {
			var membres map[string]json.RawMessage
			var statut string
			if err := errors.Join(json.Unmarshal(ligne, &membres), json.Unmarshal(membres["statut"], &statut)); err != nil || statut != bloc[i].Statut {
				t.Fatalf("%q lu %+v, encoding/json lit le statut %q, %v", ligne, bloc[i], statut, err)
			}
		}
	})
}

// lireAccuses lit des réponses jusqu'à la première qui n'en est pas une, et vérifie qu'elles ne peuvent pas nuire.
func lireAccuses(t *testing.T, r io.Reader) (accuses []Accuse, fin error) {
	t.Helper()
	for l := NouveauLecteurAccuses(r); ; {
		a, err := l.Lire()
		if err != nil {
			if len(err.Error()) > 4*accuseMax {
				t.Fatalf("erreur de %d octets", len(err.Error()))
			}
			return accuses, err
		}
		if a.Statut != OK && a.Statut != Erreur || a.Enregistrees < 0 || a.Message < 0 || lisible.Texte(a.Erreur) != a.Erreur {
			t.Fatalf("accusé %+v", a)
		}
		accuses = append(accuses, a)
	}
}

// verdict est le sort d'un message : une mesure, ou la cause d'un refus.
type verdict struct {
	mesure Mesure
	refus  string
}

// memeSort compare deux sorts, mais non ce qu'en dit la cause : un caractère absurde, coupé en deux, ne peut être cité entier.
func memeSort(a, b verdict) bool { return a.mesure == b.mesure && (a.refus == "") == (b.refus == "") }

// lireSansExces lit r jusqu'au bout et rend le sort de chaque message, dans l'ordre. Toute mesure rendue est valide, toute
// cause se montre sans danger, les rangs se suivent, et aucun lot ne porte plus de refus que permis, à ceux d'une ligne près.
func lireSansExces(t rapid.TB, r io.Reader) (verdicts []verdict, fin error) {
	t.Helper()
	for l := NouveauLecteur(r); ; {
		lot, err := l.Lire()
		if err != nil {
			return verdicts, err
		}
		if len(lot.Refus) > refusParLot+2 {
			t.Fatalf("%d refus dans un lot", len(lot.Refus))
		}
		for len(lot.Mesures)+len(lot.Refus) > 0 {
			if len(lot.Refus) > 0 && lot.Refus[0].Message == len(verdicts)+1 {
				cause := lot.Refus[0].Cause.Error()
				if cause == "" || len(cause) > 300 || !utf8.ValidString(cause) || bytes.ContainsFunc([]byte(cause), func(c rune) bool { return !unicode.IsGraphic(c) }) {
					t.Fatalf("cause %q : une phrase courte et qui se montre est attendue", cause)
				}
				verdicts, lot.Refus = append(verdicts, verdict{refus: cause}), lot.Refus[1:]
				continue
			}
			if len(lot.Mesures) == 0 {
				t.Fatalf("refus de rang %d, attendu %d", lot.Refus[0].Message, len(verdicts)+1)
			}
			if err := lot.Mesures[0].Valider(); err != nil {
				t.Fatalf("le lecteur rend une mesure invalide : %v", err)
			}
			verdicts, lot.Mesures = append(verdicts, verdict{mesure: lot.Mesures[0]}), lot.Mesures[1:]
		}
	}
}

// auHasard coupe des octets en morceaux de un à quarante, comme TCP pourrait le faire.
func auHasard(octets []byte, graine uint64) *morceaux {
	var m morceaux
	for alea := rand.New(rand.NewPCG(graine, 0)); len(octets) > 0; {
		n := min(1+alea.IntN(40), len(octets))
		m.liste, octets = append(m.liste, octets[:n]), octets[n:]
	}
	return &m
}

// lireLentement lit un flot entier, sans se presser, avec encoding/json : ce que le lecteur doit en lire, d'après ce que son
// commentaire promet.
func lireLentement(octets []byte) (verdicts []verdict) {
	for {
		for suite := octets; ; octets = suite { // les blancs, autant qu'il y en a
			suite = bytes.TrimPrefix(bytes.TrimLeft(octets, " \t\r\n\x00\x1e"), []byte("\ufeff"))
			if len(suite) == len(octets) {
				break
			}
		}
		if len(octets) == 0 {
			return verdicts
		}
		dec := json.NewDecoder(bytes.NewReader(octets))
		var brut json.RawMessage
		if dec.Decode(&brut) == nil && profondeur(brut) <= profondeurMax && !nomDemesure(brut) && !guillemetPerdu.Match(brut) {
			m, valide := reference(brut)
			if v := (verdict{mesure: m}); valide {
				verdicts = append(verdicts, v)
			} else {
				verdicts = append(verdicts, verdict{refus: "x"})
			}
			octets = octets[dec.InputOffset():]
			continue
		}
		verdicts = append(verdicts, verdict{refus: "x"})
		if n := refermeture(octets); n > 0 {
			octets = octets[n:]
			continue
		}
		octets = octets[1:]
		switch n := bytes.IndexAny(octets, "{\n"); {
		case n < 0:
			return verdicts
		case octets[n] == '\n':
			octets = octets[n+1:]
		default:
			octets = octets[n:]
		}
	}
}

var (
	guillemetPerdu = regexp.MustCompile(`^"(?s:.*)\{ *"$`)
	separateur     = regexp.MustCompile("[\n\x00\x1e]")
	chaineSuivie   = regexp.MustCompile(`^("(?s:[^"\\]|\\.)*")[ \t\r']*(?:[:,\]}]|$)`)
	chaineFermee   = regexp.MustCompile(`^"(?s:[^"\\]|\\.)*"`)
)

// refermeture rend la longueur de l'objet fautif par où commence un texte, ou 0 si rien ne l'y referme.
func refermeture(texte []byte) int {
	if texte[0] != '{' {
		return 0
	}
	if fin := separateur.FindIndex(texte); fin != nil {
		texte = texte[:fin[0]]
	}
	avant, ouverts := ":", "" // le dernier caractère qui compte ; ce qui est ouvert
	for i := 0; i < len(texte); i++ {
		c := string(texte[i : i+1])
		attendChaine := strings.Contains("{[:,", avant)
		switch {
		case strings.Contains(" \t\r'", c), c == `"` && !attendChaine:
			continue
		case c == `"` && !chaineFermee.Match(texte[i:]):
			return 0
		case c == `"`:
			if chaine := chaineSuivie.FindSubmatch(texte[i:]); chaine != nil {
				i += len(chaine[1]) - 1
			} else {
				c = "?"
			}
		case c == "{" && avant != ":" && avant != "[" && !(avant == "," && strings.HasSuffix(ouverts, "[")):
			return 0
		case c == "{", c == "[":
			ouverts += c
		case c == "]":
			ouverts = strings.TrimSuffix(ouverts, "[")
		case c == "}":
			if ouverts = strings.TrimSuffix(strings.TrimRight(ouverts, "["), "{"); ouverts == "" {
				return i + 1
			}
		}
		avant = c
	}
	return 0
}

// nomDemesure dit si un membre, à quelque profondeur, a un nom plus long que permis.
func nomDemesure(brut []byte) bool {
	for _, chaine := range regexp.MustCompile(`"(?s:[^"\\]|\\.)*"\s*:?`).FindAll(brut, -1) {
		if nom, suivi := bytes.CutSuffix(chaine, []byte(":")); suivi && len(bytes.TrimSpace(nom)) > nomMax {
			return true
		}
	}
	return false
}

// reference lit un message que l'on sait délimité, avec encoding/json et sans se presser.
func reference(brut []byte) (m Mesure, valide bool) {
	if !utf8.Valid(brut) || substitutSeul(brut) || enDouble(brut) {
		return m, false
	}
	var membres map[string]json.RawMessage
	if json.Unmarshal(brut, &membres) != nil || membres == nil {
		return m, false
	}
	var id *string
	var temperature *json.Number
	if json.Unmarshal(membres["capteur_id"], &id) != nil || id == nil ||
		len(membres["temperature"]) == 0 || membres["temperature"][0] == '"' ||
		json.Unmarshal(membres["temperature"], &temperature) != nil || temperature == nil {
		return m, false
	}
	t, err := strconv.ParseFloat(temperature.String(), 64)
	m = Mesure{*id, t}
	return m, err == nil && m.Valider() == nil
}

var echappement = regexp.MustCompile(`\\(?:u(....)|.)`)

// substitutSeul dit si un échappement donne la moitié d'un caractère, que encoding/json remplace sans rien dire.
func substitutSeul(brut []byte) bool {
	attendu := -1 // où la seconde moitié doit commencer
	for _, bornes := range echappement.FindAllSubmatchIndex(brut, -1) {
		var code uint64
		if bornes[2] >= 0 {
			code, _ = strconv.ParseUint(string(brut[bornes[2]:bornes[3]]), 16, 32)
		}
		haut, bas := code>>10 == 0xD800>>10, code>>10 == 0xDC00>>10
		if bas != (bornes[0] == attendu) || attendu >= 0 && !bas {
			return true
		}
		if attendu = -1; haut {
			attendu = bornes[1]
		}
	}
	return attendu >= 0
}

// enDouble dit si un objet, à quelque profondeur, a deux membres du même nom.
func enDouble(brut []byte) bool {
	var noms []map[string]bool // par objet ouvert ; nil : un tableau
	for dec, nom := json.NewDecoder(bytes.NewReader(brut)), false; ; {
		jeton, err := dec.Token()
		if err != nil {
			return false
		}
		if texte, ok := jeton.(string); ok && nom {
			ouvert := noms[len(noms)-1]
			if ouvert[texte] {
				return true
			}
			ouvert[texte], nom = true, false
			continue
		}
		switch jeton {
		case json.Delim('{'):
			noms = append(noms, map[string]bool{})
		case json.Delim('['):
			noms = append(noms, nil)
		case json.Delim('}'), json.Delim(']'):
			noms = noms[:len(noms)-1]
		}
		nom = len(noms) > 0 && noms[len(noms)-1] != nil
	}
}

// profondeur compte les objets et tableaux ouverts à la fois, au plus.
func profondeur(brut []byte) (maximum int) {
	dec, ouverts := json.NewDecoder(bytes.NewReader(brut)), 0
	for {
		jeton, err := dec.Token()
		if err != nil {
			return maximum
		}
		switch jeton {
		case json.Delim('{'), json.Delim('['):
			ouverts++
			maximum = max(maximum, ouverts)
		case json.Delim('}'), json.Delim(']'):
			ouverts--
		}
	}
}
