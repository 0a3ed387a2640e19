package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"capteurs/shared/mesure"
	"capteurs/tests/charge/cadence"
	"capteurs/tests/charge/clients"
)

// Ce que compte un plafond de la machine, par seconde.
const (
	enEcritures = "écritures"
	enOctets    = "octets"
	enMesures   = "mesures"
)

// plafondDeLaMachine ne dépend d'aucun scénario : c'est ce que permet, à elle seule, une des choses qu'un serveur fait.
type plafondDeLaMachine struct {
	plafond
	cle    string
	unite  string
	reseau *clients.Charge // celle dont c'est le réseau seul ; nil si c'est autre chose
}

var plafondsDeLaMachine = []plafondDeLaMachine{
	{plafond{"disque : 4 Kio et fdatasync", false, synchroniser}, "disque", enEcritures, nil},
	{plafond{fmt.Sprintf("boucle locale, %d connexions", nbFlots), false, boucleLocale}, "boucle", enOctets, nil},
	{plafond{"lecture du JSON seule, un cœur", false, lireSeulement}, "lecture", enMesures, nil},
	reseauSeul("reseau_1", 1),
	reseauSeul("reseau_64", 64),
	reseauSeul("reseau_1000", 1000),
}

func reseauSeul(cle string, n int) plafondDeLaMachine {
	c := clients.Charge{Genre: clients.Attente, Clients: n}
	return plafondDeLaMachine{plafond{"réseau seul, " + c.String(), false, func(ctx context.Context, _ string, duree time.Duration) (cadence.Resultat, error) {
		return c.ReseauSeul(ctx, duree)
	}}, cle, enMesures, &c}
}

const octetsParPage = 4 << 10

// synchroniser mesure ce que coûte de rendre durable une page ajoutée à un fichier.
func synchroniser(ctx context.Context, dossier string, duree time.Duration) (r cadence.Resultat, err error) {
	f, err := os.OpenFile(filepath.Join(dossier, "disque"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return r, fmt.Errorf("fichier d'essai impossible à créer : %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	page := make([]byte, octetsParPage)
	return cadence.Cadencer(ctx, duree, 1, []cadence.Operation{func() error {
		if _, err := f.Write(page); err != nil {
			return err
		}
		return fdatasync(f)
	}})
}

func boucleLocale(ctx context.Context, _ string, duree time.Duration) (cadence.Resultat, error) {
	r, err := clients.BoucleLocale(ctx, nbFlots, duree)
	return r.AvecAttentes(new(cadence.Histogramme)), err // une écriture n'attend que de la place : cela ne dit rien
}

// lireSeulement mesure la lecture de messages qui sont déjà en mémoire.
func lireSeulement(ctx context.Context, _ string, duree time.Duration) (cadence.Resultat, error) {
	bloc, err := mesure.Encoder(nil, clients.Charge{}.Mesures(0, clients.MesuresParBloc)...)
	if err != nil {
		return cadence.Resultat{}, err
	}
	return cadence.Cadencer(ctx, duree, clients.MesuresParBloc, []cadence.Operation{func() error {
		lecteur := mesure.NouveauLecteur(bytes.NewReader(bloc))
		for lues := 0; ; {
			lot, err := lecteur.Lire()
			lues += len(lot.Mesures)
			switch {
			case errors.Is(err, io.EOF) && lues == clients.MesuresParBloc:
				return nil
			case err != nil:
				return fmt.Errorf("lecture en mémoire : %d mesures lues, %d attendues : %w", lues, clients.MesuresParBloc, err)
			}
		}
	}})
}
