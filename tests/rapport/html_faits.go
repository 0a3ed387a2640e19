package rapport

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strings"

	"capteurs/tests/releve"
)

// pageFaits est la preuve d'un critère, telle qu'elle se montre.
type pageFaits struct {
	Debut, Fin []pageFait
	Omis       int // entre les deux
}

// pageFait est un fait, ou plusieurs morceaux de suite d'une même sortie.
type pageFait struct {
	Temps, Qui, Quoi string
	Texte            pageMarque
	Precision        string       // « connexion 2, 3 morceaux, 65536 octets en tout »
	Hexa             []pageMarque // plusieurs quand un octet est marqué
	HexaOmis         int          // octets
	hexa             int          // octets montrés
}

// pageMarque est un texte dont un caractère est marqué ; Avant seul quand aucun ne l'est.
type pageMarque struct{ Avant, Marque, Apres string }

// Ce qu'une page montre d'une preuve. Le JSON garde tout.
type pagePlafond struct {
	debut, fin int // faits
	texte      int // caractères d'un fait
	hexa       int // octets en hexadécimal, pour tout le critère
	parFait    int // octets en hexadécimal, pour un fait
	fleches    int // du diagramme ; 0 : pas de diagramme
	constat    int // caractères de l'attendu, de l'observé…
	pistes     int
}

// pageMontrerFaits met en forme une preuve, dans ces limites. La différence, s'il y en a une, est marquée là où passe l'une
// de ses deux valeurs.
func pageMontrerFaits(faits []Fait, plafond pagePlafond, d *pageDifference) (p pageFaits) {
	groupes := pageGrouper(faits)
	debut, fin := pageBornes(len(groupes), plafond.debut, plafond.fin)
	p.Omis = fin - debut
	reste := plafond.hexa
	for i, g := range groupes {
		if i >= debut && i < fin {
			continue
		}
		f := g.montrer(plafond, min(plafond.parFait, reste), d)
		reste -= f.hexa
		if i < debut {
			p.Debut = append(p.Debut, f)
		} else {
			p.Fin = append(p.Fin, f)
		}
	}
	return p
}

// pageBornes dit ce qu'on omet de n éléments pour n'en montrer que les premiers et les derniers : [debut, fin[.
func pageBornes(n, premiers, derniers int) (debut, fin int) {
	if n <= premiers+derniers {
		return n, n
	}
	return premiers, n - derniers
}

// pageGroupe est un fait, et les morceaux qui le suivent dans la même sortie.
type pageGroupe struct {
	Fait
	morceaux int
}

// pageGrouper réunit les morceaux de suite d'une même sortie : leur découpage dépend du système, pas du rendu.
func pageGrouper(faits []Fait) (groupes []pageGroupe) {
	for _, f := range faits {
		if n := len(groupes) - 1; n >= 0 && pageSeSuivent(&groupes[n].Fait, &f) {
			dernier := &groupes[n]
			dernier.Octets = append(dernier.Octets[:len(dernier.Octets):len(dernier.Octets)], f.Octets...)
			dernier.morceaux++
			continue
		}
		groupes = append(groupes, pageGroupe{f, 1})
	}
	return groupes
}

// pageGroupeMax borne les octets d'un groupe : au-delà, un nouveau commence.
const pageGroupeMax = 4 << 10

func pageSeSuivent(a, b *Fait) bool {
	return (a.Quoi == "sortie" || a.Quoi == "erreurs") && a.Quoi == b.Quoi && a.Qui == b.Qui && a.Conn == b.Conn &&
		a.Texte == "" && b.Texte == "" && a.Taille == 0 && b.Taille == 0 && len(a.Octets)+len(b.Octets) <= pageGroupeMax
}

