package tests

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"capteurs/tests/conteneurs"
)

// TestGrappe vérifie qu'une grappe Galera de trois nœuds prend le relais quand une machine ne suffit plus : trois
// serveurs, chacun devant son nœud, des capteurs répartis entre eux, et un nœud tué en pleine charge. Les capteurs
// continuent, et chaque mesure confirmée est sur les deux nœuds qui restent.
func TestGrappe(t *testing.T) {
	conteneurs.Exiger(t)
	image := os.Getenv("KATA_IMAGE_GALERA")
	if image == "" {
		t.Skip("KATA_IMAGE_GALERA ne nomme pas d'image de MariaDB où soient Galera et rsync")
	}
	t.Parallel()
	noeuds := conteneurs.Grappe(t, image, 3)
	base := noeuds[0].Base(t)
	for _, noeud := range noeuds {
		noeud.AttendreBase(t, base)
	}
	var serveurs []*serveur
	var clients []*processus
	const capteurs, n = 3, 500
	fichier := temperatures(t, n)
	for i, nom := range etapes {
		// Chaque serveur préfère son nœud, et connaît les autres.
		var adresses []string
		for j := range noeuds {
			adresses = append(adresses, noeuds[(i+j)%len(noeuds)].Adresse(t))
		}
		url := conteneurs.MariaDB.URL(strings.Join(adresses, ","), base)
		s := laEtape(t, nom).servir(t, url)
		serveurs = append(serveurs, s)
		clients = append(clients, lancer(t, laEtape(t, nom).commandeClient(s.adresse, "-fichier", fichier,
			"-capteur", fmt.Sprintf("groupe_%d", i), "-capteurs", fmt.Sprint(capteurs), "-intervalle", "5ms")))
	}
	clients[2].attendre(t, clients[2].sortie, `groupe_2_1 : 50 °C, enregistrée`)
	noeuds[2].Tuer(t)
	for i, c := range clients {
		if code := c.code(t); code != 0 {
			t.Fatalf("client %d : code de sortie %d, 0 attendu\n%s", i, code, c.erreurs)
		}
	}
	for _, s := range serveurs {
		s.arreter(t)
	}
	attendues := suite(n)
	for _, noeud := range noeuds[:2] {
		lues := parCapteur(relire(t, conteneurs.MariaDB.URL(noeud.Adresse(t), base)))
		for i := range etapes {
			repetees := 0
			for j := range capteurs {
				id := fmt.Sprintf("groupe_%d_%d", i, j+1)
				if manquent := absentes(lues[id], attendues); len(manquent) > 0 {
					t.Errorf("%s sur %s : %d mesures confirmées absentes : %v", id, noeud.Adresse(t), len(manquent), manquent)
				}
				if etrangeres := absentes(attendues, lues[id]); len(etrangeres) > 0 {
					t.Errorf("%s sur %s : %d mesures jamais envoyées : %v", id, noeud.Adresse(t), len(etrangeres), etrangeres)
				}
				repetees += len(lues[id]) - n
			}
			serveurs[i].verifierRepetitions(t, repetees)
		}
	}
}

// absentes rend les températures attendues qui ne sont pas parmi les lues. D'un nœud à l'autre les identifiants ne se
// suivent pas : l'ordre n'est pas celui des écritures.
func absentes(lues, attendues []float64) (manquent []float64) {
	vues := map[float64]bool{}
	for _, t := range lues {
		vues[t] = true
	}
	for _, t := range attendues {
		if !vues[t] {
			manquent = append(manquent, t)
		}
	}
	return manquent
}
