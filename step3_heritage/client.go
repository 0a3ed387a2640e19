package capteurs

import (
	"context"
	"math"
	"math/rand/v2"

	"capteurs/shared/etape"
	"capteurs/shared/liaison"
	"capteurs/shared/mesure"
	"capteurs/shared/reseau"
)

// Capteur est la classe de base : ce que tout capteur sait faire, générer des températures sous un identifiant.
type Capteur struct {
	id          string
	alea        *rand.Rand
	temperature float64 // la dernière générée, en °C
}

// NouveauCapteur rend un capteur à 20 °C.
func NouveauCapteur(r etape.ReglagesCapteur) Capteur {
	return Capteur{
		id:          r.ID,
		alea:        rand.New(rand.NewPCG(r.Graine, 0)),
		temperature: 20,
	}
}

// Generer rend une mesure plausible, au centième : un petit pas au hasard, et un rappel vers 20 °C.
func (c *Capteur) Generer() mesure.Mesure {
	c.temperature += 0.2*c.alea.NormFloat64() + 0.01*(20-c.temperature)
	return mesure.Mesure{CapteurID: c.id, Temperature: math.Round(100*c.temperature) / 100}
}

// CapteurTCP hérite de Capteur, et y ajoute la connexion et l'envoi.
type CapteurTCP struct {
	Capteur

	adresse  string // celle du serveur
	appel    reseau.Appel
	emetteur *liaison.Emetteur
}

// NouveauCapteurTCP rend un capteur à 20 °C, pas encore connecté.
func NouveauCapteurTCP(r etape.ReglagesCapteur) *CapteurTCP {
	return &CapteurTCP{
		Capteur:  NouveauCapteur(r),
		adresse:  r.Adresse,
		appel:    r.Appel,
		emetteur: liaison.NouvelEmetteur(r.Emission),
	}
}

// Connecter joint le serveur. Elle rend une erreur s'il n'y est pas, ou s'il n'est pas celui qu'on attend.
func (c *CapteurTCP) Connecter(ctx context.Context) error {
	conn, err := c.appel.Joindre(ctx, c.adresse)
	if err != nil {
		return err
	}
	c.emetteur.Brancher(conn)
	return nil
}

// Envoyer est la méthode principale : elle met des mesures en JSON et les envoie, en se connectant s'il le faut, puis
// attend qu'elles soient confirmées. Elle rend le nombre de mesures, en tête, dont le sort est connu ; s'il en manque, ou
// s'il y a des refus, l'erreur dit pourquoi. Voir etape.Capteur.
func (c *CapteurTCP) Envoyer(ctx context.Context, mesures ...mesure.Mesure) (int, error) {
	octets, err := mesure.Encoder(nil, mesures...)
	if err != nil {
		return 0, err
	}
	if !c.emetteur.Branche() {
		if err := c.Connecter(ctx); err != nil {
			return 0, err
		}
	}
	return c.emetteur.Emettre(ctx, octets, len(mesures))
}

// Close ferme la connexion, s'il y en a une ; Envoyer en ouvrira une autre.
func (c *CapteurTCP) Close() error {
	return c.emetteur.Close()
}
