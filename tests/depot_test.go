package tests

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestDependances vérifie qu'elles ne vont que dans un sens : les étapes vers shared, les tests vers shared.
func TestDependances(t *testing.T) {
	vus := 0
	err := filepath.WalkDir(racine, func(chemin string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		nom := d.Name()
		if d.IsDir() && chemin != racine && (nom == "testdata" || strings.HasPrefix(nom, ".")) {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(nom, ".go") {
			return nil
		}
		vus++
		relatif, err := filepath.Rel(racine, chemin)
		if err != nil {
			return err
		}
		for _, importe := range imports(t, chemin) {
			if regle := dependanceInterdite(filepath.ToSlash(relatif), importe); regle != "" {
				t.Errorf("%s importe %s : %s", relatif, importe, regle)
			}
		}
		return nil
	})
	if err != nil || vus < 20 {
		t.Errorf("%d fichiers examinés, %v ; ceux de tout le dépôt attendus", vus, err)
	}
}

func imports(t *testing.T, chemin string) (chemins []string) {
	t.Helper()
	fichier, err := parser.ParseFile(token.NewFileSet(), chemin, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range fichier.Imports {
		importe, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		chemins = append(chemins, importe)
	}
	return chemins
}

const module = "capteurs/"

// dependanceInterdite dit quelle règle défend à un fichier d'importer un paquet, ou rend "".
func dependanceInterdite(fichier, importe string) string {
	dossier, _, _ := strings.Cut(fichier, "/")
	deTest := strings.HasSuffix(fichier, "_test.go")
	interne, estInterne := strings.CutPrefix(importe, module)
	vers, _, _ := strings.Cut(interne, "/")
	versEtape := estInterne && slices.Contains(etapes, vers)
	tierce := !estInterne && strings.Contains(strings.SplitN(importe, "/", 2)[0], ".")
	switch {
	case slices.Contains(etapes, dossier) && strings.Contains(fichier, "/"+essentiel+"/"):
		if tierce || estInterne {
			return "l'essentiel se lit d'un trait : il n'a que la bibliothèque standard"
		}
	case slices.Contains(etapes, dossier):
		elleMeme := estInterne && vers == dossier
		contrat := deTest && importe == module+"tests/contrat"
		if tierce || estInterne && vers != "shared" && !elleMeme && !contrat {
			return "une étape ne dépend que de shared et de la bibliothèque standard, et ses tests de tests/contrat"
		}
	case dossier == "shared":
		if versEtape || estInterne && vers == "tests" {
			return "shared ne dépend ni d'une étape, ni des tests"
		}
	case dossier == "tests":
		deLaSuite := strings.Count(fichier, "/") == 1
		if versEtape && (!deTest || deLaSuite) {
			return "les tests s'adressent aux étapes par leurs programmes ou par des fonctions qu'on leur donne"
		}
		return dependanceRemontante(fichier, importe)
	}
	return ""
}

// pieces sont celles du correcteur, de celle qui commande à celles qui ne savent rien des autres.
var pieces = []string{"correcteur", "classe", "rapport", "bareme", "criteres", "banc", "decouverte", "releve"}

// inertes sont celles qui lisent ce que donne un inconnu, et n'en lancent rien.
var inertes = []string{"decouverte", "releve"}

// dependanceRemontante dit quelle règle défend à une pièce du correcteur d'importer un paquet, ou rend "".
func dependanceRemontante(fichier, importe string) string {
	piece := strings.Split(fichier, "/")[1]
	inerte := slices.Contains(inertes, piece)
	if inerte && importe == "os/exec" {
		return "tests/" + piece + " lit, et ne lance rien"
	}
	interne, deTests := strings.CutPrefix(importe, module+"tests/")
	de, vers := slices.Index(pieces, piece), slices.Index(pieces, interne)
	if deTests && vers >= 0 && vers != de && (vers < de || inerte) {
		return "une pièce du correcteur n'importe que celles dont elle se sert, jamais qui s'en sert : " + strings.Join(pieces, ", ")
	}
	return ""
}

func TestDependanceInterdite(t *testing.T) {
	for _, c := range []struct {
		fichier, importe string
		interdite        bool
	}{
		{"step1_procedural/client.go", "net", false},
		{"step1_procedural/client.go", "crypto/tls", false},
		{"step1_procedural/client.go", "capteurs/shared/mesure", false},
		{"step1_procedural/client.go", "golang.org/x/term", true},
		{"step1_procedural/client.go", "capteurs/step2_poo", true},
		{"step1_procedural/client.go", "capteurs/tests/contrat", true},
		{"step1_procedural/contrat_test.go", "capteurs/tests/contrat", false},
		{"step1_procedural/contrat_test.go", "capteurs/tests/banc", true},
		{"step1_procedural/contrat_test.go", "capteurs/step2_poo", true},
		{"step1_procedural/exemple_test.go", "capteurs/step1_procedural", false},
		{"step1_procedural/cmd/client/main.go", "capteurs/step1_procedural", false},
		{"step1_procedural/cmd/client/main.go", "capteurs/step3_heritage", true},
		{"step1_procedural/essentiel/client/main.go", "encoding/json", false},
		{"step1_procedural/essentiel/client/main.go", "capteurs/shared/mesure", true},
		{"step1_procedural/essentiel/client/main.go", "capteurs/step1_procedural", true},
		{"step1_procedural/essentiel/serveur/main.go", "modernc.org/sqlite", true},
		{"shared/mesure/mesure.go", "github.com/go-json-experiment/json", false},
		{"shared/programme/client.go", "capteurs/shared/etape", false},
		{"shared/programme/client.go", "capteurs/step1_procedural", true},
		{"shared/mesure/mesure_test.go", "capteurs/tests/contrat", true},
		{"tests/contrat/contrat.go", "capteurs/shared/etape", false},
		{"tests/contrat/contrat.go", "capteurs/step2_poo", true},
		{"tests/contrat/contrat_test.go", "capteurs/step2_poo", false},
		{"tests/programmes_test.go", "capteurs/step2_poo", true},
		{"tests/programmes_test.go", "capteurs/tests/contrat", false},
		{"tests/correcteur/main.go", "capteurs/tests/classe", false},
		{"tests/classe/corriger.go", "capteurs/tests/correcteur", true},
		{"tests/rapport/vues.go", "capteurs/tests/bareme", false},
		{"tests/bareme/noter.go", "capteurs/tests/rapport", true},
		{"tests/criteres/client.go", "capteurs/tests/releve", false},
		{"tests/criteres/corpus_test.go", "capteurs/tests/rapport", true},
		{"tests/banc/banc.go", "capteurs/tests/releve", false},
		{"tests/banc/banc.go", "os/exec", false},
		{"tests/banc/banc.go", "capteurs/tests/criteres", true},
		{"tests/decouverte/decouverte.go", "os/exec", true},
		{"tests/decouverte/decouverte.go", "capteurs/tests/banc", true},
		{"tests/decouverte/decouverte.go", "capteurs/tests/releve", true},
		{"tests/decouverte/decouverte_test.go", "capteurs/tests/banc", true},
		{"tests/decouverte/main_test.go", "capteurs/tests/couche", false},
		{"tests/releve/sqlite.go", "modernc.org/sqlite", false},
		{"tests/releve/sqlite.go", "syscall", false},
		{"tests/releve/sqlite.go", "os/exec", true},
		{"tests/releve/sqlite_test.go", "capteurs/tests/banc", true},
		{"tests/releve/sqlite_test.go", "capteurs/tests/decouverte", true},
	} {
		if regle := dependanceInterdite(c.fichier, c.importe); (regle != "") != c.interdite {
			t.Errorf("dependanceInterdite(%q, %q) = %q, interdite : %v attendu", c.fichier, c.importe, regle, c.interdite)
		}
	}
}

// TestCommandesSansTesting vérifie qu'aucune commande n'emporte ce qui ne sert qu'à tester : ses options, et ce qu'il importe.
// Le correcteur seul s'en sert : il cherche un contre-exemple par rapid.
func TestCommandesSansTesting(t *testing.T) {
	cmd := exec.Command("go", "list", "-e", "-f", `{{if eq .Name "main"}}{{.ImportPath}} {{join .Deps " "}}{{end}}`, "./...")
	cmd.Dir = racine
	dit, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s : %v", cmd, err)
	}
	commandes := strings.Split(strings.TrimSpace(string(dit)), "\n")
	if len(commandes) < 2*len(etapes) {
		t.Errorf("%d commandes examinées ; celles de tout le dépôt attendues", len(commandes))
	}
	for _, commande := range commandes {
		paquets := strings.Fields(commande)
		if slices.Contains(paquets, "testing") && paquets[0] != module+"tests/correcteur" {
			t.Errorf("%s dépend de testing", paquets[0])
		}
	}
}

// goList interroge go list dans le dépôt.
func goList(t *testing.T, format, module string) string {
	t.Helper()
	cmd := exec.Command("go", "list", "-m", "-f", format, module)
	cmd.Dir = racine
	dit, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s : %v", cmd, err)
	}
	return strings.TrimSpace(string(dit))
}

