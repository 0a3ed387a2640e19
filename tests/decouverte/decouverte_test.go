package decouverte

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"capteurs/tests/couche"
)

// Les textes de programmes plausibles ; leur nom ne dit rien, les tests les nomment.
const (
	pyClient = `import json, socket
s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
s.connect(("127.0.0.1", 5000))
s.sendall(json.dumps({"capteur_id": "capteur_1", "temperature": 23.5}).encode())
s.close()
`
	pyServeur = `import socket, sqlite3
base = sqlite3.connect("donnees.db")  # se connecte à la base
s = socket.socket()
s.bind(("127.0.0.1", 5000))
s.listen()
while True:
    conn, _ = s.accept()
    conn.recv(1024)
`
	pyClientPOO = `import socket
class CapteurTCP:
    def envoyer(self):
        with socket.create_connection(("127.0.0.1", 5000)) as s:
            s.sendall(b"{}")
if __name__ == "__main__":
    CapteurTCP().envoyer()
`
	pyServeurPOO = `import socket
class ServeurTCP:
    def lancer(self):
        s = socket.create_server(("", 5000))
        while True:
            s.accept()
if __name__ == "__main__":
    ServeurTCP().lancer()
`
	pyClientHeritage = `import socket
class Capteur:
    def generer(self): return 20.5
class CapteurTCP(Capteur):
    def envoyer(self):
        s = socket.socket(); s.connect(("127.0.0.1", 5000))
if __name__ == "__main__":
    CapteurTCP().envoyer()
`
	pyServeurHeritage = `import socket
class Serveur:
    def ecouter(self):
        self.s = socket.socket(); self.s.bind(("", 5000)); self.s.listen()
class ServeurTCP(Serveur):
    def lancer(self):
        while True: self.s.accept()
if __name__ == "__main__":
    ServeurTCP().lancer()
`
	pyDeux = `import socket, sys
def client():
    socket.create_connection(("127.0.0.1", 5000))
def serveur():
    s = socket.create_server(("", 5000))
if __name__ == "__main__":
    if sys.argv[1] == "serveur":
        serveur()
    elif sys.argv[1] == "client":
        client()
`
	pyDeuxOptions = `import argparse, socket
p = argparse.ArgumentParser()
p.add_argument("--port", type=int)
p.add_argument("--mode", choices=["client", "serveur"])
a = p.parse_args()
if a.mode == "client":
    socket.create_connection(("127.0.0.1", 5000))
else:
    socket.create_server(("", 5000))
`
	pyModule    = "import json\n\ndef encoder(mesure):\n    return json.dumps(mesure).encode()\n"
	jsClient    = "const net = require('net');\nconst s = net.createConnection(5000, () => s.end('{}'));\n"
	jsServeur   = "const net = require('net');\nnet.createServer((s) => {}).listen(5000);\n"
	goClient    = "package main\n\nimport \"net\"\n\nfunc main() { net.Dial(\"tcp\", \"127.0.0.1:5000\") }\n"
	goServeur   = "package main\n\nimport \"net\"\n\nfunc main() { net.Listen(\"tcp\", \":5000\") }\n"
	javaClient  = "import java.net.*;\npublic class Client {\n  public static void main(String[] a) throws Exception { new Socket(\"localhost\", 5000); }\n}\n"
	javaServeur = "package capteurs;\nimport java.net.*;\npublic class Serveur {\n  public static void main(String[] a) throws Exception { new ServerSocket(5000).accept(); }\n}\n"
)

