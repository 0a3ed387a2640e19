// La commande nu est ce qu'un serveur doit au moins faire pour répondre d'une mesure durable : accepter, lire une ligne, la
// décoder, l'insérer dans SQLite, répondre. Elle ne vérifie rien, n'a ni échéances ni limites, ne groupe pas ses écritures,
// et s'arrête quand on la tue. Ce que les serveurs ajoutent se mesure à côté d'elle.
//
// Son argument est l'URI d'une base où la table mesures existe déjà. Elle écrit l'adresse où elle écoute.
package main

import (
	"bufio"
	"database/sql"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"time"

	_ "modernc.org/sqlite" // le pilote, sous le nom « sqlite »
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage : nu URI")
		os.Exit(2)
	}
	if err := servir(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "erreur :", err)
		os.Exit(1)
	}
}

// servir n'attend pas ses goroutines : elle ne finit que si le programme finit avec elle.
func servir(uri string) error {
	base, err := sql.Open("sqlite", uri)
	if err != nil {
		return err
	}
	defer base.Close()
	base.SetMaxOpenConns(1) // SQLite n'a qu'un écrivain : d'autres connexions ne feraient que l'attendre en dormant
	inserer, err := base.Prepare("INSERT INTO mesures(capteur_id, temperature, timestamp) VALUES (?,?,?)")
	if err != nil {
		return err
	}
	defer inserer.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer l.Close()
	fmt.Println(l.Addr())
	for {
		conn, err := l.Accept()
		if err != nil {
			return err
		}
		go traiter(conn, inserer)
	}
}

// traiter ferme à la première faute : son client verra bien qu'il n'a pas de réponse.
func traiter(conn net.Conn, inserer *sql.Stmt) {
	defer conn.Close()
	lignes := bufio.NewScanner(conn)
	for rang := 1; lignes.Scan(); rang++ {
		var mesure struct {
			CapteurID   string  `json:"capteur_id"`
			Temperature float64 `json:"temperature"`
		}
		if err := json.Unmarshal(lignes.Bytes(), &mesure); err != nil {
			return
		}
		maintenant := time.Now().UTC().Format("2006-01-02T15:04:05.000000Z")
		if _, err := inserer.Exec(mesure.CapteurID, mesure.Temperature, maintenant); err != nil {
			return
		}
		if _, err := fmt.Fprintf(conn, "{\"statut\":\"ok\",\"enregistrees\":%d}\n", rang); err != nil {
			return
		}
	}
}
