// Le serveur de l'étape 3.
package main

import (
	"os"

	"capteurs/shared/etape"
	"capteurs/shared/programme"
	capteurs "capteurs/step3_heritage"
)

func main() {
	os.Exit(programme.Serveur(func(r etape.ReglagesServeur) etape.Serveur {
		return capteurs.NouveauServeurTCP(r)
	}))
}
