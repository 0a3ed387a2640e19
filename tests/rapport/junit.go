package rapport

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"capteurs/tests/banc"
	"capteurs/tests/bareme"
	"capteurs/tests/criteres"
	"capteurs/tests/decouverte"
)

// Le JUnit que lisent les forges : une suite par rendu et par étape, un cas par critère.
type (
	suites struct {
		XMLName xml.Name `xml:"testsuites"`
		Nom     string   `xml:"name,attr"`
		comptes
		Suites []suite `xml:"testsuite"`
	}
	suite struct {
		Nom string `xml:"name,attr"`
		comptes
		Instant    string       `xml:"timestamp,attr,omitempty"`
		Proprietes *proprietes  `xml:"properties"`
		Cas        []casDeJUnit `xml:"testcase"`
	}
	comptes struct {
		Tests   int      `xml:"tests,attr"`
		Echecs  int      `xml:"failures,attr"`
		Erreurs int      `xml:"errors,attr"`
		Ignores int      `xml:"skipped,attr"`
		Duree   secondes `xml:"time,attr"`
	}
	casDeJUnit struct {
		Nom        string      `xml:"name,attr"`
		Classe     string      `xml:"classname,attr"`
		Duree      secondes    `xml:"time,attr"`
		Proprietes *proprietes `xml:"properties"`
		Echec      *issue      `xml:"failure"`
		Erreur     *issue      `xml:"error"`
		Ignore     *issue      `xml:"skipped"`
		Sortie     *sortie     `xml:"system-out"`
	}
	issue struct {
		Type    string `xml:"type,attr,omitempty"`
		Message string `xml:"message,attr"`
		Texte   string `xml:",cdata"` // ses lignes se lisent telles quelles
	}
	sortie struct {
		Texte string `xml:",cdata"`
	}
	proprietes struct {
		Suite []propriete `xml:"property"`
	}
	propriete struct {
		Nom    string `xml:"name,attr"`
		Valeur string `xml:"value,attr"`
	}
	secondes int64 // en microsecondes ; écrites en secondes
)

// MarshalXMLAttr écrit une durée en secondes, avec un point ; négative, elle n'a pas de sens, et vaut zéro.
func (s secondes) MarshalXMLAttr(nom xml.Name) (xml.Attr, error) {
	s = max(s, 0)
	return xml.Attr{Name: nom, Value: fmt.Sprintf("%d.%06d", s/1e6, s%1e6)}, nil
}

func (p *proprietes) ajouter(nom, valeur string) {
	if valeur != "" {
		p.Suite = append(p.Suite, propriete{enXML(nom), enXML(valeur)})
	}
}

func (c *comptes) ajouter(d comptes) {
	c.Tests += d.Tests
	c.Echecs += d.Echecs
	c.Erreurs += d.Erreurs
	c.Ignores += d.Ignores
	c.Duree += d.Duree
}

