package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

var actualiser = flag.Bool("actualiser", false, "refaire testdata/lecon.txt")

func texteEcrit(t *testing.T, enCouleur bool) string {
	t.Helper()
	var b bytes.Buffer
	ecrireTexte(&b, preparer(lues(t)), enCouleur)
	return b.String()
}

// La leçon est gardée en texte : qui change une étape voit, dans la relecture, ce que la leçon en dira. La page, faite des
// mêmes rangées et des mêmes mots, n'a pas besoin de l'être aussi.
//
//	go test ./tests/lecon -actualiser
func TestTexteGarde(t *testing.T) {
	chemin := filepath.Join("testdata", "lecon.txt")
	texte := texteEcrit(t, false)
	if *actualiser {
		if err := os.WriteFile(chemin, []byte(texte), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	garde, err := os.ReadFile(chemin)
	if err != nil {
		t.Fatal(err)
	}
	attendues := strings.Split(strings.ReplaceAll(string(garde), "\r\n", "\n"), "\n")
	for i, ligne := range strings.Split(texte, "\n") {
		if i >= len(attendues) || ligne != attendues[i] {
			attendue := "la fin"
			if i < len(attendues) {
				attendue = attendues[i]
			}
			t.Fatalf("ligne %d : %q, et %q dans %s\nSi la leçon a changé exprès : go test ./tests/lecon -actualiser", i+1, ligne, attendue, chemin)
		}
	}
	if n := strings.Count(texte, "\n"); n+1 != len(attendues) {
		t.Errorf("%d lignes, %d dans %s", n, len(attendues)-1, chemin)
	}
}

var motifDeTon = regexp.MustCompile("\x1b\\[[0-9;]*m")

// Le texte tient en 80 colonnes, ses signes disent tout, et ses couleurs n'y ajoutent que des tons.
func TestTexteSansEtEnCouleur(t *testing.T) {
	sans, avec := texteEcrit(t, false), texteEcrit(t, true)
	if strings.Contains(sans, "\x1b") || strings.Contains(sans, "\t") {
		t.Error("un caractère de commande sans couleurs")
	}
	if !strings.Contains(avec, "\x1b["+rouge+"m") || !strings.Contains(avec, "\x1b["+vert+"m") {
		t.Error("pas de couleurs")
	}
	// Une ligne finie par des blancs en couleur n'en a plus sans elle.
	nettes := regexp.MustCompile(` +\n`).ReplaceAllString(motifDeTon.ReplaceAllString(avec, ""), "\n")
	if nettes != sans {
		t.Error("les couleurs changent le texte")
	}
	for ligne := range strings.SplitSeq(sans, "\n") {
		if n := utf8.RuneCountInString(ligne); n > colonnes {
			t.Errorf("%d colonnes : %s", n, ligne)
		}
	}
}

// Les lignes marquées d'une différence sont celles que les comptes annoncent.
func TestTexteMontreCeQuiChange(t *testing.T) {
	etapes := lues(t)
	for _, nom := range fichiers {
		for _, g := range grouper(etapes, nom) {
			rangs := alignement(g)
			c := compter(g, rangs)
			for k := range 2 {
				vues := changement{}
				var colonnes [2][]*unite
				for _, u := range enSuite(k, rangs) {
					switch u.signe {
					case "-":
						vues.Parties += u.unite.lignes
						colonnes[0] = append(colonnes[0], u.unite)
					case "+":
						vues.Arrivees += u.unite.lignes
						colonnes[1] = append(colonnes[1], u.unite)
					}
				}
				if vues != c.Entre(k) {
					t.Errorf("%s, de l'étape %d à la suivante : %+v, %+v comptées", g.nom(), k+1, vues, c.Entre(k))
				}
				for i, us := range colonnes {
					dans := 0
					for _, r := range rangs {
						if dans < len(us) && r[k+i] == us[dans] {
							dans++
						}
					}
					if dans != len(us) {
						t.Errorf("%s, étape %d : les lignes ne sont plus dans l'ordre", g.nom(), k+i+1)
					}
				}
			}
		}
	}
}
