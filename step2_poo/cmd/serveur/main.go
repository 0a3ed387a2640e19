// Le serveur de l'étape 2.
package main

import (
	"os"

	"capteurs/shared/etape"
	"capteurs/shared/programme"
	capteurs "capteurs/step2_poo"
)

func main() {
	os.Exit(programme.Serveur(func(r etape.ReglagesServeur) etape.Serveur {
		return capteurs.NouveauServeurTCP(r)
	}))
}