// poserFichiers remplit un dossier, dans l'ordre donné ; un nom qui finit par « ! » est exécutable.
func poserFichiers(t interface {
	Helper()
	Fatal(...any)
}, dossier string, fichiers map[string]string, ordre []string) {
	t.Helper()
	for _, nom := range ordre {
		mode := os.FileMode(0o600)
		chemin := filepath.Join(dossier, filepath.FromSlash(strings.TrimSuffix(nom, "!")))
		if strings.HasSuffix(nom, "!") {
			mode = 0o700
		}
		if err := os.MkdirAll(filepath.Dir(chemin), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(chemin, []byte(fichiers[nom]), mode); err != nil {
			t.Fatal(err)
		}
	}
}

// resume dit un rendu en une ligne par étape : « client | serveur », les fichiers et leurs arguments.
func resume(r Rendu) map[Etape]string {
	lignes := map[Etape]string{}
	for e, paire := range r.Etapes {
		var noms []string
		for _, p := range []*Programme{paire.Client, paire.Serveur} {
			nom := "-"
			if p != nil {
				nom = p.Fichier
				if p.Langage == "Python" || p.Langage == "Node" {
					nom = strings.Join(append([]string{nom}, p.Commande[2:]...), " ")
				}
			}
			noms = append(noms, nom)
		}
		lignes[e] = strings.Join(noms, " | ")
	}
	return lignes
}

type casFichiers = map[string]string

var dispositions = []struct {
	nom      string
	fichiers casFichiers
	attendu  map[Etape]string
	dit      []string // ce que les remarques doivent contenir
}{
	{"l'énoncé, première étape", casFichiers{"client.py": pyClient, "serveur.py": pyServeur, "donnees.txt": "x"},
		map[Etape]string{Procedural: "client.py | serveur.py"}, []string{"étape poo : ni client ni serveur trouvés"}},
	{"l'énoncé, en entier", casFichiers{
		"client.py": pyClient, "serveur.py": pyServeur, "client_poo.py": pyClientPOO, "serveur_poo.py": pyServeurPOO,
		"client_heritage.py": pyClientHeritage, "serveur_heritage.py": pyServeurHeritage, "README.md": "doc"},
		map[Etape]string{Procedural: "client.py | serveur.py", POO: "client_poo.py | serveur_poo.py",
			Heritage: "client_heritage.py | serveur_heritage.py"}, nil},
	{"en anglais, avec des majuscules et des tirets", casFichiers{
		"Client.py": pyClient, "Server.py": pyServeur, "Client-OOP.py": pyClientPOO, "Server-OOP.py": pyServeurPOO,
		"clientInheritance.py": pyClientHeritage, "serverInheritance.py": pyServeurHeritage},
		map[Etape]string{Procedural: "Client.py | Server.py", POO: "Client-OOP.py | Server-OOP.py",
			Heritage: "clientInheritance.py | serverInheritance.py"}, nil},
	{"des accents, et ceux de macOS", casFichiers{
		"émetteur.py": pyClient, "récepteur.py": pyServeur, "client_héritage.py": pyClientHeritage,
		"serveur_he\u0301ritage.py": pyServeurHeritage},
		map[Etape]string{Procedural: "émetteur.py | récepteur.py", Heritage: "client_héritage.py | serveur_he\u0301ritage.py"}, nil},
	{"un dossier par étape", casFichiers{
		"1_procedural/client.py": pyClient, "1_procedural/serveur.py": pyServeur, "POO/client.py": pyClientPOO,
		"POO/serveur.py": pyServeurPOO, "Héritage/client.py": pyClientHeritage, "Héritage/serveur.py": pyServeurHeritage},
		map[Etape]string{Procedural: "1_procedural/client.py | 1_procedural/serveur.py", POO: "POO/client.py | POO/serveur.py",
			Heritage: "Héritage/client.py | Héritage/serveur.py"}, nil},
	{"des dossiers numérotés", casFichiers{
		"TP5/etape1/client.py": pyClient, "TP5/etape1/serveur.py": pyServeur, "TP5/etape2/client.py": pyClientPOO,
		"TP5/etape2/serveur.py": pyServeurPOO, "TP5/etape3/client.py": pyClientHeritage, "TP5/etape3/serveur.py": pyServeurHeritage},
		map[Etape]string{Procedural: "TP5/etape1/client.py | TP5/etape1/serveur.py", POO: "TP5/etape2/client.py | TP5/etape2/serveur.py",
			Heritage: "TP5/etape3/client.py | TP5/etape3/serveur.py"}, nil},
	{"des exercices numérotés", casFichiers{
		"exo1/client.py": pyClient, "exo1/serveur.py": pyServeur, "exo2/client.py": pyClientPOO, "exo2/serveur.py": pyServeurPOO},
		map[Etape]string{Procedural: "exo1/client.py | exo1/serveur.py", POO: "exo2/client.py | exo2/serveur.py"}, nil},
	{"le numéro d'un TP n'est pas une étape", casFichiers{"TP3/client.py": pyClient, "TP3/serveur.py": pyServeur},
		map[Etape]string{Procedural: "TP3/client.py | TP3/serveur.py"}, nil},
	{"un dossier par programme", casFichiers{
		"client/main.py": pyClient, "serveur/main.py": pyServeur, "serveur/stockage.py": pyModule},
		map[Etape]string{Procedural: "client/main.py | serveur/main.py"}, nil},
	{"étape, puis programme", casFichiers{
		"poo/client/main.py": pyClientPOO, "poo/server/main.py": pyServeurPOO},
		map[Etape]string{POO: "poo/client/main.py | poo/server/main.py"}, nil},
	{"un dossier au nom du sujet", casFichiers{
		"TP_POO_héritage/client.py": pyClient, "TP_POO_héritage/serveur.py": pyServeur, "TP_POO_héritage/client_poo.py": pyClientPOO,
		"TP_POO_héritage/serveur_poo.py": pyServeurPOO, "TP_POO_héritage/client_heritage.py": pyClientHeritage,
		"TP_POO_héritage/serveur_heritage.py": pyServeurHeritage},
		map[Etape]string{Procedural: "TP_POO_héritage/client.py | TP_POO_héritage/serveur.py",
			POO:      "TP_POO_héritage/client_poo.py | TP_POO_héritage/serveur_poo.py",
			Heritage: "TP_POO_héritage/client_heritage.py | TP_POO_héritage/serveur_heritage.py"}, nil},
	{"des noms qui ne disent rien", casFichiers{"a.py": pyServeur, "b.py": pyClient, "outils.py": pyModule},
		map[Etape]string{Procedural: "b.py | a.py"}, nil},
	{"six noms qui ne disent rien", casFichiers{
		"p1.py": pyClient, "p2.py": pyServeur, "q1.py": pyClientPOO, "q2.py": pyServeurPOO, "r1.py": pyClientHeritage, "r2.py": pyServeurHeritage},
		map[Etape]string{Procedural: "p1.py | p2.py", POO: "q1.py | q2.py", Heritage: "r1.py | r2.py"}, nil},
	{"des versions en lettres", casFichiers{
		"client_v1.py": pyClient, "serveur_v1.py": pyServeur, "client_v2.py": pyClientPOO, "serveur_v2.py": pyServeurPOO},
		map[Etape]string{Procedural: "client_v1.py | serveur_v1.py", POO: "client_v2.py | serveur_v2.py"}, nil},
	{"une seconde version", casFichiers{"client.py": pyClient, "serveur.py": pyServeur, "serveur_v2.py": pyServeur},
		map[Etape]string{Procedural: "client.py | serveur_v2.py"}, []string{"serveur_v2.py plutôt que serveur.py : sa version est la plus récente"}},
	{"finale, ancienne, copie", casFichiers{
		"client (1).py": pyClient, "client.py": pyClient, "serveur_old.py": pyServeur, "serveur_final.py": pyServeur, "serveur.py": pyServeur},
		map[Etape]string{Procedural: "client.py | serveur_final.py"}, []string{"l'autre porte le nom d'une copie", "serveur_old.py"}},
	{"le navigateur a renommé", casFichiers{"client (1).py": pyClient, "serveur (2).py": pyServeur},
		map[Etape]string{Procedural: "client (1).py | serveur (2).py"}, nil},
	{"deux capteurs", casFichiers{"capteur_1.py": pyClient, "capteur_2.py": pyClient, "serveur.py": pyServeur},
		map[Etape]string{Procedural: "capteur_1.py | serveur.py"}, []string{"capteur_1.py plutôt que capteur_2.py"}},
	{"des classes d'emblée", casFichiers{"client.py": pyClientPOO, "serveur.py": pyServeurHeritage},
		map[Etape]string{Procedural: "client.py | serveur.py"}, []string{"client.py est écrit avec des classes"}},
	{"deux rôles, un fichier", casFichiers{"main.py": pyDeux},
		map[Etape]string{Procedural: "main.py client | main.py serveur"}, nil},
	{"deux rôles, par une option", casFichiers{"main.py": pyDeuxOptions},
		map[Etape]string{Procedural: "main.py --mode client | main.py --mode serveur"}, nil},
	{"les classes d'un côté, le lancement de l'autre", casFichiers{
		"serveur_poo.py": strings.Split(pyServeurPOO, "if __name__")[0], "client_poo.py": pyClientPOO,
		"main.py": "from serveur_poo import ServeurTCP\n\nServeurTCP().lancer()\n"},
		map[Etape]string{POO: "client_poo.py | main.py"}, []string{"main.py plutôt que serveur_poo.py : l'autre définit sans rien lancer"}},
	{"une classe qui ne se lance pas", casFichiers{"client.py": pyClient, "serveur.py": strings.Split(pyServeurPOO, "if __name__")[0]},
		map[Etape]string{Procedural: "client.py | serveur.py"}, []string{"serveur.py semble ne rien lancer"}},
	{"un module partagé, au nom d'un rôle", casFichiers{
		"capteur.py": "class Capteur:\n    pass\n", "client.py": "from capteur import Capteur\n" + pyClient, "serveur.py": pyServeur},
		map[Etape]string{Procedural: "client.py | serveur.py"}, nil},
	{"des tests, des restes, des bibliothèques", casFichiers{
		"client.py": pyClient, "serveur.py": pyServeur, "test_client.py": pyClient, "tests/serveur.py": pyServeur, ".old/serveur_poo.py": pyServeur,
		"__pycache__/client_poo.py": pyClient, "env/pyvenv.cfg": "", "env/serveur_poo.py": pyServeur, "node_modules/x/client_poo.js": jsClient},
		map[Etape]string{Procedural: "client.py | serveur.py"}, nil},
	{"Node", casFichiers{"client.js": jsClient, "serveur.mjs": jsServeur, "package.json": "{}"},
		map[Etape]string{Procedural: "client.js | serveur.mjs"}, nil},
	{"Go, un module", casFichiers{
		"go.mod": "module x\n", "step2_poo/cmd/client/main.go": goClient, "step2_poo/cmd/server/main.go": goServeur},
		map[Etape]string{POO: "step2_poo/cmd/client/main.go | step2_poo/cmd/server/main.go"}, nil},
	{"Go, deux paires dans une étape", casFichiers{
		"go.mod": "module x\n", "commun/c.go": "package commun\n",
		"step2_poo/cmd/client/main.go":        strings.Replace(goClient, "import ", "import _ \"x/commun\"\nimport ", 1),
		"step2_poo/cmd/serveur/main.go":       strings.Replace(goServeur, "import ", "import _ \"x/commun\"\nimport ", 1),
		"step2_poo/essentiel/client/main.go":  goClient,
		"step2_poo/essentiel/serveur/main.go": goServeur},
		map[Etape]string{POO: "step2_poo/essentiel/client/main.go | step2_poo/essentiel/serveur/main.go"}, []string{
			"client : step2_poo/essentiel/client/main.go plutôt que step2_poo/cmd/client/main.go : il se suffit",
			"serveur : step2_poo/essentiel/serveur/main.go plutôt que step2_poo/cmd/serveur/main.go : il se suffit"}},
	{"Go, une paire à qui il manque un paquet", casFichiers{
		"cmd/client/main.go":        strings.Replace(goClient, "import ", "import _ \"x/commun\"\nimport ", 1) + "type c struct{}\nfunc (c) F() {}\n",
		"cmd/serveur/main.go":       strings.Replace(goServeur, "import ", "import _ \"x/commun\"\nimport ", 1) + "type s struct{}\nfunc (s) F() {}\n",
		"essentiel/client/main.go":  goClient,
		"essentiel/serveur/main.go": strings.Replace(goServeur, "import ", "import _ \"golang.org/x/net/netutil\"\nimport _ \"encoding/json\"\nimport ", 1)},
		map[Etape]string{Procedural: "essentiel/client/main.go | essentiel/serveur/main.go"}, []string{
			"cmd/client/main.go écarté : il importe x/commun, que le rendu n'a pas", "cmd/serveur/main.go écarté"}},
	{"Go, un paquet manque à la seule paire", casFichiers{
		"client/main.go": strings.Replace(goClient, "import ", "import _ \"x/commun\"\nimport ", 1), "serveur/main.go": goServeur},
		map[Etape]string{Procedural: "client/main.go | serveur/main.go"}, nil},
	{"Go, sans module", casFichiers{"client.go": goClient, "serveur.go": goServeur, "commun.go": "package main\n"},
		map[Etape]string{Procedural: "client.go | serveur.go"}, nil},
	{"Java", casFichiers{"Client.java": javaClient, "src/capteurs/Serveur.java": javaServeur},
		map[Etape]string{Procedural: "Client.java | src/capteurs/Serveur.java"}, nil},
	{"shell", casFichiers{"client.sh": "#!/bin/bash\necho '{}' > /dev/tcp/127.0.0.1/5000\n", "serveur!": "#!/bin/sh\nnc -l 5000 >> donnees.txt\n"},
		map[Etape]string{Procedural: "client.sh | serveur"}, nil},
	{"un lanceur ne vaut pas le programme", casFichiers{
		"client.py": pyClient, "serveur.py": pyServeur, "lancer_serveur.sh": "python3 serveur.py\n", "serveur!": "\x7fELF\x02"},
		map[Etape]string{Procedural: "client.py | serveur.py"}, nil},
	{"un exécutable", casFichiers{"client.py": pyClient, "serveur!": "\x7fELF\x02"},
		map[Etape]string{Procedural: "client.py | serveur"}, nil},
	{"un autre langage", casFichiers{"client.py": pyClient, "serveur.rs": "fn main() {}"},
		map[Etape]string{Procedural: "client.py | -"}, []string{"pas de serveur trouvé", "serveur.rs : le correcteur ne sait pas lancer ce langage"}},
	{"kata.toml", casFichiers{
		"client.py": pyClient, "src/s.rb": "", "kata.toml": "[procedural]\nserveur = \"ruby s.rb 'a b'\"\ndossier = \"src\"\n"},
		map[Etape]string{Procedural: "client.py | src/s.rb"}, nil},
	{"le nom le plus proche de l'énoncé", casFichiers{"abricot_client.py": pyClient, "client.py": pyClient, "serveur-2.py": pyServeur, "serveur.py": pyServeur},
		map[Etape]string{Procedural: "client.py | serveur.py"}, []string{"client.py plutôt que abricot_client.py : son nom est le plus proche"}},
	{"un vieux cède à un nom bavard", casFichiers{"client_old.py": pyClient, "client_salon_nord_etage.py": pyClient, "serveur.py": pyServeur},
		map[Etape]string{Procedural: "client_salon_nord_etage.py | serveur.py"}, []string{"l'autre porte le nom d'un essai ou d'une ancienne version"}},
	{"un client qui écoute reste un client", casFichiers{"client.py": pyServeur},
		map[Etape]string{Procedural: "client.py | -"}, []string{"pas de serveur trouvé"}},
	{"ni un test ni une note ne sont des programmes", casFichiers{"client.py": pyClient, "test_serveur.py": pyServeur, "serveur.md!": "#!/usr/bin/env python3\n" + pyServeur},
		map[Etape]string{Procedural: "client.py | -"}, []string{"pas de serveur trouvé"}},
	{"Node, le réseau dans un module", casFichiers{
		"principal.js": "const reseau = require('./reseau')\nreseau.ouvrir(5000)\n",
		"reseau.js":    "const net = require('net')\nexports.ouvrir = (port) => net.createServer((c) => c.end()).listen(port)\n"},
		map[Etape]string{Procedural: "- | principal.js"}, []string{"pas de client trouvé"}},
	{"Go, des structures qui incorporent", casFichiers{
		"a/client/main.go": goClient, "a/serveur/main.go": goServeur,
		"b/client/main.go":  goClient + "type releve int\ntype capteur struct{ relu releve }\ntype capteurTCP struct{ *capteur }\nfunc (capteurTCP) lire() {}\n",
		"b/serveur/main.go": goServeur + "type depot []string\ntype serveur struct{ depot depot }\ntype serveurTCP struct{ serveur }\nfunc (serveurTCP) lire() {}\n"},
		map[Etape]string{Procedural: "a/client/main.go | a/serveur/main.go", Heritage: "b/client/main.go | b/serveur/main.go"}, nil},
	{"rien", casFichiers{"rapport.pdf": "%PDF"}, map[Etape]string{}, []string{"étape procédural : ni client ni serveur trouvés"}},
}

func TestTrouver(t *testing.T) {
	for _, d := range dispositions {
		t.Run(d.nom, func(t *testing.T) {
			t.Parallel()
			dossier := t.TempDir()
			poserFichiers(t, dossier, d.fichiers, slices.Sorted(maps.Keys(d.fichiers)))
			r, err := Trouver(dossier)
			if err != nil {
				t.Fatal(err)
			}
			if obtenu := resume(r); !reflect.DeepEqual(obtenu, d.attendu) {
				t.Errorf("trouvé : %v, attendu : %v\nremarques : %s", obtenu, d.attendu, strings.Join(r.Remarques, "\n"))
			}
			for _, dit := range d.dit {
				if !strings.Contains(strings.Join(r.Remarques, "\n"), dit) {
					t.Errorf("les remarques ne disent pas « %s » :\n%s", dit, strings.Join(r.Remarques, "\n"))
				}
			}
			for _, paire := range r.Etapes {
				for _, p := range []*Programme{paire.Client, paire.Serveur} {
					if p != nil && (p.Pourquoi == "" || len(p.Commande) == 0 || p.Dossier == "" || p.Langage == "") {
						t.Errorf("programme incomplet : %+v", *p)
					}
				}
			}
		})
	}
}

// Ce dépôt est lui-même un rendu, et les commandes de tests/ n'y sont ni des clients ni des serveurs. Chaque étape y a deux
// paires : l'essentiel, dont le texte dit tout, l'emporte des deux côtés, et l'autre est dite.
func TestTrouverCeDepot(t *testing.T) {
	couche.Entiere(t, "relit les étapes ; y toucher ferait ici tout vérifier")
	r, err := Trouver(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	attendu := map[Etape]string{}
	for i, e := range Etapes {
		d := [...]string{"step1_procedural", "step2_poo", "step3_heritage"}[i]
		attendu[e] = fmt.Sprintf("%s/essentiel/client/main.go | %s/essentiel/serveur/main.go", d, d)
	}
	if obtenu := resume(r); !reflect.DeepEqual(obtenu, attendu) {
		t.Errorf("trouvé : %v, attendu : %v", obtenu, attendu)
	}
	if len(r.Remarques) != 2*len(Etapes) {
		t.Errorf("remarques %q, une par programme écarté attendue", r.Remarques)
	}
}

func TestCommandes(t *testing.T) {
	exe := ""
	if runtime.GOOS == "windows" {
		exe = ".exe"
	}
	for _, c := range []struct {
		nom       string
		fichiers  casFichiers
		fichier   string
		dossier   string
		commande  []string
		construit [][]string
	}{
		{"Python", casFichiers{"src/serveur.py": pyServeur}, "src/serveur.py", "src", []string{"python3", "serveur.py"}, nil},
		{"shebang", casFichiers{"serveur": "#!/usr/bin/env -S python3 -u\n" + pyServeur}, "serveur", ".", []string{"python3", "serveur"}, nil},
		{"bash", casFichiers{"serveur.sh": "#!/bin/bash\nnc -l 5000\n"}, "serveur.sh", ".", []string{"bash", "serveur.sh"}, nil},
		{"Ruby", casFichiers{"serveur": "#!/usr/bin/ruby -w\n"}, "serveur", ".", []string{"ruby", "-w", "./serveur"}, nil},
		{"Go en module", casFichiers{"a/go.mod": "module m", "a/cmd/serveur/x.go": goServeur}, "a/cmd/serveur/x.go", "a",
			[]string{"{sortie}/a-cmd-serveur" + exe}, [][]string{{"go", "build", "-o", "{sortie}/a-cmd-serveur" + exe, "./cmd/serveur"}}},
		{"Go en fichiers", casFichiers{"serveur.go": goServeur, "client.go": goClient, "commun.go": "package main\n"}, "serveur.go", ".",
			[]string{"{sortie}/serveur" + exe}, [][]string{{"go", "build", "-o", "{sortie}/serveur" + exe, "./serveur.go", "./commun.go"}}},
		{"Java", casFichiers{"src/capteurs/Serveur.java": javaServeur}, "src/capteurs/Serveur.java", "src",
			[]string{"java", "-cp", "{sortie}", "capteurs.Serveur"},
			[][]string{{"javac", "-proc:none", "-processorpath", "{sortie}", "-cp", "{sortie}", "-encoding", "UTF-8", "-d", "{sortie}", "-sourcepath", ".", "./capteurs/Serveur.java"}}},
	} {
		t.Run(c.nom, func(t *testing.T) {
			dossier := t.TempDir()
			poserFichiers(t, dossier, c.fichiers, slices.Sorted(maps.Keys(c.fichiers)))
			r, err := Trouver(dossier)
			if err != nil {
				t.Fatal(err)
			}
			p := r.Etapes[Procedural].Serveur
			if p == nil {
				t.Fatalf("pas de serveur trouvé : %q", r.Remarques)
			}
			obtenu := Programme{Fichier: p.Fichier, Dossier: p.Dossier, Commande: p.Commande, Construit: p.Construit}
			attendu := Programme{Fichier: c.fichier, Dossier: c.dossier, Commande: c.commande, Construit: c.construit}
			if !reflect.DeepEqual(obtenu, attendu) {
				t.Errorf("trouvé %+v, attendu %+v", obtenu, attendu)
			}
		})
	}
}

func TestTrouverRefuse(t *testing.T) {
	fichier := filepath.Join(t.TempDir(), "client.py")
	if err := os.WriteFile(fichier, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, chemin := range []string{fichier, filepath.Join(filepath.Dir(fichier), "absent")} {
		if _, err := Trouver(chemin); err == nil {
			t.Errorf("Trouver(%q) ne rend pas d'erreur", chemin)
		}
	}
}

// Un lien symbolique ne fait pas sortir du rendu.
func TestLiensSymboliques(t *testing.T) {
	dehors, dossier := t.TempDir(), t.TempDir()
	poserFichiers(t, dehors, casFichiers{"serveur.py": pyServeur}, []string{"serveur.py"})
	poserFichiers(t, dossier, casFichiers{"client.py": pyClient}, []string{"client.py"})
	if err := os.Symlink(dehors, filepath.Join(dossier, "poo")); err != nil {
		t.Skip("pas de liens symboliques ici :", err)
	}
	if err := os.Symlink(filepath.Join(dehors, "serveur.py"), filepath.Join(dossier, "serveur.py")); err != nil {
		t.Fatal(err)
	}
	r, err := Trouver(dossier)
	if err != nil {
		t.Fatal(err)
	}
	if obtenu := resume(r)[Procedural]; obtenu != "client.py | -" {
		t.Errorf("trouvé : %s", obtenu)
	}
	if !strings.Contains(strings.Join(r.Remarques, "\n"), "serveur.py : lien symbolique") {
		t.Errorf("rien ne le dit : %q", r.Remarques)
	}
}

func TestTropDeFichiers(t *testing.T) {
	couche.Entiere(t, "des milliers de fichiers")
	t.Parallel()
	dossier := t.TempDir()
	tous := casFichiers{"client.py": pyClient, "serveur.py": pyServeur}
	for i := range maxSources {
		tous[fmt.Sprintf("aa/x%04d.py", i)] = "x = 1\n"
	}
	profond := strings.Repeat("d/", maxNiveaux+2)
	tous["aa/"+profond+"serveur_poo.py"] = pyServeurPOO
	poserFichiers(t, dossier, tous, slices.Sorted(maps.Keys(tous)))
	r, err := Trouver(dossier)
	if err != nil {
		t.Fatal(err)
	}
	if obtenu := resume(r); !reflect.DeepEqual(obtenu, map[Etape]string{Procedural: "client.py | serveur.py"}) {
		t.Errorf("trouvé : %v", obtenu)
	}
	if !strings.Contains(strings.Join(r.Remarques, "\n"), "trop de fichiers") {
		t.Errorf("rien ne le dit : %q", r.Remarques)
	}
}

// Toute façon d'écrire les noms de l'énoncé est trouvée.
func TestNomsUsuels(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		melanger := func(mot, nom string) string {
			switch rapid.IntRange(0, 3).Draw(t, nom) {
			case 0:
				return strings.ToUpper(mot)
			case 1:
				return strings.ToUpper(mot[:1]) + mot[1:]
			case 2:
				return mot
			}
			lettres := []rune(mot)
			for i := range lettres {
				if rapid.Bool().Draw(t, "majuscule") {
					lettres[i] = []rune(strings.ToUpper(string(lettres[i])))[0]
				}
			}
			return string(lettres)
		}
		separateur := rapid.SampledFrom([]string{"_", "-", " ", ".", "", "__", " - "})
		suffixe := rapid.SampledFrom([]string{"", "_final", "_v2", " (1)", "-v3", "_tcp", "2"})
		ecrit := map[Etape][2]string{}
		tous := casFichiers{}
		for _, e := range Etapes {
			mots := map[Etape][]string{
				Procedural: {"", "procedural", "procédurale"}, POO: {"poo", "oop", "objet", "classe"},
				Heritage: {"heritage", "héritage", "inheritance", "herit"},
			}[e]
			mot, sep, fin := rapid.SampledFrom(mots).Draw(t, "étape"), separateur.Draw(t, "séparateur"), suffixe.Draw(t, "suffixe")
			var paire [2]string
			for i, roles := range [][]string{{"client"}, {"serveur", "server"}} {
				nom := melanger(rapid.SampledFrom(roles).Draw(t, "rôle"), "casse du rôle")
				if mot != "" {
					m := melanger(mot, "casse de l'étape")
					if rapid.Bool().Draw(t, "étape d'abord") {
						nom = m + sep + nom
					} else {
						nom = nom + sep + m
					}
				}
				paire[i] = nom + fin + ".py"
				tous[paire[i]] = [...]string{pyClient, pyServeur}[i]
			}
			ecrit[e] = paire
		}
		dossier, err := os.MkdirTemp("", "noms-")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dossier)
		poserFichiers(t, dossier, tous, slices.Sorted(maps.Keys(tous)))
		r, err := Trouver(dossier)
		if err != nil {
			t.Fatal(err)
		}
		for e, paire := range ecrit {
			if attendu := paire[0] + " | " + paire[1]; resume(r)[e] != attendu {
				t.Fatalf("étape %s : trouvé %q, attendu %q", e, resume(r)[e], attendu)
			}
		}
	})
}

