package main

import (
	"fmt"
	"math"
)

// Un doute dit pourquoi on ne peut rien conclure d'un chiffre ; vide, il n'y en a pas.
type doute string

// mouvementAdmis est ce dont un plafond peut varier d'un tour à l'autre. Au-delà la machine faisait autre chose, et on ne sait
// pas ce que vaut un rapport à ce plafond.
const mouvementAdmis = 0.30

// bouger doute d'un plafond qui a trop varié d'un tour à l'autre.
func bouger(nom string, debits []float64) doute {
	if e := ecartRelatif(debits); e > mouvementAdmis {
		return doute(fmt.Sprintf("%s a varié de %s d'un tour à l'autre", nom, pourcent(e)))
	}
	return ""
}

// depasser doute d'un plafond que dépasse qui en fait plus que lui : l'un des deux est mal mesuré.
func depasser(nom, plafond string, part float64) doute {
	if part > 1 {
		return doute(fmt.Sprintf("%s dépasse de %s %s, qui a moins à faire", nom, pourcent(part-1), plafond))
	}
	return ""
}

// verdict est ce qu'on conclut d'une cible.
type verdict string

const (
	atteint      verdict = "atteint"
	pasAtteint   verdict = "pas atteint"
	nonConcluant verdict = "non concluant"
)

// juger conclut pour une cible dont le chiffre est connu, sauf s'il n'en est pas un ou si on en doute.
func (c cible) juger(d doute) cible {
	if d == "" && (math.IsNaN(c.Mesure) || math.IsInf(c.Mesure, 0)) {
		d = "il n'y a rien eu à compter"
	}
	c.Doute = d
	switch {
	case d != "":
		c.Verdict = nonConcluant
	case c.AuPlus && c.Mesure <= c.Seuil, !c.AuPlus && c.Mesure >= c.Seuil:
		c.Verdict = atteint
	default:
		c.Verdict = pasAtteint
	}
	return c
}
