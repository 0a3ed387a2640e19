package clients

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"capteurs/shared/mesure"
	"capteurs/tests/charge/cadence"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// servir lance un serveur qui confie chaque connexion à traiter, et rend son adresse. Il finit avec le test.
func servir(t *testing.T, traiter func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var enCours sync.WaitGroup
	enCours.Go(func() { accepter(l, &enCours, traiter) })
	t.Cleanup(func() { l.Close(); enCours.Wait() })
	return l.Addr().String()
}

// confirmer lit les mesures pour de bon, et confirme chaque lot, avec tant de mesures en trop.
func confirmer(enTrop int) func(net.Conn) {
	return func(conn net.Conn) {
		lecteur := mesure.NouveauLecteur(conn)
		for n := 0; ; {
			lot, err := lecteur.Lire()
			if err != nil {
				return
			}
			n += len(lot.Mesures)
			if _, err := conn.Write(mesure.Accuser(nil, lot, n+enTrop)); err != nil {
				return
			}
		}
	}
}

const brievement = 20 * time.Millisecond

var lesGenres = []Charge{{Genre: Attente, Clients: 1}, {Genre: Attente, Clients: 40}, {Genre: Flot, Clients: 3}, {Genre: Jetable, Clients: 4}}

func TestAppliquer(t *testing.T) {
	adresse := servir(t, confirmer(0))
	for _, c := range lesGenres {
		t.Run(c.String(), func(t *testing.T) {
			r := appliquer(t, c, adresse)
			if r.ParSeconde <= 0 || r.P50 <= 0 || r.P99 < r.P50 || r.Max < r.P99 || r.Faites < c.Clients {
				t.Errorf("chiffres absurdes : %+v", r)
			}
		})
	}
}

// appliquer allonge la charge tant que la machine, trop occupée, n'y confirme rien.
func appliquer(t *testing.T, c Charge, adresse string) cadence.Resultat {
	t.Helper()
	for duree := brievement; ; duree *= 4 {
		r, err := c.Appliquer(t.Context(), adresse, duree)
		if errors.Is(err, cadence.ErrRienDeMesure) && duree < time.Minute {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
}

func TestUnServeurQuiConfirmeTrop(t *testing.T) {
	adresse := servir(t, confirmer(1))
	for _, c := range lesGenres {
		if _, err := c.Appliquer(t.Context(), adresse, brievement); err == nil || !strings.Contains(err.Error(), "confirmées") {
			t.Errorf("%v : %v ; le décompte faux attendu", c, err)
		}
	}
}

func TestUnServeurQuiRefuse(t *testing.T) {
	adresse := servir(t, func(conn net.Conn) {
		_, _ = bufio.NewReader(conn).ReadString('\n')
		_, _ = conn.Write(mesure.Echouer(nil, errors.New("disque plein")))
		_, _ = io.Copy(io.Discard, conn)
	})
	for _, c := range lesGenres {
		if _, err := c.Appliquer(t.Context(), adresse, brievement); err == nil || !strings.Contains(err.Error(), "disque plein") {
			t.Errorf("%v : %v ; la réponse du serveur attendue", c, err)
		}
	}
}

func TestUnServeurQuiFerme(t *testing.T) {
	adresse := servir(t, func(conn net.Conn) {})
	for _, c := range lesGenres {
		if _, err := c.Appliquer(t.Context(), adresse, brievement); err == nil {
			t.Errorf("%v : aucune erreur", c)
		}
	}
	if fermer, err := OuvrirMuettes(t.Context(), adresse, 5); err == nil {
		t.Error("connexions muettes : aucune erreur")
	} else {
		fermer()
	}
}

func TestLeContexteInterromptUneCharge(t *testing.T) {
	adresse := servir(t, func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }) // ne répond jamais
	for _, c := range lesGenres {
		ctx, annuler := context.WithCancel(t.Context())
		time.AfterFunc(brievement, annuler)
		if _, err := c.Appliquer(ctx, adresse, time.Hour); err == nil {
			t.Errorf("%v : aucune erreur", c)
		}
		annuler()
	}
}

func TestOuvrirMuettes(t *testing.T) {
	adresse := servir(t, confirmer(0))
	fermer, err := OuvrirMuettes(t.Context(), adresse, 50)
	fermer()
	if err != nil {
		t.Error(err)
	}
}

func TestReseauSeulEtBoucleLocale(t *testing.T) {
	for _, c := range []Charge{{Genre: Attente, Clients: 3}, {Genre: Jetable, Clients: 3}} {
		if r, err := c.ReseauSeul(t.Context(), brievement); err != nil || r.ParSeconde <= 0 {
			t.Errorf("%v : %+v, %v", c, r, err)
		}
	}
	if r, err := BoucleLocale(t.Context(), 2, brievement); err != nil || r.ParSeconde <= 0 {
		t.Errorf("boucle locale : %+v, %v", r, err)
	}
}

func TestLesNomsOntLaLongueurVoulue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Charge{LongueurID: rapid.IntRange(1, mesure.IDMax).Draw(t, "longueur")}
		rang := rapid.IntRange(0, 9999).Draw(t, "rang")
		m := c.Mesures(rang, 2)[1]
		if err := m.Valider(); err != nil || len(m.CapteurID) != c.LongueurID {
			t.Fatalf("%q, de longueur %d, %v ; %d caractères attendus", m.CapteurID, len(m.CapteurID), err, c.LongueurID)
		}
		if fin := fmt.Sprint(rang + 1); c.LongueurID >= len(fin) && !strings.HasSuffix(m.CapteurID, fin) {
			t.Fatalf("%q ne distingue pas le capteur %d", m.CapteurID, rang+1)
		}
	})
}
