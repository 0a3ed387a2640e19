package classe

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	rapide "github.com/go-json-experiment/json"

	"capteurs/tests/rapport"
)

// Ce que le cache garde au plus ; au-delà, ce qui a servi le moins récemment en est retiré.
const (
	entreesGardees = 2000
	octetsGardes   = 256 << 20
	entreeMax      = 128 << 20 // octets d'une entrée décompressée
)

// DossierCache rend le dossier où les corrections sont gardées quand [Options].Cache n'en donne pas d'autre. L'erreur dit que
// la machine n'a pas de dossier pour cela.
func DossierCache() (string, error) {
	dossier, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("cache : %w", err)
	}
	return filepath.Join(dossier, "capteurs-correcteur"), nil
}

// cache est un dossier d'entrées : un fichier par correction, nommé par sa clé. Plusieurs correcteurs peuvent s'en servir à
// la fois ; une entrée s'écrit d'un coup, ou pas du tout.
type cache struct {
	dossier string // « » : rien n'est gardé
}

const (
	suffixeEntree = ".json.gz"
	prefixeNeuf   = "neuf-" // une entrée en train de s'écrire
)

func (c cache) chemin(cle string) string { return filepath.Join(c.dossier, cle+suffixeEntree) }

// emballer met un rendu sous la forme où il est gardé : la clé, puis le JSON, compressés. gzip y ajoute une somme de contrôle.
func emballer(cle string, r *rapport.Rendu) ([]byte, error) {
	var paquet bytes.Buffer
	z, err := gzip.NewWriterLevel(&paquet, gzip.BestSpeed)
	if err != nil {
		return nil, fmt.Errorf("cache : %w", err)
	}
	e := json.NewEncoder(z)
	e.SetEscapeHTML(false)
	if _, err := io.WriteString(z, cle+"\n"); err != nil {
		return nil, fmt.Errorf("cache : %w", err)
	}
	if err := e.Encode(r); err != nil {
		return nil, fmt.Errorf("cache : %w", err)
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("cache : %w", err)
	}
	return paquet.Bytes(), nil
}

// deballer relit ce qu'a fait emballer. L'erreur est une entrée abîmée, ou celle d'une autre clé.
func deballer(cle string, paquet []byte) (*rapport.Rendu, error) {
	z, err := gzip.NewReader(bytes.NewReader(paquet))
	if err != nil {
		return nil, fmt.Errorf("cache : %w", err)
	}
	octets, err := io.ReadAll(io.LimitReader(z, entreeMax)) // jusqu'au bout : c'est là qu'est la somme de contrôle
	if err != nil {
		return nil, fmt.Errorf("cache : %w", err)
	}
	octets, ok := bytes.CutPrefix(octets, []byte(cle+"\n"))
	if !ok {
		return nil, errors.New("cache : l'entrée est celle d'une autre clé")
	}
	r := new(rapport.Rendu)
	if err := rapide.Unmarshal(octets, r); err != nil { // deux fois et demie plus vite que encoding/json
		return nil, fmt.Errorf("cache : %w", err)
	}
	return r, nil
}

// lire rend ce qui est gardé sous une clé ; nil s'il n'y a rien de lisible.
func (c cache) lire(cle string) *rapport.Rendu {
	if c.dossier == "" {
		return nil
	}
	chemin := c.chemin(cle)
	infos, err := os.Lstat(chemin)
	if err != nil || !infos.Mode().IsRegular() || infos.Size() > entreeMax {
		return nil
	}
	paquet, err := os.ReadFile(chemin)
	if err != nil {
		return nil
	}
	r, err := deballer(cle, paquet)
	if err != nil {
		return nil
	}
	maintenant := time.Now()
	_ = os.Chtimes(chemin, maintenant, maintenant) // sert à choisir ce qui sera retiré ; s'en passer n'est pas grave
	return r
}

// ecrire garde un paquet sous une clé.
func (c cache) ecrire(cle string, paquet []byte) error {
	if c.dossier == "" {
		return nil
	}
	if err := os.MkdirAll(c.dossier, 0o700); err != nil {
		return fmt.Errorf("cache : %w", err)
	}
	f, err := os.CreateTemp(c.dossier, prefixeNeuf) // 0600
	if err != nil {
		return fmt.Errorf("cache : %w", err)
	}
	_, err = f.Write(paquet)
	if errFin := f.Close(); err == nil {
		err = errFin
	}
	if err == nil {
		err = os.Rename(f.Name(), c.chemin(cle))
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("cache : %w", err)
	}
	return nil
}

// vieux est l'âge où une entrée encore en train de s'écrire est le reste d'un correcteur tué.
const vieux = time.Hour

// elaguer retire ce qui a servi le moins récemment, au-delà de tant d'entrées ou de tant d'octets.
func (c cache) elaguer(entrees int, octets int64) {
	if c.dossier == "" {
		return
	}
	liste, err := os.ReadDir(c.dossier)
	if err != nil {
		return // rien n'y a été gardé
	}
	var gardees []fs.FileInfo
	for _, e := range liste {
		infos, err := e.Info()
		switch {
		case err != nil || !infos.Mode().IsRegular():
		case strings.HasSuffix(e.Name(), suffixeEntree):
			gardees = append(gardees, infos)
		case strings.HasPrefix(e.Name(), prefixeNeuf) && time.Since(infos.ModTime()) > vieux:
			_ = os.Remove(filepath.Join(c.dossier, e.Name()))
		}
	}
	slices.SortFunc(gardees, func(a, b fs.FileInfo) int {
		return cmp.Or(b.ModTime().Compare(a.ModTime()), strings.Compare(a.Name(), b.Name()))
	})
	for i, infos := range gardees {
		if octets -= infos.Size(); i >= entrees || octets < 0 {
			_ = os.Remove(filepath.Join(c.dossier, infos.Name()))
		}
	}
}
