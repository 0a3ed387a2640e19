package main

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"capteurs/tests/classe"
	"capteurs/tests/releve"
)

// progres dit où en est la correction : une barre réécrite sur un terminal ; ailleurs, une ligne par rendu d'une classe.
type progres struct {
	sortie   *os.File
	terminal bool
	classe   bool
	mu       sync.Mutex
	dernier  classe.Avancement
}

func nouveauProgres(sortie *os.File, classe bool) *progres {
	return &progres{sortie: sortie, terminal: term.IsTerminal(int(sortie.Fd())), classe: classe}
}

// barre dessine une fraction, en n caractères.
func barre(fait, total, n int) string {
	plein := 0
	if total > 0 {
		plein = n * min(fait, total) / total
	}
	return strings.Repeat("█", plein) + strings.Repeat("░", n-plein)
}

// encore dit ce qui reste à attendre, sans plus de précision que n'en a l'estimation.
func encore(reste time.Duration) string {
	switch {
	case reste < time.Second:
		return ""
	case reste < time.Minute:
		return fmt.Sprintf(", encore %d s environ", int(reste.Seconds()))
	}
	return fmt.Sprintf(", encore %d min environ", int(reste.Round(time.Minute).Minutes()))
}

// avance dit un progrès.
func (p *progres) avance(a classe.Avancement) {
	p.mu.Lock()
	defer p.mu.Unlock()
	nom := releve.Montrer([]byte(a.Nom), 200)
	if court := []rune(nom); len(court) > 30 {
		nom = string(court[:29]) + "…"
	}
	fait, total := a.Fait, a.AFaire
	if a.Rendus > 1 {
		fait, total = a.Finis, a.Rendus
	}
	switch {
	case p.terminal:
		fmt.Fprintf(p.sortie, "\r\x1b[K%s %d/%d%s  %s", barre(fait, total, 24), fait, total, encore(a.Reste), nom)
	case p.classe && a.Fini:
		fmt.Fprintf(p.sortie, "%d/%d  %s%s\n", fait, total, nom, encore(a.Reste))
	}
	p.dernier = a
}

// finir laisse la ligne vide, et dit d'une classe ce qui n'a pas eu à être relancé.
func (p *progres) finir() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.terminal {
		fmt.Fprint(p.sortie, "\r\x1b[K")
	}
	if p.classe && p.dernier.DuCache > 0 {
		fmt.Fprintf(p.sortie, "%d sur %d déjà corrigés, repris tels quels ; -refaire les relance\n", p.dernier.DuCache, p.dernier.Rendus)
	}
}
