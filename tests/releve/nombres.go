package releve

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// nombreEcrit est un nombre trouvé dans un texte.
type nombreEcrit struct {
	debut, fin int // sa place, signe compris
	valeur     float64
	entier     bool // écrit sans décimales ni exposant
}

var (
	reNombreVirgule = regexp.MustCompile(`[-+−]?\d+(?:[.,]\d+)?(?:[eE][-+]?\d+)?`)
	reNombrePoint   = regexp.MustCompile(`[-+−]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?`)
)

// nombresDe rend les nombres d'un texte, unités collées comprises. Ceux d'un mot (capteur_7), d'une date, d'une heure ou
// d'une adresse n'en sont pas. Une virgule est lue comme celle d'un nombre, puis comme une séparation ; un tiret collé à ce
// qui le précède, comme un signe, puis comme une séparation.
func nombresDe(texte string) []nombreEcrit {
	if !strings.ContainsAny(texte, "0123456789") {
		return nil
	}
	if reNombreSeul.MatchString(texte) {
		p := reNombreVirgule.FindStringIndex(texte)
		return ajouterNombre(nil, texte, p[0], p[1])
	}
	texte = cacherTemps(texte)
	var tous []nombreEcrit
	lire := func(re *regexp.Regexp) {
		for _, p := range re.FindAllStringIndex(texte, -1) {
			debut, fin := p[0], p[1]
			signe, n := utf8.DecodeRuneInString(texte[debut:])
			if !strings.ContainsRune("-+−", signe) {
				n = 0
			}
			avant, _ := utf8.DecodeLastRuneInString(texte[:debut])
			colle := debut > 0 && (deMot(avant) || avant == 0)
			if n == 0 && debut > 0 && (deMot(avant) || avant == '.' && debut > 1 && chiffreASCII(texte[debut-2])) || suiteDeMot(texte[fin:]) {
				continue
			}
			if n == 0 || !colle {
				tous = ajouterNombre(tous, texte, debut, fin)
			} else {
				tous = ajouterNombre(ajouterNombre(tous, texte, debut, fin), texte, debut+n, fin)
			}
		}
	}
	if !strings.Contains(texte, ",") || !strings.ContainsAny(texte, ";|\t") { // autre chose sépare : la virgule est décimale
		lire(reNombrePoint)
	}
	if strings.Contains(texte, ",") {
		lire(reNombreVirgule)
	}
	return tous
}

func ajouterNombre(tous []nombreEcrit, texte string, debut, fin int) []nombreEcrit {
	ecrit := strings.NewReplacer(",", ".", "−", "-").Replace(texte[debut:fin])
	v, err := strconv.ParseFloat(ecrit, 64)
	if err != nil && v == 0 {
		return tous
	}
	return append(tous, nombreEcrit{debut, fin, v, !strings.ContainsAny(ecrit, ".eE")})
}

// suiteDeMot dit si ce qui suit un nombre en fait le bout d'un mot (7f3a) ou d'une version (1.2.3), et non un nombre suivi
// d'une unité (28.5°C).
func suiteDeMot(suite string) bool {
	if len(suite) > 1 && suite[0] == '.' && chiffreASCII(suite[1]) {
		return true
	}
	lettres := 0
	for _, r := range suite {
		if r == '_' || lettres > 0 && unicode.IsDigit(r) {
			return true
		}
		if !unicode.IsLetter(r) {
			return false
		}
		if lettres++; lettres > 12 {
			return true
		}
	}
	return false
}

const (
	moisEcrit   = `(?:jan|f[eé]v|feb|mar|avr|apr|mai|may|juin|jun|juil|jul|ao[uû]|aug|sep|oct|nov|d[eé]c)[a-zéû]*\.?`
	heureEcrite = `(?:[01]?\d|2[0-3])[:hH][0-5]\d(?:[:mM][0-5]\d(?:\.\d{1,9}|,\d{3}\b)?s?)?(?:\s?[AaPp][Mm]\b)?(?:Z|\s?(?:UTC|GMT)|\s?[+-]\d{2}:?\d{2}\b)?`
)

var reNuls = regexp.MustCompile(`\x00+`)

