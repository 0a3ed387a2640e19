// Package criteres est le catalogue de ce que le correcteur vérifie d'un rendu de l'exercice : une valeur par critère, des
// données et une fonction. Les données servent partout (fiche, barème, aide) ; la fonction observe un rendu sur un
// [banc.Banc], et conclut par des faits.
//
// Une règle passe avant les autres : ne jamais donner tort à un programme juste. Ce que l'énoncé ne dit pas n'est pas une
// faute ; ce qu'on n'a pas pu voir est « non concluant » ; ce qui dépend du temps est rejoué avant d'être cru.
package criteres

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"capteurs/tests/banc"
	"capteurs/tests/decouverte"
)

// Cote est le côté qu'un critère observe.
type Cote string

// Les côtés.
const (
	CoteClient  Cote = "client"
	CoteServeur Cote = "serveur"
	CotePaire   Cote = "paire"
	CoteSource  Cote = "source"
)

// Exigence dit ce que vaut un critère.
type Exigence string

// Les exigences, au sens de la RFC 2119 : ce que l'énoncé demande, ce qu'un programme soigné fait, ce qu'on montre sans le
// juger.
const (
	Doit       Exigence = "DOIT"
	Devrait    Exigence = "DEVRAIT"
	Informatif Exigence = "INFORMATIF"
)

// Critere est une chose vérifiée d'un rendu.
type Critere struct {
	ID       string // stable, jamais réemployé
	Cote     Cote   // ce qu'il faut du rendu pour le vérifier
	Titre    string // un groupe nominal : il se lit bien qu'il soit réussi ou échoué
	Exigence Exigence
	Enonce   string             // la phrase de l'énoncé qui le demande, ou « » quand c'est affaire de soin
	Pourquoi string             // ce qu'il y a à en apprendre
	Requiert []string           // critères sans lesquels celui-ci n'aurait pas de sens
	Etapes   []decouverte.Etape // nil : toutes
	Budget   time.Duration      // temps laissé à une vérification, multiplié par la patience ; 0 : BudgetUsuel
	Verifier func(*banc.Banc) banc.Resultat
}

// BudgetUsuel est le temps laissé à une vérification qui n'en demande pas un autre. Il borne ce qu'un rendu peut faire perdre, et ne
// juge pas sa vitesse.
const BudgetUsuel = time.Minute

// budget rend le temps laissé à une vérification.
func (c *Critere) budget() time.Duration {
	if c.Budget == 0 {
		return BudgetUsuel
	}
	return c.Budget
}

// Concerne dit si le critère se vérifie à une étape.
func (c *Critere) Concerne(e decouverte.Etape) bool {
	return c.Etapes == nil || slices.Contains(c.Etapes, e)
}

// Tous rend le catalogue, dans l'ordre où il se lit : le client, le serveur, sa robustesse, la paire, puis le source.
func Tous() []*Critere {
	return slices.Concat(duClient, duServeur, deRobustesse, deLaPaire, duSource)
}

// Trouver rend le critère d'un identifiant ; nil s'il n'existe pas. La casse ne compte pas.
func Trouver(id string) *Critere {
	for _, c := range Tous() {
		if strings.EqualFold(c.ID, id) {
			return c
		}
	}
	return nil
}

// Valider dit ce qui ne va pas dans un catalogue : un identifiant en double, un critère requis inconnu ou plus loin dans la
// liste (ce qui exclut tout cycle), une phrase qui manque.
func Valider(catalogue []*Critere) error {
	vus := map[string]bool{}
	for _, c := range catalogue {
		switch {
		case vus[c.ID]:
			return fmt.Errorf("critère %s en double", c.ID)
		case c.Titre == "" || c.Pourquoi == "" || c.Exigence == "" || c.Verifier == nil:
			return fmt.Errorf("critère %s incomplet", c.ID)
		}
		for _, requis := range c.Requiert {
			if !vus[requis] {
				return fmt.Errorf("critère %s : %s, qu'il requiert, ne le précède pas", c.ID, requis)
			}
		}
		vus[c.ID] = true
	}
	return nil
}

// Les conclusions, en une ligne chacune.

func reussi() banc.Resultat { return banc.Resultat{Verdict: banc.Reussi} }

func reussiMais(format string, args ...any) banc.Resultat {
	return banc.Resultat{Verdict: banc.Reussi, Remarque: fmt.Sprintf(format, args...)}
}

func echoue(attendu, observe string, codes ...string) banc.Resultat {
	r := banc.Resultat{Verdict: banc.Echoue, Attendu: attendu, Observe: observe}
	return diagnostiquer(r, codes...)
}

func partiel(fait, sur int, attendu, observe string, codes ...string) banc.Resultat {
	r := banc.Resultat{Verdict: banc.Partiel, Fait: fait, Sur: sur, Attendu: attendu, Observe: observe}
	if fait == 0 {
		r = banc.Resultat{Verdict: banc.Echoue, Attendu: attendu, Observe: observe}
	}
	return diagnostiquer(r, codes...)
}

func nonConcluant(format string, args ...any) banc.Resultat {
	return banc.Resultat{Verdict: banc.NonConcluant, Observe: fmt.Sprintf(format, args...)}
}
