package pairs

import (
	"context"
	_ "embed"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"capteurs/tests/charge/cadence"
	"capteurs/tests/charge/clients"
)

//go:embed serveur.py
var serveurPython string

// Python est un serveur à threads qui enregistre dans SQLite, une transaction par mesure : avec les réglages par défaut de
// SQLite, ou son journal WAL. Les deux sont durables. Il parle le protocole des serveurs, et leurs clients l'éprouvent.
func Python(c clients.Charge, wal bool) Pair {
	nom, journal := "Python, SQLite par défaut", "delete"
	if wal {
		nom, journal = "Python, SQLite en WAL", "wal"
	}
	return Pair{Famille: "python", Nom: nom, programme: "python3",
		mesurer: func(ctx context.Context, programme, dossier string, duree time.Duration) (cadence.Resultat, error) {
			script, err := ecrireFichier(dossier, "serveur.py", serveurPython)
			if err != nil {
				return cadence.Resultat{}, err
			}
			cmd := exec.Command(programme, script, filepath.Join(dossier, "python.db"), journal)
			r, err := servirParLeProtocole(ctx, cmd, c, duree)
			if err != nil && strings.Contains(err.Error(), "sqlite3'") { // No module named '_sqlite3'
				err = absence("python3 sans module sqlite3")
			}
			return r, err
		}}
}
