package decouverte

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// Trouver cherche dans un dossier le client et le serveur de chaque étape, sans rien exécuter. Elle regarde d'abord les
// noms des fichiers, puis ceux des dossiers, puis les textes ; un fichier kata.toml, s'il y en a un, passe avant tout.
//
// Ce qui manque n'est pas une erreur : Remarques le dit. Une erreur est un dossier illisible, ou un kata.toml faux.
func Trouver(dossier string) (Rendu, error) {
	absolu, err := filepath.Abs(dossier)
	if err != nil {
		return Rendu{}, fmt.Errorf("dossier illisible : %w", err)
	}
	infos, err := os.Stat(absolu)
	if err != nil {
		return Rendu{}, fmt.Errorf("dossier introuvable : %s", dossier)
	}
	if !infos.IsDir() {
		return Rendu{}, fmt.Errorf("%s n'est pas un dossier", dossier)
	}
	racine, err := os.OpenRoot(absolu)
	if err != nil {
		return Rendu{}, fmt.Errorf("dossier illisible : %s", dossier)
	}
	defer racine.Close()

	resultat := Rendu{Nom: filepath.Base(absolu), Dossier: absolu, Etapes: map[Etape]Paire{}}
	manifeste, err := lireManifeste(racine)
	if err != nil {
		return Rendu{}, err
	}
	p, err := parcourir(racine)
	if err != nil {
		return Rendu{}, err
	}
	r := lireRendu(p)
	candidats := r.candidats()
	r.nommerEtapes(candidats)
	for _, c := range candidats {
		prefererCandidat(c)
	}
	places := placer(candidats)
	for pl := range places {
		if manifeste[pl] != nil {
			delete(places, pl) // rien à choisir : le rendu le dit
		}
	}
	choisis := r.choisir(places)
	for _, e := range Etapes {
		var paire Paire
		for ro, vers := range map[role]**Programme{roleClient: &paire.Client, roleServeur: &paire.Serveur} {
			if *vers = manifeste[place{e, ro}]; *vers == nil && choisis[e][ro] != nil {
				*vers = r.programme(choisis[e][ro])
			}
		}
		if paire.Client != nil || paire.Serveur != nil {
			resultat.Etapes[e] = paire
		}
	}
	r.remarquerAbsents(resultat.Etapes)
	resultat.Remarques = r.remarques
	return resultat, nil
}

// remarquerAbsents dit ce qui n'a pas été trouvé, et ce qui aurait pu l'être.
func (r *rendu) remarquerAbsents(etapes map[Etape]Paire) {
	complet := true
	for _, e := range Etapes {
		paire := etapes[e]
		complet = complet && paire.Client != nil && paire.Serveur != nil
		switch {
		case paire.Client == nil && paire.Serveur == nil:
			r.remarquer("étape %s : ni client ni serveur trouvés", e)
		case paire.Client == nil:
			r.remarquer("étape %s : pas de client trouvé", e)
		case paire.Serveur == nil:
			r.remarquer("étape %s : pas de serveur trouvé", e)
		}
	}
	if complet {
		return
	}
	for _, s := range r.sources {
		if n := lireNom(sansExtension(s.chemin)); s.langage == "" && n.role != roleInconnu {
			r.remarquer("%s : le correcteur ne sait pas lancer ce langage ; un fichier kata.toml peut le lui dire", s.chemin)
		}
	}
	r.remarques = slices.Compact(r.remarques)
}
