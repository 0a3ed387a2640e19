package main

import (
	"html/template"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func pageEcrite(t *testing.T, etapes [3]*etape) string {
	t.Helper()
	var page strings.Builder
	if err := ecrirePage(&page, preparer(etapes)); err != nil {
		t.Fatal(err)
	}
	return page.String()
}

// Ce que la page a le droit de contenir : chaque élément, et ses attributs.
var elementsPermis = map[string]string{
	"html": "lang", "head": "", "meta": "charset http-equiv content name", "title": "", "style": "", "body": "", "a": "class href", "header": "class", "main": "id tabindex",
	"footer": "", "section": "class aria-labelledby aria-label", "div": "class id tabindex role aria-label style", "details": "class id", "summary": "", "h1": "", "h2": "id", "h3": "",
	"p": "class", "span": "class", "strong": "", "em": "", "b": "", "i": "class style", "small": "", "code": "", "pre": "class style", "ins": "", "del": "", "blockquote": "",
	"dl": "class", "dt": "", "dd": "", "table": "", "caption": "", "thead": "", "tbody": "", "tfoot": "", "tr": "", "th": "scope class", "td": "class data-colonne", "ul": "", "li": "",
	"svg": "viewbox preserveaspectratio aria-hidden", "rect": "class x y width height",
}

// pageLue est ce qu'un test retient de la page.
type pageLue struct {
	ids, ancres []string
	titres      []int
	codes       [3][]string // le texte des déclarations de chaque étape, dans l'ordre de la page
	noms        [3][]string
}

func lirePage(t *testing.T, page string) (lue pageLue) {
	t.Helper()
	const debut = `<!DOCTYPE html>
<html lang="fr">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; `
	if !strings.HasPrefix(page, debut) {
		t.Fatalf("la page commence par %q", page[:min(len(page), 300)])
	}
	document, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var parcourir func(n *html.Node, etape int)
	parcourir = func(n *html.Node, etape int) {
		if n.Type == html.CommentNode {
			t.Errorf("un commentaire : %q", n.Data)
		}
		if n.Type == html.ElementNode {
			lireElement(t, &lue, n)
			classe := attribut(n, "class")
			switch {
			case strings.HasPrefix(classe, "etape e"):
				etape = int(classe[len("etape e")] - '0')
			case n.Data == "pre" && etape > 0:
				lue.codes[etape-1] = append(lue.codes[etape-1], strings.TrimSuffix(texteDe(n), "\n"))
			case classe == "tete":
				nom, _, _ := strings.Cut(texteDe(n), " ligne")
				lue.noms[etape-1] = append(lue.noms[etape-1], nom)
			}
		}
		for enfant := range n.ChildNodes() {
			parcourir(enfant, etape)
		}
	}
	parcourir(document, 0)
	return lue
}

func lireElement(t *testing.T, lue *pageLue, n *html.Node) {
	t.Helper()
	permis, ok := elementsPermis[n.Data]
	if !ok {
		t.Errorf("<%s> n'est pas permis", n.Data)
	}
	for _, a := range n.Attr {
		switch {
		case !slices.Contains(strings.Fields(permis), strings.ToLower(a.Key)):
			t.Errorf("<%s %s=%q> n'est pas permis", n.Data, a.Key, a.Val)
		case a.Key == "id" && !regexp.MustCompile(`^[a-z][a-z0-9-]*$`).MatchString(a.Val):
			t.Errorf("id=%q n'est pas une ancre", a.Val)
		case a.Key == "id":
			lue.ids = append(lue.ids, a.Val)
		case a.Key == "href" && !strings.HasPrefix(a.Val, "#"):
			t.Errorf("href=%q sort de la page", a.Val)
		case a.Key == "href":
			lue.ancres = append(lue.ancres, a.Val[1:])
		case a.Key == "aria-labelledby":
			lue.ancres = append(lue.ancres, a.Val)
		case a.Key == "style" && !regexp.MustCompile(`^--n:\d+$`).MatchString(a.Val):
			t.Errorf("style=%q", a.Val)
		}
	}
	switch n.Data {
	case "h1", "h2", "h3":
		lue.titres = append(lue.titres, int(n.Data[1]-'0'))
	case "th":
		if attribut(n, "scope") == "" {
			t.Errorf("un <th> sans portée : %s", texteDe(n))
		}
	}
}

func attribut(n *html.Node, nom string) string {
	for _, a := range n.Attr {
		if a.Key == nom {
			return a.Val
		}
	}
	return ""
}

func texteDe(n *html.Node) (texte string) {
	if n.Type == html.TextNode {
		return n.Data
	}
	for enfant := range n.ChildNodes() {
		texte += texteDe(enfant)
	}
	return texte
}

// La page n'a que ce qui est permis, des ancres uniques où chaque lien mène, et des titres dans l'ordre.
func TestPageBienFormee(t *testing.T) {
	page := pageEcrite(t, lues(t))
	lue := lirePage(t, page)
	slices.Sort(lue.ids)
	for i, id := range lue.ids {
		if i > 0 && id == lue.ids[i-1] {
			t.Errorf("deux éléments ont l'ancre %q", id)
		}
	}
	for _, ancre := range lue.ancres {
		if _, ok := slices.BinarySearch(lue.ids, ancre); !ok {
			t.Errorf("#%s ne mène nulle part", ancre)
		}
	}
	niveau := 0
	for i, titre := range lue.titres {
		if titre > niveau+1 || titre == 1 && i > 0 {
			t.Errorf("un titre de niveau %d après un de niveau %d", titre, niveau)
		}
		niveau = titre
	}
	for _, adresse := range []string{"http:", "https:", "//fonts", "url(", "@import", "javascript:"} {
		if strings.Contains(page, adresse) {
			t.Errorf("la page contient %q", adresse)
		}
	}
	if page != pageEcrite(t, lues(t)) {
		t.Error("deux pages des mêmes sources diffèrent")
	}
}

// Chaque déclaration de chaque étape, et de son essentiel, est une fois dans la page, et son texte est celui du fichier.
func TestPageMontreTout(t *testing.T) {
	etapes := lues(t)
	lue := lirePage(t, pageEcrite(t, etapes))
	for k, e := range etapes {
		var textes, noms []string
		for _, nom := range fichiers {
			for _, d := range slices.Concat(e.essentiel.declarations[nom], e.declarations[nom]) {
				textes, noms = append(textes, d.texte), append(noms, d.complet())
			}
		}
		for _, listes := range [][2][]string{{textes, lue.codes[k]}, {noms, lue.noms[k]}} {
			slices.Sort(listes[0])
			slices.Sort(listes[1])
			if !slices.Equal(listes[0], listes[1]) {
				t.Errorf("étape %d : la page montre %q, %q attendu", k+1, listes[1], listes[0])
			}
		}
	}
}

// L'essentiel vient d'abord, dans la page comme dans son index.
func TestPageCommenceParLEssentiel(t *testing.T) {
	lue := lirePage(t, pageEcrite(t, lues(t)))
	var parties []string
	for _, id := range lue.ids {
		if slices.Contains([]string{"essentiel-client", "essentiel-serveur", "client", "serveur"}, id) {
			parties = append(parties, id)
		}
	}
	if attendues := []string{"essentiel-client", "essentiel-serveur", "client", "serveur"}; !slices.Equal(parties, attendues) {
		t.Errorf("parties %q, %q attendues", parties, attendues)
	}
	for k, attendu := range []string{"EtatCapteur", "CapteurTCP", "Capteur"} {
		if noms := lue.noms[k][:4]; noms[0] != "package et import" || noms[1] != "Mesure" || !slices.Contains(noms, attendu) {
			t.Errorf("étape %d : la page commence par %q, le client de l'essentiel attendu", k+1, noms)
		}
	}
}

// Ce que les fichiers contiennent ne commande pas la page.
func TestPageHostile(t *testing.T) {
	const hostile = `</pre><script>alert(1)</script><a href="https://exemple.invalid">x</a><!-- & "`
	etapes := lues(t)
	for _, e := range etapes {
		e.titre += hostile
		e.idee += "\n\n" + hostile
		for i := range e.blocs {
			e.blocs[i].texte += " **" + hostile + "** `" + hostile + "` [" + hostile + "](javascript:alert(1)) *" + hostile + "*"
		}
		for _, nom := range append([]string{fichierExemples}, fichiers...) {
			for _, d := range e.declarations[nom] {
				d.texte += "\n// " + hostile + "\n\tx := `" + hostile
			}
		}
	}
	etapes[2].exemples[1].Output += hostile
	lue := lirePage(t, pageEcrite(t, etapes))
	for _, d := range etapes[0].declarations["client.go"] {
		if !slices.Contains(lue.codes[0], d.texte) {
			t.Errorf("%s ne se retrouve pas", d.nom)
		}
	}
}

// Un dessin se coupe entre ses parties, et là seulement.
func TestEnParties(t *testing.T) {
	for _, c := range []struct {
		dessin   string
		attendus []string
	}{
		{"A          É\n└─ B       └─ D  é\n     c\n", []string{"A\n└─ B\n     c\n", "É\n└─ D  é\n\n"}},
		{"seul\n  └─ lui\n", []string{"seul\n  └─ lui\n"}},
		{"", []string{"\n"}},
	} {
		if parties := enParties(c.dessin); !slices.Equal(parties, c.attendus) {
			t.Errorf("%q se coupe en %q, %q attendu", c.dessin, parties, c.attendus)
		}
	}
}

// Une étape que l'élève récrit, avec ce qui lui plaît, a toujours sa leçon.
func TestPageDUneAutreEtape(t *testing.T) {
	etapes := lues(t)
	for i, texte := range []string{"package p\n", "package p\n\nfunc Aide() {}\n\nfunc aide2() { Aide() }\n\nconst c = 1\n\nvar ()\n\ntype A = int\n", "package p\n\ntype T struct{ T2 }\n\ntype T2 struct{ *T }\n\nfunc (t *T) M() {}\n\nfunc (t T2) M() {}\n"} {
		fset, fichier, err := analyser("client.go", texte)
		if err != nil {
			t.Fatal(err)
		}
		etapes[i].declarations["client.go"] = couper(fset, fichier, "client.go", texte)
		etapes[i].types = map[string]*declaration{}
		for _, nom := range fichiers {
			for _, d := range etapes[i].declarations[nom] {
				if d.etape = i + 1; d.estType() {
					etapes[i].types[d.nom] = d
				}
			}
		}
	}
	lirePage(t, pageEcrite(t, etapes))
}

// Le texte se lit dans les deux thèmes et sur papier : un contraste d'au moins 4,5 (WCAG 2.2, 1.4.3, niveau AA).
func TestPageContraste(t *testing.T) {
	style, err := pageFichiers.ReadFile("page.css")
	if err != nil {
		t.Fatal(err)
	}
	themes := regexp.MustCompile(`(?s):root \{(.*?)\}`).FindAllStringSubmatch(string(style), -1)
	if len(themes) != 3 {
		t.Fatalf("%d thèmes", len(themes))
	}
	for i, nom := range []string{"clair", "sombre", "papier"} {
		couleurs := map[string]string{}
		for _, c := range regexp.MustCompile(`--([\w-]+):\s*#(\w+);`).FindAllStringSubmatch(themes[i][1], -1) {
			couleurs[c[1]] = c[2]
		}
		for fond, encres := range map[string][]string{
			"fond": {"texte", "doux", "lien", "arrive", "part"}, "carte": {"texte", "doux", "lien", "arrive", "part"},
			"fond-arrive": {"texte", "arrive"}, "fond-part": {"texte", "part"},
		} {
			for _, encre := range encres {
				if couleurs[encre] == "" || couleurs[fond] == "" {
					t.Errorf("%s : --%s ou --%s n'est pas une couleur", nom, encre, fond)
				} else if c := contraste(couleurs[encre], couleurs[fond]); c < 4.5 {
					t.Errorf("%s : --%s sur --%s a un contraste de %.2f", nom, encre, fond, c)
				}
			}
		}
	}
}

// contraste rend le rapport de contraste de deux couleurs (WCAG 2.2, « contrast ratio »).
func contraste(a, b string) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(couleur string) (l float64) {
	if len(couleur) == 3 {
		couleur = string([]byte{couleur[0], couleur[0], couleur[1], couleur[1], couleur[2], couleur[2]})
	}
	for i, poids := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(couleur[2*i:2*i+2], 16, 8)
		if err != nil {
			return math.NaN()
		}
		c := float64(n) / 255
		if c <= 0.04045 {
			l += poids * c / 12.92
		} else {
			l += poids * math.Pow((c+0.055)/1.055, 2.4)
		}
	}
	return l
}

