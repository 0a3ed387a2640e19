package banc

import (
	"fmt"
	"slices"
	"sync"
)

// alertes sont ce que le rendu a fait de dangereux ; le compte rendu le montre.
type alertes struct {
	journal *Journal

	mu      sync.Mutex
	phrases []string
}

// signaler retient une alerte, et la note.
func (a *alertes) signaler(format string, args ...any) {
	phrase := fmt.Sprintf(format, args...)
	a.journal.Noter("banc", "alerte", "%s", phrase)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.phrases = append(a.phrases, phrase)
}

// toutes rend celles qui ont été signalées jusqu'ici.
func (a *alertes) toutes() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.phrases)
}
