package banc

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"capteurs/tests/releve"
)

// limites est ce qu'un rendu peut occuper avant d'être arrêté.
type limites struct {
	processus int
	memoire   int64         // octets
	calcul    time.Duration // de processeur, tous fils confondus
	place     int64         // octets de fichiers, dans une cloison où ils sont en mémoire
}

var (
	// limitesDeVerification sont celles d'un client et d'un serveur qui s'échangent quelques mesures.
	limitesDeVerification = limites{processus: 100, memoire: 1 << 30, calcul: 5 * time.Second, place: 256 << 20}
	// limitesDeConstruction sont celles d'un compilateur, qui a le droit de beaucoup travailler, dans les mêmes formes.
	limitesDeConstruction = limites{processus: 200, memoire: 3 << 30, calcul: delaiConstruction, place: 512 << 20}
)

// limites rend celles de ce qui est demandé.
func (d Demande) limites() limites {
	if len(d.Chantiers) > 0 {
		return limitesDeConstruction
	}
	l := limitesDeVerification
	l.calcul = time.Duration(float64(l.calcul) * max(d.Patience, 0.1))
	return l
}

// veiller arrête un rendu qui se multiplie, qui grossit, qui écrit ou qui calcule sans fin.
func (b *Banc) veiller() {
	for !b.Attente.arretee() {
		patienter(b.Attente.arret, 30*time.Millisecond)
		nombre, octets, calcul := occupation()
		switch l := b.limites; {
		case nombre > l.processus:
			b.alertes.signaler("plus de %d processus : multiplication sans fin, tous tués", l.processus)
		case octets > l.memoire:
			b.alertes.signaler("plus de %d Mio de mémoire : croissance sans fin, tué", l.memoire>>20)
		case calcul > l.calcul:
			b.alertes.signaler("plus de %v de temps de calcul : tourne sans fin, tué", l.calcul)
		case b.plein():
			b.alertes.signaler("plus de %d Mio de fichiers : écriture sans fin, tué", l.place>>20)
		default:
			continue
		}
		b.tue.Store(true)
		tuerTout()
		patienter(b.Attente.arret, time.Second) // le même fait ne se signale pas sans cesse
	}
}

// ecritDehors reconnaît, dans ce qu'un programme dit en échouant, un fichier qu'il n'a pas pu écrire.
var ecritDehors = regexp.MustCompile(`(?:Read-only file system|Permission denied|EROFS|EACCES)[^\n]{0,20}['"](/[^'"\n]{1,200})['"]`)

// signalerEcrits dit ce que le rendu a écrit, ou voulu écrire, hors de son dossier.
func (b *Banc) signalerEcrits() {
	apres, err := releve.Photographier(b.depots.racines...)
	if err != nil {
		b.journal.Noter("banc", "note", "%v", err)
		return
	}
	for _, changement := range apres.Depuis(b.depots.avant) {
		b.journal.Noter("banc", "fichier", "%v", changement)
	}
	b.depots.noter(b.journal)
	permis := func(absolu string) bool {
		return slices.ContainsFunc(b.lieux.permis, func(d string) bool { return strings.HasPrefix(absolu, d+string(filepath.Separator)) })
	}
	var dehors []string
	for absolu, f := range apres.Fichiers {
		if _, avant := b.depots.avant.Fichiers[absolu]; !avant && !permis(absolu) && !strings.Contains(absolu, "/hsperfdata_") { // cela, c'est une machine virtuelle Java qui l'écrit
			dehors = append(dehors, f.Chemin)
		}
	}
	for _, p := range b.processus {
		for _, trouve := range ecritDehors.FindAllStringSubmatch(p.Texte(), 3) {
			dehors = append(dehors, trouve[1]+" (refusé)")
		}
	}
	if len(dehors) == 0 {
		return
	}
	slices.Sort(dehors)
	b.alertes.signaler("écriture hors de son dossier : %s", strings.Join(slices.Compact(dehors)[:min(3, len(slices.Compact(dehors)))], ", "))
}
