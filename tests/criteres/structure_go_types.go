package criteres

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"iter"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// classeGo est un type du rendu qui a des méthodes, ou qui en incorpore un autre.
type classeGo struct {
	Classe
	nomme    *types.Named
	bases    []*types.Named // du rendu
	fonction map[string]*ast.FuncDecl
}

// coteGo est ce qui peut s'exécuter depuis le main d'un programme.
type coteGo struct {
	atteints map[types.Object]bool // fonctions, méthodes, types
	corps    []ast.Node
	appelees map[string]bool // noms des méthodes demandées
}

// conclure fait la structure de tout ce qui a été lu.
func (l *lecteurGo) conclure(principaux map[Cote]*paquetGo) Structure {
	declarations := map[types.Object]ast.Node{} // ce que déclare chaque nom du rendu
	classes := l.classes(declarations)
	cotes := map[Cote]*coteGo{}
	for cote, p := range principaux {
		cotes[cote] = l.suivre(p, declarations, classes)
	}
	ordonnes := slices.SortedFunc(maps.Values(classes), func(a, b *classeGo) int {
		if a.Fichier != b.Fichier {
			return strings.Compare(a.Fichier, b.Fichier)
		}
		return a.Ligne - b.Ligne
	})
	for _, c := range ordonnes {
		for _, cote := range []Cote{CoteClient, CoteServeur} {
			vu := cotes[cote]
			if vu == nil || !vu.atteints[c.nomme.Obj()] {
				continue
			}
			c.Cotes = append(c.Cotes, cote)
			for i, m := range c.Methodes {
				c.Methodes[i].Appelee = m.Appelee || vu.appelees[m.Nom]
			}
			c.Employee = c.Employee || l.employee(c, vu)
			if len(c.bases) > 0 {
				l.usages(c, classes, cote, vu)
			}
		}
		l.s.Classes = append(l.s.Classes, c.Classe)
	}
	for _, p := range l.ordre {
		for _, f := range p.fichiers {
			l.remarquer(f)
		}
	}
	return l.s
}

// classes recense les types du rendu, et ce qu'ils incorporent.
func (l *lecteurGo) classes(declarations map[types.Object]ast.Node) map[*types.TypeName]*classeGo {
	classes := map[*types.TypeName]*classeGo{}
	for d := range l.declarees() {
		l.declarer(d, classes, declarations)
	}
	for d := range l.declarees() {
		if methode, ok := d.(*ast.FuncDecl); ok && methode.Recv != nil {
			l.rattacher(methode, classes)
		}
	}
	for _, c := range classes {
		c.garderLesClasses(classes)
	}
	for _, c := range classes {
		c.nommerAncetres(classes)
	}
	oterSimplesTypes(classes)
	return classes
}

// garderLesClasses oublie, parmi ce que la classe incorpore, les types du rendu qui ne font rien : ni méthode, ni type incorporé.
// Regrouper des réglages n'est pas hériter.
func (c *classeGo) garderLesClasses(classes map[*types.TypeName]*classeGo) {
	c.bases = slices.DeleteFunc(c.bases, func(base *types.Named) bool {
		b := classes[base.Obj()]
		return b != nil && len(b.Methodes) == 0 && len(b.Bases) == 0
	})
	c.BasesDuRendu = nil
	for _, base := range c.bases {
		c.BasesDuRendu = append(c.BasesDuRendu, base.Obj().Name())
	}
}

// declarees donne ce que déclarent les fichiers lus, dans leur ordre.
func (l *lecteurGo) declarees() iter.Seq[ast.Decl] {
	return func(yield func(ast.Decl) bool) {
		for _, p := range l.ordre {
			for _, f := range p.fichiers {
				for _, d := range f.Decls {
					if !yield(d) {
						return
					}
				}
			}
		}
	}
}

