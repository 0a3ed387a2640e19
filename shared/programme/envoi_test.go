package programme

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"capteurs/shared/etape"
	"capteurs/shared/liaison"
	"capteurs/shared/mesure"
)

// capteurFactice génère des températures 0, 1, 2… et confie à envoyer ce qu'on lui demande d'envoyer.
type capteurFactice struct {
	id       string
	generees int
	envoyer  func(ctx context.Context, mesures []mesure.Mesure) (int, error)
	ferme    bool
}

func (c *capteurFactice) Generer() mesure.Mesure {
	m := mesure.Mesure{CapteurID: c.id, Temperature: float64(c.generees)}
	c.generees++
	return m
}

func (c *capteurFactice) Envoyer(ctx context.Context, mesures ...mesure.Mesure) (int, error) {
	return c.envoyer(ctx, mesures)
}

func (c *capteurFactice) Close() error {
	c.ferme = true
	return nil
}

// toutConfirmer est un serveur qui confirme tout.
func toutConfirmer(_ context.Context, mesures []mesure.Mesure) (int, error) { return len(mesures), nil }

var errReseau = fmt.Errorf("réponse de a:1 perdue : %w", io.ErrUnexpectedEOF)

// nouvelEnvoi rend un envoi de n mesures par capteur.
func nouvelEnvoi(n int) (*envoi, *ecran) {
	c, e := consoleDe(nil)
	return &envoi{console: c, reglages: reglages{nombre: n, capteurs: 1, patience: 30 * time.Second}}, e
}

// comptes vérifie ce qu'un envoi a compté.
func comptes(t rapid.TB, e *envoi, enregistrees, refusees, nonConfirmees int) {
	t.Helper()
	if e.enregistrees != enregistrees || e.refusees != refusees || e.nonConfirmees != nonConfirmees {
		t.Errorf("comptes = %d enregistrées, %d refusées, %d non confirmées, attendu %d, %d, %d",
			e.enregistrees, e.refusees, e.nonConfirmees, enregistrees, refusees, nonConfirmees)
	}
}

// serveurCapricieux joue, à chaque envoi, un sort tiré au hasard, et tient le compte de ce qu'il a dit.
type serveurCapricieux struct {
	prochaine                             int // la température de la première mesure dont le sort n'est pas connu
	enregistrees, refusees, nonConfirmees int
	progres                               time.Time // dernier sort connu
}

func (s *serveurCapricieux) recevoir(t *rapid.T, mesures []mesure.Mesure) (int, error) {
	for i, m := range mesures {
		if m.Temperature != float64(s.prochaine+i) {
			t.Fatalf("reçu %v au rang %d, attendu la mesure %d : rien ne doit être renvoyé, ni sauté", m, i, s.prochaine+i)
		}
	}
	sort := rapid.SampledFrom([]string{"tout", "tout", "rien", "début", "début", "muet", "autre chose"}).Draw(t, "sort")
	n := len(mesures)
	switch sort {
	case "rien", "muet":
		n = 0
	case "début", "autre chose":
		n = rapid.IntRange(0, len(mesures)-1).Draw(t, "sorts connus")
	}
	var refus error
	for rang := range n {
		if rapid.IntRange(0, 9).Draw(t, "refus, si 0") == 0 {
			refus = errors.Join(refus, mesure.Refus{Message: rang + 1, Cause: io.ErrNoProgress})
			s.refusees++
		} else {
			s.enregistrees++
		}
	}
	if s.prochaine += n; n > 0 {
		s.progres = time.Now()
	}
	switch sort {
	case "tout":
		return n, refus
	case "muet", "autre chose":
		s.nonConfirmees += len(mesures) - n
		s.prochaine += len(mesures) - n
		return n, errors.Join(refus, liaison.ErrNonConfirmee)
	}
	return n, errors.Join(refus, errReseau)
}

