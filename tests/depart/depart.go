package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// contenu donne le texte de chaque fichier d'un point de départ, selon son chemin dans le dossier.
type contenu map[string]string

// executer écrit le point de départ demandé, et dit que faire ensuite.
func (d demande) executer(sortie io.Writer) error {
	racine, err := trouverDepot()
	if err != nil {
		return err
	}
	dossier, err := reel(d.dossier)
	if err != nil {
		return fmt.Errorf("dossier %s : %w", d.dossier, err)
	}
	switch {
	case d.estCommence(dossier):
		return d.retrouver(racine, dossier, sortie)
	case d.rafraichir:
		return fmt.Errorf("%s n'est pas un point de départ de l'étape %d : il n'y a rien à y rafraîchir", d.dossier, d.etape)
	}
	if err := verifierLibre(dossier); err != nil {
		return err
	}
	var tout contenu
	if d.langage == "python" {
		tout, err = d.enPython()
	} else {
		tout, err = d.enGo(racine, dossier)
	}
	if err != nil {
		return err
	}
	if tout[guide], err = d.commencer(racine, dossier); err != nil {
		return err
	}
	if err := tout.ecrire(dossier); err != nil {
		return err
	}
	if d.depuis != "" && tout.aFinir() {
		fmt.Fprintf(sortie, "Attention : %s n'est pas fini, il y reste « à écrire ». Un refactor part de ce qui marche.\n", d.depuis)
	}
	fmt.Fprintf(sortie, "%s est prêt : ouvrez %s.\n", d.dossier, filepath.Join(d.dossier, guide))
	return nil
}

// verifierLibre refuse un dossier où il y a déjà quelque chose : ce peut être le travail de quelqu'un.
func verifierLibre(dossier string) error {
	entrees, err := os.ReadDir(dossier)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("%s n'est pas un dossier où l'on peut écrire : donnez-en un autre (%w)", dossier, err)
	case len(entrees) > 0:
		return fmt.Errorf("le dossier %s n'est pas vide, et rien n'y sera remplacé : donnez-en un autre, ou videz-le", dossier)
	}
	return nil
}

// ecrire crée le dossier et ses fichiers.
func (c contenu) ecrire(dossier string) error {
	for _, nom := range slices.Sorted(maps.Keys(c)) {
		chemin := filepath.Join(dossier, filepath.FromSlash(nom))
		if err := os.MkdirAll(filepath.Dir(chemin), 0o777); err != nil {
			return fmt.Errorf("création de %s : %w", filepath.Dir(chemin), err)
		}
		if err := os.WriteFile(chemin, []byte(c[nom]), 0o666); err != nil {
			return fmt.Errorf("écriture de %s : %w", chemin, err)
		}
	}
	return nil
}

// aFinir dit s'il y reste un corps à écrire.
func (c contenu) aFinir() bool {
	for _, texte := range c {
		if strings.Contains(texte, "panic(\"à écrire\")") || strings.Contains(texte, "NotImplementedError(\"à écrire") {
			return true
		}
	}
	return false
}

// reel rend le chemin absolu d'un dossier qui n'existe peut-être pas encore, sans lien symbolique.
func reel(dossier string) (string, error) {
	absolu, err := filepath.Abs(dossier)
	if err != nil {
		return "", err
	}
	suivi, err := filepath.EvalSymlinks(absolu)
	if !errors.Is(err, fs.ErrNotExist) {
		return suivi, err
	}
	if parent := filepath.Dir(absolu); parent != absolu {
		suivi, err := reel(parent)
		return filepath.Join(suivi, filepath.Base(absolu)), err
	}
	return absolu, nil
}
