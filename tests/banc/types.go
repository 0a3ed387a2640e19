package banc

import "time"

// Etape est une étape de l'énoncé : la version simple, la version objet, la version avec héritage.
type Etape string

// Les étapes de l'énoncé, dans son ordre.
const (
	Procedural Etape = "procédural"
	POO        Etape = "poo"
	Heritage   Etape = "héritage"
)

// Etapes donne les étapes dans l'ordre de l'énoncé.
var Etapes = []Etape{Procedural, POO, Heritage}

// Programme est un programme d'un rendu, et la façon de le lancer.
type Programme struct {
	Fichier   string     `json:"fichier"`             // chemin dans le rendu, avec des /
	Langage   string     `json:"langage"`             // « Python », « Go », « Node », « Java », « shell », « exécutable »
	Commande  []string   `json:"commande"`            // à lancer depuis Dossier ; relative au rendu quand elle nomme un de ses fichiers
	Dossier   string     `json:"dossier"`             // dossier de lancement, dans le rendu, avec des / ; « . » pour sa racine
	Construit [][]string `json:"construit,omitempty"` // commandes qui le construisent d'abord, depuis Dossier (Go, Java)
	Pourquoi  string     `json:"pourquoi"`            // ce qui l'a fait choisir, en une phrase
	Erreur    string     `json:"erreur,omitempty"`    // pourquoi il ne se construit pas
}

// Paire est le client et le serveur d'une étape ; nil quand l'un manque.
type Paire struct {
	Client  *Programme `json:"client"`
	Serveur *Programme `json:"serveur"`
}

// Rendu est un dossier à vérifier, et les programmes qu'on y a trouvés.
type Rendu struct {
	Nom       string          `json:"nom"`
	Dossier   string          `json:"-"` // chemin du dossier, sur la machine
	Etapes    map[Etape]Paire `json:"etapes"`
	Remarques []string        `json:"remarques,omitempty"` // ce que le correcteur a écarté ou supposé, en phrases
}

// Enregistrement est une ligne, ou une rangée, que le serveur a enregistrée.
type Enregistrement struct {
	Ou     string            `json:"ou"`               // « donnees.txt:3 », « donnees.db, table mesures, rangée 2 »
	Texte  string            `json:"texte"`            // la ligne, telle quelle ; les cellules séparées par « | » pour une rangée
	Champs map[string]string `json:"champs,omitempty"` // par nom de colonne ou de membre, quand ils en ont un
	Forme  string            `json:"forme"`            // « texte », « csv », « json par ligne », « json », « sqlite »
}

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
