package rapport

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// pageDifference est la première différence entre une valeur attendue et celle qui a été observée.
type pageDifference struct {
	Avant                         string // ce qu'elles ont en commun
	Attendu, Observe              string // le premier caractère qui diffère ; « ∅ » à la fin de la valeur
	SuiteAttendue, SuiteObservee  string
	Phrase                        string // où elle est, en mots
	valeurAttendue, valeurTrouvee string
	commun                        int // octets
}

// pageDifferer cherche ce qui sépare ce qu'un critère attendait de ce qu'il a observé, quand les deux citent des valeurs
// qui se ressemblent. Elle rend nil quand il n'y a rien d'utile à dire : des valeurs égales, ou sans rapport.
func pageDifferer(j *Jugement) *pageDifference {
	trouvees := pageTrouvees(j.Observe)
	attendues := pageValeurs(j.Attendu)
	if len(attendues) == 0 {
		attendues = pageMembres(j.Envoye)
	}
	for _, attendue := range attendues {
		if trouvee, ok := pagePlusProche(attendue, trouvees); ok {
			return pageComparer(attendue, trouvee)
		}
	}
	return nil
}

// pagePlusProche rend la valeur qui ressemble le plus à celle qu'on attendait ; aucune quand celle-ci est arrivée intacte.
func pagePlusProche(attendue string, trouvees []string) (proche string, ok bool) {
	meilleure := 0.0
	for _, trouvee := range trouvees {
		if pageEgales(attendue, trouvee) {
			return "", false
		}
		if r := pageRessemblance(attendue, trouvee); r > meilleure {
			meilleure, proche = r, trouvee
		}
	}
	return proche, meilleure > 0
}

// pageComparer rend la première différence entre deux textes ; nil s'ils sont égaux.
func pageComparer(attendu, observe string) *pageDifference {
	if attendu == observe {
		return nil
	}
	a, o := []rune(attendu), []rune(observe)
	n := 0
	for n < len(a) && n < len(o) && a[n] == o[n] {
		n++
	}
	d := &pageDifference{valeurAttendue: attendu, valeurTrouvee: observe, commun: len(string(a[:n]))}
	const autour = 24
	if debut := max(0, n-autour); debut > 0 {
		d.Avant = "…" + pageTexte(string(a[debut:n]), autour)
	} else {
		d.Avant = pageTexte(string(a[:n]), autour)
	}
	d.Attendu, d.SuiteAttendue = pageCaractere(a, n, autour)
	d.Observe, d.SuiteObservee = pageCaractere(o, n, autour)
	d.Phrase = fmt.Sprintf("première différence au %s caractère : attendu %s, observé %s", pageOrdinal(n+1), pageNommer(a, n), pageNommer(o, n))
	return d
}

func pageCaractere(texte []rune, n, autour int) (caractere, suite string) {
	if n >= len(texte) {
		return "∅", ""
	}
	suite = pageTexte(string(texte[n+1:min(len(texte), n+1+autour)]), autour)
	if n+1+autour < len(texte) {
		suite += "…"
	}
	return pageTexte(string(texte[n]), 1), suite
}

// pageNommer dit un caractère par son signe et son numéro (Unicode) : deux caractères différents peuvent se ressembler.
func pageNommer(texte []rune, n int) string {
	if n >= len(texte) {
		return "la fin"
	}
	numero := fmt.Sprintf("U+%04X", texte[n])
	if !unicode.IsGraphic(texte[n]) || unicode.Is(unicode.M, texte[n]) || unicode.IsSpace(texte[n]) {
		return numero
	}
	return fmt.Sprintf("« %c » (%s)", texte[n], numero)
}

func pageOrdinal(n int) string {
	if n == 1 {
		return "1er"
	}
	return fmt.Sprintf("%de", n)
}

