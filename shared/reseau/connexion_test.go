package reseau

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

// tuyau rend les deux bouts d'une connexion en mémoire, où le temps factice court : une écriture y attend sa lecture.
func tuyau(t *testing.T) (serveur, client net.Conn) {
	t.Helper()
	serveur, client = net.Pipe()
	t.Cleanup(func() { serveur.Close(); client.Close() })
	return serveur, client
}

// pendant permet des lectures de cette durée en tout.
func pendant(duree time.Duration) func() time.Time {
	fin := time.Now().Add(duree)
	return func() time.Time { return fin }
}

// apres vérifie la durée d'un appel, dans un temps factice.
func apres(t *testing.T, appel string, debut time.Time, attendue time.Duration) {
	t.Helper()
	if duree := time.Since(debut); duree != attendue {
		t.Errorf("%s a duré %v, attendu %v", appel, duree, attendue)
	}
}

// lire lit une fois, et rend ce qui est lu.
func lire(r io.Reader) (string, error) {
	tampon := make([]byte, 64)
	n, err := r.Read(tampon)
	return string(tampon[:n]), err
}

// La limite vaut pour chaque lecture, qu'elle s'éloigne ou se rapproche de l'une à l'autre ; un temps nul n'en est pas une.
func TestLimiteDesLectures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		serveur, client := tuyau(t)
		espion := &avecMoitie{Conn: serveur}
		var limite time.Time
		c := Garder(t.Context(), espion, func() time.Time { return limite })
		ecrire := func(dans time.Duration) {
			time.AfterFunc(dans, func() { client.Write([]byte("x")) })
		}
		ecrire(24 * time.Hour)
		if lu, err := lire(c); lu != "x" || err != nil || espion.echeances > 0 {
			t.Fatalf("lecture sans limite = %q, %v, %d échéances fixées, attendu x", lu, err, espion.echeances)
		}
		for i := range 3 { // plus longtemps en tout que la première limite, mais jamais d'un coup
			limite = time.Now().Add(5 * time.Minute)
			ecrire(4 * time.Minute)
			if lu, err := lire(c); lu != "x" || err != nil {
				t.Fatalf("lecture %d = %q, %v, attendu x", i, lu, err)
			}
		}
		for _, attente := range []time.Duration{5 * time.Minute, time.Second} {
			limite = time.Now().Add(attente)
			debut := time.Now()
			_, err := lire(c)
			apres(t, "la lecture muette", debut, attente)
			if !errors.Is(err, os.ErrDeadlineExceeded) || c.Raison(err) != "le client s'est tu trop longtemps" {
				t.Errorf("lecture muette = %v (%s), attendu une échéance", err, c.Raison(err))
			}
		}
		ecrire(time.Minute)
		limite = time.Time{} // l'échéance passée ne doit pas rester
		if lu, err := lire(c); lu != "x" || err != nil {
			t.Errorf("lecture sans limite après une échéance = %q, %v, attendu x", lu, err)
		}
	})
}

// Des lectures qui se suivent de près ne fixent pas chacune une échéance.
func TestEcheancesRares(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		serveur, client := tuyau(t)
		espion := &avecMoitie{Conn: serveur}
		c := Garder(t.Context(), espion, func() time.Time { return time.Now().Add(5 * time.Minute) })
		go func() {
			for range 100 {
				time.Sleep(time.Second)
				client.Write([]byte("x"))
			}
		}()
		for range 100 {
			if lu, err := lire(c); lu != "x" || err != nil {
				t.Fatalf("lecture = %q, %v, attendu x", lu, err)
			}
		}
		if espion.echeances != 1 {
			t.Errorf("%d échéances fixées pour cent lectures, attendu 1", espion.echeances)
		}
	})
}

func TestALArretCeQuiEstArriveSeLit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		serveur, client := tuyau(t)
		ctx, arreter := context.WithCancel(t.Context())
		c := Garder(ctx, serveur, pendant(time.Hour))
		go client.Write([]byte("déjà là")) // en route avant l'arrêt
		synctest.Wait()
		arreter()
		synctest.Wait()
		if lu, err := lire(c); lu != "déjà là" || err != nil {
			t.Errorf("lecture après l'arrêt = %q, %v, attendu ce qui était arrivé", lu, err)
		}
		debut := time.Now()
		_, err := lire(c)
		apres(t, "la lecture suivante", debut, delaiFin)
		if c.Raison(err) != "le serveur s'arrête" {
			t.Errorf("Raison(%v) = %s, attendu : le serveur s'arrête", err, c.Raison(err))
		}
	})
}

