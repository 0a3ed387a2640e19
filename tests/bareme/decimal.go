package bareme

import (
	"errors"
	"strings"
)

// decimal est un nombre tel qu'il est écrit dans un fichier. TOML en ferait un float64, où 0.15 n'existe pas : il se garde en
// texte, et devient des centièmes entiers.
type decimal string

// UnmarshalText garde le texte ; [decimal.points] en dira les fautes, avec la section et le critère.
func (d *decimal) UnmarshalText(texte []byte) error {
	*d = decimal(texte)
	return nil
}

// pointsMax borne ce qu'un fichier peut écrire : les calculs tiennent ainsi largement dans un entier.
const pointsMax Points = 1000_00

// Les nombres refusés.
var (
	errPointsAbsents  = errors.New("un nombre de points manque")
	errPointsForme    = errors.New("un nombre de points s'écrit comme 2, 1.5 ou 0.25, avec deux décimales au plus")
	errPointsNegatifs = errors.New("un nombre de points n'est pas négatif")
	errPointsTrop     = errors.New("un nombre de points ne dépasse pas 1000")
)

// points rend le nombre en centièmes, exactement.
func (d decimal) points() (Points, error) {
	switch {
	case d == "":
		return 0, errPointsAbsents
	case d[0] == '-':
		return 0, errPointsNegatifs
	}
	entier, decimales, _ := strings.Cut(strings.Replace(string(d), ",", ".", 1), ".")
	aPoint := len(entier) < len(d)
	if entier == "" || aPoint && decimales == "" || len(decimales) > 2 {
		return 0, errPointsForme
	}
	chiffres := entier + (decimales + "00")[:2]
	var p Points
	for _, c := range []byte(chiffres) {
		if c < '0' || c > '9' {
			return 0, errPointsForme
		}
		if p = 10*p + Points(c-'0'); p > pointsMax {
			return 0, errPointsTrop
		}
	}
	return p, nil
}
