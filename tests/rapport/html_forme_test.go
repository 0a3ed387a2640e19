package rapport

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"pgregory.net/rapid"
)

// Ce qu'une page a le droit de contenir : chaque élément, et ses attributs.
var elementsPermis = map[string]string{
	"html": "lang", "head": "", "meta": "charset http-equiv content name", "title": "id", "style": "", "body": "class", "a": "class href tabindex aria-label", "header": "class", "main": "id tabindex class",
	"footer": "", "section": "class aria-labelledby aria-label", "article": "class id", "div": "class id tabindex role aria-label aria-labelledby", "details": "class id", "summary": "", "h1": "", "h2": "id", "h3": "",
	"p": "class id", "span": "class aria-hidden", "strong": "class", "b": "", "i": "", "small": "", "mark": "", "code": "", "pre": "tabindex", "wbr": "", "ul": "class", "ol": "class", "li": "class", "dl": "class", "dt": "", "dd": "class",
	"table": "class", "caption": "class", "thead": "", "tbody": "", "tfoot": "", "tr": "", "th": "scope class", "td": "class aria-label title", "abbr": "title",
	"svg": "class viewbox role aria-labelledby aria-hidden focusable preserveaspectratio", "desc": "id", "g": "class transform", "path": "class d", "rect": "class x y width height rx transform",
	"circle": "cx r", "text": "class x y text-anchor",
}

var elementsVides = []string{"meta", "wbr"}

// pageLue est ce qu'un test retient d'une page.
type pageLue struct {
	ids, ancres, liens []string
	titres             []int
	tables, legendes   int
	texte              string
}

