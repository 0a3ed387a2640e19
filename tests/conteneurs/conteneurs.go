// Package conteneurs lance des bases de données pour les tests, dans des conteneurs : une par moteur pour tout le
// processus de test, et une base neuve pour chaque test. Il en simule aussi les pannes.
//
// Ils attendent la suite entière, ou KATA_CONTENEURS=requis. Sans Docker, ou sans image, un test est sauté et dit pourquoi ; avec
// KATA_CONTENEURS=requis il échoue.
package conteneurs

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/log"

	"capteurs/tests/conteneurs/moteurs"
	"capteurs/tests/couche"
)

// Rien de ce qu'on attend d'un conteneur ne doit prendre ce temps-là.
const patience = 3 * time.Minute

// Moteur est une sorte de base de données, et celle que les tests d'un processus se partagent.
type Moteur struct {
	*moteurs.Moteur

	lancer sync.Once
	base   *Conteneur
	erreur error
}

func init() {
	log.SetDefault(log.NewNoopLogger()) // le journal de testcontainers, personne ne le lit
}

// Les deux moteurs de la suite.
var (
	Postgres = &Moteur{Moteur: moteurs.Postgres}
	MariaDB  = &Moteur{Moteur: moteurs.MariaDB}
)

// Conteneur est une base de données en train de tourner, ou en panne.
type Conteneur struct {
	moteur *Moteur
	docker testcontainers.Container
}

var rang atomic.Int64 // des bases déjà créées par ce processus

// Partage rend la base que tous les tests du processus se partagent, lancée au premier appel.
func (m *Moteur) Partage(t testing.TB) *Conteneur {
	t.Helper()
	Exiger(t)
	m.lancer.Do(func() { m.base, m.erreur = m.demarrer(context.Background(), m.Image()) })
	if m.erreur != nil {
		sauter(t, m.erreur)
	}
	return m.base
}

// Neuf rend une base que ce test ne partage pas : il peut l'arrêter, la tuer, la mettre en pause.
func (m *Moteur) Neuf(t testing.TB) *Conteneur {
	t.Helper()
	return m.neuf(t, m.Image())
}

func (m *Moteur) neuf(t testing.TB, image string, options ...testcontainers.ContainerCustomizer) *Conteneur {
	t.Helper()
	Exiger(t)
	c, err := m.demarrer(context.Background(), image, options...)
	if err != nil {
		sauter(t, err)
	}
	t.Cleanup(func() {
		if err := testcontainers.TerminateContainer(c.docker); err != nil {
			t.Errorf("arrêt du conteneur %s : %v", m.Genre, err)
		}
	})
	return c
}

// Fermer arrête les bases partagées. À appeler à la fin du processus de test.
func Fermer() error {
	var erreurs []error
	for _, m := range []*Moteur{Postgres, MariaDB} {
		m.lancer.Do(func() { m.erreur = errors.New("la suite est finie") })
		if m.base != nil {
			erreurs = append(erreurs, testcontainers.TerminateContainer(m.base.docker))
		}
	}
	return errors.Join(erreurs...)
}

// Exiger saute le test si les conteneurs n'ont pas été demandés : KATA_CONTENEURS=requis les demande, comme la suite entière.
func Exiger(t testing.TB) {
	t.Helper()
	if !requis() {
		couche.Entiere(t, "une base dans un conteneur")
	}
}

// sauter saute le test, ou le fait échouer si les conteneurs sont requis.
func sauter(t testing.TB, cause error) {
	t.Helper()
	if requis() {
		t.Fatalf("conteneurs requis : %v", cause)
	}
	t.Skipf("sans conteneur : %v", cause)
}

// requis dit si l'absence d'un conteneur est un échec.
func requis() bool { return os.Getenv("KATA_CONTENEURS") == "requis" }

// demarrer lance un conteneur de cette image, et attend que sa base réponde.
func (m *Moteur) demarrer(ctx context.Context, image string, options ...testcontainers.ContainerCustomizer) (*Conteneur, error) {
	ctx, liberer := context.WithTimeout(ctx, 2*patience)
	defer liberer()
	if err := verifierDocker(ctx, image); err != nil {
		return nil, err
	}
	docker, err := testcontainers.Run(ctx, image, append([]testcontainers.ContainerCustomizer{
		testcontainers.WithExposedPorts(m.Port), testcontainers.WithEnv(m.Environnement),
	}, options...)...)
	c := &Conteneur{m, docker}
	if err == nil {
		err = c.attendre(ctx)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("image %s : %w", image, err), testcontainers.TerminateContainer(docker))
	}
	return c, nil
}

