package main

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// segment est un morceau d'une différence : commun aux deux textes, parti (apres est vide) ou arrivé (avant est vide). Ce
// qui est commun peut différer par ses blancs, que la mise en forme déplace sans rien vouloir dire.
type segment struct{ avant, apres string }

func (s segment) commun() bool { return s.avant != "" && s.apres != "" }

// jeton est un mot, un blanc, un signe, ou le passage d'une ligne de commentaire à la suivante, qui est un blanc aussi.
type jeton struct {
	texte string
	cle   string // ce qui se compare : tous les blancs se valent
	poids int    // ce qu'il y a à gagner à le reconnaître : un mot bien plus qu'un signe
}

func (j jeton) blanc() bool { return j.poids == 1 }

var motifDeJeton = regexp.MustCompile(`(?s)\n\t*//[ ]?|[ \t]+|[\pL\pN_]+|.`)

func lireJetons(texte string) []jeton {
	textes := motifDeJeton.FindAllString(texte, -1)
	jetons := make([]jeton, len(textes))
	for i, t := range textes {
		switch n := utf8.RuneCountInString(t); {
		case estBlanc(t):
			jetons[i] = jeton{t, " ", 1}
		case n == 1:
			jetons[i] = jeton{t, t, 2}
		default:
			jetons[i] = jeton{t, t, 4 * n}
		}
	}
	return jetons
}

func estBlanc(texte string) bool {
	return strings.HasPrefix(texte, "\n") || strings.Trim(texte, " \t") == ""
}

// communs apparie les jetons de deux textes.
func communs(a, b []jeton) [][2]int {
	return aligner(len(a), len(b), func(i, j int) int {
		if a[i].cle != b[j].cle {
			return 0
		}
		return a[i].poids
	})
}

// aligner apparie des éléments de deux suites, sans croiser de paires, pour le plus grand poids total : c'est la plus longue
// sous-suite commune quand tous pèsent 1. Un poids nul interdit la paire.
func aligner(n, m int, poids func(i, j int) int) (paires [][2]int) {
	mieux := make([][]int, n+1) // mieux[i][j] : ce que valent les suites à partir de i et de j
	for i := range mieux {
		mieux[i] = make([]int, m+1)
	}
	gagne := func(i, j int) int {
		if p := poids(i, j); p > 0 {
			return p + mieux[i+1][j+1]
		}
		return 0
	}
	for i := n - 1; i >= 0; i-- {
		for j := m - 1; j >= 0; j-- {
			mieux[i][j] = max(mieux[i+1][j], mieux[i][j+1], gagne(i, j))
		}
	}
	for i, j := 0, 0; i < n && j < m && mieux[i][j] > 0; {
		switch mieux[i][j] {
		case gagne(i, j):
			paires = append(paires, [2]int{i, j})
			i, j = i+1, j+1
		case mieux[i+1][j]:
			i++
		default:
			j++
		}
	}
	return paires
}

// differer rend ce qui change d'un texte à l'autre. Les segments mis bout à bout redonnent chacun des deux.
func differer(avant, apres string) []segment {
	a, b := lireJetons(avant), lireJetons(apres)
	var segments []segment
	i, j := 0, 0
	for _, p := range append(communs(a, b), [2]int{len(a), len(b)}) {
		if parti := recoller(a[i:p[0]]); parti != "" {
			segments = append(segments, segment{avant: parti})
		}
		if arrive := recoller(b[j:p[1]]); arrive != "" {
			segments = append(segments, segment{apres: arrive})
		}
		if p[0] < len(a) {
			segments = append(segments, segment{a[p[0]].texte, b[p[1]].texte})
		}
		i, j = p[0]+1, p[1]+1
	}
	return lisser(segments)
}

func recoller(jetons []jeton) string {
	var b strings.Builder
	for _, j := range jetons {
		b.WriteString(j.texte)
	}
	return b.String()
}

// lisser réunit les segments voisins de même sorte. Un blanc ou un signe commun, seul entre deux changements, ne ferait que
// les hacher : il compte comme changé.
func lisser(segments []segment) (lisses []segment) {
	var parti, arrive string
	vider := func() {
		if parti != "" {
			lisses = append(lisses, segment{avant: parti})
		}
		if arrive != "" {
			lisses = append(lisses, segment{apres: arrive})
		}
		parti, arrive = "", ""
	}
	for i, s := range segments {
		ilot := i > 0 && i+1 < len(segments) && !segments[i-1].commun() && !segments[i+1].commun() && utf8.RuneCountInString(s.avant) == 1
		switch {
		case !s.commun() || ilot:
			parti, arrive = parti+s.avant, arrive+s.apres
		case parti+arrive == "" && len(lisses) > 0:
			dernier := &lisses[len(lisses)-1]
			dernier.avant, dernier.apres = dernier.avant+s.avant, dernier.apres+s.apres
		default:
			vider()
			lisses = append(lisses, s)
		}
	}
	vider()
	return lisses
}

// parente dit ce que deux lignes ont de commun ; rien, quand c'est trop peu pour que l'une soit la suite de l'autre.
func parente(a, b []jeton) (poids int) {
	assez := func(poids int) bool { return 25*poids >= 6*(peser(a)+peser(b)) } // 48 centièmes : presque la moitié
	if !assez(auPlus(a, b)) {
		return 0
	}
	for _, p := range communs(a, b) {
		if !a[p[0]].blanc() {
			poids += a[p[0]].poids
		}
	}
	switch {
	case slices.Equal(a, b):
		return poids + 1 // deux lignes pareilles, avant deux lignes qui ne diffèrent que par leur retrait
	case !assez(poids):
		return 0
	}
	return poids
}

// peser ne compte pas les blancs.
func peser(jetons []jeton) (poids int) {
	for _, j := range jetons {
		if !j.blanc() {
			poids += j.poids
		}
	}
	return poids
}

// auPlus majore ce que deux lignes ont de commun, sans regarder l'ordre : de quoi écarter vite celles qui n'ont rien à voir.
func auPlus(a, b []jeton) (poids int) {
	reste := map[string]int{}
	for _, j := range a {
		reste[j.cle]++
	}
	for _, j := range b {
		if reste[j.cle] > 0 && !j.blanc() {
			poids += j.poids
		}
		reste[j.cle]--
	}
	return poids
}
