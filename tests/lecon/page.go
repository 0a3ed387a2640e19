package main

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

//go:embed page.css page.tmpl
var pageFichiers embed.FS

var pageModele = template.Must(template.ParseFS(pageFichiers, "page.tmpl"))

// page est ce que le modèle montre : la leçon, mise en HTML.
type page struct {
	lecon  *lecon
	ancres map[*groupe]string

	Style    template.CSS
	Idees    []pageIdee
	Fichiers []*pageFichier
	Piege    pagePiege
	Bilan    []pageSection
}

// pageIdee présente une étape.
type pageIdee struct {
	Rang   int
	Titre  string
	Phrase []template.HTML
	Suite  []template.HTML
}

// pageFichier est l'un des fichiers que les étapes ont toutes.
type pageFichier struct {
	Nom     string
	Ancre   string
	Groupes []*pageGroupe
	Total   comptes
	Plus    int // le plus grand nombre de lignes d'une déclaration à une étape
	Carte   *pageCarte
}

type pageGroupe struct {
	Ancre, Nom string
	Resume     string // pourquoi il est replié ; rien, s'il ne l'est pas
	Comptes    comptes
	Barres     []pageBarre
	Dits       []pageDit
	Rangees    int
	Colonnes   [3]pageColonne
}

// pageDit est ce que le README d'une étape dit d'un groupe.
type pageDit struct {
	Rang   int
	Phrase template.HTML
}

// pageBarre est la longueur d'un groupe à une étape, sur 100.
type pageBarre struct{ Rang, Haut, Longueur int }

// pageColonne est ce qu'un groupe est à une étape, de haut en bas.
type pageColonne struct {
	Rang     int
	Titre    string
	Morceaux []*pageMorceau
}

// pageMorceau est un titre, du code, ou un vide d'autant de rangées.
type pageMorceau struct {
	Rangees         int
	Nom, Lieu       string
	Nature, Passage template.HTML
	Lignes          []pageLigne
}

// pageLigne est une unité, ou un vide au milieu d'une déclaration.
type pageLigne struct {
	Vide   int
	Classe string
	Texte  template.HTML
}

type pagePiege struct {
	Nom, Sortie    string
	Avant, Apres   []template.HTML // ce qu'en dit le README : avant l'exemple, et après sa sortie
	Montre, Entour []pageCode
}

type pageCode struct {
	Nom    string
	Lignes []pageLigne
}

type pageSection struct {
	Titre string
	Blocs []template.HTML
}

// ecrirePage écrit la leçon en une page, complète : elle ne demande rien au réseau, et n'a ni script ni date.
func ecrirePage(w io.Writer, l *lecon) error {
	p := &page{lecon: l, ancres: map[*groupe]string{}}
	style, err := pageFichiers.ReadFile("page.css")
	if err != nil {
		return fmt.Errorf("feuille de style illisible, reconstruisez la commande : %w", err)
	}
	p.Style = template.CSS(style)
	p.ancrer()
	for k, e := range l.etapes {
		p.Idees = append(p.Idees, p.idee(e, l.enTete[k]))
	}
	dAbord := &page{lecon: l.essentiel, ancres: map[*groupe]string{}}
	dAbord.ancrer()
	for _, partie := range []*page{dAbord, p} {
		for _, nom := range fichiers {
			p.Fichiers = append(p.Fichiers, partie.fichier(nom))
		}
	}
	p.Piege = p.piege()
	for reste := l.bilan; len(reste) > 0; {
		section := reste[:enTeteDe(reste, func(b bloc) bool { return b.section == reste[0].section })]
		p.Bilan = append(p.Bilan, pageSection{section[0].section, p.blocs(section)})
		reste = reste[len(section):]
	}
	if err := pageModele.ExecuteTemplate(w, "page.tmpl", p); err != nil {
		return fmt.Errorf("leçon impossible à écrire : %w", err)
	}
	return nil
}

// ancrer donne à chaque groupe un nom où l'on peut sauter.
func (p *page) ancrer() {
	var prises []string
	for _, g := range p.lecon.groupes {
		ancre := p.ancreDe(g.fichier) + "-" + strings.ToLower(strings.ReplaceAll(g.nom(), " ", "-"))
		for n := 2; slices.Contains(prises, ancre); n++ {
			ancre = fmt.Sprintf("%s-%d", strings.TrimRight(ancre, "-0123456789"), n)
		}
		prises = append(prises, ancre)
		p.ancres[g] = ancre
	}
}

// ancreDe donne un nom à un fichier : client, ou essentiel-client.
func (p *page) ancreDe(fichier string) string {
	return strings.NewReplacer("/main.go", "", ".go", "", "/", "-").Replace(p.lecon.chemin(fichier))
}

var motifDePaquet = regexp.MustCompile(`^Package \w+, étape \d : `)

