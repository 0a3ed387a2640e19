package main

import (
	"slices"
	"strings"
	"testing"
)

// La carte dit de chaque méthode ce qu'elle était, et qui répond à chaque étage.
func TestCarte(t *testing.T) {
	p := &page{lecon: preparer(lues(t))}
	c := p.carte("serveur.go")
	if attendus := []string{"Serveur", "ServeurTCP"}; !slices.Equal(c.Types, attendus) {
		t.Errorf("types %q, %q attendus", c.Types, attendus)
	}
	var lignes []string
	for _, l := range c.Lignes {
		lignes = append(lignes, strings.Join(append([]string{l.Nom, l.Etape1, l.Etape2}, l.Reponse...), " | "))
	}
	attendues := []string{
		"Ecouter | fonction | ServeurTCP | la sienne | celle de Serveur, promue",
		"Servir | fonction | ServeurTCP | la sienne | celle de Serveur, promue",
		"TraiterConnexion | fonction | ServeurTCP | — | la sienne",
		"Sauvegarder | fonction | ServeurTCP | — | la sienne",
	}
	if !slices.Equal(lignes, attendues) {
		t.Errorf("carte :\n%s\nattendue :\n%s", strings.Join(lignes, "\n"), strings.Join(attendues, "\n"))
	}
	p.lecon.etapes[2] = p.lecon.etapes[1]
	if c := p.carte("client.go"); c != nil {
		t.Errorf("sans héritage, la carte est %+v", c)
	}
}
