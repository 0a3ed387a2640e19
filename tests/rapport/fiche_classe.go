package rapport

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// plusFrequents borne ce qu'une fiche de classe montre de critères manqués et de fautes.
const plusFrequents = 8

// FicheClasse écrit sur w la fiche d'une classe : son résumé, en tête et à la fin ; un rendu par ligne ; les critères les plus
// manqués ; les fautes les plus fréquentes. L'erreur est celle de w.
func FicheClasse(w io.Writer, r *Rapport, s Style) error {
	e := nouvelEcran(s)
	ligne := resumeDeClasse(r)
	e.titre(gras, ligne)
	if r.Bareme != nil {
		e.paragraphe(0, "", fmt.Sprintf("barème « %s », sur %v", r.Bareme.Nom, r.Bareme.NoteSur))
	}
	e.corrigePar(correcteurs(r))
	tableauDeClasse(e, r)
	if suite := lesPlusManques(r, plusFrequents); len(suite) > 0 {
		e.vide()
		e.titre(gras, "Critères les plus manqués")
		for _, t := range suite {
			ignores := ""
			if t.Ignores > 0 {
				ignores = fmt.Sprintf(" (et %s)", pluriel(t.Ignores, "ignoré", "ignorés"))
			}
			points := fmt.Sprintf("%s sur %d%s", pluriel(t.Manques, "rendu", "rendus"), t.Juges, ignores)
			e.titreEtPoints(sobre, abregerLaFin("  "+t.Critere+" "+t.Titre, e.style.Largeur-colonnesDe(points)-2), points)
		}
	}
	if fautes := fautesFrequentes(r); len(fautes) > 0 {
		e.vide()
		e.titre(gras, "Fautes les plus fréquentes")
		for _, f := range fautes[:min(plusFrequents, len(fautes))] {
			e.paragraphe(2, calerADroite(pluriel(f.Rendus, "rendu ", "rendus"), 10)+"  ", f.Piste)
		}
	}
	e.vide()
	e.titre(gras, ligne)
	_, err := io.WriteString(w, e.texte.String())
	return err
}

// resumeDeClasse dit une classe en une ligne.
func resumeDeClasse(r *Rapport) string {
	s := statistiques(r)
	parties := []string{pluriel(s.Rendus, "rendu", "rendus")}
	if r.Classe != "" {
		parties[0] = r.Classe + " : " + parties[0]
	}
	if s.Notees > 0 {
		parties = append(parties, fmt.Sprintf("moyenne %s/%s", virgule(s.Moyenne), virgule(s.Sur)), fmt.Sprintf("médiane %s", virgule(s.Mediane)))
	}
	if r.Bareme != nil && s.Notees < s.Rendus {
		parties = append(parties, fmt.Sprintf("%d sans note", s.Rendus-s.Notees))
	}
	if s.ARelire > 0 {
		parties = append(parties, fmt.Sprintf("%d à relire", s.ARelire))
	}
	if s.Erreurs > 0 {
		parties = append(parties, fmt.Sprintf("%d en erreur", s.Erreurs))
	}
	return strings.Join(parties, " · ")
}

// tableauDeClasse écrit un rendu par ligne, en colonnes alignées ; le nom prend la place qui reste.
func tableauDeClasse(e *ecran, r *Rapport) {
	rangees := [][]string{{"rendu", "", "note", "DOIT", "DEVRAIT", "à relire"}}
	if r.Bareme == nil {
		rangees[0][2] = ""
	}
	for i := range r.Rendus {
		rendu := &r.Rendus[i]
		c, v := rendu.Compter(), etat(rendu)
		rangee := []string{rendu.Nom, Signe(v) + " " + etatsCourts[v], noteCourte(rendu), "", "", ""}
		if rendu.Erreur == "" {
			rangee[3], rangee[4] = fmt.Sprintf("%d/%d", c.DoitReussis, c.Doit), fmt.Sprintf("%d/%d", c.DevraitReussis, c.Devrait)
		}
		if c.ARelire > 0 {
			rangee[5] = strconv.Itoa(c.ARelire)
		}
		rangees = append(rangees, rangee)
	}
	largeurs := make([]int, len(rangees[0]))
	for _, rangee := range rangees {
		for k, cellule := range rangee {
			largeurs[k] = max(largeurs[k], colonnesDe(montrerEnLigne(cellule)))
		}
	}
	autres := 0
	for _, l := range largeurs[1:] {
		if l > 0 {
			autres += l + 2
		}
	}
	largeurs[0] = min(largeurs[0], max(8, e.style.Largeur-autres))
	e.vide()
	for i, rangee := range rangees {
		ligne := caler(abreger(rangee[0], largeurs[0]), largeurs[0])
		for k, cellule := range rangee[1:] {
			switch {
			case largeurs[k+1] == 0:
			case k == 0:
				ligne += "  " + caler(cellule, largeurs[1])
			default:
				ligne += "  " + calerADroite(cellule, largeurs[k+1])
			}
		}
		if i == 0 {
			e.titre(gris, ligne)
			continue
		}
		rendu := &r.Rendus[i-1]
		e.titre(ton(etat(rendu)), ligne)
		if rendu.Erreur != "" {
			e.paragraphe(4, "", rendu.Erreur)
		}
	}
}

// noteCourte écrit une note dans une colonne ; « – » quand elle est bloquée.
func noteCourte(r *Rendu) string {
	switch {
	case r.Note == nil:
		return ""
	case r.Note.Finale == nil:
		return "–"
	}
	return fmt.Sprintf("%v/%v", *r.Note.Finale, r.Note.Sur)
}
