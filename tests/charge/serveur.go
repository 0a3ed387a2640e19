package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"time"

	"capteurs/tests/charge/cadence"
	"capteurs/tests/charge/clients"
	"capteurs/tests/charge/processus"
)

// dossiersDesEtapes nomme les étapes. Elles ne sont pas importées : ce sont leurs programmes qu'on mesure.
var dossiersDesEtapes = map[int]string{1: "step1_procedural", 2: "step2_poo", 3: "step3_heritage"}

// compilerEtapes compile dans dossier le serveur de chaque étape, et rend leurs chemins.
func compilerEtapes(ctx context.Context, dossier string, etapes []int) (map[int]string, error) {
	programmes := make(map[int]string)
	for _, etape := range etapes {
		chemin, err := compiler(ctx, dossier, fmt.Sprintf("serveur%d", etape), dossiersDesEtapes[etape]+"/cmd/serveur")
		if err != nil {
			return nil, fmt.Errorf("étape %d : %w", etape, err)
		}
		programmes[etape] = chemin
	}
	return programmes, nil
}

// compiler compile dans dossier, sous ce nom, la commande d'un paquet du dépôt, et rend son chemin.
func compiler(ctx context.Context, dossier, nom, paquet string) (string, error) {
	chemin := filepath.Join(dossier, nom)
	if runtime.GOOS == "windows" {
		chemin += ".exe"
	}
	sortie, err := exec.CommandContext(ctx, "go", "build", "-o", chemin, "capteurs/"+paquet).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s impossible à compiler : %w\n%s", paquet, err, bytes.TrimSpace(sortie))
	}
	return chemin, nil
}

// ligneDAccueil est ce qu'un serveur dit quand il est prêt.
var ligneDAccueil = regexp.MustCompile(`^serveur à l'écoute sur (\S+), sauvegarde dans `)

const connexionsParDefaut = 10_000 // la limite d'un serveur à qui on n'en donne pas

// avecServeur lance un serveur sur cette sauvegarde, qui acceptera tant de connexions, le confie à faire, et l'arrête.
func avecServeur(ctx context.Context, programme, url string, connexions int, faire func(p *processus.Processus, adresse string) error) error {
	cmd := exec.Command(programme, "-adresse", "127.0.0.1:0")
	cmd.Env = []string{"KATA_SAUVEGARDE=" + url} // tout le monde peut lire la ligne de commande d'un processus
	if connexions > connexionsParDefaut {
		cmd.Args = append(cmd.Args, "-connexions", strconv.Itoa(connexions))
	}
	var adresse string
	p, err := processus.Lancer(ctx, cmd, func(ctx context.Context, p *processus.Processus) error {
		ligne, err := p.Ligne(ctx)
		if err != nil {
			return err
		}
		accueil := ligneDAccueil.FindStringSubmatch(ligne)
		if accueil == nil {
			return errors.New("il dit autre chose que son adresse")
		}
		adresse = accueil[1]
		return nil
	})
	if err != nil {
		return err
	}
	return errors.Join(faire(p, adresse), p.Arreter())
}

// mesurerServeur lance un serveur sur cette sauvegarde, et le mesure sous une charge.
func mesurerServeur(ctx context.Context, programme, url string, c clients.Charge, duree time.Duration) (r cadence.Resultat, err error) {
	err = avecServeur(ctx, programme, url, c.Clients, func(p *processus.Processus, adresse string) error {
		var err error
		r, err = p.Charger(func() (cadence.Resultat, error) { return c.Appliquer(ctx, adresse, duree) })
		return err
	})
	return r, err
}
