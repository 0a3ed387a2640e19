// Package pairs mesure d'autres programmes à côté des serveurs, sous une charge de même forme : le plus nu des serveurs, un
// serveur Python comme l'énoncé en demande, rsyslog, InfluxDB et NATS JetStream. Chacun est lancé dans un dossier à lui, et
// arrêté ensuite.
package pairs

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"capteurs/tests/charge/cadence"
	"capteurs/tests/charge/clients"
	"capteurs/tests/charge/processus"
)

const delaiReponse = 60 * time.Second // au-delà, une attente est une panne et non une lenteur

// ErrAbsent dit qu'un pair n'est pas sur la machine, ou pas dans une version qui convienne ; l'erreur rendue dit laquelle des
// deux, en quelques mots : elle a sa place dans un tableau.
var ErrAbsent = errors.New("pair absent")

type absence string

func (a absence) Error() string { return string(a) }

func (absence) Is(cible error) bool { return cible == ErrAbsent }

// Pair est un programme auquel comparer les serveurs.
type Pair struct {
	Famille string // celui dont il est un réglage, en minuscules
	Nom     string

	programme string
	mesurer   func(ctx context.Context, programme, dossier string, duree time.Duration) (cadence.Resultat, error)
}

// Familles nomme les programmes connus.
var Familles = []string{"nu", "python", "rsyslog", "influxdb", "nats"}

// Mesurer lance le pair dans dossier, lui applique sa charge et l'arrête. L'erreur, qui ne le nomme pas, est [ErrAbsent] s'il ne
// peut être mesuré ici.
func (p Pair) Mesurer(ctx context.Context, dossier string, duree time.Duration) (cadence.Resultat, error) {
	programme, err := trouver(p.programme)
	if err != nil {
		return cadence.Resultat{}, err
	}
	return p.mesurer(ctx, programme, dossier, duree)
}

// trouver cherche un programme, aussi là où seul root cherche d'ordinaire.
func trouver(nom string) (string, error) {
	for _, essai := range []string{nom, "/usr/sbin/" + nom, "/usr/local/sbin/" + nom} {
		if chemin, err := exec.LookPath(essai); err == nil {
			return chemin, nil
		}
	}
	return "", absence(nom + " absent de cette machine")
}

// avec lance un programme, lui fait appliquer une charge et l'arrête. Comment il finit ne change rien à ce qui est mesuré.
func avec(ctx context.Context, cmd *exec.Cmd, pret func(context.Context, *processus.Processus) error,
	charge func(*processus.Processus) (cadence.Resultat, error)) (cadence.Resultat, error) {
	p, err := processus.Lancer(ctx, cmd, pret)
	if err != nil {
		return cadence.Resultat{}, err
	}
	defer p.Arreter()
	return p.Charger(func() (cadence.Resultat, error) { return charge(p) })
}

// ecrireFichier écrit un fichier dans le dossier du pair, et rend son chemin.
func ecrireFichier(dossier, nom, texte string) (string, error) {
	chemin := filepath.Join(dossier, nom)
	if err := os.WriteFile(chemin, []byte(texte), 0o600); err != nil {
		return "", fmt.Errorf("%s impossible à écrire : %w", nom, err)
	}
	return chemin, nil
}

// adressesLibres rend n adresses où rien n'écoute, pour les programmes qui ne savent pas en choisir une.
func adressesLibres(n int) ([]string, error) {
	var adresses []string
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("aucun port libre : %w", err)
		}
		defer l.Close() // toutes sont différentes : aucune n'est rendue avant la dernière
		adresses = append(adresses, l.Addr().String())
	}
	return adresses, nil
}

// echanges est une connexion par client, et ce que chacun y répète.
func echanges(ctx context.Context, adresse string, c clients.Charge, duree time.Duration, poids int,
	nouveau func(conn net.Conn, rang int) (cadence.Operation, error)) (cadence.Resultat, error) {
	operations := make([]cadence.Operation, c.Clients)
	for i := range operations {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", adresse)
		if err != nil {
			return cadence.Resultat{}, fmt.Errorf("connexion impossible : %w", err)
		}
		defer conn.Close()
		defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
		if err := conn.SetDeadline(time.Now().Add(3*duree + delaiReponse)); err != nil {
			return cadence.Resultat{}, err
		}
		if operations[i], err = nouveau(conn, i); err != nil {
			return cadence.Resultat{}, err
		}
	}
	return cadence.Cadencer(ctx, duree, poids, operations)
}
