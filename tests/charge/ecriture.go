package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/term"
)

// enCouleurs dit si un fichier est un terminal qui veut des couleurs ; voir no-color.org.
func enCouleurs(f *os.File, environnement func(string) string) bool {
	return environnement("NO_COLOR") == "" && environnement("TERM") != "dumb" && term.IsTerminal(int(f.Fd()))
}

// colorer écrit un verdict en vert, en rouge, ou en jaune s'il ne conclut pas.
func colorer(couleurs bool, v verdict) string {
	if !couleurs {
		return string(v)
	}
	teintes := map[verdict]string{atteint: "32", pasAtteint: "31", nonConcluant: "33"}
	return "\x1b[" + teintes[v] + "m" + string(v) + "\x1b[0m"
}

const raisonMax = 400 // caractères ; de quoi comprendre, sans que l'échec d'un autre programme noie le tableau

// plier écrit un texte sur autant de lignes du tableau qu'il en faut, la première en retrait et les autres un peu plus, sans
// caractère de contrôle : il vient peut-être d'un autre programme.
func plier(retrait int, texte string) string {
	propre := []rune(strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) {
			return ' '
		}
		return c
	}, texte))
	if len(propre) > raisonMax {
		propre = append(propre[:raisonMax-1], '…')
	}
	plie, colonne := []rune(strings.Repeat(" ", retrait)), retrait
	suite := retrait + 2
	for mot := range strings.FieldsSeq(string(propre)) {
		for morceau := range slices.Chunk([]rune(mot), largeurTableau-suite) {
			switch {
			case colonne+1+len(morceau) > largeurTableau:
				plie, colonne = append(plie, []rune("\n"+strings.Repeat(" ", suite))...), suite
			case colonne > retrait:
				plie, colonne = append(plie, ' '), colonne+1
			}
			plie, colonne = append(plie, morceau...), colonne+len(morceau)
		}
	}
	return string(plie)
}

// milliers écrit un nombre entier à la française, comme 12 345.
func milliers(x float64) string {
	chiffres := fmt.Sprintf("%.0f", x)
	for i := len(chiffres) - 3; i > 0; i -= 3 {
		chiffres = chiffres[:i] + " " + chiffres[i:]
	}
	return chiffres
}

func decimal(x float64, decimales int) string {
	return strings.Replace(fmt.Sprintf("%.*f", decimales, x), ".", ",", 1)
}

func pourcent(x float64) string { return decimal(100*x, 1) + " %" }

// aGauche et aDroite complètent par des espaces.
func aGauche(s string, largeur int) string { return fmt.Sprintf("%-*s", largeur, s) }
func aDroite(s string, largeur int) string { return fmt.Sprintf("%*s", largeur, s) }
