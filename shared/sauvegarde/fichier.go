package sauvegarde

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"

	"capteurs/shared/mesure"
)

// preparerFichier crée un fichier de données, lisible de son seul propriétaire, s'il n'existe pas ; sinon elle vérifie que
// c'est un fichier ordinaire, ou un lien vers un tel fichier, sans l'ouvrir.
func preparerFichier(chemin string) error {
	f, err := os.OpenFile(chemin, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		err = errors.Join(f.Close(), synchroniserDossier(filepath.Dir(chemin)))
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return expliquerFichier(err)
	}
	switch infos, err := os.Stat(chemin); {
	case errors.Is(err, fs.ErrNotExist): // mais son nom est pris
		return mesure.Panne{Conseil: "ce lien ne mène à aucun fichier, créez le fichier ou corrigez le lien", Cause: err}
	case err != nil:
		return expliquerFichier(err)
	case !infos.Mode().IsRegular():
		return errors.New("ce n'est pas un fichier ordinaire, donnez un nom de fichier")
	}
	return nil
}

// synchroniserDossier rend durable le nom d'un fichier neuf.
func synchroniserDossier(chemin string) error {
	if runtime.GOOS == "windows" { // où un dossier ne se synchronise pas
		return nil
	}
	dossier, err := os.Open(chemin)
	if err != nil {
		return err
	}
	return errors.Join(dossier.Sync(), dossier.Close())
}

// expliquerFichier met en français les erreurs du système qu'un utilisateur peut rencontrer, et dit que faire.
func expliquerFichier(err error) error {
	var conseil string
	switch {
	case errors.Is(err, fs.ErrNotExist):
		conseil = "le dossier n'existe pas, créez-le"
	case errors.Is(err, fs.ErrPermission):
		conseil = "permission refusée, choisissez un fichier et un dossier où vous pouvez écrire"
	case errors.Is(err, syscall.EROFS):
		conseil = "le dossier est en lecture seule, choisissez-en un autre"
	case errors.Is(err, syscall.ENOSPC):
		conseil = "disque plein, libérez de la place"
	case errors.Is(err, syscall.EFBIG):
		conseil = "le fichier atteint la taille permise"
	default:
		return err
	}
	return mesure.Panne{Conseil: conseil, Cause: err}
}
