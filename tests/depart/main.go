// Command depart écrit de quoi commencer le kata : les fichiers d'une étape, dont il ne manque que les corps. En Go ils
// viennent de l'étape de référence elle-même, telle qu'elle est à cet instant.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"capteurs/shared/version"
)

const usage = `Usage : go run ./tests/depart -etape 1|2|3 [options] DOSSIER

Écrit dans DOSSIER, qui ne doit pas exister ou être vide, de quoi commencer une
étape du kata : les types, les signatures et leur documentation. Les corps sont
à écrire, et COMMENCER.txt dit par où commencer.

  -etape N          1 des fonctions, 2 des classes, 3 l'héritage
  -langage NOM      go (par défaut) ou python
  -depuis DOSSIER   partir de ce qu'on a écrit à l'étape d'avant, et le refondre
  -rafraichir       remettre en état un DOSSIER écrit avant une mise à jour du
                    dépôt : ses tests et son go.mod, jamais ce qu'on y a écrit
  -version          dire de quoi cette commande est construite

Exemples :
  go run ./tests/depart -etape 1 mon_kata
  go run ./tests/depart -etape 2 -depuis mon_kata mon_kata_2
  go run ./tests/depart -etape 1 -langage python ~/mon_rendu

En Go, DOSSIER peut être dans ce dépôt, ou ailleurs : il est alors un module à
part, qui emploie ce dépôt là où il est.

Sortie : 0 écrit ; 1 échec ; 2 mauvais usage.
`

func main() { os.Exit(depart(os.Args[1:], os.Stdout, os.Stderr)) }

// depart fait ce que demande la ligne de commande, et rend le code de sortie.
func depart(args []string, sortie, erreurs io.Writer) int {
	d, err := lireDemande(args)
	if err == nil {
		err = d.executer(sortie)
	}
	switch {
	case err == nil:
		return 0
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(sortie, usage)
		return 0
	case errors.Is(err, version.ErrDemandee):
		fmt.Fprint(sortie, version.Dire())
		return 0
	case errors.Is(err, errUsage):
		fmt.Fprintln(erreurs, err)
		return 2
	}
	fmt.Fprintln(erreurs, err)
	return 1
}

// demande est ce que la ligne de commande demande.
type demande struct {
	etape      int
	langage    string
	depuis     string // "" : de zéro
	rafraichir bool
	dossier    string
}

var errUsage = errors.New("mauvais usage")

func malEmploye(format string, args ...any) error {
	return fmt.Errorf("%w : %s ; -h montre l'aide", errUsage, fmt.Sprintf(format, args...))
}

// lireDemande lit la ligne de commande ; les options peuvent suivre le dossier.
func lireDemande(args []string) (d demande, err error) {
	o := flag.NewFlagSet("depart", flag.ContinueOnError)
	o.SetOutput(io.Discard) // depart dit les erreurs, et en français
	var numero string
	o.StringVar(&numero, "etape", "", "")
	o.StringVar(&d.langage, "langage", "go", "")
	o.StringVar(&d.depuis, "depuis", "", "")
	o.BoolVar(&d.rafraichir, "rafraichir", false, "")
	laVersion := o.Bool("version", false, "")
	var dossiers []string
	for len(args) > 0 {
		if err := o.Parse(args); errors.Is(err, flag.ErrHelp) {
			return d, err
		} else if err != nil {
			return d, malEmploye("option inconnue, ou sans valeur, dans « %s »", strings.Join(args, " "))
		}
		if args = o.Args(); len(args) > 0 {
			dossiers, args = append(dossiers, args[0]), args[1:]
		}
	}
	d.etape = strings.Index("123", numero) + 1
	switch {
	case *laVersion:
		return d, version.ErrDemandee
	case numero == "":
		return d, malEmploye("quelle étape ? -etape 1, 2 ou 3")
	case len(numero) != 1 || d.etape == 0:
		return d, malEmploye("étape %q inconnue : 1, 2 ou 3", numero)
	case d.langage != "go" && d.langage != "python":
		return d, malEmploye("langage %q inconnu : go ou python", d.langage)
	case d.depuis != "" && d.etape == 1:
		return d, malEmploye("-depuis prend l'étape d'avant : la première n'en a pas")
	case d.rafraichir && (d.depuis != "" || d.langage != "go"):
		return d, malEmploye("-rafraichir remet en état un point de départ en Go, sans -depuis")
	case len(dossiers) == 0:
		return d, malEmploye("un dossier où écrire est attendu, aucun n'est donné")
	case len(dossiers) > 1:
		return d, malEmploye("un seul dossier où écrire est attendu, %d sont donnés", len(dossiers))
	case dossiers[0] == "":
		return d, malEmploye("un dossier où écrire est attendu, son nom est vide")
	}
	d.dossier = dossiers[0]
	return d, nil
}
