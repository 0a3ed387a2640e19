package sauvegarde

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// identite désigne un fichier, et aucun autre tant qu'il est ouvert.
type identite struct{ peripherique, inode uint64 }

// identifier ne demande au système rien de plus qu'une identité. Depuis Linux 6.13, qui demande l'heure d'un fichier lui en fait
// donner une neuve à l'écriture suivante, que fsync doit enregistrer avec les octets : il dure moitié plus.
func identifier(nom string) (identite, error) {
	var s unix.Statx_t
	if unix.Statx(unix.AT_FDCWD, nom, 0, unix.STATX_INO, &s) == nil {
		return identite{unix.Mkdev(s.Dev_major, s.Dev_minor), s.Ino}, nil
	}
	infos, err := os.Stat(nom) // l'erreur, bien dite, ou la réponse d'un système qui n'a pas statx
	if err != nil {
		return identite{}, err
	}
	vieux := infos.Sys().(*syscall.Stat_t)
	return identite{uint64(vieux.Dev), vieux.Ino}, nil
}

func (i identite) est(autre identite) bool { return i == autre }
