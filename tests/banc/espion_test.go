//go:build linux

package banc

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
	"pgregory.net/rapid"
)

// paquetTCP fait un paquet IPv4 ou IPv6 : ses drapeaux, son numéro, sa charge ; avec du bourrage, comme en met une carte.
func paquetTCP(vers netip.AddrPort, drapeaux byte, rang uint32, charge string) []byte {
	tcp := make([]byte, 20, 20+len(charge))
	binary.BigEndian.PutUint16(tcp, 40000)
	binary.BigEndian.PutUint16(tcp[2:], vers.Port())
	binary.BigEndian.PutUint32(tcp[4:], rang)
	tcp[12], tcp[13] = 5<<4, drapeaux
	tcp = append(tcp, charge...)
	if vers.Addr().Is6() {
		ip := make([]byte, 40)
		ip[0], ip[6] = 6<<4, 6
		copy(ip[24:], vers.Addr().AsSlice())
		return append(ip, tcp...)
	}
	ip := make([]byte, 20)
	ip[0], ip[9] = 4<<4|5, 6
	binary.BigEndian.PutUint16(ip[2:], uint16(20+len(tcp)))
	copy(ip[16:], vers.Addr().AsSlice())
	return append(append(ip, tcp...), "bourrage"...)
}

func TestLirePaquet(t *testing.T) {
	for _, vers := range []string{"203.0.113.7:5000", "[2001:db8::1]:5000"} {
		adresse := netip.MustParseAddrPort(vers)
		p, ok := lirePaquet(paquetTCP(adresse, 2, 7, ""))
		if !ok || !p.Ouvre || p.Reseau != "tcp" || p.Vers != adresse || p.De != 40000 {
			t.Errorf("SYN : %+v, %v", p, ok)
		}
		if p, _ := lirePaquet(paquetTCP(adresse, 2|16, 7, "")); p.Ouvre {
			t.Error("SYN+ACK pris pour une demande de connexion")
		}
		if p, _ := lirePaquet(paquetTCP(netip.MustParseAddrPort("127.0.0.1:80"), 16, 7, "abc")); string(p.Charge) != "abc" || p.Rang != 7 {
			t.Errorf("charge %q, rang %d", p.Charge, p.Rang)
		}
	}
}

// TestPaquetsAbsurdes vérifie qu'aucune suite d'octets ne fait paniquer l'espion.
func TestPaquetsAbsurdes(t *testing.T) {
	bon := paquetTCP(netip.MustParseAddrPort("203.0.113.7:5000"), 2, 7, "charge")
	rapid.Check(t, func(t *rapid.T) {
		octets := rapid.SliceOf(rapid.Byte()).Draw(t, "octets")
		if rapid.Bool().Draw(t, "presque bon") {
			octets = bytes.Clone(bon[:rapid.IntRange(0, len(bon)).Draw(t, "coupe")])
			for range rapid.IntRange(0, 4).Draw(t, "fautes") {
				if len(octets) > 0 {
					octets[rapid.IntRange(0, len(octets)-1).Draw(t, "où")] = rapid.Byte().Draw(t, "octet")
				}
			}
		}
		if p, ok := lirePaquet(octets); ok && len(p.Charge) > len(octets) {
			t.Fatalf("charge de %d octets", len(p.Charge))
		}
		_, _, _ = repondreNom(octets)
	})
}

// TestGarderCharge vérifie que des segments répétés, perdus ou retardés ne font jamais croire à un envoi qui n'a pas eu lieu.
func TestGarderCharge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		trafic := nouveauTrafic(nil, nil)
		message := rapid.SliceOfN(rapid.Byte(), 1, 200).Draw(t, "message")
		depart := rapid.Uint32().Draw(t, "départ") // le numéro peut repasser par zéro
		perdu := false
		for i := 0; i < len(message); {
			n := rapid.IntRange(1, len(message)-i).Draw(t, "taille")
			p := Paquet{Tentative: Tentative{De: 1, Vers: netip.AddrPortFrom(netip.Addr{}, 5000)}, Rang: depart + uint32(i), Charge: message[i : i+n]}
			fois := rapid.IntRange(0, 3).Draw(t, "fois")
			if i == 0 {
				fois = max(fois, 1)
			}
			perdu = perdu || fois == 0
			for range fois {
				trafic.garderCharge(p)
			}
			i += n
		}
		lu := trafic.EnvoyesA(5000)
		if len(lu) != 1 || !bytes.HasPrefix(message, lu[0]) || !perdu && len(lu[0]) != len(message) {
			t.Fatalf("%q de %q", lu, message)
		}
	})
}

// TestEnvoyesDansLOrdre vérifie que les connexions restent dans l'ordre où elles ont parlé, et que leur place est comptée.
func TestEnvoyesDansLOrdre(t *testing.T) {
	trafic := nouveauTrafic(nil, nil)
	envoyer := func(de uint16, charge []byte) {
		trafic.garderCharge(Paquet{Tentative: Tentative{De: de, Vers: netip.AddrPortFrom(netip.Addr{}, 5000)}, Charge: charge})
	}
	for i := range uint16(50) {
		envoyer(60000-i, fmt.Append(nil, i))
	}
	for i, octets := range trafic.EnvoyesA(5000) {
		if string(octets) != fmt.Sprint(i) {
			t.Fatalf("envoi %d : %q", i, octets)
		}
	}
	trafic.OublierEnvois()
	charge := make([]byte, 100<<10)
	for de := range uint16(20_000) {
		envoyer(de, charge)
	}
	total := 0
	for _, octets := range trafic.EnvoyesA(5000) {
		total += len(octets)
	}
	if total > chargesGardees || total < chargesGardees/2 || len(trafic.flots) > flotsGardes {
		t.Errorf("%d octets dans %d flots", total, len(trafic.flots))
	}
}

func TestRepondreNom(t *testing.T) {
	for _, cas := range []struct {
		genre    dnsmessage.Type
		reponses int
	}{{dnsmessage.TypeA, 1}, {dnsmessage.TypeAAAA, 0}, {dnsmessage.TypeMX, 0}} {
		demande := dnsmessage.Message{Header: dnsmessage.Header{ID: 77, RecursionDesired: true},
			Questions: []dnsmessage.Question{{Name: dnsmessage.MustNewName("serveur.exemple.org."), Type: cas.genre, Class: dnsmessage.ClassINET}}}
		octets, err := demande.Pack()
		if err != nil {
			t.Fatal(err)
		}
		reponse, nom, err := repondreNom(octets)
		if err != nil || nom != "serveur.exemple.org." {
			t.Fatalf("%q, %v", nom, err)
		}
		var m dnsmessage.Message
		if err := m.Unpack(reponse); err != nil || m.ID != 77 || !m.Response || len(m.Answers) != cas.reponses {
			t.Errorf("%v : %+v, %v", cas.genre, m, err)
		}
		if cas.reponses == 1 && m.Answers[0].Body.(*dnsmessage.AResource).A != [4]byte{127, 0, 0, 1} {
			t.Errorf("réponse : %+v", m.Answers[0].Body)
		}
	}
}
