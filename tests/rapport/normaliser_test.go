package rapport

import (
	"bytes"
	"reflect"
	"regexp"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// variables sont ce qui change d'une correction à l'autre sans rien dire : les instants, les ports, les dossiers de travail.
var variables = []struct {
	forme *regexp.Regexp
	par   string
}{
	{regexp.MustCompile(`\d{4}-\d\d-\d\d([ T])\d\d:\d\d:\d\d(\.\d+)?`), "2000-01-01${1}00:00:00"},
	{regexp.MustCompile(`(127\.0\.0\.1|0\.0\.0\.0|\[::1?\]):\d{1,5}`), "${1}:12345"},
	{regexp.MustCompile(`(/var|/private)?/tmp/[\w.+-]+(/[\w.+-]+)*`), "/tmp/rendu"},
}

func normaliserTexte(texte string) string {
	for _, v := range variables {
		texte = v.forme.ReplaceAllString(texte, v.par)
	}
	return texte
}

// normaliser remplace dans un rapport ce qui change d'une correction à l'autre.
func normaliser(r *Rapport) {
	r.Date = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range r.Rendus {
		rendu := &r.Rendus[i]
		rendu.DureeUS = 4_000_000
		if rendu.Correcteur != "" {
			rendu.Correcteur = "capteurs/tests/correcteur v1.0.0, commit 0123456789ab du 2000-01-01, go1.26.0"
		}
		for k := range rendu.Etapes {
			cadencer(rendu.Etapes[k].Reconnaissance)
		}
		for k := range rendu.Jugements {
			if j := &rendu.Jugements[k]; j.Essais > 0 {
				j.DureeUS = 100_000
			}
			cadencer(rendu.Jugements[k].Faits)
		}
	}
	pourChaqueTexte(reflect.ValueOf(r).Elem())
}

// cadencer met dix millisecondes entre deux faits.
func cadencer(faits []Fait) {
	for i := range faits {
		faits[i].TUS = int64(i+1) * 10_000
	}
}

func pourChaqueTexte(v reflect.Value) {
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
	case v.Type() == reflect.TypeFor[[]byte]():
		if v.Len() > 0 {
			v.SetBytes([]byte(normaliserTexte(string(v.Bytes()))))
		}
	case v.Kind() == reflect.String:
		v.SetString(normaliserTexte(v.String()))
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			pourChaqueTexte(v.Index(i))
		}
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			pourChaqueTexte(v.Field(i))
		}
	case v.Kind() == reflect.Pointer && !v.IsNil():
		pourChaqueTexte(v.Elem())
	}
}

func TestNormaliserTexte(t *testing.T) {
	for texte, attendu := range map[string]string{
		"sonde;14.72;2026-11-22 21:49:48.735492":    "sonde;14.72;2000-01-01 00:00:00",
		"le 2026-11-22T21:49:33.384930":             "le 2000-01-01T00:00:00",
		"à 127.0.0.1:43571, puis [::1]:8080":        "à 127.0.0.1:12345, puis [::1]:12345",
		`File "/tmp/rendu-3f2a/a/serveur.py", line`: `File "/tmp/rendu", line`,
		"deux mesures, 12:30, 21.37":                "deux mesures, 12:30, 21.37",
	} {
		if obtenu := normaliserTexte(texte); obtenu != attendu {
			t.Errorf("%q : %q, %q attendu", texte, obtenu, attendu)
		}
	}
}

// TestNormaliser vérifie que deux rapports qui ne diffèrent que par les instants, les ports et les dossiers deviennent le même.
func TestNormaliser(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mots := rapid.SampledFrom([]string{"un texte", "à %s", "%s: erreur"})
		sorte := rapid.IntRange(0, 2)
		choix := [3][2]string{{"2026-11-22 21:49:48", "2027-01-02 03:04:05.678"}, {"127.0.0.1:1", "127.0.0.1:65535"}, {"/tmp/rendu-3f2a", "/var/tmp/b/c.py"}}
		graine := rapid.IntRange(0, 1<<30).Draw(t, "graine")
		var rapports [2]*Rapport
		for i := range rapports {
			textes := rapid.Custom(func(t *rapid.T) string {
				return string(bytes.ReplaceAll([]byte(mots.Draw(t, "mot")), []byte("%s"), []byte(choix[sorte.Draw(t, "sorte")][i])))
			})
			rapports[i] = unRapport(textes).Example(graine)
		}
		rapports[1].Date = rapports[1].Date.Add(time.Hour)
		for i := range rapports[1].Rendus {
			rapports[1].Rendus[i].DureeUS += 12
			if rapports[1].Rendus[i].Correcteur != "" {
				rapports[1].Rendus[i].Correcteur += " modifié"
			}
		}
		for _, r := range rapports {
			normaliser(r)
		}
		if un, deux := jsonDe(t, rapports[0]), jsonDe(t, rapports[1]); !bytes.Equal(un, deux) {
			t.Fatalf("%s\n%s", un, deux)
		}
	})
}
