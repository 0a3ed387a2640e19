package bareme

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"capteurs/tests/banc"
	"capteurs/tests/criteres"
	"capteurs/tests/decouverte"
)

// copie est une copie où tout est réussi, sauf ce qui est dit ; elle contient ces étapes.
func copie(etapes []decouverte.Etape, sauf ...Entree) Copie {
	c := Copie{Nom: "groupe_a", Etapes: etapes}
	for _, e := range etapes {
		for _, critere := range criteres.Tous() {
			if critere.Concerne(e) {
				c.Entrees = append(c.Entrees, Entree{Critere: critere.ID, Etape: e, Verdict: banc.Reussi})
			}
		}
	}
	for _, s := range sauf {
		i := slices.IndexFunc(c.Entrees, func(e Entree) bool { return e.Critere == s.Critere && e.Etape == s.Etape })
		if i < 0 {
			panic("critère inconnu : " + s.Critere)
		}
		c.Entrees[i] = s
	}
	return c
}

var simple = []decouverte.Etape{decouverte.Procedural}

// rate fait échouer un critère de la version simple, et ignorer ceux qu'il empêche.
func rate(id string, ignores ...string) []Entree {
	entrees := []Entree{{Critere: id, Etape: decouverte.Procedural, Verdict: banc.Echoue}}
	for _, autre := range ignores {
		entrees = append(entrees, Entree{Critere: autre, Etape: decouverte.Procedural, Verdict: banc.Ignore, Cause: id})
	}
	return entrees
}

func avec(id string, v banc.Verdict) Entree {
	return Entree{Critere: id, Etape: decouverte.Procedural, Verdict: v}
}

