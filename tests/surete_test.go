package tests

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unicode"
)

// hostile commande un terminal, forge une ligne, et se lit à l'envers.
const hostile = "\x1b[2J\x1b]0;titre\x07\r\nerreur : faux\u009b31m\u202egauche\u2028\x7f"

// verifierMontrable vérifie qu'un texte ne contient rien d'autre que des lignes qui se montrent.
func verifierMontrable(t *testing.T, quoi, texte string) {
	t.Helper()
	for ligne := range strings.Lines(texte) {
		if c := strings.IndexFunc(strings.TrimSuffix(ligne, "\n"), func(c rune) bool { return !unicode.IsGraphic(c) }); c >= 0 {
			t.Errorf("%s : %q, sans caractère de contrôle attendu", quoi, ligne)
		}
		if strings.HasPrefix(ligne, "erreur : faux") {
			t.Errorf("%s : ligne forgée %q", quoi, ligne)
		}
	}
}

// octetsHostiles envoie ce qui nuirait à qui lit un journal, partout où un message peut le porter : le serveur n'en montre
// rien tel quel, ne le renvoie pas tel quel, et sert le client suivant.
func octetsHostiles(t *testing.T, e etape) {
	echappe := fmt.Sprintf("%+q", hostile)
	echappe = strings.NewReplacer(`\x1b`, `\u001b`, `\x7f`, `\u007f`, `\a`, `\u0007`).Replace(echappe)
	for _, forme := range []string{"texte", "json"} {
		enParallele(t, forme, func(t *testing.T) {
			s := e.servir(t, nouvelleURL(t, "texte"), "-journal", forme)
			conn := joindre(t, s.adresse)
			refuses := 0
			for _, message := range []string{
				`{"capteur_id":` + echappe + `,"temperature":1}`,
				`{"capteur_id":"a","temperature":1,"x":1,` + echappe + `:1,` + echappe + `:2}`,
				`{"capteur_id":"a","temp\u0045RATURE":1}`,
				`{"capteur_id":"a","temperature":1, ` + "\x1b[2J" + `}`,
				`{"capteur_id":"a` + "\x9b" + `","temperature":1}`,
				"\u202e",
			} {
				ecrire(t, conn, message+"\n")
				refuses++
			}
			if err := conn.CloseWrite(); err != nil {
				t.Fatal(err)
			}
			for lecteur := bufio.NewReader(conn); refuses > 0; refuses-- {
				verifierMontrable(t, "réponse", lireReponse(t, lecteur).Erreur)
			}
			s.attendre(t, s.erreurs, "connexion fermée")
			e.envoyer(t, s.adresse, "-temperature", "1")
			comparer(t, s.arreterEtRelire(t), de("capteur_1", 1))
			verifierMontrable(t, "sortie", s.sortie.String())
			verifierMontrable(t, "journal", s.erreurs.String())
			if !strings.Contains(s.erreurs.String(), "messages refusés") {
				t.Errorf("journal %q, les refus attendus", s.erreurs)
			}
		})
	}
}

// serveurHostile fait répondre à notre client ce qui commanderait son terminal.
func serveurHostile(t *testing.T, e etape) {
	cite := strings.NewReplacer("\x1b", `\u001b`, "\r", `\r`, "\n", `\n`, "\x07", `\u0007`).Replace(hostile)
	for nom, reponse := range map[string]string{
		"autre chose": hostile,
		"un refus":    `{"statut":"erreur","message":1,"erreur":"` + cite + `"}` + "\n",
		"une panne":   `{"statut":"erreur","erreur":"` + cite + `"}` + "\n",
		"un statut":   `{"statut":"` + cite + `"}` + "\n",
	} {
		enParallele(t, nom, func(t *testing.T) {
			adresse := ecouter(t, func(conn net.Conn) {
				if lire(conn, io.Discard) {
					_, _ = io.WriteString(conn, reponse)
				}
			})
			r := lancer(t, e.commandeClient(adresse, "-temperature", "1", "-patience", "0s")).resultat(t)
			verifierMontrable(t, "sortie", r.sortie)
			verifierMontrable(t, "erreurs", r.erreurs)
			if refus := strings.HasPrefix(reponse, `{"statut":"erreur"`); refus != (r.code == 1) || refus && !strings.Contains(r.erreurs, "faux") {
				t.Errorf("code de sortie %d, erreurs %q ; 1 et la phrase du serveur attendus d'un refus, 0 sinon", r.code, r.erreurs)
			}
		})
	}
}

