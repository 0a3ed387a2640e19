package releve

import (
	"cmp"
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// Genre est ce qu'est la valeur d'un [Membre].
type Genre string

// Les genres d'un membre. Celui d'un membre absent est vide.
const (
	GenreTexte         Genre = "texte"
	GenreNombre        Genre = "nombre"
	GenreNombreEnTexte Genre = "nombre en texte"
	GenreBooleen       Genre = "booléen"
	GenreNul           Genre = "nul"
	GenreNom           Genre = "nom de membre" // l'identifiant est le nom du membre qui porte la température
)

// Membre est l'identifiant ou la température d'un [Message].
type Membre struct {
	Chemin string  `json:"chemin,omitempty"` // pointeur JSON : « /capteur_id » ; vide quand ce n'est pas du JSON
	Nom    string  `json:"nom,omitempty"`    // celui du membre ; vide dans un texte libre, ou dans une liste
	Genre  Genre   `json:"genre,omitempty"`
	Texte  string  `json:"texte,omitempty"` // la valeur, sans guillemets
	Nombre float64 `json:"-"`               // de la température ; NaN quand ce n'en est pas un
	Enonce bool    `json:"enonce"`          // le nom et la place sont ceux de l'énoncé

	debut, fin int // sa place dans le texte du message, guillemets compris
}

// Present dit si le membre a été trouvé.
func (m Membre) Present() bool { return m.Genre != "" }

// FauteDeMessage dit pourquoi un message n'est pas du JSON.
type FauteDeMessage string

// Les fautes d'un message.
const (
	SansFaute         FauteDeMessage = ""
	GuillemetsSimples FauteDeMessage = "guillemets_simples" // str(dict)
	PasUnNombre       FauteDeMessage = "nan"                // NaN ou Infinity
	JSONCoupe         FauteDeMessage = "json_coupe"
	JSONInvalide      FauteDeMessage = "json_invalide"
	TexteLibre        FauteDeMessage = "texte"
	Binaire           FauteDeMessage = "binaire" // pickle, struct
	MauvaisEncodage   FauteDeMessage = "encodage"
)

var pourquoiPasJSON = map[FauteDeMessage]string{
	GuillemetsSimples: "les textes y sont entre guillemets simples, comme dans l'affichage d'un dictionnaire Python",
	PasUnNombre:       "NaN et Infinity n'existent pas en JSON",
	JSONCoupe:         "il s'arrête avant sa fin",
	JSONInvalide:      "il ressemble à du JSON, mais n'en suit pas les règles",
	TexteLibre:        "c'est du texte, sans objet JSON",
	Binaire:           "ce sont des octets, pas du texte",
	MauvaisEncodage:   "le texte n'est pas en UTF-8",
}

// Message est le premier message qu'un client a envoyé sur une connexion.
type Message struct {
	JSON        bool           `json:"json"`             // il porte un objet ou une liste JSON valide, en UTF-8
	Objet       bool           `json:"objet"`            // c'est un objet
	Faute       FauteDeMessage `json:"faute,omitempty"`  // pourquoi ce n'est pas du JSON
	Encodage    string         `json:"encodage"`         // « utf-8 », « utf-16 » ou « latin-1 »
	Identifiant Membre         `json:"identifiant"`      //
	Temperature Membre         `json:"temperature"`      //
	Prefixe     []byte         `json:"prefixe"`          // ce qui précède : une longueur, une salutation
	Suffixe     []byte         `json:"suffixe"`          // ce qui suit : un saut de ligne, un séparateur, du remplissage
	Longueur    bool           `json:"longueur"`         // Prefixe annonce sa longueur
	Suivants    int            `json:"suivants"`         // les messages JSON qui le suivent dans les mêmes octets
	Autres      []string       `json:"autres,omitempty"` // les noms de ses autres membres

	texte      string // les octets reçus, en UTF-8
	debut, fin int    // la place du message dans texte
	dehors     int    // la fin de Suffixe
	compte     int    // la longueur annoncée est celle du message et de ces octets du suffixe
	encoder    func(string) ([]byte, error)
}

// NomsEnonce dit si les deux membres portent les noms de l'énoncé, à la place de l'énoncé.
func (m Message) NomsEnonce() bool { return m.Identifiant.Enonce && m.Temperature.Enonce }

// Pourquoi dit en une phrase pourquoi ce n'est pas du JSON.
func (m Message) Pourquoi() string { return pourquoiPasJSON[m.Faute] }

var errRienRecu = errors.New("aucun octet reçu")

// messageLuMax borne ce qui est analysé d'une connexion.
const messageLuMax = 1 << 20

// LireMessage trouve le premier message parmi les octets qu'un client a envoyés, et y reconnaît l'identifiant et la
// température : par les noms de l'énoncé, sinon par les noms usuels, sinon par leur sens (le seul texte, le seul nombre).
// Seule l'absence d'octets est une erreur : un message illisible est un [Message] avec une faute.
func LireMessage(octets []byte) (Message, error) {
	if len(octets) == 0 {
		return Message{}, errRienRecu
	}
	octets = octets[:min(len(octets), messageLuMax)]
	m := decoderMessage(octets)
	if m.chercherJSON() {
		return m, nil
	}
	m.debut, m.fin = m.bornesDuTexte()
	m.dehors = m.fin + len(m.texte[m.fin:]) - len(strings.TrimLeft(m.texte[m.fin:], " \t\r\n\x00"))
	m.Prefixe, m.Suffixe = []byte(m.texte[:m.debut]), []byte(m.texte[m.fin:m.dehors])
	corps := m.texte[m.debut:m.fin]
	switch racine, etat := lireLibre(m.texte, m.debut, m.fin); {
	case estBinaire(octets) && m.Encodage == "utf-8":
		m.Faute = Binaire
		return m, nil
	case racine != nil && len(racine.enfants) > 0 && (racine.fin >= m.fin || m.texte[m.debut] == '{'):
		m.Faute = etat
		if m.Encodage != "utf-8" {
			m.Faute = MauvaisEncodage
		}
		m.reconnaitre(racine)
		if m.Identifiant.Present() || m.Temperature.Present() {
			return m, nil
		}
	case m.Encodage != "utf-8":
		m.Faute = MauvaisEncodage
	default:
		m.Faute = TexteLibre
	}
	m.reconnaitreTexte(corps)
	return m, nil
}

// decoderMessage rend un message dont texte est en UTF-8, et qui sait revenir à son encodage.
func decoderMessage(octets []byte) Message {
	m := Message{Encodage: "utf-8", texte: string(octets), encoder: func(s string) ([]byte, error) { return []byte(s), nil }}
	ordre, marque := ordreUTF16(octets)
	switch {
	case ordre != nil:
		m.Encodage, m.texte = "utf-16", decoderUTF16(octets[marque:], ordre)
		m.encoder = func(s string) ([]byte, error) { return encoderUTF16(octets[:marque], s, ordre), nil }
	case !utf8.Valid(octets) && !estBinaire(octets) && !strings.HasPrefix(string(octets), "\x80"):
		if coupe := len(octets) == messageLuMax; coupe {
			break
		}
		m.Encodage = "latin-1"
		m.texte, _, _ = decoderTexte(octets)
		m.encoder = encoderLatin1
	}
	return m
}

func ordreUTF16(octets []byte) (ordreOctets, int) {
	if len(octets) < 4 {
		return nil, 0
	}
	switch string(octets[:2]) {
	case "\xff\xfe":
		return binary.LittleEndian, 2
	case "\xfe\xff":
		return binary.BigEndian, 2
	}
	nuls := [2]int{}
	for i, o := range octets {
		if o == 0 {
			nuls[i%2]++
		}
	}
	switch moitie := len(octets) / 2; {
	case nuls[1] > moitie*2/3 && nuls[0] == 0:
		return binary.LittleEndian, 0
	case nuls[0] > moitie*2/3 && nuls[1] == 0:
		return binary.BigEndian, 0
	}
	return nil, 0
}

func encoderLatin1(s string) ([]byte, error) {
	var b []byte
	for _, r := range s {
		if r > 0xff {
			return nil, errors.New("caractère sans équivalent en latin-1")
		}
		b = append(b, byte(r))
	}
	return b, nil
}

func estBinaire(octets []byte) bool {
	if len(octets) > 2 && octets[0] == 0x80 && octets[1] <= 5 { // pickle
		return true
	}
	controles := 0
	for _, o := range octets[:len(strings.TrimRight(string(octets), "\x00"))] {
		if o < ' ' && o != '\t' && o != '\n' && o != '\r' {
			controles++
		}
	}
	return controles > 0 && controles*20 > len(octets) || utf8.Valid(octets) && controles > 1 && len(octets) < 16 ||
		!utf8.Valid(octets) && controles > 0
}

// chercherJSON trouve la première valeur JSON et la retient. Rend false s'il n'y en a pas.
func (m *Message) chercherJSON() bool {
	racine := m.premierJSON()
	if racine == nil {
		return false
	}
	m.debut, m.fin = racine.debut, racine.fin
	m.JSON, m.Objet = m.Encodage == "utf-8", racine.genre == '{'
	if !m.JSON {
		m.Faute = MauvaisEncodage
	}
	m.Prefixe = []byte(m.texte[:m.debut])
	m.reconnaitreLongueur()
	m.compterSuivants()
	m.Suffixe = []byte(m.texte[m.fin:m.dehors])
	m.reconnaitre(racine)
	return true
}

// premierJSON essaie les accolades et les crochets ouvrants qui ne sont pas déjà dans d'autres.
func (m *Message) premierJSON() *noeud {
	profondeur, essais := 0, 0
	octets := []byte(m.texte)
	for i, o := range octets {
		switch o {
		case '\n':
			profondeur = 0
		case '}', ']':
			profondeur = max(0, profondeur-1)
		case '{', '[':
			if profondeur++; profondeur > 1 && !longueurBinaire(octets[:i]) {
				continue
			}
			if essais++; essais > 32 {
				return nil
			}
			if n := unJSON(octets, i); n != nil && len(n.enfants) > 0 {
				return n
			}
		}
	}
	return nil
}

// longueurBinaire dit si un préfixe peut être une longueur en binaire, dont un octet se lit par hasard comme un crochet.
func longueurBinaire(prefixe []byte) bool {
	return slices.Contains([]int{2, 4, 8}, len(prefixe)) && slices.Contains(prefixe, 0)
}

// compterSuivants compte les messages JSON qui suivent le premier, et place la fin du suffixe avant eux.
func (m *Message) compterSuivants() {
	octets := []byte(m.texte)
	m.dehors = len(octets)
	for depuis := m.fin; m.Suivants < 1000; {
		ecart := strings.IndexAny(m.texte[depuis:], "{[")
		if ecart < 0 || ecart > 64 {
			break
		}
		n := unJSON(octets, depuis+ecart)
		if n == nil {
			break
		}
		if m.Suivants == 0 {
			m.dehors = n.debut
		}
		m.Suivants++
		depuis = n.fin
	}
	reste := m.texte[m.fin:m.dehors]
	blancs := len(reste) - len(strings.TrimLeft(reste, " \t\r\n\x00"))
	if m.Longueur || m.Suivants == 0 && blancs > 0 { // après un blanc, c'est autre chose : un adieu, la longueur du suivant
		m.dehors = m.fin + blancs
	}
	if m.compte > m.dehors-m.fin {
		m.compte = 0
	}
}

// unJSON lit l'objet ou le tableau qui commence là.
func unJSON(octets []byte, debut int) *noeud {
	valeurs := lecteurA(octets, debut)
	n, err := valeurs.noeud(0)
	if err != nil {
		return nil
	}
	return n
}

// feuille est une valeur simple d'un message.
type feuille struct {
	*noeud
	chemin  jsontext.Pointer
	etage   int    // 1 pour un membre de l'objet principal
	dit     string // son nom ; dans une liste, celui de la liste
	rang    int
	surnoms bool // son nom est celui d'un membre
}

func feuillesDe(n *noeud) []feuille {
	var toutes []feuille
	var descendre func(n *noeud, chemin jsontext.Pointer, etage int, dit string, surnoms bool)
	descendre = func(n *noeud, chemin jsontext.Pointer, etage int, dit string, surnoms bool) {
		if len(toutes) > 10_000 {
			return
		}
		if n.scalaire() {
			toutes = append(toutes, feuille{n, chemin, etage, dit, len(toutes), surnoms})
			return
		}
		for i, e := range n.enfants {
			if n.genre == '{' {
				descendre(e, chemin.AppendToken(e.nom), etage+1, e.nom, e.nomFin > 0)
			} else {
				descendre(e, chemin.AppendToken(strconv.Itoa(i)), etage+1, dit, false)
			}
		}
	}
	descendre(n, "", 0, "", false)
	return toutes
}

// reconnaitre choisit, parmi les feuilles, la température puis l'identifiant.
func (m *Message) reconnaitre(racine *noeud) {
	feuilles := feuillesDe(racine)
	t := choisirTemperature(feuilles)
	id := choisirID(feuilles, t)
	if t >= 0 {
		m.Temperature = membreDe(feuilles[t], "temperature", racine)
		m.Temperature.Nombre = math.NaN()
		if n, ok := nombreDeFeuille(feuilles[t].noeud); ok {
			m.Temperature.Nombre = n
			if feuilles[t].genre == '"' {
				m.Temperature.Genre = GenreNombreEnTexte
			}
		}
	}
	switch {
	case id >= 0:
		m.Identifiant = membreDe(feuilles[id], "capteur_id", racine)
	case t >= 0 && feuilles[t].surnoms && forceTemperature(feuilles[t].nom) == nomEtranger:
		f := feuilles[t]
		m.Identifiant = Membre{Chemin: string(f.chemin), Nom: f.nom, Genre: GenreNom, Texte: f.nom, debut: f.nomDebut, fin: f.nomFin}
	}
	for i, f := range feuilles {
		if i != t && i != id && f.dit != "" && !slices.Contains(m.Autres, f.dit) && len(m.Autres) < 50 {
			m.Autres = append(m.Autres, f.dit)
		}
	}
}

func membreDe(f feuille, enonce string, racine *noeud) Membre {
	genres := map[byte]Genre{'"': GenreTexte, '0': GenreNombre, 't': GenreBooleen, 'f': GenreBooleen, 'n': GenreNul}
	return Membre{
		Chemin: string(f.chemin), Nom: f.dit, Genre: genres[f.genre], Texte: f.texte, Nombre: math.NaN(),
		Enonce: racine.genre == '{' && f.etage == 1 && f.nom == enonce, debut: f.debut, fin: f.fin,
	}
}

// nombreDeFeuille rend le nombre d'une feuille : un nombre, ou un texte qui n'est qu'un nombre et son unité.
func nombreDeFeuille(n *noeud) (float64, bool) {
	if n.genre != '0' && (n.genre != '"' || !reNombreSeul.MatchString(n.texte)) {
		return 0, false
	}
	p := reNombreVirgule.FindStringIndex(n.texte)
	if p == nil {
		return math.NaN(), n.genre == '0'
	}
	for _, e := range ajouterNombre(nil, n.texte, p[0], p[1]) {
		return e.valeur, true
	}
	return 0, false
}

// choisirTemperature rend le rang de la feuille qui porte la température, ou -1.
func choisirTemperature(feuilles []feuille) int {
	var candidates, nombres, enTexte []feuille
	for _, f := range feuilles {
		_, nombre := nombreDeFeuille(f.noeud)
		force := forceTemperature(f.dit)
		if nombre && force > nomEtranger || force >= nomUsuel {
			candidates = append(candidates, f)
		}
		if nombre && !nomDeTemps(f.dit) && forceID(f.dit) < nomUsuel && !Horodatage(f.texte) {
			if f.genre == '0' {
				nombres = append(nombres, f)
			} else {
				enTexte = append(enTexte, f)
			}
		}
	}
	if len(candidates) > 0 {
		return slices.MinFunc(candidates, func(a, b feuille) int {
			_, na := nombreDeFeuille(a.noeud)
			_, nb := nombreDeFeuille(b.noeud)
			return cmp.Or(
				preferer(forceTemperature(a.dit) == nomEnonce, forceTemperature(b.dit) == nomEnonce),
				preferer(na, nb), preferer(a.genre == '0', b.genre == '0'),
				cmp.Compare(forceTemperature(b.dit), forceTemperature(a.dit)),
				cmp.Compare(rangUsuel(nomsTemperature, a.dit), rangUsuel(nomsTemperature, b.dit)), cmp.Compare(a.rang, b.rang))
		}).rang
	}
	switch {
	case len(nombres) == 1:
		return nombres[0].rang
	case len(nombres) == 0 && len(enTexte) == 1:
		return enTexte[0].rang
	}
	return -1
}

// choisirID rend le rang de la feuille qui porte l'identifiant, ou -1.
func choisirID(feuilles []feuille, temperature int) int {
	var candidates, textes []feuille
	for _, f := range feuilles {
		if f.rang == temperature || nomDeTemps(f.dit) || forceTemperature(f.dit) >= nomUsuel && forceID(f.dit) < nomEnonce {
			continue
		}
		simple := f.genre == '"' || f.genre == '0'
		if force := forceID(f.dit); force >= nomUsuel || force > nomEtranger && simple {
			candidates = append(candidates, f)
		}
		if f.genre == '"' && f.texte != "" && !estUnite(f.texte) && !strings.HasPrefix(nomSimple(f.dit), "unit") && !Horodatage(f.texte) && !reNombreSeul.MatchString(f.texte) {
			textes = append(textes, f)
		}
	}
	if len(candidates) > 0 {
		return slices.MinFunc(candidates, func(a, b feuille) int {
			return cmp.Or(
				cmp.Compare(forceID(b.dit), forceID(a.dit)), preferer(a.genre == '"', b.genre == '"'), preferer(a.genre == '0', b.genre == '0'),
				cmp.Compare(rangUsuel(nomsID, a.dit), rangUsuel(nomsID, b.dit)), cmp.Compare(a.rang, b.rang))
		}).rang
	}
	if len(textes) == 1 {
		return textes[0].rang
	}
	return -1
}

func preferer(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

func rangUsuel(noms []string, nom string) int {
	if i := slices.Index(noms, nomSimple(nom)); i >= 0 {
		return i
	}
	return len(noms)
}

// estUnite dit si un texte n'est qu'une unité, ou le nom de ce qu'on mesure.
func estUnite(texte string) bool {
	return slices.Contains([]string{"C", "F", "K", "°", "°C", "°F", "°c"}, texte) ||
		slices.Contains([]string{"celsius", "fahrenheit", "kelvin", "degc", "degres", "temperature", "temp", "mesure", "data"}, nomSimple(texte))
}
