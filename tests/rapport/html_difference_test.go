package rapport

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"capteurs/tests/banc"
)

// La première différence est la première : avant, tout est commun ; là, rien ne l'est.
func TestPageComparer(t *testing.T) {
	caracteres := rapid.SampledFrom([]rune("ab0.\u00e9e\u0301\n\u00a0 \u202e漢"))
	rapid.Check(t, func(t *rapid.T) {
		commun := strings.Repeat("é", rapid.SampledFrom([]int{0, 1, 23, 24, 25, 100}).Draw(t, "commun"))
		a, o := commun+rapid.StringOf(caracteres).Draw(t, "attendu"), commun+rapid.StringOf(caracteres).Draw(t, "observé")
		d := pageComparer(a, o)
		if (d == nil) != (a == o) {
			t.Fatalf("égaux : %v, et la différence est %+v", a == o, d)
		}
		if d == nil {
			return
		}
		if a[:d.commun] != o[:d.commun] {
			t.Fatalf("les %d premiers octets diffèrent", d.commun)
		}
		if ra, ro := []rune(a[d.commun:]), []rune(o[d.commun:]); len(ra) > 0 && len(ro) > 0 && ra[0] == ro[0] {
			t.Fatalf("le caractère %q est commun", ra[0])
		}
		if n := len([]rune(d.Avant)); n > 6*24+1 {
			t.Fatalf("%d caractères montrés avant la différence", n)
		}
		_, milieu, _ := strings.Cut(d.Phrase, "attendu ")
		if attendu, observe, _ := strings.Cut(milieu, ", observé "); attendu == observe {
			t.Fatalf("deux fois la même chose : %s", d.Phrase)
		}
	})
}

func TestPageDifferer(t *testing.T) {
	for nom, cas := range map[string]struct {
		envoye, attendu, observe string
		ecart                    string // « attendue|trouvée » ; vide : rien à dire
	}{
		"arrondi":               {"", "-4.25 °C", "température arrondie : « 22/11/2026 21:50:12,bord-3,-4.2 » (releves.csv:3)", "-4.25|-4.2"},
		"accents":               {"", "l'identifiant « véranda n° 3 »", "« 2 | vÃ©randa nÂ° 3 | 11.6 » (capteurs.db)", "véranda n° 3|vÃ©randa nÂ° 3"},
		"entier":                {"", "20.3 °C, la température saisie", "20 °C envoyés", "20.3|20"},
		"membre JSON":           {"", "23.5 °C", `« {"capteur": "a", "temperature": 23.4} »`, "23.5|23.4"},
		"d'après l'envoi":       {`{"capteur_id":"sonde-7f3a","temperature":21.37}␊`, "une mesure", "« sonde-7f3; 21.37 »", "sonde-7f3a|sonde-7f3"},
		"intacte":               {"", "29.54 °C", "« 2026-11-22 21:51:46;29.54 » (donnees.txt:1)", ""},
		"le même nombre":        {"", "23.50 °C", "« a;23,5 »", ""},
		"sans rapport":          {"", `"capteur_1", ce que le client a envoyé`, "« 2026-11-22 21:51:46 »", ""},
		"rien de cité":          {"", "les 2 mesures", "elle n'est pas enregistrée", ""},
		"ce qu'il a affiché":    {"", "18.95 °C", "rien n'est enregistré ; il a écrit « 18.9 »", ""},
		"un mot, pas un nombre": {"", "18.95 °C", "« sonde-18.9x »", ""},
		"rien":                  {},
	} {
		j := &Jugement{Resultat: banc.Resultat{Envoye: cas.envoye, Attendu: cas.attendu, Observe: cas.observe}}
		ecart := ""
		if d := pageDifferer(j); d != nil {
			ecart = d.valeurAttendue + "|" + d.valeurTrouvee
		}
		if ecart != cas.ecart {
			t.Errorf("%s : %q, et non %q", nom, ecart, cas.ecart)
		}
	}
}

// Une différence qu'on ne voit pas se dit quand même.
func TestPageDifferenceInvisible(t *testing.T) {
	for _, cas := range [][3]string{
		{"20 °C", "20\u00a0°C", "première différence au 3e caractère : attendu U+0020, observé U+00A0"},
		{"é", "e\u0301", "première différence au 1er caractère : attendu « é » (U+00E9), observé « e » (U+0065)"},
		{"a", "a\n", "première différence au 2e caractère : attendu la fin, observé U+000A"},
	} {
		if d := pageComparer(cas[0], cas[1]); d.Phrase != cas[2] {
			t.Errorf("%s\net non\n%s", d.Phrase, cas[2])
		}
	}
}

// De longs textes quelconques se comparent en un temps borné, et sans faute.
func TestPageDiffererQuelconque(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texte := func(nom string) string { return texteHostile(t, nom) + texteHostile(t, nom) }
		j := &Jugement{Resultat: banc.Resultat{Envoye: texte("envoyé"), Attendu: texte("attendu"), Observe: texte("observé")}}
		if d := pageDifferer(j); d != nil && d.valeurAttendue == d.valeurTrouvee {
			t.Fatalf("%q est montré différent de lui-même", d.valeurAttendue)
		}
	})
}
