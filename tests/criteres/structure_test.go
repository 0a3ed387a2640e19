package criteres

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"capteurs/tests/couche"
	"capteurs/tests/decouverte"
)

// lire écrit un rendu et en lit la structure ; client et serveur sont les fichiers principaux, ou vides.
func lire(t *testing.T, langage, client, serveur string, fichiers map[string]string) Structure {
	t.Helper()
	if langage == "Python" {
		exigerPython(t)
	}
	dossier := t.TempDir()
	for nom, texte := range fichiers {
		chemin := filepath.Join(dossier, filepath.FromSlash(nom))
		if err := os.MkdirAll(filepath.Dir(chemin), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(chemin, []byte(texte), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	programme := func(fichier string) *decouverte.Programme {
		if fichier == "" {
			return nil
		}
		return &decouverte.Programme{Fichier: fichier, Langage: langage}
	}
	s, err := LireStructure(t.Context(), dossier, programme(client), programme(serveur))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func exigerPython(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("python3 n'est pas sur cette machine")
	}
}

// decrire dit en une ligne ce qu'un critère demanderait à une structure, pour un côté.
func decrire(s Structure, cote Cote) string {
	var dit []string
	if c, m, ok := s.MethodePrincipale(cote); ok {
		dit = append(dit, "principale "+c.Nom+"."+m.Nom)
	}
	for _, c := range s.Derivees(cote) {
		dit = append(dit, "dérivée "+c.Nom+"("+strings.Join(c.BasesDuRendu, ",")+")")
	}
	if sans := s.SansDocumentation(s.DuCote(cote)); len(sans) > 0 {
		dit = append(dit, "sans doc "+strings.Join(sans, ","))
	}
	vus := map[string]bool{}
	for _, u := range s.UsagesDuCote(cote) {
		vus[u.Classe+" "+u.Quoi+" de "+u.Base] = true
	}
	for _, u := range slices.Sorted(maps.Keys(vus)) {
		dit = append(dit, "emploie "+u)
	}
	return strings.Join(dit, " ; ")
}

const lancement = "\nif __name__ == '__main__':\n    "

var pythons = []struct {
	nom     string
	client  string
	attendu string
}{
	{"sans classe", "import socket\ndef envoyer():\n    socket.create_connection(('', 1))\nenvoyer()\n", ""},
	{"une classe documentée", `class CapteurTCP:
    """Un capteur."""
    def envoyer(self):
        """Envoie."""
        return 1
` + lancement + "CapteurTCP().envoyer()\n", "principale CapteurTCP.envoyer"},
	{"documentée par des commentaires", `# Un capteur.
class CapteurTCP:
    def __init__(self):
        self.n = 0

    # Envoie une mesure.
    def envoyer(self):
        return 1

    def fermer(self):  # ferme
        return 2

    def autre(self):
        # ne fait rien
        return 3
` + lancement + "CapteurTCP().envoyer()\n", "principale CapteurTCP.envoyer"},
	{"sans documentation", "class A:\n    def envoyer(self):\n        return '# rien'\nA().envoyer()\n", "principale A.envoyer ; sans doc A,A.envoyer"},
	{"le commentaire d'une méthode n'est pas celui de la classe", "class A:\n    # envoie\n    def envoyer(self):\n        return 1\nA().envoyer()\n",
		"principale A.envoyer ; sans doc A"},
	{"seulement un constructeur", "class A:\n    '''x'''\n    def __init__(self):\n        print(1)\nA()\n", ""},
	{"une classe jamais employée", "class A:\n    '''x'''\n    def envoyer(self):\n        '''x'''\nprint(1)\n", ""},
	{"une méthode jamais appelée", "class A:\n    '''x'''\n    def envoyer(self):\n        '''x'''\nA()\n", ""},
	{"appelée par le constructeur", "class A:\n    '''x'''\n    def __init__(self): self.envoyer()\n    def envoyer(self):\n        '''x'''\n        return 1\nA()\n",
		"principale A.envoyer"},
	{"une méthode donnée à un fil", "import threading\nclass A:\n    '''x'''\n    def envoyer(self):\n        '''x'''\n        return 1\nthreading.Thread(target=A().envoyer).start()\n",
		"principale A.envoyer"},
	{"une base de bibliothèque n'est pas de l'héritage", `import threading
class Capteur(threading.Thread):
    """Un fil."""
    def run(self):
        """Court."""
        print(1)
Capteur().start()
`, "principale Capteur.run"},
	{"l'énoncé", `class Capteur:
    """Base."""
    def __init__(self, identifiant):
        self.identifiant = identifiant
    def generer(self):
        """Génère."""
        return 20.5
class CapteurTCP(Capteur):
    """Dérivée."""
    def __init__(self, identifiant, port):
        super().__init__(identifiant)
        self.port = port
    def envoyer(self):
        """Envoie."""
        return {"capteur_id": self.identifiant, "temperature": self.generer()}
` + lancement + "CapteurTCP('c', 1).envoyer()\n",
		"principale CapteurTCP.envoyer ; dérivée CapteurTCP(Capteur) ; emploie CapteurTCP attribut identifiant de Capteur ; emploie CapteurTCP méthode generer de Capteur"},
	{"une base qui ne sert à rien", `class Capteur:
    """Base."""
    def generer(self):
        """Génère."""
        return 20.5
class CapteurTCP(Capteur):
    """Dérivée."""
    def generer(self):
        """Génère."""
        return 21.5
    def envoyer(self):
        """Envoie."""
        return self.generer()
CapteurTCP().envoyer()
`, "principale CapteurTCP.envoyer ; dérivée CapteurTCP(Capteur)"},
	{"un super().__init__ qui ne sert à rien", `class Base:
    """Base."""
    def __init__(self): self.x = 1
class D(Base):
    """Dérivée."""
    def __init__(self):
        super().__init__()
        self.y = 1
    def envoyer(self):
        """Envoie."""
        return self.y
D().envoyer()
`, "principale D.envoyer ; dérivée D(Base)"},
	{"une dérivée jamais employée", `class Base:
    """Base."""
    def envoyer(self):
        """Envoie."""
        return 1
class D(Base):
    """Dérivée."""
Base().envoyer()
`, "principale Base.envoyer"},
	{"super().méthode", `class Sensor:
    """Base."""
    def read(self):
        """Read."""
        return 1
class TcpSensor(Sensor):
    """Derived."""
    def read(self):
        """Read."""
        return super().read() + 1
TcpSensor().read()
`, "principale TcpSensor.read ; dérivée TcpSensor(Sensor) ; emploie TcpSensor méthode read de Sensor"},
	{"Base.méthode(self)", `class Base:
    """Base."""
    def lire(self):
        """Lit."""
        return 1
class D(Base):
    """D."""
    def lire(self):
        """Lit."""
        return Base.lire(self)
d = D()
d.lire()
`, "principale D.lire ; dérivée D(Base) ; emploie D méthode lire de Base"},
	{"demandé à une instance", `class Base:
    """Base."""
    def lancer(self):
        """Lance."""
        self.traiter()
    def traiter(self):
        """À définir."""
        raise NotImplementedError
class D(Base):
    """D."""
    def traiter(self):
        """Traite."""
        return 1
d = D()
d.lancer()
`, "principale D.traiter ; dérivée D(Base) ; emploie D méthode lancer de Base"},
	{"demandé à ce que rend une fonction", `class Base:
    """Base."""
    def start(self):
        """Start."""
        return 1
class D(Base):
    """D."""
    def autre(self):
        """Autre."""
def creer():
    return D()
c = creer()
c.start()
`, "principale Base.start ; dérivée D(Base) ; emploie D méthode start de Base"},
	{"un nom courant, demandé à une prise", `import socket
class Base:
    """Base."""
    def close(self):
        """Ferme."""
        return 1
class D(Base):
    """D."""
    def envoyer(self):
        """Envoie."""
        s = socket.socket()
        s.close()
D().envoyer()
`, "principale D.envoyer ; dérivée D(Base)"},
	{"abstraite, dont rien n'est hérité", `from abc import ABC, abstractmethod
class Base(ABC):
    """Base."""
    @abstractmethod
    def mesurer(self):
        """Mesure."""
class D(Base):
    """D."""
    def mesurer(self):
        """Mesure."""
        return 1
D().mesurer()
`, "principale D.mesurer ; dérivée D(Base)"},
	{"une dataclass", `from dataclasses import dataclass
@dataclass
class Capteur:
    """Base."""
    identifiant: str = "c"
@dataclass
class CapteurTCP(Capteur):
    """Dérivée."""
    port: int = 5000
    def envoyer(self):
        """Envoie."""
        return self.identifiant
CapteurTCP().envoyer()
`, "principale CapteurTCP.envoyer ; dérivée CapteurTCP(Capteur) ; emploie CapteurTCP attribut identifiant de Capteur"},
	{"trois niveaux et un mixin", `import threading
class Journal:
    """Mixin."""
    def noter(self, x):
        """Note."""
        print(x)
class Base:
    """Base."""
    def __init__(self, i): self.i = i
class Milieu(Base):
    """Milieu."""
class D(Journal, Milieu, threading.Thread):
    """D."""
    def run(self):
        """Court."""
        self.noter(self.i)
D("c").start()
`, "principale D.run ; dérivée Milieu(Base) ; dérivée D(Journal,Milieu) ; emploie D attribut i de Base ; emploie D constructeur de Base ; emploie D méthode noter de Journal"},
	{"des erreurs qui dérivent ne sont pas des capteurs", `class Erreur(Exception):
    """E."""
class Autre(Erreur):
    """A."""
class C:
    """C."""
    def envoyer(self):
        """Envoie."""
        raise Autre("x")
C().envoyer()
`, "principale C.envoyer"},
}

func TestStructurePython(t *testing.T) {
	for i, p := range pythons {
		t.Run(p.nom, func(t *testing.T) {
			if testing.Short() && i%10 != 1 {
				t.Skip("un python3 par cas : quelques-uns suffisent avec -short")
			}
			t.Parallel()
			s := lire(t, "Python", "client.py", "", map[string]string{"client.py": p.client})
			if obtenu := decrire(s, CoteClient); obtenu != p.attendu {
				t.Errorf("lu :\n%s\nattendu :\n%s", obtenu, p.attendu)
			}
			if s.ALire != "" || len(s.Syntaxe) > 0 {
				t.Errorf("à lire : %q, syntaxe : %q", s.ALire, s.Syntaxe)
			}
		})
	}
}

// Des modules : la base d'un même nom, un paquet, un import étoilé, un import relatif, un alias.
func TestStructurePythonModules(t *testing.T) {
	s := lire(t, "Python", "h/client.py", "h/serveur.py", map[string]string{
		"h/client.py":        "import commun.capteurs as cc\nfrom client_poo import CapteurTCP as Ancien\n\nclass CapteurTCP(Ancien, cc.Base):\n    'D.'\n\nCapteurTCP().envoyer()\nCapteurTCP().mesurer()\n",
		"client_poo.py":      "class CapteurTCP:\n    'C.'\n    def envoyer(self):\n        'E.'\n        return 1\nif __name__ == '__main__':\n    CapteurTCP().rien()\n",
		"commun/capteurs.py": "class Base:\n    'B.'\n    def mesurer(self):\n        'M.'\n        return 1\n",
		"h/serveur.py":       "from base import *\n\nclass ServeurTCP(Serveur):\n    'S.'\n    def traiter(self):\n        'T.'\n        return self.adresse\n\nServeurTCP('a').lancer()\n",
		"h/base.py":          "class Serveur:\n    'B.'\n    def __init__(self, a):\n        self.adresse = a\n    def lancer(self):\n        'L.'\n        self.traiter()\n",
	})
	for cote, attendu := range map[Cote]string{
		CoteClient: "principale CapteurTCP.envoyer ; dérivée CapteurTCP(CapteurTCP,Base) ; emploie CapteurTCP méthode envoyer de CapteurTCP ; emploie CapteurTCP méthode mesurer de Base",
		CoteServeur: "principale ServeurTCP.traiter ; dérivée ServeurTCP(Serveur) ; emploie ServeurTCP attribut adresse de Serveur ; " +
			"emploie ServeurTCP constructeur de Serveur ; emploie ServeurTCP méthode lancer de Serveur",
	} {
		if obtenu := decrire(s, cote); obtenu != attendu {
			t.Errorf("%s, lu :\n%s\nattendu :\n%s", cote, obtenu, attendu)
		}
	}
}

// Un seul fichier pour les deux côtés : ce que les classes font du réseau les place.
func TestStructurePythonUnSeulFichier(t *testing.T) {
	s := lire(t, "Python", "main.py", "main.py", map[string]string{"main.py": `import socket, sys
class Base:
    'B.'
    def adresse(self):
        'A.'
        return ("127.0.0.1", 5000)
class Capteur:
    'C.'
    def envoyer(self):
        'E.'
        socket.create_connection(("127.0.0.1", 5000))
class ServeurTCP(Base):
    'S.'
    def lancer(self):
        'L.'
        s = socket.create_server(self.adresse())
if sys.argv[1] == "serveur":
    ServeurTCP().lancer()
else:
    Capteur().envoyer()
`})
	for cote, attendu := range map[Cote]string{
		CoteClient:  "principale Capteur.envoyer",
		CoteServeur: "principale ServeurTCP.lancer ; dérivée ServeurTCP(Base) ; emploie ServeurTCP méthode adresse de Base",
	} {
		if obtenu := decrire(s, cote); obtenu != attendu {
			t.Errorf("%s, lu :\n%s\nattendu :\n%s", cote, obtenu, attendu)
		}
	}
}

func TestStructurePythonIndices(t *testing.T) {
	s := lire(t, "Python", "", "serveur.py", map[string]string{
		"serveur.py": `"""Serveur."""
import sqlite3, socketserver
from threading import Thread
import asyncio as aio
# L'héritage évite de récrire
# ce qui est commun.
FICHIER = "/home/moi/donnees.txt"
class S(socketserver.ThreadingTCPServer):
    pass
def f(base, nom, t):
    base.execute("INSERT INTO mesures VALUES ('%s', %f)" % (nom, t))
    base.execute(f"INSERT INTO mesures VALUES ('{nom}')")
    q = "INSERT INTO mesures VALUES ('" + nom + "')"
    base.execute(q)
    base.execute("SELECT * FROM mesures WHERE id = {}".format(nom))
    base.execute("INSERT INTO mesures VALUES (?, ?)", (nom, t))
    base.execute(f"INSERT INTO {TABLE} VALUES (?)", (nom,))
    base.execute("CREATE TABLE IF NOT EXISTS mesures "
                 "(id)")
    open(FICHIER, "a")
    sqlite3.connect(r"C:\donnees.db")
    open("donnees.txt")
    open("/dev/null")
Thread(target=f).start()
aio.run(f())
`,
		"README.md":        "# Client et serveur\n\nUn TP.\n\n## L'intérêt de l'héritage\n\nOn n'écrit qu'une fois.\n\nFin.\n",
		"notes.txt":        "rien",
		"donnees.txt":      "hérité 20.5\n",
		"doc/rapport.pdf":  "%PDF",
		".cache/README.md": "héritage",
	})
	for _, c := range []struct {
		nom     string
		obtenu  []string
		attendu []string
	}{
		{"fils", s.Fils, []string{"serveur.py:8 : socketserver.ThreadingTCPServer", "serveur.py:24 : threading.Thread", "serveur.py:25 : asyncio.run"}},
		{"SQL", s.SQLConcatene, []string{
			"serveur.py:11 : requête SQL composée avec ses valeurs", "serveur.py:12 : requête SQL composée avec ses valeurs",
			"serveur.py:14 : requête SQL composée avec ses valeurs", "serveur.py:15 : requête SQL composée avec ses valeurs"}},
		{"chemins", s.CheminsAbsolus, []string{"serveur.py:20 : /home/moi/donnees.txt", `serveur.py:21 : C:\donnees.db`}},
		{"documents", s.DocFichiers, []string{"README.md", "doc/rapport.pdf", "notes.txt"}},
		{"explication", s.Explication, []string{
			"serveur.py:5 : L'héritage évite de récrire ce qui est commun.", "README.md:5 : ## L'intérêt de l'héritage",
			"README.md:7 : On n'écrit qu'une fois."}},
	} {
		if !slices.Equal(c.obtenu, c.attendu) {
			t.Errorf("%s : %q, attendu %q", c.nom, c.obtenu, c.attendu)
		}
	}
}

// Ce que Python ne lit pas est une faute de syntaxe, ou reste à lire ; jamais une erreur du correcteur.
func TestStructurePythonHostile(t *testing.T) {
	for nom, c := range map[string]struct{ texte, syntaxe, aLire string }{
		"syntaxe":       {"print('a'\nx = (", "client.py:", ""},
		"indentation":   {"def f():\nreturn 1\n", "client.py:2 : ", ""},
		"Python 2":      {"print 'a'\n", "client.py:1 : ", ""},
		"octet nul":     {"x = 1\x00\n", "client.py:", ""},
		"UTF-16":        {"\xff\xfex\x00", "client.py:", ""},
		"codage faux":   {"# -*- coding: inconnu -*-\n", "client.py:", ""},
		"parenthèses":   {strings.Repeat("(", 50_000), "client.py:", ""},
		"profond":       {"x = " + strings.Repeat("-", 100_000) + "1\n", "", "trop imbriqué"},
		"chaîne longue": {"x = a" + strings.Repeat(".a", 100_000) + "\n", "", "trop imbriqué"},
		"énorme":        {"x = '" + strings.Repeat("a", 1<<20) + "'\n", "", "client.py : 1024 Kio, c'est trop"},
		"classes":       {strings.Repeat("class A:\n    def f(self): self.f()\n", 5000), "", "5000 classes, c'est trop"},
		"vide":          {"", "", ""},
		"cycle":         {"class A(B): pass\nclass B(A):\n    def f(self): self.f()\nB().f()\n", "", ""},
		"s'importe":     {"import client\nfrom . import client\nfrom ...... import x\nfrom client import *\nclass A(client.A): pass\nA()\n", "", ""},
		"lance":         {"raise SystemExit(3)\n", "", ""},
	} {
		t.Run(nom, func(t *testing.T) {
			if testing.Short() && nom != "profond" {
				t.Skip("un python3 par cas : quelques-uns suffisent avec -short")
			}
			t.Parallel()
			s := lire(t, "Python", "client.py", "", map[string]string{"client.py": c.texte})
			if obtenu := strings.Join(s.Syntaxe, "\n"); !strings.Contains(obtenu, c.syntaxe) || c.syntaxe == "" && obtenu != "" {
				// D'un Python à l'autre, une faute de syntaxe peut être une imbrication, et l'inverse.
				if c.aLire == "" && s.ALire == "" || c.syntaxe == "" && c.aLire == "" {
					t.Errorf("syntaxe : %q, à lire : %q", obtenu, s.ALire)
				}
			}
			if !strings.Contains(s.ALire, c.aLire) && len(s.Syntaxe) == 0 {
				t.Errorf("à lire : %q, attendu : %q", s.ALire, c.aLire)
			}
		})
	}
}

func TestStructurePythonHorsDuRendu(t *testing.T) {
	exigerPython(t)
	dehors := filepath.Join(t.TempDir(), "secret.py")
	if err := os.WriteFile(dehors, []byte("class Secret:\n    def lire(self): pass\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	dossier := t.TempDir()
	if err := os.Symlink(dehors, filepath.Join(dossier, "secret.py")); err != nil {
		t.Skip("pas de liens symboliques ici :", err)
	}
	if err := os.WriteFile(filepath.Join(dossier, "client.py"), []byte("import secret\nsecret.Secret().lire()\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := LireStructure(t.Context(), dossier, &decouverte.Programme{Fichier: "client.py", Langage: "Python"}, nil)
	if err != nil || len(s.Classes) > 0 || !strings.Contains(s.ALire, "hors du rendu") {
		t.Errorf("lu : %+v, %v", s, err)
	}
	for _, langage := range []string{"Python", "Go"} {
		if _, err := LireStructure(t.Context(), dossier, &decouverte.Programme{Fichier: "../client.py", Langage: langage}, nil); err == nil {
			t.Errorf("%s : un fichier hors du rendu est accepté", langage)
		}
	}
}

var gos = []struct {
	nom     string
	source  string
	attendu string
}{
	{"sans type", "package main\nfunc main() {}\n", ""},
	{"un type documenté", `package main
// Capteur envoie.
type Capteur struct{ id string }
// Envoyer envoie.
func (c *Capteur) Envoyer() { _ = c.id }
func main() { (&Capteur{}).Envoyer() }
`, "principale Capteur.Envoyer"},
	{"sans documentation", `package main
type Capteur struct{}
func (c *Capteur) Envoyer() {
	println(1)
}
func main() { new(Capteur).Envoyer() }
`, "principale Capteur.Envoyer ; sans doc Capteur,Capteur.Envoyer"},
	{"jamais employé", `package main
type Capteur struct{} // c
func (c *Capteur) Envoyer() { println(1) /* e */ }
func main() {}
`, ""},
	{"incorporé", `package main
// B.
type Base struct{ id string }
// G.
func (b *Base) Generer() float64 { return 20.5 }
// D.
type Derive struct { Base; port int }
// E.
func (d *Derive) Envoyer() { println(d.id, d.Generer()) }
func nouveau() *Derive { return &Derive{} }
func main() { nouveau().Envoyer() }
`, "principale Derive.Envoyer ; dérivée Derive(Base) ; emploie Derive champ id de Base ; emploie Derive méthode Generer de Base"},
	{"incorporé pour rien", `package main
// B.
type Base struct{ id string }
// G.
func (b *Base) Generer() float64 { return 20.5 }
// D.
type Derive struct { *Base }
// G.
func (d *Derive) Generer() float64 { return 21 }
func main() { d := Derive{}; d.Generer() }
`, "principale Derive.Generer ; dérivée Derive(Base)"},
	{"par la base, et par une interface", `package main
import ("net"; "sync")
// B.
type Base struct{ sync.Mutex }
// L.
func (b *Base) Lancer() { println(1) }
// T.
func (b *Base) Traiter(c net.Conn) { println(2) }
// D.
type Derive struct { *Base }
// T.
func (d *Derive) Traiter(c net.Conn) { d.Base.Traiter(c) }
type serveur interface { Lancer(); Traiter(net.Conn) }
func lancer(s serveur) { s.Lancer(); s.Traiter(nil) }
func main() { lancer(&Derive{}) }
`, "principale Derive.Traiter ; dérivée Derive(Base) ; emploie Derive méthode Lancer de Base ; emploie Derive méthode Traiter de Base"},
	{"la bibliothèque incorporée n'est pas de l'héritage", `package main
import "sync"
// C.
type C struct{ sync.Mutex }
// E.
func (c *C) Envoyer() { c.Lock() }
func main() { var c C; c.Envoyer() }
`, "principale C.Envoyer"},
}

func TestStructureGo(t *testing.T) {
	for _, g := range gos {
		t.Run(g.nom, func(t *testing.T) {
			t.Parallel()
			s := lire(t, "Go", "", "serveur.go", map[string]string{"serveur.go": g.source, "client.go": "package main\nfunc main() {}\n"})
			if obtenu := decrire(s, CoteServeur); obtenu != g.attendu {
				t.Errorf("lu :\n%s\nattendu :\n%s", obtenu, g.attendu)
			}
			if s.ALire != "" || len(s.Syntaxe) > 0 {
				t.Errorf("à lire : %q, syntaxe : %q", s.ALire, s.Syntaxe)
			}
		})
	}
}

func TestStructureGoIndices(t *testing.T) {
	ailleurs := "windows"
	if runtime.GOOS == ailleurs {
		ailleurs = "linux"
	}
	s := lire(t, "Go", "", "a/serveur.go", map[string]string{
		"go.mod":                      "module x\n",
		"a/serveur.go":                "package main\nimport \"x/b\"\nfunc main() { go b.F(nil) }\n",
		"b/b.go":                      "package b\nimport (\"database/sql\"; \"fmt\"; \"os\")\n// Héritage : par incorporation.\nfunc F(d *sql.DB) {\n d.Exec(fmt.Sprintf(\"INSERT INTO m VALUES ('%s')\", os.Args[0]))\n d.Exec(\"INSERT \" + \"INTO m VALUES (?)\", 1)\n os.Open(\"/home/moi/x\")\n}\n",
		"b/b_plan9.go":                "package b\nfunc G() {}\n",
		"b/mesures_lues.go":           "package b\nfunc H() { go F(nil) }\n",
		"b/b_" + runtime.GOOS + ".go": "package b\nfunc I() { go F(nil) }\n",
		"b/b_" + ailleurs + ".go":     "package b\nfunc {",
		"b/c_test.go":                 "package b\nfunc {",
		"b/windows.go":                "//go:build plan9\n\npackage b\nfunc F() {}\n",
	})
	obtenu := fmt.Sprint(s.Fils, s.SQLConcatene, s.CheminsAbsolus, s.Explication, s.Syntaxe) + s.ALire
	attendu := "[a/serveur.go:3 : goroutine b/b_" + runtime.GOOS + ".go:2 : goroutine b/mesures_lues.go:2 : goroutine] [b/b.go:5 : requête SQL composée avec ses valeurs] [b/b.go:7 : /home/moi/x] [b/b.go:3 : Héritage : par incorporation.] []"
	if obtenu != attendu {
		t.Errorf("lu :\n%s\nattendu :\n%s", obtenu, attendu)
	}
}

// Incorporer des réglages n'est pas hériter : la base d'une classe fait quelque chose, ou en incorpore une qui le fait.
// TestStructureGoOrdonnee vérifie que les classes sont rendues dans l'ordre où elles se lisent, le même à chaque fois.
func TestStructureGoOrdonnee(t *testing.T) {
	s := lire(t, "Go", "", "s/serveur.go", map[string]string{
		"s/serveur.go": "package main\n\n\n\nfunc main() { c, d, e, a, b := C{}, D{}, E{}, A{}, B{}; c.F(); d.F(); e.F(); a.F(); b.F() }\ntype C struct{}\nfunc (C) F() {}\ntype D struct{}\nfunc (D) F() {}\ntype E struct{}\nfunc (E) F() {}\n",
		"s/depot.go":   "package main\ntype Z int\n\n\n\n\n\n\n\ntype A struct{}\nfunc (A) F() {}\n\ntype B struct{}\nfunc (B) F() {}\n",
	})
	var noms []string
	for _, c := range s.Classes {
		noms = append(noms, c.Nom)
	}
	if obtenu := strings.Join(noms, " "); obtenu != "A B C D E" {
		t.Errorf("classes : %s ; à lire %q, syntaxe %q", obtenu, s.ALire, s.Syntaxe)
	}
}

func TestReglagesIncorpores(t *testing.T) {
	const tete = "package main\n\nfunc main() { s := &ServeurTCP{}; s.Servir() }\n\ntype Reglages struct{ Port int }\n\nfunc (s *ServeurTCP) Servir() { println(s.Port) }\n\n"
	for texte, derivees := range map[string]int{
		tete + "type ServeurTCP struct{ Reglages }\n":                                                           0,
		tete + "type ServeurTCP struct{ Reglages }\n\nfunc (r Reglages) Valider() bool { return r.Port > 0 }\n": 1,
	} {
		s := lire(t, "Go", "", "serveur.go", map[string]string{"serveur.go": texte, "go.mod": "module x\n"})
		if obtenues := s.Derivees(CoteServeur); len(obtenues) != derivees {
			t.Errorf("dérivées %+v, attendu %d dans\n%s", obtenues, derivees, texte)
		}
	}
}

func TestStructureGoHostile(t *testing.T) {
	for nom, c := range map[string]struct{ texte, syntaxe, aLire string }{
		"syntaxe":     {"package main\nfunc main() {\n", "serveur.go:", ""},
		"octets":      {"\x00\xff\xfe", "serveur.go:1", ""},
		"vide":        {"", "serveur.go:1", ""},
		"profond":     {"package main\nvar x = " + strings.Repeat("(", 200_000), "serveur.go:2", ""},
		"énorme":      {"package main\n//" + strings.Repeat("x", 1<<20), "", "trop pour être lu"},
		"cycle":       {"package main\ntype A struct{ *B }\ntype B struct{ *A }\nfunc (b *B) F() { b.F() }\nfunc main() { var a A; a.F() }\n", "", ""},
		"infini":      {"package main\ntype A struct{ A }\ntype G[T any] struct{ *G[G[T]] }\nfunc (g *G[T]) F() {}\nfunc main() { var g G[int]; g.F(); var a A; _ = a }\n", "", ""},
		"s'importe":   {"package main\nimport \"x\"\nimport \"x/absent\"\nimport _ \"x/../..\"\nfunc main() { x.F(); absent.F() }\n", "", ""},
		"pas un main": {"package autre\n", "", ""},
	} {
		if testing.Short() && nom == "profond" {
			continue // long à lire
		}
		t.Run(nom, func(t *testing.T) {
			t.Parallel()
			s := lire(t, "Go", "", "serveur.go", map[string]string{"serveur.go": c.texte, "go.mod": "module x\n"})
			if obtenu := strings.Join(s.Syntaxe, "\n"); !strings.Contains(obtenu, c.syntaxe) || c.syntaxe == "" && obtenu != "" {
				t.Errorf("syntaxe : %q", obtenu)
			}
			if !strings.Contains(s.ALire, c.aLire) {
				t.Errorf("à lire : %q, attendu : %q", s.ALire, c.aLire)
			}
		})
	}
}

// L'étape 3 de ce dépôt est de l'héritage, documenté et employé ; l'étape 2, des classes.
func TestStructureDeCeDepot(t *testing.T) {
	couche.Entiere(t, "relit les étapes ; y toucher ferait ici tout vérifier")
	racine := filepath.Join("..", "..")
	for etape, derivees := range map[string]map[Cote]string{
		"step2_poo":      {CoteClient: "", CoteServeur: ""},
		"step3_heritage": {CoteClient: "CapteurTCP", CoteServeur: "ServeurTCP"},
	} {
		programme := func(cote string) *decouverte.Programme {
			return &decouverte.Programme{Fichier: etape + "/cmd/" + cote + "/main.go", Langage: "Go"}
		}
		s, err := LireStructure(t.Context(), racine, programme("client"), programme("serveur"))
		if err != nil || s.ALire != "" || len(s.Syntaxe) > 0 {
			t.Fatalf("%s : %v, %q, %q", etape, err, s.ALire, s.Syntaxe)
		}
		if len(s.Fils) == 0 || len(s.DocFichiers) == 0 || len(s.CheminsAbsolus) > 0 {
			t.Errorf("%s : fils %q, documents %q, chemins %q", etape, s.Fils, s.DocFichiers, s.CheminsAbsolus)
		}
		for cote, attendues := range derivees {
			if c, m, ok := s.MethodePrincipale(cote); !ok {
				t.Errorf("%s, %s : pas de méthode principale", etape, cote)
			} else {
				t.Logf("%s, %s : %s.%s", etape, cote, c.Nom, m.Nom)
			}
			var noms []string
			for _, c := range s.Derivees(cote) {
				if strings.HasPrefix(c.Fichier, etape) {
					noms = append(noms, c.Nom)
				}
			}
			if obtenu := strings.Join(noms, " "); obtenu != attendues {
				t.Errorf("%s, %s : dérivées %q, attendu %q", etape, cote, obtenu, attendues)
			}
			if toutes := s.Derivees(cote); attendues == "" && len(toutes) > 0 || attendues != "" && (len(toutes) == 0 || toutes[0].Nom != attendues) {
				t.Errorf("%s, %s : dérivées %+v, attendu %q d'abord, et rien à l'étape 2", etape, cote, toutes, attendues)
			}
			usages := s.UsagesDuCote(cote)
			if attendues != "" && !slices.ContainsFunc(usages, func(u Usage) bool { return u.Classe == attendues }) {
				t.Errorf("%s, %s : rien d'hérité n'est employé : %+v", etape, cote, usages)
			}
			if sans := s.SansDocumentation(s.Derivees(cote)); len(sans) > 0 {
				t.Errorf("%s, %s : sans documentation : %q", etape, cote, sans)
			}
		}
		if etape == "step3_heritage" && len(s.Explication) == 0 {
			t.Error("pas d'explication trouvée")
		}
	}
}

func TestStructureAutresLangages(t *testing.T) {
	s := lire(t, "Node", "client.js", "serveur.js", map[string]string{"client.js": "", "serveur.js": "", "README": "L'héritage sert."})
	if s.ALire != "client.js : la structure d'un programme Node se lit à l'œil ; serveur.js : la structure d'un programme Node se lit à l'œil" {
		t.Errorf("à lire : %q", s.ALire)
	}
	if len(s.Explication) != 1 || len(s.DocFichiers) != 1 {
		t.Errorf("explication %q, documents %q", s.Explication, s.DocFichiers)
	}
}

func TestStructureInterrompue(t *testing.T) {
	ctx, annuler := context.WithCancel(t.Context())
	annuler()
	dossier := t.TempDir()
	if err := os.WriteFile(filepath.Join(dossier, "client.py"), []byte("x = 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	debut := time.Now()
	if _, err := LireStructure(ctx, dossier, &decouverte.Programme{Fichier: "client.py", Langage: "Python"}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("erreur : %v", err)
	}
	if duree := time.Since(debut); duree > delaiPython {
		t.Errorf("interrompue après %v", duree)
	}
	if _, err := LireStructure(t.Context(), filepath.Join(dossier, "absent"), nil, nil); err == nil {
		t.Error("un dossier absent est accepté")
	}
}

// Sans python3, le code reste à lire : ce n'est la faute de personne.
func TestStructureSansPython(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	dossier := t.TempDir()
	s, err := LireStructure(t.Context(), dossier, &decouverte.Programme{Fichier: "client.py", Langage: "Python"}, nil)
	if err != nil || !strings.Contains(s.ALire, "python3 n'est pas sur cette machine") {
		t.Errorf("à lire : %q, %v", s.ALire, err)
	}
}

// N'importe quel assemblage de morceaux de Go est lu sans panique.
func TestStructureGoQuelconque(t *testing.T) {
	morceaux := []string{
		"type A struct{ B }\n", "type B struct{ *A }\n", "func (a *A) F() { a.B.F() }\n", "func (b B) F() { b.G() }\n", "type I interface{ F() }\n",
		"func main() { var i I = &A{}; i.F() }\n", "import \"x\"\n", "type C = A\n", "type D[T any] struct{ A }\n", "func (d D[T]) G() { d.F() }\n",
		"var v = D[int]{}\n", "func init() { v.G(); go v.F() }\n", "type (", "}", "func (", "\x00", "type E struct{ C; I; D[E] }\n",
	}
	rapid.Check(t, func(t *rapid.T) {
		dossier, err := os.MkdirTemp("", "go-")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dossier)
		texte := "package main\n" + strings.Join(rapid.SliceOf(rapid.SampledFrom(morceaux)).Draw(t, "source"), "")
		if err := os.WriteFile(filepath.Join(dossier, "serveur.go"), []byte(texte), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := LireStructure(context.Background(), dossier, nil, &decouverte.Programme{Fichier: "serveur.go", Langage: "Go"})
		if err != nil || strings.Contains(s.ALire, "n'a pas pu être lu") {
			t.Fatalf("%v, %q", err, s.ALire)
		}
	})
}
