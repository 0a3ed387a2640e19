// Un capteur qui envoie trois mesures sur une connexion.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"math"
	"math/rand"
	"net"
	"time"
)

type mesure struct {
	CapteurID   string  `json:"capteur_id"`
	Temperature float64 `json:"temperature"`
}

func main() {
	log.SetFlags(0)
	conn, err := net.DialTimeout("tcp", "127.0.0.1:5000", 3*time.Second)
	if err != nil {
		log.Fatalf("connexion impossible : %v", err)
	}
	defer conn.Close()

	enc := json.NewEncoder(conn)
	for range 3 {
		m := mesure{"capteur_toit", math.Round(100*(15+10*rand.Float64())) / 100}
		if err := enc.Encode(m); err != nil {
			log.Fatalf("envoi impossible : %v", err)
		}
		fmt.Printf("%s : %.2f °C\n", m.CapteurID, m.Temperature)
		time.Sleep(200 * time.Millisecond)
	}
}
