// Package clients charge un serveur de mesures comme le feraient des capteurs. Ses clients partagent la machine avec le
// serveur qu'ils mesurent : leurs messages sont encodés d'avance, et les accusés à peine entrevus.
package clients

import (
	"context"
	"fmt"
	"strings"
	"time"

	"capteurs/shared/mesure"
	"capteurs/tests/charge/cadence"
)

// delaiReponse est long : au-delà, une attente est une panne et non une lenteur.
const delaiReponse = 60 * time.Second

// Genre est la façon dont des clients envoient leurs mesures.
type Genre int

// Les genres de clients.
const (
	Attente Genre = iota // une connexion chacun ; ils attendent l'accusé d'une mesure avant d'envoyer la suivante
	Flot                 // une connexion chacun ; ils envoient sans attendre
	Jetable              // une connexion par mesure, comme les clients de l'énoncé ; ils attendent l'accusé, et ferment
)

// Charge est un nombre de clients d'un genre.
type Charge struct {
	Genre      Genre
	Clients    int
	LongueurID int // celle des identifiants, en caractères ; 0 : celle de l'exemple de l'énoncé
}

// String nomme la charge, comme « 64 capteurs qui attendent ».
func (c Charge) String() string {
	pluriel := ""
	if c.Clients > 1 {
		pluriel = "s"
	}
	switch c.Genre {
	case Flot:
		return fmt.Sprintf("%d connexion%s en flot", c.Clients, pluriel)
	case Jetable:
		return fmt.Sprintf("connexion par mesure, %d client%s", c.Clients, pluriel)
	}
	if c.Clients > 1 {
		return fmt.Sprintf("%d capteurs qui attendent", c.Clients)
	}
	return "1 capteur qui attend"
}

// Appliquer soumet à la charge le serveur qui écoute à adresse, pendant duree. Une mesure qu'il ne confirme pas est une
// erreur.
func (c Charge) Appliquer(ctx context.Context, adresse string, duree time.Duration) (cadence.Resultat, error) {
	switch c.Genre {
	case Flot:
		return c.couler(ctx, adresse, duree)
	case Jetable:
		return c.jeter(ctx, adresse, duree)
	}
	return c.attendre(ctx, adresse, duree)
}

// Mesures rend n mesures plausibles du capteur de ce rang.
func (c Charge) Mesures(rang, n int) []mesure.Mesure {
	mesures := make([]mesure.Mesure, n)
	for j := range mesures {
		mesures[j] = mesure.Mesure{CapteurID: c.nommer(rang), Temperature: Temperature(rang + j)}
	}
	return mesures
}

// nommer rend le nom du capteur de ce rang, complété ou coupé par la gauche à la longueur voulue : la fin les distingue.
func (c Charge) nommer(rang int) string {
	nom := NomDuCapteur(rang)
	switch manque := c.LongueurID - len(nom); {
	case c.LongueurID == 0:
		return nom
	case manque >= 0:
		return strings.Repeat("x", manque) + nom
	default:
		return nom[-manque:]
	}
}

// NomDuCapteur rend le nom du capteur de ce rang, à partir de 0.
func NomDuCapteur(rang int) string { return fmt.Sprintf("capteur_%d", rang+1) }

// Temperature rend une température plausible, qui varie avec i.
func Temperature(i int) float64 { return 20 + float64(i%100)/10 }
