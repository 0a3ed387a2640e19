package main

import "strings"

// unite est une ligne de code, ou un commentaire entier quand il a ses lignes à lui : c'est une phrase, et sa mise en lignes
// ne veut rien dire.
type unite struct {
	declaration *declaration
	texte       string // sans le saut de ligne final
	lignes      int
	premiere    bool // de sa déclaration

	// Ce qui la sépare de l'unité qui lui répond à l'étape d'avant, et à celle d'après : une seule pièce, partie ou arrivée,
	// quand rien ne lui répond ; rien du tout, s'il n'y a pas d'étape de ce côté.
	depuis, vers []segment
}

func (u *unite) commentaire() bool { return strings.HasPrefix(strings.TrimLeft(u.texte, "\t"), "//") }

// arrivee dit si elle n'était pas ainsi à l'étape d'avant, et partie si elle ne sera pas ainsi à celle d'après ; entierement,
// si rien ne lui répond.
func (u *unite) arrivee() (change, entierement bool) { return u.etat(u.depuis) }
func (u *unite) partie() (change, entierement bool)  { return u.etat(u.vers) }

// etat ne retient ni les lignes vides ni les retraits : eux seuls ne disent rien.
func (u *unite) etat(segments []segment) (change, entierement bool) {
	if estBlanc(u.texte) {
		return false, false
	}
	commun := false
	for _, s := range segments {
		commun = commun || s.commun()
		change = change || !s.commun() && !estBlanc(s.avant+s.apres)
	}
	return change, change && !commun
}

// unites coupe le texte d'une déclaration.
func unites(d *declaration) (us []*unite) {
	for ligne := range strings.SplitSeq(d.texte, "\n") {
		u := &unite{declaration: d, texte: ligne, lignes: 1, premiere: len(us) == 0}
		suite := len(us) > 0 && u.commentaire() && us[len(us)-1].commentaire() && !finDeParagraphe(ligne) && !finDeParagraphe(us[len(us)-1].texte)
		if suite {
			us[len(us)-1].texte += "\n" + ligne
			us[len(us)-1].lignes++
		} else {
			us = append(us, u)
		}
	}
	return us
}

func finDeParagraphe(ligne string) bool { return strings.TrimSpace(ligne) == "//" }

// rang est une rangée de la leçon : une unité par étape, ou rien.
type rang [3]*unite

// alignement met un groupe en rangées, où ce qui se répond est côte à côte.
func alignement(g *groupe) (rangs []rang) {
	var parEtape [3][]*unite
	for k, ds := range g.etapes {
		for _, d := range ds {
			parEtape[k] = append(parEtape[k], unites(d)...)
		}
	}
	for k, us := range parEtape {
		var paires [][2]int
		if k > 0 {
			paires = repondre(parEtape[k-1], us)
		}
		rangs = etendre(rangs, k, parEtape, paires)
	}
	return rangs
}

// repondre apparie les unités de deux étapes, et retient en chacune ce qui change.
func repondre(avant, apres []*unite) [][2]int {
	jetons := make([][]jeton, len(apres))
	for j, b := range apres {
		jetons[j] = lireJetons(b.texte)
	}
	poids := make([][]int, len(avant))
	for i, a := range avant {
		poids[i] = make([]int, len(apres))
		lus := lireJetons(a.texte)
		for j, b := range apres {
			if a.commentaire() == b.commentaire() {
				poids[i][j] = parente(lus, jetons[j])
			}
		}
	}
	paires := aligner(len(avant), len(apres), func(i, j int) int { return poids[i][j] })
	for _, a := range avant {
		a.vers = []segment{{avant: a.texte}}
	}
	for _, b := range apres {
		b.depuis = []segment{{apres: b.texte}}
	}
	for _, p := range paires {
		segments := differer(avant[p[0]].texte, apres[p[1]].texte)
		if len(segments) == 0 { // deux lignes vides
			segments = []segment{{"\n", "\n"}}
		}
		avant[p[0]].vers, apres[p[1]].depuis = segments, segments
	}
	return paires
}

// etendre ajoute à des rangées les unités de l'étape k : chacune à côté de celle à qui elle répond. Les autres prennent dans
// l'ordre les rangées qui restent entre deux paires, ou de nouvelles.
func etendre(rangs []rang, k int, parEtape [3][]*unite, paires [][2]int) (etendus []rang) {
	r, j := 0, 0
	combler := func(finRang, finUnite int) {
		for ; r < finRang || j < finUnite; r, j = r+1, j+1 {
			var nouveau rang
			if r < finRang {
				nouveau = rangs[r]
			}
			if j < finUnite {
				nouveau[k] = parEtape[k][j]
			}
			etendus = append(etendus, nouveau)
		}
		r, j = finRang, finUnite
	}
	for _, p := range paires {
		ancre := r
		for rangs[ancre][k-1] != parEtape[k-1][p[0]] {
			ancre++
		}
		combler(ancre, p[1])
		combler(ancre+1, p[1]+1)
	}
	combler(len(rangs), len(parEtape[k]))
	return etendus
}
