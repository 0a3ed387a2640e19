package tests

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"capteurs/tests/contrat"
)

// epreuve est un serveur malmené pendant que des capteurs honnêtes lui parlent.
type epreuve struct {
	etape
	*serveur
	honnetes []*honnete
	hostiles charge      // les flots des adversaires, quand ils envoient des mesures
	vrai     *vraiClient // nil : aucun
	archives []string    // les URL de ce qui était au serveur et n'y est plus
	alea     *rand.Rand

	descripteurs int   // que le serveur tient ouverts, sans adversaire
	plafond      int64 // octets de mémoire que le serveur peut occuper
	memoire      int64 // ce qu'il a occupé, au plus fort
	progres      int   // fois où l'on a vu tous les honnêtes avancer
	nouveaux     int   // clients venus pour une seule mesure
}

// La mémoire qu'un serveur peut occuper : un socle, et tant par connexion. Chacune a un tampon et un lot que bornent les 64 Kio
// d'un message : un message prend 34 octets au moins, une mesure lue 24, et un tableau qui grandit en garde deux exemplaires.
// Le ramasse-miettes double le tout. Une connexion qui parle peu n'a qu'une pile et quelques Kio de tampons.
const (
	socleMemoire      = 64 << 20
	parConnexion      = 512 << 10
	parConnexionCalme = 64 << 10
	capteursParEspece = 2
)

// nouvelleEpreuve lance un serveur et les capteurs honnêtes, et attend qu'ils avancent. Le serveur écoute là où nul ne
// prendra son port pendant qu'on le relance.
func nouvelleEpreuve(t *testing.T, etape etape, url string, alea *rand.Rand) *epreuve {
	t.Helper()
	e := &epreuve{etape: etape, alea: alea, plafond: socleMemoire}
	e.serveur = etape.servir(t, url, optionsEpreuve(net.JoinHostPort(contrat.HoteReserve(), "0"))...)
	for i := range capteursParEspece {
		e.honnetes = append(e.honnetes,
			naitre(t, e.adresse, fmt.Sprintf("patient%d", i), true),
			naitre(t, e.adresse, fmt.Sprintf("presse%d", i), false))
	}
	e.progresser(t)
	e.progres = 0 // il n'y avait encore personne d'autre
	e.descripteurs = descripteurs(t, e.pid())
	return e
}

// optionsEpreuve ouvre le serveur à plus de connexions qu'il n'en viendra : les refuser n'est pas ce qu'on éprouve.
func optionsEpreuve(adresse string) []string {
	return []string{"-adresse", adresse, "-connexions", fmt.Sprint(2 * nombreuses)}
}

func (e *epreuve) pid() int { return e.serveur.cmd.Process.Pid }

// taille rend celle qui convient à go test, ou à un essai qui dure.
func (e *epreuve) taille(longue, courte int) int {
	if *endurance > 0 {
		return longue
	}
	return courte
}

// admettre relève le plafond de la mémoire pour n connexions de plus.
func (e *epreuve) admettre(n int, octets int64) { e.plafond += int64(n) * octets }

// progresser attend que tous les capteurs honnêtes avancent : plus de confirmations que celles qui étaient en route.
func (e *epreuve) progresser(t *testing.T) {
	t.Helper()
	e.progres++
	avant := map[*honnete]int64{}
	for _, h := range e.honnetes {
		avant[h] = h.total.Load()
	}
	for _, h := range e.honnetes {
		attendreQue(t, fmt.Sprintf("%d confirmations de plus pour %s", h.pas, h.nom), func() bool { return h.total.Load() >= avant[h]+h.pas })
	}
}

// attendreRefus attend que chaque capteur honnête reçoive désormais un refus qui dise cela.
func (e *epreuve) attendreRefus(t *testing.T, mots string) {
	t.Helper()
	for _, h := range e.honnetes {
		h.refus.Store("")
	}
	for _, h := range e.honnetes {
		attendreQue(t, fmt.Sprintf("un refus de %s qui dise %q", h.nom, mots), func() bool {
			refus, _ := h.refus.Load().(string)
			return strings.Contains(refus, mots)
		})
	}
}

const capteurNouveau = "nouveau"

// accueillir fait venir un nouveau client, de l'étape, qui doit être servi.
func (e *epreuve) accueillir(t *testing.T) {
	t.Helper()
	e.etape.envoyer(t, e.adresse, "-temperature", fmt.Sprint(e.nouveaux), "-capteur", capteurNouveau)
	e.nouveaux++
}

