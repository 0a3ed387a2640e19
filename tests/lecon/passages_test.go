package main

import (
	"slices"
	"strings"
	"testing"
)

// Chaque phrase des README est une fois dans la leçon, et une seule ; sauf celles d'une référence, et les commandes à taper.
func TestPassagesUneFois(t *testing.T) {
	l := preparer(lues(t))
	places := slices.Concat(l.bilan, l.lePiege)
	for k := range l.etapes {
		places = append(places, l.enTete[k]...)
		for _, g := range l.groupes {
			places = append(places, l.aCote[g][k]...)
		}
	}
	vues := map[string]bool{}
	for _, e := range l.etapes {
		for _, b := range e.blocs {
			vues[b.section] = true
			attendu := 1
			if sections[b.section] == ailleurs || sections[b.section] == aCote && b.langage == "sh" {
				attendu = 0
			}
			n := 0
			for _, autre := range places {
				if autre == b {
					n++
				}
			}
			if n != attendu {
				t.Errorf("étape %d, « %s » : %d fois dans la leçon, %d attendue : %s", e.rang, b.section, n, attendu, b.texte)
			}
		}
	}
	for section := range sections {
		if !vues[section] {
			t.Errorf("aucun README n'a de section « %s » : corrigez la table sections", section)
		}
	}
}

// Une phrase va à côté du premier code qu'elle nomme.
func TestDesigne(t *testing.T) {
	l := preparer(lues(t))
	for cite, attendu := range map[string]string{
		"TraiterConnexion":                   "TraiterConnexion",
		"(*ServeurTCP).Servir":               "Servir",
		"Serveur.Servir":                     "Servir",
		"func (s *ServeurTCP) Servir(ctx…)":  "Servir",
		"type ServeurTCP struct { Serveur }": "EtatServeur",
		"*ServeurTCP":                        "EtatServeur",
		"Traitant":                           "EtatServeur",
		"c.temperature":                      "EtatCapteur",
		"s.traitant.TraiterConnexion":        "Servir",
		"c.Generer()":                        "Generer",
		"contrat_test.go":                    "",
		"struct":                             "",
		"CapteurMarche":                      "",
	} {
		obtenu := ""
		if g := l.designe(cite); g != nil {
			obtenu = g.nom()
		}
		if obtenu != attendu {
			t.Errorf("`%s` désigne %q, %q attendu", cite, obtenu, attendu)
		}
	}
}

func TestLireReadme(t *testing.T) {
	titre, blocs := lireReadme("# Titre\n\nUn\ndeux.\n- trois\n  quatre\n- cinq\n\n| a | b |\n|---|---|\n\n## Suite\n```go\n# pas un titre\n\n- pas une puce\n```\nFin.\n")
	attendus := []bloc{
		{"", paragraphe, "", "Un deux."},
		{"", puce, "", "trois quatre"},
		{"", puce, "", "cinq"},
		{"Suite", code, "go", "# pas un titre\n\n- pas une puce\n"},
		{"Suite", paragraphe, "", "Fin."},
	}
	if titre != "Titre" || !slices.Equal(blocs, attendus) {
		t.Errorf("lireReadme = %q, %+v", titre, blocs)
	}
}

// Le piège montre l'exemple, et la sortie que go test vérifie.
func TestPiege(t *testing.T) {
	l := preparer(lues(t))
	var noms []string
	for _, d := range append(slices.Clone(l.piege.montre), l.piege.entoure...) {
		noms = append(noms, d.complet())
	}
	if attendus := []string{"serveurPoli", "serveurPoli.TraiterConnexion", "Example_masquage", "lancer", "nulle", "nulle.Sauvegarder"}; !slices.Equal(noms, attendus) {
		t.Errorf("déclarations du piège %q, %q attendues", noms, attendus)
	}
	exemple := l.piege.montre[2]
	for ligne := range strings.SplitSeq(strings.TrimRight(l.piege.sortie, "\n"), "\n") {
		if !strings.Contains(exemple.texte, "\n\t// "+ligne+"\n") {
			t.Errorf("%q n'est pas dans la sortie annoncée", ligne)
		}
	}
	if code := sansSortie(exemple); strings.Contains(code, "Output") || !strings.HasSuffix(code, "\n}") || !strings.HasPrefix(exemple.texte, strings.TrimSuffix(code, "\n}")) {
		t.Errorf("sans sa sortie, l'exemple est\n%s", code)
	}
	l.etapes[2].exemples = nil
	if p := lirePiege(l.etapes); p.nom != "" {
		t.Errorf("piège sans exemple : %v", p.nom)
	}
}
