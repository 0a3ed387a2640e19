package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDepuisVerifie vérifie que -depuis ne prend que ce qu'on a écrit à l'étape d'avant, et dit laquelle il attend.
func TestDepuisVerifie(t *testing.T) {
	const (
		client, serveur = "package capteurs\n\ntype CapteurTCP struct{}\n", "package capteurs\n\ntype ServeurTCP struct{}\n"
		base            = "package capteurs\n\ntype Capteur struct{}\n\ntype Serveur struct{}\n"
	)
	rendu := func(fichiers ...string) string {
		dossier := t.TempDir()
		for i := 0; i < len(fichiers); i += 2 {
			ecrireLe(t, filepath.Join(dossier, fichiers[i]), fichiers[i+1])
		}
		return dossier
	}
	reference := func(i int) string { return filepath.Join("..", "..", etapes[i]) }
	for nom, c := range map[string]struct {
		etape  int
		depuis string
		mots   string // « » : accepté
	}{
		"deux étapes d'un coup":      {3, reference(0), "type CapteurTCP"},
		"la même étape":              {2, reference(1), "type EtatCapteur"},
		"déjà fait":                  {3, reference(2), "Capteur et Serveur"},
		"l'étape d'après":            {2, reference(2), "type EtatCapteur"},
		"l'essentiel":                {3, filepath.Join(reference(1), "essentiel"), "n'a pas de client.go"},
		"absent":                     {3, filepath.Join(t.TempDir(), "absent"), "n'a pas de client.go"},
		"sans client":                {3, rendu("serveur.go", serveur+"type CapteurTCP struct{}\n"), "n'a pas de client.go"},
		"sans serveur":               {3, rendu("client.go", client+"type ServeurTCP struct{}\n"), "n'a pas de serveur.go"},
		"des programmes":             {3, rendu("client.go", "package main\n\ntype CapteurTCP struct{}\n", "serveur.go", "package main\n\ntype ServeurTCP struct{}\n"), "client.go est du paquet main"},
		"deux paquets":               {3, rendu("client.go", client, "serveur.go", strings.Replace(serveur, "capteurs", "serveurs", 1)), "serveur.go est du paquet serveurs"},
		"illisible":                  {3, rendu("client.go", client+"func {\n", "serveur.go", serveur), "client.go:4:6"},
		"un autre fichier illisible": {3, rendu("client.go", client, "serveur.go", serveur, "outils.go", "pas du Go"), "outils.go:1:1"},
		"client.go est un dossier": {3, func() string {
			d := rendu("serveur.go", serveur)
			if err := os.Mkdir(filepath.Join(d, "client.go"), 0o700); err != nil {
				t.Fatal(err)
			}
			return d
		}(), "client.go"},
		"un type n'est pas dit":   {3, rendu("client.go", client, "serveur.go", "package capteurs\n\n// type ServeurTCP\n"), "type ServeurTCP"},
		"des types dans un autre": {3, rendu("client.go", "package capteurs\n", "serveur.go", serveur, "types.go", client), ""},
		"une interface Capteur":   {3, rendu("client.go", client, "serveur.go", serveur, "i.go", "package capteurs\n\ntype Capteur interface{}\n"), ""},
		"des bases":               {3, rendu("client.go", client, "serveur.go", serveur, "i.go", base), "Capteur et Serveur"},
		"un outil à part":         {3, rendu("client.go", client, "serveur.go", serveur, "outil.go", "//go:build ignore\n\npackage main\n"), ""},
	} {
		neuf := filepath.Join(t.TempDir(), "neuf")
		code, sortie, erreurs := lancer("-etape", fmt.Sprint(c.etape), "-depuis", c.depuis, neuf)
		if c.mots == "" {
			if code != 0 {
				t.Errorf("%s : code %d, %q, attendu pris", nom, code, erreurs)
			}
			continue
		}
		attendue := fmt.Sprintf("l'étape %d", c.etape-1)
		if code != 2 || sortie != "" || strings.Count(erreurs, "\n") != 1 || !strings.Contains(erreurs, c.mots) || !strings.Contains(erreurs, attendue) {
			t.Errorf("%s : %d, %q, %q, attendu 2 et une phrase qui dise « %s » et « %s »", nom, code, sortie, erreurs, c.mots, attendue)
		}
		if _, err := os.Lstat(neuf); err == nil {
			t.Errorf("%s : un refus a créé %s", nom, neuf)
		}
	}
}
