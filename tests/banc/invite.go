package banc

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// invitesMaximum borne les réponses données à un programme : au-delà, il redemande la même chose sans fin.
const invitesMaximum = 12

// invite répond à ce qu'un programme demande au clavier. L'entrée reste ouverte : un programme qui lit sa fin trop tôt
// s'arrêterait.
type invite struct {
	proc *Processus

	mu       sync.Mutex
	muette   bool
	lu       int // octets de la sortie déjà pris en compte
	reponses []Saisie
}

// Saisie est une réponse donnée à une question d'un programme.
type Saisie struct {
	Question, Reponse string
	Temperature       float64 // quand la réponse est un nombre rare
	EstTemperature    bool    // et que la question demandait bien une température
}

// dejaLu rend le nombre d'octets de la sortie déjà pris en compte.
func (i *invite) dejaLu() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.lu
}

// taire cesse de répondre.
func (i *invite) taire() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.muette = true
}

// repondre attend que le programme demande quelque chose, et y répond, jusqu'à ce qu'il finisse. Elle regarde souvent après
// ce qu'il vient d'écrire, qui est peut-être une question, puis de moins en moins.
func (i *invite) repondre() {
	const souvent, rarement = 5 * time.Millisecond, 60 * time.Millisecond
	var muet func() bool
	for pas := souvent; ; pas = min(pas*3/2, rarement) {
		select {
		case <-i.proc.aEcrit:
			pas = souvent
		case <-i.proc.fini:
		case <-time.After(pas - souvent):
		}
		select { // au moins cela : qui écrit sans cesse ne fait pas regarder sans cesse
		case <-i.proc.fini:
			return
		case <-time.After(souvent):
		}
		i.mu.Lock()
		fini := i.muette || len(i.reponses) >= invitesMaximum
		i.mu.Unlock()
		if fini {
			return
		}
		question, demande := i.question()
		switch {
		case !demande:
			muet = nil
		case question != "":
			i.donner(question)
			muet = nil
		case muet == nil: // la question est peut-être encore en chemin
			muet = i.sansQuestion()
		case muet():
			i.donner(question)
			muet = nil
		}
	}
}

// sansQuestion dit si un programme qui attend une réponse sans avoir rien demandé ne demandera rien : ni lui ni ce qu'il a
// lancé ne fait plus rien, ou c'est assez attendu.
func (i *invite) sansQuestion() func() bool {
	calme, depuis := i.proc.banc.Attente.calme(300*time.Millisecond), time.Now()
	return func() bool { return calme() || time.Since(depuis) > 5*time.Second }
}

// question rend la dernière ligne que le programme a écrite, s'il attend une réponse.
func (i *invite) question() (string, bool) {
	sortie := i.proc.Sortie.String()
	nouveau := sortie[min(i.dejaLu(), len(sortie)):]
	lignes := strings.Split(strings.TrimSpace(nouveau), "\n")
	question := strings.TrimSpace(lignes[len(lignes)-1])
	bloque, connu := i.proc.banc.litClavier(i.proc)
	if connu {
		return question, bloque
	}
	return question, question != "" && !strings.HasSuffix(sortie, "\n") // ailleurs que sous Linux : une question n'a pas de fin de ligne
}

func (i *invite) donner(question string) {
	lu := len(i.proc.Sortie.String())
	b := i.proc.banc
	r := choisirReponse(b.Tirage, b.portAttendu, question)
	i.mu.Lock()
	i.lu = lu
	if i.muette {
		i.mu.Unlock()
		return
	}
	i.reponses = append(i.reponses, r)
	i.mu.Unlock()
	i.proc.banc.journal.Noter("banc", "saisie", "à « %s », réponse %s", question, r.Reponse)
	_, _ = fmt.Fprintln(i.proc.entree, r.Reponse)
}

// Saisies rend les réponses données jusqu'ici.
func (p *Processus) Saisies() []Saisie {
	p.invite.mu.Lock()
	defer p.invite.mu.Unlock()
	return append([]Saisie(nil), p.invite.reponses...)
}

// Ce qu'une question demande, reconnu à ses mots ; le premier qui convient l'emporte.
var (
	demandeChoix       = regexp.MustCompile(`(?i)[(\[](o|oui|y|yes)/(n|non|no)[)\]]|continuer|encore|autre mesure|recommencer|again`)
	demandeNombre      = regexp.MustCompile(`(?i)combien|nombre d|how many|number of|intervalle?\b|fréquence`)
	demandePort        = regexp.MustCompile(`(?i)\bports?\b`)
	demandeMachine     = regexp.MustCompile(`(?i)h[oô]te\b|host|\bip\b|nom du serveur|server name`)
	demandeTemperature = regexp.MustCompile(`(?i)temp|valeur|value|mesure|°|degr|celsius`)
	demandeIdentifiant = regexp.MustCompile(`(?i)\bid\b|identifiant|capteur|sensor|nom\b|name`)
	demandeServeur     = regexp.MustCompile(`(?i)adresse|address|serveur|server`)
	demandeMenu        = regexp.MustCompile(`(?i)menu|choix|option`)
)

// IdentifiantSaisi est celui que le banc donne quand un programme le demande.
const IdentifiantSaisi = "capteur_7"

// choisirReponse donne à une question une réponse de sa sorte, et à qui demande un port, celui que rend port ; à une question
// inconnue, un nombre rare, qu'on reconnaîtra.
func choisirReponse(t *Tirage, port func() int, question string) Saisie {
	r := Saisie{Question: question}
	nombre := func(demande bool) Saisie {
		r.EstTemperature = demande
		r.Temperature = t.temperature()
		r.Reponse = strconv.FormatFloat(r.Temperature, 'f', -1, 64)
		return r
	}
	switch {
	case demandeChoix.MatchString(question):
		r.Reponse = "n"
	case demandeNombre.MatchString(question):
		r.Reponse = "1"
	case demandePort.MatchString(question):
		r.Reponse = strconv.Itoa(port())
	case demandeMachine.MatchString(question):
		r.Reponse = "127.0.0.1"
	case demandeTemperature.MatchString(question):
		return nombre(true)
	case demandeIdentifiant.MatchString(question):
		r.Reponse = IdentifiantSaisi
	case demandeServeur.MatchString(question):
		r.Reponse = "127.0.0.1"
	case demandeMenu.MatchString(question):
		r.Reponse = "1"
	default:
		return nombre(false)
	}
	return r
}
