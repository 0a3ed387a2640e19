package sauvegarde

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"capteurs/shared/mesure"
)

// moteurFactice retient les lots qu'on lui donne. Si feu n'est pas nil, chaque écriture y attend l'erreur qu'elle rend.
type moteurFactice struct {
	feu       chan error
	fermeture error // ce que rend fermer
	enCours   atomic.Int32

	mu         sync.Mutex // protège la suite
	lots       []string   // un par écriture ; voir decrire
	recus      []time.Time
	contextes  []context.Context
	fermetures int
}

func (m *moteurFactice) ecrire(ctx context.Context, tranches []*tranche) error {
	if m.enCours.Add(1) > 1 {
		panic("deux écritures à la fois")
	}
	defer m.enCours.Add(-1)
	m.mu.Lock()
	m.lots = append(m.lots, decrire(tranches))
	m.contextes = append(m.contextes, ctx)
	for _, t := range tranches {
		m.recus = append(m.recus, t.recu)
	}
	m.mu.Unlock()
	if m.feu == nil {
		return nil
	}
	return <-m.feu
}

func (m *moteurFactice) relire(context.Context) iter.Seq2[Enregistrement, error] {
	return func(func(Enregistrement, error) bool) {}
}

func (m *moteurFactice) fermer() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fermetures++
	return m.fermeture
}

func (m *moteurFactice) String() string { return "factice:" }

// ecrits vérifie les lots écrits depuis le début.
func (m *moteurFactice) ecrits(t *testing.T, attendus ...string) {
	t.Helper()
	synctest.Wait()
	m.mu.Lock()
	defer m.mu.Unlock()
	if !slices.Equal(m.lots, attendus) {
		t.Fatalf("lots écrits = %q, attendu %q", m.lots, attendus)
	}
}

// decrire nomme les tranches d'un lot : « a|b×3 » est une tranche d'une mesure du capteur a, puis une de trois de b.
func decrire(tranches []*tranche) string {
	var noms []string
	for _, t := range tranches {
		nom := t.mesures[0].CapteurID
		if n := len(t.mesures); n > 1 {
			nom += fmt.Sprintf("×%d", n)
		}
		noms = append(noms, nom)
	}
	return strings.Join(noms, "|")
}

// desMesures rend n mesures d'un capteur, de températures 0, 1, 2…
func desMesures(id string, n int) []mesure.Mesure {
	mesures := make([]mesure.Mesure, n)
	for i := range mesures {
		mesures[i] = mesure.Mesure{CapteurID: id, Temperature: float64(i)}
	}
	return mesures
}

// appel est un appel en cours.
type appel struct {
	nom      string
	resultat chan error
}

// lancer appelle f dans sa goroutine, et attend que tout ce qui peut avancer l'ait fait.
func lancer(nom string, f func() error) appel {
	a := appel{nom, make(chan error, 1)}
	go func() { a.resultat <- f() }()
	synctest.Wait()
	return a
}

// sauver lance la sauvegarde de n mesures du capteur id.
func sauver(ctx context.Context, g *groupe, id string, n int) appel {
	return lancer("Sauvegarder("+id+")", func() error { return g.Sauvegarder(ctx, desMesures(id, n)) })
}

// attend vérifie que l'appel n'est pas revenu.
func (a appel) attend(t *testing.T) {
	t.Helper()
	synctest.Wait()
	select {
	case err := <-a.resultat:
		t.Fatalf("%s = %v, attendu qu'il attende encore", a.nom, err)
	default:
	}
}

// rend vérifie que l'appel est revenu, avec cette erreur.
func (a appel) rend(t *testing.T, attendue error) {
	t.Helper()
	synctest.Wait()
	select {
	case err := <-a.resultat:
		if !errors.Is(err, attendue) {
			t.Fatalf("%s = %v, attendu %v", a.nom, err, attendue)
		}
	default:
		t.Fatalf("%s attend encore, attendu %v", a.nom, attendue)
	}
}

