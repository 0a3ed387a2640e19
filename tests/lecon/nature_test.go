package main

import (
	"strings"
	"testing"
)

// Ce qu'une déclaration est, et d'où elle vient, se dit en mots.
func TestNatureEtPassage(t *testing.T) {
	etapes := lues(t)
	dites := map[string]string{}
	for _, nom := range fichiers {
		for _, g := range grouper(etapes, nom) {
			rangs := alignement(g)
			for k, ds := range g.etapes {
				for _, d := range ds {
					phrase := etapes[k].nature(d)
					if k > 0 {
						phrase += " ; " + etapes[k].passage(g.etapes[k-1], d, rangs)
					}
					dites[strings.Repeat("'", k)+d.complet()] = phrase
				}
			}
		}
	}
	for nom, attendue := range map[string]string{
		"Envoyer":                "fonction",
		"NouvelEtatServeur":      "constructeur",
		"EtatServeur":            "type sans méthode",
		"'ServeurTCP":            "type à 4 méthodes ; ses 8 lignes viennent d'`EtatServeur`",
		"'CapteurTCP.Envoyer":    "méthode de `CapteurTCP` ; était une fonction : `c`, son premier paramètre, est devenu le receveur",
		"''Capteur.Generer":      "méthode de `Capteur`, promue à `CapteurTCP` et `CapteurTLS` ; était une méthode de `CapteurTCP`, la voici dans sa base ; une de ses 3 lignes vient de `Generer`",
		"''CapteurTCP.Connecter": "méthode de `CapteurTCP`, masquée par `CapteurTLS` ; ses 2 lignes viennent de `Connecter`",
		"''CapteurTLS.Connecter": "méthode de `CapteurTLS`, masque celle de `CapteurTCP` ; tout est nouveau",
		"''Serveur.Ecouter":      "méthode de `Serveur`, promue à `ServeurTCP`, masquée par `ServeurTLS` ; était une méthode de `ServeurTCP`, la voici dans sa base ; ses 2 lignes viennent d'`Ecouter`",
		"''ServeurTLS.Ecouter":   "méthode de `ServeurTLS`, masque celle de `Serveur` ; 3 de ses 5 lignes viennent d'`Ecouter`",
		"''CapteurTCP.Close":     "méthode de `CapteurTCP`, promue à `CapteurTLS` ; inchangée",
		"''traitant":             "interface d'une méthode ; tout est nouveau",
		"''ServeurTCP":           "type à 3 méthodes, incorpore `Serveur`, incorporé par `ServeurTLS` ; 2 de ses 4 lignes viennent de `ServeurTCP`",
		"''ServeurTCP.Servir":    "méthode de `ServeurTCP`, masquée par `ServeurTLS` ; même signature, nouveau corps",
	} {
		if dites[nom] != attendue {
			t.Errorf("%s : %q, %q attendu", nom, dites[nom], attendue)
		}
	}
}

// La promotion se lit à travers plusieurs étages, et une méthode proche cache la lointaine.
func TestHeritageALointaineBase(t *testing.T) {
	const texte = `package p

type A struct{}
type B struct{ A }
type C struct{ *B }
type D struct{ C }

func (A) F() {}
func (A) G() {}
func (C) F() {}
`
	fset, fichier, err := analyser("client.go", texte)
	if err != nil {
		t.Fatal(err)
	}
	e := &etape{declarations: map[string][]*declaration{"client.go": couper(fset, fichier, "client.go", texte)}, types: map[string]*declaration{}}
	for _, d := range e.structures() {
		e.types[d.nom] = d
	}
	for nom, attendu := range map[string]string{"A.F": ", promue à `B`, masquée par `C`", "A.G": ", promue à `B`, `C` et `D`", "C.F": ", masque celle de `A`, promue à `D`"} {
		recu, methode, _ := strings.Cut(nom, ".")
		if obtenu := e.heritage(e.methode(recu, methode)); obtenu != attendu {
			t.Errorf("%s%s, %s attendu", nom, obtenu, attendu)
		}
	}
}
