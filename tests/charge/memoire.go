package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// La mesure de la mémoire.
const (
	muettesVoulues = 10_000
	margeFichiers  = 200              // fichiers ouverts que ce programme ou le serveur emploient à autre chose
	nbOuvreurs     = 16               // goroutines qui ouvrent les connexions
	delaiMuettes   = 60 * time.Second // pour tout ouvrir
	ailleurs       = "/proc n'existe pas sur ce système"
)

// memoire est ce que coûte une connexion qui a envoyé une mesure puis se tait.
type memoire struct {
	Connexions int     `json:"connexions,omitzero"`
	KioChacune float64 `json:"kio_par_connexion,omitzero"` // mémoire résidente
	NonMesure  string  `json:"non_mesure,omitzero"`        // pourquoi
}

// mesurerMemoire ouvre autant de connexions que voulu, ou que le système le permet, et regarde le serveur grossir.
func mesurerMemoire(ctx context.Context, programme, dossier string, voulues int) (m memoire, err error) {
	limite, err := champ("/proc/self/limits", "Max open files", 1) // au départ, Go relève de lui-même sa limite à celle-ci
	if err != nil {
		return memoire{NonMesure: ailleurs}, nil
	}
	m.Connexions = min(voulues, limite-margeFichiers)
	if m.Connexions < 1 {
		return memoire{NonMesure: fmt.Sprintf("%d fichiers ouverts permis, au plus", limite)}, nil
	}
	options := []string{"-connexions", strconv.Itoa(m.Connexions + nbOuvreurs)}
	err = avecServeur(ctx, programme, urlDans(dossier, "sqlite", "donnees"), options, func(s *serveur) error {
		avant, apres, err := grossir(ctx, s, m.Connexions)
		m.KioChacune = float64(apres-avant) / float64(m.Connexions)
		return err
	})
	return m, err
}

// grossir rend la mémoire du serveur, en Kio, quand il n'a servi qu'une connexion, puis quand il en tient n de plus.
func grossir(ctx context.Context, s *serveur, n int) (avant, apres int, err error) {
	ctx, annuler := context.WithTimeout(ctx, delaiMuettes)
	defer annuler()
	fermer, err := ouvrirMuettes(ctx, s.adresse, 1)
	defer fermer()
	if err != nil {
		return 0, 0, err
	}
	if avant, err = s.rss(); err != nil {
		return 0, 0, err
	}
	fermerTout, err := ouvrirMuettesEnParallele(ctx, s.adresse, n)
	defer fermerTout()
	if err != nil {
		return 0, 0, err
	}
	apres, err = s.rss()
	return avant, apres, err
}

// ouvrirMuettesEnParallele partage n connexions entre plusieurs goroutines.
func ouvrirMuettesEnParallele(ctx context.Context, adresse string, n int) (fermer func(), err error) {
	ctx, annuler := context.WithCancelCause(ctx)
	fermetures := make([]func(), nbOuvreurs)
	var enCours sync.WaitGroup
	for i := range nbOuvreurs {
		enCours.Go(func() {
			part := (n + i) / nbOuvreurs // la somme des parts est n
			var err error
			if fermetures[i], err = ouvrirMuettes(ctx, adresse, part); err != nil {
				annuler(err)
			}
		})
	}
	enCours.Wait()
	err = context.Cause(ctx)
	return func() {
		for _, f := range fermetures {
			f()
		}
		annuler(nil)
	}, err
}

// ouvrirMuettes ouvre n connexions, l'une après l'autre ; chacune envoie une mesure, attend son accusé, et se tait.
func ouvrirMuettes(ctx context.Context, adresse string, n int) (fermer func(), err error) {
	conns, fermer, err := joindre(ctx, adresse, n, delaiMuettes)
	if err != nil {
		return fermer, err
	}
	for i, conn := range conns {
		c, err := nouveauCapteur(conn, i)
		if err == nil {
			err = c.envoyer()
		}
		if err != nil {
			return fermer, err
		}
	}
	return fermer, nil
}

// champ rend l'entier de rang donné, à partir de 0, qui suit nom au début d'une ligne d'un fichier de /proc.
func champ(chemin, nom string, rang int) (int, error) {
	texte, err := os.ReadFile(chemin)
	if err != nil {
		return 0, err
	}
	for ligne := range strings.Lines(string(texte)) {
		reste, trouve := strings.CutPrefix(ligne, nom)
		if valeurs := strings.Fields(reste); trouve && rang < len(valeurs) {
			return strconv.Atoi(valeurs[rang])
		}
	}
	return 0, errors.New(chemin + " : " + nom + " absent")
}
