package conteneurs

import (
	"cmp"
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
)

// Nom rend celui de la base, ou du schéma, d'une URL rendue par Conteneur.URL.
func Nom(brute string) string {
	u, err := url.Parse(brute)
	if err != nil {
		return ""
	}
	return cmp.Or(u.Query().Get("search_path"), strings.TrimPrefix(u.Path, "/"))
}

// panne exécute une commande de Docker sur le conteneur.
func (c *Conteneur) panne(t testing.TB, nom string, commande func(context.Context, *testcontainers.DockerClient, string) error) {
	t.Helper()
	ctx, liberer := context.WithTimeout(context.Background(), patience)
	defer liberer()
	docker, err := testcontainers.NewDockerClientWithOpts(ctx)
	if err == nil {
		err = commande(ctx, docker, c.docker.GetContainerID())
		docker.Close()
	}
	if err != nil {
		t.Fatalf("%s de la base %s : %v", nom, c.moteur.Genre, err)
	}
}

// Geler arrête la base sans qu'elle le sache : elle ne répond plus, et ne ferme rien.
func (c *Conteneur) Geler(t testing.TB) {
	t.Helper()
	c.panne(t, "gel", func(ctx context.Context, d *testcontainers.DockerClient, id string) error {
		_, err := d.ContainerPause(ctx, id, client.ContainerPauseOptions{})
		return err
	})
}

// Degeler lui rend la main.
func (c *Conteneur) Degeler(t testing.TB) {
	t.Helper()
	c.panne(t, "dégel", func(ctx context.Context, d *testcontainers.DockerClient, id string) error {
		_, err := d.ContainerUnpause(ctx, id, client.ContainerUnpauseOptions{})
		return err
	})
}

// Tuer tue la base, comme kill -9.
func (c *Conteneur) Tuer(t testing.TB) {
	t.Helper()
	c.panne(t, "mort", func(ctx context.Context, d *testcontainers.DockerClient, id string) error {
		_, err := d.ContainerKill(ctx, id, client.ContainerKillOptions{Signal: "KILL"})
		return err
	})
}

// Arreter arrête proprement la base.
func (c *Conteneur) Arreter(t testing.TB) {
	t.Helper()
	ctx, liberer := context.WithTimeout(context.Background(), patience)
	defer liberer()
	delai := 10 * time.Second
	if err := c.docker.Stop(ctx, &delai); err != nil {
		t.Fatalf("arrêt de la base %s : %v", c.moteur.Genre, err)
	}
}

// Relancer relance une base arrêtée ou tuée, et attend qu'elle réponde. Son adresse a changé.
func (c *Conteneur) Relancer(t testing.TB) {
	t.Helper()
	ctx, liberer := context.WithTimeout(context.Background(), patience)
	defer liberer()
	err := c.docker.Start(ctx)
	if err == nil {
		err = c.attendre(ctx)
	}
	if err != nil {
		t.Fatalf("redémarrage de la base %s : %v", c.moteur.Genre, err)
	}
}
