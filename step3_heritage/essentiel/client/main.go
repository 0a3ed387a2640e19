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

// Capteur est la classe de base : ce que tout capteur sait faire, quelle que soit la façon d'envoyer ses mesures.
type Capteur struct {
	id string
}

// Generer rend une mesure plausible : autour de 20 °C, au dixième près.
func (c *Capteur) Generer() Mesure {
	return Mesure{CapteurID: c.id, Temperature: math.Round(200+30*rand.NormFloat64()) / 10}
}

// CapteurTCP hérite de Capteur, et y ajoute la connexion et l'envoi.
type CapteurTCP struct {
	Capteur
	adresse string // du serveur
}

// Envoyer est la méthode principale : elle se connecte, envoie une mesure en JSON, et ferme la connexion.
func (c *CapteurTCP) Envoyer(m Mesure) error {
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
	c := &CapteurTCP{Capteur: Capteur{id: *id}, adresse: *adresse}
	m := c.Generer()
	if !math.IsNaN(*temperature) {
		m.Temperature = *temperature
	}
	if err := c.Envoyer(m); err != nil {
		log.Fatalln("rien n'est envoyé :", err)
	}
	fmt.Printf("%s : %v °C, envoyés à %s\n", m.CapteurID, m.Temperature, *adresse)
}
