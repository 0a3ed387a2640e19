package bareme

import (
	"math"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"capteurs/tests/banc"
	"capteurs/tests/criteres"
	"capteurs/tests/decouverte"
)

// Les verdicts, du pire au meilleur pour une note ; « erreur du correcteur » est à part : elle la bloque.
var verdicts = []banc.Verdict{banc.Echoue, banc.Ignore, banc.Partiel, banc.NonConcluant, banc.Instable, banc.Reussi}

// copies tire une copie : des étapes, et un verdict quelconque pour chacun de leurs critères.
func copies(permis ...banc.Verdict) *rapid.Generator[Copie] {
	return rapid.Custom(func(t *rapid.T) Copie {
		c := Copie{Nom: "groupe_a"}
		for _, e := range decouverte.Etapes {
			if rapid.Bool().Draw(t, "contient "+string(e)) {
				c.Etapes = append(c.Etapes, e)
			}
		}
		entier := rapid.OneOf(rapid.IntRange(-1, 9), rapid.Int())
		surtoutReussi := rapid.Bool().Draw(t, "surtout réussie")
		for _, e := range c.Etapes {
			for _, critere := range criteres.Tous() {
				if !critere.Concerne(e) {
					continue
				}
				entree := Entree{Critere: critere.ID, Etape: e, Verdict: banc.Reussi}
				if !surtoutReussi || rapid.IntRange(0, 9).Draw(t, "autrement") == 0 {
					entree.Verdict = rapid.SampledFrom(permis).Draw(t, "verdict de "+critere.ID)
				}
				switch entree.Verdict {
				case banc.Partiel:
					entree.Fait, entree.Sur = entier.Draw(t, "fait"), entier.Draw(t, "sur")
				case banc.Ignore:
					entree.Cause = rapid.SampledFrom(append([]string{"SRV-02", "?"}, critere.Requiert...)).Draw(t, "cause")
				}
				c.Entrees = append(c.Entrees, entree)
			}
		}
		return c
	})
}

// unBareme rend de quoi tirer l'un des deux barèmes, sans qu'un contre-exemple l'écrive en entier.
func unBareme(t *testing.T) func(*rapid.T) *Bareme {
	choix := map[string]*Bareme{"par défaut": ParDefaut(), "étape 1": deLEtape1(t)}
	return func(t *rapid.T) *Bareme {
		return choix[rapid.SampledFrom([]string{"par défaut", "étape 1"}).Draw(t, "barème")]
	}
}

// decisionsAuHasard décide de quelques lignes, dans ce qu'elles peuvent rapporter.
func decisionsAuHasard(t *rapid.T, b *Bareme) (d Decisions) {
	for _, s := range b.sections {
		for _, p := range s.poids {
			if rapid.IntRange(0, 19).Draw(t, "décidé") == 0 {
				points := Points(rapid.IntRange(0, int(p.points)).Draw(t, "points décidés"))
				d.liste = append(d.liste, Decision{Rendu: "groupe_a", Critere: p.critere.ID, Etape: s.etape, Points: points, Motif: "relu"})
			}
		}
	}
	return d
}

// Quoi que le correcteur ait conclu : la note est dans ses bornes, ses sommes tombent juste au centième, et elle est bien
// l'arrondi le plus proche de ce qu'elles disent.
func TestNoteJuste(t *testing.T) {
	bareme := unBareme(t)
	rapid.Check(t, func(t *rapid.T) {
		b := bareme(t)
		n := b.Noter(copies(append(verdicts, banc.Defaillance, "verdict inconnu")...).Draw(t, "copie"), decisionsAuHasard(t, b))
		var obtenus, comptes, bonus Points
		for _, s := range n.Sections {
			var o, c, sur Points
			for _, l := range s.Lignes {
				if l.Obtenus < 0 || l.Obtenus > l.Sur || !l.compte() && l.Obtenus != 0 {
					t.Fatalf("ligne impossible : %+v", l)
				}
				sur += l.Sur
				if l.compte() {
					o, c = o+l.Obtenus, c+l.Sur
				}
			}
			if o != s.Obtenus || c != s.Comptes || sur != s.Sur {
				t.Fatalf("%s : %v sur %v sur %v, ses lignes font %v, %v et %v", s.Titre, s.Obtenus, s.Comptes, s.Sur, o, c, sur)
			}
			if s.Bonus {
				bonus += o
			} else {
				obtenus, comptes = obtenus+o, comptes+c
			}
		}
		if obtenus != n.Obtenus || comptes != n.Comptes || bonus != n.Bonus {
			t.Fatalf("%v/%v et %v ; les sections font %v/%v et %v", n.Obtenus, n.Comptes, n.Bonus, obtenus, comptes, bonus)
		}
		if (n.Finale == nil) == (n.Bloquee == "") {
			t.Fatalf("finale %v, bloquée %q", n.Finale, n.Bloquee)
		}
		if n.Finale != nil && *n.Finale != finaleAttendue(b, n) {
			t.Fatalf("finale %v, attendu %v", n.Finale, finaleAttendue(b, n))
		}
	})
}

