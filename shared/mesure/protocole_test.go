package mesure

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

const corps = `{"capteur_id":"navigateur","temperature":1}`

// Ce qui parle un autre protocole est refusé d'une phrase, et rien de ce qui le suit n'est lu.
func TestAutreProtocole(t *testing.T) {
	hello := "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + strings.Repeat("x", 32)
	for texte, phrase := range map[string]string{
		"POST / HTTP/1.1\r\nHost: 127.0.0.1:5000\r\nContent-Type: text/plain\r\nContent-Length: 43\r\n\r\n" + corps: "requête HTTP",
		"GET /?x=" + corps + " HTTP/1.1\r\n\r\n":                       "requête HTTP",
		"GET /" + corps + " HTTP/1.0\r\n\r\n":                          "requête HTTP",
		"OPTIONS * HTTP/1.1\r\nCookie: x=" + corps + "\r\n\r\n":        "requête HTTP",
		"CONNECT exemple.fr:443 HTTP/1.1\r\n\r\n" + corps:              "requête HTTP",
		"M-SEARCH * HTTP/1.1\r\n\r\n" + corps:                          "requête HTTP",
		"get http://exemple.fr/ HTTP/1.1\n\n" + corps:                  "requête HTTP",
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + corps:                     "requête HTTP",
		"\r\n\r\nPATCH /é HTTP/1.1\r\n\r\n" + corps:                    "requête HTTP",
		"BREW /" + strings.Repeat("x", 9000) + " HTTP/1.1\r\n" + corps: "requête HTTP",
		hello + corps: "TLS",
		hello[:6]:     "TLS",
	} {
		for nom, r := range map[string]io.Reader{"d'un bloc": strings.NewReader(texte), "octet à octet": iotest.OneByteReader(strings.NewReader(texte))} {
			lot, err := lireTout(r)
			if !errors.Is(err, ErrAutreProtocole) || len(lot.Mesures) > 0 || len(lot.Refus) != 1 || lot.Refus[0].Message != 1 || !errors.Is(lot.Refus[0].Cause, ErrAutreProtocole) {
				t.Errorf("%.40q, %s : %+v, fin %v, attendu un refus et ErrAutreProtocole", texte, nom, lot, err)
			} else if !strings.Contains(lot.Refus[0].Error(), phrase) {
				t.Errorf("%.40q : %v, attendu « %s »", texte, lot.Refus[0], phrase)
			}
		}
	}
}

// Ce qui n'en a que l'air, ou vient après un message, est une ordure comme une autre.
func TestPresqueUnAutreProtocole(t *testing.T) {
	for _, texte := range []string{
		"GET /\r\n", "GET / HTTQ/1.1\n", "GET  / HTTP/1.1\n", "GET\n/ HTTP/1.1\n", "GET /a\r/ HTTP/1.1\n", "bonjour", "bonjour le monde ", "un b", "48", `"a b HTTP/1.1" `,
		"a {\n", " HTTP/1.1\n", "{}\nGET / HTTP/1.1\r\n\r\n", "\x16", "\x16\x03", "\x16\x03\x01\x02\x00\x02", "\x16\x03\x05\x02\x00\x01", "\x17\x03\x01\x02\x00\x01", "GET / HTT",
	} {
		for nom, r := range map[string]io.Reader{"d'un bloc": strings.NewReader(texte + corps), "octet à octet": iotest.OneByteReader(strings.NewReader(texte + corps))} {
			flot := &avare{flot: r}
			l := NouveauLecteur(flot)
			lues, refus := 0, 0
			for lues == 0 {
				lot, err := l.Lire()
				if err != nil {
					t.Fatalf("%q, %s : fin %v, attendu la mesure qui suit", texte, nom, err)
				}
				lues, refus = lues+len(lot.Mesures), refus+len(lot.Refus)
			}
			if refus == 0 || flot.demande {
				t.Errorf("%q, %s : %d refus, attente %v, attendu un refus au moins, et la mesure sans attendre", texte, nom, refus, flot.demande)
			}
		}
	}
}
