package rapport

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	nethtml "golang.org/x/net/html"
	"pgregory.net/rapid"

	"capteurs/tests/banc"
)

func markdownDe(t interface{ Fatal(...any) }, r *Rapport, limite int) string {
	var texte strings.Builder
	if err := Markdown(&texte, r, limite); err != nil {
		t.Fatal(err)
	}
	return texte.String()
}

var lecteurMD = goldmark.New(goldmark.WithExtensions(extension.GFM, extension.Footnote), goldmark.WithRendererOptions(html.WithUnsafe()))

// nosBalises sont les seules lignes de HTML d'un document.
var nosBalises = regexp.MustCompile(`^(<details><summary>(<code>)?[^<>]*(</code>)?</summary>|</details>)?\n?$`)

// TestMarkdownInoffensif vérifie, avec un vrai lecteur de Markdown puis un vrai lecteur de HTML, que rien de ce qu'un rendu a
// écrit n'y devient un lien, une image, une mention, un titre ou une balise.
func TestMarkdownInoffensif(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := unRapport(textesHostiles()).Draw(t, "rapport")
		limite := rapid.SampledFrom([]int{0, 1, 1000, 3000, LimiteResume}).Draw(t, "limite")
		source := markdownDe(t, r, limite)
		if permis := max(limite, limiteMinimale); limite != 0 && len(source) > permis || len(source) > LimiteResume {
			t.Fatalf("%d octets pour %d", len(source), permis)
		}
		arbre := lecteurMD.Parser().Parse(text.NewReader([]byte(source)))
		titres := 0
		err := ast.Walk(arbre, func(n ast.Node, entre bool) (ast.WalkStatus, error) {
			if !entre {
				return ast.WalkContinue, nil
			}
			switch n := n.(type) {
			case *ast.Link, *ast.Image, *ast.AutoLink, *ast.RawHTML, *ast.CodeBlock, *ast.Blockquote, *extast.Strikethrough, *extast.TaskCheckBox, *extast.FootnoteLink:
				return ast.WalkStop, fmt.Errorf("%s inattendu", n.Kind())
			case *ast.Heading:
				titres++
			case *ast.HTMLBlock:
				for i := range n.Lines().Len() {
					ligne := n.Lines().At(i)
					if !nosBalises.Match(ligne.Value([]byte(source))) {
						return ast.WalkStop, fmt.Errorf("HTML inattendu : %q", ligne.Value([]byte(source)))
					}
				}
			case *extast.TableRow:
				// Une cellule coupée en donnerait une de trop.
				if entete := n.Parent().FirstChild(); n.ChildCount() != entete.ChildCount() {
					return ast.WalkStop, fmt.Errorf("%d cellules, %d attendues", n.ChildCount(), entete.ChildCount())
				}
			}
			return ast.WalkContinue, nil
		})
		if err != nil {
			t.Fatalf("%v\n%s", err, source)
		}
		if titres > 1+len(r.Rendus) {
			t.Fatalf("%d titres\n%s", titres, source)
		}
		verifierPage(t, source)
	})
}

// permises sont les balises que nos documents font.
var permises = map[string]bool{"html": true, "head": true, "body": true, "h3": true, "h4": true, "p": true, "strong": true, "code": true, "pre": true, "details": true, "summary": true,
	"table": true, "thead": true, "tbody": true, "tr": true, "th": true, "td": true, "ul": true, "li": true}

// renvois sont ce que GitHub cherche dans le texte d'une page, hors du code.
var renvois = regexp.MustCompile(`(?i)@|#|://|www\.|gh-[0-9]|\b[0-9a-f]{7,}\b`)

func verifierPage(t *rapid.T, source string) {
	var page strings.Builder
	if err := lecteurMD.Convert([]byte(source), &page); err != nil {
		t.Fatal(err)
	}
	racine, err := nethtml.Parse(strings.NewReader(page.String()))
	if err != nil {
		t.Fatal(err)
	}
	for n := range racine.Descendants() {
		switch n.Type {
		case nethtml.ElementNode:
			if !permises[n.Data] {
				t.Fatalf("balise %s\n%s", n.Data, source)
			}
			for _, a := range n.Attr {
				if a.Key != "class" && a.Key != "style" && a.Key != "align" && a.Key != "id" {
					t.Fatalf("attribut %s\n%s", a.Key, source)
				}
			}
		case nethtml.TextNode:
			if n.Parent.Data != "code" && renvois.MatchString(n.Data) {
				t.Fatalf("renvoi dans %q\n%s", n.Data, source)
			}
		}
	}
}

// TestMarkdownTient vérifie qu'à mesure que la limite baisse, des sections entières s'en vont, les moins utiles d'abord, et que
// c'est dit.
func TestMarkdownTient(t *testing.T) {
	rendu := renduDe("un texte")
	for range 40 {
		rendu.Jugements = append(rendu.Jugements, rendu.Jugements[2])
	}
	r := &Rapport{Rendus: []Rendu{*rendu}}
	entier := markdownDe(t, r, LimiteResume)
	if strings.Contains(entier, "omise") {
		t.Fatal("rien n'était à omettre")
	}
	avant := len(entier) + 1
	for limite := len(entier) + 400; limite >= 1000; limite -= 997 {
		texte := markdownDe(t, r, limite)
		if len(texte) > limite || len(texte) > avant+200 {
			t.Fatalf("%d octets pour %d", len(texte), limite)
		}
		if strings.Count(texte, "<details>") != strings.Count(texte, "</details>") || strings.Count(texte, "```")%2 != 0 {
			t.Fatalf("section coupée :\n%s", texte)
		}
		if len(texte) < len(entier)-10 != strings.Contains(texte, "Faute de place") {
			t.Fatalf("ce qui est omis n'est pas dit, ou l'est à tort :\n%s", texte)
		}
		if strings.Contains(texte, "Preuves de") && strings.Contains(texte, "détails :") {
			t.Fatal("des preuves sont gardées quand un détail est omis")
		}
		avant = len(texte)
	}
	if !strings.HasPrefix(entier, "### ! rendu\\_01\n") {
		t.Errorf("%.60q", entier)
	}
}

// TestMarkdownDit vérifie ce qui se lit d'un échec.
func TestMarkdownDit(t *testing.T) {
	rendu := renduDe("un texte")
	rendu.Jugements[2].Observe = "``` @quelqu_un | <b>"
	rendu.Jugements[2].Titre = "une barre | et @quelqu_un"
	texte := markdownDe(t, &Rapport{Rendus: []Rendu{*rendu}}, 0)
	for _, mot := range []string{"| ✘ échoué | CLI-03 | ` une barre ¦ et @quelqu_un ` |", "<details><summary><code>✘ CLI-03 une barre | et @quelqu_un : échoué</code></summary>",
		"````text\n", "observé  ``` @quelqu_un | <b>", "rejouer  go run ./tests/correcteur rejouer -graine 42 CLI-03 rendu_01", "1 critère ignoré à cause de SRV-01 : CLI-05", string(banc.Instable)} {
		if !strings.Contains(texte, mot) {
			t.Errorf("%q attendu dans\n%s", mot, texte)
		}
	}
}
