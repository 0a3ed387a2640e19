package main

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// colonnes est la largeur du texte.
const colonnes = 80

// Les tons d'un terminal (ECMA-48, SGR).
const (
	gras     = "1"
	gris     = "2"
	souligne = "4"
	rouge    = "31"
	vert     = "32"
)

// texte écrit la leçon en lignes. Les signes disent tout ; les tons, s'il y en a, aident l'œil.
type texte struct {
	b         *bytes.Buffer
	enCouleur bool
}

func ecrireTexte(b *bytes.Buffer, l *lecon, enCouleur bool) {
	t := &texte{b, enCouleur}
	t.ligne(gras, "Trois fois le même programme")
	for k, e := range l.etapes {
		t.titre(e.titre)
		for paragraphe := range strings.SplitSeq(e.idee, "\n\n") {
			t.phrase("", enPhrase(motifDePaquet.ReplaceAllString(paragraphe, "")))
		}
		t.blocs(l.enTete[k])
	}
	for _, partie := range []*lecon{l.essentiel, l} {
		for _, nom := range fichiers {
			t.table(partie, nom)
		}
		for _, g := range partie.groupes {
			t.groupe(partie, g)
		}
	}
	if l.piege.nom != "" {
		t.piege(l)
	}
	for i, b := range l.bilan {
		if i == 0 || l.bilan[i-1].section != b.section {
			t.titre(b.section)
		}
		t.blocs([]bloc{b})
	}
}

func (t *texte) ton(ton, texte string) string {
	if !t.enCouleur || ton == "" || texte == "" {
		return texte
	}
	return "\x1b[" + ton + "m" + texte + "\x1b[0m"
}

func (t *texte) ligne(ton, texte string) {
	t.b.WriteString(strings.TrimRight(t.ton(ton, texte), " ") + "\n")
}

func (t *texte) titre(titre string) {
	t.b.WriteByte('\n')
	t.ligne(gras, "── "+titre+" "+strings.Repeat("─", max(0, colonnes-4-utf8.RuneCountInString(titre))))
}

// phrase écrit une phrase de README ou de commentaire, coupée entre ses mots, sa suite en retrait de son début.
func (t *texte) phrase(debut, phrase string) {
	retrait := strings.Repeat(" ", utf8.RuneCountInString(debut))
	ligne := debut
	for i, mot := range strings.Split(insecables.Replace(strings.ReplaceAll(phrase, "**", "")), " ") {
		if i > 0 && utf8.RuneCountInString(ligne)+1+utf8.RuneCountInString(mot) > colonnes {
			t.ligne("", ligne)
			ligne = retrait + mot
			continue
		}
		if i > 0 {
			mot = " " + mot
		}
		ligne += mot
	}
	t.ligne("", ligne)
}

func (t *texte) blocs(blocs []bloc) {
	for _, b := range blocs {
		switch {
		case b.sorte == code:
			for ligne := range strings.SplitSeq(strings.TrimRight(b.texte, "\n"), "\n") {
				t.ligne(gris, "    "+sansTabulation(ligne))
			}
		case b.sorte == puce:
			t.phrase("- ", sansLien(b.texte))
		default:
			t.phrase("", sansLien(b.texte))
		}
	}
}

func sansLien(phrase string) string { return motifDeLien.ReplaceAllString(phrase, "$1") }

func sansTabulation(ligne string) string { return strings.ReplaceAll(ligne, "\t", "  ") }

// table compte les lignes d'un fichier, groupe par groupe.
func (t *texte) table(l *lecon, nom string) {
	t.titre(l.chemin(nom))
	t.ligne(gris, fmt.Sprintf("%-22s %4s %9s %4s %9s %4s", "lignes de", "1", "1 → 2", "2", "2 → 3", "3"))
	var total comptes
	ecrire := func(nom string, c comptes) {
		entre := func(k int) string {
			n := c.Entre(k)
			if n == (changement{}) {
				return "="
			}
			return fmt.Sprintf("-%d +%d", n.Parties, n.Arrivees)
		}
		barre := strings.Repeat("▪", (c.Lignes[2]+1)/2)
		if nom == "ensemble" {
			barre = ""
		}
		t.ligne("", fmt.Sprintf("%-22s %4d %9s %4d %9s %4d  %s", nom, c.Lignes[0], entre(0), c.Lignes[1], entre(1), c.Lignes[2], barre))
	}
	for _, g := range l.groupes {
		if g.fichier == nom {
			c := compter(g, l.rangs[g])
			total.ajouter(c)
			ecrire(g.nom(), c)
		}
	}
	ecrire("ensemble", total)
}

// groupe montre ce qu'un groupe est à chaque étape, puis ce qui change de l'une à l'autre.
func (t *texte) groupe(l *lecon, g *groupe) {
	rangs := l.rangs[g]
	t.titre(l.chemin(g.fichier) + " : " + g.nom())
	for k, ds := range g.etapes {
		for _, d := range ds {
			phrase := l.etapes[k].nature(d)
			if k > 0 {
				if passage := l.etapes[k].passage(g.etapes[k-1], d, rangs); passage != "" {
					phrase += " ; " + passage
				}
			}
			t.phrase(fmt.Sprintf("%d  ", k+1), d.complet()+" (ligne "+fmt.Sprint(d.ligne)+") : "+phrase)
		}
	}
	for k, blocs := range l.aCote[g] {
		for _, b := range blocs {
			t.b.WriteByte('\n')
			t.phrase(fmt.Sprintf("Étape %d : ", k+1), sansLien(b.texte))
		}
	}
	for k := range 2 {
		t.difference(k, rangs)
	}
}

func (t *texte) piege(l *lecon) {
	t.titre("Le piège")
	t.blocs(l.lePiege[:min(1, len(l.lePiege))])
	for _, d := range l.piege.montre {
		t.b.WriteByte('\n')
		for _, u := range unites(&declaration{texte: sansSortie(d)}) {
			t.unite(" ", "", u, nil)
		}
	}
	t.b.WriteByte('\n')
	t.phrase("", "Ce que "+l.piege.nom+" écrit, que `go test` vérifie :")
	for ligne := range strings.SplitSeq(strings.TrimRight(l.piege.sortie, "\n"), "\n") {
		t.ligne(gras, "  | "+ligne)
	}
	t.b.WriteByte('\n')
	t.blocs(l.lePiege[min(1, len(l.lePiege)):])
}
