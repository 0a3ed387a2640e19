package processus

import (
	"bytes"
	"strings"
	"sync"
)

// premiereLigne garde la première ligne de ce qu'un programme écrit, et jette le reste.
type premiereLigne struct {
	mu      sync.Mutex
	ligne   []byte
	entiere chan struct{} // fermé quand elle est arrivée
}

const ligneMax = 4 << 10 // octets

// Write garde ce qui vient, jusqu'à la fin de la ligne.
func (l *premiereLigne) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if bytes.HasSuffix(l.ligne, []byte("\n")) || len(l.ligne) >= ligneMax {
		return len(b), nil
	}
	debut, _, finie := bytes.Cut(b, []byte("\n"))
	l.ligne = append(l.ligne, debut...)
	if finie {
		l.ligne = append(l.ligne, '\n')
		close(l.entiere)
	}
	return len(b), nil
}

func (l *premiereLigne) texte() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.ligne)
}

// finDeJournal jette le journal d'un programme, sauf la fin : si les choses tournent mal, elle dit pourquoi.
type finDeJournal struct {
	mu  sync.Mutex
	fin []byte
}

const journalGarde = 1 << 10 // octets

// Write garde la fin de ce qui a été écrit.
func (j *finDeJournal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.fin = append(j.fin, b...)
	j.fin = append(j.fin[:0], j.fin[max(0, len(j.fin)-journalGarde):]...)
	return len(b), nil
}

// derniere rend la dernière ligne.
func (j *finDeJournal) derniere() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	lignes := strings.Split(strings.TrimSpace(string(j.fin)), "\n")
	return lignes[len(lignes)-1]
}
