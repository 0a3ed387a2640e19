package rapport

import (
	"bytes"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"capteurs/tests/banc"
	"capteurs/tests/bareme"
	"capteurs/tests/decouverte"
)

// La page d'un rendu dit chaque critère, par son signe et son mot, et déplie ce qui n'est pas réussi.
func TestPageDUnRendu(t *testing.T) {
	rendu := exempleDeRendu("rendu_01", func(i int) banc.Verdict { return tousLesVerdicts[max(0, i%40-33)] }, echange)
	r := &Rapport{Version: Version, Rendus: []Rendu{rendu}}
	page := pageEcrite(t, func(b *strings.Builder) error { return HTML(b, r) })
	lue := pageVerifiee(t, page)
	for i, j := range rendu.Jugements {
		ancre := pageIdentifiant(string(j.Etape)) + "-" + j.Critere
		element := map[bool]string{true: `<article class="critere `, false: `<details class="critere `}[pageMontreOuvert(j.Verdict)]
		if debut := element + pageClasses[j.Verdict] + `" id="` + ancre + `">`; !strings.Contains(page, debut) {
			t.Errorf("critère %d : il manque %s", i, debut)
		}
		if dit := fmt.Sprintf("%s %s %s %s %s", Signe(j.Verdict), j.Critere, j.Titre, j.Exigence, j.Verdict); !strings.Contains(lue.texte, dit) {
			t.Errorf("critère %d : il manque « %s »", i, dit)
		}
	}
	for _, phrase := range []string{"première différence au 5e caractère", "isolation", "N0", "un essai", "6745083485968868293"} {
		if !strings.Contains(lue.texte, phrase) {
			t.Errorf("il manque « %s »", phrase)
		}
	}
	if n, m := strings.Count(page, `<svg class="sequence"`), strings.Count(page, `<article class="critere `); n != m {
		t.Errorf("%d diagrammes pour %d critères à regarder", n, m)
	}
}

// Une seule étape : l'ancre est celle du critère, sans plus.
func TestPageAncreSimple(t *testing.T) {
	r := exempleDeClasse(1)
	rendu := &r.Rendus[0]
	rendu.Etapes = rendu.Etapes[:1]
	rendu.Jugements = rendu.Jugements[:12]
	page := pageEcrite(t, func(b *strings.Builder) error { return PageRendu(b, r, 0, "") })
	if !strings.Contains(page, `id="SRV-03"`) {
		t.Error("pas d'ancre SRV-03")
	}
}

