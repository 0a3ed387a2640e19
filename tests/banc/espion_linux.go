package banc

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"sync"

	"golang.org/x/net/dns/dnsmessage"
	"golang.org/x/sys/unix"
)

// espion voit, dans une cloison, tout ce qui passe sur le réseau, où que cela aille ; et répond « ici » à toute demande de
// nom.
type espion struct {
	prise, noms int
	fin         chan struct{}
	fils        sync.WaitGroup
}

// espionner ouvre les oreilles de la cloison. Hors d'une cloison, elle n'entend rien.
func espionner(n Niveau, voir func(Paquet), nommer func(string)) (*espion, error) {
	e := &espion{prise: -1, noms: -1, fin: make(chan struct{})}
	if n != N1 {
		return e, nil
	}
	var err error
	if e.prise, err = ecouterPaquets(); err != nil {
		return nil, err
	}
	if e.noms, err = ecouterNoms(); err != nil {
		unix.Close(e.prise)
		return nil, err
	}
	e.fils.Go(func() { e.paquets(voir) })
	e.fils.Go(func() { e.repondreNoms(nommer) })
	return e, nil
}

// fermer attend la fin de l'écoute.
func (e *espion) fermer() {
	close(e.fin)
	e.fils.Wait()
	for _, prise := range []int{e.prise, e.noms} {
		if prise >= 0 {
			_ = unix.Close(prise)
		}
	}
}

// delaiEspion borne chaque attente de l'espion, pour qu'il s'aperçoive qu'on le ferme.
var delaiEspion = unix.Timeval{Usec: 10_000}

func ecouterPaquets() (int, error) {
	const tous = unix.ETH_P_ALL<<8&0xff00 | unix.ETH_P_ALL>>8 // dans l'ordre du réseau
	prise, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, tous)
	if err != nil {
		return -1, fmt.Errorf("écoute des paquets : %w", err)
	}
	if err := unix.SetsockoptTimeval(prise, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &delaiEspion); err != nil {
		unix.Close(prise)
		return -1, fmt.Errorf("écoute des paquets : %w", err)
	}
	return prise, nil
}

func (e *espion) paquets(voir func(Paquet)) {
	paquet := make([]byte, 68<<10) // la boucle locale porte des paquets de 64 Kio
	for {
		n, de, err := unix.Recvfrom(e.prise, paquet, 0)
		switch {
		case err == unix.EAGAIN || err == unix.EINTR:
			if e.ferme() {
				return
			}
			continue
		case err != nil:
			return
		}
		if lien, ok := de.(*unix.SockaddrLinklayer); !ok || lien.Pkttype == unix.PACKET_OUTGOING {
			continue // la boucle locale montre chaque paquet deux fois
		}
		if lu, ok := lirePaquet(paquet[:n]); ok {
			voir(lu)
		}
	}
}

// ferme dit si fermer a été appelée.
func (e *espion) ferme() bool {
	select {
	case <-e.fin:
		return true
	default:
		return false
	}
}

// lirePaquet lit un paquet : IPv4 (RFC 791) ou IPv6 (RFC 8200), puis TCP (RFC 9293) ou UDP (RFC 768).
func lirePaquet(p []byte) (Paquet, bool) {
	var vers netip.Addr
	var protocole byte
	var suite []byte
	switch {
	case len(p) >= 20 && p[0]>>4 == 4:
		debut := int(p[0]&15) * 4
		fin := min(int(binary.BigEndian.Uint16(p[2:])), len(p))
		if debut > fin {
			return Paquet{}, false
		}
		vers, protocole, suite = netip.AddrFrom4([4]byte(p[16:20])), p[9], p[debut:fin]
	case len(p) >= 40 && p[0]>>4 == 6:
		vers, protocole, suite = netip.AddrFrom16([16]byte(p[24:40])).Unmap(), p[6], p[40:]
	}
	const syn, ack = 2, 16
	switch {
	case protocole == unix.IPPROTO_TCP && len(suite) >= 20:
		paquet := Paquet{Tentative: Tentative{Reseau: "tcp", De: binary.BigEndian.Uint16(suite), Vers: netip.AddrPortFrom(vers, binary.BigEndian.Uint16(suite[2:]))}}
		paquet.Ouvre = suite[13]&(syn|ack) == syn
		paquet.Rang = binary.BigEndian.Uint32(suite[4:])
		if debut := int(suite[12]>>4) * 4; debut <= len(suite) {
			paquet.Charge = suite[debut:]
		}
		return paquet, true
	case protocole == unix.IPPROTO_UDP && len(suite) >= 8:
		return Paquet{Ouvre: true, Tentative: Tentative{Reseau: "udp", De: binary.BigEndian.Uint16(suite), Vers: netip.AddrPortFrom(vers, binary.BigEndian.Uint16(suite[2:]))}}, true
	}
	return Paquet{}, false
}

// portNoms est celui du service de noms (RFC 1035).
const portNoms = 53

func ecouterNoms() (int, error) {
	prise, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err == nil {
		err = unix.SetsockoptTimeval(prise, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &delaiEspion)
	}
	if err == nil {
		err = unix.Bind(prise, &unix.SockaddrInet4{Port: portNoms, Addr: [4]byte{127, 0, 0, 1}})
	}
	if err != nil {
		return -1, fmt.Errorf("service de noms : %w", err)
	}
	return prise, nil
}

// repondreNoms répond 127.0.0.1 à toute demande d'adresse IPv4, et « pas d'adresse » aux autres.
func (e *espion) repondreNoms(nommer func(string)) {
	demande := make([]byte, 1500)
	for {
		n, de, err := unix.Recvfrom(e.noms, demande, 0)
		switch {
		case err == unix.EAGAIN || err == unix.EINTR:
			if e.ferme() {
				return
			}
			continue
		case err != nil:
			return
		}
		if reponse, nom, err := repondreNom(demande[:n]); err == nil {
			nommer(nom)
			_ = unix.Sendto(e.noms, reponse, 0, de)
		}
	}
}

func repondreNom(demande []byte) (reponse []byte, nom string, err error) {
	var p dnsmessage.Parser
	entete, err := p.Start(demande)
	if err != nil {
		return nil, "", err
	}
	q, err := p.Question()
	if err != nil {
		return nil, "", err
	}
	m := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: entete.ID, Response: true, Authoritative: true, RecursionDesired: entete.RecursionDesired, RecursionAvailable: true},
		Questions: []dnsmessage.Question{q},
	}
	if q.Type == dnsmessage.TypeA {
		m.Answers = []dnsmessage.Resource{{
			Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 60},
			Body:   &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}},
		}}
	}
	reponse, err = m.Pack()
	return reponse, q.Name.String(), err
}
