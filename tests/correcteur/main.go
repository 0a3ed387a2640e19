// Command correcteur vérifie des rendus de l'exercice, dans n'importe quel langage et sans les modifier. Sans argument, il
// vérifie les trois étapes de ce dépôt.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"iter"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/term"

	"capteurs/tests/banc"
	"capteurs/tests/criteres"
	"capteurs/tests/rapport"
)

// Les codes de sortie.
const (
	toutReussi   = 0
	desEchecs    = 1
	mauvaisUsage = 2
	pasConcluant = 3
	enPanne      = 4 // le correcteur lui-même
)

func main() {
	if banc.EstOuvrier() {
		if err := banc.Travailler(criteres.Executer); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	ctx, arreter := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := correcteur(ctx, os.Args[1:], os.Stdout, os.Stderr)
	arreter()
	os.Exit(code)
}

// reglages sont ceux de la ligne de commande.
type reglages struct {
	seuls    string
	n0       bool
	graine   uint64
	patience float64
	lister   bool
	preuves  bool
	rendus   []string
}

var errUsage = errors.New("mauvais usage")

func lireReglages(args []string, erreurs *os.File) (r reglages, err error) {
	options := flag.NewFlagSet("correcteur", flag.ContinueOnError)
	options.SetOutput(erreurs)
	options.StringVar(&r.seuls, "critere", "", "ne vérifier que ces `critères` (SRV-02,ROB-03) et ceux qu'ils requièrent")
	options.BoolVar(&r.n0, "sans-isolation", false, "lancer les rendus sans les isoler")
	options.Uint64Var(&r.graine, "graine", 0, "`graine` des valeurs envoyées ; 0 : tirée du rendu")
	options.Float64Var(&r.patience, "patience", 1, "`facteur` des délais, pour une machine lente")
	options.BoolVar(&r.preuves, "preuves", false, "montrer les faits observés, et quand")
	options.BoolVar(&r.lister, "criteres", false, "montrer le catalogue des critères, et finir")
	options.Usage = func() { fmt.Fprint(erreurs, usage); options.PrintDefaults() }
	if err := options.Parse(args); err != nil {
		return r, err
	}
	if r.patience <= 0 || r.patience > 100 {
		return r, fmt.Errorf("%w : -patience attend un nombre entre 0 et 100", errUsage)
	}
	for _, id := range r.criteres() {
		if criteres.Trouver(id) == nil {
			return r, fmt.Errorf("%w : critère %s inconnu ; -criteres montre le catalogue", errUsage, id)
		}
	}
	r.rendus = options.Args()
	return r, nil
}

const usage = `Usage : go run ./tests/correcteur [options] [RENDU ...]

Vérifie des rendus de l'exercice, dans n'importe quel langage, sans rien y
changer. Un RENDU est un dossier. Sans RENDU : les trois étapes de ce dépôt.

Exemples :
  go run ./tests/correcteur
  go run ./tests/correcteur ~/rendus/groupe_a ~/rendus/groupe_b
  go run ./tests/correcteur -critere SRV-02,ROB-03 ~/rendus/groupe_a

Codes de sortie : 0 tout ce que l'énoncé demande est réussi ; 1 des échecs ;
2 mauvais usage ; 3 des critères non concluants ; 4 panne du correcteur.

Options :
`

func (r reglages) criteres() (ids []string) {
	for _, id := range strings.FieldsFunc(r.seuls, func(c rune) bool { return c == ',' || c == ' ' }) {
		ids = append(ids, strings.ToUpper(id))
	}
	return ids
}

func correcteur(ctx context.Context, args []string, sortie, erreurs *os.File) int {
	r, err := lireReglages(args, erreurs)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return toutReussi
	case err != nil:
		if errors.Is(err, errUsage) {
			fmt.Fprintln(erreurs, err)
		}
		return mauvaisUsage
	}
	if r.lister {
		for _, c := range criteres.Tous() {
			fmt.Fprintf(sortie, "%s  %-10s  %s\n", c.ID, c.Exigence, c.Titre)
		}
		return toutReussi
	}
	if len(r.rendus) == 0 {
		racine, err := racineDuDepot()
		if err != nil {
			fmt.Fprintln(erreurs, err)
			return mauvaisUsage
		}
		r.rendus = []string{racine}
	}
	options := criteres.Options{Graine: r.graine, Patience: r.patience, Seuls: r.criteres()}
	var pourquoi string
	if options.Niveau = banc.N0; !r.n0 {
		options.Niveau, pourquoi = criteres.Niveau(ctx)
	}
	pire := toutReussi
	for _, rendu := range r.rendus {
		if infos, err := os.Stat(rendu); err != nil || !infos.IsDir() {
			fmt.Fprintf(erreurs, "%s : donnez le dossier d'un rendu\n", rendu)
			return mauvaisUsage
		}
	}
	options.Places = criteres.PlacesPour(options.Niveau)
	suivi := &suivi{sortie: erreurs, visible: term.IsTerminal(int(erreurs.Fd()))}
	for rendu, resultat := range corrigerTous(ctx, r.rendus, options, suivi) {
		bilan, err := resultat()
		suivi.effacer()
		if err != nil {
			fmt.Fprintf(erreurs, "%s : %v\n", rendu, err)
			pire = enPanne
			continue
		}
		bilan.Pourquoi = pourquoi
		rendu := rapport.Rendre(bilan)
		if err := rapport.Fiche(sortie, &rendu, style(sortie, r.preuves)); err != nil {
			fmt.Fprintln(erreurs, err)
			return enPanne
		}
		pire = max(pire, valeur(&rendu))
	}
	return pire
}

