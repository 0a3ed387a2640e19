package mesure

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// contourner refuse le message où le décodeur a buté et trouve où reprendre.
//
// Un objet bien formé mais que la RFC 8259 déconseille (membre en double, octets qui ne sont pas de l'UTF-8) est sauté
// d'un bloc. Une vraie faute de syntaxe ne laisse que les lignes pour repères : la sienne est jetée, et celles que le
// décodeur avait prises à tort pour la suite du message sont relues une à une, de sorte qu'aucune ligne valide n'est
// perdue.
func (l *Lecteur) contourner(faute *jsontext.SyntacticError) error {
	decalage := l.source.origine + int(faute.ByteOffset)
	l.source.jeterBlancs()
	decalage -= l.source.debut

	tolerant := jsontext.NewDecoder(l.source.depuisLeDebut(l.source.attente),
		jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	err := sauter(tolerant)
	if err == nil {
		l.noter(Mesure{}, expliquer(faute, l.source.reste(), decalage))
		l.source.finirMessage(tolerant.InputOffset())
		return nil
	}
	if !errors.As(err, &faute) {
		return l.interrompre(err)
	}
	decalage = int(faute.ByteOffset)
	l.noter(Mesure{}, expliquer(faute, l.source.reste(), decalage))
	l.relireLignes(decalage, errors.Is(faute, io.ErrUnexpectedEOF))
	return nil
}

// relireLignes jette la ligne du message fautif et lit une à une celles qui suivent, jusqu'à celle de la faute, à
// decalage octets du début, où le découpage ordinaire reprendra. Quand le flot est fini, toutes les lignes sont relues.
func (l *Lecteur) relireLignes(decalage int, fini bool) {
	faute := l.source.debut + decalage
	l.jeterLigne()
	for len(l.source.reste()) > 0 && len(l.lot.Refus) < refusParLot {
		ligne, _, entiere := bytes.Cut(l.source.reste(), []byte("\n"))
		if !fini && (!entiere || l.source.debut+len(ligne) >= faute) {
			return
		}
		l.lireLigne(ligne)
		l.source.jeter(min(len(ligne)+1, len(l.source.reste())))
	}
}

// jeterLigne oublie la ligne en cours, ou ce qui en est arrivé.
func (l *Lecteur) jeterLigne() {
	ligne, _, entiere := bytes.Cut(l.source.reste(), []byte("\n"))
	l.source.jeter(min(len(ligne)+1, len(l.source.reste())))
	l.ligneJetee = !entiere
}

// lireLigne lit les messages d'une seule ligne.
func (l *Lecteur) lireLigne(ligne []byte) {
	l.dec.Reset(bytes.NewReader(ligne))
	for {
		m, refus, err := l.lireMessage()
		var faute *jsontext.SyntacticError
		switch {
		case errors.As(err, &faute):
			l.noter(Mesure{}, expliquer(faute, ligne, int(faute.ByteOffset)))
			return
		case errors.Is(err, errTropProfond):
			l.noter(Mesure{}, errTropProfond)
			return
		case err != nil: // io.EOF : la ligne est finie
			return
		}
		l.noter(m, refus)
	}
}

// expliquer met en français une faute de syntaxe, à decalage octets du début de texte.
func expliquer(faute *jsontext.SyntacticError, texte []byte, decalage int) error {
	position := min(decalage, len(texte))
	c, taille := utf8.DecodeRune(texte[position:])
	var cause string
	switch {
	case errors.Is(faute, io.ErrUnexpectedEOF):
		return errors.New("message coupé : la connexion s'est fermée avant la fin de l'objet")
	case errors.Is(faute, jsontext.ErrDuplicateName):
		return fmt.Errorf("membre %q en double", abreger(faute.JSONPointer.LastToken()))
	case taille == 0:
		cause = "fin inattendue"
	case c == utf8.RuneError && taille == 1:
		cause = fmt.Sprintf("octet 0x%02X qui n'est pas de l'UTF-8", texte[position])
	case c == '\'':
		cause = "apostrophe inattendue (les textes JSON prennent des guillemets doubles)"
	case c == 'N' || c == 'I' || c == 'T' || c == 'F':
		cause = fmt.Sprintf("« %c » inattendu (NaN, Infinity, None, True et False ne sont pas du JSON)", c)
	case c == '\\':
		cause = "échappement « \\ » invalide"
	case unicode.IsPrint(c):
		cause = fmt.Sprintf("« %c » inattendu", c)
	default:
		cause = fmt.Sprintf("caractère %U inattendu", c)
	}
	return fmt.Errorf("JSON invalide à l'octet %d : %s", position+1, cause)
}
