package reseau

import (
	"io"
	"net"
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"
)

// Un hôte n'a jamais plus que sa part, la retrouve en rendant une place, et n'ôte rien aux autres ; cette machine n'est pas
// comptée, et rien ne reste de qui est parti.
func TestPartDeChaqueHote(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const part = 3
		h := Ecoute{ParHote: part}.surveiller(nil)
		modele := map[string]int{}
		type ouverte struct {
			hote   string
			rendre func()
		}
		var ouvertes []ouverte
		t.Repeat(map[string]func(*rapid.T){
			"arriver": func(t *rapid.T) {
				// adresse → hôte ; "" : cette machine
				adresses := map[string]string{"192.0.2.1": "a", "::ffff:192.0.2.1": "a", "192.0.2.2": "b", "2001:db8::1": "c", "2001:db8::2:3": "c",
					"2001:db8:0:1::1": "d", "127.0.0.1": "", "127.9.9.9": "", "::1": ""}
				adresse := rapid.SampledFrom([]string{"192.0.2.1", "::ffff:192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2:3", "2001:db8:0:1::1", "127.0.0.1", "127.9.9.9", "::1"}).Draw(t, "adresse")
				hote := adresses[adresse]
				rendre, refus := h.placer(&net.TCPAddr{IP: net.ParseIP(adresse), Port: 1})
				switch admis := hote == "" || modele[hote] < part; {
				case admis && refus != nil || !admis && refus != ErrParHote:
					t.Fatalf("%s, %d connexions ouvertes : %v", adresse, modele[hote], refus)
				case admis:
					modele[hote]++
					ouvertes = append(ouvertes, ouverte{hote, rendre})
				}
			},
			"partir": func(t *rapid.T) {
				if len(ouvertes) == 0 {
					t.Skip("personne")
				}
				i := rapid.IntRange(0, len(ouvertes)-1).Draw(t, "qui")
				ouvertes[i].rendre()
				modele[ouvertes[i].hote]--
				ouvertes = append(ouvertes[:i], ouvertes[i+1:]...)
			},
			"": func(t *rapid.T) {
				if len(h.places) != len(ouvertes) || len(h.hotes.ouvertes) > 4 {
					t.Fatalf("%d places tenues, %d attendues ; hôtes %v", len(h.places), len(ouvertes), h.hotes.ouvertes)
				}
				if len(ouvertes) == 0 && len(h.hotes.ouvertes) > 0 {
					t.Fatalf("personne, et il reste %v", h.hotes.ouvertes)
				}
			},
		})
	})
}

// venant est une connexion qui dit venir d'ailleurs.
type venant struct {
	net.Conn
	de net.Addr
}

func (v venant) RemoteAddr() net.Addr { return v.de }

// L'hôte qui en a trop l'apprend, et sa connexion finie en permet une autre.
func TestRefusParHote(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := file{conns: make(chan net.Conn, 3)}
		l := Ecoute{ParHote: 1, Refus: refusDit}.surveiller(f)
		arriver := func() net.Conn {
			serveur, client := tuyau(t)
			f.conns <- venant{serveur, &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1)}}
			return client
		}
		arriver()
		premiere, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		refusee := arriver()
		acceptee := make(chan net.Conn, 1)
		go func() {
			conn, _ := l.Accept()
			acceptee <- conn
		}()
		if dit, err := io.ReadAll(refusee); string(dit) != string(refusDit(ErrParHote)) || err != nil {
			t.Errorf("de trop : %q, %v, attendu %q", dit, err, refusDit(ErrParHote))
		}
		premiere.Close()
		arriver()
		if conn := <-acceptee; conn == nil {
			t.Error("la place rendue ne sert pas")
		}
	})
}

func TestFamille(t *testing.T) {
	for adresse, attendue := range map[string]string{"0.0.0.0:5000": "tcp4", ":5000": "tcp", "[::]:5000": "tcp", "127.0.0.1:5000": "tcp", "0.0.0.0": "tcp"} {
		if f := famille(adresse); f != attendue {
			t.Errorf("famille(%q) = %s, attendu %s", adresse, f, attendue)
		}
	}
	l, err := Ecoute{}.Ouvrir(t.Context(), "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if ip := l.Addr().(*net.TCPAddr).IP; ip.To4() == nil {
		t.Errorf("0.0.0.0 écoute sur %v, attendu IPv4 seul", ip)
	}
}
