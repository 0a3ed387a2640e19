package decouverte

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestManifeste(t *testing.T) {
	dossier := t.TempDir()
	poserFichiers(t, dossier, casFichiers{
		"kata.toml": "[poo]\nclient = 'ruby \"mon client.rb\" --port 5000'\nserveur = \"./s\"\ndossier = \"src/\"\n" +
			"construit = [\"cc -o s s.c\"]\n",
		"src/mon client.rb": "", "src/s.c": "", "client.py": pyClient,
	}, []string{"kata.toml", "src/mon client.rb", "src/s.c", "client.py"})
	r, err := Trouver(dossier)
	if err != nil {
		t.Fatal(err)
	}
	construit := [][]string{{"cc", "-o", "s", "s.c"}}
	attendu := Paire{
		Client: &Programme{Fichier: "src/mon client.rb", Langage: "exécutable", Commande: []string{"ruby", "mon client.rb", "--port", "5000"},
			Dossier: "src", Construit: construit, Pourquoi: "kata.toml le dit"},
		Serveur: &Programme{Fichier: "kata.toml", Langage: "exécutable", Commande: []string{"./s"},
			Dossier: "src", Construit: construit, Pourquoi: "kata.toml le dit"},
	}
	if !reflect.DeepEqual(r.Etapes[POO], attendu) {
		t.Errorf("trouvé %+v, %+v", *r.Etapes[POO].Client, *r.Etapes[POO].Serveur)
	}
	if r.Etapes[Procedural].Client == nil {
		t.Error("client.py n'est plus trouvé")
	}
}

func TestManifesteFaux(t *testing.T) {
	for texte, attendu := range map[string]string{
		"[procedural]\nclient = \"a\"\nserver = \"b\"\n": "kata.toml, ligne 3 : clé inconnue « procedural.server »",
		"[procédural]\n":                                   "kata.toml, ligne 1",
		"[etape4]\nclient = \"a\"\n":                       "ligne 1 : clé inconnue « etape4 »",
		"[poo]\nclient = 5\n":                              "kata.toml, ligne 2 : « poo.client » n'a pas la forme attendue",
		"[poo]\nclient = \n":                               "kata.toml, ligne 2, colonne",
		"[poo]\nclient = \"\"\n":                           "section [poo] : une commande est vide",
		"[poo]\nclient = \"a 'b\"\n":                       "un guillemet qui ne se ferme pas",
		"[poo]\nclient = \"a\"\ndossier = \"../x\"\n":      "le dossier « ../x » sort du rendu",
		"[poo]\nclient = \"a\"\ndossier = \"x\"\n":         "le dossier « x » n'existe pas",
		"[heritage]\nclient = \"a\"\nconstruit = [\"\"]\n": "une commande est vide",
		"[heritage]\nclient = \"a\\u0000b\"\n":             "un caractère nul",
		"# " + strings.Repeat("x", maxManifeste):           "un fichier ordinaire de moins de 64 Kio",
		"[poo]\nclient = \"a\"\n[poo]\n":                   "kata.toml",
		"\xff\xfe":                                         "ce n'est pas du TOML",
		"a = " + strings.Repeat("[", 30_000):               "kata.toml",
	} {
		dossier := t.TempDir()
		if err := os.WriteFile(filepath.Join(dossier, "kata.toml"), []byte(texte), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Trouver(dossier)
		if err == nil || !strings.Contains(err.Error(), attendu) {
			t.Errorf("%.60q : erreur %v, attendu : %s", texte, err, attendu)
		}
	}
}
