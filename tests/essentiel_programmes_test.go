package tests

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"capteurs/shared/mesure"
	"capteurs/tests/contrat"
)

// parEssentiel lance f sur l'essentiel de chaque étape ; avec -short, d'une seule, selon le rang du cas.
func parEssentiel(t *testing.T, cas int, f func(t *testing.T, e etape)) {
	t.Parallel()
	for place, nom := range etapes {
		if aSonTour(cas, place, len(etapes)) {
			enParallele(t, nom, func(t *testing.T) { f(t, lesProgrammes(t, nom, essentiel)) })
		}
	}
}

// serveurEssentiel est un serveur de l'énoncé seul, qui écoute.
type serveurEssentiel struct {
	*processus
	adresse string
}

func servirEssentiel(t *testing.T, e etape, options ...string) *serveurEssentiel {
	t.Helper()
	return attendreEssentiel(t, exec.Command(e.serveur, append([]string{"-adresse", "127.0.0.1:0"}, options...)...))
}

func attendreEssentiel(t *testing.T, cmd *exec.Cmd) *serveurEssentiel {
	t.Helper()
	p := lancer(t, cmd)
	return &serveurEssentiel{p, p.attendre(t, p.erreurs, `serveur à l'écoute sur (\S+)\n`)[1]}
}

// envoyerEssentiel mène le client de l'énoncé à son terme.
func envoyerEssentiel(t *testing.T, e etape, adresse string, m mesure.Mesure) {
	t.Helper()
	cmd := exec.Command(e.client, "-adresse", adresse, "-capteur", m.CapteurID, "-temperature", fmt.Sprint(m.Temperature))
	cmd.Env = []string{"GORACE=atexit_sleep_ms=0"} // le détecteur de courses attend sinon une seconde avant de finir
	r := lancer(t, cmd).resultat(t)
	if r.code != 0 || r.erreurs != "" {
		t.Fatalf("client : code de sortie %d, 0 attendu\n%s", r.code, r.erreurs)
	}
}

// attendreFins attend que le serveur en ait fini avec n connexions : ce qu'elles ont envoyé est alors sauvegardé, ou perdu.
func (s *serveurEssentiel) attendreFins(t contrat.T, n int) {
	t.Helper()
	limite := time.After(delai)
	for {
		texte, change := s.erreurs.lire()
		if strings.Count(texte, " a fini : ") >= n {
			return
		}
		select {
		case <-change:
		case <-s.fini:
			t.Fatalf("le serveur s'est arrêté (%v) :\n%s", s.cmd.ProcessState, abreger(texte))
		case <-limite:
			t.Fatalf("après %v, %d connexions finies toujours attendues dans :\n%s", delai, n, abreger(texte))
		}
	}
}

// sauvegardees relit donnees.txt : une ligne de JSON par mesure, et l'heure de sa réception, qui est entre debut et maintenant.
func (s *serveurEssentiel) sauvegardees(t contrat.T, debut time.Time) (mesures []mesure.Mesure) {
	t.Helper()
	texte, err := os.ReadFile(filepath.Join(s.cmd.Dir, "donnees.txt"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("%v", err)
	}
	for ligne := range strings.Lines(string(texte)) {
		var lue struct {
			CapteurID   string    `json:"capteur_id"`
			Temperature float64   `json:"temperature"`
			Timestamp   time.Time `json:"timestamp"`
		}
		if err := json.Unmarshal([]byte(ligne), &lue); err != nil {
			t.Fatalf("donnees.txt : %q : %v", ligne, err)
		}
		if lue.Timestamp.Before(debut) || lue.Timestamp.After(time.Now()) {
			t.Errorf("donnees.txt : %q : une heure de réception entre %v et maintenant attendue", ligne, debut)
		}
		mesures = append(mesures, mesure.Mesure{CapteurID: lue.CapteurID, Temperature: lue.Temperature})
	}
	return mesures
}

// ouverts compte les fois où donnees.txt est ouvert, là où le système le montre.
func (s *serveurEssentiel) ouverts() (n int) {
	descripteurs, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", s.cmd.Process.Pid))
	for _, descripteur := range descripteurs {
		if vers, err := os.Readlink(descripteur); err == nil && filepath.Base(vers) == "donnees.txt" {
			n++
		}
	}
	return n
}

// interrompre arrête le serveur comme le fait Ctrl-C, et vérifie qu'il finit bien.
func (s *serveurEssentiel) interrompre(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		s.tuer(t) // Windows n'a pas de signal à envoyer à un processus
		return
	}
	if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if code := s.code(t); code != 0 {
		t.Errorf("Ctrl-C : code de sortie %d (%v), 0 attendu", code, s.cmd.ProcessState)
	}
}