// Le barème testdata/etape_1.toml : 7 au client, 10 au serveur, 3 aux deux ensemble, 2 de bonus ; au demi-point.
func TestNoterEtape1(t *testing.T) {
	sansBonus := avec("ROB-05", banc.Echoue)
	for _, cas := range []struct {
		nom     string
		copie   Copie
		attendu string // finale, obtenus/comptes, bonus, palier
	}{
		{"tout réussi, et le bonus n'y ajoute rien", copie(simple), "20 : 20/20 + 1, acquis"},
		{"le bonus rattrape une faute", copie(simple, avec("SRV-04", banc.Echoue)), "20 : 19/20 + 1, acquis"},
		{"une faute", copie(simple, sansBonus, avec("SRV-04", banc.Echoue)), "19 : 19/20 + 0, acquis"},
		{"partiel, au centième inférieur : 1/3 de 1,5", copie(simple, sansBonus, Entree{"SRV-03", decouverte.Procedural, banc.Partiel, 2, 3, ""}), "19,5 : 19,5/20 + 0, acquis"},
		{"partiel, au centième inférieur : 1/3 de 1", copie(simple, sansBonus, Entree{"SRV-04", decouverte.Procedural, banc.Partiel, 1, 3, ""}), "19,5 : 19,33/20 + 0, acquis"},
		{"partiel, tout ou rien", copie(simple, sansBonus, Entree{"PAI-01", decouverte.Procedural, banc.Partiel, 2, 3, ""}), "18 : 18/20 + 0, acquis"},
		{"à mi-chemin de deux notes : celle du dessus", copie(simple, sansBonus, Entree{"SRV-03", decouverte.Procedural, banc.Partiel, 5, 6, ""}), "20 : 19,75/20 + 0, acquis"},
		{"juste dessous de mi-chemin", copie(simple, sansBonus, Entree{"SRV-04", decouverte.Procedural, banc.Partiel, 74, 100, ""}), "19,5 : 19,74/20 + 0, acquis"},
		{"non concluant : ni gagné ni perdu", copie(simple, sansBonus, avec("SRV-04", banc.NonConcluant)), "20 : 19/19 + 0, acquis"},
		{"instable, et une faute : 17 sur 19", copie(simple, sansBonus, avec("SRV-04", banc.Instable), avec("PAI-01", banc.Echoue)), "18 : 17/19 + 0, acquis"},
		{"ignoré par un échec", copie(simple, append(rate("CLI-01", "CLI-02", "CLI-03", "CLI-04", "CLI-05", "CLI-06", "CLI-07", "CLI-08", "PAI-01", "PAI-02"), sansBonus)...), "8 : 10,5/20 + 0, en cours d'acquisition"},
		{"ignoré par un non concluant", copie(simple, avec("CLI-01", banc.NonConcluant), Entree{"CLI-02", decouverte.Procedural, banc.Ignore, 0, 0, "CLI-01"}, sansBonus), "20 : 17,5/17,5 + 0, acquis"},
		{"ignoré par un partiel", copie(simple, Entree{"CLI-03", decouverte.Procedural, banc.Partiel, 1, 2, ""}, Entree{"CLI-04", decouverte.Procedural, banc.Ignore, 0, 0, "CLI-03"}, sansBonus), "18,5 : 18,5/20 + 0, acquis"},
		{"plafonné", copie(simple, avec("SRV-02", banc.Echoue)), "8 : 17/20 + 1, en cours d'acquisition"},
		{"à relire ne plafonne pas", copie(simple, avec("SRV-02", banc.NonConcluant), sansBonus), "20 : 17/17 + 0, acquis"},
		{"partiel ne plafonne pas", copie(simple, Entree{"SRV-02", decouverte.Procedural, banc.Partiel, 1, 2, ""}, sansBonus), "18,5 : 18,5/20 + 0, acquis"},
		{"les autres étapes ne comptent pas", copie(decouverte.Etapes, sansBonus, Entree{"HER-01", decouverte.Heritage, banc.Defaillance, 0, 0, ""}), "20 : 20/20 + 0, acquis"},
		{"rien", Copie{Nom: "groupe_a"}, "0 : 0/20 + 0, non acquis"},
		{"erreur", Copie{Nom: "groupe_a", Erreur: "archive illisible"}, "pas de note : ce rendu n'a pas pu être corrigé : archive illisible"},
		{"panne", copie(simple, avec("SRV-04", banc.Defaillance)), "pas de note : erreur du correcteur : SRV-04 (procédural) ; relancez-le, ou décidez-en les points"},
		{"panne de ce qui ne compte pas", copie(simple, avec("ROB-01", banc.Defaillance), sansBonus), "20 : 20/20 + 0, acquis"},
		{"quelques critères seulement", Copie{Nom: "groupe_a", Etapes: simple, Entrees: []Entree{avec("CLI-01", banc.Reussi)}}, "pas de note : note partielle : tous les critères n'ont pas été vérifiés (CLI-02 (procédural), CLI-03 (procédural), CLI-04 (procédural) et 17 autres)"},
	} {
		t.Run(cas.nom, func(t *testing.T) {
			if obtenu := enBref(deLEtape1(t).Noter(cas.copie, Decisions{})); obtenu != cas.attendu {
				t.Errorf("obtenu  %s\nattendu %s", obtenu, cas.attendu)
			}
		})
	}
}

func enBref(n *Note) string {
	if n.Finale == nil {
		return "pas de note : " + n.Bloquee
	}
	return fmt.Sprintf("%v : %v/%v + %v, %s", n.Finale, n.Obtenus, n.Comptes, n.Bonus, n.Palier)
}

func TestRienNEstJuge(t *testing.T) {
	c := copie(simple)
	for i := range c.Entrees {
		c.Entrees[i].Verdict = banc.NonConcluant
	}
	n := deLEtape1(t).Noter(c, Decisions{})
	if n.Finale != nil || n.Bloquee != "rien n'a permis de juger ce rendu : tout est à relire" || len(n.ARelire) != 21 {
		t.Errorf("%s, %d à relire", enBref(n), len(n.ARelire))
	}
}

