package main

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// fdatasync rend durable le contenu d'un fichier, et de ses attributs ce qu'il faut pour le relire.
func fdatasync(f *os.File) error {
	for {
		if err := unix.Fdatasync(int(f.Fd())); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}
