package main

import (
	"cmp"
	"slices"
)

// cible est un chiffre, et ce qu'on en attend.
type cible struct {
	Groupe  string  `json:"groupe"`
	Nom     string  `json:"nom"`
	Mesure  float64 `json:"mesure"`
	Seuil   float64 `json:"cible"`
	AuPlus  bool    `json:"au_plus"` // sinon : au moins
	Verdict verdict `json:"verdict"`
	Doute   doute   `json:"doute,omitzero"` // ce qui empêche de conclure
}

// Les groupes de cibles ; chacun a sa façon d'écrire un chiffre.
const (
	groupePlafond    = "Part du plafond, étape la plus lente"
	groupeCompose    = "Part du plafond, réseau seul compris"
	groupeP50        = "Attente médiane / celle d'un pair"
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

func auMoins(groupe, nom string, mesure, seuil float64, d doute) cible {
	return cible{Groupe: groupe, Nom: nom, Mesure: mesure, Seuil: seuil}.juger(d)
}

func auPlus(groupe, nom string, mesure, seuil float64, d doute) cible {
	return cible{Groupe: groupe, Nom: nom, Mesure: mesure, Seuil: seuil, AuPlus: true}.juger(d)
}

// ciblesDesScenarios juge chaque scénario sur l'étape la plus lente.
func ciblesDesScenarios(releves []releveScenario, scenarios []bilanScenario) []cible {
	var parts, composees, attentes, desPairs []cible
	for i, s := range scenarios {
		if seuil := releves[i].cibles.part; seuil > 0 {
			plusPetite := slices.Min(medianes(s.Etapes, func(e bilanEtape) dispersion { return e.Part }))
			parts = append(parts, auMoins(groupePlafond, s.Nom, plusPetite, seuil, s.Doute))
		}
		if seuil := releves[i].cibles.composee; seuil > 0 {
			plusPetite := slices.Min(medianes(s.Etapes, func(e bilanEtape) dispersion { return e.PartReseau }))
			composees = append(composees, auMoins(groupeCompose, s.Nom, plusPetite, seuil, cmp.Or(s.Doute, s.DouteReseau)))
		}
		for j, p := range s.Pairs {
			if p.NonMesure != "" {
				continue
			}
			vise, nom := releves[i].pairs[j], p.Nom+" ("+s.Cle+")"
			if vise.p50 > 0 {
				plusLongue := slices.Max(medianes(p.RapportP50, func(d dispersion) dispersion { return d }))
				attentes = append(attentes, auPlus(groupeP50, nom, plusLongue, vise.p50, p.Doute))
			}
			if vise.fois > 0 {
				plusPetite := slices.Min(medianes(p.Fois, func(d dispersion) dispersion { return d }))
				desPairs = append(desPairs, auMoins(groupePair, nom, plusPetite, vise.fois, p.Doute))
			}
		}
	}
	return slices.Concat(parts, composees, attentes, desPairs)
}

func medianes[T any](elements []T, rapport func(T) dispersion) []float64 {
	m := make([]float64, len(elements))
	for i, e := range elements {
		m[i] = rapport(e).Mediane
	}
	return m
}

func ciblesDEcart(scenarios []bilanScenario) []cible {
	var cibles []cible
	for _, s := range scenarios {
		if s.Ecart != nil {
			cibles = append(cibles, auPlus(groupeEcart, s.Nom, *s.Ecart, ecartVoulu, ""))
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
			cibles = append(cibles, auPlus(groupeCroissance, nom, bilans[i].Perte, c.perte, ""))
		}
	}
	return cibles
}

func cibleDeMemoire(m memoire) []cible {
	if m.NonMesure != "" {
		return nil
	}
	var d doute
	if m.KioChacune <= 0 {
		d = "le serveur n'a pas grossi : ce n'est pas ce qu'elles coûtent"
	}
	return []cible{auPlus(groupeMemoire, milliers(float64(m.Connexions))+" connexions muettes, chacune", m.KioChacune, kioVoulus, d)}
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
	return []cible{auPlus(groupeDemarrage, "sur un fichier neuf", pire, msVoulues, "")}
}
