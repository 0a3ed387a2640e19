package rapport

import (
	"fmt"
	"html"
	"regexp"
	"strings"
)

// Les rangs des sections d'un document, de la plus utile à la moins utile.
const (
	rangTitre = iota
	rangLigne
	rangDetail
	rangPreuves
	rangs
)

// documentMD est une suite de sections, qu'on garde ou qu'on omet en entier.
type documentMD struct {
	sections []struct {
		rang  int
		texte string
	}
}

func (d *documentMD) ajouter(rang int, format string, args ...any) {
	d.sections = append(d.sections, struct {
		rang  int
		texte string
	}{rang, fmt.Sprintf(format, args...)})
}

// assembler garde, rang par rang, ce qui tient en limite octets. Dès qu'une section n'y tient pas, les suivantes de son rang et
// des rangs d'après sont omises aussi : une ligne de tableau n'y est pas sans son début.
func (d *documentMD) assembler(limite int) string {
	const placeDeLAvis = 200
	gardees, taille, plein := make([]bool, len(d.sections)), 0, false
	var omises [rangs]int
	for rang := range rangs {
		for i, s := range d.sections {
			if s.rang != rang {
				continue
			}
			if plein = plein || taille+len(s.texte) > limite-placeDeLAvis; plein {
				omises[rang]++
				continue
			}
			gardees[i] = true
			taille += len(s.texte)
		}
	}
	var texte strings.Builder
	for i, s := range d.sections {
		if gardees[i] {
			texte.WriteString(s.texte)
		}
	}
	texte.WriteString(avisMD(omises))
	return strings.TrimPrefix(texte.String(), "\n")
}

// avisMD dit ce qui a été omis.
func avisMD(omises [rangs]int) string {
	var parties []string
	for rang, nom := range [rangs]string{"titres", "lignes", "détails", "preuves"} {
		if omises[rang] > 0 {
			parties = append(parties, fmt.Sprintf("%s : %d", nom, omises[rang]))
		}
	}
	if parties == nil {
		return ""
	}
	return "\nFaute de place, une partie est omise (" + strings.Join(parties, ", ") + ") ; le rapport en JSON ou en HTML a tout.\n"
}

// blocMD écrit un bloc de code, dont la clôture est plus longue que toute suite d'accents graves du texte (CommonMark, 4.5).
func blocMD(texte string) string {
	cloture := strings.Repeat("`", max(3, accentsGraves(texte)+1))
	return cloture + "text\n" + strings.TrimSuffix(texte, "\n") + "\n" + cloture + "\n"
}

// accentsGraves rend la longueur de leur plus longue suite dans un texte.
func accentsGraves(texte string) (longueur int) {
	n := 0
	for _, r := range texte {
		if n++; r != '`' {
			n = 0
		}
		longueur = max(longueur, n)
	}
	return longueur
}

// enMD écrit un texte au milieu d'une ligne. Celui qui ne peut rien commander reste tel quel ; tout autre devient du code, où GitHub
// ne cherche ni lien, ni mention (« @ »), ni renvoi (« # », une empreinte), ni image, ni HTML. Protéger les signes par une barre
// oblique ne suffirait pas : mentions et renvois se cherchent dans la page faite, où elle n'est plus.
func enMD(texte string) string {
	texte = montrerEnLigne(texte)
	if inoffensif(texte) {
		return strings.ReplaceAll(texte, "_", `\_`)
	}
	// Les blancs des bords ne sont pas montrés ; ils séparent les accents du texte de ceux qui l'entourent (CommonMark, 6.1).
	accents := strings.Repeat("`", accentsGraves(texte)+1)
	return accents + " " + texte + " " + accents
}

// enCellule écrit un texte dans une cellule. Une barre verticale la couperait, même dans du code (GFM, 4.10), et une barre
// oblique ne la protège pas après une autre : un signe voisin la remplace.
func enCellule(texte string) string { return enMD(strings.ReplaceAll(texte, "|", "¦")) }

// enResume écrit un texte dans un élément summary, qui est du HTML.
func enResume(texte string) string {
	texte = montrerEnLigne(texte)
	if inoffensif(texte) {
		return texte
	}
	return "<code>" + html.EscapeString(texte) + "</code>"
}

var (
	signesSurs = regexp.MustCompile(`^[\p{L}\p{N} ,.;:'’()«»–—…°%/+=·_!?−✔◐✘-]*$`)
	// Ce que GitHub prend pour un lien, un renvoi, une empreinte ou un émoji, tout en lettres, chiffres et signes sûrs.
	signesLus = regexp.MustCompile(`(?i)://|www\.|gh-[0-9]|\b[0-9a-f]{7,}\b|:[a-z0-9_+-]+:|__`)
)

// inoffensif dit si un texte, au milieu d'une ligne, n'a de sens ni en Markdown ni pour GitHub.
func inoffensif(texte string) bool {
	return signesSurs.MatchString(texte) && !signesLus.MatchString(texte)
}
