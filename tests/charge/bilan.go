package main

import (
	"cmp"
	"runtime"
	"slices"
)

// releveScenario est ce que les tours ont mesuré d'un scénario.
type releveScenario struct {
	scenario
	duPlafond []resultat
	desEtapes map[int][]resultat
}

// bilan est ce que la commande rend : les chiffres, puis ce qu'on en conclut.
type bilan struct {
	Machine   machine         `json:"machine"`
	Tours     int             `json:"tours"`
	Duree     float64         `json:"duree_d_une_mesure_s"`
	Scenarios []bilanScenario `json:"scenarios"`
	Reseau    []bilanReseau   `json:"reseau_seul"`
	Bruit     float64         `json:"bruit"` // le plus grand écart d'un plafond à lui-même, d'un tour à l'autre
	Memoire   memoire         `json:"memoire"`
	Cibles    []cible         `json:"cibles"`
}

type machine struct {
	Systeme     string `json:"systeme"`
	Go          string `json:"go"`
	Processeurs int    `json:"processeurs"`
}

type bilanReseau struct {
	Capteurs int `json:"capteurs"`
	cellule
}

type bilanScenario struct {
	Cle        string       `json:"cle"`
	Nom        string       `json:"nom"`
	NomPlafond string       `json:"nom_du_plafond"`
	Plafond    cellule      `json:"plafond"`
	Etapes     []bilanEtape `json:"etapes"`
	Ecart      *float64     `json:"ecart_entre_etapes,omitempty"` // (max-min)/max de leurs rapports ; nil s'il n'y a qu'une étape
}

type bilanEtape struct {
	Etape int `json:"etape"`
	cellule
	Part       float64    `json:"part_du_plafond"`                 // débit / débit du plafond
	RapportP50 float64    `json:"p50_sur_p50_du_plafond,omitzero"` // attente médiane / celle du plafond
	EntreElles dispersion `json:"rapport_aux_etapes"`              // débit / débit moyen des étapes
}

// dispersion résume des rapports, dont chacun compare deux mesures d'un même tour : ce qui ralentit tout un tour, comme un
// voisin sur la machine, n'y paraît pas.
type dispersion struct {
	Mediane float64 `json:"mediane"`
	Q1      float64 `json:"premier_quartile"` // la moitié des tours est entre les deux quartiles
	Q3      float64 `json:"troisieme_quartile"`
}

// cellule est une mesure répétée : la médiane, et chaque tour.
type cellule struct {
	resultat
	Tours []resultat `json:"tours"`
}

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
	groupePlafond = "Part du plafond, étape la plus lente"
	groupeEcart   = "Écart entre les étapes"
	groupeMemoire = "Mémoire résidente"
)

// Les cibles qui ne dépendent pas du scénario.
const (
	ecartVoulu = 0.10
	kioVoulus  = 20
)

func nouveauBilan(r reglages, releves []releveScenario, reseau [][]resultat, m memoire) bilan {
	b := bilan{
		Machine: machine{runtime.GOOS + "/" + runtime.GOARCH, runtime.Version(), runtime.NumCPU()},
		Tours:   r.tours,
		Duree:   r.duree.Seconds(),
		Memoire: m,
	}
	for _, releve := range releves {
		b.Scenarios = append(b.Scenarios, releve.resumer())
		b.Bruit = max(b.Bruit, ecartRelatif(debits(releve.duPlafond)))
	}
	for i, tours := range reseau {
		b.Reseau = append(b.Reseau, bilanReseau{capteursDuReseau[i], resumerTours(tours, false)})
	}
	b.Cibles = slices.Concat(ciblesDePlafond(releves, b.Scenarios), ciblesDEcart(b.Scenarios), cibleDeMemoire(m))
	return b
}

// enMemoire dit si le dossier de travail est trop rapide pour être un disque : les parts de plafond ne disent alors rien.
func (b bilan) enMemoire() bool {
	const disqueLePlusVif = 10 // µs
	return slices.ContainsFunc(b.Scenarios, func(s bilanScenario) bool {
		return s.Plafond.P50 > 0 && s.Plafond.P50 < disqueLePlusVif
	})
}