// Quelle que soit la preuve, la page reste légère : elle dit ce qu'elle omet, et garde tous les critères tant qu'elle peut.
func TestPageLegere(t *testing.T) {
	if testing.Short() {
		t.Skip("des preuves énormes ; sans -short")
	}
	enorme := bytes.Repeat([]byte("<&\x1b\xff\u202e"), 8<<10)
	var faits []Fait
	for i := range 1200 {
		faits = append(faits, Fait{TUS: int64(i), Qui: []string{"serveur", "client", "banc"}[i%3], Quoi: []string{"sortie", "envoie", "enregistré"}[i%3], Conn: i, Octets: enorme, Texte: strings.Repeat("\x00", 4000)})
	}
	rendu := exempleDeRendu(strings.Repeat("\x01_<", 4000), func(int) banc.Verdict { return banc.Echoue }, func(int) []Fait { return faits })
	long := strings.Repeat("<\x00\u202e\"", 20_000)
	for i := range rendu.Jugements {
		j := &rendu.Jugements[i]
		j.Envoye, j.Attendu, j.Observe, j.Remarque = long, "« "+long+" »", "« "+long+"x »", long
		j.Diagnostics = nil
		for range 30 {
			j.Diagnostics = append(j.Diagnostics, banc.Diagnostic{Code: long, Piste: long})
		}
	}
	for i := range rendu.Etapes {
		e := &rendu.Etapes[i]
		e.Reconnaissance = faits
		e.Client = &decouverte.Programme{Fichier: long, Langage: long, Commande: []string{long}, Pourquoi: long, Erreur: long}
		e.Serveur = e.Client
	}
	for range 100_000 {
		rendu.Alertes = append(rendu.Alertes, "\x1b[31m</style>")
	}
	rendu.Alertes[0], rendu.Remarques = long, []string{long, long, long}
	rendu.Isolation.Raison = long
	note := &bareme.Note{Sur: 2000, Bloquee: long, Palier: long}
	for _, j := range rendu.Jugements {
		ligne := bareme.Ligne{Critere: j.Critere, Etape: j.Etape, Sur: 100, Etat: bareme.Decide, Decision: &bareme.Decision{Motif: long, Auteur: long}}
		note.Sections = append(note.Sections, bareme.Section{Titre: long, Sur: 100, Comptes: 100, Lignes: []bareme.Ligne{ligne}})
		note.Plafonds = append(note.Plafonds, bareme.Plafond{Motif: long, Criteres: []string{long}})
		note.ARelire = append(note.ARelire, ligne)
		note.Gains = append(note.Gains, bareme.Gain{Critere: j.Critere, Etape: j.Etape, Points: 100})
	}
	rendu.Note = note
	r := &Rapport{Version: Version, Rendus: []Rendu{rendu}, Bareme: &bareme.Resume{Nom: long, Empreinte: long}}
	page := pageEcrite(t, func(b *strings.Builder) error { return HTML(b, r) })
	lue := pageVerifiee(t, page)
	if len(page) > pagePoids {
		t.Errorf("%d octets, et non %d au plus", len(page), pagePoids)
	}
	if !strings.Contains(lue.texte, "… et 99988 de plus, dans le JSON") {
		t.Error("les alertes omises ne sont pas comptées")
	}
	montres, verdicts := strings.Count(page, `<article class="critere`), strings.Count(lue.texte, ", détaillé dans le JSON")
	if montres+verdicts != len(rendu.Jugements) || montres < 20 {
		t.Errorf("%d critères montrés, et le verdict de %d, sur %d", montres, verdicts, len(rendu.Jugements))
	}
	t.Logf("%d octets, %d critères montrés", len(page), montres)
}

// Trois étapes réussies tiennent avec toutes leurs preuves, abrégées.
func TestPageReussie(t *testing.T) {
	rendu := exempleDeRendu("juste", func(int) banc.Verdict { return banc.Reussi }, echange)
	page := pageEcrite(t, func(b *strings.Builder) error { return HTML(b, &Rapport{Version: Version, Rendus: []Rendu{rendu}}) })
	if n := strings.Count(page, `<ol class="faits">`); n != len(rendu.Jugements) {
		t.Errorf("%d preuves pour %d critères", n, len(rendu.Jugements))
	}
	if strings.Contains(page, `class="hexa"`) || strings.Contains(page, "n'y sont pas") {
		t.Error("une réussite n'a qu'une preuve abrégée, et aucune ne manque")
	}
}

// Une page est une fonction de son rapport.
func TestPageDeterminee(t *testing.T) {
	r := exempleDeClasse(3)
	for range 3 {
		if a, b := pageEcrite(t, func(b *strings.Builder) error { return HTML(b, r) }), pageEcrite(t, func(b *strings.Builder) error { return HTML(b, r) }); a != b {
			t.Fatal("deux pages différentes d'un même rapport")
		}
	}
}

