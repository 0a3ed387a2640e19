package banc

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// Un événement garde ses octets en entier jusqu'à octetsGardes ; un journal, evenementsGardes événements. Ce qui dépasse
// est compté, pas gardé : un programme qui écrit sans fin ne doit pas remplir la mémoire du correcteur.
const (
	octetsGardes     = 64 << 10
	journalGarde     = 4 << 20 // octets, tous événements confondus
	texteGarde       = 4 << 10 // octets du texte d'un événement
	evenementsGardes = 4000
	echangesGardes   = 3000 // de ceux qui portent des octets : il reste toujours de la place pour dire ce qui s'est passé
)

// Journal est la suite des faits observés pendant une vérification. On n'y fait qu'ajouter.
type Journal struct {
	mu      sync.Mutex
	depart  time.Time
	faits   []Evenement
	octets  int // gardés en tout
	ecartes int // événements qui n'ont pas tenu
}

// NouveauJournal rend un journal vide, dont le temps part maintenant.
func NouveauJournal() *Journal { return &Journal{depart: time.Now()} }

// Noter ajoute un fait dit en français.
func (j *Journal) Noter(qui, quoi, format string, args ...any) {
	j.ajouter(Evenement{Qui: qui, Quoi: quoi, Texte: fmt.Sprintf(format, args...)})
}

// NoterOctets ajoute des octets qui ont passé, dans la connexion conn quand elle n'est pas nulle.
func (j *Journal) NoterOctets(qui, quoi string, conn int, octets []byte) {
	j.ajouter(Evenement{Qui: qui, Quoi: quoi, Conn: conn, Octets: octets})
}

func (j *Journal) ajouter(e Evenement) {
	j.mu.Lock()
	defer j.mu.Unlock()
	e.T = time.Since(j.depart).Round(time.Microsecond)
	if len(j.faits) >= evenementsGardes || len(e.Octets) > 0 && len(j.faits) >= echangesGardes {
		j.ecartes++
		return
	}
	if len(e.Texte) > texteGarde {
		e.Texte = strings.ToValidUTF8(e.Texte[:texteGarde], "") + "…"
	}
	garde := min(len(e.Octets), octetsGardes, journalGarde-j.octets)
	if garde < len(e.Octets) {
		e.Taille = len(e.Octets)
	}
	e.Octets = append([]byte(nil), e.Octets[:garde]...)
	j.octets += garde
	j.faits = append(j.faits, e)
}

// Faits rend une copie de ce qui a été noté jusqu'ici.
func (j *Journal) Faits() []Evenement {
	j.mu.Lock()
	defer j.mu.Unlock()
	faits := append([]Evenement(nil), j.faits...)
	if j.ecartes > 0 {
		faits = append(faits, Evenement{T: faits[len(faits)-1].T, Qui: "banc", Quoi: "note",
			Texte: fmt.Sprintf("%d événements de plus n'ont pas été gardés", j.ecartes)})
	}
	return faits
}
