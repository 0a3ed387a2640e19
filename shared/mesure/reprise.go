package mesure

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"capteurs/shared/lisible"
)

// Entre les objets, ce qui compte comme un blanc sans en être un pour JSON.
const (
	nul           = '\x00'   // en C, on envoie souvent la fin de la chaîne avec elle
	debutDeTexte  = '\x1e'   // RFC 7464
	marqueDOctets = "\ufeff" // le début d'un fichier, pour bien des programmes de Windows
)

// On ne relit pas plus de tant de fois ce qu'on a passé, pour qu'une ligne faite exprès ne coûte pas bien plus à démêler qu'à
// envoyer. Au-delà, un objet que rien ne referme enferme ce qui le suit.
const relecturesMax = 16

// refuser refuse le message où le décodeur a buté, et prépare la suite.
func (l *Lecteur) refuser(faute *jsontext.SyntacticError) error {
	texte, decalage := l.source.reste(), l.source.longueur(faute.ByteOffset)
	if decalage < len(texte) && (texte[decalage] >= utf8.RuneSelf || texte[decalage] == '\\') {
		// Un message bien formé, mais dont des octets ne sont pas de l'UTF-8, est passé d'un bloc.
		l.dec.Reset(l.source.depuisLeDebut(), doublonsPermis, octetsPermis)
		l.enPhase = false
		err := l.sauterMessage()
		texte = l.source.reste()
		if err == nil {
			l.noter(Mesure{}, expliquer(faute, texte, decalage))
			l.finirMessage()
			return nil
		}
		if !errors.As(err, &faute) {
			return l.interrompre(err)
		}
		decalage = l.source.longueur(faute.ByteOffset)
	}
	l.noter(Mesure{}, expliquer(faute, texte, decalage))
	l.contourner(decalage)
	if l.source.passes-l.sain > MessageMax {
		l.noter(Mesure{}, ErrTropLong) // des fautes qui se suivent sans fin ni saut de ligne n'en font qu'une
		return ErrTropLong
	}
	return nil
}

// contourner passe le texte fautif qui commence ici, et que le lot refuse ; le décodeur en a lu n octets.
func (l *Lecteur) contourner(n int) {
	l.alleger(n)
	l.enPhase = false
	if l.source.reste()[0] == '{' {
		l.objet = &objetFautif{avant: ':'}
		return
	}
	l.source.jeter(1)
	l.ordures = true
}

// trouverDebut passe ce qui est déjà refusé, puis les blancs, et attend le premier octet d'un message.
func (l *Lecteur) trouverDebut() error {
	for {
		fini := l.source.erreur != nil
		if l.passerFaute(fini) && l.passerBlancs(fini) {
			if l.rang > 0 {
				return nil
			}
			if err, certain := autreProtocole(l.source.reste()); certain || fini {
				return err
			}
		}
		err := l.source.remplir()
		if err != nil && (fini || err == errPlusTard || err == ErrTropLong) {
			return err
		}
	}
}

// passerFaute dit si l'on est sorti du texte fautif. Le flot fini, on en sort toujours.
func (l *Lecteur) passerFaute(fini bool) bool {
	if l.objet != nil {
		n, fin := l.objet.chercher(l.source.reste())
		switch {
		case fin == referme:
			l.source.jeter(n)
		case fin == ouvert || fini:
			l.enjamber(n)
		default:
			return false
		}
		l.objet = nil
	}
	if l.ordures {
		texte := l.source.reste()
		n := bytes.IndexAny(texte, "{\n")
		switch {
		case n < 0 && !fini:
			return false
		case n < 0:
			n = len(texte)
		case texte[n] == '\n':
			n++
			l.sain = l.source.passes + int64(n)
		}
		l.source.jeter(n)
		l.ordures = false
	}
	return true
}

// enjamber passe l'accolade d'un objet que rien ne referme dans les n premiers octets ; ils seront relus.
func (l *Lecteur) enjamber(n int) {
	l.relus += int64(n)
	if l.relus <= relecturesMax*(l.source.passes+MessageMax) {
		n = 1
	}
	l.source.jeter(n)
	l.ordures = true
}

// passerBlancs dit si un message commence ici.
func (l *Lecteur) passerBlancs(fini bool) bool {
	for {
		texte := l.source.reste()
		if len(texte) == 0 {
			return false
		}
		n := 1
		switch texte[0] {
		case '\n':
			l.sain = l.source.passes + 1
		case ' ', '\t', '\r':
		case nul, debutDeTexte:
			l.enPhase = false
		case marqueDOctets[0]:
			n = len(marqueDOctets)
			if !strings.HasPrefix(marqueDOctets, string(texte[:min(n, len(texte))])) {
				return true
			}
			if len(texte) < n {
				return fini
			}
			l.enPhase = false
		default:
			return true
		}
		l.source.jeter(n)
	}
}

