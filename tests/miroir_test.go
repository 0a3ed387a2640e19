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
	for _, c := range []struct {
		avant, apres string
		fautes       []func(t *testing.T, avant, apres sources) []string
	}{
		{etapes[0], etapes[1], []func(*testing.T, sources, sources) []string{fautesDeMiroir, fautesDeCorps}},
		{etapes[1], etapes[2], []func(*testing.T, sources, sources) []string{fautesDeMiroir}},
		{etapes[0], etapes[2], []func(*testing.T, sources, sources) []string{fautesDeMethodes}},
	} {
		t.Run(c.avant+" et "+c.apres, func(t *testing.T) {
			avant, apres := lireEtape(t, c.avant), lireEtape(t, c.apres)
			for _, fautes := range c.fautes {
				for _, faute := range fautes(t, avant, apres) {
					t.Error(faute)
				}
			}
		})
	}
}

// Les bornes de ce qu'une étape donne à lire, documentation comprise : ce qui n'enseigne rien va dans shared.
var (
	lignesMax  = map[string]int{etapes[0]: 170, etapes[1]: 170, etapes[2]: 185} // client.go et serveur.go ensemble
	changeeMax = map[string]int{etapes[1]: 50, etapes[2]: 80}                   // lignes retirées ou ajoutées depuis l'étape d'avant
)

// etrangers sont des mots que l'énoncé ne dit pas : ce qui les demande vit dans shared, derrière un nom qui dit ce qu'il fait.
var etrangers = regexp.MustCompile(`\btls\b|TLS|Deadline|Timeout|time\.|Inactivite|Attente|Enregistrees|Accuse|switch c\.`)

func TestTailleDesEtapes(t *testing.T) {
	avant := ""
	for _, nom := range etapes {
		texte := ""
		for _, fichier := range []string{"client.go", "serveur.go"} {
			texte += lireEtape(t, nom)[fichier]
		}
		if n := strings.Count(texte, "\n"); n == 0 || n > lignesMax[nom] {
			t.Errorf("%s : %d lignes, de 1 à %d attendues", nom, n, lignesMax[nom])
		}
		if mot := etrangers.FindString(texte); mot != "" {
			t.Errorf("%s : « %s », dont l'énoncé ne parle pas", nom, mot)
		}
		if n := changees(avant, texte); avant != "" && n > changeeMax[nom] {
			t.Errorf("%s : %d lignes changées, %d attendues au plus", nom, n, changeeMax[nom])
		}
		avant = texte
	}
}

// changees compte les lignes non vides qu'un diff minimal retire ou ajoute.
func changees(avant, apres string) int {
	pleines := func(texte string) []string {
		return slices.DeleteFunc(strings.Split(texte, "\n"), func(ligne string) bool { return ligne == "" })
	}
	a, b := pleines(avant), pleines(apres)
	communes := make([]int, len(b)+1) // communes[j] : plus longue suite commune de ce qui est lu de a et de b[:j]
	for _, ligne := range a {
		diagonale := 0
		for j, autre := range b {
			haut := communes[j+1]
			if ligne == autre {
				communes[j+1] = diagonale + 1
			} else {
				communes[j+1] = max(haut, communes[j])
			}
			diagonale = haut
		}
	}
	return len(a) + len(b) - 2*communes[len(b)]
}

func TestChangees(t *testing.T) {
	for _, c := range []struct {
		avant, apres string
		n            int
	}{
		{"", "", 0}, {"a\nb\n", "a\nb\n", 0}, {"a\nb\n", "a\n\n\nb", 0}, {"a\nb\n", "b\na\n", 2}, {"a\nb\nc\n", "a\nx\nc\nd\n", 3}, {"", "a\nb", 2},
	} {
		if n := changees(c.avant, c.apres); n != c.n {
			t.Errorf("changees(%q, %q) = %d, attendu %d", c.avant, c.apres, n, c.n)
		}
	}
}

// sources donne le texte de chaque fichier d'une étape, selon son chemin dans celle-ci.
type sources map[string]string

// lireEtape lit une étape. Un fichier qui n'est pas du Go fait échouer le test, qui dit alors de quelle étape il est.
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
			if _, err := parser.ParseFile(token.NewFileSet(), filepath.Join(nom, relatif), texte, parser.SkipObjectResolution); err != nil {
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
