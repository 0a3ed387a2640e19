package main

import (
	"testing"

	"capteurs/tests/navigateur"
)

// La leçon s'ouvre sans plainte, sur un projecteur et sur un téléphone, en clair et en sombre, et se lit au clavier.
func TestLeconDansUnNavigateur(t *testing.T) {
	o := navigateur.Ouvrir(t)
	adresse := navigateur.Deposer(t, "lecon", pageEcrite(t, lues(t)))
	navigateur.VerifierPage(t, o, adresse)
	navigateur.VerifierClavier(t, o, adresse)
}

// alignees dit de combien de pixels s'écartent, au plus, deux lignes qui se répondent : à toutes les largeurs, une ligne que rien ne
// change est à la même hauteur dans les trois colonnes.
const alignees = `Math.max(...['flag.Parse()', 'defer conn.Close()', 'defer s.mu.Unlock()', 'return json.NewEncoder(f).Encode(ligne)'].map(ligne => {
	const hauts = [...document.querySelectorAll('.grille .l')].filter(l => l.textContent.trim() === ligne).map(l => l.getBoundingClientRect().top)
	if (hauts.length % 3) throw new Error(ligne + ' : ' + hauts.length)
	hauts.sort((a, b) => a - b)
	return Math.max(...hauts.map((h, i) => h - hauts[i - i % 3]))
}))`

// Les trois colonnes sont côte à côte sur un grand écran, et leurs rangées se répondent, là comme sur un téléphone.
func TestLeconAlignee(t *testing.T) {
	o := navigateur.Ouvrir(t)
	adresse := navigateur.Deposer(t, "lecon", pageEcrite(t, lues(t)))
	for _, largeur := range []int64{390, 660, 1280, 1920} {
		o.Aller(t, largeur, adresse)
		if ecart := navigateur.Evaluer[float64](t, o, alignees); ecart > 0.5 {
			t.Errorf("%d pixels de large : des lignes qui se répondent à %.1f pixels l'une de l'autre", largeur, ecart)
		}
		visible := navigateur.Evaluer[bool](t, o, `[...document.querySelectorAll('.grille')].every(g => g.scrollWidth <= g.clientWidth)`)
		if visible != (largeur >= 1280) {
			t.Errorf("%d pixels de large : les trois colonnes d'un coup = %v", largeur, visible)
		}
		for _, entier := range []string{".idee pre", ".index .large", ".carte .large"} {
			coupes := navigateur.Evaluer[float64](t, o, `[...document.querySelectorAll('`+entier+`')].filter(e => e.scrollWidth > e.clientWidth).length`)
			if coupes > 0 {
				t.Errorf("%d pixels de large : %v « %s » coupés à droite", largeur, coupes, entier)
			}
		}
	}
}

// La leçon s'imprime en quelques feuilles, rien de replié.
func TestLeconImprimee(t *testing.T) {
	o := navigateur.Ouvrir(t)
	o.Aller(t, 1280, navigateur.Deposer(t, "lecon", pageEcrite(t, lues(t))))
	if _, feuilles := o.Imprimer(t); feuilles < 5 || feuilles > 26 {
		t.Errorf("%d feuilles", feuilles)
	}
	const deplie = `(d => d.offsetHeight > 3 * d.querySelector('summary').offsetHeight)(document.querySelector('#client-connecter'))`
	if navigateur.Evaluer[bool](t, o, deplie) {
		t.Error("à l'écran, ce qui se répète est déplié")
	}
	o.SurPapier(t)
	if !navigateur.Evaluer[bool](t, o, deplie) {
		t.Error("ce qui se répète ne se lit pas sur papier")
	}
}