// corrigerTous corrige des rendus, plusieurs à la fois quand ils sont isolés, et donne leurs résultats dans l'ordre demandé.
// Les ouvriers, eux, se partagent les mêmes places.
func corrigerTous(ctx context.Context, rendus []string, options criteres.Options, s *suivi) iter.Seq2[string, func() (*criteres.Bilan, error)] {
	ensemble := 1
	if options.Niveau == banc.N1 {
		ensemble = runtime.GOMAXPROCS(0)
	}
	return func(donner func(string, func() (*criteres.Bilan, error)) bool) {
		ctx, arreter := context.WithCancel(ctx)
		var fils sync.WaitGroup
		defer fils.Wait()
		defer arreter()
		tours := make(chan struct{}, ensemble)
		resultats := make([]func() (*criteres.Bilan, error), len(rendus))
		for i, rendu := range rendus {
			o := options
			o.Suivre = func(fait, total int) { s.montrer(rendu, fait, total) }
			resultats[i] = sync.OnceValues(func() (*criteres.Bilan, error) {
				tours <- struct{}{}
				defer func() { <-tours }()
				return criteres.Corriger(ctx, rendu, o)
			})
		}
		for i := range rendus {
			for _, prochain := range resultats[i:min(i+ensemble, len(rendus))] {
				fils.Go(func() { _, _ = prochain() })
			}
			if !donner(rendus[i], resultats[i]) {
				return
			}
		}
	}
}

// suivi dit sur un terminal où en est la correction.
type suivi struct {
	sortie  *os.File
	visible bool
	mu      sync.Mutex
}

func (s *suivi) montrer(rendu string, fait, total int) {
	if !s.visible {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintf(s.sortie, "\r\x1b[K%.40s : %d vérifications sur %d", filepath.Base(rendu), fait, total)
}

func (s *suivi) effacer() {
	if s.visible {
		s.mu.Lock()
		defer s.mu.Unlock()
		fmt.Fprint(s.sortie, "\r\x1b[K")
	}
}

// style règle la fiche sur ce qui la reçoit.
func style(sortie *os.File, preuves bool) rapport.Style {
	s := rapport.Style{Preuves: preuves, Couleur: os.Getenv("NO_COLOR") == "" && term.IsTerminal(int(sortie.Fd()))}
	if largeur, _, err := term.GetSize(int(sortie.Fd())); err == nil {
		s.Largeur = max(40, min(largeur, 120))
	}
	return s
}

// valeur rend le code de sortie que vaut un rendu.
func valeur(r *rapport.Rendu) int {
	switch compte := r.Compter(); {
	case compte.Erreurs > 0:
		return enPanne
	case compte.EnEchec:
		return desEchecs
	case compte.ARelire > 0:
		return pasConcluant
	}
	return toutReussi
}

// racineDuDepot remonte du dossier courant à celui de go.mod.
func racineDuDepot() (string, error) {
	dossier, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dossier, "go.mod")); err == nil {
			return dossier, nil
		}
		parent := filepath.Dir(dossier)
		if parent == dossier {
			return "", errors.New("aucun rendu donné, et ce dossier n'est pas dans le dépôt : donnez le dossier d'un rendu")
		}
		dossier = parent
	}
}
