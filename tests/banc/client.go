package banc

import (
	"errors"
	"slices"
	"time"
)

// Client est le client du rendu, en train de parler à un serveur que joue le banc.
type Client struct {
	Proc     *Processus
	Receveur *Receveur

	banc *Banc
	deja map[*Connexion]int // octets auxquels il a été répondu
}

// ErrSansCible dit qu'on n'a pas vu le client se connecter.
var ErrSansCible = errors.New("le client ne s'est connecté nulle part")

// ErrClientAbsent dit que le rendu n'a pas de client.
var ErrClientAbsent = errors.New("aucun client n'a été trouvé dans le rendu")

// LancerClient lance le client du rendu devant un serveur qui note tout.
func (b *Banc) LancerClient(conduite Conduite) (*Client, error) {
	programme := b.Paire().Client
	if programme == nil {
		return nil, ErrClientAbsent
	}
	profil := b.Profil()
	if b.profilTrouve != nil {
		profil = b.profilTrouve
	}
	if !profil.Cible.IsValid() {
		return nil, ErrSansCible
	}
	if len(conduite.Replique) == 0 {
		conduite.Replique = []byte(`{"statut":"ok","enregistrees":1}` + "\n")
	}
	r, err := b.recevoir(int(profil.Cible.Port()), conduite)
	if err != nil {
		return nil, err
	}
	proc, err := b.lancer("client", programme, b.lieux.client, profil.Arguments)
	if err != nil {
		r.Fermer()
		return nil, err
	}
	return &Client{Proc: proc, Receveur: r, banc: b, deja: map[*Connexion]int{}}, nil
}

// LancerClientSeul lance le client du rendu sans que personne ne l'écoute.
func (b *Banc) LancerClientSeul() (*Processus, error) {
	programme := b.Paire().Client
	if programme == nil {
		return nil, ErrClientAbsent
	}
	return b.lancer("client", programme, b.lieux.client, b.Profil().Arguments)
}

// AttendreConnexion attend que le client se connecte, ou finisse. Elle dit s'il s'est connecté.
func (c *Client) AttendreConnexion() bool {
	connecte := func() bool { return len(c.Receveur.Connexions()) > 0 }
	c.banc.Attente.Attendre(delaiClient, func() bool { return connecte() || c.Proc.Fin().Fini })
	return c.banc.Attente.auPlus(delaiTrace, connecte) // un client qui vient de finir s'était peut-être connecté
}

// delaiTrace est le temps que met le banc à voir ce qu'un programme qui vient de finir avait fait.
const delaiTrace = 300 * time.Millisecond

// AttendreMessage attend que le client ait dit un premier message en entier : il a fini, ou il ne fait plus rien. À un client
// qui se tait en gardant sa connexion, elle répond.
func (c *Client) AttendreMessage() {
	if !c.AttendreConnexion() {
		return
	}
	parle := func() bool { return len(c.Receveur.Octets()) > 0 }
	c.banc.Attente.Attendre(delaiClient, func() bool { return parle() || c.Proc.Fin().Fini })
	c.Laisser(300 * time.Millisecond)
	if c.Proc.Fin().Fini {
		c.banc.Attente.auPlus(delaiTrace, func() bool {
			return !slices.ContainsFunc(c.Receveur.Connexions(), func(conn *Connexion) bool { return conn.Fermee() == "" })
		})
	}
}

// Laisser laisse le client continuer jusqu'à ce qu'il finisse, ou qu'il ne fasse plus rien pendant repos ; s'il attend une réponse, il
// l'a.
func (c *Client) Laisser(repos time.Duration) {
	for {
		if c.banc.Attente.Jusqua(60*time.Millisecond, 3*time.Second, func() bool { return c.Proc.Fin().Fini }) {
			return
		}
		if c.Receveur.Repliquer(c.deja) == 0 {
			break
		}
	}
	c.banc.Attente.Jusqua(repos, 3*time.Second, func() bool { return c.Proc.Fin().Fini })
}

// PremierMessage rend ce que le client a envoyé sur la première connexion où il a parlé.
func (c *Client) PremierMessage() []byte {
	for _, conn := range c.Receveur.Connexions() {
		if octets := conn.Recu(); len(octets) > 0 {
			return octets
		}
	}
	return nil
}

// Fermer arrête le client et le serveur joué.
func (c *Client) Fermer() {
	c.Proc.Arreter()
	c.Receveur.Fermer()
}
