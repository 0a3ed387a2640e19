package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// campagne est une suite de mesures en cours.
type campagne struct {
	reglages
	racine     string         // le dossier de tout ce qu'elle écrit
	programmes map[int]string // le serveur de chaque étape
	progres    *progres
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
	programmes, err := compiler(ctx, racine, r.etapes)
	if err != nil {
		return b, err
	}
	c := campagne{reglages: r, racine: racine, programmes: programmes, progres: p}
	return c.derouler(ctx)
}

// derouler enchaîne les tours, puis la mesure de la mémoire.
func (c *campagne) derouler(ctx context.Context) (bilan, error) {
	scenarios := slices.Concat(scenarios,
		scenariosDistants("postgres", "PostgreSQL", c.postgres, "COPY, 10 000 lignes par transaction, une connexion", copierDansPostgres),
		scenariosDistants("mariadb", "MariaDB", c.mariadb, "INSERT de 1000 lignes, une connexion", insererDansMariaDB))
	releves := make([]releveScenario, len(scenarios))
	for i, s := range scenarios {
		releves[i] = releveScenario{scenario: s, desEtapes: make(map[int][]resultat)}
	}
	reseau := make([][]resultat, len(capteursDuReseau))
	c.progres.prevoir(c.tours * (len(reseau) + len(scenarios)*(1+len(c.etapes))))
	for tour := range c.tours {
		depart := time.Now()
		for i := range reseau {
			if err := c.mesurerReseau(ctx, tour, i, reseau); err != nil {
				return bilan{}, err
			}
		}
		for i := range releves {
			if err := c.mesurerScenario(ctx, tour, &releves[i]); err != nil {
				return bilan{}, err
			}
		}
		c.progres.tour(tour+1, c.tours, time.Since(depart))
	}
	m, err := c.mesurerMemoire(ctx)
	if err != nil {
		return bilan{}, err
	}
	return nouveauBilan(c.reglages, releves, reseau, m), nil
}

func (c *campagne) mesurerReseau(ctx context.Context, tour, i int, releves [][]resultat) error {
	n := capteursDuReseau[i]
	c.progres.mesure(fmt.Sprintf("tour %d sur %d : réseau seul, capteurs : %d", tour+1, c.tours, n))
	mesure, err := reseauSeul(ctx, n, c.duree)
	if err != nil {
		return fmt.Errorf("réseau seul : %w", err)
	}
	releves[i] = append(releves[i], mesure)
	return nil
}

// mesurerScenario mesure le plafond et les étapes l'un après l'autre, sans rien entre eux : le disque est partagé, et ce
// qu'on compare doit l'être au même moment. La première étape change à chaque tour, pour que la place n'avantage aucune.
func (c *campagne) mesurerScenario(ctx context.Context, tour int, r *releveScenario) error {
	c.progres.mesure(fmt.Sprintf("tour %d sur %d : %s, plafond", tour+1, c.tours, r.nom))
	err := c.dansUnDossier(func(dossier string) error {
		mesure, err := r.plafond.mesurer(ctx, dossier, c.duree)
		r.duPlafond = append(r.duPlafond, mesure)
		return err
	})
	if err != nil {
		return fmt.Errorf("plafond « %s » : %w", r.plafond.nom, err)
	}
	for i := range c.etapes {
		etape := c.etapes[(i+tour)%len(c.etapes)]
		c.progres.mesure(fmt.Sprintf("tour %d sur %d : %s, étape %d", tour+1, c.tours, r.nom, etape))
		mesure, err := c.mesurerEtape(ctx, etape, r.scenario)
		if err != nil {
			return fmt.Errorf("étape %d, %s : %w", etape, r.nom, err)
		}
		r.desEtapes[etape] = append(r.desEtapes[etape], mesure)
	}
	return nil
}

func (c *campagne) mesurerEtape(ctx context.Context, etape int, s scenario) (r resultat, err error) {
	err = c.dansUnDossier(func(dossier string) error {
		return avecServeur(ctx, c.programmes[etape], s.sauvegarde(dossier), nil, func(srv *serveur) error {
			var err error
			r, err = s.charger(ctx, srv.adresse, c.duree)
			return err
		})
	})
	return r, err
}

// mesurerMemoire interroge la dernière des étapes mesurées : toutes tiennent leurs connexions de la même façon.
func (c *campagne) mesurerMemoire(ctx context.Context) (m memoire, err error) {
	c.progres.etat("mémoire des connexions muettes")
	err = c.dansUnDossier(func(dossier string) error {
		m, err = mesurerMemoire(ctx, c.programmes[slices.Max(c.etapes)], dossier, c.muettes)
		return err
	})
	if err != nil {
		return m, fmt.Errorf("mémoire des connexions muettes : %w", err)
	}
	return m, nil
}

// dansUnDossier donne à faire un dossier neuf, et l'efface : chaque mesure part de fichiers vides.
func (c *campagne) dansUnDossier(faire func(dossier string) error) error {
	dossier, err := os.MkdirTemp(c.racine, "mesure-")
	if err != nil {
		return err
	}
	return errors.Join(faire(dossier), os.RemoveAll(dossier))
}