func TestLArretReveilleUneLecture(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		serveur, _ := tuyau(t)
		ctx, arreter := context.WithCancel(t.Context())
		c := Garder(ctx, serveur, pendant(time.Hour))
		fini := make(chan error, 1)
		go func() {
			_, err := lire(c)
			fini <- err
		}()
		time.Sleep(time.Minute)
		debut := time.Now()
		arreter()
		if err := <-fini; !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("lecture = %v, attendu une échéance", err)
		}
		apres(t, "l'arrêt", debut, delaiFin)
	})
}

func TestALArretUnClientInepuisableEstCoupe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		serveur, client := tuyau(t)
		ctx, arreter := context.WithCancel(t.Context())
		c := Garder(ctx, serveur, pendant(time.Hour))
		parti := make(chan struct{})
		go func() {
			defer close(parti)
			for err := error(nil); err == nil; _, err = client.Write([]byte("x")) {
				time.Sleep(delaiFin / 4)
			}
		}()
		arreter()
		synctest.Wait()
		debut := time.Now()
		for err := error(nil); err == nil; {
			_, err = lire(c)
		}
		apres(t, "la lecture d'un client inépuisable", debut, dureeFin)
		serveur.Close()
		<-parti
	})
}

func TestUneConnexionFermeeOublieSonContexte(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		serveur, _ := tuyau(t)
		espion := &avecMoitie{Conn: serveur}
		ctx, arreter := context.WithCancel(t.Context())
		c := Garder(ctx, espion, pendant(time.Hour))
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		avant := espion.echeances
		arreter()
		synctest.Wait()
		if espion.echeances != avant {
			t.Error("la fin du contexte touche encore à une connexion fermée")
		}
	})
}

func TestUnClientQuiNeLitPasDevientSourd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		serveur, client := tuyau(t)
		c := Garder(t.Context(), serveur, pendant(time.Hour))
		debut := time.Now()
		c.Repondre(nil)
		apres(t, "Repondre(rien)", debut, 0)
		c.Repondre([]byte("ligne\n"))
		apres(t, "Repondre à qui ne lit pas", debut, delaiReponse)
		debut = time.Now()
		c.Repondre([]byte("ligne\n"))
		apres(t, "Repondre encore", debut, 0)
		go client.Write([]byte("mesure")) // ses mesures, elles, sont toujours lues
		if lu, err := lire(c); lu != "mesure" || err != nil {
			t.Errorf("lecture d'un client sourd = %q, %v, attendu sa mesure", lu, err)
		}
		go c.Repondre([]byte("trop tard\n"))
		synctest.Wait()
		client.SetReadDeadline(time.Now().Add(time.Minute))
		if lu, err := lire(client); err == nil {
			t.Errorf("un client sourd reçoit encore %q", lu)
		}
	})
}

func TestUnClientLentNEstPasSourd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		serveur, client := tuyau(t)
		c := Garder(t.Context(), serveur, pendant(time.Hour))
		lus := make(chan string, 3)
		go func() {
			for range 3 {
				time.Sleep(delaiReponse - time.Millisecond)
				lu, _ := lire(client)
				lus <- lu
			}
		}()
		for i := range 3 {
			ligne := fmt.Sprintf("ligne %d\n", i)
			c.Repondre([]byte(ligne))
			if lu := <-lus; lu != ligne {
				t.Errorf("reçu %q, attendu %q", lu, ligne)
			}
		}
	})
}

// avecMoitie est une connexion en mémoire qui sait, comme TCP, fermer une moitié.
type avecMoitie struct {
	net.Conn
	moitieFermee bool
	lus          int
	infinie      bool // l'autre bout n'en finit pas d'écrire
	echeances    int  // de lecture, fixées
}

func (c *avecMoitie) SetReadDeadline(echeance time.Time) error {
	c.echeances++
	return c.Conn.SetReadDeadline(echeance)
}

func (c *avecMoitie) CloseWrite() error {
	c.moitieFermee = true
	return nil
}

