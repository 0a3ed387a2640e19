package main

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"

	"capteurs/tests/charge/cadence"
)

// bilan est ce que la commande rend : les chiffres, puis ce qu'on en conclut.
type bilan struct {
	Machine    machine         `json:"machine"`
	Tours      int             `json:"tours"`
	Duree      float64         `json:"duree_d_une_mesure_s"`
	Plafonds   []bilanPlafond  `json:"plafonds_de_la_machine"`
	Scenarios  []bilanScenario `json:"scenarios"`
	Croissance []bilanCourbe   `json:"croissance,omitempty"`
	Bruit      float64         `json:"bruit"` // le plus grand écart d'un plafond à lui-même, d'un tour à l'autre
	Memoire    memoire         `json:"memoire"`
	Cibles     []cible         `json:"cibles"`
}

type machine struct {
	Systeme     string `json:"systeme"`
	Go          string `json:"go"`
	Processeurs int    `json:"processeurs"`
}

type bilanPlafond struct {
	Cle   string `json:"cle"`
	Nom   string `json:"nom"`
	Unite string `json:"unite"` // de par_seconde
	cellule
}

type bilanScenario struct {
	Cle         string       `json:"cle"`
	Nom         string       `json:"nom"`
	Moteur      string       `json:"moteur"`
	Clients     int          `json:"clients"`
	Attend      bool         `json:"attend"` // chaque mesure ; sinon les attentes sont celles de blocs
	SurFichier  bool         `json:"sur_fichier"`
	NomPlafond  string       `json:"nom_du_plafond"`
	Plafond     cellule      `json:"plafond"`
	Doute       doute        `json:"doute,omitzero"`        // de tout rapport au plafond
	DouteReseau doute        `json:"doute_reseau,omitzero"` // de tout rapport au réseau seul
	Etapes      []bilanEtape `json:"etapes"`
	Pairs       []bilanPair  `json:"pairs,omitempty"`
	Ecart       *float64     `json:"ecart_entre_etapes,omitempty"` // (max-min)/max de leurs rapports ; nil s'il n'y a qu'une étape
}

type bilanEtape struct {
	Etape int `json:"etape"`
	cellule
	Part       dispersion `json:"part_du_plafond"`                 // débit / débit du plafond
	PartReseau dispersion `json:"part_reseau_compris,omitzero"`    // débit / ce que permettent le plafond, puis le réseau seul
	RapportP50 dispersion `json:"p50_sur_p50_du_plafond,omitzero"` // attente médiane / celle du plafond
	EntreElles dispersion `json:"rapport_aux_etapes"`              // débit / débit moyen des étapes
}

type bilanPair struct {
	Nom       string `json:"nom"`
	NonMesure string `json:"non_mesure,omitempty"` // pourquoi
	cellule
	Fois       []dispersion `json:"fois,omitempty"`                // débit de chaque étape / débit du pair
	RapportP50 []dispersion `json:"p50_sur_p50_du_pair,omitempty"` // attente médiane de chaque étape / celle du pair
	Doute      doute        `json:"doute,omitzero"`                // de ces rapports
}

type bilanCourbe struct {
	Cle      string              `json:"cle"`
	Nom      string              `json:"nom"`
	Abscisse string              `json:"abscisse"`
	Points   []bilanDeCroissance `json:"points"`
	Perte    float64             `json:"perte"` // du premier point au dernier ; négative, c'est un gain
}

type bilanDeCroissance struct {
	X int `json:"x"`
	cellule
	AuPremier dispersion `json:"rapport_au_premier_point"`
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
	cadence.Resultat
	Tours       []cadence.Resultat `json:"tours,omitempty"`
	Repartition []cadence.Point    `json:"repartition,omitempty"` // des attentes de tous les tours
}

