package sauvegarde

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"capteurs/shared/mesure"
)

// Des sauts que fait l'horloge d'une machine : remise à l'heure, pile morte, heure d'hiver.
var sauts = []time.Duration{0, -time.Hour, 10 * 365 * 24 * time.Hour, -40 * 365 * 24 * time.Hour, 0, time.Nanosecond, -time.Hour}

var midi = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// L'horloge ne donne que l'horodatage : l'ordre des mesures est celui de leur enregistrement, et rien ne se perd.
func TestHorlogeQuiSauteEntreDeuxEcritures(t *testing.T) {
	for moteur, url := range urls(t) {
		t.Run(moteur, func(t *testing.T) {
			s := ouvrir(t, url)
			var attendus []Enregistrement
			for rang, saut := range sauts {
				recu := midi.Add(saut)
				s.maintenant = func() time.Time { return recu }
				mesures := desMesures(fmt.Sprint(rang), 1+50*rang) // plus, ou moins, qu'une instruction SQL
				enregistrer(t, s, mesures...)
				for _, m := range mesures {
					attendus = append(attendus, Enregistrement{m, recu.Truncate(time.Microsecond)})
				}
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			var relus []Enregistrement
			for e, err := range ouvrir(t, url).Relire(t.Context()) {
				if err != nil {
					t.Fatalf("Relire après %d mesures = %v", len(relus), err)
				}
				relus = append(relus, e)
			}
			if len(relus) != len(attendus) {
				t.Fatalf("%d mesures relues, attendu %d", len(relus), len(attendus))
			}
			for rang := range relus {
				if relus[rang] != attendus[rang] {
					t.Fatalf("mesure de rang %d = %v, attendu %v : l'ordre est celui de l'enregistrement", rang, relus[rang], attendus[rang])
				}
			}
		})
	}
}

// L'horloge saute à chaque fois qu'on la regarde, pendant que d'autres écrivent.
func TestHorlogeQuiSautePendantLesEcritures(t *testing.T) {
	const appelants, appels, parAppel = 8, 20, 3
	for moteur, url := range urls(t) {
		t.Run(moteur, func(t *testing.T) {
			s := ouvrir(t, url)
			var regards atomic.Int64
			s.maintenant = func() time.Time { return midi.Add(sauts[int(regards.Add(1))%len(sauts)]) }
			var tous sync.WaitGroup
			for a := range appelants {
				tous.Go(func() {
					mesures := desMesures(fmt.Sprint(a), appels*parAppel)
					for tranche := range slices.Chunk(mesures, parAppel) {
						if err := s.Sauvegarder(t.Context(), tranche); err != nil {
							t.Errorf("Sauvegarder = %v, attendu nil", err)
						}
					}
				})
			}
			tous.Wait()
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			relu := map[string][]mesure.Mesure{}
			for _, m := range relues(t, ouvrir(t, url)) {
				relu[m.CapteurID] = append(relu[m.CapteurID], m)
			}
			for a := range appelants {
				id := fmt.Sprint(a)
				if attendues := desMesures(id, appels*parAppel); !slices.Equal(relu[id], attendues) {
					t.Errorf("capteur %s : %s, attendu %s", id, extrait(relu[id]), extrait(attendues))
				}
			}
			if len(relu) != appelants {
				t.Errorf("%d capteurs relus, attendu %d", len(relu), appelants)
			}
		})
	}
}

// Les délais se comptent sur l'horloge monotone de Go, qui ne saute pas : celle qu'on injecte peut aller où elle veut, le
// temps laissé à une écriture, et celui d'un appel qu'on abandonne, ne changent pas.
func TestAucuneAttenteNeDependDeLHorloge(t *testing.T) {
	enBulle(t, func(t *testing.T, g *groupe, m *moteurFactice) {
		for rang, saut := range sauts {
			g.maintenant = func() time.Time { return midi.Add(saut) }
			debut := time.Now()
			a := sauver(t.Context(), g, "a", 1)
			g.maintenant = func() time.Time { return midi.Add(-saut) } // pendant l'écriture
			echeance, ok := m.contextes[rang].Deadline()
			if reste := echeance.Sub(debut); !ok || reste != delaiEcriture {
				t.Errorf("saut de %v : %v laissés à l'écriture, attendu %v", saut, reste, delaiEcriture)
			}
			time.Sleep(delaiEcriture / 2)
			a.attend(t)
			m.feu <- nil
			a.rend(t, nil)
		}
	})
}
