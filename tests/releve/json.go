package releve

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// lireJSON lit un texte fait d'une ou de plusieurs valeurs JSON, objets ou tableaux. Ce qui suit la dernière valeur entière
// est peut-être encore en train d'être écrit : c'est une ligne de texte.
func (d *Depot) lireJSON(texte string) bool {
	debut := strings.TrimLeft(texte, " \t\r\n")
	if debut == "" || debut[0] != '{' && debut[0] != '[' {
		return false
	}
	valeurs, reste := valeursJSON(texte)
	if len(valeurs) == 0 || strings.Contains(strings.TrimSpace(texte[reste:]), "\n") {
		return false
	}
	d.Forme, d.ParLigne = "json par ligne", true
	compte := lignesDe(texte)
	for _, v := range valeurs {
		premiere, derniere := compte.de(v.debut), compte.de(v.fin-1)
		ou := d.Fichier + ":" + strconv.Itoa(premiere)
		if premiere != derniere {
			ou += "-" + strconv.Itoa(derniere)
		}
		es := rangsJSON(ou, v.racine, texte[v.debut:v.fin])
		d.ParLigne = d.ParLigne && premiere == derniere && len(es) == 1 && !estRecueil(v.racine) && !memeLigne(d.Enregistrements, ou)
		d.Enregistrements = append(d.Enregistrements, es...)
		if len(valeurs) == 1 && (premiere != derniere || estRecueil(v.racine) || len(es) != 1) {
			d.Forme, d.ParLigne = "json", false
		}
	}
	for i := range d.Enregistrements {
		d.Enregistrements[i].Forme = d.Forme
	}
	if fin := strings.TrimSpace(texte[reste:]); fin != "" {
		d.Enregistrements = append(d.Enregistrements, Enregistrement{Ou: d.Fichier + ":" + strconv.Itoa(compte.de(reste+strings.Index(texte[reste:], fin))), Texte: fin, Forme: "texte"})
	}
	return true
}

func memeLigne(es []Enregistrement, ou string) bool {
	return len(es) > 0 && es[len(es)-1].Ou == ou
}

// lignesDe donne la ligne de chaque position croissante d'un texte.
func lignesDe(texte string) *compteDeLignes { return &compteDeLignes{texte: texte, ligne: 1} }

type compteDeLignes struct {
	texte           string
	position, ligne int
}

func (c *compteDeLignes) de(position int) int {
	c.ligne += strings.Count(c.texte[c.position:max(position, c.position)], "\n")
	c.position = max(position, c.position)
	return c.ligne
}

// enregistrementsJSON rend ceux d'une ligne qui n'est faite que d'objets ou de tableaux JSON.
func enregistrementsJSON(fichier, ligne string, n int) ([]Enregistrement, bool) {
	debut := strings.TrimLeft(ligne, " \t")
	if debut == "" || debut[0] != '{' && debut[0] != '[' {
		return nil, false
	}
	valeurs, reste := valeursJSON(ligne)
	if strings.Trim(ligne[reste:], " \t\r,;") != "" {
		return nil, false
	}
	var tous []Enregistrement
	for _, v := range valeurs {
		tous = append(tous, rangsJSON(fichier+":"+strconv.Itoa(n), v.racine, ligne[v.debut:v.fin])...)
	}
	for i := range tous {
		tous[i].Forme = "json par ligne"
	}
	return tous, true
}

// valeurJSON est une valeur lue, et sa place.
type valeurJSON struct {
	debut, fin int
	racine     *noeud
}

// noeud est une valeur JSON : ses membres ou ses éléments, dans l'ordre, ou son texte.
type noeud struct {
	genre      byte // '{', '[', '"', '0', ou la première lettre de true, false, null
	debut, fin int
	nom        string // dans un objet
	nomDebut   int    // place du nom, guillemets compris
	nomFin     int
	texte      string // d'un scalaire, sans guillemets
	enfants    []*noeud
}

// noeudsMax et jsonProfondeurMax bornent ce qu'un JSON peut coûter.
const (
	noeudsMax         = 400_000
	jsonProfondeurMax = 100
)

