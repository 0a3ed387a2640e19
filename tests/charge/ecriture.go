package main

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/term"
)

// enCouleurs dit si un fichier est un terminal qui veut des couleurs ; voir no-color.org.
func enCouleurs(f *os.File, environnement func(string) string) bool {
	return environnement("NO_COLOR") == "" && environnement("TERM") != "dumb" && term.IsTerminal(int(f.Fd()))
}

// colorer écrit un verdict en vert ou en rouge.
func colorer(couleurs, bon bool, texte string) string {
	switch {
	case !couleurs:
		return texte
	case bon:
		return "\x1b[32m" + texte + "\x1b[0m"
	}
	return "\x1b[31m" + texte + "\x1b[0m"
}

// couper ramène un texte à une ligne du tableau, sans caractère de contrôle : il vient peut-être d'un autre programme.
func couper(texte string) string {
	propre := []rune(strings.Map(func(c rune) rune {
		if c < ' ' || c >= 0x7f && c < 0xa0 {
			return ' '
		}
		return c
	}, texte))
	if len(propre) > largeurTableau {
		propre = append(propre[:largeurTableau-1], '…')
	}
	return strings.TrimRight(string(propre), " ")
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
