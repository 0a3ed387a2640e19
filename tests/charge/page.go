package main

import (
	"fmt"
	"slices"
	"strings"

	"capteurs/tests/charge/cadence"
	"capteurs/tests/charge/trace"
)

// page présente un bilan en courbes.
func page(b bilan) trace.Page {
	p := trace.Page{
		Titre: "Charge des serveurs de capteurs",
		Chapeau: []string{
			fmt.Sprintf("%s, %d processeurs, %s. %s de %s s par mesure ; la charge partage la machine.",
				b.Machine.Systeme, b.Machine.Processeurs, b.Machine.Go, nommerTours(b.Tours), decimal(b.Duree, 2)),
			fmt.Sprintf("D'un tour à l'autre, un même plafond a varié de %s au plus : les rapports, qui comparent des mesures d'un même tour, sont plus sûrs que les débits.", pourcent(b.Bruit)),
		},
	}
	if len(b.Cibles) > 0 {
		p.Sections = append(p.Sections, trace.Section{Titre: "Cibles", Tables: []trace.Table{tableDesCibles(b.Cibles)}})
	}
	if dessins := debitsSelonLesCapteurs(b.Scenarios); len(dessins) > 0 {
		p.Sections = append(p.Sections, trace.Section{Titre: "Débit selon le nombre de capteurs", Dessins: dessins,
			Texte: "Chaque capteur attend l'accusé d'une mesure avant d'envoyer la suivante. Les traits verticaux vont d'un quartile à l'autre."})
	}
	if dessins := repartitions(b.Scenarios); len(dessins) > 0 {
		p.Sections = append(p.Sections, trace.Section{Titre: "Répartition des attentes", Dessins: dessins,
			Texte: "Quelle part des mesures est confirmée avant chaque durée. Les plafonds et les pairs sont en pointillé."})
	}
	if len(b.Croissance) > 0 {
		p.Sections = append(p.Sections, sectionDeCroissance(b.Croissance))
	}
	p.Sections = append(p.Sections, trace.Section{Titre: "Tous les chiffres", Tables: slices.Concat(tablesDesScenarios(b.Scenarios), []trace.Table{tableDesPlafonds(b.Plafonds)})})
	return p
}

func tableDesCibles(cibles []cible) trace.Table {
	t := trace.Table{Titre: "Ce qu'on attend", Entetes: []string{"", "mesuré", "cible", ""}}
	for _, c := range cibles {
		t.Lignes = append(t.Lignes, []string{c.Groupe + " : " + c.Nom, c.ecrire(c.Mesure), c.signe() + " " + c.ecrire(c.Seuil), c.conclusion()})
	}
	return t
}

// conclusion dit le verdict, et pourquoi s'il n'en est pas un.
func (c cible) conclusion() string {
	if c.Doute == "" {
		return string(c.Verdict)
	}
	return fmt.Sprintf("%s : %s", c.Verdict, c.Doute)
}

// debitsSelonLesCapteurs rend un dessin par moteur dont plusieurs nombres de capteurs ont été mesurés.
func debitsSelonLesCapteurs(scenarios []bilanScenario) []trace.Dessin {
	var dessins []trace.Dessin
	for _, moteur := range moteursDe(scenarios) {
		series := new(seriesNommees)
		for _, s := range scenarios {
			if s.Moteur != moteur || !s.Attend || strings.HasSuffix(s.Cle, "_jetable") {
				continue
			}
			x := float64(s.Clients)
			for _, e := range s.Etapes {
				series.ajouter(fmt.Sprintf("étape %d", e.Etape), false, pointDe(x, e.cellule))
			}
			series.ajouter("plafond", true, pointDe(x, s.Plafond))
		}
		if series.plusieursPoints() {
			dessins = append(dessins, trace.Dessin{Titre: moteur, X: "capteurs", Y: "mesures/s", Series: series.series})
		}
	}
	return dessins
}

func moteursDe(scenarios []bilanScenario) []string {
	var moteurs []string
	for _, s := range scenarios {
		if !slices.Contains(moteurs, s.Moteur) {
			moteurs = append(moteurs, s.Moteur)
		}
	}
	return moteurs
}

// pointDe rend la médiane d'une mesure, et ses quartiles.
func pointDe(x float64, c cellule) trace.Point {
	d := rapporter(debits(c.Tours), slices.Repeat([]float64{1}, len(c.Tours)))
	return trace.Point{X: x, Y: c.ParSeconde, Bas: d.Q1, Haut: d.Q3}
}

