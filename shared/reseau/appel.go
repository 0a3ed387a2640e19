package reseau

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"time"
)

// AttenteParDefaut est le temps laissé à un serveur quand rien d'autre n'est demandé.
const AttenteParDefaut = 5 * time.Second

// Appel est une façon de joindre un serveur. Sa valeur nulle convient : en clair, en [AttenteParDefaut].
type Appel struct {
	TLS     *tls.Config   // nil : connexion en clair
	Attente time.Duration // temps laissé au serveur pour répondre à l'appel ; 0 : AttenteParDefaut
}

// Joindre ouvre une connexion TCP à adresse, « hôte:port », chiffrée si l'appel l'est. Elle rend une erreur qui nomme
// l'adresse et dit que faire, si le serveur n'y est pas ou s'il montre un certificat qui ne convient pas.
func (a Appel) Joindre(ctx context.Context, adresse string) (net.Conn, error) {
	if a.TLS != nil {
		return joindre(ctx, (&tls.Dialer{Config: a.TLS}).DialContext, adresse, a.Attente)
	}
	return joindre(ctx, new(net.Dialer).DialContext, adresse, a.Attente)
}

// dial est la méthode DialContext d'un net.Dialer ou d'un tls.Dialer.
type dial func(ctx context.Context, reseau, adresse string) (net.Conn, error)

func joindre(ctx context.Context, dial dial, adresse string, attente time.Duration) (net.Conn, error) {
	ctx, liberer := context.WithTimeout(ctx, cmp.Or(attente, AttenteParDefaut))
	defer liberer()
	conn, err := dial(ctx, "tcp", adresse)
	if err != nil {
		return nil, fmt.Errorf("serveur %s injoignable : %w", adresse, expliquer(err))
	}
	return conn, nil
}
