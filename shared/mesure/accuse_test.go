package mesure

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

func TestAccuser(t *testing.T) {
	lot := Lot{
		Mesures: make([]Mesure, 2),
		Refus:   []Refus{{3, errors.New("temperature : nombre attendu, chaîne reçue")}, {4, errors.New("nom \"\x1b\xff")}},
	}
	octets := Accuser([]byte("avant\n"), lot, 12)
	attendu := "avant\n" +
		`{"statut":"erreur","message":3,"erreur":"temperature : nombre attendu, chaîne reçue"}` + "\n" +
		`{"statut":"erreur","message":4,"erreur":"nom \"\u001b�"}` + "\n" +
		`{"statut":"ok","enregistrees":12}` + "\n"
	if string(octets) != attendu {
		t.Errorf("Accuser = %s, attendu %s", octets, attendu)
	}
	if vide := Accuser(nil, Lot{Refus: lot.Refus[:1]}, 12); strings.Contains(string(vide), "ok") {
		t.Errorf("un lot sans mesure n'a rien d'enregistré : %s", vide)
	}
}

func TestLesAccusesSeRelisent(t *testing.T) {
	octets := Accuser(nil, Lot{Mesures: make([]Mesure, 1), Refus: []Refus{{1, io.ErrNoProgress}}}, 7)
	octets = Echouer(octets, errors.New("disque plein"))
	attendus := []Accuse{
		{Statut: "erreur", Message: 1, Erreur: io.ErrNoProgress.Error()},
		{Statut: "ok", Enregistrees: 7},
		{Statut: "erreur", Erreur: "disque plein"},
	}
	l := NouveauLecteurAccuses(strings.NewReader(string(octets)))
	var lus []Accuse
	for {
		a, err := l.Lire()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		lus = append(lus, a)
	}
	if !slices.Equal(lus, attendus) {
		t.Errorf("lu %+v, attendu %+v", lus, attendus)
	}
}

func TestReponseDUnAutreProtocole(t *testing.T) {
	for _, texte := range []string{
		"OK", "Mesure bien reçue\n", `{"status":"ok"}` + "\n", "{}\n", `{"statut":7}` + "\n", "{" + strings.Repeat("x", 10_000), `{"statut":"ok"} x` + "\n",
		`{"statut":"ok","enregistrees":-1}` + "\n", `{"statut":"erreur","message":-1}` + "\n",
	} {
		_, err := NouveauLecteurAccuses(strings.NewReader(texte)).Lire()
		if !errors.Is(err, ErrPasUnAccuse) {
			t.Errorf("Lire(%.30q) = %v, attendu ErrPasUnAccuse", texte, err)
		}
	}
}
