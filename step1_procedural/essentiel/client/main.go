// Le client : un capteur envoie une température au serveur.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"math"
	"math/rand/v2"
	"net"
)

// Mesure est un message : {"capteur_id":"capteur_1","temperature":23.5}.
type Mesure struct {
	CapteurID   string  `json:"capteur_id"`
	Temperature float64 `json:"temperature"` // en °C
}

// EtatCapteur est ce que les fonctions du client se passent de l'une à l'autre.
type EtatCapteur struct {
	id      string
	adresse string // du serveur
}

// Generer rend une mesure plausible : autour de 20 °C, au dixième près.
func Generer(c *EtatCapteur) Mesure {
	return Mesure{CapteurID: c.id, Temperature: math.Round(200+30*rand.NormFloat64()) / 10}
}

// Envoyer est la fonction principale : elle se connecte, envoie une mesure en JSON, et ferme la connexion.
func Envoyer(c *EtatCapteur, m Mesure) error {
	conn, err := net.Dial("tcp", c.adresse)
	if err != nil {
		return fmt.Errorf("serveur injoignable, est-il lancé ? %w", err)
	}
	defer conn.Close()
	return json.NewEncoder(conn).Encode(m)
}

func main() {
	adresse := flag.String("adresse", "127.0.0.1:5000", "où est le serveur")
	id := flag.String("capteur", "capteur_1", "identifiant du capteur")
	temperature := flag.Float64("temperature", math.NaN(), "en °C ; sans elle, le capteur la génère")
	flag.Parse()
	c := &EtatCapteur{id: *id, adresse: *adresse}
	m := Generer(c)
	if !math.IsNaN(*temperature) {
		m.Temperature = *temperature
	}
	if err := Envoyer(c, m); err != nil {
		log.Fatalln("rien n'est envoyé :", err)
	}
	fmt.Printf("%s : %v °C, envoyés à %s\n", m.CapteurID, m.Temperature, *adresse)
}