// enBulle exécute un test de groupe, dans un temps factice, sur un moteur dont chaque écriture attend le feu.
func enBulle(t *testing.T, test func(t *testing.T, g *groupe, m *moteurFactice)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		m := &moteurFactice{feu: make(chan error)}
		g := nouveauGroupe(m)
		test(t, g, m)
		if err := g.Close(); err != nil {
			t.Errorf("Close = %v, attendu nil", err)
		}
	})
}

func TestUnAppelSeulEcritAussitotEtSeul(t *testing.T) {
	enBulle(t, func(t *testing.T, g *groupe, m *moteurFactice) {
		debut := time.Now()
		for i, attendus := range [][]string{{"a"}, {"a", "a"}} {
			a := sauver(t.Context(), g, "a", 1)
			m.ecrits(t, attendus...)
			a.attend(t)
			m.feu <- nil
			a.rend(t, nil)
			if attente := time.Since(debut); attente > 0 {
				t.Errorf("l'appel %d a attendu %v, attendu aucune minuterie", i, attente)
			}
		}
	})
}

// Pendant qu'un capteur tient la plume, les autres se rassemblent, puis l'un d'eux la prend ; la fermeture les attend tous.
func TestLesAutresAttendentQuiTientLaPlume(t *testing.T) {
	enBulle(t, func(t *testing.T, g *groupe, m *moteurFactice) {
		premier := sauver(t.Context(), g, "a", 1)
		m.feu <- nil
		premier.rend(t, nil)
		seul := sauver(t.Context(), g, "a", 1)
		b, c := sauver(t.Context(), g, "b", 1), sauver(t.Context(), g, "c", 1)
		fermer := lancer("Close", g.Close)
		fermer.attend(t)
		m.ecrits(t, "a", "a")
		m.feu <- nil
		seul.rend(t, nil)
		m.ecrits(t, "a", "a", "b|c")
		fermer.attend(t)
		m.feu <- nil
		b.rend(t, nil)
		c.rend(t, nil)
		fermer.rend(t, nil)
	})
	enBulle(t, func(t *testing.T, g *groupe, m *moteurFactice) { // ou personne d'autre n'attend
		for range 2 {
			a := sauver(t.Context(), g, "a", 1)
			fermer := appel{}
			if len(m.lots) == 2 {
				fermer = lancer("Close", g.Close)
				fermer.attend(t)
			}
			m.feu <- nil
			a.rend(t, nil)
			if fermer.nom != "" {
				fermer.rend(t, nil)
			}
		}
	})
}

// Qui prend la plume écrit d'abord le lot d'un autre, s'il est plus vieux : un appel peut joindre son lot et tarder à l'attendre.
// Le sien n'est pas commencé pour autant, et peut encore être abandonné.
func TestQuiTientLaPlumeEcritDAbordLePlusVieuxLot(t *testing.T) {
	for _, abandonne := range []bool{false, true} {
		enBulle(t, func(t *testing.T, g *groupe, m *moteurFactice) {
			if _, err := g.joindre(&tranche{mesures: desMesures("lent", lotMax)}); err != nil {
				t.Fatal(err)
			}
			ctx, abandonner := context.WithCancel(t.Context())
			defer abandonner()
			b := sauver(ctx, g, "b", 1)
			lent := fmt.Sprintf("lent×%d", lotMax)
			m.ecrits(t, lent)
			if abandonne {
				abandonner()
				b.attend(t) // la fin de l'écriture qu'il a commencée pour un autre
				autre := lancer("prendre la plume", func() error { g.plume <- struct{}{}; return nil })
				m.feu <- nil
				autre.rend(t, nil)
				b.rend(t, context.Canceled)
				<-g.plume
				m.ecrits(t, lent)
				return
			}
			m.feu <- nil
			b.attend(t)
			m.ecrits(t, lent, "b")
			m.feu <- nil
			b.rend(t, nil)
		})
	}
}

