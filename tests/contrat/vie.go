package contrat

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"capteurs/shared/mesure"
)

func demiFermeture(t *testing.T, e Etape) {
	var m memoire
	s := e.lancer(t, reglagesServeur(&m), nil)
	for _, fin := range []string{"\n", ""} { // avec ou sans saut de ligne au bout
		c := joindre(t, s.adresse)
		c.envoyer(strings.TrimSuffix(message(releve("a", 1)), "\n") + fin)
		c.fermerEcriture()
		c.attendreOK(1)
		c.attendreFin()
	}
	egales(t, m.tout(), []mesure.Mesure{releve("a", 1), releve("a", 1)})
}

func coupure(t *testing.T, e Etape) {
	var m memoire
	s := e.lancer(t, reglagesServeur(&m), nil)
	const fois = 10
	for range fois {
		c := joindre(t, s.adresse)
		c.envoyer(message(releve("a", 1)))
		c.attendreOK(1)
		c.envoyer(message(releve("a", 2)) + `{"capteur_id":`)
		c.attendreOK(2)
		if err := c.conn.(*net.TCPConn).SetLinger(0); err != nil { // Close enverra RST
			t.Fatal(err)
		}
		c.conn.Close()
	}
	c := joindre(t, s.adresse)
	c.envoyer(message(releve("b", 1)))
	c.attendreOK(1)
	if n := len(m.tout()); n != 2*fois+1 {
		t.Errorf("%d mesures enregistrées, attendu %d", n, 2*fois+1)
	}
}

func clientSourd(t *testing.T, e Etape) {
	synctest.Test(t, func(t *testing.T) {
		var m memoire
		l := nouvelEcouteur()
		e.lancer(t, reglagesServeur(&m), l)
		ici, la := net.Pipe() // où rien ne lit : la première réponse y reste bloquée
		l.conns <- la
		t.Cleanup(func() { ici.Close() }) // même en échec, pour que le serveur puisse s'arrêter
		sourd := &client{t: t, conn: ici}
		autre := l.appeler(t)
		for i := range 3 {
			sourd.envoyer(message(releve("sourd", float64(i))))
			autre.envoyer(message(releve("autre", float64(i))))
			autre.attendreOK(i + 1)
		}
		ici.Close()
		if n := len(m.attendreMesures(t, 6)); n != 6 {
			t.Errorf("%d mesures enregistrées, attendu 6", n)
		}
	})
}

func clientMuet(t *testing.T, e Etape) {
	synctest.Test(t, func(t *testing.T) {
		var m memoire
		r := reglagesServeur(&m)
		r.Reception.Inactivite = time.Hour
		l := nouvelEcouteur()
		e.lancer(t, r, l)
		muet := l.appeler(t)
		bavard := l.appeler(t)
		for i := range 4 {
			bavard.envoyer(message(releve("bavard", float64(i))))
			bavard.attendreOK(i + 1)
			select {
			case <-muet.accuses:
				if i < 2 {
					t.Fatalf("client muet fermé avant l'heure d'inactivité")
				}
			default:
				if i > 2 {
					t.Fatalf("client muet encore ouvert après une heure d'inactivité")
				}
			}
			time.Sleep(30 * time.Minute) // dans le temps de la bulle
			synctest.Wait()
		}
	})
}

func clientLent(t *testing.T, e Etape) {
	synctest.Test(t, func(t *testing.T) {
		var m memoire
		r := reglagesServeur(&m)
		r.Reception.Inactivite, r.Reception.Delai = time.Minute, time.Hour
		l := nouvelEcouteur()
		e.lancer(t, r, l)
		c := l.appeler(t)
		for _, octet := range strings.Split(message(releve("a", 1)), "") {
			c.envoyer(octet)
			time.Sleep(50 * time.Second) // dans le temps de la bulle
		}
		c.attendreOK(1)
	})
}

func tropDeConnexions(t *testing.T, e Etape) {
	var m memoire
	r := reglagesServeur(&m)
	r.Ecoute.Connexions = 2
	s := e.lancer(t, r, nil)
	var ouvertes []*client
	for range r.Ecoute.Connexions {
		c := joindre(t, s.adresse)
		c.envoyer(message(releve("a", 1)))
		c.attendreOK(1)
		ouvertes = append(ouvertes, c)
	}
	deTrop := joindre(t, s.adresse)
	if cause := deTrop.attendreRefus(0); !strings.Contains(cause, "connexions") {
		t.Errorf("refusée pour « %s », attendu que la cause nomme les connexions", cause)
	}
	deTrop.attendreFin()

	ouvertes[0].fermerEcriture()
	ouvertes[0].attendreFin()
	limite := time.Now().Add(patience)
	for { // la place se libère juste après la fermeture
		c := joindre(t, s.adresse)
		c.envoyer(message(releve("b", 1)))
		if a := c.recevoir(); a.Statut == mesure.OK {
			break
		}
		if time.Now().After(limite) {
			t.Fatalf("la place libérée ne sert pas après %v", patience)
		}
		c.conn.Close() // les essais ne s'accumulent pas
	}
	ouvertes[1].envoyer(message(releve("a", 2)))
	ouvertes[1].attendreOK(2)
}

