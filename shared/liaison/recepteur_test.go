package liaison

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
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

func (malChiffree) Read([]byte) (int, error) { return 0, fmt.Errorf("%w : %w", reseau.ErrPoignee, io.EOF) }

// Le journal dit une fois pourquoi chaque connexion finit.
func TestLeJournalDitLaFin(t *testing.T) {
	for nom, cas := range map[string]struct {
		finir  func(client net.Conn, arreter func())
		raison string
	}{
		"le client ferme":     {func(client net.Conn, _ func()) { client.Close() }, "le client a fermé"},
		"le client se tait":   {func(net.Conn, func()) {}, "le client s'est tu trop longtemps"},
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
