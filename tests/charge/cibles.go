package main

import "cmp"

// cible est un chiffre, et ce qu'on en attend.
type cible struct {
	Groupe  string  `json:"groupe"`
	Nom     string  `json:"nom"`
	Mesure  float64 `json:"mesure"`
	Seuil   float64 `json:"cible"`
	AuPlus  bool    `json:"au_plus"` // sinon : au moins
	Atteint bool    `json:"atteint"`
}

// Les groupes de cibles ; chacun a sa façon d'écrire un chiffre.
const (
	groupePlafond    = "Part du plafond, étape la plus lente"
	groupeP50        = "Attente médiane / celle du plafond"
	groupePair       = "Fois le débit d'un pair, étape la plus lente"
	groupeEcart      = "Écart entre les étapes"
	groupeCroissance = "Débit perdu, d'une base vide à la plus remplie"
	groupeMemoire    = "Mémoire résidente"
	groupeDemarrage  = "Du lancement à l'écoute, étape la plus lente"
)

// Les cibles qui ne dépendent pas du scénario.
const (
	ecartVoulu = 0.10
	kioVoulus  = 10
	msVoulues  = 50
)

func auMoins(groupe, nom string, mesure, seuil float64) cible {
	return cible{Groupe: groupe, Nom: nom, Mesure: mesure, Seuil: seuil, Atteint: mesure >= seuil}
}

func auPlus(groupe, nom string, mesure, seuil float64) cible {
	return cible{Groupe: groupe, Nom: nom, Mesure: mesure, Seuil: seuil, AuPlus: true, Atteint: mesure <= seuil}
}

// ciblesDesScenarios juge chaque scénario sur l'étape la plus lente.
func ciblesDesScenarios(releves []releveScenario, scenarios []bilanScenario) []cible {
	var parts, attentes, desPairs []cible
	for i, s := range scenarios {
		if seuil := releves[i].cibles.part; seuil > 0 {
			parts = append(parts, auMoins(groupePlafond, s.Nom, laPire(s.Etapes, func(e bilanEtape) float64 { return e.Part.Mediane }, cmp.Compare), seuil))
		}
		if seuil := releves[i].cibles.p50; seuil > 0 {
			plusLongue := func(a, b float64) int { return cmp.Compare(b, a) }
			attentes = append(attentes, auPlus(groupeP50, s.Nom, laPire(s.Etapes, func(e bilanEtape) float64 { return e.RapportP50.Mediane }, plusLongue), seuil))
		}
		for j, p := range s.Pairs {
			if seuil := releves[i].pairs[j].cible; seuil > 0 && p.NonMesure == "" {
				pire := laPire(p.Fois, func(d dispersion) float64 { return d.Mediane }, cmp.Compare)
				desPairs = append(desPairs, auMoins(groupePair, p.Nom+" ("+s.Cle+")", pire, seuil))
			}
		}
	}
	return append(append(parts, attentes...), desPairs...)
}

// laPire rend le chiffre que comparer met en premier.
func laPire[T any](elements []T, chiffre func(T) float64, comparer func(a, b float64) int) float64 {
	pire := chiffre(elements[0])
	for _, e := range elements[1:] {
		if x := chiffre(e); comparer(x, pire) < 0 {
			pire = x
		}
	}
	return pire
}

func ciblesDEcart(scenarios []bilanScenario) []cible {
	var cibles []cible
	for _, s := range scenarios {
		if s.Ecart != nil {
			cibles = append(cibles, auPlus(groupeEcart, s.Nom, *s.Ecart, ecartVoulu))
		}
	}
	return cibles
}

func ciblesDeCroissance(courbes []*courbe, bilans []bilanCourbe) []cible {
	var cibles []cible
	for i, c := range courbes {
		if c.perte > 0 {
			dernier := c.points[len(c.points)-1]
			nom := dernier.charge.String() + ", " + milliers(float64(dernier.x)) + " lignes"
			cibles = append(cibles, auPlus(groupeCroissance, nom, bilans[i].Perte, c.perte))
		}
	}
	return cibles
}

func cibleDeMemoire(m memoire) []cible {
	if m.NonMesure != "" {
		return nil
	}
	return []cible{auPlus(groupeMemoire, milliers(float64(m.Connexions))+" connexions muettes, chacune", m.KioChacune, kioVoulus)}
}

// cibleDeDemarrage juge tous les démarrages sur un fichier : une base distante met le temps qu'elle veut à répondre.
func cibleDeDemarrage(scenarios []bilanScenario) []cible {
	pire := 0.0
	for _, s := range scenarios {
		for _, e := range s.Etapes {
			if s.SurFichier {
				pire = max(pire, e.Demarrage)
			}
		}
	}
	if pire == 0 {
		return nil
	}
	return []cible{auPlus(groupeDemarrage, "sur un fichier neuf", pire, msVoulues)}
}
