package releve

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Accord dit ce qu'un enregistrement a d'une mesure, du moins bon au meilleur.
type Accord int

// Les accords, du moins bon au meilleur.
const (
	Absent      Accord = iota // ni l'identifiant ni la température
	ValeurSeule               // la température exacte, sans l'identifiant
	IDSeul                    // l'identifiant, sans la température
	Entier                    // l'identifiant, et la température sans ses décimales
	Arrondi                   // l'identifiant, et la température à 0,05 près, ou coupée à une décimale
	Exact                     // l'identifiant et la température
)

func (a Accord) String() string {
	switch a {
	case ValeurSeule:
		return "température sans identifiant"
	case IDSeul:
		return "identifiant sans température"
	case Entier:
		return "température entière"
	case Arrondi:
		return "température arrondie"
	case Exact:
		return "exact"
	}
	return "absent"
}

// Suffit dit que la mesure a été retrouvée, quitte à avoir perdu une décimale : un autre critère regarde l'exactitude.
func (a Accord) Suffit() bool { return a >= Arrondi }

// Contient dit ce que l'enregistrement a de cette mesure, de quelque façon qu'elle y soit écrite : dans ses champs quand il
// en a, dans son texte sinon. Sans identifiant, elle ne cherche que la température.
func (e Enregistrement) Contient(id string, temperature float64) Accord {
	if id == "" {
		return e.aLaTemperature(temperature)
	}
	if e.rienDe(id, temperature) {
		return Absent
	}
	meilleur := Absent
	if len(e.Champs) > 0 {
		meilleur = accordDesChamps(e.Champs, id, temperature)
	}
	if meilleur < Exact && (len(e.Champs) == 0 || e.Forme == "csv" && !virguleDans(e.Champs)) {
		meilleur = max(meilleur, accordDuTexte(e.Texte, id, temperature))
	}
	return meilleur
}

// aLaTemperature dit si la température est dans un champ, ou dans le texte : [ValeurSeule] ou [Absent].
func (e Enregistrement) aLaTemperature(temperature float64) Accord {
	textes := []string{e.Texte}
	if len(e.Champs) > 0 {
		textes = slices.Collect(maps.Values(e.Champs))
	}
	for _, t := range textes {
		if accordDesNombres(t, temperature) == Exact {
			return ValeurSeule
		}
	}
	return Absent
}

// virguleDans dit si une cellule a une virgule : la virgule ne sépare donc pas les cellules, et n'a coupé aucun nombre.
func virguleDans(champs map[string]string) bool {
	for _, c := range champs {
		if strings.Contains(c, ",") {
			return true
		}
	}
	return false
}

// Chercher rend l'enregistrement qui s'accorde le mieux avec cette mesure, le premier s'il y en a plusieurs, son accord, et
// combien s'accordent exactement.
func Chercher(es []Enregistrement, id string, temperature float64) (Enregistrement, Accord, int) {
	var trouve Enregistrement
	meilleur, exacts := Absent, 0
	chercher := func(avecID bool) {
		for _, e := range es {
			if e.peutPorter(id) != avecID {
				continue
			}
			a := e.Contient(id, temperature)
			if a == Exact {
				exacts++
			}
			if a > meilleur {
				trouve, meilleur = e, a
			}
		}
	}
	if chercher(true); meilleur == Absent { // sans l'identifiant, il n'y a plus que la température à trouver
		chercher(false)
	}
	return trouve, meilleur, exacts
}

