// Package rapport montre ce que le correcteur a conclu.
package rapport

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"capteurs/tests/banc"
	"capteurs/tests/criteres"
	"capteurs/tests/decouverte"
)

// String résume un rendu en une ligne.
func (c Compte) String() string {
	phrase := fmt.Sprintf("DOIT %d/%d · DEVRAIT %d/%d", c.DoitReussis, c.Doit, c.DevraitReussis, c.Devrait)
	if c.ARelire > 0 {
		phrase += fmt.Sprintf(" · à relire : %d", c.ARelire)
	}
	if c.Erreurs > 0 {
		phrase += fmt.Sprintf(" · erreurs du correcteur : %d", c.Erreurs)
	}
	return phrase
}

// Fiche écrit sur w la fiche d'un rendu : son résumé, en tête et à la fin ; étape par étape, d'abord ce qui manque, avec ce qui
// a été envoyé, attendu, observé, une piste et la commande qui le refait ; puis sa note, s'il en a une. L'erreur est celle de w.
func Fiche(w io.Writer, r *Rendu, s Style) error {
	f := &fiche{ecran: nouvelEcran(s), rendu: r}
	ligne := fmt.Sprintf("%s %s : %s", Signe(etat(r)), r.Nom, resume(r))
	f.titre(gras, ligne)
	if r.Erreur != "" {
		_, err := io.WriteString(w, f.texte.String())
		return err
	}
	f.paragraphe(0, "", fmt.Sprintf("isolation %s%s · graine %s · %s", r.Isolation.Niveau, parentheses(r.Isolation.Raison), r.Graine, duree(r.DureeUS)))
	f.corrigePar(r.Correcteur)
	for _, alerte := range r.Alertes {
		f.paragraphe(2, "ALERTE : ", alerte)
	}
	for _, remarque := range r.Remarques {
		f.paragraphe(2, "remarque : ", remarque)
	}
	for i := range r.Etapes {
		f.etape(&r.Etapes[i])
	}
	f.note()
	f.vide()
	f.titre(gras, ligne)
	_, err := io.WriteString(w, f.texte.String())
	return err
}

func parentheses(texte string) string {
	if texte == "" {
		return ""
	}
	return " (" + texte + ")"
}

type fiche struct {
	*ecran
	rendu *Rendu
}

// etape écrit une étape : ce qui manque, ce qui est à relire, ce qui est ignoré, enfin ce qui est réussi.
func (f *fiche) etape(e *Etape) {
	f.vide()
	f.titre(gras, "Étape "+string(e.Nom))
	for _, p := range []struct {
		nom string
		*decouverte.Programme
	}{{"client", e.Client}, {"serveur", e.Serveur}} {
		if p.Programme != nil {
			// La phrase qui dit le choix commence d'ordinaire par le côté, que la ligne nomme déjà.
			f.paragraphe(2, "", fmt.Sprintf("%s : %s%s", p.nom, p.Fichier, parentheses(strings.TrimPrefix(p.Pourquoi, p.nom+" : "))))
		}
	}
	if f.style.Preuves {
		f.preuves(e.Reconnaissance)
	}
	for _, dans := range []func(banc.Verdict) bool{
		func(v banc.Verdict) bool { return v == banc.Defaillance },
		manque,
		aRelire,
	} {
		f.jugements(e.Nom, dans)
	}
	f.ignores(e.Nom)
	if f.style.Preuves {
		f.jugements(e.Nom, func(v banc.Verdict) bool { return v == banc.Reussi })
		return
	}
	f.reussis(e.Nom)
}

func (f *fiche) jugements(etape decouverte.Etape, dans func(banc.Verdict) bool) {
	for i := range f.rendu.Jugements {
		if j := &f.rendu.Jugements[i]; j.Etape == etape && dans(j.Verdict) {
			f.jugement(j)
		}
	}
}

// texteCourt borne ce que la fiche montre de ce qui a été attendu et observé, en caractères.
const texteCourt = 300

// jugement écrit un critère qui n'est pas réussi, toujours de la même forme. Réussi, il n'a que son titre.
func (f *fiche) jugement(j *Jugement) {
	conclusion := string(j.Verdict)
	if j.Verdict == banc.Partiel {
		conclusion = fmt.Sprintf("%s, %d sur %d", j.Verdict, j.Fait, j.Sur)
	}
	avant := commeAvant(f.rendu, j)
	if f.style.Preuves {
		avant = ""
	}
	if avant != "" {
		conclusion += ", comme à l'étape " + string(avant)
	}
	f.titreEtPoints(ton(j.Verdict), fmt.Sprintf("%s %s %-7s %s : %s", Signe(j.Verdict), j.Critere, exigences[j.Exigence], j.Titre, conclusion), f.points(j))
	if j.Remarque != "" {
		f.paragraphe(4, "", j.Remarque)
	}
	if j.Verdict != banc.Reussi {
		if avant == "" {
			f.champs(j)
		}
		f.commande(4, "rejouer  ", f.rendu.Rejouer(j))
	}
	if f.style.Preuves {
		f.preuves(j.Faits)
	}
}

func (f *fiche) champs(j *Jugement) {
	attendu, observe := comparer(j.Attendu, j.Observe, texteCourt)
	for _, champ := range []struct{ nom, texte string }{{"envoyé   ", montrerAutour(j.Envoye, 0, texteCourt)}, {"attendu  ", attendu}, {"observé  ", observe}} {
		if champ.texte != "" {
			f.paragraphe(4, champ.nom, champ.texte)
		}
	}
	for _, d := range j.Diagnostics {
		f.paragraphe(4, "piste    ", d.Piste)
	}
}

// points écrit ce qu'un jugement a rapporté, « 0,5/2 pt » ; « » quand il ne compte pas.
func (f *fiche) points(j *Jugement) string {
	if ligne := ligneDe(f.rendu, j); ligne != nil {
		return pointsDe(ligne)
	}
	return ""
}

// ignores écrit, sur peu de lignes, les critères qu'un autre a empêché de vérifier.
func (f *fiche) ignores(etape decouverte.Etape) {
	causes, parCause := ignores(f.rendu, etape)
	for _, cause := range causes {
		ids := parCause[cause]
		f.titre(ton(banc.Ignore), fmt.Sprintf("%s %s à cause de %s : %s", Signe(banc.Ignore), pluriel(len(ids), "critère ignoré", "critères ignorés"),
			cmp.Or(cause, "ce qui précède"), enumerer(ids)))
	}
}

// reussis écrit, sur peu de lignes, les critères réussis ; puis ce qu'il y a quand même à en savoir.
func (f *fiche) reussis(etape decouverte.Etape) {
	var ids []string
	for _, j := range f.rendu.Jugements {
		if j.Etape == etape && j.Verdict == banc.Reussi {
			ids = append(ids, j.Critere)
		}
	}
	if len(ids) == 0 {
		return
	}
	f.titre(ton(banc.Reussi), fmt.Sprintf("%s %s : %s", Signe(banc.Reussi), pluriel(len(ids), "critère réussi", "critères réussis"), enumerer(ids)))
	for _, j := range f.rendu.Jugements {
		if j.Etape == etape && j.Verdict == banc.Reussi && j.Remarque != "" {
			f.paragraphe(4, abreger(j.Critere, 12)+" : ", j.Remarque)
		}
	}
}

var exigences = map[criteres.Exigence]string{criteres.Doit: "doit", criteres.Devrait: "devrait", criteres.Informatif: "info"}
