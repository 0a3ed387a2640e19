//go:build linux

package banc

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"capteurs/tests/couche"
)

// prisonnier dit ce qu'il voit et ce qu'il peut, du dedans d'une cloison.
const prisonnier = `import ctypes, json, os, socket, sys
faits = {}
def essayer(nom, f):
    try:
        faits[nom] = f()
    except BaseException as e:
        faits[nom] = "refus"
def ecrire(dossier):
    with open(os.path.join(dossier, "essai"), "w") as f:
        f.write("x")
    return "permis"
def joindre(hote):
    s = socket.create_connection((hote, 6543), timeout=5)
    s.sendall((hote + "\n").encode())
    s.close()
    return "permis"
def boucle6():
    l = socket.create_server(("::1", 6544), family=socket.AF_INET6)
    socket.create_connection(("::1", 6544), timeout=5)
    return "permis"
for d in ["/", "/usr", "/etc", "/dev", "/banc", "/proc/sys/kernel", os.path.dirname(sys.executable)]:
    essayer("écrire " + d, lambda: ecrire(d))
for d in [".", "/tmp", os.environ["HOME"], os.environ["TMPDIR"]]:
    essayer("écrire " + d, lambda: ecrire(d))
for d in ["/home", "/var", "/run", "/sys", "/banc", "/ancien", "SECRET", "/proc/1/root", "/proc/1/environ", "/proc/1/fd/0"]:
    essayer("lire " + d, lambda: [e for e in (os.listdir(d) if os.path.isdir(d) else open(d).read())] and "permis")
essayer("masqué", lambda: open("/etc/group").read())
faits["tmp vide"] = sorted(os.listdir("/tmp"))
faits["autres"] = sorted(set(e for e in os.listdir("/proc") if e.isdigit()) - {str(os.getpid())})
faits["uid"], faits["gid"] = os.getuid(), os.getgid()
for ligne in open("/proc/self/status"):
    nom, _, valeur = ligne.partition(":")
    if nom in ("CapEff", "CapPrm", "CapInh", "CapAmb", "NoNewPrivs"):
        faits[nom] = int(valeur, 16)
for n in range(1, 65):
    try:
        os.kill(1, n)
    except OSError:
        pass
essayer("devenir root", lambda: os.setuid(0))
essayer("nouvel espace", lambda: ctypes.CDLL(None).unshare(0x10000000) == 0 or 1/0)
essayer("démonter", lambda: ctypes.CDLL(None).umount2(b"/tmp", 2) == 0 or 1/0)
faits["nom"] = socket.gethostname()
faits["environnement"] = "KATA_SECRET" in os.environ
for hote in ["203.0.113.7", "192.168.1.50", "localhost", "serveur.exemple.org", socket.gethostname()]:
    essayer("joindre " + hote.replace(socket.gethostname(), "soi"), lambda: joindre(hote))
essayer("IPv6", boucle6)
essayer("port 80", lambda: socket.create_server(("127.0.0.1", 80)) and "permis")
print(json.dumps(faits))
`

var scenePrison = scene("prison", func(b *Banc) Resultat {
	r, err := b.recevoir(6543, Conduite{})
	if err != nil {
		return rate(err)
	}
	defer r.Fermer()
	p, err := lancerSeul(b)
	if err != nil {
		return rate(err)
	}
	if f := p.AttendreFin(time.Minute); f.Code != 0 || !f.Fini {
		return rate(fmt.Errorf("%v\n%s", f, p.Texte()))
	}
	b.Attente.auPlus(time.Minute, func() bool { return bytes.Count(r.Octets(), []byte("\n")) == 5 })
	resultat := vu("%s", p.Sortie)
	resultat.Envoye = string(r.Octets())
	return resultat
})

// TestCloison vérifie, du dedans, ce qu'une cloison promet.
func TestCloison(t *testing.T) {
	exigerPython(t)
	t.Setenv("KATA_SECRET", "à ne pas voir")
	secret := t.TempDir()
	deposer(t, filepath.Join(secret, "secret.txt"), "à ne pas voir")
	r := essai{
		Scene: scenePrison, Masques: []string{"/etc/group", "/etc/absent.pth"},
		Fichiers: casFichiers{"client.py": strings.ReplaceAll(prisonnier, "SECRET", secret)},
	}.jouer(t)
	var faits map[string]any
	if err := json.Unmarshal([]byte(r.Resultat.Observe), &faits); err != nil {
		t.Fatalf("%v : %s", err, r.Resultat.Observe)
	}
	attendus := map[string]any{
		"autres": []any{"1"}, "uid": 1000., "gid": 1000., "CapEff": 0., "CapPrm": 0., "CapInh": 0., "CapAmb": 0., "NoNewPrivs": 1.,
		"devenir root": "refus", "nouvel espace": "refus", "démonter": "refus", "environnement": false, "IPv6": "permis", "port 80": "permis",
		"écrire .": "permis", "écrire /tmp": "permis", "écrire /maison": "permis", "masqué": "", "tmp vide": []any{"essai"},
		"joindre 203.0.113.7": "permis", "joindre 192.168.1.50": "permis", "joindre localhost": "permis", "joindre serveur.exemple.org": "permis", "joindre soi": "permis",
	}
	for nom, voulu := range attendus {
		if fmt.Sprint(faits[nom]) != fmt.Sprint(voulu) {
			t.Errorf("%s : %v ; attendu : %v", nom, faits[nom], voulu)
		}
	}
	for nom, fait := range faits {
		_, prevu := attendus[nom]
		if strings.HasPrefix(nom, "écrire ") && !prevu && fait != "refus" {
			t.Errorf("%s : %v", nom, fait)
		}
		if strings.HasPrefix(nom, "lire ") && fait != "refus" && fmt.Sprint(fait) != "[]" {
			t.Errorf("%s : %v", nom, fait)
		}
	}
	if moi, _ := os.Hostname(); faits["nom"] == moi {
		t.Errorf("le nom de la machine se voit : %s", moi)
	}
	if n := strings.Count(r.Resultat.Envoye, "\n"); n != 5 || !strings.Contains(r.Resultat.Envoye, "203.0.113.7\n") {
		t.Errorf("reçu par le banc : %q", r.Resultat.Envoye)
	}
	if texte := faitsEnTexte(r.Evenements); !strings.Contains(texte, "adresse de serveur.exemple.org. demandée") {
		t.Errorf("la demande de nom n'est pas notée :\n%s", texte)
	}
	if texte := strings.Join(r.Alertes, "\n"); !strings.Contains(texte, "203.0.113.7:6543") || strings.Contains(texte, "192.168.1.50") {
		t.Errorf("alertes : %s", texte)
	}
}