// declarer note ce que déclare chaque nom, et les types.
func (l *lecteurGo) declarer(d ast.Decl, classes map[*types.TypeName]*classeGo, declarations map[types.Object]ast.Node) {
	noter := func(nom *ast.Ident, n ast.Node) {
		if o := l.infos.Defs[nom]; o != nil {
			declarations[o] = n
		}
	}
	switch d := d.(type) {
	case *ast.FuncDecl:
		noter(d.Name, d)
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				l.classe(d, spec, classes, declarations)
			case *ast.ValueSpec:
				for _, nom := range spec.Names {
					noter(nom, spec)
				}
			}
		}
	}
}

// rattacher donne une méthode à sa classe.
func (l *lecteurGo) rattacher(d *ast.FuncDecl, classes map[*types.TypeName]*classeGo) {
	fn, _ := l.infos.Defs[d.Name].(*types.Func)
	if fn == nil {
		return
	}
	c := classes[nommeDe(fn.Signature().Recv().Type())]
	if c == nil {
		return
	}
	_, ligne := l.ou(d.Pos())
	c.fonction[d.Name.Name] = d
	c.Methodes = append(c.Methodes, Methode{
		Nom: d.Name.Name, Ligne: ligne, Documentee: d.Doc != nil || l.commente(d),
		Vide:   d.Body == nil || len(d.Body.List) == 0,
		Privee: !d.Name.IsExported(),
	})
	c.Technique = c.Technique || d.Name.Name == "Error"
}

// nommerAncetres nomme les classes que celle-ci incorpore, de proche en proche, les plus proches d'abord.
func (c *classeGo) nommerAncetres(classes map[*types.TypeName]*classeGo) {
	var vus []*types.Named
	for reste := slices.Clone(c.bases); len(reste) > 0; reste = reste[1:] {
		base := classes[reste[0].Obj()]
		if base == nil || base == c || slices.Contains(vus, base.nomme) {
			continue
		}
		vus = append(vus, base.nomme)
		c.Ancetres = append(c.Ancetres, base.Nom)
		reste = append(reste, base.bases...)
	}
}

// oterSimplesTypes retire les types sans méthode ni base, qui ne sont pas des classes ; sauf ceux qui servent de base.
func oterSimplesTypes(classes map[*types.TypeName]*classeGo) {
	bases := map[*types.Named]bool{}
	for _, c := range classes {
		for _, base := range c.bases {
			bases[base] = true
		}
	}
	maps.DeleteFunc(classes, func(_ *types.TypeName, c *classeGo) bool {
		return len(c.Methodes) == 0 && len(c.Bases) == 0 && !bases[c.nomme]
	})
}

// classe note un type, et ce qu'il incorpore.
func (l *lecteurGo) classe(d *ast.GenDecl, spec *ast.TypeSpec, classes map[*types.TypeName]*classeGo, declarations map[types.Object]ast.Node) {
	objet, _ := l.infos.Defs[spec.Name].(*types.TypeName)
	if objet == nil || objet.IsAlias() {
		return
	}
	declarations[objet] = spec
	nomme, _ := objet.Type().(*types.Named)
	if _, interfacee := spec.Type.(*ast.InterfaceType); nomme == nil || interfacee {
		return
	}
	fichier, ligne := l.ou(spec.Pos())
	c := &classeGo{nomme: nomme, fonction: map[string]*ast.FuncDecl{}, Classe: Classe{
		Nom: spec.Name.Name, Fichier: fichier, Ligne: ligne,
		Documentee: spec.Doc != nil || spec.Comment != nil || d.Doc != nil || l.commente(spec),
	}}
	classes[objet] = c
	st, ok := spec.Type.(*ast.StructType)
	if !ok {
		return
	}
	for _, champ := range st.Fields.List {
		if len(champ.Names) > 0 {
			continue
		}
		c.Bases = append(c.Bases, types.ExprString(champ.Type))
		if base := l.typeIncorpore(champ.Type); base != nil {
			c.bases = append(c.bases, base)
			c.BasesDuRendu = append(c.BasesDuRendu, base.Obj().Name())
		}
	}
}

