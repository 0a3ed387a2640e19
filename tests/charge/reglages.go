package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"capteurs/shared/programme"
	"capteurs/shared/version"
	"capteurs/tests/charge/pairs"
)

const aide = `Mesure les serveurs des trois étapes, à côté de ce que permet la machine.

Usage : go run ./tests/charge [options]

  -rapide          deux tours, très courts, de la dernière étape, sans les 1000
                   capteurs ni Docker : un ordre de grandeur en 30 s
  -tours N         tours ; chaque chiffre est la médiane des tours (5)
  -duree DURÉE     durée d'une mesure (300ms)
  -scenarios LISTE charges, parmi 1,64,1000,flot,jetable, ou aucun (toutes)
  -moteurs LISTE   parmi sqlite,texte,postgres,mariadb (tous ceux qu'on peut :
                   les deux derniers veulent une URL, ou Docker et leur image)
  -etapes LISTE    étapes à mesurer, parmi 1,2,3 (toutes)
  -pairs LISTE     programmes à mesurer aussi, s'ils sont là, parmi nu,python,
                   rsyslog,influxdb,nats, ou aucun (tous)
  -croissance      mesurer aussi de 1 à 10 000 connexions, une base déjà
                   remplie, des identifiants de 1 à 128 caractères
  -lignes N        lignes de la base déjà remplie (1000000) ; 10000000 prend
                   1 Gio et quelques minutes
  -dossier DOSSIER où écrire les fichiers mesurés, qui sont effacés ensuite ;
                   un disque local (le dossier temporaire du système)
  -postgres URL    mesurer aussi cette base d'essai : sa table mesures sera
  -mariadb URL     remplie ; KATA_CHARGE_POSTGRES et KATA_CHARGE_MARIADB, dans
                   l'environnement, ne montrent pas le mot de passe
  -html FICHIER    écrire aussi une page, avec des courbes
  -json            tous les chiffres en JSON au lieu du tableau
  -version         dire de quoi cette commande est construite

Un plafond qui varie de plus de 30 % d'un tour à l'autre, ou que dépasse un
serveur qui a plus à faire que lui, ne juge rien : « non concluant ».
L'avancement s'affiche sur la sortie d'erreur. Ctrl-C arrête tout proprement.
Code de sortie : 0 mesuré, que les cibles soient atteintes ou non, 1 échec,
2 mauvaise utilisation.
`

// reglages est ce que les options choisissent.
type reglages struct {
	tours      int
	duree      time.Duration
	scenarios  []string // des clés de charges
	moteurs    []string
	exiges     bool // les moteurs ont été nommés : n'en pas pouvoir mesurer un est une erreur
	etapes     []int
	pairs      []string // des familles
	croissance bool
	lignes     int
	dossier    string
	json       bool
	html       string // le fichier à écrire

	postgres, mariadb string // les bases distantes à mesurer, s'il y en a
	muettes           int    // connexions ouvertes pour mesurer la mémoire, si le système le permet
	nu                string // le serveur nu, une fois compilé
}

// Ce dont -rapide se contente.
const (
	scenariosRapides = "1,64,flot,jetable"
	etapesRapides    = "3"
	muettesRapides   = 2000
)

var errAide = errors.New("aide demandée")

