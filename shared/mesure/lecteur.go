package mesure

import (
	"errors"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// ErrTropLong dit qu'un message dépasse [MessageMax] : la connexion ne peut plus être lue.
var ErrTropLong = errors.New("message de plus de 64 Kio")

// errTropProfond refuse un membre inconnu qui coûterait plus cher à suivre qu'à recevoir.
var errTropProfond = errors.New("plus de 100 objets ou tableaux les uns dans les autres")

const profondeurMax = 100

// Un lot ne porte pas plus de refus que cela : des octets absurdes ne deviennent pas des mégaoctets de réponses.
const refusParLot = 100

// Lot est ce qu'un [Lecteur] rend d'un coup : tous les messages déjà arrivés entiers. Ses tableaux ne valent que
// jusqu'à la lecture suivante.
type Lot struct {
	Mesures []Mesure // les messages valides, dans l'ordre d'arrivée
	Refus   []Refus  // les autres
}

func (l *Lot) vide() bool { return len(l.Mesures) == 0 && len(l.Refus) == 0 }

// Lecteur découpe un flot d'octets en lots de mesures. Un message refusé n'arrête pas la lecture ; après une faute de
// syntaxe elle reprend à la ligne qui suit le début du message fautif. La mémoire occupée reste bornée par
// [MessageMax], quoi qu'il arrive.
//
// Un Lecteur ne sert qu'à une goroutine à la fois.
type Lecteur struct {
	source     source
	dec        jsontext.Decoder
	lot        Lot
	rang       int    // nombre de messages lus, valides ou refusés
	dernierID  string // une connexion porte d'ordinaire un seul capteur : son nom n'est alloué qu'une fois
	ligneJetee bool   // la ligne en cours porte une faute de syntaxe : on en jette la fin
	fin        error  // pourquoi il n'y a plus rien à lire
}

// NouveauLecteur rend un Lecteur du flot r.
func NouveauLecteur(r io.Reader) *Lecteur {
	return &Lecteur{source: source{flot: r, taille: tailleMin}}
}

// Lire attend un premier message, puis rend avec lui tous ceux qui sont déjà arrivés entiers. Quand il n'y a plus rien
// à lire, le lot est vide et l'erreur dit pourquoi : [io.EOF] si le flot est fini, [ErrTropLong], ou l'erreur du flot.
func (l *Lecteur) Lire() (Lot, error) {
	l.lot.Mesures, l.lot.Refus = l.lot.Mesures[:0], l.lot.Refus[:0]
	for l.fin == nil && l.lot.vide() {
		l.fin = l.decouper()
	}
	if l.lot.vide() {
		return Lot{}, l.fin
	}
	return l.lot, nil
}

// decouper prend un message, en l'attendant s'il le faut, puis tous ceux qui le suivent dans le tampon.
func (l *Lecteur) decouper() error {
	if err := l.trouverDebut(); err != nil {
		return err
	}
	l.dec.Reset(l.source.depuisLeDebut(attendre))
	for len(l.lot.Refus) < refusParLot {
		m, refus, err := l.lireMessage()
		if err != nil {
			return l.interrompre(err)
		}
		l.noter(m, refus)
		l.source.finirMessage(l.dec.InputOffset())
	}
	return nil
}

// trouverDebut attend un octet qui ne soit ni un blanc ni la fin d'une ligne jetée.
func (l *Lecteur) trouverDebut() error {
	for {
		if l.ligneJetee {
			l.jeterLigne()
		}
		l.source.jeterBlancs()
		if len(l.source.reste()) > 0 {
			return nil
		}
		if err := l.source.remplir(); err != nil {
			return err
		}
	}
}

// noter range dans le lot un message de plus.
func (l *Lecteur) noter(m Mesure, refus error) {
	l.rang++
	if refus != nil {
		l.lot.Refus = append(l.lot.Refus, Refus{Message: l.rang, Cause: refus})
		return
	}
	l.lot.Mesures = append(l.lot.Mesures, m)
}

// interrompre décide de la suite quand un message n'a pu être lu jusqu'au bout.
func (l *Lecteur) interrompre(err error) error {
	var faute *jsontext.SyntacticError
	switch {
	case errors.Is(err, errPlusTard): // le reste du message n'est pas arrivé : le lot part sans lui
		return nil
	case errors.Is(err, ErrTropLong):
		l.noter(Mesure{}, ErrTropLong)
		return ErrTropLong
	case errors.Is(err, errTropProfond):
		l.source.jeterBlancs()
		l.noter(Mesure{}, errTropProfond)
		l.relireLignes(0, false)
		return nil
	case errors.As(err, &faute):
		return l.contourner(faute)
	default:
		return err
	}
}
