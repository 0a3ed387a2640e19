package contrat

import (
	"errors"
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// Une étape en chantier a des fonctions dont le corps n'est encore que panic("à écrire"). Dans une goroutine du serveur, un
// tel panic emporterait toute la suite, et ne laisserait qu'une pile d'appels. Chaque règle envoie donc d'abord un
// éclaireur, un autre processus qui l'essaie : s'il tombe sur une fonction à écrire, la règle la nomme au lieu de paniquer.

const (
	aEcrire             = "à écrire"
	variableEclaireur   = "KATA_ECLAIREUR"
	patienceDEclaireur  = 5 * time.Second // il cherche ce qui manque, et non ce qui est faux
	essaisDunePropriete = "RAPID_CHECKS=10"
)

// fonctionAEcrire est une fonction, ou une méthode, qui n'est pas encore écrite.
type fonctionAEcrire struct {
	nom  string // « Type.Methode » pour une méthode
	role string // la première phrase de sa documentation
	lieu string // « fichier.go:ligne » de son panic, comme dans une pile d'appels
}

// enChantier rend les fonctions à écrire de l'étape qui se présente : go test lance ses tests dans son dossier.
func enChantier(t *testing.T) []fonctionAEcrire {
	t.Helper()
	if os.Getenv(variableEclaireur) != "" {
		patience = patienceDEclaireur
		return nil
	}
	fonctions, err := fonctionsAEcrire(".")
	if err != nil {
		t.Fatalf("recherche des fonctions à écrire : %v", err)
	}
	return fonctions
}

// fonctionsAEcrire rend celles d'un dossier, dans l'ordre de ses fichiers.
func fonctionsAEcrire(dossier string) (fonctions []fonctionAEcrire, err error) {
	chemins, err := filepath.Glob(filepath.Join(dossier, "*.go"))
	if err != nil {
		return nil, err
	}
	fset := token.NewFileSet()
	for _, chemin := range chemins {
		if strings.HasSuffix(chemin, "_test.go") {
			continue
		}
		fichier, err := parser.ParseFile(fset, chemin, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, d := range fichier.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Body == nil {
				continue
			}
			for _, p := range panicsAEcrire(f) {
				position := fset.Position(p)
				lieu := fmt.Sprintf("%s:%d", filepath.Base(position.Filename), position.Line)
				fonctions = append(fonctions, fonctionAEcrire{nomComplet(f), new(doc.Package).Synopsis(f.Doc.Text()), lieu})
			}
		}
	}
	return fonctions, nil
}

func panicsAEcrire(f *ast.FuncDecl) (positions []token.Pos) {
	ast.Inspect(f.Body, func(n ast.Node) bool {
		if appel, ok := n.(*ast.CallExpr); ok && len(appel.Args) == 1 {
			nom, estNom := appel.Fun.(*ast.Ident)
			texte, estTexte := appel.Args[0].(*ast.BasicLit)
			if estNom && nom.Name == "panic" && estTexte && texte.Value == `"`+aEcrire+`"` {
				positions = append(positions, appel.Pos())
			}
		}
		return true
	})
	return positions
}

func nomComplet(f *ast.FuncDecl) string {
	if f.Recv == nil || len(f.Recv.List) == 0 {
		return f.Name.Name
	}
	recu := f.Recv.List[0].Type
	if pointeur, ok := recu.(*ast.StarExpr); ok {
		recu = pointeur.X
	}
	if nom, ok := recu.(*ast.Ident); ok {
		return nom.Name + "." + f.Name.Name
	}
	return f.Name.Name
}

// eclairer échoue si la règle que vérifie t demande une fonction qui n'est pas écrite.
func eclairer(t *testing.T, fonctions []fonctionAEcrire) {
	t.Helper()
	if len(fonctions) == 0 {
		return
	}
	programme, err := os.Executable()
	if err != nil {
		t.Fatalf("éclaireur : %v", err)
	}
	motif := "^" + strings.ReplaceAll(regexp.QuoteMeta(t.Name()), "/", "$/^") + "$"
	eclaireur := exec.CommandContext(t.Context(), programme, "-test.run", motif)
	eclaireur.Env = append(os.Environ(), variableEclaireur+"=oui", essaisDunePropriete, "RAPID_NOFAILFILE=1", "RAPID_SHRINKTIME=100ms")
	sortie, err := eclaireur.CombinedOutput()
	if err != nil && !errors.As(err, new(*exec.ExitError)) {
		t.Fatalf("éclaireur : %v", err)
	}
	if f, trouvee := rencontree(string(sortie), fonctions); err != nil && trouvee {
		t.Fatalf("à écrire : %s (%s)\n%s", f.nom, f.lieu, f.role)
	}
}

var lieuDePile = regexp.MustCompile(`[^\s/\\]+\.go:\d+`)

// rencontree rend la fonction à écrire dont le panic a fini un processus, d'après sa pile d'appels. Le dernier nommé est le
// premier survenu : ceux d'avant viennent de ce que le test ferme en sortant.
func rencontree(sortie string, fonctions []fonctionAEcrire) (derniere fonctionAEcrire, trouvee bool) {
	for _, lieu := range lieuDePile.FindAllString(sortie, -1) {
		for _, f := range fonctions {
			if f.lieu == lieu {
				derniere, trouvee = f, true
			}
		}
	}
	return derniere, trouvee
}
