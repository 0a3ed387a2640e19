package releve

// Enregistrement est une ligne, ou une rangée, que le serveur a enregistrée.
type Enregistrement struct {
	Ou     string            `json:"ou"`               // « donnees.txt:3 », « donnees.db, table mesures, rangée 2 »
	Texte  string            `json:"texte"`            // la ligne, telle quelle ; les cellules séparées par « | » pour une rangée
	Champs map[string]string `json:"champs,omitempty"` // par nom de colonne ou de membre, quand ils en ont un
	Forme  string            `json:"forme"`            // « texte », « csv », « json par ligne », « json », « sqlite »
}