// Les puces d'un README, où qu'il soit montré d'un trait, en restent : une liste par suite de puces, dans l'ordre des phrases.
func TestPageGardeLesPuces(t *testing.T) {
	p := &page{lecon: preparer(lues(t))}
	puces := func(textes ...string) (blocs []bloc) {
		for _, texte := range textes {
			blocs = append(blocs, bloc{sorte: puce, texte: texte})
		}
		return blocs
	}
	melange := slices.Concat([]bloc{{texte: "avant"}}, puces("a", "b"), []bloc{{texte: "entre"}}, puces("c"))
	const attendu = "<p>avant</p><ul><li>a</li><li>b</li></ul><p>entre</p><ul><li>c</li></ul>"
	if obtenu := enUnTexte(p.blocs(melange)); obtenu != attendu {
		t.Errorf("%s, attendu %s", obtenu, attendu)
	}
	page := string(pageEcrite(t, p.lecon.etapes))
	for k, e := range p.lecon.etapes {
		for _, b := range slices.Concat(p.lecon.enTete[k], p.lecon.bilan) {
			if ligne := "<li>" + string(p.enLigne(b.texte, nil)) + "</li>"; b.sorte == puce && !strings.Contains(sansLiens(page), sansLiens(ligne)) {
				t.Errorf("étape %d : la page n'a pas la puce « %.60s »", e.rang, b.texte)
			}
		}
	}
}

func enUnTexte(blocs []template.HTML) (texte string) {
	for _, b := range blocs {
		texte += string(b)
	}
	return texte
}

var motifDAncre = regexp.MustCompile(`</?a\b[^>]*>`)

func sansLiens(page string) string { return motifDAncre.ReplaceAllString(page, "") }