// La page d'une classe dit chaque rendu, chaque critère, les notes, et mène aux preuves.
func TestPageDUneClasse(t *testing.T) {
	r := exempleDeClasse(30)
	lien := func(i int) string { return fmt.Sprintf("rendus/%02d.html", i) }
	liens := make([]string, len(r.Rendus))
	for i := range liens {
		liens[i] = lien(i)
	}
	page := pageEcrite(t, func(b *strings.Builder) error { return PageClasse(b, r, lien) })
	lue := pageVerifiee(t, page, liens...)
	cellules := 0
	for i, rendu := range r.Rendus {
		cellules += len(rendu.Jugements)
		if !strings.Contains(page, `href="`+lien(i)+`"`) {
			t.Errorf("rien ne mène à %s", rendu.Nom)
		}
	}
	if n := len(regexp.MustCompile(`<td class="\w+" aria-label=`).FindAllString(page, -1)); n != cellules {
		t.Errorf("%d cellules dans la matrice, et non %d", n, cellules)
	}
	for _, phrase := range []string{"31 rendus", "archive illisible", "moyenne", "médiane", "la température enregistrée est arrondie.", "1er mars 2026 à 09 h 05 (UTC)"} {
		if !strings.Contains(lue.texte, phrase) {
			t.Errorf("il manque « %s »", phrase)
		}
	}
	for _, ancre := range regexp.MustCompile(`rendus/00\.html#([\w-]+)`).FindAllStringSubmatch(page, -1) {
		if rendu := pageEcrite(t, func(b *strings.Builder) error { return PageRendu(b, r, 0, "") }); !strings.Contains(rendu, `id="`+ancre[1]+`"`) {
			t.Fatalf("#%s ne mène nulle part dans la page du rendu", ancre[1])
		}
	}
}

// Une note est dans la barre qui dit son intervalle ; la meilleure, dans la dernière.
func TestPageHistogrammeBarres(t *testing.T) {
	h := pageRepartir(statistique{Sur: 20, Notes: []float64{0, 0.75, 9.75, 10, 20, 20}})
	const resume = "Nombre de rendus par note : 2 de 0 à 1, 1 de 9 à 10, 1 de 10 à 11, 2 de 19 à 20. Moyenne 0, médiane 0."
	if h.Resume != resume || len(h.Barres) != 4 || h.Barres[0].X != histogrammeGauche+1 {
		t.Errorf("%s\n%+v", h.Resume, h.Barres)
	}
}

// L'histogramme compte chaque note une fois, et tient dans son cadre.
func TestPageHistogramme(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := statistique{Sur: rapid.SampledFrom([]float64{20, 10, 100, 5}).Draw(t, "sur")}
		n := rapid.SampledFrom([]int{1, 2, 30, 200}).Draw(t, "n")
		s.Notes = rapid.SliceOfN(rapid.Float64Range(-2, s.Sur*1.1), n, n).Draw(t, "notes")
		s.Moyenne, s.Mediane = rapid.Float64Range(-2, s.Sur*1.1).Draw(t, "moyenne"), rapid.Float64Range(0, s.Sur).Draw(t, "médiane")
		h := pageRepartir(s)
		total := 0
		for _, b := range h.Barres {
			total += b.Nombre
			if b.Y < histogrammeHaut || b.Y+b.Hauteur != h.Base || b.X < h.Gauche || b.X+b.Largeur > h.Droite || b.Hauteur < 0 {
				t.Fatalf("barre hors du cadre : %+v", b)
			}
		}
		if total != len(s.Notes) {
			t.Fatalf("%d notes dans le dessin, et non %d", total, len(s.Notes))
		}
		for _, repere := range []pageRepere{h.Moyenne, h.Mediane} {
			if repere.X < h.Gauche || repere.X > h.Droite {
				t.Fatalf("repère hors du cadre : %+v", repere)
			}
		}
	})
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
		verifier := func(encre, fond string) {
			t.Helper()
			if couleurs[encre] == "" || couleurs[fond] == "" {
				t.Errorf("%s : --%s ou --%s n'est pas une couleur", nom, encre, fond)
			} else if c := contraste(couleurs[encre], couleurs[fond]); c < 4.5 {
				t.Errorf("%s : --%s sur --%s a un contraste de %.2f", nom, encre, fond, c)
			}
		}
		for _, fond := range []string{"fond", "carte", "creux"} {
			for _, encre := range []string{"texte", "doux", "lien"} {
				verifier(encre, fond)
			}
		}
		for _, verdict := range []string{"reussi", "echoue", "partiel", "relire", "ignore", "erreur"} {
			for _, fond := range []string{"fond", "carte", "fond-" + verdict} {
				verifier(verdict, fond)
			}
			verifier("texte", "fond-"+verdict)
			verifier("doux", "fond-"+verdict)
		}
		verifier("sur-marque", "marque")
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
