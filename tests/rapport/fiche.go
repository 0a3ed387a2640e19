// Package rapport montre ce que le correcteur a conclu.
package rapport

import (
	"fmt"
	"io"
	"strings"
	"time"

	"capteurs/tests/banc"
	"capteurs/tests/criteres"
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

// Style règle l'apparence d'une fiche.
type Style struct {
	Couleur bool // sinon, les mots et les signes suffisent
	Largeur int  // colonnes ; 0 : 80
	Preuves bool // montrer les faits qui ont fait conclure
}

// Fiche écrit la fiche d'un rendu : un résumé, puis étape par étape ce qui a été conclu, et pour ce qui n'est pas réussi
// ce qui a été envoyé, attendu, observé, et une piste.
func Fiche(w io.Writer, r *Rendu, s Style) error {
	f := &fiche{style: s}
	if f.style.Largeur == 0 {
		f.style.Largeur = 80
	}
	resume := fmt.Sprintf("%s : %s", r.Nom, r.Compter())
	f.ligne(gras, "%s", resume)
	f.ligne(sobre, "isolation %s%s · graine %s · %v", r.Isolation.Niveau, parentheses(r.Isolation.Raison), r.Graine, (time.Duration(r.DureeUS) * time.Microsecond).Round(10*time.Millisecond))
	for _, remarque := range r.Remarques {
		f.paragraphe("  ", "note : "+remarque)
	}
	for _, alerte := range r.Alertes {
		f.paragraphe("  ", "ALERTE : "+alerte)
	}
	for _, e := range r.Etapes {
		f.etape(r, e)
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

func (f *fiche) etape(r *Rendu, e Etape) {
	f.ligne(sobre, "")
	f.ligne(gras, "Étape %s", e.Nom)
	for _, p := range []struct {
		nom string
		*banc.Programme
	}{{"client", e.Client}, {"serveur", e.Serveur}} {
		if p.Programme != nil {
			f.paragraphe("  ", fmt.Sprintf("%s : %s (%s)", p.nom, p.Fichier, p.Pourquoi))
		}
	}
	if f.style.Preuves {
		f.preuves(e.Reconnaissance)
	}
	for _, j := range r.Jugements {
		if j.Etape == e.Nom {
			f.jugement(j)
		}
	}
}

// Les signes des verdicts ; le mot les accompagne toujours quand ce n'est pas réussi.
var signes = map[banc.Verdict]string{
	banc.Reussi: "✔", banc.Partiel: "◐", banc.Echoue: "✘", banc.NonConcluant: "?", banc.Ignore: "–", banc.Instable: "~", banc.Defaillance: "!",
}

func (f *fiche) jugement(j Jugement) {
	v := j.Verdict
	ton := couleurs[v]
	suite := ""
	switch v {
	case banc.Reussi:
	case banc.Partiel:
		suite = fmt.Sprintf(" : %s, %d sur %d", v, j.Fait, j.Sur)
	case banc.Ignore:
		suite = fmt.Sprintf(" : %s, à cause de %s", v, j.Cause)
	default:
		suite = fmt.Sprintf(" : %s", v)
	}
	f.ligne(ton, "%s %s %-7s %s%s", signes[v], j.Critere, exigences[j.Exigence], j.Titre, suite)
	if j.Remarque != "" {
		f.paragraphe("    ", j.Remarque)
	}
	defer func() {
		if f.style.Preuves {
			f.preuves(j.Faits)
		}
	}()
	if v == banc.Reussi || v == banc.Ignore {
		return
	}
	for _, champ := range []struct{ nom, texte string }{{"envoyé ", j.Envoye}, {"attendu", j.Attendu}, {"observé", j.Observe}} {
		if champ.texte != "" {
			f.paragraphe("    ", champ.nom+"  "+champ.texte)
		}
	}
	for _, d := range j.Diagnostics {
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
