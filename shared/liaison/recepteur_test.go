package liaison

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"capteurs/shared/mesure"
	"capteurs/shared/reseau"
)

// receveur rend un récepteur, l'autre bout de sa connexion, et son journal.
func receveur(t T, ctx context.Context) (*Recepteur, net.Conn, *strings.Builder) {
	t.Helper()
	ici, la := net.Pipe()
	t.Cleanup(func() { ici.Close(); la.Close() })
	var journal strings.Builder
	return NouveauRecepteur(ctx, ici, Reception{Inactivite: time.Hour, Journal: slog.New(slog.NewTextHandler(&journal, nil))}), la, &journal
}

// Ce qui est confirmé est le total de la connexion, précédé des refus de chaque lot.
func TestLeTotalConfirme(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, client, _ := receveur(t, t.Context())
		defer r.Close()
		rang, bons := 0, 0
		reponses := mesure.NouveauLecteurAccuses(client)
		for range rapid.IntRange(1, 5).Draw(t, "lots") {
			valides := rapid.SliceOfN(rapid.Bool(), 1, 5).Draw(t, "valides")
			var octets strings.Builder
			var attendues []mesure.Accuse
			avant := bons
			for _, valide := range valides {
				rang++
				if valide {
					bons++
					fmt.Fprintf(&octets, "{\"capteur_id\":\"a\",\"temperature\":%d}\n", rang)
				} else {
					octets.WriteString("{\"capteur_id\":\"a\"}\n")
					attendues = append(attendues, mesure.Accuse{Statut: mesure.Erreur, Message: rang, Erreur: "temperature : membre absent"})
				}
			}
			if bons > avant {
				attendues = append(attendues, mesure.Accuse{Statut: mesure.OK, Enregistrees: bons})
			}
			go io.WriteString(client, octets.String())
			lot, err := r.Lire()
			if err != nil || len(lot.Mesures)+len(lot.Refus) != len(valides) {
				t.Fatalf("Lire() = %+v, %v, attendu les %d messages de l'envoi", lot, err, len(valides))
			}
			confirme := make(chan struct{})
			go func() { r.Confirmer(lot); close(confirme) }()
			for _, attendue := range attendues {
				if a, err := reponses.Lire(); err != nil || a != attendue {
					t.Fatalf("réponse %+v, %v, attendu %+v", a, err, attendue)
				}
			}
			<-confirme
		}
	})
}

// Qui renonce dit pourquoi au client, sans la cause, qui nomme fichiers et comptes ; le journal la garde.
func TestRenoncer(t *testing.T) {
	r, client, journal := receveur(t, t.Context())
	panne := mesure.Panne{Conseil: "disque plein, libérez de la place", Cause: errors.New("/secret : no space")}
	fini := make(chan struct{})
	go func() {
		r.Renoncer(fmt.Errorf("sauvegarde impossible : %w", panne))
		r.Close()
		close(fini)
	}()
	recu, err := io.ReadAll(client)
	<-fini
	if attendu := `{"statut":"erreur","erreur":"sauvegarde impossible : disque plein, libérez de la place"}` + "\n"; string(recu) != attendu || err != nil {
		t.Errorf("le client reçoit %q, %v, attendu %q", recu, err, attendu)
	}
	if dit := journal.String(); !strings.Contains(dit, "level=ERROR") || !strings.Contains(dit, "/secret") || strings.Count(dit, "\n") != 1 {
		t.Errorf("journal %q, attendu l'échec et sa cause, une fois", dit)
	}
}

// malChiffree se casse à la première lecture, comme une poignée de main qui échoue.
type malChiffree struct{ net.Conn }

func (malChiffree) Read([]byte) (int, error) {
	return 0, fmt.Errorf("%w : %w", reseau.ErrPoignee, io.EOF)
}

// Le journal dit une fois pourquoi chaque connexion finit.
func TestLeJournalDitLaFin(t *testing.T) {
	for nom, cas := range map[string]struct {
		finir  func(client net.Conn, arreter func())
		raison string
	}{
		"le client ferme":     {func(client net.Conn, _ func()) { client.Close() }, "le client a fermé"},
		"le client se tait":   {func(net.Conn, func()) {}, "aucune mesure depuis 1h0m0s"},
		"le serveur s'arrête": {func(_ net.Conn, arreter func()) { arreter() }, "le serveur s'arrête"},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, arreter := context.WithCancel(t.Context())
			defer arreter()
			r, client, journal := receveur(t, ctx)
			go cas.finir(client, arreter)
			if lot, err := r.Lire(); err == nil {
				t.Errorf("%s : Lire = %+v, attendu une erreur", nom, lot)
			}
			go io.Copy(io.Discard, client)
			if err := r.Close(); err != nil && nom != "le client ferme" {
				t.Errorf("%s : Close = %v", nom, err)
			}
			if dit := journal.String(); strings.Count(dit, "\n") != 1 || !strings.Contains(dit, "level=INFO") || !strings.Contains(dit, cas.raison) {
				t.Errorf("%s : journal %q, attendu une ligne, « %s »", nom, dit, cas.raison)
			}
		})
	}
	ici, _ := net.Pipe()
	var journal strings.Builder
	r := NouveauRecepteur(t.Context(), malChiffree{ici}, Reception{Journal: slog.New(slog.NewTextHandler(&journal, nil))})
	_, err := r.Lire()
	r.Close()
	if dit := journal.String(); !errors.Is(err, reseau.ErrPoignee) || !strings.Contains(dit, `level=WARN msg="connexion refusée"`) || !strings.Contains(dit, "poignée de main") {
		t.Errorf("Lire = %v, journal %q, attendu un refus de TLS", err, dit)
	}
}