// Ce qui n'est qu'une date, une heure, ou une adresse réseau.
var (
	reDate = regexp.MustCompile(`(?i)\b(?:` +
		`\d{4}[-/]\d{1,2}[-/]\d{1,2}|\d{4}\.\d{2}\.\d{2}|` +
		`\d{1,2}[-/]\d{1,2}[-/](?:\d{4}|\d{2})|\d{1,2}\.\d{1,2}\.\d{4}|` +
		`\d{1,2}[ /-]?` + moisEcrit + `[ /-]?\d{4}|` + moisEcrit + ` +\d{1,2},? +\d{4}|` +
		`(?:lun|mar|mer|jeu|ven|sam|dim|mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,? +(?:` + moisEcrit + ` +\d{1,2}|\d{1,2} +` + moisEcrit + `) +(?:` + heureEcrite + ` +)?(?:[A-Z]{3,4} )?\d{4}|` +
		`\d{8}[T_-]\d{4,6}` +
		`)`)
	reHeure    = regexp.MustCompile(heureEcrite)
	reDatetime = regexp.MustCompile(`(?:datetime\.)?(?:datetime|date|time|struct_time|Timestamp)\([^()]*\)`)
	reReseau   = regexp.MustCompile(`\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?::\d{1,5})?\b`)
	reEpoque   = regexp.MustCompile(`^\d{10}(?:[.,]\d{1,9})?$|^\d{13}(?:\.\d+)?$|^\d{16}$|^\d{19}$`)
	reCompact  = regexp.MustCompile(`^(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[T_-]?(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d)?(?:\.\d+)?Z?)?$`)
)

// cacherTemps cache d'un texte ses dates, ses heures et ses adresses.
func cacherTemps(texte string) string {
	for _, re := range []*regexp.Regexp{reDatetime, reReseau, reDate} {
		texte = cacher(texte, placesToutes(re, texte))
	}
	// Après une date collée par un T, l'heure commence par un mot : on la cherche après les avoir cachées.
	return cacher(texte, placesDesHeures(texte))
}

func placesToutes(re *regexp.Regexp, texte string) (places [][2]int) {
	for _, p := range re.FindAllStringIndex(texte, -1) {
		if p[1] < len(texte) && chiffreASCII(texte[p[1]]) { // 1-2-2026 n'est pas le début de 1-2-20267
			continue
		}
		places = append(places, [2]int{p[0], p[1]})
	}
	return places
}

// placesDesHeures rend celles d'un texte : 10:23 en est une, mais pas dans 7:23.47 ni dans capteur10:23.
func placesDesHeures(texte string) (places [][2]int) {
	if !strings.ContainsAny(texte, ":hH") {
		return nil
	}
	for _, p := range reHeure.FindAllStringIndex(texte, -1) {
		debut, fin := p[0], p[1]
		avant, _ := utf8.DecodeLastRuneInString(texte[:debut])
		if fin > 4 && texte[fin-4] == ',' && strings.HasPrefix(texte[fin:], ".") { // une virgule qui sépare : 10:23:47,123.5
			fin -= 4
		}
		apresDate := strings.ContainsRune("Tt_", avant) && debut > 1 && texte[debut-2] == 0
		if debut > 0 && (deMot(avant) && !apresDate || avant == '.' || avant == ',' && debut > 1 && chiffreASCII(texte[debut-2]) && !strings.Contains(texte[debut:fin], ":")) {
			continue
		}
		if fin < len(texte) && chiffreASCII(texte[fin]) || fin+1 < len(texte) && texte[fin] == '.' && chiffreASCII(texte[fin+1]) {
			continue
		}
		places = append(places, [2]int{debut, fin})
	}
	return places
}

// Horodatage dit si un texte porte une date ou une heure : écrite, ou comptée depuis 1970.
func Horodatage(texte string) bool {
	texte = strings.Trim(strings.TrimSpace(texte), `"'`)
	if len(texte) > 4096 {
		texte = texte[:4096]
	}
	if reEpoque.MatchString(texte) {
		v, err := strconv.ParseFloat(strings.ReplaceAll(texte, ",", "."), 64)
		for v > 1e11 {
			v /= 1000
		}
		return err == nil && v >= 1e9 && v < 4.2e9
	}
	return reCompact.MatchString(texte) || reDatetime.MatchString(texte) || len(placesToutes(reDate, texte)) > 0 || len(placesDesHeures(texte)) > 0
}
