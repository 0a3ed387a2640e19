// Package moteurs dit comment PostgreSQL et MariaDB se lancent dans un conteneur, se joignent et s'administrent. La commande qui
// mesure s'en sert comme les tests : il n'importe donc pas testing.
package moteurs

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"net"
	"net/url"
	"os"
	"time"

	"github.com/go-sql-driver/mysql"   // l'administration de MariaDB
	_ "github.com/jackc/pgx/v5/stdlib" // celle de PostgreSQL
)

const motDePasse = "mot-de-passe-d'essai/@:?" // ce qu'une URL doit échapper, pour que cela s'éprouve

// Moteur est une sorte de base de données.
type Moteur struct {
	Genre         string            // celui de l'URL : « postgres » ou « mariadb »
	Port          string            // celui où il écoute dans son conteneur, comme « 5432/tcp »
	Environnement map[string]string // celui de son conteneur
	Creer         string            // la requête qui crée une base ; %s en est le nom
	Supprimer     string            // celle qui la supprime
	Entrer        string            // celle qui y entre ; son nom la suit

	variable, image string // la variable qui nomme l'image, et celle par défaut
	pilote, admin   string // pour database/sql ; admin attend l'hôte et le port
}

func init() {
	// Attendre une base, c'est essuyer des erreurs : elles sont rendues, il n'est pas utile de les montrer aussi.
	if err := mysql.SetLogger(&mysql.NopLogger{}); err != nil {
		panic(err)
	}
}

// Les deux moteurs.
var (
	Postgres = &Moteur{
		Genre: "postgres", variable: "KATA_IMAGE_POSTGRES", image: "postgres:17-alpine", Port: "5432/tcp",
		Environnement: map[string]string{"POSTGRES_USER": "kata", "POSTGRES_PASSWORD": motDePasse, "POSTGRES_DB": "kata"},
		pilote:        "pgx", admin: "user=kata dbname=kata sslmode=disable connect_timeout=2 password='mot-de-passe-d\\'essai/@:?' host=%s port=%s",
		Creer: "CREATE SCHEMA %s", Supprimer: "DROP SCHEMA %s CASCADE", // bien plus vite fait qu'une base entière
		Entrer: "SET search_path TO ",
	}
	MariaDB = &Moteur{
		Genre: "mariadb", variable: "KATA_IMAGE_MARIADB", image: "mariadb:11.4", Port: "3306/tcp",
		Environnement: map[string]string{"MARIADB_ROOT_PASSWORD": motDePasse},
		pilote:        "mysql", admin: "root:" + motDePasse + "@tcp(%s:%s)/?timeout=2s",
		Creer: "CREATE DATABASE %s", Supprimer: "DROP DATABASE %s", Entrer: "USE ",
	}
)

// Image rend celle du moteur, que l'environnement peut changer.
func (m *Moteur) Image() string { return cmp.Or(os.Getenv(m.variable), m.image) }

// URL rend celle d'une base du moteur (pour PostgreSQL, d'un schéma), à une adresse ou à plusieurs, séparées par des virgules.
func (m *Moteur) URL(adresse, base string) string {
	u := url.URL{Scheme: m.Genre, User: url.UserPassword("root", motDePasse), Host: adresse, Path: "/" + base}
	if m == Postgres {
		u.User, u.Path, u.RawQuery = url.UserPassword("kata", motDePasse), "/kata", "sslmode=disable&search_path="+base
	}
	return u.String()
}

// Connecter ouvre des connexions d'administration, à cette adresse.
func (m *Moteur) Connecter(adresse string) (*sql.DB, error) {
	hote, port, err := net.SplitHostPort(adresse)
	if err != nil {
		return nil, err
	}
	return sql.Open(m.pilote, fmt.Sprintf(m.admin, hote, port))
}

// Administrer exécute une requête d'administration, à cette adresse.
func (m *Moteur) Administrer(ctx context.Context, adresse, requete string) error {
	db, err := m.Connecter(adresse)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, requete)
	return err
}

// Reessayer recommence jusqu'à ce que la base réponde, ou que ctx finisse. Un port ouvert ne prouve rien : le relais de Docker
// accepte avant elle.
func Reessayer(ctx context.Context, essai func() error) error {
	tic := time.NewTicker(50 * time.Millisecond)
	defer tic.Stop()
	for {
		err := essai()
		if err == nil {
			return nil
		}
		select {
		case <-tic.C:
		case <-ctx.Done():
			return fmt.Errorf("la base ne répond pas : %w", err)
		}
	}
}
