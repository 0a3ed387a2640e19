package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Un point de départ s'appuie sur shared et sur tests/contrat, qui changent. Ce qui le relie au dépôt n'est pas à l'élève de
// l'écrire, ni donc de le réparer : comparé à ce qui s'écrirait aujourd'hui, il dit tout seul s'il est périmé.
var liens = []string{"contrat_test.go", "cmd/client/main.go", "cmd/serveur/main.go", "go.mod", "go.sum"}

// estCommence dit qu'un dossier est un point de départ en Go de cette étape.
func (d demande) estCommence(dossier string) bool {
	texte, err := os.ReadFile(filepath.Join(dossier, guide))
	_, errContrat := os.Stat(filepath.Join(dossier, liens[0]))
	return err == nil && errContrat == nil && d.langage == "go" && strings.HasPrefix(string(texte), fmt.Sprintf("Le kata, étape %d :", d.etape))
}

// retrouver dit ce qui est périmé dans un point de départ déjà écrit ou, si on le demande, le rafraîchit.
func (d demande) retrouver(racine, dossier string, sortie io.Writer) error {
	d.depuis = "" // ce qu'on a repris de l'étape d'avant est à l'élève
	tout, err := d.enGo(racine, dossier)
	if err != nil {
		return err
	}
	perimes, err := tout.perimes(dossier)
	noms := strings.Join(perimes, ", ")
	switch {
	case err != nil:
		return err
	case len(perimes) > 0 && !d.rafraichir:
		return fmt.Errorf("%s vient d'un depart plus ancien, ou a été retouché : %s ; s'il ne se construit plus, « %s » remplace ces fichiers, et eux seuls",
			d.dossier, noms, d.commandeRafraichir(dossier))
	case len(perimes) > 0:
		neufs := contenu{}
		for _, nom := range perimes {
			neufs[nom] = tout[nom]
		}
		if err := neufs.ecrire(dossier); err != nil {
			return err
		}
		fmt.Fprintf(sortie, "Rafraîchi dans %s : %s.\n", d.dossier, noms)
	}
	ctx, annuler := context.WithTimeout(context.Background(), delaiConstruction)
	defer annuler()
	faute, err := construire(ctx, dossier)
	if err != nil {
		return err
	}
	return d.conclure(dossier, faute, sortie)
}

// conclure dit où en est un point de départ que rien ne relie plus à un dépôt d'avant. Il n'est à jour que s'il se construit.
func (d demande) conclure(dossier, faute string, sortie io.Writer) error {
	etat := "à jour ; continuez-y"
	switch {
	case faute == "":
	case estRefonte(dossier) && resteARefondre(faute):
		etat = fmt.Sprintf("à refondre encore (%s) : %s dit par quoi continuer", faute, filepath.Join(d.dossier, guide))
	default:
		return d.neSeConstruitPas(dossier, faute)
	}
	if !d.rafraichir {
		return fmt.Errorf("le dossier %s n'est pas vide : c'est un point de départ de l'étape %d, %s, ou donnez-en un autre", d.dossier, d.etape, etat)
	}
	fmt.Fprintf(sortie, "%s est %s.\n", d.dossier, etat)
	return nil
}

// neSeConstruitPas dit la première faute, d'où elle vient sans doute, et comment trouver ce que l'étape attend.
func (d demande) neSeConstruitPas(dossier, faute string) error {
	cause := "ne se construit pas"
	if strings.HasPrefix(faute, liens[0]) {
		cause = fmt.Sprintf("ne se construit pas : les signatures de l'étape %d ont changé, ou celles de ce dossier", d.etape)
	}
	neuf := dossier + "_neuf"
	return fmt.Errorf("%s %s (%s) ; « go run ./tests/depart -etape %d %s » écrit un point de départ neuf, et « %s » montre ce qui en diffère",
		d.dossier, cause, faute, d.etape, citer(neuf), strings.Join(comparer(dossier, neuf), " ; "))
}

// estRefonte dit qu'un point de départ reprend l'étape d'avant : il ne se construit pas tant qu'on n'y a pas tout refondu.
func estRefonte(dossier string) bool {
	texte, err := os.ReadFile(filepath.Join(dossier, guide))
	return err == nil && strings.Contains(string(texte), "client.go et serveur.go sont ceux de ")
}

// resteARefondre dit qu'une faute est l'une de celles par lesquelles le compilateur mène une refonte.
func resteARefondre(faute string) bool {
	return strings.Contains(faute, "undefined: ") || strings.Contains(faute, "missing method ")
}

// Le temps laissé à une construction ; la première compile tout ce dont le contrat dépend.
const delaiConstruction = 3 * time.Minute

var lieuDeFaute = regexp.MustCompile(`^(?:vet: )?(?:\.[/\\])?([^:]+\.go:\d+.*)`)

// construire vérifie qu'un dossier se construit, tests compris, et rend la première faute du compilateur ; « » s'il n'y en a
// pas. L'erreur dit pourquoi on n'a pas pu le savoir.
func construire(ctx context.Context, dossier string) (faute string, err error) {
	// -buildtag : une seule analyse ; les avis des autres ne sont pas des fautes de construction.
	commande := exec.CommandContext(ctx, "go", "vet", "-buildtag", ".")
	commande.Dir, commande.WaitDelay = dossier, time.Second // les compilateurs qu'elle a lancés peuvent lui survivre
	dit, err := commande.CombinedOutput()
	if ctx.Err() != nil {
		return "", fmt.Errorf("construction de %s interrompue : %w", dossier, ctx.Err())
	}
	if err == nil {
		return "", nil
	}
	lignes := strings.Split(string(dit), "\n")
	premiere := slices.IndexFunc(lignes, lieuDeFaute.MatchString)
	if premiere < 0 {
		return "", fmt.Errorf("construction de %s impossible (%w) : %s", dossier, err, strings.Join(strings.Fields(string(dit)), " "))
	}
	faute = lieuDeFaute.FindStringSubmatch(lignes[premiere])[1]
	for _, suite := range lignes[premiere+1:] { // have… want…
		if !strings.HasPrefix(suite, "\t") {
			break
		}
		faute += " " + strings.TrimSpace(suite)
	}
	return faute, nil
}

// perimes rend ceux des liens qui ne sont plus, dans un dossier, ce qu'ils seraient aujourd'hui.
func (c contenu) perimes(dossier string) (noms []string, err error) {
	for _, nom := range liens {
		voulu, utile := c[nom]
		texte, err := os.ReadFile(filepath.Join(dossier, filepath.FromSlash(nom)))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("lecture du point de départ : %w", err)
		}
		if utile && strings.ReplaceAll(string(texte), "\r\n", "\n") != voulu {
			noms = append(noms, nom)
		}
	}
	return noms, nil
}

func (d demande) commandeRafraichir(dossier string) string {
	return fmt.Sprintf("go run ./tests/depart -etape %d -rafraichir %s", d.etape, citer(dossier))
}