// TestEssentielAllerRetour est une propriété de processus réels : ce qui est envoyé, d'octets coupés n'importe où ou par le
// client, est ce qui est sauvegardé.
func TestEssentielAllerRetour(t *testing.T) {
	parEssentiel(t, 0, func(t *testing.T, e etape) {
		s, debut := servirEssentiel(t, e), time.Now()
		var relues, finies int
		rapid.Check(t, func(r *rapid.T) {
			envoyees := rapid.SliceOfN(mesuresQuelconques(), 1, 5).Draw(r, "mesures")
			if rapid.IntRange(0, 3).Draw(r, "par le client, une fois sur quatre") == 3 {
				for i := range envoyees {
					envoyees[i].CapteurID = strings.ReplaceAll(envoyees[i].CapteurID, "\x00", "") // aucun argument n'en contient
					envoyerEssentiel(t, e, s.adresse, envoyees[i])
					finies++
					s.attendreFins(r, finies)
				}
			} else {
				conn := joindre(t, s.adresse)
				for _, morceau := range couper(r, octetsDe(r, envoyees)) {
					ecrire(t, conn, morceau)
				}
				conn.Close()
				finies++
				s.attendreFins(r, finies)
			}
			lues := s.sauvegardees(r, debut)[relues:]
			relues += len(lues)
			if !slices.Equal(lues, envoyees) {
				r.Fatalf("sauvegardées : %#v\nattendues : %#v", lues, envoyees)
			}
		})
		if ouverts := s.ouverts(); ouverts > 0 {
			t.Errorf("donnees.txt est encore ouvert %d fois", ouverts)
		}
		s.interrompre(t)
	})
}

func mesuresQuelconques() *rapid.Generator[mesure.Mesure] {
	piegees := rapid.SampledFrom([]rune("éÉœ\"'\\/\n\r\t\x00\x1b{}[]:,;<>&%🌡👩‍🔬\u2028\ufeff\u202e"))
	return rapid.Custom(func(r *rapid.T) mesure.Mesure {
		return mesure.Mesure{
			CapteurID:   rapid.StringOf(rapid.OneOf(piegees, rapid.Rune())).Draw(r, "capteur"),
			Temperature: rapid.OneOf(rapid.Float64Range(-50, 60), rapid.Float64()).Draw(r, "temperature"),
		}
	})
}

// octetsDe écrit des messages comme un autre client le ferait : en page ou non, suivis de rien ou de blancs, avec des membres
// que l'énoncé n'a pas.
func octetsDe(r *rapid.T, mesures []mesure.Mesure) string {
	var b strings.Builder
	for _, m := range mesures {
		message := map[string]any{"capteur_id": m.CapteurID, "temperature": m.Temperature}
		if rapid.Bool().Draw(r, "membre de plus") {
			message["timestamp"] = rapid.SampledFrom([]any{12, "hier", nil, []string{"}"}}).Draw(r, "timestamp")
		}
		octets, err := json.Marshal(message)
		if rapid.Bool().Draw(r, "mis en page") {
			octets, err = json.MarshalIndent(message, "\r", "\t")
		}
		if err != nil {
			r.Fatalf("%v", err)
		}
		b.Write(octets)
		b.WriteString(rapid.SampledFrom([]string{"", "\n", " \r\n\t"}).Draw(r, "suite"))
	}
	return b.String()
}

// couper coupe un texte n'importe où, au milieu d'un caractère aussi.
func couper(r *rapid.T, texte string) (morceaux []string) {
	coupes := rapid.SliceOfNDistinct(rapid.IntRange(0, len(texte)), 0, 4, rapid.ID[int]).Draw(r, "coupes")
	slices.Sort(coupes)
	debut := 0
	for _, coupe := range append(coupes, len(texte)) {
		morceaux = append(morceaux, texte[debut:coupe])
		debut = coupe
	}
	return morceaux
}

