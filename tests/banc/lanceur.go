package banc

import (
	"os/exec"
	"runtime"
)

// lanceur lance les programmes du rendu d'un fil à lui seul : ce que le noyau retire à ce fil, ils naissent sans, et l'ouvrier le garde.
// Le fil dure autant qu'eux, car sa fin serait la leur.
type lanceur struct {
	demandes chan *exec.Cmd
	reponses chan error
}

// ouvrirLanceur prépare le fil qui lance. Une erreur dit ce que le noyau n'a pas voulu lui retirer.
func ouvrirLanceur(n Niveau) (*lanceur, error) {
	l := &lanceur{make(chan *exec.Cmd), make(chan error)}
	go func() {
		defer close(l.reponses)
		runtime.LockOSThread() // et jamais rendu : Go jette le fil quand cette fonction finit
		err := armer(n)
		l.reponses <- err
		if err != nil {
			return
		}
		for cmd := range l.demandes {
			l.reponses <- cmd.Start()
		}
	}()
	if err := <-l.reponses; err != nil {
		<-l.reponses
		return nil, err
	}
	return l, nil
}

// lancer lance un programme. Un seul le fait à la fois.
func (l *lanceur) lancer(cmd *exec.Cmd) error {
	l.demandes <- cmd
	return <-l.reponses
}

// fermer finit le fil, une fois que plus rien de ce qu'il a lancé ne tourne.
func (l *lanceur) fermer() {
	close(l.demandes)
	<-l.reponses
}
