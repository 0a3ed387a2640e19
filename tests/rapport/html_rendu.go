package rapport

import (
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"capteurs/tests/banc"
	"capteurs/tests/criteres"
	"capteurs/tests/decouverte"
)

// pageRendu est la page d'un rendu.
type pageRendu struct {
	pageCommune
	Nom, Erreur, Index  string
	Note                *pageNote
	Comptes             []pageCompte
	ACorriger           []pageRenvoiCritere
	ACorrigerOmis       int
	Isolation           string
	Raison, Correcteur  string
	Remarques, Alertes  pageListe
	Etapes              []pageEtape
	Graine, Empreinte   string
	Duree               string
	Abregees, Absentes  int // critères sans leur preuve, et réduits à leur verdict
	Defaut              int // erreurs du correcteur
	PlusieursEtapes     bool
	Reussites, Verifies int
}

// pageCompte est la part des critères réussis d'une exigence.
type pageCompte struct {
	Exigence, Phrase string
	Reussis, Total   int
	Part             int // de 0 à 100
}

type pageRenvoiCritere struct {
	Ancre, ID, Titre, Signe, Verdict, Classe, Etape, Exigence, Points string
}

// pageEtape est une étape, et ses critères.
type pageEtape struct {
	Nom, Ancre     string
	Programmes     []pageProgramme
	Compte         string
	Reconnaissance pageFaits
	Criteres       []template.HTML
	Omis           int
}

const pageEtapesMax = 4

type pageProgramme struct{ Cote, Fichier, Langage, Commande, Pourquoi, Erreur string }

// PageRendu écrit la page du rendu de rang i d'un rapport. index est l'adresse de la page de la classe, déjà codée comme une
// adresse relative (RFC 3986) ; « » quand il n'y en a pas. La page ne dépasse pas 300 Ko, quelles que soient les preuves :
// elle dit ce qu'elle n'a pas pu montrer, que le JSON garde.
func PageRendu(w io.Writer, r *Rapport, i int, index string) error {
	rendu := &r.Rendus[i]
	f := pageFabriquer(rendu)
	p := f.page(r, index)
	p.completer(f)
	var nue strings.Builder // sans rien de ses critères que leur verdict
	budget := 0
	for _, sortie := range []io.Writer{&nue, w} {
		blocs, details, err := f.remplir(budget)
		if err == nil {
			p.repartir(rendu, blocs, details)
			err = pageModeles.ExecuteTemplate(sortie, "rendu", p)
		}
		if err != nil {
			return fmt.Errorf("page de %s : %w", rendu.Nom, err)
		}
		budget = pagePoids - nue.Len() - 100 // de quoi dire ce qui manque
	}
	return nil
}

// page met en forme tout ce qui n'est pas un critère.
func (f *pageFabrique) page(r *Rapport, index string) *pageRendu {
	rendu := f.rendu
	p := &pageRendu{
		pageCommune: pageCommune{pageStyle, pageTexte(rendu.Nom, 80), pageDate(r.Date), ""},
		Nom:         pageTexte(rendu.Nom, 120), Erreur: pageTexte(rendu.Erreur, 600), Index: index, Note: f.note(r.Bareme),
		Isolation: pageTexte(string(rendu.Isolation.Niveau), 10), Raison: pageTexte(rendu.Isolation.Raison, 300), Correcteur: pageTexte(rendu.Correcteur, 200),
		Remarques: pageLister(rendu.Remarques, 12, 200), Alertes: pageLister(rendu.Alertes, 12, 200),
		Graine: pageTexte(rendu.Graine, 24), Empreinte: pageTexte(rendu.Empreinte, 64), Duree: duree(rendu.DureeUS),
		PlusieursEtapes: len(rendu.Etapes) > 1,
	}
	if p.Note != nil {
		p.Corps = "avec-note"
	}
	p.Comptes = pageCompter(rendu)
	for k := range rendu.Jugements {
		j := &rendu.Jugements[k]
		if j.Verdict == banc.Defaillance {
			p.Defaut++
		}
		if !pageMontreOuvert(j.Verdict) {
			continue
		}
		if len(p.ACorriger) == pageRenvoisMax || f.ancres[j] == "" {
			p.ACorrigerOmis++
			continue
		}
		c := f.critere(j, pageBref)
		renvoi := pageRenvoiCritere{c.Ancre, c.ID, c.Titre, c.Signe, c.Verdict, c.Classe, "", c.Exigence, c.Points}
		if p.PlusieursEtapes {
			renvoi.Etape = pageTexte(string(j.Etape), 20)
		}
		p.ACorriger = append(p.ACorriger, renvoi)
	}
	slices.SortStableFunc(p.ACorriger, func(a, b pageRenvoiCritere) int { return pageUrgence(a) - pageUrgence(b) })
	for _, e := range rendu.Etapes[:min(len(rendu.Etapes), pageEtapesMax)] {
		p.Etapes = append(p.Etapes, pageEtape{Nom: pageTexte(string(e.Nom), 20), Ancre: f.ancrer("etape-" + string(e.Nom)),
			Programmes: pageProgrammes(e), Compte: pageCompteDe(rendu, e.Nom), Reconnaissance: pageMontrerFaits(e.Reconnaissance, pagePlafonds[pageMoyen], nil)})
	}
	return p
}