// relancer remplace le serveur, mort, par un autre à la même adresse.
func (e *epreuve) relancer(t *testing.T) {
	t.Helper()
	e.serveur = e.servir(t, e.url, optionsEpreuve(e.adresse)...)
}

// tuer tue le serveur, comme kill -9.
func (e *epreuve) tuer(t *testing.T) {
	t.Helper()
	e.mesurerMemoire(t)
	e.serveur.tuer(t)
}

// mesurerMemoire vérifie ce que le serveur a occupé depuis qu'il est né.
func (e *epreuve) mesurerMemoire(t *testing.T) {
	t.Helper()
	occupee := memoireAuPlusFort(t, e.pid())
	e.memoire = max(e.memoire, occupee)
	if occupee > e.plafond && !course { // le détecteur de courses en prend bien plus
		t.Errorf("le serveur a occupé %d Mio, %d au plus attendus", occupee>>20, e.plafond>>20)
	}
}

// conclure vérifie, les adversaires partis, ce que toute épreuve doit laisser : un serveur en vie qui sert un nouveau client,
// qui n'a pas trop grossi et a rendu ses descripteurs, des capteurs honnêtes servis entre-temps, et sur le disque tout ce qui
// a été confirmé, tel qu'il est parti, et rien d'autre.
func (e *epreuve) conclure(t *testing.T) {
	t.Helper()
	if e.progres == 0 {
		t.Error("l'épreuve n'a pas regardé si les capteurs honnêtes avançaient")
	}
	e.hostiles.finir(t)
	for _, f := range e.hostiles.flots {
		f.conn.Close()
	}
	e.accueillir(t)
	attendreQue(t, "que le serveur rende les descripteurs des adversaires", func() bool {
		const marge = 16 // connexions que les honnêtes changent, fichiers qu'un serveur relancé ouvre autrement
		return descripteurs(t, e.pid()) <= e.descripteurs+marge
	})
	e.mesurerMemoire(t)
	t.Logf("mémoire au plus fort : %d Mio, %d permis", e.memoire>>20, e.plafond>>20)
	for _, h := range e.honnetes {
		h.congedier(t)
	}
	e.vrai.congedier(t)
	e.serveur.arreter(t)
	e.verifierSauvegarde(t)
}

func (e *epreuve) verifierSauvegarde(t *testing.T) {
	t.Helper()
	lues := map[string][]float64{}
	for _, url := range append(e.archives, e.url) {
		verifierFichier(t, url)
		for id, temperatures := range parCapteur(relire(t, url)) {
			lues[id] = append(lues[id], temperatures...)
		}
	}
	if n := len(lues[capteurNouveau]); !slices.Equal(lues[capteurNouveau], suite(e.nouveaux)) {
		t.Errorf("nouveaux clients : %d mesures enregistrées, celles de %d clients attendues, dans l'ordre", n, e.nouveaux)
	}
	delete(lues, capteurNouveau)
	e.vrai.verifier(t, lues)
	for _, c := range e.charges() {
		c.verifier(t, lues)
		for _, f := range c.flots {
			delete(lues, f.id)
		}
	}
	for id, temperatures := range lues {
		t.Errorf("capteur %q, %d mesures : personne ne les a envoyées", id, len(temperatures))
	}
}

// charges rend tout ce qui a envoyé, honnête ou non.
func (e *epreuve) charges() []*charge {
	toutes := []*charge{&e.hostiles}
	for _, h := range e.honnetes {
		toutes = append(toutes, &h.charge)
	}
	return toutes
}

func (e *epreuve) confirmees() (total int64) {
	for _, c := range e.charges() {
		for _, f := range c.flots {
			total += int64(f.confirmees)
		}
	}
	return total
}

// adversaire ouvre une connexion pour un flot hostile, qui a le temps de mal faire.
func (e *epreuve) adversaire(t *testing.T, prefixe string) *flot {
	t.Helper()
	f := &flot{id: fmt.Sprintf("%s_%04d", prefixe, len(e.hostiles.flots)), conn: joindre(t, e.adresse)}
	if err := f.conn.SetDeadline(time.Now().Add(5 * delai)); err != nil {
		t.Fatal(err)
	}
	e.hostiles.flots = append(e.hostiles.flots, f)
	return f
}

// numerotes rend n messages d'un flot hostile, et les compte comme partis.
func (f *flot) numerotes(n int) string {
	f.parties += n
	return messages(f.id, n)
}

// tailleDe rend celle d'un fichier, 0 s'il n'existe pas.
func tailleDe(chemin string) int64 {
	infos, err := os.Stat(chemin)
	if err != nil {
		return 0
	}
	return infos.Size()
}
