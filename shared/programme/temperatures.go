package programme

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"capteurs/shared/mesure"
)

// lireTemperature lit une température en °C, à la française ou à l'anglaise.
func lireTemperature(texte string) (float64, error) {
	t, err := strconv.ParseFloat(strings.Replace(strings.TrimSpace(texte), ",", ".", 1), 64)
	if err != nil || (mesure.Mesure{CapteurID: "x", Temperature: t}).Valider() != nil {
		return 0, fmt.Errorf("%q n'est pas une température : écrivez un nombre, comme 23.5", texte)
	}
	return t, nil
}

// lireTemperatures lit un fichier de températures, une par ligne ; les lignes vides ou qui commencent par # ne comptent pas.
func lireTemperatures(chemin string) ([]float64, error) {
	f, err := os.Open(chemin)
	if err != nil {
		return nil, fmt.Errorf("fichier de températures illisible : %w", err)
	}
	defer f.Close()
	var temperatures []float64
	lignes := bufio.NewScanner(transform.NewReader(f, unicode.BOMOverride(encoding.Nop.NewDecoder()))) // PowerShell écrit en UTF-16
	for n := 1; lignes.Scan(); n++ {
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
	if err := lignes.Err(); err != nil {
		return nil, fmt.Errorf("%s : %w", chemin, err)
	}
	if len(temperatures) == 0 {
		return nil, fmt.Errorf("%s : aucune température", chemin)
	}
	return temperatures, nil
}
