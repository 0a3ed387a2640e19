package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/term"

	"capteurs/shared/version"
	"capteurs/tests/criteres"
	"capteurs/tests/rapport"
)

const usage = `Usage : go run ./tests/correcteur [options] [RENDU ...]
        go run ./tests/correcteur -classe DOSSIER [options]
        go run ./tests/correcteur rejouer [options] CRITÈRE [RENDU]
        go run ./tests/correcteur rendre [options] RAPPORT.json

Vérifie des rendus de l'exercice, dans n'importe quel langage, sans rien y
changer. Un RENDU est un dossier ou une archive .zip. Sans RENDU : l'essentiel,
puis les étapes de ce dépôt.

  -critere IDS      ne vérifier que ces critères (SRV-02,ROB-03) et ceux requis
  -surveiller       vérifier de nouveau à chaque enregistrement d'un fichier
  -preuves          montrer les faits observés, et quand
  -criteres         montrer le catalogue des critères
  -explique ID      dire ce qu'un critère demande, et pourquoi
  -classe DOSSIER   corriger tous les dossiers et archives de DOSSIER
  -anonyme          remplacer les noms par des numéros
  -refaire          ne pas reprendre les résultats déjà connus d'une classe
  -bareme FICHIER   noter avec ce barème ; -bareme non : sans note
  -decisions FICHIER  ce qu'un enseignant a décidé, critère par critère
  -format NOM       texte, html, json, junit, markdown ou csv, sur la sortie
  -rapports DOSSIER écrire aussi toutes ces formes dans DOSSIER
  -graine N         refaire avec les mêmes valeurs ; 0 : tirées du rendu
  -patience X       multiplier les délais, pour une machine lente
  -etape NOM        pour rejouer : procédural, poo ou héritage
  -sans-isolation   lancer les rendus à même la machine
  -version          dire de quoi ce correcteur est construit

Exemples :
  go run ./tests/correcteur -surveiller mon_dossier
  go run ./tests/correcteur -classe rendus -rapports notes

Sortie : 0 tout ce que l'énoncé demande est réussi ; 1 des échecs ; 2 mauvais
usage ; 3 des critères non concluants ; 4 panne du correcteur.
`

// reglages sont ceux de la ligne de commande.
type reglages struct {
	seuls, explique   string
	lister, preuves   bool
	surveiller        bool
	classe            string
	anonyme, refaire  bool
	bareme, decisions string
	format, rapports  string
	graine            uint64
	patience          float64
	etape             string
	n0, version       bool
	restants          []string // ce qui n'est pas une option
}

var errUsage = errors.New("mauvais usage")

// malEmploye rend une erreur d'usage.
func malEmploye(format string, args ...any) error {
	return fmt.Errorf("%w : %w ; -h montre l'aide", errUsage, fmt.Errorf(format, args...))
}

func (r *reglages) options() *flag.FlagSet {
	o := flag.NewFlagSet("correcteur", flag.ContinueOnError)
	o.SetOutput(io.Discard) // correcteur dit les erreurs, et en français
	o.StringVar(&r.seuls, "critere", "", "")
	o.BoolVar(&r.surveiller, "surveiller", false, "")
	o.BoolVar(&r.preuves, "preuves", false, "")
	o.BoolVar(&r.lister, "criteres", false, "")
	o.StringVar(&r.explique, "explique", "", "")
	o.StringVar(&r.classe, "classe", "", "")
	o.BoolVar(&r.anonyme, "anonyme", false, "")
	o.BoolVar(&r.refaire, "refaire", false, "")
	o.StringVar(&r.bareme, "bareme", "", "")
	o.StringVar(&r.decisions, "decisions", "", "")
	o.StringVar(&r.format, "format", "texte", "")
	o.StringVar(&r.rapports, "rapports", "", "")
	o.Uint64Var(&r.graine, "graine", 0, "")
	o.Float64Var(&r.patience, "patience", 1, "")
	o.StringVar(&r.etape, "etape", "", "")
	o.BoolVar(&r.n0, "sans-isolation", false, "")
	o.BoolVar(&r.version, "version", false, "")
	return o
}

// lireReglages lit la ligne de commande ; les options peuvent venir avant ou après les rendus.
func lireReglages(args []string) (r reglages, err error) {
	o := r.options()
	for len(args) > 0 {
		if err := o.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return r, err
			}
			return r, malEmploye("%s", enFrancais(err, args))
		}
		args = o.Args()
		if len(args) > 0 {
			r.restants = append(r.restants, args[0])
			args = args[1:]
		}
	}
	if r.version {
		return r, version.ErrDemandee
	}
	if !(r.patience > 0 && r.patience <= 100) {
		return r, malEmploye("-patience attend un nombre entre 0 et 100")
	}
	if _, connu := formats[r.format]; !connu {
		return r, malEmploye("format %q inconnu : texte, html, json, junit, markdown ou csv", r.format)
	}
	for _, id := range append(r.criteres(), strings.ToUpper(r.explique)) {
		if id != "" && criteres.Trouver(id) == nil {
			return r, malEmploye("critère %s inconnu ; -criteres montre le catalogue", id)
		}
	}
	return r, nil
}

// enFrancais dit ce que le paquet flag n'a pas compris.
func enFrancais(err error, args []string) string {
	for _, arg := range args {
		nom, _, _ := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		if strings.HasPrefix(arg, "-") && (strings.HasSuffix(err.Error(), ": -"+nom) || strings.Contains(err.Error(), "flag -"+nom+":")) {
			if strings.Contains(err.Error(), "not defined") {
				return "option " + arg + " inconnue"
			}
			return "l'option -" + nom + " n'a pas la valeur qu'elle attend"
		}
	}
	return err.Error()
}

func (r reglages) criteres() (ids []string) {
	for _, id := range strings.FieldsFunc(r.seuls, func(c rune) bool { return c == ',' || c == ' ' }) {
		ids = append(ids, strings.ToUpper(id))
	}
	return ids
}

// style règle une fiche sur ce qui la reçoit.
func style(sortie *os.File, preuves bool) rapport.Style {
	s := rapport.Style{Preuves: preuves, Couleur: os.Getenv("NO_COLOR") == "" && term.IsTerminal(int(sortie.Fd()))}
	if largeur, _, err := term.GetSize(int(sortie.Fd())); err == nil {
		s.Largeur = max(40, min(largeur, 120))
	}
	return s
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
			return "", malEmploye("aucun rendu donné, et ce dossier n'est pas dans le dépôt : donnez le dossier d'un rendu")
		}
		dossier = parent
	}
}
