package rapport

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"capteurs/tests/bareme"
)

// pointsDe écrit ce qu'une ligne du barème a rapporté : « 0,5/2 pt », et pourquoi quand ce n'est pas un simple compte.
func pointsDe(l *bareme.Ligne) string {
	switch l.Etat {
	case bareme.Retire:
		return fmt.Sprintf("à relire, %v pt à part", l.Sur)
	case bareme.Bloquee:
		return fmt.Sprintf("?/%v pt", l.Sur)
	case bareme.Decide:
		return fmt.Sprintf("%v/%v pt, décidé", l.Obtenus, l.Sur)
	}
	return fmt.Sprintf("%v/%v pt", l.Obtenus, l.Sur)
}

// note écrit la note d'un rendu et ce qui l'explique : ses parties, ses plafonds, ce qu'un enseignant a décidé, ce qu'il doit
// relire, et ce qui rapporterait le plus.
func (f *fiche) note() {
	n := f.rendu.Note
	if n == nil {
		return
	}
	f.vide()
	titre := noteEnMots(n)
	f.titre(gras, strings.ToUpper(titre[:1])+titre[1:]+parentheses(n.Palier))
	for _, s := range sectionsAMontrer(n) {
		f.titreEtPoints(sobre, "  "+s.Titre, sectionEnMots(s))
	}
	for _, p := range n.Plafonds {
		f.paragraphe(2, "plafond  ", fmt.Sprintf("%v au plus, faute de %s : %s", p.NoteMax, strings.Join(p.Criteres, ", "), p.Motif))
	}
	for _, s := range n.Sections {
		for i := range s.Lignes {
			if l := &s.Lignes[i]; l.Decision != nil {
				f.paragraphe(2, "décidé   ", decisionEnMots(l))
			}
		}
	}
	for _, l := range n.ARelire {
		f.paragraphe(2, "à relire ", fmt.Sprintf("%s, %v pt", nomDe(l.Critere, l.Etape), l.Sur))
	}
	for i, g := range n.Gains {
		if i == 0 {
			f.paragraphe(2, "", "ce qui rapporterait le plus :")
		}
		f.paragraphe(4, "", gainEnMots(g))
	}
}

// sectionsAMontrer rend les parties d'une note, sans les bonus qu'elle n'a pas.
func sectionsAMontrer(n *bareme.Note) []bareme.Section {
	return slices.DeleteFunc(slices.Clone(n.Sections), func(s bareme.Section) bool { return s.Bonus && s.Obtenus == 0 })
}

// sectionEnMots dit ce qu'une partie du barème a rapporté.
func sectionEnMots(s bareme.Section) string {
	points := fmt.Sprintf("%v/%v", s.Obtenus, s.Comptes)
	if s.Bonus {
		points = fmt.Sprintf("+%v", s.Obtenus)
	}
	if s.Comptes != s.Sur {
		points += fmt.Sprintf(", %v à relire", s.Sur-s.Comptes)
	}
	if len(s.Lignes) > 0 && !slices.ContainsFunc(s.Lignes, func(l bareme.Ligne) bool { return l.Etat != bareme.Absent }) {
		points = "étape absente, " + points
	}
	return points
}

// decisionEnMots dit ce qu'un enseignant a décidé d'un critère.
func decisionEnMots(l *bareme.Ligne) string {
	return fmt.Sprintf("par %s : %s, %v/%v pt, « %s »", cmp.Or(l.Decision.Auteur, "l'enseignant"), nomDe(l.Critere, l.Etape), l.Obtenus, l.Sur, l.Decision.Motif)
}

// gainEnMots dit ce que rapporterait un critère.
func gainEnMots(g bareme.Gain) string {
	phrase := fmt.Sprintf("%s : %v pt", nomDe(g.Critere, g.Etape), g.Points)
	if g.Debloque > 0 {
		phrase += fmt.Sprintf(", avec %s qui en %s", pluriel(g.Debloque, "critère", "critères"), map[bool]string{true: "dépend", false: "dépendent"}[g.Debloque == 1])
	}
	return phrase
}
