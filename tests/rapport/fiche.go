// Package rapport montre ce que le correcteur a conclu.
package rapport

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"capteurs/tests/banc"
	"capteurs/tests/criteres"
)

// Bilan compte les verdicts d'un rendu.
type Compte struct {
	Doit, DoitReussis       int
	Devrait, DevraitReussis int
	NonConcluants           int // y compris les instables
	Erreurs                 int // du correcteur
}

// Compter compte les verdicts d'un bilan.
func Compter(b *criteres.Bilan) (c Compte) {
	for _, j := range b.Jugements {
		reussi := 0
		switch j.Resultat.Verdict {
		case banc.Reussi:
			reussi = 1
		case banc.NonConcluant, banc.Instable:
			c.NonConcluants++
		case banc.Defaillance:
			c.Erreurs++
		}
		switch j.Critere.Exigence {
		case criteres.Doit:
			c.Doit++
			c.DoitReussis += reussi
		case criteres.Devrait:
			c.Devrait++
			c.DevraitReussis += reussi
		}
	}
	return c
}

// EnEchec dit qu'un critère obligatoire n'est pas réussi.
func (c Compte) EnEchec(b *criteres.Bilan) bool {
	return slices.ContainsFunc(b.Jugements, func(j criteres.Jugement) bool {
		return j.Critere.Exigence == criteres.Doit && slices.Contains([]banc.Verdict{banc.Echoue, banc.Partiel, banc.Ignore}, j.Resultat.Verdict)
	})
}

// String résume un rendu en une ligne.
func (c Compte) String() string {
	phrase := fmt.Sprintf("DOIT %d/%d · DEVRAIT %d/%d", c.DoitReussis, c.Doit, c.DevraitReussis, c.Devrait)
	if c.NonConcluants > 0 {
		phrase += fmt.Sprintf(" · à relire : %d", c.NonConcluants)
	}
	if c.Erreurs > 0 {
		phrase += fmt.Sprintf(" · erreurs du correcteur : %d", c.Erreurs)
	}
	return phrase
}

// Style règle l'apparence d'une fiche.
type Style struct {
	Couleur bool // sinon, les mots et les signes suffisent
	Largeur int  // colonnes ; 0 : 80
	Preuves bool // montrer les faits qui ont fait conclure
}

// Fiche écrit la fiche d'un rendu : un résumé, puis étape par étape ce qui a été conclu, et pour ce qui n'est pas réussi
// ce qui a été envoyé, attendu, observé, et une piste.
func Fiche(w io.Writer, b *criteres.Bilan, s Style) error {
	f := &fiche{style: s}
	if f.style.Largeur == 0 {
		f.style.Largeur = 80
	}
	resume := fmt.Sprintf("%s : %s", b.Rendu.Nom, Compter(b))
	f.ligne(gras, "%s", resume)
	f.ligne(sobre, "isolation %s%s · graine %d · %v", b.Niveau, parentheses(b.Pourquoi), b.Graine, b.Duree.Round(10*time.Millisecond))
	for _, remarque := range b.Rendu.Remarques {
		f.paragraphe("  ", "note : "+remarque)
	}
	for _, alerte := range b.Alertes {
		f.paragraphe("  ", "ALERTE : "+alerte)
	}
	if s.Preuves {
		for _, etape := range banc.Etapes {
			if faits := b.Reconnaissances[etape]; len(faits) > 0 {
				f.ligne(gras, "Reconnaissance de l'étape %s", etape)
				f.preuves(faits)
			}
		}
	}
	for _, etape := range banc.Etapes {
		f.etape(b, etape)
	}
	f.ligne(sobre, "")
	f.ligne(gras, "%s", resume)
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
	style Style
	texte strings.Builder
}

func (f *fiche) etape(b *criteres.Bilan, e banc.Etape) {
	paire, existe := b.Rendu.Etapes[e]
	if !existe || (paire.Client == nil && paire.Serveur == nil) {
		return
	}
	f.ligne(sobre, "")
	f.ligne(gras, "Étape %s", e)
	for _, p := range []struct {
		nom string
		*banc.Programme
	}{{"client", paire.Client}, {"serveur", paire.Serveur}} {
		if p.Programme != nil {
			f.paragraphe("  ", fmt.Sprintf("%s : %s (%s)", p.nom, p.Fichier, p.Pourquoi))
		}
	}
	for _, j := range b.Jugements {
		if j.Etape == e {
			f.jugement(j)
		}
	}
}

