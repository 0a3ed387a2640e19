package banc

import (
	"net"
	"net/netip"
	"slices"
	"sync"
)

// Trafic est ce qui passe sur le réseau de la cloison : ce que le rendu tente, ce qu'il envoie, et où le banc lui-même écoute. Hors
// d'une cloison, rien ne s'en voit.
type Trafic struct {
	journal *Journal
	alertes *alertes

	mu         sync.Mutex
	miennes    []netip.AddrPort // les adresses où le banc écoute
	tentatives []Tentative
	flots      map[[2]uint16]*flot // par ports, d'où et vers où
	charge     int                 // octets gardés dans les flots
}

func nouveauTrafic(j *Journal, a *alertes) *Trafic {
	return &Trafic{journal: j, alertes: a, flots: map[[2]uint16]*flot{}}
}

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
func (t *Trafic) Tentatives() []Tentative {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]Tentative(nil), t.tentatives...)
}

// prendre retient que le banc écoute ici : ce n'est pas l'œuvre du rendu.
func (t *Trafic) prendre(l net.Listener) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.miennes = append(t.miennes, l.Addr().(*net.TCPAddr).AddrPort())
}

// rendre oublie une écoute du banc : le rendu peut désormais prendre ce port.
func (t *Trafic) rendre(l net.Listener) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.miennes = slices.DeleteFunc(t.miennes, func(a netip.AddrPort) bool { return a == l.Addr().(*net.TCPAddr).AddrPort() })
}

func (t *Trafic) estAMoi(reseau string, adresse netip.AddrPort) bool {
	if reseau == "udp" {
		return adresse.Port() == 53
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, mienne := range t.miennes {
		if mienne.Port() == adresse.Port() {
			return true
		}
	}
	return false
}

func (t *Trafic) voir(p Paquet) {
	t.mu.Lock()
	if p.Ouvre && len(t.tentatives) < tentativesGardees {
		t.tentatives = append(t.tentatives, p.Tentative)
	}
	if len(p.Charge) > 0 {
		t.garderCharge(p)
	}
	nouvelle := p.Ouvre && len(t.tentatives) < 200
	t.mu.Unlock()
	if nouvelle && !p.Vers.Addr().IsLoopback() {
		t.journal.Noter("banc", "dehors", "tentative vers %v (%s) ; dans la cloison, toute adresse est ici", p.Vers, p.Reseau)
		if !p.Vers.Addr().IsPrivate() && !p.Vers.Addr().IsMulticast() && !p.Vers.Addr().IsLinkLocalMulticast() {
			t.alertes.signaler("connexion tentée vers %v : elle n'a pas quitté la cloison", p.Vers)
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
func (t *Trafic) garderCharge(p Paquet) {
	sens := [2]uint16{p.De, p.Vers.Port()}
	f := t.flots[sens]
	if f == nil && len(t.flots) >= flotsGardes {
		return
	}
	if f == nil {
		f = &flot{rang: len(t.flots), suivant: p.Rang}
		t.flots[sens] = f
	}
	if p.Rang == f.suivant && len(f.octets)+len(p.Charge) <= chargeGardee && t.charge+len(p.Charge) <= chargesGardees {
		t.charge += len(p.Charge)
		f.octets = append(f.octets, p.Charge...)
		f.suivant += uint32(len(p.Charge))
	}
}

// OublierEnvois oublie ce qui est passé jusqu'ici.
func (t *Trafic) OublierEnvois() {
	t.mu.Lock()
	defer t.mu.Unlock()
	clear(t.flots)
	t.charge = 0
}

// EnvoyesA rend ce que les connexions à ce port y ont envoyé, l'une après l'autre ; rien hors d'une cloison.
func (t *Trafic) EnvoyesA(port uint16) (envois [][]byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var siens []*flot
	for sens, f := range t.flots {
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

func (t *Trafic) nommer(nom string) {
	t.journal.Noter("banc", "nom", "adresse de %s demandée ; ici, c'est 127.0.0.1", nom)
}
