package rapport

import (
	"fmt"
	"io"
	"strings"

	"capteurs/tests/criteres"
)

// Explication écrit ce qu'un critère demande et pourquoi, en lignes de s.Largeur colonnes.
func Explication(w io.Writer, c *criteres.Critere, s Style) error {
	largeur := s.Largeur
	if largeur == 0 {
		largeur = 80
	}
	var texte strings.Builder
	fmt.Fprintf(&texte, "%s  %s\n", c.ID, c.Titre)
	ecrire := func(nom, phrase string) {
		if phrase == "" {
			return
		}
		const retrait = 13
		for i, ligne := range couper(phrase, largeur-retrait, largeur-retrait) {
			if i > 0 {
				nom, ligne = "", strings.TrimPrefix(ligne, " ")
			}
			fmt.Fprintf(&texte, "  %-11s%s\n", nom, ligne)
		}
	}
	ecrire("exigence", raisons[c.Exigence])
	ecrire("regarde", regards[c.Cote])
	ecrire("étapes", etapesDe(c))
	ecrire("énoncé", guillemets(c.Enonce))
	ecrire("pourquoi", c.Pourquoi)
	ecrire("requiert", strings.Join(c.Requiert, ", "))
	_, err := io.WriteString(w, texte.String())
	return err
}

var raisons = map[criteres.Exigence]string{
	criteres.Doit:       "DOIT : l'énoncé le demande.",
	criteres.Devrait:    "DEVRAIT : un programme soigné le fait, sans que l'énoncé le demande.",
	criteres.Informatif: "INFORMATIF : montré à l'enseignant, jamais jugé.",
}

var regards = map[criteres.Cote]string{
	criteres.CoteClient:  "le client, face à un serveur que le correcteur tient",
	criteres.CoteServeur: "le serveur, à qui le correcteur envoie des mesures",
	criteres.CotePaire:   "le client et le serveur, ensemble",
	criteres.CoteSource:  "le source, lu en arbre de syntaxe",
}

func guillemets(phrase string) string {
	if phrase == "" {
		return ""
	}
	return "« " + phrase + " »"
}

// etapesDe nomme les étapes où un critère se vérifie.
func etapesDe(c *criteres.Critere) string {
	if c.Etapes == nil {
		return "toutes"
	}
	var noms []string
	for _, e := range c.Etapes {
		noms = append(noms, string(e))
	}
	return strings.Join(noms, ", ")
}
