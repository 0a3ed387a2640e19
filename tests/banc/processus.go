package banc

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"capteurs/tests/decouverte"
)

// sortieMaximale borne ce qu'un programme peut écrire de lui-même avant d'être arrêté ; il peut y ajouter ce que le banc lui envoie,
// qu'il le montre tel quel ou échappé.
const (
	sortieMaximale = 16 << 20
	echosPermis    = 8
)

// sortiePermise rend le nombre d'octets qu'un programme peut avoir écrits jusqu'ici.
func (b *Banc) sortiePermise() int { return sortieMaximale + echosPermis*int(b.envoyes.Load()) }

// Processus est un programme du rendu en train de tourner.
type Processus struct {
	Qui string // « serveur » ou « client »

	banc    *Banc
	cmd     *exec.Cmd
	entree  io.WriteCloser
	Sortie  *Flux
	Erreurs *Flux
	fini    chan struct{} // fermé quand le programme a fini
	erreur  error         // celle de Wait, une fois fini
	invite  *invite
	aEcrit  chan struct{} // reçoit quand le programme écrit sur sa sortie

	interrompu bool // il a reçu Ctrl-C
	avantCtrlC int  // octets de Texte écrits avant
	fils       sync.WaitGroup
}

// Fin dit comment un programme a fini.
type Fin struct {
	Fini   bool           // sinon il tourne encore
	Code   int            // code de sortie ; -1 s'il a été tué
	Signal syscall.Signal // qui l'a tué, sinon 0
}

func (f Fin) String() string {
	switch {
	case !f.Fini:
		return "tourne encore"
	case f.Signal != 0:
		return "a été tué par " + nomDuSignal(f.Signal)
	default:
		return fmt.Sprintf("a fini, code %d", f.Code)
	}
}

// nomDuSignal nomme un signal comme le fait signal(7) ; par son numéro, s'il n'est pas de ceux qu'un programme reçoit d'ordinaire.
func nomDuSignal(s syscall.Signal) string {
	noms := map[syscall.Signal]string{
		syscall.SIGINT: "SIGINT (Ctrl-C)", syscall.SIGTERM: "SIGTERM", syscall.SIGKILL: "SIGKILL", syscall.SIGHUP: "SIGHUP", syscall.SIGQUIT: "SIGQUIT",
		syscall.SIGSEGV: "SIGSEGV (mémoire)", syscall.SIGABRT: "SIGABRT (abandon)", syscall.SIGPIPE: "SIGPIPE (tube fermé)",
	}
	if nom := noms[s]; nom != "" {
		return nom
	}
	return fmt.Sprintf("le signal %d", int(s))
}

// lancer lance un programme du rendu depuis une de ses copies, et répond à ce qu'il demande.
func (b *Banc) lancer(qui string, p *decouverte.Programme, copie string, args []string) (*Processus, error) {
	if p.Erreur != "" {
		return nil, fmt.Errorf("%w : %s", ErrConstruction, p.Erreur)
	}
	commande := slices.Clone(p.Commande)
	for i, mot := range commande {
		commande[i] = strings.ReplaceAll(mot, "{sortie}", b.lieux.sortie)
	}
	dossier := filepath.Join(copie, filepath.FromSlash(p.Dossier))
	if local := filepath.Join(dossier, commande[0]); !filepath.IsAbs(commande[0]) && strings.Contains(commande[0], "/") {
		commande[0] = local
	} else if _, err := exec.LookPath(commande[0]); err != nil {
		return nil, fmt.Errorf("%s : %w", commande[0], err)
	}
	if filepath.Base(commande[0]) == "java" { // sans quoi la machine virtuelle écrit dans /tmp, sans cesse, ce qu'elle mesure d'elle-même
		commande = slices.Insert(commande, 1, "-XX:-UsePerfData")
	}
	commande = append(commande, args...)
	cmd := exec.Command(commande[0], commande[1:]...)
	cmd.Dir = dossier
	cmd.Env = append(b.environnement(), b.variables...)
	cmd.SysProcAttr = attributsDuRendu(b.niveau)
	cmd.WaitDelay = 500 * time.Millisecond // un descendant peut tenir encore ses sorties
	entree, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("entrée de %s : %w", qui, err)
	}
	proc := &Processus{Qui: qui, banc: b, cmd: cmd, entree: entree, fini: make(chan struct{}), aEcrit: make(chan struct{}, 1)}
	deborder := func() { proc.fils.Go(proc.deborder) } // ailleurs : arrêter le programme attend qu'il n'écrive plus
	proc.Sortie = &Flux{noter: func(p []byte) { b.journal.NoterOctets(qui, "sortie", 0, p); proc.annoncer() }, permis: b.sortiePermise, deborder: deborder}
	proc.Erreurs = &Flux{noter: func(p []byte) { b.journal.NoterOctets(qui, "erreurs", 0, p) }, permis: b.sortiePermise, deborder: deborder}
	cmd.Stdout, cmd.Stderr = proc.Sortie, proc.Erreurs
	b.journal.Noter(qui, "lance", "%s", strings.Join(append(slices.Clone(p.Commande), args...), " "))
	if err := b.lanceur.lancer(cmd); err != nil {
		return nil, fmt.Errorf("lancement de %s : %w", p.Fichier, err)
	}
	proc.fils.Go(func() {
		proc.erreur = cmd.Wait()
		close(proc.fini)
		b.journal.Noter(qui, "fin", "%v", proc.Fin())
	})
	proc.invite = &invite{proc: proc}
	proc.fils.Go(proc.invite.repondre)
	b.processus = append(b.processus, proc)
	return proc, nil
}

