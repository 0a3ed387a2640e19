package contrat

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"capteurs/shared/etape"
	"capteurs/shared/mesure"
	"capteurs/shared/sauvegarde"
)

func uneMesure(t *testing.T, e Etape) {
	var m memoire
	s := e.lancer(t, reglagesServeur(&m), nil)
	c := e.capteur(t, etape.ReglagesCapteur{Adresse: s.adresse})
	envoyee := releve("capteur_1", 23.5)
	if n, err := c.Envoyer(t.Context(), envoyee); n != 1 || err != nil {
		t.Fatalf("Envoyer(%+v) = %d, %v, attendu 1, nil", envoyee, n, err)
	}
	egales(t, m.tout(), []mesure.Mesure{envoyee})
}

func allerRetour(t *testing.T, e Etape) {
	rapid.Check(t, func(t *rapid.T) {
		var m memoire
		s := e.lancer(t, reglagesServeur(&m), nil)
		c := e.capteur(t, etape.ReglagesCapteur{Adresse: s.adresse})
		envois := rapid.SliceOfN(rapid.SliceOfN(mesures(), 1, 20), 1, 3).Draw(t, "envois")
		for _, envoi := range envois {
			if n, err := c.Envoyer(t.Context(), envoi...); n != len(envoi) || err != nil {
				t.Fatalf("Envoyer(%+v) = %d, %v, attendu %d, nil", envoi, n, err, len(envoi))
			}
		}
		egales(t, m.tout(), slices.Concat(envois...))
	})
}

func tousLesMoteurs(t *testing.T, e Etape) {
	for _, genre := range []string{"texte", "sqlite"} {
		s, err := sauvegarde.Ouvrir(t.Context(), genre+":"+filepath.Join(t.TempDir(), "donnees"), slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatalf("sauvegarde %s : %v", genre, err)
		}
		defer s.Close()
		l := e.lancer(t, reglagesServeur(s), nil)
		var envoyees []mesure.Mesure
		avant := time.Now().Truncate(time.Microsecond)
		rapid.Check(t, func(t *rapid.T) {
			c := e.capteur(t, etape.ReglagesCapteur{Adresse: l.adresse})
			nombre := rapid.IntRange(1, 200).Draw(t, "nombre") // tiré à part : rapid préfère les listes courtes
			envoi := rapid.SliceOfN(mesures(), nombre, nombre).Draw(t, "mesures")
			if n, err := c.Envoyer(t.Context(), envoi...); n != len(envoi) || err != nil {
				t.Fatalf("Envoyer(…) = %d, %v, attendu %d, nil", n, err, len(envoi))
			}
			envoyees = append(envoyees, envoi...)
		})
		verifierRelecture(t, s, envoyees, avant)
	}
}

// verifierRelecture compare ce qui est enregistré à ce qui a été envoyé, et regarde les dates.
func verifierRelecture(t *testing.T, s sauvegarde.Sauvegarde, envoyees []mesure.Mesure, avant time.Time) {
	t.Helper()
	rang := 0
	for e, err := range s.Relire(t.Context()) {
		switch {
		case err != nil:
			t.Fatalf("Relire : %v", err)
		case rang >= len(envoyees) || e.Mesure != envoyees[rang]:
			t.Fatalf("%v, enregistrement %d : %+v, attendu %+v", s, rang, e.Mesure, envoyees[min(rang, len(envoyees)-1)])
		case e.Horodatage.Before(avant) || e.Horodatage.After(time.Now()) || e.Horodatage.Location() != time.UTC:
			t.Fatalf("%v, enregistrement %d daté %v, attendu depuis %v, en UTC", s, rang, e.Horodatage, avant)
		}
		avant = e.Horodatage
		rang++
	}
	if rang != len(envoyees) {
		t.Fatalf("%v : %d enregistrements, attendu %d", s, rang, len(envoyees))
	}
}

func plusieursCapteurs(t *testing.T, e Etape) {
	const capteurs, envois = 20, 25
	var m memoire
	s := e.lancer(t, reglagesServeur(&m), nil)
	var tous sync.WaitGroup
	for i := range capteurs {
		c := e.capteur(t, etape.ReglagesCapteur{Adresse: s.adresse})
		tous.Go(func() {
			for j := range envois {
				if n, err := c.Envoyer(t.Context(), releve(fmt.Sprint(i), float64(j))); n != 1 || err != nil {
					t.Errorf("capteur %d, envoi %d : %d, %v, attendu 1, nil", i, j, n, err)
					return
				}
			}
		})
	}
	tous.Wait()
	suivante := map[string]float64{}
	for _, mesure := range m.tout() {
		if mesure.Temperature != suivante[mesure.CapteurID] {
			t.Fatalf("capteur %s : %v enregistrée, attendu %v", mesure.CapteurID, mesure.Temperature, suivante[mesure.CapteurID])
		}
		suivante[mesure.CapteurID]++
	}
	if n := len(m.tout()); n != capteurs*envois {
		t.Fatalf("%d mesures enregistrées, attendu %d", n, capteurs*envois)
	}
}

