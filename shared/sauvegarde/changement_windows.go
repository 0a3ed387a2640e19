package sauvegarde

import (
	"os"
	"time"
)

// changement rend la date de la dernière écriture d'un fichier : Windows ne montre pas celle de son dernier changement.
func changement(chemin string) (time.Time, error) {
	infos, err := os.Stat(chemin)
	if err != nil {
		return time.Time{}, err
	}
	return infos.ModTime(), nil
}