// Ce que le capteur compte est ce que le serveur a répondu, et ce dont le sort est connu n'est jamais renvoyé.
func TestCeQuiEstConfirmeNEstJamaisRenvoye(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rapid.SyncTest(t, func(t *rapid.T) {
			e, _ := nouvelEnvoi(rapid.SampledFrom([]int{1, 2, peu, peu + 1, 2*lotEnvoye + 7}).Draw(t, "n"))
			e.intervalle = rapid.SampledFrom([]time.Duration{0, 0, time.Second}).Draw(t, "intervalle")
			e.patience = rapid.SampledFrom([]time.Duration{0, time.Second, time.Hour}).Draw(t, "patience")
			s := &serveurCapricieux{progres: time.Now()}
			essais := 0
			c := &capteurFactice{id: "a", envoyer: func(_ context.Context, mesures []mesure.Mesure) (int, error) {
				if essais++; essais > 200 { // le hasard pourrait ne jamais rien confirmer
					n := len(mesures)
					s.prochaine, s.enregistrees = s.prochaine+n, s.enregistrees+n
					return n, nil
				}
				return s.recevoir(t, mesures)
			}}
			err := e.capteur(t.Context(), c, "a")
			comptes(t, e, s.enregistrees, s.refusees, s.nonConfirmees)
			switch {
			case err == nil && s.prochaine != e.nombre:
				t.Fatalf("capteur = nil, %d mesures arrivées, attendu %d", s.prochaine, e.nombre)
			case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
				t.Fatalf("capteur = %v, attendu l'erreur du réseau", err)
			case err != nil && time.Since(s.progres)+rappelMax+e.intervalle <= e.patience:
				t.Fatalf("capteur renonce %v après le dernier progrès, attendu %v", time.Since(s.progres), e.patience)
			}
		})
	})
}

func TestPatience(t *testing.T) {
	for _, patience := range []time.Duration{0, 99 * time.Millisecond, 100 * time.Millisecond, time.Second, 30 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			e, ecran := nouvelEnvoi(3)
			e.patience = patience
			var essais []time.Duration
			debut := time.Now()
			c := &capteurFactice{id: "a", envoyer: func(context.Context, []mesure.Mesure) (int, error) {
				essais = append(essais, time.Since(debut))
				return 0, errReseau
			}}
			if err := e.capteur(t.Context(), c, "a"); err != errReseau {
				t.Errorf("capteur = %v, attendu %v", err, errReseau)
			}
			attendus := []time.Duration{0}
			for pause := rappelMin; attendus[len(attendus)-1]+pause <= patience; pause = min(2*pause, rappelMax) {
				attendus = append(attendus, attendus[len(attendus)-1]+pause)
			}
			if !slices.Equal(essais, attendus) {
				t.Errorf("patience de %v : essais à %v, attendu %v", patience, essais, attendus)
			}
			dit := fmt.Sprintf("%v\nnouveaux essais pendant %v…\n", errReseau, patience)
			if len(attendus) == 1 {
				dit = ""
			}
			if ecran.erreurs.String() != dit { // une seule fois
				t.Errorf("patience de %v : dit %q, attendu %q", patience, &ecran.erreurs, dit)
			}
			comptes(t, e, 0, 0, 0)
		})
	}
}

// Ce dont le sort reste inconnu n'est renvoyé que quelques fois : chacune peut l'enregistrer. Un serveur absent, lui, n'a rien
// reçu, et ne compte pas.
func TestRenvoisBornes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, _ := nouvelEnvoi(1)
		e.patience = time.Hour
		inconnu := fmt.Errorf("réponse de a:1 perdue, %w : %w", liaison.ErrSortInconnu, io.ErrUnexpectedEOF)
		parties := 0
		c := &capteurFactice{id: "a", envoyer: func(context.Context, []mesure.Mesure) (int, error) {
			if time.Now().Second()%2 == 0 && parties > 0 {
				return 0, errReseau // le serveur n'est pas là
			}
			parties++
			return 0, inconnu
		}}
		if err := e.capteur(t.Context(), c, "a"); err != nil || parties != 1+renvoisMax || e.inconnues != 1 {
			t.Errorf("capteur = %v après %d envois, %d de sort inconnu, attendu nil après %d", err, parties, e.inconnues, 1+renvoisMax)
		}
		comptes(t, e, 0, 0, 0)
		if err := e.bilan(t.Context()); err == nil || err.Error() != "le sort de 1 mesure sur 1 est inconnu" {
			t.Errorf("bilan = %v, attendu qu'on ne sait pas", err)
		}
	})
}

