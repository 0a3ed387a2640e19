package releve

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/go-json-experiment/json/jsontext"
)

func encoderUTF16(marque []byte, s string, ordre ordreOctets) []byte {
	b := bytes.Clone(marque)
	for _, u := range utf16.Encode([]rune(s)) {
		b = ordre.AppendUint16(b, u)
	}
	return b
}

// Les longueurs qu'un préfixe peut annoncer.
var reLongueur = regexp.MustCompile(`^(\s*)(\d{1,20})([ \t\r\n:|;\x00]*)$`)

// reconnaitreLongueur dit si le préfixe annonce la longueur du message, en chiffres ou en binaire.
func (m *Message) reconnaitreLongueur() {
	longueur := m.fin - m.debut
	suite := m.texte[m.fin:]
	blancs := len(suite) - len(strings.TrimLeft(suite, " \r\n\x00"))
	for plus := range min(blancs, 4) + 1 {
		if n, ok := longueurAnnoncee(string(m.Prefixe)); ok && n == longueur+plus {
			m.Longueur, m.compte = true, plus
			return
		}
	}
}

func longueurAnnoncee(prefixe string) (int, bool) {
	if p := reLongueur.FindStringSubmatch(prefixe); p != nil {
		n, err := strconv.Atoi(p[2])
		return n, err == nil
	}
	b := []byte(prefixe)
	switch len(b) {
	case 1:
		return int(b[0]), true
	case 2:
		return int(ordreDe(b).Uint16(b)), true
	case 4:
		return int(ordreDe(b).Uint32(b)), true
	case 8:
		return int(ordreDe(b).Uint64(b)), true
	}
	return 0, false
}