// modernc.org/sqlite est traduit pour une version précise de modernc.org/libc : une autre peut abîmer des données.
func TestVersionDeLibc(t *testing.T) {
	texte, err := os.ReadFile(goList(t, "{{.GoMod}}", "modernc.org/sqlite"))
	if err != nil {
		t.Fatal(err)
	}
	voulue := regexp.MustCompile(`(?m)^\s*(?:require )?modernc\.org/libc (v\S+)`).FindSubmatch(texte)
	if choisie := goList(t, "{{.Version}}", "modernc.org/libc"); voulue == nil || choisie != string(voulue[1]) {
		t.Errorf("modernc.org/libc %s, %q attendue, comme dans le go.mod de modernc.org/sqlite", choisie, voulue)
	}
}

func TestVersionDeGo(t *testing.T) {
	texte, err := os.ReadFile(filepath.Join(racine, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	for _, ligne := range []string{"module capteurs", "go 1.26.0"} {
		if !slices.Contains(strings.Split(strings.ReplaceAll(string(texte), "\r\n", "\n"), "\n"), ligne) {
			t.Errorf("go.mod sans la ligne %q", ligne)
		}
	}
}

var lienRelatif = regexp.MustCompile(`\]\(([^)#:\s]+)(?:#[^)]*)?\)`)

// TestLiens vérifie que chaque lien d'un document du dépôt mène à un fichier qui s'y trouve.
func TestLiens(t *testing.T) {
	vus := 0
	err := filepath.WalkDir(racine, func(chemin string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || d.Name() == ".git"):
			return filepath.SkipDir
		case d.IsDir() || filepath.Ext(chemin) != ".md":
			return nil
		}
		texte, err := os.ReadFile(chemin)
		if err != nil {
			return err
		}
		for _, lien := range lienRelatif.FindAllStringSubmatch(string(texte), -1) {
			vus++
			if _, err := os.Stat(filepath.Join(filepath.Dir(chemin), filepath.FromSlash(lien[1]))); err != nil {
				t.Errorf("%s mène à %s, qui n'y est pas", chemin, lien[1])
			}
		}
		return nil
	})
	if err != nil || vus < 10 {
		t.Errorf("%d liens vus, %v ; ceux de tous les documents attendus", vus, err)
	}
}

