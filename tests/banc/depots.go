package banc

import (
	"fmt"
	"hash/fnv"
	"io/fs"
	"path/filepath"
	"slices"
	"time"

	"capteurs/tests/releve"
)

// Trouvaille est une valeur retrouvée, ou non, dans ce que le serveur a enregistré.
type Trouvaille struct {
	Valeur         Valeur
	Accord         releve.Accord
	Enregistrement releve.Enregistrement
	Exemplaires    int
}

// Constat est ce qu'on a retrouvé de ce qu'on a envoyé.
type Constat struct {
	Trouvailles []Trouvaille
	Depots      []releve.Depot
	Remarques   []string
	Transaction bool // une base avait une transaction ouverte, avant l'arrêt
	ApresArret  bool // il a fallu arrêter le serveur pour le voir
	Fin         Fin  // comment il a fini, quand on l'a arrêté
}

// Manquantes rend celles qui n'ont pas été retrouvées avec au moins l'accord que veut suffit.
func (r Constat) Manquantes(suffit func(releve.Accord) bool) (manquantes []Trouvaille) {
	for _, t := range r.Trouvailles {
		if !suffit(t.Accord) {
			manquantes = append(manquantes, t)
		}
	}
	return manquantes
}

// Complet dit que tout a été retrouvé.
func (r Constat) Complet() bool { return len(r.Manquantes(releve.Accord.Suffit)) == 0 }

// depots sont ce que le serveur enregistre.
type depots struct {
	racines []string     // les dossiers où il peut écrire
	avant   releve.Photo // avant son premier lancement
	lus     lecture
}

// ouvrirDepots retient ce que ces dossiers contiennent déjà.
func ouvrirDepots(racines ...string) (*depots, error) {
	avant, err := releve.Photographier(racines...)
	return &depots{racines: racines, avant: avant}, err
}

// finesse est le temps au bout duquel une écriture change à coup sûr la date d'un fichier.
const finesse = 50 * time.Millisecond

// lire lit tout ce que le serveur a enregistré ; si aucun fichier n'a changé depuis la dernière fois, elle rend ce
// qu'elle avait lu.
func (d *depots) lire() ([]releve.Depot, []string) {
	etat, derniere := etatDesFichiers(d.racines)
	if d.lus.etat != "" && etat == d.lus.etat && d.lus.quand.Sub(derniere) > finesse {
		return d.lus.depots, d.lus.remarques
	}
	quand := time.Now()
	lus, remarques, err := releve.LireDepots(d.racines, d.avant)
	if err != nil {
		remarques = append(remarques, err.Error())
	}
	d.lus = lecture{etat: etat, quand: quand, depots: lus, remarques: remarques}
	return lus, remarques
}

// lecture est ce qu'on a lu des dépôts, et l'état de leurs fichiers juste avant.
type lecture struct {
	etat      string
	quand     time.Time
	depots    []releve.Depot
	remarques []string

	cherchees []Valeur // les dernières
	constat   Constat  // ce qu'on en a trouvé
}

// etatDesFichiers résume les noms, les tailles et les dates des fichiers de ces dossiers, et rend la date la plus récente.
func etatDesFichiers(racines []string) (etat string, derniere time.Time) {
	h := fnv.New128a()
	for _, racine := range racines {
		_ = filepath.WalkDir(racine, func(chemin string, e fs.DirEntry, err error) error {
			if err != nil || !e.Type().IsRegular() {
				return nil
			}
			if infos, err := e.Info(); err == nil {
				fmt.Fprintln(h, chemin, infos.Size(), infos.ModTime().UnixNano())
				if infos.ModTime().After(derniere) {
					derniere = infos.ModTime()
				}
			}
			return nil
		})
	}
	return string(h.Sum(nil)), derniere
}

// relever lit ce qui est enregistré maintenant, et y cherche des valeurs.
func (d *depots) relever(vs []Valeur) Constat {
	lus, remarques := d.lire()
	if d.lus.cherchees != nil && slices.Equal(d.lus.cherchees, vs) {
		return d.lus.constat // rien n'a changé depuis : on regarde souvent
	}
	r := Constat{Depots: lus, Remarques: remarques}
	var tous []releve.Enregistrement
	for _, depot := range lus {
		r.Transaction = r.Transaction || depot.Journal
		tous = append(tous, depot.Enregistrements...)
	}
	for _, v := range vs {
		e, accord, n := releve.Chercher(tous, v.ID, v.Temperature)
		r.Trouvailles = append(r.Trouvailles, Trouvaille{v, accord, e, n})
	}
	d.lus.cherchees, d.lus.constat = slices.Clone(vs), r
	return r
}

// enregistresNotes borne ce que la preuve garde de ce qui a été enregistré : de quoi voir, pas de quoi tout relire.
const enregistresNotes = 6

// noter note ce que la dernière lecture des dépôts y a vu.
func (d *depots) noter(j *Journal) {
	notes, vus := 0, 0
	for _, depot := range d.lus.depots {
		for _, e := range depot.Enregistrements {
			if vus++; notes < enregistresNotes {
				notes++
				j.Noter("banc", "enregistré", "%s : %s", e.Ou, e.Texte)
			}
		}
	}
	if vus > notes {
		j.Noter("banc", "enregistré", "et %d de plus", vus-notes)
	}
}
