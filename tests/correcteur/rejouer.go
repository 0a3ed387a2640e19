package main

import (
	"context"
	"os"
	"slices"

	"capteurs/tests/banc"
	"capteurs/tests/criteres"
	"capteurs/tests/decouverte"
	"capteurs/tests/rapport"
)

// rejouer refait une vérification, montre tout ce qui s'y est échangé, et dit comment la refaire à la main.
func rejouer(ctx context.Context, args []string, sortie, erreurs *os.File) (int, error) {
	r, err := lireReglages(args)
	if err != nil {
		return 0, err
	}
	if len(r.restants) == 0 || len(r.restants) > 2 || criteres.Trouver(r.restants[0]) == nil {
		return 0, malEmploye("rejouer attend un critère (SRV-02), puis le dossier d'un rendu")
	}
	critere, etape := criteres.Trouver(r.restants[0]), decouverte.Etape(r.etape)
	if etape != "" && !(slices.Contains(decouverte.Etapes, etape) && critere.Concerne(etape)) {
		return 0, malEmploye("étape %q : procédural, poo ou héritage, et une que ce critère concerne", r.etape)
	}
	r.seuls = critere.ID
	r.restants = r.restants[1:]
	rendus, err := r.corriger(ctx, erreurs)
	if err != nil {
		return 0, err
	}
	garder(rendus, critere.ID, etape)
	for i := range rendus.Rendus {
		if err := rapport.Fiche(sortie, &rendus.Rendus[i], style(sortie, true)); err != nil {
			return 0, err
		}
		for _, j := range rendus.Rendus[i].Jugements {
			if err := rapport.ALaMain(sortie, &rendus.Rendus[i], &j); err != nil {
				return 0, err
			}
		}
	}
	return valeur(rendus), nil
}

// garder ne garde que les jugements d'un critère, ou ceux qui ont empêché de le vérifier, à une étape si elle est nommée.
func garder(r *rapport.Rapport, critere string, etape decouverte.Etape) {
	for i := range r.Rendus {
		rendu := &r.Rendus[i]
		causes := map[string]bool{}
		for _, j := range rendu.Jugements {
			if j.Critere == critere && j.Verdict == banc.Ignore {
				causes[string(j.Etape)+" "+j.Cause] = true
			}
		}
		gardes := rendu.Jugements[:0]
		for _, j := range rendu.Jugements {
			if (etape == "" || j.Etape == etape) && (j.Critere == critere || causes[string(j.Etape)+" "+j.Critere]) {
				gardes = append(gardes, j)
			}
		}
		rendu.Jugements = gardes
		etapes := rendu.Etapes[:0]
		for _, e := range rendu.Etapes {
			if e.Reconnaissance = nil; etape == "" || e.Nom == etape {
				etapes = append(etapes, e)
			}
		}
		rendu.Etapes = etapes
	}
}
