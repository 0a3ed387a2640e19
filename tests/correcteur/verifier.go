package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"capteurs/tests/banc"
	"capteurs/tests/classe"
	"capteurs/tests/criteres"
	"capteurs/tests/rapport"
)

// verifier vérifie des rendus, les note, et montre le résultat.
func verifier(ctx context.Context, args []string, sortie, erreurs *os.File) (int, error) {
	r, err := lireReglages(args)
	if err != nil {
		return 0, err
	}
	switch {
	case r.anonyme && r.rapports == "":
		return 0, malEmploye("-anonyme demande -rapports : qui est qui s'y écrit, dans un fichier à part")
	case r.lister:
		for _, c := range criteres.Tous() {
			fmt.Fprintf(sortie, "%s  %-10s  %s\n", c.ID, c.Exigence, c.Titre)
		}
		return toutReussi, nil
	case r.explique != "":
		return toutReussi, rapport.Explication(sortie, criteres.Trouver(r.explique), style(sortie, false))
	}
	n, err := r.notation()
	if err != nil {
		return 0, err
	}
	if r.anonyme { // avant tout le travail
		if err := refuserDeNommer(r.rapports); err != nil {
			return 0, err
		}
	}
	if r.surveiller {
		if len(r.restants) != 1 || r.classe != "" {
			return 0, malEmploye("-surveiller attend le dossier d'un rendu, et un seul")
		}
		return surveiller(ctx, r, n, r.restants[0], sortie, erreurs)
	}
	resultat, err := r.corriger(ctx, erreurs)
	if err != nil {
		return 0, err
	}
	n.noter(resultat, erreurs)
	return valeur(resultat), r.publier(resultat, sortie)
}

// corriger vérifie les rendus que nomme la ligne de commande.
func (r reglages) corriger(ctx context.Context, erreurs *os.File) (*rapport.Rapport, error) {
	copies, err := os.MkdirTemp("", "correcteur-")
	if err != nil {
		return nil, fmt.Errorf("dossier temporaire : %w", err)
	}
	defer os.RemoveAll(copies)
	depots, nom, err := r.depots(copies, erreurs)
	if err != nil {
		return nil, err
	}
	suivi := nouveauProgres(erreurs, r.classe != "")
	options := classe.Options{
		Criteres:  criteres.Options{Graine: r.graine, Patience: r.patience, Seuls: r.criteres(), Niveau: r.niveau()},
		SansCache: r.classe == "", // qui nomme un rendu veut le voir tourner
		Refaire:   r.refaire,
		Suivre:    suivi.avance,
	}
	options.Criteres.Construire = r.classe == "" && len(r.restants) == 0 // ce dépôt-ci n'est pas le rendu d'un autre
	if r.n0 {
		options.Raison = "demandé par -sans-isolation"
	}
	var rendus []rapport.Rendu
	for resultat := range classe.Corriger(ctx, depots, options) {
		rendus = append(rendus, resultat.Rendu)
	}
	suivi.finir()
	if ctx.Err() != nil {
		if r.classe != "" {
			fmt.Fprintf(erreurs, "%d rendus sur %d sont corrigés : relancez la même commande pour finir\n", len(rendus), len(depots))
		}
		return nil, context.Canceled
	}
	return classe.Assembler(nom, time.Now(), rendus), nil
}

// depots rend ce qu'il y a à corriger, et le nom de la classe quand c'en est une. Il peut faire des copies dans un dossier vide.
func (r reglages) depots(copies string, erreurs *os.File) (depots []classe.Depot, nom string, err error) {
	switch {
	case r.classe != "" && len(r.restants) > 0:
		return nil, "", malEmploye("-classe nomme tous les rendus : %q est de trop", r.restants[0])
	case r.classe != "":
		depots, remarques, err := classe.Lister(r.classe)
		if err != nil {
			return nil, "", fmt.Errorf("%w : %w", errUsage, err)
		}
		for _, remarque := range remarques {
			_ = rapport.Phrase(erreurs, remarque, style(erreurs, false))
		}
		return depots, nomDe(r.classe), nil
	case len(r.restants) == 0:
		racine, err := racineDuDepot()
		if err != nil {
			return nil, "", err
		}
		depots, err := deuxRendus(racine, copies)
		return depots, "", err
	}
	for _, chemin := range r.restants {
		depot, err := classe.Deposer(chemin)
		if err != nil {
			return nil, "", fmt.Errorf("%w : %w", errUsage, err)
		}
		depots = append(depots, depot)
	}
	return depots, "", nil
}

// nomDe rend le nom d'un dossier, « . » compris.
func nomDe(chemin string) string {
	if absolu, err := filepath.Abs(chemin); err == nil {
		chemin = absolu
	}
	return strings.ToValidUTF8(filepath.Base(chemin), "?")
}

// niveau rend le niveau d'isolation demandé ; « » : le meilleur que cette machine permette.
func (r reglages) niveau() banc.Niveau {
	if r.n0 {
		return banc.N0
	}
	return ""
}

// publier montre un rapport sur la sortie, et l'écrit où la ligne de commande le demande.
func (r reglages) publier(resultat *rapport.Rapport, sortie *os.File) error {
	if r.anonyme {
		if err := ecrireCorrespondances(r.rapports, classe.Anonymiser(resultat)); err != nil {
			return err
		}
	}
	if r.rapports != "" {
		if err := ecrireRapports(r.rapports, resultat); err != nil {
			return err
		}
	}
	if r.format != enTexte {
		return formats[r.format](sortie, resultat)
	}
	if len(resultat.Rendus) > 1 && r.classe != "" {
		return rapport.FicheClasse(sortie, resultat, style(sortie, r.preuves))
	}
	for i := range resultat.Rendus {
		if err := rapport.Fiche(sortie, &resultat.Rendus[i], style(sortie, r.preuves)); err != nil {
			return err
		}
	}
	return nil
}

// rendre refait les vues d'un rapport déjà écrit, et le note de nouveau si un barème est donné. Rien n'est relancé.
func rendre(_ context.Context, args []string, sortie, erreurs *os.File) (int, error) {
	r, err := lireReglages(args)
	if err != nil {
		return 0, err
	}
	if len(r.restants) != 1 || r.anonyme && r.rapports == "" {
		return 0, malEmploye("rendre attend un rapport, celui qu'écrit -format json ou -rapports")
	}
	n, err := r.notation()
	if err != nil {
		return 0, err
	}
	if r.anonyme { // avant tout le travail
		if err := refuserDeNommer(r.rapports); err != nil {
			return 0, err
		}
	}
	fichier, err := ouvrir(r.restants[0])
	if err != nil {
		return 0, err
	}
	defer fichier.Close()
	resultat, err := rapport.Lire(fichier)
	if err != nil {
		return 0, fmt.Errorf("%w : %s : %w", errUsage, r.restants[0], err)
	}
	if len(resultat.Rendus) == 0 {
		return 0, errors.New(r.restants[0] + " : ce rapport ne contient aucun rendu")
	}
	if r.bareme != "" || r.decisions != "" {
		n.noter(resultat, erreurs)
	}
	r.classe = resultat.Classe
	return valeur(resultat), r.publier(resultat, sortie)
}