// TestEssentielCroise fait parler l'essentiel avec les programmes complets des trois étapes, dans les deux sens.
func TestEssentielCroise(t *testing.T) {
	parEssentiel(t, 1, func(t *testing.T, e etape) {
		for i, nom := range etapes {
			if !aSonTour(i, slices.Index(etapes, e.nom), len(etapes)) {
				continue
			}
			enParallele(t, "client vers "+nom, func(t *testing.T) {
				s := laEtape(t, nom).servir(t, nouvelleURL(t, moteurs[i%len(moteurs)]))
				envoyees := slices.Concat(de("é \"1\" 🌡", -3.5), de("l'autre", 1e300)) // deux connexions : sans ordre entre elles
				for _, m := range envoyees {
					envoyerEssentiel(t, e, s.adresse, m)
				}
				s.attendre(t, s.erreurs, `(?s)(connexion fermée.* enregistrées=1 .*){2}`)
				comparer(t, s.arreterEtRelire(t), envoyees)
			})
			enParallele(t, nom+" vers le serveur", func(t *testing.T) {
				s, debut := servirEssentiel(t, e), time.Now()
				r := laEtape(t, nom).envoyer(t, s.adresse, "-n", "3", "-intervalle", "0", "-graine", "1", "-attente", "200ms")
				if !strings.Contains(r.sortie+r.erreurs, "non confirmé") {
					t.Errorf("client : « non confirmé » attendu, ce serveur ne répond pas :\n%s%s", r.sortie, r.erreurs)
				}
				s.attendreFins(t, 1)
				comparer(t, s.sauvegardees(t, debut), de("capteur_1", graine1[:3]...))
				s.interrompre(t)
			})
		}
	})
}

// Ce qui n'est pas une mesure est dit, et le message suivant de la connexion est lu.
var messagesRefuses = []string{
	`{"temperature":1}`, `{"capteur_id":"a"}`, `{}`, `{"capteur_id":null,"temperature":1}`, `{"capteur_id":"a","temperature":null}`,
	`{"capteur_id":1,"temperature":1}`, `{"capteur_id":"a","temperature":"1"}`, `{"capteur_id":"a","temperature":1e999}`,
	`{"capteur_id":["a"],"temperature":{}}`, `{"capteur_id":"` + strings.Repeat("x", 10_000) + `"}`, `null`, `[]`, `[{"capteur_id":"a","temperature":1}]`, `"texte"`, `12`, `true`,
}

// Ce qui n'est pas du JSON est dit, et ferme cette connexion : on n'y sait plus où un message commence.
var octetsFautifs = []string{
	"ceci n'est pas du JSON\n", "{'capteur_id': 'a', 'temperature': 1}\n", `{"capteur_id":"a","temperature":NaN}`, `{"capteur_id":"a",`,
	"}", "\xff\xfe", "\x00", `{"capteur_id":"` + strings.Repeat("x", 1<<20) + `","temperature":1}`, strings.Repeat("[", 20_000),
	"GET / HTTP/1.1\r\n\r\n",
}

func TestEssentielMauvaisesEntrees(t *testing.T) {
	parEssentiel(t, 2, func(t *testing.T, e etape) {
		s, debut := servirEssentiel(t, e), time.Now()
		var attendues []mesure.Mesure
		finies := 0
		bonne := func() string {
			m := mesure.Mesure{CapteurID: "bonne", Temperature: float64(len(attendues))}
			attendues = append(attendues, m)
			return strings.TrimSpace(message(m.CapteurID, len(attendues)-1))
		}
		// envoyer envoie un texte sur une connexion à lui, et rend ce que le serveur en a dit à l'écran : au client, rien.
		envoyer := func(texte string) string {
			avant := len(s.erreurs.String())
			conn := joindre(t, s.adresse)
			_, _ = conn.Write([]byte(texte)) // il peut fermer avant d'avoir tout lu
			_ = conn.CloseWrite()
			if recu, err := io.ReadAll(conn); len(recu) > 0 || errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("%.40q : le serveur a répondu %q, %v ; il devait fermer, sans rien dire", texte, recu, err)
			}
			conn.Close()
			finies++
			s.attendreFins(t, finies)
			return s.erreurs.String()[avant:]
		}
		for _, refuse := range messagesRefuses {
			if dit := envoyer(refuse + bonne()); strings.Count(dit, "attendus, ") != 1 || !strings.Contains(dit, "a fini : EOF") {
				t.Errorf("%s, puis une mesure : le serveur a dit %q, un refus puis la fin attendus", refuse, dit)
			}
		}
		for _, fautif := range octetsFautifs {
			if dit := envoyer(bonne() + fautif); strings.Contains(dit, "a fini : EOF") {
				t.Errorf("%.40q : le serveur a dit %q, la faute attendue", fautif, dit)
			}
			if dit := envoyer(bonne()); !strings.Contains(dit, "a fini : EOF") {
				t.Errorf("après %.40q : le serveur a dit %q à un client juste", fautif, dit)
			}
		}
		if mesures := s.sauvegardees(t, debut); !slices.Equal(mesures, attendues) {
			t.Errorf("sauvegardées : %v\nattendues : %v", mesures, attendues)
		}
		if longue := regexp.MustCompile(`.{400}`).FindString(s.erreurs.String()); longue != "" {
			t.Errorf("ce qu'envoie un client emplit l'écran : %q", longue)
		}
		s.interrompre(t)
	})
}

