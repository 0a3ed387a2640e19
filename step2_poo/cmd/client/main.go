// Le client de l'étape 2.
package main

import (
	"os"

	"capteurs/shared/etape"
	"capteurs/shared/programme"
	capteurs "capteurs/step2_poo"
)

func main() {
	os.Exit(programme.Client(func(r etape.ReglagesCapteur) etape.Capteur {
		return capteurs.NouveauCapteurTCP(r)
	}))
}
