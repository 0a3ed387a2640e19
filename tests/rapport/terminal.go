package rapport

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"

	"capteurs/tests/banc"
	"capteurs/tests/releve"
)

// Style règle l'apparence de ce qui s'écrit sur un terminal.
type Style struct {
	Couleur bool // sinon, les mots et les signes suffisent
	Largeur int  // colonnes ; 0 : 80 ; pas moins de 40
	Preuves bool // montrer les faits qui ont fait conclure, critère par critère
}

// Les tons d'un terminal (ECMA-48, SGR).
const (
	sobre = ""
	gras  = "1"
	vert  = "32"
	rouge = "31"
	jaune = "33"
	gris  = "2"
)

// ton rend celui d'un verdict.
func ton(v banc.Verdict) string {
	switch v {
	case banc.Reussi:
		return vert
	case banc.Echoue, banc.Defaillance:
		return rouge
	case banc.Ignore:
		return gris
	}
	return jaune
}

// ecran met en lignes ce qui s'écrit sur un terminal. Rien de ce qu'un rendu a écrit n'y commande le terminal, ni ne dépasse sa
// largeur.
type ecran struct {
	style Style
	texte strings.Builder
}

func nouvelEcran(s Style) *ecran {
	if s.Largeur == 0 {
		s.Largeur = 80
	}
	s.Largeur = max(s.Largeur, 40)
	return &ecran{style: s}
}

// vide passe une ligne.
func (e *ecran) vide() { e.texte.WriteByte('\n') }

// titre écrit une ligne au ton donné ; si elle est trop longue, sa suite est en retrait.
func (e *ecran) titre(ton, texte string) { e.titreEtPoints(ton, texte, "") }

// titreEtPoints écrit un titre à gauche, et des points à droite : sur sa dernière ligne s'ils y tiennent.
func (e *ecran) titreEtPoints(ton, texte, points string) {
	const retrait = "      "
	lignes := couper(montrerEnLigne(texte), e.style.Largeur, e.style.Largeur-len(retrait))
	for i := range lignes[1:] {
		lignes[i+1] = retrait + strings.TrimPrefix(lignes[i+1], " ")
	}
	if points != "" {
		points = abregerLaFin(points, e.style.Largeur)
		derniere := &lignes[len(lignes)-1]
		if colonnesDe(*derniere)+2+colonnesDe(points) > e.style.Largeur {
			lignes = append(lignes, "")
			derniere = &lignes[len(lignes)-1]
		}
		*derniere += calerADroite(points, e.style.Largeur-colonnesDe(*derniere))
	}
	for _, ligne := range lignes {
		e.ligne(ton, ligne)
	}
}

// paragraphe écrit un texte, en retrait du nom qui le présente : un mot du correcteur, court.
func (e *ecran) paragraphe(retrait int, nom, texte string) {
	debut := strings.Repeat(" ", retrait)
	e.ecrire(sobre, debut+nom, strings.Repeat(" ", retrait+colonnesDe(nom)), texte)
}

// corrigePar écrit quel correcteur a parlé, s'il l'a dit.
func (e *ecran) corrigePar(correcteur string) {
	if correcteur != "" {
		e.paragraphe(0, "corrigé par ", correcteur)
	}
}

// commande écrit une commande à taper. Coupée entre deux mots, elle finit ses lignes par la barre que lit un interpréteur
// (POSIX, 2.2.1) : elle se copie telle quelle.
func (e *ecran) commande(retrait int, nom, texte string) {
	debut := strings.Repeat(" ", retrait) + nom
	suite := strings.Repeat(" ", colonnesDe(debut))
	ligne := debut
	for i, mot := range motsDeCommande(montrerEnLigne(texte)) {
		if i > 0 && colonnesDe(ligne)+1+colonnesDe(mot)+len(" \\") > e.style.Largeur {
			e.lignes(ligne + " \\")
			ligne = suite + mot
			continue
		}
		if i > 0 {
			ligne += " "
		}
		ligne += mot
	}
	e.lignes(ligne)
}

// lignes écrit un texte déjà mis en forme, coupé s'il le faut quand même : un mot peut dépasser la largeur.
func (e *ecran) lignes(texte string) {
	for _, ligne := range couper(texte, e.style.Largeur, e.style.Largeur) {
		e.ligne(sobre, ligne)
	}
}

// motsDeCommande coupe une commande aux blancs qui ne sont pas entre apostrophes.
func motsDeCommande(texte string) []string {
	entre := false
	return strings.FieldsFunc(texte, func(r rune) bool {
		if r == '\'' {
			entre = !entre
		}
		return r == ' ' && !entre
	})
}