// ordreDe devine l'ordre d'une longueur en binaire : son octet de poids fort est nul.
func ordreDe(b []byte) binary.ByteOrder {
	if b[0] == 0 {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// prefixePour rend le préfixe qui annonce une autre longueur, de la même largeur quand c'est possible.
func (m Message) prefixePour(longueur int) (string, error) {
	ancien := string(m.Prefixe)
	if p := reLongueur.FindStringSubmatch(ancien); p != nil {
		chiffres := strconv.Itoa(longueur)
		for strings.HasPrefix(p[2], "0") && len(chiffres) < len(p[2]) {
			chiffres = "0" + chiffres
		}
		ecart := len(chiffres) - len(p[2])
		switch apres := p[3]; {
		case strings.HasPrefix(apres, " ") && len(apres) > max(ecart, 0)+1: // « 44 » suivi d'espaces, jusqu'à 64 octets
			return p[1] + chiffres + strings.Repeat(" ", max(0, -ecart)) + apres[max(0, ecart):], nil
		case strings.HasPrefix(p[1], " ") && len(p[1]) > max(ecart, 0):
			return strings.Repeat(" ", max(0, -ecart)) + p[1][max(0, ecart):] + chiffres + apres, nil
		default:
			return p[1] + chiffres + apres, nil
		}
	}
	b := []byte(ancien)
	if bits := 8 * len(b); bits < 64 && longueur >= 1<<bits {
		return "", fmt.Errorf("message de %d octets : trop long pour sa longueur en %d bits", longueur, bits)
	}
	ordre := ordreDe(b)
	switch len(b) {
	case 1:
		b[0] = byte(longueur)
	case 2:
		ordre.PutUint16(b, uint16(longueur))
	case 4:
		ordre.PutUint32(b, uint32(longueur))
	case 8:
		ordre.PutUint64(b, uint64(longueur))
	}
	return string(b), nil
}

// Remplacer rend le message, avec ce qui le précède et ce qui le suit, où l'identifiant et la température sont remplacés : un
// texte reste un texte et un nombre un nombre, entre les mêmes guillemets ; le reste ne change pas, sauf la longueur annoncée
// et le remplissage. C'est une erreur si l'un des deux n'y a pas été reconnu, ou ne peut pas s'y écrire.
func (m Message) Remplacer(id string, temperature float64) ([]byte, error) {
	if !m.Identifiant.Present() || !m.Temperature.Present() {
		return nil, errors.New("identifiant ou température non reconnu : rien à remplacer")
	}
	nouvelID, err := m.ecrireID(id)
	if err != nil {
		return nil, err
	}
	premier, second := m.Identifiant, m.Temperature
	ecritUn, ecritDeux := nouvelID, m.ecrireTemperature(temperature)
	if premier.debut > second.debut {
		premier, second, ecritUn, ecritDeux = second, premier, ecritDeux, ecritUn
	}
	if premier.debut < m.debut || premier.fin > second.debut || second.fin > m.fin {
		return nil, errors.New("identifiant et température au même endroit du message")
	}
	corps := m.texte[m.debut:premier.debut] + ecritUn + m.texte[premier.fin:second.debut] + ecritDeux + m.texte[second.fin:m.fin]
	suffixe := remplissage(string(m.Suffixe), len(corps)-(m.fin-m.debut))
	prefixe := string(m.Prefixe)
	if m.Longueur {
		if prefixe, err = m.prefixePour(len(corps) + m.compte); err != nil {
			return nil, err
		}
	}
	return m.encoder(prefixe + corps + suffixe)
}

// remplissage garde la longueur totale d'un message complété par des espaces ou des octets nuls.
func remplissage(suffixe string, plus int) string {
	if len(suffixe) < 8 || strings.Trim(suffixe, suffixe[:1]) != "" || !strings.ContainsAny(suffixe[:1], " \x00") {
		return suffixe
	}
	return strings.Repeat(suffixe[:1], max(0, len(suffixe)-plus))
}

func (m Message) ecrireID(id string) (string, error) {
	ancien := m.texte[m.Identifiant.debut:m.Identifiant.fin]
	switch m.Identifiant.Genre {
	case GenreTexte, GenreNom:
		return entreGuillemets(ancien, id, m.JSON), nil
	case GenreNombre:
		if !reNombreSeul.MatchString(id) {
			return "", fmt.Errorf("l'identifiant de ce message est un nombre : %q ne peut pas le remplacer", id)
		}
		return id, nil
	}
	return "", fmt.Errorf("l'identifiant de ce message n'est pas un texte mais : %s", m.Identifiant.Genre)
}

func (m Message) ecrireTemperature(t float64) string {
	ancien := m.texte[m.Temperature.debut:m.Temperature.fin]
	clair := m.Temperature.Texte
	p := reNombreVirgule.FindStringIndex(clair)
	switch {
	case m.Temperature.Genre == GenreNombre || p == nil:
		return nombreComme(clair, t)
	default: // le nombre d'un texte, peut-être avec son unité
		return entreGuillemets(ancien, clair[:p[0]]+nombreComme(clair[p[0]:p[1]], t)+clair[p[1]:], m.JSON)
	}
}

// nombreComme écrit un nombre comme l'était un autre : avec la même virgule, et une décimale au moins s'il en avait.
func nombreComme(ancien string, t float64) string {
	s := string(jsontext.AppendFloat(nil, t, 64))
	if strings.ContainsAny(ancien, ".,") && !strings.ContainsAny(s, ".e") {
		s += ".0"
	}
	if strings.Contains(ancien, ",") {
		s = strings.ReplaceAll(s, ".", ",")
	}
	return s
}

// entreGuillemets écrit un texte entre les guillemets de l'ancien, ou sans guillemets quand il n'en avait pas.
func entreGuillemets(ancien, nouveau string, json bool) string {
	switch {
	case json || strings.HasPrefix(ancien, `"`):
		b, _ := jsontext.AppendQuote(nil, nouveau)
		return string(b)
	case strings.HasPrefix(ancien, "'"):
		return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\n", `\n`, "\r", `\r`).Replace(nouveau) + "'"
	}
	return nouveau
}