// Un capteur passe à la suite de ce dont il ne saura rien, tant que sa patience, comptée d'une mesure à l'autre, le permet.
func TestLaSuiteDUnSortInconnu(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, _ := nouvelEnvoi(3)
		e.patience = time.Hour
		inconnu := fmt.Errorf("%w : %w", liaison.ErrSortInconnu, io.ErrUnexpectedEOF)
		c := &capteurFactice{id: "a", envoyer: func(_ context.Context, mesures []mesure.Mesure) (int, error) {
			if mesures[0].Temperature == 1 {
				return 0, inconnu
			}
			return len(mesures), nil
		}}
		if err := e.capteur(t.Context(), c, "a"); err != nil || e.inconnues != 1 {
			t.Errorf("capteur = %v, %d de sort inconnu, attendu nil, 1", err, e.inconnues)
		}
		comptes(t, e, 2, 0, 0)

		e, _ = nouvelEnvoi(0)
		e.patience = time.Minute
		debut := time.Now()
		c.envoyer = func(context.Context, []mesure.Mesure) (int, error) {
			time.Sleep(5 * time.Second) // un serveur gelé
			return 0, inconnu
		}
		if err := e.capteur(t.Context(), c, "a"); err != inconnu {
			t.Errorf("capteur = %v, attendu %v : le serveur ne répond de rien", err, inconnu)
		}
		if duree := time.Since(debut); duree < e.patience-rappelMax || duree > e.patience+rappelMax {
			t.Errorf("capteur renonce après %v, attendu %v environ", duree, e.patience)
		}
	})
}

// Ce qui est en route quand on interrompt n'est pas dit « non envoyé » : le serveur peut l'avoir reçu.
func TestInterrompuEnRoute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, ecran := nouvelEnvoi(2*lotEnvoye + 1)
		ctx, interrompre := context.WithCancel(t.Context())
		c := &capteurFactice{id: "a", envoyer: func(_ context.Context, mesures []mesure.Mesure) (int, error) {
			if len(mesures) == 1 {
				return 1, nil
			}
			interrompre()
			return 0, fmt.Errorf("réponse de a:1 perdue, %w : %w", liaison.ErrSortInconnu, context.Canceled)
		}}
		if err := e.capteur(ctx, c, "a"); err != nil || e.inconnues != lotEnvoye {
			t.Errorf("capteur = %v, %d de sort inconnu, attendu nil, %d", err, e.inconnues, lotEnvoye)
		}
		comptes(t, e, 1, 0, 0)
		err := e.bilan(ctx)
		if attendu := fmt.Sprintf("interrompu : %d mesures sur %d non envoyées", lotEnvoye, 2*lotEnvoye+1); err == nil || err.Error() != attendu {
			t.Errorf("bilan = %v, attendu %s", err, attendu)
		}
		if attendu := "501 mesures envoyées : 1 enregistrée, 500 dont le sort est inconnu\n"; ecran.sortie.String() != attendu {
			t.Errorf("dit %q, attendu %q", &ecran.sortie, attendu)
		}
	})
}