// Un moteur qui panique, ou finit sa goroutine, ne laisse attendre personne : ni celles qui partageaient son écriture, ni celles
// d'après. Aucune n'est confirmée, et l'on ferme comme d'habitude.
func TestUneFauteDuMoteurNeLaissePersonneAttendre(t *testing.T) {
	for nom, faute := range map[string]func(){"panique": func() { panic("faute") }, "fin de goroutine": runtime.Goexit} {
		t.Run(nom, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				feu := make(chan struct{})
				var essais []string
				g := nouveauGroupe(moteurQui(func(_ context.Context, tranches []*tranche) error {
					essais = append(essais, decrire(tranches))
					<-feu
					if len(essais) == 2 {
						faute()
					}
					return nil
				}))
				resultats := make(chan error, 3)
				for _, id := range []string{"a", "b", "c"} {
					go func() {
						defer func() { recover() }() // de qui tenait la plume : sa goroutine a la faute, et aucun résultat
						resultats <- g.Sauvegarder(context.Background(), desMesures(id, 1))
					}()
					synctest.Wait()
				}
				for _, attendue := range []error{nil, errInterrompue} {
					feu <- struct{}{}
					synctest.Wait()
					if n := len(resultats); n != 1 {
						t.Fatalf("%d appels sont revenus, attendu 1", n)
					}
					if err := <-resultats; !errors.Is(err, attendue) {
						t.Errorf("Sauvegarder = %v, attendu %v", err, attendue)
					}
				}
				sauver(t.Context(), g, "d", 1).rend(t, errInterrompue)
				if attendus := []string{"a", "b|c"}; !slices.Equal(essais, attendus) {
					t.Errorf("écritures %q, attendu %q", essais, attendus)
				}
				lancer("Close", g.Close).rend(t, nil)
			})
		})
	}
}

func TestSansMesureRienNEstEcrit(t *testing.T) {
	enBulle(t, func(t *testing.T, g *groupe, m *moteurFactice) {
		a := sauver(t.Context(), g, "a", 1)
		sauver(t.Context(), g, "rien", 0).rend(t, nil) // sans attendre l'écriture en cours
		m.feu <- nil
		a.rend(t, nil)
		m.ecrits(t, "a")
	})
}

func TestPendantUneEcritureLesAppelsSeRassemblent(t *testing.T) {
	enBulle(t, func(t *testing.T, g *groupe, m *moteurFactice) {
		a := sauver(t.Context(), g, "a", 1)
		suivants := []appel{sauver(t.Context(), g, "b", 2), sauver(t.Context(), g, "c", 1), sauver(t.Context(), g, "d", 3)}
		m.ecrits(t, "a")
		m.feu <- nil
		a.rend(t, nil)
		m.ecrits(t, "a", "b×2|c|d×3")
		for _, s := range suivants {
			s.attend(t)
		}
		m.feu <- nil
		for _, s := range suivants {
			s.rend(t, nil)
		}
		m.ecrits(t, "a", "b×2|c|d×3")
	})
}

func TestUnLotPleinNeGrossitPlus(t *testing.T) {
	enBulle(t, func(t *testing.T, g *groupe, m *moteurFactice) {
		appels := []appel{
			sauver(t.Context(), g, "a", 1),
			sauver(t.Context(), g, "b", lotMax-1), sauver(t.Context(), g, "c", 5), // plein, à une tranche près
			sauver(t.Context(), g, "d", lotMax+7), // plein à elle seule
			sauver(t.Context(), g, "e", 1), sauver(t.Context(), g, "f", 1),
		}
		attendus := []string{"a", fmt.Sprintf("b×%d|c×5", lotMax-1), fmt.Sprintf("d×%d", lotMax+7), "e|f"}
		for i := range attendus {
			m.ecrits(t, attendus[:i+1]...) // les plus vieux d'abord
			m.feu <- nil
		}
		for _, a := range appels {
			a.rend(t, nil)
		}
		m.ecrits(t, attendus...)
	})
}

