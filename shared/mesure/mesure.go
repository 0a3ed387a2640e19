// Package mesure est le protocole : le message de l'énoncé (une température et l'identifiant de son capteur), sa
// validation, la lecture d'un flot d'octets en lots de mesures, et les accusés de réception du serveur.
//
// Du client au serveur, une connexion TCP porte un ou plusieurs objets JSON (RFC 8259, UTF-8), à la suite ou séparés
// par des blancs, compacts ou mis en page :
//
//	{"capteur_id": "capteur_1", "temperature": 23.5}
//
// Du serveur au client, une ligne JSON par réponse : voir [Accuse].
package mesure

import (
	"fmt"
	"math"

	"github.com/go-json-experiment/json/jsontext"
)

// Les limites du protocole.
const (
	IDMax      = 128      // longueur d'un capteur_id, en caractères
	MessageMax = 64 << 10 // taille d'un message, en octets
)

// Mesure est le message de l'énoncé : une température, et le capteur qui l'a relevée.
type Mesure struct {
	CapteurID   string  `json:"capteur_id"`  // de 1 à 128 caractères, ni blancs ni invisibles
	Temperature float64 `json:"temperature"` // en °C, finie
}

// Valider dit pourquoi la mesure serait refusée, ou rend nil si elle est valide.
func (m Mesure) Valider() error {
	if err := validerID(m.CapteurID); err != nil {
		return err
	}
	if math.IsNaN(m.Temperature) || math.IsInf(m.Temperature, 0) {
		return fmt.Errorf("temperature : nombre fini attendu, %v reçu", m.Temperature)
	}
	return nil
}

// Encoder ajoute à b les mesures, un objet JSON par ligne, et rend le tout. La première mesure invalide est une erreur
// qui la nomme ; b est alors rendu tel quel.
func Encoder(b []byte, mesures ...Mesure) ([]byte, error) {
	debut := len(b)
	for _, m := range mesures {
		if err := m.Valider(); err != nil {
			return b[:debut], fmt.Errorf("mesure du capteur %s impossible à envoyer : %w", citer(m.CapteurID), err)
		}
		b = append(b, `{"capteur_id":`...)
		b, _ = jsontext.AppendQuote(b, m.CapteurID) // n'échoue que sur de l'UTF-8 invalide, déjà refusé
		b = append(b, `,"temperature":`...)
		b = jsontext.AppendFloat(b, m.Temperature, 64)
		b = append(b, "}\n"...)
	}
	return b, nil
}
