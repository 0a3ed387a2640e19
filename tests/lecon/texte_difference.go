package main

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// changeUnite est une ligne d'une différence unifiée : une unité, et le signe de ce qui lui arrive.
type changeUnite struct {
	signe string
	unite *unite
}

// difference écrit ce qui change de l'étape k+1 à la suivante, à la façon de diff -u.
func (t *texte) difference(k int, rangs []rang) {
	t.b.WriteByte('\n')
	suite := enSuite(k, rangs)
	change := func(c changeUnite) bool { return c.signe != " " }
	if !slices.ContainsFunc(suite, change) {
		t.ligne(gris, fmt.Sprintf("étape %d → étape %d : rien ne change", k+1, k+2))
		return
	}
	t.ligne(gris, fmt.Sprintf("étape %d → étape %d", k+1, k+2))
	const autour = 2
	sautees := 0
	for i, c := range suite {
		if !slices.ContainsFunc(suite[max(0, i-autour):min(len(suite), i+autour+1)], change) {
			sautees += c.unite.lignes
			continue
		}
		t.sauter(&sautees)
		if i > 0 && c.unite.premiere && !suite[i-1].unite.premiere {
			t.b.WriteByte('\n')
		}
		t.changement(c)
	}
	t.sauter(&sautees)
}

func (t *texte) sauter(lignes *int) {
	switch *lignes {
	case 0:
	case 1:
		t.ligne(gris, "  ⋯ une ligne")
	default:
		t.ligne(gris, fmt.Sprintf("  ⋯ %d lignes", *lignes))
	}
	*lignes = 0
}

// enSuite met deux colonnes en une : ce qui part, puis ce qui arrive, entre ce qui reste.
func enSuite(k int, rangs []rang) (suite []changeUnite) {
	var arrivent []changeUnite
	vider := func() {
		suite = append(suite, arrivent...)
		arrivent = nil
	}
	for _, r := range rangs {
		avant, apres := r[k], r[k+1]
		reste := false
		if avant != nil && apres != nil {
			partie, _ := avant.partie()
			arrivee, _ := apres.arrivee()
			reste = !partie && !arrivee
		}
		if reste {
			vider()
			suite = append(suite, changeUnite{" ", apres})
			continue
		}
		if avant != nil {
			if partie, entierement := avant.partie(); !partie {
				vider()
				suite = append(suite, changeUnite{" ", avant})
			} else {
				if !entierement && len(arrivent) > 0 {
					vider()
				}
				suite = append(suite, changeUnite{"-", avant})
			}
		}
		if apres != nil {
			if arrivee, _ := apres.arrivee(); arrivee {
				arrivent = append(arrivent, changeUnite{"+", apres})
			} else if avant == nil {
				vider()
				suite = append(suite, changeUnite{" ", apres})
			}
		}
	}
	vider()
	return suite
}

func (t *texte) changement(c changeUnite) {
	switch c.signe {
	case "-":
		t.unite("-", rouge, c.unite, marquesDe(c.unite, func(a aspect) bool { return a.part }, entier(c.unite.partie())))
	case "+":
		t.unite("+", vert, c.unite, marquesDe(c.unite, func(a aspect) bool { return a.arrive }, entier(c.unite.arrivee())))
	default:
		t.unite(" ", "", c.unite, nil)
	}
}

func entier(_, entierement bool) bool { return entierement }

// marquesDe dit quels octets souligner : rien, quand tout change.
func marquesDe(u *unite, marque func(aspect) bool, tout bool) []bool {
	marques := make([]bool, len(u.texte))
	for i, a := range aspects(u) {
		marques[i] = marque(a) && !tout
	}
	return marques
}

// unite écrit une unité après son signe. Une ligne trop longue passe à la ligne entre deux mots, sa suite en retrait ; un
// commentaire est remis en lignes.
func (t *texte) unite(signe, ton string, u *unite, marques []bool) {
	retrait := strings.Repeat("  ", len(u.texte)-len(strings.TrimLeft(u.texte, "\t")))
	suite := retrait + "    "
	if u.commentaire() {
		suite = retrait + "// "
	}
	ligne, large := t.ton(ton, signe+" "+retrait), 2+len(retrait)
	debut := large
	mot, lettres := "", 0
	poser := func() { // le mot en cours, sur cette ligne ou sur la suivante
		switch {
		case lettres == 0:
			return
		case large == debut:
		case large+1+lettres > colonnes:
			t.ligne("", ligne)
			ligne, large = t.ton(ton, signe+" "+suite), 2+len(suite)
		default:
			ligne, large = ligne+" ", large+1
		}
		ligne, large = ligne+mot, large+lettres
		mot, lettres = "", 0
	}
	place := 0
	jetons := lireJetons(u.texte)
	for i, j := range jetons {
		switch {
		case j.blanc() && u.commentaire() && insecable(jetons[:i], jetons[i+1:]):
			mot, lettres = mot+"\u00a0", lettres+1
		case j.blanc():
			poser()
		default:
			tons := ton
			if marques != nil && marques[place] {
				tons += ";" + souligne + ";" + gras
			}
			mot, lettres = mot+t.ton(tons, j.texte), lettres+utf8.RuneCountInString(j.texte)
		}
		place += len(j.texte)
	}
	poser()
	t.ligne("", ligne)
}

// insecable dit si un blanc est celui d'un signe double : il ne se coupe pas.
func insecable(avant, apres []jeton) bool {
	return len(avant) > 0 && avant[len(avant)-1].texte == "«" || len(apres) > 0 && strings.Contains(":;!?»", apres[0].texte)
}
