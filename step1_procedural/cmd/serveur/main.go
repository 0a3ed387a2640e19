// Le serveur de l'étape 1.
package main

import (
	"context"
	"net"
	"os"

	"capteurs/shared/etape"
	"capteurs/shared/programme"
	capteurs "capteurs/step1_procedural"
)

func main() {
	os.Exit(programme.Serveur(func(r etape.ReglagesServeur) etape.Serveur {
		return serveur{capteurs.NouvelEtatServeur(r)}
	}))
}

// serveur donne aux fonctions de l'étape la forme que le programme attend : celle que la POO aura d'elle-même.
type serveur struct{ etat *capteurs.EtatServeur }

func (s serveur) Ecouter(ctx context.Context) (net.Listener, error) {
	return capteurs.Ecouter(s.etat, ctx)
}

func (s serveur) Servir(ctx context.Context, l net.Listener) error {
	return capteurs.Servir(s.etat, ctx, l)
}