// peutPorter dit, sans rien analyser, si l'enregistrement peut porter cet identifiant, peut-être échappé.
func (e Enregistrement) peutPorter(id string) bool {
	possible := func(s string) bool {
		return strings.Contains(s, id) || strings.Contains(s, `\`) || strings.Contains(s, `""`) || strings.Contains(s, "''")
	}
	if possible(e.Texte) {
		return true
	}
	for _, c := range e.Champs {
		if possible(c) {
			return true
		}
	}
	return false
}

// rienDe dit, sans rien analyser, que l'enregistrement n'a ni l'identifiant ni la température. Le doute dit faux.
func (e Enregistrement) rienDe(id string, temperature float64) bool {
	if v := math.Abs(temperature); v != 0 && (v < 1 || v >= 1e15 || v-math.Floor(v) > 0.999999) {
		return false // elle peut s'écrire avec un exposant, ou avec une autre partie entière
	}
	chiffres := strconv.FormatFloat(math.Floor(math.Abs(temperature)), 'f', -1, 64)
	absent := func(s string) bool { return !strings.Contains(s, chiffres) && !exposantDans(s) }
	if e.peutPorter(id) || !absent(e.Texte) {
		return false
	}
	for _, c := range e.Champs {
		if !absent(c) {
			return false
		}
	}
	return true
}

// exposantDans dit si un nombre peut y être écrit avec un exposant : 2.3e1.
func exposantDans(texte string) bool {
	for i := 1; i+1 < len(texte); i++ {
		if (texte[i] == 'e' || texte[i] == 'E') && chiffreASCII(texte[i-1]) && (chiffreASCII(texte[i+1]) || texte[i+1] == '-' || texte[i+1] == '+') {
			return true
		}
	}
	return false
}

// accordDesChamps cherche l'identifiant dans un champ et la température dans un autre, ou les deux dans le même.
func accordDesChamps(champs map[string]string, id string, temperature float64) Accord {
	var avecID []string
	meilleur := Absent
	for nom, c := range champs {
		if contientID(c, id) {
			avecID = append(avecID, nom)
			meilleur = max(meilleur, accordDuTexte(c, id, temperature))
		}
	}
	for nom, c := range champs {
		if meilleur == Exact {
			break
		}
		if len(avecID) == 0 || len(avecID) == 1 && avecID[0] == nom {
			if a := accordDeLaValeur(c, "", temperature); len(avecID) == 0 && a == Exact {
				meilleur = max(meilleur, ValeurSeule)
			}
			continue
		}
		// Ailleurs que l'identifiant : un champ qui le répète n'a de température que s'il n'est qu'un nombre.
		sauf := id
		if reNombreSeul.MatchString(c) {
			sauf = ""
		}
		meilleur = max(meilleur, accordDeLaValeur(c, sauf, temperature))
	}
	return meilleur
}

// accordDuTexte cherche l'identifiant, puis la température dans ce qui reste. Le texte est lu tel quel, puis sans ses
// échappements, puis sans ses guillemets doublés.
func accordDuTexte(texte, id string, temperature float64) Accord {
	meilleur := Absent
	for _, t := range lectures(auxBouts(texte, id)) {
		places := placesDe(t, id)
		if len(places) == 0 {
			if accordDeLaValeur(t, "", temperature) == Exact {
				meilleur = max(meilleur, ValeurSeule)
			}
			continue
		}
		meilleur = max(meilleur, accordDeLaValeur(t, id, temperature))
		if reNombreSeul.MatchString(id) { // 7;7 : l'un est l'identifiant, l'autre la température
			for _, p := range places[:min(len(places), 8)] {
				meilleur = max(meilleur, accordDesNombres(cacher(t, [][2]int{p}), temperature))
			}
		}
		if meilleur == Exact {
			return Exact
		}
	}
	return meilleur
}

// accordDeLaValeur cherche la température dans un texte dont on ôte cet identifiant, s'il n'est pas vide. Elle ne rend jamais
// moins que [IDSeul].
func accordDeLaValeur(texte, sauf string, temperature float64) Accord {
	if sauf != "" {
		texte = cacher(texte, placesDe(texte, sauf))
	}
	return accordDesNombres(texte, temperature)
}

func accordDesNombres(texte string, temperature float64) Accord {
	if len(texte) > 2*boutLu { // un identifiant démesuré, caché, ne coûte rien ; le reste se cherche aux deux bouts
		texte = auxBouts(reNuls.ReplaceAllLiteralString(texte, "\x00"), "")
	}
	meilleur := IDSeul
	for _, n := range nombresDe(texte) {
		meilleur = max(meilleur, comparer(n, temperature))
	}
	return meilleur
}

// boutLu est ce qu'on lit de chaque bout d'un texte trop long pour être celui d'une mesure.
const boutLu = 32 << 10

// auxBouts rend les deux bouts d'un texte démesuré, où cet identifiant tiendrait encore.
func auxBouts(texte, id string) string {
	bout := boutLu + 6*len(id) // échappé, il est plus long
	if len(texte) <= 2*bout {
		return texte
	}
	return texte[:bout] + "\x00" + texte[len(texte)-bout:]
}

// comparer dit si un nombre écrit est cette température.
func comparer(n nombreEcrit, temperature float64) Accord {
	ecart := math.Abs(n.valeur - temperature)
	plein := math.Max(math.Abs(n.valeur), math.Abs(temperature))
	switch {
	case ecart <= 1e-9*plein || math.IsInf(plein, 0) && n.valeur == temperature:
		return Exact
	case n.entier && (n.valeur == math.Trunc(temperature) || n.valeur == math.Round(temperature)):
		return Entier
	case ecart <= 0.05+1e-9, n.valeur == math.Trunc(temperature*10)/10:
		return Arrondi
	case !n.entier && (n.valeur == math.Trunc(temperature) || n.valeur == math.Round(temperature)): // float(int(t))
		return Entier
	}
	return IDSeul
}

// contientID dit si un texte porte cet identifiant, lu de l'une des façons de [lectures].
func contientID(texte, id string) bool {
	return slices.ContainsFunc(lectures(auxBouts(texte, id)), func(t string) bool {
		return strings.TrimSpace(t) == id || len(placesDe(t, id)) > 0
	})
}

// placesDe rend les places d'un identifiant dans un texte, là où il est un mot entier : capteur_1 n'est pas dans capteur_12.
func placesDe(texte, id string) (places [][2]int) {
	for depuis := 0; depuis < len(texte); {
		i := strings.Index(texte[depuis:], id)
		if i < 0 {
			break
		}
		debut, fin := depuis+i, depuis+i+len(id)
		if motEntier(texte, debut, fin) {
			places = append(places, [2]int{debut, fin})
			depuis = fin
			continue
		}
		_, n := utf8.DecodeRuneInString(texte[debut:])
		depuis = debut + n
	}
	return places
}

func motEntier(texte string, debut, fin int) bool {
	avant, _ := utf8.DecodeLastRuneInString(texte[:debut])
	premier, _ := utf8.DecodeRuneInString(texte[debut:])
	dernier, _ := utf8.DecodeLastRuneInString(texte[:fin])
	apres, _ := utf8.DecodeRuneInString(texte[fin:])
	if deMot(avant) && deMot(premier) && debut > 0 || deMot(dernier) && deMot(apres) && fin < len(texte) {
		return false
	}
	// Un identifiant fait de chiffres n'est pas une partie de 21,5 ni de -7.
	decimale := func(r rune) bool { return r == '.' || r == ',' }
	if unicode.IsDigit(dernier) && fin+1 < len(texte) && decimale(apres) && chiffreASCII(texte[fin+1]) && reNombreSeul.MatchString(texte[debut:fin]) {
		return false
	}
	if unicode.IsDigit(premier) && debut > 1 && (decimale(avant) && chiffreASCII(texte[debut-2]) || avant == '-') && reNombreSeul.MatchString(texte[debut:fin]) {
		return false
	}
	return true
}

func deMot(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

func chiffreASCII(o byte) bool { return o >= '0' && o <= '9' }

// cacher remplace ces places par des octets nuls, que rien ne prend pour un mot.
func cacher(texte string, places [][2]int) string {
	if len(places) == 0 {
		return texte
	}
	octets := []byte(texte)
	for _, p := range places {
		for i := p[0]; i < p[1]; i++ {
			octets[i] = 0
		}
	}
	return string(octets)
}

// lectures rend les façons de lire un texte : tel quel, sans échappements à la JSON ou à la Python, sans guillemets doublés.
func lectures(texte string) []string {
	toutes := []string{texte}
	ajouter := func(t string) {
		if !slices.Contains(toutes, t) {
			toutes = append(toutes, t)
		}
	}
	if strings.Contains(texte, `\`) {
		une := sansEchappements(texte)
		ajouter(une)
		ajouter(sansEchappements(une)) // du JSON dans un texte JSON
	}
	for _, t := range slices.Clone(toutes) {
		for _, g := range []string{`"`, `'`} {
			if strings.Contains(t, g+g) {
				ajouter(strings.ReplaceAll(t, g+g, g))
			}
		}
	}
	return toutes
}

