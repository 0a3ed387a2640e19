package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Les lignes comptées sont celles du fichier, moins les lignes vides entre les déclarations.
func TestComptesDesLignes(t *testing.T) {
	etapes := lues(t)
	for _, nom := range fichiers {
		var total comptes
		for _, g := range grouper(etapes, nom) {
			total.ajouter(compter(g, alignement(g)))
		}
		for k, e := range etapes {
			octets, err := os.ReadFile(filepath.Join(racine, dossiers[k], nom))
			if err != nil {
				t.Fatal(err)
			}
			attendu := strings.Count(string(octets), "\n")
			for _, d := range e.declarations[nom] {
				attendu -= d.vides
			}
			if total.Lignes[k] != attendu {
				t.Errorf("%s/%s : %d lignes comptées, %d attendues", dossiers[k], nom, total.Lignes[k], attendu)
			}
		}
	}
}

// D'une étape à elle-même rien ne change ; et ce qui reste, vu des deux côtés, a le même nombre de lignes.
func TestComptesDesChangements(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lignes := rapid.SliceOfN(rapid.SampledFrom([]string{"", "}", "\ta := 1", "\ta := b", "\treturn nil", "if x {"}), 1, 10)
		declarer := func(k int, texte []string) []*declaration {
			return []*declaration{{etape: k, nom: "F", sorte: fonction, texte: strings.Join(texte, "\n")}}
		}
		avant, apres := lignes.Draw(t, "avant"), lignes.Draw(t, "apres")
		g := &groupe{etapes: [3][]*declaration{declarer(1, avant), declarer(2, apres), declarer(3, apres)}}
		c := compter(g, alignement(g))
		if c.Entre(1) != (changement{}) {
			t.Fatalf("d'un texte à lui-même : %+v", c.Entre(1))
		}
		pleines := func(lignes []string) (n int) {
			for _, l := range lignes {
				if strings.TrimSpace(l) != "" {
					n++
				}
			}
			return n
		}
		if restent, gardees := pleines(avant)-c.Entre(0).Parties, pleines(apres)-c.Entre(0).Arrivees; restent != gardees || restent < 0 {
			t.Fatalf("%d lignes restent d'un côté, %d de l'autre : %+v", restent, gardees, c)
		}
	})
}

// Ce qui se replie est ce qui n'apprend rien de plus.
func TestSeRepete(t *testing.T) {
	etapes := lues(t)
	replies := map[string]bool{}
	for _, nom := range fichiers {
		for _, g := range grouper(etapes, nom) {
			pareil, replie := seRepete(g, alignement(g))
			replies[g.nom()] = replie
			if pareil != (g.nom() == "package et import") {
				t.Errorf("%s : pareil aux trois étapes = %v", g.nom(), pareil)
			}
		}
	}
	for nom, attendu := range map[string]bool{"package et import": true, "Connecter": true, "Envoyer": true, "Close": true, "Sauvegarder": true, "Generer": false, "EtatServeur": false, "Servir": false} {
		if replies[nom] != attendu {
			t.Errorf("%s : replié = %v", nom, replies[nom])
		}
	}
}
