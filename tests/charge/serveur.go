package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// dossiersDesEtapes nomme les étapes. Elles ne sont pas importées : ce sont leurs programmes qu'on mesure.
var dossiersDesEtapes = map[int]string{1: "step1_procedural", 2: "step2_poo", 3: "step3_heritage"}

const (
	delaiDemarrage = 10 * time.Second
	delaiArret     = 8 * time.Second // le serveur s'en donne 5
)

// compiler compile dans dossier le serveur de chaque étape, et rend leurs chemins.
func compiler(ctx context.Context, dossier string, etapes []int) (map[int]string, error) {
	programmes := make(map[int]string)
	for _, etape := range etapes {
		chemin := filepath.Join(dossier, fmt.Sprintf("serveur%d", etape))
		if runtime.GOOS == "windows" {
			chemin += ".exe"
		}
		paquet := "capteurs/" + dossiersDesEtapes[etape] + "/cmd/serveur"
		sortie, err := exec.CommandContext(ctx, "go", "build", "-o", chemin, paquet).CombinedOutput()
		if err != nil {
			return nil, fmt.Errorf("étape %d impossible à compiler : %w\n%s", etape, err, bytes.TrimSpace(sortie))
		}
		programmes[etape] = chemin
	}
	return programmes, nil
}

// serveur est un serveur en marche.
type serveur struct {
	adresse string
	cmd     *exec.Cmd
	journal *finDeJournal
}

// ligneDAccueil est ce qu'un serveur dit quand il est prêt.
var ligneDAccueil = regexp.MustCompile(`^serveur à l'écoute sur (\S+), sauvegarde dans `)

// lancer démarre un serveur et attend qu'il soit prêt. Qui l'a lancé doit l'arrêter.
func lancer(ctx context.Context, programme, url string, options ...string) (*serveur, error) {
	args := append([]string{"-adresse", "127.0.0.1:0", "-sauvegarde", url}, options...)
	s := &serveur{cmd: exec.Command(programme, args...), journal: new(finDeJournal)}
	s.cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "KATA_") })
	s.cmd.Stderr = s.journal
	sortie, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	ctx, liberer := context.WithTimeout(ctx, delaiDemarrage)
	defer liberer()
	cesser := context.AfterFunc(ctx, func() { _ = s.cmd.Process.Kill() }) // la lecture qui suit finit alors
	ligne, err := bufio.NewReader(sortie).ReadString('\n')
	if accueil := ligneDAccueil.FindStringSubmatch(ligne); cesser() && accueil != nil {
		s.adresse = accueil[1]
		return s, nil
	}
	_ = s.cmd.Process.Kill() // déjà mort, peut-être
	_ = s.cmd.Wait()         // ce qu'il en dit est moins clair que son journal
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return nil, fmt.Errorf("le serveur n'a pas démarré : %w ; il a dit : %q", err, ligne+s.journal.derniere())
}

// arreter arrête le serveur comme le ferait Ctrl-C, et attend sa fin. Qu'il finisse mal est une erreur.
func (s *serveur) arreter() error {
	doucement := s.cmd.Process.Signal(syscall.SIGTERM) == nil
	if !doucement {
		_ = s.cmd.Process.Kill() // Windows n'a pas d'autre façon ; ailleurs, il est déjà mort
	}
	couperet := time.AfterFunc(delaiArret, func() { _ = s.cmd.Process.Kill() })
	defer couperet.Stop()
	err := s.cmd.Wait()
	if err != nil && (doucement || runtime.GOOS != "windows") {
		return fmt.Errorf("le serveur a mal fini : %w ; il a dit : %q", err, s.journal.derniere())
	}
	return nil
}

// rss rend la mémoire que le serveur occupe, en Kio.
func (s *serveur) rss() (int, error) {
	return champ(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid), "VmRSS:", 0)
}

// finDeJournal jette le journal d'un serveur, sauf la fin : si les choses tournent mal, elle dit pourquoi.
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

// avecServeur lance un serveur sur cette sauvegarde, le confie à faire, et l'arrête.
func avecServeur(ctx context.Context, programme, url string, options []string, faire func(*serveur) error) error {
	s, err := lancer(ctx, programme, url, options...)
	if err != nil {
		return err
	}
	return errors.Join(faire(s), s.arreter())
}
