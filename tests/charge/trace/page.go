// Package trace écrit des courbes et des tables en une page HTML qui se suffit : ni script, ni image, ni réseau.
package trace

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
)

// Page est ce qu'il y a à montrer.
type Page struct {
	Titre    string
	Chapeau  []string // quelques phrases sous le titre
	Sections []Section
}

// Section est un groupe de courbes et de tables.
type Section struct {
	Titre   string
	Texte   string
	Dessins []Dessin
	Tables  []Table
}

// Table est une table de textes, dont la première colonne nomme les lignes.
type Table struct {
	Titre   string
	Entetes []string
	Lignes  [][]string
}

var (
	//go:embed page.tmpl
	modele string
	//go:embed page.css
	style string

	page = template.Must(template.New("page").Parse(modele))
)

// politique défend à la page tout ce dont elle ne se sert pas : elle n'a qu'une feuille de style, reconnue à son empreinte.
func politique() string {
	empreinte := sha256.Sum256([]byte(style))
	return fmt.Sprintf("default-src 'none'; style-src 'sha256-%s'; base-uri 'none'; form-action 'none'",
		base64.StdEncoding.EncodeToString(empreinte[:]))
}

type sectionTracee struct {
	Section
	Figures []figure
}

// Ecrire écrit la page.
func Ecrire(w io.Writer, p Page) error {
	vue := struct {
		Page
		Style     template.CSS
		Politique string
		Sections  []sectionTracee
	}{Page: p, Style: template.CSS(style), Politique: politique()}
	rang := 0
	for _, s := range p.Sections {
		tracee := sectionTracee{Section: s}
		for _, d := range s.Dessins {
			rang++
			tracee.Figures = append(tracee.Figures, d.tracer(fmt.Sprintf("figure-%d", rang)))
		}
		vue.Sections = append(vue.Sections, tracee)
	}
	if err := page.Execute(w, vue); err != nil {
		return fmt.Errorf("page impossible à écrire : %w", err)
	}
	return nil
}
