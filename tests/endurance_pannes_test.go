package tests

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// disquePleinEnCharge ôte sa place au serveur pendant que tous lui parlent, puis la lui rend.
func disquePleinEnCharge(t *testing.T, e *epreuve) {
	e.lancerVraiClient(t, delai)
	for range e.taille(10, 1) {
		fichier := chemin(e.url)
		limiterFichiers(t, e.pid(), uint64(max(tailleDe(fichier), tailleDe(fichier+"-wal"))+50_007))
		e.attendreRefus(t, "sauvegarde impossible")
		attendreQue(t, "que le vrai client cherche son serveur", e.vrai.perdu)
		limiterFichiers(t, e.pid(), sansLimite)
		e.progresser(t)
		attendreQue(t, "que le vrai client retrouve son serveur", func() bool { return !e.vrai.perdu() })
	}
}

// fichierDeplace range le fichier du serveur ailleurs, comme on le ferait d'un vieux journal. Le serveur refuse tout, puis on
// le relance.
func fichierDeplace(t *testing.T, e *epreuve) {
	e.lancerVraiClient(t, delai)
	for range e.taille(5, 1) {
		fichier := chemin(e.url)
		archive := filepath.Join(t.TempDir(), "archive")
		for _, suffixe := range []string{"", "-wal", "-shm"} {
			if err := os.Rename(fichier+suffixe, archive+suffixe); err != nil && (suffixe == "" || !os.IsNotExist(err)) {
				t.Skipf("ce système ne laisse pas déplacer un fichier ouvert : %v", err)
			}
		}
		e.archives = append(e.archives, strings.TrimSuffix(e.url, fichier)+archive)
		e.attendreRefus(t, "supprimé, déplacé ou remplacé")
		attendreQue(t, "que le vrai client cherche son serveur", e.vrai.perdu)
		e.mesurerMemoire(t)
		e.demanderArret(t)
		e.code(t) // 0, ou 1 si la machine est trop lente : rien de confirmé ne manque, et c'est ce qu'on vérifie
		e.relancer(t)
		e.progresser(t)
		attendreQue(t, "que le vrai client retrouve son serveur", func() bool { return !e.vrai.perdu() })
	}
}

// descripteursEpuises ne laisse au serveur que quelques descripteurs, et les prend tous.
func descripteursEpuises(t *testing.T, e *epreuve) {
	const places, clients = 10, 30
	permis := descripteurs(t, e.pid()) + places
	limiterDescripteurs(t, e.pid(), uint64(permis))
	for range e.taille(10, 1) {
		debut := len(e.hostiles.flots)
		for range clients {
			e.adversaire(t, "occupe") // le système la prend, que le serveur l'accepte ou non
		}
		attendreQue(t, "que le serveur n'ait plus de descripteur", func() bool { return descripteurs(t, e.pid()) >= permis })
		e.progresser(t)
		for _, f := range e.hostiles.flots[debut:] {
			f.conn.Close()
		}
		e.accueillir(t)
	}
}

// serveurSuspendu arrête le serveur net, plus longtemps que son client ne l'attend.
func serveurSuspendu(t *testing.T, e *epreuve) {
	e.lancerVraiClient(t, time.Second)
	for range e.taille(10, 1) {
		suspendre(t, e.pid())
		attendreQue(t, "que le vrai client cherche son serveur", e.vrai.perdu)
		reprendre(t, e.pid())
		e.progresser(t)
		attendreQue(t, "que le vrai client retrouve son serveur", func() bool { return !e.vrai.perdu() })
	}
}

// mortsBrutales tue le serveur en pleine charge, à des moments tirés au sort, et le relance sur le même fichier.
func mortsBrutales(t *testing.T, e *epreuve) {
	e.lancerVraiClient(t, delai)
	for range e.taille(50, 3) {
		<-time.After(time.Duration(e.alea.Int64N(int64(20 * time.Millisecond)))) // sans quoi il mourrait toujours au même moment
		e.tuer(t)
		attendreQue(t, "que le vrai client cherche son serveur", e.vrai.perdu)
		e.relancer(t)
		e.progresser(t)
		attendreQue(t, "que le vrai client retrouve son serveur", func() bool { return !e.vrai.perdu() })
	}
}
