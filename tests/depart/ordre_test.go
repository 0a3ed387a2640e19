package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"capteurs/tests/couche"
)

// reglesDeLaLecon sont celles où la suite nomme une fonction, et quelques autres : toutes prendraient trop de temps.
var reglesDeLaLecon = []string{"CapteurGenere", "CapteurEnvoie", "PortPris", "SansClient", "UneMesure", "CapteurSeReconnecte", "TLS"}

var nommee = regexp.MustCompile(`à écrire : (\S+) \(\w+\.go:\d+\)`)

// TestOrdreDeLaLecon écrit les fonctions d'une étape une à une, chaque fois celle que la suite nomme. Leur ordre doit être
// celui du guide, et les règles se tenir l'une après l'autre. L'étape 2 est en cela la première : TestMiroir y veille.
func TestOrdreDeLaLecon(t *testing.T) {
	couche.Entiere(t, "lance la suite une fois par fonction")
	for _, etape := range []int{1, 3} {
		t.Run(etapes[etape-1], func(t *testing.T) {
			t.Parallel()
			programme := avecInterrupteurs(t, etape)
			var ecrites []string
			restantes := reglesDeLaLecon
			for _, c := range lecons[etape-1] {
				attendues := strings.Fields(c.fonctions)
				for len(attendues) > 0 { // dans un chapitre, deux goroutines peuvent se disputer la première place
					tenues, sortie := lancerLaLecon(t, programme, ecrites, restantes)
					restantes = restantes[tenues:]
					suivante := nommee.FindStringSubmatch(sortie)
					if suivante == nil || !slices.Contains(attendues, suivante[1]) {
						t.Fatalf("%v écrites : attendu qu'une de %v soit nommée :\n%s", ecrites, attendues, sortie)
					}
					ecrites = append(ecrites, suivante[1])
					attendues = slices.DeleteFunc(attendues, func(f string) bool { return f == suivante[1] })
				}
			}
			if tenues, sortie := lancerLaLecon(t, programme, ecrites, reglesDeLaLecon); tenues != len(reglesDeLaLecon) {
				t.Errorf("tout est écrit, et %d règles tenues, attendu %d :\n%s", tenues, len(reglesDeLaLecon), sortie)
			}
		})
	}
}

// lancerLaLecon vérifie des règles d'une étape dont ces fonctions sont écrites. Elle rend le nombre de celles qui sont
// tenues, et ce que dit la suite.
func lancerLaLecon(t *testing.T, programme string, ecrites, regles []string) (tenues int, sortie string) {
	t.Helper()
	commande := exec.CommandContext(t.Context(), programme, "-test.v", "-test.run", "^TestContrat$/^("+strings.Join(regles, "|")+")$")
	commande.Dir = filepath.Dir(programme)
	commande.Env = append(os.Environ(), "KATA_ECRITES=|"+strings.Join(ecrites, "|")+"|", "RAPID_CHECKS=2")
	octets, err := commande.CombinedOutput()
	sortie = string(octets)
	if err != nil && !strings.Contains(sortie, "--- FAIL: TestContrat") {
		t.Fatalf("%v écrites : %v\n%s", ecrites, err, sortie)
	}
	return strings.Count(sortie, "--- PASS: TestContrat/"), sortie
}

// avecInterrupteurs construit les tests d'une étape dont chaque fonction n'est écrite que si l'environnement le dit : on
// la parcourt ainsi sans la reconstruire.
func avecInterrupteurs(t *testing.T, etape int) string {
	t.Helper()
	dossier := filepath.Join(t.TempDir(), "leçon")
	racine, err := trouverDepot()
	if err != nil {
		t.Fatal(err)
	}
	tout, err := demande{etape: etape, langage: "go", dossier: dossier}.enGo(racine, dossier)
	if err != nil {
		t.Fatal(err)
	}
	for _, nom := range []string{"client.go", "serveur.go"} {
		texte, err := os.ReadFile(filepath.Join(racine, etapes[etape-1], nom))
		if err != nil {
			t.Fatal(err)
		}
		tout[nom] = poserInterrupteurs(t, string(texte))
	}
	tout["interrupteurs.go"] = "package capteurs\n\nimport (\n\t\"os\"\n\t\"strings\"\n)\n\n" +
		"func ecrite(nom string) bool { return strings.Contains(os.Getenv(\"KATA_ECRITES\"), \"|\"+nom+\"|\") }\n"
	if err := tout.ecrire(dossier); err != nil {
		t.Fatal(err)
	}
	programme := filepath.Join(dossier, "leçon.test.exe")
	if sortie, err := lancerGo(t, dossier, "test", "-c", "-o", programme); err != nil {
		t.Fatalf("%v\n%s", err, sortie)
	}
	return programme
}

func poserInterrupteurs(t *testing.T, texte string) string {
	t.Helper()
	fset := token.NewFileSet()
	fichier, err := parser.ParseFile(fset, "", texte, 0)
	if err != nil {
		t.Fatal(err)
	}
	var coupes []coupe
	for _, d := range fichier.Decls {
		if f, ok := d.(*ast.FuncDecl); ok {
			ouvre := fset.Position(f.Body.Lbrace).Offset + 1
			coupes = append(coupes, coupe{ouvre, ouvre, fmt.Sprintf(" if !ecrite(%q) { panic(\"à écrire\") }; ", nomComplet(f))})
		}
	}
	return couper(texte, coupes)
}

func nomComplet(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return f.Name.Name
	}
	recu := f.Recv.List[0].Type
	if pointeur, ok := recu.(*ast.StarExpr); ok {
		recu = pointeur.X
	}
	return recu.(*ast.Ident).Name + "." + f.Name.Name
}
