//go:build unix

package sauvegarde

import (
	"time"

	"golang.org/x/sys/unix"
)

// changement rend la date du dernier changement d'un fichier, contenu, nom ou droits, qu'on ne peut pas écrire à sa guise.
func changement(chemin string) (time.Time, error) {
	var infos unix.Stat_t
	if err := unix.Stat(chemin, &infos); err != nil {
		return time.Time{}, err
	}
	return time.Unix(infos.Ctim.Unix()), nil
}
