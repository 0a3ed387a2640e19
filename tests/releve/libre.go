package releve

import (
	"math"
	"strings"
	"unicode"
	"unicode/utf8"
)

// texteLibreMax borne ce qui est analysé d'un texte sans forme.
const texteLibreMax = 16 << 10

// bornesDuTexte rend la place de la première ligne, ou du premier objet, qui dit quelque chose.
func (m *Message) bornesDuTexte() (debut, fin int) {
	debut = len(m.texte) - len(strings.TrimLeft(m.texte, " \t\r\n\x00\ufeff"))
	if i := strings.IndexByte(m.texte, '{'); i >= 0 { // après une salutation, une longueur
		if _, etat := lireLibre(m.texte, i, len(m.texte)); etat != JSONInvalide {
			debut = i
		}
	}
	l := lecteurLibre{texte: m.texte, position: debut, fin: len(m.texte)}
	if n := l.valeur(0); n != nil && !n.scalaire() {
		if suite := strings.TrimLeft(m.texte[n.fin:], " \t\x00"); m.texte[debut] == '{' || suite == "" || suite[0] == '\n' || suite[0] == '\r' {
			return debut, n.fin // et non un texte après une date entre crochets
		}
	}
	fin = min(len(m.texte), debut+texteLibreMax)
	for depuis := debut; depuis < fin; {
		i := strings.IndexAny(m.texte[depuis:fin], "\n\x00")
		if i < 0 {
			break
		}
		if ligne := m.texte[depuis : depuis+i]; len(nombresDe(ligne)) > 0 { // une salutation n'a pas de nombre
			fin = depuis + i
			break
		}
		depuis += i + 1
	}
	return debut, debut + len(strings.TrimRight(m.texte[debut:fin], " \t\r\n\x00"))
}

// lireLibre lit ce qui ressemble à du JSON : l'affichage d'un dictionnaire Python, un objet JavaScript, un JSON coupé. Elle
// dit ce qui l'empêche d'en être.
func lireLibre(texte string, debut, fin int) (*noeud, FauteDeMessage) {
	l := lecteurLibre{texte: texte, position: debut, fin: fin}
	n := l.valeur(0)
	switch {
	case n == nil || n.scalaire():
		return nil, JSONInvalide
	case l.coupe:
		return n, JSONCoupe
	case l.simples:
		return n, GuillemetsSimples
	case l.nan:
		return n, PasUnNombre
	}
	return n, JSONInvalide
}

// lecteurLibre lit des noeuds sans exiger la grammaire de JSON.
type lecteurLibre struct {
	texte               string
	position, fin       int
	coupe, simples, nan bool
	noeuds              int
}

func (l *lecteurLibre) blancs() {
	for l.position < l.fin && strings.IndexByte(" \t\r\n", l.texte[l.position]) >= 0 {
		l.position++
	}
}

func (l *lecteurLibre) octet() byte {
	if l.position >= l.fin {
		return 0
	}
	return l.texte[l.position]
}

// valeur lit une valeur, ou rend nil là où il n'y en a pas.
func (l *lecteurLibre) valeur(profondeur int) *noeud {
	l.blancs()
	if l.noeuds++; l.noeuds > 10_000 || profondeur > jsonProfondeurMax {
		return nil
	}
	switch o := l.octet(); o {
	case 0:
		return nil
	case '{', '[', '(':
		return l.recueil(profondeur)
	case '"', '\'':
		return l.chaine()
	}
	return l.mot()
}

func (l *lecteurLibre) recueil(profondeur int) *noeud {
	ouvrant := l.octet()
	n := &noeud{genre: '[', debut: l.position}
	if ouvrant == '{' {
		n.genre = '{'
	}
	fermant := map[byte]byte{'{': '}', '[': ']', '(': ')'}[ouvrant]
	l.position++
	for {
		l.blancs()
		switch l.octet() {
		case 0:
			l.coupe = true
			n.fin = l.position
			return n
		case fermant:
			l.position++
			n.fin = l.position
			return n
		case ',':
			l.position++
			continue
		}
		e := l.valeur(profondeur + 1)
		if e == nil {
			l.coupe = l.coupe || l.position >= l.fin
			n.fin = l.position
			return n
		}
		if l.blancs(); n.genre == '{' && e.scalaire() && (l.octet() == ':' || l.octet() == '=') {
			l.position++
			nom := e
			if e = l.valeur(profondeur + 1); e == nil {
				l.coupe = l.coupe || l.position >= l.fin
				n.fin = l.position
				return n
			}
			e.nom, e.nomDebut, e.nomFin = nom.texte, nom.debut, nom.fin
		}
		n.enfants = append(n.enfants, e)
	}
}