// pageRelue vérifie qu'une page est bien formée et ne contient que ce qui est permis.
func pageRelue(t rapid.TB, page string) (lue pageLue) {
	t.Helper()
	for i, c := range page {
		if c == utf8.RuneError || c != '\n' && c != ' ' && c != '\u00a0' && !unicode.IsPrint(c) {
			t.Fatalf("caractère %U, à l'octet %d : %q", c, i, page[max(0, i-40):min(len(page), i+40)])
		}
	}
	const debut = `<!DOCTYPE html>
<html lang="fr">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; `
	if !strings.HasPrefix(page, debut) {
		t.Fatalf("la page commence par %q", page[:min(len(page), 300)])
	}
	var ouverts []string
	var texte strings.Builder
	z := html.NewTokenizer(strings.NewReader(page))
	for {
		genre := z.Next()
		jeton := z.Token()
		switch genre {
		case html.ErrorToken:
			if len(ouverts) > 0 {
				t.Fatalf("éléments jamais fermés : %v", ouverts)
			}
			lue.texte = strings.Join(strings.Fields(texte.String()), " ")
			return lue
		case html.CommentToken:
			t.Fatalf("un commentaire : %q", jeton.Data)
		case html.TextToken:
			if !slices.Contains(ouverts, "style") {
				texte.WriteString(jeton.Data)
			}
		case html.EndTagToken:
			if n := len(ouverts); n == 0 || ouverts[n-1] != jeton.Data {
				t.Fatalf("</%s> ferme %v", jeton.Data, ouverts)
			}
			ouverts = ouverts[:len(ouverts)-1]
			if !slices.Contains(ouverts, "svg") {
				texte.WriteByte(' ')
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			verifierElement(t, &lue, jeton, ouverts)
			if genre == html.StartTagToken && !slices.Contains(elementsVides, jeton.Data) {
				ouverts = append(ouverts, jeton.Data)
			}
		}
	}
}

func verifierElement(t rapid.TB, lue *pageLue, jeton html.Token, ouverts []string) {
	t.Helper()
	permis, ok := elementsPermis[jeton.Data]
	if !ok {
		t.Fatalf("<%s> n'est pas permis, dans %v", jeton.Data, ouverts)
	}
	attributs := map[string]string{}
	for _, a := range jeton.Attr {
		attributs[a.Key] = a.Val
		switch {
		case !slices.Contains(strings.Fields(permis), strings.ToLower(a.Key)):
			t.Fatalf("<%s %s=%q> n'est pas permis", jeton.Data, a.Key, a.Val)
		case a.Key == "id" && (a.Val == "" || strings.ContainsFunc(a.Val, func(c rune) bool { return c <= ' ' || c >= unicode.MaxASCII })):
			t.Fatalf("id=%q n'est pas une ancre", a.Val)
		case a.Key == "id":
			lue.ids = append(lue.ids, a.Val)
		case a.Key == "href" && strings.HasPrefix(a.Val, "#"):
			lue.ancres = append(lue.ancres, a.Val[1:])
		case a.Key == "href":
			lue.liens = append(lue.liens, a.Val)
		case a.Key == "aria-labelledby":
			lue.ancres = append(lue.ancres, strings.Fields(a.Val)...)
		}
	}
	switch jeton.Data {
	case "h1", "h2", "h3":
		lue.titres = append(lue.titres, int(jeton.Data[1]-'0'))
	case "table":
		lue.tables++
	case "caption":
		lue.legendes++
	case "th":
		if attributs["scope"] == "" {
			t.Fatalf("un <th> sans portée")
		}
	case "svg":
		if attributs["aria-hidden"] == "" && (attributs["role"] != "img" || attributs["aria-labelledby"] == "") {
			t.Fatalf("un dessin que rien ne dit : %v", jeton)
		}
	}
}

// pageVerifiee vérifie une page, ses ancres et l'ordre de ses titres.
func pageVerifiee(t rapid.TB, page string, liens ...string) pageLue {
	t.Helper()
	lue := pageRelue(t, page)
	vues := map[string]bool{}
	for _, id := range lue.ids {
		if vues[id] {
			t.Fatalf("deux éléments ont l'ancre %q", id)
		}
		vues[id] = true
	}
	for _, ancre := range lue.ancres {
		if !vues[ancre] {
			t.Fatalf("#%s ne mène nulle part", ancre)
		}
	}
	for _, lien := range lue.liens {
		if adresse, _, _ := strings.Cut(lien, "#"); !slices.Contains(liens, adresse) {
			t.Fatalf("le lien %q n'a pas été donné", lien)
		}
	}
	if lue.tables != lue.legendes {
		t.Fatalf("%d tableaux et %d légendes", lue.tables, lue.legendes)
	}
	niveau := 0
	for i, titre := range lue.titres {
		if titre > niveau+1 || titre == 1 && i > 0 {
			t.Fatalf("un titre de niveau %d après un de niveau %d", titre, niveau)
		}
		niveau = titre
	}
	return lue
}

func pageEcrite(t rapid.TB, ecrire func(*strings.Builder) error) string {
	t.Helper()
	var page strings.Builder
	if err := ecrire(&page); err != nil {
		t.Fatalf("%v", err)
	}
	return page.String()
}

// Quoi qu'un rendu ait écrit, sa page est bien formée, sans script, sans adresse étrangère ni caractère qui commande, et elle
// reste légère.
func TestPageRenduHostile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rapportHostile(t, 1)
		page := pageEcrite(t, func(b *strings.Builder) error { return PageRendu(b, r, 0, "../index.html") })
		pageVerifiee(t, page, "../index.html")
		if len(page) > pagePoids {
			t.Fatalf("%d octets", len(page))
		}
	})
}

func TestPageClasseHostile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rapportHostile(t, rapid.IntRange(2, 4).Draw(t, "rendus"))
		lien := func(i int) string { return fmt.Sprintf("rendus/%d.html", i) }
		page := pageEcrite(t, func(b *strings.Builder) error { return PageClasse(b, r, lien) })
		pageVerifiee(t, page, lien(0), lien(1), lien(2), lien(3))
		pageVerifiee(t, pageEcrite(t, func(b *strings.Builder) error { return HTML(b, r) }))
	})
}

// Une adresse qui commanderait le navigateur n'est pas écrite.
func TestLienQuiCommande(t *testing.T) {
	r := exempleDeClasse(2)
	page := pageEcrite(t, func(b *strings.Builder) error {
		return PageClasse(b, r, func(int) string { return "javascript:alert(1)" })
	})
	if strings.Contains(page, "javascript:") {
		t.Fatal("la page contient javascript:")
	}
}
