// La commande charge mesure ce que les serveurs des trois étapes soutiennent, et le rapporte à ce que la machine et le
// pilote SQLite permettent, mesuré dans la même exécution :
//
//	go run ./tests/charge
//
// Elle compile les serveurs, les lance, les charge sur 127.0.0.1 et les arrête. Les chiffres informent : une cible
// manquée ne change pas le code de sortie.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"capteurs/shared/programme"
)

const aide = `Mesure les serveurs des trois étapes, à côté des plafonds de la machine.

Usage : go run ./tests/charge [options]

  -rapide          trois tours, très courts : un ordre de grandeur en 30 s
  -tours N         tours ; chaque chiffre est la médiane des tours (21)
  -duree DURÉE     durée d'une mesure (300ms)
  -etapes LISTE    étapes à mesurer, parmi 1,2,3 (1,2,3)
  -dossier DOSSIER où écrire les fichiers mesurés, qui sont effacés ensuite ;
                   un disque local (le dossier temporaire du système)
  -postgres URL    mesurer aussi cette base d'essai : sa table mesures sera
  -mariadb URL     remplie
  -json            tous les chiffres en JSON au lieu du tableau

L'avancement s'affiche sur la sortie d'erreur. Ctrl-C arrête tout proprement.
Code de sortie : 0 mesuré, que les cibles soient atteintes ou non, 1 échec,
2 mauvaise utilisation.
`

// reglages est ce que les options choisissent.
type reglages struct {
	tours   int
	duree   time.Duration
	etapes  []int
	dossier string
	json    bool

	postgres, mariadb string // les bases distantes à mesurer, s'il y en a
	muettes           int    // connexions ouvertes pour mesurer la mémoire, si le système le permet
}

var errAide = errors.New("aide demandée")

func main() {
	os.Exit(executer(os.Args[1:], os.Stdout, os.Stderr))
}

// executer rend le code de sortie.
func executer(args []string, sortie io.Writer, erreurs *os.File) int {
	r, err := lireReglages(args)
	switch {
	case errors.Is(err, errAide):
		fmt.Fprint(sortie, aide)
		return 0
	case err != nil:
		fmt.Fprintf(erreurs, "erreur : %v\n-h montre les options.\n", err)
		return 2
	}
	ctx, oublier := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer oublier()
	b, err := mesurer(ctx, r, nouveauProgres(erreurs))
	if err == nil {
		err = afficher(sortie, b, r.json)
	}
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(erreurs, "interrompu : les serveurs sont arrêtés, les fichiers effacés.")
		return 1
	case err != nil:
		fmt.Fprintf(erreurs, "erreur : %v\n", err)
		return 1
	}
	return 0
}

func afficher(sortie io.Writer, b bilan, enJSON bool) error {
	texte := []byte(tableau(b))
	if enJSON {
		var err error
		if texte, err = json.MarshalIndent(b, "", "  "); err != nil {
			return fmt.Errorf("chiffres impossibles à écrire en JSON : %w", err)
		}
		texte = append(texte, '\n')
	}
	_, err := sortie.Write(texte)
	return err
}

func lireReglages(args []string) (reglages, error) {
	r := reglages{muettes: muettesVoulues}
	var rapide bool
	var etapes string
	o := flag.NewFlagSet("charge", flag.ContinueOnError)
	o.SetOutput(io.Discard) // les messages de flag sont en anglais
	o.BoolVar(&rapide, "rapide", false, "")
	o.IntVar(&r.tours, "tours", 21, "")
	o.DurationVar(&r.duree, "duree", 300*time.Millisecond, "")
	o.StringVar(&etapes, "etapes", "1,2,3", "")
	o.StringVar(&r.dossier, "dossier", os.TempDir(), "")
	o.StringVar(&r.postgres, "postgres", "", "")
	o.StringVar(&r.mariadb, "mariadb", "", "")
	o.BoolVar(&r.json, "json", false, "")
	switch err := o.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return r, errAide
	case err != nil:
		return r, programme.TraduireOption(err)
	case o.NArg() > 0:
		return r, fmt.Errorf("argument inattendu : %q", o.Arg(0))
	}
	donnees := make(map[string]bool)
	o.Visit(func(f *flag.Flag) { donnees[f.Name] = true })
	if rapide && !donnees["tours"] {
		r.tours = 3
	}
	if rapide && !donnees["duree"] {
		r.duree = 150 * time.Millisecond
	}
	if r.tours < 1 || r.tours > 100 {
		return r, fmt.Errorf("-tours %d : de 1 à 100 tours attendus", r.tours)
	}
	if r.duree < 10*time.Millisecond || r.duree > time.Minute {
		return r, fmt.Errorf("-duree %v : une durée de 10ms à 1m est attendue", r.duree)
	}
	var err error
	r.etapes, err = lireEtapes(etapes)
	return r, err
}

// lireEtapes lit une liste d'étapes, comme « 1,3 ».
func lireEtapes(liste string) ([]int, error) {
	var etapes []int
	vues := make(map[int]bool)
	for mot := range strings.SplitSeq(liste, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(mot))
		if _, connue := dossiersDesEtapes[n]; err != nil || !connue || vues[n] {
			return nil, fmt.Errorf("-etapes %q : une liste parmi 1,2,3 est attendue, chacune une fois", liste)
		}
		vues[n] = true
		etapes = append(etapes, n)
	}
	return etapes, nil
}