func TestAbandonAvantLEcriture(t *testing.T) {
	enBulle(t, func(t *testing.T, g *groupe, m *moteurFactice) {
		lasse := errors.New("las d'attendre")
		ctx, abandonner := context.WithCancelCause(t.Context())
		a := sauver(t.Context(), g, "a", 1)
		b := sauver(ctx, g, "b", 1)
		c := sauver(t.Context(), g, "c", 1)
		d := sauver(ctx, g, "d", 1)
		abandonner(lasse)
		b.rend(t, lasse) // sans attendre l'écriture en cours
		d.rend(t, lasse)
		m.feu <- nil
		a.rend(t, nil)
		m.ecrits(t, "a", "c")
		m.feu <- nil
		c.rend(t, nil)
	})
}

func TestUnLotAbandonneParTousNEstPasEcrit(t *testing.T) {
	enBulle(t, func(t *testing.T, g *groupe, m *moteurFactice) {
		ctx, abandonner := context.WithCancel(t.Context())
		a := sauver(t.Context(), g, "a", 1)
		b := sauver(ctx, g, "b", lotMax) // elle remplit son lot : la suivante en ouvre un autre
		c := sauver(t.Context(), g, "c", 1)
		abandonner()
		b.rend(t, context.Canceled)
		m.feu <- nil
		a.rend(t, nil)
		m.ecrits(t, "a", "c")
		m.feu <- nil
		c.rend(t, nil)
	})
}

func TestAbandonPendantLEcriture(t *testing.T) {
	panne := errors.New("panne")
	for _, resultat := range []error{nil, panne} {
		enBulle(t, func(t *testing.T, g *groupe, m *moteurFactice) {
			ctx, abandonner := context.WithCancel(t.Context())
			a := sauver(t.Context(), g, "a", 1)
			b := sauver(ctx, g, "b", 1) // l'une de ces deux-là écrira pour les deux
			c := sauver(ctx, g, "c", 1)
			d := sauver(t.Context(), g, "d", 1)
			m.feu <- nil
			a.rend(t, nil)
			m.ecrits(t, "a", "b|c|d")
			abandonner()
			b.attend(t)
			c.attend(t)
			if err := m.contextes[1].Err(); err != nil {
				t.Errorf("le contexte de l'écriture finit avec celui d'un appel : %v", err)
			}
			m.feu <- resultat
			for _, appel := range []appel{b, c, d} {
				appel.rend(t, resultat)
			}
		})
	}
}

func TestQuiEcritPeutEtreAbandonneSansGenerLesSuivants(t *testing.T) {
	enBulle(t, func(t *testing.T, g *groupe, m *moteurFactice) {
		ctx, abandonner := context.WithCancel(t.Context())
		a := sauver(ctx, g, "a", 1)
		b := sauver(t.Context(), g, "b", 1)
		abandonner()
		a.attend(t) // son écriture a commencé
		m.feu <- nil
		a.rend(t, nil)
		m.ecrits(t, "a", "b")
		m.feu <- nil
		b.rend(t, nil)
	})
}

func TestUneEcritureASonPropreDelai(t *testing.T) {
	enBulle(t, func(t *testing.T, g *groupe, m *moteurFactice) {
		debut := time.Now()
		a := sauver(t.Context(), g, "a", 1)
		echeance, ok := m.contextes[0].Deadline()
		if attendue := debut.Add(delaiEcriture); !ok || !echeance.Equal(attendue) {
			t.Errorf("échéance de l'écriture = %v, %v, attendu %v", echeance, ok, attendue)
		}
		m.feu <- nil
		a.rend(t, nil)
		if m.contextes[0].Err() == nil {
			t.Error("le contexte d'une écriture finie n'est pas libéré")
		}
	})
}