func nouveauBilan(r reglages, machines [][]cadence.Resultat, releves []releveScenario, courbes []*courbe, m memoire) bilan {
	b := bilan{
		Machine: machine{runtime.GOOS + "/" + runtime.GOARCH, runtime.Version(), runtime.NumCPU()},
		Tours:   r.tours,
		Duree:   r.duree.Seconds(),
		Memoire: m,
	}
	for i, p := range plafondsDeLaMachine {
		b.Plafonds = append(b.Plafonds, bilanPlafond{p.cle, p.nom, p.unite, resumerTours(machines[i])})
	}
	for _, releve := range releves {
		releve.duReseau = reseauDe(releve.scenario, machines)
		b.Scenarios = append(b.Scenarios, releve.resumer())
		b.Bruit = max(b.Bruit, ecartRelatif(debits(releve.duPlafond)))
	}
	for _, c := range courbes {
		b.Croissance = append(b.Croissance, c.resumer())
	}
	b.Cibles = slices.Concat(ciblesDesScenarios(releves, b.Scenarios), ciblesDEcart(b.Scenarios),
		ciblesDeCroissance(courbes, b.Croissance), cibleDeMemoire(m), cibleDeDemarrage(b.Scenarios))
	return b
}

// enMemoire dit si le dossier de travail est trop rapide pour être un disque : les parts de plafond ne disent alors rien.
func (b bilan) enMemoire() bool {
	const disqueLePlusVif = 10 // µs
	return slices.ContainsFunc(b.Plafonds, func(p bilanPlafond) bool {
		return p.Cle == "disque" && p.P50 > 0 && p.P50 < disqueLePlusVif
	})
}

// reseauDe rend les mesures du réseau seul qui vont avec un scénario, ou rien s'il n'y en a pas.
func reseauDe(s scenario, machines [][]cadence.Resultat) []cadence.Resultat {
	i := slices.IndexFunc(plafondsDeLaMachine, func(p plafondDeLaMachine) bool { return p.reseau != nil && *p.reseau == s.charge })
	if i < 0 {
		return nil
	}
	return machines[i]
}

// lUnPuisLAutre rend les débits de qui fait deux choses, l'une après l'autre, dont chacune a ces débits à elle seule : leurs
// temps s'ajoutent.
func lUnPuisLAutre(a, b []float64) []float64 {
	ensemble := make([]float64, len(a))
	for i := range a {
		ensemble[i] = 1 / (1/a[i] + 1/b[i])
	}
	return ensemble
}

func (r releveScenario) resumer() bilanScenario {
	s := bilanScenario{
		Cle:        r.cle,
		Nom:        r.nom,
		Moteur:     r.moteur.nom,
		Clients:    r.charge.Clients,
		Attend:     r.attend(),
		SurFichier: !r.moteur.distant(),
		NomPlafond: r.plafond.nom,
		Plafond:    resumerTours(r.duPlafond),
	}
	moyennes := r.moyennes()
	var entreElles []float64
	for _, etape := range r.etapes() {
		tours := r.desEtapes[etape]
		e := bilanEtape{Etape: etape, cellule: resumerTours(tours)}
		e.Part = rapporter(debits(tours), debits(r.duPlafond))
		e.EntreElles = rapporter(debits(tours), moyennes)
		if r.duReseau != nil {
			e.PartReseau = rapporter(debits(tours), lUnPuisLAutre(debits(r.duPlafond), debits(r.duReseau)))
		}
		if s.Attend {
			e.RapportP50 = rapporter(p50(tours), p50(r.duPlafond))
		}
		entreElles = append(entreElles, e.EntreElles.Mediane)
		s.Etapes = append(s.Etapes, e)
	}
	s.Doute = r.douter(s.Etapes)
	s.DouteReseau = r.douterDuReseau()
	for i := range r.desPairs {
		s.Pairs = append(s.Pairs, r.resumerPair(i, s))
	}
	if len(entreElles) > 1 {
		ecart := ecartRelatif(entreElles)
		s.Ecart = &ecart
	}
	return s
}

// douter dit ce qui empêche de rien rapporter au plafond.
func (r releveScenario) douter(etapes []bilanEtape) (d doute) {
	if r.plafond.borne {
		for _, e := range etapes {
			d = cmp.Or(d, depasser(fmt.Sprintf("l'étape %d", e.Etape), "le plafond", e.Part.Mediane))
		}
		for i, p := range r.desPairs {
			if r.pairs[i].plafond() && p.nonMesure == "" {
				d = cmp.Or(d, depasser("le "+r.pairs[i].Nom, "le plafond", rapporter(debits(p.tours), debits(r.duPlafond)).Mediane))
			}
		}
	}
	return cmp.Or(d, bouger("le plafond", debits(r.duPlafond)))
}