var errJSONTropGrand = errors.New("JSON trop grand ou trop profond")

// valeursJSON lit les objets et les tableaux qui se suivent au début d'un texte, et rend la position de la suite. Une virgule
// entre deux est permise.
func valeursJSON(texte string) (valeurs []valeurJSON, reste int) {
	nombre, octets := noeudsMax, []byte(texte)
	for len(valeurs) <= enregistrementsMax {
		passe := reste + len(texte[reste:]) - len(strings.TrimLeft(texte[reste:], " \t\r\n,"))
		if passe == len(texte) || texte[passe] != '{' && texte[passe] != '[' {
			break
		}
		l := lecteurA(octets, passe)
		l.reste = nombre
		lues := 0
		for l.dec.PeekKind() == '{' || l.dec.PeekKind() == '[' {
			n, err := l.noeud(0)
			if err != nil {
				break
			}
			valeurs = append(valeurs, valeurJSON{n.debut, n.fin, n})
			reste = n.fin
			lues++
		}
		nombre = l.reste
		if lues == 0 {
			break
		}
	}
	return valeurs, reste
}

// lecteurJSON lit des noeuds.
type lecteurJSON struct {
	dec   *jsontext.Decoder
	base  int // position, dans le texte, du début de ce que lit dec
	reste int // noeuds qu'il peut encore lire
}

// lecteurA lit ce qui commence à cette position.
func lecteurA(octets []byte, position int) *lecteurJSON {
	dec := jsontext.NewDecoder(bytes.NewBuffer(octets[position:]), jsontext.AllowDuplicateNames(true))
	return &lecteurJSON{dec, position, noeudsMax}
}