// Un serveur qui a raccroché faute de messages est rappelé aussitôt, sans un mot ; qui recommence est un serveur absent.
func TestRappelAussitot(t *testing.T) {
	for fois, dit := range map[int]bool{1: false, 2: true} {
		synctest.Test(t, func(t *testing.T) {
			e, ecran := nouvelEnvoi(1)
			raccroches := 0
			c := &capteurFactice{id: "a", envoyer: func(_ context.Context, mesures []mesure.Mesure) (int, error) {
				if raccroches++; raccroches <= fois {
					return 0, liaison.ErrRappeler
				}
				return len(mesures), nil
			}}
			debut := time.Now()
			if err := e.capteur(t.Context(), c, "a"); err != nil {
				t.Fatal(err)
			}
			if parle := ecran.erreurs.Len() > 0; parle != dit || (time.Since(debut) > 0) != dit {
				t.Errorf("après %d raccrochages : dit %q, en %v", fois, &ecran.erreurs, time.Since(debut))
			}
			comptes(t, e, 1, 0, 0)
		})
	}
}

func TestUnProgresRendPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 50
		e, ecran := nouvelEnvoi(n)
		e.patience = rappelMin
		debut := time.Now()
		c := &capteurFactice{id: "a", envoyer: func(_ context.Context, mesures []mesure.Mesure) (int, error) {
			if len(mesures) == 1 {
				return 1, nil
			}
			return 1, errReseau // la connexion se coupe à chaque confirmation
		}}
		if err := e.capteur(t.Context(), c, "a"); err != nil {
			t.Errorf("capteur = %v, attendu nil : chaque essai progresse", err)
		}
		comptes(t, e, n, 0, 0)
		if duree := time.Since(debut); duree != (n-2)*rappelMin { // la première part seule, la dernière passe
			t.Errorf("envoi de %v, attendu %v", duree, (n-2)*rappelMin)
		}
		if dit := strings.Count(ecran.erreurs.String(), "serveur retrouvé\n"); dit != n-2 {
			t.Errorf("« serveur retrouvé » dit %d fois, attendu %d", dit, n-2)
		}
	})
}

func TestErreurDefinitive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, ecran := nouvelEnvoi(10)
		definitive := &net.AddrError{Err: "missing port in address", Addr: "a"}
		essais, debut := 0, time.Now()
		c := &capteurFactice{id: "a", envoyer: func(_ context.Context, mesures []mesure.Mesure) (int, error) {
			if essais++; essais == 4 {
				return 0, definitive
			}
			return len(mesures), nil
		}}
		if err := e.capteur(t.Context(), c, "a"); err != definitive {
			t.Errorf("capteur = %v, attendu %v", err, definitive)
		}
		if essais != 4 || time.Since(debut) > 0 || ecran.erreurs.Len() > 0 {
			t.Errorf("%d essais en %v, %q, attendu 4, sans attendre ni rien dire", essais, time.Since(debut), &ecran.erreurs)
		}
		comptes(t, e, 3, 0, 0)
	})
}

