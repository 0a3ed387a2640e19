package rapport

import (
	"encoding/csv"
	"io"
)

// CSVNoms écrit, à part d'un rapport anonyme, le nom d'emprunt et le vrai nom de chaque rendu. L'erreur est celle de w.
func CSVNoms(w io.Writer, paires [][2]string, forme FormeCSV) error {
	if forme.Marque {
		if _, err := io.WriteString(w, "\ufeff"); err != nil {
			return err
		}
	}
	c := csv.NewWriter(w)
	c.Comma, c.UseCRLF = forme.Separateur, true
	lignes := [][]string{{"anonyme", "nom"}}
	for _, paire := range paires {
		lignes = append(lignes, []string{cellule(paire[0]), cellule(paire[1])})
	}
	return c.WriteAll(lignes)
}