// objetFautif cherche ce qui referme un objet où le décodeur a buté. Il compte les accolades et les crochets hors des
// chaînes, et ne prend pas pour une chaîne ce qui n'en a que le premier guillemet : ce qui la suivrait ne pourrait pas la
// suivre.
type objetFautif struct {
	lu         int    // nombre d'octets examinés
	avant      byte   // le dernier qui n'était pas un blanc
	ouverts    []byte // les accolades et les crochets
	dansChaine bool
	guillemet  int // où s'est ouverte la dernière chaîne
}

// Ce que l'on sait d'un objet fautif.
type finDObjet int

const (
	inconnue finDObjet = iota
	referme            // à cet octet
	ouvert             // il ne se refermera pas : à cet octet commence autre chose
)

// chercher examine le texte de l'objet, ce qui en est arrivé depuis la dernière fois, et rend le nombre d'octets que la
// réponse concerne. Une apostrophe ne compte pas : de ce qu'elle ouvre rien ne dit où elle ferme.
func (o *objetFautif) chercher(texte []byte) (int, finDObjet) {
	for ; o.lu < len(texte); o.lu++ {
		c := texte[o.lu]
		switch {
		case c == '\n' || c == nul || c == debutDeTexte:
			return o.lu, ouvert
		case o.dansChaine:
			o.dansChaine = c != '"' || o.avant == '\\'
			if c == '\\' && o.avant == '\\' {
				c = 0 // cette barre est échappée, elle n'échappe rien
			}
		case c == ' ' || c == '\t' || c == '\r' || c == '\'':
			continue
		case o.avant == '"' && strings.IndexByte(":,]}", c) < 0: // ce n'était pas une chaîne
			o.lu, o.avant = o.guillemet, 0
			continue
		case c == '"':
			if strings.IndexByte("{[:,", o.avant) < 0 {
				continue // rien n'attend une chaîne ici
			}
			o.dansChaine, o.guillemet = true, o.lu
		case c == '{' && !o.attendUneValeur():
			return o.lu, ouvert
		case c == '{' || c == '[':
			o.ouverts = append(o.ouverts, c)
		case c == '}':
			o.ouverts = o.ouverts[:bytes.LastIndexByte(o.ouverts, '{')]
			if len(o.ouverts) == 0 {
				return o.lu + 1, referme
			}
		case c == ']' && o.dernier() == '[':
			o.ouverts = o.ouverts[:len(o.ouverts)-1]
		}
		o.avant = c
	}
	return o.lu, inconnue
}

func (o *objetFautif) dernier() byte { return o.ouverts[len(o.ouverts)-1] }

// attendUneValeur dit si un objet peut s'ouvrir ici, dans celui qu'on examine.
func (o *objetFautif) attendUneValeur() bool {
	return o.avant == ':' || o.avant == '[' || o.avant == ',' && o.dernier() == '['
}

// expliquer met en français une faute de syntaxe, à decalage octets du début de texte.
func expliquer(faute *jsontext.SyntacticError, texte []byte, decalage int) error {
	position := min(decalage, len(texte))
	c, taille := utf8.DecodeRune(texte[position:])
	var cause string
	switch {
	case errors.Is(faute, io.ErrUnexpectedEOF):
		return errors.New("message coupé : la fin de l'objet n'est pas arrivée")
	case taille == 0:
		cause = "fin inattendue"
	case c == utf8.RuneError && taille == 1:
		cause = fmt.Sprintf("octet 0x%02X qui n'est pas de l'UTF-8", texte[position])
	case c == 0:
		cause = "octet nul inattendu (un texte en UTF-16 ? JSON s'écrit en UTF-8)"
	case c == '\'':
		cause = "apostrophe inattendue (les textes JSON prennent des guillemets doubles)"
	case c == 'N' || c == 'I' || c == 'T' || c == 'F':
		cause = fmt.Sprintf("« %c » inattendu (NaN, Infinity, None, True et False ne sont pas du JSON)", c)
	case c == '\\':
		cause = "échappement « \\ » invalide"
	case unicode.IsPrint(c) && !lisible.Invisible(c):
		cause = fmt.Sprintf("« %c » inattendu", c)
	default:
		cause = fmt.Sprintf("caractère %U inattendu", c)
	}
	return fmt.Errorf("JSON invalide à l'octet %d : %s", position+1, cause)
}
