package rapport

import (
	"strings"
	"time"

	"pgregory.net/rapid"

	"capteurs/tests/banc"
	"capteurs/tests/bareme"
	"capteurs/tests/criteres"
	"capteurs/tests/decouverte"
)

var verdicts = []banc.Verdict{banc.Reussi, banc.Partiel, banc.Echoue, banc.NonConcluant, banc.Ignore, banc.Instable, banc.Defaillance}

// pieges sont des textes qui commandent quelque chose quelque part : un terminal, une page, un commentaire, un tableur.
var pieges = []string{
	"", "un texte", "\x1b[2J", "\x1b]0;titre\x07", "\u202eà l'envers", "a\rb", "\u009b31m", "\x00", "\xff\xfe", "\ufffe\uffff", "\U0010ffff", strings.Repeat("mot ", 200),
	"<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "]]>", "<!--", "&lt;", `"'><b>`, "</details>", "![i](http://i)", "[l](http://l)", "http://l.example", "www.l.example",
	"@quelqu_un", "#1", "a/b#1", "GH-1", "a@b.example", "`", "``` ", "~~~", "\n\n# titre\n", "|", "a|b\n|---|", "- [ ] x", "$x$", ":tada:", "0123456789abcdef0123456789abcdef01234567",
	"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "＝1", ";", ",", "\"", "漢字かな交じり文は幅が広い", "e\u0301\u0301\u0301", "👩\u200d👩\u200d👧", "❤\ufe0f",
	"\\", "\\|", "[x]: http://l", "[^1]", "*gras*", "_", "1. a", "::add-mask::",
}

// textesHostiles tire des textes quelconques, d'octets quelconques compris, et souvent des pièges.
func textesHostiles() *rapid.Generator[string] {
	piege := rapid.SampledFrom(pieges)
	return rapid.OneOf(
		piege, piege,
		rapid.Map(rapid.SliceOfN(piege, 2, 4), func(p []string) string { return strings.Join(p, "") }),
		rapid.String(),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 40), func(b []byte) string { return string(b) }),
	)
}

// textesEnUTF8 tire ce que le JSON sait porter tel quel.
func textesEnUTF8() *rapid.Generator[string] {
	return rapid.Map(textesHostiles(), func(s string) string { return strings.ToValidUTF8(s, "?") })
}

// unRapport tire un rapport dont tous les textes viennent de textes.
func unRapport(textes *rapid.Generator[string]) *rapid.Generator[*Rapport] {
	return rapid.Custom(func(t *rapid.T) *Rapport {
		texte := func() string { return textes.Draw(t, "texte") }
		r := &Rapport{Version: Version, Date: time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "date"), 0).UTC(), Classe: texte(), Anonyme: rapid.Bool().Draw(t, "anonyme"), Rendus: []Rendu{}}
		note := rapid.Bool().Draw(t, "note")
		if note {
			r.Bareme = &bareme.Resume{Nom: texte(), Empreinte: texte(), NoteSur: 2000}
		}
		for range rapid.IntRange(0, 3).Draw(t, "rendus") {
			rendu := unRendu(t, texte)
			if note {
				rendu.Note = uneNote(t, &rendu, texte)
			}
			r.Rendus = append(r.Rendus, rendu)
		}
		return r
	})
}

