package pairs

import (
	"context"
	"os/exec"
	"strings"
	"time"

	"capteurs/tests/charge/cadence"
	"capteurs/tests/charge/clients"
	"capteurs/tests/charge/processus"
)

// BaseNeuve crée dans un dossier une base SQLite qui a sa table, et rend l'URI par laquelle l'ouvrir.
type BaseNeuve func(ctx context.Context, dossier string) (uri string, err error)

// Nu est le programme du dossier nu, compilé là : ce qu'un serveur doit au moins faire, et rien d'autre. Il parle le protocole
// des serveurs, et leurs clients l'éprouvent.
func Nu(c clients.Charge, programme string, base BaseNeuve) Pair {
	return Pair{Famille: "nu", Nom: "serveur nu", programme: programme,
		mesurer: func(ctx context.Context, programme, dossier string, duree time.Duration) (cadence.Resultat, error) {
			uri, err := base(ctx, dossier)
			if err != nil {
				return cadence.Resultat{}, err
			}
			return servirParLeProtocole(ctx, exec.Command(programme, uri), c, duree)
		}}
}

// servirParLeProtocole charge un programme qui parle le protocole des serveurs, et dont la première ligne est son adresse.
func servirParLeProtocole(ctx context.Context, cmd *exec.Cmd, c clients.Charge, duree time.Duration) (cadence.Resultat, error) {
	var adresse string
	pret := func(ctx context.Context, p *processus.Processus) error {
		ligne, err := p.Ligne(ctx)
		adresse = strings.TrimSpace(ligne)
		return err
	}
	return avec(ctx, cmd, pret, func(*processus.Processus) (cadence.Resultat, error) {
		return c.Appliquer(ctx, adresse, duree)
	})
}