// annoncer réveille qui attend que le programme écrive.
func (p *Processus) annoncer() {
	select {
	case p.aEcrit <- struct{}{}:
	default: // il est déjà prévenu
	}
}

// environnement est celui du rendu : rien de celui de qui corrige, que de quoi trouver les interprètes.
func (b *Banc) environnement() []string {
	env := []string{
		"PATH=" + b.chemins(),
		"HOME=" + b.lieux.maison, "TMPDIR=" + b.lieux.tmp, "USER=eleve",
		"LANG=C.UTF-8", "LC_ALL=C.UTF-8", "TZ=Europe/Paris", "TERM=dumb", "NO_COLOR=1",
		"PYTHONUNBUFFERED=1", "PYTHONUTF8=1", "PYTHONDONTWRITEBYTECODE=1", // sans quoi rien ne se voit de ce que Python écrit
	}
	if runtime.GOOS == "windows" {
		env = append(env, "SYSTEMROOT="+os.Getenv("SYSTEMROOT"), "TEMP="+b.lieux.tmp, "TMP="+b.lieux.tmp, "USERPROFILE="+b.lieux.maison)
	}
	return env
}

// cheminsDuSysteme sont ceux où toute cloison cherche un programme.
var cheminsDuSysteme = []string{"/usr/local/bin", "/usr/bin", "/bin"}

// chemins dit où le rendu trouve les interprètes.
func (b *Banc) chemins() string {
	if b.niveau != N1 {
		return os.Getenv("PATH")
	}
	chemins := cheminsDuSysteme
	for _, outil := range b.outils {
		chemins = append([]string{filepath.Join(outil, "bin"), outil}, chemins...)
	}
	return strings.Join(chemins, string(os.PathListSeparator))
}

// deborder arrête un programme qui écrit sans fin.
func (p *Processus) deborder() {
	p.banc.alertes.signaler("%s : plus de %d Mio écrits sur ses sorties, arrêté", p.Qui, sortieMaximale>>20)
	p.Tuer()
}

// Fin rend la façon dont le programme a fini, ou dit qu'il tourne encore.
func (p *Processus) Fin() Fin {
	select {
	case <-p.fini:
	default:
		return Fin{}
	}
	etat := p.cmd.ProcessState
	if etat == nil {
		return Fin{Fini: true, Code: -1, Signal: syscall.SIGKILL} // tuerTout l'a tué, et enterré
	}
	f := Fin{Fini: true, Code: etat.ExitCode()}
	if attente, ok := etat.Sys().(syscall.WaitStatus); ok && attente.Signaled() {
		f.Signal = attente.Signal()
	}
	return f
}

// AttendreFin attend que le programme finisse de lui-même, au plus un délai, et au-delà tant que le rendu travaille.
func (p *Processus) AttendreFin(delai time.Duration) Fin {
	minuteur := time.NewTimer(p.banc.Attente.delai(delai))
	defer minuteur.Stop()
	select {
	case <-p.fini:
	case <-minuteur.C:
		p.banc.Attente.tantQuIlTravaille(3*delai, func() bool { return p.Fin().Fini })
	}
	return p.Fin()
}

