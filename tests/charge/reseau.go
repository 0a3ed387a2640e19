package main

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"capteurs/shared/mesure"
)

// reseauSeul mesure n capteurs face à un serveur qui accuse réception sans rien lire ni enregistrer : ce que le réseau
// prend, à lui seul, à une mesure qui s'attend. Ce serveur vit dans ce programme, et s'épargne quelques changements de
// processus.
func reseauSeul(ctx context.Context, n int, duree time.Duration) (r resultat, err error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return r, err
	}
	var enCours sync.WaitGroup
	enCours.Go(func() { accepterEtAccuser(l, &enCours) })
	defer enCours.Wait() // les capteurs ont alors fermé leurs connexions
	defer func() { err = errors.Join(err, l.Close()) }()
	return chargerEnAttendant(ctx, l.Addr().String(), n, duree)
}

func accepterEtAccuser(l net.Listener, enCours *sync.WaitGroup) {
	for {
		conn, err := l.Accept()
		if err != nil { // l est fermé
			return
		}
		enCours.Go(func() {
			defer conn.Close()
			accuserSansLire(conn)
		})
	}
}

// accuserSansLire répond à chaque arrivée d'octets, qui est ici une mesure entière : le capteur attend avant la suivante.
func accuserSansLire(conn net.Conn) {
	tampon, accuse := make([]byte, 512), make([]byte, 0, 512)
	une := mesure.Lot{Mesures: make([]mesure.Mesure, 1)}
	for n := 1; ; n++ {
		if _, err := conn.Read(tampon); err != nil {
			return
		}
		if _, err := conn.Write(mesure.Accuser(accuse, une, n)); err != nil {
			return
		}
	}
}
