package main

import (
	"html/template"
	"regexp"
	"strings"
)

// Ce qu'un README met en valeur dans une phrase : du code, du gras, de l'italique, un lien.
var motifEnLigne = regexp.MustCompile("`([^`]+)`" + `|\*\*(.+?)\*\*|\*([^*\s][^*]*)\*|\[([^\]]+)\]\([^)]+\)`)

var motifDeLien = regexp.MustCompile(`\[([^\]]+)\]\([^)]+\)`)

// En français, un signe double ne commence pas une ligne.
var insecables = strings.NewReplacer(" :", "\u00a0:", " ;", "\u00a0;", " !", "\u00a0!", " ?", "\u00a0?", "« ", "«\u00a0", " »", "\u00a0»")

// enLigne rend une phrase de README en HTML. Le code qui nomme une déclaration y mène, s'il n'est pas déjà d'ici. Les liens
// vers d'autres fichiers n'en sont plus : la page se lit seule.
func (p *page) enLigne(phrase string, ici *groupe) template.HTML {
	var b strings.Builder
	debut := 0
	for _, m := range motifEnLigne.FindAllStringSubmatchIndex(phrase, -1) {
		b.WriteString(insecables.Replace(template.HTMLEscapeString(phrase[debut:m[0]])))
		partie := func(i int) string { return phrase[m[2*i]:m[2*i+1]] }
		switch {
		case m[2] >= 0:
			b.WriteString(p.code(partie(1), ici))
		case m[4] >= 0:
			b.WriteString("<strong>" + string(p.enLigne(partie(2), ici)) + "</strong>")
		case m[6] >= 0:
			b.WriteString("<em>" + string(p.enLigne(partie(3), ici)) + "</em>")
		default:
			b.WriteString(string(p.enLigne(partie(4), ici)))
		}
		debut = m[1]
	}
	b.WriteString(insecables.Replace(template.HTMLEscapeString(phrase[debut:])))
	return template.HTML(b.String())
}

func (p *page) code(cite string, ici *groupe) string {
	code := "<code>" + template.HTMLEscapeString(cite) + "</code>"
	if g := p.lecon.designe(cite); g != nil && g != ici {
		return `<a href="#` + p.ancres[g] + `">` + code + "</a>"
	}
	return code
}
