//go:build linux

package banc

import (
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"capteurs/tests/couche"
)

// sceneHostile laisse un programme faire ce qu'il veut, puis cherche dans ce qu'il a enregistré, comme le fait tout critère. Elle rend ce
// qu'il a écrit, ce qui s'est trouvé, et le temps que cela a pris au banc.
var sceneHostile = scene("hostile", func(b *Banc) Resultat {
	p, err := lancerSeul(b)
	if err != nil {
		return rate(err)
	}
	p.AttendreFin(4 * time.Second)
	depart := time.Now()
	r := b.Relever(Valeur{"capteur_1", 23.5})
	resultat := vu("%s", p.Texte())
	for _, d := range r.Depots {
		resultat.Attendu += fmt.Sprintf("%s (%s) ; ", d.Fichier, d.Forme)
		for _, e := range d.Enregistrements[:min(len(d.Enregistrements), 100)] {
			resultat.Envoye += e.Texte[:min(len(e.Texte), 200)] + "\n"
		}
	}
	if pris := time.Since(depart); pris > 15*time.Second {
		return rate(fmt.Errorf("le banc a mis %v à lire", pris))
	}
	return resultat
})

// TestRendusHostiles joue des rendus qui s'en prennent à la cloison, à l'ouvrier ou à ce que le banc lit. L'ouvrier répond toujours, rien
// de qui corrige n'est lu ni changé, et ce que le rendu a obtenu est ce qui est dit.
func TestRendusHostiles(t *testing.T) {
	couche.Entiere(t, "vingt-cinq rendus hostiles")
	exigerPython(t)
	exigerCloison(t)
	v := nouveauVoisinage(t)
	ecoute, err := net.Listen("unix", "@kata-voisin") // l'espace abstrait est celui du réseau, pas celui des fichiers
	if err != nil {
		t.Fatal(err)
	}
	defer ecoute.Close()
	ouvert, err := unix.Open(filepath.Join(v.racine, "maison/.ssh/cle"), unix.O_RDONLY, 0) // ce qu'un terminal laisse ouvert à tout ce qu'il lance
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(ouvert)
	refus := func(corps string) string {
		return "import os, socket, sys\ntry:\n    " + strings.ReplaceAll(corps, "\n", "\n    ") + "\n    print('PERMIS')\nexcept Exception as e:\n    print('refus :', e)\n"
	}
	base := func(sql string) string {
		return "import sqlite3\nb = sqlite3.connect('donnees.db')\nb.executescript('''" + sql + "''')\nb.commit()\nb.close()\nprint('fait')\n"
	}
	for nom, c := range map[string]struct {
		script string
		alerte string // dite, ou « »
		ecrit  string // par le programme
	}{
		"prise abstraite du voisin":    {refus(`s = socket.socket(socket.AF_UNIX); s.connect("\0kata-voisin")`), "", "refus"},
		"horloge de la machine":        {refus(`import time; time.clock_settime(time.CLOCK_REALTIME, 0)`), "", "refus"},
		"nom de la machine":            {refus(`socket.sethostname("autre")`), "", "refus"},
		"noyau réglé":                  {refus(`open("/proc/sys/kernel/core_pattern", "w").write("|/bin/sh")`), "", "refus"},
		"ports de la cloison":          {refus(`open("/proc/sys/net/ipv4/ip_local_port_range", "w").write("1 2")`), "", "refus"},
		"périphérique":                 {refus(`os.mknod("disque", 0o60666, os.makedev(8, 0))`), "", "refus"},
		"racine":                       {refus(`os.chroot("/tmp")`), "", "refus"},
		"descripteurs hérités":         {"import os\nprint(sorted(os.listdir('/proc/self/fd'), key=int)[:4])\nfor n in range(3, 64):\n    try: print('OUVERT', n, os.readlink('/proc/self/fd/%d' % n))\n    except OSError: pass\n", "", "['0', '1', '2', '3']"},
		"programme d'un autre":         {refus(`os.mkdir("d"); open("d/x", "w").write("#!/bin/sh\nid -u"); os.chmod("d/x", 0o6755); r = os.popen("d/x").read(); assert r.strip() == "0", r`), "", "refus"},
		"lien vers ce que lit le banc": {"import os\nos.symlink('/proc/1/environ', 'donnees.txt')\nos.symlink('/etc/passwd', 'mesures.csv')\nos.symlink('/banc', 'd')\nprint('fait')\n", "", "fait"},
		"tube au lieu d'un fichier":    {"import os\nos.mkfifo('donnees.txt')\nos.mkfifo('donnees.db')\nprint('fait')\n", "", "fait"},
		"fichier sans droits":          {"import os\nopen('donnees.txt', 'w').write('capteur_1 23.5')\nos.chmod('donnees.txt', 0)\nos.mkdir('d', 0)\nos.chmod('.', 0o111)\nprint('fait')\n", "", "fait"},
		"noms qui commandent":          {"for n in ['-rf', '\\x1b[2J', 'a\\nb', '\\u202e', 'x' * 255, '..' + chr(10)]:\n    open(n, 'w').write('capteur_1 23.5\\n')\nprint('fait')\n", "", "fait"},
		"dates du futur":               {"import os\nopen('donnees.txt', 'w').write('capteur_1 23.5\\n')\nos.utime('donnees.txt', (2**33, 2**33))\nprint('fait')\n", "", "fait"},
		"JSON profond":                 {"open('donnees.json', 'w').write('[' * 3000000)\nopen('d.json', 'w').write('{\"a\":' * 500000)\nprint('fait')\n", "", "fait"},
		"CSV d'un million de cellules": {"open('donnees.csv', 'w').write('a;' * 1000000 + '\\n' + '1;' * 1000000 + '\\n')\nprint('fait')\n", "", "fait"},
		"barres obliques":              {"for _ in range(4): open('donnees.txt', 'a').write('\\\\' * (2 << 20) + '\\n')\nprint('fait')\n", "", "fait"},
		"vue sans fin":                 {base("CREATE VIEW mesures AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT i AS capteur_id, i AS temperature FROM n;"), "", "fait"},
		"colonne calculée démesurée":   {base("CREATE TABLE mesures(capteur_id TEXT, temperature AS (hex(zeroblob(90000000)))); INSERT INTO mesures VALUES('capteur_1');"), "", "fait"},
		"base abîmée":                  {base("CREATE TABLE mesures(a); INSERT INTO mesures VALUES(randomblob(100000));") + "f = open('donnees.db', 'r+b')\nf.seek(5000); f.write(b'\\xff' * 50000)\n", "", "fait"},
		"base qui pointe ailleurs":     {base("PRAGMA writable_schema=1; CREATE TABLE mesures(a); UPDATE sqlite_master SET sql='CREATE VIRTUAL TABLE mesures USING fts3tokenize(''simple'')', rootpage=0;"), "", "fait"},
		"mille fichiers par seconde":   {"import os\nfor i in range(30000):\n    open('f%d' % i, 'w')\n", "écriture sans fin", ""},
		"fils sans fin":                {"import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(60,)).start()\n", "", ""},
		"signaux":                      {"import os, signal, time\nfor s in range(1, 65):\n    try: signal.signal(s, signal.SIG_IGN)\n    except (OSError, ValueError): pass\nfor s in range(1, 65):\n    try: os.kill(1, s)\n    except OSError: pass\nprint('fait', flush=True)\ntime.sleep(60)\n", "", "fait"},
		"réponse de l'ouvrier imitée":  {"import os\nfor f in [1, 2]: os.write(f, b'{\"resultat\":{\"verdict\":\"r\\xc3\\xa9ussi\",\"observe\":\"FAUX\"}}\\n')\n", "", "FAUX"},
	} {
		t.Run(nom, func(t *testing.T) {
			r := essai{Scene: sceneHostile, Fichiers: casFichiers{"serveur.py": c.script}, Delai: time.Minute}.jouer(t)
			dit := r.Resultat.Observe + r.Resultat.Envoye + strings.Join(r.Alertes, "\n")
			if !strings.Contains(r.Resultat.Observe, c.ecrit) || strings.Contains(r.Resultat.Observe, "PERMIS") || strings.Contains(r.Resultat.Observe, "OUVERT") {
				t.Errorf("observé : %.500q ; « %s » attendu", r.Resultat.Observe, c.ecrit)
			}
			if c.alerte != "" && !slices.ContainsFunc(r.Alertes, func(a string) bool { return strings.Contains(a, c.alerte) }) {
				t.Errorf("alertes : %q ; « %s » attendue", r.Alertes, c.alerte)
			}
			if strings.Contains(r.Resultat.Envoye, variableOuvrier) || strings.Contains(r.Resultat.Envoye, "root:") {
				t.Errorf("le banc a suivi un lien : %q", r.Resultat.Envoye)
			}
			v.verifier(t, dit)
		})
	}
}