func (c *avecMoitie) Read(p []byte) (n int, err error) {
	if n = len(p); !c.infinie {
		n, err = c.Conn.Read(p)
	}
	c.lus += n
	return n, err
}

func TestCloseAttendLeClientUnMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		serveur, client := tuyau(t)
		conn := &avecMoitie{Conn: serveur}
		debut := time.Now()
		if err := Garder(t.Context(), conn, pendant(time.Hour)).Close(); err != nil || !conn.moitieFermee {
			t.Errorf("Close = %v, moitié fermée : %v, attendu nil et true", err, conn.moitieFermee)
		}
		apres(t, "Close, le client restant là", debut, delaiAdieu)
		if _, err := client.Write([]byte("x")); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("écrire à qui a fermé = %v, attendu %v", err, io.ErrClosedPipe)
		}

		serveur, client = tuyau(t)
		go func() {
			client.Write([]byte("encore en route"))
			client.Close()
		}()
		debut, conn = time.Now(), &avecMoitie{Conn: serveur}
		Garder(t.Context(), conn, pendant(time.Hour)).Close()
		apres(t, "Close, le client fermant", debut, 0)
		if conn.lus != len("encore en route") {
			t.Errorf("%d octets lus à la fermeture, attendu tout ce qui était en route", conn.lus)
		}

		serveur, _ = tuyau(t)
		conn = &avecMoitie{Conn: serveur, infinie: true}
		Garder(t.Context(), conn, pendant(time.Hour)).Close()
		if conn.lus < octetsDAdieu || conn.lus > octetsDAdieu+64<<10 {
			t.Errorf("%d octets lus d'un client inépuisable, attendu %d", conn.lus, octetsDAdieu)
		}
	})
}

// patience évite de rester bloqué ; elle ne juge pas la vitesse.
const patience = time.Minute

// paire rend les deux bouts d'une vraie connexion TCP. Rien n'y attend plus longtemps que patience.
func paire(t *testing.T) (serveur, client *net.TCPConn) {
	t.Helper()
	l := ecouter(t)
	c, err := net.DialTimeout("tcp", l.Addr().String(), patience)
	if err != nil {
		t.Fatal(err)
	}
	s, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	for _, conn := range []net.Conn{s, c} {
		t.Cleanup(func() { conn.Close() })
		conn.SetDeadline(time.Now().Add(patience))
	}
	return tcp(s), c.(*net.TCPConn)
}

// tcp rend la connexion TCP que porte une connexion acceptée en clair.
func tcp(conn net.Conn) *net.TCPConn { return conn.(*acceptee).Conn.(*net.TCPConn) }

// accepter rend conn telle qu'un serveur l'accepte, chiffrée si config n'est pas nil.
func accepter(conn net.Conn, config *tls.Config) *acceptee {
	return Ecoute{TLS: config, Refus: refusDit}.surveiller(nil).confier(conn, func() {})
}

// refusDit est ce que répondent les serveurs d'ici à qui ils ne servent pas.
func refusDit(cause error) []byte { return fmt.Appendf(nil, "refus : %v\n", cause) }

// sansHate est une vraie connexion, dont les échéances de lecture sont repoussées : combien de temps dure un adieu, le temps
// factice le vérifie ; ici, une machine chargée pourrait ne pas en avoir assez.
type sansHate struct{ *net.TCPConn }

func (c sansHate) SetReadDeadline(time.Time) error {
	return c.TCPConn.SetReadDeadline(time.Now().Add(patience))
}

// Le client écrit sans lire, et le serveur renonce avant d'avoir tout lu : sa dernière réponse doit arriver quand même.
func TestLaDerniereReponseArrive(t *testing.T) {
	const enRoute = 900 << 10 // plus que les tampons du noyau, moins que octetsDAdieu
	for nom, finir := range map[string]func(net.Conn){
		"Close": func(conn net.Conn) {
			c := Garder(context.Background(), conn, pendant(time.Minute))
			c.Repondre([]byte("adieu\n"))
			c.Close()
		},
		"congedier": func(conn net.Conn) { congedier(conn, refusDit, ErrComplet) },
	} {
		attendue := map[string]string{"Close": "adieu\n", "congedier": "refus : trop de connexions, revenez plus tard\n"}[nom]
		t.Run(nom, func(t *testing.T) {
			t.Parallel()
			serveur, client := paire(t)
			fini := make(chan struct{})
			go func() { finir(accepter(sansHate{serveur}, nil)); close(fini) }()
			if n, err := client.Write(make([]byte, enRoute)); err != nil {
				t.Errorf("écriture du client = %d octets, %v, attendu qu'elle passe", n, err)
			}
			if lu, err := io.ReadAll(client); err != nil || string(lu) != attendue {
				t.Errorf("le client lit %q, %v, attendu %q et une fin propre", lu, err, attendue)
			}
			client.Close()
			<-fini // le client a fermé
		})
	}
}