// typeIncorpore rend le type du rendu, structure ou interface, que désigne un champ sans nom.
func (l *lecteurGo) typeIncorpore(e ast.Expr) *types.Named {
	switch x := e.(type) {
	case *ast.StarExpr:
		return l.typeIncorpore(x.X)
	case *ast.IndexExpr:
		return l.typeIncorpore(x.X)
	case *ast.SelectorExpr:
		return l.typeIncorpore(x.Sel)
	case *ast.Ident:
		if objet, _ := l.infos.Uses[x].(*types.TypeName); objet != nil {
			nomme, _ := types.Unalias(objet.Type()).(*types.Named)
			if nomme != nil && l.duRendu(nomme.Obj()) {
				return nomme
			}
		}
	}
	return nil
}

// duRendu dit si un nom est déclaré dans un fichier lu.
func (l *lecteurGo) duRendu(o types.Object) bool { return o.Pos().IsValid() }

// commente dit si une déclaration contient un commentaire.
func (l *lecteurGo) commente(n ast.Node) bool {
	for _, p := range l.ordre {
		for _, f := range p.fichiers {
			if f.FileStart <= n.Pos() && n.Pos() < f.FileEnd {
				return slices.ContainsFunc(f.Comments, func(c *ast.CommentGroup) bool { return n.Pos() <= c.Pos() && c.Pos() < n.End() })
			}
		}
	}
	return false
}

// nommeDe rend le nom du type d'un récepteur ou d'une instance.
func nommeDe(t types.Type) *types.TypeName {
	t = types.Unalias(t)
	if p, ok := t.(*types.Pointer); ok {
		t = types.Unalias(p.Elem())
	}
	if n, ok := t.(*types.Named); ok {
		return n.Origin().Obj()
	}
	return nil
}

// suivre part de main et suit les noms employés ; un type atteint l'est avec toutes ses méthodes et ses bases.
func (l *lecteurGo) suivre(p *paquetGo, declarations map[types.Object]ast.Node, classes map[*types.TypeName]*classeGo) *coteGo {
	s := &poursuite{cote: coteGo{atteints: map[types.Object]bool{}, appelees: map[string]bool{}}, infos: l.infos, declarations: declarations, classes: classes}
	for _, f := range p.fichiers {
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if ok && fn.Recv == nil && (fn.Name.Name == "main" || fn.Name.Name == "init") {
				s.aSuivre = append(s.aSuivre, fn)
			}
		}
	}
	for len(s.aSuivre) > 0 {
		n := s.aSuivre[len(s.aSuivre)-1]
		s.aSuivre = s.aSuivre[:len(s.aSuivre)-1]
		s.cote.corps = append(s.cote.corps, n)
		ast.Inspect(n, func(x ast.Node) bool {
			s.noeud(x)
			return true
		})
	}
	return &s.cote
}

// poursuite suit de proche en proche ce qui peut s'exécuter.
type poursuite struct {
	cote         coteGo
	infos        *types.Info
	declarations map[types.Object]ast.Node
	classes      map[*types.TypeName]*classeGo
	aSuivre      []ast.Node
}

// noeud atteint ce qu'un nœud désigne, et le type de ce qu'il désigne, même sans le nommer.
func (s *poursuite) noeud(n ast.Node) {
	switch n := n.(type) {
	case *ast.Ident:
		o := s.infos.Uses[n]
		if fn, ok := o.(*types.Func); ok {
			o = fn.Origin()
		}
		s.atteindre(o)
		if v, ok := o.(*types.Var); ok && v.Type() != nil {
			if t := nommeDe(v.Type()); t != nil && s.classes[t] != nil {
				s.atteindre(t)
			}
		}
	case *ast.SelectorExpr:
		s.cote.appelees[n.Sel.Name] = true
	}
}

func (s *poursuite) atteindre(o types.Object) {
	if o == nil || s.cote.atteints[o] {
		return
	}
	s.cote.atteints[o] = true
	if n := s.declarations[o]; n != nil {
		s.aSuivre = append(s.aSuivre, n)
	}
	if t, ok := o.(*types.TypeName); ok && s.classes[t] != nil {
		for _, d := range s.classes[t].fonction {
			s.cote.atteints[s.infos.Defs[d.Name]] = true
			s.aSuivre = append(s.aSuivre, d)
		}
	}
}

