package contrat

import (
	"bytes"
	"strings"

	"pgregory.net/rapid"

	"capteurs/shared/mesure"
)

// mesures tire des mesures valides, les plus rares comprises : tout l'UTF-8 permis, tous les float64 finis.
func mesures() *rapid.Generator[mesure.Mesure] {
	ids := rapid.StringN(1, mesure.IDMax, -1).Filter(func(id string) bool {
		return mesure.Mesure{CapteurID: id}.Valider() == nil
	})
	return rapid.Custom(func(t *rapid.T) mesure.Mesure {
		return mesure.Mesure{
			CapteurID:   rapid.OneOf(rapid.SampledFrom([]string{"capteur_1", "l'été", "'); DROP TABLE mesures; --", "🌡", " x "}), ids).Draw(t, "capteur_id"),
			Temperature: rapid.OneOf(rapid.Float64Range(-40, 60), rapid.Float64()).Draw(t, "temperature"),
		}
	})
}

// couper tire une façon de couper octets.
func couper(t *rapid.T, octets string) []string {
	var morceaux []string
	for len(octets) > 0 {
		n := rapid.IntRange(1, len(octets)).Draw(t, "coupe")
		morceaux = append(morceaux, octets[:n])
		octets = octets[n:]
	}
	return morceaux
}

// absurdes tire des octets qui, avec les objets valides qu'ils entourent, ne peuvent pas former un objet JSON plus grand : ou
// bien rien n'y ouvre, ou bien rien n'y ferme.
func absurdes(t *rapid.T) *rapid.Generator[string] {
	interdits := rapid.SampledFrom([]string{"{[", "]}"}).Draw(t, "interdits")
	return rapid.Map(rapid.OneOf(
		rapid.SliceOfN(rapid.Byte(), 1, 40),
		rapid.Map(rapid.SampledFrom([]string{
			`{"a":`, "[[[", "{{{", `"`, `{'capteur_id': 'x'}`, `{"capteur_id":"x","temp`, "GET /", "\ufeff", "NaN", "\\", `"a":1}`, "]]", "}", "\x00", ";", ",", "48",
			"{\"a\":\"\xff", "\xff\xfe{\x00",
		}), func(s string) []byte { return []byte(s) }),
	), func(b []byte) string {
		return string(bytes.Map(func(c rune) rune {
			if strings.ContainsRune(interdits, c) {
				return -1
			}
			return c
		}, b))
	})
}
