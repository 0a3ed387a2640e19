package rapport

import (
	"html"
	"strings"
	"testing"
)

// vuesDuCorrecteur sont celles qui disent quel correcteur a parlé ; le CSV, fait pour calculer, n'en est pas.
var vuesDuCorrecteur = map[string]func(*testing.T, *Rapport) string{
	"terminal": func(t *testing.T, r *Rapport) string { return ficheDe(t, &r.Rendus[0], Style{Largeur: 200}) },
	"classe": func(t *testing.T, r *Rapport) string {
		var texte strings.Builder
		if err := FicheClasse(&texte, r, Style{Largeur: 200}); err != nil {
			t.Fatal(err)
		}
		return texte.String()
	},
	"HTML": func(t *testing.T, r *Rapport) string {
		return html.UnescapeString(pageEcrite(t, func(b *strings.Builder) error { return PageRendu(b, r, 0, "") }))
	},
	"HTML d'une classe": func(t *testing.T, r *Rapport) string {
		return html.UnescapeString(pageEcrite(t, func(b *strings.Builder) error { return PageClasse(b, r, nil) }))
	},
	"JUnit":    func(t *testing.T, r *Rapport) string { return string(junitDe(t, r)) },
	"Markdown": func(t *testing.T, r *Rapport) string { return markdownDe(t, r, 0) },
	"JSON":     func(t *testing.T, r *Rapport) string { return string(jsonDe(t, r)) },
}

// TestCorrecteurDit vérifie que chaque vue permet de retrouver de quel commit vient une note, et qu'un rapport d'avant, qui ne
// le dit pas, se lit et se montre sans.
func TestCorrecteurDit(t *testing.T) {
	const commit = "0123456789ab"
	for nom, vue := range vuesDuCorrecteur {
		for _, rendus := range []int{1, 3} {
			r := rapportComplet()
			for len(r.Rendus) < rendus {
				r.Rendus = append(r.Rendus, r.Rendus[0])
			}
			for i := range r.Rendus {
				r.Rendus[i].Correcteur = "capteurs/tests/correcteur, commit " + commit + ", go1.26.0"
			}
			if dit := vue(t, r); !strings.Contains(dit, commit) {
				t.Errorf("%s de %d rendus : le commit du correcteur manque dans\n%s", nom, rendus, dit)
			}
			for i := range r.Rendus {
				r.Rendus[i].Correcteur = ""
			}
			if dit := vue(t, r); strings.Contains(dit, "orrigé par") || strings.Contains(dit, "correcteur\":") || strings.Contains(dit, "\"correcteur\" value") {
				t.Errorf("%s de %d rendus, sans correcteur : il est dit quand même\n%s", nom, rendus, dit)
			}
		}
	}
	r := rapportComplet()
	r.Rendus = append(r.Rendus, r.Rendus[0], r.Rendus[0])
	r.Rendus[0].Correcteur, r.Rendus[1].Correcteur, r.Rendus[2].Correcteur = "l'un", "l'autre", "l'un"
	if dit := correcteurs(r); dit != "l'un ; l'autre" {
		t.Errorf("correcteurs = %q, chacun une fois attendu", dit)
	}
}
