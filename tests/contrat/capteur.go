package contrat

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"capteurs/shared/etape"
	"capteurs/shared/liaison"
	"capteurs/shared/mesure"
)

// Une marche qui revient vers 20 °C ne s'en éloigne guère, même longtemps : son écart type, pour des pas de 0,2 et un rappel
// de 0,01, est de 1,4 °C. Sans rappel il croîtrait sans fin.
const (
	longueMarche = 3000 // mesures
	ecartMax     = 20.0 // °C
)

func capteurGenere(t *testing.T, e Etape) {
	rapid.Check(t, func(t *rapid.T) {
		graine := rapid.Uint64().Draw(t, "graine")
		serie := func(graine uint64, n int) (temperatures []float64) {
			c := e.horsLigne(etape.ReglagesCapteur{ID: "salle 3", Graine: graine})
			for range n {
				m := c.Generer()
				if m.CapteurID != "salle 3" || m.Valider() != nil {
					t.Fatalf("Generer() = %+v, attendu une mesure valide de « salle 3 »", m)
				}
				temperatures = append(temperatures, m.Temperature)
			}
			return temperatures
		}
		une := serie(graine, longueMarche)
		for i, temperature := range une {
			if i > 0 && math.Abs(temperature-une[i-1]) > 3 {
				t.Fatalf("Generer() : %v puis %v °C, attendu une variation lente", une[i-1], temperature)
			}
			if math.Abs(temperature-20) > ecartMax {
				t.Fatalf("Generer() : %v °C à la %de mesure, elle s'éloigne ; attendu qu'elle revienne vers 20 °C", temperature, i+1)
			}
		}
		if !slices.Equal(une[:50], serie(graine, 50)) {
			t.Fatalf("la graine %d donne deux séries différentes, attendu la même", graine)
		}
		if slices.Equal(une[:50], serie(graine+1, 50)) {
			t.Fatalf("les graines %d et %d donnent la même série", graine, graine+1)
		}
		if slices.Min(une) == slices.Max(une) {
			t.Fatalf("températures %v : aucune ne varie", une[:50])
		}
	})
}

func capteurEnvoie(t *testing.T, e Etape) {
	const envois, taille = 2, 3
	recues := make(chan []mesure.Mesure, envois)
	adresse := serveurSimule(t, func(recu *bufio.Reader, conn net.Conn) {
		lecteur := mesure.NouveauLecteur(recu)
		for i := range envois {
			var envoi []mesure.Mesure
			for len(envoi) < taille {
				lot, err := lecteur.Lire()
				if err != nil || len(lot.Refus) > 0 {
					recues <- append(envoi, lot.Mesures...)
					return
				}
				envoi = append(envoi, lot.Mesures...)
			}
			recues <- envoi
			_, _ = fmt.Fprintf(conn, "{\"statut\":\"ok\",\"enregistrees\":%d}\n", (i+1)*taille)
		}
	})
	c := e.capteur(t, etape.ReglagesCapteur{Adresse: adresse})
	for i := range envois {
		envoyees := []mesure.Mesure{releve("a", float64(i)), releve("l'été", 23.5), releve("a", -4)}
		if n, err := c.Envoyer(t.Context(), envoyees...); n != taille || err != nil {
			t.Fatalf("Envoyer() n° %d = %d, %v, attendu %d, nil", i+1, n, err, taille)
		}
		select {
		case obtenues := <-recues:
			if !slices.Equal(obtenues, envoyees) {
				t.Fatalf("Envoyer() n° %d : le serveur reçoit %+v, attendu %+v", i+1, obtenues, envoyees)
			}
		case <-time.After(patience):
			t.Fatalf("Envoyer() n° %d dit %d mesures confirmées, et le serveur ne les a pas reçues après %v", i+1, taille, patience)
		}
	}
}

func capteurSeReconnecte(t *testing.T, e Etape) {
	var m memoire
	r := reglagesServeur(&m)
	r.Adresse = net.JoinHostPort(HoteReserve(), "0") // personne ne doit y répondre pendant l'absence du serveur
	s := e.lancer(t, r, nil)
	c := e.capteur(t, etape.ReglagesCapteur{Adresse: s.adresse})
	if n, err := c.Envoyer(t.Context(), releve("a", 1), releve("a", 2)); n != 2 || err != nil {
		t.Fatalf("Envoyer() = %d, %v, attendu 2, nil", n, err)
	}
	if err := s.arreter(); err != nil {
		t.Fatalf("Servir() = %v, attendu nil", err)
	}
	for essai := range 2 { // la connexion perdue, puis le serveur absent
		if n, err := c.Envoyer(t.Context(), releve("a", 3)); n != 0 || err == nil || errors.Is(err, liaison.ErrNonConfirmee) {
			t.Fatalf("Envoyer() n° %d sans serveur = %d, %v, attendu 0 et une erreur du réseau", essai+1, n, err)
		}
	}
	r.Adresse = s.adresse
	e.lancer(t, r, nil)
	if n, err := c.Envoyer(t.Context(), releve("a", 3), releve("a", 4)); n != 2 || err != nil {
		t.Fatalf("Envoyer() au serveur revenu = %d, %v, attendu 2, nil", n, err)
	}
	egales(t, m.tout(), []mesure.Mesure{releve("a", 1), releve("a", 2), releve("a", 3), releve("a", 4)})
}

