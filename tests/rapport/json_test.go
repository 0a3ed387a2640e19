package rapport

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestAllerRetour vérifie qu'un rapport écrit puis relu est le même, et se réécrit à l'octet près.
func TestAllerRetour(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := unRapport(textesEnUTF8()).Draw(t, "rapport")
		octets := jsonDe(t, r)
		relu, err := Lire(bytes.NewReader(octets))
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(relu, r) {
			t.Fatalf("%+v\ndevient\n%+v", r, relu)
		}
		if encore := jsonDe(t, relu); !bytes.Equal(encore, octets) {
			t.Fatalf("%s\ndevient\n%s", octets, encore)
		}
	})
}

func TestLireRefuse(t *testing.T) {
	for texte, mot := range map[string]string{"": "illisible", "{": "illisible", "[]": "illisible", `{"version":0}`: "version 0", `{"version":2}`: "version 2", `{"version":1,"rendus":3}`: "illisible"} {
		if _, err := Lire(strings.NewReader(texte)); err == nil || !strings.Contains(err.Error(), mot) {
			t.Errorf("%q : %v, « %s » attendu", texte, err, mot)
		}
	}
}

// FuzzLire vérifie que n'importe quel document est refusé ou lu sans panique, et que ce qui est lu se montre sous toutes les
// formes, se réécrit et se relit pareil.
func FuzzLire(f *testing.F) {
	f.Add([]byte(`{"version":1}`))
	f.Add([]byte(`{"version":1,"rendus":[{"jugements":[{"verdict":"échoué"}],"etapes":[{"nom":"poo","client":null,"serveur":{}}],"note":{"finale":null,"sections":[{"lignes":[{"decision":{}}]}]}}]}`))
	f.Add(jsonDe(f, rapportComplet()))
	f.Fuzz(func(t *testing.T, octets []byte) {
		r, err := Lire(bytes.NewReader(octets))
		if err != nil {
			return
		}
		une := jsonDe(t, r)
		relu, err := Lire(bytes.NewReader(une))
		if err != nil {
			t.Fatalf("%v\n%s", err, une)
		}
		if deux := jsonDe(t, relu); !bytes.Equal(une, deux) {
			t.Fatalf("%s\ndevient\n%s", une, deux)
		}
		junitDe(t, r)
		markdownDe(t, r, 0)
		csvDe(t, r, CSVFrancais)
		var texte strings.Builder
		if err := FicheClasse(&texte, r, Style{}); err != nil {
			t.Fatal(err)
		}
		for i := range r.Rendus {
			if err := Fiche(&texte, &r.Rendus[i], Style{Preuves: true}); err != nil {
				t.Fatal(err)
			}
		}
	})
}
