package capteurs

import (
	"testing"

	"capteurs/shared/etape"
	"capteurs/tests/contrat"
)

// TestContrat vérifie tout ce que l'étape doit faire, une règle par sous-test.
func TestContrat(t *testing.T) {
	contrat.Verifier(t, contrat.Etape{NouveauCapteur: nouveauCapteurVerifie, NouveauServeur: nouveauServeurVerifie})
}

func nouveauCapteurVerifie(r etape.ReglagesCapteur) etape.Capteur {
	return NouveauCapteurTCP(r)
}

func nouveauServeurVerifie(r etape.ReglagesServeur) etape.Serveur {
	return NouveauServeurTCP(r)
}

// Les quatre classes de l'énoncé : ce qui est commun est dans les bases, et les dérivées les incorporent.
var (
	_ = (*Capteur).Generer
	_ = CapteurTCP{}.Capteur
	_ = (*Serveur).Ecouter
	_ = (*Serveur).Servir
	_ = ServeurTCP{}.Serveur
)
