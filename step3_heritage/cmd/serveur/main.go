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
		if r.TLS != nil {
			return capteurs.NouveauServeurTLS(r)
		}
		return capteurs.NouveauServeurTCP(r)
	}))
}
