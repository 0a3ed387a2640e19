package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

const racine = "../.."

func lues(t *testing.T) [3]*etape {
	t.Helper()
	etapes, err := lireEtapes(racine)
	if err != nil {
		t.Fatal(err)
	}
	return etapes
}

// Les déclarations mises bout à bout redonnent leur fichier, et chacune est dans un groupe et un seul.
func TestRienNEstPerdu(t *testing.T) {
	etapes := lues(t)
	for k, e := range etapes {
		for _, nom := range fichiers {
			attendu, err := os.ReadFile(filepath.Join(racine, dossiers[k], nom))
			if err != nil {
				t.Fatal(err)
			}
			var rangees []*declaration
			for _, g := range grouper(etapes, nom) {
				rangees = append(rangees, g.etapes[k]...)
			}
			slices.SortFunc(rangees, func(a, b *declaration) int { return a.ligne - b.ligne })
			if !slices.Equal(rangees, e.declarations[nom]) {
				t.Errorf("%s/%s : déclarations rangées %d, lues %d", dossiers[k], nom, len(rangees), len(e.declarations[nom]))
			}
			if obtenu := refaire(rangees); obtenu != string(attendu) {
				t.Errorf("%s/%s : les déclarations redonnent\n%s", dossiers[k], nom, obtenu)
			}
		}
	}
}

func refaire(declarations []*declaration) string {
	var b strings.Builder
	for _, d := range declarations {
		b.WriteString(strings.Repeat("\n", d.vides) + d.texte + "\n")
	}
	return b.String()
}

// Ce qui se répond est ensemble.
func TestGroupes(t *testing.T) {
	var obtenus []string
	for _, nom := range fichiers {
		for _, g := range grouper(lues(t), nom) {
			ligne := ""
			for _, ds := range g.etapes {
				var noms []string
				for _, d := range ds {
					noms = append(noms, d.complet())
				}
				ligne += " | " + strings.Join(noms, " ")
			}
			obtenus = append(obtenus, ligne[3:])
		}
	}
	attendus := []string{
		"package et import | package et import | package et import",
		"EtatCapteur | CapteurTCP | Capteur CapteurTCP",
		"NouvelEtatCapteur | NouveauCapteurTCP | NouveauCapteur NouveauCapteurTCP",
		"Generer | CapteurTCP.Generer | Capteur.Generer",
		"Connecter | CapteurTCP.Connecter | CapteurTCP.Connecter",
		"Envoyer | CapteurTCP.Envoyer | CapteurTCP.Envoyer",
		"Close | CapteurTCP.Close | CapteurTCP.Close",
		"package et import | package et import | package et import",
		"EtatServeur | ServeurTCP | Traitant Serveur ServeurTCP",
		"NouvelEtatServeur | NouveauServeurTCP | NouveauServeur NouveauServeurTCP",
		"Ecouter | ServeurTCP.Ecouter | Serveur.Ecouter",
		"Servir | ServeurTCP.Servir | Serveur.Servir",
		"TraiterConnexion | ServeurTCP.TraiterConnexion | ServeurTCP.TraiterConnexion",
		"Sauvegarder | ServeurTCP.Sauvegarder | ServeurTCP.Sauvegarder",
	}
	if !slices.Equal(obtenus, attendus) {
		t.Errorf("groupes :\n%s\nattendus :\n%s", strings.Join(obtenus, "\n"), strings.Join(attendus, "\n"))
	}
}

// Une étape incomplète se dit, avec ce qu'il faut faire.
func TestEtapeIncomplete(t *testing.T) {
	complete := fstest.MapFS{
		"README.md":     {Data: []byte("# Étape\n")},
		"doc.go":        {Data: []byte("// Package p dit son idée.\npackage p\n")},
		fichierExemples: {Data: []byte("package p\n")},
		"client.go":     {Data: []byte("package p\n\nfunc A() {} // court\nfunc B() {}\n\n// la fin\n")},
		"serveur.go":    {Data: []byte("package p\r\n\r\nimport \"fmt\"\r\n\r\nvar a, b = 1, 2\r\n")},

		"essentiel/client/main.go":  {Data: []byte("package main\n")},
		"essentiel/serveur/main.go": {Data: []byte("package main\n")},
	}
	e, err := lireEtape(complete, 1)
	if err != nil {
		t.Fatal(err)
	}
	for nom, attendu := range map[string]string{"client.go": string(complete["client.go"].Data), "serveur.go": "package p\n\nimport \"fmt\"\n\nvar a, b = 1, 2\n"} {
		if obtenu := refaire(e.declarations[nom]); obtenu != attendu {
			t.Errorf("%s = %q, %q attendu", nom, obtenu, attendu)
		}
	}
	for nom := range complete {
		sans := fstest.MapFS{}
		for autre, fichier := range complete {
			if autre != nom {
				sans[autre] = fichier
			}
		}
		if _, err := lireEtape(sans, 1); err == nil || !strings.Contains(err.Error(), nom+" manque : écrivez-le") {
			t.Errorf("sans %s : %v", nom, err)
		}
		if strings.HasSuffix(nom, ".go") {
			sans[nom] = &fstest.MapFile{Data: []byte("package p\n\nfunc {")}
			if _, err := lireEtape(sans, 1); err == nil || !strings.Contains(fmt.Sprint(err), nom+" n'est pas du Go, faites-le d'abord compiler") {
				t.Errorf("%s mauvais : %v", nom, err)
			}
		}
	}
}
