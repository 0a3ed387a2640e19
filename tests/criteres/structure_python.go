package criteres

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"capteurs/tests/decouverte"
)

//go:embed structure.py
var structurePy string

const (
	delaiPython     = 15 * time.Second
	maxSortiePython = 4 << 20
)

// lireStructurePython donne le travail au python3 de la machine, isolé de l'environnement : lui seul sait quelle syntaxe
// il accepte, et c'est lui qui lancera le programme.
func lireStructurePython(ctx context.Context, dossier string, programmes map[Cote]*decouverte.Programme) (Structure, error) {
	var s Structure
	python, err := exec.LookPath("python3")
	if err != nil {
		python, err = exec.LookPath("python")
	}
	if err != nil {
		s.aLire("python3 n'est pas sur cette machine : le code Python n'a pas pu être lu")
		return s, nil
	}
	args := []string{"-I", "-S", "-", dossier}
	for _, cote := range []Cote{CoteClient, CoteServeur} {
		if p := programmes[cote]; p != nil {
			chemin, err := cheminDuRendu(p)
			if err != nil {
				return s, err
			}
			args = append(args, string(cote)+"="+chemin)
		}
	}
	limite, annuler := context.WithTimeout(ctx, delaiPython)
	defer annuler()
	var sortie, erreurs tampon
	cmd := exec.CommandContext(limite, python, args...)
	cmd.Stdin = strings.NewReader(structurePy)
	cmd.Stdout, cmd.Stderr = &sortie, &erreurs
	cmd.Dir = os.TempDir()
	cmd.WaitDelay = time.Second
	err = cmd.Run()
	switch {
	case ctx.Err() != nil:
		return s, ctx.Err()
	case limite.Err() != nil:
		s.aLire("le code Python est trop long à lire : plus de %v", delaiPython)
		return s, nil
	case sortie.plein:
		s.aLire("le code Python a trop de classes pour être lu")
		return s, nil
	case err != nil:
		s.aLire("le code Python n'a pas pu être lu : %s", derniereLigne(erreurs.String(), err))
		return s, nil
	}
	var lu struct {
		Classes        []Classe
		Usages         []Usage
		Fils           []string
		Explication    []string
		SQLConcatene   []string `json:"sql_concatene"`
		CheminsAbsolus []string `json:"chemins_absolus"`
		Syntaxe        []string
		Illisibles     []string
	}
	if err := json.Unmarshal(sortie.Bytes(), &lu); err != nil {
		return s, fmt.Errorf("lecture de la structure Python : %w", err)
	}
	s = Structure{
		Classes: lu.Classes, Usages: lu.Usages, Fils: lu.Fils, Explication: lu.Explication,
		SQLConcatene: lu.SQLConcatene, CheminsAbsolus: lu.CheminsAbsolus, Syntaxe: lu.Syntaxe,
	}
	if len(lu.Illisibles) > 0 {
		s.aLire("%s", strings.Join(lu.Illisibles, " ; "))
	}
	return s, nil
}

func derniereLigne(texte string, err error) string {
	lignes := strings.Split(strings.TrimSpace(texte), "\n")
	if derniere := lignes[len(lignes)-1]; derniere != "" {
		return couperTexte(derniere)
	}
	return err.Error()
}

// tampon garde ce qu'un processus écrit, jusqu'à une limite.
type tampon struct {
	bytes.Buffer
	plein bool
}

var errPlein = errors.New("sortie trop longue")

func (t *tampon) Write(octets []byte) (int, error) {
	if t.Len()+len(octets) > maxSortiePython {
		t.plein = true
		return 0, errPlein
	}
	return t.Buffer.Write(octets)
}