// sansOption lance le serveur comme le ferait un débutant, dans un réseau à lui où nul n'a déjà pris le port, et regarde ce
// qu'il a ouvert.
func sansOption(t *testing.T, e etape) {
	if runtime.GOOS != "linux" {
		t.Skip("il faut les espaces de noms de Linux")
	}
	cloison := []string{"unshare", "-r", "-n", "sh", "-c", `ip link set lo up && exec "$@"`, "sh"}
	if dit, err := exec.Command(cloison[0], append(cloison[1:], "true")...).CombinedOutput(); err != nil {
		t.Skipf("pas de réseau à part ici : %v %s", err, dit)
	}
	cmd := exec.Command(cloison[0], append(cloison[1:], e.serveur)...)
	cmd.Dir = t.TempDir()
	s := attendreServeur(t, "sqlite:donnees.db", cmd)
	var ouvertes []string
	for _, famille := range []string{"tcp", "tcp6", "udp", "udp6"} {
		table, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", s.cmd.Process.Pid, famille))
		if err != nil {
			t.Fatal(err)
		}
		for ligne := range strings.Lines(string(table)) {
			if champs := strings.Fields(ligne); champs[0] != "sl" {
				ouvertes = append(ouvertes, famille+" "+champs[1])
			}
		}
	}
	if attendue := "tcp 0100007F:1388"; len(ouvertes) != 1 || ouvertes[0] != attendue { // 127.0.0.1:5000
		t.Errorf("adresses ouvertes : %v, %s seule attendue", ouvertes, attendue)
	}
	verifierPrives(t, cmd.Dir)
	s.arreter(t)
}

// verifierPrives vérifie que tous les fichiers d'un dossier ne sont lisibles que de leur propriétaire.
func verifierPrives(t *testing.T, dossier string) {
	t.Helper()
	fichiers, err := os.ReadDir(dossier)
	if err != nil || len(fichiers) == 0 {
		t.Errorf("fichiers de %s : %v, %v ; un au moins attendu", dossier, fichiers, err)
	}
	for _, f := range fichiers {
		if infos, err := f.Info(); err != nil || infos.Mode() != 0o600 {
			t.Errorf("droits de %s : %v, %v ; -rw------- attendus", f.Name(), infos.Mode(), err)
		}
	}
}

// fichiersPrives lance le serveur sous le masque le plus permissif.
func fichiersPrives(t *testing.T, e etape) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows n'a pas ces droits")
	}
	for _, moteur := range moteurs {
		url := nouvelleURL(t, moteur)
		s := attendreServeur(t, url, exec.Command("sh", append([]string{"-c", `umask 0; exec "$@"`, "sh", e.serveur}, optionsServeur(url)...)...))
		e.envoyer(t, s.adresse, "-temperature", "1")
		verifierPrives(t, filepath.Dir(chemin(url)))
		s.arreter(t)
		verifierPrives(t, filepath.Dir(chemin(url)))
	}
}

// motDePasseTu donne des mots de passe de toutes les façons, à des bases qui ne répondent pas ou à des URL fautives, et relit
// tout ce que dit le serveur.
func motDePasseTu(t *testing.T, e etape) {
	const secret = "s3cr3t"
	absente := adresseLibre(t)
	for nom, url := range map[string]string{
		"postgres":      "postgres://eleve:" + secret + "@" + absente + "/base",
		"échappé":       "postgres://eleve:s3cr%33t@" + absente + "/base?sslmode=disable",
		"en option":     "postgres://eleve@" + absente + "/base?password=" + secret,
		"mariadb":       "mariadb://eleve:" + secret + "@" + absente + "/base?tls=preferred",
		"arobase":       "postgresql://eleve:pa@" + secret + "@" + absente + "/base",
		"barre":         "mysql://eleve:12/" + secret + "@" + absente + "/base",
		"sans barres":   "mariadb:eleve:" + secret + "@" + absente + "/base",
		"genre inconnu": "oracle://eleve:" + secret + "@" + absente + "/base",
	} {
		for _, forme := range []string{"texte", "json"} {
			enParallele(t, nom+", journal "+forme, func(t *testing.T) {
				cmd := exec.Command(e.serveur, "-adresse", "127.0.0.1:0", "-journal", forme)
				cmd.Env = []string{"KATA_SAUVEGARDE=" + url}
				p := lancer(t, cmd)
				p.attendre(t, p.erreurs, "base injoignable, nouveaux essais|erreur : ")
				p.demanderArret(t)
				r := p.resultat(t)
				if tout := r.sortie + r.erreurs; strings.Contains(tout, secret) || strings.Contains(tout, "s3cr%33t") {
					t.Errorf("le mot de passe est montré : %s", tout)
				}
			})
		}
	}
}
