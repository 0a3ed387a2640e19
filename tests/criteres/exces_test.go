package criteres

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"capteurs/tests/banc"
)

// ecoutant est un serveur dont RECEVOIR fait ce qu'il veut de la connexion c.
const ecoutant = `import json, socket, threading
def garder(ligne):
    m = json.loads(ligne)
    with open("donnees.txt", "a") as f:
        f.write("%s %s\n" % (m["capteur_id"], m["temperature"]))
def traiter(c):
RECEVOIR
ecoute = socket.create_server(("127.0.0.1", 5000))
while True:
    c, _ = ecoute.accept()
    threading.Thread(target=traiter, args=(c,), daemon=True).start()
`

// TestInonde vérifie qu'un serveur que le banc inonde n'est ni accusé de ce que le banc lui fait faire, ni dit juste parce que le banc
// l'a arrêté.
func TestInonde(t *testing.T) {
	if testing.Short() {
		t.Skip("long ; sans -short")
	}
	for nom, recevoir := range map[string]string{
		"concatène": `
donnees = ""
while True:
    morceau = c.recv(1024).decode(errors="replace")
    if not morceau: break
    donnees += morceau
    while "\n" in donnees:
        ligne, donnees = donnees.split("\n", 1)
        garder(ligne)`,
		"relit tout": `
donnees = b""
while True:
    morceau = c.recv(512)
    if not morceau: break
    donnees = donnees + morceau
    try:
        garder(donnees)
        donnees = b""
    except ValueError: pass`,
		"montre tout": `
donnees = b""
while True:
    morceau = c.recv(65536)
    if not morceau: break
    print(morceau, morceau, morceau)
    donnees += morceau`,
		"octet par octet": `
while True:
    octet = c.recv(1)
    if not octet: break`,
	} {
		t.Run(nom, func(t *testing.T) {
			t.Parallel()
			b := corriger(t, ecrire(t, map[string]string{"serveur.py": strings.ReplaceAll(ecoutant, "RECEVOIR", strings.ReplaceAll(recevoir, "\n", "\n    "))}), []string{"ROB-15"})
			if len(b.Alertes) > 0 {
				t.Errorf("alertes : %q", b.Alertes)
			}
			for _, j := range b.Jugements {
				if v := j.Resultat.Verdict; j.Critere.ID == "ROB-15" && v != banc.Echoue && v != banc.NonConcluant {
					t.Errorf("%s : %s", j.Critere.ID, v)
				}
			}
		})
	}
}

// TestPasRejoue vérifie que ce qui ne doit rien au temps ne se rejoue pas : un programme arrêté pour ses excès.
func TestPasRejoue(t *testing.T) {
	if testing.Short() {
		t.Skip("long ; sans -short")
	}
	b := corriger(t, ecrire(t, map[string]string{"serveur.py": "import socket\nwhile True: pass\nsocket.create_server(('', 5000)).accept()\n"}), []string{"SRV-01"})
	if !slices.ContainsFunc(b.Alertes, func(a string) bool { return strings.Contains(a, "tourne sans fin") }) {
		t.Errorf("alertes : %q", b.Alertes)
	}
	if j := b.Jugements[0]; j.Resultat.Verdict != banc.Echoue || j.Essais != 1 {
		t.Errorf("%s en %d essais", j.Resultat.Verdict, j.Essais)
	}
}

// ecrire fait un rendu de ces fichiers. Il demande une cloison et Python.
func ecrire(t *testing.T, fichiers map[string]string) string {
	t.Helper()
	choisirRendus(t, "juste_") // saute, ou échoue, sans cloison
	dossier := t.TempDir()
	for nom, texte := range fichiers {
		if err := os.WriteFile(filepath.Join(dossier, nom), []byte(texte), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	exigerInterpretes(t, dossier)
	return dossier
}
