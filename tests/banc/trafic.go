package banc

import (
	"net"
	"net/netip"
	"slices"
)

// Paquet est un paquet vu passer.
type Paquet struct {
	Tentative
	Ouvre  bool   // il demande une connexion, ou c'est un envoi UDP
	Rang   uint32 // numéro de séquence TCP de son premier octet
	Charge []byte // ce qu'il porte ; ne vaut que le temps de l'appel
}

// flot est ce qu'un bout d'une connexion a envoyé.
type flot struct {
	rang    int // dans l'ordre où ils ont parlé
	suivant uint32
	octets  []byte
}

// Tentative est une demande de connexion TCP, ou un envoi UDP.
type Tentative struct {
	Reseau string // « tcp » ou « udp »
	De     uint16 // port d'où elle part
	Vers   netip.AddrPort
}

// Tentatives rend les demandes de connexion vues jusqu'ici ; toujours vide hors d'une cloison.
func (b *Banc) Tentatives() []Tentative {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]Tentative(nil), b.tentatives...)
}

// prendre retient que le banc écoute ici : ce n'est pas l'œuvre du rendu.
func (b *Banc) prendre(l net.Listener) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.miennes = append(b.miennes, l.Addr().(*net.TCPAddr).AddrPort())
}

// rendre oublie une écoute du banc : le rendu peut désormais prendre ce port.
func (b *Banc) rendre(l net.Listener) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.miennes = slices.DeleteFunc(b.miennes, func(a netip.AddrPort) bool { return a == l.Addr().(*net.TCPAddr).AddrPort() })
}

func (b *Banc) estAMoi(reseau string, adresse netip.AddrPort) bool {
	if reseau == "udp" {
		return adresse.Port() == 53
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, mienne := range b.miennes {
		if mienne.Port() == adresse.Port() {
			return true
		}
	}
	return false
}

func (b *Banc) voir(p Paquet) {
	b.mu.Lock()
	if p.Ouvre && len(b.tentatives) < tentativesGardees {
		b.tentatives = append(b.tentatives, p.Tentative)
	}
	if len(p.Charge) > 0 {
		b.garderCharge(p)
	}
	nouvelle := p.Ouvre && len(b.tentatives) < 200
	b.mu.Unlock()
	if nouvelle && !p.Vers.Addr().IsLoopback() {
		b.journal.Noter("banc", "dehors", "tentative vers %v (%s) ; dans la cloison, toute adresse est ici", p.Vers, p.Reseau)
		if !p.Vers.Addr().IsPrivate() && !p.Vers.Addr().IsMulticast() && !p.Vers.Addr().IsLinkLocalMulticast() {
			b.signaler("connexion tentée vers %v : elle n'a pas quitté la cloison", p.Vers)
		}
	}
}

// Ce qu'on garde de ce qui passe, quoi que fasse le rendu.
const (
	chargeGardee      = 256 << 10 // octets envoyés par un bout d'une connexion
	chargesGardees    = 8 << 20   // … par tous
	flotsGardes       = 5000
	tentativesGardees = 10_000
)

// garderCharge garde, dans l'ordre, ce qu'un bout d'une connexion envoie ; un segment répété ne compte qu'une fois.
func (b *Banc) garderCharge(p Paquet) {
	sens := [2]uint16{p.De, p.Vers.Port()}
	f := b.flots[sens]
	if f == nil && len(b.flots) >= flotsGardes {
		return
	}
	if f == nil {
		f = &flot{rang: len(b.flots), suivant: p.Rang}
		b.flots[sens] = f
	}
	if p.Rang == f.suivant && len(f.octets)+len(p.Charge) <= chargeGardee && b.charge+len(p.Charge) <= chargesGardees {
		b.charge += len(p.Charge)
		f.octets = append(f.octets, p.Charge...)
		f.suivant += uint32(len(p.Charge))
	}
}

// OublierEnvois oublie ce qui est passé jusqu'ici.
func (b *Banc) OublierEnvois() {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.flots)
	b.charge = 0
}

// EnvoyesA rend ce que les connexions à ce port y ont envoyé, l'une après l'autre ; rien hors d'une cloison.
func (b *Banc) EnvoyesA(port uint16) (envois [][]byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var siens []*flot
	for sens, f := range b.flots {
		if sens[1] == port {
			siens = append(siens, f)
		}
	}
	slices.SortFunc(siens, func(a, b *flot) int { return a.rang - b.rang })
	for _, f := range siens {
		envois = append(envois, slices.Clone(f.octets))
	}
	return envois
}

func (b *Banc) nommer(nom string) {
	b.journal.Noter("banc", "nom", "adresse de %s demandée ; ici, c'est 127.0.0.1", nom)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.noms = append(b.noms, nom)
}
