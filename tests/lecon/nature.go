package main

import (
	"fmt"
	"slices"
	"strings"
)

// nature dit ce qu'est une déclaration dans son étape. Un nom de code y est entre accents graves.
func (e *etape) nature(d *declaration) string {
	switch {
	case d.sorte == entete:
		return "le paquet et ce qu'il importe"
	case d.constructeur():
		return "constructeur"
	case d.sorte == fonction:
		return "fonction"
	case d.sorte == methode:
		return "méthode de `" + d.recu + "`" + e.heritage(d)
	case d.sorte == contrat && len(d.methodes) == 1:
		return "interface d'une méthode"
	case d.sorte == contrat:
		return fmt.Sprintf("interface de %d méthodes", len(d.methodes))
	case d.sorte == structure:
		return "type " + e.famille(d)
	}
	return "déclaration"
}

// famille dit combien de méthodes un type définit, ce qu'il incorpore, et qui l'incorpore.
func (e *etape) famille(t *declaration) string {
	n := 0
	for _, nom := range fichiers {
		for _, d := range e.declarations[nom] {
			if d.recu == t.nom {
				n++
			}
		}
	}
	phrase := fmt.Sprintf("à %d méthodes", n)
	if n < 2 {
		phrase = [...]string{"sans méthode", "à une méthode"}[n]
	}
	if bases := e.bases(t.nom); len(bases) > 0 {
		phrase += ", incorpore " + enumerer(bases)
	}
	if heritiers := e.heritiers(t.nom); len(heritiers) > 0 {
		phrase += ", incorporé par " + enumerer(heritiers[:1])
	}
	return phrase
}

// heritage dit qui reçoit une méthode par promotion, qui la masque, et celle qu'elle masque.
func (e *etape) heritage(m *declaration) (phrase string) {
	if base := e.masquee(m); base != "" {
		phrase += ", masque celle de `" + base + "`"
	}
	var promue, masquee []string
	for _, heritier := range e.heritiers(m.recu) {
		switch e.porteur(heritier, m.nom) {
		case m.recu:
			promue = append(promue, heritier)
		case heritier:
			masquee = append(masquee, heritier)
		}
	}
	if len(promue) > 0 {
		phrase += ", promue à " + enumerer(promue)
	}
	if len(masquee) > 0 {
		phrase += ", masquée par " + enumerer(masquee)
	}
	return phrase
}

// masquee rend le type dont une méthode masque celle de même nom.
func (e *etape) masquee(m *declaration) string {
	for _, base := range e.lignee(m.recu)[1:] {
		if e.methode(base, m.nom) != nil {
			return base
		}
	}
	return ""
}

// porteur rend le type dont vient la méthode qu'un type a sous ce nom ; rien, s'il ne l'a pas.
func (e *etape) porteur(recu, nom string) string {
	for _, t := range e.lignee(recu) {
		if e.methode(t, nom) != nil {
			return t
		}
	}
	return ""
}

// lignee rend un type et tous ceux qu'il incorpore, directement ou non, du plus proche au plus lointain.
func (e *etape) lignee(nom string) []string {
	lignee := []string{nom}
	for i := 0; i < len(lignee); i++ {
		for _, base := range e.bases(lignee[i]) {
			if !slices.Contains(lignee, base) { // en Go deux types peuvent s'incorporer l'un l'autre
				lignee = append(lignee, base)
			}
		}
	}
	return lignee
}

// bases rend les types de l'étape qu'un type incorpore.
func (e *etape) bases(nom string) (bases []string) {
	if d := e.types[nom]; d != nil {
		for _, base := range d.incorpore {
			if e.types[base] != nil {
				bases = append(bases, base)
			}
		}
	}
	return bases
}

