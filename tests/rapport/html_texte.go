package rapport

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"capteurs/tests/releve"
)

// pageTexte rend un texte tel qu'une page le montre : l'invisible a un signe, rien n'y commande un navigateur ni un sens
// d'écriture, et ce qui dépasse max caractères est coupé, ce qui est dit. « » reste « ».
func pageTexte(texte string, max int) string {
	if texte == "" {
		return ""
	}
	return releve.Montrer([]byte(texte), max)
}

// pageCourt rend le début d'un texte, en au plus n caractères.
func pageCourt(texte string, n int) string {
	montre := []rune(pageTexte(texte[:min(len(texte), 8*n)], 8*n))
	if len(montre) > n {
		return string(montre[:n-1]) + "…"
	}
	return string(montre)
}

// pageTemps écrit un instant en millisecondes, avec une virgule : « 214,6 ms ».
func pageTemps(us int64) string {
	return strings.Replace(fmt.Sprintf("%.1f ms", float64(us)/1000), ".", ",", 1)
}

var pageMois = []string{
	"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre",
}

// pageDate écrit une date en français, en temps universel.
func pageDate(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	t = t.UTC()
	jour := fmt.Sprint(t.Day())
	if jour == "1" {
		jour = "1er"
	}
	return fmt.Sprintf("%s %s %d à %02d h %02d (UTC)", jour, pageMois[t.Month()-1], t.Year(), t.Hour(), t.Minute())
}

// pageIdentifiant fait d'un nom quelconque un morceau d'ancre, en ASCII (HTML, 3.2.6 : pas d'espace).
func pageIdentifiant(nom string) string {
	sansAccents := strings.NewReplacer("é", "e", "è", "e", "ê", "e", "à", "a", "ç", "c", "ô", "o", "î", "i", "û", "u")
	return strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_':
			return c
		case c > unicode.MaxASCII:
			return -1
		}
		return '-'
	}, sansAccents.Replace(nom[:min(len(nom), 60)]))
}

// pageListe est une liste dont on ne montre que le début.
type pageListe struct {
	Textes []string
	Plus   int // ceux qui ne sont pas montrés
}

func pageLister(textes []string, n, max int) (l pageListe) {
	for i, texte := range textes {
		if i == n {
			l.Plus = len(textes) - n
			break
		}
		l.Textes = append(l.Textes, pageTexte(texte, max))
	}
	return l
}
