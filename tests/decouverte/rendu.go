package decouverte

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
