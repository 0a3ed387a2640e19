package main

import (
	"errors"
	"fmt"
	"go/format"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

const (
	module      = "capteurs" // celui de ce dépôt
	moduleAPart = "kata"     // celui d'un point de départ qui n'y est pas
)

// etapes sont les dossiers de référence.
var etapes = [...]string{"step1_procedural", "step2_poo", "step3_heritage"}

// enGo rend les fichiers d'un point de départ en Go.
func (d demande) enGo(racine, dossier string) (contenu, error) {
	reference := etapes[d.etape-1]
	etape := os.DirFS(filepath.Join(racine, reference))
	tout := contenu{}
	paquet, dansLeDepot, err := cheminDuPaquet(racine, dossier)
	if err != nil {
		return nil, err
	}
	if !dansLeDepot {
		if err := tout.ajouterModule(racine); err != nil {
			return nil, err
		}
	}
	for _, nom := range []string{"doc.go", "contrat_test.go", "cmd/client/main.go", "cmd/serveur/main.go"} {
		texte, err := fs.ReadFile(etape, nom)
		if err != nil {
			return nil, fmt.Errorf("étape de référence %s : %w", reference, err)
		}
		present := strings.ReplaceAll(string(texte), strconv.Quote(module+"/"+reference), strconv.Quote(paquet))
		enForme, err := format.Source([]byte(present)) // l'ordre des imports a pu changer
		if err != nil {
			return nil, fmt.Errorf("étape de référence %s, %s : %w", reference, nom, err)
		}
		tout[nom] = string(enForme)
	}
	tout[liens[0]] = fmt.Sprintf("// Si ce fichier ne se construit plus après une mise à jour du dépôt, lancez-y :\n// %s\n\n", d.commandeRafraichir(dossier)) + tout[liens[0]]
	if d.depuis != "" {
		return tout, tout.reprendre(d.depuis, d.etape)
	}
	for _, nom := range roles {
		texte, err := fs.ReadFile(etape, nom)
		if err != nil {
			return nil, fmt.Errorf("étape de référence %s : %w", reference, err)
		}
		if tout[nom], err = squelette(nom, string(texte)); err != nil {
			return nil, fmt.Errorf("étape de référence %s : %w", reference, err)
		}
	}
	return tout, nil
}

var nomDePaquet = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]*$`)

// cheminDuPaquet rend le chemin d'import d'un dossier, et dit s'il est dans ce dépôt.
func cheminDuPaquet(racine, dossier string) (string, bool, error) {
	relatif, err := filepath.Rel(racine, dossier)
	if err != nil || relatif == ".." || strings.HasPrefix(relatif, ".."+string(filepath.Separator)) {
		return moduleAPart, false, nil // sur un autre disque, ou à côté
	}
	relatif = filepath.ToSlash(relatif)
	for nom := range strings.SplitSeq(relatif, "/") {
		if !nomDePaquet.MatchString(nom) {
			return "", false, fmt.Errorf("%q ne peut pas être un dossier Go de ce dépôt : "+
				"prenez des lettres sans accent, des chiffres et _, ou un dossier hors du dépôt", nom)
		}
	}
	return module + "/" + relatif, true, nil
}

// ajouterModule fait du point de départ un module, aux mêmes dépendances que ce dépôt : go test n'a rien à télécharger.
func (c contenu) ajouterModule(racine string) error {
	goMod, err := os.ReadFile(filepath.Join(racine, "go.mod"))
	if err != nil {
		return fmt.Errorf("lecture du module : %w", err)
	}
	goSum, err := os.ReadFile(filepath.Join(racine, "go.sum"))
	if err != nil {
		return fmt.Errorf("lecture des sommes du module : %w", err)
	}
	_, dependances, _ := strings.Cut(string(goMod), "\n")
	c["go.mod"] = fmt.Sprintf("module %s\n%s\nrequire %s v0.0.0\n\nreplace %[3]s => %s\n",
		moduleAPart, dependances, module, strconv.Quote(filepath.ToSlash(racine)))
	c["go.sum"] = string(goSum)
	return nil
}

// trouverDepot remonte du dossier courant à celui de ce module.
func trouverDepot() (string, error) {
	dossier, err := reel(".")
	if err != nil {
		return "", fmt.Errorf("dossier courant : %w", err)
	}
	for {
		goMod, err := os.ReadFile(filepath.Join(dossier, "go.mod"))
		if err == nil && strings.HasPrefix(string(goMod), "module "+module+"\n") {
			return dossier, nil
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("recherche du dépôt : %w", err)
		}
		parent := filepath.Dir(dossier)
		if parent == dossier {
			return "", errors.New("les étapes de référence sont introuvables : lancez cette commande depuis le dépôt du kata")
		}
		dossier = parent
	}
}