func decoupage(t *testing.T, e Etape) {
	rapid.Check(t, func(t *rapid.T) {
		var m memoire
		l := nouvelEcouteur()
		e.lancer(t, reglagesServeur(&m), l)
		c := l.appeler(t)
		envoyees := rapid.SliceOfN(mesures(), 1, 8).Draw(t, "mesures")
		var octets strings.Builder
		for _, m := range envoyees {
			octets.WriteString(rapid.SampledFrom([]string{"", " ", "\n", "\r\n\t"}).Draw(t, "blanc"))
			octets.WriteString(strings.TrimSuffix(message(m), "\n"))
		}
		for _, morceau := range couper(t, octets.String()) {
			c.envoyer(morceau)
		}
		c.attendreOK(len(envoyees))
		egales(t, m.tout(), envoyees)
	})
}

func ordures(t *testing.T, e Etape) {
	rapid.Check(t, func(t *rapid.T) {
		var m memoire
		l := nouvelEcouteur()
		e.lancer(t, reglagesServeur(&m), l)
		c := l.appeler(t)
		absurdes := absurdes(t)
		envoyees := rapid.SliceOfN(mesures(), 1, 4).Draw(t, "mesures")
		var octets strings.Builder
		for i := range envoyees {
			envoyees[i].CapteurID = fmt.Sprint("valide", i)
			fin := rapid.SampledFrom([]string{"", "\n"})
			octets.WriteString(absurdes.Draw(t, "ordure") + fin.Draw(t, "fin") + strings.TrimSuffix(message(envoyees[i]), "\n") + fin.Draw(t, "fin"))
		}
		octets.WriteString("!\n") // une faute : rien ne peut plus prétendre attendre la suite
		for _, morceau := range couper(t, octets.String()) {
			c.envoyer(morceau)
		}
		obtenues := m.attendreMesures(t, len(envoyees))
		egales(t, slices.DeleteFunc(obtenues, func(m mesure.Mesure) bool { return !strings.HasPrefix(m.CapteurID, "valide") }), envoyees)
	})
}

func sansSautDeLigne(t *testing.T, e Etape) {
	for _, mise := range []string{
		`{"capteur_id": "capteur_1", "temperature": 23.5}`,
		"{\n  \"capteur_id\": \"capteur_1\",\n  \"temperature\": 23.5\n}",
		`{"temperature":23.5,"unite":"°C","details":{"salle":[1,2]},"capteur_id":"capteur\u005f1"}`,
	} {
		converser(t, e, mise, []mesure.Mesure{releve("capteur_1", 23.5)}, 0)
	}
	for avant, refus := range map[string]int{
		"": 0, "\x00": 0, "\x1e": 0, "\ufeff": 0, ";": 1, ",": 1, "{{{": 3, "48": 1, "\x00\x00\x00\"": 1,
		`{"capteur_id":"x","temperature":NaN}`: 1, `{"t":NaN,"m":{"capteur_id":"x","temperature":1}}`: 1, `{"capteur_id":"x","temp`: 1,
	} {
		var octets string
		var envoyees []mesure.Mesure
		for i := range 20 {
			m := releve("a", float64(i))
			octets += avant + strings.TrimSuffix(message(m), "\n")
			envoyees = append(envoyees, m)
		}
		converser(t, e, octets, envoyees, 20*refus)
	}
}

// converser envoie un texte à un serveur, et attend que toutes ses mesures soient confirmées, après ce nombre de refus.
func converser(t *testing.T, e Etape, texte string, attendues []mesure.Mesure, refus int) {
	t.Helper()
	var m memoire
	l := nouvelEcouteur()
	s := e.lancer(t, reglagesServeur(&m), l)
	c := l.appeler(t)
	c.envoyer(texte)
	refuses := 0
	for confirmees := 0; confirmees < len(attendues); {
		switch a := c.recevoir(); a.Statut {
		case mesure.OK:
			confirmees = a.Enregistrees
		default:
			refuses++
		}
	}
	if refuses != refus {
		t.Errorf("%.60q : %d refus, attendu %d", texte, refuses, refus)
	}
	egales(t, m.tout(), attendues)
	c.conn.Close()
	if err := s.arreter(); err != nil {
		t.Fatalf("Servir() = %v, attendu nil", err)
	}
}

func autreProtocole(t *testing.T, e Etape) {
	corps := message(releve("navigateur", 1))
	for debut, nom := range map[string]string{
		"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\n\r\n": "HTTP",
		"DELETE /x HTTP/1.0\r\n\r\n":                     "HTTP",
		"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n": "TLS",
	} {
		var m memoire
		l := nouvelEcouteur()
		e.lancer(t, reglagesServeur(&m), l)
		c := l.appeler(t)
		c.envoyer(debut + corps)
		if cause := c.attendreRefus(1); !strings.Contains(cause, nom) {
			t.Errorf("%q : refusé pour « %s », attendu que la cause nomme %s", debut, cause, nom)
		}
		c.attendreFin()
		egales(t, m.tout(), nil)
	}
}