func TestInterruption(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// Pendant une pause entre deux rappels : aussitôt, sans erreur ; bilan la dira.
		ctx, interrompre := context.WithCancel(t.Context())
		e, ecran := nouvelEnvoi(5)
		c := &capteurFactice{id: "a", envoyer: func(context.Context, []mesure.Mesure) (int, error) { return 0, errReseau }}
		time.AfterFunc(10*time.Second, interrompre)
		debut := time.Now()
		if err := e.capteur(ctx, c, "a"); err != nil || time.Since(debut) != 10*time.Second {
			t.Errorf("capteur interrompu = %v après %v, attendu nil après 10s", err, time.Since(debut))
		}
		if err := e.bilan(ctx); err == nil || err.Error() != "interrompu : 5 mesures sur 5 non envoyées" {
			t.Errorf("bilan = %v, attendu cinq mesures non envoyées", err)
		}
		if dit := ecran.sortie.String(); dit != "0 mesure envoyée : 0 enregistrée\n" {
			t.Errorf("bilan dit %q", dit)
		}

		// Pendant l'intervalle.
		ctx, interrompre = context.WithCancel(t.Context())
		e, _ = nouvelEnvoi(5)
		e.intervalle = time.Second
		time.AfterFunc(3500*time.Millisecond, interrompre)
		debut = time.Now()
		if err := e.capteur(ctx, &capteurFactice{id: "a", envoyer: toutConfirmer}, "a"); err != nil || time.Since(debut) != 3500*time.Millisecond {
			t.Errorf("capteur interrompu = %v après %v, attendu nil après 3,5s", err, time.Since(debut))
		}
		comptes(t, e, 4, 0, 0)
		if err := e.bilan(ctx); err == nil || err.Error() != "interrompu : 1 mesure sur 5 non envoyée" {
			t.Errorf("bilan = %v, attendu une mesure non envoyée", err)
		}

		// Pendant un envoi : ce qui était déjà confirmé est compté.
		ctx, interrompre = context.WithCancel(t.Context())
		e, _ = nouvelEnvoi(100)
		c = &capteurFactice{id: "a", envoyer: func(_ context.Context, mesures []mesure.Mesure) (int, error) {
			if len(mesures) == 1 {
				return 1, nil
			}
			interrompre()
			return 30, errReseau
		}}
		if err := e.capteur(ctx, c, "a"); err != nil {
			t.Errorf("capteur interrompu = %v, attendu nil", err)
		}
		comptes(t, e, 31, 0, 0)
		interrompre()
	})
}

func TestTailleDesEnvois(t *testing.T) {
	for _, cas := range []struct {
		nom      string
		n        int
		regler   func(*envoi)
		envoyer  func(context.Context, []mesure.Mesure) (int, error)
		attendus []int
	}{
		{"une puis des lots", 2 * lotEnvoye, nil, toutConfirmer, []int{1, lotEnvoye, lotEnvoye - 1}},
		{"peu : une à une", 4, nil, toutConfirmer, []int{1, 1, 1, 1}},
		{"avec un intervalle : une à une", 4, func(e *envoi) { e.intervalle = time.Millisecond; e.nombre = peu + 4 }, toutConfirmer, slices.Repeat([]int{1}, peu+4)},
		{"un serveur qui ne confirme pas : une à une", peu + 5, nil, func(context.Context, []mesure.Mesure) (int, error) {
			return 0, liaison.ErrNonConfirmee
		}, slices.Repeat([]int{1}, peu+5)},
		{"une température, une fois", 0, func(e *envoi) { e.temperature = new(float64) }, toutConfirmer, []int{1}},
	} {
		synctest.Test(t, func(t *testing.T) {
			e, _ := nouvelEnvoi(cas.n)
			if cas.regler != nil {
				cas.regler(e)
			}
			var tailles []int
			c := &capteurFactice{id: "a", envoyer: func(ctx context.Context, mesures []mesure.Mesure) (int, error) {
				tailles = append(tailles, len(mesures))
				return cas.envoyer(ctx, mesures)
			}}
			debut := time.Now()
			if err := e.capteur(t.Context(), c, "a"); err != nil || !slices.Equal(tailles, cas.attendus) {
				t.Errorf("%s : envois de %v (%v), attendu %v", cas.nom, tailles, err, cas.attendus)
			}
			if attendue := e.intervalle * time.Duration(len(tailles)-1); time.Since(debut) != attendue {
				t.Errorf("%s : %v, attendu %v : l'intervalle sépare les mesures", cas.nom, time.Since(debut), attendue)
			}
		})
	}
}

