package clients

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"capteurs/shared/mesure"
	"capteurs/tests/charge/cadence"
)

// ReseauSeul applique la charge à un serveur qui accuse réception sans rien lire ni enregistrer : ce que le réseau prend, à
// lui seul, à une mesure qui s'attend. Ce serveur vit dans ce programme, et s'épargne quelques changements de processus.
func (c Charge) ReseauSeul(ctx context.Context, duree time.Duration) (r cadence.Resultat, err error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return r, err
	}
	var enCours sync.WaitGroup
	enCours.Go(func() { accepter(l, &enCours, accuserSansLire) })
	defer enCours.Wait() // les capteurs ont alors fermé leurs connexions
	defer func() { err = errors.Join(err, l.Close()) }()
	return c.Appliquer(ctx, l.Addr().String(), duree)
}

func accepter(l net.Listener, enCours *sync.WaitGroup, traiter func(net.Conn)) {
	for {
		conn, err := l.Accept()
		if err != nil { // l est fermé
			return
		}
		enCours.Go(func() {
			defer conn.Close()
			traiter(conn)
		})
	}
}

// accuserSansLire répond à chaque arrivée d'octets, qui est ici une mesure entière : le capteur attend avant la suivante.
func accuserSansLire(conn net.Conn) {
	tampon, accuse := make([]byte, 2<<10), make([]byte, 0, 512)
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

const octetsParEcriture = 64 << 10

// BoucleLocale mesure les octets par seconde que des connexions de la machine à elle-même transportent vers qui les jette.
func BoucleLocale(ctx context.Context, connexions int, duree time.Duration) (r cadence.Resultat, err error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return r, err
	}
	var enCours sync.WaitGroup
	enCours.Go(func() { accepter(l, &enCours, jeterTout) })
	defer enCours.Wait()
	defer func() { err = errors.Join(err, l.Close()) }()
	conns, fermer, err := joindre(ctx, l.Addr().String(), connexions, 3*duree)
	defer fermer()
	if err != nil {
		return r, err
	}
	bloc := make([]byte, octetsParEcriture)
	operations := make([]cadence.Operation, connexions)
	for i, conn := range conns {
		operations[i] = func() error { _, err := conn.Write(bloc); return err }
	}
	return cadence.Cadencer(ctx, duree, len(bloc), operations)
}

func jeterTout(conn net.Conn) {
	tampon := make([]byte, octetsParEcriture)
	for {
		if _, err := conn.Read(tampon); err != nil {
			return
		}
	}
}