func sansClient(t *testing.T, e Etape) {
	r := reglagesServeur(&memoire{})
	r.Adresse = net.JoinHostPort(HoteReserve(), "0") // nul autre ne peut y reprendre le port
	s := e.lancer(t, r, nil)
	if err := s.arreter(); err != nil {
		t.Fatalf("Servir() = %v, attendu nil", err)
	}
	if conn, err := net.DialTimeout("tcp", s.adresse, patience); err == nil {
		conn.Close()
		t.Errorf("le port %s accepte encore après l'arrêt", s.adresse)
	}
}

func arret(t *testing.T, e Etape) {
	synctest.Test(t, func(t *testing.T) { arretEnCours(t, e) })

	var m memoire
	r := reglagesServeur(&m)
	r.Adresse = net.JoinHostPort(HoteReserve(), "0") // nul autre ne peut y reprendre le port
	s := e.lancer(t, r, nil)
	c := joindre(t, s.adresse)
	c.envoyer(message(releve("a", 1)))
	c.attendreOK(1)
	if err := s.arreter(); err != nil {
		t.Fatalf("Servir() = %v, attendu nil", err)
	}
	c.attendreFin()
	if conn, err := net.DialTimeout("tcp", s.adresse, patience); err == nil {
		conn.Close()
		t.Errorf("le port %s accepte encore après l'arrêt", s.adresse)
	}
}

// arretEnCours arrête un serveur dans un temps simulé : il ne lit ses clients que peu de temps encore, qu'une machine
// chargée pourrait ne pas avoir.
func arretEnCours(t *testing.T, e Etape) {
	commencee, ouvrir := make(chan struct{}), make(chan struct{})
	liberer := sync.OnceFunc(func() { close(ouvrir) })
	m := memoire{avant: func(mesures []mesure.Mesure) error {
		if mesures[0].CapteurID == "longue" {
			close(commencee)
			<-ouvrir
		}
		return nil
	}}
	l := nouvelEcouteur()
	s := e.lancer(t, reglagesServeur(&m), l)
	t.Cleanup(liberer) // même en échec, pour que le serveur puisse s'arrêter
	occupe, oisif := l.appeler(t), l.appeler(t)
	oisif.envoyer(message(releve("oisif", 1)))
	oisif.attendreOK(1)
	occupe.envoyer(message(releve("longue", 1)))
	<-commencee
	// Pendant que la première s'enregistre ; si le serveur ne la lit pas, sa confirmation manquera.
	go func() { _, _ = io.WriteString(occupe.conn, message(releve("arrivée", 2))) }()

	arrete := make(chan error, 1)
	go func() { arrete <- s.arreter() }()
	oisif.attendreFin() // l'arrêt a commencé
	synctest.Wait()     // plus rien ne bouge : il attend la sauvegarde
	select {
	case err := <-arrete:
		t.Errorf("Servir() = %v alors qu'une connexion enregistre encore, attendu qu'elle l'attende", err)
		arrete <- err
	default:
	}
	liberer()
	occupe.attendreOK(2)
	occupe.attendreFin()
	if err := <-arrete; err != nil {
		t.Fatalf("Servir() = %v, attendu nil", err)
	}
	egales(t, m.tout(), []mesure.Mesure{releve("oisif", 1), releve("longue", 1), releve("arrivée", 2)})
}

// ecouteurRompu ne peut plus accepter, dès qu'on le lui demande.
type ecouteurRompu struct {
	*ecouteur
	cause error
}

func (e ecouteurRompu) Accept() (net.Conn, error) {
	if conn, err := e.ecouteur.Accept(); err == nil {
		return conn, nil
	}
	return nil, e.cause
}

func ecouteRompue(t *testing.T, e Etape) {
	var m memoire
	rompu := ecouteurRompu{nouvelEcouteur(), errors.New("carte réseau arrachée")}
	s := e.NouveauServeur(reglagesServeur(&m))
	fini := make(chan error, 1)
	go func() { fini <- s.Servir(context.Background(), rompu) }()
	c := rompu.appeler(t)
	c.envoyer(message(releve("a", 1)))
	c.attendreOK(1)
	rompu.Close()
	c.attendreFin()
	select {
	case err := <-fini:
		if !errors.Is(err, rompu.cause) {
			t.Errorf("Servir() = %v, attendu une erreur qui contienne « %v »", err, rompu.cause)
		}
	case <-time.After(patience):
		t.Fatalf("Servir ne rend pas la main %v après que son écoute s'est rompue", patience)
	}
}

func portPris(t *testing.T, e Etape) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	r := reglagesServeur(&memoire{})
	r.Adresse = l.Addr().String()
	if second, err := e.NouveauServeur(r).Ecouter(t.Context()); err == nil {
		second.Close()
		t.Errorf("Ecouter(%s) = nil, attendu une erreur : le port est pris", r.Adresse)
	} else if !strings.Contains(err.Error(), r.Adresse) {
		t.Errorf("Ecouter(%s) = %v, attendu une erreur qui nomme l'adresse", r.Adresse, err)
	}
}
