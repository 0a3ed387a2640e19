package bareme

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"capteurs/tests/criteres"
	"capteurs/tests/decouverte"
)

// cle désigne un critère à une étape.
type cle struct {
	critere string
	etape   decouverte.Etape
}

// String écrit « SRV-02 (procédural) ».
func (c cle) String() string { return fmt.Sprintf("%s (%s)", c.critere, c.etape) }

// verification relève tout ce qui ne va pas dans un barème, plutôt que la première faute.
type verification struct {
	nom    string             // du fichier
	etapes []decouverte.Etape // celles qui comptent
	vus    map[cle]string     // où chaque critère a été rangé
	fautes []error
}

func (v *verification) faute(format string, args ...any) {
	v.fautes = append(v.fautes, fmt.Errorf("%s : "+format, append([]any{v.nom}, args...)...))
}

func (v *verification) points(d decimal, ou string) Points {
	p, err := d.points()
	switch {
	case errors.Is(err, errPointsAbsents):
		v.faute("%s : %w", ou, err)
	case err != nil:
		v.faute("%s : « %s » : %w", ou, montrer(string(d)), err)
	}
	return p
}

func (v *verification) lisible(texte, ou string) {
	if !lisible(texte) {
		v.faute("%s : un texte d'une ligne est attendu, de %d caractères au plus", ou, texteMax)
	}
}

// bareme fait d'un fichier un barème ; il ne vaut que si aucune faute n'a été relevée.
func (v *verification) bareme(f fichier) *Bareme {
	if f.Version != Version {
		v.faute("version = %d : ce correcteur lit les barèmes de version %d", f.Version, Version)
	}
	v.lisible(f.Nom, "nom")
	b := &Bareme{nom: f.Nom, noteSur: v.points(f.NoteSur, "note_sur"), arrondi: v.points(f.Arrondi, "arrondi")}
	switch {
	case f.NoteSur.nul():
		v.faute("note_sur : une note se donne sur plus de 0")
	case f.Arrondi.nul() || b.arrondi > 0 && b.noteSur%b.arrondi != 0:
		v.faute("arrondi = %v : il doit diviser note_sur, %v ; 0.01 pour ne pas arrondir", b.arrondi, b.noteSur)
	}
	v.etapes = v.lireEtapes(f.Etapes, "etapes")
	if len(f.Etapes) == 0 {
		v.faute("etapes : nommez celles qui comptent, parmi %s", nomsDesEtapes)
	}
	toutOuRien := v.mode(f.Partiel, false, "partiel")
	v.lireSections(b, f, toutOuRien)
	v.lireSansPoints(f)
	if len(v.fautes) == 0 { // sinon, bien des critères manqueraient à cause d'une autre faute
		v.rienDOublie()
	}
	v.lirePlafonds(b, f)
	v.lirePaliers(b, f)
	return b
}

const nomsDesEtapes = "« procédural », « poo » et « héritage »"

func (v *verification) etape(nom, ou string) decouverte.Etape {
	e := etapeNommee(nom)
	switch {
	case nom == "":
		v.faute("%s : nommez une étape ; il y a %s", ou, nomsDesEtapes)
	case e == "":
		v.faute("%s : l'étape « %s » n'existe pas ; il y a %s", ou, montrer(nom), nomsDesEtapes)
	case v.etapes != nil && !slices.Contains(v.etapes, e):
		v.faute("%s : l'étape « %s » n'est pas parmi celles qui comptent ; ajoutez-la à etapes", ou, e)
	}
	return e
}

func (v *verification) lireEtapes(noms []string, ou string) (etapes []decouverte.Etape) {
	for _, nom := range noms {
		e := v.etape(nom, ou)
		if slices.Contains(etapes, e) {
			v.faute("%s : « %s » en double", ou, montrer(nom))
		}
		etapes = append(etapes, e)
	}
	return etapes
}

// mode dit si un verdict partiel ne rapporte rien ; « » : comme usuel.
func (v *verification) mode(texte string, usuel bool, ou string) bool {
	switch texte {
	case "":
		return usuel
	case "proportionnel":
		return false
	case "tout_ou_rien":
		return true
	}
	v.faute("%s : « %s » : écrivez \"proportionnel\" ou \"tout_ou_rien\"", ou, montrer(texte))
	return usuel
}

