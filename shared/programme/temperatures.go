package programme

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"capteurs/shared/lisible"
	"capteurs/shared/mesure"
)

// lireTemperature lit une température en °C, à la française ou à l'anglaise.
func lireTemperature(texte string) (float64, error) {
	t, err := strconv.ParseFloat(strings.Replace(strings.TrimSpace(texte), ",", ".", 1), 64)
	if err != nil || (mesure.Mesure{CapteurID: "x", Temperature: t}).Valider() != nil {
		return 0, fmt.Errorf("%s n'est pas une température : écrivez un nombre, comme 23.5", citerUnPeu(texte))
	}
	return t, nil
}

// lireTemperatures lit un fichier de températures, une par ligne ; les lignes vides ou qui commencent par # ne comptent pas.
func lireTemperatures(chemin string) ([]float64, error) {
	f, err := os.Open(chemin)
	if err != nil {
		return nil, fauteDeFichier{chemin, err}
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, fmt.Errorf("%s : c'est un dossier, un fichier est attendu", chemin)
	}
	var temperatures []float64
	lignes := bufio.NewScanner(transform.NewReader(f, unicode.BOMOverride(encoding.Nop.NewDecoder()))) // PowerShell écrit en UTF-16
	n := 1
	for ; lignes.Scan(); n++ {
		texte := strings.TrimSpace(lignes.Text())
		if texte == "" || strings.HasPrefix(texte, "#") {
			continue
		}
		t, err := lireTemperature(texte)
		if err != nil {
			return nil, fmt.Errorf("%s, ligne %d : %w", chemin, n, err)
		}
		temperatures = append(temperatures, t)
	}
	switch err := lignes.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return nil, fmt.Errorf("%s, ligne %d : plus de 64 Kio, ce n'est pas une température", chemin, n)
	case err != nil:
		return nil, fauteDeFichier{chemin, err}
	}
	if len(temperatures) == 0 {
		return nil, fmt.Errorf("%s : aucune température", chemin)
	}
	return temperatures, nil
}

// citerUnPeu cite ce qu'on a lu : assez pour le reconnaître, et rien qu'un terminal prendrait pour un ordre.
func citerUnPeu(texte string) string {
	const suffisant = 60 // caractères
	caracteres := 0
	for i := range texte {
		if caracteres == suffisant {
			texte = texte[:i] + "…"
			break
		}
		caracteres++
	}
	return `"` + lisible.Texte(texte) + `"`
}

// fauteDeFichier dit en français pourquoi un fichier ne se lit pas : la cause, que le système dit en anglais, est dessous.
type fauteDeFichier struct {
	chemin string
	cause  error
}

func (f fauteDeFichier) Unwrap() error { return f.cause }

func (f fauteDeFichier) Error() string {
	switch {
	case errors.Is(f.cause, fs.ErrNotExist):
		return f.chemin + " : fichier introuvable"
	case errors.Is(f.cause, fs.ErrPermission):
		return f.chemin + " : lecture interdite, vérifiez ses droits"
	}
	return f.chemin + " : lecture impossible, donnez le chemin d'un fichier de texte"
}