// Les températures d'un fichier partent toutes, une fois, dans l'ordre ; le capteur n'en génère pas.
func TestTemperaturesRelues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 2*lotEnvoye).Draw(t, "nombre") // tiré à part : rapid préfère les listes courtes
		relues := rapid.SliceOfN(rapid.Float64(), n, n).Draw(t, "températures")
		e, _ := nouvelEnvoi(0)
		e.relues = slices.Clone(relues)
		var recues []float64
		c := &capteurFactice{id: "a", envoyer: func(_ context.Context, mesures []mesure.Mesure) (int, error) {
			for _, m := range mesures {
				recues = append(recues, m.Temperature)
			}
			return len(mesures), nil
		}}
		if err := e.capteur(t.Context(), c, "a"); err != nil || !slices.Equal(recues, relues) || c.generees > 0 {
			t.Fatalf("capteur = %v, reçues %v, %d générées ; attendu %v, 0", err, recues, c.generees, relues)
		}
		comptes(t, e, n, 0, 0)
		if err := e.bilan(t.Context()); err != nil {
			t.Errorf("bilan = %v, attendu nil", err)
		}
	})
}

func TestAffichageMesureParMesure(t *testing.T) {
	e, ecran := nouvelEnvoi(3)
	sorts := []error{nil, mesure.Refus{Message: 2, Cause: errors.New("trop froid")}, liaison.ErrNonConfirmee}
	c := &capteurFactice{id: "salon", envoyer: func(context.Context, []mesure.Mesure) (int, error) {
		err := sorts[0]
		if sorts = sorts[1:]; err == liaison.ErrNonConfirmee {
			return 0, err
		}
		return 1, err
	}}
	if err := e.capteur(t.Context(), c, "salon"); err != nil {
		t.Errorf("capteur = %v, attendu nil : un refus n'arrête pas un capteur", err)
	}
	err := e.bilan(t.Context())
	attendu := "salon : 0 °C, enregistrée\nsalon : 1 °C, refusée\nsalon : 2 °C, non confirmée\n" +
		"3 mesures envoyées : 1 enregistrée, 1 refusée, 1 non confirmée, ce serveur n'accuse pas réception\n"
	if ecran.sortie.String() != attendu {
		t.Errorf("affiché :\n%sattendu :\n%s", &ecran.sortie, attendu)
	}
	if dit := ecran.erreurs.String(); dit != "message 2 refusé : trop froid\n" {
		t.Errorf("dit %q, attendu le refus", dit)
	}
	if err == nil || err.Error() != "1 mesure refusée par le serveur" {
		t.Errorf("bilan = %v, attendu le refus", err)
	}
}

func TestUnLongEnvoiNeSAffichePas(t *testing.T) {
	e, ecran := nouvelEnvoi(peu + 1)
	if err := e.capteur(t.Context(), &capteurFactice{id: "a", envoyer: toutConfirmer}, "a"); err != nil {
		t.Fatal(err)
	}
	if ecran.sortie.Len()+ecran.erreurs.Len() > 0 {
		t.Errorf("affiché %q et %q, attendu rien avant le bilan", &ecran.sortie, &ecran.erreurs)
	}
}

