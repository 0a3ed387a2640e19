package main

import (
	"context"
	"fmt"
	"time"

	"capteurs/tests/charge/clients"
	"capteurs/tests/charge/processus"
)

// La mesure de la mémoire.
const (
	muettesVoulues = 10_000
	margeFichiers  = 200               // fichiers ouverts que ce programme ou le serveur emploient à autre chose
	delaiMuettes   = 120 * time.Second // pour tout ouvrir
	ailleurs       = "/proc n'existe pas sur ce système"
)

// memoire est ce que coûte une connexion qui a envoyé une mesure puis se tait.
type memoire struct {
	Connexions int     `json:"connexions,omitzero"`
	KioChacune float64 `json:"kio_par_connexion,omitzero"` // mémoire résidente
	NonMesure  string  `json:"non_mesure,omitzero"`        // pourquoi
}

// connexionsPermises rend combien des connexions voulues le système permet d'ouvrir, et pourquoi si c'est trop peu.
func connexionsPermises(voulues int) (n int, pourquoi string) {
	limite, err := processus.FichiersPermis()
	switch {
	case err != nil:
		return 0, ailleurs
	case limite <= margeFichiers:
		return 0, fmt.Sprintf("%d fichiers ouverts permis, au plus (ulimit -n)", limite)
	}
	return min(voulues, limite-margeFichiers), ""
}

// mesurerMemoire ouvre autant de connexions que voulu, ou que le système le permet, et regarde le serveur grossir.
func mesurerMemoire(ctx context.Context, programme, dossier string, voulues int) (m memoire, err error) {
	if m.Connexions, m.NonMesure = connexionsPermises(voulues); m.NonMesure != "" {
		return m, nil
	}
	ctx, annuler := context.WithTimeout(ctx, delaiMuettes)
	defer annuler()
	err = avecServeur(ctx, programme, urlDans(dossier, "sqlite", "donnees"), m.Connexions+1, func(p *processus.Processus, adresse string) error {
		avant, apres, err := grossir(ctx, p, adresse, m.Connexions)
		m.KioChacune = float64(apres-avant) / float64(m.Connexions)
		return err
	})
	return m, err
}

// grossir rend la mémoire du serveur, en Kio, quand il n'a servi qu'une connexion, puis quand il en tient n de plus.
func grossir(ctx context.Context, p *processus.Processus, adresse string, n int) (avant, apres int, err error) {
	fermer, err := clients.OuvrirMuettes(ctx, adresse, 1)
	defer fermer()
	if err != nil {
		return 0, 0, err
	}
	if avant, err = p.Memoire(); err != nil {
		return 0, 0, err
	}
	fermerTout, err := clients.OuvrirMuettes(ctx, adresse, n)
	defer fermerTout()
	if err != nil {
		return 0, 0, err
	}
	apres, err = p.Memoire()
	return avant, apres, err
}
