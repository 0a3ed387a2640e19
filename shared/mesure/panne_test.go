package mesure

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// Le journal dit tout, l'inconnu à l'autre bout n'apprend pas de quoi la machine est faite.
func TestEchouerTaitLaCauseDUnePanne(t *testing.T) {
	secret := errors.New("write /srv/donnees.txt: dial tcp db.interne:5432: user=eleve")
	panne := Panne{"disque plein, libérez de la place", secret}
	for attendue, cause := range map[string]error{
		"trop de connexions":                       errors.New("trop de connexions"),
		"disque plein, libérez de la place":        panne,
		"sauvegarde impossible : disque plein, l…": fmt.Errorf("sauvegarde impossible : %w", Panne{"disque plein, l…", panne}),
		"a : disque plein, libérez de la place":    fmt.Errorf("a : %w ; puis %w", panne, secret),
	} {
		octets := string(Echouer(nil, cause))
		if octets != `{"statut":"erreur","erreur":"`+attendue+"\"}\n" {
			t.Errorf("Echouer(%v) = %s, attendu %s", cause, octets, attendue)
		}
		if errors.As(cause, new(Panne)) && (!strings.Contains(cause.Error(), secret.Error()) || !errors.Is(cause, secret)) {
			t.Errorf("la panne %v ne dit pas tout au journal", cause)
		}
	}
}

// Un serveur choisit ses phrases ; notre terminal n'a pas à leur obéir.
func TestLaPhraseDUnServeurEstRendueLisible(t *testing.T) {
	l := NouveauLecteurAccuses(strings.NewReader(`{"statut":"erreur","message":1,"erreur":"\u001b[2J\nerreur : faux\u202e"}` + "\n"))
	if a, err := l.Lire(); err != nil || a != (Accuse{Statut: Erreur, Message: 1, Erreur: `\x1b[2J\x0aerreur : faux\u202e`}) {
		t.Errorf("Lire = %+v, %v, attendu la phrase, échappée", a, err)
	}
}
