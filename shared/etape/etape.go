// Package etape dit ce qu'une étape du kata apporte — un capteur, un serveur — et ce qu'on lui donne : ses réglages.
// Les programmes et la suite de tests ne connaissent les étapes qu'à travers lui, ce qui leur permet de les servir et
// de les vérifier toutes les trois de la même façon.
package etape

import (
	"context"
	"net"

	"capteurs/shared/liaison"
	"capteurs/shared/mesure"
	"capteurs/shared/reseau"
	"capteurs/shared/sauvegarde"
)

// Capteur est le côté client de l'énoncé.
type Capteur interface {
	// Generer rend une mesure plausible, qui varie lentement de l'une à l'autre.
	Generer() mesure.Mesure

	// Envoyer envoie les mesures, en se connectant s'il le faut, et attend que le serveur les confirme. Elle rend le
	// nombre de mesures, en tête, dont le sort est connu : enregistrées, ou refusées. S'il en manque, ou s'il y a des
	// refus, l'erreur dit pourquoi : un [mesure.Refus] par mesure refusée, [liaison.ErrNonConfirmee], ou une erreur du
	// réseau, après laquelle on peut renvoyer le reste.
	Envoyer(ctx context.Context, mesures ...mesure.Mesure) (int, error)

	// Close ferme la connexion, s'il y en a une.
	Close() error
}

// Serveur est le côté serveur de l'énoncé.
type Serveur interface {
	// Ecouter ouvre le port.
	Ecouter(ctx context.Context) (net.Listener, error)

	// Servir accepte les connexions de l et enregistre leurs mesures, jusqu'à la fin de ctx : elle enregistre et
	// confirme alors ce qui est déjà arrivé, ferme tout et rend nil. Elle rend une erreur si l ne peut plus accepter.
	Servir(ctx context.Context, l net.Listener) error
}

// ReglagesCapteur règle un capteur.
type ReglagesCapteur struct {
	ID       string           // son identifiant
	Graine   uint64           // deux capteurs de même graine génèrent les mêmes températures
	Adresse  string           // celle du serveur, « hôte:port »
	Appel    reseau.Appel     // la façon de le joindre : chiffrée ou non, en combien de temps
	Emission liaison.Emission // la façon de lui parler : le temps qu'il a pour confirmer
}

// ReglagesServeur règle un serveur.
type ReglagesServeur struct {
	Adresse    string                // « hôte:port » ; le port 0 en choisit un libre
	Ecoute     reseau.Ecoute         // la façon d'écouter : chiffrée ou non, combien de connexions
	Reception  liaison.Reception     // la façon de recevoir : le temps qu'un client peut se taire
	Sauvegarde sauvegarde.Sauvegarde // où vont les mesures ; le serveur ne la ferme pas
}
