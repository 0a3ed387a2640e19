// Le client de l'étape 3.
package main

import (
	"os"

	"capteurs/shared/etape"
	"capteurs/shared/programme"
	capteurs "capteurs/step3_heritage"
)

func main() {
	os.Exit(programme.Client(func(r etape.ReglagesCapteur) etape.Capteur {
		return capteurs.NouveauCapteurTCP(r)
	}))
}
