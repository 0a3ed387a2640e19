package conteneurs

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/network"
)

// Grappe lance, de cette image, n nœuds MariaDB qui répliquent les mêmes données (Galera), et attend que tous soient prêts.
func Grappe(t testing.TB, image string, n int) []*Conteneur {
	t.Helper()
	ctx, liberer := context.WithTimeout(context.Background(), patience)
	defer liberer()
	if err := verifierDocker(ctx, image); err != nil {
		sauter(t, err)
	}
	reseau, err := network.New(ctx)
	if err != nil {
		sauter(t, fmt.Errorf("réseau de conteneurs : %w", err))
	}
	t.Cleanup(func() {
		ctx, liberer := context.WithTimeout(context.Background(), patience)
		defer liberer()
		if err := reseau.Remove(ctx); err != nil {
			t.Errorf("réseau de conteneurs : %v", err)
		}
	})
	var noms []string
	for i := range n {
		noms = append(noms, fmt.Sprintf("noeud%d", i+1))
	}
	var noeuds []*Conteneur
	for i, nom := range noms {
		options := []string{"mariadbd", "--wsrep-on=ON", "--wsrep-provider=/usr/lib/galera/libgalera_smm.so",
			"--wsrep-cluster-name=kata", "--wsrep-sst-method=rsync", "--binlog-format=ROW", "--innodb-autoinc-lock-mode=2",
			"--wsrep-sync-wait=1", // lire sur un nœud, c'est lire tout ce que la grappe a déjà validé
			"--wsrep-node-name=" + nom, "--wsrep-cluster-address=gcomm://" + strings.Join(noms, ",")}
		if i == 0 {
			options = append(options[:len(options)-1], "--wsrep-cluster-address=gcomm://", "--wsrep-new-cluster")
		}
		noeud := MariaDB.neuf(t, image, testcontainers.WithCmd(options...), network.WithNetwork([]string{nom}, reseau))
		noeud.attendrePret(t)
		noeuds = append(noeuds, noeud)
	}
	return noeuds
}

// attendrePret attend qu'un nœud ait rejoint sa grappe : jusque-là, il refuse d'écrire.
func (c *Conteneur) attendrePret(t testing.TB) {
	t.Helper()
	ctx, liberer := context.WithTimeout(context.Background(), patience)
	defer liberer()
	if err := c.reessayer(ctx, "CREATE DATABASE IF NOT EXISTS essai"); err != nil {
		t.Fatalf("nœud absent de sa grappe après %v : %v", patience, err)
	}
}

// AttendreBase attend qu'une base créée sur un autre nœud soit sur celui-ci.
func (c *Conteneur) AttendreBase(t testing.TB, base string) {
	t.Helper()
	ctx, liberer := context.WithTimeout(context.Background(), patience)
	defer liberer()
	if err := c.reessayer(ctx, "USE "+base); err != nil {
		t.Fatalf("base %s absente du nœud après %v : %v", base, patience, err)
	}
}
