package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"capteurs/tests/banc"
	"capteurs/tests/classe"
	"capteurs/tests/criteres"
	"capteurs/tests/rapport"
)

const (
	cadence = 100 * time.Millisecond // entre deux regards sur les fichiers
	repos   = 200 * time.Millisecond // sans changement, avant de vérifier : un éditeur écrit parfois en plusieurs fois

	fichiersSurveilles = 10_000
)

// surveiller vérifie un rendu, puis de nouveau chaque fois qu'un de ses fichiers change, ce qui échouait d'abord. Elle finit
// avec ctx ; le code de sortie est celui de la dernière fiche.
func surveiller(ctx context.Context, r reglages, n notation, rendu string, sortie, erreurs *os.File) (int, error) {
	etat, err := photographier(rendu)
	if err != nil {
		return 0, err
	}
	code := pasConcluant
	var avant *rapport.Rendu
	for {
		essai, abandonner := context.WithCancel(ctx)
		var fils sync.WaitGroup
		var nouvelle photo
		var illisible error
		fils.Go(func() {
			nouvelle, illisible = attendreChangement(essai, rendu, etat)
			abandonner() // un changement pendant la vérification la rend vaine
		})
		apres, err := r.verifierUneFois(essai, n, rendu, avant, sortie)
		if err == nil {
			code, avant = valeur(apres), &apres.Rendus[0]
			fmt.Fprintln(erreurs, "\nEn attente d'un changement ; Ctrl-C pour finir")
		}
		if err != nil && !errors.Is(err, context.Canceled) {
			abandonner()
		}
		fils.Wait() // jusqu'au changement, ou la fin de ctx
		abandonner()
		switch {
		case ctx.Err() != nil:
			return code, nil
		case err != nil && !errors.Is(err, context.Canceled):
			return 0, err
		case illisible != nil:
			return 0, illisible
		}
		etat = nouvelle
	}
}

// verifierUneFois vérifie un rendu et écrit sa fiche, ce qui a changé depuis la fois d'avant en tête.
func (r reglages) verifierUneFois(ctx context.Context, n notation, rendu string, avant *rapport.Rendu, sortie *os.File) (*rapport.Rapport, error) {
	options := criteres.Options{Graine: r.graine, Patience: r.patience, Seuls: r.criteres(), Niveau: r.niveau()}
	connus := map[string]banc.Verdict{}
	if avant != nil {
		for _, j := range avant.Jugements {
			connus[cle(j.Critere, j.Etape)] = j.Verdict
			if j.Verdict != banc.Reussi && !slices.Contains(options.Dabord, j.Critere) {
				options.Dabord = append(options.Dabord, j.Critere)
			}
		}
		fmt.Fprintf(sortie, "\n── %s, vérifié de nouveau\n", filepath.Base(rendu))
	}
	options.Suivre = func(p criteres.Progres) {
		ancien, connu := connus[cle(p.Critere.ID, p.Etape)]
		nouveau := p.Resultat.Verdict
		if ctx.Err() != nil || !connu || nouveau == ancien && (nouveau == banc.Reussi || nouveau == banc.Ignore) {
			return // rien de neuf, ou vérification abandonnée
		}
		devient := "toujours " + string(nouveau)
		if nouveau != ancien {
			devient = fmt.Sprintf("%s → %s", ancien, nouveau)
		}
		fmt.Fprintf(sortie, "%s %s %s : %s\n", rapport.Signe(nouveau), p.Critere.ID, p.Critere.Titre, devient)
	}
	bilan, err := criteres.Corriger(ctx, rendu, options)
	if err != nil {
		return nil, err
	}
	resultat := classe.Assembler("", time.Now(), []rapport.Rendu{rapport.Rendre(bilan)})
	n.noter(resultat, sortie)
	if avant != nil {
		fmt.Fprintln(sortie, rapport.Evolution(avant, &resultat.Rendus[0]))
	}
	fmt.Fprintln(sortie)
	return resultat, rapport.Fiche(sortie, &resultat.Rendus[0], style(sortie, r.preuves))
}

func cle(critere string, etape banc.Etape) string { return critere + " " + string(etape) }

// photo est ce qui, d'un dossier, change quand on enregistre un de ses fichiers.
type photo map[string]string

// photographier regarde un dossier. Les caches de Python et les dossiers cachés n'y sont pas : les programmes y écrivent.
func photographier(dossier string) (photo, error) {
	p := photo{}
	err := filepath.WalkDir(dossier, func(chemin string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist) && chemin != dossier:
			return nil // effacé pendant le parcours
		case err != nil:
			return err
		case d.IsDir() && chemin != dossier && (d.Name() == "__pycache__" || d.Name()[0] == '.'):
			return fs.SkipDir
		case len(p) >= fichiersSurveilles:
			return fmt.Errorf("%s : plus de %d fichiers, trop pour les surveiller", dossier, fichiersSurveilles)
		}
		if infos, err := d.Info(); err == nil && infos.Mode().IsRegular() {
			p[chemin] = fmt.Sprint(infos.Size(), infos.ModTime().UnixNano())
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("surveillance : %w", err)
	}
	return p, nil
}

func (p photo) egale(autre photo) bool {
	if len(p) != len(autre) {
		return false
	}
	for chemin, etat := range p {
		if autre[chemin] != etat {
			return false
		}
	}
	return true
}

// attendreChangement attend que le dossier ne soit plus celui de la photo, et qu'il ne change plus.
func attendreChangement(ctx context.Context, dossier string, avant photo) (photo, error) {
	tic := time.NewTicker(cadence)
	defer tic.Stop()
	derniere, depuis := avant, time.Now()
	for {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-tic.C:
		}
		maintenant, err := photographier(dossier)
		if err != nil {
			return nil, err
		}
		if !maintenant.egale(derniere) {
			derniere, depuis = maintenant, time.Now()
		}
		if !derniere.egale(avant) && time.Since(depuis) >= repos {
			return derniere, nil
		}
	}
}
