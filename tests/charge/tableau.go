package main

import (
	"fmt"
	"strings"
)

// Les colonnes du tableau : 80 caractères au plus.
const (
	largeurNom     = 28
	largeurChiffre = 11
	largeurEcart   = 8
	largeurCible   = 12
)

// tableau présente un bilan à un lecteur.
func tableau(b bilan) string {
	var t strings.Builder
	fmt.Fprintf(&t, "Charge : %s, %d processeurs, %s\n", b.Machine.Systeme, b.Machine.Processeurs, b.Machine.Go)
	fmt.Fprintf(&t, "%s de %s s par mesure ; la charge partage la machine\n", nommerTours(b.Tours), decimal(b.Duree, 2))
	if b.Tours > 1 {
		fmt.Fprintf(&t, "Bruit : d'un tour à l'autre, un même plafond a varié de %s au plus\n", pourcent(b.Bruit))
	}
	if b.enMemoire() {
		t.WriteString("Attention : fsync ne coûte rien ici, c'est un dossier en mémoire ; voir -dossier\n")
	}
	for _, s := range b.Scenarios {
		t.WriteString("\n")
		ecrireScenario(&t, s)
	}
	t.WriteString("\n")
	ecrireReseau(&t, b.Reseau)
	t.WriteString("\n")
	ecrireCibles(&t, b)
	return t.String()
}

func nommerTours(tours int) string {
	if tours == 1 {
		return "Un seul tour"
	}
	return fmt.Sprintf("Médianes de %d tours", tours)
}

func ecrireScenario(t *strings.Builder, s bilanScenario) {
	fmt.Fprintln(t, s.Nom)
	fmt.Fprintf(t, "  plafond : %s\n", s.NomPlafond)
	ligne := func(nom, plafond, dernier string, chiffre func(bilanEtape) string) {
		cases := []string{aGauche("  "+nom, largeurNom), aDroite(plafond, largeurChiffre)}
		for _, e := range s.Etapes {
			cases = append(cases, aDroite(chiffre(e), largeurChiffre))
		}
		cases = append(cases, aDroite(dernier, largeurEcart))
		fmt.Fprintln(t, strings.TrimRight(strings.Join(cases, ""), " "))
	}
	ligne("", "plafond", "", func(e bilanEtape) string { return fmt.Sprintf("étape %d", e.Etape) })
	ligne("mesures/s", milliers(s.Plafond.ParSeconde), "", func(e bilanEtape) string { return milliers(e.ParSeconde) })
	ligne("part du plafond", "", "", func(e bilanEtape) string { return decimal(e.Part, 2) })
	if s.Ecart != nil {
		ligne("étapes entre elles", "", pourcent(*s.Ecart), func(e bilanEtape) string { return decimal(e.EntreElles.Mediane, 2) })
		ligne("  la moitié des tours", "", "", func(e bilanEtape) string {
			return decimal(e.EntreElles.Q1, 2) + "–" + decimal(e.EntreElles.Q3, 2)
		})
	}
	if s.Plafond.P50 == 0 {
		return
	}
	ligne("attente p50, en µs", milliers(s.Plafond.P50), "", func(e bilanEtape) string { return milliers(e.P50) })
	ligne("attente p99, en µs", milliers(s.Plafond.P99), "", func(e bilanEtape) string { return milliers(e.P99) })
	ligne("p50 / p50 du plafond", "", "", func(e bilanEtape) string { return decimal(e.RapportP50, 2) })
}

func ecrireReseau(t *strings.Builder, reseau []bilanReseau) {
	fmt.Fprintln(t, "Réseau seul : accusés sans lecture ni sauvegarde, dans un même programme")
	ligne := func(nom string, chiffre func(bilanReseau) string) {
		fmt.Fprint(t, aGauche("  "+nom, largeurNom))
		for _, r := range reseau {
			fmt.Fprint(t, aDroite(chiffre(r), largeurChiffre))
		}
		fmt.Fprintln(t)
	}
	ligne("capteurs qui attendent", func(r bilanReseau) string { return milliers(float64(r.Capteurs)) })
	ligne("mesures/s", func(r bilanReseau) string { return milliers(r.ParSeconde) })
	ligne("attente p50, en µs", func(r bilanReseau) string { return milliers(r.P50) })
	ligne("attente p99, en µs", func(r bilanReseau) string { return milliers(r.P99) })
}

func ecrireCibles(t *strings.Builder, b bilan) {
	ligne := func(nom, mesure, seuil, verdict string) {
		fmt.Fprintln(t, strings.TrimRight(aGauche(nom, largeurNom+largeurCible)+
			aDroite(mesure, largeurCible)+aDroite(seuil, largeurCible)+"  "+verdict, " "))
	}
	ligne("Cibles", "mesuré", "cible", "")
	groupe := ""
	for _, c := range b.Cibles {
		if c.Groupe != groupe {
			groupe = c.Groupe
			ligne(groupe, "", "", "")
		}
		ligne("  "+c.Nom, c.ecrire(c.Mesure), c.signe()+" "+c.ecrire(c.Seuil), c.verdict())
	}
	if b.Memoire.NonMesure != "" {
		ligne(groupeMemoire, "", "", "")
		ligne("  non mesuré : "+b.Memoire.NonMesure, "", "", "")
	}
}

// ecrire écrit un chiffre comme le veut le groupe de la cible.
func (c cible) ecrire(x float64) string {
	switch c.Groupe {
	case groupeEcart:
		return pourcent(x)
	case groupeMemoire:
		return decimal(x, 1) + " Kio"
	default:
		return decimal(x, 2)
	}
}

func (c cible) signe() string {
	if c.AuPlus {
		return "≤"
	}
	return "≥"
}

func (c cible) verdict() string {
	if c.Atteint {
		return "atteint"
	}
	return "pas atteint"
}

// milliers écrit un nombre entier à la française, comme 12 345.
func milliers(x float64) string {
	chiffres := fmt.Sprintf("%.0f", x)
	for i := len(chiffres) - 3; i > 0; i -= 3 {
		chiffres = chiffres[:i] + " " + chiffres[i:]
	}
	return chiffres
}

func decimal(x float64, decimales int) string {
	return strings.Replace(fmt.Sprintf("%.*f", decimales, x), ".", ",", 1)
}

func pourcent(x float64) string { return decimal(100*x, 1) + " %" }

// aGauche et aDroite complètent par des espaces.
func aGauche(s string, largeur int) string { return fmt.Sprintf("%-*s", largeur, s) }
func aDroite(s string, largeur int) string { return fmt.Sprintf("%*s", largeur, s) }