func (l *lecteurJSON) noeud(profondeur int) (*noeud, error) {
	l.reste--
	if profondeur > jsonProfondeurMax || l.reste < 0 {
		return nil, errJSONTropGrand
	}
	genre := l.dec.PeekKind()
	if genre != '{' && genre != '[' {
		v, err := l.dec.ReadValue()
		if err != nil {
			return nil, err
		}
		fin := l.base + int(l.dec.InputOffset())
		n := &noeud{genre: byte(genre), debut: fin - len(v), fin: fin, texte: string(v)}
		if genre == '"' {
			clair, err := jsontext.AppendUnquote(nil, v)
			if err != nil {
				return nil, err
			}
			n.texte = string(clair)
		}
		return n, nil
	}
	if _, err := l.dec.ReadToken(); err != nil {
		return nil, err
	}
	n := &noeud{genre: byte(genre), debut: l.base + int(l.dec.InputOffset()) - 1}
	for {
		switch l.dec.PeekKind() {
		case '}', ']':
			_, err := l.dec.ReadToken()
			n.fin = l.base + int(l.dec.InputOffset())
			return n, err
		case jsontext.KindInvalid:
			_, err := l.dec.ReadToken()
			if err == nil {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
		var nom *noeud
		if genre == '{' {
			var err error
			if nom, err = l.noeud(profondeur + 1); err != nil {
				return nil, err
			}
		}
		enfant, err := l.noeud(profondeur + 1)
		if err != nil {
			return nil, err
		}
		if nom != nil {
			enfant.nom, enfant.nomDebut, enfant.nomFin = nom.texte, nom.debut, nom.fin
		}
		n.enfants = append(n.enfants, enfant)
	}
}

func (n *noeud) scalaire() bool { return n.genre != '{' && n.genre != '[' }

// rangsJSON rend les enregistrements d'une valeur JSON : chaque élément d'un tableau, chaque entrée d'un objet dont les noms
// sont des identifiants, ou l'objet lui-même.
func rangsJSON(ou string, racine *noeud, texte string) []Enregistrement {
	r := rangeurJSON{ou: ou, texte: texte, base: racine.debut}
	r.ranger(racine, nil, "")
	if len(r.tous) == 1 {
		r.tous[0].Ou = ou
	}
	return r.tous
}

type rangeurJSON struct {
	ou, texte string
	base      int
	tous      []Enregistrement
}

// heritage est ce qu'un enregistrement tient des objets qui l'entourent.
type heritage struct{ nom, valeur string }

func (r *rangeurJSON) ranger(n *noeud, herite []heritage, cle string) {
	if len(r.tous) > enregistrementsMax {
		return
	}
	if n.scalaire() || !estRecueil(n) {
		if n.scalaire() || len(n.enfants) > 0 {
			r.noter(n, herite, cle)
		}
		return
	}
	herite = slices.Clip(herite)
	if n.genre == '{' {
		for _, e := range n.enfants { // les membres simples valent pour tous les autres
			if e.scalaire() && !tousNombres(n) {
				herite = append(herite, heritage{e.nom, e.texte})
			}
		}
	}
	for _, e := range n.enfants {
		switch {
		case n.genre == '[':
			r.ranger(e, herite, cle)
		case !e.scalaire() || tousNombres(n):
			r.ranger(e, append(slices.Clip(herite), heritage{fmt.Sprintf("clé %d", len(herite)+1), e.nom}), e.nom)
		}
	}
}

func (r *rangeurJSON) noter(n *noeud, herite []heritage, cle string) {
	e := Enregistrement{
		Ou:     fmt.Sprintf("%s, élément %d", r.ou, len(r.tous)+1),
		Texte:  r.texte[n.debut-r.base : n.fin-r.base],
		Champs: map[string]string{},
	}
	for _, h := range herite {
		e.Champs[h.nom] = h.valeur
	}
	aplatir(e.Champs, n, "")
	if cle != "" {
		e.Texte = strconv.Quote(cle) + " : " + e.Texte
	}
	r.tous = append(r.tous, e)
}

// aplatir range les membres d'un objet, et ceux de ses membres, par chemin.
func aplatir(champs map[string]string, n *noeud, chemin string) {
	if n.scalaire() {
		if chemin == "" {
			chemin = "valeur"
		}
		for _, pris := champs[chemin]; pris; _, pris = champs[chemin] {
			chemin += "'"
		}
		champs[chemin] = n.texte
		return
	}
	for i, e := range n.enfants {
		nom := e.nom
		if n.genre == '[' {
			nom = strconv.Itoa(i)
		}
		if chemin != "" {
			nom = chemin + "." + nom
		}
		aplatir(champs, e, nom)
	}
}

// estRecueil dit si un tableau ou un objet contient plusieurs enregistrements, plutôt que d'en être un.
func estRecueil(n *noeud) bool {
	if n.genre == '[' {
		// Un tableau de simples valeurs, un nombre et un texte, est une mesure ; de nombres seulement, une série.
		textes, nombres, autres := 0, 0, 0
		for _, e := range n.enfants {
			switch {
			case e.genre == '"':
				textes++
			case e.scalaire():
				nombres++
			default:
				autres++
			}
		}
		return autres > 0 || textes == 0 || nombres == 0
	}
	if len(n.enfants) == 0 {
		return false
	}
	if tousNombres(n) {
		return true
	}
	objets := 0
	for _, e := range n.enfants {
		if e.genre == '[' && estRecueil(e) && len(e.enfants) > 0 {
			return true
		}
		if e.genre == '{' && len(e.enfants) > 0 {
			objets++
		}
	}
	return objets == len(n.enfants) && (objets == 1 || memesNoms(n.enfants))
}

// tousNombres dit si un objet n'a que des nombres, sous des noms qui ne sont pas ceux d'un message : {"capteur_1": 23.5}.
func tousNombres(n *noeud) bool {
	for _, e := range n.enfants {
		if e.genre != '0' || forceID(e.nom) >= nomUsuel || forceTemperature(e.nom) >= nomUsuel {
			return false
		}
	}
	return n.genre == '{' && len(n.enfants) > 0
}

// memesNoms dit si tous ces objets ont un nom de membre en commun.
func memesNoms(objets []*noeud) bool {
	for _, m := range objets[0].enfants {
		partout := true
		for _, o := range objets[1:] {
			partout = partout && slices.ContainsFunc(o.enfants, func(e *noeud) bool { return e.nom == m.nom })
		}
		if partout {
			return true
		}
	}
	return false
}
