//go:build !linux

package banc

import (
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// Ailleurs que sous Linux, le système ne se laisse pas lire ainsi : le banc se règle sur les sorties et sur le temps.

func empreinte() (uint64, bool) { return 0, false }

func pressionProcesseur() (time.Duration, bool) { return 0, false }

func occupation() (int, int64, time.Duration) { return 0, 0, 0 }

func (b *Banc) plein() bool { return false }

func (p *Processus) memoire() (int64, bool) { return 0, false }

func resteHors([]int) bool { return false }

func tuerTout(...int) int { return 0 }

func (b *Banc) litClavier(*Processus) (lit, connu bool) { return false, false }

// ecoutes essaie de prendre les ports que nomme le source du serveur : celui qu'on ne peut pas prendre est écouté. Elle ne
// s'y connecte pas.
func (b *Banc) ecoutes(reseau string) (adresses []netip.AddrPort) {
	if reseau != "tcp" {
		return nil
	}
	for _, port := range b.portsNommes() {
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err == nil {
			l.Close()
		} else if strings.Contains(err.Error(), "use") {
			adresses = append(adresses, netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(port)))
		}
	}
	return adresses
}

// OublierPorts ne peut rien ici.
func (b *Banc) OublierPorts() {}
