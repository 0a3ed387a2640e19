package rapport

import (
	"embed"
	"html/template"
	"io"
	"strings"
)

//go:embed page.css page_*.tmpl
var pageFichiers embed.FS

var pageModeles = template.Must(template.New("").Funcs(template.FuncMap{
	"morceaux": func(nom string) []string { return strings.SplitAfter(nom, "_") }, // là où un nom peut se couper
}).ParseFS(pageFichiers, "page_*.tmpl"))

// pageStyle est la feuille de style, sans ses commentaires ni ses retraits : chaque page la porte.
var pageStyle = template.CSS(pageTasser("page.css"))

func pageTasser(nom string) string {
	source, err := pageFichiers.ReadFile(nom)
	if err != nil {
		panic(err) // il est dans le programme
	}
	var style strings.Builder
	for ligne := range strings.Lines(string(source)) {
		if ligne = strings.TrimSpace(ligne); ligne != "" && !strings.HasPrefix(ligne, "/*") {
			style.WriteString(ligne + "\n")
		}
	}
	return style.String()
}

// pagePoids est la taille, en octets, que la page d'un rendu ne dépasse pas.
const pagePoids = 300_000

// HTML écrit un rapport en une page : celle du rendu quand il n'y en a qu'un, sinon celle de la classe, sans lien. La page
// est complète : elle ne demande rien au réseau et n'a pas de script.
func HTML(w io.Writer, r *Rapport) error {
	if len(r.Rendus) == 1 {
		return PageRendu(w, r, 0, "")
	}
	return PageClasse(w, r, nil)
}

// pageCommune est ce que toutes les pages ont.
type pageCommune struct {
	Style template.CSS
	Titre string
	Date  string
	Corps string // classe de la page, pour sa feuille de style
}
