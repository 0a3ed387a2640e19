package banc

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"
)

// Connexion est une connexion TCP dont tout ce qui passe est noté.
type Connexion struct {
	banc   *Banc
	numero int
	tcp    *net.TCPConn

	mu      sync.Mutex
	recu    []byte
	arrivee time.Time // du dernier octet reçu
	total   int       // octets reçus, gardés ou non
	fin     string    // « » tant que l'autre n'a pas fermé
	lecteur sync.WaitGroup
}

// recuGarde borne ce qu'on garde de ce qu'envoie l'autre.
const recuGarde = 1 << 20

// suivre note ce qui passe dans une connexion, et lit sans cesse ce que l'autre envoie.
func (b *Banc) suivre(tcp *net.TCPConn) *Connexion {
	b.mu.Lock()
	b.connexions++
	c := &Connexion{banc: b, numero: b.connexions, tcp: tcp}
	b.aFermer = append(b.aFermer, c)
	b.mu.Unlock()
	return c
}

// lire lit jusqu'à la fin ; FIN et RST sont deux façons de fermer, et toutes deux sont notées.
func (c *Connexion) lire(qui string, recevoir func()) {
	c.lecteur.Go(func() {
		morceau := make([]byte, 64<<10)
		for {
			n, err := c.tcp.Read(morceau)
			if n > 0 {
				c.banc.journal.NoterOctets(qui, "envoie", c.numero, morceau[:n])
				c.mu.Lock()
				c.recu = append(c.recu, morceau[:min(n, recuGarde-len(c.recu))]...)
				c.total += n
				c.arrivee = time.Now()
				c.mu.Unlock()
				recevoir()
			}
			if err == nil {
				continue
			}
			fin := "a fermé (FIN)"
			if errors.Is(err, syscall.ECONNRESET) {
				fin = "a coupé (RST)"
			} else if !errors.Is(err, io.EOF) {
				fin = "plus rien à lire"
			}
			c.mu.Lock()
			c.fin = fin
			c.mu.Unlock()
			if !errors.Is(err, net.ErrClosed) {
				c.banc.journal.ajouter(Evenement{Qui: qui, Quoi: "ferme", Conn: c.numero, Texte: fin})
			}
			return
		}
	})
}

// Envoyer écrit des octets d'un coup ; une erreur dit que l'autre a fermé.
func (c *Connexion) Envoyer(octets []byte) error {
	c.banc.journal.NoterOctets("banc", "envoie", c.numero, octets)
	if err := c.tcp.SetWriteDeadline(time.Now().Add(c.banc.Attente.delai(5 * time.Second))); err != nil {
		return fmt.Errorf("envoi : %w", err)
	}
	n, err := c.tcp.Write(octets)
	c.banc.envoyes.Add(int64(n))
	if err != nil {
		return fmt.Errorf("envoi : %w", err)
	}
	return nil
}

// Recu rend ce que l'autre a envoyé jusqu'ici.
func (c *Connexion) Recu() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]byte(nil), c.recu...)
}

// Fermee dit comment l'autre a fermé ; « » s'il ne l'a pas fait.
func (c *Connexion) Fermee() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.fin
}

// FermerEcriture dit à l'autre qu'il n'y aura plus rien (FIN), et laisse lire sa réponse.
func (c *Connexion) FermerEcriture() {
	c.banc.journal.ajouter(Evenement{Qui: "banc", Quoi: "ferme", Conn: c.numero, Texte: "n'envoie plus (FIN)"})
	_ = c.tcp.CloseWrite()
}

// Couper ferme sans prévenir : l'autre reçoit un RST.
func (c *Connexion) Couper() {
	c.banc.journal.ajouter(Evenement{Qui: "banc", Quoi: "ferme", Conn: c.numero, Texte: "coupe (RST)"})
	_ = c.tcp.SetLinger(0)
	_ = c.tcp.Close()
	c.lecteur.Wait()
}

// Fermer ferme la connexion, une fois lu ce que l'autre avait envoyé : le laisser dans la file ferait partir un RST.
func (c *Connexion) Fermer() {
	_ = c.tcp.Close()
	c.lecteur.Wait()
}

