package contrat

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"capteurs/shared/etape"
	"capteurs/shared/liaison"
	"capteurs/shared/mesure"
	"capteurs/shared/reseau"
	"capteurs/shared/sauvegarde"
)

// Rien de ce qu'attend la suite ne doit prendre ce temps-là, même sur une machine chargée ; une attente plus longue est un
// échec.
var patience = 20 * time.Second

var hotes atomic.Uint32

// HoteReserve rend une adresse de cette machine où ni ce programme ni un autre n'écoute : un port qu'on y quitte est encore
// libre quand on y revient, et n'y répond plus. Linux seul en a plus d'une.
func HoteReserve() string {
	if runtime.GOOS != "linux" {
		return "127.0.0.1"
	}
	pid, n := os.Getpid(), hotes.Add(1)
	return net.IPv4(127, byte(1+n%254), byte(pid>>8), byte(pid)).String()
}

// T est ce que testing.T et rapid.T ont en commun.
type T interface {
	Helper()
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
	Cleanup(func())
}

// memoire est une sauvegarde qui ne fait que retenir, et qu'un test peut faire attendre ou échouer.
type memoire struct {
	avant func([]mesure.Mesure) error // appelée d'abord, si elle n'est pas nil

	mu      sync.Mutex // protège la suite
	mesures []mesure.Mesure
	change  chan struct{} // fermé, puis remplacé, à chaque enregistrement
}

var _ sauvegarde.Sauvegarde = (*memoire)(nil)