func lireReglages(args []string, environnement func(string) string) (reglages, error) {
	r := reglages{muettes: muettesVoulues}
	var rapide bool
	var scenarios, moteurs, etapes, lesPairs string
	o := flag.NewFlagSet("charge", flag.ContinueOnError)
	o.SetOutput(io.Discard) // les messages de flag sont en anglais
	o.BoolVar(&rapide, "rapide", false, "")
	o.IntVar(&r.tours, "tours", 0, "")
	o.DurationVar(&r.duree, "duree", 0, "")
	o.StringVar(&scenarios, "scenarios", "", "")
	o.StringVar(&moteurs, "moteurs", "", "")
	o.StringVar(&etapes, "etapes", "", "")
	o.StringVar(&lesPairs, "pairs", "", "")
	o.BoolVar(&r.croissance, "croissance", false, "")
	o.IntVar(&r.lignes, "lignes", 1_000_000, "")
	o.StringVar(&r.dossier, "dossier", os.TempDir(), "")
	o.StringVar(&r.postgres, "postgres", environnement("KATA_CHARGE_POSTGRES"), "")
	o.StringVar(&r.mariadb, "mariadb", environnement("KATA_CHARGE_MARIADB"), "")
	o.StringVar(&r.html, "html", "", "")
	o.BoolVar(&r.json, "json", false, "")
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
	donnees := make(map[string]bool)
	o.Visit(func(f *flag.Flag) { donnees[f.Name] = true })
	parDefaut := reglages{tours: 5, duree: 300 * time.Millisecond}
	if rapide {
		parDefaut = reglages{tours: 2, duree: 100 * time.Millisecond}
		r.muettes = muettesRapides
		scenarios, etapes = cmp.Or(scenarios, scenariosRapides), cmp.Or(etapes, etapesRapides)
	}
	if !donnees["tours"] {
		r.tours = parDefaut.tours
	}
	if !donnees["duree"] {
		r.duree = parDefaut.duree
	}
	r.exiges = moteurs != ""
	return r, errors.Join(r.verifierNombres(), r.lireListes(rapide, scenarios, moteurs, etapes, lesPairs))
}

func (r *reglages) verifierNombres() error {
	switch {
	case r.tours < 1 || r.tours > 100:
		return fmt.Errorf("-tours %d : de 1 à 100 tours attendus", r.tours)
	case r.duree < 10*time.Millisecond || r.duree > time.Minute:
		return fmt.Errorf("-duree %v : une durée de 10ms à 1m est attendue", r.duree)
	case r.lignes < 1 || r.lignes > 100_000_000:
		return fmt.Errorf("-lignes %d : de 1 à 100 millions de lignes attendues", r.lignes)
	}
	return nil
}

// lireListes lit les options qui choisissent parmi des noms ; une liste vide les prend tous, hormis, pour une mesure rapide,
// les bases qu'il faudrait lancer.
func (r *reglages) lireListes(rapide bool, scenarios, moteurs, etapes, lesPairs string) error {
	var lesCharges, lesMoteurs, parDefaut []string
	for _, c := range charges {
		lesCharges = append(lesCharges, c.cle)
	}
	for _, m := range moteursConnus(r.postgres, r.mariadb) {
		lesMoteurs = append(lesMoteurs, m.cle)
		if !rapide || !m.distant() || m.url != "" {
			parDefaut = append(parDefaut, m.cle)
		}
	}
	moteurs = cmp.Or(moteurs, strings.Join(parDefaut, ","))
	var numeros []string
	var erreurs [4]error
	r.scenarios, erreurs[0] = lireListe("-scenarios", scenarios, lesCharges)
	r.moteurs, erreurs[1] = lireListe("-moteurs", moteurs, lesMoteurs)
	numeros, erreurs[2] = lireListe("-etapes", etapes, []string{"1", "2", "3"})
	r.pairs, erreurs[3] = lireListe("-pairs", lesPairs, pairs.Familles)
	for _, numero := range numeros {
		n, err := strconv.Atoi(numero)
		if err != nil {
			return err
		}
		r.etapes = append(r.etapes, n)
	}
	if len(r.etapes) == 0 && erreurs[2] == nil {
		erreurs[2] = errors.New("-etapes aucun : il faut au moins une étape, parmi 1,2,3")
	}
	return cmp.Or(erreurs[0], erreurs[1], erreurs[2], erreurs[3])
}

// lireListe lit une liste de noms parmi ceux qui sont permis ; vide, elle les prend tous, et « aucun » n'en prend pas.
func lireListe(option, liste string, permis []string) ([]string, error) {
	switch liste {
	case "":
		return permis, nil
	case "aucun":
		return nil, nil
	}
	var choisis []string
	for mot := range strings.SplitSeq(liste, ",") {
		mot = strings.TrimSpace(mot)
		if !slices.Contains(permis, mot) || slices.Contains(choisis, mot) {
			return nil, fmt.Errorf("%s %q : une liste parmi %s est attendue, chacun une fois", option, liste, strings.Join(permis, ","))
		}
		choisis = append(choisis, mot)
	}
	return choisis, nil
}