func TestUneErreurEstCelleDeSonLot(t *testing.T) {
	enBulle(t, func(t *testing.T, g *groupe, m *moteurFactice) {
		panne := errors.New("panne")
		a := sauver(t.Context(), g, "a", 1)
		b, c := sauver(t.Context(), g, "b", 1), sauver(t.Context(), g, "c", lotMax)
		d := sauver(t.Context(), g, "d", 1)
		m.feu <- nil
		a.rend(t, nil)
		m.feu <- panne
		b.rend(t, panne)
		c.rend(t, panne)
		d.attend(t)
		m.feu <- nil
		d.rend(t, nil)
		m.ecrits(t, "a", fmt.Sprintf("b|c×%d", lotMax), "d") // et rien n'est recommencé
	})
}

func TestUneMesureInvalideNEchoueQuePourElle(t *testing.T) {
	enBulle(t, func(t *testing.T, g *groupe, m *moteurFactice) {
		a := sauver(t.Context(), g, "a", 1)
		b := sauver(t.Context(), g, "b", 1)
		for cause, mauvaise := range map[string]mesure.Mesure{
			"nombre fini attendu": {CapteurID: "x", Temperature: math.NaN()},
			"vide ou blanc":       {},
			"UTF-8":               {CapteurID: "\xff"},
		} {
			err := g.Sauvegarder(t.Context(), []mesure.Mesure{{CapteurID: "bonne"}, mauvaise}) // n'attend personne
			if err == nil || !strings.Contains(err.Error(), cause) || !strings.Contains(err.Error(), fmt.Sprintf("%q", mauvaise.CapteurID)) {
				t.Errorf("Sauvegarder(%+v) = %v, attendu une erreur qui nomme le capteur et dit %q", mauvaise, err, cause)
			}
		}
		m.feu <- nil
		a.rend(t, nil)
		m.ecrits(t, "a", "b")
		m.feu <- nil
		b.rend(t, nil)
		m.ecrits(t, "a", "b")
	})
}

func TestCloseAttendLesEcrituresDemandees(t *testing.T) {
	enBulle(t, func(t *testing.T, g *groupe, m *moteurFactice) {
		m.fermeture = errors.New("fermeture ratée")
		a := sauver(t.Context(), g, "a", 1)
		b := sauver(t.Context(), g, "b", 1)
		fermer, encore := lancer("Close", g.Close), lancer("second Close", g.Close)
		sauver(t.Context(), g, "c", 1).rend(t, ErrFermee)
		for _, appel := range []appel{a, b} {
			fermer.attend(t)
			encore.attend(t)
			if m.fermetures != 0 {
				t.Fatal("le moteur est fermé pendant qu'il écrit")
			}
			m.feu <- nil
			appel.rend(t, nil)
		}
		fermer.rend(t, m.fermeture)
		encore.rend(t, nil)
		if m.fermetures != 1 {
			t.Errorf("moteur fermé %d fois, attendu 1", m.fermetures)
		}
		m.ecrits(t, "a", "b")
	})
}

func TestChaqueAppelASonHeureDeReception(t *testing.T) {
	enBulle(t, func(t *testing.T, g *groupe, m *moteurFactice) {
		paris := time.FixedZone("Paris", 2*3600)
		heures := []time.Time{
			time.Date(2026, 7, 1, 1, 0, 0, 999_999_999, paris),
			time.Date(2026, 7, 1, 1, 0, 1, 1_999, paris),
			time.Date(2026, 7, 1, 1, 0, 2, 999, paris),
		}
		restantes := heures
		g.maintenant = func() time.Time {
			h := restantes[0]
			restantes = restantes[1:]
			return h
		}
		for _, id := range []string{"a", "b", "c"} {
			sauver(t.Context(), g, id, 1)
		}
		m.feu <- nil
		m.ecrits(t, "a", "b|c")
		m.feu <- nil
		synctest.Wait()
		attendues := []time.Time{
			time.Date(2026, 6, 30, 23, 0, 0, 999_999_000, time.UTC),
			time.Date(2026, 6, 30, 23, 0, 1, 1_000, time.UTC),
			time.Date(2026, 6, 30, 23, 0, 2, 0, time.UTC),
		}
		if !slices.Equal(m.recus, attendues) { // == compare aussi le fuseau
			t.Errorf("heures = %v, attendu %v", m.recus, attendues)
		}
	})
}