func (m *memoire) Sauvegarder(_ context.Context, mesures []mesure.Mesure) error {
	if m.avant != nil {
		if err := m.avant(mesures); err != nil {
			return err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.mesures = append(m.mesures, mesures...)
	if m.change != nil {
		close(m.change)
		m.change = nil
	}
	return nil
}

func (m *memoire) tout() []mesure.Mesure {
	tout, _ := m.observer()
	return tout
}

// observer rend ce qui est enregistré, et un canal fermé dès qu'il y en aura plus.
func (m *memoire) observer() ([]mesure.Mesure, <-chan struct{}) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.change == nil {
		m.change = make(chan struct{})
	}
	return slices.Clone(m.mesures), m.change
}

func (m *memoire) Relire(context.Context) iter.Seq2[sauvegarde.Enregistrement, error] {
	panic("la suite lit la mémoire directement")
}
func (m *memoire) Close() error   { return nil }
func (m *memoire) String() string { return "memoire" }

// ecouteur est un net.Listener sans réseau : chaque écriture du client y est une lecture du serveur, et le temps peut y
// être simulé.
type ecouteur struct {
	conns chan net.Conn
	fini  chan struct{}
	clore sync.Once
}

func nouvelEcouteur() *ecouteur {
	return &ecouteur{conns: make(chan net.Conn), fini: make(chan struct{})}
}

func (e *ecouteur) Accept() (net.Conn, error) {
	select {
	case conn := <-e.conns:
		return conn, nil
	case <-e.fini:
		return nil, net.ErrClosed
	}
}

func (e *ecouteur) Close() error {
	e.clore.Do(func() { close(e.fini) })
	return nil
}

func (e *ecouteur) Addr() net.Addr { return &net.UnixAddr{Name: "memoire", Net: "unix"} }

// appeler ouvre une connexion.
func (e *ecouteur) appeler(t T) *client {
	t.Helper()
	ici, la := net.Pipe()
	select {
	case e.conns <- la:
	case <-e.fini:
		t.Fatalf("connexion impossible : le serveur a fermé son écoute")
	case <-time.After(patience):
		t.Fatalf("le serveur n'accepte pas une connexion après %v", patience)
	}
	return nouveauClient(t, ici)
}

// lance est un serveur en train de servir.
type lance struct {
	adresse string
	arreter func() error // met fin au contexte, et rend ce que Servir rend
}

// reglagesServeur rend les réglages ordinaires d'un serveur de la suite.
func reglagesServeur(s sauvegarde.Sauvegarde) etape.ReglagesServeur {
	return etape.ReglagesServeur{
		Adresse:    "127.0.0.1:0",
		Ecoute:     reseau.Ecoute{Connexions: 100, Refus: liaison.Refus},
		Reception:  liaison.Reception{Inactivite: time.Minute},
		Sauvegarde: s,
	}
}

// lancer lance un serveur sur un vrai port, ou sur l s'il n'est pas nil. Il s'arrête à la fin du test au plus tard.
func (e Etape) lancer(t T, r etape.ReglagesServeur, l net.Listener) *lance {
	t.Helper()
	ctx, annuler := context.WithCancel(context.Background())
	s := e.NouveauServeur(r)
	if l == nil {
		var err error
		if l, err = s.Ecouter(ctx); err != nil {
			t.Fatalf("Ecouter() = %v, attendu un port ouvert", err)
		}
	}
	fini := make(chan error, 1)
	go func() { fini <- s.Servir(ctx, l) }()
	arreter := sync.OnceValue(func() error {
		annuler()
		select {
		case err := <-fini:
			return err
		case <-time.After(patience):
			return fmt.Errorf("toujours pas de retour de Servir %v après la fin de son contexte", patience)
		}
	})
	t.Cleanup(func() {
		if err := arreter(); err != nil {
			t.Errorf("Servir() = %v, attendu nil", err)
		}
	})
	return &lance{l.Addr().String(), arreter}
}

// client parle au serveur octet par octet, et lit ses réponses à mesure qu'elles viennent.
type client struct {
	t       T
	conn    net.Conn
	accuses chan mesure.Accuse // fermé quand le serveur ferme

	confirmees int // la dernière fois
}

func nouveauClient(t T, conn net.Conn) *client {
	c := &client{t: t, conn: conn, accuses: make(chan mesure.Accuse, 1<<16)}
	go func() { // finit avec la connexion
		defer close(c.accuses)
		lecteur := mesure.NouveauLecteurAccuses(conn)
		for {
			a, err := lecteur.Lire()
			if err != nil {
				if errors.Is(err, mesure.ErrPasUnAccuse) {
					t.Errorf("réponse du serveur : %v", err)
				}
				return
			}
			c.accuses <- a
		}
	}()
	t.Cleanup(func() { conn.Close() })
	return c
}

// joindre ouvre une vraie connexion.
func joindre(t T, adresse string) *client {
	t.Helper()
	conn, err := net.DialTimeout("tcp", adresse, patience)
	if err != nil {
		t.Fatalf("connexion à %s impossible : %v", adresse, err)
	}
	return nouveauClient(t, conn)
}

// envoyer écrit des octets tels quels.
func (c *client) envoyer(octets string) {
	c.t.Helper()
	if err := c.conn.SetWriteDeadline(time.Now().Add(patience)); err != nil {
		c.t.Fatalf("connexion fermée : %v", err)
	}
	if _, err := io.WriteString(c.conn, octets); err != nil {
		c.t.Fatalf("envoi de %.60q : %v, attendu que le serveur le lise", octets, err)
	}
}

// recevoir attend une réponse.
func (c *client) recevoir() mesure.Accuse {
	c.t.Helper()
	select {
	case a, ouvert := <-c.accuses:
		if !ouvert {
			c.t.Fatalf("le serveur ferme la connexion, une réponse était attendue")
		}
		return a
	case <-time.After(patience):
		c.t.Fatalf("pas de réponse après %v", patience)
	}
	panic("inaccessible")
}

// attendreOK attend que n mesures soient confirmées, et refuse toute autre réponse.
func (c *client) attendreOK(n int) {
	c.t.Helper()
	for {
		a := c.recevoir()
		if a.Statut != mesure.OK || a.Enregistrees <= c.confirmees || a.Enregistrees > n {
			c.t.Fatalf("réponse %+v, attendu « ok » de %d à %d", a, c.confirmees+1, n)
		}
		c.confirmees = a.Enregistrees
		if a.Enregistrees == n {
			return
		}
	}
}

// attendreRefus attend que le message de ce rang soit refusé, et rend la cause ; 0 : un échec du serveur.
func (c *client) attendreRefus(rang int) string {
	c.t.Helper()
	a := c.recevoir()
	if a.Statut != mesure.Erreur || a.Message != rang {
		c.t.Fatalf("réponse %+v, attendu une erreur pour le message %d", a, rang)
	}
	return a.Erreur
}

// attendreFin attend que le serveur ferme, sans plus rien répondre.
func (c *client) attendreFin() {
	c.t.Helper()
	select {
	case a, ouvert := <-c.accuses:
		if ouvert {
			c.t.Fatalf("réponse %+v, attendu la fermeture", a)
		}
	case <-time.After(patience):
		c.t.Fatalf("le serveur ne ferme pas après %v", patience)
	}
}

// fermerEcriture ferme le côté du client, qui lit encore.
func (c *client) fermerEcriture() {
	c.t.Helper()
	if err := c.conn.(*net.TCPConn).CloseWrite(); err != nil {
		c.t.Fatalf("demi-fermeture : %v", err)
	}
}

// attendreMesures attend que la mémoire contienne n mesures, et les rend.
func (m *memoire) attendreMesures(t T, n int) []mesure.Mesure {
	t.Helper()
	limite := time.After(patience)
	for {
		tout, change := m.observer()
		if len(tout) >= n {
			return tout
		}
		select {
		case <-change:
		case <-limite:
			t.Fatalf("%d mesures enregistrées après %v, attendu %d", len(tout), patience, n)
		}
	}
}

// message rend une mesure en JSON, avec son saut de ligne.
func message(mesures ...mesure.Mesure) string {
	octets, err := mesure.Encoder(nil, mesures...)
	if err != nil {
		panic(err) // la suite n'encode que des mesures valides
	}
	return string(octets)
}

// releve rend une mesure ordinaire.
func releve(id string, temperature float64) mesure.Mesure {
	return mesure.Mesure{CapteurID: id, Temperature: temperature}
}

// capteur rend un capteur de l'étape, réglé pour ce serveur.
func (e Etape) capteur(t T, r etape.ReglagesCapteur) etape.Capteur {
	c := e.horsLigne(r)
	t.Cleanup(func() { _ = c.Close() }) // une connexion que le serveur a coupée peut se plaindre
	return c
}

// horsLigne rend un capteur qui ne se connectera pas : il n'est pas à fermer.
func (e Etape) horsLigne(r etape.ReglagesCapteur) etape.Capteur {
	if r.ID == "" {
		r.ID = "capteur_1"
	}
	if r.Emission.Attente == 0 {
		r.Appel.Attente, r.Emission.Attente = patience, patience
	}
	return e.NouveauCapteur(r)
}

// egales échoue si les mesures enregistrées ne sont pas celles attendues, dans cet ordre.
func egales(t T, obtenu, attendu []mesure.Mesure) {
	t.Helper()
	if !slices.Equal(obtenu, attendu) {
		t.Fatalf("mesures enregistrées : %+v, attendu %+v", obtenu, attendu)
	}
}
