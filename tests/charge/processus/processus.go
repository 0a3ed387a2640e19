// Package processus lance les programmes qu'on mesure, attend qu'ils soient prêts, relève ce qu'ils consomment, et les
// arrête.
package processus

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

const (
	delaiDemarrage = 60 * time.Second // au-delà, une attente est une panne et non une lenteur
	delaiArret     = 8 * time.Second  // les serveurs s'en donnent 5
	delaiTubes     = time.Second      // pour que ses tubes se ferment, une fois le programme mort
	pasDEcoute     = 5 * time.Millisecond
)

// Processus est un programme en marche. Qui l'a lancé doit l'arrêter.
type Processus struct {
	Demarrage time.Duration // de son lancement au moment où il a été prêt

	cmd     *exec.Cmd
	accueil *premiereLigne
	journal *finDeJournal
	vie     context.Context // finit avec lui
	erreur  error           // comment il a fini ; à lire quand vie est finie
}

var errFini = errors.New("le programme s'est arrêté")

// Lancer démarre un programme et attend que pret rende. Les réglages KATA_* de notre environnement ne lui sont pas transmis :
// ils portent des mots de passe, et changeraient ce qu'on mesure. Ce que dit cmd.Env s'ajoute à cet environnement.
func Lancer(ctx context.Context, cmd *exec.Cmd, pret func(context.Context, *Processus) error) (*Processus, error) {
	p := &Processus{cmd: cmd, accueil: &premiereLigne{entiere: make(chan struct{})}, journal: new(finDeJournal)}
	herite := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "KATA_") })
	cmd.Env = append(herite, cmd.Env...)
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = p.accueil, p.journal, delaiTubes
	depart := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("%s impossible à lancer : %w", cmd.Path, err)
	}
	vie, mourir := context.WithCancelCause(context.Background())
	p.vie = vie
	go func() { // Arreter l'attend
		p.erreur = cmd.Wait()
		mourir(errFini)
	}()
	ctx, liberer := context.WithTimeout(ctx, delaiDemarrage)
	defer liberer()
	ctx, renoncer := context.WithCancelCause(ctx)
	defer renoncer(nil)
	defer context.AfterFunc(vie, func() { renoncer(errFini) })()
	if err := pret(ctx, p); err != nil {
		_ = cmd.Process.Kill() // déjà mort, peut-être
		<-vie.Done()
		return nil, fmt.Errorf("%s n'a pas démarré : %w ; il a dit : %q", cmd.Path, err, p.accueil.texte()+p.journal.derniere())
	}
	p.Demarrage = time.Since(depart)
	return p, nil
}

// Ligne attend que le programme écrive une première ligne, et la rend.
func (p *Processus) Ligne(ctx context.Context) (string, error) {
	select {
	case <-p.accueil.entiere:
		return p.accueil.texte(), nil
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

// Ecoute attend que le programme accepte des connexions à cette adresse.
func Ecoute(adresse string) func(context.Context, *Processus) error {
	return func(ctx context.Context, _ *Processus) error {
		return Attendre(ctx, func() bool {
			conn, err := new(net.Dialer).DialContext(ctx, "tcp", adresse)
			if err == nil {
				_ = conn.Close()
			}
			return err == nil
		})
	}
}

// Attendre attend que vrai le soit, en le demandant souvent.
func Attendre(ctx context.Context, vrai func() bool) error {
	pas := time.NewTicker(pasDEcoute)
	defer pas.Stop()
	for !vrai() {
		select {
		case <-pas.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// Arreter arrête le programme comme le ferait Ctrl-C, et attend sa fin. Qu'il finisse mal est une erreur.
func (p *Processus) Arreter() error {
	doucement := p.cmd.Process.Signal(syscall.SIGTERM) == nil
	if !doucement {
		_ = p.cmd.Process.Kill() // Windows n'a pas d'autre façon ; ailleurs, il est déjà mort
	}
	couperet := time.AfterFunc(delaiArret, func() { _ = p.cmd.Process.Kill() })
	defer couperet.Stop()
	<-p.vie.Done()
	if p.erreur != nil && (doucement || runtime.GOOS != "windows") {
		return fmt.Errorf("%s a mal fini : %w ; il a dit : %q", p.cmd.Path, p.erreur, p.journal.derniere())
	}
	return nil
}
