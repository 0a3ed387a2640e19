package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"capteurs/tests/charge/cadence"
)

// campagne est une suite de mesures en cours.
type campagne struct {
	reglages
	racine     string         // le dossier de tout ce qu'elle écrit
	programmes map[int]string // le serveur de chaque étape
	progres    *progres
}

// releveScenario est ce que les tours ont mesuré d'un scénario.
type releveScenario struct {
	scenario
	duPlafond []cadence.Resultat
	duReseau  []cadence.Resultat // à lui seul ; nil si rien ne le mesure sous cette charge
	desEtapes map[int][]cadence.Resultat
	desPairs  []relevePair // dans l'ordre des pairs du scénario
}

// relevePair est ce que les tours ont mesuré d'un pair, ou pourquoi ils ne l'ont pas pu.
type relevePair struct {
	tours     []cadence.Resultat
	nonMesure string
}

// mesurer compile les serveurs et mesure tout. Rien ne reste ensuite sur le disque.
func mesurer(ctx context.Context, r reglages, p *progres) (b bilan, err error) {
	defer p.finir()
	dossier, err := filepath.Abs(r.dossier)
	if err != nil {
		return b, err
	}
	racine, err := os.MkdirTemp(dossier, "charge-")
	if err != nil {
		return b, fmt.Errorf("dossier de travail impossible à créer, donnez-en un autre avec -dossier : %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(racine)) }()
	p.etat("compilation des serveurs")
	programmes, err := compilerEtapes(ctx, racine, r.etapes)
	if err != nil {
		return b, err
	}
	if r.nu, err = compiler(ctx, racine, "nu", "tests/charge/pairs/nu"); err != nil {
		return b, err
	}
	arreter, err := r.lancerBases(ctx, p)
	defer func() { err = errors.Join(err, arreter()) }()
	if err != nil {
		return b, err
	}
	c := campagne{reglages: r, racine: racine, programmes: programmes, progres: p}
	return c.derouler(ctx)
}

// derouler enchaîne les tours, puis la mesure de la mémoire, puis celle de la croissance.
func (c *campagne) derouler(ctx context.Context) (bilan, error) {
	var releves []releveScenario
	mesuresParTour := len(plafondsDeLaMachine)
	for _, s := range scenariosChoisis(c.reglages) {
		releves = append(releves, releveScenario{scenario: s, desEtapes: make(map[int][]cadence.Resultat), desPairs: make([]relevePair, len(s.pairs))})
		mesuresParTour += 1 + len(c.etapes) + len(s.pairs)
	}
	courbes, err := c.preparerCroissance(ctx)
	if err != nil {
		return bilan{}, err
	}
	for _, courbe := range courbes {
		mesuresParTour += len(courbe.points)
	}
	machine := make([][]cadence.Resultat, len(plafondsDeLaMachine))
	c.progres.prevoir(c.tours * mesuresParTour)
	for tour := range c.tours {
		depart := time.Now()
		if err := c.unTour(ctx, tour, machine, releves, courbes); err != nil {
			return bilan{}, err
		}
		c.progres.tour(tour+1, c.tours, time.Since(depart))
	}
	m, err := c.mesurerMemoire(ctx)
	if err != nil {
		return bilan{}, err
	}
	return nouveauBilan(c.reglages, machine, releves, courbes, m), nil
}

func (c *campagne) unTour(ctx context.Context, tour int, machine [][]cadence.Resultat, releves []releveScenario, courbes []*courbe) error {
	for i, p := range plafondsDeLaMachine {
		c.annoncer(tour, p.nom)
		r, err := c.mesurerPlafond(ctx, p.plafond)
		if err != nil {
			return err
		}
		machine[i] = append(machine[i], r)
	}
	for i := range releves {
		if err := c.mesurerScenario(ctx, tour, &releves[i]); err != nil {
			return err
		}
	}
	for _, courbe := range courbes {
		if err := c.mesurerCourbe(ctx, tour, courbe); err != nil {
			return err
		}
	}
	return nil
}

func (c *campagne) annoncer(tour int, quoi string) {
	c.progres.mesure(fmt.Sprintf("tour %d sur %d : %s", tour+1, c.tours, quoi))
}

// mesurerScenario mesure le plafond, les étapes et les pairs l'un après l'autre, sans rien entre eux : le disque est
// partagé, et ce qu'on compare doit l'être au même moment. Le premier change à chaque tour, pour que la place n'avantage
// personne.
func (c *campagne) mesurerScenario(ctx context.Context, tour int, r *releveScenario) error {
	mesures := []func() error{func() error {
		c.annoncer(tour, r.nom+", plafond")
		mesure, err := c.mesurerPlafond(ctx, r.plafond)
		r.duPlafond = append(r.duPlafond, mesure)
		return err
	}}
	for _, etape := range c.etapes {
		mesures = append(mesures, func() error { return c.mesurerEtape(ctx, tour, r, etape) })
	}
	for i := range r.pairs {
		mesures = append(mesures, func() error { c.mesurerPair(ctx, tour, r, i); return ctx.Err() })
	}
	for i := range mesures {
		if err := mesures[(i+tour)%len(mesures)](); err != nil {
			return err
		}
	}
	return nil
}

func (c *campagne) mesurerEtape(ctx context.Context, tour int, r *releveScenario, etape int) error {
	c.annoncer(tour, fmt.Sprintf("%s, étape %d", r.nom, etape))
	err := c.dansUnDossier(func(dossier string) error {
		mesure, err := mesurerServeur(ctx, c.programmes[etape], r.moteur.sauvegarde(dossier), r.charge, c.duree)
		r.desEtapes[etape] = append(r.desEtapes[etape], mesure)
		return err
	})
	if err != nil {
		return fmt.Errorf("étape %d, %s : %w", etape, r.nom, err)
	}
	return nil
}

func (c *campagne) mesurerPlafond(ctx context.Context, p plafond) (r cadence.Resultat, err error) {
	err = c.dansUnDossier(func(dossier string) (err error) {
		r, err = p.mesurer(ctx, dossier, c.duree)
		return err
	})
	if err != nil {
		err = fmt.Errorf("plafond « %s » : %w", p.nom, err)
	}
	return r, err
}

// mesurerPair mesure un pair. S'il ne peut l'être, le bilan dira pourquoi : ce n'est pas lui qu'on juge.
func (c *campagne) mesurerPair(ctx context.Context, tour int, r *releveScenario, i int) {
	releve := &r.desPairs[i]
	c.annoncer(tour, r.nom+", "+r.pairs[i].Nom)
	if releve.nonMesure != "" {
		return
	}
	err := c.dansUnDossier(func(dossier string) error {
		mesure, err := r.pairs[i].Mesurer(ctx, dossier, c.duree)
		releve.tours = append(releve.tours, mesure)
		return err
	})
	if err != nil {
		*releve = relevePair{nonMesure: err.Error()}
	}
}

// mesurerMemoire interroge la dernière des étapes mesurées : toutes tiennent leurs connexions de la même façon.
func (c *campagne) mesurerMemoire(ctx context.Context) (m memoire, err error) {
	etape := slices.Max(c.etapes)
	c.progres.etat("mémoire des connexions muettes")
	err = c.dansUnDossier(func(dossier string) error {
		var err error
		m, err = mesurerMemoire(ctx, c.programmes[etape], dossier, c.muettes)
		return err
	})
	if err != nil {
		return m, fmt.Errorf("mémoire de l'étape %d : %w", etape, err)
	}
	return m, nil
}

// dansUnDossier confie à faire un dossier neuf, qui disparaît ensuite.
func (c *campagne) dansUnDossier(faire func(dossier string) error) error {
	dossier, err := os.MkdirTemp(c.racine, "mesure-")
	if err != nil {
		return fmt.Errorf("dossier d'une mesure impossible à créer : %w", err)
	}
	return errors.Join(faire(dossier), os.RemoveAll(dossier))
}
