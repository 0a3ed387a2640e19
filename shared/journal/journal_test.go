package journal

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// ecran retient ce qui s'y écrit, et peut se bloquer ou se fermer.
type ecran struct {
	mu     sync.Mutex
	texte  bytes.Buffer
	bloque chan struct{} // nil : non
	erreur error
}

func (e *ecran) Write(p []byte) (int, error) {
	if e.bloque != nil {
		<-e.bloque
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.erreur != nil {
		return 0, e.erreur
	}
	return e.texte.Write(p)
}

func (e *ecran) fermer(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.erreur = err
}

func ouvrir(t *testing.T, e *ecran) (*slog.Logger, func()) {
	t.Helper()
	journal, fermer, err := Ouvrir(e, Reglages{"texte", "info"})
	if err != nil {
		t.Fatal(err)
	}
	return journal, fermer
}

var perdues = regexp.MustCompile(`lignes de journal perdues.* nombre=(\d+)`)

// comptees rend le nombre de lignes écrites, avis à part, et le nombre de celles qu'on dit perdues.
func (e *ecran) comptees(t *testing.T) (ecrites, dites int) {
	t.Helper()
	for ligne := range strings.Lines(e.texte.String()) {
		avis := perdues.FindStringSubmatch(ligne)
		if avis == nil {
			ecrites++
			continue
		}
		n, err := strconv.Atoi(avis[1])
		if err != nil {
			t.Fatal(err)
		}
		dites += n
	}
	return ecrites, dites
}

func TestCeQuOnDitSEcrit(t *testing.T) {
	for forme, attendu := range map[string]string{"texte": "level=WARN msg=bonjour client=a", "json": `"msg":"bonjour","client":"a"`} {
		var e ecran
		journal, fermer, err := Ouvrir(&e, Reglages{forme, "alerte"})
		if err != nil {
			t.Fatal(err)
		}
		journal.Info("trop bas")
		journal.With("client", "a").Warn("bonjour")
		fermer()
		fermer()
		journal.Warn("trop tard") // ni panique, ni attente
		if dit := e.texte.String(); strings.Count(dit, "\n") != 1 || !strings.Contains(dit, attendu) {
			t.Errorf("journal %s : %q, attendu %q", forme, dit, attendu)
		}
	}
	for _, c := range []Reglages{{"xml", "info"}, {"texte", "debug"}, {}} {
		if _, _, err := Ouvrir(nil, c); err == nil || !strings.Contains(err.Error(), "inconnu : ") {
			t.Errorf("Ouvrir(%v) = %v, attendu ce qui est connu", c, err)
		}
	}
}

// Quoi qu'on dise et à quel rythme, rien n'attend, ce qui s'écrit est borné, et tout ce qui manque est compté.
func TestUnFlotEstBorne(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rafales := rapid.SliceOfN(rapid.IntRange(0, 3000), 1, 6).Draw(rt, "rafales")
		synctest.Test(t, func(t *testing.T) {
			var e ecran
			journal, fermer := ouvrir(t, &e)
			debut, total := time.Now(), 0
			for _, n := range rafales {
				for i := range n {
					journal.Info(fmt.Sprint(i))
					if i%500 == 0 {
						synctest.Wait() // la sortie suit
					}
				}
				total += n
				time.Sleep(10 * time.Second)
			}
			permises := dAvance + int(parSeconde*time.Since(debut).Seconds())
			journal.Error("la fin") // les erreurs ont leur propre débit
			fermer()
			ecrites, dites := e.comptees(t)
			if ecrites+dites != total+1 || ecrites > permises+1 || !strings.Contains(e.texte.String(), "la fin") {
				t.Errorf("rafales de %v : %d écrites, %d dites perdues ; attendu %d en tout, et au plus %d écrites", rafales, ecrites, dites, total+1, permises+1)
			}
		})
	})
}

// Une sortie que personne ne lit n'arrête rien ; quand on la lit à nouveau, ce qui manque est dit.
func TestUneSortieBloquee(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := ecran{bloque: make(chan struct{})}
		journal, fermer := ouvrir(t, &e)
		debut := time.Now()
		const n = 3 * attendues
		for i := range n {
			if i%attendues == 0 {
				time.Sleep(time.Minute) // le débit, lui, en permettrait plus
			}
			journal.Info("ligne")
		}
		if duree := time.Since(debut); duree != 3*time.Minute {
			t.Errorf("dire %d lignes à une sortie bloquée a duré %v de trop", n, duree-3*time.Minute)
		}
		close(e.bloque)
		synctest.Wait()
		journal.Info("ligne")
		fermer()
		if ecrites, dites := e.comptees(t); ecrites+dites != n+1 || ecrites < attendues {
			t.Errorf("%d lignes écrites, %d dites perdues, attendu %d en tout", ecrites, dites, n+1)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		e := ecran{bloque: make(chan struct{})}
		journal, fermer := ouvrir(t, &e)
		journal.Info("ligne")
		debut := time.Now()
		fermer()
		if duree := time.Since(debut); duree != delaiFermeture {
			t.Errorf("fermer a duré %v, attendu %v", duree, delaiFermeture)
		}
		close(e.bloque)
	})
}

// Une sortie qui échoue, puis revient, comme un disque plein.
func TestUneSortieQuiEchoue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var e ecran
		journal, fermer := ouvrir(t, &e)
		e.fermer(errors.New("plein"))
		for range 5 {
			journal.Info("perdue")
			synctest.Wait()
		}
		e.fermer(nil)
		journal.Info("revenue")
		fermer()
		if ecrites, dites := e.comptees(t); ecrites != 1 || dites != 5 {
			t.Errorf("journal %q, attendu une ligne, et cinq dites perdues", e.texte.String())
		}
	})
}
