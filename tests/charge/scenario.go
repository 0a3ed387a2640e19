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
	part     float64 // du débit du plafond, au moins
	composee float64 // de ce que permettent le plafond, puis le réseau seul, au moins
}

// pairVise est un pair, et ce qu'on veut en approcher ou en dépasser ; 0 s'il n'est là que pour comparer.
type pairVise struct {
	pairs.Pair
	fois float64 // son débit, au moins
	p50  float64 // son attente médiane, au plus
}

// plafond dit si le pair fait, avec le même moteur, moins de travail que les serveurs : il est alors un plafond lui aussi, et
// n'en dépasse pas un autre.
func (p pairVise) plafond() bool { return p.Famille == "nu" }

// plafond est ce que la machine permet à qui n'a ni réseau ni JSON à traiter : de quoi juger un scénario, mesuré juste
// avant lui.
type plafond struct {
	nom     string
	borne   bool // un serveur ferait tout ce qu'il fait, et plus : rien ne le dépasse
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
			plafond{"pilote SQLite seul, une ligne durable à la fois", true, sqliteUneLigne},
			plafond{"pilote SQLite seul, 1000 lignes par transaction", false, sqliteMilleLignes}},
		{"texte", "Texte", "",
			plafond{"ajout d'une ligne à un fichier et fsync", true, ajouterAuFichier(1)},
			plafond{"ajout de 1000 lignes à un fichier et fsync", false, ajouterAuFichier(1000)}},
		{"postgres", "PostgreSQL", postgres,
			plafond{"COPY d'une ligne par transaction, une connexion", false, copierDansPostgres(postgres, 1)},
			plafond{"COPY de 10 000 lignes par transaction, une connexion", false, copierDansPostgres(postgres, lignesParCOPY)}},
		{"mariadb", "MariaDB", mariadb,
			plafond{"INSERT d'une ligne, une connexion", false, insererDansMariaDB(mariadb, 1)},
			plafond{"INSERT de 1000 lignes, une connexion", false, insererDansMariaDB(mariadb, lignesParINSERT)}},
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
	"sqlite_64":   {composee: 0.80},
	"sqlite_1000": {composee: 1},
	"sqlite_flot": {part: 1},
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
		return plafond{"les mêmes connexions, accusées sans lire ni enregistrer", true,
			func(ctx context.Context, _ string, duree time.Duration) (cadence.Resultat, error) {
				return c.ReseauSeul(ctx, duree)
			}}
	case c.Clients == 1:
		return m.une
	}
	return plafond{fmt.Sprintf("%d goroutines qui appellent Sauvegarder", c.Clients), true, sauvegarderEnParallele(cmp.Or(m.url, m.cle), c.Clients)}
}

// pairsDe rend les pairs d'un scénario : ceux qui font le même travail, de la même façon.
func pairsDe(cle string, c clients.Charge, nu string) []pairVise {
	switch cle {
	case "sqlite_1":
		return []pairVise{{Pair: pairs.Nu(c, nu, baseNeuve), p50: 1.4}}
	case "sqlite_64":
		return []pairVise{{Pair: pairs.Nu(c, nu, baseNeuve), fois: 8}, {Pair: pairs.Python(c, false), fois: 50},
			{Pair: pairs.Python(c, true), fois: 10}, {Pair: pairs.InfluxDB(c, 1), fois: 7}, {Pair: pairs.NATS(c)}}
	case "sqlite_1000":
		return []pairVise{{Pair: pairs.Nu(c, nu, baseNeuve)}}
	case "sqlite_flot":
		return []pairVise{{Pair: pairs.InfluxDB(c, 1000), fois: 1.1}}
	case "sqlite_jetable":
		return []pairVise{{Pair: pairs.Python(c, false), fois: 5}}
	case "texte_flot":
		return []pairVise{{Pair: pairs.RSyslog(c), fois: 2}}
	}
	return nil
}

// attend dit si chaque mesure s'attend, et a donc une attente comparable à celle du plafond.
func (s scenario) attend() bool { return s.charge.Genre != clients.Flot }
