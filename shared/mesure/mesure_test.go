package mesure

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"capteurs/shared/lisible"
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
		"capteur_id : caractère invisible U+2028 interdit":   {"a\u2028b", 1},
		"capteur_id : caractère invisible U+202E interdit":   {"a\u202eb", 1},
		"capteur_id : caractère invisible U+200D interdit":   {"👩\u200d", 1},
		"capteur_id : caractère invisible U+E0067 interdit":  {"a\U000e0067", 1},
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

// Deux identifiants qui se lisent pareil sont le même : rien d'invisible ne s'y cache, sauf ce qui change la forme de ses
// voisins.
func TestRienDInvisibleDansUnIdentifiant(t *testing.T) {
	invisibles := []rune("\u00ad\u034f\u061c\u115f\u1160\u17b4\u180b\u180e\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202a\u202e\u2060\u2064\u2065\u2066\u2069\u206f" +
		"\u2800\u3164\ufdd0\ufe00\ufe0f\ufeff\uffa0\ufff0\ufff9\uffff\U0001bca0\U0001d173\U000e0001\U000e0067\U000e0100\U0010ffff\x00\x1b\x7f\u0085\u009b")
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.StringMatching(`[a-zA-Z0-9_#°«»÷é-ü-]{1,10}`).Draw(t, "identifiant")
		position := rapid.IntRange(0, utf8.RuneCountInString(id)).Draw(t, "position")
		c := rapid.SampledFrom(invisibles).Draw(t, "invisible")
		truque := string(slices.Insert([]rune(id), position, c))
		if err := (Mesure{truque, 1}).Valider(); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%U", c)) {
			t.Fatalf("Valider(%+q) = %v, attendu un refus de %U", truque, err, c)
		}
		if rendu := lisible.Texte(truque); strings.ContainsRune(rendu, c) {
			t.Fatalf("lisible.Texte(%+q) = %+q : %U n'y est pas échappé", truque, rendu, c)
		}
	})
	for _, id := range []string{
		"👩\u200d💻", "👩🏽\u200d🚀", "🏳\ufe0f\u200d🌈", "❤\ufe0f\u200d🔥", "🙂\u200d↔\ufe0f", "cuve 1\ufe0f⃣", "#\ufe0f⃣", "☀\ufe0e", "©\ufe0f", "‼\ufe0f", "〰\ufe0f", "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "🐦\u200d⬛", "می\u200cخواهم", "क्\u200dष", "ශ්\u200dරී", "ರ\u200d್ಕ", "葛\U000e0100城", "ᠠ\u180b", "🇫🇷", "n\u00b0\u00a01", "\u0627\u0644", "e\u0301té", "\ue000", "\U0001fae9",
	} {
		if err := (Mesure{id, 1}).Valider(); err != nil {
			t.Errorf("Valider(%+q) = %v, attendu nil", id, err)
		}
	}
	for _, id := range []string{"❤\ufe0f\ufe0f", "👩\u200d\u200d💻", "👩\u200da", "a\u200d👩", "1\ufe0f", "\u0627\u200c", "\u200c\u0627", "葛\U000e0100\U000e0100", "+\ufe0f", "e\u0301\u200d\u0301", "東\u200d京", "\u2800"} {
		if (Mesure{id, 1}).Valider() == nil {
			t.Errorf("Valider(%+q) = nil, attendu un refus", id)
		}
	}
}
