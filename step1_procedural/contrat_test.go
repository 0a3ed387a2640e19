package capteurs

import (
	"context"
	"net"
	"testing"

	"capteurs/shared/etape"
	"capteurs/shared/mesure"
	"capteurs/tests/contrat"
)

// TestContrat vérifie tout ce que l'étape doit faire, une règle par sous-test.
func TestContrat(t *testing.T) {
	contrat.Verifier(t, contrat.Etape{NouveauCapteur: nouveauCapteurVerifie, NouveauServeur: nouveauServeurVerifie})
}

func nouveauCapteurVerifie(r etape.ReglagesCapteur) etape.Capteur {
	return capteurVerifie{NouvelEtatCapteur(r)}
}

func nouveauServeurVerifie(r etape.ReglagesServeur) etape.Serveur {
	return serveurVerifie{NouvelEtatServeur(r)}
}

// capteurVerifie donne aux fonctions du client la forme que la suite attend.
type capteurVerifie struct{ etat *EtatCapteur }

func (c capteurVerifie) Generer() mesure.Mesure { return Generer(c.etat) }

func (c capteurVerifie) Envoyer(ctx context.Context, mesures ...mesure.Mesure) (int, error) {
	return Envoyer(c.etat, ctx, mesures...)
}

func (c capteurVerifie) Close() error { return Close(c.etat) }

// serveurVerifie donne aux fonctions du serveur la forme que la suite attend.
type serveurVerifie struct{ etat *EtatServeur }

func (s serveurVerifie) Ecouter(ctx context.Context) (net.Listener, error) {
	return Ecouter(s.etat, ctx)
}

func (s serveurVerifie) Servir(ctx context.Context, l net.Listener) error {
	return Servir(s.etat, ctx, l)
}
