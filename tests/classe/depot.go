package classe

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"capteurs/tests/releve"
)

// Depot est un rendu tel qu'il a été déposé.
type Depot struct {
	Nom     string // celui du dossier, ou de l'archive sans .zip
	Chemin  string // du dossier, ou de l'archive
	Archive bool
}

// depotsMax borne ce qu'on prend pour une classe : au-delà, c'est sans doute un autre dossier.
const depotsMax = 1000

// Lister trouve les rendus d'une classe : les sous-dossiers d'un dossier et ses archives .zip, dans l'ordre de leurs noms,
// où rendu_2 vient avant rendu_10. Les remarques disent ce qui a été écarté, et pourquoi.
//
// Un dossier et une archive de même nom sont le même rendu : le dossier, qui est à jour si l'archive y a été ouverte, est
// gardé. Un sous-dossier qui ne contient qu'une archive, comme en font les plateformes de dépôt, vaut cette archive.
//
// L'erreur est un dossier illisible, ou qui n'a pas l'air d'une classe.
func Lister(dossier string) (depots []Depot, remarques []string, err error) {
	entrees, err := lireDossier(dossier, depotsMax)
	if err != nil {
		return nil, nil, err
	}
	ecarter := func(nom, pourquoi string) {
		remarques = append(remarques, fmt.Sprintf("%s : %s", releve.Montrer([]byte(nom), 100), pourquoi))
	}
	pris := map[string]string{}
	for _, e := range entrees {
		nom, chemin := e.Name(), filepath.Join(dossier, e.Name())
		switch {
		case strings.HasPrefix(nom, ".") || nom == dossierMac:
			continue
		case e.IsDir():
			d := Depot{Nom: enTexte(nom), Chemin: chemin}
			if seule := seuleArchive(chemin); seule != "" {
				d.Chemin, d.Archive = seule, true
			}
			depots = append(depots, d)
			pris[d.Nom] = "le dossier " + nom
		case e.Type()&fs.ModeSymlink != 0:
			ecarter(nom, "un lien n'est pas suivi ; mettez le rendu lui-même dans le dossier de la classe")
		case !e.Type().IsRegular():
			ecarter(nom, "ni un dossier ni un fichier ordinaire, écarté")
		case !estArchive(nom):
			ecarter(nom, pourquoiEcarter(nom))
		default:
			d := Depot{Nom: enTexte(nom[:len(nom)-len(extension)]), Chemin: chemin, Archive: true}
			if autre := pris[d.Nom]; autre != "" {
				ecarter(nom, "écarté, car "+releve.Montrer([]byte(autre), 100)+" a le même nom et est corrigé à sa place")
				continue
			}
			depots = append(depots, d)
			pris[d.Nom] = "l'archive " + nom
		}
	}
	if len(depots) == 0 {
		return nil, remarques, fmt.Errorf("%s : aucun rendu ; une classe est un dossier qui contient un sous-dossier, ou une archive .zip, par rendu", dossier)
	}
	slices.SortFunc(depots, func(a, b Depot) int { return comparerNoms(a.Nom, b.Nom) })
	return depots, remarques, nil
}

// Deposer fait un dépôt d'un seul rendu : un dossier, ou une archive .zip. L'erreur est un chemin qui n'est ni l'un ni l'autre.
func Deposer(chemin string) (Depot, error) {
	absolu, err := filepath.Abs(chemin) // « . » a un nom
	if err != nil {
		return Depot{}, fmt.Errorf("rendu illisible : %w", err)
	}
	infos, err := os.Stat(absolu)
	nom := enTexte(filepath.Base(absolu))
	switch {
	case err != nil:
		return Depot{}, fmt.Errorf("%s : ce rendu n'existe pas, ou ne peut pas être lu", chemin)
	case infos.IsDir():
		return Depot{Nom: nom, Chemin: chemin}, nil
	case infos.Mode().IsRegular() && estArchive(nom):
		return Depot{Nom: nom[:len(nom)-len(extension)], Chemin: chemin, Archive: true}, nil
	}
	return Depot{}, fmt.Errorf("%s : donnez le dossier d'un rendu, ou son archive .zip", chemin)
}

