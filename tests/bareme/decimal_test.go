package bareme

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Ce qui s'écrit se relit exactement, quelle que soit la façon de l'écrire.
func TestDecimalAllerRetour(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := Points(rapid.IntRange(0, int(pointsMax)).Draw(t, "points"))
		ecritures := []string{p.String(), strings.Replace(p.String(), ",", ".", 1), fmt.Sprintf("%d.%02d", p/100, p%100), fmt.Sprintf("0%d.%02d", p/100, p%100)}
		for _, texte := range ecritures {
			if lu, err := decimal(texte).points(); err != nil || lu != p {
				t.Fatalf("%q se lit %d, %v ; attendu %d", texte, lu, err, p)
			}
		}
	})
}

func TestDecimalRefuse(t *testing.T) {
	for texte, attendue := range map[decimal]error{
		"": errPointsAbsents, "-1": errPointsNegatifs, "-0.5": errPointsNegatifs, "1000.01": errPointsTrop, "1001": errPointsTrop, "99999999999999999999999": errPointsTrop,
		"0.125": errPointsForme, "0.10000": errPointsForme, "1.": errPointsForme, ".5": errPointsForme, ",": errPointsForme, "1e2": errPointsForme, "0x10": errPointsForme, "1_0": errPointsForme,
		"+1": errPointsForme, "nan": errPointsForme, "inf": errPointsForme, "true": errPointsForme, "1,5.2": errPointsForme, " 1": errPointsForme, "un": errPointsForme, "１": errPointsForme,
	} {
		if p, err := texte.points(); !errors.Is(err, attendue) {
			t.Errorf("%q : %d, %v ; attendu : %v", texte, p, err, attendue)
		}
	}
}

// Aucun texte ne fait paniquer, et ce qui est accepté est toujours dans les bornes.
func TestDecimalQuelconque(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texte := rapid.OneOf(rapid.StringMatching(`[0-9.,+_e-]{0,12}`), rapid.String()).Draw(t, "texte")
		if p, err := decimal(texte).points(); err == nil && (p < 0 || p > pointsMax) {
			t.Fatalf("%q se lit %d", texte, p)
		}
	})
}
