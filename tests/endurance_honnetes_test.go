package tests

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// honnete est un capteur qui ne fait rien de mal : il envoie, et rappelle un serveur perdu. Chacune de ses connexions est un
// flot, d'un identifiant à elle : on sait ce qui en est parti, et ce qui en a été confirmé.
type honnete struct {
	charge
	nom     string
	patient bool         // il attend chaque confirmation avant d'envoyer la suite
	pas     int64        // confirmations qui prouvent qu'il avance
	refus   atomic.Value // la dernière réponse d'erreur du serveur, une string
	fini    chan struct{}
}

// naitre fait vivre un capteur honnête jusqu'à son congé, ou à la fin du test.
func naitre(t *testing.T, adresse, nom string, patient bool) *honnete {
	t.Helper()
	h := &honnete{nom: nom, patient: patient, pas: 640, fini: make(chan struct{})}
	h.souffle = 20 * time.Millisecond
	if patient {
		h.pas = 5 // une confirmation est en route, au plus
	}
	go func() {
		defer close(h.fini)
		h.vivre(t.Context(), adresse)
	}()
	t.Cleanup(func() { h.congedier(t) })
	return h
}

// congedier lui fait finir ce qu'il envoie.
func (h *honnete) congedier(t *testing.T) {
	t.Helper()
	h.assez.Store(true)
	attendreFait(t, "la fin de "+h.nom, h.fini)
}

func (h *honnete) vivre(ctx context.Context, adresse string) {
	for !h.assez.Load() && ctx.Err() == nil {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", adresse)
		if err == nil {
			h.parler(ctx, conn.(*net.TCPConn))
		}
		if !h.assez.Load() {
			select {
			case <-time.After(h.souffle): // il n'insiste pas plus que nos clients
			case <-ctx.Done():
			}
		}
	}
}

// parler mène une connexion à sa fin.
func (h *honnete) parler(ctx context.Context, conn *net.TCPConn) {
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	f := &flot{id: fmt.Sprintf("%s_%d", h.nom, len(h.flots)), conn: conn}
	h.flots = append(h.flots, f)
	if h.patient {
		h.patienter(f)
	} else {
		h.travail.Go(func() { h.envoyer(f, sansFin) })
		h.ecouter(f)
		conn.Close()
		h.travail.Wait()
	}
	if f.erreur != "" {
		h.refus.Store(f.erreur)
	}
}

// patienter envoie une mesure, attend sa confirmation, et recommence.
func (h *honnete) patienter(f *flot) {
	for lecteur := bufio.NewReader(f.conn); !h.assez.Load(); {
		if _, err := io.WriteString(f.conn, f.suivant()); err != nil {
			return
		}
		r, err := reponseSuivante(lecteur)
		if err != nil {
			return
		}
		if r != ok(f.parties) {
			f.erreur = r.Erreur
			return
		}
		f.confirmees = f.parties
		h.total.Add(1)
	}
}

// suivant rend le prochain message d'un flot.
func (f *flot) suivant() string {
	f.parties++
	return message(f.id, f.parties-1)
}

// vraiClient est le client d'une étape, qui génère des mesures sans fin à travers un relais. Le relais sait ce qui en part.
type vraiClient struct {
	*processus
	relais *relais
}

const capteurVrai = "vrai"

// lancerVraiClient lance le client de l'étape, et attend qu'il sache que ce serveur confirme : celui qui ne le saurait pas
// n'attendrait plus rien.
func (e *epreuve) lancerVraiClient(t *testing.T, attente time.Duration) {
	t.Helper()
	r := relayer(t, e.adresse)
	for limite := time.Now().Add(delai); ; {
		p := lancer(t, e.commandeClient(r.adresse, "-n", "0", "-intervalle", "5ms", "-capteur", capteurVrai, "-attente", attente.String()))
		if p.attendre(t, p.sortie, `°C, (enregistrée|non confirmée)\n`)[1] == "enregistrée" {
			e.vrai = &vraiClient{p, r}
			return
		}
		p.tuer(t)
		if time.Now().After(limite) {
			t.Fatalf("après %v, toujours attendu : une première confirmation en moins de %v", delai, attente)
		}
	}
}

// perdu dit si le client cherche encore son serveur.
func (v *vraiClient) perdu() bool {
	dit := v.erreurs.String()
	return strings.Count(dit, "nouveaux essais") > strings.Count(dit, "serveur retrouvé")
}

// congedier l'interrompt, et attend son bilan.
func (v *vraiClient) congedier(t *testing.T) {
	t.Helper()
	if v == nil {
		return
	}
	v.demanderArret(t)
	if code := v.code(t); code != 0 {
		t.Errorf("vrai client : code de sortie %d, 0 attendu\n%s", code, v.erreurs)
	}
}

// verifier vérifie ce qu'on a enregistré de lui : tout ce qui lui a été confirmé, et rien qu'il n'ait envoyé. Ce qu'il a
// renvoyé, faute de réponse, peut y être deux fois.
func (v *vraiClient) verifier(t *testing.T, lues map[string][]float64) {
	t.Helper()
	if v == nil {
		return
	}
	envoyees := map[float64]int{}
	for _, m := range v.relais.envoyees(t) {
		envoyees[m.Temperature]++
	}
	enregistrees := map[float64]int{}
	for _, temperature := range lues[capteurVrai] {
		if enregistrees[temperature]++; enregistrees[temperature] > envoyees[temperature] {
			t.Errorf("vrai client : %v enregistrée %d fois, envoyée %d fois", temperature, enregistrees[temperature], envoyees[temperature])
		}
	}
	confirmees := map[float64]int{}
	for _, dite := range regexp.MustCompile(`: (\S+) °C, enregistrée\n`).FindAllStringSubmatch(v.sortie.String(), -1) {
		temperature, err := strconv.ParseFloat(strings.Replace(dite[1], ",", ".", 1), 64)
		if err != nil {
			t.Fatal(err)
		}
		if confirmees[temperature]++; confirmees[temperature] > enregistrees[temperature] {
			t.Errorf("vrai client : %v dite enregistrée %d fois, elle l'est %d fois", temperature, confirmees[temperature], enregistrees[temperature])
		}
	}
	if len(confirmees) == 0 {
		t.Error("vrai client : aucune mesure confirmée")
	}
	delete(lues, capteurVrai)
}