// Un INFORMATIF est toujours « réussi » : il ne rapporte que ce qu'un enseignant en décide.
func TestInformatifAttendUneDecision(t *testing.T) {
	b := deLEtape1(t)
	n := b.Noter(copie(simple), Decisions{})
	if n.Bonus != 100 || len(n.ARelire) != 1 || n.ARelire[0].Critere != "BON-01" || n.ARelire[0].Etat != Retire {
		t.Errorf("bonus %v, à relire %+v", n.Bonus, n.ARelire)
	}
	d, err := b.LireDecisions("decisions.toml", lireFichier(t, "testdata/decisions.toml"))
	if err != nil {
		t.Fatal(err)
	}
	if n = b.Noter(copie(simple), d); n.Bonus != 200 || len(n.ARelire) != 0 || n.Obtenus != 1950 {
		t.Errorf("bonus %v, obtenus %v, à relire %+v", n.Bonus, n.Obtenus, n.ARelire)
	}
}

// Une étape absente est perdue ; le reste est noté.
func TestEtapesAbsentes(t *testing.T) {
	n := ParDefaut().Noter(copie(simple, avec("ROB-05", banc.Echoue)), Decisions{})
	if enBref(n) != "12 : 12/20 + 0, " || n.Sections[4].Lignes[0].Etat != Absent {
		t.Errorf("%s, %+v", enBref(n), n.Sections[4])
	}
	if n = ParDefaut().Noter(copie(decouverte.Etapes), Decisions{}); enBref(n) != "20 : 20/20 + 1, " {
		t.Error(enBref(n))
	}
}

// Un plafond de toutes les étapes ne s'applique que si aucune ne le lève.
func TestPlafondParEtapes(t *testing.T) {
	rates := []Entree{}
	for _, e := range decouverte.Etapes {
		rates = append(rates, Entree{Critere: "SRV-02", Etape: e, Verdict: banc.Echoue})
	}
	if n := ParDefaut().Noter(copie(decouverte.Etapes, rates[:2]...), Decisions{}); len(n.Plafonds) != 0 || enBref(n) != "19,5 : 18,4/20 + 1, " {
		t.Errorf("%s, %+v", enBref(n), n.Plafonds)
	}
	n := ParDefaut().Noter(copie(decouverte.Etapes, rates...), Decisions{})
	attendu := "{le serveur n'enregistre aucune mesure 8 [SRV-02 (procédural) SRV-02 (poo) SRV-02 (héritage)]}"
	if len(n.Plafonds) != 1 || fmt.Sprint(n.Plafonds[0]) != attendu || *n.Finale != 800 {
		t.Errorf("%s, %v", enBref(n), n.Plafonds)
	}
	if n = ParDefaut().Noter(copie(simple, rates[0]), Decisions{}); len(n.Plafonds) != 1 {
		t.Errorf("une étape absente ne lève pas un plafond : %s", enBref(n))
	}
	if n = ParDefaut().Noter(Copie{}, Decisions{}); len(n.Plafonds) != 0 {
		t.Errorf("un plafond au-dessus de la note ne s'applique pas : %+v", n.Plafonds)
	}
}

// Ce qui rapporterait le plus compte ce qu'un échec a fait ignorer.
func TestGains(t *testing.T) {
	c := copie(simple, slices.Concat(rate("SRV-03"), rate("CLI-03", "CLI-04", "CLI-05"), rate("PAI-01"), rate("CLI-06"),
		[]Entree{avec("ROB-05", banc.Echoue), {"SRV-01", decouverte.Procedural, banc.Partiel, 1, 2, ""}})...)
	attendu := []Gain{{"CLI-03", decouverte.Procedural, 300, 2}, {"PAI-01", decouverte.Procedural, 200, 0}, {"SRV-03", decouverte.Procedural, 150, 0}}
	if n := deLEtape1(t).Noter(c, Decisions{}); !slices.Equal(n.Gains, attendu) {
		t.Errorf("obtenu %+v", n.Gains)
	}
	d := Decisions{[]Decision{{Rendu: "groupe_a", Critere: "CLI-03", Points: 100, Motif: "relu"}}}
	attendu = []Gain{{"PAI-01", decouverte.Procedural, 200, 0}, {"SRV-03", decouverte.Procedural, 150, 0}, {"CLI-06", decouverte.Procedural, 50, 0}}
	n := deLEtape1(t).Noter(c, d)
	if !slices.Equal(n.Gains, attendu) {
		t.Errorf("obtenu %+v", n.Gains)
	}
	if len(n.ARelire) != 3 { // BON-01, et ce que CLI-03 avait fait ignorer
		t.Errorf("à relire : %+v", n.ARelire)
	}
}

