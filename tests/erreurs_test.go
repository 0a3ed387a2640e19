package tests

import (
	"bytes"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// verifierRefus vérifie qu'un programme qui renonce le dit en une phrase, qui contient ces mots.
func verifierRefus(t *testing.T, r resultat, code int, mots ...string) {
	t.Helper()
	if r.code != code {
		t.Errorf("code de sortie %d, %d attendu", r.code, code)
	}
	var phrases []string
	for ligne := range strings.Lines(r.erreurs) {
		if phrase, ok := strings.CutPrefix(ligne, "erreur : "); ok {
			phrases = append(phrases, strings.TrimSpace(phrase))
		}
	}
	if len(phrases) != 1 {
		t.Errorf("%d phrases d'erreur, une seule attendue :\n%s", len(phrases), r.erreurs)
		return
	}
	for _, mot := range mots {
		if !strings.Contains(phrases[0], mot) {
			t.Errorf("erreur %q, qui contienne %q attendue", phrases[0], mot)
		}
	}
}

// refuse vérifie que le serveur de l'étape ne démarre pas, et dit pourquoi.
func (e etape) refuse(t *testing.T, options []string, mots ...string) {
	t.Helper()
	r := lancer(t, exec.Command(e.serveur, options...)).resultat(t)
	verifierRefus(t, r, 1, mots...)
	if r.sortie != "" {
		t.Errorf("sortie %q, rien attendu d'un serveur qui ne démarre pas", r.sortie)
	}
}

func mauvaisUsage(t *testing.T, e etape) {
	for _, c := range []struct {
		nom, programme string
		args, env      []string
		mots           []string
	}{
		{"option inconnue", e.serveur, []string{"-absente"}, nil, []string{"option inconnue", "-absente"}},
		{"option inconnue", e.client, []string{"--absente"}, nil, []string{"option inconnue", "-absente"}},
		{"option mal écrite", e.client, []string{"---n"}, nil, []string{"---n"}},
		{"valeur absente", e.serveur, []string{"-adresse"}, nil, []string{"-adresse", "demande une valeur"}},
		{"adresse sans port", e.serveur, []string{"-adresse", "5000"}, nil, []string{`-adresse "5000"`, "hôte:port"}},
		{"adresse sans port", e.client, []string{"-adresse", "127.0.0.1", "-n", "3"}, nil, []string{`-adresse "127.0.0.1"`, "hôte:port"}},
		{"durée incorrecte", e.serveur, []string{"-inactivite", "5"}, nil, []string{`"5"`, "-inactivite"}},
		{"durée nulle", e.serveur, []string{"-delai", "0s"}, nil, []string{"-delai"}},
		{"connexions nulles", e.serveur, []string{"-connexions", "0"}, nil, []string{"-connexions 0"}},
		{"journal inconnu", e.serveur, []string{"-journal", "xml"}, nil, []string{"-journal", `"xml"`}},
		{"argument de trop", e.serveur, []string{"-journal", "json", "donnees.db"}, nil, []string{"argument inattendu", `"donnees.db"`}},
		{"argument de trop", e.client, []string{"23.5"}, nil, []string{"argument inattendu", `"23.5"`}},
		{"nombre incorrect", e.client, []string{"-n", "douze"}, nil, []string{`"douze"`, "-n"}},
		{"nombre négatif", e.client, []string{"-n", "-1"}, nil, []string{"-n -1"}},
		{"booléen incorrect", e.client, []string{"-tls=peut-être"}, nil, []string{"peut-être", "-tls"}},
		{"température incorrecte", e.client, []string{"-temperature", "chaud"}, nil, []string{"-temperature", `"chaud"`}},
		{"température infinie", e.client, []string{"-temperature", "1e999"}, nil, []string{"-temperature", `"1e999"`}},
		{"capteur incorrect", e.client, []string{"-capteur", " "}, nil, []string{"capteur_id", "blanc"}},
		{"capteurs nuls", e.client, []string{"-capteurs", "0"}, nil, []string{"-capteurs 0"}},
		{"modes mêlés", e.client, []string{"-temperature", "1", "-saisie"}, nil, []string{"-temperature", "-saisie"}},
		{"variable incorrecte", e.client, nil, []string{"KATA_N=abc"}, []string{"KATA_N", `"abc"`}},
		{"variable incorrecte", e.serveur, nil, []string{"KATA_INACTIVITE=abc"}, []string{"KATA_INACTIVITE", `"abc"`}},
	} {
		enParallele(t, c.nom, func(t *testing.T) {
			cmd := exec.Command(c.programme, c.args...)
			cmd.Env = c.env
			r := lancer(t, cmd).resultat(t)
			verifierRefus(t, r, 2, c.mots...)
			if r.sortie != "" {
				t.Errorf("sortie %q, rien attendu", r.sortie)
			}
			if !strings.Contains(r.erreurs, "-h montre les options") {
				t.Errorf("erreurs %q, un rappel de -h attendu", r.erreurs)
			}
		})
	}
}

// sauvegardeInutilisable est ce que le serveur doit refuser au démarrage, en nommant le fichier et sans y toucher.
func sauvegardeInutilisable(t *testing.T, e etape, url string) {
	dossier := t.TempDir()
	moteur, _, _ := strings.Cut(url, ":")
	etranger := func(t *testing.T, contenu string) string {
		t.Helper()
		fichier := filepath.Join(t.TempDir(), "à moi.dat")
		if err := os.WriteFile(fichier, []byte(contenu), 0o600); err != nil {
			t.Fatal(err)
		}
		return moteur + ":" + fichier
	}
	for _, c := range []struct {
		nom     string
		moteur  string // "" : les deux
		prepare func(t *testing.T) (url string)
		mots    []string
	}{
		{"URL inconnue", "", func(t *testing.T) string { return "ftp:" + moteur }, []string{"inconnue", "sqlite:"}},
		{"URL sans fichier", "", func(t *testing.T) string { return moteur + ":" }, []string{"inconnue", "sqlite:"}},
		{"dossier absent", "", func(t *testing.T) string { return moteur + ":" + filepath.Join(dossier, "absent", "x") }, []string{"le dossier n'existe pas"}},
		{"dossier à la place du fichier", "", func(t *testing.T) string { return moteur + ":" + dossier }, []string{"donnez un nom de fichier"}},
		{"texte étranger", "", func(t *testing.T) string { return etranger(t, "Chère maman,\ntout va bien.\n") }, nil},
		{"texte étranger sans saut de ligne", "", func(t *testing.T) string { return etranger(t, strings.Repeat("note ", 1000)) }, nil},
		{"une ligne étrangère", "", func(t *testing.T) string { return etranger(t, "{\"timestamp\":0}\n") }, nil},
		{"fichier binaire", "", func(t *testing.T) string { return etranger(t, strings.Repeat("\x00\x01\xfe\n", 1024)) }, nil},
		{"base SQLite pour du texte", "texte", func(t *testing.T) string { return etranger(t, "SQLite format 3\x00"+strings.Repeat("\x00", 4080)) }, []string{"autre chose que des mesures"}},
		{"texte pour une base", "sqlite", func(t *testing.T) string {
			return etranger(t, `{"timestamp":"2026-11-22T14:50:19.000000Z","capteur_id":"a","temperature":1}`+"\n")
		}, []string{"pas une base SQLite"}},
		{"base abîmée", "sqlite", baseAbimee, []string{"abîmée"}},
	} {
		if c.moteur != "" && c.moteur != moteur {
			continue
		}
		enParallele(t, c.nom, func(t *testing.T) {
			url := c.prepare(t)
			avant, _ := os.ReadFile(chemin(url))
			e.refuse(t, optionsServeur(url), append(c.mots, url)...)
			if apres, _ := os.ReadFile(chemin(url)); !bytes.Equal(avant, apres) {
				t.Errorf("le fichier refusé a changé : %q, %q attendu", abreger(string(apres)), abreger(string(avant)))
			}
		})
	}
	enParallele(t, "dossier en lecture seule", func(t *testing.T) { lectureSeule(t, e, moteur) })
}

// baseAbimee rend une base dont l'en-tête seul est intact.
func baseAbimee(t *testing.T) string {
	t.Helper()
	url := nouvelleURL(t, "sqlite")
	if _, err := ouvrirBase(t, url).Exec("CREATE TABLE t(x); INSERT INTO t VALUES(1)"); err != nil {
		t.Fatal(err)
	}
	octets, err := os.ReadFile(chemin(url))
	if err != nil {
		t.Fatal(err)
	}
	for i := range octets[100:] {
		octets[100+i] = 0xA5
	}
	if err := os.WriteFile(chemin(url), octets, 0o600); err != nil {
		t.Fatal(err)
	}
	return url
}

// baseTenue démarre un serveur sur une base qu'un autre programme garde pour lui.
func baseTenue(t *testing.T, e etape) {
	url := nouvelleURL(t, "sqlite")
	s := e.servir(t, url)
	e.envoyer(t, s.adresse, "-temperature", "1")
	s.arreter(t)
	verrouillerBase(t, url)
	e.refuse(t, optionsServeur(url), url, "un autre programme verrouille la base")
}

// fichierTenu démarre un serveur sur le fichier d'un autre, qui ne doit pas en souffrir.
func fichierTenu(t *testing.T, e etape) {
	url := nouvelleURL(t, "texte")
	s := e.servir(t, url)
	e.envoyer(t, s.adresse, "-temperature", "1")
	e.refuse(t, optionsServeur(url), url, "un autre programme écrit dans ce fichier")
	e.envoyer(t, s.adresse, "-temperature", "2")
	comparer(t, s.arreterEtRelire(t), de("capteur_1", 1, 2))
}

// lectureSeule démarre un serveur dans un dossier où l'on n'écrit pas. À root tout est permis, sauf d'écrire dans ce qui
// est monté en lecture seule.
func lectureSeule(t *testing.T, e etape, moteur string) {
	dossier := t.TempDir()
	var prefixe []string
	switch {
	case runtime.GOOS == "windows":
		t.Skip("Windows n'a pas de dossier en lecture seule")
	case os.Geteuid() != 0:
		t.Cleanup(func() { _ = os.Chmod(dossier, 0o700) })
	default:
		prefixe = []string{"unshare", "-m", "sh", "-c", `mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"`, dossier}
		if dit, err := exec.Command(prefixe[0], append(prefixe[1:], "true")...).CombinedOutput(); err != nil {
			t.Skipf("impossible de monter un dossier en lecture seule : %v %s", err, dit)
		}
	}
	ancienne := moteur + ":" + filepath.Join(dossier, "ancienne")
	s := e.servir(t, ancienne)
	e.envoyer(t, s.adresse, "-temperature", "1")
	s.arreter(t)
	if prefixe == nil {
		for _, chemin := range []string{chemin(ancienne), dossier} {
			if err := os.Chmod(chemin, 0o500); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, url := range []string{ancienne, moteur + ":" + filepath.Join(dossier, "nouvelle")} {
		args := append(append(prefixe, e.serveur), optionsServeur(url)...)
		r := lancer(t, exec.Command(args[0], args[1:]...)).resultat(t)
		verifierRefus(t, r, 1, url, "dossier")
	}
}

// baseEtrangere ouvre une base SQLite saine, mais dont la table mesures n'est pas la nôtre.
func baseEtrangere(t *testing.T, e etape) {
	url := nouvelleURL(t, "sqlite")
	db := ouvrirBase(t, url)
	if _, err := db.Exec("CREATE TABLE mesures(poids REAL, taille REAL); INSERT INTO mesures VALUES(70, 1.75)"); err != nil {
		t.Fatal(err)
	}
	e.refuse(t, optionsServeur(url), url, "une autre table mesures", "poids REAL", "choisissez une autre base")
	var taille float64
	if err := db.QueryRow("SELECT taille FROM mesures").Scan(&taille); err != nil || taille != 1.75 {
		t.Errorf("contenu de la base refusée : %v, %v ; 1.75 attendu", taille, err)
	}
}

func portPris(t *testing.T, e etape) {
	adresse := ecouter(t, func(net.Conn) {})
	e.refuse(t, optionsServeur(nouvelleURL(t, "sqlite"), "-adresse", adresse), adresse, "le port est déjà pris")
}

// adresseLibre rend une adresse où personne n'écoute : celle d'un bout de connexion qui n'accepte personne.
func adresseLibre(t *testing.T) string {
	t.Helper()
	return joindre(t, ecouter(t, func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) })).LocalAddr().String()
}

func serveurAbsent(t *testing.T, e etape) {
	adresse := adresseLibre(t)
	r := lancer(t, e.commandeClient(adresse, "-n", "3", "-patience", "3s")).resultat(t) // une machine chargée a le temps d'un second essai
	verifierRefus(t, r, 1, adresse, "aucun serveur n'écoute")
	if !strings.Contains(r.erreurs, "nouveaux essais pendant 3s") {
		t.Errorf("erreurs %q, l'annonce de nouveaux essais attendue", r.erreurs)
	}
}

// serveurMuet parle à des serveurs d'élèves, qui ne confirment rien : tout doit leur parvenir une fois, et le client le
// dire sans s'en plaindre.
func serveurMuet(t *testing.T, e etape) {
	const muet = "ne répond jamais"
	for nom, servir := range map[string]func(conn net.Conn, noter io.Writer){
		"lit une fois et ferme": func(conn net.Conn, noter io.Writer) {
			lire(conn, noter)
		},
		muet: func(conn net.Conn, noter io.Writer) {
			_, _ = io.Copy(noter, conn)
		},
		"répond OK": func(conn net.Conn, noter io.Writer) {
			for lire(conn, noter) {
				_, _ = io.WriteString(conn, "OK")
			}
		},
		"répond un JSON à lui": func(conn net.Conn, noter io.Writer) {
			for lire(conn, noter) {
				_, _ = io.WriteString(conn, `{"status": "received"}`+"\n")
			}
		},
	} {
		enParallele(t, nom, func(t *testing.T) {
			var recu flux
			recu.change = make(chan struct{})
			var connexions sync.WaitGroup
			adresse := ecouter(t, func(conn net.Conn) {
				connexions.Add(1)
				defer connexions.Done()
				servir(conn, &recu)
			})
			options := []string{"-n", "3", "-intervalle", "0"}
			if nom == muet {
				options = append(options, "-attente", "3s") // elle borne aussi la connexion ; aux autres, rien n'est à attendre
			}
			r := e.envoyer(t, adresse, options...)
			attendreQue(t, "trois mesures reçues", func() bool { return strings.Count(recu.String(), "}") >= 3 })
			connexions.Wait()
			if !strings.Contains(r.sortie, "3 non confirmées") || strings.Count(r.sortie, "°C, non confirmée\n") != 3 || r.erreurs != "" {
				t.Errorf("sortie %q, erreurs %q ; trois mesures dites non confirmées attendues, et rien sur la sortie d'erreur", r.sortie, r.erreurs)
			}
			if lues := decoder(t, strings.NewReader(recu.String())); len(lues) != 3 {
				t.Errorf("%d mesures reçues, 3 attendues : %v", len(lues), lues)
			}
		})
	}
}

// lire lit une fois, et dit s'il est arrivé quelque chose.
func lire(conn net.Conn, noter io.Writer) bool {
	tampon := make([]byte, 1024)
	n, _ := conn.Read(tampon)
	_, _ = noter.Write(tampon[:n])
	return n > 0
}