// serveurSimule accepte des connexions, et joue sur chacune le dialogue donné. Il rend son adresse.
func serveurSimule(t *testing.T, dialogue func(recu *bufio.Reader, conn net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	fini := make(chan struct{})
	go func() {
		defer close(fini)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_ = conn.SetDeadline(time.Now().Add(2 * patience)) // la suite se plaint avant
			dialogue(bufio.NewReader(conn), conn)
			conn.Close()
		}
	}()
	t.Cleanup(func() { l.Close(); <-fini })
	return l.Addr().String()
}

// lignes lit n lignes.
func lignes(recu *bufio.Reader, n int) {
	for range n {
		if _, err := recu.ReadString('\n'); err != nil {
			return // un client qui renonce se verra à ce qu'il rend
		}
	}
}

func capteurRefuse(t *testing.T, e Etape) {
	trois := []mesure.Mesure{releve("a", 1), releve("a", 2), releve("a", 3)}
	adresse := serveurSimule(t, func(recu *bufio.Reader, conn net.Conn) {
		lignes(recu, 3)
		_, _ = io.WriteString(conn, `{"statut":"erreur","message":2,"erreur":"trop chaud"}`+"\n"+`{"statut":"ok","enregistrees":2}`+"\n")
		lignes(recu, 3)
		_, _ = io.WriteString(conn, `{"statut":"ok","enregistrees":3}`+"\n"+`{"statut":"erreur","erreur":"disque plein"}`+"\n")
	})
	c := e.capteur(t, etape.ReglagesCapteur{Adresse: adresse})
	n, err := c.Envoyer(t.Context(), trois...)
	var refus mesure.Refus
	if n != 3 || !errors.As(err, &refus) || refus.Message != 2 || !strings.Contains(err.Error(), "trop chaud") {
		t.Fatalf("Envoyer() = %d, %v, attendu 3 et le refus du message 2 pour « trop chaud »", n, err)
	}
	n, err = c.Envoyer(t.Context(), trois...)
	if n != 1 || err == nil || errors.As(err, &refus) || !strings.Contains(err.Error(), "disque plein") {
		t.Fatalf("Envoyer() = %d, %v, attendu 1 confirmée, puis « disque plein »", n, err)
	}
}

// attenteDuMuet est ce qu'un capteur attend d'un serveur qui se tait. Elle borne aussi sa connexion : plus courte, une
// machine chargée n'en aurait pas le temps.
const attenteDuMuet = 2 * time.Second

func serveurSansAccuse(t *testing.T, e Etape) {
	const muet = "se tait"
	for nom, dialogue := range map[string]func(*bufio.Reader, net.Conn){
		"ferme après avoir lu": func(recu *bufio.Reader, conn net.Conn) { lignes(recu, 1) },
		"répond « OK »":        func(recu *bufio.Reader, conn net.Conn) { lignes(recu, 1); _, _ = io.WriteString(conn, "OK") },
		"répond du JSON": func(recu *bufio.Reader, conn net.Conn) {
			lignes(recu, 1)
			_, _ = io.WriteString(conn, "{\"status\":1}\n")
		},
		"salue d'abord": func(recu *bufio.Reader, conn net.Conn) { _, _ = io.WriteString(conn, "Bienvenue\n"); lignes(recu, 1) },
		muet:            func(recu *bufio.Reader, conn net.Conn) { lignes(recu, math.MaxInt) }, // jusqu'à ce que le capteur ferme
	} {
		if nom == muet && testing.Short() {
			continue // des secondes d'attente
		}
		r := etape.ReglagesCapteur{Adresse: serveurSimule(t, dialogue)} // aux autres, rien n'est à attendre
		if nom == muet {
			r.Emission.Attente = attenteDuMuet
		}
		c := e.capteur(t, r)
		for i := range 2 {
			ctx, liberer := context.WithTimeout(t.Context(), patience)
			if _, err := c.Envoyer(ctx, releve("a", float64(i))); !errors.Is(err, liaison.ErrNonConfirmee) {
				t.Errorf("Envoyer() n° %d à un serveur qui %s = %v, attendu ErrNonConfirmee", i+1, nom, err)
			}
			if ctx.Err() != nil {
				t.Errorf("Envoyer() n° %d à un serveur qui %s attend encore après %v, attendu %v au plus", i+1, nom, patience, attenteDuMuet)
			}
			liberer()
		}
	}
}

func capteurInterrompu(t *testing.T, e Etape) {
	ctx, annuler := context.WithCancel(t.Context())
	adresse := serveurSimule(t, func(recu *bufio.Reader, conn net.Conn) {
		lignes(recu, 1)
		annuler()
		lignes(recu, 1) // jusqu'à ce que le capteur ferme
	})
	c := e.capteur(t, etape.ReglagesCapteur{Adresse: adresse, Emission: liaison.Emission{Attente: time.Hour}})
	rendu := make(chan error, 1)
	go func() {
		_, err := c.Envoyer(ctx, releve("a", 1))
		rendu <- errors.Join(err, c.Close())
	}()
	select {
	case err := <-rendu:
		if err == nil {
			t.Errorf("Envoyer() interrompu = nil, attendu une erreur")
		}
	case <-time.After(patience):
		t.Fatalf("Envoyer ne rend pas la main %v après la fin de son contexte", patience)
	}
}
