package sauvegarde

import (
	"context"
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
// Il n'y a ni goroutine ni minuterie. Chaque appel joint sa tranche au dernier lot de la file, puis attend que ce lot soit
// écrit, ou que la plume soit libre ; qui prend la plume écrit le plus vieux lot. Un appel seul écrit donc aussitôt, et
// pendant qu'une écriture dure, les suivants se rassemblent.
type groupe struct {
	moteur
	plume      chan struct{}    // qui y dépose un jeton est seul à écrire
	maintenant func() time.Time // l'horloge

	mu   sync.Mutex // protège file et les lots qu'elle contient
	file []*lot     // du plus vieux au plus récent

	fermee bool // ne change que plume en main
}

// lot est ce qui sera écrit d'un coup.
type lot struct {
	tranches []*tranche
	taille   int           // en mesures
	fini     chan struct{} // fermé quand erreur est connue
	erreur   error
}

func nouveauGroupe(m moteur) *groupe {
	return &groupe{moteur: m, plume: make(chan struct{}, 1), maintenant: time.Now}
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
	l := g.joindre(t)
	for {
		select {
		case <-l.fini:
			return l.erreur
		case g.plume <- struct{}{}:
			runtime.Gosched() // les appels prêts à joindre ce lot le font d'abord : autant d'écritures en moins
			g.ecrireUnLot(ctx)
			<-g.plume
		case <-ctx.Done():
			if g.retirer(l, t) {
				return fmt.Errorf("sauvegarde abandonnée : %w", context.Cause(ctx))
			}
			<-l.fini // son écriture a commencé, elle a son propre délai
			return l.erreur
		}
	}
}

// joindre date t et l'ajoute au dernier lot de la file, ou à un nouveau. Les tranches d'une file se suivent ainsi dans
// l'ordre de leurs dates.
func (g *groupe) joindre(t *tranche) *lot {
	g.mu.Lock()
	defer g.mu.Unlock()
	t.recu = g.maintenant().UTC().Truncate(time.Microsecond)
	if len(g.file) == 0 || g.file[len(g.file)-1].taille >= lotMax {
		g.file = append(g.file, &lot{fini: make(chan struct{})})
	}
	l := g.file[len(g.file)-1]
	l.tranches = append(l.tranches, t)
	l.taille += len(t.mesures)
	return l
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

// ecrireUnLot écrit le plus vieux lot de la file ; l'appelant tient la plume. L'appel qui écrit le fait pour d'autres :
// qu'il soit abandonné n'y change rien.
func (g *groupe) ecrireUnLot(ctx context.Context) {
	g.mu.Lock()
	if len(g.file) == 0 {
		g.mu.Unlock()
		return
	}
	l := g.file[0]
	g.file = g.file[1:]
	g.mu.Unlock()

	defer close(l.fini)
	switch {
	case g.fermee:
		l.erreur = ErrFermee
	case l.taille > 0:
		ctx, liberer := context.WithTimeout(context.WithoutCancel(ctx), delaiEcriture)
		defer liberer()
		l.erreur = g.ecrire(ctx, l.tranches)
	}
}

// Relire rend ce qui est enregistré.
func (g *groupe) Relire(ctx context.Context) iter.Seq2[Enregistrement, error] { return g.relire(ctx) }

// Close attend la fin de l'écriture en cours et ferme.
func (g *groupe) Close() error {
	g.plume <- struct{}{}
	defer func() { <-g.plume }()
	if g.fermee {
		return nil
	}
	g.fermee = true
	return g.fermer()
}
