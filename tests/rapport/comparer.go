package rapport

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"capteurs/tests/releve"
)

// comparer rend ce qui était attendu et ce qui a été observé tels qu'ils se montrent, l'invisible rendu visible. Un texte de
// plus de limite caractères est coupé autour de la première différence. Deux textes qui se liraient pareil ne sont jamais
// montrés comme différents : le second dit alors à quel octet ils le sont.
func comparer(attendu, observe string, limite int) (a, o string) {
	octet := premiereDifference(attendu, observe)
	a, o = montrerAutour(attendu, octet, limite), montrerAutour(observe, octet, limite)
	if a == "" || !seLisentPareil(a, o) {
		return a, o
	}
	if attendu == observe {
		return a, o + " (le même texte : ce qui diffère est dans les preuves)"
	}
	return a, o + fmt.Sprintf(" (à l'octet %d : %s, et non %s)", octet+1, octetsA(observe, octet), octetsA(attendu, octet))
}

// premiereDifference rend où deux textes commencent à différer, en octets, au début d'un caractère.
func premiereDifference(a, b string) int {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	for i > 0 && (i < len(a) && !utf8.RuneStart(a[i]) || i < len(b) && !utf8.RuneStart(b[i])) {
		i--
	}
	return i
}

// octetsA écrit en hexadécimal le caractère d'un texte qui commence à un octet.
func octetsA(texte string, i int) string {
	if i >= len(texte) {
		return "la fin"
	}
	_, taille := utf8.DecodeRuneInString(texte[i:])
	return fmt.Sprintf("% x", texte[i:i+taille])
}

// montrerAutour montre un texte d'au plus limite caractères, en entier ou autour d'un octet. La marque des coupures est hors
// des guillemets : ce qui est entre eux est ce qui a été vu.
func montrerAutour(texte string, octet, limite int) string {
	if texte == "" {
		return ""
	}
	debut, fin := 0, len(texte)
	if n := utf8.RuneCountInString(texte); n > limite {
		avant := utf8.RuneCountInString(texte[:min(octet, len(texte))])
		premier := min(max(0, avant-limite/3), n-limite)
		debut = octetDu(texte, premier)
		fin = debut + octetDu(texte[debut:], limite)
	}
	montre := releve.Montrer([]byte(texte[debut:fin]), limite)
	ouverts := guillemetsOuverts(texte[:debut])
	if debut > 0 {
		if ouverts {
			montre = "« " + montre
		}
		montre = fmt.Sprintf("[… %s] ", pluriel(debut, "octet", "octets")) + montre
	}
	if fin < len(texte) {
		if guillemetsOuverts(texte[:fin]) {
			montre += " »"
		}
		montre += fmt.Sprintf(" [… %s]", pluriel(len(texte)-fin, "octet", "octets"))
	}
	return montre
}

// octetDu rend où commence le n-ième caractère d'un texte.
func octetDu(texte string, n int) int {
	for i := range texte {
		if n == 0 {
			return i
		}
		n--
	}
	return len(texte)
}

func guillemetsOuverts(texte string) bool {
	return strings.LastIndex(texte, "«") > strings.LastIndex(texte, "»")
}

// seLisentPareil dit si un lecteur ne verrait pas de différence entre deux textes : ni les blancs, que la mise en lignes
// change, ni les formes d'un même caractère (Unicode, annexe 15), ni ce qui ne se dessine pas.
func seLisentPareil(a, b string) bool { return ceQuiSeVoit(a) == ceQuiSeVoit(b) }

func ceQuiSeVoit(texte string) string {
	visible := strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point, unicode.Cf) {
			return -1
		}
		return r
	}, norm.NFKC.String(texte))
	return strings.Join(strings.Fields(visible), " ")
}
