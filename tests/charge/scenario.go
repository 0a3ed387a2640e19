package main

import (
	"cmp"
	"context"
	"path/filepath"
	"strings"
	"time"
)

// scenario est une charge à laquelle soumettre les serveurs.
type scenario struct {
	cle      string
	nom      string
	moteur   string // le début de l'URL de la sauvegarde, pour un fichier
	url      string // l'URL entière, pour une base distante
	capteurs int    // connexions
	flot     bool   // elles écrivent sans attendre, au lieu d'attendre chaque accusé
	plafond  plafond
	cible    float64 // part du plafond à atteindre ; 0 s'il n'y en a pas
}

// plafond est ce que la machine permet à qui n'a ni réseau ni JSON à traiter : de quoi juger un scénario, mesuré juste
// avant lui. Sa fonction écrit dans dossier.
type plafond struct {
	nom     string
	mesurer mesurePlafond
}

// mesurePlafond mesure un plafond ; elle peut écrire dans dossier.
type mesurePlafond func(ctx context.Context, dossier string, duree time.Duration) (resultat, error)

// Les nombres de connexions des scénarios.
const (
	nbAttendent = 64
	nbFlots     = 8
)

// capteursDuReseau sont les nombres de capteurs dont on mesure aussi les échanges, sans rien d'autre.
var capteursDuReseau = []int{1, nbAttendent}

var scenarios = []scenario{
	{
		cle: "sqlite_1", nom: "SQLite, 1 capteur qui attend", moteur: "sqlite", capteurs: 1, cible: 0.70,
		plafond: plafond{"pilote SQLite seul, une ligne durable à la fois", sqliteUneLigne},
	},
	{
		cle: "sqlite_64", nom: "SQLite, 64 capteurs qui attendent", moteur: "sqlite", capteurs: nbAttendent, cible: 0.60,
		plafond: plafond{"64 goroutines qui appellent Sauvegarder", sauvegarderEnParallele("sqlite")},
	},
	{
		cle: "sqlite_flot", nom: "SQLite, 8 connexions en flot", moteur: "sqlite", capteurs: nbFlots, flot: true, cible: 0.80,
		plafond: plafond{"pilote SQLite seul, 1000 lignes par transaction", sqliteMilleLignes},
	},
	{
		cle: "texte_1", nom: "Texte, 1 capteur qui attend", moteur: "texte", capteurs: 1,
		plafond: plafond{"ajout d'une ligne à un fichier et fsync", ajouterAuFichier(1)},
	},
	{
		cle: "texte_64", nom: "Texte, 64 capteurs qui attendent", moteur: "texte", capteurs: nbAttendent,
		plafond: plafond{"64 goroutines qui appellent Sauvegarder", sauvegarderEnParallele("texte")},
	},
	{
		cle: "texte_flot", nom: "Texte, 8 connexions en flot", moteur: "texte", capteurs: nbFlots, flot: true,
		plafond: plafond{"ajout de 1000 lignes à un fichier et fsync", ajouterAuFichier(1000)},
	},
}

// scenariosDistants rend les scénarios d'une base distante. Elle n'a pas de cible d'attente : le réseau et le disque y sont
// les siens.
func scenariosDistants(cle, nom, url, nomPlafond string, plafondDuFlot func(string) mesurePlafond) []scenario {
	if url == "" {
		return nil
	}
	return []scenario{
		{
			cle: cle + "_64", nom: nom + ", 64 capteurs qui attendent", url: url, capteurs: nbAttendent,
			plafond: plafond{"64 goroutines qui appellent Sauvegarder", sauvegarderEnParallele(url)},
		},
		{
			cle: cle + "_flot", nom: nom + ", 8 connexions en flot", url: url, capteurs: nbFlots, flot: true, cible: 0.50,
			plafond: plafond{nomPlafond, plafondDuFlot(url)},
		},
	}
}

// sauvegarde rend l'URL où le serveur enregistre.
func (s scenario) sauvegarde(dossier string) string {
	return urlDans(dossier, cmp.Or(s.url, s.moteur), "donnees")
}

// urlDans rend une URL de base telle quelle, et celle d'un fichier de ce nom pour un moteur.
func urlDans(dossier, moteurOuURL, nom string) string {
	if strings.Contains(moteurOuURL, "://") {
		return moteurOuURL
	}
	return moteurOuURL + ":" + filepath.Join(dossier, nom)
}

// charger soumet au scénario le serveur qui écoute à adresse.
func (s scenario) charger(ctx context.Context, adresse string, duree time.Duration) (resultat, error) {
	if s.flot {
		return chargerEnFlot(ctx, adresse, s.capteurs, duree)
	}
	return chargerEnAttendant(ctx, adresse, s.capteurs, duree)
}