// Un échec n'a fait ignorer que des critères de son étape.
func TestGainsParEtape(t *testing.T) {
	var sauf []Entree
	for _, e := range []decouverte.Etape{decouverte.Procedural, decouverte.POO} {
		sauf = append(sauf, Entree{Critere: "CLI-03", Etape: e, Verdict: banc.Echoue}, Entree{Critere: "CLI-04", Etape: e, Verdict: banc.Ignore, Cause: "CLI-03"})
	}
	attendu := []Gain{{"CLI-03", decouverte.Procedural, 100, 1}, {"CLI-03", decouverte.POO, 20, 1}}
	if n := ParDefaut().Noter(copie(decouverte.Etapes, sauf...), Decisions{}); !slices.Equal(n.Gains, attendu) {
		t.Errorf("obtenu %+v", n.Gains)
	}
}

// Une panne est à relire, comme un doute.
func TestARelire(t *testing.T) {
	n := ParDefaut().Noter(copie(simple, avec("SRV-04", banc.Defaillance), avec("SRV-05", banc.Instable), avec("SRV-06", banc.Echoue)), Decisions{})
	if len(n.ARelire) != 2 || n.ARelire[0].Etat != Bloquee || n.ARelire[1].Etat != Retire {
		t.Errorf("à relire : %+v", n.ARelire)
	}
}

// Une décision lève une panne, une absence de vérification, un doute ; elle ne vaut que pour le rendu qu'elle nomme.
func TestDecisionDebloque(t *testing.T) {
	b := deLEtape1(t)
	d := Decisions{[]Decision{{Rendu: "groupe_a", Critere: "SRV-04", Points: 50, Motif: "relu"}}}
	for _, v := range []banc.Verdict{banc.Defaillance, banc.NonConcluant, banc.Instable, banc.Echoue, banc.Reussi} {
		c := copie(simple, avec("SRV-04", v), avec("ROB-05", banc.Echoue))
		if n := b.Noter(c, d); enBref(n) != "19,5 : 19,5/20 + 0, acquis" {
			t.Errorf("%s : %s", v, enBref(n))
		}
		if c.Nom = "groupe_b"; enBref(b.Noter(c, d)) != enBref(b.Noter(c, Decisions{})) {
			t.Errorf("%s : la décision vaut pour un autre rendu", v)
		}
	}
	c := copie(simple, avec("ROB-05", banc.Echoue))
	c.Entrees = slices.DeleteFunc(c.Entrees, func(e Entree) bool { return e.Critere == "SRV-04" })
	if n := b.Noter(c, d); enBref(n) != "19,5 : 19,5/20 + 0, acquis" {
		t.Error(enBref(n))
	}
	if perdues := d.SansRendu([]string{"groupe_b"}); len(perdues) != 1 || len(d.SansRendu([]string{"groupe_a"})) != 0 {
		t.Errorf("perdues : %+v", perdues)
	}
}

