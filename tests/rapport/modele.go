package rapport

import (
	"slices"
	"strconv"
	"time"

	"capteurs/shared/version"
	"capteurs/tests/banc"
	"capteurs/tests/bareme"
	"capteurs/tests/criteres"
	"capteurs/tests/decouverte"
)

// Version est celle du schéma des résultats (schema.json). Elle change quand un membre change de sens ou disparaît ; en
// ajouter un ne la change pas.
const Version = 1

// Rapport est tout ce que le correcteur a conclu, en JSON. Les autres formes (terminal, HTML, JUnit, Markdown, CSV) n'en
// sont que des vues : elles se refont de lui, sans rien relancer.
type Rapport struct {
	Version int            `json:"version"`
	Date    time.Time      `json:"date"`             // UTC
	Classe  string         `json:"classe,omitempty"` // nom du dossier d'une classe
	Anonyme bool           `json:"anonyme,omitempty"`
	Bareme  *bareme.Resume `json:"bareme,omitempty"` // absent : pas de note
	Rendus  []Rendu        `json:"rendus"`
}

// Rendu est ce qui a été conclu d'un rendu.
type Rendu struct {
	Nom        string       `json:"nom"`
	Empreinte  string       `json:"empreinte,omitempty"` // de son contenu, SHA-256 en hexadécimal
	Erreur     string       `json:"erreur,omitempty"`    // pourquoi il n'a pas pu être corrigé ; le reste est alors vide
	Isolation  Isolation    `json:"isolation"`
	Correcteur string       `json:"correcteur,omitempty"` // sa version ; absente des rapports d'avant qu'il la dise
	Graine     string       `json:"graine"`               // en décimal ; un nombre JSON n'a que 53 bits sûrs
	DureeUS    int64        `json:"duree_us"`
	Remarques  []string     `json:"remarques,omitempty"` // ce que le correcteur a supposé ou écarté
	Alertes    []string     `json:"alertes,omitempty"`   // ce que le rendu a fait de dangereux
	Etapes     []Etape      `json:"etapes"`
	Jugements  []Jugement   `json:"jugements"`
	Note       *bareme.Note `json:"note,omitempty"`
}

// Isolation dit comment un rendu a été isolé.
type Isolation struct {
	Niveau banc.Niveau `json:"niveau"`
	Raison string      `json:"raison,omitempty"` // pourquoi ce n'est pas N1
}

// Etape est une étape que le rendu contient.
type Etape struct {
	Nom            decouverte.Etape      `json:"nom"`
	Client         *decouverte.Programme `json:"client"`  // null quand il manque
	Serveur        *decouverte.Programme `json:"serveur"` // null quand il manque
	Reconnaissance []Fait                `json:"reconnaissance,omitempty"`
}

// Jugement est la conclusion d'un critère à une étape, avec ce qu'il faut pour la comprendre et la refaire.
type Jugement struct {
	Critere  string            `json:"critere"`
	Etape    decouverte.Etape  `json:"etape"`
	Cote     criteres.Cote     `json:"cote"`
	Exigence criteres.Exigence `json:"exigence"`
	Titre    string            `json:"titre"`
	Enonce   string            `json:"enonce,omitempty"`
	Pourquoi string            `json:"pourquoi"`
	Requiert []string          `json:"requiert,omitempty"`

	banc.Resultat

	Essais  int    `json:"essais"` // exécutions ; plus d'une quand il a fallu rejouer, aucune quand il est ignoré
	DureeUS int64  `json:"duree_us"`
	Faits   []Fait `json:"faits,omitempty"` // sa preuve
}

// Fait est une chose observée.
type Fait struct {
	TUS    int64  `json:"t_us"` // depuis le début de la vérification
	Qui    string `json:"qui"`  // « serveur », « client », « banc », « référence »
	Quoi   string `json:"quoi"` // « lance », « écoute », « connexion », « envoie », « reçoit », « ferme », « sortie », « erreurs », « fin », « fichier », « enregistré », « signal », « note »
	Conn   int    `json:"conn,omitempty"`
	Texte  string `json:"texte,omitempty"`
	Octets []byte `json:"octets,omitempty"` // en base 64 (RFC 4648)
	Taille int    `json:"taille,omitempty"` // leur vrai nombre, quand octets est coupé
}

// Rendre fait d'un bilan ce qui se montre. La note vient après, d'un barème : voir [Rapport.Noter].
func Rendre(b *criteres.Bilan) Rendu {
	r := Rendu{
		Nom: b.Rendu.Nom, Isolation: Isolation{b.Niveau, b.Pourquoi}, Correcteur: version.Lire().String(), Graine: strconv.FormatUint(b.Graine, 10), DureeUS: b.Duree.Microseconds(),
		Remarques: b.Rendu.Remarques, Alertes: b.Alertes, Etapes: []Etape{}, Jugements: []Jugement{},
	}
	for _, nom := range decouverte.Etapes {
		if paire := b.Rendu.Etapes[nom]; paire.Client != nil || paire.Serveur != nil {
			r.Etapes = append(r.Etapes, Etape{nom, paire.Client, paire.Serveur, faits(b.Reconnaissances[nom])})
		}
	}
	for _, j := range b.Jugements {
		c := j.Critere
		r.Jugements = append(r.Jugements, Jugement{
			Critere: c.ID, Etape: j.Etape, Cote: c.Cote, Exigence: c.Exigence, Titre: c.Titre, Enonce: c.Enonce, Pourquoi: c.Pourquoi, Requiert: c.Requiert,
			Resultat: j.Resultat, Essais: j.Essais, DureeUS: j.Duree.Microseconds(), Faits: faits(j.Evenements),
		})
	}
	return r
}

func faits(evenements []banc.Evenement) []Fait {
	suite := make([]Fait, 0, len(evenements))
	for _, e := range evenements {
		suite = append(suite, Fait{e.T.Microseconds(), e.Qui, e.Quoi, e.Conn, e.Texte, e.Octets, e.Taille})
	}
	return suite
}

// Compte compte les verdicts d'un rendu.
type Compte struct {
	Doit, DoitReussis       int
	Devrait, DevraitReussis int
	ARelire                 int  // non concluants et instables ; un quand rien n'a été vérifié
	Erreurs                 int  // du correcteur
	EnEchec                 bool // un critère obligatoire n'est pas réussi
}

// Compter compte les verdicts.
func (r *Rendu) Compter() (c Compte) {
	if r.Erreur != "" {
		c.Erreurs++
	} else if len(r.Jugements) == 0 {
		c.ARelire++ // rien n'a été vérifié : ce n'est pas avoir réussi
	}
	for _, j := range r.Jugements {
		reussi := 0
		switch j.Verdict {
		case banc.Reussi:
			reussi = 1
		case banc.NonConcluant, banc.Instable:
			c.ARelire++
		case banc.Defaillance:
			c.Erreurs++
		}
		switch j.Exigence {
		case criteres.Doit:
			c.Doit++
			c.DoitReussis += reussi
			c.EnEchec = c.EnEchec || slices.Contains([]banc.Verdict{banc.Echoue, banc.Partiel, banc.Ignore}, j.Verdict)
		case criteres.Devrait:
			c.Devrait++
			c.DevraitReussis += reussi
		}
	}
	return c
}
