package sauvegarde

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"sync"
	"time"

	"capteurs/shared/mesure"
)

// Les bornes d'une écriture.
const (
	lotMax        = 20_000          // mesures, à une tranche près
	delaiEcriture = 2 * time.Second // un serveur qui s'arrête attend 5 s ses dernières mesures
)

// groupe est une Sauvegarde où les appels simultanés partagent une même écriture : rendre durables mille mesures ne coûte
// guère plus que d'en rendre durable une seule.
//
// Chaque appel joint sa tranche au dernier lot de la file, puis attend que ce lot soit écrit, ou que la plume soit libre : il
// écrit alors le plus vieux lot, et la rend. Sans minuterie : un appel seul est écrit aussitôt, sans réveiller personne, et
// pendant qu'une écriture dure, les suivants se rassemblent.
//
// Un moteur demande une pile profonde, et un serveur a dix mille connexions : toutes les écritures se font dans une même
// coroutine, dont la pile est la seule à grandir. Qui tient la plume lui passe la main, et la reprend.
type groupe struct {
	moteur
	maintenant func() time.Time // l'horloge
	plume      chan struct{}    // plein quand quelqu'un la tient : lui seul mène la coroutine
	lot        *lot             // celui qu'écrira la coroutine
	ecrireLot  func() (struct{}, bool)
	arreter    func() // finit la coroutine

	mu     sync.Mutex // protège ce qui suit, et les lots de la file
	file   []*lot     // du plus vieux au plus récent, aucun n'est vide
	fermee bool
}

// lot est ce qui sera écrit d'un coup.
type lot struct {
	tranches []*tranche
	taille   int           // en mesures
	fini     chan struct{} // fermé quand le sort de chaque tranche est connu
}

// refus est l'erreur d'une base qui ne veut pas d'une mesure : les autres, sans elle, passeraient.
type refus struct{ error }

func (r refus) Unwrap() error { return r.error }

// errInterrompue est le sort d'une tranche dont l'écriture n'est pas allée à son terme : le moteur a paniqué. On ne sait alors
// plus dans quel état il est, et la coroutine, finie, ne lui demandera plus rien.
var errInterrompue = errors.New("écriture interrompue par une faute du programme, redémarrez le serveur")

func nouveauGroupe(m moteur) *groupe {
	g := &groupe{moteur: m, maintenant: time.Now, plume: make(chan struct{}, 1)}
	g.ecrireLot, g.arreter = iter.Pull(func(rendreLaMain func(struct{}) bool) { // Close l'arrête
		for encore := true; encore; encore = rendreLaMain(struct{}{}) {
			g.ecrireAvecDelai(g.lot.tranches)
		}
	})
	return g
}

// Sauvegarder enregistre mesures avec celles qui attendent aussi.
func (g *groupe) Sauvegarder(ctx context.Context, mesures []mesure.Mesure) error {
	if len(mesures) == 0 {
		return nil
	}
	for _, m := range mesures {
		if err := m.Valider(); err != nil { // une mesure invalide ferait échouer celles des autres
			return fmt.Errorf("mesure du capteur %q impossible à sauvegarder : %w", m.CapteurID, err)
		}
	}
	t := &tranche{mesures: mesures, erreur: errInterrompue}
	l, err := g.joindre(t)
	if err != nil {
		return err
	}
	for {
		select {
		case <-l.fini:
			return t.erreur
		case g.plume <- struct{}{}:
			if g.ecrireUnLot() == l {
				return t.erreur
			}
		case <-ctx.Done():
			if g.retirer(l, t) {
				return fmt.Errorf("sauvegarde abandonnée : %w", context.Cause(ctx))
			}
			<-l.fini // son écriture a commencé, elle a son propre délai
			return t.erreur
		}
	}
}

// joindre date t et l'ajoute au dernier lot de la file, ou à un nouveau. Les tranches d'une file se suivent ainsi dans
// l'ordre de leurs dates.
func (g *groupe) joindre(t *tranche) (*lot, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.fermee {
		return nil, ErrFermee
	}
	t.recu = g.maintenant().UTC().Truncate(time.Microsecond)
	if len(g.file) == 0 || g.file[len(g.file)-1].taille >= lotMax {
		g.file = append(g.file, &lot{fini: make(chan struct{})})
	}
	l := g.file[len(g.file)-1]
	l.tranches = append(l.tranches, t)
	l.taille += len(t.mesures)
	return l, nil
}

// retirer ôte t de son lot, si l'écriture n'en a pas commencé.
func (g *groupe) retirer(l *lot, t *tranche) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !slices.Contains(g.file, l) {
		return false
	}
	l.tranches = slices.DeleteFunc(l.tranches, func(autre *tranche) bool { return autre == t })
	l.taille -= len(t.mesures)
	if len(l.tranches) == 0 {
		g.file = slices.DeleteFunc(g.file, func(autre *lot) bool { return autre == l })
	}
	return true
}

// ecrireUnLot, plume en main, écrit le plus vieux lot et le rend, nil si rien n'attend. Elle rend la plume quoi qu'il arrive.
func (g *groupe) ecrireUnLot() *lot {
	defer func() { <-g.plume }()
	runtime.Gosched() // les appels prêts à joindre ce lot le font d'abord : autant d'écritures en moins
	l := g.prendreUnLot()
	if l == nil {
		return nil
	}
	defer close(l.fini) // avant de rendre la plume : elle va à qui attend encore
	g.lot = l
	g.ecrireLot()
	return l
}

// ecrireAvecDelai écrit des tranches dans le temps laissé à une écriture.
func (g *groupe) ecrireAvecDelai(tranches []*tranche) {
	ctx, liberer := context.WithTimeout(context.Background(), delaiEcriture)
	defer liberer()
	g.ecrireTranches(ctx, tranches)
}

// ecrireTranches écrit des tranches d'un coup, et note le sort de chacune. Si la base en refuse une, les autres n'ont pas à en
// souffrir : tout recommence par moitiés, jusqu'à ce que la fautive soit seule.
func (g *groupe) ecrireTranches(ctx context.Context, tranches []*tranche) {
	err := g.ecrire(ctx, tranches)
	if moitie := len(tranches) / 2; moitie > 0 && errors.As(err, new(refus)) && ctx.Err() == nil {
		g.ecrireTranches(ctx, tranches[:moitie])
		g.ecrireTranches(ctx, tranches[moitie:])
		return
	}
	for _, t := range tranches {
		t.erreur = err
	}
}

// prendreUnLot ôte de la file le plus vieux lot, et le rend ; nil si elle est vide.
func (g *groupe) prendreUnLot() *lot {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.file) == 0 {
		return nil
	}
	l := g.file[0]
	g.file = g.file[1:]
	return l
}

// Relire rend ce qui est enregistré.
func (g *groupe) Relire(ctx context.Context) iter.Seq2[Enregistrement, error] { return g.relire(ctx) }

// Rouvrir passe au fichier qui a pris la place de l'ancien, si le moteur en a un.
func (g *groupe) Rouvrir(ctx context.Context) error {
	if m, ok := g.moteur.(Rouvrable); ok {
		return m.Rouvrir(ctx)
	}
	return nil
}

// Close attend la fin des écritures demandées, et ferme.
func (g *groupe) Close() error {
	g.mu.Lock()
	deja := g.fermee
	g.fermee = true
	g.mu.Unlock()
	g.plume <- struct{}{}
	for g.ecrireUnLot() != nil {
		g.plume <- struct{}{}
	}
	if deja {
		return nil
	}
	g.arreter() // la file est vide, et le restera : plus personne ne mène la coroutine
	return g.fermer()
}
