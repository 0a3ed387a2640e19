package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"capteurs/tests/classe"
	"capteurs/tests/rapport"
)

// vue écrit un rapport sous une forme.
type vue = func(io.Writer, *rapport.Rapport) error

// formats sont les vues que -format nomme ; celle du terminal a besoin de savoir où elle s'écrit.
var formats = map[string]vue{
	enTexte:    nil,
	"html":     rapport.HTML,
	"json":     rapport.JSON,
	"junit":    rapport.JUnit,
	"markdown": enMarkdown,
	"csv":      enCSV,
}

// enTexte est la forme du terminal.
const enTexte = "texte"

func enCSV(w io.Writer, r *rapport.Rapport) error { return rapport.CSV(w, r, rapport.CSVFrancais) }

func enMarkdown(w io.Writer, r *rapport.Rapport) error {
	return rapport.Markdown(w, r, rapport.LimiteCommentaire)
}

// ecrireRapports écrit toutes les vues d'un rapport dans un dossier, créé s'il n'existe pas. Les fichiers ne sont lisibles que
// de leur propriétaire : ce sont des notes.
func ecrireRapports(dossier string, r *rapport.Rapport) error {
	if err := os.MkdirAll(dossier, 0o700); err != nil {
		return fmt.Errorf("-rapports : %w", err)
	}
	ecrire := func(nom string, v vue) error {
		var octets bytes.Buffer
		if err := v(&octets, r); err != nil {
			return fmt.Errorf("%s : %w", nom, err)
		}
		return os.WriteFile(filepath.Join(dossier, nom), octets.Bytes(), 0o600)
	}
	for _, f := range []struct {
		nom string
		vue vue
	}{{"rapport.json", rapport.JSON}, {"junit.xml", rapport.JUnit}, {"resume.md", enMarkdown}, {"notes.csv", enCSV}} {
		if err := ecrire(f.nom, f.vue); err != nil {
			return err
		}
	}
	if len(r.Rendus) == 1 && r.Classe == "" {
		return ecrire("index.html", rapport.HTML)
	}
	pages := nomsDesPages(r)
	if err := os.MkdirAll(filepath.Join(dossier, "rendus"), 0o700); err != nil {
		return fmt.Errorf("-rapports : %w", err)
	}
	for i := range r.Rendus {
		page := func(w io.Writer, r *rapport.Rapport) error { return rapport.PageRendu(w, r, i, "../index.html") }
		if err := ecrire(filepath.Join("rendus", pages[i]), page); err != nil {
			return err
		}
	}
	return ecrire("index.html", func(w io.Writer, r *rapport.Rapport) error {
		return rapport.PageClasse(w, r, func(i int) string { return "rendus/" + pages[i] })
	})
}

// ecrireCorrespondances écrit qui est qui, à part : c'est à l'enseignant seul.
func ecrireCorrespondances(dossier string, correspondances []classe.Correspondance) error {
	if err := os.MkdirAll(dossier, 0o700); err != nil {
		return fmt.Errorf("-rapports : %w", err)
	}
	var paires [][2]string
	for _, c := range correspondances {
		paires = append(paires, [2]string{c.Anonyme, c.Nom})
	}
	var octets bytes.Buffer
	if err := rapport.CSVNoms(&octets, paires, rapport.CSVFrancais); err != nil {
		return fmt.Errorf("correspondance.csv : %w", err)
	}
	return os.WriteFile(filepath.Join(dossier, "correspondance.csv"), octets.Bytes(), 0o600)
}

// refuserDeNommer refuse d'écrire un rapport anonyme là où restent les pages d'un autre, qui nomment les rendus : qui
// donnerait le dossier donnerait les noms.
func refuserDeNommer(dossier string) error {
	f, err := os.Open(filepath.Join(dossier, "rapport.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("-rapports : %w", err)
	}
	defer f.Close()
	if r, err := rapport.Lire(f); err != nil || !r.Anonyme {
		return malEmploye("%s contient déjà un rapport qui nomme les rendus : avec -anonyme, donnez un autre dossier", dossier)
	}
	return nil
}

// nomsDesPages nomme un fichier par rendu : son nom, de lettres sans danger pour un fichier ou un lien, et un rang quand deux
// se confondraient, majuscules comprises.
func nomsDesPages(r *rapport.Rapport) []string {
	noms := make([]string, len(r.Rendus))
	vus := map[string]bool{}
	for i := range r.Rendus {
		base := strings.Map(func(c rune) rune {
			if c == '-' || c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
				return c
			}
			return '_'
		}, r.Rendus[i].Nom)
		base = base[:min(len(base), 80)]
		nom := base
		for rang := 2; nom == "" || vus[strings.ToLower(nom)]; rang++ {
			nom = fmt.Sprintf("%s_%d", base, rang)
		}
		vus[strings.ToLower(nom)] = true
		noms[i] = nom + ".html"
	}
	return noms
}
