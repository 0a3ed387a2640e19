package main

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// sorte dit ce qu'est une déclaration.
type sorte int

const (
	entete    sorte = iota // package et import
	structure              // un type à attributs
	contrat                // une interface
	fonction
	methode
	autre
)

// declaration est une déclaration d'une étape, avec son texte exact.
type declaration struct {
	etape   int
	fichier string
	ligne   int    // la première de texte, dans le fichier
	texte   string // commentaire compris, sans les lignes vides autour
	vides   int    // lignes vides au-dessus

	sorte     sorte
	nom       string
	recu      string   // d'une méthode : le type de son receveur
	etat      string   // le nom du receveur ou, d'une fonction, du premier paramètre
	rend      string   // le type du premier résultat
	attributs []string // d'une structure
	incorpore []string // d'une structure
	methodes  []string // d'une interface
	cite      []string // les types des paramètres et des attributs
	appelle   []string
}

func (d *declaration) estType() bool { return d.sorte == structure || d.sorte == contrat }

// constructeur dit si la déclaration crée un état : chaque étape a les siens.
func (d *declaration) constructeur() bool {
	return d.sorte == fonction && strings.HasPrefix(strings.ToLower(d.nom), "nouve")
}

// complet est le nom qui ne désigne qu'elle dans son étape.
func (d *declaration) complet() string {
	if d.recu != "" {
		return d.recu + "." + d.nom
	}
	return d.nom
}

// signature est la première ligne d'une fonction ou d'une méthode.
func (d *declaration) signature() string {
	for ligne := range strings.SplitSeq(d.texte, "\n") {
		if strings.HasPrefix(ligne, "func ") {
			return ligne
		}
	}
	return ""
}

func (d *declaration) lignes() int { return strings.Count(d.texte, "\n") + 1 }

// couper partage un fichier entre ses déclarations, sans rien en laisser : chacune prend ce qui la précède, et la dernière ce
// qui reste.
func couper(fset *token.FileSet, fichier *ast.File, nom, texte string) (declarations []*declaration) {
	debut := 0
	ajouter := func(d *declaration, fin int) {
		morceau := texte[debut:fin]
		sansVides := strings.TrimLeft(morceau, "\n")
		d.fichier, d.vides = nom, len(morceau)-len(sansVides)
		d.ligne = 1 + strings.Count(texte[:debut], "\n") + d.vides
		d.texte = strings.TrimRight(sansVides, "\n")
		declarations = append(declarations, d)
		debut = fin
	}
	finDeLigne := func(p token.Pos) int {
		fin := fset.Position(p).Offset
		if i := strings.IndexByte(texte[fin:], '\n'); i >= 0 {
			return fin + i + 1
		}
		return len(texte)
	}
	tete := fichier.Name.End()
	corps := slices.DeleteFunc(slices.Clone(fichier.Decls), func(d ast.Decl) bool {
		importe, ok := d.(*ast.GenDecl)
		if ok = ok && importe.Tok == token.IMPORT; ok {
			tete = importe.End()
		}
		return ok
	})
	ajouter(&declaration{sorte: entete, nom: "package et import"}, finDeLigne(tete))
	for i, d := range corps {
		fin := finDeLigne(d.End())
		if i == len(corps)-1 {
			fin = len(texte)
		}
		ajouter(decrire(d), fin)
	}
	return declarations
}

// decrire retient d'une déclaration ce qu'il faut pour la comparer à d'autres.
func decrire(noeud ast.Decl) *declaration {
	d := &declaration{sorte: autre}
	switch n := noeud.(type) {
	case *ast.FuncDecl:
		decrireFonction(d, n)
	case *ast.GenDecl:
		if len(n.Specs) == 0 {
			break
		}
		switch s := n.Specs[0].(type) { // une parenthèse de plusieurs porte le nom du premier
		case *ast.TypeSpec:
			decrireType(d, s)
		case *ast.ValueSpec:
			d.nom = s.Names[0].Name
		}
	}
	return d
}

func decrireFonction(d *declaration, n *ast.FuncDecl) {
	d.sorte, d.nom = fonction, n.Name.Name
	premiers := n.Type.Params.List
	if n.Recv != nil {
		d.sorte, premiers = methode, n.Recv.List
		d.recu = typeDe(n.Recv.List[0].Type)
	}
	if len(premiers) > 0 && len(premiers[0].Names) > 0 {
		d.etat = premiers[0].Names[0].Name
	}
	if n.Type.Results != nil {
		d.rend = typeDe(n.Type.Results.List[0].Type)
	}
	for _, p := range n.Type.Params.List {
		d.cite = append(d.cite, typeDe(p.Type))
	}
	ast.Inspect(n, func(x ast.Node) bool {
		if appel, ok := x.(*ast.CallExpr); ok {
			switch f := appel.Fun.(type) {
			case *ast.Ident:
				d.appelle = append(d.appelle, f.Name)
			case *ast.SelectorExpr:
				d.appelle = append(d.appelle, f.Sel.Name)
			}
		}
		return true
	})
}

func decrireType(d *declaration, s *ast.TypeSpec) {
	d.nom = s.Name.Name
	switch t := s.Type.(type) {
	case *ast.StructType:
		d.sorte = structure
		for _, champ := range t.Fields.List {
			if len(champ.Names) == 0 {
				d.incorpore = append(d.incorpore, typeDe(champ.Type))
			}
			for _, nom := range champ.Names {
				d.attributs = append(d.attributs, nom.Name)
			}
			d.cite = append(d.cite, typeDe(champ.Type))
		}
	case *ast.InterfaceType:
		d.sorte = contrat
		for _, m := range t.Methods.List {
			for _, nom := range m.Names {
				d.methodes = append(d.methodes, nom.Name)
			}
		}
	}
}

// typeDe rend le nom d'un type de l'étape, sans son étoile ; celui d'ailleurs n'en a pas besoin.
func typeDe(x ast.Expr) string {
	switch t := x.(type) {
	case *ast.Ident:
		return t.Name
	case *ast.StarExpr:
		return typeDe(t.X)
	}
	return ""
}