// JUnit écrit un rapport en JUnit : une suite par rendu et par étape, un cas par critère. Un critère manqué est un échec ; ce
// qui est ignoré ou ne conclut pas est sauté, avec sa raison ; ce que le correcteur n'a pas pu faire est une erreur. Un critère
// informatif n'échoue jamais. Le XML est valide quels que soient les octets du rendu. L'erreur est celle de w.
func JUnit(w io.Writer, r *Rapport) error {
	tout := suites{Nom: enXML(cmp.Or(r.Classe, "correcteur"))}
	for i := range r.Rendus {
		for _, s := range suitesDe(&r.Rendus[i]) {
			if !r.Date.IsZero() {
				s.Instant = r.Date.UTC().Format("2006-01-02T15:04:05")
			}
			tout.ajouter(s.comptes)
			tout.Suites = append(tout.Suites, s)
		}
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", " ")
	if err := e.Encode(tout); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// suitesDe rend celles d'un rendu. Un rendu qui n'a pu être corrigé, ou dont rien n'a été vérifié, en a une, d'une erreur : une
// suite vide passerait pour un succès.
func suitesDe(r *Rendu) (toutes []suite) {
	communes := &proprietes{}
	communes.ajouter("isolation", string(r.Isolation.Niveau)+parentheses(r.Isolation.Raison))
	communes.ajouter("correcteur", r.Correcteur)
	communes.ajouter("graine", r.Graine)
	communes.ajouter("note", strings.TrimPrefix(noteEnMots(r.Note), "note "))
	for _, alerte := range r.Alertes {
		communes.ajouter("alerte", alerte)
	}
	for _, etape := range etapesJugees(r) {
		s := suite{Nom: enXML(r.Nom + " · " + string(etape)), Proprietes: communes}
		for i := range r.Jugements {
			if j := &r.Jugements[i]; j.Etape == etape {
				s.ajouterCas(casDe(r, j))
			}
		}
		toutes = append(toutes, s)
	}
	raison := r.Erreur
	if raison == "" && len(toutes) == 0 {
		raison = cmp.Or(strings.Join(r.Remarques, " ; "), "rien n'a pu être vérifié")
	}
	if raison != "" {
		s := suite{Nom: enXML(r.Nom), Proprietes: communes}
		s.ajouterCas(casDeJUnit{Nom: "correction", Classe: "correcteur", Duree: secondes(r.DureeUS), Erreur: &issue{Type: string(banc.Defaillance), Message: enXML(raison)}})
		toutes = append(toutes, s)
	}
	return toutes
}

// etapesJugees rend celles où un critère a été vérifié, dans l'ordre où elles viennent.
func etapesJugees(r *Rendu) (etapes []decouverte.Etape) {
	vues := map[decouverte.Etape]bool{}
	for _, j := range r.Jugements {
		if !vues[j.Etape] {
			vues[j.Etape] = true
			etapes = append(etapes, j.Etape)
		}
	}
	return etapes
}

func (s *suite) ajouterCas(c casDeJUnit) {
	compte := comptes{Tests: 1, Duree: c.Duree}
	switch {
	case c.Erreur != nil:
		compte.Erreurs = 1
	case c.Echec != nil:
		compte.Echecs = 1
	case c.Ignore != nil:
		compte.Ignores = 1
	}
	s.ajouter(compte)
	s.Cas = append(s.Cas, c)
}

// casDe rend un jugement comme un cas.
func casDe(r *Rendu, j *Jugement) casDeJUnit {
	c := casDeJUnit{Nom: enXML(j.Critere + " " + j.Titre), Classe: enXML(string(j.Cote)), Duree: secondes(j.DureeUS), Proprietes: &proprietes{}}
	p := c.Proprietes
	p.ajouter("verdict", string(j.Verdict))
	p.ajouter("exigence", string(j.Exigence))
	if ligne := ligneDe(r, j); ligne != nil {
		p.ajouter("points", pointsDe(ligne))
		if ligne.Etat == bareme.Decide && ligne.Decision != nil {
			p.ajouter("décidé", decisionEnMots(ligne))
		}
	}
	for _, d := range j.Diagnostics {
		p.ajouter("diagnostic", d.Code)
	}
	p.ajouter("remarque", j.Remarque)
	attendu, observe := comparer(j.Attendu, j.Observe, texteMaximal)
	lignes := []string{}
	for _, champ := range []struct{ nom, texte string }{{"envoyé", montrerEnLigne(j.Envoye)}, {"attendu", attendu}, {"observé", observe}} {
		if champ.texte != "" {
			lignes = append(lignes, champ.nom+" : "+champ.texte)
		}
	}
	for _, d := range j.Diagnostics {
		lignes = append(lignes, "piste : "+montrerEnLigne(d.Piste))
	}
	lignes = append(lignes, "rejouer : "+montrerEnLigne(r.Rejouer(j)))
	texte := strings.Join(lignes, "\n")
	switch v := j.Verdict; {
	case v == banc.Reussi:
	case v == banc.Defaillance:
		c.Erreur = &issue{string(v), enXML(cmp.Or(observe, j.Remarque, string(v))), texte}
	case v == banc.Ignore:
		c.Ignore = &issue{Message: enXML("ignoré, à cause de " + j.Cause)}
	case aRelire(v), j.Exigence == criteres.Informatif:
		c.Ignore = &issue{Message: enXML(string(v) + " : " + cmp.Or(observe, j.Remarque)), Texte: texte}
	case v == banc.Partiel:
		c.Echec = &issue{string(v), enXML(fmt.Sprintf("%d sur %d ; %s", j.Fait, j.Sur, observe)), texte}
	default:
		c.Echec = &issue{string(v), enXML(cmp.Or(observe, string(v))), texte}
	}
	if preuves := preuvesEnTexte(j.Faits, 2000); preuves != "" && j.Verdict != banc.Reussi {
		c.Sortie = &sortie{preuves}
	}
	return c
}

// preuvesEnTexte écrit des faits, un par ligne, l'instant en tête.
func preuvesEnTexte(faits []Fait, limite int) string {
	var s strings.Builder
	for i := range faits {
		fmt.Fprintf(&s, "%s  %s\n", instant(faits[i].TUS), montrerEnLigne(enMots(&faits[i], limite)))
	}
	return s.String()
}

// enXML montre un texte sur une ligne. Il n'y reste que des caractères qui se voient, tous permis en XML 1.0 (section 2.2) ;
// encoding/xml protège les autres signes.
func enXML(texte string) string { return montrerEnLigne(texte) }
