package tests

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Le diff entre deux étapes est une leçon : il ne doit montrer que l'idée qui change. TestMiroir tient ce qui le permet :
// les mêmes fichiers, les mêmes noms dans le même ordre, des corps identiques au passage de la fonction à la méthode.
func TestMiroir(t *testing.T) {
	etape1, etape2, etape3 := lireEtape(t, etapes[0]), lireEtape(t, etapes[1]), lireEtape(t, etapes[2])
	for nom, fautes := range map[string][]string{
		etapes[0] + " et " + etapes[1]: append(fautesDeMiroir(t, etape1, etape2), fautesDeCorps(t, etape1, etape2)...),
		etapes[1] + " et " + etapes[2]: fautesDeMiroir(t, etape2, etape3),
		etapes[0] + " et " + etapes[2]: fautesDeMethodes(t, etape1, etape3),
	} {
		t.Run(nom, func(t *testing.T) {
			for _, faute := range fautes {
				t.Error(faute)
			}
		})
	}
	for _, nom := range etapes {
		for _, fichier := range []string{"client.go", "serveur.go"} {
			const lignesMax = 230
			if lignes := strings.Count(lireEtape(t, nom)[fichier], "\n"); lignes == 0 || lignes > lignesMax {
				t.Errorf("%s/%s : %d lignes, de 1 à %d attendues : ce qui n'enseigne rien va dans shared", nom, fichier, lignes, lignesMax)
			}
		}
	}
}

// sources donne le texte de chaque fichier d'une étape, selon son chemin dans celle-ci.
type sources map[string]string

func lireEtape(t *testing.T, nom string) sources {
	t.Helper()
	s := sources{}
	for _, motif := range []string{"*.go", "cmd/*/*.go"} {
		chemins, err := filepath.Glob(filepath.Join(racine, nom, filepath.FromSlash(motif)))
		if err != nil {
			t.Fatal(err)
		}
		for _, chemin := range chemins {
			texte, err := os.ReadFile(chemin)
			if err != nil {
				t.Fatal(err)
			}
			relatif, err := filepath.Rel(filepath.Join(racine, nom), chemin)
			if err != nil {
				t.Fatal(err)
			}
			s[filepath.ToSlash(relatif)] = string(texte)
		}
	}
	return s
}

// fonction est une fonction ou une méthode.
type fonction struct {
	nom       string
	methode   bool
	etat      string // nom du receveur ou, sans receveur, du premier paramètre
	signature string // le reste : les autres paramètres et les résultats
	corps     string // sans commentaires, mis en forme
}

// constructeur dit si la fonction crée un état : les étapes n'en ont pas les mêmes.
func (f fonction) constructeur() bool {
	return strings.HasPrefix(strings.ToLower(f.nom), "nouve")
}

// analyser rend le nom du paquet et ses fonctions, dans l'ordre du texte.
func analyser(t *testing.T, chemin, texte string) (paquet string, fonctions []fonction) {
	t.Helper()
	fset := token.NewFileSet()
	fichier, err := parser.ParseFile(fset, chemin, texte, parser.SkipObjectResolution) // sans les commentaires
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range fichier.Decls {
		if decl, ok := d.(*ast.FuncDecl); ok {
			fonctions = append(fonctions, decrire(t, fset, decl))
		}
	}
	return fichier.Name.Name, fonctions
}