func (e *ecran) ecrire(ton, retrait, suite, texte string) {
	for i, ligne := range couper(montrerEnLigne(texte), e.style.Largeur-colonnesDe(retrait), e.style.Largeur-colonnesDe(suite)) {
		if i > 0 {
			retrait, ligne = suite, strings.TrimPrefix(ligne, " ")
		}
		e.ligne(ton, retrait+ligne)
	}
}

// ligne écrit une ligne déjà mise en forme.
func (e *ecran) ligne(ton, ligne string) {
	ligne = strings.TrimRight(ligne, " ")
	if e.style.Couleur && ton != sobre {
		ligne = "\x1b[" + ton + "m" + ligne + "\x1b[0m"
	}
	e.texte.WriteString(ligne + "\n")
}

// texteMaximal borne ce qu'on montre d'un texte, en caractères ; le JSON garde le reste.
const texteMaximal = 4000

// montrerEnLigne montre un texte ; un texte vide reste vide.
func montrerEnLigne(texte string) string {
	if texte == "" {
		return ""
	}
	return releve.Montrer([]byte(texte), texteMaximal)
}

// colonnesDe rend le nombre de colonnes que prend un texte sur un terminal.
func colonnesDe(texte string) (n int) {
	for _, r := range texte {
		n += colonnesDuCaractere(r)
	}
	return n
}

// colonnesDuCaractere rend 2 pour un caractère large (Unicode, annexe 11), 0 pour ce qui se pose sur le précédent, sinon 1. Le
// sélecteur d'émoji compte 1 : il peut élargir le caractère d'avant.
func colonnesDuCaractere(r rune) int {
	const selecteurEmoji = '\ufe0f'
	if r < 0x300 {
		return 1
	}
	if unicode.In(r, unicode.Mn, unicode.Me) && r != selecteurEmoji {
		return 0
	}
	if k := width.LookupRune(r).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
		return 2
	}
	return 1
}

// couper coupe un texte en lignes, aux blancs quand il y en a : la première d'au plus n colonnes, les autres d'au plus suite.
// Il faut au moins deux colonnes, ce que prend un caractère large.
func couper(texte string, n, suite int) (lignes []string) {
	n, suite = max(n, 2), max(suite, 2)
	reste := []rune(texte)
	for {
		coupe, pris := 0, 0
		for coupe < len(reste) && pris+colonnesDuCaractere(reste[coupe]) <= n {
			pris += colonnesDuCaractere(reste[coupe])
			coupe++
		}
		if coupe == len(reste) {
			return append(lignes, string(reste))
		}
		for i := coupe; i > coupe/2; i-- {
			if reste[i] == ' ' && !insecable(reste, i) {
				coupe = i
				break
			}
		}
		lignes = append(lignes, string(reste[:coupe]))
		reste, n = reste[coupe:], suite
	}
}

// insecable dit si un blanc ne se coupe pas : après un guillemet ouvrant, avant un signe double.
func insecable(texte []rune, i int) bool {
	return i > 0 && texte[i-1] == '«' || i+1 < len(texte) && strings.ContainsRune("»:;!?", texte[i+1])
}

// abregerLaFin rend un texte d'au plus n colonnes ; ce qui manque est à la fin.
func abregerLaFin(texte string, n int) string {
	texte = montrerEnLigne(texte)
	if colonnesDe(texte) <= n {
		return texte
	}
	return couper(texte, n-1, n-1)[0] + "…"
}

// abreger rend un texte d'au plus n colonnes ; ce qui manque est au milieu, où se distinguent le moins des noms qui se
// suivent.
func abreger(texte string, n int) string {
	texte = montrerEnLigne(texte)
	if colonnesDe(texte) <= n {
		return texte
	}
	lettres := []rune(texte)
	debut, fin := 0, len(lettres)
	for place := n - 1; debut < fin; {
		prendreDebut := debut <= len(lettres)-fin
		i := debut
		if !prendreDebut {
			i = fin - 1
		}
		if place -= colonnesDuCaractere(lettres[i]); place < 0 {
			break
		}
		if prendreDebut {
			debut++
		} else {
			fin--
		}
	}
	return string(lettres[:debut]) + "…" + string(lettres[fin:])
}

// caler ajoute des blancs à un texte jusqu'à n colonnes.
func caler(texte string, n int) string {
	return texte + strings.Repeat(" ", max(0, n-colonnesDe(texte)))
}

// calerADroite met ces blancs devant.
func calerADroite(texte string, n int) string {
	return strings.Repeat(" ", max(0, n-colonnesDe(texte))) + texte
}