// sansEchappements remplace \u00e9, \xe9, \n, \' et les autres par ce qu'ils disent.
func sansEchappements(texte string) string {
	var b strings.Builder
	for i := 0; i < len(texte); {
		if texte[i] != '\\' || i+1 == len(texte) {
			b.WriteByte(texte[i])
			i++
			continue
		}
		chiffres := map[byte]int{'u': 4, 'x': 2, 'U': 8}[texte[i+1]]
		if r, ok := hexadecimal(texte, i+2, chiffres); ok {
			i += 2 + chiffres
			if basse, paire := hexadecimal(texte, i+2, 4); r >= 0xd800 && r < 0xdc00 && paire && strings.HasPrefix(texte[i:], `\u`) && basse >= 0xdc00 && basse < 0xe000 {
				r = (r-0xd800)<<10 + (basse - 0xdc00) + 0x10000
				i += 6
			}
			b.WriteRune(r)
			continue
		}
		simples := map[byte]byte{'n': '\n', 'r': '\r', 't': '\t', 'b': '\b', 'f': '\f', '\\': '\\', '"': '"', '\'': '\'', '/': '/'}
		if clair, est := simples[texte[i+1]]; est {
			b.WriteByte(clair)
		} else {
			b.WriteString(texte[i : i+2])
		}
		i += 2
	}
	return b.String()
}

