//go:build linux

package banc

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
)

// erreursDeServeur sont les raisons de ne pas écouter, par leur nom.
var erreursDeServeur = map[string]error{"fini": ErrFini, "udp": ErrUDP, "n'écoute pas": ErrNEcoutePas, "saisie": ErrAttendSaisie, "absent": ErrAbsent}

// sceneServeur lance le serveur, s'y connecte, et dit ce qui arrive.
var sceneServeur = scene("serveur", func(b *Banc) Resultat {
	s, err := b.LancerServeur()
	for nom, raison := range erreursDeServeur {
		if errors.Is(err, raison) {
			return vu("%s", nom)
		}
	}
	if err != nil {
		return vu("autre : %v", err)
	}
	c, err := s.Joindre()
	if err != nil {
		return rate(err)
	}
	b.Attente.auPlus(time.Minute, func() bool { return c.Fermee() != "" })
	return vu("%v %s", s.Adresse, c.Recu())
})

// ecouter est un serveur Python qui écoute aux adresses données, et dit « oui » à qui vient.
func ecouter(adresses ...string) string {
	return "import select, socket\nprises = []\nfor famille, adresse in [" + strings.Join(adresses, ", ") + `]:
    l = socket.socket(famille)
    l.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if famille == socket.AF_INET6:
        l.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, adresse[0] != "" and 1 or 0)
    l.bind(adresse)
    l.listen()
    prises.append(l)
while True:
    for l in select.select(prises, [], [])[0]:
        c, _ = l.accept()
        c.sendall(b"oui %d" % prises.index(l))
        c.close()
`
}

// portLibre rend un port que personne n'écoute.
func portLibre(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return fmt.Sprint(l.Addr().(*net.TCPAddr).Port)
}

// ipv6 dit si cette machine a une boucle locale IPv6.
func ipv6() bool {
	l, err := net.Listen("tcp6", "[::1]:0")
	if err == nil {
		l.Close()
	}
	return err == nil
}

// TestServeurs vérifie où l'on voit qu'un serveur écoute, ou pourquoi il n'écoute pas.
func TestServeurs(t *testing.T) {
	exigerPython(t)
	for nom, cas := range map[string]struct {
		source, voulu string
		vu            bool // par la reconnaissance
	}{
		"port 0":            {source: ecouter(`(socket.AF_INET, ("127.0.0.1", 0))`), voulu: "127.0.0.1:* oui 0"},
		"toutes adresses":   {source: ecouter(`(socket.AF_INET, ("", PORT))`), voulu: "127.0.0.1:PORT oui 0"},
		"IPv6 locale":       {source: ecouter(`(socket.AF_INET6, ("::1", PORT))`), voulu: "[::1]:PORT oui 0"},
		"IPv6 seulement":    {source: ecouter(`(socket.AF_INET6, ("::", PORT))`), voulu: "[::1]:PORT oui 0"},
		"IPv6 et IPv4":      {source: ecouter(`(socket.AF_INET6, ("", PORT))`), voulu: "127.0.0.1:PORT oui 0"},
		"plusieurs ports":   {source: ecouter(`(socket.AF_INET, ("127.0.0.1", AUTRE))`, `(socket.AF_INET, ("127.0.0.1", PORT))`), voulu: "127.0.0.1:PORT oui 1", vu: true},
		"écoute et meurt":   {source: "import socket\nsocket.create_server(('127.0.0.1', PORT))\n", voulu: "fini"},
		"finit aussitôt":    {source: "raise SystemExit(3)\n", voulu: "fini"},
		"UDP":               {source: "import socket\ns = socket.socket(type=socket.SOCK_DGRAM)\ns.bind(('127.0.0.1', PORT))\ns.recv(9)\n", voulu: "udp"},
		"attend une touche": {source: "import sys\nsys.stdin.read()\n", voulu: "saisie"},
		"demande un port":   {source: ecouter(`(socket.AF_INET, ("127.0.0.1", int(input("Port : "))))`), voulu: "127.0.0.1:PORT oui 0", vu: true},
		"dort":              {source: "import time\ntime.sleep(60)\n", voulu: "n'écoute pas"},
	} {
		for _, n := range []Niveau{N0, N1} {
			if strings.HasPrefix(nom, "IPv6") && !ipv6() {
				continue
			}
			if testing.Short() && (n == N0 || !slices.Contains([]string{"port 0", "UDP"}, nom)) {
				continue
			}
			t.Run(nom+" "+string(n), func(t *testing.T) {
				t.Parallel()
				port := portLibre(t)
				ports := strings.NewReplacer("PORT", port, "AUTRE", portLibre(t))
				e := essai{Scene: sceneServeur, Niveau: n, Fichiers: casFichiers{"serveur.py": ports.Replace(cas.source)}}
				if cas.vu {
					e.Profil = &Profil{Ecoute: netip.MustParseAddrPort("127.0.0.1:" + port)}
				}
				r := e.jouer(t)
				obtenu, voulu := r.Resultat.Observe, ports.Replace(cas.voulu)
				if avant, apres, ok := strings.Cut(voulu, "*"); ok {
					if !strings.HasPrefix(obtenu, avant) || !strings.HasSuffix(obtenu, apres) {
						t.Errorf("%s ; attendu : %s\n%s", obtenu, voulu, faitsEnTexte(r.Evenements))
					}
				} else if obtenu != voulu {
					t.Errorf("%s ; attendu : %s\n%s", obtenu, voulu, faitsEnTexte(r.Evenements))
				}
			})
		}
	}
}

