package tests

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"

	"capteurs/shared/mesure"
	"capteurs/tests/contrat"
)

// relais s'intercale devant un serveur ou une base de données. Son adresse ne change pas quand celle d'en face change. Il
// note ce que les clients envoient, et peut n'en laisser passer que le début.
type relais struct {
	adresse string
	fermer  func()       // le port n'est plus à personne
	vers    atomic.Value // l'adresse d'en face, une string

	mu    sync.Mutex            // protège la suite
	notes []*bytes.Buffer       // ce qu'a envoyé chaque connexion
	reste int                   // octets à laisser passer avant aBout
	aBout func(enFace net.Conn) // nil : tout passe

	retenue int           // octets de chaque connexion à laisser passer avant ouverte
	ouverte chan struct{} // nil : rien n'est retenu
}

func relayer(t *testing.T, vers string) *relais {
	t.Helper()
	r := &relais{}
	r.vers.Store(vers)
	l := ecouterSur(t, contrat.HoteReserve(), func(client net.Conn) {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", r.vers.Load().(string))
		if err != nil {
			return
		}
		enFace := conn.(*net.TCPConn)
		defer enFace.Close()
		defer context.AfterFunc(t.Context(), func() { enFace.Close() })()
		var retour sync.WaitGroup
		retour.Go(func() { _, _ = io.Copy(client, enFace); client.Close() })
		if _, err := io.Copy(io.MultiWriter(r.noter(), &passage{relais: r, enFace: enFace, fin: t.Context().Done()}), client); !errors.Is(err, errABout) {
			_ = enFace.CloseWrite()
		}
		retour.Wait()
	})
	r.adresse, r.fermer = l.Addr().String(), func() { l.Close() }
	return r
}

// retenir laisse passer, de chaque connexion à venir, n octets, puis attend ouvrir.
func (r *relais) retenir(n int) (ouvrir func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.retenue, r.ouverte = n, make(chan struct{})
	return sync.OnceFunc(func() { close(r.ouverte) })
}

// limiter ne laisse plus passer que n octets ; aBout décide alors du sort de la connexion d'en face, où plus rien ne
// passera. Les connexions suivantes sont libres.
func (r *relais) limiter(n int, aBout func(enFace net.Conn)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reste, r.aBout = n, aBout
}

// noter rend de quoi noter ce qu'envoie une nouvelle connexion.
func (r *relais) noter() io.Writer {
	r.mu.Lock()
	defer r.mu.Unlock()
	note := new(bytes.Buffer)
	r.notes = append(r.notes, note)
	return note
}

// envoyees décode ce que les clients ont envoyé, une fois qu'ils sont partis.
func (r *relais) envoyees(t *testing.T) []mesure.Mesure {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	var mesures []mesure.Mesure
	for _, note := range r.notes {
		mesures = append(mesures, decoder(t, note)...)
	}
	return mesures
}

// permettre dit combien de n octets peuvent passer, et rend aBout si ce sont les derniers.
func (r *relais) permettre(n int) (int, func(net.Conn)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.aBout == nil || n < r.reste {
		r.reste -= n
		return n, nil
	}
	aBout := r.aBout
	r.aBout = nil
	return r.reste, aBout
}

// passage écrit à celui d'en face ce que le relais permet.
type passage struct {
	relais *relais
	enFace net.Conn
	passes int             // octets
	fin    <-chan struct{} // celle du test
}

var errABout = errors.New("plus rien ne passe")

func (p *passage) Write(octets []byte) (int, error) {
	if p.passes += len(octets); p.passes > p.relais.retenue && p.relais.ouverte != nil {
		select {
		case <-p.relais.ouverte:
		case <-p.fin:
			return 0, errABout
		}
	}
	permis, aBout := p.relais.permettre(len(octets))
	n, err := p.enFace.Write(octets[:permis]) // le début d'une écriture, peut-être, et rien de la fin
	if aBout != nil {
		aBout(p.enFace)
		return n, errABout
	}
	return n, err
}