// verifierDocker dit pourquoi Docker ne peut pas servir. Un démon qui accepte et se tait ne doit pas bloquer la suite, et
// des centaines de mégaoctets ne se téléchargent que si on le demande.
func verifierDocker(ctx context.Context, image string) error {
	ctx, liberer := context.WithTimeout(ctx, 30*time.Second)
	defer liberer()
	docker, err := testcontainers.NewDockerClientWithOpts(ctx)
	if err != nil {
		return fmt.Errorf("pas de Docker : %w", err)
	}
	defer docker.Close()
	if _, err := docker.Ping(ctx, client.PingOptions{}); err != nil {
		return fmt.Errorf("le démon Docker ne répond pas : %w", err)
	}
	if _, err := docker.ImageInspect(ctx, image); err != nil && !requis() {
		return fmt.Errorf("image %s absente, « docker pull %[1]s » l'apporte", image)
	}
	return nil
}

// Adresse rend l'hôte et le port de la base ; ils changent quand elle redémarre.
func (c *Conteneur) Adresse(t testing.TB) string {
	t.Helper()
	ctx, liberer := context.WithTimeout(context.Background(), patience)
	defer liberer()
	adresse, err := c.docker.PortEndpoint(ctx, c.moteur.Port, "")
	if err != nil {
		t.Fatalf("adresse de la base %s : %v", c.moteur.Genre, err)
	}
	return adresse
}

// connecter ouvre des connexions d'administration.
func (c *Conteneur) connecter(ctx context.Context) (*sql.DB, error) {
	adresse, err := c.docker.PortEndpoint(ctx, c.moteur.Port, "")
	if err != nil {
		return nil, err
	}
	return c.moteur.Connecter(adresse)
}

// administrer exécute une requête d'administration.
func (c *Conteneur) administrer(ctx context.Context, requete string) error {
	db, err := c.connecter(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, requete)
	return err
}

// Session rend une connexion d'administration dans la base, ou le schéma, d'une URL ; elle est fermée à la fin du test. Elle peut
// garder une transaction ou un verrou.
func (c *Conteneur) Session(t testing.TB, url string) *sql.Conn {
	t.Helper()
	db, err := c.connecter(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	session, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { session.Close() })
	if _, err := session.ExecContext(t.Context(), c.moteur.Entrer+Nom(url)); err != nil {
		t.Fatal(err)
	}
	return session
}

// Executer exécute une requête d'administration.
func (c *Conteneur) Executer(t testing.TB, requete string) {
	t.Helper()
	ctx, liberer := context.WithTimeout(context.Background(), patience)
	defer liberer()
	if err := c.administrer(ctx, requete); err != nil {
		t.Fatalf("%s : %v", requete, err)
	}
}

// attendre attend que la base réponde.
func (c *Conteneur) attendre(ctx context.Context) error {
	return c.reessayer(ctx, "SELECT 1")
}

// reessayer exécute une requête jusqu'à ce qu'elle réussisse, ou que ctx finisse.
func (c *Conteneur) reessayer(ctx context.Context, requete string) error {
	return moteurs.Reessayer(ctx, func() error { return c.administrer(ctx, requete) })
}

// URL crée une base neuve (pour PostgreSQL, un schéma), supprimée à la fin du test, et rend son URL par l'adresse donnée :
// celle du conteneur, ou celle d'un relais placé devant.
func (c *Conteneur) URL(t testing.TB, adresse string) string {
	t.Helper()
	return c.moteur.URL(adresse, c.Base(t))
}

// Base crée une base neuve (pour PostgreSQL, un schéma), supprimée à la fin du test, et rend son nom.
func (c *Conteneur) Base(t testing.TB) string {
	t.Helper()
	base := fmt.Sprintf("kata_%d_%d", os.Getpid(), rang.Add(1))
	c.Executer(t, fmt.Sprintf(c.moteur.Creer, base))
	t.Cleanup(func() {
		ctx, liberer := context.WithTimeout(context.Background(), patience)
		defer liberer()
		if c.docker.IsRunning() {
			_ = c.administrer(ctx, fmt.Sprintf(c.moteur.Supprimer, base)) // le conteneur ne survit pas au processus
		}
	})
	return base
}
