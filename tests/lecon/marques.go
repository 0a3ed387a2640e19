package main

import (
	"go/scanner"
	"go/token"
	"html/template"
	"regexp"
	"strings"
)

// aspect est ce qu'un octet d'une unité a de particulier.
type aspect struct {
	arrive, part bool // par rapport à l'étape d'avant, à celle d'après
	element      string
}

// aspects dit celui de chaque octet d'une unité.
func aspects(u *unite) []aspect {
	a := make([]aspect, len(u.texte))
	if !u.commentaire() {
		colorer(a, u.texte)
	}
	place := 0
	for _, s := range u.depuis {
		for i := range a[min(place, len(a)):min(place+len(s.apres), len(a))] {
			a[place+i].arrive = !s.commun() && !estBlanc(s.apres)
		}
		place += len(s.apres)
	}
	place = 0
	for _, s := range u.vers {
		for i := range a[min(place, len(a)):min(place+len(s.avant), len(a))] {
			a[place+i].part = !s.commun() && !estBlanc(s.avant)
		}
		place += len(s.avant)
	}
	return a
}

// colorer met les mots de Go en gras, et ce qu'on lui commente à part. C'est tout : les couleurs sont pour la leçon.
func colorer(a []aspect, texte string) {
	fset := token.NewFileSet()
	fichier := fset.AddFile("", -1, len(texte))
	var s scanner.Scanner
	s.Init(fichier, []byte(texte), nil, scanner.ScanComments)
	for {
		pos, jeton, lu := s.Scan()
		if jeton == token.EOF {
			return
		}
		element := ""
		switch {
		case jeton.IsKeyword():
			element = "b"
		case jeton == token.COMMENT:
			element = "i"
		}
		debut := fichier.Offset(pos)
		for i := debut; element != "" && i < min(debut+len(lu), len(a)); i++ {
			a[i].element = element
		}
	}
}

// marquer rend une unité en HTML. Son texte y est tout entier : ce qui passe à la ligne au milieu d'un commentaire est caché
// par la feuille de style, qui le met en lignes elle-même.
func marquer(u *unite) template.HTML {
	return baliser(u.texte, aspects(u))
}

func baliser(texte string, aspects []aspect) template.HTML {
	var b strings.Builder
	for debut := 0; debut < len(texte); {
		fin := debut + 1
		for fin < len(texte) && aspects[fin] == aspects[debut] {
			fin++
		}
		a := aspects[debut]
		var elements []string
		if a.arrive {
			elements = append(elements, "ins")
		}
		if a.part {
			elements = append(elements, "del")
		}
		if a.element != "" {
			elements = append(elements, a.element)
		}
		for _, e := range elements {
			b.WriteString("<" + e + ">")
		}
		ecrirePlis(&b, texte[debut:fin])
		for i := len(elements) - 1; i >= 0; i-- {
			b.WriteString("</" + elements[i] + ">")
		}
		debut = fin
	}
	return template.HTML(b.String())
}

// Ce qu'un texte en HTML cache, et ce qu'il ne coupe pas : un signe double et le mot à côté.
var motifDePli = regexp.MustCompile(`(\n\t*//)|[\pL\pN.)"»]+ [:;!?»]|« [\pL\pN]+`)

// ecrirePlis met à part les passages à la ligne d'un commentaire, et ce qui ne se coupe pas.
func ecrirePlis(b *strings.Builder, texte string) {
	debut := 0
	for _, m := range motifDePli.FindAllStringSubmatchIndex(texte, -1) {
		classe := "uni"
		if m[2] >= 0 {
			classe = "pli"
		}
		b.WriteString(template.HTMLEscapeString(texte[debut:m[0]]))
		b.WriteString(`<span class="` + classe + `">` + template.HTMLEscapeString(texte[m[0]:m[1]]) + `</span>`)
		debut = m[1]
	}
	b.WriteString(template.HTMLEscapeString(texte[debut:]))
}