// finaleAttendue refait le calcul avec des fractions : parmi toutes les notes permises, la plus proche.
func finaleAttendue(b *Bareme, n *Note) Points {
	exacte := new(big.Rat).Mul(big.NewRat(int64(n.Obtenus), int64(n.Comptes)), big.NewRat(int64(n.Sur), 1))
	exacte.Add(exacte, big.NewRat(int64(n.Bonus), 1))
	meilleure, ecart := Points(0), (*big.Rat)(nil)
	for p := Points(0); p <= n.Sur; p += b.arrondi {
		e := new(big.Rat).Sub(exacte, big.NewRat(int64(p), 1))
		if e.Abs(e); ecart == nil || e.Cmp(ecart) <= 0 {
			meilleure, ecart = p, e
		}
	}
	for _, p := range n.Plafonds {
		meilleure = min(meilleure, p.NoteMax)
	}
	return meilleure
}

// Une note ne baisse jamais quand un seul verdict s'améliore, dans l'ordre échoué, non concluant (ou instable), réussi, ni
// quand un partiel augmente. « Erreur du correcteur » n'y est pas : elle bloque la note.
func TestNoteMonotone(t *testing.T) {
	bareme := unBareme(t)
	rapid.Check(t, func(t *rapid.T) {
		b := bareme(t)
		c := copies(verdicts...).Filter(func(c Copie) bool { return len(c.Entrees) > 0 }).Draw(t, "copie")
		d := decisionsAuHasard(t, b)
		i := rapid.IntRange(0, len(c.Entrees)-1).Draw(t, "lequel")
		fait := rapid.IntRange(1, 7).Draw(t, "fait")
		precedente, dite := Points(0), banc.Verdict("")
		for _, v := range []Entree{{Verdict: banc.Echoue}, {Verdict: banc.Partiel, Fait: fait, Sur: 9}, {Verdict: banc.Partiel, Fait: fait + 1, Sur: 9}, {Verdict: banc.Reussi}} {
			monte(t, b, c, d, i, v, &precedente, &dite)
		}
		precedente = 0
		for _, v := range []Entree{{Verdict: banc.Echoue}, {Verdict: banc.NonConcluant}, {Verdict: banc.Instable}, {Verdict: banc.Reussi}} {
			monte(t, b, c, d, i, v, &precedente, &dite)
		}
	})
}

func monte(t *rapid.T, b *Bareme, c Copie, d Decisions, i int, v Entree, precedente *Points, dite *banc.Verdict) {
	c.Entrees = slices.Clone(c.Entrees)
	v.Critere, v.Etape = c.Entrees[i].Critere, c.Entrees[i].Etape
	c.Entrees[i] = v
	n := b.Noter(c, d)
	if n.Finale == nil {
		return // tout le reste est à relire
	}
	if *n.Finale < *precedente {
		t.Fatalf("%s (%s) : de %v à %v, la note passe de %v à %v", v.Critere, v.Etape, *dite, v.Verdict, *precedente, *n.Finale)
	}
	*precedente, *dite = *n.Finale, v.Verdict
}