func TestCongedierUnClientQuiNeLitPas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		serveur, client := tuyau(t)
		debut := time.Now()
		congedier(serveur, refusDit, ErrComplet)
		apres(t, "congedier", debut, delaiReponse)
		if _, err := lire(client); err != io.EOF {
			t.Errorf("lecture du client = %v, attendu %v", err, io.EOF)
		}
		serveur, _ = tuyau(t)
		serveur.Close()
		congedier(serveur, refusDit, ErrComplet) // déjà parti
	})
}

func TestBorner(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// L'échéance borne lecture et écriture.
		_, client := tuyau(t)
		debut := time.Now()
		liberer := Borner(t.Context(), client, 3*time.Second)
		_, err := lire(client)
		apres(t, "la lecture bornée", debut, 3*time.Second)
		if !errors.Is(err, os.ErrDeadlineExceeded) || !Silence(err) {
			t.Errorf("lecture bornée = %v, attendu une échéance", err)
		}
		if _, err := client.Write([]byte("x")); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("écriture bornée = %v, attendu une échéance", err)
		}
		liberer()

		// La fin du contexte interrompt sans attendre l'échéance.
		ctx, abandonner := context.WithCancel(t.Context())
		defer Borner(ctx, client, time.Hour)()
		time.AfterFunc(time.Second, abandonner)
		debut = time.Now()
		_, err = lire(client)
		apres(t, "la lecture interrompue", debut, time.Second)
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("lecture interrompue = %v, attendu une échéance", err)
		}

		// Une fois libéré, le contexte n'interrompt plus rien.
		ctx, abandonner = context.WithCancel(t.Context())
		Borner(ctx, client, time.Minute)()
		abandonner()
		synctest.Wait()
		debut = time.Now()
		lire(client)
		apres(t, "la lecture libérée", debut, time.Minute)
	})
}

func TestRaisonEtSilence(t *testing.T) {
	serveur, _ := tuyau(t)
	servi, arrete := Garder(t.Context(), serveur, pendant(time.Hour)), Garder(t.Context(), serveur, pendant(time.Hour))
	arrete.arret = time.Now()
	enLisant := func(err error) error { return &net.OpError{Op: "read", Net: "tcp", Err: err} }
	for _, cas := range []struct {
		err     error
		c       *Connexion
		raison  string
		silence bool
	}{
		{io.EOF, servi, "le client a fermé", true},
		{io.EOF, arrete, "le client a fermé", true},
		{enLisant(os.ErrDeadlineExceeded), servi, "le client s'est tu trop longtemps", true},
		{enLisant(os.ErrDeadlineExceeded), arrete, "le serveur s'arrête", true},
		{enLisant(os.NewSyscallError("read", connexionCoupee)), servi, "le client a coupé", true},
		{errors.New("message démesuré"), arrete, "message démesuré", false},
	} {
		if raison := cas.c.Raison(cas.err); raison != cas.raison {
			t.Errorf("Raison(%v) = %q, attendu %q", cas.err, raison, cas.raison)
		}
		if silence := Silence(cas.err); silence != cas.silence {
			t.Errorf("Silence(%v) = %v, attendu %v", cas.err, silence, cas.silence)
		}
	}
}

// Un vrai client qui coupe net, et non plus l'erreur qu'on lui suppose.
func TestRaisonDUnClientQuiCoupe(t *testing.T) {
	serveur, client := paire(t)
	c := Garder(t.Context(), serveur, pendant(patience))
	client.SetLinger(0)
	client.Close()
	_, err := bufio.NewReader(c).ReadByte()
	if raison := c.Raison(err); raison != "le client a coupé" {
		t.Errorf("Raison(%v) = %q, attendu : le client a coupé", err, raison)
	}
	if !Silence(err) {
		t.Errorf("Silence(%v) = false, attendu true", err)
	}
}
