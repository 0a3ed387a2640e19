package liaison

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"capteurs/shared/mesure"
)

const attente = 3 * time.Second

// T est ce que testing.T et rapid.T ont en commun.
type T interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Cleanup(func())
}

// brancher branche l'émetteur sur une connexion en mémoire, dont il rend l'autre bout : une écriture y attend sa lecture.
func brancher(t T, e *Emetteur) net.Conn {
	t.Helper()
	ici, la := net.Pipe()
	t.Cleanup(func() { ici.Close(); la.Close() })
	e.Brancher(ici)
	return la
}

// repondre lit n messages, d'une ligne chacun, puis répond.
func repondre(conn net.Conn, n int, reponse string) {
	recu := bufio.NewReader(conn)
	for range n {
		if _, err := recu.ReadString('\n'); err != nil {
			return
		}
	}
	if reponse != "" {
		_, _ = io.WriteString(conn, reponse)
	}
}

// emettre envoie n messages à qui répondra cela.
func emettre(e *Emetteur, conn net.Conn, n int, reponse string) (int, error) {
	go repondre(conn, n, reponse)
	return e.Emettre(context.Background(), []byte(strings.Repeat("message\n", n)), n)
}

func ok(n int) string { return fmt.Sprintf("{\"statut\":\"ok\",\"enregistrees\":%d}\n", n) }

func refusDe(rang int, cause string) string {
	return fmt.Sprintf("{\"statut\":\"erreur\",\"message\":%d,\"erreur\":%q}\n", rang, cause)
}

// attendu vérifie ce que rend Emettre, et si l'émetteur a encore sa connexion.
func attendu(t T, e *Emetteur, n int, err error, connus int, phrase string, branche bool) {
	t.Helper()
	if n != connus || (err == nil) != (phrase == "") || err != nil && !strings.Contains(err.Error(), phrase) || e.Branche() != branche {
		t.Errorf("Emettre() = %d, %v, branché %v ; attendu %d, « %s », branché %v", n, err, e.Branche(), connus, phrase, branche)
	}
}

// Le sort de chaque message est compté une fois, quel que soit le découpage des réponses, d'un envoi au suivant.
func TestLeSortDeChaqueMessage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := NouvelEmetteur(Emission{Attente: time.Minute})
		conn := brancher(t, e)
		rang, enregistrees := 0, 0
		for range rapid.IntRange(1, 4).Draw(t, "envois") {
			n := rapid.IntRange(1, 8).Draw(t, "messages")
			var reponse strings.Builder
			var refuses []int
			enAttente := 0 // enregistrés, et pas encore dits
			for range n {
				rang++
				if rapid.Bool().Draw(t, "refusé") {
					refuses = append(refuses, rang)
					reponse.WriteString(refusDe(rang, "trop chaud"))
				} else {
					enregistrees++
					enAttente++
				}
				if enAttente > 0 && rapid.Bool().Draw(t, "confirmé aussitôt") {
					enAttente = 0
					reponse.WriteString(ok(enregistrees))
				}
			}
			if enAttente > 0 {
				reponse.WriteString(ok(enregistrees))
			}
			connus, err := emettre(e, conn, n, reponse.String())
			if connus != n || !e.Branche() {
				t.Fatalf("Emettre(%d) = %d, %v à %q", n, connus, err, &reponse)
			}
			for _, rang := range refuses {
				if refus := fmt.Sprintf("message %d refusé : trop chaud", rang); err == nil || !strings.Contains(err.Error(), refus) {
					t.Fatalf("Emettre = %v, attendu « %s »", err, refus)
				}
			}
			if len(refuses) == 0 && err != nil {
				t.Fatalf("Emettre = %v, attendu nil", err)
			}
		}
	})
}

