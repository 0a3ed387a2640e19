// Package bareme fait une note de ce que le correcteur a conclu. Un barème est un fichier TOML, séparé du catalogue : un
// enseignant écrit le sien. Tout se compte en centièmes de point, en entiers : une note ne dépend pas d'un arrondi de machine.
package bareme

import (
	"fmt"
	"strings"

	"capteurs/tests/banc"
	"capteurs/tests/decouverte"
)

// Points est un nombre de points, en centièmes : 150 vaut 1,5 point.
type Points int

// String écrit des points à la française : « 1,5 », « 12 », « −0,25 ».
func (p Points) String() string {
	signe := ""
	if p < 0 {
		signe, p = "−", -p
	}
	return signe + strings.TrimRight(strings.TrimRight(fmt.Sprintf("%d,%02d", p/100, p%100), "0"), ",")
}

// Entree est ce qu'il faut d'un jugement pour le noter.
type Entree struct {
	Critere string
	Etape   decouverte.Etape
	Verdict banc.Verdict
	Fait    int    // pour un verdict partiel : tant de réussis…
	Sur     int    // … sur tant
	Cause   string // pour un verdict ignoré : le critère qui n'a pas réussi
}

// Copie est ce qu'il faut d'un rendu pour le noter.
type Copie struct {
	Nom     string
	Erreur  string             // pourquoi il n'a pas pu être corrigé ; « » s'il l'a été
	Etapes  []decouverte.Etape // celles qu'il contient
	Entrees []Entree
}

// Etat dit comment une ligne du barème a compté.
type Etat string

// Les états d'une ligne.
const (
	Compte     Etat = "compté"
	Retire     Etat = "retiré"      // rien n'a permis d'en juger : ni gagné ni perdu, à relire par l'enseignant
	Absent     Etat = "absent"      // le rendu n'a pas cette étape : perdu
	Decide     Etat = "décidé"      // par l'enseignant
	Bloquee    Etat = "en panne"    // erreur du correcteur : pas de note tant qu'elle n'est pas levée
	NonVerifie Etat = "non vérifié" // la correction n'a pas porté sur tous les critères : pas de note
)

// Ligne est un critère à une étape, et ce qu'il a rapporté.
type Ligne struct {
	Critere  string           `json:"critere"`
	Etape    decouverte.Etape `json:"etape"`
	Sur      Points           `json:"sur"`     // centièmes
	Obtenus  Points           `json:"obtenus"` // centièmes
	Etat     Etat             `json:"etat"`
	Decision *Decision        `json:"decision,omitempty"`
}

// Section est une partie du barème.
type Section struct {
	Titre   string  `json:"titre"`
	Bonus   bool    `json:"bonus,omitempty"` // s'ajoute, et n'est pas dans le total
	Sur     Points  `json:"sur"`             // centièmes
	Comptes Points  `json:"comptes"`         // centièmes ; sur, moins ce qui est retiré
	Obtenus Points  `json:"obtenus"`         // centièmes
	Lignes  []Ligne `json:"lignes"`
}

// Plafond est une limite qui s'est appliquée : sans tel critère, la note ne dépasse pas tant.
type Plafond struct {
	Motif    string   `json:"motif"`
	NoteMax  Points   `json:"note_max"` // centièmes
	Criteres []string `json:"criteres"` // « SRV-02 (procédural) », ceux qui ont manqué
}

// Gain est ce que rapporterait de réussir un critère, avec ceux qu'il empêche de vérifier.
type Gain struct {
	Critere  string           `json:"critere"`
	Etape    decouverte.Etape `json:"etape"`
	Points   Points           `json:"points"`             // centièmes
	Debloque int              `json:"debloque,omitempty"` // critères ignorés à cause de lui
}

// Note est la note d'un rendu, et tout ce qui l'explique.
type Note struct {
	Sur      Points    `json:"sur"`               // centièmes ; 2000 pour une note sur 20
	Finale   *Points   `json:"finale"`            // centièmes, arrondie ; null tant qu'elle est bloquée
	Bloquee  string    `json:"bloquee,omitempty"` // pourquoi il n'y a pas de note, en une phrase
	Obtenus  Points    `json:"obtenus"`           // centièmes, hors bonus
	Comptes  Points    `json:"comptes"`           // centièmes ; le total, moins ce qui est retiré
	Bonus    Points    `json:"bonus,omitempty"`   // centièmes
	Palier   string    `json:"palier,omitempty"`
	Sections []Section `json:"sections"`
	Plafonds []Plafond `json:"plafonds,omitempty"`
	ARelire  []Ligne   `json:"a_relire,omitempty"` // ce qu'un enseignant doit regarder avant de croire la note
	Gains    []Gain    `json:"gains,omitempty"`    // les trois qui rapporteraient le plus
}

// Decision est ce qu'un enseignant a décidé d'un critère.
type Decision struct {
	Rendu   string           `json:"rendu"`
	Critere string           `json:"critere"`
	Etape   decouverte.Etape `json:"etape,omitempty"` // « » : à toutes
	Points  Points           `json:"points"`          // centièmes
	Motif   string           `json:"motif"`
	Auteur  string           `json:"auteur,omitempty"`
}

// Resume dit quel barème a servi.
type Resume struct {
	Nom       string `json:"nom"`
	Empreinte string `json:"empreinte"` // des octets du fichier, SHA-256 en hexadécimal
	NoteSur   Points `json:"note_sur"`  // centièmes
}
