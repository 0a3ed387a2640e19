package rapport

import (
	"fmt"
	"html/template"
	"strings"

	"capteurs/tests/banc"
	"capteurs/tests/bareme"
	"capteurs/tests/decouverte"
	"capteurs/tests/releve"
)

// pageDetail dit combien d'un critère une page montre.
type pageDetail int

const (
	pageVerdict pageDetail = iota // le verdict, et rien d'autre
	pageBref                      // la conclusion, sans preuve
	pageMoyen                     // une preuve abrégée
	pageComplet                   // la preuve, ses octets, son diagramme
)

var pagePlafonds = map[pageDetail]pagePlafond{
	pageBref:    {constat: 90, pistes: 1},
	pageMoyen:   {constat: 500, pistes: 4, debut: 5, fin: 4, texte: 120},
	pageComplet: {constat: 1200, pistes: 8, debut: 24, fin: 16, texte: 320, hexa: 1024, parFait: 192, fleches: 24},
}

// pageCritere est un critère d'une page.
type pageCritere struct {
	ID, Titre, Ancre  string
	Exigence          string
	Signe, Verdict    string
	Classe            string // du verdict, en CSS
	Detail            string // « 2 sur 3 », « à cause de SRV-02 »
	Cause             string // ancre du critère qui a échoué, quand il est dans la page
	Points            string
	Manque            bool // il se montre ouvert
	Remarque          string
	Envoye            string
	Attendu, Observe  string
	Difference        *pageDifference
	Pistes            []banc.Diagnostic
	Enonce, Pourquoi  string
	Rejouer           string
	Essais            int
	Faits             pageFaits
	Resume            string // de la preuve
	Sauves            []string
	SauvesOmis        int
	Sequence          *pageSequence
	Decision, Abreger string
}

// pageClasses nomme chaque verdict dans la feuille de style.
var pageClasses = map[banc.Verdict]string{
	banc.Reussi: "reussi", banc.Partiel: "partiel", banc.Echoue: "echoue", banc.NonConcluant: "relire", banc.Ignore: "ignore",
	banc.Instable: "relire", banc.Defaillance: "erreur",
}

// pageMontreOuvert dit si un verdict appelle à lire : ce n'est ni une réussite ni la suite d'une autre faute.
func pageMontreOuvert(v banc.Verdict) bool { return v != banc.Reussi && v != banc.Ignore }

// critere met un jugement en forme, à un niveau de détail.
func (f *pageFabrique) critere(j *Jugement, detail pageDetail) *pageCritere {
	plafond := pagePlafonds[detail]
	c := &pageCritere{
		ID: pageTexte(j.Critere, 20), Titre: pageTexte(j.Titre, 160), Ancre: f.ancres[j], Exigence: pageTexte(string(j.Exigence), 20),
		Signe: Signe(j.Verdict), Verdict: pageTexte(string(j.Verdict), 30), Classe: pageClasses[j.Verdict],
		Points: f.points(j), Manque: pageMontreOuvert(j.Verdict), Essais: j.Essais,
		Remarque: pageTexte(j.Remarque, plafond.constat), Rejouer: pageTexte(f.rendu.Rejouer(j), 240),
	}
	if c.Classe == "" {
		c.Classe = "erreur"
	}
	switch j.Verdict {
	case banc.Partiel:
		c.Detail = fmt.Sprintf("%d sur %d", j.Fait, j.Sur)
	case banc.Ignore:
		c.Detail, c.Cause = "à cause de "+pageTexte(j.Cause, 20), f.ancreDe(j.Cause, j.Etape)
	}
	if l := ligneDe(f.rendu, j); l != nil && l.Decision != nil {
		c.Decision = pageDecision(l.Decision)
	}
	var difference *pageDifference
	if c.Manque {
		c.Envoye = pageTexte(j.Envoye, plafond.constat)
		c.Attendu, c.Observe = comparer(j.Attendu, j.Observe, plafond.constat)
		difference = pageDifferer(j)
		c.Difference = difference
		for i, d := range j.Diagnostics {
			if i == plafond.pistes {
				break
			}
			c.Pistes = append(c.Pistes, banc.Diagnostic{Code: pageTexte(d.Code, 40), Piste: pageTexte(d.Piste, min(400, 2*plafond.constat))})
		}
	}
	if detail <= pageBref {
		c.Abreger = pageAbrege(len(j.Faits))
		return c
	}
	c.Enonce, c.Pourquoi = pageTexte(j.Enonce, 400), pageTexte(j.Pourquoi, 400)
	if len(j.Faits) == 0 {
		return c
	}
	c.Faits = pageMontrerFaits(j.Faits, plafond, difference)
	c.Resume = pluriel(len(j.Faits), "fait", "faits") + " en " + pageTemps(j.Faits[len(j.Faits)-1].TUS)
	c.Sauves, c.SauvesOmis = pageSauves(j.Faits, plafond)
	c.Sequence = pageDessiner(pageDessin+c.Ancre, j.Faits, plafond.fleches)
	return c
}

func pageAbrege(faits int) string {
	if faits == 0 {
		return ""
	}
	return "Preuve dans le JSON : " + pluriel(faits, "fait", "faits") + "."
}