// Les signes des verdicts ; le mot les accompagne toujours quand ce n'est pas réussi.
var signes = map[banc.Verdict]string{
	banc.Reussi: "✔", banc.Partiel: "◐", banc.Echoue: "✘", banc.NonConcluant: "?", banc.Ignore: "–", banc.Instable: "~", banc.Defaillance: "!",
}

func (f *fiche) jugement(j criteres.Jugement) {
	v := j.Resultat.Verdict
	ton := couleurs[v]
	suite := ""
	switch v {
	case banc.Reussi:
	case banc.Partiel:
		suite = fmt.Sprintf(" : %s, %d sur %d", v, j.Resultat.Fait, j.Resultat.Sur)
	case banc.Ignore:
		suite = fmt.Sprintf(" : %s, à cause de %s", v, j.Resultat.Cause)
	default:
		suite = fmt.Sprintf(" : %s", v)
	}
	f.ligne(ton, "%s %s %-7s %s%s", signes[v], j.Critere.ID, exigences[j.Critere.Exigence], j.Critere.Titre, suite)
	r := j.Resultat
	if r.Remarque != "" {
		f.paragraphe("    ", r.Remarque)
	}
	defer func() {
		if f.style.Preuves {
			f.preuves(j.Evenements)
		}
	}()
	if v == banc.Reussi || v == banc.Ignore {
		return
	}
	for _, champ := range []struct{ nom, texte string }{{"envoyé ", r.Envoye}, {"attendu", r.Attendu}, {"observé", r.Observe}} {
		if champ.texte != "" {
			f.paragraphe("    ", champ.nom+"  "+champ.texte)
		}
	}
	for _, d := range r.Diagnostics {
		f.paragraphe("    ", "piste    "+d.Piste)
	}
}

var exigences = map[criteres.Exigence]string{criteres.Doit: "doit", criteres.Devrait: "devrait", criteres.Informatif: "info"}

// Les tons d'un terminal (ECMA-48, SGR).
const (
	sobre = ""
	gras  = "1"
	vert  = "32"
	rouge = "31"
	jaune = "33"
	gris  = "2"
)

var couleurs = map[banc.Verdict]string{
	banc.Reussi: vert, banc.Partiel: jaune, banc.Echoue: rouge, banc.NonConcluant: jaune, banc.Ignore: gris, banc.Instable: jaune, banc.Defaillance: rouge,
}

// ligne écrit un titre ou un verdict. Rien de ce qu'un rendu a écrit n'y commande le terminal.
func (f *fiche) ligne(ton, format string, args ...any) {
	f.ecrire(ton, "", "      ", fmt.Sprintf(format, args...))
}

// paragraphe écrit un texte en retrait.
func (f *fiche) paragraphe(retrait, texte string) {
	f.ecrire(sobre, retrait, retrait+"         ", texte)
}

// texteMaximal borne ce qu'on montre d'un texte, en caractères ; -preuves et le journal gardent le reste.
const texteMaximal = 4000

func (f *fiche) ecrire(ton, retrait, suite, texte string) {
	if texte != "" {
		texte = banc.Montrer([]byte(texte), texteMaximal)
	}
	for i, ligne := range couper(texte, f.style.Largeur-len(retrait), f.style.Largeur-len(suite)) {
		if i > 0 {
			retrait = suite
			ligne = strings.TrimPrefix(ligne, " ")
		}
		ligne = retrait + ligne
		if f.style.Couleur && ton != sobre {
			ligne = "\x1b[" + ton + "m" + ligne + "\x1b[0m"
		}
		f.texte.WriteString(ligne + "\n")
	}
}

// couper coupe un texte en lignes, aux blancs quand il y en a : la première d'au plus n caractères, les autres d'au plus suite.
func couper(texte string, n, suite int) (lignes []string) {
	reste := []rune(texte)
	for len(reste) > n {
		coupe := n
		for i := n; i > n/2; i-- {
			if reste[i] == ' ' {
				coupe = i
				break
			}
		}
		lignes = append(lignes, string(reste[:coupe]))
		reste, n = reste[coupe:], suite
	}
	return append(lignes, string(reste))
}
