package rapport

import (
	"fmt"
	"io"
	"strings"

	"capteurs/tests/banc"
	"capteurs/tests/decouverte"
)

// Ce que GitHub accepte, en octets : un commentaire, et le résumé d'une tâche.
const (
	LimiteCommentaire = 65_536
	LimiteResume      = 1 << 20
)

// limiteMinimale laisse la place du titre, et de dire ce qui est omis.
const limiteMinimale = 1_000

// Markdown écrit un rapport en Markdown (CommonMark, et les tableaux de GitHub), pour le commentaire d'une demande de fusion ou
// le résumé d'une tâche : les notes, ce qui manque, le détail de chaque échec, ses preuves. Il tient en limite octets (0 :
// [LimiteCommentaire] ; pas moins de mille) : ce qui n'y tient pas est omis par sections entières, les preuves d'abord, et
// c'est dit. Rien de ce qu'un rendu a écrit n'y fait un lien, une image, une mention ni du HTML. L'erreur est celle de w.
func Markdown(w io.Writer, r *Rapport, limite int) error {
	if limite == 0 {
		limite = LimiteCommentaire
	}
	d := &documentMD{}
	if len(r.Rendus) != 1 {
		d.classe(r)
	}
	for i := range r.Rendus {
		d.rendu(&r.Rendus[i], len(r.Rendus) == 1)
	}
	_, err := io.WriteString(w, d.assembler(max(limite, limiteMinimale)))
	return err
}

// classe écrit le résumé d'une classe, et un rendu par ligne.
func (d *documentMD) classe(r *Rapport) {
	d.ajouter(rangTitre, "### Correction : %s\n", enMD(resumeDeClasse(r)))
	d.corrigePar(correcteurs(r))
	if len(r.Rendus) > 0 {
		d.ajouter(rangTitre, "\n| | Rendu | Note | DOIT | DEVRAIT | À relire |\n|---|---|---:|---:|---:|---:|\n")
	}
	for i := range r.Rendus {
		rendu := &r.Rendus[i]
		c, v := rendu.Compter(), etat(rendu)
		d.ajouter(rangLigne, "| %s %s | %s | %s | %d/%d | %d/%d | %d |\n", Signe(v), etatsCourts[v], enCellule(nomCourt(rendu)), noteCourte(rendu),
			c.DoitReussis, c.Doit, c.DevraitReussis, c.Devrait, c.ARelire)
	}
}

func (d *documentMD) corrigePar(correcteur string) {
	if correcteur != "" {
		d.ajouter(rangTitre, "\nCorrigé par %s\n", enMD(abregerLaFin(correcteur, 200)))
	}
}

// nomCourt borne un nom, qui se répète.
func nomCourt(r *Rendu) string { return abreger(r.Nom, 80) }

// rendu écrit un rendu : son résumé, sa note, le tableau de ce qui n'est pas réussi, puis un détail et ses preuves par échec.
func (d *documentMD) rendu(r *Rendu, seul bool) {
	rang, niveau := rangLigne, "####"
	if seul {
		rang, niveau = rangTitre, "###"
	}
	d.ajouter(rang, "\n%s %s %s\n\nRésumé : %s\n", niveau, Signe(etat(r)), enMD(nomCourt(r)), enMD(abregerLaFin(resume(r), 300)))
	if seul { // une classe le dit une fois
		d.corrigePar(r.Correcteur)
	}
	for _, alerte := range r.Alertes {
		d.ajouter(rangLigne, "\n**Alerte** : %s\n", enMD(abregerLaFin(alerte, 300)))
	}
	debut := "\n| | Critère | | Points |\n|---|---|---|---:|\n"
	for i := range r.Jugements {
		j := &r.Jugements[i]
		if v := j.Verdict; manque(v) || aRelire(v) || v == banc.Defaillance {
			points := ""
			if ligne := ligneDe(r, j); ligne != nil {
				points = pointsDe(ligne)
			}
			d.ajouter(rangLigne, "%s| %s %s | %s | %s | %s |\n", debut, Signe(v), v, enCellule(critereEnMots(r, j)), enCellule(abregerLaFin(j.Titre, 200)), points)
			debut = ""
		}
	}
	for _, etape := range etapesJugees(r) {
		causes, parCause := ignores(r, etape)
		for _, cause := range causes {
			ids := parCause[cause]
			d.ajouter(rangLigne, "\n%s %s à cause de %s : %s\n", Signe(banc.Ignore), pluriel(len(ids), "critère ignoré", "critères ignorés"), enMD(nomDe(cause, siPlusieurs(r, etape))), enMD(enumerer(ids)))
		}
	}
	d.note(r)
	for i := range r.Jugements {
		if j := &r.Jugements[i]; manque(j.Verdict) || j.Verdict == banc.Defaillance {
			d.detail(r, j)
		}
	}
}