// TestServeurAbsent vérifie qu'un serveur qui manque, ou dont l'interprète manque, est un fait.
func TestServeurAbsent(t *testing.T) {
	t.Parallel()
	if r := (essai{Scene: sceneServeur}).jouer(t); r.Resultat.Observe != "absent" {
		t.Error(r.Resultat.Observe)
	}
	if r := (essai{Scene: sceneServeur, Fichiers: casFichiers{"serveur.xyz": ""}}).jouer(t); !strings.Contains(r.Resultat.Observe, "interprete-qui-n-existe-pas") {
		t.Error(r.Resultat.Observe)
	}
}

var sceneArret = scene("arrêt", func(b *Banc) Resultat {
	p, err := lancerSeul(b)
	if err != nil {
		return rate(err)
	}
	b.Attente.auPlus(time.Minute, func() bool { return strings.Contains(p.Sortie.String(), "PRET") || p.Fin().Fini })
	avant := p.Fin()
	ctrlC := p.Arreter()
	return vu("%v, %v, %v", avant, ctrlC, p.Fin())
})

// TestArret vérifie l'escalade : Ctrl-C, puis SIGTERM, puis SIGKILL ; et que l'on sait ce qui a suffi.
func TestArret(t *testing.T) {
	t.Parallel()
	for nom, cas := range map[string]struct {
		source, voulu string
		signaux       int
	}{
		"obéit":          {"trap 'exit 4' INT\n", "tourne encore, a fini, code 4, a fini, code 4", 1},
		"par défaut":     {"", "tourne encore, a été tué par SIGINT (Ctrl-C), a été tué par SIGINT (Ctrl-C)", 1},
		"ignore Ctrl-C":  {"trap '' INT\n", "tourne encore, tourne encore, a été tué par SIGTERM", 2},
		"ignore tout":    {"trap '' INT TERM\n", "tourne encore, tourne encore, a été tué par SIGKILL", 2},
		"finit lui-même": {"exit 5\n", "a fini, code 5, a fini, code 5, a fini, code 5", 0},
	} {
		if testing.Short() && nom != "obéit" {
			continue // des secondes d'attente, ou rien de plus
		}
		t.Run(nom, func(t *testing.T) {
			t.Parallel()
			source := cas.source + "echo PRET\nwhile :; do sleep 1; done\n"
			r := essai{Scene: sceneArret, Niveau: N0, Fichiers: casFichiers{"serveur.sh": source}}.jouer(t)
			signaux := 0
			for _, e := range r.Evenements {
				if e.Quoi == "signal" {
					signaux++
				}
			}
			if r.Resultat.Observe != cas.voulu || signaux != cas.signaux {
				t.Errorf("%s, %d signaux ; attendu : %s, %d", r.Resultat.Observe, signaux, cas.voulu, cas.signaux)
			}
		})
	}
}

var sceneFermetures = scene("fermetures", func(b *Banc) Resultat {
	s, err := b.LancerServeur()
	if err != nil {
		return rate(err)
	}
	var vues []string
	for range 3 {
		c, err := s.Joindre()
		if err != nil {
			return rate(err)
		}
		if err := c.Envoyer([]byte("x")); err != nil {
			return rate(err)
		}
		b.Attente.Jusqua(100*time.Millisecond, time.Minute, func() bool { return c.Fermee() != "" })
		vues = append(vues, c.Fermee())
	}
	return vu("%s", strings.Join(vues, ", "))
})

// TestFermetures vérifie que FIN et RST sont deux faits, et qu'une connexion gardée n'est pas dite fermée.
func TestFermetures(t *testing.T) {
	if testing.Short() {
		t.Skip("de vrais processus, plusieurs fois ; sans -short")
	}
	exigerPython(t)
	t.Parallel()
	const source = `import socket, struct
l = socket.create_server(("127.0.0.1", 6010))
garde = []
for i in range(3):
    c, _ = l.accept()
    c.recv(1)
    if i == 1:
        c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if i == 2:
        garde.append(c)
    else:
        c.close()
l.accept()
`
	r := essai{Scene: sceneFermetures, Fichiers: casFichiers{"serveur.py": source}}.jouer(t)
	if r.Resultat.Observe != "a fermé (FIN), a coupé (RST), " {
		t.Error(r.Resultat.Observe)
	}
	for conn, fin := range map[int]string{1: "FIN", 2: "RST"} {
		if texte := faitsEnTexte(r.Evenements); !strings.Contains(texte, fmt.Sprintf("serveur ferme %d", conn)) || !strings.Contains(texte, fin) {
			t.Errorf("connexion %d :\n%s", conn, texte)
		}
	}
}