// Receveur est ce qui joue le serveur devant le client du rendu.
type Receveur struct {
	banc     *Banc
	ecoutes  []net.Listener
	fils     sync.WaitGroup
	conduite Conduite

	mu         sync.Mutex
	connexions []*Connexion
}

// Conduite dit comment un receveur se conduit.
type Conduite struct {
	Accueil  []byte                    // à envoyer dès la connexion
	Replique []byte                    // à envoyer à un client qui a parlé, et qui attend
	Servir   func(conn net.Conn) error // s'il y en a une, elle remplace tout le reste : un vrai serveur
}

// recevoir écoute où le client du rendu va se connecter. Dans une cloison, c'est sur toutes les adresses.
func (b *Banc) recevoir(port int, conduite Conduite) (*Receveur, error) {
	r := &Receveur{banc: b, conduite: conduite}
	hotes := []string{"127.0.0.1", "::1"}
	if b.niveau == N1 {
		hotes = []string{"0.0.0.0", "::"}
	}
	for _, hote := range hotes {
		reseau := "tcp4"
		if hote[0] == ':' {
			reseau = "tcp6"
		}
		l, err := net.Listen(reseau, netip.AddrPortFrom(netip.MustParseAddr(hote), uint16(port)).String())
		if err != nil && reseau == "tcp6" {
			continue // une machine sans IPv6
		}
		if err != nil {
			r.Fermer()
			return nil, fmt.Errorf("écoute à la place du serveur : %w", err)
		}
		b.Trafic.prendre(l)
		r.ecoutes = append(r.ecoutes, l)
		r.fils.Go(func() { r.accepter(l) })
	}
	return r, nil
}

func (r *Receveur) accepter(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		if r.conduite.Servir != nil {
			r.banc.journal.Noter("client", "connexion", "depuis %v", conn.RemoteAddr())
			r.fils.Go(func() {
				defer conn.Close()
				if err := r.conduite.Servir(&ecoute{Conn: conn, banc: r.banc}); err != nil {
					r.banc.journal.Noter("référence", "note", "%v", err)
				}
			})
			continue
		}
		c := r.banc.suivre(conn.(*net.TCPConn))
		r.banc.journal.ajouter(Evenement{Qui: "client", Quoi: "connexion", Conn: c.numero, Texte: "à " + conn.LocalAddr().String()})
		r.mu.Lock()
		r.connexions = append(r.connexions, c)
		r.mu.Unlock()
		if len(r.conduite.Accueil) > 0 {
			_ = c.Envoyer(r.conduite.Accueil)
		}
		c.lire("client", func() {})
	}
}

// Connexions rend celles que le client a ouvertes.
func (r *Receveur) Connexions() []*Connexion {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]*Connexion(nil), r.connexions...)
}

// Octets rend tout ce que le client a envoyé, connexion après connexion.
func (r *Receveur) Octets() (octets []byte) {
	for _, c := range r.Connexions() {
		octets = append(octets, c.Recu()...)
	}
	return octets
}

// Repliquer répond à chaque connexion qui a parlé depuis la dernière fois. Elle rend le nombre de réponses.
func (r *Receveur) Repliquer(deja map[*Connexion]int) (repondues int) {
	for _, c := range r.Connexions() {
		c.mu.Lock()
		total, fin := c.total, c.fin
		c.mu.Unlock()
		if total > deja[c] && fin == "" {
			deja[c] = total
			_ = c.Envoyer(r.conduite.Replique)
			repondues++
		}
	}
	return repondues
}

// Fermer n'écoute plus, ferme tout, et attend.
func (r *Receveur) Fermer() {
	for _, l := range r.ecoutes {
		_ = l.Close()
		r.banc.Trafic.rendre(l)
	}
	r.fils.Wait() // plus aucune connexion ne viendra
	for _, c := range r.Connexions() {
		c.Fermer()
	}
}

// ecoute note ce qui passe entre le client du rendu et le serveur de référence.
type ecoute struct {
	net.Conn
	banc *Banc
}

func (e *ecoute) Read(p []byte) (int, error) {
	n, err := e.Conn.Read(p)
	if n > 0 {
		e.banc.journal.NoterOctets("client", "envoie", 0, p[:n])
	}
	return n, err
}

func (e *ecoute) Write(p []byte) (int, error) {
	e.banc.journal.NoterOctets("référence", "envoie", 0, p)
	return e.Conn.Write(p)
}