func TestDecisionsRefusees(t *testing.T) {
	b := ParDefaut()
	juste := "[[decision]]\nrendu = \"groupe_a\"\ncritere = \"SRV-05\"\netape = \"procédural\"\npoints = 0.5\nmotif = \"relu\"\n"
	for _, r := range []struct{ nom, avant, apres, attendu string }{
		{"juste", "", "", ""},
		{"à toutes les étapes", "etape = \"procédural\"\npoints = 0.5", "points = 0.1", ""},
		{"zéro", "points = 0.5", "points = 0", ""},
		{"clé inconnue", "motif", "raison", "d.toml, ligne 6, colonne 1 : clé inconnue « decision.raison »"},
		{"sans motif", "motif = \"relu\"", "", "décision n° 1 (« groupe_a », SRV-05), motif : un texte"},
		{"sans rendu", "rendu = \"groupe_a\"", "", "rendu : un texte"},
		{"auteur qui commande le terminal", "motif = \"relu\"", "motif = \"relu\"\nauteur = \"\\u001b[2J\"", "auteur : un texte"},
		{"sans points", "points = 0.5", "", "points : un nombre de points manque"},
		{"négatif", "points = 0.5", "points = -0.5", "n'est pas négatif"},
		{"trop", "points = 0.5", "points = 0.75", "0,75 points ; à l'étape « procédural », ce critère en rapporte au plus 0,5"},
		{"trop pour une étape", "etape = \"procédural\"\n", "", "0,5 points ; à l'étape « poo », ce critère en rapporte au plus 0,1 ; nommez l'étape avec etape"},
		{"critère inconnu", "SRV-05", "SRV-55", "le critère « SRV-55 » n'existe pas"},
		{"étape inconnue", "procédural", "objet", "l'étape « objet » n'existe pas"},
		{"critère d'une autre étape", "SRV-05", "HER-01", "HER-01 ne se vérifie pas à l'étape « procédural »"},
		{"critère sans points", "SRV-05", "BON-01", "ce critère ne rapporte rien dans le barème « Barème par défaut »"},
		{"deux fois", "", juste, "décision n° 2 (« groupe_a », SRV-05) : une autre décision"},
		{"deux fois, à toutes", "", strings.Replace(juste, "etape = \"procédural\"\npoints = 0.5", "points = 0", 1), "décision n° 2 (« groupe_a », SRV-05) : une autre décision"},
		{"une autre étape", "", strings.NewReplacer("procédural", "poo", "0.5", "0.1").Replace(juste), ""},
		{"un autre rendu", "", strings.Replace(juste, "groupe_a", "groupe_b", 1), ""},
		{"trop gros", "", strings.Repeat("#", decisionsMax), "octets ; 1048576 au plus"},
	} {
		t.Run(r.nom, func(t *testing.T) {
			d, err := b.LireDecisions("d.toml", []byte(strings.Replace(juste, r.avant, r.apres, 1)))
			switch {
			case r.attendu == "" && (err != nil || len(d.liste) == 0):
				t.Errorf("refusé : %v", err)
			case r.attendu != "" && (err == nil || !strings.Contains(err.Error(), r.attendu)):
				t.Errorf("obtenu %v, attendu %s", err, r.attendu)
			}
		})
	}
}

// Une note s'écrit et se relit en JSON sans rien perdre ; sans note, finale est null.
func TestNoteEnJSON(t *testing.T) {
	for _, c := range []Copie{copie(decouverte.Etapes), {Nom: "groupe_a", Erreur: "illisible"}} {
		ecrite, err := json.Marshal(ParDefaut().Noter(c, Decisions{}))
		if err != nil {
			t.Fatal(err)
		}
		var relue Note
		if err := json.Unmarshal(ecrite, &relue); err != nil {
			t.Fatal(err)
		}
		encore, _ := json.Marshal(relue)
		if string(encore) != string(ecrite) || (c.Erreur != "") != strings.Contains(string(ecrite), `"finale":null`) || strings.Contains(string(ecrite), `"sections":null`) {
			t.Errorf("écrite %s\nrelue  %s", ecrite, encore)
		}
	}
}