// pageUrgence classe ce qu'il y a à corriger : d'abord ce que l'énoncé demande, et ce qui a échoué.
func pageUrgence(c pageRenvoiCritere) int {
	rang := map[string]int{string(criteres.Doit): 0, string(criteres.Devrait): 10}
	n, ok := rang[c.Exigence]
	if !ok {
		n = 20
	}
	return n + map[string]int{"echoue": 0, "partiel": 1, "erreur": 2, "relire": 3}[c.Classe]
}

func pageCompter(rendu *Rendu) (comptes []pageCompte) {
	c := rendu.Compter()
	for _, compte := range []pageCompte{
		{Exigence: "DOIT", Phrase: "ce que l'énoncé demande", Reussis: c.DoitReussis, Total: c.Doit},
		{Exigence: "DEVRAIT", Phrase: "ce que fait un programme soigné", Reussis: c.DevraitReussis, Total: c.Devrait},
	} {
		if compte.Total > 0 {
			compte.Part = compte.Reussis * 100 / compte.Total
			comptes = append(comptes, compte)
		}
	}
	return comptes
}

func pageCompteDe(rendu *Rendu, etape decouverte.Etape) string {
	seule := &Rendu{}
	for _, j := range rendu.Jugements {
		if j.Etape == etape {
			seule.Jugements = append(seule.Jugements, j)
		}
	}
	return seule.Compter().String()
}

func pageProgrammes(e Etape) (programmes []pageProgramme) {
	for _, p := range []struct {
		cote string
		*decouverte.Programme
	}{{"client", e.Client}, {"serveur", e.Serveur}} {
		if p.Programme == nil {
			programmes = append(programmes, pageProgramme{Cote: p.cote})
			continue
		}
		programmes = append(programmes, pageProgramme{p.cote, pageTexte(p.Fichier, 160), pageTexte(p.Langage, 20),
			pageTexte(strings.Join(p.Commande, " "), 200), pageTexte(p.Pourquoi, 200), pageTexte(p.Erreur, 300)})
	}
	return programmes
}

// completer ajoute les étapes que des critères nomment sans que le rendu les ait.
func (p *pageRendu) completer(f *pageFabrique) {
	for _, j := range f.rendu.Jugements {
		if nom := pageTexte(string(j.Etape), 20); p.rang(nom) < 0 && len(p.Etapes) < pageEtapesMax {
			p.Etapes = append(p.Etapes, pageEtape{Nom: nom, Ancre: f.ancrer("etape-" + string(j.Etape))})
		}
	}
}

func (p *pageRendu) rang(etape string) int {
	return slices.IndexFunc(p.Etapes, func(e pageEtape) bool { return e.Nom == etape })
}

// repartir range les blocs des critères dans leurs étapes.
func (p *pageRendu) repartir(rendu *Rendu, blocs []template.HTML, details []pageDetail) {
	p.Abregees, p.Absentes = 0, 0
	for i := range p.Etapes {
		p.Etapes[i].Criteres, p.Etapes[i].Omis = nil, 0
	}
	for i := range rendu.Jugements {
		j := &rendu.Jugements[i]
		rang := p.rang(pageTexte(string(j.Etape), 20))
		if rang < 0 {
			rang = len(p.Etapes) - 1 // un rapport forgé nomme autant d'étapes qu'il veut
		}
		e := &p.Etapes[rang]
		switch {
		case i >= len(blocs):
			e.Omis++
			continue
		case details[i] == pageVerdict:
			p.Absentes++
		case details[i] == pageBref && len(j.Faits) > 0:
			p.Abregees++
		}
		e.Criteres = append(e.Criteres, blocs[i])
	}
}
