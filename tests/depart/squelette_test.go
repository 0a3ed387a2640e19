package main

import "testing"

func TestSquelette(t *testing.T) {
	const texte = `package p

import (
	"errors"
	"math/rand/v2"
	"net"

	"capteurs/shared/mesure"
	"capteurs/shared/reseau"
)

// T a un état.
type T struct {
	alea *rand.Rand // d'où vient la suite
	conn net.Conn
}

// F fait.
func (t *T) F(m mesure.Mesure) error {
	// Pourquoi : ceci.
	reseau := reseau.Joindre(t.conn)
	reseau.Close()
	return errors.Join(mesure.Valider(m), mesure.Valider(m), mesure.Mesure{})
}

func g() {}
`
	const attendu = `package p

import (
	"math/rand/v2"
	"net"

	"capteurs/shared/mesure"
)

// T a un état.
type T struct {
	alea *rand.Rand // d'où vient la suite
	conn net.Conn
}

// F fait.
func (t *T) F(m mesure.Mesure) error {
	// Outils : reseau.Joindre, mesure.Valider.
	panic("à écrire")
}

func g() {
	panic("à écrire")
}
`
	if obtenu, err := squelette("t.go", texte); err != nil || obtenu != attendu {
		t.Errorf("squelette() = %v\n%s\nattendu\n%s", err, obtenu, attendu)
	}
	if _, err := squelette("t.go", "package"); err == nil {
		t.Error("squelette d'un fichier faux = nil, attendu une erreur")
	}
}
