package sauvegarde

import (
	"os"

	"golang.org/x/sys/windows"
)

// verrouiller réserve le fichier à ce programme, jusqu'à sa fermeture. Sous Windows un verrou interdit aussi de lire et
// d'écrire ce qu'il couvre : celui-ci porte sur un octet qu'aucun fichier n'atteint.
func verrouiller(f *os.File) error {
	loin := &windows.Overlapped{OffsetHigh: 1 << 30}
	return windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, loin)
}