func (r releveScenario) resumer() bilanScenario {
	s := bilanScenario{
		Cle:        r.cle,
		Nom:        r.nom,
		NomPlafond: r.plafond.nom,
		Plafond:    resumerTours(r.duPlafond, r.flot),
	}
	plafonds, moyennes := debits(r.duPlafond), r.moyennes()
	var medianes []float64
	for _, etape := range []int{1, 2, 3} {
		tours, mesuree := r.desEtapes[etape]
		if !mesuree {
			continue
		}
		e := bilanEtape{Etape: etape, cellule: resumerTours(tours, r.flot)}
		e.Part = rapporter(tours, plafonds).Mediane
		e.EntreElles = rapporter(tours, moyennes)
		if !r.flot {
			e.RapportP50 = e.P50 / s.Plafond.P50
		}
		medianes = append(medianes, e.EntreElles.Mediane)
		s.Etapes = append(s.Etapes, e)
	}
	if len(medianes) > 1 {
		ecart := ecartRelatif(medianes)
		s.Ecart = &ecart
	}
	return s
}

// resumerTours oublie, quand rien ne s'attend mesure par mesure, des attentes qui seraient celles de lots entiers.
func resumerTours(tours []resultat, flot bool) cellule {
	if flot {
		tours = slices.Clone(tours)
		for i := range tours {
			tours[i].P50, tours[i].P99 = 0, 0
		}
	}
	return cellule{medianeDesTours(tours), tours}
}

// moyennes rend le débit moyen des étapes à chaque tour.
func (r releveScenario) moyennes() []float64 {
	m := make([]float64, len(r.duPlafond))
	for _, tours := range r.desEtapes {
		for i, debit := range debits(tours) {
			m[i] += debit
		}
	}
	for i := range m {
		m[i] /= float64(len(r.desEtapes))
	}
	return m
}

// rapporter rapporte le débit de chaque tour à celui d'une base au même tour.
func rapporter(tours []resultat, bases []float64) dispersion {
	rapports := debits(tours)
	for i := range rapports {
		rapports[i] /= bases[i]
	}
	slices.Sort(rapports)
	n := len(rapports)
	return dispersion{mediane(rapports), mediane(rapports[:(n+1)/2]), mediane(rapports[n/2:])}
}

func debits(tours []resultat) []float64 {
	d := make([]float64, len(tours))
	for i, t := range tours {
		d[i] = t.ParSeconde
	}
	return d
}

func ecartRelatif(debits []float64) float64 {
	grand := slices.Max(debits)
	return (grand - slices.Min(debits)) / grand
}

// ciblesDePlafond juge chaque scénario sur l'étape la plus lente.
func ciblesDePlafond(releves []releveScenario, scenarios []bilanScenario) []cible {
	var cibles []cible
	for i, s := range scenarios {
		if seuil := releves[i].cible; seuil > 0 {
			pire := slices.MinFunc(s.Etapes, func(a, b bilanEtape) int { return cmp.Compare(a.Part, b.Part) }).Part
			cibles = append(cibles, cible{Groupe: groupePlafond, Nom: s.Nom, Mesure: pire, Seuil: seuil, Atteint: pire >= seuil})
		}
	}
	return cibles
}

func ciblesDEcart(scenarios []bilanScenario) []cible {
	var cibles []cible
	for _, s := range scenarios {
		if s.Ecart != nil {
			cibles = append(cibles, cible{
				Groupe: groupeEcart, Nom: s.Nom, Mesure: *s.Ecart, Seuil: ecartVoulu, AuPlus: true,
				Atteint: *s.Ecart <= ecartVoulu,
			})
		}
	}
	return cibles
}

func cibleDeMemoire(m memoire) []cible {
	if m.NonMesure != "" {
		return nil
	}
	return []cible{{
		Groupe: groupeMemoire, Nom: milliers(float64(m.Connexions)) + " connexions muettes, chacune", Mesure: m.KioChacune, Seuil: kioVoulus, AuPlus: true,
		Atteint: m.KioChacune <= kioVoulus,
	}}
}