const (
	extension  = ".zip"
	dossierMac = "__MACOSX" // ce que macOS ajoute à ses archives
)

func estArchive(nom string) bool {
	return len(nom) > len(extension) && strings.EqualFold(nom[len(nom)-len(extension):], extension)
}

func pourquoiEcarter(nom string) string {
	for _, autre := range []string{".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst"} {
		if strings.HasSuffix(strings.ToLower(nom), autre) {
			return "seules les archives .zip s'ouvrent ici ; décompressez-la dans un dossier de ce nom"
		}
	}
	return "ni un dossier ni une archive .zip, écarté"
}

// lireDossier rend les entrées d'un dossier, les dossiers d'abord, puis dans l'ordre de leurs noms ; au plus maximum.
func lireDossier(dossier string, maximum int) ([]fs.DirEntry, error) {
	d, err := os.Open(dossier)
	if err != nil {
		return nil, fmt.Errorf("classe illisible : %w", err)
	}
	defer d.Close()
	entrees, err := d.ReadDir(maximum + 1)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("classe illisible : %w", err)
	}
	if len(entrees) > maximum {
		return nil, fmt.Errorf("%s contient plus de %d entrées : est-ce bien le dossier d'une classe ?", dossier, maximum)
	}
	slices.SortFunc(entrees, func(a, b fs.DirEntry) int {
		if a.IsDir() != b.IsDir() {
			return map[bool]int{true: -1, false: 1}[a.IsDir()]
		}
		return comparerNoms(a.Name(), b.Name())
	})
	return entrees, nil
}

// seuleArchive rend le chemin de l'archive d'un dossier qui ne contient rien d'autre ; « » sinon.
func seuleArchive(dossier string) (chemin string) {
	entrees, err := lireDossier(dossier, depotsMax)
	if err != nil {
		return ""
	}
	for _, e := range entrees {
		switch {
		case strings.HasPrefix(e.Name(), ".") || e.Name() == dossierMac:
		case chemin != "" || !e.Type().IsRegular() || !estArchive(e.Name()):
			return ""
		default:
			chemin = filepath.Join(dossier, e.Name())
		}
	}
	return chemin
}

// enTexte rend un nom de fichier qui puisse s'écrire en JSON.
func enTexte(nom string) string { return strings.ToValidUTF8(nom, "\ufffd") }

// comparerNoms range des noms comme on les lit : sans regarder la casse, et les nombres selon leur valeur.
func comparerNoms(a, b string) int {
	x, y := strings.ToLower(a), strings.ToLower(b)
	for x != "" && y != "" {
		var debutX, debutY string
		debutX, x = couperNom(x)
		debutY, y = couperNom(y)
		ordre := strings.Compare(debutX, debutY)
		if estChiffre(debutX[0]) && estChiffre(debutY[0]) {
			valeurX, valeurY := strings.TrimLeft(debutX, "0"), strings.TrimLeft(debutY, "0")
			ordre = cmp.Or(cmp.Compare(len(valeurX), len(valeurY)), strings.Compare(valeurX, valeurY))
		}
		if ordre != 0 {
			return ordre
		}
	}
	return cmp.Or(cmp.Compare(len(x), len(y)), strings.Compare(a, b))
}

// couperNom détache d'un nom, qui n'est pas vide, ses premiers chiffres, ou ce qui vient avant eux.
func couperNom(nom string) (debut, reste string) {
	n := 1
	for n < len(nom) && estChiffre(nom[n]) == estChiffre(nom[0]) {
		n++
	}
	return nom[:n], nom[n:]
}

func estChiffre(c byte) bool { return '0' <= c && c <= '9' }
