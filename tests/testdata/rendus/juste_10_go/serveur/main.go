// Un serveur qui ajoute chaque mesure reçue à donnees.txt, un objet JSON par ligne.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"log"
	"net"
	"os"
	"os/signal"
	"sync"
	"time"
)

const (
	adresse  = "127.0.0.1:5000"
	fichier  = "donnees.txt"
	ligneMax = 64 << 10
)

type recue struct {
	CapteurID   *string  `json:"capteur_id"`
	Temperature *float64 `json:"temperature"`
}

type enregistrement struct {
	CapteurID   string    `json:"capteur_id"`
	Temperature float64   `json:"temperature"`
	Horodatage  time.Time `json:"horodatage"`
}

type journal struct {
	mu sync.Mutex
	f  *os.File
}

func (j *journal) ajouter(ligne []byte) error {
	var m recue
	if err := json.Unmarshal(ligne, &m); err != nil {
		return err
	}
	if m.CapteurID == nil || m.Temperature == nil {
		return errors.New("il manque capteur_id ou temperature")
	}
	texte, err := json.Marshal(enregistrement{*m.CapteurID, *m.Temperature, time.Now()})
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	_, err = j.f.Write(append(texte, '\n'))
	return err
}

func servir(conn net.Conn, j *journal) {
	defer conn.Close()
	lignes := bufio.NewScanner(conn)
	lignes.Buffer(nil, ligneMax)
	for lignes.Scan() {
		if len(lignes.Bytes()) == 0 {
			continue
		}
		if err := j.ajouter(lignes.Bytes()); err != nil {
			log.Printf("%s : message refusé : %v", conn.RemoteAddr(), err)
		}
	}
	if err := lignes.Err(); err != nil {
		log.Printf("%s : %v", conn.RemoteAddr(), err)
	}
}

func main() {
	f, err := os.OpenFile(fichier, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	j := &journal{f: f}

	ecoute, err := net.Listen("tcp", adresse)
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	context.AfterFunc(ctx, func() { ecoute.Close() })
	log.Println("à l'écoute sur", adresse)

	for {
		conn, err := ecoute.Accept()
		if err != nil {
			if ctx.Err() == nil {
				log.Fatal(err)
			}
			log.Println("arrêt")
			return
		}
		go servir(conn, j)
	}
}
