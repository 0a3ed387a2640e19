// Package etape dit ce qu'une étape du kata apporte — un capteur, un serveur — et ce qu'on lui donne : ses réglages.
// Les programmes et la suite de tests ne connaissent les étapes qu'à travers lui, ce qui leur permet de les servir et
// de les vérifier toutes les trois de la même façon.
package etape

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"time"

	"capteurs/shared/mesure"
	"capteurs/shared/sauvegarde"
)

// Capteur est le côté client de l'énoncé.
type Capteur interface {
	// Generer rend la mesure suivante, ou [io.EOF] quand il n'y en a plus.
	Generer() (mesure.Mesure, error)

	// Envoyer envoie les mesures, en se connectant s'il le faut, et attend que le serveur les confirme. Elle rend le
	// nombre de mesures, en tête, dont le sort est connu : enregistrées, ou refusées. S'il en manque, ou s'il y a des
	// refus, l'erreur dit pourquoi : un [mesure.Refus] par mesure refusée, [ErrNonConfirmee], ou une erreur du réseau,
	// après laquelle on peut renvoyer le reste.
	Envoyer(ctx context.Context, mesures ...mesure.Mesure) (int, error)

	// Close ferme la connexion, s'il y en a une.
	Close() error
}

// ErrNonConfirmee dit que des mesures sont parties, vers un serveur qui n'accuse pas réception : il a fermé, s'est tu, ou
// a répondu autre chose.
var ErrNonConfirmee = errors.New("envoyée, non confirmée : ce serveur n'accuse pas réception")

// Serveur est le côté serveur de l'énoncé.
type Serveur interface {
	// Ecouter ouvre le port.
	Ecouter(ctx context.Context) (net.Listener, error)

	// Servir accepte les connexions de l et enregistre leurs mesures, jusqu'à la fin de ctx : elle enregistre et
	// confirme alors ce qui est déjà arrivé, ferme tout et rend nil. Elle rend une erreur si l ne peut plus accepter.
	Servir(ctx context.Context, l net.Listener) error
}

// Les sortes de capteurs.
const (
	Marche    = "marche"    // une température plausible, qui varie lentement au hasard
	Relecture = "relecture" // les températures d'une liste, une seule fois
)

// ReglagesCapteur règle un capteur.
type ReglagesCapteur struct {
	ID           string        // son identifiant
	Adresse      string        // celle du serveur, « hôte:port »
	TLS          *tls.Config   // nil : connexion en clair
	Attente      time.Duration // temps laissé au serveur pour se laisser joindre, puis pour confirmer
	Sorte        string        // Marche ou Relecture
	Graine       uint64        // Marche : deux capteurs de même graine font la même marche
	Temperatures []float64     // Relecture : en °C
}

// ReglagesServeur règle un serveur.
type ReglagesServeur struct {
	Adresse    string                // « hôte:port » ; le port 0 en choisit un libre
	TLS        *tls.Config           // nil : connexions en clair
	Sauvegarde sauvegarde.Sauvegarde // où vont les mesures ; le serveur ne la ferme pas
	Inactivite time.Duration         // une connexion muette plus longtemps est fermée
	Connexions int                   // nombre de connexions simultanées, au plus
	Journal    *slog.Logger
}