// heritiers rend les types qui incorporent un type, directement ou non, du plus proche au plus lointain.
func (e *etape) heritiers(nom string) (heritiers []string) {
	distance := func(t string) int { return slices.Index(e.lignee(t), nom) }
	for _, t := range e.structures() {
		if distance(t.nom) > 0 {
			heritiers = append(heritiers, t.nom)
		}
	}
	slices.SortStableFunc(heritiers, func(a, b string) int { return distance(a) - distance(b) })
	return heritiers
}

func (e *etape) structures() (types []*declaration) {
	for _, nom := range fichiers {
		for _, d := range e.declarations[nom] {
			if d.sorte == structure {
				types = append(types, d)
			}
		}
	}
	return types
}

// methode rend celle qu'un type définit lui-même.
func (e *etape) methode(recu, nom string) *declaration {
	for _, fichier := range fichiers {
		for _, d := range e.declarations[fichier] {
			if d.recu == recu && d.nom == nom && recu != "" {
				return d
			}
		}
	}
	return nil
}

// passage dit d'où vient une déclaration : ce qu'elle était à l'étape d'avant, et les lignes qu'elle en reprend.
func (e *etape) passage(avants []*declaration, d *declaration, rangs []rang) string {
	if d.sorte == entete {
		return ""
	}
	origine := reprises(avants, d, rangs)
	for _, a := range avants {
		switch {
		case a.nom == d.nom && a.texte == d.texte:
			return "inchangée"
		case a.nom != d.nom || a.estType() || a.constructeur():
		case a.recu == "" && d.recu != "" && a.etat == d.etat:
			return "était une fonction : `" + d.etat + "`, son premier paramètre, est devenu le receveur"
		case slices.Contains(e.heritiers(d.recu), a.recu):
			return "était une méthode de `" + a.recu + "`, la voici dans sa base ; " + origine
		case a.signature() == d.signature() && origine == "":
			return "même signature, nouveau corps"
		}
	}
	if origine == "" {
		return "tout est nouveau"
	}
	return origine
}

// reprises compte les lignes de code qu'une déclaration tient de celles de l'étape d'avant, telles quelles ou changées.
func reprises(avants []*declaration, d *declaration, rangs []rang) string {
	total, parOrigine := 0, map[*declaration]int{}
	for _, r := range rangs {
		u := r[d.etape-1]
		if u == nil || u.declaration != d || u.commentaire() || !avecUnMot(u.texte) {
			continue
		}
		total++
		if _, entierement := u.arrivee(); !entierement && r[d.etape-2] != nil {
			parOrigine[r[d.etape-2].declaration]++
		}
	}
	var phrases []string
	for _, a := range avants {
		switch n := parOrigine[a]; {
		case n == 0:
		case n == total:
			phrases = append(phrases, fmt.Sprintf("ses %d lignes viennent %s", n, de(a.nom)))
		case n == 1:
			phrases = append(phrases, fmt.Sprintf("une de ses %d lignes vient %s", total, de(a.nom)))
		default:
			phrases = append(phrases, fmt.Sprintf("%d de ses %d lignes viennent %s", n, total, de(a.nom)))
		}
	}
	return strings.Join(phrases, ", ")
}

// avecUnMot dit si une ligne dit quelque chose : une accolade seule se retrouve partout.
func avecUnMot(ligne string) bool { return strings.Trim(ligne, "\t {}()") != "" }

// de rend « de `Close` » ou « d'`Envoyer` ».
func de(nom string) string {
	if strings.ContainsAny(nom[:1], "AEIOUaeiou") {
		return "d'`" + nom + "`"
	}
	return "de `" + nom + "`"
}

// enumerer rend des noms de code, séparés par des virgules et un « et ».
func enumerer(noms []string) string {
	cites := make([]string, len(noms))
	for i, nom := range noms {
		cites[i] = "`" + nom + "`"
	}
	if n := len(cites); n > 1 {
		return strings.Join(cites[:n-1], ", ") + " et " + cites[n-1]
	}
	return strings.Join(cites, "")
}