// pageSauves rend ce que le rendu a laissé derrière lui : des fichiers, des mesures enregistrées.
func pageSauves(faits []Fait, plafond pagePlafond) (sauves []string, omis int) {
	for _, f := range faits {
		if f.Quoi != "enregistré" && f.Quoi != "fichier" {
			continue
		}
		if len(sauves) == 8 {
			omis++
			continue
		}
		texte := pageTexte(f.Texte, plafond.texte)
		if len(f.Octets) > 0 {
			texte = strings.TrimPrefix(texte+" : "+releve.Montrer(f.Octets, plafond.texte), " : ")
		}
		sauves = append(sauves, texte)
	}
	return sauves, omis
}

// points dit ce qu'un critère a rapporté ; « » quand il ne compte pas, ou sans note.
func (f *pageFabrique) points(j *Jugement) string {
	l := ligneDe(f.rendu, j)
	if l == nil {
		return ""
	}
	switch l.Etat {
	case bareme.Retire:
		return fmt.Sprintf("%v pt à relire", l.Sur)
	case bareme.Bloquee:
		return fmt.Sprintf("%v pt en panne", l.Sur)
	case bareme.Decide:
		return fmt.Sprintf("décidé %v / %v pt", l.Obtenus, l.Sur)
	}
	return fmt.Sprintf("%v / %v pt", l.Obtenus, l.Sur)
}

func pageDecision(d *bareme.Decision) string {
	phrase := fmt.Sprintf("Décidé par l'enseignant : %v pt", d.Points)
	if d.Motif != "" {
		phrase += ", « " + pageTexte(d.Motif, 200) + " »"
	}
	if d.Auteur != "" {
		phrase += " (" + pageTexte(d.Auteur, 80) + ")"
	}
	return phrase
}

// pageFabrique met en forme les critères d'un rendu.
type pageFabrique struct {
	rendu    *Rendu
	ancres   map[*Jugement]string
	premiere map[[2]string]string // par critère et étape
	prises   map[string]bool      // les ancres de la page
}

func pageFabriquer(r *Rendu) *pageFabrique {
	f := &pageFabrique{r, map[*Jugement]string{}, map[[2]string]string{}, map[string]bool{}}
	for _, fixe := range []string{"contenu", "pas-corrige", "alertes", "a-corriger", "la-note", "conditions"} {
		f.prises[fixe] = true
	}
	for i := range r.Jugements[:min(len(r.Jugements), pageCriteresMax)] {
		j := &r.Jugements[i]
		ancre := j.Critere
		if len(r.Etapes) > 1 {
			ancre = string(j.Etape) + "-" + ancre
		}
		f.ancres[j] = f.ancrer(ancre)
		if cle := [2]string{j.Critere, string(j.Etape)}; f.premiere[cle] == "" {
			f.premiere[cle] = f.ancres[j]
		}
	}
	return f
}

// ancrer rend une ancre qui n'est pas prise, au plus près d'un nom.
func (f *pageFabrique) ancrer(nom string) string {
	ancre := pageIdentifiant(nom)
	if ancre == "" || strings.HasPrefix(ancre, pageDessin) {
		ancre = "n-" + ancre
	}
	libre := ancre
	for n := 2; f.prises[libre]; n++ {
		libre = fmt.Sprintf("%s-%d", ancre, n)
	}
	f.prises[libre] = true
	return libre
}

// pageCriteresMax borne les critères d'une page : le catalogue en a bien moins, un rapport forgé n'en a pas tant qu'il veut.
const pageCriteresMax = 200

// pageDessin commence les ancres des dessins, et d'eux seuls.
const pageDessin = "seq-"

// ancreDe rend l'ancre d'un critère ; « » quand la page ne l'a pas.
func (f *pageFabrique) ancreDe(critere string, etape decouverte.Etape) string {
	return f.premiere[[2]string{critere, string(etape)}]
}

// remplir choisit le détail de chaque critère pour que tous ensemble tiennent en budget octets de plus que leurs seuls
// verdicts, et rend leurs blocs dans l'ordre du rendu : les fautes d'abord, puis le reste, par tours, du plus bref au plus
// complet.
func (f *pageFabrique) remplir(budget int) (blocs []template.HTML, details []pageDetail, err error) {
	jugements := f.rendu.Jugements[:min(len(f.rendu.Jugements), pageCriteresMax)]
	blocs, details = make([]template.HTML, len(jugements)), make([]pageDetail, len(jugements))
	for i := range jugements {
		if blocs[i], err = f.bloc(&jugements[i], pageVerdict); err != nil {
			return nil, nil, err
		}
	}
	if budget <= 0 {
		return blocs, details, nil
	}
	for _, tour := range []struct {
		detail pageDetail
		fautes bool
	}{{pageBref, true}, {pageBref, false}, {pageMoyen, true}, {pageComplet, true}, {pageMoyen, false}} {
		for i := range jugements {
			j := &jugements[i]
			if pageMontreOuvert(j.Verdict) != tour.fautes || details[i] != tour.detail-1 {
				continue
			}
			bloc, err := f.bloc(j, tour.detail)
			if err != nil {
				return nil, nil, err
			}
			if cout := len(bloc) - len(blocs[i]); cout <= budget {
				budget -= cout
				blocs[i], details[i] = bloc, tour.detail
			}
		}
	}
	return blocs, details, nil
}

func (f *pageFabrique) bloc(j *Jugement, detail pageDetail) (template.HTML, error) {
	modele := "critere"
	if detail == pageVerdict {
		modele = "critere-verdict"
	}
	var texte strings.Builder
	err := pageModeles.ExecuteTemplate(&texte, modele, f.critere(j, detail))
	return template.HTML(texte.String()), err
}
