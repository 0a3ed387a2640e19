package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"capteurs/tests/bareme"
	"capteurs/tests/rapport"
)

// sansBareme, à la place d'un fichier, demande de ne pas noter.
const sansBareme = "non"

// notation est ce qui fait une note : un barème, nil pour n'en pas faire, et les décisions d'un enseignant.
type notation struct {
	bareme    *bareme.Bareme
	decisions bareme.Decisions
}

// notation lit le barème et les décisions que la ligne de commande nomme. Sans tout vérifier, il n'y a pas de note à faire.
func (r reglages) notation() (n notation, err error) {
	switch r.bareme {
	case sansBareme:
	case "":
		n.bareme = bareme.ParDefaut()
	default:
		octets, err := lireFichier(r.bareme)
		if err != nil {
			return n, err
		}
		if n.bareme, err = bareme.Lire(r.bareme, octets); err != nil {
			return n, fmt.Errorf("%w : %w", errUsage, err)
		}
	}
	if r.decisions != "" {
		if n.bareme == nil {
			return n, malEmploye("-decisions demande un barème")
		}
		octets, err := lireFichier(r.decisions)
		if err != nil {
			return n, err
		}
		if n.decisions, err = n.bareme.LireDecisions(r.decisions, octets); err != nil {
			return n, fmt.Errorf("%w : %w", errUsage, err)
		}
	}
	if r.seuls != "" {
		n.bareme = nil
	}
	return n, nil
}

// noter note un rapport. Une décision qui ne vise aucun rendu se dit : c'est un nom mal écrit.
func (n notation) noter(r *rapport.Rapport, erreurs io.Writer) {
	if n.bareme == nil {
		r.Bareme = nil
		for i := range r.Rendus {
			r.Rendus[i].Note = nil
		}
		return
	}
	for _, d := range r.Noter(n.bareme, n.decisions) {
		fmt.Fprintf(erreurs, "décision sans rendu : « %s » (%s) n'est pas parmi ceux-ci\n", d.Rendu, d.Critere)
	}
}

// fichierMax borne ce qui se lit d'un barème ou de décisions, en octets.
const fichierMax = 1 << 20

func lireFichier(nom string) ([]byte, error) {
	f, err := ouvrir(nom)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	octets, err := io.ReadAll(io.LimitReader(f, fichierMax+1)) // un de plus que permis : bareme le refusera
	if err != nil {
		return nil, malEmploye("%s : %w", nom, err)
	}
	return octets, nil
}

// ouvrir ouvre un fichier que la ligne de commande nomme.
func ouvrir(nom string) (*os.File, error) {
	f, err := os.Open(nom)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, malEmploye("%s n'existe pas", nom)
	}
	if err != nil {
		return nil, malEmploye("%s ne s'ouvre pas : %w", nom, err)
	}
	return f, nil
}
