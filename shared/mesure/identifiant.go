package mesure

import (
	"errors"
	"fmt"
	"unicode"
	"unicode/utf8"

	"capteurs/shared/lisible"
)

// validerID dit pourquoi un identifiant serait refusé, ou rend nil.
func validerID(id string) error {
	if !utf8.ValidString(id) {
		return errors.New("capteur_id : octets qui ne sont pas de l'UTF-8")
	}
	blanc, avant := true, rune(0)
	for i, c := range id {
		if lisible.Invisible(c) {
			apres, n := utf8.DecodeRuneInString(id[i+utf8.RuneLen(c):])
			if n == 0 {
				apres = 0 // et non U+FFFD, que l'on prendrait pour un dessin
			}
			switch {
			case unicode.IsControl(c):
				return fmt.Errorf("capteur_id : caractère de contrôle %U interdit", c)
			case !change(avant, c, apres):
				return fmt.Errorf("capteur_id : caractère invisible %U interdit", c)
			}
		}
		blanc, avant = blanc && unicode.IsSpace(c), c
	}
	if blanc {
		return errors.New("capteur_id : vide ou blanc")
	}
	if n := utf8.RuneCountInString(id); n > IDMax {
		return fmt.Errorf("capteur_id : %d caractères au plus, %d reçus", IDMax, n)
	}
	return nil
}

// Les écritures où les liants changent la forme des lettres.
var liees = []*unicode.RangeTable{
	unicode.Arabic, unicode.Syriac, unicode.Nko, unicode.Mongolian, unicode.Devanagari, unicode.Bengali, unicode.Gurmukhi,
	unicode.Gujarati, unicode.Oriya, unicode.Tamil, unicode.Telugu, unicode.Kannada, unicode.Malayalam, unicode.Sinhala,
	unicode.Khmer, unicode.Myanmar, unicode.Balinese, unicode.Javanese,
}

// change dit si un caractère invisible change la forme de ceux qui l'entourent, comme une écriture ou un emoji le demande : il
// se voit alors à ce qu'il fait. Partout ailleurs, il ferait deux identifiants qui se lisent pareil.
func change(avant, c, apres rune) bool {
	const (
		antiliant, liant = '\u200c', '\u200d'
		formeEmoji       = '\ufe0f'
		touche           = '\u20e3' // 1️ suivi d'elle est une touche
		drapeau          = '\U0001f3f4'
	)
	etiquette := func(c rune) bool { return '\U000e0020' <= c && c <= '\U000e007f' } // la région d'un drapeau
	dessin := func(c rune) bool { return c == '©' || c == '®' || c >= '‼' && unicode.In(c, unicode.S, unicode.P) }
	lie := func(c rune) bool { return dessin(c) || unicode.In(c, liees...) }
	switch {
	case c == antiliant || c == liant:
		return (lie(avant) || avant == formeEmoji) && lie(apres)
	case unicode.Is(unicode.Variation_Selector, c):
		return dessin(avant) || unicode.In(avant, unicode.Han, unicode.Mongolian, unicode.Myanmar) && !lisible.Invisible(avant) ||
			apres == touche && c == formeEmoji
	}
	return etiquette(c) && (avant == drapeau || etiquette(avant))
}
