package main

import (
	"fmt"
	"os"
	"path/filepath"

	"capteurs/tests/classe"
)

// deuxRendus copie ce dépôt en deux rendus, que le correcteur juge comme tout autre : l'essentiel de chaque étape, qui se lit
// d'abord, et les étapes. Ensemble, ils donneraient deux clients et deux serveurs à chaque étape.
func deuxRendus(racine, vers string) ([]classe.Depot, error) {
	essentiel := classe.Depot{Nom: "essentiel", Chemin: filepath.Join(vers, "essentiel")}
	etapes := classe.Depot{Nom: "étapes", Chemin: filepath.Join(vers, "etapes")}
	if err := copier(racine, essentiel.Chemin, etapes.Chemin); err != nil {
		return nil, fmt.Errorf("copie des étapes de ce dépôt : %w", err)
	}
	return []classe.Depot{essentiel, etapes}, nil
}

func copier(racine, essentiel, etapes string) error {
	dossiers, err := filepath.Glob(filepath.Join(racine, "step*"))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(essentiel, 0o700); err != nil {
		return err
	}
	for _, dossier := range append(dossiers, filepath.Join(racine, "shared")) {
		if err := os.CopyFS(filepath.Join(etapes, filepath.Base(dossier)), os.DirFS(dossier)); err != nil {
			return err
		}
	}
	for _, dossier := range dossiers {
		nom := filepath.Base(dossier)
		if err := os.Rename(filepath.Join(etapes, nom, "essentiel"), filepath.Join(essentiel, nom)); err != nil {
			return err
		}
	}
	for _, nom := range []string{"go.mod", "go.sum"} {
		octets, err := os.ReadFile(filepath.Join(racine, nom))
		if err == nil {
			err = os.WriteFile(filepath.Join(etapes, nom), octets, 0o600)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
