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
// Chaque appel joint sa tranche au dernier lot de la file, puis attend que ce lot soit écrit. Une goroutine écrit, lot après
// lot, sans minuterie : pendant qu'une écriture dure, les appels suivants se rassemblent. Ceux qui attendent n'écrivant pas
// eux-mêmes, leurs piles restent petites : un moteur en demande beaucoup, et un serveur a dix mille connexions. Un capteur qui
// est seul à écrire, deux fois de suite, écrit pourtant lui-même : les deux réveils qu'il s'épargne sont presque tout ce que
// coûterait le partage.
type groupe struct {
	moteur
	maintenant func() time.Time // l'horloge
	reveil     chan struct{}    // porte un jeton quand c'est à la goroutine d'écrire ; fermé quand plus rien ne s'écrira
	fini       chan struct{}    // fermé quand la goroutine a fini

	mu     sync.Mutex // protège ce qui suit, et les lots de la file
	file   []*lot     // du plus vieux au plus récent
	ecrit  bool       // une écriture est en cours, ou va l'être
	seul   string     // le capteur de la dernière, si elle n'avait qu'une tranche
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

func nouveauGroupe(m moteur) *groupe {
	g := &groupe{moteur: m, maintenant: time.Now, reveil: make(chan struct{}, 1), fini: make(chan struct{})}
	go g.ecrireLesLots() // Close l'attend
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
	t := &tranche{mesures: mesures}
	l, err := g.joindre(t)
	if err != nil {
		return err
	}
	if l == nil {
		g.ecrireAvecDelai([]*tranche{t})
		if !g.ceder() {
			g.reveil <- struct{}{} // d'autres sont arrivés : c'est à la goroutine
		}
		return t.erreur
	}
	select {
	case <-l.fini:
	case <-ctx.Done():
		if g.retirer(l, t) {
			return fmt.Errorf("sauvegarde abandonnée : %w", context.Cause(ctx))
		}
		<-l.fini // son écriture a commencé, elle a son propre délai
	}
	return t.erreur
}

// joindre date t et l'ajoute au dernier lot de la file, ou à un nouveau. Les tranches d'une file se suivent ainsi dans
// l'ordre de leurs dates. Elle ne rend aucun lot quand c'est à l'appelant d'écrire sa tranche.
func (g *groupe) joindre(t *tranche) (*lot, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.fermee {
		return nil, ErrFermee
	}
	t.recu = g.maintenant().UTC().Truncate(time.Microsecond)
	if !g.ecrit && g.seul == t.mesures[0].CapteurID {
		g.ecrit = true
		return nil, nil
	}
	if len(g.file) == 0 || g.file[len(g.file)-1].taille >= lotMax {
		g.file = append(g.file, &lot{fini: make(chan struct{})})
	}
	l := g.file[len(g.file)-1]
	l.tranches = append(l.tranches, t)
	l.taille += len(t.mesures)
	if !g.ecrit {
		g.ecrit = true
		g.reveil <- struct{}{} // il n'y en a pas d'autre
	}
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
	return true
}

// ecrireLesLots écrit les lots de la file, du plus vieux au plus récent, jusqu'à la fermeture.
func (g *groupe) ecrireLesLots() {
	defer close(g.fini)
	for range g.reveil {
		for l := g.prendreUnLot(); l != nil; l = g.prendreUnLot() {
			if l.taille > 0 {
				g.ecrireAvecDelai(l.tranches)
			}
			cede := len(l.tranches) == 1 && g.ceder() // avant de le réveiller : s'il revient aussitôt, il écrira lui-même
			close(l.fini)
			if cede {
				break
			}
		}
	}
}

// ecrireAvecDelai écrit des tranches dans le temps laissé à une écriture.
func (g *groupe) ecrireAvecDelai(tranches []*tranche) {
	ctx, liberer := context.WithTimeout(context.Background(), delaiEcriture)
	defer liberer()
	g.ecrireTranches(ctx, tranches)
}

// ceder cesse d'écrire, si personne n'attend de l'être.
func (g *groupe) ceder() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.file) > 0 {
		return false
	}
	g.ecrit = false
	if g.fermee {
		close(g.reveil)
	}
	return true
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

// prendreUnLot ôte de la file le plus vieux lot. Elle rend nil quand elle est vide : plus rien ne s'écrit.
func (g *groupe) prendreUnLot() *lot {
	runtime.Gosched() // les appels prêts à joindre ce lot le font d'abord : autant d'écritures en moins
	if g.ceder() {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	l := g.file[0]
	g.file = g.file[1:]
	g.seul = ""
	if len(l.tranches) == 1 {
		g.seul = l.tranches[0].mesures[0].CapteurID
	}
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
	if !deja && !g.ecrit { // sinon, qui écrit fermera
		close(g.reveil)
	}
	g.mu.Unlock()
	<-g.fini
	if deja {
		return nil
	}
	return g.fermer()
}