// Interrompre fait ce que fait Ctrl-C, et attend la fin au plus un délai.
func (p *Processus) Interrompre(delai time.Duration) Fin {
	if f := p.Fin(); f.Fini {
		return f
	}
	p.banc.journal.Noter("banc", "signal", "Ctrl-C (SIGINT) au %s", p.Qui)
	p.invite.taire()
	p.interrompu, p.avantCtrlC = true, len(p.Texte())
	if err := interrompreGroupe(p.cmd.Process); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.banc.journal.Noter("banc", "note", "Ctrl-C impossible : %v", err)
	}
	return p.AttendreFin(delai)
}

// Arreter arrête le programme comme le ferait l'élève, puis de plus en plus fort : Ctrl-C, SIGTERM, SIGKILL. Elle rend ce que
// Ctrl-C a suffi à faire ; à qui n'en a pas fini une première fois, elle n'en donne pas un second.
func (p *Processus) Arreter() Fin {
	fin := p.Fin()
	if !p.interrompu {
		fin = p.Interrompre(2 * time.Second)
	}
	if !fin.Fini {
		p.Terminer(500 * time.Millisecond)
		p.Tuer()
	}
	return fin
}

// Terminer demande au programme de finir (SIGTERM), et l'attend au plus un délai.
func (p *Processus) Terminer(delai time.Duration) {
	p.banc.journal.Noter("banc", "signal", "SIGTERM au %s", p.Qui)
	terminerGroupe(p.cmd.Process)
	p.AttendreFin(delai)
}

// Tuer arrête le programme et son groupe sans qu'ils puissent rien y faire, et attend leur fin.
func (p *Processus) Tuer() {
	p.invite.taire()
	tuerGroupe(p.cmd.Process)
	p.AttendreFin(5 * time.Second)
}

// Texte rend ce que le programme a écrit, sorties et erreurs à la suite.
func (p *Processus) Texte() string { return p.Sortie.String() + p.Erreurs.String() }

// Trace dit si le programme a montré une pile d'appels plutôt qu'une phrase ; après un Ctrl-C, seulement depuis lui.
func (p *Processus) Trace() bool {
	for _, marque := range []string{"Traceback (most recent call last)", "\n    at ", "goroutine 1 [", "Exception in thread", "node:internal"} {
		if strings.Contains(p.Texte()[p.avantCtrlC:], marque) {
			return true
		}
	}
	return false
}

// DerniereErreur rend la dernière ligne que le programme a écrite sur ses erreurs, sinon sur sa sortie.
func (p *Processus) DerniereErreur() string {
	for _, texte := range []string{p.Erreurs.String(), p.Sortie.String()} {
		lignes := strings.Split(strings.TrimSpace(texte), "\n")
		if derniere := strings.TrimSpace(lignes[len(lignes)-1]); derniere != "" {
			return derniere
		}
	}
	return ""
}

// Flux garde le début de ce qu'un programme écrit, et compte le reste.
type Flux struct {
	noter    func([]byte)
	permis   func() int // octets qu'il peut avoir écrits
	deborder func()     // appelée une fois, quand il en a écrit plus

	mu      sync.Mutex
	texte   bytes.Buffer
	ecrits  int
	deborde bool
}

// gardeFlux est le nombre d'octets gardés d'un flux.
const gardeFlux = 256 << 10

// Write garde et note ce qui est écrit ; elle ne refuse rien, pour que le programme ne voie pas de différence.
func (f *Flux) Write(p []byte) (int, error) {
	f.mu.Lock()
	f.ecrits += len(p)
	deborde := !f.deborde && f.ecrits > f.permis()
	f.deborde = f.deborde || deborde
	if reste := gardeFlux - f.texte.Len(); reste > 0 {
		f.texte.Write(p[:min(len(p), reste)])
	}
	garde := f.texte.Len() < gardeFlux
	f.mu.Unlock()
	if garde {
		f.noter(p)
	}
	if deborde {
		f.deborder()
	}
	return len(p), nil
}

func (f *Flux) String() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.texte.String()
}

// Len rend le nombre d'octets écrits.
func (f *Flux) Len() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.ecrits
}

// Niveau rend le niveau d'isolation du programme.
func (p *Processus) Niveau() Niveau { return p.banc.niveau }
