package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"capteurs/shared/version"
)

// lancer exécute la commande, sa sortie dans un fichier.
func lancer(t *testing.T, args ...string) (code int, sortie, erreurs string) {
	t.Helper()
	fichier, err := os.Create(filepath.Join(t.TempDir(), "sortie"))
	if err != nil {
		t.Fatal(err)
	}
	defer fichier.Close()
	var e bytes.Buffer
	code = executer(args, fichier, &e)
	octets, err := os.ReadFile(fichier.Name())
	if err != nil {
		t.Fatal(err)
	}
	return code, string(octets), e.String()
}

func TestCommande(t *testing.T) {
	page, texte := pageEcrite(t, lues(t)), texteEcrit(t, false)
	chemin := filepath.Join(t.TempDir(), "l.html")
	for _, c := range []struct {
		args             []string
		code             int
		sortie, erreur   string
		fichier, attendu string
	}{
		{args: []string{"-o", chemin}, sortie: chemin + " est écrite", fichier: chemin, attendu: page},
		{args: []string{"-o", "-"}, sortie: page},
		{args: []string{"-texte"}, sortie: texte},
		{args: []string{"-texte", "-o", chemin}, fichier: chemin, attendu: texte},
		{args: []string{"-h"}, sortie: aide},
		{args: []string{"-version", "-texte"}, sortie: version.Dire()},
		{args: []string{"-couleur"}, code: 2, erreur: "option inconnue : -couleur\n-h montre les options."},
		{args: []string{"etape3"}, code: 2, erreur: `argument inattendu : "etape3"`},
		{args: []string{"-o", filepath.Join(chemin, "dedans")}, code: 1, erreur: "choisissez un autre fichier avec -o"},
	} {
		code, sortie, erreurs := lancer(t, c.args...)
		if code != c.code || !strings.HasPrefix(sortie, c.sortie) || !strings.Contains(erreurs, c.erreur) || (erreurs != "") != (code != 0) {
			t.Errorf("lecon %q : code %d, sortie %.200q, erreurs %q", c.args, code, sortie, erreurs)
		}
		if c.fichier != "" {
			if octets, err := os.ReadFile(c.fichier); err != nil || string(octets) != c.attendu {
				t.Errorf("lecon %q : le fichier n'est pas la leçon (%v)", c.args, err)
			}
		}
	}
}

// Sans nom de fichier, c'est lecon.html, dans le dossier courant ; et hors du dépôt, la commande dit où se mettre.
func TestCommandeHorsDuDepot(t *testing.T) {
	if r, err := lireReglages(nil); err != nil || r.fichier != "lecon.html" {
		t.Errorf("sans option : %q, %v", r.fichier, err)
	}
	t.Chdir(t.TempDir())
	if code, _, erreurs := lancer(t); code != 1 || !strings.Contains(erreurs, "lancez la commande dans le dépôt du kata") {
		t.Errorf("hors du dépôt : code %d, %q", code, erreurs)
	}
}
