package banc

import "time"

// Attente est la façon d'attendre ce que fait le rendu : jamais un temps fixe. Ce qui est attendu est vu dès qu'il arrive, et un rendu qui
// ne fait plus rien n'est pas attendu plus longtemps.
type Attente struct {
	arret    <-chan struct{} // fermé quand il n'y a plus rien à attendre
	patience float64         // multiplie tous les délais
}

// arretee dit qu'il n'y a plus rien à attendre.
func (a *Attente) arretee() bool {
	select {
	case <-a.arret:
		return true
	default:
		return false
	}
}

// regardsMinimum est le nombre de regards au bout duquel on sait qu'il n'y a rien à voir : une machine chargée peut priver
// l'ouvrier de processeur pendant tout un délai.
const regardsMinimum = 10

// auPlus attend que vrai le soit, au plus un délai, en regardant souvent : rien n'annonce ce qui se passe chez un autre.
func (a *Attente) auPlus(delai time.Duration, vrai func() bool) bool {
	limite := time.Now().Add(a.delai(delai))
	pas := time.Millisecond
	for regards := 1; !vrai(); regards++ {
		if time.Now().After(limite) && regards >= regardsMinimum || a.arretee() {
			return false
		}
		patienter(a.arret, pas)
		pas = min(pas*3/2, 20*time.Millisecond)
	}
	return true
}

// patienter laisse passer une durée, ou moins si arret se ferme.
func patienter(arret <-chan struct{}, d time.Duration) {
	minuteur := time.NewTimer(d)
	defer minuteur.Stop()
	select {
	case <-arret:
	case <-minuteur.C:
	}
}

// delai est un délai multiplié par la patience demandée.
func (a *Attente) delai(d time.Duration) time.Duration { return time.Duration(float64(d) * a.patience) }

// calme dit si le rendu ne fait plus rien depuis un moment : tous ses fils dorment et n'ont presque rien calculé. Ce qu'il
// devait faire de ce qu'il a reçu, il l'a fait, ou attend autre chose. Une machine chargée ne trompe pas ce jugement : un fil
// qui attend un processeur ne dort pas.
func (a *Attente) calme(duree time.Duration) func() bool {
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
func (a *Attente) Calme(duree, delai time.Duration) bool {
	return a.attendreUtile(delai, a.calme(duree))
}

// Jusqua attend qu'une chose soit vraie ; elle renonce quand le rendu ne fait plus rien depuis repos, ou après un délai.
func (a *Attente) Jusqua(repos, delai time.Duration, vrai func() bool) bool {
	calme, trouve := a.calme(a.delai(repos)), false
	a.attendreUtile(delai, func() bool {
		trouve = vrai()
		return trouve || calme()
	})
	return trouve
}

// Attendre attend que vrai le soit, au plus un délai ; passé ce délai, elle attend encore, trois fois plus, tant que le
// rendu travaille ou attend un processeur : la lenteur de la machine n'est pas la sienne.
func (a *Attente) Attendre(delai time.Duration, vrai func() bool) bool {
	return a.auPlus(delai, vrai) || a.tantQuIlTravaille(3*delai, vrai)
}

// tantQuIlTravaille attend que vrai le soit, tant que le rendu travaille et au plus un délai.
func (a *Attente) tantQuIlTravaille(delai time.Duration, vrai func() bool) bool {
	calme := a.calme(200 * time.Millisecond)
	a.attendreUtile(delai, func() bool { return vrai() || calme() })
	return vrai()
}

// partUtile est la part d'un délai qui suffit quand la machine n'a rien d'autre à faire : le reste est pour une machine chargée.
const partUtile = 4

// attendreUtile attend que vrai le soit, au plus un délai, et moins quand personne n'attend de processeur : un rendu qui s'agite sans fin
// ne fait pas perdre tout le temps laissé à ceux qu'une machine chargée ralentit.
func (a *Attente) attendreUtile(delai time.Duration, vrai func() bool) bool {
	c, trouve := demarrer(), false
	a.auPlus(delai, func() bool {
		trouve = vrai()
		return trouve || c.utile() > a.delai(delai)/partUtile
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
