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
		if r.TLS != nil {
			return capteurs.NouveauCapteurTLS(r)
		}
		return capteurs.NouveauCapteurTCP(r)
	}))
}