func decrire(t *testing.T, fset *token.FileSet, decl *ast.FuncDecl) fonction {
	t.Helper()
	params := slices.Clone(decl.Type.Params.List)
	premiers := params
	if decl.Recv != nil {
		premiers = decl.Recv.List
	} else if len(params) > 0 {
		params = params[1:]
	}
	f := fonction{nom: decl.Name.Name, methode: decl.Recv != nil}
	if len(premiers) > 0 && len(premiers[0].Names) == 1 {
		f.etat = premiers[0].Names[0].Name
	}
	imprimer := func(n ast.Node) string {
		var b bytes.Buffer
		if err := printer.Fprint(&b, fset, n); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	for _, p := range params {
		for _, nom := range p.Names {
			f.signature += nom.Name + " "
		}
		f.signature += imprimer(p.Type) + ", "
	}
	f.signature += imprimer(&ast.FuncType{Params: &ast.FieldList{}, Results: decl.Type.Results})
	f.corps = imprimer(decl.Body)
	return f
}

// fautesDeMiroir compare deux étapes voisines : les fichiers, les paquets, les noms communs et leur ordre.
func fautesDeMiroir(t *testing.T, avant, apres sources) (fautes []string) {
	t.Helper()
	if a, b := fichiers(avant), fichiers(apres); !slices.Equal(a, b) {
		fautes = append(fautes, fmt.Sprintf("fichiers %v, les mêmes attendus : %v", b, a))
	}
	for _, fichier := range fichiers(avant) {
		if _, present := apres[fichier]; !present {
			continue
		}
		paquetAvant, fonctionsAvant := analyser(t, fichier, avant[fichier])
		paquetApres, fonctionsApres := analyser(t, fichier, apres[fichier])
		if paquetAvant != paquetApres {
			fautes = append(fautes, fmt.Sprintf("%s : paquet %s, %s attendu", fichier, paquetApres, paquetAvant))
		}
		a, b := communs(fonctionsAvant, fonctionsApres), communs(fonctionsApres, fonctionsAvant)
		if !slices.Equal(a, b) {
			fautes = append(fautes, fmt.Sprintf("%s : ordre %v, celui de l'étape d'avant attendu : %v", fichier, b, a))
		}
	}
	return append(fautes, fautesDeMethodes(t, avant, apres)...)
}

func fichiers(s sources) []string { return slices.Sorted(maps.Keys(s)) }

// communs rend les noms de fonctions, constructeurs à part, que b a aussi, à leur première apparition dans a.
func communs(a, b []fonction) (noms []string) {
	for _, f := range a {
		aussi := slices.ContainsFunc(b, func(g fonction) bool { return g.nom == f.nom })
		if aussi && !f.constructeur() && !slices.Contains(noms, f.nom) {
			noms = append(noms, f.nom)
		}
	}
	return noms
}

// fautesDeMethodes dit quelles fonctions d'une étape n'ont pas de méthode du même nom, dans le même fichier de l'autre.
func fautesDeMethodes(t *testing.T, avant, apres sources) (fautes []string) {
	t.Helper()
	for _, fichier := range duSujet(avant) {
		_, fonctions := analyser(t, fichier, avant[fichier])
		for _, f := range fonctions {
			if f.nom != "main" && !f.constructeur() && len(methodes(t, apres, fichier, f.nom)) == 0 {
				fautes = append(fautes, fmt.Sprintf("%s : %s n'a pas de méthode de même nom", fichier, f.nom))
			}
		}
	}
	return fautes
}

// duSujet rend les fichiers de l'étape elle-même : ni ses tests, ni ses programmes.
func duSujet(s sources) []string {
	return slices.DeleteFunc(fichiers(s), func(fichier string) bool {
		return strings.Contains(fichier, "/") || strings.HasSuffix(fichier, "_test.go")
	})
}

func methodes(t *testing.T, s sources, fichier, nom string) []fonction {
	t.Helper()
	texte, present := s[fichier]
	if !present {
		return nil
	}
	_, fonctions := analyser(t, fichier, texte)
	return slices.DeleteFunc(fonctions, func(f fonction) bool { return !f.methode || f.nom != nom })
}

// fautesDeCorps compare les fonctions de l'étape 1 aux méthodes de l'étape 2 : le receveur a pris le nom et la place du
// premier paramètre, et rien d'autre n'a changé.
func fautesDeCorps(t *testing.T, avant, apres sources) (fautes []string) {
	t.Helper()
	for _, fichier := range duSujet(avant) {
		_, fonctions := analyser(t, fichier, avant[fichier])
		for _, f := range fonctions {
			for _, m := range methodes(t, apres, fichier, f.nom) {
				switch {
				case f.etat != m.etat:
					fautes = append(fautes, fmt.Sprintf("%s : %s a pour receveur %q, le nom du premier paramètre, %q, attendu", fichier, f.nom, m.etat, f.etat))
				case f.signature != m.signature:
					fautes = append(fautes, fmt.Sprintf("%s : %s(%s), %s(%s) attendue", fichier, f.nom, m.signature, f.nom, f.signature))
				case enMethodes(f.corps, f.etat, fonctions) != m.corps:
					fautes = append(fautes, fmt.Sprintf("%s : le corps de %s a changé :\n%s\nattendu :\n%s", fichier, f.nom, m.corps, enMethodes(f.corps, f.etat, fonctions)))
				}
			}
		}
	}
	return fautes
}

// enMethodes récrit les appels F(etat, …) en etat.F(…).
func enMethodes(corps, etat string, fonctions []fonction) string {
	for _, f := range fonctions {
		appel := regexp.MustCompile(`(^|[^.\w])` + f.nom + `\(` + etat + `(?:, |(\)))`)
		corps = appel.ReplaceAllString(corps, "${1}"+etat+"."+f.nom+"($2")
	}
	return corps
}

// TestMiroirDuMiroir vérifie que TestMiroir voit les écarts.
func TestMiroirDuMiroir(t *testing.T) {
	const (
		fonctions = "package p\n\n// A dit une chose.\nfunc A(s *E, n int) int { return n + B(s) + C(s, n) }\n" +
			"func B(s *E) int { return s.x }\nfunc C(s *E, n int) int { return n }\nfunc Nouvel() *E { return nil }\nfunc main() {}\n"
		methodes = "package p\n\nfunc Nouveau() *T { return nil }\n\n// A en dit une autre.\n" +
			"func (s *T) A(n int) int { return n + s.B() + s.C(n) }\nfunc (s *T) B() int { return s.x }\nfunc (s *T) C(n int) int { return n }\n"
		autre = "package p\n\nfunc (u *U) A(n int) int { return 0 }\n"
	)
	for _, c := range []struct {
		nom, avant, apres string
		mots              []string // d'une seule faute ; nil : aucune
	}{
		{"fidèle", fonctions, methodes, nil},
		{"méthodes interverties", fonctions, strings.NewReplacer("(s *T) B() int { return s.x }", "(s *T) C(n int) int { return n }",
			"(s *T) C(n int) int { return n }", "(s *T) B() int { return s.x }").Replace(methodes), []string{"ordre [A C B]", "[A B C]"}},
		{"méthode absente", fonctions, strings.Replace(methodes, "func (s *T) C(", "func (s *T) D(", 1), []string{"C n'a pas de méthode"}},
		{"fonction restée fonction", fonctions, strings.Replace(methodes, "func (s *T) B()", "func B(s *T)", 1), []string{"B n'a pas de méthode"}},
		{"corps changé", fonctions, strings.Replace(methodes, "return s.x", "return s.x + 1", 1), []string{"le corps de B a changé", "s.x + 1"}},
		{"appel à un autre", fonctions, strings.Replace(methodes, "s.B()", "t.B()", 1), []string{"le corps de A a changé"}},
		{"receveur d'un autre nom", fonctions, strings.Replace(methodes, "(s *T) C(", "(t *T) C(", 1), []string{"C a pour receveur \"t\""}},
		{"paramètre renommé", fonctions, strings.Replace(methodes, "C(n int) int { return n }", "C(m int) int { return n }", 1), []string{"C(m int, ", "C(n int, "}},
		{"autre paquet", fonctions, strings.Replace(methodes, "package p", "package q", 1), []string{"paquet q, p attendu"}},
	} {
		t.Run(c.nom, func(t *testing.T) {
			avant, apres := sources{"a.go": c.avant}, sources{"a.go": c.apres}
			verifierFaute(t, append(fautesDeMiroir(t, avant, apres), fautesDeCorps(t, avant, apres)...), c.mots)
		})
	}
	t.Run("fichier de trop", func(t *testing.T) {
		verifierFaute(t, fautesDeMiroir(t, sources{"a.go": fonctions}, sources{"a.go": methodes, "base.go": autre}), []string{"base.go"})
	})
	t.Run("un type de plus", func(t *testing.T) {
		verifierFaute(t, fautesDeMiroir(t, sources{"a.go": methodes}, sources{"a.go": methodes + strings.TrimPrefix(autre, "package p")}), nil)
	})
}

// verifierFaute vérifie qu'il y a une faute et une seule, qui contient ces mots ; aucune, s'il n'y a pas de mots.
func verifierFaute(t *testing.T, fautes, mots []string) {
	t.Helper()
	if attendues := min(len(mots), 1); len(fautes) != attendues {
		t.Fatalf("%d fautes trouvées, %d attendue(s) : %q", len(fautes), attendues, fautes)
	}
	for _, mot := range mots {
		if !strings.Contains(fautes[0], mot) {
			t.Errorf("faute %q, qui contienne %q attendue", fautes[0], mot)
		}
	}
}
