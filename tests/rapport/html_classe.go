package rapport

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"capteurs/tests/decouverte"
)

// pageClasse est la page d'une classe.
type pageClasse struct {
	pageCommune
	Nom, Bareme         string
	Correcteur          string
	Anonyme             bool
	Rendus              int
	Lignes              []pageLigne
	NonCorriges         []pageLigne
	Statistiques        statistique
	Moyenne, Mediane    string
	Etendue             string
	Repartition         *pageHistogramme
	Matrices            []pageMatrice
	Manques             []pageTaux
	SansManque          int
	Fautes              []pageFaute
	FautesOmises        int
	AvecNote, Plusieurs bool
}

// pageLigne est un rendu, dans le tableau de la classe.
type pageLigne struct {
	Nom, Lien, Note, Erreur string
	Signe, Etat, Classe     string
	Doit, Devrait           string
	ARelire, Alertes        int
	EnPanne                 int
	Manques                 string // les critères
	ManquesOmis             int
}

// pageMatrice est une étape : ses rendus en lignes, ses critères en colonnes.
type pageMatrice struct {
	Etape, Ancre string
	Colonnes     []pageColonne
	Lignes       []pageRangee
}

type pageColonne struct{ ID, Titre string }

type pageRangee struct {
	Nom, Lien string
	Cellules  []pageCellule
}

type pageCellule struct{ Signe, Mot, Classe, Lien, Critere string }

// pageTaux est la part des rendus qui manquent un critère.
type pageTaux struct {
	Nom, Titre, Exigence    string
	Manques, Ignores, Juges int
	Pourcent                int
}

// pageFaute est une faute reconnue, et le nombre de rendus où elle l'a été.
type pageFaute struct {
	Code, Piste, Criteres string
	Rendus, Part          int
}

// Ce que la page d'une classe montre au plus de ce qui n'a pas de nombre convenu.
const (
	pageFautesMax  = 30
	pageManquesMax = 8
)

// PageClasse écrit la page d'une classe : les notes, ce qui est le plus manqué, et la matrice des rendus et des critères.
// lien rend l'adresse de la page d'un rendu, déjà codée comme une adresse relative (RFC 3986), ou « » quand il n'y en a pas ;
// nil : aucun n'en a.
func PageClasse(w io.Writer, r *Rapport, lien func(i int) string) error {
	if lien == nil {
		lien = func(int) string { return "" }
	}
	nom := r.Classe
	if nom == "" {
		nom = "Classe"
	}
	p := &pageClasse{
		pageCommune: pageCommune{pageStyle, pageTexte(nom, 80), pageDate(r.Date), ""},
		Nom:         pageTexte(nom, 120), Anonyme: r.Anonyme, Rendus: len(r.Rendus), Plusieurs: len(pageEtapesDe(r)) > 1,
		Statistiques: statistiques(r), Correcteur: pageTexte(correcteurs(r), 200),
	}
	if r.Bareme != nil {
		p.Bareme = pageTexte(r.Bareme.Nom, 80)
	}
	if s := p.Statistiques; s.Notees > 0 {
		p.AvecNote = true
		p.Moyenne, p.Mediane, p.Etendue = virgule(s.Moyenne), virgule(s.Mediane), "de "+virgule(s.Minimum)+" à "+virgule(s.Maximum)
		p.Repartition = pageRepartir(s)
	}
	for i := range r.Rendus {
		ligne := pageDecrire(&r.Rendus[i], lien(i))
		p.AvecNote = p.AvecNote || ligne.Note != ""
		if r.Rendus[i].Erreur != "" {
			p.NonCorriges = append(p.NonCorriges, ligne)
		} else {
			p.Lignes = append(p.Lignes, ligne)
		}
	}
	p.Matrices = pageMatricer(r, lien)
	p.compterManques(r)
	p.compterFautes(r)
	if err := pageModeles.ExecuteTemplate(w, "classe", p); err != nil {
		return fmt.Errorf("page de la classe : %w", err)
	}
	return nil
}

func pageEtapesDe(r *Rapport) (etapes []decouverte.Etape) {
	for _, c := range colonnes(r) {
		if !slices.Contains(etapes, c.Etape) {
			etapes = append(etapes, c.Etape)
		}
	}
	return etapes
}