// Quand la base ne veut pas des mesures de certains appels, eux seuls échouent, et les autres sont écrits dans l'ordre.
func TestUnRefusDeLaBaseNEchoueQuePourLaTrancheFautive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mauvais := rapid.SliceOfN(rapid.Bool(), 1, 40).Draw(t, "appels dont la base ne veut pas")
		refuse := errors.New("la base n'en veut pas")
		var ecrits, attendus []string
		g := &groupe{moteur: moteurQui(func(_ context.Context, tranches []*tranche) error {
			if strings.Contains(decrire(tranches), "mauvais") {
				return fmt.Errorf("au moteur : %w", refus{refuse})
			}
			ecrits = append(ecrits, strings.Split(decrire(tranches), "|")...)
			return nil
		})}
		var lot []*tranche
		for i, m := range mauvais {
			id := fmt.Sprint("bon", i)
			if m {
				id = fmt.Sprint("mauvais", i)
			} else {
				attendus = append(attendus, id)
			}
			lot = append(lot, &tranche{mesures: desMesures(id, 1)})
		}
		g.ecrireTranches(t.Context(), lot)
		for i, tr := range lot {
			if errors.Is(tr.erreur, refuse) != mauvais[i] || (tr.erreur != nil) != mauvais[i] {
				t.Errorf("tranche %s : %v, attendu un refus : %v", tr.mesures[0].CapteurID, tr.erreur, mauvais[i])
			}
		}
		if !slices.Equal(ecrits, attendus) {
			t.Errorf("écrits %q, attendu %q", ecrits, attendus)
		}
	})
}

// Une base qui ne refuse pas une mesure, mais ne peut rien écrire, n'est pas sollicitée encore pour chaque tranche ; celle
// qui refuse tout ne l'est pas au-delà du délai d'une écriture.
func TestUnePanneNeSeRecommencePasTrancheParTranche(t *testing.T) {
	panne := errors.New("panne")
	for nom, c := range map[string]struct {
		erreur error
		duree  time.Duration
		essais int
	}{"panne": {panne, 0, 1}, "refus sans fin": {refus{panne}, delaiEcriture + 1, 1}, "refus d'une seconde": {refus{panne}, delaiEcriture / 2, 3}} {
		synctest.Test(t, func(t *testing.T) {
			essais := 0
			g := &groupe{moteur: moteurQui(func(context.Context, []*tranche) error {
				essais++
				time.Sleep(c.duree) // un temps factice
				return c.erreur
			})}
			lot := []*tranche{{mesures: desMesures("a", 1)}, {mesures: desMesures("b", 1)}, {mesures: desMesures("c", 1)}}
			ctx, liberer := context.WithTimeout(t.Context(), delaiEcriture)
			defer liberer()
			g.ecrireTranches(ctx, lot)
			if essais != c.essais {
				t.Errorf("%s : %d écritures essayées, attendu %d", nom, essais, c.essais)
			}
			for _, tr := range lot {
				if !errors.Is(tr.erreur, panne) {
					t.Errorf("%s : tranche %s, %v, attendu %v", nom, tr.mesures[0].CapteurID, tr.erreur, panne)
				}
			}
		})
	}
}

// moteurQui n'a de moteur que l'écriture.
type moteurQui func(ctx context.Context, tranches []*tranche) error

func (m moteurQui) ecrire(ctx context.Context, tranches []*tranche) error { return m(ctx, tranches) }

func (moteurQui) relire(context.Context) iter.Seq2[Enregistrement, error] { return nil }

func (moteurQui) fermer() error { return nil }

func (moteurQui) String() string { return "factice:" }

// moteurCapricieux refuse certaines écritures, et retient les autres.
type moteurCapricieux struct {
	moteurFactice
	refus   func() bool
	retenus [][]tranche
}

var errCaprice = errors.New("caprice")

