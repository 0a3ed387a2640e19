package conteneurs

import (
	"context"
	"errors"
	"testing"
	"time"

	"capteurs/shared/mesure"
	"capteurs/shared/sauvegarde"
)

// Une base lancée hors d'un test sert comme celles des tests, et n'est plus là une fois arrêtée.
func TestLancer(t *testing.T) {
	Exiger(t)
	for _, m := range []*Moteur{Postgres, MariaDB} {
		t.Run(m.Genre, func(t *testing.T) {
			t.Parallel()
			ctx, liberer := context.WithTimeout(t.Context(), patience)
			defer liberer()
			if err := verifierDocker(ctx, m.Image()); err != nil {
				sauter(t, err)
			}
			url, arreter, err := m.Lancer(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(enregistrer(ctx, url), arreter()); err != nil {
				t.Fatal(err)
			}
			ctx, liberer = context.WithTimeout(ctx, time.Second) // une base absente est attendue
			defer liberer()
			if enregistrer(ctx, url) == nil {
				t.Error("la base arrêtée répond encore")
			}
		})
	}
}

func enregistrer(ctx context.Context, url string) error {
	s, err := sauvegarde.Ouvrir(ctx, url, nil)
	if err != nil {
		return err
	}
	return errors.Join(s.Sauvegarder(ctx, []mesure.Mesure{{CapteurID: "capteur_1", Temperature: 23.5}}), s.Close())
}
