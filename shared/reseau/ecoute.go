package reseau

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Le nombre de connexions simultanées qu'un serveur accepte quand rien d'autre n'est demandé : en tout, et d'un même hôte.
const (
	ConnexionsParDefaut = 10_000
	ParHoteParDefaut    = 1_000
)

// Ecoute est une façon d'écouter. Sa valeur nulle convient : en clair, [ConnexionsParDefaut] connexions, sans journal.
type Ecoute struct {
	TLS        *tls.Config              // nil : connexions en clair
	Connexions int                      // connexions simultanées, au plus ; 0 : ConnexionsParDefaut
	ParHote    int                      // d'un même hôte, autre que cette machine, au plus ; 0 : ParHoteParDefaut
	Refus      func(cause error) []byte // ce qu'on répond à une connexion qu'on ne sert pas ; nil : rien
	Journal    *slog.Logger             // nil : aucun
}

// Les raisons de ne pas servir une connexion.
var (
	ErrComplet = errors.New("trop de connexions, revenez plus tard")
	ErrParHote = errors.New("trop de connexions de votre adresse, fermez-en une")
	ErrEnClair = errors.New("ce serveur n'accepte que des connexions chiffrées (TLS)")
)

// Ouvrir ouvre un port TCP sur adresse, « hôte:port ». Les connexions que rend Accept sont chiffrées si l'écoute l'est, et
// jamais plus nombreuses que permis : les autres reçoivent un refus. Un manque passager (trop de fichiers ouverts, client
// parti avant d'être servi) fait patienter Accept ; toute autre erreur est définitive.
func (e Ecoute) Ouvrir(ctx context.Context, adresse string) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, famille(adresse), adresse)
	if err != nil {
		return nil, fmt.Errorf("impossible d'écouter sur %s : %w", adresse, expliquer(err))
	}
	return e.surveiller(l), nil
}

// famille rend le réseau de net qui correspond à une adresse : 0.0.0.0 veut dire toutes celles d'IPv4, et d'elles seules.
func famille(adresse string) string {
	if hote, _, err := net.SplitHostPort(adresse); err == nil && hote == "0.0.0.0" {
		return "tcp4"
	}
	return "tcp"
}

// surveiller entoure un port ouvert.
func (e Ecoute) surveiller(l net.Listener) *ecouteur {
	e.Journal = cmp.Or(e.Journal, slog.New(slog.DiscardHandler))
	return &ecouteur{
		Listener: l,
		Ecoute:   e,
		places:   make(chan struct{}, cmp.Or(e.Connexions, ConnexionsParDefaut)),
		hotes:    hotes{max: cmp.Or(e.ParHote, ParHoteParDefaut), ouvertes: map[netip.Prefix]int{}},
		adieux:   make(chan struct{}, refusSimultanes),
		ferme:    make(chan struct{}),
	}
}

// Les connexions de trop à qui l'on prend le temps de répondre en même temps ; au-delà, elles sont fermées sans un mot.
const refusSimultanes = 100

// ecouteur est un port ouvert.
type ecouteur struct {
	net.Listener
	Ecoute
	places chan struct{} // un jeton par connexion ouverte
	hotes  hotes
	adieux chan struct{}  // un jeton par refus en cours
	refus  sync.WaitGroup // les mêmes
	ferme  chan struct{}
	clore  sync.Once
}

// Accept attend une connexion. À la fin du port, elle attend aussi que les derniers refus soient dits.
func (e *ecouteur) Accept() (net.Conn, error) {
	for {
		conn, err := e.patienter()
		if err != nil {
			e.refus.Wait()
			return nil, fmt.Errorf("impossible d'accepter une connexion : %w", err)
		}
		rendre, refus := e.placer(conn.RemoteAddr())
		if refus != nil {
			e.refuser(conn, refus)
			continue
		}
		return e.confier(conn, rendre), nil
	}
}

// placer prend une place pour un client, et rend de quoi la rendre, ou la raison de n'en pas donner.
func (e *ecouteur) placer(client net.Addr) (rendre func(), refus error) {
	quitter, admis := e.hotes.entrer(client)
	if !admis {
		return nil, ErrParHote
	}
	select {
	case e.places <- struct{}{}:
		return func() { quitter(); <-e.places }, nil
	default:
		quitter()
		return nil, ErrComplet
	}
}

// Les pauses d'un serveur qui ne peut plus accepter, le temps que des connexions se ferment.
const (
	pauseMin = 5 * time.Millisecond
	pauseMax = time.Second
)

// patienter accepte une connexion, à travers les manques passagers ; le journal le dit, une fois, s'ils durent.
func (e *ecouteur) patienter() (net.Conn, error) {
	dit := false
	for pause := pauseMin; ; pause = min(2*pause, pauseMax) {
		conn, err := e.Listener.Accept()
		if err == nil || !passager(err) {
			return conn, err
		}
		if pause == pauseMax && !dit {
			dit = true
			e.Journal.Warn("aucune connexion ne peut être acceptée, nouveaux essais", "raison", err)
		}
		select {
		case <-time.After(pause):
		case <-e.ferme:
			return nil, net.ErrClosed
		}
	}
}

// confier rend la connexion, qui tient sa place jusqu'à sa fermeture.
func (e *ecouteur) confier(conn net.Conn, rendre func()) *acceptee {
	a := &acceptee{Conn: conn, rendre: sync.OnceFunc(rendre)}
	if e.TLS != nil {
		a.clair, a.Conn, a.repondre = conn, tls.Server(conn, e.TLS), e.Refus
	}
	return a
}

// refuser répond à une connexion de trop, et la ferme.
func (e *ecouteur) refuser(conn net.Conn, cause error) {
	select {
	case e.adieux <- struct{}{}:
		e.refus.Go(func() {
			congedier(conn, e.Refus, cause)
			<-e.adieux
		})
	default:
		conn.Close()
	}
}

// Close ferme le port : Accept rend une erreur.
func (e *ecouteur) Close() error {
	e.clore.Do(func() { close(e.ferme) })
	return e.Listener.Close()
}