func (p *page) idee(e *etape, enTete []bloc) pageIdee {
	idee := pageIdee{Rang: e.rang, Titre: e.titre}
	for paragraphe := range strings.SplitSeq(e.idee, "\n\n") {
		phrase := enPhrase(motifDePaquet.ReplaceAllString(paragraphe, ""))
		idee.Phrase = append(idee.Phrase, p.enLigne(phrase, nil))
	}
	idee.Suite = p.blocs(enTete)
	return idee
}

// enPhrase remet un paragraphe sur une ligne, et lui donne une majuscule.
func enPhrase(paragraphe string) string {
	mots := strings.Join(strings.Fields(paragraphe), " ")
	_, n := utf8.DecodeRuneInString(mots)
	return strings.ToUpper(mots[:n]) + mots[n:]
}

// blocs met en HTML des blocs de README qui se suivent. Leurs puces y font des listes.
func (p *page) blocs(blocs []bloc) (html []template.HTML) {
	for len(blocs) > 0 {
		puces := blocs[:enTeteDe(blocs, func(b bloc) bool { return b.sorte == puce })]
		if len(puces) == 0 {
			html = append(html, p.bloc(blocs[0], nil))
			blocs = blocs[1:]
			continue
		}
		liste := template.HTML("<ul>")
		for _, b := range puces {
			liste += "<li>" + p.enLigne(b.texte, nil) + "</li>"
		}
		html = append(html, liste+"</ul>")
		blocs = blocs[len(puces):]
	}
	return html
}

// enTeteDe compte les blocs acceptés avant le premier qui ne l'est pas.
func enTeteDe(blocs []bloc, accepte func(bloc) bool) int {
	if n := slices.IndexFunc(blocs, func(b bloc) bool { return !accepte(b) }); n >= 0 {
		return n
	}
	return len(blocs)
}

// bloc met en HTML un bloc de README, une puce comme un paragraphe : à côté du code dont elle parle, elle est seule.
func (p *page) bloc(b bloc, ici *groupe) template.HTML {
	switch {
	case b.sorte == code && b.langage == "go":
		return template.HTML(`<pre class="code">`) + enCode(b.texte) + "</pre>"
	case b.sorte == code && b.langage != "":
		return template.HTML("<pre>" + template.HTMLEscapeString(b.texte) + "</pre>")
	case b.sorte == code: // un dessin
		var parties template.HTML
		for _, partie := range enParties(b.texte) {
			parties += template.HTML("<pre>" + template.HTMLEscapeString(partie) + "</pre>")
		}
		return `<div class="dessin">` + parties + "</div>"
	}
	return "<p>" + p.enLigne(b.texte, ici) + "</p>"
}

// enParties coupe un dessin entre ce que sa première ligne met côte à côte, là où deux colonnes sont vides de haut en bas : dans
// une page étroite, ses parties se suivent.
func enParties(dessin string) (parties []string) {
	var lignes [][]rune
	largeur := 0
	for ligne := range strings.SplitSeq(strings.TrimRight(dessin, "\n"), "\n") {
		lignes = append(lignes, []rune(ligne))
		largeur = max(largeur, len(lignes[len(lignes)-1]))
	}
	vide := func(colonne int) bool {
		return !slices.ContainsFunc(lignes, func(l []rune) bool { return colonne < len(l) && l[colonne] != ' ' })
	}
	couper := func(debut, fin int) {
		var partie strings.Builder
		for _, l := range lignes {
			partie.WriteString(strings.TrimRight(string(l[min(debut, len(l)):min(fin, len(l))]), " ") + "\n")
		}
		parties = append(parties, partie.String())
	}
	debut := 0
	for c := 2; c < largeur; c++ {
		if vide(c-2) && vide(c-1) && c < len(lignes[0]) && lignes[0][c] != ' ' {
			couper(debut, c)
			debut = c
		}
	}
	couper(debut, largeur)
	return parties
}

func enCode(texte string) (html template.HTML) {
	for _, l := range lignesDe(strings.TrimRight(texte, "\n")) {
		html += template.HTML(`<span class="`+l.Classe+`">`) + l.Texte + "\n</span>"
	}
	return html
}

func lignesDe(texte string) (lignes []pageLigne) {
	for _, u := range unites(&declaration{texte: texte}) {
		lignes = append(lignes, pageLigne{Classe: classeDe(u), Texte: marquer(u)})
	}
	return lignes
}

func (p *page) piege() pagePiege {
	l := p.lecon.piege
	v := pagePiege{Nom: l.nom, Sortie: l.sortie}
	annonce := min(1, len(p.lecon.lePiege)) // le premier bloc annonce l'exemple
	v.Avant, v.Apres = p.blocs(p.lecon.lePiege[:annonce]), p.blocs(p.lecon.lePiege[annonce:])
	for _, d := range l.montre {
		v.Montre = append(v.Montre, pageCode{d.complet(), lignesDe(sansSortie(d))})
	}
	for _, d := range l.entoure {
		v.Entour = append(v.Entour, pageCode{d.complet(), lignesDe(d.texte)})
	}
	return v
}
