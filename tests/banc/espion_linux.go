package banc

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"sync"
	"time"

	"golang.org/x/net/dns/dnsmessage"
	"golang.org/x/sys/unix"
)

// espion voit, dans une cloison, tout ce qui passe sur le réseau, où que cela aille ; et répond « ici » à toute demande de
// nom.
type espion struct {
	prises []*os.File
	fils   sync.WaitGroup
}

// espionner ouvre les oreilles de la cloison. Hors d'une cloison, elle n'entend rien.
func espionner(n Niveau, voir func(Paquet), nommer func(string)) (*espion, error) {
	e := &espion{}
	if n != N1 {
		return e, nil
	}
	paquets, err := ecouterPaquets()
	if err != nil {
		return nil, err
	}
	noms, err := ecouterNoms()
	if err != nil {
		unix.Close(paquets)
		return nil, err
	}
	e.entendre(paquets, func(octets []byte, de unix.Sockaddr) {
		if lien, ok := de.(*unix.SockaddrLinklayer); !ok || lien.Pkttype == unix.PACKET_OUTGOING {
			return // la boucle locale montre chaque paquet deux fois
		}
		if lu, ok := lirePaquet(octets); ok {
			voir(lu)
		}
	})
	e.entendre(noms, func(octets []byte, de unix.Sockaddr) {
		if reponse, nom, err := repondreNom(octets); err == nil {
			nommer(nom)
			_ = unix.Sendto(noms, reponse, 0, de)
		}
	})
	return e, nil
}

// entendre donne à lire tout ce qui arrive à une prise, jusqu'à fermer.
func (e *espion) entendre(fd int, lire func(octets []byte, de unix.Sockaddr)) {
	prise := os.NewFile(uintptr(fd), "espion")
	e.prises = append(e.prises, prise)
	paquet := make([]byte, 68<<10) // la boucle locale porte des paquets de 64 Kio
	vider := func(uintptr) (fini bool) {
		for {
			n, de, err := unix.Recvfrom(fd, paquet, 0)
			switch {
			case err == nil:
				lire(paquet[:n], de)
			case err != unix.EINTR:
				return err != unix.EAGAIN
			}
		}
	}
	e.fils.Go(func() {
		if brut, err := prise.SyscallConn(); err == nil {
			_ = brut.Read(vider) // Go la réveille quand il y a de quoi lire, et quand on ferme
			_ = brut.Control(func(fd uintptr) { vider(fd) })
		}
	})
}

// fermer attend la fin de l'écoute ; ce qui est déjà arrivé est encore entendu.
func (e *espion) fermer() {
	for _, prise := range e.prises {
		_ = prise.SetReadDeadline(time.Unix(1, 0))
	}
	e.fils.Wait()
	for _, prise := range e.prises {
		_ = prise.Close()
	}
}

func ecouterPaquets() (int, error) {
	const tous = unix.ETH_P_ALL<<8&0xff00 | unix.ETH_P_ALL>>8 // dans l'ordre du réseau
	prise, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, tous)
	if err != nil {
		return -1, fmt.Errorf("écoute des paquets : %w", err)
	}
	return prise, nil
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
	prise, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err == nil {
		err = unix.Bind(prise, &unix.SockaddrInet4{Port: portNoms, Addr: [4]byte{127, 0, 0, 1}})
	}
	if err != nil {
		return -1, fmt.Errorf("service de noms : %w", err)
	}
	return prise, nil
}

// repondreNom répond 127.0.0.1 à toute demande d'adresse IPv4, et « pas d'adresse » aux autres.
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
