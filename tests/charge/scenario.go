package main

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"capteurs/tests/charge/cadence"
	"capteurs/tests/charge/clients"
	"capteurs/tests/charge/pairs"
)

// scenario est une charge à laquelle soumettre les serveurs, sur un moteur.
type scenario struct {
	cle     string
	nom     string
	moteur  moteur
	charge  clients.Charge
	plafond plafond
	cibles  ciblesDuScenario
	pairs   []pairVise
}

// ciblesDuScenario sont celles de l'étape la plus lente ; 0 quand il n'y en a pas.
type ciblesDuScenario struct {
	part float64 // du débit du plafond, au moins
	p50  float64 // attente médiane sur celle du plafond, au plus
}

// pairVise est un pair, et combien de fois son débit on veut atteindre ; 0 s'il n'est là que pour comparer.
type pairVise struct {
	pairs.Pair
	cible float64
}

// plafond est ce que la machine permet à qui n'a ni réseau ni JSON à traiter : de quoi juger un scénario, mesuré juste
// avant lui.
type plafond struct {
	nom     string
	mesurer mesurePlafond
}

// mesurePlafond mesure un plafond ; elle peut écrire dans dossier.
type mesurePlafond func(ctx context.Context, dossier string, duree time.Duration) (cadence.Resultat, error)

// moteur est un endroit où les serveurs enregistrent, et ce qu'il permet sans eux.
type moteur struct {
	cle  string // le début de l'URL de la sauvegarde
	nom  string
	url  string  // l'URL entière, pour une base distante
	une  plafond // une mesure durable à la fois
	flot plafond // ce qu'il fait de plus rapide
}

// moteursConnus rend tous les moteurs ; les bases distantes sont à ces URL.
func moteursConnus(postgres, mariadb string) []moteur {
	return []moteur{
		{"sqlite", "SQLite", "",
			plafond{"pilote SQLite seul, une ligne durable à la fois", sqliteUneLigne},
			plafond{"pilote SQLite seul, 1000 lignes par transaction", sqliteMilleLignes}},
		{"texte", "Texte", "",
			plafond{"ajout d'une ligne à un fichier et fsync", ajouterAuFichier(1)},
			plafond{"ajout de 1000 lignes à un fichier et fsync", ajouterAuFichier(1000)}},
		{"postgres", "PostgreSQL", postgres,
			plafond{"COPY d'une ligne par transaction, une connexion", copierDansPostgres(postgres, 1)},
			plafond{"COPY de 10 000 lignes par transaction, une connexion", copierDansPostgres(postgres, lignesParCOPY)}},
		{"mariadb", "MariaDB", mariadb,
			plafond{"INSERT d'une ligne, une connexion", insererDansMariaDB(mariadb, 1)},
			plafond{"INSERT de 1000 lignes, une connexion", insererDansMariaDB(mariadb, lignesParINSERT)}},
	}
}

func (m moteur) distant() bool { return m.cle == "postgres" || m.cle == "mariadb" }

// sauvegarde rend l'URL où un serveur enregistre.
func (m moteur) sauvegarde(dossier string) string {
	return urlDans(dossier, cmp.Or(m.url, m.cle), "donnees")
}

// urlDans rend une URL de base telle quelle, et celle d'un fichier de ce nom pour un moteur.
func urlDans(dossier, moteurOuURL, nom string) string {
	if strings.Contains(moteurOuURL, "://") {
		return moteurOuURL
	}
	return moteurOuURL + ":" + filepath.Join(dossier, nom)
}

const nbFlots = 8

// charges nomme les charges, dans l'ordre du tableau.
var charges = []struct {
	cle string
	clients.Charge
}{
	{"1", clients.Charge{Genre: clients.Attente, Clients: 1}},
	{"64", clients.Charge{Genre: clients.Attente, Clients: 64}},
	{"1000", clients.Charge{Genre: clients.Attente, Clients: 1000}},
	{"flot", clients.Charge{Genre: clients.Flot, Clients: nbFlots}},
	{"jetable", clients.Charge{Genre: clients.Jetable, Clients: 16}},
}

// cibles dit ce qu'on attend de chaque scénario.
var cibles = map[string]ciblesDuScenario{
	"sqlite_1":    {p50: 1.2},
	"sqlite_64":   {part: 0.75},
	"sqlite_flot": {part: 0.90},
}

// scenariosChoisis croise les moteurs et les charges que les réglages choisissent.
func scenariosChoisis(r reglages) []scenario {
	var choisis []scenario
	for _, m := range moteursConnus(r.postgres, r.mariadb) {
		if !slices.Contains(r.moteurs, m.cle) {
			continue
		}
		for _, c := range charges {
			if !slices.Contains(r.scenarios, c.cle) {
				continue
			}
			s := scenario{cle: m.cle + "_" + c.cle, nom: m.nom + ", " + c.Charge.String(), moteur: m, charge: c.Charge, plafond: plafondDe(m, c.Charge)}
			s.cibles = cibles[s.cle]
			for _, p := range pairsDe(s.cle, c.Charge, r.nu) {
				if slices.Contains(r.pairs, p.Famille) {
					s.pairs = append(s.pairs, p)
				}
			}
			choisis = append(choisis, s)
		}
	}
	return choisis
}

func plafondDe(m moteur, c clients.Charge) plafond {
	switch {
	case c.Genre == clients.Flot:
		return m.flot
	case c.Genre == clients.Jetable:
		return plafond{"les mêmes connexions, accusées sans lire ni enregistrer",
			func(ctx context.Context, _ string, duree time.Duration) (cadence.Resultat, error) {
				return c.ReseauSeul(ctx, duree)
			}}
	case c.Clients == 1:
		return m.une
	}
	return plafond{fmt.Sprintf("%d goroutines qui appellent Sauvegarder", c.Clients), sauvegarderEnParallele(cmp.Or(m.url, m.cle), c.Clients)}
}

// pairsDe rend les pairs d'un scénario : ceux qui font le même travail, de la même façon.
func pairsDe(cle string, c clients.Charge, nu string) []pairVise {
	switch cle {
	case "sqlite_1", "sqlite_1000":
		return []pairVise{{pairs.Nu(c, nu, baseNeuve), 0}}
	case "sqlite_64":
		return []pairVise{{pairs.Nu(c, nu, baseNeuve), 8}, {pairs.Python(c, false), 50}, {pairs.Python(c, true), 10}, {pairs.InfluxDB(c, 1), 7}, {pairs.NATS(c), 0}}
	case "sqlite_flot":
		return []pairVise{{pairs.InfluxDB(c, 1000), 1.2}}
	case "sqlite_jetable":
		return []pairVise{{pairs.Python(c, false), 5}}
	case "texte_flot":
		return []pairVise{{pairs.RSyslog(c), 1}}
	}
	return nil
}

// attend dit si chaque mesure s'attend, et a donc une attente comparable à celle du plafond.
func (s scenario) attend() bool { return s.charge.Genre != clients.Flot }
