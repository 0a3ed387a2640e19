package tests

import (
	"database/sql"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"capteurs/shared/mesure"
)

// TestEssentielSQLite met dans le serveur la méthode que montre le README, le construit, et relit la base qu'il écrit.
func TestEssentielSQLite(t *testing.T) {
	t.Parallel()
	for place, nom := range etapes[1:] { // à l'étape 1, c'est une fonction
		if !aSonTour(0, place, len(etapes)-1) {
			continue
		}
		enParallele(t, nom, func(t *testing.T) {
			serveur := construireRemplace(t, nom, remplacer(t, lireEssentiel(t, nom)["serveur.go"], blocSQLite(t)))
			s := servirEssentiel(t, etape{serveur: serveur})
			debut, envoyee := time.Now(), de("l'entrée \"é\"", -3.5)[0]
			envoyerEssentiel(t, lesProgrammes(t, nom, essentiel), s.adresse, envoyee)
			s.attendreFins(t, 1)
			s.interrompre(t)

			base, err := sql.Open("sqlite", filepath.Join(s.cmd.Dir, "donnees.db")) // le pilote vient avec shared/sauvegarde
			if err != nil {
				t.Fatal(err)
			}
			defer base.Close()
			var lue mesure.Mesure
			var recue string
			if err := base.QueryRow("SELECT capteur_id, temperature, timestamp FROM mesures").Scan(&lue.CapteurID, &lue.Temperature, &recue); err != nil {
				t.Fatal(err)
			}
			if heure, err := time.Parse(time.RFC3339Nano, recue); lue != envoyee || err != nil || heure.Before(debut) {
				t.Errorf("relue %v, reçue à %q (%v) ; %v, après %v, attendue", lue, recue, err, envoyee, debut)
			}
		})
	}
}

// blocSQLite rend le code Go que montre le README.
func blocSQLite(t *testing.T) string {
	t.Helper()
	_, reste, debute := strings.Cut(sectionDuReadme(t, "L'essentiel"), "\n```go\n")
	bloc, _, finit := strings.Cut(reste, "\n```\n")
	if !debute || !finit {
		t.Fatal("README.md, « L'essentiel » : un bloc de Go attendu")
	}
	return bloc
}

// remplacer met dans un programme les imports d'un bloc, et ses fonctions à la place de celles de même nom.
func remplacer(t *testing.T, programme, bloc string) string {
	t.Helper()
	bloc = "package main\n" + bloc + "\n"
	lire := func(texte string) *ast.File {
		fichier, err := parser.ParseFile(token.NewFileSet(), "", texte, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		return fichier
	}
	texteDe := func(texte string, d ast.Decl) string { return texte[d.Pos()-1 : d.End()-1] }
	remplacees := 0
	for _, d := range lire(bloc).Decls {
		switch d := d.(type) {
		case *ast.GenDecl:
			programme = strings.Replace(programme, "import (", texteDe(bloc, d)+"\n\nimport (", 1)
		case *ast.FuncDecl:
			for _, autre := range lire(programme).Decls {
				if f, ok := autre.(*ast.FuncDecl); ok && f.Name.Name == d.Name.Name {
					programme = strings.Replace(programme, texteDe(programme, f), texteDe(bloc, d), 1)
					remplacees++
				}
			}
		}
	}
	if remplacees != 1 {
		t.Fatalf("%d fonctions remplacées, une attendue : Sauvegarder", remplacees)
	}
	return programme
}

// construireRemplace construit le serveur d'une étape comme si ce texte était le sien, dans le module de ce dépôt.
func construireRemplace(t *testing.T, nom, texte string) (chemin string) {
	t.Helper()
	dossier := t.TempDir()
	chemin = filepath.Join(dossier, "serveur.exe") // Windows veut cette extension, les autres s'en moquent
	original, err := filepath.Abs(cheminEssentiel(nom, "serveur"))
	if err != nil {
		t.Fatal(err)
	}
	source := filepath.Join(dossier, "main.go")
	remplacement, err := json.Marshal(map[string]any{"Replace": map[string]string{original: source}})
	if err != nil {
		t.Fatal(err)
	}
	for fichier, octets := range map[string][]byte{source: []byte(texte), filepath.Join(dossier, "remplacement.json"): remplacement} {
		if err := os.WriteFile(fichier, octets, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("go", "build", "-overlay", filepath.Join(dossier, "remplacement.json"), "-o", chemin, "./"+nom+"/"+essentiel+"/serveur")
	cmd.Dir = racine
	if dit, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s : %v\n%s", cmd, err, dit)
	}
	return chemin
}