// employee dit si un type sert lui-même : créé, reçu, ou désigné hors de ce qui l'incorpore et de ses propres méthodes.
func (l *lecteurGo) employee(c *classeGo, vu *coteGo) bool {
	for _, n := range vu.corps {
		if fn, ok := n.(*ast.FuncDecl); ok && fn.Recv != nil && c.fonction[fn.Name.Name] == fn {
			continue
		}
		trouve := false
		ast.Inspect(n, func(x ast.Node) bool {
			switch x := x.(type) {
			case *ast.Field:
				return len(x.Names) > 0
			case *ast.KeyValueExpr: // Serveur: Serveur{…} remplit une base
				if cle, ok := x.Key.(*ast.Ident); ok && cle.Name == c.Nom {
					return false
				}
			case *ast.Ident:
				trouve = trouve || l.infos.Uses[x] == c.nomme.Obj()
			}
			return !trouve
		})
		if trouve {
			return true
		}
	}
	return false
}

// usages note ce qu'un type reçoit de ce qu'il incorpore, et qui sert : un champ ou une méthode promus, ou une méthode
// masquée qu'on appelle par le nom de la base.
func (l *lecteurGo) usages(c *classeGo, classes map[*types.TypeName]*classeGo, cote Cote, vu *coteGo) {
	noter := func(base *types.TypeName, quoi string, p token.Pos) {
		fichier, ligne := l.ou(p)
		u := Usage{Classe: c.Nom, Base: base.Name(), Quoi: quoi, Cote: cote, Fichier: fichier, Ligne: ligne}
		if !slices.Contains(l.s.Usages, u) && len(l.s.Usages) < 200 {
			l.s.Usages = append(l.s.Usages, u)
		}
	}
	for _, n := range vu.corps {
		ast.Inspect(n, func(x ast.Node) bool {
			sel, ok := x.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			s := l.infos.Selections[sel]
			if s == nil {
				return true
			}
			if types.IsInterface(s.Recv()) {
				// Demandée par une interface, que le type ne remplit peut-être que par ce qu'il a reçu.
				if base := promue(c, classes, sel.Sel.Name); base != nil && types.Implements(types.NewPointer(c.nomme), interfaceDe(s.Recv())) {
					noter(base, "méthode "+sel.Sel.Name, sel.Pos())
				}
				return true
			}
			switch recu := nommeDe(s.Recv()); {
			case recu == c.nomme.Obj() && len(s.Index()) > 1:
				if base := baseDe(c, classes, s.Index()); base != nil {
					noter(base, genreGo(s)+sel.Sel.Name, sel.Pos())
				}
			case recu != nil && s.Kind() == types.MethodVal && parLaBase(l, c, sel.X):
				if base := classes[recu]; base != nil && slices.Contains(c.Ancetres, base.Nom) {
					noter(recu, genreGo(s)+sel.Sel.Name, sel.Pos())
				}
			}
			return true
		})
	}
}

func genreGo(s *types.Selection) string {
	if s.Kind() == types.FieldVal {
		return "champ "
	}
	return "méthode "
}

func interfaceDe(t types.Type) *types.Interface {
	i, _ := t.Underlying().(*types.Interface)
	if i == nil {
		return types.NewInterfaceType(nil, nil)
	}
	return i
}

// promue rend la base qui donne une méthode à un type, ou nil s'il la définit lui-même.
func promue(c *classeGo, classes map[*types.TypeName]*classeGo, nom string) *types.TypeName {
	s := types.NewMethodSet(types.NewPointer(c.nomme)).Lookup(c.nomme.Obj().Pkg(), nom)
	if s == nil || len(s.Index()) < 2 {
		return nil
	}
	return baseDe(c, classes, s.Index())
}

