package programme

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"capteurs/shared/mesure"
)

// compterConnues note les mesures dont le serveur a répondu ; err porte ses refus.
func (e *envoi) compterConnues(mesures []mesure.Mesure, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.absent {
		e.absent = false
		fmt.Fprintln(e.console.erreurs, "serveur retrouvé")
	}
	refusees := compterRefus(err)
	e.refusees += refusees
	e.enregistrees += len(mesures) - refusees
	if refusees > 0 {
		fmt.Fprintln(e.console.erreurs, err)
		e.montrer(mesures, "refusée")
		return
	}
	e.montrer(mesures, "enregistrée")
}

// compterInconnues note les mesures parties dont on ne saura pas si elles sont enregistrées.
func (e *envoi) compterInconnues(mesures []mesure.Mesure) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.inconnues += len(mesures)
	e.montrer(mesures, "sort inconnu")
}

// compterNonConfirmees note les mesures parties vers un serveur qui n'en a rien dit.
func (e *envoi) compterNonConfirmees(mesures []mesure.Mesure) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.nonConfirmees += len(mesures)
	e.montrer(mesures, "non confirmée")
}

// montrer montre des mesures, si elles sont peu nombreuses : elles sont alors envoyées une à une. L'appelant tient mu.
func (e *envoi) montrer(mesures []mesure.Mesure, sort string) {
	if !e.detaille() {
		return
	}
	for _, m := range mesures {
		fmt.Fprintf(e.sortie, "%s : %s °C, %s\n", citer(m.CapteurID), enFrancais(m.Temperature), sort)
	}
}

// compterRefus compte les refus que porte une erreur.
func compterRefus(err error) int {
	switch e := err.(type) {
	case mesure.Refus:
		return 1
	case interface{ Unwrap() []error }:
		n := 0
		for _, err := range e.Unwrap() {
			n += compterRefus(err)
		}
		return n
	case interface{ Unwrap() error }:
		return compterRefus(e.Unwrap())
	}
	return 0
}

// direAbsent dit une fois que le serveur ne répond pas.
func (e *envoi) direAbsent(cause error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.absent {
		e.absent = true
		fmt.Fprintf(e.console.erreurs, "%v\nnouveaux essais pendant %v…\n", cause, e.patience)
	}
}

// echec retient l'erreur qui a arrêté un capteur.
func (e *envoi) echec(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err != nil {
		e.erreurs = append(e.erreurs, err)
	}
}

// total rend le nombre de mesures prévues, 0 s'il n'est pas connu.
func (e *envoi) total() int {
	switch {
	case e.saisie:
		return 0
	case e.temperature != nil:
		return e.capteurs
	case e.relues != nil:
		return e.capteurs * len(e.relues)
	}
	return e.capteurs * e.nombre
}

// detaille dit si les mesures sont montrées une à une.
func (e *envoi) detaille() bool {
	return e.intervalle > 0 || e.saisie || e.total() > 0 && e.total() <= peu
}

// bilan dit ce qu'il est advenu des mesures, et rend une erreur si toutes ne sont pas arrivées.
func (e *envoi) bilan(ctx context.Context) error {
	envoyees := e.enregistrees + e.refusees + e.nonConfirmees + e.inconnues
	bilan := []string{fmt.Sprintf("%d enregistrée%s", e.enregistrees, s(e.enregistrees))}
	if e.refusees > 0 {
		bilan = append(bilan, fmt.Sprintf("%d refusée%s", e.refusees, s(e.refusees)))
	}
	if e.nonConfirmees > 0 {
		bilan = append(bilan, fmt.Sprintf("%d non confirmée%s, ce serveur n'accuse pas réception", e.nonConfirmees, s(e.nonConfirmees)))
	}
	if e.inconnues > 0 {
		bilan = append(bilan, fmt.Sprintf("%d dont le sort est inconnu", e.inconnues))
	}
	fmt.Fprintf(e.sortie, "%d mesure%s envoyée%s : %s\n", envoyees, s(envoyees), s(envoyees), strings.Join(bilan, ", "))
	switch {
	case len(e.erreurs) > 0:
		return e.erreurs[0] // les capteurs parlent au même serveur : les autres disent la même chose
	case e.refusees > 0:
		return fmt.Errorf("%d mesure%s refusée%s par le serveur", e.refusees, s(e.refusees), s(e.refusees))
	case e.inconnues > 0 && e.total() > 0 && ctx.Err() == nil:
		return fmt.Errorf("le sort de %d mesure%s sur %d est inconnu", e.inconnues, s(e.inconnues), e.total())
	case ctx.Err() != nil && envoyees < e.total():
		reste := e.total() - envoyees
		return fmt.Errorf("interrompu : %d mesure%s sur %d non envoyée%s", reste, s(reste), e.total(), s(reste))
	}
	return nil
}

// s rend la marque du pluriel.
func s(n int) string {
	if n > 1 {
		return "s"
	}
	return ""
}

// citer écrit un identifiant tel quel s'il se lit sans doute possible, entre guillemets et avec des échappements sinon.
func citer(id string) string {
	if cite := strconv.Quote(id); cite != `"`+id+`"` || strings.TrimSpace(id) != id {
		return cite
	}
	return id
}

// enFrancais écrit un nombre avec une virgule.
func enFrancais(t float64) string {
	return strings.Replace(strconv.FormatFloat(t, 'g', -1, 64), ".", ",", 1)
}

// montrerAvance montre l'avancement d'un long envoi, sur un terminal seulement. La fonction rendue y met fin.
func (e *envoi) montrerAvance() (finir func()) {
	terminal, ok := e.console.erreurs.(*os.File)
	if !ok || !term.IsTerminal(int(terminal.Fd())) || e.detaille() {
		return func() {}
	}
	fini := make(chan struct{})
	var barre sync.WaitGroup
	barre.Go(func() {
		debut := time.Now()
		for tic := time.Tick(100 * time.Millisecond); ; {
			select {
			case <-tic:
				e.dessiner(terminal, time.Since(debut))
			case <-fini:
				e.dessiner(terminal, time.Since(debut))
				fmt.Fprintln(terminal)
				return
			}
		}
	})
	return func() { close(fini); barre.Wait() }
}

// dessiner met à jour la barre : une ligne, de moins de 80 colonnes.
func (e *envoi) dessiner(w io.Writer, duree time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	const largeur = 30
	faites := e.enregistrees + e.refusees + e.nonConfirmees + e.inconnues
	debit := float64(faites) / duree.Seconds()
	if total := e.total(); total > 0 {
		pleine := largeur * faites / total
		fmt.Fprintf(w, "\r[%s%s] %3d %%  %d/%d  %.0f mesures/s ", strings.Repeat("#", pleine), strings.Repeat(".", largeur-pleine),
			100*faites/total, faites, total, debit)
		return
	}
	fmt.Fprintf(w, "\r%d mesures  %.0f mesures/s ", faites, debit)
}
