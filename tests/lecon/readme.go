package main

import "strings"

// bloc est un paragraphe, une puce ou un morceau de code d'un README. Ses tables n'en sont pas : la leçon refait les siennes.
type bloc struct {
	section string // le titre qui le précède ; rien, avant le premier
	sorte   sorteDeBloc
	langage string // du code
	texte   string
}

type sorteDeBloc int

const (
	paragraphe sorteDeBloc = iota
	puce
	code
)

// lireReadme rend le titre d'un README, et ses blocs.
func lireReadme(texte string) (titre string, blocs []bloc) {
	section := ""
	var enCours *bloc
	for ligne := range strings.SplitSeq(texte, "\n") {
		if enCours != nil && enCours.sorte == code {
			if strings.HasPrefix(ligne, "```") {
				enCours = nil
			} else {
				enCours.texte += ligne + "\n"
			}
			continue
		}
		commencer := func(b bloc) {
			b.section = section
			blocs = append(blocs, b)
			enCours = &blocs[len(blocs)-1]
		}
		switch {
		case strings.TrimSpace(ligne) == "" || strings.HasPrefix(ligne, "|"):
			enCours = nil
		case strings.HasPrefix(ligne, "# "):
			titre = ligne[2:]
		case strings.HasPrefix(ligne, "## "):
			section, enCours = ligne[3:], nil
		case strings.HasPrefix(ligne, "```"):
			commencer(bloc{sorte: code, langage: ligne[3:]})
		case strings.HasPrefix(ligne, "- "):
			commencer(bloc{sorte: puce, texte: ligne[2:]})
		case enCours != nil:
			enCours.texte += " " + strings.TrimSpace(ligne)
		default:
			commencer(bloc{texte: strings.TrimSpace(ligne)})
		}
	}
	return titre, blocs
}