func (l *lecteurLibre) chaine() *noeud {
	debut, guillemet := l.position, l.octet()
	l.simples = l.simples || guillemet == '\''
	for l.position++; l.position < l.fin; l.position++ {
		switch l.texte[l.position] {
		case '\\':
			l.position++
		case guillemet:
			l.position++
			return &noeud{genre: '"', debut: debut, fin: l.position, texte: sansEchappements(l.texte[debut+1 : l.position-1])}
		}
	}
	l.position = l.fin
	l.coupe = true
	return &noeud{genre: '"', debut: debut, fin: l.fin, texte: l.texte[min(debut+1, l.fin):l.fin]}
}

// mot lit un nombre, une constante, un nom sans guillemets, ou un appel comme datetime(2026, 11, 22).
func (l *lecteurLibre) mot() *noeud {
	debut := l.position
	for l.position < l.fin && strings.IndexByte(",:={}[]() \t\r\n\"'", l.texte[l.position]) < 0 {
		l.position++
	}
	if l.position == debut {
		return nil
	}
	n := &noeud{debut: debut, fin: l.position, texte: l.texte[debut:l.position]}
	if l.octet() == '(' {
		if fin := strings.IndexByte(l.texte[l.position:l.fin], ')'); fin >= 0 {
			l.position += fin + 1
			n.fin, n.texte = l.position, l.texte[debut:l.position]
		}
	}
	switch {
	case reNombreSeul.MatchString(n.texte):
		n.genre = '0'
	case n.texte == "True" || n.texte == "true":
		n.genre = 't'
	case n.texte == "False" || n.texte == "false":
		n.genre = 'f'
	case n.texte == "None" || n.texte == "null" || n.texte == "undefined":
		n.genre = 'n'
	case strings.Contains("NaN nan inf Infinity -Infinity -inf", n.texte):
		n.genre, l.nan = '0', true
	default:
		n.genre = '"'
	}
	return n
}

// reconnaitreTexte cherche l'identifiant et la température d'un texte libre : « capteur_1;23.5 », « temp=23.5 id=x ».
func (m *Message) reconnaitreTexte(corps string) {
	corps = corps[:min(len(corps), texteLibreMax)]
	if n, ok := meilleurNombre(corps); ok {
		m.Temperature = Membre{Genre: GenreNombre, Texte: corps[n.debut:n.fin], Nombre: n.valeur, debut: m.debut + n.debut, fin: m.debut + n.fin}
		corps = cacher(corps, [][2]int{{n.debut, n.fin}})
	}
	mots := motsLibres(corps)
	choisi, force := -1, -1
	for i, mot := range mots {
		texte := corps[mot[0]:mot[1]]
		if forceID(texte) >= nomUsuel && i+1 < len(mots) && force < 3 { // id=x, Capteur : x
			choisi, force = i+1, 3
			continue
		}
		if i == choisi || forceID(texte) >= nomUsuel || forceTemperature(texte) >= nomUsuel || estUnite(texte) ||
			nomDeTemps(texte) && strings.HasPrefix(strings.TrimLeft(corps[mot[1]:], " "), ":") || nomDeTemps(texte) && strings.HasPrefix(corps[mot[1]:], "=") ||
			reNombreSeul.MatchString(texte) || !strings.ContainsFunc(texte, unicode.IsLetter) {
			continue
		}
		f := 1
		if strings.ContainsAny(texte, "0123456789_") {
			f = 2
		}
		if f > force {
			choisi, force = i, f
		}
	}
	if choisi >= 0 {
		p := mots[choisi]
		m.Identifiant = Membre{Genre: GenreTexte, Texte: corps[p[0]:p[1]], Nombre: math.NaN(), debut: m.debut + p[0], fin: m.debut + p[1]}
	}
}

// meilleurNombre préfère celui qu'un nom de température annonce, puis celui qui a des décimales, puis le dernier.
func meilleurNombre(texte string) (nombreEcrit, bool) {
	var choisi nombreEcrit
	force := 0
	for _, n := range nombresDe(texte) {
		f := 1
		if !n.entier {
			f = 2
		}
		avant := strings.TrimRight(texte[:n.debut], " \t:=\"'")
		debut := strings.LastIndexFunc(avant, func(r rune) bool { return !deMot(r) }) + 1
		switch mot := avant[debut:]; {
		case forceTemperature(mot) > nomEtranger:
			f += 4
		case forceID(mot) >= nomUsuel && avant != texte[:n.debut], Horodatage(texte[n.debut:n.fin]):
			f = 0
		}
		if f > force || f == force && f > 0 && n.debut > choisi.debut {
			choisi, force = n, f
		}
	}
	return choisi, force > 0
}

// motsLibres rend les places des mots d'un texte, dates et heures cachées.
func motsLibres(texte string) (places [][2]int) {
	texte = cacherTemps(texte)
	debut := -1
	for i, r := range texte {
		separe := r == 0 || r == utf8.RuneError || strings.ContainsRune(" \t\r\n;,|:=/(){}[]<>\"'", r)
		switch {
		case separe && debut >= 0:
			places = append(places, [2]int{debut, i})
			debut = -1
		case !separe && debut < 0:
			debut = i
		}
	}
	if debut >= 0 {
		places = append(places, [2]int{debut, len(texte)})
	}
	return places
}
