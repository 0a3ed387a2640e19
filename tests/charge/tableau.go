package main

import (
	"fmt"
	"strings"
)

// Les colonnes du tableau : 80 caractères au plus.
const (
	largeurTableau  = 80
	largeurNom      = 28
	largeurChiffre  = 11
	largeurEcart    = 8
	largeurNomCible = 46
	largeurCible    = 11
)

// tableau présente un bilan à un lecteur.
func tableau(b bilan, couleurs bool) string {
	var t strings.Builder
	fmt.Fprintf(&t, "Charge : %s, %d processeurs, %s\n", b.Machine.Systeme, b.Machine.Processeurs, b.Machine.Go)
	fmt.Fprintf(&t, "%s de %s s par mesure ; la charge partage la machine\n", nommerTours(b.Tours), decimal(b.Duree, 2))
	if b.Tours > 1 {
		fmt.Fprintf(&t, "Bruit : d'un tour à l'autre, un même plafond a varié de %s au plus\n", pourcent(b.Bruit))
	}
	if b.enMemoire() {
		t.WriteString("Attention : fsync ne coûte rien ici, c'est un dossier en mémoire ; voir -dossier\n")
	}
	t.WriteString("\n")
	ecrirePlafonds(&t, b.Plafonds)
	for _, s := range b.Scenarios {
		t.WriteString("\n")
		ecrireScenario(&t, s)
	}
	for _, c := range b.Croissance {
		t.WriteString("\n")
		ecrireCourbe(&t, c)
	}
	t.WriteString("\n")
	ecrireCibles(&t, b, couleurs)
	return t.String()
}

func nommerTours(tours int) string {
	if tours == 1 {
		return "Un seul tour"
	}
	return fmt.Sprintf("Médianes de %d tours", tours)
}

func ecrirePlafonds(t *strings.Builder, plafonds []bilanPlafond) {
	const large, debits, attentes = 42, 20, 9
	fmt.Fprintln(t, aGauche("Plafonds de la machine", large)+aDroite("par seconde", debits)+aDroite("p50, µs", attentes)+aDroite("p99, µs", attentes))
	for _, p := range plafonds {
		debit := milliers(p.ParSeconde) + " " + p.Unite
		if p.Unite == enOctets {
			debit = milliers(p.ParSeconde/(1<<20)) + " Mio"
		}
		ligne := aGauche("  "+p.Nom, large) + aDroite(debit, debits)
		if p.P50 > 0 {
			ligne += aDroite(milliers(p.P50), attentes) + aDroite(milliers(p.P99), attentes)
		}
		fmt.Fprintln(t, ligne)
	}
}

// ligneDeScenario est une ligne du tableau d'un scénario : le plafond, ou un pair, puis les étapes.
type ligneDeScenario struct {
	nom, plafond string
	etapes       []string
	dernier      string
}

func (l ligneDeScenario) String() string {
	cases := []string{aGauche("  "+l.nom, largeurNom), aDroite(l.plafond, largeurChiffre)}
	for _, e := range l.etapes {
		cases = append(cases, aDroite(e, largeurChiffre))
	}
	return strings.TrimRight(strings.Join(append(cases, aDroite(l.dernier, largeurEcart)), ""), " ")
}

func ecrireScenario(t *strings.Builder, s bilanScenario) {
	fmt.Fprintln(t, s.Nom)
	fmt.Fprintf(t, "  plafond : %s\n", s.NomPlafond)
	ligne := func(nom, plafond, dernier string, chiffre func(bilanEtape) string) {
		l := ligneDeScenario{nom: nom, plafond: plafond, dernier: dernier}
		for _, e := range s.Etapes {
			l.etapes = append(l.etapes, chiffre(e))
		}
		fmt.Fprintln(t, l)
	}
	entier := func(nom string, plafond float64, chiffre func(bilanEtape) float64) {
		ligne(nom, milliers(plafond), "", func(e bilanEtape) string { return milliers(chiffre(e)) })
	}
	ligne("", "plafond", "", func(e bilanEtape) string { return fmt.Sprintf("étape %d", e.Etape) })
	entier("mesures/s", s.Plafond.ParSeconde, func(e bilanEtape) float64 { return e.ParSeconde })
	ligne("part du plafond", "", "", func(e bilanEtape) string { return decimal(e.Part.Mediane, 2) })
	ligne("  la moitié des tours", "", "", func(e bilanEtape) string { return e.Part.quartiles() })
	if s.Etapes[0].PartReseau != (dispersion{}) {
		ligne("part, réseau seul compris", "", "", func(e bilanEtape) string { return decimal(e.PartReseau.Mediane, 2) })
		ligne("  la moitié des tours", "", "", func(e bilanEtape) string { return e.PartReseau.quartiles() })
	}
	if s.Ecart != nil {
		ligne("étapes entre elles", "", pourcent(*s.Ecart), func(e bilanEtape) string { return decimal(e.EntreElles.Mediane, 2) })
		ligne("  la moitié des tours", "", "", func(e bilanEtape) string { return e.EntreElles.quartiles() })
	}
	if s.Attend {
		entier("attente p50, en µs", s.Plafond.P50, func(e bilanEtape) float64 { return e.P50 })
		entier("attente p99, en µs", s.Plafond.P99, func(e bilanEtape) float64 { return e.P99 })
		entier("la plus longue, en µs", s.Plafond.Max, func(e bilanEtape) float64 { return e.Max })
		ligne("p50 / p50 du plafond", "", "", func(e bilanEtape) string { return decimal(e.RapportP50.Mediane, 2) })
		ligne("  la moitié des tours", "", "", func(e bilanEtape) string { return e.RapportP50.quartiles() })
	} else {
		ligne("attente d'un bloc p50, en µs", "", "", func(e bilanEtape) string { return milliers(e.P50) })
		ligne("attente d'un bloc p99, en µs", "", "", func(e bilanEtape) string { return milliers(e.P99) })
	}
	if s.Etapes[0].Processeur > 0 {
		ligne("processeur/mesure, en µs", "", "", func(e bilanEtape) string { return decimal(e.Processeur, 2) })
		ligne("mémoire au plus, en Mio", "", "", func(e bilanEtape) string { return decimal(e.Memoire, 1) })
	}
	for _, d := range []doute{s.Doute, s.DouteReseau} {
		if d != "" {
			fmt.Fprintln(t, plier(2, string(nonConcluant)+" : "+string(d)))
		}
	}
	ecrirePairs(t, s)
}

