package mesure

import (
	"errors"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// ErrTropLong dit qu'un message, ou une faute que rien ne finit, dépasse [MessageMax] : la connexion ne peut plus être lue.
var ErrTropLong = errors.New("message de plus de 64 Kio")

// Un lot ne porte pas plus de refus que cela : des octets absurdes ne deviennent pas des mégaoctets de réponses.
const refusParLot = 100

// Un message plus long laisse le décodeur gros de sa plus longue chaîne : on en prend un neuf.
const messageOrdinaire = 4 << 10 // octets

// Lot est ce qu'un [Lecteur] rend d'un coup : tous les messages déjà arrivés entiers. Ses tableaux ne valent que
// jusqu'à la lecture suivante.
type Lot struct {
	Mesures []Mesure // les messages valides, dans l'ordre d'arrivée
	Refus   []Refus  // les autres
}

func (l *Lot) vide() bool { return len(l.Mesures) == 0 && len(l.Refus) == 0 }

// Lecteur découpe un flot d'octets en lots de mesures.
//
// Un message refusé n'arrête pas la lecture. Après une faute de syntaxe elle reprend :
//
//   - dans un objet, à l'accolade qui le referme, ou au saut de ligne s'il vient avant ;
//   - entre deux objets, à la prochaine accolade ouvrante ou au saut de ligne.
//
// Rien de valide n'est perdu hors de ce qui est fautif. Est dedans ce qu'un objet fautif referme. Un objet que rien ne referme
// (avant sa fin vient un saut de ligne, un NUL, un séparateur de la RFC 7464, une accolade là où nulle valeur ne s'attend, ou la
// fin du flot) n'enferme rien, ni un tableau fautif : seul son premier caractère est passé, et ce qui le suit est lu. Rien n'est
// sauté qui ne soit dans un refus, et les coupures de TCP ne changent rien à ce qui est lu.
//
// Entre les objets, NUL, U+FEFF et le séparateur de la RFC 7464 comptent comme des blancs.
//
// La mémoire occupée reste bornée, quoi qu'il arrive : à quatre fois [MessageMax].
//
// Un Lecteur ne sert qu'à une goroutine à la fois.
type Lecteur struct {
	source    source
	dec       jsontext.Decoder
	enPhase   bool // le décodeur est au début du message en cours
	lot       Lot
	rang      int          // nombre de messages lus, valides ou refusés
	sain      int64        // où finit, dans le flot, le dernier message bien formé ou la dernière ligne
	noms      []bornes     // ceux des membres des objets où l'on est, pour y voir les doublons
	doublon   error        // le premier du message
	dernierID string       // une connexion porte d'ordinaire un seul capteur : son nom n'est alloué qu'une fois
	objet     *objetFautif // déjà refusé : on cherche où il finit
	ordures   bool         // déjà refusées : on cherche la prochaine accolade, ou le saut de ligne
	relus     int64        // octets que la recherche a lus pour rien
	fin       error        // pourquoi il n'y a plus rien à lire
}

// NouveauLecteur rend un Lecteur du flot r.
func NouveauLecteur(r io.Reader) *Lecteur {
	return &Lecteur{source: source{flot: r, taille: tailleMin}}
}

// Lire attend un premier message, puis rend avec lui tous ceux qui sont déjà arrivés entiers. Quand il n'y a plus rien
// à lire, le lot est vide et l'erreur dit pourquoi : [io.EOF] si le flot est fini, [ErrTropLong], [ErrAutreProtocole], ou
// l'erreur du flot.
func (l *Lecteur) Lire() (Lot, error) {
	clear(l.lot.Mesures) // leurs identifiants n'ont pas à être gardés pendant qu'on attend
	clear(l.lot.Refus)
	l.lot.Mesures, l.lot.Refus = l.lot.Mesures[:0], l.lot.Refus[:0]
	l.enPhase, l.source.patient = false, true
	for l.fin == nil && len(l.lot.Refus) < refusParLot {
		if err := l.lireUn(); err == errPlusTard {
			break
		} else if err != nil {
			l.fin = err
		}
	}
	if l.lot.vide() {
		return Lot{}, l.fin
	}
	return l.lot, nil
}

// EnCours dit si un message est commencé, et n'est pas fini. Un flot peut le demander pendant que [Lecteur.Lire] y lit : un
// seul message s'attend alors, et qui veut borner sa durée compte depuis l'octet qui l'a commencé. Ni des blancs, ni la suite de
// ce qui est déjà refusé entre deux objets, ne sont un message : ils ne devraient pas non plus repousser une échéance.
func (l *Lecteur) EnCours() bool {
	return l.objet != nil || !l.ordures && len(l.source.reste()) > 0
}

// lireUn lit un message et le range dans le lot. Le premier s'attend ; ceux qui suivent ne sont pris que s'ils sont déjà
// là, sinon errPlusTard est rendue.
func (l *Lecteur) lireUn() error {
	if err := l.trouverDebut(); err != nil {
		return l.interrompre(err)
	}
	if !l.enPhase {
		l.dec.Reset(l.source.depuisLeDebut(), doublonsPermis)
		l.enPhase = true
	}
	m, refus, err := l.lireMessage()
	if err != nil {
		return l.interrompre(err)
	}
	l.noter(m, refus)
	l.finirMessage()
	l.sain = l.source.passes
	return nil
}

// finirMessage passe ce que le décodeur a lu.
func (l *Lecteur) finirMessage() {
	n := l.source.longueur(l.dec.InputOffset())
	l.source.jeter(n)
	l.alleger(n)
}

// alleger rend la mémoire qu'un message de n octets a demandée, si ce n'est pas l'ordinaire.
func (l *Lecteur) alleger(n int) {
	if n > messageOrdinaire {
		l.dec, l.noms, l.enPhase = jsontext.Decoder{}, nil, false
	}
}

// noter range dans le lot un message de plus.
func (l *Lecteur) noter(m Mesure, refus error) {
	l.rang++
	l.source.patient = false
	if refus != nil {
		l.lot.Refus = append(l.lot.Refus, Refus{Message: l.rang, Cause: refus})
		return
	}
	l.lot.Mesures = append(l.lot.Mesures, m)
}

// interrompre décide de la suite quand un message n'a pu être lu jusqu'au bout. L'erreur qu'elle rend n'en laisse pas.
func (l *Lecteur) interrompre(err error) error {
	var faute *jsontext.SyntacticError
	var refus abandon
	switch {
	case errors.Is(err, errPlusTard): // le reste du message n'est pas arrivé : le lot part sans lui
		return errPlusTard
	case errors.Is(err, ErrTropLong):
		l.noter(Mesure{}, ErrTropLong)
		return ErrTropLong
	case errors.Is(err, ErrAutreProtocole):
		l.noter(Mesure{}, err)
		return err
	case errors.As(err, &refus):
		l.noter(Mesure{}, refus)
		l.contourner(MessageMax)
		return nil
	case errors.As(err, &faute):
		return l.refuser(faute)
	default:
		return err
	}
}