// critere rend le critère d'un identifiant, s'il existe et se vérifie à l'étape ; nil sinon.
func (v *verification) critere(id string, e decouverte.Etape, ou string) *criteres.Critere {
	c := criteres.Trouver(id)
	switch {
	case c == nil:
		v.faute("%s : le critère « %s » n'existe pas ; -criteres montre le catalogue", ou, montrer(id))
	case c.ID != id:
		v.faute("%s : le critère « %s » s'écrit %s", ou, montrer(id), c.ID)
	case e != "" && !c.Concerne(e):
		v.faute("%s : %s ne se vérifie pas à l'étape « %s » ; retirez-le", ou, id, e)
	default:
		return c
	}
	return nil
}

// ranger retient où est un critère, et refuse de le trouver deux fois.
func (v *verification) ranger(c cle, ou string) {
	if avant, deja := v.vus[c]; deja && c.etape != "" {
		v.faute("%v est deux fois : dans %s et dans %s ; gardez-en une", c, avant, ou)
	}
	v.vus[c] = ou
}

func (v *verification) lireSections(b *Bareme, f fichier, toutOuRien bool) {
	var total Points
	titres := map[string]bool{}
	for i, s := range f.Sections {
		ou := fmt.Sprintf("section « %s »", montrer(s.Titre))
		if !lisible(s.Titre) {
			ou = fmt.Sprintf("section n° %d", i+1)
		}
		v.lisible(s.Titre, ou+", titre")
		if titres[s.Titre] {
			v.faute("%s : deux sections ont ce titre ; changez-en un", ou)
		}
		titres[s.Titre] = true
		lue := section{titre: s.Titre, etape: v.etape(s.Etape, ou+", etape"), points: v.points(s.Points, ou+", points"), bonus: s.Bonus, toutOuRien: v.mode(s.Partiel, toutOuRien, ou+", partiel")}
		avant := len(v.fautes)
		var somme Points
		for _, id := range slices.Sorted(maps.Keys(s.Criteres)) {
			p := v.poids(id, s.Criteres[id], lue, ou)
			somme += p.points
			lue.poids = append(lue.poids, p)
		}
		if len(v.fautes) == avant && somme != lue.points {
			v.faute("%s : ses critères font %v, elle en annonce %v", ou, somme, lue.points)
		}
		if len(s.Criteres) == 0 {
			v.faute("%s : aucun critère ; donnez-lui-en, ou retirez-la", ou)
		}
		slices.SortFunc(lue.poids, func(a, b poids) int { return cmp.Compare(rang(a.critere), rang(b.critere)) })
		if !s.Bonus {
			total += lue.points
		}
		b.sections = append(b.sections, lue)
	}
	if len(v.fautes) == 0 && total != b.noteSur {
		v.faute("les sections, hors bonus, font %v ; note_sur est %v", total, b.noteSur)
	}
}

func (v *verification) poids(id string, d decimal, s section, ou string) poids {
	ou += ", " + montrer(id)
	c := v.critere(id, s.etape, ou)
	p := v.points(d, ou)
	switch {
	case c == nil:
	case p == 0 && d.nul():
		v.faute("%s : 0 point ; mettez-le dans sans_points", ou)
	case c.Exigence == criteres.Informatif && !s.bonus:
		v.faute("%s : il est INFORMATIF : le correcteur n'en juge pas ; mettez-le dans sans_points, ou dans une section de bonus", ou)
	default:
		v.ranger(cle{id, s.etape}, "la section « "+s.titre+" »")
	}
	return poids{c, p}
}

// nul dit que le nombre est un zéro bien écrit.
func (d decimal) nul() bool {
	p, err := d.points()
	return err == nil && p == 0
}

// rang rend la place d'un critère dans le catalogue.
func rang(c *criteres.Critere) int {
	if c == nil {
		return -1
	}
	return slices.IndexFunc(criteres.Tous(), func(autre *criteres.Critere) bool { return autre.ID == c.ID })
}