// L'ordre dans lequel les fichiers ont été créés ne compte pas.
func TestOrdreDeCreation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := dispositions[rapid.IntRange(0, len(dispositions)-1).Draw(t, "disposition")]
		ordre := rapid.Permutation(slices.Sorted(maps.Keys(d.fichiers))).Draw(t, "ordre")
		var rendus [2]Rendu
		for i, o := range [][]string{slices.Sorted(maps.Keys(d.fichiers)), ordre} {
			dossier, err := os.MkdirTemp("", "ordre-")
			if err != nil {
				t.Fatal(err)
			}
			defer os.RemoveAll(dossier)
			poserFichiers(t, dossier, d.fichiers, o)
			if rendus[i], err = Trouver(dossier); err != nil {
				t.Fatal(err)
			}
			rendus[i].Nom, rendus[i].Dossier = "", ""
		}
		if !reflect.DeepEqual(rendus[0], rendus[1]) {
			t.Fatalf("%s : %+v puis %+v", d.nom, rendus[0], rendus[1])
		}
	})
}

// N'importe quels octets, sous n'importe quel nom, sont lus sans panique.
func TestOctetsQuelconques(t *testing.T) {
	morceaux := []string{
		"class A(", "\"\"\"", "'", "\\", "/*", "import .", "from . import (", "#!", "#!/usr/bin/env", "package main", "func main() {", "`",
		"if __name__", "\x00", "\xff\xfe", "type T struct { *T }", "require('./", "new Socket(", "(((((((((", "\n", "add_argument(\"--mode\"",
	}
	rapid.Check(t, func(t *rapid.T) {
		dossier, err := os.MkdirTemp("", "octets-")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dossier)
		for range rapid.IntRange(1, 4).Draw(t, "nombre") {
			nom := rapid.SampledFrom([]string{"client", "serveur", "x", "main", "poo", "go"}).Draw(t, "nom") +
				rapid.SampledFrom([]string{".py", ".go", ".js", ".java", ".sh", "", ".mod", ".xyz"}).Draw(t, "extension")
			texte := rapid.OneOf(
				rapid.Map(rapid.SliceOf(rapid.Byte()), func(o []byte) string { return string(o) }),
				rapid.Map(rapid.SliceOf(rapid.SampledFrom(morceaux)), func(m []string) string { return strings.Join(m, "") }),
			).Draw(t, "texte")
			if err := os.WriteFile(filepath.Join(dossier, nom), []byte(texte), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := Trouver(dossier); err != nil {
			t.Fatal(err)
		}
	})
}
