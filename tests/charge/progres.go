package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"
)

// progres dit où en sont les mesures : une ligne réécrite sur un terminal, une ligne par tour ailleurs.
type progres struct {
	w        io.Writer
	terminal bool
	depart   time.Time
	faites   int
	prevues  int
}

func nouveauProgres(f *os.File) *progres {
	return &progres{w: f, terminal: term.IsTerminal(int(f.Fd()))}
}

// effacer ramène au début de la ligne et la vide.
const effacer = "\r\x1b[K"

// etat dit ce qui se fait.
func (p *progres) etat(quoi string) {
	if p.terminal {
		fmt.Fprint(p.w, effacer, quoi, "…")
	}
}

// prevoir dit combien de mesures vont venir.
func (p *progres) prevoir(n int) { p.depart, p.prevues = time.Now(), n }

// mesure dit qu'une mesure commence.
func (p *progres) mesure(quoi string) {
	reste := ""
	if p.faites > 0 {
		d := time.Since(p.depart) / time.Duration(p.faites) * time.Duration(p.prevues-p.faites)
		reste = fmt.Sprintf(", reste %v", d.Round(time.Second))
	}
	p.faites++
	p.etat(fmt.Sprintf("[%d/%d%s] %s", p.faites, p.prevues, reste, quoi))
}

// dire dit ce qu'il faut savoir, et qui reste à l'écran.
func (p *progres) dire(quoi string) {
	if p.terminal {
		fmt.Fprint(p.w, effacer)
	}
	fmt.Fprintln(p.w, quoi)
}

// tour dit qu'un tour est fini.
func (p *progres) tour(n, total int, duree time.Duration) {
	if !p.terminal {
		fmt.Fprintf(p.w, "tour %d sur %d fait en %v\n", n, total, duree.Round(time.Second))
	}
}

// finir laisse la ligne vide.
func (p *progres) finir() {
	if p.terminal {
		fmt.Fprint(p.w, effacer)
	}
}