func (m *moteurCapricieux) ecrire(_ context.Context, tranches []*tranche) error {
	if m.enCours.Add(1) > 1 {
		panic("deux écritures à la fois")
	}
	defer m.enCours.Add(-1)
	runtime.Gosched() // que d'autres se rassemblent
	if m.refus() {
		return errCaprice
	}
	var lot []tranche
	for _, t := range tranches {
		lot = append(lot, tranche{mesures: slices.Clone(t.mesures)})
	}
	m.retenus = append(m.retenus, lot)
	return nil
}

// Chaque mesure porte le nom de son capteur, son appel et son rang : on retrouve d'où elle vient.
func TestToutCeQuiEstConfirmeEstEcritUneFois(t *testing.T) {
	tailles := rapid.OneOf(rapid.IntRange(0, 5), rapid.IntRange(0, 5), rapid.IntRange(lotMax/4, lotMax+1))
	rapid.Check(t, func(t *rapid.T) {
		capteurs := rapid.SliceOfN(rapid.SliceOfN(tailles, 1, 4), 1, 8).Draw(t, "tailles, par capteur et par appel")
		presse := rapid.SliceOfN(rapid.Bool(), len(capteurs), len(capteurs)).Draw(t, "capteurs qui abandonnent")
		refus := rapid.SliceOfN(rapid.Bool(), 0, 6).Draw(t, "écritures refusées")
		m := &moteurCapricieux{refus: func() bool {
			if len(refus) == 0 {
				return false
			}
			r := refus[0]
			refus = refus[1:]
			return r
		}}
		g := nouveauGroupe(m)
		erreurs := make([][]error, len(capteurs))
		var fini sync.WaitGroup
		for c, tailles := range capteurs {
			ctx, abandonner := context.WithCancel(context.Background())
			defer abandonner()
			if presse[c] {
				fini.Go(abandonner)
			}
			fini.Go(func() {
				for a, n := range tailles {
					mesures := desMesures(fmt.Sprintf("%d/%d", c, a), n)
					erreurs[c] = append(erreurs[c], g.Sauvegarder(ctx, mesures))
					clear(mesures) // la sauvegarde ne doit plus y toucher
				}
			})
		}
		fini.Wait()
		if err := g.Close(); err != nil {
			t.Fatalf("Close = %v, attendu nil", err)
		}

		ecrits := map[string]int{}
		for _, lot := range m.retenus {
			taille := 0
			for _, tr := range lot {
				if taille >= lotMax {
					t.Fatalf("un lot déjà plein de %d mesures en a reçu d'autres", taille)
				}
				taille += len(tr.mesures)
				id := tr.mesures[0].CapteurID
				if !slices.Equal(tr.mesures, desMesures(id, len(tr.mesures))) {
					t.Fatalf("l'appel %s n'est pas écrit d'un bloc et dans l'ordre", id)
				}
				if _, deja := ecrits[id]; deja {
					t.Fatalf("l'appel %s est écrit deux fois", id)
				}
				ecrits[id] = len(tr.mesures)
				var c, a int
				fmt.Sscanf(id, "%d/%d", &c, &a)
				for suivant := a + 1; suivant < len(capteurs[c]); suivant++ {
					if _, deja := ecrits[fmt.Sprintf("%d/%d", c, suivant)]; deja {
						t.Fatalf("l'appel %s est écrit après un appel qui l'a suivi", id)
					}
				}
			}
		}
		for c, tailles := range capteurs {
			for a, n := range tailles {
				err := erreurs[c][a]
				attendu := n
				if err != nil {
					attendu = 0
				}
				if id := fmt.Sprintf("%d/%d", c, a); ecrits[id] != attendu {
					t.Fatalf("l'appel %s a rendu %v : %d mesures écrites, attendu %d", id, err, ecrits[id], attendu)
				}
				if err != nil && !errors.Is(err, errCaprice) && !errors.Is(err, context.Canceled) {
					t.Fatalf("Sauvegarder = %v, attendu un caprice ou un abandon", err)
				}
			}
		}
	})
}
