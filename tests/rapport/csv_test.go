package rapport

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"capteurs/tests/bareme"
)

func csvDe(t interface{ Fatal(...any) }, r *Rapport, forme FormeCSV) string {
	var texte bytes.Buffer
	if err := CSV(&texte, r, forme); err != nil {
		t.Fatal(err)
	}
	return texte.String()
}

// TestCSV vérifie qu'un CSV se relit, une rangée par rendu, toutes de la même longueur, et qu'aucune cellule ne commence comme
// une formule.
func TestCSV(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := unRapport(textesHostiles()).Draw(t, "rapport")
		for _, forme := range []FormeCSV{CSVFrancais, CSVSimple} {
			texte := csvDe(t, r, forme)
			sansMarque, marque := strings.CutPrefix(texte, "\ufeff")
			if marque != forme.Marque || strings.Count(texte, "\n") != len(r.Rendus)+1 || strings.Count(texte, "\r\n") != len(r.Rendus)+1 || strings.Count(texte, "\r") != len(r.Rendus)+1 {
				t.Fatalf("%d rendus : %q", len(r.Rendus), texte)
			}
			lecture := csv.NewReader(strings.NewReader(sansMarque))
			lecture.Comma = forme.Separateur
			rangees, err := lecture.ReadAll()
			if err != nil || len(rangees) != len(r.Rendus)+1 {
				t.Fatalf("%v : %q", err, texte)
			}
			for i, rangee := range rangees {
				for k, c := range rangee {
					nombre := i > 0 && (k == 1 || k == 2) // la note, et sur combien
					if c != "" && !nombre && strings.ContainsAny(strings.TrimSpace(c)[:min(1, len(strings.TrimSpace(c)))], "=+-@\t\r\n") {
						t.Fatalf("cellule %q", c)
					}
					if nombre && strings.Trim(c, "-0123456789"+forme.Decimale) != "" {
						t.Fatalf("nombre %q", c)
					}
				}
			}
		}
	})
}

func TestCellule(t *testing.T) {
	for texte, attendu := range map[string]string{"": "", "rendu_01": "rendu_01", "=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@A1": "'@A1", "\t=1": "'→=1", "\r": "'␍", " =1": "' =1", "＝1": "'＝1", "a=1": "a=1", "'=1": "'=1"} {
		if obtenu := cellule(texte); obtenu != attendu {
			t.Errorf("%q : %q, %q attendu", texte, obtenu, attendu)
		}
	}
}

// TestCSVDit vérifie la rangée d'un rendu.
func TestCSVDit(t *testing.T) {
	finale := bareme.Points(1425)
	rendu := renduDe("un texte")
	rendu.Nom = `=HYPERLINK("http://l");a`
	rendu.Note = &bareme.Note{Sur: 2000, Finale: &finale}
	rendu.Jugements = rendu.Jugements[:3]
	r := &Rapport{Rendus: []Rendu{*rendu, {Nom: "rendu_02", Erreur: "l'archive ne se lit pas"}}}
	attendu := "\ufeffnom;note;sur;état;DOIT réussis;DOIT;DEVRAIT réussis;DEVRAIT;à relire;erreur;CLI-01 (procédural);CLI-02 (procédural);CLI-03 (procédural)\r\n" +
		`"'=HYPERLINK(""http://l"");a";14,25;20;échoué;1;3;0;0;0;;réussi;partiel;échoué` + "\r\n" +
		"rendu_02;;;erreur;0;0;0;0;0;l'archive ne se lit pas;;;\r\n"
	if obtenu := csvDe(t, r, CSVFrancais); obtenu != attendu {
		t.Errorf("%s\nattendu :\n%s", obtenu, attendu)
	}
	if obtenu := csvDe(t, r, CSVSimple); !strings.Contains(obtenu, `"'=HYPERLINK(""http://l"");a",14.25,20,échoué`) {
		t.Errorf("%s", obtenu)
	}
}