func (v *verification) lireSansPoints(f fichier) {
	for _, s := range f.SansPoints {
		e := v.etape(s.Etape, "sans_points, etape")
		for _, id := range s.Criteres {
			if c := v.critere(id, e, fmt.Sprintf("sans_points, « %s »", e)); c != nil {
				v.ranger(cle{id, e}, "sans_points")
			}
		}
	}
}

// rienDOublie refuse un barème qui ne dit rien d'un critère : ce qu'il vaut ne se devine pas.
func (v *verification) rienDOublie() {
	for _, e := range v.etapes {
		var oublies []string
		for _, c := range criteres.Tous() {
			if _, vu := v.vus[cle{c.ID, e}]; !vu && c.Concerne(e) {
				oublies = append(oublies, c.ID)
			}
		}
		if len(oublies) > 0 {
			v.faute("étape « %s » : rien n'est dit de %s ; donnez-leur des points dans une section, ou nommez-les dans sans_points", e, strings.Join(oublies, ", "))
		}
	}
}

// rapporte dit si un critère a des points à une étape.
func (b *Bareme) rapporte(c cle) bool {
	return slices.ContainsFunc(b.sections, func(s section) bool {
		return s.etape == c.etape && slices.ContainsFunc(s.poids, func(p poids) bool { return p.critere != nil && p.critere.ID == c.critere })
	})
}

func (v *verification) lirePlafonds(b *Bareme, f fichier) {
	for i, p := range f.Plafonds {
		ou := fmt.Sprintf("plafond n° %d", i+1)
		v.lisible(p.Motif, ou+", motif")
		lu := plafond{criteres: p.Criteres, etapes: v.lireEtapes(p.Etapes, ou), noteMax: v.points(p.NoteMax, ou+", note_max"), motif: p.Motif}
		switch {
		case len(p.Criteres) == 0:
			v.faute("%s : nommez dans criteres ceux sans lesquels la note est plafonnée", ou)
		case lu.noteMax > b.noteSur:
			v.faute("%s : note_max = %v dépasse note_sur, %v", ou, lu.noteMax, b.noteSur)
		case b.arrondi > 0 && lu.noteMax%b.arrondi != 0:
			v.faute("%s : note_max = %v n'est pas un multiple de l'arrondi, %v", ou, lu.noteMax, b.arrondi)
		}
		for _, id := range p.Criteres {
			if v.critere(id, "", ou) != nil {
				v.aDesPoints(b, id, lu.etapes, ou)
			}
		}
		b.plafonds = append(b.plafonds, lu)
	}
}

// aDesPoints refuse, dans un plafond, un critère que le barème ne compte pas : rien ne dirait s'il est réussi.
func (v *verification) aDesPoints(b *Bareme, id string, etapes []decouverte.Etape, ou string) {
	compte := func(e decouverte.Etape) bool { return b.rapporte(cle{id, e}) }
	if len(etapes) == 0 && !slices.ContainsFunc(v.etapes, compte) {
		v.faute("%s : %s n'a de points à aucune étape ; donnez-lui-en", ou, id)
	}
	for _, e := range etapes {
		if e != "" && !compte(e) {
			v.faute("%s : %v n'a pas de points ; donnez-lui-en, ou retirez cette étape", ou, cle{id, e})
		}
	}
}

func (v *verification) lirePaliers(b *Bareme, f fichier) {
	for i, p := range f.Paliers {
		ou := fmt.Sprintf("palier n° %d", i+1)
		v.lisible(p.Nom, ou+", nom")
		lu := palier{p.Nom, v.points(p.APartirDe, ou+", a_partir_de")}
		if lu.aPartirDe > b.noteSur {
			v.faute("%s : a_partir_de = %v dépasse note_sur, %v", ou, lu.aPartirDe, b.noteSur)
		}
		if slices.ContainsFunc(b.paliers, func(autre palier) bool { return autre.aPartirDe == lu.aPartirDe }) {
			v.faute("%s : deux paliers partent de %v", ou, lu.aPartirDe)
		}
		b.paliers = append(b.paliers, lu)
	}
	slices.SortFunc(b.paliers, func(a, b palier) int { return cmp.Compare(a.aPartirDe, b.aPartirDe) })
	if len(b.paliers) > 0 && b.paliers[0].aPartirDe != 0 {
		v.faute("palier : aucun ne part de 0 ; des notes n'en auraient pas")
	}
}
