package banc

import "time"

// Evenement est un fait observé. La suite des événements d'une vérification est sa preuve.
type Evenement struct {
	T      time.Duration `json:"t_ns"` // depuis le début de la vérification
	Qui    string        `json:"qui"`  // « serveur », « client », « banc », « référence »
	Quoi   string        `json:"quoi"` // « lance », « écoute », « connexion », « envoie », « reçoit », « ferme », « sortie », « erreurs », « fin », « fichier », « enregistré », « signal », « note »
	Conn   int           `json:"conn,omitempty"`
	Texte  string        `json:"texte,omitempty"`  // en français
	Octets []byte        `json:"octets,omitempty"` // octets échangés ou écrits, en entier jusqu'à une limite
	Taille int           `json:"taille,omitempty"` // leur vrai nombre, quand Octets est coupé
}

// Verdict est ce qu'une vérification conclut. « Je n'ai pas pu le savoir » en est un, et n'est jamais un échec.
type Verdict string

// Les verdicts possibles.
const (
	Reussi       Verdict = "réussi"
	Partiel      Verdict = "partiel" // une partie, dite par Fait et Sur
	Echoue       Verdict = "échoué"
	NonConcluant Verdict = "non concluant"        // rien ne permet de juger ; à relire
	Ignore       Verdict = "ignoré"               // un critère requis a échoué ; Cause le nomme
	Instable     Verdict = "instable"             // deux essais se contredisent
	Defaillance  Verdict = "erreur du correcteur" // la faute est au correcteur
)

// Resultat est la conclusion d'une vérification. Attendu et Observe disent des faits ; Diagnostics en donne des causes
// probables.
type Resultat struct {
	Verdict     Verdict      `json:"verdict"`
	Fait        int          `json:"fait,omitempty"` // pour Partiel : tant de réussis…
	Sur         int          `json:"sur,omitempty"`  // … sur tant
	Envoye      string       `json:"envoye,omitempty"`
	Attendu     string       `json:"attendu,omitempty"`
	Observe     string       `json:"observe,omitempty"`
	Cause       string       `json:"cause,omitempty"`    // pour Ignore : le critère qui a échoué
	Remarque    string       `json:"remarque,omitempty"` // ce qu'il faut savoir même quand c'est réussi
	Diagnostics []Diagnostic `json:"diagnostics,omitempty"`
}

// Diagnostic est une faute reconnue à ses traces.
type Diagnostic struct {
	Code  string `json:"code"`
	Piste string `json:"piste"` // une phrase qui enseigne, sans donner la solution
}
