// Package reseau porte ce qu'un serveur et un client TCP doivent savoir du réseau et que les étapes n'ont pas à
// enseigner : messages d'erreur, échéances, fermetures qui n'effacent pas la dernière réponse.
package reseau

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"time"
)

// Ecouter ouvre un port TCP sur adresse, « hôte:port ».
func Ecouter(ctx context.Context, adresse string) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", adresse)
	if err != nil {
		return nil, fmt.Errorf("impossible d'écouter sur %s : %w", adresse, expliquer(err))
	}
	return l, nil
}

// Dial ouvre une connexion : c'est la méthode DialContext d'un net.Dialer ou d'un tls.Dialer.
type Dial func(ctx context.Context, reseau, adresse string) (net.Conn, error)

// Joindre ouvre par dial une connexion à adresse, en delai au plus.
func Joindre(ctx context.Context, dial Dial, adresse string, delai time.Duration) (net.Conn, error) {
	ctx, liberer := context.WithTimeout(ctx, delai)
	defer liberer()
	conn, err := dial(ctx, "tcp", adresse)
	if err != nil {
		return nil, fmt.Errorf("serveur %s injoignable : %w", adresse, expliquer(err))
	}
	return conn, nil
}

// Les pauses d'un serveur qui ne peut plus accepter, le temps que des connexions se ferment.
const (
	pauseMin = 5 * time.Millisecond
	pauseMax = time.Second
)

// Accepter attend une connexion. Un manque passager (trop de fichiers ouverts, client parti avant d'être servi) la fait
// patienter, et le journal le dit s'il dure ; toute autre erreur est définitive.
func Accepter(ctx context.Context, l net.Listener) (net.Conn, error) {
	dit := false
	for pause := pauseMin; ; pause = min(2*pause, pauseMax) {
		conn, err := l.Accept()
		if err == nil {
			return conn, nil
		}
		if !passager(err) {
			return nil, fmt.Errorf("impossible d'accepter une connexion : %w", err)
		}
		if pause == pauseMax && !dit {
			dit = true
			slog.WarnContext(ctx, "aucune connexion ne peut être acceptée, nouveaux essais", "raison", err)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

func passager(err error) bool {
	return slices.ContainsFunc(manques, func(manque error) bool { return errors.Is(err, manque) })
}

// expliquer met en français les erreurs de connexion qu'un utilisateur rencontre, et dit que faire.
func expliquer(err error) error {
	var conseil string
	var dns *net.DNSError
	var adresse *net.AddrError
	switch {
	case errors.Is(err, portPris):
		conseil = "le port est déjà pris, arrêtez l'autre programme ou choisissez un autre port"
	case errors.Is(err, adresseAbsente):
		conseil = "cette adresse n'est pas celle de cette machine"
	case errors.Is(err, portReserve):
		conseil = "port réservé, choisissez-en un au-dessus de 1023"
	case errors.Is(err, connexionRefusee):
		conseil = "aucun serveur n'écoute à cette adresse, lancez-le ou vérifiez le port"
	case delaiDepasse(err):
		conseil = "aucune réponse dans le délai"
	case errors.As(err, &dns) && dns.Err == "unknown port":
		conseil = "port incorrect, donnez un nombre, par exemple 127.0.0.1:5000"
	case errors.As(err, &dns):
		conseil = "nom d'hôte inconnu, vérifiez l'adresse"
	case errors.As(err, &adresse):
		conseil = "adresse incorrecte, écrivez hôte:port, par exemple 127.0.0.1:5000"
	default:
		return ExpliquerTLS(err)
	}
	return fmt.Errorf("%s (%w)", conseil, err)
}

func delaiDepasse(err error) bool {
	var reseau net.Error
	return errors.As(err, &reseau) && reseau.Timeout()
}
