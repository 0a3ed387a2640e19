package pairs

import (
	"bufio"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"capteurs/tests/charge/cadence"
	"capteurs/tests/charge/clients"
	"capteurs/tests/couche"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const brievement = 30 * time.Millisecond

// TestLesVraisPairs les mesure pour de bon, mais brièvement : les chiffres n'y valent rien.
func TestLesVraisPairs(t *testing.T) {
	couche.Entiere(t, "mesure de vrais programmes")
	attente := clients.Charge{Genre: clients.Attente, Clients: 3}
	for _, p := range []Pair{
		Python(attente, false),
		Python(clients.Charge{Genre: clients.Jetable, Clients: 2}, true),
		InfluxDB(attente, 1),
		InfluxDB(clients.Charge{Genre: clients.Flot, Clients: 2}, 100),
		NATS(attente),
		RSyslog(clients.Charge{Genre: clients.Flot, Clients: 2}),
	} {
		t.Run(p.Nom, func(t *testing.T) {
			r, err := p.Mesurer(t.Context(), t.TempDir(), brievement)
			for duree := 4 * brievement; errors.Is(err, cadence.ErrRienDeMesure) && duree < time.Minute; duree *= 4 {
				r, err = p.Mesurer(t.Context(), t.TempDir(), duree) // la machine est chargée
			}
			if errors.Is(err, ErrAbsent) {
				t.Skip(err)
			}
			if err != nil {
				t.Fatal(err)
			}
			if r.ParSeconde <= 0 || r.Faites == 0 || r.Demarrage <= 0 {
				t.Errorf("chiffres absents ou absurdes : %+v", r)
			}
		})
	}
}

func TestUnPairAbsent(t *testing.T) {
	p := Pair{Nom: "personne", programme: "programme-qui-n-existe-pas"}
	if _, err := p.Mesurer(t.Context(), t.TempDir(), brievement); !errors.Is(err, ErrAbsent) || !strings.Contains(err.Error(), p.programme) {
		t.Errorf("%v ; ErrAbsent, et le nom du programme, attendus", err)
	}
}

// TestReponsesDeNATS vérifie ce qu'un client comprend de chaque réponse.
func TestReponsesDeNATS(t *testing.T) {
	for reponse, voulue := range map[string]string{
		"MSG boite.0 1 22\r\n{\"stream\":\"m\",\"seq\":12}\r\n":           "",
		"PING\r\nINFO {}\r\n\r\nMSG boite.0 1 2\r\n{}\r\n":                "",
		"MSG boite.0 1 32\r\n{\"error\":{\"description\":\"plein\"}}\r\n": "plein",
		"HMSG boite.0 1 14 14\r\nNATS/1.0 503\r\n\r\n":                    "NATS refuse",
		"-ERR 'Authorization Violation'\r\n":                              "Authorization Violation",
		"MSG boite.0 1 beaucoup\r\n":                                      "réponse inattendue",
		"MSG boite.0 1 99999999\r\n":                                      "réponse inattendue",
		"MSG boite.0 1 22\r\ncoupé":                                       "unexpected EOF",
		"":                                                                "EOF",
	} {
		ici, la := net.Pipe()
		var autreBout sync.WaitGroup
		autreBout.Go(func() { // finit quand ici ferme
			defer la.Close()
			lecteur := bufio.NewReader(la)
			for range 2 { // la publication tient en deux lignes
				_, _ = lecteur.ReadString('\n')
			}
			_, _ = la.Write([]byte(reponse))
			for strings.HasPrefix(reponse, "PING") && lecteur.Buffered() == 0 {
				if _, err := lecteur.ReadString('\n'); err != nil {
					return
				}
			}
		})
		n := &clientNATS{conn: ici, lecteur: bufio.NewReader(ici), boite: "boite.0"}
		_ = ici.SetDeadline(time.Now().Add(delaiReponse))
		err := n.demander(n.publication("mesures", []byte("{}")))
		if voulue == "" && err != nil || voulue != "" && (err == nil || !strings.Contains(err.Error(), voulue)) {
			t.Errorf("%q : %v ; %q attendue", reponse, err, voulue)
		}
		ici.Close()
		autreBout.Wait()
	}
}
