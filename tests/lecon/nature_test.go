package main

import (
	"slices"
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
		"'ServeurTCP":            "type à 4 méthodes ; ses 6 lignes viennent d'`EtatServeur`",
		"'CapteurTCP.Envoyer":    "méthode de `CapteurTCP` ; était une fonction : `c`, son premier paramètre, est devenu le receveur",
		"''Capteur.Generer":      "méthode de `Capteur`, promue à `CapteurTCP` ; était une méthode de `CapteurTCP`, la voici dans sa base ; ses 3 lignes viennent de `Generer`",
		"''CapteurTCP.Connecter": "méthode de `CapteurTCP` ; inchangée",
		"''Serveur.Ecouter":      "méthode de `Serveur`, promue à `ServeurTCP` ; était une méthode de `ServeurTCP`, la voici dans sa base ; ses 2 lignes viennent d'`Ecouter`",
		"''Traitant":             "interface d'une méthode ; tout est nouveau",
		"''ServeurTCP":           "type à 2 méthodes, incorpore `Serveur` ; 2 de ses 4 lignes viennent de `ServeurTCP`",
	} {
		if dites[nom] != attendue {
			t.Errorf("%s : %q, %q attendu", nom, dites[nom], attendue)
		}
	}
}

// Une déclaration dont le texte n'a pas changé est dite inchangée, quelle que soit sa sorte, et elle seule.
func TestInchangee(t *testing.T) {
	l, n := preparer(lues(t)), 0
	for _, partie := range []*lecon{l.essentiel, l} {
		for _, g := range partie.groupes {
			for k := 1; k < len(g.etapes); k++ {
				for _, d := range g.etapes[k] {
					pareille := d.sorte != entete && slices.ContainsFunc(g.etapes[k-1], func(a *declaration) bool { return a.nom == d.nom && a.texte == d.texte })
					if dite := partie.etapes[k].passage(g.etapes[k-1], d, partie.rangs[g]); (dite == "inchangée") != pareille {
						t.Errorf("%s, étape %d : %q, et texte inchangé = %v", d.complet(), k+1, dite, pareille)
					}
					if pareille && d.estType() {
						n++
					}
				}
			}
		}
	}
	if n == 0 {
		t.Error("aucun type inchangé : rien n'est vérifié de ce côté")
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
