package processus

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"capteurs/tests/charge/cadence"
)

// TestMain fait de ce programme de test le programme lancé, quand un test le demande.
func TestMain(m *testing.M) {
	switch os.Getenv("ROLE") {
	case "":
		goleak.VerifyTestMain(m)
	case "ecouter":
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			os.Exit(3)
		}
		fmt.Println(l.Addr())
		fmt.Println("KATA_SECRET=" + os.Getenv("KATA_SECRET"))
		conn, err := l.Accept()
		if err == nil {
			_, _ = conn.Read(make([]byte, 1)) // jusqu'au signal
		}
		select {}
	case "mourir":
		fmt.Fprintln(os.Stderr, "panne inventée")
		os.Exit(3)
	case "calculer":
		fmt.Println(os.Getenv("KATA_SECRET") + os.Getenv("KATA_CHOISIE"))
		for n := uint64(1); ; n = n*6364136223846793005 + 1 {
			if n == 0 {
				return
			}
		}
	}
}

func role(nom string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = []string{"ROLE=" + nom, "KATA_CHOISIE=oui"}
	return cmd
}

// auDepart attend la première ligne, et la rend par *ligne.
func auDepart(ligne *string) func(context.Context, *Processus) error {
	return func(ctx context.Context, p *Processus) (err error) {
		*ligne, err = p.Ligne(ctx)
		return err
	}
}

func TestLancerEtArreter(t *testing.T) {
	var ligne string
	p, err := Lancer(t.Context(), role("ecouter"), auDepart(&ligne))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Arreter() // tué par le signal, il ne finit pas bien
	if err := Ecoute(strings.TrimSpace(ligne))(t.Context(), p); err != nil {
		t.Error(err)
	}
	if p.Demarrage <= 0 {
		t.Errorf("démarrage en %v", p.Demarrage)
	}
	var fini *exec.ExitError
	if err := p.Arreter(); runtime.GOOS != "windows" && !errors.As(err, &fini) {
		t.Errorf("un programme qui meurt du signal a mal fini : %v", err)
	}
}

func TestUnProgrammeQuiMeurtAuDepart(t *testing.T) {
	var ligne string
	_, err := Lancer(t.Context(), role("mourir"), auDepart(&ligne))
	if !errors.Is(err, errFini) || !strings.Contains(err.Error(), "panne inventée") {
		t.Errorf("%v ; sa fin et son journal attendus", err)
	}
	if _, err := Lancer(t.Context(), role("mourir"), Ecoute("127.0.0.1:1")); !errors.Is(err, errFini) {
		t.Errorf("%v ; sa fin attendue", err)
	}
	if _, err := Lancer(t.Context(), exec.Command("/absent"), nil); err == nil {
		t.Error("un programme absent a démarré")
	}
}

func TestLeContexteInterromptUnDemarrage(t *testing.T) {
	ctx, annuler := context.WithCancel(t.Context())
	annuler()
	if _, err := Lancer(ctx, role("ecouter"), Ecoute("127.0.0.1:1")); !errors.Is(err, context.Canceled) {
		t.Errorf("%v ; l'annulation attendue", err)
	}
}

func TestCequUnProgrammeConsomme(t *testing.T) {
	var secret string
	t.Setenv("KATA_SECRET", "passe")
	p, err := Lancer(t.Context(), role("calculer"), auDepart(&secret))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Arreter() // tué par le signal, il ne finit pas bien
	if secret != "oui\n" {
		t.Errorf("réglages transmis : %q ; « oui », celui qui a été choisi, attendu, et rien d'hérité", secret)
	}
	r, err := p.Charger(func() (cadence.Resultat, error) {
		avant, connu := p.processeur()
		if connu {
			ctx, liberer := context.WithTimeout(t.Context(), delaiDemarrage)
			defer liberer()
			err := Attendre(ctx, func() bool { apres, _ := p.processeur(); return apres-avant > 10*time.Millisecond })
			return cadence.Resultat{Faites: 10}, err
		}
		return cadence.Resultat{Faites: 10}, nil
	})
	if err != nil || r.Demarrage <= 0 || runtime.GOOS == "linux" && (r.Processeur < 1000 || r.Memoire <= 0) {
		t.Errorf("au moins 10 ms de calcul pour 10 mesures : %+v, %v", r, err)
	}
}

func TestLeJournalGardeSaFin(t *testing.T) {
	j := new(finDeJournal)
	fmt.Fprint(j, strings.Repeat("x", 3*journalGarde), "\navant\n", "dernière\n")
	if j.derniere() != "dernière" || len(j.fin) > journalGarde {
		t.Errorf("%q, %d octets gardés", j.derniere(), len(j.fin))
	}
}