// TestEssentielEnsemble ouvre plusieurs connexions ; la dernière arrivée parle la première, puis Ctrl-C finit pendant qu'elles
// durent.
func TestEssentielEnsemble(t *testing.T) {
	parEssentiel(t, 1, func(t *testing.T, e etape) {
		s, debut := servirEssentiel(t, e), time.Now()
		var conns []net.Conn
		for range 8 {
			conns = append(conns, joindre(t, s.adresse))
		}
		var attendues []mesure.Mesure
		for i, conn := range slices.Backward(conns) {
			id := "capteur_" + strconv.Itoa(i)
			ecrire(t, conn, message(id, i))
			attendues = append(attendues, de(id, float64(i))...)
			attendreQue(t, "la mesure de "+id, func() bool { return len(s.sauvegardees(t, debut)) == len(attendues) })
		}
		if mesures := s.sauvegardees(t, debut); !slices.Equal(mesures, attendues) {
			t.Errorf("sauvegardées : %v\nattendues : %v", mesures, attendues)
		}
		s.interrompre(t)
	})
}

// TestEssentielRedemarre vérifie qu'un serveur reprend son port et son fichier, et qu'un second n'a pas le port du premier.
func TestEssentielRedemarre(t *testing.T) {
	parEssentiel(t, 2, func(t *testing.T, e etape) {
		debut := time.Now()
		s := servirEssentiel(t, e, "-adresse", contrat.HoteReserve()+":0")
		envoyerEssentiel(t, e, s.adresse, de("avant", 1)[0])
		s.attendreFins(t, 1)
		refus := lancer(t, exec.Command(e.serveur, "-adresse", s.adresse)).resultat(t)
		verifierPhrase(t, refus, "le serveur s'arrête", s.adresse)
		s.interrompre(t)

		verifierPhrase(t, lancer(t, exec.Command(e.client, "-adresse", s.adresse)).resultat(t), "serveur injoignable", s.adresse)
		cmd := exec.Command(e.serveur, "-adresse", s.adresse)
		cmd.Dir = s.cmd.Dir
		s = attendreEssentiel(t, cmd)
		envoyerEssentiel(t, e, s.adresse, de("après", 2)[0])
		s.attendreFins(t, 1)
		comparer(t, s.sauvegardees(t, debut), slices.Concat(de("avant", 1), de("après", 2)))
		s.interrompre(t)
	})
}

// verifierPhrase vérifie qu'un programme finit par 1, en une ligne qui contient ces mots.
func verifierPhrase(t *testing.T, r resultat, mots ...string) {
	t.Helper()
	if r.code != 1 || r.sortie != "" || strings.Count(r.erreurs, "\n") != 1 {
		t.Errorf("code de sortie %d, %q, %q ; 1 et une ligne d'erreur attendus", r.code, r.sortie, r.erreurs)
	}
	for _, mot := range mots {
		if !strings.Contains(r.erreurs, mot) {
			t.Errorf("erreur %q, qui contienne %q attendue", r.erreurs, mot)
		}
	}
}

// TestEssentielGenere vérifie que, sans température donnée, le client en génère de plausibles, qui changent.
func TestEssentielGenere(t *testing.T) {
	parEssentiel(t, 0, func(t *testing.T, e etape) {
		s, debut := servirEssentiel(t, e), time.Now()
		const fois = 5
		for range fois {
			if r := lancer(t, exec.Command(e.client, "-adresse", s.adresse)).resultat(t); r.code != 0 {
				t.Fatalf("client : code de sortie %d\n%s", r.code, r.erreurs)
			}
		}
		s.attendreFins(t, fois)
		vues := parCapteur(s.sauvegardees(t, debut))["capteur_1"]
		if len(vues) != fois || slices.Min(vues) == slices.Max(vues) || slices.Min(vues) < -5 || slices.Max(vues) > 45 {
			t.Errorf("températures %v, %d qui changent, autour de 20 °C, attendues", vues, fois)
		}
		s.interrompre(t)
	})
}
