// Package journal écrit le journal d'un serveur sans jamais le faire attendre : une sortie pleine ou fermée perd des lignes,
// qui sont comptées, et ce que des inconnus font dire ne peut pas la remplir.
package journal

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// Les bornes d'un journal.
const (
	attendues      = 1024        // lignes qui attendent d'être écrites, au plus
	parSeconde     = 100         // lignes écrites par seconde, à la longue
	dAvance        = 1000        // de plus, après un calme
	delaiFermeture = time.Second // pour écrire ce qui attend
)

// Les formes et les niveaux qu'Ouvrir connaît.
var (
	formes = map[string]func(io.Writer, *slog.HandlerOptions) slog.Handler{
		"texte": func(w io.Writer, o *slog.HandlerOptions) slog.Handler { return slog.NewTextHandler(w, o) },
		"json":  func(w io.Writer, o *slog.HandlerOptions) slog.Handler { return slog.NewJSONHandler(w, o) },
	}
	niveaux = map[string]slog.Level{"info": slog.LevelInfo, "alerte": slog.LevelWarn, "erreur": slog.LevelError}
)

// Reglages règle un journal.
type Reglages struct {
	Forme  string // texte ou json
	Niveau string // le plus bas qui s'écrive : info, alerte ou erreur
}

// Valider rend une erreur qui dit ce qui est connu, si la forme ou le niveau ne l'est pas.
func (r Reglages) Valider() error {
	if _, connue := formes[r.Forme]; !connue {
		return fmt.Errorf("-journal %q inconnu : texte ou json", r.Forme)
	}
	if _, connu := niveaux[r.Niveau]; !connu {
		return fmt.Errorf("-journal-niveau %q inconnu : info, alerte ou erreur", r.Niveau)
	}
	return nil
}

// Ouvrir rend un journal qui s'écrit dans w, et de quoi le fermer : ce qui attend est alors écrit, en une seconde au plus.
// Elle rend l'erreur de Valider.
func Ouvrir(w io.Writer, r Reglages) (*slog.Logger, func(), error) {
	if err := r.Valider(); err != nil {
		return nil, nil, err
	}
	nouveau, options := formes[r.Forme], &slog.HandlerOptions{Level: niveaux[r.Niveau]}
	s := &sortie{lignes: make(chan []byte, attendues), ferme: make(chan struct{}), ecrite: make(chan struct{})}
	go s.ecrire(w, slog.New(nouveau(w, options)))
	journal := slog.New(&mesuree{nouveau(s, options), &debits{sortie: s}})
	return journal, sync.OnceFunc(s.fermer), nil
}

// sortie reçoit des lignes et les écrit à côté.
type sortie struct {
	lignes  chan []byte
	perdues atomic.Int64 // depuis qu'on l'a dit
	ferme   chan struct{}
	ecrite  chan struct{} // fermé quand plus rien ne s'écrira
}

// Write retient une ligne, ou la perd s'il en attend trop. Elle n'attend jamais et n'échoue jamais.
func (s *sortie) Write(ligne []byte) (int, error) {
	select {
	case s.lignes <- append([]byte(nil), ligne...):
	default:
		s.perdues.Add(1)
	}
	return len(ligne), nil
}

// ecrire écrit ce qui arrive, jusqu'à la fermeture.
func (s *sortie) ecrire(w io.Writer, avis *slog.Logger) {
	defer close(s.ecrite)
	dire := func() {
		if n := s.perdues.Swap(0); n > 0 {
			avis.Warn("lignes de journal perdues : trop nombreuses, ou sortie pleine", "nombre", n)
		}
	}
	for {
		select {
		case ligne := <-s.lignes:
			if _, err := w.Write(ligne); err != nil {
				s.perdues.Add(1) // la sortie peut revenir : un disque plein se vide
				continue
			}
			dire()
		case <-s.ferme:
			for len(s.lignes) > 0 {
				_, _ = w.Write(<-s.lignes)
			}
			dire()
			return
		}
	}
}

// fermer attend que ce qui reste soit écrit, si la sortie le permet.
func (s *sortie) fermer() {
	close(s.ferme)
	select {
	case <-s.ecrite:
	case <-time.After(delaiFermeture):
	}
}

// mesuree ne laisse passer que ce que permettent les débits. Les erreurs ont le leur : le reste ne peut pas les cacher.
type mesuree struct {
	slog.Handler
	debits *debits
}

type debits struct {
	sortie            *sortie
	ordinaire, erreur debit
}

// Handle écrit une ligne, ou la compte perdue.
func (m *mesuree) Handle(ctx context.Context, r slog.Record) error {
	d := &m.debits.ordinaire
	if r.Level >= slog.LevelError {
		d = &m.debits.erreur
	}
	if !d.permet(r.Time) {
		m.debits.sortie.perdues.Add(1)
		return nil
	}
	return m.Handler.Handle(ctx, r)
}

// WithAttrs rend le même journal, ces attributs en plus.
func (m *mesuree) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &mesuree{m.Handler.WithAttrs(attrs), m.debits}
}

// WithGroup rend le même journal, dans ce groupe.
func (m *mesuree) WithGroup(nom string) slog.Handler {
	return &mesuree{m.Handler.WithGroup(nom), m.debits}
}

// debit est un seau percé : parSeconde lignes par seconde, et dAvance de plus après un calme.
type debit struct {
	mu     sync.Mutex
	plein  float64 // lignes dans le seau
	depuis time.Time
}

func (d *debit) permet(maintenant time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.plein = max(0, d.plein-parSeconde*maintenant.Sub(d.depuis).Seconds())
	d.depuis = maintenant
	if d.plein >= dAvance {
		return false
	}
	d.plein++
	return true
}
