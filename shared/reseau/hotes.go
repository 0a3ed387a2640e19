package reseau

import (
	"net"
	"net/netip"
	"sync"
)

// hotes compte les connexions de chaque hôte, pour qu'un seul ne prenne pas toutes les places. Cette machine n'est pas
// comptée : ce sont les siennes.
type hotes struct {
	max int

	mu       sync.Mutex // protège ouvertes
	ouvertes map[netip.Prefix]int
}

// entrer compte une connexion de plus, et rend de quoi l'oublier. Elle dit si l'hôte n'en a pas trop.
func (h *hotes) entrer(client net.Addr) (quitter func(), admis bool) {
	hote := prefixe(client)
	if !hote.IsValid() {
		return func() {}, true
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ouvertes[hote] >= h.max {
		return nil, false
	}
	h.ouvertes[hote]++
	return func() { h.sortir(hote) }, true
}

func (h *hotes) sortir(hote netip.Prefix) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ouvertes[hote]--; h.ouvertes[hote] == 0 {
		delete(h.ouvertes, hote)
	}
}

// prefixe rend ce qui désigne un hôte : son adresse IPv4, ou les 64 premiers bits de son adresse IPv6, dont il choisit le reste
// à sa guise (RFC 4291, section 2.5.4). Il n'est pas valide pour cette machine.
func prefixe(client net.Addr) netip.Prefix {
	tcp, ok := client.(*net.TCPAddr)
	if !ok {
		return netip.Prefix{}
	}
	ip := tcp.AddrPort().Addr().Unmap()
	if ip.IsLoopback() {
		return netip.Prefix{}
	}
	bits := 64
	if ip.Is4() {
		bits = 32
	}
	hote, err := ip.WithZone("").Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return hote
}
