// Le client de l'étape 1.
package main

import (
	"context"
	"os"

	"capteurs/shared/etape"
	"capteurs/shared/mesure"
	"capteurs/shared/programme"
	capteurs "capteurs/step1_procedural"
)

func main() {
	os.Exit(programme.Client(func(r etape.ReglagesCapteur) etape.Capteur {
		return capteur{capteurs.NouvelEtatCapteur(r)}
	}))
}

// capteur donne aux fonctions de l'étape la forme que le programme attend : celle que la POO aura d'elle-même.
type capteur struct{ etat *capteurs.EtatCapteur }

func (c capteur) Generer() mesure.Mesure {
	return capteurs.Generer(c.etat)
}

func (c capteur) Envoyer(ctx context.Context, mesures ...mesure.Mesure) (int, error) {
	return capteurs.Envoyer(c.etat, ctx, mesures...)
}

func (c capteur) Close() error {
	return capteurs.Close(c.etat)
}