// ecrire écrit sans se bloquer, de temps en temps, jusqu'à la fermeture.
func ecrire(client net.Conn, texte string, pause time.Duration) {
	for err := error(nil); err == nil; _, err = io.WriteString(client, texte) {
		time.Sleep(pause)
	}
}

// Entre deux messages un client peut se taire ; ce qu'il envoie d'autre qu'un message entier ne lui donne pas plus de temps.
// Il apprend pourquoi.
func TestAttentesBornees(t *testing.T) {
	const inactivite, delai = time.Hour, time.Minute
	for nom, cas := range map[string]struct {
		envoyer func(client net.Conn)
		duree   time.Duration
	}{
		"muet":                 {func(net.Conn) {}, inactivite},
		"des blancs":           {func(client net.Conn) { ecrire(client, " \n", time.Second) }, inactivite},
		"un message sans fin":  {func(client net.Conn) { ecrire(client, `{"a":"`, 2*delai) }, 2*delai + delai},
		"des accolades":        {func(client net.Conn) { ecrire(client, "{", time.Second) }, time.Second + delai},
		"une faute par ligne":  {func(client net.Conn) { ecrire(client, "!\n", time.Second) }, inactivite},
		"un message au compte": {func(client net.Conn) { time.Sleep(time.Second); ecrire(client, "1", time.Second) }, 2*time.Second + delai},
	} {
		synctest.Test(t, func(t *testing.T) {
			ici, client := net.Pipe()
			defer client.Close()
			r := NouveauRecepteur(t.Context(), ici, Reception{Inactivite: inactivite, Delai: delai})
			debut := time.Now()
			var envoi sync.WaitGroup
			envoi.Go(func() { cas.envoyer(client) })
			defer envoi.Wait()
			dit := make(chan string, 1)
			go func() {
				recu, _ := io.ReadAll(client)
				dit <- string(recu)
			}()
			for {
				lot, err := r.Lire()
				if err != nil {
					break
				}
				if len(lot.Mesures) > 0 {
					t.Fatalf("%s : %+v lues", nom, lot.Mesures)
				}
			}
			if duree := time.Since(debut); duree != cas.duree {
				t.Errorf("%s : lu pendant %v, attendu %v", nom, duree, cas.duree)
			}
			r.Close()
			attendu := `{"statut":"erreur","erreur":"aucune mesure depuis 1h0m0s","rappelez":true}`
			if cas.duree != inactivite {
				attendu = `{"statut":"erreur","erreur":"un message commencé n'est pas fini après 1m0s"}`
			}
			if recu := <-dit; !strings.HasSuffix(recu, attendu+"\n") {
				t.Errorf("%s : le client apprend %q, attendu %s", nom, recu, attendu)
			}
		})
	}
}

// Un client qui parle de temps en temps reste ; sans limite, il peut se taire longtemps.
func TestUnClientRareReste(t *testing.T) {
	for nom, cas := range map[string]struct{ inactivite, pause time.Duration }{
		"moins que la limite": {time.Hour, 59 * time.Minute},
		"sans limite":         {SansLimite, 1000 * time.Hour},
	} {
		synctest.Test(t, func(t *testing.T) {
			ici, client := net.Pipe()
			r := NouveauRecepteur(t.Context(), ici, Reception{Inactivite: cas.inactivite})
			go func() {
				for range 3 {
					time.Sleep(cas.pause)
					io.WriteString(client, "{\"capteur_id\":\"a\",\"temperature\":1}\n")
				}
				client.Close()
			}()
			for i := range 3 {
				if lot, err := r.Lire(); err != nil || len(lot.Mesures) != 1 {
					t.Fatalf("%s : Lire n° %d = %+v, %v, attendu une mesure", nom, i, lot, err)
				}
			}
			if _, err := r.Lire(); err != io.EOF {
				t.Errorf("%s : Lire = %v, attendu la fin", nom, err)
			}
			r.Close()
		})
	}
}

// Qui n'envoie que des fautes remplit une ligne de journal par seconde, et aucune ne se perd dans les comptes.
func TestRefusAuJournal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, client, journal := receveur(t, t.Context())
		const fautes, duree = 100, 10 * time.Second
		go func() {
			for range fautes {
				time.Sleep(duree / fautes)
				io.WriteString(client, "!\n")
			}
			client.Close()
		}()
		for {
			if _, err := r.Lire(); err != nil {
				break
			}
		}
		r.Close()
		dit := journal.String()
		if n := strings.Count(dit, "messages refusés"); n < 9 || n > 11 || !strings.Contains(dit, fmt.Sprintf("refusées=%d ", fautes)) || !strings.Contains(dit, "nombre=10 ") {
			t.Errorf("%d lignes pour %d fautes en %v, attendu une par seconde et le compte :\n%s", n, fautes, duree, dit)
		}
	})
}

// Sans réglage ni journal, un récepteur marche : la valeur nulle convient.
func TestReceptionNulle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ici, _ := net.Pipe()
		r := NouveauRecepteur(t.Context(), ici, Reception{})
		debut := time.Now()
		_, err := r.Lire()
		if duree := time.Since(debut); err == nil || duree != InactiviteParDefaut {
			t.Errorf("Lire = %v après %v, attendu la fin après %v", err, duree, InactiviteParDefaut)
		}
		r.Close()
	})
}