// note écrit ce qui explique une note.
func (d *documentMD) note(r *Rendu) {
	if r.Note == nil {
		return
	}
	debut := "\n| Barème | Points |\n|---|---:|\n"
	for _, s := range sectionsAMontrer(r.Note) {
		d.ajouter(rangLigne, "%s| %s | %s |\n", debut, enCellule(abregerLaFin(s.Titre, 200)), enCellule(sectionEnMots(s)))
		debut = ""
	}
	for _, p := range r.Note.Plafonds {
		d.ajouter(rangLigne, "\nPlafond : %v au plus, faute de %s : %s\n", p.NoteMax, enMD(strings.Join(p.Criteres, ", ")), enMD(abregerLaFin(p.Motif, 300)))
	}
	for _, s := range r.Note.Sections {
		for i := range s.Lignes {
			if l := &s.Lignes[i]; l.Decision != nil {
				d.ajouter(rangLigne, "\nDécidé %s\n", enMD(abregerLaFin(decisionEnMots(l), 300)))
			}
		}
	}
	debut = "\nCe qui rapporterait le plus :\n\n"
	for _, g := range r.Note.Gains {
		// Un mot d'abord : en tête d'une ligne, « 1. » ou « - » ouvriraient une liste.
		d.ajouter(rangLigne, "%s- réussir %s\n", debut, enMD(gainEnMots(g)))
		debut = ""
	}
}

// siPlusieurs rend l'étape quand le rendu en a plusieurs : sinon, il n'y a pas à la dire.
func siPlusieurs(r *Rendu, e decouverte.Etape) decouverte.Etape {
	if len(r.Etapes) > 1 {
		return e
	}
	return ""
}

func critereEnMots(r *Rendu, j *Jugement) string { return nomDe(j.Critere, siPlusieurs(r, j.Etape)) }

// detail écrit un échec, replié. Dans un bloc de code, ni mention, ni lien, ni HTML ne se lisent.
func (d *documentMD) detail(r *Rendu, j *Jugement) {
	attendu, observe := comparer(j.Attendu, j.Observe, texteCourt)
	var lignes []string
	for _, champ := range []struct{ nom, texte string }{{"envoyé ", montrerAutour(j.Envoye, 0, texteCourt)}, {"attendu", attendu}, {"observé", observe}} {
		if champ.texte != "" {
			lignes = append(lignes, champ.nom+"  "+champ.texte)
		}
	}
	for _, p := range j.Diagnostics {
		lignes = append(lignes, "piste    "+montrerEnLigne(p.Piste))
	}
	lignes = append(lignes, "rejouer  "+montrerEnLigne(r.Rejouer(j)))
	titre := fmt.Sprintf("%s %s %s : %s", Signe(j.Verdict), critereEnMots(r, j), abregerLaFin(j.Titre, 200), j.Verdict)
	d.ajouter(rangDetail, "\n<details><summary>%s</summary>\n\n%s\n</details>\n", enResume(titre), blocMD(strings.Join(lignes, "\n")))
	if preuves := preuvesEnTexte(j.Faits, texteCourt); preuves != "" {
		d.ajouter(rangPreuves, "\n<details><summary>Preuves de %s</summary>\n\n%s\n</details>\n", enResume(critereEnMots(r, j)), blocMD(preuves))
	}
}