// TestRacine vérifie que le dépôt ne montre, d'abord, que ce qu'on vient y lire.
func TestRacine(t *testing.T) {
	cmd := exec.Command("git", "ls-files", "-z")
	cmd.Dir = racine
	dit, err := cmd.Output()
	if err != nil {
		t.Skipf("pas un dépôt git : %v", err)
	}
	if len(dit) == 0 {
		t.Skip("aucun fichier suivi par git")
	}
	if intrus := intrusALaRacine(strings.Split(strings.TrimSuffix(string(dit), "\x00"), "\x00")); len(intrus) > 0 {
		t.Errorf("à la racine du dépôt : %v inattendus", intrus)
	}
}

// permisALaRacine sont les seuls noms de la racine, hors ceux qui commencent par un point.
var permisALaRacine = append([]string{"README.md", "CONTRIBUTING.md", "LICENSE", "go.mod", "go.sum", "shared", "tests"}, etapes...)

func intrusALaRacine(fichiers []string) (intrus []string) {
	for _, fichier := range fichiers {
		nom, _, _ := strings.Cut(fichier, "/")
		if !slices.Contains(permisALaRacine, nom) && !strings.HasPrefix(nom, ".") && !slices.Contains(intrus, nom) {
			intrus = append(intrus, nom)
		}
	}
	return intrus
}

func TestIntrusALaRacine(t *testing.T) {
	obtenus := intrusALaRacine([]string{".ci/run", "README.md", "go.work", "step2_poo/client.go", "outils/a.go", "outils/b.go", "tests/doc.go"})
	if attendus := []string{"go.work", "outils"}; !slices.Equal(obtenus, attendus) {
		t.Errorf("intrusALaRacine = %v, %v attendus", obtenus, attendus)
	}
}
