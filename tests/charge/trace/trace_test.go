package trace

import (
	"crypto/sha256"
	"encoding/base64"
	"math"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"pgregory.net/rapid"
)

// Ce qu'une page a le droit de contenir : chaque élément, et ses attributs.
var permis = map[string]string{
	"html": "lang", "head": "", "meta": "charset http-equiv content name", "title": "", "style": "", "body": "", "main": "",
	"section": "", "h1": "", "h2": "", "h3": "", "p": "", "figure": "", "figcaption": "", "details": "", "summary": "",
	"div": "class tabindex", "ul": "class", "li": "",
	"table": "", "thead": "", "tbody": "", "tr": "", "th": "scope", "td": "",
	"svg": "class viewbox role aria-labelledby aria-hidden", "desc": "id", "g": "class", "path": "class d", "text": "class x y",
}

// lire vérifie qu'une page est bien formée, n'a que ce qui est permis, et rend son texte.
func lire(t rapid.TB, page string) string {
	t.Helper()
	var ouverts []string
	var texte strings.Builder
	ids, references := map[string]bool{}, []string{}
	for z := html.NewTokenizer(strings.NewReader(page)); ; {
		genre := z.Next()
		jeton := z.Token()
		switch genre {
		case html.ErrorToken:
			if len(ouverts) > 0 {
				t.Fatalf("éléments jamais fermés : %v", ouverts)
			}
			for _, r := range references {
				if !ids[r] {
					t.Fatalf("le dessin %q n'est pas dit", r)
				}
			}
			return texte.String()
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
		case html.StartTagToken, html.SelfClosingTagToken:
			attributs, connu := permis[jeton.Data]
			for _, a := range jeton.Attr {
				if !slices.Contains(strings.Fields(attributs), strings.ToLower(a.Key)) {
					t.Fatalf("<%s %s=%q> n'est pas permis", jeton.Data, a.Key, a.Val)
				}
				switch a.Key {
				case "id":
					ids[a.Val] = true
				case "aria-labelledby":
					references = append(references, a.Val)
				case "d":
					if strings.ContainsAny(a.Val, "Ie") || strings.Contains(a.Val, "NaN") || strings.Contains(a.Val, "ZgotmplZ") {
						t.Fatalf("un tracé absurde : %q", a.Val)
					}
				}
			}
			if !connu {
				t.Fatalf("<%s> n'est pas permis, dans %v", jeton.Data, ouverts)
			}
			if genre == html.StartTagToken && jeton.Data != "meta" {
				ouverts = append(ouverts, jeton.Data)
			}
		}
	}
}

func ecrire(t rapid.TB, p Page) string {
	t.Helper()
	var b strings.Builder
	if err := Ecrire(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// hostile tire des textes où se trouve de quoi sortir d'un texte HTML.
func hostile() *rapid.Generator[string] {
	return rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
		"<script>alert(1)</script>", "</style><script>", `" onload="x`, "</svg><img src=x>", "{{.}}", "<!--", "]]>", "' d='M0 0",
	}))
}

func TestLaPageNAQueCeQuiEstPermis(t *testing.T) {
	nombre := rapid.OneOf(rapid.Float64(), rapid.Float64Range(0, 1e6), rapid.SampledFrom([]float64{0, -1, math.NaN(), math.Inf(1), math.SmallestNonzeroFloat64, math.MaxFloat64}))
	point := rapid.Custom(func(t *rapid.T) Point {
		return Point{nombre.Draw(t, "x"), nombre.Draw(t, "y"), nombre.Draw(t, "bas"), nombre.Draw(t, "haut")}
	})
	rapid.Check(t, func(t *rapid.T) {
		serie := rapid.Custom(func(t *rapid.T) Serie {
			return Serie{hostile().Draw(t, "nom"), rapid.Bool().Draw(t, "repère"), rapid.SliceOfN(point, 0, 20).Draw(t, "points")}
		})
		p := Page{Titre: hostile().Draw(t, "titre"), Chapeau: []string{hostile().Draw(t, "chapeau")}, Sections: []Section{{
			Titre: hostile().Draw(t, "section"),
			Texte: hostile().Draw(t, "texte"),
			Dessins: []Dessin{{Titre: hostile().Draw(t, "dessin"), X: hostile().Draw(t, "X"), Y: "y",
				Axe: rapid.SampledFrom([]AxeX{Logarithmique, Regulier}).Draw(t, "axe"), Series: rapid.SliceOfN(serie, 0, 10).Draw(t, "séries")}},
			Tables: []Table{{Titre: "t", Entetes: []string{"a", hostile().Draw(t, "entête")}, Lignes: [][]string{{hostile().Draw(t, "case")}}}},
		}}}
		lire(t, ecrire(t, p))
	})
}

