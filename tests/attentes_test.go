package tests

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// clientRare envoie deux mesures, plus loin l'une de l'autre que l'inactivité permise : le client rappelle, et ne parle ni de
// perte, ni de nouveaux essais.
func clientRare(t *testing.T, e etape) {
	s := e.servir(t, nouvelleURL(t, "sqlite"), "-inactivite", "200ms")
	r := e.envoyer(t, s.adresse, "-n", "3", "-intervalle", "1s", "-graine", "1")
	if r.erreurs != "" || !bilan.MatchString(r.sortie) {
		t.Errorf("le client dit %q, %q ; attendu trois mesures enregistrées, sans plainte", r.sortie, r.erreurs)
	}
	comparer(t, s.arreterEtRelire(t), de("capteur_1", graine1[:3]...))
}

// connexionQuiTraine vérifie qu'un client qui n'envoie jamais de message entier est prévenu et fermé : ni des blancs, ni un
// message jamais fini ne tiennent une place.
func connexionQuiTraine(t *testing.T, e etape) {
	s := e.servir(t, nouvelleURL(t, "texte"), "-inactivite", "300ms", "-delai", "300ms")
	const jamaisFini = `"erreur":"un message commencé n'est pas fini après 300ms"`
	for octets, attendu := range map[string]string{
		" \n": `"erreur":"aucune mesure depuis 300ms","rappelez":true`, "1": jamaisFini, "{": jamaisFini, `{"capteur_id":"a","temperature":`: jamaisFini,
	} {
		conn := joindre(t, s.adresse)
		fini := make(chan struct{})
		go func() { // jusqu'à la fermeture
			defer close(fini)
			for err := error(nil); err == nil; _, err = io.WriteString(conn, octets) {
				time.Sleep(20 * time.Millisecond) // un client lent, et non une attente du test
			}
		}()
		recu, _ := io.ReadAll(conn) // le client écrit encore : la fermeture peut être brutale
		if dit := string(recu); !strings.Contains(dit, attendu) {
			t.Errorf("client qui répète %q : reçu %q, attendu %s", octets, abreger(dit), attendu)
		}
		conn.Close()
		attendreFait(t, "la fin de l'écriture", fini)
	}
	conn := joindre(t, s.adresse)
	ecrire(t, conn, message("a", 1))
	if r := lireReponse(t, bufio.NewReader(conn)); r != ok(1) {
		t.Errorf("ensuite, une mesure : %+v, attendu %+v", r, ok(1))
	}
	conn.Close()
	comparer(t, s.arreterEtRelire(t), de("a", 1))
}

// journalEncombre lance un serveur dont personne ne lit le journal, ou dont le journal est fermé, et l'inonde de fautes : il
// enregistre, confirme et s'arrête comme si de rien n'était.
func journalEncombre(t *testing.T, e etape) {
	if runtime.GOOS == "windows" {
		t.Skip("les tubes de Windows n'ont pas la même taille")
	}
	for _, ferme := range []bool{false, true} {
		url := nouvelleURL(t, "texte")
		lecture, ecriture, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer lecture.Close()
		cmd := exec.Command(e.serveur, optionsServeur(url)...)
		cmd.Stderr = ecriture
		s := attendreServeur(t, url, cmd)
		ecriture.Close()
		if ferme {
			lecture.Close()
		}
		for range 1500 { // chacune fait deux lignes de journal : bien plus que n'en tient un tube
			conn, err := net.DialTimeout("tcp", s.adresse, delai)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.WriteString(conn, "!\n")
			conn.Close()
		}
		conn := joindre(t, s.adresse)
		ecrire(t, conn, message("a", 1))
		if r := lireReponse(t, bufio.NewReader(conn)); r != ok(1) {
			t.Errorf("journal fermé %v, une mesure : %+v, attendu %+v", ferme, r, ok(1))
		}
		conn.Close()
		comparer(t, s.arreterEtRelire(t), de("a", 1))
	}
}

// certificatRenouvele remplace le certificat d'un serveur qui tourne : la connexion suivante voit le neuf.
func certificatRenouvele(t *testing.T, e etape) {
	a := nouvelleAutorite(t)
	cert, cle := a.certifier(t, "127.0.0.1", time.Hour)
	neuf, saCle := a.certifier(t, "127.0.0.1", 2*time.Hour)
	s := e.servir(t, nouvelleURL(t, "texte"), "-tls-cert", cert, "-tls-cle", cle)
	fin := func() time.Time {
		conn, err := tls.Dial("tcp", s.adresse, &tls.Config{InsecureSkipVerify: true}) // seule sa date compte ici
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		return conn.ConnectionState().PeerCertificates[0].NotAfter
	}
	avant := fin()
	futur := time.Now().Add(time.Hour) // un système de fichiers peut dater à la seconde près
	for vers, de := range map[string]string{cert: neuf, cle: saCle} {
		texte, err := os.ReadFile(de)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(vers, texte, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(vers, futur, futur); err != nil {
			t.Fatal(err)
		}
	}
	if apres := fin(); apres.Sub(avant) < 30*time.Minute {
		t.Errorf("certificat valable jusqu'à %v, puis %v, attendu le neuf", avant, apres)
	}
	e.envoyer(t, s.adresse, "-temperature", "1", "-tls-ac", a.pem)
	comparer(t, s.arreterEtRelire(t), de("capteur_1", 1))
}

// rotation déplace le fichier texte d'un serveur, puis lui envoie SIGHUP : ce qui suit va dans un fichier neuf, et rien ne manque.
// Sans fichier à rouvrir, le signal n'arrête pas le serveur.
func rotation(t *testing.T, e etape) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows n'a pas SIGHUP")
	}
	for _, moteur := range moteurs {
		s := e.servir(t, nouvelleURL(t, moteur))
		ancien := chemin(s.url) + ".1"
		e.envoyer(t, s.adresse, "-temperature", "1")
		if moteur == "texte" {
			if err := os.Rename(chemin(s.url), ancien); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		s.attendre(t, s.erreurs, "SIGHUP : ")
		e.envoyer(t, s.adresse, "-temperature", "2")
		lues := s.arreterEtRelire(t)
		if moteur == "texte" {
			lues = append(relire(t, moteur+":"+ancien), lues...)
		}
		comparer(t, lues, de("capteur_1", 1, 2))
	}
}

// sortieFermee lance un client dont plus personne ne lit la sortie, comme « client | head » : il finit.
func sortieFermee(t *testing.T, e etape) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows n'a pas SIGPIPE")
	}
	s := e.servir(t, nouvelleURL(t, "texte"))
	lecture, ecriture, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	lecture.Close()
	cmd := e.commandeClient(s.adresse, "-n", "0", "-intervalle", "1ms")
	cmd.Stdout = ecriture
	p := lancer(t, cmd)
	ecriture.Close()
	p.code(t)
	if etat, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || etat.Signal() != syscall.SIGPIPE {
		t.Errorf("client sans lecteur : %v, attendu qu'il finisse de SIGPIPE, comme tout filtre", p.cmd.ProcessState)
	}
	s.arreter(t)
}
