//go:build linux

package banc

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// collecteur enregistre les mesures qui ont les membres id et t de son choix, et ignore le reste.
const collecteur = `import json, socket
l = socket.create_server(("127.0.0.1", PORT))
while True:
    c, _ = l.accept()
    ACCUEIL
    m = json.loads(c.recv(4096))
    if "ID" in m and "VALEUR" in m:
        with open("donnees.txt", "a") as f:
            f.write("%s;%s\n" % (m["ID"], m["VALEUR"]))
        c.sendall(b"OK\n")
    c.close()
`

const envoyeur = `import json, socket, sys
ARGUMENTS
c = socket.create_connection(("127.0.0.1", PORT))
c.sendall(json.dumps({"ID": "salon", "VALEUR": 21.5}).encode())
c.recv(10)
`

func rendreDialecte(id, valeur, port, accueil, arguments string) casFichiers {
	remplacer := strings.NewReplacer("ID", id, "VALEUR", valeur, "PORT", port, "ACCUEIL", accueil, "ARGUMENTS", arguments)
	return casFichiers{"serveur.py": remplacer.Replace(collecteur), "client.py": remplacer.Replace(envoyeur)}
}

var sceneReconnaitre = scene("reconnaître", func(b *Banc) Resultat {
	p := b.Reconnaitre()
	return Resultat{Verdict: Reussi, Observe: fmt.Sprintf("%v %v compris=%v visible=%v accueil=%q réplique=%q arguments=%d", p.Ecoute, p.Cible, p.Compris, p.Visible, p.Accueil, p.Replique, len(p.Arguments)), Envoye: string(p.Modele)}
})

// TestReconnaitre vérifie que le dialecte d'un rendu s'apprend : le message de l'énoncé d'abord, sinon celui de son client.
func TestReconnaitre(t *testing.T) {
	exigerPython(t)
	const salut, usage = `c.sendall(b"SALUT\n")`, `if len(sys.argv) != 3: sys.exit("Usage : client.py IDENTIFIANT TEMPERATURE")`
	for nom, cas := range map[string]struct {
		fichiers casFichiers
		voulu    string
		modele   bool
	}{
		"énoncé":     {rendreDialecte("capteur_id", "temperature", "6543", "", ""), `127.0.0.1:6543 127.0.0.1:6543 compris=true visible=true accueil="" réplique="OK\n" arguments=0`, false},
		"dialecte":   {rendreDialecte("station", "mesure", "6543", "", ""), `127.0.0.1:6543 127.0.0.1:6543 compris=true visible=true accueil="" réplique="OK\n" arguments=0`, true},
		"accueil":    {rendreDialecte("capteur_id", "temperature", "6543", salut, ""), `127.0.0.1:6543 127.0.0.1:6543 compris=true visible=true accueil="SALUT\n" réplique="OK\n" arguments=0`, false},
		"arguments":  {rendreDialecte("capteur_id", "temperature", "6543", "", usage), `127.0.0.1:6543 127.0.0.1:6543 compris=true visible=true accueil="" réplique="OK\n" arguments=2`, false},
		"sans cible": {casFichiers{"client.py": "print('rien')\n"}, `invalid AddrPort invalid AddrPort compris=false visible=false accueil="" réplique="" arguments=0`, false},
	} {
		if testing.Short() && nom != "dialecte" {
			continue
		}
		t.Run(nom, func(t *testing.T) {
			t.Parallel()
			r := essai{Scene: sceneReconnaitre, Fichiers: cas.fichiers}.jouer(t)
			if r.Resultat.Observe != cas.voulu || (r.Resultat.Envoye != "") != cas.modele {
				t.Errorf("%s, modèle %q\nattendu : %s\n%s", r.Resultat.Observe, r.Resultat.Envoye, cas.voulu, faitsEnTexte(r.Evenements))
			}
			dit := slices.ContainsFunc(r.Evenements, func(e Evenement) bool { return strings.Contains(e.Texte, "essai avec celui de son propre client") })
			if dit != cas.modele {
				t.Errorf("dit dans les preuves : %v", dit)
			}
		})
	}
}

// TestCibleHorsCloison vérifie que, sans cloison, on trouve où va le client par les ports que nomme son source.
func TestCibleHorsCloison(t *testing.T) {
	if testing.Short() {
		t.Skip("de vrais processus, plusieurs fois ; sans -short")
	}
	exigerPython(t)
	t.Parallel()
	port := portLibre(t)
	f := rendreDialecte("capteur_id", "temperature", port, "", "AUTRE = 4321")
	delete(f, "serveur.py")
	r := essai{Scene: sceneReconnaitre, Niveau: N0, Fichiers: f}.jouer(t)
	if !strings.HasPrefix(r.Resultat.Observe, "invalid AddrPort 127.0.0.1:"+port+" ") {
		t.Errorf("%s ; attendu : %s\n%s", r.Resultat.Observe, port, faitsEnTexte(r.Evenements))
	}
}