func ecrirePairs(t *strings.Builder, s bilanScenario) {
	for i, p := range s.Pairs {
		if i == 0 {
			fmt.Fprintln(t, "  pairs : leurs mesures/s, et combien de fois plus en fait chaque étape")
		}
		if p.NonMesure != "" {
			fmt.Fprintln(t, plier(2, p.Nom+", non mesuré : "+p.NonMesure))
			continue
		}
		ecrireRapports(t, p.Nom, p.ParSeconde, p.Fois, 1)
		if len(p.RapportP50) > 0 {
			ecrireRapports(t, "  son p50 ; p50 / le sien", p.P50, p.RapportP50, 2)
		}
		if p.Doute != s.Doute && p.Doute != "" {
			fmt.Fprintln(t, plier(4, string(nonConcluant)+" : "+string(p.Doute)))
		}
	}
}

// ecrireRapports écrit un chiffre d'un pair, ce qu'y rapporte chaque étape, et les quartiles.
func ecrireRapports(t *strings.Builder, nom string, duPair float64, rapports []dispersion, decimales int) {
	l := ligneDeScenario{nom: nom, plafond: milliers(duPair)}
	quartiles := ligneDeScenario{nom: "  la moitié des tours"}
	for _, r := range rapports {
		l.etapes = append(l.etapes, decimal(r.Mediane, decimales))
		quartiles.etapes = append(quartiles.etapes, decimal(r.Q1, decimales)+"–"+decimal(r.Q3, decimales))
	}
	fmt.Fprintf(t, "%v\n%v\n", l, quartiles)
}

func ecrireCourbe(t *strings.Builder, c bilanCourbe) {
	fmt.Fprintln(t, c.Nom)
	fmt.Fprintln(t, aGauche("  "+c.Abscisse, largeurNom)+aDroite("mesures/s", largeurChiffre)+aDroite("/ premier", largeurChiffre)+
		aDroite("la moitié", largeurChiffre+2)+aDroite("p50, µs", largeurChiffre-2))
	for _, p := range c.Points {
		fmt.Fprintln(t, aGauche("  "+milliers(float64(p.X)), largeurNom)+aDroite(milliers(p.ParSeconde), largeurChiffre)+
			aDroite(decimal(p.AuPremier.Mediane, 2), largeurChiffre)+aDroite(p.AuPremier.quartiles(), largeurChiffre+2)+aDroite(milliers(p.P50), largeurChiffre-2))
	}
}

func ecrireCibles(t *strings.Builder, b bilan, couleurs bool) {
	ligne := func(nom, mesure, seuil, verdict string) {
		fmt.Fprintln(t, strings.TrimRight(aGauche(nom, largeurNomCible)+
			aDroite(mesure, largeurCible-2)+aDroite(seuil, largeurCible)+" "+verdict, " "))
	}
	ligne("Cibles", "mesuré", "cible", "")
	groupe := ""
	for _, c := range b.Cibles {
		if c.Groupe != groupe {
			groupe = c.Groupe
			ligne(groupe, "", "", "")
		}
		ligne("  "+c.Nom, c.ecrire(c.Mesure), c.signe()+" "+c.ecrire(c.Seuil), colorer(couleurs, c.Verdict))
		if c.Doute != "" {
			fmt.Fprintln(t, plier(4, string(c.Doute)))
		}
	}
	if b.Memoire.NonMesure != "" {
		ligne(groupeMemoire, "", "", "")
		fmt.Fprintln(t, plier(2, "non mesuré : "+b.Memoire.NonMesure))
	}
}

// ecrire écrit un chiffre comme le veut le groupe de la cible.
func (c cible) ecrire(x float64) string {
	switch c.Groupe {
	case groupeEcart, groupeCroissance:
		return pourcent(x)
	case groupeMemoire:
		return decimal(x, 1) + " Kio"
	case groupeDemarrage:
		return decimal(x, 0) + " ms"
	case groupePair:
		return decimal(x, 1)
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

func (d dispersion) quartiles() string { return decimal(d.Q1, 2) + "–" + decimal(d.Q3, 2) }
