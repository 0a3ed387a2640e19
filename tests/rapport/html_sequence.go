package rapport

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// pageSequence est un diagramme de séquence : une ligne de vie par participant, un rang par fait. Il est étroit à dessein :
// il tient sur un téléphone sans rapetisser.
type pageSequence struct {
	ID, Titre, Resume string
	Largeur, Hauteur  int
	Bas               int // où finissent les lignes de vie
	Vies              []pageVie
	Rangs             []pageRang
}

type pageVie struct {
	X   int
	Nom string
}

// pageRang est un fait du diagramme : une flèche, ou un point en X quand il ne va vers personne. Sans temps, c'est une coupure.
type pageRang struct {
	Y, X          int
	TexteX        int
	TexteY        int
	AGauche       bool // le texte finit en TexteX
	Temps, Texte  string
	Sorte         string // « message », « controle », « signal », « point », « coupure »
	Trait, Pointe string // chemins SVG
}

// Les mesures du dessin, en unités de sa vue.
const (
	sequenceLargeur = 360
	sequenceGauche  = 76 // première ligne de vie
	sequenceDroite  = 318
	sequenceTete    = 30
	sequencePas     = 31
	sequenceTexte   = 48 // caractères d'un rang
	sequenceMarge   = 52 // à gauche, celle des temps
)

// pageDessiner fait d'une preuve un diagramme d'au plus n rangs ; nil quand personne n'y parle à personne.
func pageDessiner(id string, faits []Fait, n int) *pageSequence {
	acteurs := pageActeurs(faits)
	if n == 0 || len(acteurs) < 2 {
		return nil
	}
	utiles := slices.DeleteFunc(slices.Clone(faits), func(f Fait) bool { return pageSortes[f.Quoi] == "" })
	debut, fin := pageBornes(len(utiles), n-n/3, n/3)
	s := &pageSequence{ID: id, Largeur: sequenceLargeur}
	places := map[string]int{}
	for i, nom := range acteurs {
		x := sequenceGauche + i*(sequenceDroite-sequenceGauche)/(len(acteurs)-1)
		places[nom] = x
		s.Vies = append(s.Vies, pageVie{x, nom})
	}
	conversation := pageConversation{acteurs, map[int]string{}}
	messages := 0
	y := sequenceTete
	for i := range utiles {
		f := &utiles[i]
		de, vers := conversation.sens(f)
		if i == debut && fin > debut {
			y += sequencePas
			s.Rangs = append(s.Rangs, pageRang{Y: y, TexteX: sequenceMarge, Sorte: "coupure",
				Texte: "… " + pluriel(fin-debut, "fait de plus", "faits de plus")})
		}
		if de != vers {
			messages++
		}
		if i >= debut && i < fin {
			continue
		}
		y += sequencePas
		s.Rangs = append(s.Rangs, pageTracer(f, y, places[de], places[vers]))
	}
	if messages == 0 {
		return nil
	}
	s.Bas = y + 12
	s.Hauteur = s.Bas + 6
	s.Titre = "Échange entre " + strings.Join(acteurs, ", ")
	s.Resume = fmt.Sprintf("%s en %s ; un trait plein porte des octets, un trait coupé ouvre ou ferme une connexion. La liste des faits, dessous, dit la même chose en texte.",
		pluriel(messages, "flèche", "flèches"), pageTemps(utiles[len(utiles)-1].TUS))
	return s
}

// pageSortes dit quels faits se dessinent, et comment.
var pageSortes = map[string]string{
	"envoie": "message", "reçoit": "message", "connexion": "controle", "ferme": "controle", "signal": "signal", "saisie": "signal",
	"écoute": "point", "fin": "point", "enregistré": "point", "alerte": "point",
}

// pageActeurs rend ceux qui agissent dans une preuve, dans l'ordre où ils se dessinent.
func pageActeurs(faits []Fait) (acteurs []string) {
	for _, nom := range []string{"client", "banc", "serveur", "référence"} {
		if slices.ContainsFunc(faits, func(f Fait) bool { return f.Qui == nom }) {
			acteurs = append(acteurs, nom)
		}
	}
	return acteurs
}

// pageConversation dit qui parle à qui : un fait ne nomme que celui qui agit.
type pageConversation struct {
	acteurs  []string
	ouvreurs map[int]string // qui a ouvert chaque connexion
}

func (c *pageConversation) sens(f *Fait) (de, vers string) {
	if !slices.Contains(c.acteurs, f.Qui) {
		return c.acteurs[0], c.acteurs[0] // un acteur inconnu ne dit rien à personne
	}
	switch f.Quoi {
	case "connexion":
		c.ouvreurs[f.Conn] = f.Qui
		return f.Qui, c.autre(f.Qui, f.Conn)
	case "envoie", "ferme":
		return f.Qui, c.autre(f.Qui, f.Conn)
	case "reçoit":
		return c.autre(f.Qui, f.Conn), f.Qui
	case "signal", "saisie":
		for _, cible := range []string{"serveur", "client"} {
			if slices.Contains(c.acteurs, cible) && (f.Quoi == "saisie" && cible == "client" || strings.HasSuffix(f.Texte, cible)) {
				return f.Qui, cible
			}
		}
	}
	return f.Qui, f.Qui
}

// autre rend l'autre bout d'une connexion.
func (c *pageConversation) autre(qui string, conn int) string {
	var choix []string
	switch qui {
	case "client":
		choix = []string{"référence", "serveur", "banc"}
	case "serveur":
		choix = []string{c.ouvreurs[conn], "client", "référence", "banc"}
	case "référence":
		choix = []string{"client", "serveur"}
	default:
		choix = []string{"serveur", "client"}
	}
	for _, nom := range choix {
		if nom != qui && slices.Contains(c.acteurs, nom) {
			return nom
		}
	}
	return qui
}

func pageTracer(f *Fait, y, x1, x2 int) pageRang {
	texte := f.Texte
	if len(f.Octets) > 0 {
		texte = string(f.Octets[:min(len(f.Octets), 400)])
	}
	if i := strings.LastIndex(texte, ", réponse "); f.Quoi == "saisie" && i >= 0 {
		texte = texte[i+len(", réponse "):] // la question est dans la liste des faits
	}
	verbe := map[string]string{"envoie": "", "reçoit": "", "ferme": "", "fin": "", "signal": "", "enregistré": "enregistré : ", "saisie": "saisie "}
	debut, connu := verbe[f.Quoi]
	if !connu {
		debut = f.Quoi + " "
	}
	r := pageRang{Y: y, X: x1, Temps: strings.TrimSuffix(pageTemps(f.TUS), " ms"), Texte: pageCourt(debut+texte, sequenceTexte), Sorte: pageSortes[f.Quoi]}
	largeur := 23 * utf8.RuneCountInString(r.Texte) / 4 // d'une chasse fixe
	if r.AGauche = x2 < x1 || x1 == x2 && x1 > sequenceLargeur/2; r.AGauche {
		r.TexteX = max(x1-8, min(sequenceLargeur, sequenceMarge+largeur))
	} else {
		r.TexteX = max(sequenceMarge, min(x1+8, sequenceLargeur-largeur))
	}
	if x1 == x2 {
		r.Sorte, r.TexteY = "point", 3
		return r
	}
	r.TexteY = -7
	r.Trait = fmt.Sprintf("M%d 0H%d", x1, x2)
	if r.Pointe = fmt.Sprintf("M%d 0l-7-3.5v7z", x2); x2 < x1 {
		r.Pointe = fmt.Sprintf("M%d 0l7-3.5v7z", x2)
	}
	return r
}
