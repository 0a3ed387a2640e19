// Le serveur : il ajoute à donnees.txt chaque mesure qu'on lui envoie. Ctrl-C l'arrête.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"io"
	"log"
	"net"
	"os"
	"os/signal"
	"sync"
	"time"
)

// Mesure est un message lu. Un pointeur nil dit qu'il y manque un membre ; un nombre dirait 0, qui est une température.
type Mesure struct {
	CapteurID   *string  `json:"capteur_id"`
	Temperature *float64 `json:"temperature"` // en °C
}

// Serveur est la classe de base : ce que tout serveur TCP sait faire, sans savoir ce qu'on s'y dit.
type Serveur struct {
	adresse  string
	clients  sync.WaitGroup // une goroutine chacun
	traitant interface {    // l'étape qui varie
		TraiterConnexion(context.Context, net.Conn) error
	}
}

// Ecouter ouvre le port.
func (s *Serveur) Ecouter() (net.Listener, error) {
	return net.Listen("tcp", s.adresse)
}

// Servir est la méthode principale : elle confie chaque client à une goroutine, jusqu'à une erreur ou la fin de ctx.
func (s *Serveur) Servir(ctx context.Context) error {
	l, err := s.Ecouter()
	if err != nil {
		return err
	}
	log.Println("serveur à l'écoute sur", l.Addr())
	context.AfterFunc(ctx, func() { l.Close() })
	for {
		conn, err := l.Accept()
		if err != nil {
			return err
		}
		s.clients.Go(func() { log.Println(conn.RemoteAddr(), "a fini :", s.traitant.TraiterConnexion(ctx, conn)) })
	}
}

// ServeurTCP hérite de Serveur, et y ajoute les messages JSON et leur sauvegarde.
type ServeurTCP struct {
	Serveur
	mu sync.Mutex // on écrit dans le fichier chacun son tour
}

// NouveauServeurTCP rend un serveur, qui n'écoute pas encore. Il se donne à sa base, qui ne le connaît pas.
func NouveauServeurTCP(adresse string) *ServeurTCP {
	s := &ServeurTCP{Serveur: Serveur{adresse: adresse}}
	s.traitant = s
	return s
}

// TraiterConnexion reçoit, parse et sauvegarde les messages d'un client. Elle rend ce qui y met fin : EOF, s'il ferme ou passe 64 Kio.
func (s *ServeurTCP) TraiterConnexion(ctx context.Context, conn net.Conn) error {
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	flux := &io.LimitedReader{R: conn}
	decodeur := json.NewDecoder(flux) // TCP coupe et colle les messages ; lui voit où chacun finit
	for {
		flux.N = 64 << 10 // octets : un message qui ne finit pas ne remplira pas la mémoire
		var message json.RawMessage
		if err := decodeur.Decode(&message); err != nil {
			return err
		}
		if m := new(Mesure); json.Unmarshal(message, m) != nil || m.CapteurID == nil || m.Temperature == nil {
			log.Printf("%v : capteur_id (un texte) et temperature (un nombre) attendus, %.80q reçu", conn.RemoteAddr(), message)
		} else if err := s.Sauvegarder(m); err != nil {
			return err
		}
	}
}

// Sauvegarder ajoute une ligne à donnees.txt : la mesure, et l'heure de sa réception.
func (s *ServeurTCP) Sauvegarder(m *Mesure) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, err := os.OpenFile("donnees.txt", os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	ligne := map[string]any{"timestamp": time.Now().UTC(), "capteur_id": m.CapteurID, "temperature": m.Temperature}
	return json.NewEncoder(f).Encode(ligne)
}

func main() {
	adresse := flag.String("adresse", "127.0.0.1:5000", "où écouter")
	flag.Parse()
	ctx, arreter := signal.NotifyContext(context.Background(), os.Interrupt)
	defer arreter()
	s := NouveauServeurTCP(*adresse)
	if err := s.Servir(ctx); ctx.Err() == nil {
		log.Fatalln("le serveur s'arrête :", err)
	}
	s.clients.Wait() // la mesure qu'on écrit finit de l'être
}
