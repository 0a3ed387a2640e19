package releve

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"capteurs/tests/couche"
)

func deposer(t testing.TB, chemin, contenu string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(chemin), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(chemin, []byte(contenu), 0o644); err != nil {
		t.Fatal(err)
	}
}

func ajouterAu(t testing.TB, chemin, contenu string) {
	t.Helper()
	f, err := os.OpenFile(chemin, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(contenu); err != nil {
		t.Fatal(err)
	}
}

func photoDe(t testing.TB, racines ...string) Photo {
	t.Helper()
	p, err := Photographier(racines...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func depotsDe(t testing.TB, avant Photo, racines ...string) []Depot {
	t.Helper()
	ds, _, err := LireDepots(racines, avant)
	if err != nil {
		t.Fatal(err)
	}
	return ds
}

func TestDepuis(t *testing.T) {
	travail, maison := t.TempDir(), t.TempDir()
	deposer(t, travail+"/serveur.py", "print()")
	deposer(t, travail+"/donnees.txt", "ancien\n")
	deposer(t, travail+"/part.txt", "x")
	avant := photoDe(t, travail, maison)
	if cs := photoDe(t, travail, maison).Depuis(avant); len(cs) > 0 {
		t.Errorf("sans changement : %v", cs)
	}
	deposer(t, travail+"/donnees.txt", "récent\n") // même taille
	deposer(t, travail+"/sous/dossier/b.csv", "a;1\n")
	deposer(t, travail+"/__pycache__/serveur.cpython-311.pyc", "x")
	deposer(t, maison+"/.capteurs/x", "y")
	if err := os.Remove(travail + "/part.txt"); err != nil {
		t.Fatal(err)
	}
	var lus []string
	for _, c := range photoDe(t, travail, maison).Depuis(avant) {
		lus = append(lus, c.String())
	}
	attendus := []string{
		filepath.Base(maison) + "/.capteurs/x créé (1 octets)",
		"donnees.txt modifié (7 octets, puis 8)",
		"part.txt supprimé",
		"sous/dossier/b.csv créé (4 octets)",
	}
	if !slices.Equal(lus, attendus) {
		t.Errorf("Depuis = %q, attendu %q", lus, attendus)
	}
}

// Une réécriture qui ne change ni la taille ni la date reste vue, tant que la date est récente.
func TestDepuisMemeTailleMemeDate(t *testing.T) {
	d := t.TempDir()
	deposer(t, d+"/a", "capteur;1\n")
	date := time.Now()
	if err := os.Chtimes(d+"/a", date, date); err != nil {
		t.Fatal(err)
	}
	avant := photoDe(t, d)
	deposer(t, d+"/a", "capteur;2\n")
	if err := os.Chtimes(d+"/a", date, date); err != nil {
		t.Fatal(err)
	}
	if ds := depotsDe(t, avant, d); len(ds) != 1 {
		t.Errorf("%v, un dépôt attendu", ds)
	}
}

func TestPhotoBornee(t *testing.T) {
	couche.Entiere(t, "des milliers de fichiers")
	t.Parallel()
	d := t.TempDir()
	for i := range photoFichiersMax + 10 {
		if err := os.WriteFile(fmt.Sprintf("%s/%d", d, i), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	p := photoDe(t, d)
	if len(p.Fichiers) != photoFichiersMax || len(p.Remarques) != 1 {
		t.Errorf("%d fichiers, remarques %q", len(p.Fichiers), p.Remarques)
	}
	profond := t.TempDir()
	deposer(t, profond+strings.Repeat("/d", photoProfondeurMax+1)+"/f", "x")
	if p := photoDe(t, profond); len(p.Fichiers) != 0 || len(p.Remarques) != 1 {
		t.Errorf("trop profond : %v", p)
	}
	if _, err := Photographier(d + "/absent"); err == nil {
		t.Error("racine absente : une erreur attendue")
	}
}

func TestFormesDeDepot(t *testing.T) {
	for _, c := range []struct {
		nom, contenu, forme string
		parLigne            bool
		ous, textes         []string
	}{
		{"texte", "capteur_1 : 23.5\ncapteur_2 : 24\n", "texte", true, []string{":1", ":2"}, nil},
		{"csv", "capteur_1;23.5\r\ncapteur_2;24\r\n", "csv", true, []string{":1", ":2"}, []string{"capteur_1;23.5", "capteur_2;24"}},
		{"csv à en-tête", "capteur_id,temperature,date\ncapteur_1,23.5,2026-11-22\n", "csv", true, []string{":2"}, nil},
		{"en-tête seul", "capteur_id,temperature,date\n", "csv", true, nil, nil},
		{"csv et ligne courte", "a;1\nb;2\nabsurde\n", "csv", true, []string{":1", ":2", ":3"}, nil},
		{"csv, saut de ligne entre guillemets", "a;1\n\"b\nc\";2\nd;3\n", "csv", false, []string{":1", ":2", ":4"}, []string{"a;1", "\"b\nc\";2", "d;3"}},
		{"json par ligne", "{\"a\":1,\"b\":\"x\"}\n{\"a\":2,\"b\":\"y\"}\n", "json par ligne", true, []string{":1", ":2"}, nil},
		{"une seule ligne", `{"capteur_id":"x","temperature":1}` + "\n", "json par ligne", true, []string{":1"}, nil},
		{"json collés", `{"id":"x","temp":1}{"id":"y","temp":2}`, "json par ligne", false, []string{":1", ":1"}, nil},
		{"json mis en page, à la suite", "{\n \"id\": \"x\"\n}\n{\n \"id\": \"y\"\n}\n", "json par ligne", false, []string{":1-3", ":4-6"}, nil},
		{"liste réécrite", `[{"id":"x","temp":1},{"id":"y","temp":2}]`, "json", false, []string{":1, élément 1", ":1, élément 2"}, []string{`{"id":"x","temp":1}`, `{"id":"y","temp":2}`}},
		{"objet de liste", `{"mesures":[{"id":"x","temp":1},{"id":"y","temp":2}]}`, "json", false, []string{":1, élément 1", ":1, élément 2"}, nil},
		{"par identifiant", `{"x":{"temp":1,"h":2},"y":{"temp":2,"h":3}}`, "json", false, []string{":1, élément 1", ":1, élément 2"}, []string{`"x" : {"temp":1,"h":2}`, `"y" : {"temp":2,"h":3}`}},
		{"identifiant et nombre", `{"x":1.5,"y":2.5}`, "json", false, []string{":1, élément 1", ":1, élément 2"}, nil},
		{"liste vide", `[]`, "json", false, nil, nil},
		{"json inachevé", "{\"a\":1,\"b\":\"x\"}\n{\"a\":2", "json par ligne", true, []string{":1", ":2"}, nil},
		{"dictionnaires", "{'id': 'x', 'temp': 1}\n{'id': 'y', 'temp': 2}\n", "texte", true, []string{":1", ":2"}, nil},
		{"prose et virgules", "Le 22 novembre, x : 1\nLe 22 novembre, y : 2\n", "texte", true, []string{":1", ":2"}, nil},
		{"binaire", "\x80\x04\x95\x20\x00\x00\x00\x00}\x94", "binaire", false, nil, nil},
		{"vide", "", "texte", true, nil, nil},
	} {
		t.Run(c.nom, func(t *testing.T) {
			d := lireContenu("f", []byte(c.contenu))
			var ous, textes []string
			for _, e := range d.Enregistrements {
				ous, textes = append(ous, strings.TrimPrefix(e.Ou, "f")), append(textes, e.Texte)
			}
			if d.Forme != c.forme || d.ParLigne != c.parLigne || !slices.Equal(ous, c.ous) || c.textes != nil && !slices.Equal(textes, c.textes) {
				t.Errorf("forme %q, par ligne %v, %q %q", d.Forme, d.ParLigne, ous, textes)
			}
		})
	}
}

func TestRecueilsJSON(t *testing.T) {
	for _, contenu := range []string{
		`{"x":23.5,"y":1.25}`, `{"x":[23.5,7],"y":[1.25]}`, `{"x":{"temp":23.5},"y":{"temp":1.25}}`, `[["x",23.5],["y",1.25]]`,
		`{"capteurs":{"x":{"mesures":[{"t":23.5,"ts":1}]},"y":{"mesures":[{"t":1.25,"ts":1}]}}}`,
		`[{"capteur":"x","mesures":[23.5,2]},{"capteur":"y","mesures":[1.25]}]`,
		`{"version":1,"mesures":[{"capteur":{"id":"x"},"data":{"temp":23.5}},{"capteur":{"id":"y"},"data":{"temp":1.25}}]}`,
	} {
		es := lireContenu("f", []byte(contenu)).Enregistrements
		for _, c := range []struct {
			id          string
			temperature float64
			exacts      int
		}{{"x", 23.5, 1}, {"y", 1.25, 1}, {"x", 1.25, 0}, {"y", 23.5, 0}} {
			if _, accord, n := Chercher(es, c.id, c.temperature); n != c.exacts {
				t.Errorf("%s : Chercher(%q, %v) = %v, %d exacts ; %d attendus dans %+v", contenu, c.id, c.temperature, accord, n, c.exacts, es)
			}
		}
	}
}

func TestLireSeulementLeNouveau(t *testing.T) {
	d := t.TempDir()
	deposer(t, d+"/donnees.txt", "capteur_1;1.5\ncapteur_1;1.5\n")
	deposer(t, d+"/liste.json", `[{"id":"x","temp":1}]`)
	deposer(t, d+"/efface.txt", "capteur_1;1.5\n")
	deposer(t, d+"/serveur.py", "HOTE = 1")
	avant := photoDe(t, d)
	ajouterAu(t, d+"/donnees.txt", "capteur_1;1.5\ncapteur_2;2.5\n")
	deposer(t, d+"/liste.json", `[{"id":"x","temp":1},{"id":"y","temp":2}]`)
	deposer(t, d+"/efface.txt", "capteur_2;2.5\n")
	es, remarques, err := Lire([]string{d}, avant)
	var lus []string
	for _, e := range es {
		lus = append(lus, e.Ou+" "+e.Texte)
	}
	attendus := []string{"donnees.txt:3 capteur_1;1.5", "donnees.txt:4 capteur_2;2.5", "efface.txt:1 capteur_2;2.5", `liste.json:1, élément 2 {"id":"y","temp":2}`}
	if err != nil || len(remarques) > 0 || !slices.Equal(lus, attendus) {
		t.Errorf("Lire = %q, %q, %v ; attendu %q", lus, remarques, err, attendus)
	}
	var reecrits []string
	for _, d := range depotsDe(t, avant, d) {
		if d.Reecrit {
			reecrits = append(reecrits, d.Fichier)
		}
	}
	if !slices.Equal(reecrits, []string{"efface.txt", "liste.json"}) {
		t.Errorf("réécrits : %q", reecrits)
	}
}

func TestEncodages(t *testing.T) {
	for encodage, contenu := range map[string]string{
		"utf-8":   "été;23.5\n",
		"latin-1": "\xe9t\xe9;23.5\n",
		"utf-16":  string(encoderUTF16([]byte("\xfe\xff"), "été;23.5\n", binary.BigEndian)),
	} {
		d := lireContenu("f", []byte(contenu))
		if _, accord, _ := Chercher(d.Enregistrements, "été", 23.5); accord != Exact || d.Encodage != encodage {
			t.Errorf("%s : %v, %+v", encodage, accord, d)
		}
	}
}

// TestTropDEnregistrements vérifie que ce qui n'a pas été lu d'un fichier est dit, et que rien ne l'est d'un fichier lu en entier.
func TestTropDEnregistrements(t *testing.T) {
	for n, dites := range map[int]int{enregistrementsMax: 0, enregistrementsMax + 1: 1} {
		d := lireContenu("f.txt", []byte(strings.Repeat("capteur : 1\n", n)))
		if len(d.Enregistrements) != enregistrementsMax || len(d.remarques) != dites {
			t.Errorf("%d lignes : %d enregistrements, %q", n, len(d.Enregistrements), d.remarques)
		}
	}
}

func TestRolesDUnCSV(t *testing.T) {
	d := lireContenu("f", []byte("n;capteur;temp;recu\n1;x;23.5;10:23\n2;y;1.25;10:24\n"))
	if r, ok := d.Tables[0].Roles("y", 1.25); !ok || !reflect.DeepEqual(r, Roles{"capteur", "temp", "recu"}) {
		t.Errorf("Roles = %+v, %v", r, ok)
	}
	if _, ok := d.Tables[0].Roles("z", 9); ok {
		t.Error("Roles d'une mesure absente : true")
	}
}
