package banc

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestJournalBorne vérifie qu'un journal ne remplit pas la mémoire, et garde malgré tout ce qui s'est passé à la fin.
func TestJournalBorne(t *testing.T) {
	j := NouveauJournal()
	gros := make([]byte, 1<<20)
	for range 5000 {
		j.NoterOctets("serveur", "sortie", 0, gros)
	}
	j.Noter("banc", "saisie", "%s", strings.Repeat("é", 1<<20))
	j.Noter("serveur", "fin", "tué")
	faits := j.Faits()
	total := 0
	for _, e := range faits {
		total += len(e.Octets) + len(e.Texte)
		if len(e.Octets) > octetsGardes || len(e.Octets) < len(gros) && e.Quoi == "sortie" && e.Taille != len(gros) {
			t.Fatalf("%d octets gardés, taille dite %d", len(e.Octets), e.Taille)
		}
	}
	if total > journalGarde+2*texteGarde || len(faits) > evenementsGardes {
		t.Errorf("%d événements, %d octets", len(faits), total)
	}
	if avant := faits[len(faits)-2]; avant.Quoi != "fin" || avant.Texte != "tué" {
		t.Errorf("la fin est perdue : %+v", avant)
	}
	if !strings.Contains(faits[len(faits)-1].Texte, "2000 événements de plus") {
		t.Errorf("rien ne dit ce qui manque : %q", faits[len(faits)-1].Texte)
	}
}

// TestJournalDate vérifie que chaque fait porte son heure, comptée depuis le début.
func TestJournalDate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := NouveauJournal()
		for n := range 3 {
			j.Noter("banc", "note", "après %d s", n)
			time.Sleep(time.Second) // celui d'une bulle : il n'attend pas
		}
		for n, e := range j.Faits() {
			if e.T != time.Duration(n)*time.Second {
				t.Errorf("%s : %v", e.Texte, e.T)
			}
		}
	})
}

// TestJournalOrdonne vérifie que plusieurs fils écrivent dans l'ordre du temps, et que ce qui est rendu ne change plus.
func TestJournalOrdonne(t *testing.T) {
	j := NouveauJournal()
	octets := []byte("avant")
	j.NoterOctets("client", "envoie", 1, octets)
	copy(octets, "APRÈS")
	faits := j.Faits()
	var fils sync.WaitGroup
	for range 8 {
		fils.Go(func() {
			for range 50 {
				j.Noter("banc", "note", "x")
			}
		})
	}
	fils.Wait()
	if len(faits) != 1 || !bytes.Equal(faits[0].Octets, []byte("avant")) {
		t.Errorf("un fait a changé : %+v", faits)
	}
	dernier := time.Duration(-1)
	for _, e := range j.Faits() {
		if e.T < dernier {
			t.Fatalf("%v après %v", e.T, dernier)
		}
		dernier = e.T
	}
	if n := len(j.Faits()); n != 401 {
		t.Errorf("%d faits, 401 attendus", n)
	}
}
