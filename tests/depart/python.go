package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// suffixes finissent, dans l'énoncé, les noms des fichiers Python de chaque étape.
var suffixes = [len(etapes)]string{"", "_poo", "_heritage"}

// enPython rend les fichiers d'un point de départ en Python, aux noms de l'énoncé.
func (d demande) enPython() (contenu, error) {
	tout := contenu{}
	if d.depuis != "" {
		return tout, tout.reprendrePython(d.depuis, d.etape)
	}
	for _, role := range []string{"client", "serveur"} {
		nom := role + suffixes[d.etape-1] + ".py"
		texte, err := modeles.ReadFile("modeles/python/" + nom)
		if err != nil {
			return nil, fmt.Errorf("modèle Python : %w", err)
		}
		tout[nom] = string(texte)
	}
	return tout, nil
}

// reprendrePython ajoute ce qu'on a écrit avant, qui se rend aussi, et une copie de l'étape d'avant à refondre.
func (c contenu) reprendrePython(depuis string, etape int) error {
	chemins, err := filepath.Glob(filepath.Join(depuis, "*.py"))
	if err != nil {
		return fmt.Errorf("lecture de %s : %w", depuis, err)
	}
	for _, chemin := range chemins {
		texte, err := os.ReadFile(chemin)
		if err != nil {
			return fmt.Errorf("reprise de l'étape d'avant : %w", err)
		}
		c[filepath.Base(chemin)] = string(texte)
	}
	for _, role := range []string{"client", "serveur"} {
		avant, apres := role+suffixes[etape-2]+".py", role+suffixes[etape-1]+".py"
		texte, present := c[avant]
		if !present {
			return malEmploye("%s n'a pas de %s à reprendre : donnez à -depuis le dossier de l'étape %d", depuis, avant, etape-1)
		}
		if _, deja := c[apres]; !deja {
			c[apres] = strings.ReplaceAll(texte, avant, apres)
		}
	}
	return nil
}