func hexadecimal(texte string, debut, chiffres int) (rune, bool) {
	if chiffres == 0 || debut+chiffres > len(texte) {
		return 0, false
	}
	v, err := strconv.ParseUint(texte[debut:debut+chiffres], 16, 32)
	return rune(v), err == nil && v <= unicode.MaxRune
}

// Roles dit quelle colonne d'une table porte quoi ; un nom vide, qu'aucune ne le porte.
type Roles struct {
	Identifiant, Temperature, Horodatage string
}

// Roles cherche les colonnes d'une table d'après une mesure qu'elle contient. Rend false si aucune rangée ne la contient.
// L'horodatage est une autre colonne, dont le nom, le type ou le contenu dit la date ou l'heure ; un numéro que SQLite donne
// lui-même n'est ni un identifiant de capteur ni un horodatage.
func (t Table) Roles(id string, temperature float64) (Roles, bool) {
	e, accord, _ := Chercher(t.Enregistrements, id, temperature)
	if accord < Entier {
		return Roles{}, false
	}
	var r Roles
	meilleure := IDSeul
	for _, c := range t.Colonnes {
		cellule := e.Champs[c.Nom]
		switch {
		case r.Identifiant == "" && !c.Auto && contientID(cellule, id):
			r.Identifiant = c.Nom
			if a := accordDuTexte(cellule, id, temperature); a > meilleure { // tout dans la même colonne
				r.Temperature, meilleure = c.Nom, a
			}
		case !c.Auto && !nomDeTemps(c.Nom):
			if a := accordDeLaValeur(cellule, "", temperature); a > meilleure {
				r.Temperature, meilleure = c.Nom, a
			}
		}
	}
	if r.Identifiant == "" { // seule la colonne d'une autre table, par une clé étrangère, ou une clé que le rendu donne lui-même
		r.Identifiant = colonneDesignee(t, e, id)
	}
	r.Horodatage = t.colonneDeTemps(e, r)
	return r, true
}

func colonneDesignee(t Table, e Enregistrement, id string) string {
	for _, c := range t.Colonnes {
		for nom, cellule := range e.Champs {
			if (nom == c.Nom || strings.HasPrefix(nom, c.Nom+" → ")) && contientID(cellule, id) {
				return c.Nom
			}
		}
	}
	return ""
}

// colonneDeTemps préfère une colonne qui dit le temps par son contenu à une qui ne le dit que par son nom.
func (t Table) colonneDeTemps(e Enregistrement, r Roles) string {
	candidates := slices.DeleteFunc(slices.Clone(t.Colonnes), func(c Colonne) bool {
		return c.Nom == r.Identifiant || c.Nom == r.Temperature || c.Auto
	})
	force := func(c Colonne) int {
		n := 0
		if Horodatage(e.Champs[c.Nom]) {
			n += 2
		}
		if nomDeTemps(c.Nom) || typeDeTemps(c.Type) {
			n++
		}
		return n
	}
	if len(candidates) == 0 {
		return ""
	}
	meilleure := slices.MaxFunc(candidates, func(a, b Colonne) int { return cmp.Compare(force(a), force(b)) })
	if force(meilleure) == 0 {
		return ""
	}
	return meilleure.Nom
}
