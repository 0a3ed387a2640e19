//go:build unix

package sauvegarde

import (
	"os"

	"golang.org/x/sys/unix"
)

// verrouiller réserve le fichier à ce programme, jusqu'à sa fermeture ou la mort du programme.
func verrouiller(f *os.File) error {
	return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
}
