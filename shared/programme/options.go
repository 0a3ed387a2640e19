package programme

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"regexp"
	"slices"
	"strings"

	"capteurs/shared/reseau"
	"capteurs/shared/sauvegarde"
	"capteurs/shared/version"
)

// errMontree dit que l'aide ou la version a été demandée, et montrée.
var errMontree = errors.New("aide ou version montrée")

// options est un jeu d'options, chacune donnée sur la ligne de commande ou, à défaut, par l'environnement.
type options struct {
	*flag.FlagSet
	aide    string
	version *bool
	tapees  map[string]bool // données sur la ligne de commande
	valides map[string]bool // données, là ou dans l'environnement
}

func nouvellesOptions(aide string) options {
	o := options{FlagSet: flag.NewFlagSet("", flag.ContinueOnError), aide: aide, tapees: map[string]bool{}, valides: map[string]bool{}}
	o.version = o.Bool(optionVersion, false, "")
	o.SetOutput(io.Discard) // les messages de flag sont en anglais ; les nôtres sont dans analyser
	return o
}

// optionVersion ne se donne pas par l'environnement : un programme qui n'y dirait que sa version ne servirait plus.
const optionVersion = "version"

// analyser lit les arguments, puis l'environnement pour les options qui n'y sont pas. Elle rend errMontree si l'aide ou la
// version a été demandée.
func (o options) analyser(c console) error {
	switch err := o.Parse(c.args); {
	case errors.Is(err, flag.ErrHelp):
		return montrer(c, o.aide)
	case err != nil:
		return erreurUsage{TraduireOption(err)}
	case *o.version:
		return montrer(c, version.Dire())
	case o.NArg() > 0:
		return mauvaisUsage("argument inattendu : %q", sauvegarde.SansMotDePasse(o.Arg(0))) // l'URL d'une base, son option oubliée
	}
	o.Visit(func(f *flag.Flag) { o.tapees[f.Name] = true })
	var err error
	o.VisitAll(func(f *flag.Flag) {
		if f.Name == optionVersion {
			return
		}
		variable := "KATA_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		valeur, presente := c.environnement(variable)
		if presente && !o.tapees[f.Name] && o.Set(f.Name, valeur) != nil && err == nil {
			err = mauvaisUsage("valeur %q incorrecte pour la variable %s", valeur, variable)
		}
	})
	o.Visit(func(f *flag.Flag) { o.valides[f.Name] = true })
	if adresse := o.Lookup("adresse"); err == nil && adresse != nil {
		err = verifierAdresse(adresse.Value.String())
	}
	return err
}

// verifierAdresse refuse ce qui ne peut désigner aucun port : ce n'est pas le réseau qui est en cause.
func verifierAdresse(adresse string) error {
	_, port, err := net.SplitHostPort(adresse)
	if err == nil && port != "" {
		_, err = net.LookupPort("tcp", port) // un nombre, ou un nom que connaît la machine
	}
	if err != nil || port == "" {
		return mauvaisUsage("-adresse %q : écrivez hôte:port, par exemple 127.0.0.1:5000", adresse)
	}
	return nil
}

func montrer(c console, texte string) error {
	if _, err := io.WriteString(c.sortie, texte); err != nil {
		return err
	}
	return errMontree
}

// choisir rend celle de ces options, incompatibles, qui a été donnée, ou "". Celles de la ligne de commande font oublier
// celles de l'environnement.
func (o options) choisir(noms ...string) (string, error) {
	for _, donnees := range []map[string]bool{o.tapees, o.valides} {
		choisies := slices.DeleteFunc(slices.Clone(noms), func(nom string) bool {
			return !donnees[nom] || refusee(o.Lookup(nom).Value)
		})
		switch {
		case len(choisies) > 1:
			return "", mauvaisUsage("les options -%s ne vont pas ensemble", strings.Join(choisies, " et -"))
		case len(choisies) == 1:
			return choisies[0], nil
		}
	}
	return "", nil
}

// refusee dit si une option est un booléen donné faux, comme -saisie=false.
func refusee(valeur flag.Value) bool {
	booleen, ok := valeur.(interface{ IsBoolFlag() bool })
	return ok && booleen.IsBoolFlag() && valeur.String() == "false"
}

// Les messages du paquet flag ; une version de Go qui les changerait ferait échouer les tests.
var (
	optionInconnue  = regexp.MustCompile(`^flag provided but not defined: (.*)$`)
	valeurAbsente   = regexp.MustCompile(`^flag needs an argument: (.*)$`)
	valeurMauvaise  = regexp.MustCompile(`^invalid (?:boolean )?value (".*") for (?:flag )?(-[^:]*):`)
	syntaxeMauvaise = regexp.MustCompile(`^bad flag syntax: (.*)$`)
)

// TraduireOption met en français une erreur de flag.FlagSet.Parse : option inconnue, valeur absente ou incorrecte.
func TraduireOption(err error) error {
	for motif, phrase := range map[*regexp.Regexp]string{
		optionInconnue:  "option inconnue : %s",
		valeurAbsente:   "l'option %s demande une valeur",
		valeurMauvaise:  "valeur %s incorrecte pour l'option %s",
		syntaxeMauvaise: "option mal écrite : %q",
	} {
		if parties := motif.FindStringSubmatch(err.Error()); parties != nil {
			args := make([]any, len(parties)-1)
			for i, p := range parties[1:] {
				args[i] = p
			}
			return fmt.Errorf(phrase, args...)
		}
	}
	return err
}

// usageTLS distingue, parmi les erreurs de TLS, une option oubliée d'un fichier inutilisable.
func usageTLS(err error) error {
	if errors.Is(err, reseau.ErrSansCle) {
		return erreurUsage{err}
	}
	return err
}
