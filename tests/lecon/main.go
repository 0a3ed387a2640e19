// La commande lecon met les trois étapes côte à côte, déclaration par déclaration, avec ce qui change marqué dans les lignes :
//
//	go run ./tests/lecon           écrit lecon.html
//	go run ./tests/lecon -texte    la même leçon, dans le terminal
//
// Tout vient des fichiers des étapes : leur code, leurs commentaires, leurs README.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"

	"capteurs/shared/programme"
	"capteurs/shared/version"
)

const aide = `Met les trois étapes du kata côte à côte, et montre ce qui change.

Usage : go run ./tests/lecon [options]

  -texte       la leçon en texte, en 80 colonnes
  -o FICHIER   où l'écrire ; - pour la sortie standard
               (lecon.html, ou la sortie standard avec -texte)
  -version     dire de quoi cette commande est construite

Le texte est en couleur dans un terminal, sauf si NO_COLOR est donnée.
Code de sortie : 0 écrite, 1 échec, 2 mauvaise utilisation.
`

type reglages struct {
	texte   bool
	fichier string
}

var errAide = errors.New("aide demandée")

func main() {
	os.Exit(executer(os.Args[1:], os.Stdout, os.Stderr))
}

// executer rend le code de sortie.
func executer(args []string, sortie *os.File, erreurs io.Writer) int {
	r, err := lireReglages(args)
	switch {
	case errors.Is(err, errAide):
		fmt.Fprint(sortie, aide)
		return 0
	case errors.Is(err, version.ErrDemandee):
		fmt.Fprint(sortie, version.Dire())
		return 0
	case err != nil:
		fmt.Fprintf(erreurs, "erreur : %v\n-h montre les options.\n", err)
		return 2
	}
	if err := ecrire(r, sortie); err != nil {
		fmt.Fprintf(erreurs, "erreur : %v\n", err)
		return 1
	}
	return 0
}

func lireReglages(args []string) (r reglages, err error) {
	o := flag.NewFlagSet("lecon", flag.ContinueOnError)
	o.SetOutput(io.Discard) // les messages de flag sont en anglais
	o.BoolVar(&r.texte, "texte", false, "")
	o.StringVar(&r.fichier, "o", "", "")
	laVersion := o.Bool("version", false, "")
	switch err := o.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return r, errAide
	case err != nil:
		return r, programme.TraduireOption(err)
	case *laVersion:
		return r, version.ErrDemandee
	case o.NArg() > 0:
		return r, fmt.Errorf("argument inattendu : %q", o.Arg(0))
	}
	switch {
	case r.fichier == "" && r.texte:
		r.fichier = "-"
	case r.fichier == "":
		r.fichier = "lecon.html"
	}
	return r, nil
}

// ecrire lit les étapes, et écrit la leçon là où on la veut.
func ecrire(r reglages, sortie *os.File) error {
	racine, err := racineDuDepot()
	if err != nil {
		return err
	}
	etapes, err := lireEtapes(racine)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if r.texte {
		enCouleur := r.fichier == "-" && os.Getenv("NO_COLOR") == "" && term.IsTerminal(int(sortie.Fd()))
		ecrireTexte(&b, preparer(etapes), enCouleur)
	} else if err := ecrirePage(&b, preparer(etapes)); err != nil {
		return err
	}
	if r.fichier == "-" {
		if _, err := sortie.Write(b.Bytes()); err != nil {
			return fmt.Errorf("sortie standard fermée avant la fin : %w", err)
		}
		return nil
	}
	if err := os.WriteFile(r.fichier, b.Bytes(), 0o644); err != nil {
		return fmt.Errorf("leçon impossible à écrire, choisissez un autre fichier avec -o : %w", err)
	}
	fmt.Fprintf(sortie, "%s est écrite : ouvrez-la dans un navigateur.\n", r.fichier)
	return nil
}