func pageDecrire(rendu *Rendu, lien string) pageLigne {
	c := rendu.Compter()
	v := etat(rendu)
	l := pageLigne{
		Nom: pageTexte(rendu.Nom, 80), Lien: lien, Erreur: pageTexte(rendu.Erreur, 300), Signe: Signe(v), Etat: pageTexte(string(v), 30), Classe: pageClasses[v],
		Doit: fmt.Sprintf("%d/%d", c.DoitReussis, c.Doit), Devrait: fmt.Sprintf("%d/%d", c.DevraitReussis, c.Devrait),
		ARelire: c.ARelire, EnPanne: c.Erreurs, Alertes: len(rendu.Alertes),
	}
	if n := rendu.Note; n != nil {
		if l.Note = "pas de note"; n.Finale != nil {
			l.Note = n.Finale.String()
		}
	}
	var manques []string
	for _, j := range rendu.Jugements {
		if !manque(j.Verdict) || slices.Contains(manques, j.Critere) {
			continue
		}
		if len(manques) == pageManquesMax {
			l.ManquesOmis++
			continue
		}
		manques = append(manques, j.Critere)
	}
	l.Manques = pageTexte(strings.Join(manques, " "), 200)
	return l
}

func pageMatricer(r *Rapport, lien func(int) string) (matrices []pageMatrice) {
	toutes := colonnes(r)
	ancres := &pageFabrique{prises: map[string]bool{}}
	for _, etape := range pageEtapesDe(r) {
		m := pageMatrice{Etape: pageTexte(string(etape), 20), Ancre: ancres.ancrer("matrice-" + string(etape))}
		rangs := map[string]int{}
		for _, c := range toutes {
			if c.Etape == etape {
				rangs[c.Critere] = len(m.Colonnes)
				m.Colonnes = append(m.Colonnes, pageColonne{pageTexte(c.Critere, 20), pageTexte(c.Titre, 120)})
			}
		}
		for i := range r.Rendus {
			rendu := &r.Rendus[i]
			f := pageFabriquer(rendu)
			rangee := pageRangee{Nom: pageTexte(rendu.Nom, 80), Lien: lien(i), Cellules: make([]pageCellule, len(m.Colonnes))}
			vide := true
			for k := range rendu.Jugements {
				j := &rendu.Jugements[k]
				if j.Etape != etape {
					continue
				}
				vide = false
				cellule := pageCellule{Signe: Signe(j.Verdict), Mot: pageTexte(string(j.Verdict), 30), Classe: pageClasses[j.Verdict], Critere: m.Colonnes[rangs[j.Critere]].ID}
				if rangee.Lien != "" && pageMontreOuvert(j.Verdict) {
					cellule.Lien = rangee.Lien + "#" + f.ancres[j]
				}
				rangee.Cellules[rangs[j.Critere]] = cellule
			}
			if !vide {
				m.Lignes = append(m.Lignes, rangee)
			}
		}
		matrices = append(matrices, m)
	}
	return matrices
}

// compterManques range les critères du plus manqué au moins ; ceux que personne ne manque sont seulement comptés.
func (p *pageClasse) compterManques(r *Rapport) {
	for _, t := range tauxParColonne(r) {
		if t.Manques == 0 {
			p.SansManque++
			continue
		}
		nom := t.Critere
		if p.Plusieurs {
			nom = nomDe(t.Critere, t.Etape)
		}
		p.Manques = append(p.Manques, pageTaux{
			Nom: pageTexte(nom, 60), Titre: pageTexte(t.Titre, 120), Exigence: pageTexte(string(t.Exigence), 20), Manques: t.Manques, Ignores: t.Ignores, Juges: t.Juges,
			Pourcent: int(100*t.Part() + 0.5),
		})
	}
	slices.SortStableFunc(p.Manques, func(a, b pageTaux) int { return cmp.Or(b.Pourcent-a.Pourcent, b.Manques-a.Manques) })
}

func (p *pageClasse) compterFautes(r *Rapport) {
	fautes := fautesFrequentes(r)
	for i, f := range fautes {
		if i == pageFautesMax {
			p.FautesOmises = len(fautes) - i
			break
		}
		p.Fautes = append(p.Fautes, pageFaute{pageTexte(f.Code, 40), pageTexte(f.Piste, 300), pageTexte(strings.Join(f.Criteres, " "), 120), f.Rendus, f.Rendus * 100 / max(1, len(r.Rendus))})
	}
}
