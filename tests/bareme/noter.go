package bareme

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"

	"capteurs/tests/banc"
	"capteurs/tests/criteres"
)

// notation est la note d'une copie, pendant qu'elle se fait.
type notation struct {
	bareme    *Bareme
	copie     Copie
	decisions Decisions
	juges     map[cle]Entree
	note      *Note
}

// Noter note une copie. Réussi rapporte tout ; partiel, sa proportion au centième inférieur, ou rien selon le barème ; échoué
// et ignoré, rien. Ce dont rien n'a permis de juger quitte le total comme les points obtenus, et se relit. Une décision passe
// avant tout. La note est Obtenus × Sur / Comptes, plus le bonus, arrondie au plus proche (à égale distance, vers le haut),
// bornée à Sur, puis plafonnée ; il n'y en a pas tant qu'une erreur du correcteur, ou un critère qui n'a pas été vérifié,
// laisse un doute.
func (b *Bareme) Noter(c Copie, d Decisions) *Note {
	n := notation{b, c, d, map[cle]Entree{}, &Note{Sur: b.noteSur, Sections: []Section{}}}
	if c.Erreur != "" {
		n.note.Bloquee = "ce rendu n'a pas pu être corrigé : " + c.Erreur
		return n.note
	}
	for _, e := range c.Entrees {
		n.juges[cle{e.Critere, e.Etape}] = e
	}
	for _, s := range b.sections {
		n.note.Sections = append(n.note.Sections, n.section(s))
	}
	n.totaliser()
	n.conclure()
	n.note.Gains = n.gains()
	return n.note
}

func (n *notation) section(s section) Section {
	faite := Section{Titre: s.titre, Bonus: s.bonus, Sur: s.points, Lignes: []Ligne{}}
	for _, p := range s.poids {
		l := n.ligne(s, p)
		if l.compte() {
			faite.Comptes += l.Sur
			faite.Obtenus += l.Obtenus
		}
		faite.Lignes = append(faite.Lignes, l)
	}
	return faite
}

// compte dit si une ligne est dans le total.
func (l Ligne) compte() bool { return l.Etat == Compte || l.Etat == Absent || l.Etat == Decide }

// ligne dit ce qu'un critère a rapporté.
func (n *notation) ligne(s section, p poids) Ligne {
	l := Ligne{Critere: p.critere.ID, Etape: s.etape, Sur: p.points, Etat: Compte}
	e, juge := n.juges[cle{l.Critere, l.Etape}]
	if l.Decision = n.decisions.pour(n.copie.Nom, l.Critere, l.Etape); l.Decision != nil {
		l.Etat, l.Obtenus = Decide, l.Decision.Points
		return l
	}
	switch {
	case !slices.Contains(n.copie.Etapes, l.Etape):
		l.Etat = Absent
	case !juge:
		l.Etat = NonVerifie
	case e.Verdict == banc.Defaillance:
		l.Etat = Bloquee
	case p.critere.Exigence == criteres.Informatif:
		l.Etat = Retire // il est toujours « réussi » : c'est à l'enseignant d'en juger
	case e.Verdict == banc.Reussi:
		l.Obtenus = l.Sur
	case e.Verdict == banc.Partiel && !s.toutOuRien:
		l.Obtenus = part(l.Sur, e.Fait, e.Sur)
	case e.Verdict == banc.Ignore && n.manque(cle{e.Cause, e.Etape}), e.Verdict == banc.Echoue, e.Verdict == banc.Partiel:
	default:
		l.Etat = Retire // non concluant, instable, ou ignoré à cause de ce qui l'est
	}
	return l
}

// manque dit qu'un critère n'est pas réussi, et que c'est sûr : ceux qu'il a fait ignorer sont alors perdus avec lui. Quand
// un enseignant lui a donné tous ses points, eux n'ont pas été vérifiés : ils sont à relire.
func (n *notation) manque(c cle) bool {
	if d := n.decisions.pour(n.copie.Nom, c.critere, c.etape); d != nil && d.Points == n.bareme.points(c) {
		return false
	}
	v := n.juges[c].Verdict
	return v == banc.Echoue || v == banc.Partiel
}

// points rend ce que vaut un critère à une étape ; 0 s'il n'y rapporte rien.
func (b *Bareme) points(c cle) Points {
	for _, s := range b.sections {
		for _, p := range s.poids {
			if s.etape == c.etape && p.critere.ID == c.critere {
				return p.points
			}
		}
	}
	return 0
}

// part rend fait/sur de p, au centième inférieur. Le produit se calcule sur 128 bits : un rapport relu peut contenir
// n'importe quels entiers.
func part(p Points, fait, sur int) Points {
	switch {
	case fait <= 0 || sur <= 0:
		return 0
	case fait >= sur:
		return p
	}
	haut, bas := bits.Mul64(uint64(p), uint64(fait))
	quotient, _ := bits.Div64(haut, bas, uint64(sur))
	return Points(quotient)
}

