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
	for b.ctx.Err() == nil {
		patienter(b.ctx, 30*time.Millisecond)
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
		patienter(b.ctx, time.Second) // le même fait ne se signale pas sans cesse
	}
}

// ecritDehors reconnaît, dans ce qu'un programme dit en échouant, un fichier qu'il n'a pas pu écrire.
var ecritDehors = regexp.MustCompile(`(?:Read-only file system|Permission denied|EROFS|EACCES)[^\n]{0,20}['"](/[^'"\n]{1,200})['"]`)

// signalerEcrits dit ce que le rendu a écrit, ou voulu écrire, hors de son dossier.
func (b *Banc) signalerEcrits() {
	apres, err := releve.Photographier(b.racinesServeur()...)
	if err != nil {
		b.journal.Noter("banc", "note", "%v", err)
		return
	}
	for _, changement := range apres.Depuis(b.photo) {
		b.journal.Noter("banc", "fichier", "%v", changement)
	}
	b.noterEnregistres()
	permis := func(absolu string) bool {
		return slices.ContainsFunc(b.lieux.permis, func(d string) bool { return strings.HasPrefix(absolu, d+string(filepath.Separator)) })
	}
	var dehors []string
	for absolu, f := range apres.Fichiers {
		if _, avant := b.photo.Fichiers[absolu]; !avant && !permis(absolu) && !strings.Contains(absolu, "/hsperfdata_") { // cela, c'est une machine virtuelle Java qui l'écrit
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

// enregistresNotes borne ce que la preuve garde de ce qui a été enregistré : de quoi voir, pas de quoi tout relire.
const enregistresNotes = 6

// noterEnregistres note ce que la dernière lecture des dépôts y a vu.
func (b *Banc) noterEnregistres() {
	notes, vus := 0, 0
	for _, d := range b.lus.depots {
		for _, e := range d.Enregistrements {
			if vus++; notes < enregistresNotes {
				notes++
				b.journal.Noter("banc", "enregistré", "%s : %s", e.Ou, e.Texte)
			}
		}
	}
	if vus > notes {
		b.journal.Noter("banc", "enregistré", "et %d de plus", vus-notes)
	}
}

// calme dit si le rendu ne fait plus rien depuis un moment : tous ses fils dorment et n'ont presque rien calculé. Ce qu'il
// devait faire de ce qu'il a reçu, il l'a fait, ou attend autre chose. Une machine chargée ne trompe pas ce jugement : un fil
// qui attend un processeur ne dort pas.
func (b *Banc) calme(duree time.Duration) func() bool {
	permis := uint64(duree / 200) // un serveur peut se réveiller de temps en temps pour rien
	if duree < 200*time.Millisecond {
		permis = 0
	}
	var calcul uint64
	var depuis time.Time
	regards := 0
	return func() bool {
		maintenant, endormi := empreinte()
		if !endormi || maintenant-calcul > permis || depuis.IsZero() {
			calcul, depuis, regards = maintenant, time.Now(), 0
			return false
		}
		regards++ // entre deux, l'ouvrier aussi a pu faire ce qu'il devait
		return time.Since(depuis) >= duree && regards > 2
	}
}

// Calme attend que le rendu ne fasse plus rien pendant une durée, au plus un délai.
func (b *Banc) Calme(duree, delai time.Duration) bool {
	return b.attendreUtile(delai, b.calme(duree))
}

// Jusqua attend qu'une chose soit vraie ; elle renonce quand le rendu ne fait plus rien depuis repos, ou après un délai.
func (b *Banc) Jusqua(repos, delai time.Duration, vrai func() bool) bool {
	calme, trouve := b.calme(b.delai(repos)), false
	b.attendreUtile(delai, func() bool {
		trouve = vrai()
		return trouve || calme()
	})
	return trouve
}

// attendreTravail attend que vrai le soit, au plus un délai ; passé ce délai, elle attend encore, trois fois plus, tant que le
// rendu travaille ou attend un processeur : la lenteur de la machine n'est pas la sienne.
func (b *Banc) attendreTravail(delai time.Duration, vrai func() bool) bool {
	return b.attendre(delai, vrai) || b.tantQuIlTravaille(3*delai, vrai)
}

// tantQuIlTravaille attend que vrai le soit, tant que le rendu travaille et au plus un délai.
func (b *Banc) tantQuIlTravaille(delai time.Duration, vrai func() bool) bool {
	calme := b.calme(200 * time.Millisecond)
	b.attendreUtile(delai, func() bool { return vrai() || calme() })
	return vrai()
}

// partUtile est la part d'un délai qui suffit quand la machine n'a rien d'autre à faire : le reste est pour une machine chargée.
const partUtile = 4

// attendreUtile attend que vrai le soit, au plus un délai, et moins quand personne n'attend de processeur : un rendu qui s'agite sans fin
// ne fait pas perdre tout le temps laissé à ceux qu'une machine chargée ralentit.
func (b *Banc) attendreUtile(delai time.Duration, vrai func() bool) bool {
	c, trouve := demarrer(), false
	b.attendre(delai, func() bool {
		trouve = vrai()
		return trouve || c.utile() > b.delai(delai)/partUtile
	})
	return trouve
}

// chrono mesure le temps pendant lequel la machine n'a fait attendre personne.
type chrono struct {
	debut    time.Time
	pression time.Duration
	connue   bool
}

func demarrer() chrono {
	pression, connue := pressionProcesseur()
	return chrono{time.Now(), pression, connue}
}

// utile rend ce temps ; zéro quand le système ne le dit pas, et l'on attend alors tout ce qu'il faudrait à une machine chargée.
func (c chrono) utile() time.Duration {
	pression, connue := pressionProcesseur()
	if !connue || !c.connue {
		return 0
	}
	return max(0, time.Since(c.debut)-(pression-c.pression))
}