func TestBilan(t *testing.T) {
	fini, finir := context.WithCancel(t.Context())
	finir()
	panne := errors.New("panne")
	for _, cas := range []struct {
		n, enregistrees, refusees, nonConfirmees int
		erreurs                                  []error
		ctx                                      context.Context
		texte, erreur                            string
	}{
		{1, 1, 0, 0, nil, t.Context(), "1 mesure envoyée : 1 enregistrée", ""},
		{2, 2, 0, 0, nil, t.Context(), "2 mesures envoyées : 2 enregistrées", ""},
		{0, 5, 0, 0, nil, fini, "5 mesures envoyées : 5 enregistrées", ""}, // sans fin : l'interrompre est la façon de finir
		{5, 5, 0, 0, nil, fini, "5 mesures envoyées : 5 enregistrées", ""},
		{3, 1, 2, 0, nil, t.Context(), "3 mesures envoyées : 1 enregistrée, 2 refusées", "2 mesures refusées par le serveur"},
		{1, 0, 1, 0, nil, t.Context(), "1 mesure envoyée : 0 enregistrée, 1 refusée", "1 mesure refusée par le serveur"},
		{1, 0, 0, 1, nil, t.Context(), "1 mesure envoyée : 0 enregistrée, 1 non confirmée, ce serveur n'accuse pas réception", ""},
		{2, 0, 0, 2, nil, t.Context(), "2 mesures envoyées : 0 enregistrée, 2 non confirmées, ce serveur n'accuse pas réception", ""},
		{9, 3, 0, 0, nil, fini, "3 mesures envoyées : 3 enregistrées", "interrompu : 6 mesures sur 9 non envoyées"},
		{9, 3, 0, 0, []error{panne, io.EOF}, fini, "3 mesures envoyées : 3 enregistrées", "panne"},
		{9, 3, 1, 0, []error{panne}, t.Context(), "4 mesures envoyées : 3 enregistrées, 1 refusée", "panne"},
	} {
		e, ecran := nouvelEnvoi(cas.n)
		e.enregistrees, e.refusees, e.nonConfirmees, e.erreurs = cas.enregistrees, cas.refusees, cas.nonConfirmees, cas.erreurs
		err := e.bilan(cas.ctx)
		if texte := ecran.sortie.String(); texte != cas.texte+"\n" {
			t.Errorf("bilan de %+v : %q, attendu %q", cas, texte, cas.texte)
		}
		if (err == nil) != (cas.erreur == "") || err != nil && err.Error() != cas.erreur {
			t.Errorf("bilan de %+v = %v, attendu %q", cas, err, cas.erreur)
		}
	}
}

func TestSaisie(t *testing.T) {
	for _, cas := range []struct {
		clavier  string
		attendus []float64
		affiche  string
	}{
		{"20,5\n\n99\n", []float64{20.5}, "Température en °C (vide pour finir) : a : 20,5 °C, enregistrée\nTempérature en °C (vide pour finir) : "},
		{"froid\n-1\n", []float64{-1}, `"froid" n'est pas une température : écrivez un nombre, comme 23.5` + "\n"},
		{"1\n2\n3", []float64{1, 2, 3}, "Température en °C (vide pour finir) : \n"}, // fin du clavier : à la ligne
		{"", nil, "Température en °C (vide pour finir) : \n"},
		{"  \n5\n", nil, "Température en °C (vide pour finir) : "},
	} {
		synctest.Test(t, func(t *testing.T) {
			e, ecran := nouvelEnvoi(1)
			e.saisie, e.entree = true, strings.NewReader(cas.clavier)
			var recues []float64
			c := &capteurFactice{envoyer: func(_ context.Context, mesures []mesure.Mesure) (int, error) {
				for _, m := range mesures {
					if m.CapteurID != "a" {
						t.Errorf("capteur %q, attendu a", m.CapteurID)
					}
					recues = append(recues, m.Temperature)
				}
				return len(mesures), nil
			}}
			if err := e.capteur(t.Context(), c, "a"); err != nil || !slices.Equal(recues, cas.attendus) {
				t.Errorf("saisie de %q : envoyé %v, %v, attendu %v", cas.clavier, recues, err, cas.attendus)
			}
			if !strings.Contains(ecran.sortie.String(), cas.affiche) {
				t.Errorf("saisie de %q : affiché %q, attendu %q", cas.clavier, &ecran.sortie, cas.affiche)
			}
		})
	}
	e, _ := nouvelEnvoi(1)
	e.saisie, e.entree = true, io.MultiReader(strings.NewReader("1\n"), clavierCasse{})
	if err := e.capteur(t.Context(), &capteurFactice{envoyer: toutConfirmer}, "a"); !errors.Is(err, errSortie) || !strings.Contains(err.Error(), "clavier illisible") {
		t.Errorf("clavier débranché = %v, attendu une erreur qui le dise", err)
	}
}

type clavierCasse struct{}

func (clavierCasse) Read([]byte) (int, error) { return 0, errSortie }