func TestLesNomsHostilesSeLisent(t *testing.T) {
	const nom = `<script>"'&</style>`
	p := Page{Titre: nom, Sections: []Section{{Titre: nom, Dessins: []Dessin{{Titre: nom, X: nom, Y: nom,
		Series: []Serie{{Nom: nom, Points: []Point{{1, 2, 0, 0}, {10, 3, 2, 4}}}}}}}}}
	if texte := lire(t, ecrire(t, p)); strings.Count(texte, nom) < 7 {
		t.Errorf("les noms ne se lisent pas tels quels :\n%s", texte)
	}
}

// La politique de la page n'admet que la feuille de style qu'elle porte.
func TestLaPolitiqueEstStricte(t *testing.T) {
	page := ecrire(t, Page{Titre: "essai"})
	_, apres, _ := strings.Cut(page, "<style>")
	feuille, _, _ := strings.Cut(apres, "</style>")
	empreinte := sha256.Sum256([]byte(feuille))
	_, apres, _ = strings.Cut(page, `http-equiv="Content-Security-Policy" content="`)
	ecrite, _, _ := strings.Cut(apres, `"`)
	voulue := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(empreinte[:]) + "'; base-uri 'none'; form-action 'none'"
	if lue := html.UnescapeString(ecrite); lue != voulue {
		t.Errorf("politique %q, %q attendue", lue, voulue)
	}
	if strings.Contains(feuille, "url(") || strings.Contains(feuille, "@import") {
		t.Error("la feuille de style demande quelque chose au réseau")
	}
}

func TestLesPointsSontALeurPlace(t *testing.T) {
	d := Dessin{X: "capteurs", Y: "mesures/s", Series: []Serie{{Nom: "a", Points: []Point{{X: 1, Y: 0}, {X: 10, Y: 500, Bas: 400, Haut: 600}, {X: 100, Y: 1000}}}}}
	f := d.tracer("f")
	if voulu := "M70 276L305 151L540 26"; f.Series[0].Chemin != voulu {
		t.Errorf("chemin %q, %q attendu", f.Series[0].Chemin, voulu)
	}
	if voulu := "M305 176V126"; f.Series[0].Quartiles != voulu {
		t.Errorf("quartiles %q, %q attendus", f.Series[0].Quartiles, voulu)
	}
	d.Axe, d.Series[0].Points[0].X = Regulier, 0 // un axe régulier a une place pour zéro
	if f := d.tracer("f"); f.Series[0].Chemin != "M70 276L305 151L540 26" || len(f.Chiffres.Lignes) != 3 {
		t.Errorf("axe régulier : %q, %v", f.Series[0].Chemin, f.Chiffres)
	}
}

func TestAbreger(t *testing.T) {
	for x, voulu := range map[float64]string{0: "0", 0.5: "0,5", 1: "1", 12.34: "12,3", 300: "300", 999.7: "1 k", 20_000: "20 k", 1_000_000: "1 M", 1234567: "1,23 M", 100: "100", 0.25: "0,25"} {
		if lu := abreger(x); lu != voulu {
			t.Errorf("abreger(%v) = %q, %q attendu", x, lu, voulu)
		}
	}
}
