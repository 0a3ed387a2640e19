package contrat

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"capteurs/shared/mesure"
)

// Chaque ligne : un message refusé, et ce que sa réponse doit nommer.
var refuses = [][2]string{
	{`42`, "objet"},
	{`[{"capteur_id":"a","temperature":1}]`, "objet"},
	{`null`, "objet"},
	{`{"temperature":1}`, "capteur_id"},
	{`{"capteur_id":null,"temperature":1}`, "capteur_id"},
	{`{"capteur_id":7,"temperature":1}`, "capteur_id"},
	{`{"capteur_id":"","temperature":1}`, "capteur_id"},
	{`{"capteur_id":"  ","temperature":1}`, "capteur_id"},
	{`{"capteur_id":"a\nb","temperature":1}`, "capteur_id"},
	{`{"capteur_id":"` + strings.Repeat("x", 129) + `","temperature":1}`, "128"},
	{`{"capteur_id":"a"}`, "temperature"},
	{`{"capteur_id":"a","temperature":null}`, "temperature"},
	{`{"capteur_id":"a","temperature":"23.5"}`, "temperature : nombre attendu, chaîne reçue"},
	{`{"capteur_id":"a","temperature":1e999}`, "temperature"},
	{`{"capteur_id":"a","Temperature":1}`, "temperature"},
	{`{"capteur_id":"a","temperature":1,"temperature":2}`, "double"},
	{"{\"capteur_id\":\"a\xff\",\"temperature\":1}", "UTF-8"},
	{`{'capteur_id': 'a', 'temperature': 1}`, "octet 2"},
	{`{"capteur_id":"a","temperature":NaN}`, "octet 33"},
}

func refusEtSuite(t *testing.T, e Etape) {
	var m memoire
	l := nouvelEcouteur()
	e.lancer(t, reglagesServeur(&m), l)
	for _, r := range refuses {
		c := l.appeler(t)
		c.envoyer(message(releve("avant", 1)))
		c.attendreOK(1)
		c.envoyer(r[0] + "\n")
		if cause := c.attendreRefus(2); !strings.Contains(cause, r[1]) {
			t.Errorf("%s : refusé pour « %s », attendu que la cause nomme « %s »", r[0], cause, r[1])
		}
		c.envoyer(message(releve("après", 2)))
		c.attendreOK(2)
		c.conn.Close()
	}
	if n := len(m.tout()); n != 2*len(refuses) {
		t.Errorf("%d mesures enregistrées, attendu %d : celles d'avant et d'après chaque refus, et elles seules", n, 2*len(refuses))
	}
}

func accuseApresSauvegarde(t *testing.T, e Etape) {
	synctest.Test(t, func(t *testing.T) {
		ouvrir := make(chan struct{})
		liberer := sync.OnceFunc(func() { close(ouvrir) })
		m := memoire{avant: func([]mesure.Mesure) error { <-ouvrir; return nil }}
		l := nouvelEcouteur()
		e.lancer(t, reglagesServeur(&m), l)
		t.Cleanup(liberer) // même en échec, pour que le serveur puisse s'arrêter
		c := l.appeler(t)
		c.envoyer(message(releve("a", 1)))
		synctest.Wait() // plus rien ne bouge : le serveur attend la sauvegarde
		if len(c.accuses) > 0 {
			t.Fatalf("réponse %+v alors que la mesure n'est pas encore enregistrée", <-c.accuses)
		}
		liberer()
		c.attendreOK(1)
	})
}

func accuseCumule(t *testing.T, e Etape) {
	var m memoire
	l := nouvelEcouteur()
	e.lancer(t, reglagesServeur(&m), l)
	c := l.appeler(t)
	c.envoyer(message(releve("a", 1), releve("a", 2)) + "{}\n" + message(releve("a", 3)))
	c.attendreRefus(3) // les refus d'un lot précèdent son « ok »
	c.attendreOK(3)
	c.envoyer("{}\n")
	c.attendreRefus(5)
	c.envoyer(message(releve("a", 4)))
	c.attendreOK(4)
	autre := l.appeler(t)
	autre.envoyer(message(releve("b", 1)))
	autre.attendreOK(1)
}

func echecDeSauvegarde(t *testing.T, e Etape) {
	panne := errors.New("disque plein")
	m := memoire{avant: func(mesures []mesure.Mesure) error {
		if mesures[0].CapteurID == "perdue" {
			return panne
		}
		return nil
	}}
	s := e.lancer(t, reglagesServeur(&m), nil)
	c := joindre(t, s.adresse)
	c.envoyer(message(releve("a", 1)))
	c.attendreOK(1)
	c.envoyer(message(releve("perdue", 2)))
	if cause := c.attendreRefus(0); !strings.Contains(cause, "sauvegarde impossible : disque plein") {
		t.Errorf("échec annoncé « %s », attendu « sauvegarde impossible : disque plein »", cause)
	}
	c.attendreFin()
	autre := joindre(t, s.adresse)
	autre.envoyer(message(releve("b", 1)))
	autre.attendreOK(1)
	egales(t, m.tout(), []mesure.Mesure{releve("a", 1), releve("b", 1)})
}

func demesure(t *testing.T, e Etape) {
	var m memoire
	s := e.lancer(t, reglagesServeur(&m), nil)
	c := joindre(t, s.adresse)
	c.envoyer(message(releve("a", 1)) + `{"capteur_id":"` + strings.Repeat("x", 2*mesure.MessageMax))
	c.attendreOK(1)
	if cause := c.attendreRefus(2); !strings.Contains(cause, "64 Kio") {
		t.Errorf("refusé pour « %s », attendu que la cause nomme 64 Kio", cause)
	}
	c.attendreFin()
	egales(t, m.tout(), []mesure.Mesure{releve("a", 1)})
}
