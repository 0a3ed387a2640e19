package navigateur

import (
	"regexp"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

const (
	// Debordement est ce qu'une page a de trop en largeur, en pixels.
	Debordement = `document.documentElement.scrollWidth - document.documentElement.clientWidth`

	toutOuvrir = `document.querySelectorAll('details').forEach(d => d.open = true)`
	// la plus petite taille d'un texte qui se voit, hors des dessins, en pixels
	plusPetit = `Math.min(...[...document.querySelectorAll('main *:not(svg *)')].filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())).map(e => parseFloat(getComputedStyle(e).fontSize)))`
)

// VerifierPage vérifie qu'une page s'ouvre sans que le navigateur s'en plaigne, ne demande rien au réseau, et tient en
// largeur, dépliée ou non, sur un grand écran et sur un téléphone, en clair et en sombre.
func VerifierPage(t *testing.T, o *Onglet, adresse string) {
	t.Helper()
	fonds := map[string]bool{}
	for _, largeur := range []int64{1280, 390} {
		for _, couleurs := range []string{"light", "dark"} {
			o.Vider()
			o.Theme(t, couleurs)
			o.Aller(t, largeur, adresse)
			fermee := Evaluer[int](t, o, Debordement)
			o.Faire(t, chromedp.Evaluate[chromedp.Void](toutOuvrir))
			if ouverte := Evaluer[int](t, o, Debordement); fermee > 0 || ouverte > 0 {
				t.Errorf("%d pixels de large : %d de trop, %d une fois dépliée", largeur, fermee, ouverte)
			}
			if taille := Evaluer[float64](t, o, plusPetit); taille < 10.5 {
				t.Errorf("%d pixels de large : un texte de %.1f pixels", largeur, taille)
			}
			fonds[Evaluer[string](t, o, `getComputedStyle(document.body).backgroundColor`)] = true
			if plaintes, demandes := o.Vider(); len(plaintes) > 0 || len(demandes) != 1 {
				t.Errorf("plaintes : %q ; demandes : %q", plaintes, demandes)
			}
		}
	}
	if len(fonds) != 2 {
		t.Errorf("fonds en clair et en sombre : %v", fonds)
	}
}

// VerifierClavier vérifie qu'une page se lit au clavier : la première tabulation montre un lien vers le contenu, et ce qui
// est plié se déplie.
func VerifierClavier(t *testing.T, o *Onglet, adresse string) {
	t.Helper()
	o.Aller(t, 1280, adresse)
	o.Faire(t, chromedp.KeyEvent(kb.Tab))
	if !Evaluer[bool](t, o, `document.activeElement.matches('.saut') && document.activeElement.getBoundingClientRect().top >= 0`) {
		t.Error("la première tabulation ne montre pas le lien vers le contenu")
	}
	o.Faire(t, chromedp.KeyEvent(kb.Enter))
	if ancre := Evaluer[string](t, o, `location.hash`); ancre != "#contenu" {
		t.Errorf("le lien mène à %q", ancre)
	}
	for range 200 {
		o.Faire(t, chromedp.KeyEvent(kb.Tab))
		if Evaluer[bool](t, o, `document.activeElement.matches('summary')`) {
			o.Faire(t, chromedp.KeyEvent(kb.Enter))
			if !Evaluer[bool](t, o, `document.activeElement.parentElement.open`) {
				t.Error("Entrée ne déplie pas")
			}
			if largeur := Evaluer[string](t, o, `getComputedStyle(document.activeElement).outlineWidth`); largeur == "0px" {
				t.Error("ce qui est choisi ne se voit pas")
			}
			return
		}
	}
	t.Error("le clavier n'atteint rien à déplier")
}

var motifDeFeuille = regexp.MustCompile(`/Type\s*/Page\b`)

// Imprimer rend la page ouverte en PDF, et son nombre de feuilles.
func (o *Onglet) Imprimer(t testing.TB) (pdf []byte, feuilles int) {
	t.Helper()
	pdf, err := chromedp.Run(o.ctx, chromedp.PrintToPDF(chromedp.PDFPreferCSSPageSize()))
	if err != nil {
		t.Fatal(err)
	}
	return pdf, len(motifDeFeuille.FindAll(pdf, -1))
}