func unRendu(t *rapid.T, texte func() string) Rendu {
	r := Rendu{Nom: texte(), Empreinte: texte(), Isolation: Isolation{rapid.SampledFrom([]banc.Niveau{banc.N0, banc.N1}).Draw(t, "niveau"), texte()},
		Correcteur: texte(), Graine: texte(), DureeUS: rapid.Int64Range(0, 1e10).Draw(t, "durée"), Remarques: []string{texte()}, Alertes: []string{texte()}, Etapes: []Etape{}, Jugements: []Jugement{}}
	if rapid.IntRange(0, 5).Draw(t, "erreur") == 0 {
		r.Erreur = texte()
	}
	for _, nom := range decouverte.Etapes[:rapid.IntRange(0, 3).Draw(t, "étapes")] {
		p := &decouverte.Programme{Fichier: texte(), Langage: texte(), Commande: []string{texte()}, Dossier: texte(), Construit: [][]string{{texte()}}, Pourquoi: texte(), Erreur: texte()}
		r.Etapes = append(r.Etapes, Etape{nom, p, rapid.SampledFrom([]*decouverte.Programme{nil, p}).Draw(t, "serveur"), desFaits(t, texte)})
		for _, c := range criteres.Tous()[:rapid.IntRange(0, 12).Draw(t, "critères")] {
			r.Jugements = append(r.Jugements, Jugement{Critere: c.ID, Etape: nom, Cote: c.Cote, Exigence: rapid.SampledFrom([]criteres.Exigence{criteres.Doit, criteres.Devrait, criteres.Informatif}).Draw(t, "exigence"), Titre: texte(), Enonce: c.Enonce, Pourquoi: c.Pourquoi, Requiert: c.Requiert,
				Resultat: unResultat(t, texte), Essais: rapid.IntRange(0, 3).Draw(t, "essais"), DureeUS: rapid.Int64Range(0, 1e8).Draw(t, "durée"), Faits: desFaits(t, texte)})
		}
	}
	return r
}

func unResultat(t *rapid.T, texte func() string) banc.Resultat {
	r := banc.Resultat{Verdict: rapid.SampledFrom(verdicts).Draw(t, "verdict"), Envoye: texte(), Attendu: texte(), Observe: texte(), Remarque: texte()}
	switch r.Verdict {
	case banc.Partiel:
		r.Fait, r.Sur = 1, 3
	case banc.Ignore:
		r.Cause = texte()
	case banc.Echoue:
		r.Diagnostics = []banc.Diagnostic{{Code: texte(), Piste: texte()}}
	}
	return r
}

func desFaits(t *rapid.T, texte func() string) (faits []Fait) {
	for range rapid.IntRange(0, 2).Draw(t, "faits") {
		faits = append(faits, Fait{TUS: rapid.Int64Range(0, 1e8).Draw(t, "t"), Qui: "serveur", Quoi: texte(), Conn: rapid.IntRange(0, 3).Draw(t, "conn"),
			Texte: texte(), Octets: []byte(texte() + "."), Taille: rapid.SampledFrom([]int{0, 1 << 20}).Draw(t, "taille")})
	}
	return faits
}

// uneNote tire une note qui a une ligne par jugement.
func uneNote(t *rapid.T, r *Rendu, texte func() string) *bareme.Note {
	points := func() bareme.Points { return bareme.Points(rapid.IntRange(-100, 2000).Draw(t, "points")) }
	n := &bareme.Note{Sur: 2000, Obtenus: points(), Comptes: points(), Bonus: points(), Palier: texte(), Plafonds: []bareme.Plafond{{Motif: texte(), NoteMax: points(), Criteres: []string{texte()}}},
		Sections: []bareme.Section{{Titre: texte(), Bonus: rapid.Bool().Draw(t, "bonus"), Sur: points(), Comptes: points(), Obtenus: points(), Lignes: []bareme.Ligne{}}},
		Gains:    []bareme.Gain{{Critere: texte(), Etape: decouverte.POO, Points: points(), Debloque: 3}}}
	if rapid.Bool().Draw(t, "bloquée") {
		n.Bloquee = texte()
	} else {
		finale := points()
		n.Finale = &finale
	}
	for _, j := range r.Jugements {
		ligne := bareme.Ligne{Critere: j.Critere, Etape: j.Etape, Sur: points(), Obtenus: points(), Etat: rapid.SampledFrom([]bareme.Etat{bareme.Compte, bareme.Retire, bareme.Absent, bareme.Decide, bareme.Bloquee}).Draw(t, "état")}
		if ligne.Etat == bareme.Decide {
			ligne.Decision = &bareme.Decision{Rendu: r.Nom, Critere: j.Critere, Points: ligne.Obtenus, Motif: texte(), Auteur: texte()}
		}
		if ligne.Etat == bareme.Retire {
			n.ARelire = append(n.ARelire, ligne)
		}
		n.Sections[0].Lignes = append(n.Sections[0].Lignes, ligne)
	}
	return n
}
