package rapport

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"capteurs/tests/banc"
	"capteurs/tests/bareme"
	"capteurs/tests/criteres"
	"capteurs/tests/decouverte"
)

// Signe rend le signe d'un verdict, d'une colonne. Le mot l'accompagne toujours : le signe se repère, le mot se comprend.
func Signe(v banc.Verdict) string {
	switch v {
	case banc.Reussi:
		return "✔"
	case banc.Partiel:
		return "◐"
	case banc.Echoue:
		return "✘"
	case banc.NonConcluant:
		return "?"
	case banc.Ignore:
		return "–"
	case banc.Instable:
		return "~"
	}
	return "!"
}

// manque dit si un verdict est une faute du rendu, et non la suite d'une autre.
func manque(v banc.Verdict) bool { return v == banc.Echoue || v == banc.Partiel }

// aRelire dit si un verdict ne conclut pas : c'est à l'enseignant de voir.
func aRelire(v banc.Verdict) bool { return v == banc.NonConcluant || v == banc.Instable }

// virgule écrit un nombre à la française, avec au plus deux décimales : « 1,5 », « 12 », « −0,25 ».
func virgule(x float64) string {
	texte := strconv.FormatFloat(x, 'f', 2, 64)
	texte = strings.TrimRight(strings.TrimRight(texte, "0"), ".")
	if texte == "-0" {
		texte = "0"
	}
	return strings.NewReplacer(".", ",", "-", "−").Replace(texte)
}

// duree écrit une durée en microsecondes : « 350 ms », « 4,24 s », « 2 min 05 s ».
func duree(us int64) string {
	switch d := time.Duration(us) * time.Microsecond; {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return virgule(d.Seconds()) + " s"
	default:
		return fmt.Sprintf("%d min %02d s", int(d.Minutes()), int(d.Seconds())%60)
	}
}

// pluriel accorde un nom à son nombre : au singulier jusqu'à un, comme en français.
func pluriel(n int, singulier, plusieurs string) string {
	if n >= -1 && n <= 1 {
		return fmt.Sprintf("%d %s", n, singulier)
	}
	return fmt.Sprintf("%d %s", n, plusieurs)
}

// noteEnMots dit la note d'un rendu : « note 14,25/20 », « pas de note : … » quand elle est bloquée, « » sans barème.
func noteEnMots(n *bareme.Note) string {
	switch {
	case n == nil:
		return ""
	case n.Finale == nil:
		return "pas de note : " + cmp.Or(n.Bloquee, "elle est bloquée")
	}
	return fmt.Sprintf("note %v/%v", *n.Finale, n.Sur)
}

// resume dit un rendu en une ligne, sans son nom : son état, sa note s'il en a une, puis ses comptes.
func resume(r *Rendu) string {
	if r.Erreur != "" {
		return "pas corrigé, " + r.Erreur
	}
	parties := []string{etatsCourts[etat(r)], r.Compter().String()}
	if r.Note != nil {
		parties = slices.Insert(parties, 1, noteEnMots(r.Note))
	}
	return strings.Join(parties, " · ")
}

// etat dit un rendu par un verdict : le pire de ce qui compte. Un critère qui n'est pas obligatoire ne le fait pas échouer.
func etat(r *Rendu) banc.Verdict {
	switch c := r.Compter(); {
	case c.Erreurs > 0:
		return banc.Defaillance
	case c.EnEchec:
		return banc.Echoue
	case c.ARelire > 0:
		return banc.NonConcluant
	}
	return banc.Reussi
}

// etatsCourts dit en un mot ce que rend [etat].
var etatsCourts = map[banc.Verdict]string{banc.Reussi: "réussi", banc.Echoue: "échoué", banc.NonConcluant: "à relire", banc.Defaillance: "erreur"}

// ligneDe rend ce qu'un jugement a rapporté ; nil quand il ne compte pas dans la note.
func ligneDe(r *Rendu, j *Jugement) *bareme.Ligne {
	if r.Note == nil {
		return nil
	}
	for s := range r.Note.Sections {
		for l := range r.Note.Sections[s].Lignes {
			if ligne := &r.Note.Sections[s].Lignes[l]; ligne.Critere == j.Critere && ligne.Etape == j.Etape {
				return ligne
			}
		}
	}
	return nil
}

// nomDe nomme un critère, et son étape quand il y en a une.
func nomDe(critere string, etape decouverte.Etape) string {
	if etape == "" {
		return critere
	}
	return fmt.Sprintf("%s (%s)", critere, etape)
}

// colonne est un critère à une étape ; une étape vide les vaut toutes.
type colonne struct {
	Critere  string
	Etape    decouverte.Etape
	Titre    string
	Exigence criteres.Exigence
}

// colonnes rend les critères jugés dans un rapport, étape par étape, dans l'ordre du catalogue : celui du rendu qui en a le
// plus, puis des autres.
func colonnes(r *Rapport) []colonne {
	ordre := make([]*Rendu, len(r.Rendus))
	for i := range r.Rendus {
		ordre[i] = &r.Rendus[i]
	}
	slices.SortStableFunc(ordre, func(a, b *Rendu) int { return len(b.Jugements) - len(a.Jugements) })
	var suite []colonne
	type cle struct {
		critere string
		etape   decouverte.Etape
	}
	vues := map[cle]bool{}
	for _, rendu := range ordre {
		for _, j := range rendu.Jugements {
			if k := (cle{j.Critere, j.Etape}); !vues[k] {
				vues[k] = true
				suite = append(suite, colonne{j.Critere, j.Etape, j.Titre, j.Exigence})
			}
		}
	}
	slices.SortStableFunc(suite, func(a, b colonne) int {
		return slices.Index(decouverte.Etapes, a.Etape) - slices.Index(decouverte.Etapes, b.Etape)
	})
	return suite
}

