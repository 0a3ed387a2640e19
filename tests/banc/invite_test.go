package banc

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestQuestions vérifie la sorte de réponse que reçoit une question : ce sont celles que posent de vrais programmes.
func TestQuestions(t *testing.T) {
	const temperature, identifiant, hote, port, non, premier, combien = "température", IdentifiantSaisi, "127.0.0.1", "5000", "n", "1", "1"
	tirage := nouveauTirage(1)
	for question, attendue := range map[string]string{
		"Température : ":                       temperature,
		"Entrez la température mesurée (°C) :": temperature,
		"Enter temperature:":                   temperature,
		"Enter the value to send > ":           temperature,
		"Valeur du capteur ?":                  temperature,
		"Température de la porte d'entrée :":   temperature,
		"Température (ou q pour quitter) : ":   temperature,
		"":                                     temperature,
		"> ":                                   temperature,
		"Message : ":                           temperature,
		"Identifiant du capteur : ":            identifiant,
		"Identifiant du capteur à envoyer au serveur :": identifiant,
		"ID: ":                                      identifiant,
		"capteur_id ? ":                             identifiant,
		"Enter sensor name: ":                       identifiant,
		"Sensor ID > ":                              identifiant,
		"Nom du capteur :":                          identifiant,
		"Adresse IP du serveur : ":                  hote,
		"Nom d'hôte : ":                             hote,
		"Nom du serveur : ":                         hote,
		"Server name: ":                             hote,
		"Enter the hostname: ":                      hote,
		"Host [localhost]: ":                        hote,
		"IP: ":                                      hote,
		"Adresse du serveur ?":                      hote,
		"Port : ":                                   port,
		"Port du serveur [5000] : ":                 port,
		"Enter server port number: ":                port,
		"Envoyer une autre mesure ? (o/n) ":         non,
		"Continuer (oui/non) ? ":                    non,
		"Send another value? [y/N] ":                non,
		"Quitter (oui/non) : ":                      non,
		"Votre choix : ":                            premier,
		"Choose an option: ":                        premier,
		"Combien de mesures voulez-vous envoyer ? ": combien,
		"Nombre de mesures : ":                      combien,
		"How many values? ":                         combien,
		"Intervalle entre deux mesures (en secondes) : ":       combien,
		"Température actuelle, mesurée toutes les secondes : ": temperature,
	} {
		s := choisirReponse(tirage, func() int { return portParDefaut }, question)
		reponse := s.Reponse
		if s.Temperature != 0 {
			reponse = temperature
		}
		if reponse != attendue {
			t.Errorf("%q : %s ; attendu : %s", question, reponse, attendue)
		}
	}
}

// sceneSaisies lance un programme, et rend ce qu'on lui a répondu.
var sceneSaisies = scene("saisies", func(b *Banc) Resultat {
	p, err := lancerSeul(b)
	if err != nil {
		return rate(err)
	}
	b.Attente.auPlus(time.Minute, func() bool {
		return p.Fin().Fini || strings.Contains(p.Sortie.String(), "FINI") || len(p.Saisies()) >= invitesMaximum
	})
	b.Attente.Calme(100*time.Millisecond, time.Minute) // il lit la dernière réponse, et redemande peut-être
	var reponses []string
	for _, s := range p.Saisies() {
		reponses = append(reponses, s.Reponse)
	}
	return vu("%v|%s|%s", p.Fin(), strings.Join(reponses, " "), p.Texte())
})

// saisies joue sceneSaisies, et en rend les trois parties : la fin, les réponses, le texte du programme.
func saisies(t *testing.T, n Niveau, fichier, texte string) (fin, reponses, sortie string) {
	t.Helper()
	r := essai{Scene: sceneSaisies, Niveau: n, Fichiers: casFichiers{fichier: texte}}.jouer(t)
	parties := strings.SplitN(r.Resultat.Observe, "|", 3)
	return parties[0], parties[1], parties[2]
}

// TestSaisies vérifie qu'un programme reçoit, dans l'ordre, ce qu'il demande ; par un descendant aussi.
func TestSaisies(t *testing.T) {
	exigerPython(t)
	const client = "for q in ('Adresse IP : ', 'Port : ', 'ID : '):\n    print('lu', input(q))\nprint('FINI')\n"
	for nom, f := range map[string]casFichiers{
		"direct":     {"client.py": client},
		"descendant": {"client.sh": "cat > /dev/null <<FIN\nFIN\npython3 -c \"" + client + "\"\ntrue\n"},
	} {
		for _, n := range []Niveau{N0, N1} {
			if testing.Short() && (n == N0 || nom != "direct") {
				continue
			}
			t.Run(fmt.Sprintf("%s %s", nom, n), func(t *testing.T) {
				t.Parallel()
				for fichier, texte := range f {
					_, reponses, sortie := saisies(t, n, fichier, texte)
					if reponses != "127.0.0.1 5000 capteur_7" || !strings.Contains(sortie, "ID : lu capteur_7") {
						t.Errorf("%s ; %s", reponses, sortie)
					}
				}
			})
		}
	}
}

// TestSaisiesSansFin vérifie qu'un programme qui demande sans fin finit par attendre, son entrée ouverte ; et qu'une réponse
// n'est jamais donnée deux fois à la même question.
func TestSaisiesSansFin(t *testing.T) {
	if testing.Short() {
		t.Skip("de vrais processus, plusieurs fois ; sans -short")
	}
	exigerPython(t)
	t.Parallel()
	fin, reponses, sortie := saisies(t, N1, "client.py", "n = 0\nwhile True:\n    n += 1\n    print(input('Température ? '), n)\n")
	if fin != "tourne encore" || len(strings.Fields(reponses)) != invitesMaximum || strings.Count(sortie, "?") != invitesMaximum+1 {
		t.Errorf("%s ; %s ; %s", fin, reponses, sortie)
	}
}

// TestQuestionEnChemin vérifie qu'une question écrite après que le programme s'est mis à lire est attendue.
func TestQuestionEnChemin(t *testing.T) {
	if testing.Short() {
		t.Skip("de vrais processus, plusieurs fois ; sans -short")
	}
	if runtime.GOOS != "linux" {
		t.Skip("ailleurs, rien ne dit qu'un programme lit")
	}
	t.Parallel()
	_, reponses, sortie := saisies(t, N0, "client.sh", "(sleep 0.1; printf 'Port : ') &\nread x\necho \"lu $x\"\nwait\necho FINI\n")
	if reponses != "5000" || !strings.Contains(sortie, "lu 5000") {
		t.Errorf("%s ; %s", reponses, sortie)
	}
}

// TestReponseEnChemin vérifie qu'une réponse que le programme tarde à lire n'est pas suivie d'une autre.
func TestReponseEnChemin(t *testing.T) {
	exigerPython(t)
	if testing.Short() {
		t.Skip("attend une seconde ; sans -short")
	}
	t.Parallel()
	const lent = `import os, signal, time
if os.fork() == 0:
    time.sleep(.1)
    os.kill(os.getppid(), signal.SIGSTOP)
    print("Température ? ", end="", flush=True)
    time.sleep(.8)
    os.kill(os.getppid(), signal.SIGCONT)
    os._exit(0)
print(input())
print("FINI")
`
	_, reponses, _ := saisies(t, N1, "client.py", lent)
	if len(strings.Fields(reponses)) != 1 {
		t.Errorf("réponses : %s", reponses)
	}
}