func TestClientMeneTousSesCapteurs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, ecran := consoleDe(nil, "-capteurs", "3", "-n", "2", "-graine", "7", "-capteur", "salon", "-intervalle", "1s")
		var mu sync.Mutex
		regles := map[string]uint64{}
		var capteurs []*capteurFactice
		debut := time.Now()
		err := client(t.Context(), c, func(r etape.ReglagesCapteur) etape.Capteur {
			mu.Lock()
			defer mu.Unlock()
			regles[r.ID] = r.Graine
			f := &capteurFactice{id: r.ID, envoyer: toutConfirmer}
			capteurs = append(capteurs, f)
			return f
		})
		if err != nil || len(regles) != 3 || regles["salon_1"] != 7 || regles["salon_2"] != 8 || regles["salon_3"] != 9 {
			t.Errorf("client = %v, capteurs %v, attendu trois capteurs et leurs graines", err, regles)
		}
		for _, f := range capteurs {
			if !f.ferme || f.generees != 2 {
				t.Errorf("capteur %s : %d mesures, fermé : %v, attendu 2, true", f.id, f.generees, f.ferme)
			}
		}
		if time.Since(debut) != time.Second {
			t.Errorf("client a duré %v, attendu 1s : les capteurs vont de front", time.Since(debut))
		}
		if !strings.HasSuffix(ecran.sortie.String(), "\n6 mesures envoyées : 6 enregistrées\n") {
			t.Errorf("affiché %q, attendu le bilan des trois", &ecran.sortie)
		}
	})
}

func TestClientRendLErreurDUnCapteur(t *testing.T) {
	c, _ := consoleDe(nil, "-capteurs", "2", "-n", "30", "-patience", "0", "-intervalle", "0")
	err := client(t.Context(), c, func(r etape.ReglagesCapteur) etape.Capteur {
		f := &capteurFactice{id: r.ID, envoyer: toutConfirmer}
		if r.ID == "capteur_2" {
			f.envoyer = func(context.Context, []mesure.Mesure) (int, error) { return 0, errReseau }
		}
		return f
	})
	if err != errReseau {
		t.Errorf("client = %v, attendu %v", err, errReseau)
	}
}

func TestLaBarreTientSurUneLigne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e, _ := nouvelEnvoi(rapid.IntRange(0, 1_000_000).Draw(t, "n"))
		e.capteurs = rapid.IntRange(1, 10).Draw(t, "capteurs")
		e.enregistrees = e.total()
		if e.total() > 0 {
			e.enregistrees = rapid.IntRange(0, e.total()).Draw(t, "enregistrées")
		}
		var dessin strings.Builder
		e.dessiner(&dessin, time.Duration(rapid.Int64Range(int64(100*time.Millisecond), int64(time.Hour)).Draw(t, "durée")))
		if ligne := dessin.String(); !strings.HasPrefix(ligne, "\r") || utf8.RuneCountInString(ligne[1:]) >= 80 || strings.Contains(ligne, "\n") {
			t.Fatalf("barre = %q, attendu moins de 80 colonnes, sur la même ligne", ligne)
		}
		if plein := strings.Contains(dessin.String(), "["+strings.Repeat("#", 30)+"] 100 %"); plein != (e.total() > 0 && e.enregistrees == e.total()) {
			t.Fatalf("barre = %q pour %d sur %d", &dessin, e.enregistrees, e.total())
		}
	})
}

func TestCiter(t *testing.T) {
	for id, attendu := range map[string]string{
		"salon": "salon", "deux mots": "deux mots", "é": "é", " a": `" a"`, "a\u00a0": `"a\u00a0"`, "a\u202eb": `"a\u202eb"`, `a"b`: `"a\"b"`,
	} {
		if cite := citer(id); cite != attendu {
			t.Errorf("citer(%q) = %s, attendu %s", id, cite, attendu)
		}
	}
}