func TestUnServeurQuiFermeEnRoute(t *testing.T) {
	e := NouvelEmetteur(Emission{Attente: time.Minute})
	conn := brancher(t, e)
	go func() { repondre(conn, 3, refusDe(1, "froid")+ok(1)); conn.Close() }()
	n, err := e.Emettre(t.Context(), []byte("a\nb\nc\n"), 3)
	attendu(t, e, n, err, 2, "perdue", false)
	if !errors.As(err, new(mesure.Refus)) || !errors.Is(err, ErrSortInconnu) || errors.Is(err, ErrNonConfirmee) {
		t.Errorf("Emettre = %v, attendu le refus et la perte", err)
	}
}

func TestUnServeurQuiRenonce(t *testing.T) {
	e := NouvelEmetteur(Emission{Attente: time.Minute})
	conn := brancher(t, e)
	n, err := emettre(e, conn, 2, ok(1)+"{\"statut\":\"erreur\",\"erreur\":\"disque plein\"}\n")
	attendu(t, e, n, err, 1, `renonce : "disque plein"`, false)
	if _, err := conn.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("lecture du serveur = %v, attendu que l'émetteur ait fermé", err)
	}
}

// Un serveur qui raccroche parce que le capteur se taisait n'a rien reçu : on le sait, que l'écriture passe encore ou non.
func TestUnServeurQuiRaccroche(t *testing.T) {
	raccroche := string(mesure.Raccrocher(nil, errors.New("aucun message depuis 5m0s")))
	e := NouvelEmetteur(Emission{Attente: time.Minute})
	n, err := emettre(e, brancher(t, e), 1, raccroche)
	attendu(t, e, n, err, 0, "aucun message depuis", false)
	if !errors.Is(err, ErrRappeler) || errors.Is(err, ErrSortInconnu) {
		t.Errorf("Emettre = %v, attendu ErrRappeler", err)
	}

	e.Brancher(sourde{strings.NewReader(raccroche), nil})
	n, err = e.Emettre(t.Context(), []byte("message\n"), 1)
	attendu(t, e, n, err, 0, "aucun message depuis", false)
	if !errors.Is(err, ErrRappeler) {
		t.Errorf("Emettre = %v, attendu ErrRappeler", err)
	}
	e.Brancher(sourde{strings.NewReader(""), nil})
	n, err = e.Emettre(t.Context(), []byte("message\n"), 1)
	attendu(t, e, n, err, 0, "interrompu", false)
	if !errors.Is(err, ErrSortInconnu) || !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("Emettre = %v, attendu ErrSortInconnu, et pourquoi", err)
	}
}

// sourde est une connexion où l'on ne peut plus écrire, et où il reste à lire.
type sourde struct {
	io.Reader
	net.Conn
}

func (s sourde) Read(p []byte) (int, error) { return s.Reader.Read(p) }
func (sourde) Write([]byte) (int, error)    { return 0, io.ErrClosedPipe }
func (sourde) SetDeadline(time.Time) error  { return nil }
func (sourde) RemoteAddr() net.Addr         { return &net.TCPAddr{} }
func (sourde) Close() error                 { return nil }

// Un serveur qui n'a jamais répondu n'est attendu qu'une fois par connexion ; ce qu'on lui envoie part quand même.
func TestUnServeurMuet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := NouvelEmetteur(Emission{Attente: attente})
		for fois := range 2 { // ce qu'une connexion tait n'engage pas la suivante
			conn := brancher(t, e)
			for i, attendue := range []time.Duration{attente, 0, 0} {
				debut := time.Now()
				lu := make(chan struct{})
				go func() { repondre(conn, 1, ""); close(lu) }()
				n, err := e.Emettre(t.Context(), []byte("message\n"), 1)
				<-lu
				attendu(t, e, n, err, 0, "n'accuse pas réception", true)
				if duree := time.Since(debut); duree != attendue || !errors.Is(err, ErrNonConfirmee) {
					t.Errorf("connexion %d, envoi %d : %v après %v, attendu ErrNonConfirmee après %v", fois, i, err, duree, attendue)
				}
			}
		}
	})
}