// baseDe suit le chemin d'une promotion jusqu'au type qui définit ce qui est promu.
func baseDe(c *classeGo, classes map[*types.TypeName]*classeGo, chemin []int) *types.TypeName {
	var base *types.TypeName
	var t types.Type = c.nomme
	for _, i := range chemin[:len(chemin)-1] {
		nom := nommeDe(t)
		if nom == nil {
			return base
		}
		st, ok := nom.Type().Underlying().(*types.Struct)
		if !ok || i >= st.NumFields() {
			return base
		}
		t = st.Field(i).Type()
		if suivant := nommeDe(t); suivant != nil && suivant.Pos().IsValid() {
			base = suivant
		}
	}
	return base
}

// parLaBase dit si une expression nomme la base d'une instance : « s.Base ».
func parLaBase(l *lecteurGo, c *classeGo, e ast.Expr) bool {
	sel, ok := e.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	s := l.infos.Selections[sel]
	if s == nil || s.Kind() != types.FieldVal || nommeDe(s.Recv()) != c.nomme.Obj() {
		return false
	}
	v, ok := s.Obj().(*types.Var)
	return ok && v.Embedded()
}

var (
	requeteSQL   = regexp.MustCompile(`(?i)\b(insert|replace|select|update|delete)\b`)
	cheminAbsolu = regexp.MustCompile(`^(file:)?(/|[A-Za-z]:[\\/])`)
)

// remarquer note les goroutines, le SQL composé, les chemins absolus et ce qui parle d'héritage dans un fichier.
func (l *lecteurGo) remarquer(f *ast.File) {
	noter := func(liste *[]string, p token.Pos, texte string) {
		if len(*liste) < 200 {
			*liste = append(*liste, l.place(p)+" : "+couperTexte(texte))
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			noter(&l.s.Fils, n.Pos(), "goroutine")
		case *ast.CallExpr:
			nom := ""
			switch fun := n.Fun.(type) {
			case *ast.SelectorExpr:
				nom = fun.Sel.Name
			case *ast.Ident:
				nom = fun.Name
			}
			if nom == "Go" && len(n.Args) == 1 {
				noter(&l.s.Fils, n.Pos(), "goroutine")
			}
			for _, a := range n.Args[:min(len(n.Args), 2)] {
				texte := texteDe(a)
				if slices.Contains([]string{"Exec", "ExecContext", "Query", "QueryContext", "QueryRow", "QueryRowContext"}, nom) && requeteSQL.MatchString(texte) && composee(a) {
					noter(&l.s.SQLConcatene, n.Pos(), "requête SQL composée avec ses valeurs")
				}
				if slices.Contains([]string{"Open", "OpenFile", "Create", "WriteFile", "Mkdir", "MkdirAll"}, nom) && cheminAbsolu.MatchString(texte) && !strings.HasPrefix(texte, "/dev/") {
					noter(&l.s.CheminsAbsolus, n.Pos(), texte)
				}
			}
		}
		return true
	})
	for _, c := range f.Comments {
		if texte := strings.Join(strings.Fields(c.Text()), " "); parleDHeritage.MatchString(texte) {
			noter(&l.s.Explication, c.Pos(), texte)
		}
	}
}

// texteDe rend bout à bout les chaînes d'une expression.
func texteDe(e ast.Expr) string {
	var b strings.Builder
	ast.Inspect(e, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			texte, _ := strconv.Unquote(lit.Value)
			fmt.Fprint(&b, texte)
		}
		return true
	})
	return b.String()
}

// composee dit si une chaîne est faite avec des valeurs : par + ou par Sprintf.
func composee(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BinaryExpr:
		return !litteral(e.X) || !litteral(e.Y)
	case *ast.CallExpr:
		sel, ok := e.Fun.(*ast.SelectorExpr)
		return ok && strings.HasPrefix(sel.Sel.Name, "Sprint") && len(e.Args) > 1
	}
	return false
}

func litteral(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BasicLit:
		return true
	case *ast.BinaryExpr:
		return litteral(e.X) && litteral(e.Y)
	case *ast.ParenExpr:
		return litteral(e.X)
	}
	return false
}