// Les valeurs citées : entre guillemets, ou une température. Les phrases d'un critère n'en citent pas autrement.
var (
	pageCitation    = regexp.MustCompile(`« ([^»]*) »|"([^"]+)"|(-?\d+(?:[.,]\d+)?) °C`)
	pageMembre      = regexp.MustCompile(`:\s*(?:"([^"]+)"|(-?\d+(?:\.\d+)?))`)
	pageEstUnNombre = regexp.MustCompile(`^-?\d+(?:[.,]\d+)?$`)
	pageEcrit       = "il a écrit « " // ce qu'un programme affiche n'est pas ce qu'il a enregistré
)

// De longs textes, ou beaucoup de valeurs, ne valent pas le temps de les comparer.
const (
	pageValeursMax = 32
	pageValeurMax  = 200 // caractères
	pagePhraseMax  = 4000
)

func pageValeurs(phrase string) []string { return pageExtraire(pageCitation, phrase) }

// pageMembres rend les valeurs des membres d'un message JSON envoyé.
func pageMembres(envoye string) []string { return pageExtraire(pageMembre, envoye) }

func pageExtraire(motif *regexp.Regexp, phrase string) (valeurs []string) {
	phrase = phrase[:min(len(phrase), pagePhraseMax)]
	for _, groupes := range motif.FindAllStringSubmatch(phrase, pageValeursMax) {
		valeurs = append(valeurs, strings.Join(groupes[1:], "")) // un seul n'est pas vide
	}
	return valeurs
}

// pageTrouvees rend les valeurs qu'une observation cite, et les champs des lignes qu'elle cite.
func pageTrouvees(observe string) (trouvees []string) {
	observe, _, _ = strings.Cut(observe, pageEcrit)
	for _, cite := range pageValeurs(observe) {
		trouvees = append(trouvees, cite)
		for _, separateurs := range []string{";|\t{}", ";|\t{},"} { // une virgule sépare des champs, ou des décimales
			for _, champ := range strings.FieldsFunc(cite, func(c rune) bool { return strings.ContainsRune(separateurs, c) }) {
				trouvees = append(trouvees, strings.Trim(champ, ` "'`))
				if _, valeur, ok := strings.Cut(champ, ":"); ok {
					trouvees = append(trouvees, strings.Trim(valeur, ` "'`))
				}
			}
		}
	}
	return trouvees[:min(len(trouvees), 4*pageValeursMax)]
}

// pageEgales dit si deux valeurs sont la même : à la lettre, ou par leur nombre.
func pageEgales(a, b string) bool {
	if a == b {
		return true
	}
	x, err := strconv.ParseFloat(strings.Replace(a, ",", ".", 1), 64)
	y, erreur := strconv.ParseFloat(strings.Replace(b, ",", ".", 1), 64)
	return err == nil && erreur == nil && x == y
}

// pageRessemblance dit, de 0 à 1, combien deux valeurs se ressemblent : la part de leur plus longue sous-suite commune.
// Elle est nulle quand moins de la moitié de l'attendu se retrouve : comparer deux textes sans rapport n'apprend rien.
func pageRessemblance(attendu, trouve string) float64 {
	if pageEstUnNombre.MatchString(attendu) != pageEstUnNombre.MatchString(trouve) || !utf8.ValidString(trouve) {
		return 0
	}
	a, t := []rune(attendu), []rune(trouve)
	if len(a) == 0 || len(t) == 0 || len(a) > pageValeurMax || len(t) > pageValeurMax {
		return 0
	}
	ligne := make([]int, len(t)+1)
	for i := range a {
		coin := 0
		for k := range t {
			haut := ligne[k+1]
			if a[i] == t[k] {
				ligne[k+1] = coin + 1
			} else {
				ligne[k+1] = max(haut, ligne[k])
			}
			coin = haut
		}
	}
	commune := ligne[len(t)]
	if 2*commune < len(a) {
		return 0
	}
	return 2 * float64(commune) / float64(len(a)+len(t))
}
