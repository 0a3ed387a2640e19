package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Les étapes, et ce que la leçon montre de chacune.
var (
	dossiers = [3]string{"step1_procedural", "step2_poo", "step3_heritage"}
	fichiers = []string{"client.go", "serveur.go"}
)

// cheminEssentiel dit où est, dans l'énoncé seul, ce qui répond à un fichier de l'étape.
func cheminEssentiel(fichier string) string {
	return "essentiel/" + strings.TrimSuffix(fichier, ".go") + "/main.go"
}

const fichierExemples = "exemple_test.go"

// etape est une étape du kata, telle que ses fichiers la disent.
type etape struct {
	rang         int // 1, 2 ou 3
	titre        string
	idee         string // le commentaire de son paquet
	blocs        []bloc // de son README
	declarations map[string][]*declaration
	types        map[string]*declaration
	exemples     []*doc.Example
	essentiel    *etape // l'énoncé seul, sous les mêmes noms de fichiers ; il n'en a pas lui-même
}

// lireEtapes lit les étapes d'une copie du dépôt.
func lireEtapes(racine string) (etapes [3]*etape, err error) {
	for i, dossier := range dossiers {
		if etapes[i], err = lireEtape(os.DirFS(filepath.Join(racine, dossier)), i+1); err != nil {
			return etapes, fmt.Errorf("%s : %w", dossier, err)
		}
	}
	return etapes, nil
}

func nouvelleEtape(rang int) *etape {
	return &etape{rang: rang, declarations: map[string][]*declaration{}, types: map[string]*declaration{}}
}

func lireEtape(dossier fs.FS, rang int) (*etape, error) {
	e := nouvelleEtape(rang)
	lire := func(nom string) (string, error) {
		octets, err := fs.ReadFile(dossier, nom)
		if errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("%s manque : écrivez-le, ou reprenez-le de la version de référence", nom)
		} else if err != nil {
			return "", fmt.Errorf("%s ne se lit pas : %w", nom, err)
		}
		return strings.ReplaceAll(string(octets), "\r\n", "\n"), nil
	}
	readme, err := lire("README.md")
	if err != nil {
		return nil, err
	}
	e.titre, e.blocs = lireReadme(readme)
	paquet, err := lire("doc.go")
	if err != nil {
		return nil, err
	}
	_, fichier, err := analyser("doc.go", paquet)
	if err != nil {
		return nil, err
	}
	e.idee = strings.TrimSpace(fichier.Doc.Text())
	exemples, err := e.declarer(fichierExemples, fichierExemples, lire)
	if err != nil {
		return nil, err
	}
	e.exemples = doc.Examples(exemples)
	e.essentiel = nouvelleEtape(rang)
	e.essentiel.titre = e.titre
	for _, nom := range fichiers {
		if _, err := e.declarer(nom, nom, lire); err != nil {
			return nil, err
		}
		if _, err := e.essentiel.declarer(nom, cheminEssentiel(nom), lire); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// declarer lit un fichier, et range ses déclarations sous un nom.
func (e *etape) declarer(nom, chemin string, lire func(chemin string) (string, error)) (*ast.File, error) {
	texte, err := lire(chemin)
	if err != nil {
		return nil, err
	}
	fset, fichier, err := analyser(chemin, texte)
	if err != nil {
		return nil, err
	}
	e.declarations[nom] = couper(fset, fichier, nom, texte)
	if nom == fichierExemples {
		return fichier, nil
	}
	for _, d := range e.declarations[nom] {
		d.etape = e.rang
		if d.estType() {
			e.types[d.nom] = d
		}
	}
	return fichier, nil
}

func analyser(nom, texte string) (*token.FileSet, *ast.File, error) {
	fset := token.NewFileSet()
	fichier, err := parser.ParseFile(fset, nom, texte, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, nil, fmt.Errorf("%s n'est pas du Go, faites-le d'abord compiler : %w", nom, err)
	}
	return fset, fichier, nil
}

// racineDuDepot remonte du dossier courant à celui qui contient les étapes.
func racineDuDepot() (string, error) {
	dossier, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("dossier courant introuvable : %w", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dossier, dossiers[0])); err == nil {
			return dossier, nil
		}
		parent := filepath.Dir(dossier)
		if parent == dossier {
			return "", fmt.Errorf("%s est introuvable d'ici : lancez la commande dans le dépôt du kata", dossiers[0])
		}
		dossier = parent
	}
}
