package main

import (
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// coupe remplace les octets de debut à fin d'un texte.
type coupe struct {
	debut, fin int
	par        string
}

// squelette rend un fichier Go dont les corps sont à écrire : types, documentation et signatures restent. À la place de
// chaque corps, ce que celui de la référence emploie de shared : on ne peut pas le deviner.
func squelette(nom, texte string) (string, error) {
	fset := token.NewFileSet()
	fichier, err := parser.ParseFile(fset, nom, texte, parser.ParseComments)
	if err != nil {
		return "", fmt.Errorf("lecture de %s : %w", nom, err)
	}
	var coupes []coupe
	for _, d := range fichier.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil {
			corps := "\n" + conseil(outils(f, fichier.Imports)) + "panic(\"à écrire\")\n"
			coupes = append(coupes, coupe{fset.Position(f.Body.Lbrace).Offset + 1, fset.Position(f.Body.Rbrace).Offset, corps})
		}
	}
	vide, err := sansImportsInutiles(nom, couper(texte, coupes))
	if err != nil {
		return "", err
	}
	propre, err := format.Source([]byte(vide))
	if err != nil {
		return "", fmt.Errorf("mise en forme de %s : %w", nom, err)
	}
	return string(propre), nil
}

// couper applique des coupes, données dans l'ordre du texte.
func couper(texte string, coupes []coupe) string {
	for _, c := range slices.Backward(coupes) {
		texte = texte[:c.debut] + c.par + texte[c.fin:]
	}
	return texte
}

// outils rend ce que le corps d'une fonction emploie de shared, et que sa signature ne nomme pas.
func outils(f *ast.FuncDecl, imports []*ast.ImportSpec) (noms []string) {
	partages := map[string]bool{}
	for _, i := range imports {
		partages[nomImporte(i)] = strings.HasPrefix(cheminImporte(i), module+"/shared/")
	}
	declares := employes(f.Type)
	for _, nom := range employes(f.Body) {
		paquet, _, _ := strings.Cut(nom, ".")
		if partages[paquet] && !slices.Contains(declares, nom) && !slices.Contains(noms, nom) {
			noms = append(noms, nom)
		}
	}
	return noms
}

func conseil(outils []string) string {
	if len(outils) == 0 {
		return ""
	}
	return "// Outils : " + strings.Join(outils, ", ") + ".\n"
}

// employes rend les « paquet.Nom » d'un morceau de programme, dans l'ordre. Un attribut « c.conn » leur ressemble : à qui
// appelle de savoir lesquels sont des paquets.
func employes(n ast.Node) (noms []string) {
	ast.Inspect(n, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if paquet, ok := s.X.(*ast.Ident); ok && paquet.Obj == nil { // Obj : une variable du fichier
				noms = append(noms, paquet.Name+"."+s.Sel.Name)
			}
		}
		return true
	})
	return noms
}

// sansImportsInutiles retire les imports dont plus rien ne se sert.
func sansImportsInutiles(nom, texte string) (string, error) {
	fset := token.NewFileSet()
	fichier, err := parser.ParseFile(fset, nom, texte, parser.ParseComments)
	if err != nil {
		return "", fmt.Errorf("relecture de %s : %w", nom, err)
	}
	utiles := map[string]bool{}
	for _, employe := range employes(fichier) {
		paquet, _, _ := strings.Cut(employe, ".")
		utiles[paquet] = true
	}
	var coupes []coupe
	for _, i := range fichier.Imports {
		if !utiles[nomImporte(i)] {
			coupes = append(coupes, coupe{debut: fset.Position(i.Pos()).Offset, fin: fset.Position(i.End()).Offset + 1})
		}
	}
	return couper(texte, coupes), nil
}

func cheminImporte(i *ast.ImportSpec) string {
	chemin, err := strconv.Unquote(i.Path.Value)
	if err != nil {
		return "" // l'analyse du fichier l'aurait refusé
	}
	return chemin
}

var versionMajeure = regexp.MustCompile(`/v\d+$`)

// nomImporte rend le nom sous lequel un fichier emploie un paquet.
func nomImporte(i *ast.ImportSpec) string {
	if i.Name != nil {
		return i.Name.Name
	}
	return path.Base(versionMajeure.ReplaceAllString(cheminImporte(i), ""))
}
