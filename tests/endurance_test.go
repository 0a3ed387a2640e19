package tests

import (
	"cmp"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"capteurs/tests/couche"
)

var (
	endurance = flag.Duration("endurance", 0, "faire durer TestEndurance, avec mille écrivains lents, dix mille connexions, cinquante kill -9")
	rejouee   = flag.Uint64("graine", 0, "rejouer les tirages de TestEndurance ; 0 en tire une, qu'il dit")
)

// Ce qui est fait à un serveur pendant que des capteurs honnêtes lui parlent, et ce que cela prouve. Les adversaires d'abord,
// puis les pannes de la machine.
var epreuves = []struct {
	nom      string
	preuve   string
	eprouver func(t *testing.T, e *epreuve)
}{
	{"des écrivains lents",
		"un client qui met une minute à écrire un message n'occupe que sa connexion, et son message est enregistré",
		ecrivainsLents},
	{"des clients qui ne lisent jamais",
		"un client qui ne lit pas ses réponses n'arrête ni le serveur ni les autres, et tout ce qu'il envoie est enregistré",
		neLisentPas},
	{"des connexions remises à zéro",
		"une coupure au milieu d'un message n'ôte rien à ce qui était confirmé, et n'enregistre pas la moitié d'un message",
		remisesAZero},
	{"des messages démesurés",
		"un message sans fin est refusé à 64 Kio : il ne prend pas la mémoire du serveur, ni les mesures qui le précèdent",
		messagesDemesures},
	{"des octets absurdes",
		"des octets absurdes entre deux messages ne font perdre aucun des deux",
		octetsAbsurdes},
	{"des connexions ouvertes puis lâchées",
		"des milliers de connexions qui ne disent rien ne coûtent presque rien, et rendent tout en partant",
		connexionsLachees},
	{"un disque plein puis libéré",
		"sans place rien n'est confirmé, et dès qu'il y en a les capteurs reprennent d'eux-mêmes",
		disquePleinEnCharge},
	{"un fichier déplacé sous le serveur",
		"rien n'est confirmé dans un fichier que personne ne retrouverait, et un serveur relancé reprend dans un fichier neuf",
		fichierDeplace},
	{"des descripteurs épuisés",
		"un serveur qui ne peut plus accepter sert ceux qu'il a, et accepte de nouveau dès qu'une place se libère",
		descripteursEpuises},
	{"un serveur suspendu puis repris",
		"un serveur arrêté net puis réveillé reprend ses connexions, et les clients qui l'avaient quitté le retrouvent",
		serveurSuspendu},
	{"des kill -9",
		"à chaque mort du serveur, ce qui était confirmé est sur le disque, et son successeur le rouvre",
		mortsBrutales},
}

// TestEndurance mène chaque épreuve sur un vrai serveur, d'une étape et d'un moteur qui changent de l'une à l'autre. Avec
// -endurance, aux dimensions d'une vraie attaque, elles se succèdent sur toutes les étapes et tous les moteurs jusqu'à la fin
// du temps donné.
func TestEndurance(t *testing.T) {
	if *endurance == 0 {
		couche.Entiere(t, "tenir longtemps, sous les pannes et les attaques")
	}
	depart := cmp.Or(*rejouee, rand.Uint64())
	t.Logf("-graine %d rejoue ces tirages", depart)
	if *endurance > 0 {
		durer(t, depart)
		return
	}
	t.Parallel()
	for i := range epreuves {
		enParallele(t, epreuves[i].nom, func(t *testing.T) { mener(t, i, 0, depart, nil) })
	}
}

// mener mène une épreuve. D'un tour à l'autre, chacune passe par toutes les étapes et tous les moteurs.
func mener(t *testing.T, i, tour int, depart uint64, b *bilanEndurance) {
	cas := epreuves[i]
	moteur := moteurs[(i+tour)%len(moteurs)]
	etape := laEtape(t, etapes[(i+tour)%len(etapes)])
	t.Logf("%s, %s : %s", etape.nom, moteur, cas.preuve)
	e := nouvelleEpreuve(t, etape, nouvelleURL(t, moteur), rand.New(rand.NewPCG(depart, uint64(tour*len(epreuves)+i))))
	cas.eprouver(t, e)
	e.conclure(t)
	if t.Failed() {
		t.Logf("ce n'est donc pas prouvé : %s", cas.preuve)
	}
	b.ajouter(e)
}

// bilanEndurance est ce que dit un long essai quand il finit.
type bilanEndurance struct {
	epreuves   int
	confirmees int64
	memoire    int64 // octets, au plus fort
}

func (b *bilanEndurance) ajouter(e *epreuve) {
	if b == nil {
		return
	}
	b.epreuves++
	b.confirmees += e.confirmees()
	b.memoire = max(b.memoire, e.memoire)
}

// durer répète les épreuves, l'une après l'autre, jusqu'à la fin du temps donné.
func durer(t *testing.T, depart uint64) {
	fin := time.Now().Add(*endurance)
	const marge = 5 * time.Minute // pour la dernière épreuve
	if limite, ok := t.Deadline(); ok && limite.Before(fin.Add(marge)) {
		t.Fatalf("go test arrêterait l'essai avant sa fin : ajoutez -timeout 0, comme dans « go test ./tests -run Endurance -timeout 0 -args -endurance %v »", *endurance)
	}
	if err := permettreDescripteurs(nombreuses + 500); err != nil {
		t.Logf("moins de %d descripteurs permis, il y aura moins de connexions : %v", nombreuses+500, err)
	}
	var b bilanEndurance
	tour := 0
	for ; b.epreuves == 0 || time.Now().Before(fin); tour++ {
		for i := range epreuves {
			if tour > 0 && time.Now().After(fin) {
				break
			}
			if !t.Run(fmt.Sprintf("%s, tour %d", epreuves[i].nom, tour+1), func(t *testing.T) { mener(t, i, tour, depart, &b) }) {
				t.Fatalf("rejouez les mêmes tirages par -graine %d", depart)
			}
		}
	}
	fmt.Fprintf(os.Stdout, "endurance : %d épreuves en %d tours, graine %d, %d mesures confirmées, mémoire au plus fort %d Mio\n",
		b.epreuves, tour, depart, b.confirmees, b.memoire>>20)
}