// Qui réussit tout ce qui a pu être vérifié a tous les points, bonus réussi ou non ; ce qui est à relire n'y change rien.
func TestToutReussi(t *testing.T) {
	bareme := unBareme(t)
	rapid.Check(t, func(t *rapid.T) {
		b := bareme(t)
		c := Copie{Nom: "groupe_a", Etapes: decouverte.Etapes}
		for _, e := range decouverte.Etapes {
			for _, critere := range criteres.Tous() {
				permis := []banc.Verdict{banc.Reussi, banc.NonConcluant, banc.Instable, banc.Reussi}
				if critere.ID == "ROB-05" { // le bonus des deux barèmes
					permis = append(permis, banc.Echoue)
				}
				c.Entrees = append(c.Entrees, Entree{Critere: critere.ID, Etape: e, Verdict: rapid.SampledFrom(permis).Draw(t, "verdict")})
			}
		}
		n := b.Noter(c, Decisions{})
		if n.Comptes == 0 {
			t.Skip("rien n'a été jugé")
		}
		if n.Finale == nil || *n.Finale != n.Sur || len(n.Plafonds)+len(n.Gains) > 0 {
			t.Fatalf("note %v, %s, plafonds %v, gains %v", n.Finale, n.Bloquee, n.Plafonds, n.Gains)
		}
		aRelire := 0
		for _, e := range c.Entrees {
			if b.rapporte(cle{e.Critere, e.Etape}) && (e.Verdict == banc.NonConcluant || e.Verdict == banc.Instable || criteres.Trouver(e.Critere).Exigence == criteres.Informatif) {
				aRelire++
			}
		}
		if len(n.ARelire) != aRelire {
			t.Fatalf("%d à relire, attendu %d", len(n.ARelire), aRelire)
		}
	})
}

// Une décision fixe les points d'une ligne, quoi que le correcteur en ait conclu, et ne touche à aucune autre sinon pour
// rendre à relire celles qu'elle débloque.
func TestDecisionPasseAvant(t *testing.T) {
	bareme := unBareme(t)
	rapid.Check(t, func(t *rapid.T) {
		b := bareme(t)
		c := copies(append(verdicts, banc.Defaillance)...).Draw(t, "copie")
		d := decisionsAuHasard(t, b)
		sans, avec := b.Noter(c, Decisions{}), b.Noter(c, d)
		for i, s := range avec.Sections {
			for j, l := range s.Lignes {
				decision, avant := d.pour(c.Nom, l.Critere, l.Etape), sans.Sections[i].Lignes[j]
				switch {
				case decision != nil && (l.Etat != Decide || l.Obtenus != decision.Points || *l.Decision != *decision):
					t.Fatalf("décision %+v, ligne %+v", decision, l)
				case decision == nil && l != avant && !(l.Etat == Retire && avant.Etat == Compte && avant.Obtenus == 0):
					t.Fatalf("ligne %+v, devenue %+v sans être décidée", avant, l)
				}
			}
		}
	})
}

func TestPart(t *testing.T) {
	for _, c := range [][3]int{{7, 0, 0}, {7, 1, 0}, {7, 0, 3}, {7, -1, 3}, {7, 1, -3}, {7, 3, 3}, {7, 4, 3}, {7, math.MaxInt, 1}} {
		attendu := Points(0)
		if c[2] > 0 && c[1] >= c[2] {
			attendu = 7
		}
		if obtenu := part(Points(c[0]), c[1], c[2]); obtenu != attendu {
			t.Errorf("%d de %d sur %d : %d, attendu %d", c[0], c[1], c[2], obtenu, attendu)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		p := Points(rapid.IntRange(0, int(pointsMax)).Draw(t, "points"))
		fait, sur := rapid.IntRange(1, math.MaxInt).Draw(t, "fait"), rapid.IntRange(1, math.MaxInt).Draw(t, "sur")
		if fait > sur {
			fait, sur = sur, fait
		}
		exacte := new(big.Int).Mul(big.NewInt(int64(p)), big.NewInt(int64(fait)))
		if attendu := exacte.Div(exacte, big.NewInt(int64(sur))).Int64(); int64(part(p, fait, sur)) != attendu {
			t.Fatalf("%d × %d / %d = %d, attendu %d", p, fait, sur, part(p, fait, sur), attendu)
		}
	})
}