// douterDuReseau dit ce qui empêche de rien rapporter au réseau seul, s'il est mesuré.
func (r releveScenario) douterDuReseau() (d doute) {
	if r.duReseau == nil {
		return ""
	}
	for _, etape := range r.etapes() {
		part := rapporter(debits(r.desEtapes[etape]), debits(r.duReseau)).Mediane
		d = cmp.Or(d, depasser(fmt.Sprintf("l'étape %d", etape), "le réseau seul", part))
	}
	return cmp.Or(d, bouger("le réseau seul", debits(r.duReseau)))
}

// resumerPair résume ce qu'on a mesuré du pair de ce rang.
func (r releveScenario) resumerPair(i int, s bilanScenario) bilanPair {
	p := r.desPairs[i]
	b := bilanPair{Nom: r.pairs[i].Nom, NonMesure: p.nonMesure, cellule: resumerTours(p.tours)}
	if p.nonMesure != "" {
		return b
	}
	for _, etape := range r.etapes() {
		b.Fois = append(b.Fois, rapporter(debits(r.desEtapes[etape]), debits(p.tours)))
		if s.Attend {
			b.RapportP50 = append(b.RapportP50, rapporter(p50(r.desEtapes[etape]), p50(p.tours)))
		}
	}
	if r.pairs[i].plafond() {
		b.Doute = cmp.Or(s.Doute, bouger("le "+b.Nom, debits(p.tours)))
	}
	return b
}

// etapes rend celles qui ont été mesurées, dans l'ordre.
func (r releveScenario) etapes() []int {
	var etapes []int
	for etape := range r.desEtapes {
		etapes = append(etapes, etape)
	}
	slices.Sort(etapes)
	return etapes
}

func (c *courbe) resumer() bilanCourbe {
	b := bilanCourbe{Cle: c.cle, Nom: c.nom, Abscisse: c.abscisse}
	for _, p := range c.points {
		rapport := rapporter(debits(p.tours), debits(c.points[0].tours))
		b.Points = append(b.Points, bilanDeCroissance{p.x, resumerTours(p.tours), rapport})
		b.Perte = 1 - rapport.Mediane // celle du dernier point
	}
	return b
}

func resumerTours(tours []cadence.Resultat) cellule {
	c := cellule{Resultat: cadence.MedianeDesTours(tours), Tours: tours}
	if c.Attentes != nil {
		c.Repartition = c.Attentes.Repartition()
	}
	return c
}

// moyennes rend le débit moyen des étapes à chaque tour.
func (r releveScenario) moyennes() []float64 {
	m := make([]float64, len(r.duPlafond))
	for _, tours := range r.desEtapes {
		for i, debit := range debits(tours) {
			m[i] += debit / float64(len(r.desEtapes))
		}
	}
	return m
}

// rapporter rapporte le chiffre de chaque tour à celui d'une base au même tour.
func rapporter(chiffres, bases []float64) dispersion {
	rapports := make([]float64, len(chiffres))
	for i := range chiffres {
		rapports[i] = chiffres[i] / bases[i]
	}
	slices.Sort(rapports)
	n := len(rapports)
	return dispersion{cadence.Mediane(rapports), cadence.Mediane(rapports[:(n+1)/2]), cadence.Mediane(rapports[n/2:])}
}

func debits(tours []cadence.Resultat) []float64 {
	return chaque(tours, func(r cadence.Resultat) float64 { return r.ParSeconde })
}

func p50(tours []cadence.Resultat) []float64 {
	return chaque(tours, func(r cadence.Resultat) float64 { return r.P50 })
}

func chaque(tours []cadence.Resultat, chiffre func(cadence.Resultat) float64) []float64 {
	chiffres := make([]float64, len(tours))
	for i, t := range tours {
		chiffres[i] = chiffre(t)
	}
	return chiffres
}

func ecartRelatif(debits []float64) float64 {
	grand := slices.Max(debits)
	return (grand - slices.Min(debits)) / grand
}