func (g *pageGroupe) montrer(plafond pagePlafond, hexa int, d *pageDifference) pageFait {
	f := pageFait{Temps: pageTemps(g.TUS), Qui: pageTexte(g.Qui, 20), Quoi: pageTexte(g.Quoi, 20)}
	var precisions []string
	if g.Conn > 0 {
		precisions = append(precisions, fmt.Sprintf("connexion %d", g.Conn))
	}
	if g.morceaux > 1 {
		precisions = append(precisions, fmt.Sprintf("en %d morceaux", g.morceaux))
	}
	if len(g.Octets) > 0 || g.Taille > 0 {
		precisions = append(precisions, pluriel(max(g.Taille, len(g.Octets)), "octet", "octets"))
	}
	f.Precision = strings.Join(precisions, ", ")
	f.Texte.Avant = pageTexte(g.Texte, plafond.texte)
	if len(g.Octets) == 0 {
		return f
	}
	marque := d.dans(g.Octets)
	f.Texte = pageMarquer(g.Octets, marque, plafond.texte)
	if g.Texte != "" {
		f.Texte.Avant = pageTexte(g.Texte, plafond.texte) + " : " + f.Texte.Avant
	}
	if hexa > 0 {
		montres := min(len(g.Octets), hexa)
		f.Hexa = pageHexadecimal(g.Octets[:montres], marque)
		f.HexaOmis, f.hexa = max(g.Taille, len(g.Octets))-montres, montres
	}
	return f
}

// pageMarquer montre des octets, celui de rang marque mis à part ; −1 : aucun.
func pageMarquer(octets []byte, marque, limite int) pageMarque {
	if marque < 0 || marque >= limite || marque >= len(octets) {
		return pageMarque{Avant: releve.Montrer(octets, limite)}
	}
	fin := marque + 1
	for fin < len(octets) && octets[fin]&0xc0 == 0x80 && fin < marque+4 { // les octets de suite d'un caractère (RFC 3629)
		fin++
	}
	m := pageMarque{Marque: releve.Montrer(octets[marque:fin], 4)}
	if marque > 0 {
		m.Avant = releve.Montrer(octets[:marque], limite)
	}
	if fin < len(octets) {
		m.Apres = releve.Montrer(octets[fin:], limite)
	}
	return m
}

// dans rend le rang, dans des octets, du premier qui diffère : celui de la valeur attendue, ou de la valeur observée,
// quand l'une y est écrite ; −1 sinon.
func (d *pageDifference) dans(octets []byte) int {
	if d == nil {
		return -1
	}
	for _, valeur := range []string{d.valeurAttendue, d.valeurTrouvee} {
		if rang := pageChercher(octets, valeur); rang >= 0 && rang+d.commun < len(octets) {
			return rang + d.commun
		}
	}
	return -1
}

// pageChercher rend le rang d'une valeur entière dans des octets : « 20 » n'est pas dans « 2026 ».
func pageChercher(octets []byte, valeur string) int {
	if valeur == "" {
		return -1
	}
	colle := func(rang int) bool {
		return rang >= 0 && rang < len(octets) && (octets[rang] >= '0' && octets[rang] <= '9' || octets[rang] == '.' || octets[rang] == '-')
	}
	for debut := 0; ; {
		i := bytes.Index(octets[debut:], []byte(valeur))
		if i < 0 {
			return -1
		}
		if rang := debut + i; !colle(rang-1) && !colle(rang+len(valeur)) {
			return rang
		}
		debut += i + 1
	}
}

// pageHexadecimal écrit des octets par lignes de seize : leur rang, leurs valeurs, et l'ASCII qui se lit. Celui de rang
// marque est mis à part, dans les deux colonnes.
func pageHexadecimal(octets []byte, marque int) (morceaux []pageMarque) {
	var texte strings.Builder
	var m pageMarque
	couper := func(marque string) {
		m.Avant, m.Marque = texte.String(), marque
		morceaux, m = append(morceaux, m), pageMarque{}
		texte.Reset()
	}
	for rang := 0; rang < len(octets); rang += 16 {
		ligne := octets[rang:min(rang+16, len(octets))]
		fmt.Fprintf(&texte, "%04x ", rang)
		for i := range 16 {
			if i == 8 {
				texte.WriteByte(' ')
			}
			texte.WriteByte(' ')
			switch {
			case i >= len(ligne):
				texte.WriteString("  ")
			case rang+i == marque:
				couper(fmt.Sprintf("%02x", ligne[i]))
			default:
				texte.WriteString(hex.EncodeToString(ligne[i : i+1]))
			}
		}
		texte.WriteString("  ")
		for i, o := range ligne {
			signe := "·"
			if o >= ' ' && o < 0x7f {
				signe = string(rune(o))
			}
			if rang+i == marque {
				couper(signe)
			} else {
				texte.WriteString(signe)
			}
		}
		texte.WriteByte('\n')
	}
	return append(morceaux, pageMarque{Avant: strings.TrimSuffix(texte.String(), "\n")})
}
