package cadence

import (
	"math/bits"
	"time"
)

// Les paliers de l'histogramme : chaque doublement de l'attente en compte le même nombre, si bien que leur largeur est une
// fraction constante de ce qu'ils mesurent.
const (
	bitsParDoublement = 6
	parDoublement     = 1 << bitsParDoublement
	bitsMax           = 36 // les attentes de plus de 2^36 ns, soit 68 s, comptent pour autant
	nbPaliers         = (bitsMax - bitsParDoublement + 1) * parDoublement
	attenteMax        = 1<<bitsMax - 1
)

// ErreurRelative borne ce qu'un centile de l'histogramme s'écarte, en proportion, de celui des attentes elles-mêmes.
const ErreurRelative = 1.0 / (2 * parDoublement)

// Histogramme compte des attentes dans une mémoire fixe, de 8 Kio, si nombreuses soient-elles. Sa valeur zéro est vide.
type Histogramme struct {
	comptes [nbPaliers]uint32
	total   int
	max     time.Duration
}

// palier rend le rang de celui d'une attente : exacte sous parDoublement ns, puis de plus en plus large.
func palier(d time.Duration) int {
	ns := uint64(min(max(d, 0), attenteMax))
	doublements := max(0, bits.Len64(ns)-bitsParDoublement-1)
	return doublements*parDoublement + int(ns>>doublements)
}

// bornes rend la première attente d'un palier, et la première qui n'y est plus.
func bornes(palier int) (debut, fin time.Duration) {
	doublements := max(0, palier/parDoublement-1)
	dansLeDoublement := palier - doublements*parDoublement
	return time.Duration(dansLeDoublement) << doublements, time.Duration(dansLeDoublement+1) << doublements
}

// Noter compte une attente de plus.
func (h *Histogramme) Noter(d time.Duration) {
	h.comptes[palier(d)]++
	h.total++
	h.max = max(h.max, d)
}

// Ajouter compte aussi toutes les attentes de l'autre.
func (h *Histogramme) Ajouter(autre *Histogramme) {
	for i, n := range autre.comptes {
		h.comptes[i] += n
	}
	h.total += autre.total
	h.max = max(h.max, autre.max)
}

// Total rend le nombre d'attentes.
func (h *Histogramme) Total() int { return h.total }

// Max rend la plus longue attente, exacte.
func (h *Histogramme) Max() time.Duration { return h.max }

// Centile rend, à [ErreurRelative] près, la plus petite attente qu'au moins p % des attentes ne dépassent pas ; 0 s'il n'y
// en a aucune.
func (h *Histogramme) Centile(p int) time.Duration {
	rang := max(1, (h.total*p+99)/100)
	vues := 0
	for i, n := range h.comptes {
		if vues += int(n); n > 0 && vues >= rang {
			debut, fin := bornes(i)
			return min((debut+fin-1)/2, h.max)
		}
	}
	return 0
}

// Point dit quelle part des attentes ne dépasse pas une durée.
type Point struct {
	Micros float64 `json:"us"`
	Part   float64 `json:"part"`
}

// Les points d'une répartition sont assez serrés pour un dessin, assez rares pour un fichier.
const paliersParPoint = parDoublement / 8

// Repartition rend la part cumulée des attentes, des plus courtes aux plus longues.
func (h *Histogramme) Repartition() []Point {
	var points []Point
	vues, notees := 0, 0
	for i, n := range h.comptes {
		vues += int(n)
		if (i+1)%paliersParPoint == 0 && vues > notees {
			_, fin := bornes(i)
			points = append(points, Point{Microsecondes(min(fin, h.max)), float64(vues) / float64(h.total)})
			notees = vues
		}
	}
	return points
}

// Microsecondes rend une durée en µs.
func Microsecondes(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
