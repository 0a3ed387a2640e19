package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
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
	case len(perimes) == 0 && d.rafraichir:
		fmt.Fprintf(sortie, "%s est déjà à jour.\n", d.dossier)
		return nil
	case len(perimes) == 0:
		return fmt.Errorf("le dossier %s n'est pas vide : c'est un point de départ de l'étape %d, à jour ; continuez-y, ou donnez-en un autre", d.dossier, d.etape)
	case !d.rafraichir:
		return fmt.Errorf("%s vient d'un depart plus ancien, ou a été retouché : %s ; s'il ne se construit plus, « %s » remplace ces fichiers, et eux seuls",
			d.dossier, noms, d.commandeRafraichir(dossier))
	}
	neufs := contenu{}
	for _, nom := range perimes {
		neufs[nom] = tout[nom]
	}
	if err := neufs.ecrire(dossier); err != nil {
		return err
	}
	fmt.Fprintf(sortie, "%s est remis à jour : %s.\nSi client.go ou serveur.go ne se construisent plus, comparez leurs signatures à celles d'un point de départ neuf.\n", d.dossier, noms)
	return nil
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