// occupant écoute, et répond ce qui est écrit dans son dossier.
const occupant = `import socket
l = socket.create_server(("127.0.0.1", 5000))
open("moi.txt", "a").close()
while True:
    c, _ = l.accept()
    c.sendall(open("qui.txt").read().encode())
    c.close()
`

var sceneMemePort = scene("même port", func(b *Banc) Resultat {
	s, err := b.LancerServeur()
	if err != nil {
		return rate(err)
	}
	debut := time.Now().UnixNano()
	patienter(b.Attente.arret, 300*time.Millisecond)
	c, err := s.Joindre()
	if err != nil {
		return rate(err)
	}
	b.Attente.auPlus(time.Minute, func() bool { return c.Fermee() != "" })
	return vu("%s %d %d", c.Recu(), debut, time.Now().UnixNano())
})

// TestDeuxCloisons vérifie que deux rendus écoutent ensemble le même port, que la machine occupe aussi, sans se voir.
func TestDeuxCloisons(t *testing.T) {
	if testing.Short() {
		t.Skip("deux cloisons ensemble ; sans -short")
	}
	exigerPython(t)
	if l, err := net.Listen("tcp", "127.0.0.1:5000"); err == nil {
		defer l.Close()
	}
	var debuts, fins [2]int64
	t.Run("ensemble", func(t *testing.T) {
		for i := range 2 {
			nom := fmt.Sprintf("n%d", i)
			t.Run(nom, func(t *testing.T) {
				t.Parallel()
				r := essai{Scene: sceneMemePort, Fichiers: casFichiers{"serveur.py": strings.ReplaceAll(occupant, `open("qui.txt").read()`, `"`+nom+`"`)}}.jouer(t)
				var qui string
				if _, err := fmt.Sscan(r.Resultat.Observe, &qui, &debuts[i], &fins[i]); err != nil || qui != nom {
					t.Errorf("%q, %v ; %s attendu", r.Resultat.Observe, err, nom)
				}
			})
		}
	})
	if max(debuts[0], debuts[1]) > min(fins[0], fins[1]) {
		t.Log("les deux n'ont pas tourné ensemble")
	}
}

// goinfre écrit plus que la place qu'il a.
const goinfre = `import os
for i in range(8):
    with open("gros%d" % i, "wb") as f:
        for _ in range(60):
            f.write(bytes(1 << 20))
`

var sceneGoinfre = scene("goinfre", func(b *Banc) Resultat {
	p, err := lancerSeul(b)
	if err != nil {
		return rate(err)
	}
	f := p.AttendreFin(time.Minute)
	b.Attente.Calme(50*time.Millisecond, time.Second)
	total := int64(0)
	for _, racine := range b.depots.racines {
		fichiers, _ := filepath.Glob(filepath.Join(racine, "*"))
		for _, chemin := range fichiers {
			if infos, err := os.Stat(chemin); err == nil {
				total += infos.Size()
			}
		}
	}
	return vu("%v %v %d", f.Fini, f.Code == 0, total)
})

// TestPlaceBornee vérifie qu'un rendu ne remplit pas la mémoire de la machine par ses fichiers.
func TestPlaceBornee(t *testing.T) {
	exigerPython(t)
	couche.Entiere(t, "écrit 256 Mio en mémoire")
	t.Parallel()
	r := essai{Scene: sceneGoinfre, Fichiers: casFichiers{"serveur.py": goinfre}}.jouer(t)
	var fini, reussi bool
	var total int64
	if _, err := fmt.Sscan(r.Resultat.Observe, &fini, &reussi, &total); err != nil || !fini || reussi || total > limitesDeVerification.place {
		t.Errorf("%v, %s", err, r.Resultat.Observe)
	}
	if !slices.ContainsFunc(r.Alertes, func(a string) bool { return strings.Contains(a, "écriture sans fin") }) && !strings.Contains(faitsEnTexte(r.Evenements), "No space left") {
		t.Errorf("rien ne le dit : %v", r.Alertes)
	}
}
