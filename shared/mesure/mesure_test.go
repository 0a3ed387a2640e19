package mesure

import (
	"bytes"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// mesures tire des mesures valides, les plus rares comprises : tout l'UTF-8 permis, tous les float64 finis.
func mesures() *rapid.Generator[Mesure] {
	return rapid.Custom(func(t *rapid.T) Mesure {
		return Mesure{
			CapteurID:   identifiants().Draw(t, "capteur_id"),
			Temperature: rapid.Float64().Draw(t, "temperature"),
		}
	})
}

func identifiants() *rapid.Generator[string] {
	return rapid.StringN(1, IDMax, -1).Filter(func(id string) bool { return validerID(id) == nil })
}

func TestLeLecteurRelitCeQuEncoderEcrit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := mesures().Draw(t, "mesure")
		octets, err := Encoder(nil, m)
		if err != nil {
			t.Fatalf("Encoder(%+v) = %v, attendu une ligne", m, err)
		}
		if relu, err := lireTout(bytes.NewReader(octets)); err != io.EOF || len(relu.Refus) > 0 || !slices.Equal(relu.Mesures, []Mesure{m}) {
			t.Fatalf("Encoder(%+v) relu : %+v, %v", m, relu, err)
		}
	})
}

func TestValiderRefuse(t *testing.T) {
	cas := map[string]Mesure{
		"capteur_id : vide ou blanc":                         {"", 1},
		"capteur_id : caractère de contrôle U+000A interdit": {"a\nb", 1},
		"capteur_id : caractère de contrôle U+0085 interdit": {"a\u0085", 1},
		"capteur_id : 128 caractères au plus, 129 reçus":     {strings.Repeat("é", 129), 1},
		"capteur_id : octets qui ne sont pas de l'UTF-8":     {"a\xff", 1},
		"temperature : nombre fini attendu, NaN reçu":        {"a", math.NaN()},
		"temperature : nombre fini attendu, +Inf reçu":       {"a", math.Inf(1)},
	}
	for attendu, m := range cas {
		if err := m.Valider(); err == nil || err.Error() != attendu {
			t.Errorf("Valider(%+v) = %v, attendu %q", m, err, attendu)
		}
		if octets, err := Encoder([]byte("avant"), Mesure{"bon", 1}, m); err == nil || string(octets) != "avant" {
			t.Errorf("Encoder(bon, %+v) = %q, %v, attendu une erreur et rien d'ajouté", m, octets, err)
		}
	}
	for _, id := range []string{"\u00a0", "  ", "\u2003"} {
		if (Mesure{id, 1}).Valider() == nil {
			t.Errorf("Valider(%q) = nil, attendu un refus : l'identifiant est blanc", id)
		}
	}
	if err := (Mesure{strings.Repeat("é", 128), -math.MaxFloat64}).Valider(); err != nil {
		t.Errorf("128 caractères : %v, attendu nil", err)
	}
}
