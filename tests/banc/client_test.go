package banc

import (
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

var cibleDEssai = &Profil{Cible: netip.MustParseAddrPort("127.0.0.1:5000")}

var sceneClient = scene("client", func(b *Banc) Resultat {
	c, err := b.LancerClient(Conduite{})
	if err != nil {
		return vu("%v", err)
	}
	connecte := c.AttendreConnexion()
	c.Fermer()
	b.Attente.auPlus(delaiTrace, func() bool { return connecte == (len(b.Trafic.Tentatives()) > 0) })
	return vu("%v, tentatives : %d", connecte, len(b.Trafic.Tentatives()))
})

// TestAttendreConnexion vérifie qu'un client qui se connecte est vu, une fois, même fini aussitôt, sans que rien lui soit dit ; et que la
// fin d'un autre ne passe pas pour une connexion.
func TestAttendreConnexion(t *testing.T) {
	exigerPython(t)
	const connecter = "import socket, time\nc = socket.create_connection(('127.0.0.1', 5000))\n"
	for source, attendu := range map[string]string{
		connecter: "true, tentatives : 1", connecter + "time.sleep(1)\n": "true, tentatives : 1", "print('rien à dire')\n": "false, tentatives : 0",
	} {
		t.Run(attendu, func(t *testing.T) {
			t.Parallel()
			r := essai{Scene: sceneClient, Fichiers: casFichiers{"client.py": source}, Profil: cibleDEssai}.jouer(t)
			if r.Resultat.Observe != attendu {
				t.Errorf("%q : connecté, %s ; attendu : %s\n%s", source, r.Resultat.Observe, attendu, faitsEnTexte(r.Evenements))
			}
			if slices.ContainsFunc(r.Evenements, func(e Evenement) bool { return e.Quoi == "envoie" }) {
				t.Errorf("%q : rien ne devait être envoyé\n%s", source, faitsEnTexte(r.Evenements))
			}
		})
	}
}

// TestClientAbsent vérifie qu'un client qui manque, ou dont l'interprète manque, est un fait.
func TestClientAbsent(t *testing.T) {
	t.Parallel()
	if r := (essai{Scene: sceneClient, Profil: cibleDEssai}).jouer(t); r.Resultat.Observe != ErrClientAbsent.Error() {
		t.Error(r.Resultat.Observe)
	}
	if r := (essai{Scene: sceneClient, Profil: cibleDEssai, Fichiers: casFichiers{"client.xyz": ""}}).jouer(t); !strings.Contains(r.Resultat.Observe, "interprete-qui-n-existe-pas") {
		t.Error(r.Resultat.Observe)
	}
}

var scenePortPris = scene("port pris", func(b *Banc) Resultat {
	l, err := net.Listen("tcp4", cibleDEssai.Cible.String())
	if err != nil {
		return rate(err)
	}
	defer l.Close()
	c, err := b.LancerClient(Conduite{})
	if err == nil {
		c.Fermer()
	}
	return vu("%v", err)
})

// TestPortPris vérifie qu'un banc qui ne peut pas tenir la place du serveur le dit, sans lancer le client.
func TestPortPris(t *testing.T) {
	t.Parallel()
	r := essai{Scene: scenePortPris, Fichiers: casFichiers{"client.sh": "exit 0\n"}, Profil: cibleDEssai}.jouer(t)
	if !strings.HasPrefix(r.Resultat.Observe, "écoute à la place du serveur : ") {
		t.Errorf("%s\n%s", r.Resultat.Observe, faitsEnTexte(r.Evenements))
	}
}