// Un serveur qui a répondu une fois n'est plus pris pour un muet, même après une autre connexion.
func TestUnServeurQuiSeTaitApresAvoirRepondu(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := NouvelEmetteur(Emission{Attente: attente})
		n, err := emettre(e, brancher(t, e), 1, ok(1))
		attendu(t, e, n, err, 1, "", true)
		autre := NouvelEmetteur(Emission{Attente: attente, Confirme: e.confirme}) // ce que l'un apprend sert aux autres
		for _, e := range []*Emetteur{e, e, autre} {
			n, err = emettre(e, brancher(t, e), 1, "")
			attendu(t, e, n, err, 0, "perdue", false)
			if errors.Is(err, ErrNonConfirmee) || !errors.Is(err, ErrSortInconnu) {
				t.Errorf("Emettre = %v, attendu une connexion perdue", err)
			}
		}
	})
}

func TestUnServeurQuiParleAutreChose(t *testing.T) {
	e := NouvelEmetteur(Emission{Attente: time.Minute})
	conn := brancher(t, e)
	for range 2 {
		n, err := emettre(e, conn, 1, "OK\n")
		attendu(t, e, n, err, 0, "OK", true)
		if !errors.Is(err, ErrNonConfirmee) || !errors.Is(err, mesure.ErrPasUnAccuse) {
			t.Errorf("Emettre = %v, attendu ErrNonConfirmee, et pourquoi", err)
		}
	}
}

// Un serveur qui accuse réception, on le sait, et qui répond autre chose n'est pas un serveur d'élève : c'est une panne.
func TestUnServeurQuiNeSAccusePlus(t *testing.T) {
	for _, autre := range []string{"OK\n", "HTTP/1.1 502 Bad Gateway\r\n\r\n", "{\"statut\":1}\n"} {
		e := NouvelEmetteur(Emission{Attente: time.Minute})
		n, err := emettre(e, brancher(t, e), 1, ok(1))
		attendu(t, e, n, err, 1, "", true)
		n, err = emettre(e, brancher(t, e), 1, autre)
		attendu(t, e, n, err, 0, "perdue", false)
		if errors.Is(err, ErrNonConfirmee) || !errors.Is(err, ErrSortInconnu) || !errors.Is(err, mesure.ErrPasUnAccuse) {
			t.Errorf("%q : Emettre = %v, attendu ErrSortInconnu, et pourquoi", autre, err)
		}
	}
}

func TestUnServeurQuiFermeSansUnMot(t *testing.T) {
	e := NouvelEmetteur(Emission{Attente: time.Minute})
	conn := brancher(t, e)
	go func() { repondre(conn, 1, ""); conn.Close() }()
	n, err := e.Emettre(t.Context(), []byte("message\n"), 1)
	attendu(t, e, n, err, 0, "n'accuse pas réception", false)
}

func TestUnEnvoiInterrompu(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := NouvelEmetteur(Emission{Attente: time.Hour})
		brancher(t, e) // et personne ne lit
		ctx, annuler := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, annuler)
		debut := time.Now()
		n, err := e.Emettre(ctx, []byte("message\n"), 1)
		attendu(t, e, n, err, 0, "interrompu", false)
		if duree := time.Since(debut); duree != time.Second {
			t.Errorf("Emettre a duré %v, attendu 1s, la fin du contexte", duree)
		}
	})
}

func TestFermerDeuxFois(t *testing.T) {
	e := NouvelEmetteur(Emission{})
	if err := e.Close(); err != nil || e.Branche() {
		t.Errorf("Close sans connexion = %v", err)
	}
	conn := brancher(t, e)
	if err := errors.Join(e.Close(), e.Close()); err != nil || e.Branche() {
		t.Errorf("Close = %v, attendu nil", err)
	}
	if _, err := conn.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("lecture de l'autre bout = %v, attendu la fermeture", err)
	}
}
