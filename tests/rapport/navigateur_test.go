package rapport

import (
	"fmt"
	"strings"
	"testing"

	"capteurs/tests/banc"
	"capteurs/tests/navigateur"
)

// pagesAVoir rend des pages de toutes les sortes, dont une hostile.
func pagesAVoir(t *testing.T) map[string]string {
	t.Helper()
	hostile := strings.Join(mauvaisMorceaux, "")
	rendu := exempleDeRendu(hostile, func(i int) banc.Verdict { return tousLesVerdicts[max(0, i%20-13)] }, func(i int) []Fait {
		return append(echange(i), Fait{TUS: 400_000, Qui: "client", Quoi: "erreurs", Octets: []byte(hostile)}, Fait{TUS: 400_001, Qui: "client", Quoi: "envoie", Conn: 1, Octets: []byte(strings.Repeat("W", 900))})
	})
	for i := range rendu.Jugements {
		j := &rendu.Jugements[i]
		j.Observe, j.Remarque, j.Titre = j.Observe+hostile, hostile, j.Titre+strings.Repeat("W", 100)
	}
	rendu.Alertes, rendu.Remarques = []string{hostile}, []string{hostile}
	classe := exempleDeClasse(30)
	hostiles := exempleDeClasse(3)
	for i := range hostiles.Rendus {
		hostiles.Rendus[i].Nom = hostile + fmt.Sprint(i)
	}
	hostiles.Classe = hostile
	pages := map[string]string{}
	for nom, r := range map[string]*Rapport{"classe": classe, "hostile": {Version: Version, Rendus: []Rendu{rendu}}, "classe_hostile": hostiles} {
		pages[nom] = pageEcrite(t, func(b *strings.Builder) error { return HTML(b, r) })
	}
	pages["rendu"] = pageEcrite(t, func(b *strings.Builder) error { return PageRendu(b, classe, 4, "../index.html") })
	pages["pas_corrige"] = pageEcrite(t, func(b *strings.Builder) error { return PageRendu(b, classe, 30, "") })
	return pages
}

// Une page s'ouvre sans que le navigateur s'en plaigne, ne demande rien, et tient en largeur, dépliée ou non, sur un grand
// écran et sur un téléphone, en clair et en sombre.
func TestPageDansUnNavigateur(t *testing.T) {
	o := navigateur.Ouvrir(t)
	for nom, page := range pagesAVoir(t) {
		t.Run(nom, func(t *testing.T) { navigateur.VerifierPage(t, o, navigateur.Deposer(t, nom, page)) })
	}
}

// Une page s'imprime, et ce qui explique une faute s'y lit sans être déplié.
func TestPageImprimee(t *testing.T) {
	o := navigateur.Ouvrir(t)
	pages := pagesAVoir(t)
	for _, nom := range []string{"classe", "hostile", "rendu"} {
		o.Aller(t, 1280, navigateur.Deposer(t, nom, pages[nom]))
		if _, n := o.Imprimer(t); n < 1 || n > 60 {
			t.Errorf("%s : %d feuilles", nom, n)
		}
	}
	const deplie = `(d => d.offsetHeight > 1.5 * d.querySelector('summary').offsetHeight)(document.querySelector('article.critere .savoir'))`
	if navigateur.Evaluer[bool](t, o, deplie) {
		t.Error("à l'écran, « pourquoi » est déplié")
	}
	o.SurPapier(t)
	if !navigateur.Evaluer[bool](t, o, deplie) {
		t.Error("« pourquoi » ne se lit pas sur papier")
	}
}

// Une page se lit au clavier : un lien saute au contenu, et ce qui est plié se déplie.
func TestPageAuClavier(t *testing.T) {
	navigateur.VerifierClavier(t, navigateur.Ouvrir(t), navigateur.Deposer(t, "rendu", pagesAVoir(t)["rendu"]))
}