func repartitions(scenarios []bilanScenario) []trace.Dessin {
	var dessins []trace.Dessin
	for _, s := range scenarios {
		if !s.Attend {
			continue
		}
		d := trace.Dessin{Titre: s.Nom, X: "attente, en µs", Y: "% des mesures"}
		for _, e := range s.Etapes {
			d.Series = append(d.Series, trace.Serie{Nom: fmt.Sprintf("étape %d", e.Etape), Points: cumuls(e.Repartition)})
		}
		d.Series = append(d.Series, trace.Serie{Nom: "plafond", Repere: true, Points: cumuls(s.Plafond.Repartition)})
		for _, p := range s.Pairs {
			if p.NonMesure == "" {
				d.Series = append(d.Series, trace.Serie{Nom: p.Nom, Repere: true, Points: cumuls(p.Repartition)})
			}
		}
		dessins = append(dessins, d)
	}
	return dessins
}

func cumuls(repartition []cadence.Point) []trace.Point {
	var points []trace.Point
	for _, r := range repartition {
		points = append(points, trace.Point{X: r.Micros, Y: 100 * r.Part})
	}
	return points
}

func sectionDeCroissance(courbes []bilanCourbe) trace.Section {
	s := trace.Section{Titre: "Croissance", Texte: "La dernière des étapes mesurées, à mesure que quelque chose grandit."}
	for _, c := range courbes {
		d := trace.Dessin{Titre: c.Nom + " : " + c.Abscisse, X: c.Abscisse, Y: "mesures/s", Axe: trace.Regulier}
		serie := trace.Serie{Nom: c.Nom}
		for _, p := range c.Points {
			serie.Points = append(serie.Points, pointDe(float64(p.X), p.cellule))
		}
		d.Series = []trace.Serie{serie}
		s.Dessins = append(s.Dessins, d)
	}
	return s
}

func tablesDesScenarios(scenarios []bilanScenario) []trace.Table {
	var tables []trace.Table
	for _, s := range scenarios {
		t := trace.Table{Titre: s.Nom, Entetes: []string{"", "mesures/s", "rapport", "la moitié des tours", "p50, µs", "p99, µs", "max, µs", "processeur, µs", "mémoire, Mio"}}
		ligne := func(nom string, c cellule, rapport dispersion) {
			t.Lignes = append(t.Lignes, []string{nom, milliers(c.ParSeconde), ouRien(rapport.Mediane, 2), rapport.quartiles(),
				ouRien(c.P50, 0), ouRien(c.P99, 0), ouRien(c.Max, 0), ouRien(c.Processeur, 2), ouRien(c.Memoire, 1)})
		}
		ligne("plafond : "+s.NomPlafond, s.Plafond, dispersion{1, 1, 1})
		for _, e := range s.Etapes {
			ligne(fmt.Sprintf("étape %d, part du plafond", e.Etape), e.cellule, e.Part)
		}
		for _, p := range s.Pairs {
			if p.NonMesure != "" {
				t.Lignes = append(t.Lignes, []string{p.Nom + ", non mesuré : " + p.NonMesure})
				continue
			}
			ligne(p.Nom+", que la dernière étape dépasse tant de fois", p.cellule, p.Fois[len(p.Fois)-1])
		}
		tables = append(tables, t)
	}
	return tables
}

func tableDesPlafonds(plafonds []bilanPlafond) trace.Table {
	t := trace.Table{Titre: "Plafonds de la machine", Entetes: []string{"", "par seconde", "", "p50, µs", "p99, µs"}}
	for _, p := range plafonds {
		t.Lignes = append(t.Lignes, []string{p.Nom, milliers(p.ParSeconde), p.Unite, ouRien(p.P50, 0), ouRien(p.P99, 0)})
	}
	return t
}

func ouRien(x float64, decimales int) string {
	if x == 0 {
		return ""
	}
	return decimal(x, decimales)
}

// seriesNommees rassemble des points par série, dans l'ordre où elles viennent.
type seriesNommees struct{ series []trace.Serie }

func (s *seriesNommees) ajouter(nom string, repere bool, p trace.Point) {
	i := slices.IndexFunc(s.series, func(serie trace.Serie) bool { return serie.Nom == nom })
	if i < 0 {
		i = len(s.series)
		s.series = append(s.series, trace.Serie{Nom: nom, Repere: repere})
	}
	s.series[i].Points = append(s.series[i].Points, p)
}

func (s *seriesNommees) plusieursPoints() bool {
	return len(s.series) > 0 && len(s.series[0].Points) > 1
}