// taux dit combien de rendus ont manqué un critère.
type taux struct {
	colonne
	Juges   int // rendus où il a été vérifié, ou ignoré faute d'un autre
	Manques int // échoués ou partiels
	Ignores int
}

// Part rend la part des rendus qui l'ont manqué, de 0 à 1.
func (t taux) Part() float64 {
	if t.Juges == 0 {
		return 0
	}
	return float64(t.Manques) / float64(t.Juges)
}

// tauxParColonne compte les manques de chaque critère à chaque étape, dans l'ordre de [colonnes].
func tauxParColonne(r *Rapport) []taux {
	return compterTaux(r, colonnes(r), func(c colonne, j *Jugement) bool { return c.Critere == j.Critere && c.Etape == j.Etape })
}

// tauxEchec compte les manques de chaque critère, toutes étapes ensemble : un rendu qui le manque à trois étapes le manque
// une fois. Dans l'ordre du catalogue.
func tauxEchec(r *Rapport) []taux {
	var sansEtape []colonne
	for _, c := range colonnes(r) {
		c.Etape = ""
		if !slices.ContainsFunc(sansEtape, func(vue colonne) bool { return vue.Critere == c.Critere }) {
			sansEtape = append(sansEtape, c)
		}
	}
	return compterTaux(r, sansEtape, func(c colonne, j *Jugement) bool { return c.Critere == j.Critere })
}

func compterTaux(r *Rapport, colonnes []colonne, concerne func(colonne, *Jugement) bool) []taux {
	suite := make([]taux, len(colonnes))
	for i, c := range colonnes {
		suite[i].colonne = c
		for _, rendu := range r.Rendus {
			var faute, ignore, reussi bool
			for k := range rendu.Jugements {
				if j := &rendu.Jugements[k]; concerne(c, j) {
					faute = faute || manque(j.Verdict)
					ignore = ignore || j.Verdict == banc.Ignore
					reussi = reussi || j.Verdict == banc.Reussi
				}
			}
			switch {
			case faute:
				suite[i].Manques++
			case ignore:
				suite[i].Ignores++
			}
			if faute || ignore || reussi {
				suite[i].Juges++
			}
		}
	}
	return suite
}

// lesPlusManques rend au plus n critères, du plus manqué au moins ; ceux que personne ne manque n'y sont pas.
func lesPlusManques(r *Rapport, n int) []taux {
	suite := slices.DeleteFunc(tauxEchec(r), func(t taux) bool { return t.Manques == 0 })
	slices.SortStableFunc(suite, func(a, b taux) int { return b.Manques - a.Manques })
	return suite[:min(n, len(suite))]
}

// faute est une faute reconnue, et le nombre de rendus où elle l'a été.
type faute struct {
	Code, Piste string
	Rendus      int
	Criteres    []string // où elle s'est vue, sans répétition
}

// fautesFrequentes rend les fautes reconnues, de la plus fréquente à la moins ; un rendu n'y compte qu'une fois.
func fautesFrequentes(r *Rapport) []faute {
	var suite []faute
	for _, rendu := range r.Rendus {
		vues := map[string]bool{}
		for _, j := range rendu.Jugements {
			for _, d := range j.Diagnostics {
				i := slices.IndexFunc(suite, func(f faute) bool { return f.Code == d.Code })
				if i < 0 {
					i = len(suite)
					suite = append(suite, faute{Code: d.Code, Piste: d.Piste})
				}
				if !vues[d.Code] {
					vues[d.Code] = true
					suite[i].Rendus++
				}
				if !slices.Contains(suite[i].Criteres, j.Critere) {
					suite[i].Criteres = append(suite[i].Criteres, j.Critere)
				}
			}
		}
	}
	slices.SortStableFunc(suite, func(a, b faute) int { return cmp.Or(b.Rendus-a.Rendus, strings.Compare(a.Code, b.Code)) })
	return suite
}

// statistique résume les notes d'une classe. Sans note, Notees est nul, et le reste aussi.
type statistique struct {
	Rendus, Notees   int
	ARelire, Erreurs int // rendus qui en ont
	Moyenne, Mediane float64
	Minimum, Maximum float64
	Sur              float64
	Notes            []float64 // en points, triées
}

// statistiques rend la moyenne et la médiane des notes, en points. Une note bloquée n'y est pas.
func statistiques(r *Rapport) (s statistique) {
	s.Rendus = len(r.Rendus)
	somme := 0
	for i := range r.Rendus {
		rendu := &r.Rendus[i]
		compte := rendu.Compter()
		if compte.ARelire > 0 {
			s.ARelire++
		}
		if compte.Erreurs > 0 {
			s.Erreurs++
		}
		if n := rendu.Note; n != nil && n.Finale != nil {
			somme += int(*n.Finale)
			s.Notes = append(s.Notes, float64(*n.Finale)/100)
			s.Sur = float64(n.Sur) / 100
		}
	}
	if s.Notees = len(s.Notes); s.Notees == 0 {
		return s
	}
	slices.Sort(s.Notes)
	s.Moyenne = float64(somme) / float64(s.Notees) / 100
	s.Mediane = (s.Notes[(s.Notees-1)/2] + s.Notes[s.Notees/2]) / 2
	s.Minimum, s.Maximum = s.Notes[0], s.Notes[s.Notees-1]
	return s
}

// correcteurs rend les correcteurs des rendus d'un rapport, chacun une fois : plus d'un quand il en réunit plusieurs.
func correcteurs(r *Rapport) string {
	var vus []string
	for i := range r.Rendus {
		if c := r.Rendus[i].Correcteur; c != "" && !slices.Contains(vus, c) {
			vus = append(vus, c)
		}
	}
	return strings.Join(vus, " ; ")
}
