package main

import (
	"cmp"
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
	cadence = 50 * time.Millisecond  // entre deux regards sur les fichiers
	repos   = 100 * time.Millisecond // sans changement, avant de vérifier : un éditeur écrit parfois en plusieurs fois

	fichiersSurveilles = 10_000
)

// surveillance est celle d'un rendu que quelqu'un est en train d'écrire.
type surveillance struct {
	reglages
	notation
	rendu           string
	isolation       rapport.Isolation // cherchée une fois pour toutes
	avant           *rapport.Rendu    // ce qui a été conclu la fois d'avant ; nil la première
	sortie, erreurs *os.File
}

// surveiller vérifie un rendu, puis de nouveau chaque fois qu'un de ses fichiers change, ce qui échouait d'abord. Elle finit
// avec ctx ; le code de sortie est celui de la dernière fiche.
func surveiller(ctx context.Context, r reglages, n notation, rendu string, sortie, erreurs *os.File) (int, error) {
	s := surveillance{reglages: r, notation: n, rendu: rendu, isolation: rapport.Isolation{Niveau: banc.N0, Raison: "demandé par -sans-isolation"}, sortie: sortie, erreurs: erreurs}
	if !r.n0 {
		s.isolation.Niveau, s.isolation.Raison = criteres.Niveau(ctx)
	}
	code := pasConcluant
	etat, err := photographier(rendu)
	for err == nil {
		essai, abandonner := context.WithCancel(ctx)
		var fils sync.WaitGroup
		var nouvelle photo
		var illisible error
		fils.Go(func() {
			nouvelle, illisible = attendreChangement(essai, rendu, etat)
			abandonner() // un changement pendant la vérification la rend vaine
		})
		var resultat *rapport.Rapport
		switch resultat, err = s.verifier(essai); {
		case err == nil:
			code, s.avant = valeur(resultat), &resultat.Rendus[0]
			fmt.Fprintln(erreurs, "\nEn attente d'un changement ; Ctrl-C pour finir")
		case errors.Is(err, context.Canceled):
			err = nil
		default:
			abandonner() // rien ne sert d'attendre un changement
		}
		fils.Wait()
		abandonner()
		if ctx.Err() != nil {
			return code, nil
		}
		etat, err = nouvelle, cmp.Or(err, illisible)
	}
	return 0, err
}

// verifier vérifie le rendu et écrit sa fiche, ce qui a changé depuis la fois d'avant en tête.
func (s *surveillance) verifier(ctx context.Context) (*rapport.Rapport, error) {
	options := criteres.Options{Graine: s.graine, Patience: s.patience, Seuls: s.criteres(), Niveau: s.isolation.Niveau, Construire: banc.ConstructionPermise(filepath.Base(s.rendu))}
	options.Connus = map[criteres.Lieu]banc.Verdict{}
	if s.avant != nil {
		for _, j := range s.avant.Jugements {
			options.Connus[criteres.Lieu{Critere: j.Critere, Etape: j.Etape}] = j.Verdict
			if j.Verdict != banc.Reussi && !slices.Contains(options.Dabord, j.Critere) {
				options.Dabord = append(options.Dabord, j.Critere)
			}
		}
		fmt.Fprintf(s.sortie, "\n── %s, vérifié de nouveau\n", filepath.Base(s.rendu))
	}
	options.Suivre = func(p criteres.Progres) {
		ancien, connu := options.Connus[criteres.Lieu{Critere: p.Critere.ID, Etape: p.Etape}]
		nouveau := p.Resultat.Verdict
		if ctx.Err() != nil || !connu || nouveau == ancien && (nouveau == banc.Reussi || nouveau == banc.Ignore) {
			return // rien de neuf, ou vérification abandonnée
		}
		devient := "toujours " + string(nouveau)
		if nouveau != ancien {
			devient = fmt.Sprintf("%s → %s", ancien, nouveau)
		}
		fmt.Fprintf(s.sortie, "%s %s %s : %s\n", rapport.Signe(nouveau), p.Critere.ID, p.Critere.Titre, devient)
	}
	bilan, err := criteres.Corriger(ctx, s.rendu, options)
	if err != nil {
		return nil, err
	}
	rendu := rapport.Rendre(bilan)
	rendu.Isolation = s.isolation
	resultat := classe.Assembler("", time.Now(), []rapport.Rendu{rendu})
	s.noter(resultat, s.erreurs)
	if s.avant != nil {
		fmt.Fprintln(s.sortie, rapport.Evolution(s.avant, &resultat.Rendus[0]))
	}
	fmt.Fprintln(s.sortie)
	return resultat, rapport.Fiche(s.sortie, &resultat.Rendus[0], style(s.sortie, s.preuves))
}

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
