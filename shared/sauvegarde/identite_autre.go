//go:build !linux

package sauvegarde

import (
	"io/fs"
	"os"
)

// identite désigne un fichier, et aucun autre tant qu'il est ouvert.
type identite struct{ infos fs.FileInfo }

func identifier(nom string) (identite, error) {
	infos, err := os.Stat(nom)
	if err != nil {
		return identite{}, err
	}
	os.SameFile(infos, infos) // Windows n'apprend l'identité d'un fichier qu'à la première comparaison
	return identite{infos}, nil
}

func (i identite) est(autre identite) bool { return os.SameFile(i.infos, autre.infos) }
