package main

import (
	"embed"
	"fmt"
	"path/filepath"
	"strings"
	"text/template"
)

// guide est le nom de ce qui dit par où commencer : ni README ni LISEZMOI, qui sont à l'élève d'écrire.
const guide = "COMMENCER.txt"

//go:embed modeles
var modeles embed.FS

var textes = template.Must(template.ParseFS(modeles, "modeles/*.txt"))

// chapitre est un moment de la leçon, et les fonctions que la suite y nomme.
type chapitre struct {
	titre     string
	fonctions string
}

// lecons donne les chapitres de chaque étape.
var lecons = [len(etapes)][]chapitre{
	{
		{"un capteur, sans réseau", "NouvelEtatCapteur Generer"},
		{"il envoie, et attend sa confirmation", "Envoyer Connecter Close"},
		{"un serveur ouvre son port, et le ferme", "NouvelEtatServeur Ecouter Servir"},
		{"il traite ses clients", "TraiterConnexion Sauvegarder"},
	},
	{
		{"un capteur, sans réseau", "NouveauCapteurTCP CapteurTCP.Generer"},
		{"il envoie, et attend sa confirmation", "CapteurTCP.Envoyer CapteurTCP.Connecter CapteurTCP.Close"},
		{"un serveur ouvre son port, et le ferme", "NouveauServeurTCP ServeurTCP.Ecouter ServeurTCP.Servir"},
		{"il traite ses clients", "ServeurTCP.TraiterConnexion ServeurTCP.Sauvegarder"},
	},
	{
		{"un capteur, sans réseau", "NouveauCapteurTCP NouveauCapteur Capteur.Generer"},
		{"il envoie, et attend sa confirmation", "CapteurTCP.Envoyer CapteurTCP.Connecter CapteurTCP.Close"},
		{"un serveur ouvre son port, et le ferme", "NouveauServeurTCP NouveauServeur Serveur.Ecouter Serveur.Servir"},
		{"il traite ses clients", "ServeurTCP.TraiterConnexion ServeurTCP.Sauvegarder"},
	},
}

// commencer rend le guide d'un point de départ.
func (d demande) commencer(racine, dossier string) (string, error) {
	modele, depuis := d.langage, ""
	if d.depuis != "" {
		modele += "_depuis"
		reelDepuis, err := reel(d.depuis)
		if err != nil {
			return "", fmt.Errorf("dossier %s : %w", d.depuis, err)
		}
		depuis = citer(reelDepuis)
	}
	suffixe := suffixes[d.etape-1]
	var suite string
	if d.etape < len(etapes) {
		suite = strings.TrimSuffix(dossier, suffixe) + suffixes[d.etape]
	}
	var texte strings.Builder
	err := textes.ExecuteTemplate(&texte, modele+".txt", map[string]any{
		"Etape":    d.etape,
		"Suivante": d.etape + 1,
		"Idee":     [...]string{"des fonctions", "des classes", "l'héritage"}[d.etape-1],
		"Lecon":    lecon(d.etape),
		"Premiere": strings.Fields(lecons[d.etape-1][0].fonctions)[0],
		"Client":   "client" + suffixe,
		"Serveur":  "serveur" + suffixe,
		"Depot":    citer(racine),
		"Comparer": comparer("", filepath.Join(racine, etapes[d.etape-1])),
		"Dossier":  citer(dossier),
		"Depuis":   depuis,
		"Suite":    citer(suite),

		"Rafraichir": d.commandeRafraichir(dossier),
	})
	if err != nil {
		return "", fmt.Errorf("guide de l'étape %d : %w", d.etape, err)
	}
	return texte.String(), nil
}

// comparer rend les commandes qui montrent, d'un fichier à l'autre, ce qu'un autre dossier a de différent, et rien de plus que
// ce que la leçon demande d'écrire.
func comparer(dossier, autre string) (commandes []string) {
	for _, nom := range roles {
		commandes = append(commandes, fmt.Sprintf("git diff --no-index %s %s", citer(filepath.Join(dossier, nom)), citer(filepath.Join(autre, nom))))
	}
	return commandes
}

// lecon met en forme les chapitres d'une étape.
func lecon(etape int) string {
	var b strings.Builder
	for i, c := range lecons[etape-1] {
		fmt.Fprintf(&b, "  %d. %s\n", i+1, c.titre)
		ligne := "    "
		for _, f := range strings.Fields(c.fonctions) {
			if len(ligne)+1+len(f) > 78 {
				fmt.Fprintln(&b, ligne)
				ligne = "    "
			}
			ligne += " " + f
		}
		fmt.Fprintln(&b, ligne)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// citer rend un chemin tel qu'on peut le coller dans un terminal.
func citer(chemin string) string {
	if strings.ContainsAny(chemin, " '()&$;") {
		return `"` + chemin + `"`
	}
	return chemin
}
