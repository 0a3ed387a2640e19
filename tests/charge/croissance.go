package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"capteurs/tests/charge/cadence"
	"capteurs/tests/charge/clients"
)

// courbe est une charge que l'on mesure à mesure que quelque chose grandit, sur la dernière des étapes choisies.
type courbe struct {
	cle      string
	nom      string
	abscisse string  // ce qui grandit
	perte    float64 // du premier point au dernier, ce qu'on admet ; 0 s'il n'y a pas de cible
	points   []pointDeCourbe
}

type pointDeCourbe struct {
	x      int
	moteur string
	base   string // le fichier d'une base déjà remplie ; vide : une base neuve
	charge clients.Charge
	tours  []cadence.Resultat
}

// Ce que mesurent les courbes.
var (
	connexionsMesurees   = []int{1, 4, 16, 64, 256, 1000, 4000, 10_000}
	identifiantsMesures  = []int{1, 8, 32, 64, 128}
	capteursDesLignes    = clients.Charge{Genre: clients.Attente, Clients: 64}
	flotDesLignes        = clients.Charge{Genre: clients.Flot, Clients: nbFlots}
	lignesIntermediaires = 1_000_000
)

const perteAdmise = 0.20

// preparerCroissance rend les courbes à mesurer, et remplit les bases qu'elles demandent.
func (c *campagne) preparerCroissance(ctx context.Context) ([]*courbe, error) {
	if !c.croissance {
		return nil, nil
	}
	bases, err := c.remplirBases(ctx)
	if err != nil {
		return nil, err
	}
	return []*courbe{
		courbeDesConnexions("sqlite", "SQLite"),
		courbeDesConnexions("texte", "Texte"),
		courbeDesLignes("lignes_64", bases, capteursDesLignes),
		courbeDesLignes("lignes_flot", bases, flotDesLignes),
		courbeDesIdentifiants(),
	}, nil
}

func courbeDesConnexions(moteur, nom string) *courbe {
	permises, _ := connexionsPermises(slices.Max(connexionsMesurees))
	c := &courbe{cle: "connexions_" + moteur, nom: nom + ", capteurs qui attendent", abscisse: "connexions"}
	for _, n := range connexionsMesurees {
		if n <= max(permises, 64) {
			c.points = append(c.points, pointDeCourbe{x: n, moteur: moteur, charge: clients.Charge{Genre: clients.Attente, Clients: n}})
		}
	}
	return c
}

func courbeDesLignes(cle string, bases []baseRemplie, charge clients.Charge) *courbe {
	c := &courbe{cle: cle, nom: "SQLite, " + charge.String(), abscisse: "lignes déjà là", perte: perteAdmise}
	for _, b := range bases {
		c.points = append(c.points, pointDeCourbe{x: b.lignes, moteur: "sqlite", base: b.chemin, charge: charge})
	}
	return c
}

func courbeDesIdentifiants() *courbe {
	c := &courbe{cle: "identifiants", nom: "SQLite, " + flotDesLignes.String(), abscisse: "longueur d'identifiant"}
	for _, longueur := range identifiantsMesures {
		charge := flotDesLignes
		charge.LongueurID = longueur
		c.points = append(c.points, pointDeCourbe{x: longueur, moteur: "sqlite", charge: charge})
	}
	return c
}

// mesurerCourbe mesure une fois chaque point, l'un après l'autre ; leur ordre s'inverse un tour sur deux, pour que ce qui
// dérive pendant un tour ne passe pas pour un effet de ce qui grandit.
func (c *campagne) mesurerCourbe(ctx context.Context, tour int, courbe *courbe) error {
	rangs := make([]int, len(courbe.points))
	for i := range rangs {
		rangs[i] = i
	}
	if tour%2 == 1 {
		slices.Reverse(rangs)
	}
	for _, rang := range rangs {
		p := &courbe.points[rang]
		c.annoncer(tour, fmt.Sprintf("%s, %s : %s", courbe.nom, courbe.abscisse, milliers(float64(p.x))))
		err := c.dansUnDossier(func(dossier string) error {
			url := urlDans(dossier, p.moteur, "donnees")
			if p.base != "" {
				url = p.moteur + ":" + p.base
			}
			r, err := mesurerServeur(ctx, c.programmes[slices.Max(c.etapes)], url, p.charge, c.duree)
			p.tours = append(p.tours, r)
			return err
		})
		if err != nil {
			return fmt.Errorf("%s, %s %d : %w", courbe.nom, courbe.abscisse, p.x, err)
		}
	}
	return nil
}

// baseRemplie est une base SQLite qui a déjà des lignes ; un chemin vide est celui d'une base neuve à chaque mesure.
type baseRemplie struct {
	lignes int
	chemin string
}

// remplirBases remplit les bases dont les courbes ont besoin : vide, puis un million de lignes, puis autant que demandé.
func (c *campagne) remplirBases(ctx context.Context) ([]baseRemplie, error) {
	bases := []baseRemplie{{}}
	for _, n := range slices.Compact([]int{min(lignesIntermediaires, c.lignes), c.lignes}) {
		b := baseRemplie{n, filepath.Join(c.racine, fmt.Sprintf("lignes-%d.db", n))}
		c.progres.etat(fmt.Sprintf("remplissage d'une base de %s lignes", milliers(float64(n))))
		if err := remplir(ctx, b); err != nil {
			return nil, fmt.Errorf("base de %d lignes impossible à remplir : %w", n, err)
		}
		bases = append(bases, b)
	}
	return bases, nil
}

const lignesParRemplissage = 100_000

// remplir écrit par le pilote seul, en grandes transactions que rien ne synchronise : cette base n'a rien à garder.
func remplir(ctx context.Context, b baseRemplie) error {
	return ouvrirSQLite(ctx, b.chemin, "OFF", func(conn *sql.Conn) (err error) {
		inserer, err := conn.PrepareContext(ctx, insertion(lignesParInstruction))
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, inserer.Close()) }()
		valeurs := valeursDUneInstruction()
		for reste := b.lignes; reste > 0; reste -= lignesParRemplissage {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			lignes := min(reste, lignesParRemplissage)
			if err := uneTransaction(conn, inserer, valeurs, lignes+lignesParInstruction-1); err != nil { // à une instruction près
				return err
			}
		}
		return nil
	})
}