// totaliser fait la somme des sections, et relève ce qui est à relire.
func (n *notation) totaliser() {
	for _, s := range n.note.Sections {
		if s.Bonus {
			n.note.Bonus += s.Obtenus
		} else {
			n.note.Comptes += s.Comptes
			n.note.Obtenus += s.Obtenus
		}
		for _, l := range s.Lignes {
			if l.Etat == Retire || l.Etat == Bloquee {
				n.note.ARelire = append(n.note.ARelire, l)
			}
		}
	}
}

// conclure donne la note, ou dit pourquoi il n'y en a pas.
func (n *notation) conclure() {
	note := n.note
	if note.Bloquee = n.blocage(); note.Bloquee != "" {
		return
	}
	finale := min(n.bareme.arrondir(note.Obtenus, note.Comptes, note.Bonus), note.Sur)
	for _, p := range n.bareme.plafonds {
		if manquants := n.manquants(p); len(manquants) > 0 && p.noteMax < finale {
			note.Plafonds = append(note.Plafonds, Plafond{p.motif, p.noteMax, manquants})
		}
	}
	for _, p := range note.Plafonds {
		finale = min(finale, p.NoteMax)
	}
	for _, p := range n.bareme.paliers {
		if finale >= p.aPartirDe {
			note.Palier = p.nom
		}
	}
	note.Finale = &finale
}

// blocage dit pourquoi il n'y a pas de note ; « » s'il y en a une.
func (n *notation) blocage() string {
	var enPanne, nonVerifies []string
	for _, s := range n.note.Sections {
		for _, l := range s.Lignes {
			switch l.Etat {
			case Bloquee:
				enPanne = append(enPanne, l.cle().String())
			case NonVerifie:
				nonVerifies = append(nonVerifies, l.cle().String())
			}
		}
	}
	switch {
	case len(enPanne) > 0:
		return "erreur du correcteur : " + citer(enPanne) + " ; relancez-le, ou décidez-en les points"
	case len(nonVerifies) > 0:
		return "note partielle : tous les critères n'ont pas été vérifiés (" + citer(nonVerifies) + ")"
	case n.note.Comptes == 0:
		return "rien n'a permis de juger ce rendu : tout est à relire"
	}
	return ""
}

func (l Ligne) cle() cle { return cle{l.Critere, l.Etape} }

// citer nomme les trois premiers, et compte les autres.
func citer(noms []string) string {
	texte := noms[0]
	for _, nom := range noms[1:min(len(noms), 3)] {
		texte += ", " + nom
	}
	switch reste := len(noms) - 3; {
	case reste == 1:
		texte += " et un autre"
	case reste > 1:
		texte += fmt.Sprintf(" et %d autres", reste)
	}
	return texte
}

// arrondir rend obtenus/comptes de la note, plus le bonus, au multiple de l'arrondi le plus proche ; à égale distance, celui
// du dessus. Tout reste entier, et n'est divisé qu'une fois.
func (b *Bareme) arrondir(obtenus, comptes, bonus Points) Points {
	denominateur, pas := int64(comptes), int64(b.arrondi)
	numerateur := int64(obtenus)*int64(b.noteSur) + int64(bonus)*denominateur
	return Points((2*numerateur + pas*denominateur) / (2 * pas * denominateur) * pas)
}

// manquants rend les lignes qui déclenchent un plafond : celles de ses critères qui n'ont rien rapporté à aucune des étapes
// nommées. Une ligne à relire laisse le doute, et le doute profite au rendu.
func (n *notation) manquants(p plafond) (manquants []string) {
	for _, critere := range p.criteres {
		var perdues []string
		sauf := false
		for _, s := range n.note.Sections {
			for _, l := range s.Lignes {
				if l.Critere == critere && (p.etapes == nil || slices.Contains(p.etapes, l.Etape)) {
					perdues = append(perdues, l.cle().String())
					sauf = sauf || !l.compte() || l.Obtenus > 0
				}
			}
		}
		if !sauf {
			manquants = append(manquants, perdues...)
		}
	}
	return manquants
}

// gains rend les trois critères qui rapporteraient le plus s'ils réussissaient, avec ce qu'ils ont fait ignorer ; ni bonus, ni
// étape absente, ni ce qu'un enseignant a décidé.
func (n *notation) gains() (gains []Gain) {
	perdus := map[cle]Points{}
	for _, s := range n.note.Sections {
		for _, l := range s.Lignes {
			if l.Etat == Compte && !s.Bonus {
				perdus[l.cle()] = l.Sur - l.Obtenus
			}
		}
	}
	for _, e := range n.copie.Entrees {
		c := cle{e.Critere, e.Etape}
		if !n.manque(c) {
			continue
		}
		g := Gain{Critere: e.Critere, Etape: e.Etape, Points: perdus[c]}
		for _, autre := range n.copie.Entrees {
			if autre.Verdict == banc.Ignore && autre.Etape == e.Etape && autre.Cause == e.Critere {
				g.Points += perdus[cle{autre.Critere, autre.Etape}]
				g.Debloque++
			}
		}
		if g.Points > 0 {
			gains = append(gains, g)
		}
	}
	slices.SortStableFunc(gains, func(a, b Gain) int { return cmp.Compare(b.Points, a.Points) })
	return gains[:min(len(gains), 3)]
}
