package decouverte

import (
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// contenu est ce que dit le texte d'une source, sans l'exécuter.
type contenu struct {
	code       string   // le texte sans commentaires, les chaînes vidées
	chaines    []string // ce qu'il y avait dans les chaînes
	serveur    bool     // il écoute
	client     bool     // il se connecte
	lance      bool     // il fait quelque chose quand on le lance
	teste      bool     // c'est un test
	classes    []string
	bases      []string // celles dont ses classes héritent
	importe    []string // chemins des sources du rendu qu'il importe
	manque     string   // Go : un paquet qu'il importe, et que rien ne donne
	principale bool     // Go : package main ; Java : méthode main
	paquet     string   // Go, Java
}

var (
	jsEcoute   = regexp.MustCompile(`\bcreateServer\s*\(|\bnew\s+(?:\w+\.)?Server\s*\(|\.listen\s*\(`)
	jsConnecte = regexp.MustCompile(`\bcreateConnection\s*\(|\bnet\s*\.\s*connect\s*\(|\bnew\s+(?:\w+\.)?Socket\s*\(|\bconnect\s*\(\s*[\w{]`)
	jsClasse   = regexp.MustCompile(`\bclass\s+(\w+)(?:\s+extends\s+([\w.]+))?`)
	jsImport   = regexp.MustCompile(`(?:\brequire\s*\(\s*|\bfrom\s+|\bimport\s+)["'](\.{1,2}/[^"'\n]+)["']`)
	jsFait     = regexp.MustCompile(`(?m)^(?:const|let|var)?\s*[\w$., {}]*=?\s*(?:await\s+)?(?:new\s+)?[\w$.]+\(`)

	javaEcoute   = regexp.MustCompile(`\bServerSocket\b|\bServerSocketChannel\b`)
	javaConnecte = regexp.MustCompile(`\bnew\s+(?:java\.net\.)?Socket\s*\(|\bSocketChannel\s*\.\s*open\b`)
	javaClasse   = regexp.MustCompile(`\bclass\s+(\w+)(?:\s*<[^{>]*>)?(?:\s+extends\s+([\w.]+))?`)
	javaMain     = regexp.MustCompile(`\bstatic\s+(?:final\s+)?void\s+main\s*\(|\bvoid\s+main\s*\(\s*\)`)
	javaPaquet   = regexp.MustCompile(`(?m)^\s*package\s+([\w.]+)\s*;`)

	shEcoute   = regexp.MustCompile(`\b(?:nc|ncat|netcat)\b[^|;\n]*\s-\w*l|\bTCP[46]?-LISTEN\b|\bsocat\b[^\n]*LISTEN`)
	shConnecte = regexp.MustCompile(`/dev/tcp/|\b(?:nc|ncat|netcat|telnet)\b|\bsocat\b[^\n]*\bTCP`)
)

// contenuDe lit une source ; existe dit si un chemin est une source du rendu.
func contenuDe(s source, p *parcours, existe func(string) bool) contenu {
	switch s.langage {
	case "Python":
		return lirePython(s, existe)
	case "Go":
		return lireGo(s, p)
	case "Node":
		return lireNode(s, existe)
	case "Java":
		return lireJava(s, existe)
	case "shell":
		c := contenu{code: sansCommentairesShell(s.texte), lance: true}
		c.serveur = shEcoute.MatchString(c.code)
		c.client = shConnecte.MatchString(shEcoute.ReplaceAllString(c.code, ""))
		return c
	case "exécutable":
		return contenu{lance: true}
	}
	return contenu{}
}

func lireGo(s source, p *parcours) contenu {
	var c contenu
	fichier, _ := parser.ParseFile(token.NewFileSet(), s.chemin, s.texte, parser.SkipObjectResolution)
	if fichier == nil || fichier.Name == nil {
		return c
	}
	c.paquet = fichier.Name.Name
	ast.Inspect(fichier, func(n ast.Node) bool {
		c.lireNoeudGo(n)
		return true
	})
	c.lance = c.principale
	for _, i := range fichier.Imports {
		chemin, _ := strconv.Unquote(i.Path.Value)
		siens := p.dossiersDuPaquet(chemin)
		c.importe = append(c.importe, siens...)
		if premier, _, _ := strings.Cut(chemin, "/"); len(siens) == 0 && !strings.Contains(premier, ".") && !standardDeGo(chemin) {
			c.manque = chemin
		}
	}
	slices.Sort(c.importe)
	return c
}

// lireNoeudGo retient ce que dit un nœud d'un source Go.
func (c *contenu) lireNoeudGo(n ast.Node) {
	switch n := n.(type) {
	case *ast.FuncDecl:
		c.principale = c.principale || n.Recv == nil && n.Name.Name == "main" && c.paquet == "main"
		if n.Recv != nil {
			c.classes = append(c.classes, n.Name.Name) // au moins un type a des méthodes
		}
	case *ast.TypeSpec:
		c.bases = append(c.bases, incorpores(n)...)
	case *ast.SelectorExpr:
		c.serveur = c.serveur || strings.HasPrefix(n.Sel.Name, "Listen")
		c.client = c.client || strings.HasPrefix(n.Sel.Name, "Dial")
	case *ast.BasicLit:
		if texte, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING {
			c.chaines = append(c.chaines, texte)
		}
	}
}

// incorpores donne les noms des types qu'une structure incorpore.
func incorpores(t *ast.TypeSpec) (noms []string) {
	structure, ok := t.Type.(*ast.StructType)
	if !ok {
		return nil
	}
	for _, champ := range structure.Fields.List {
		if len(champ.Names) == 0 {
			noms = append(noms, nomDeType(champ.Type))
		}
	}
	return noms
}

// dossiersDuPaquet donne les dossiers du rendu qu'un chemin d'import Go désigne, suivis de / ; aucun s'il n'est pas du rendu.
func (p *parcours) dossiersDuPaquet(chemin string) (dossiers []string) {
	for dossier, module := range p.modules {
		if reste, ok := strings.CutPrefix(chemin, module); ok && module != "" && (reste == "" || reste[0] == '/') {
			dossiers = append(dossiers, path.Join(dossier, reste)+"/")
		}
	}
	return dossiers
}

// standardDeGo dit si un paquet, dont le chemin n'a pas de point, est de la bibliothèque standard. Sans elle sur cette machine,
// on le suppose.
func standardDeGo(chemin string) bool {
	sources := filepath.Join(build.Default.GOROOT, "src")
	if _, err := os.Stat(filepath.Join(sources, "fmt")); err != nil || chemin == "C" {
		return true
	}
	if !filepath.IsLocal(filepath.FromSlash(chemin)) {
		return false
	}
	_, err := os.Stat(filepath.Join(sources, filepath.FromSlash(chemin)))
	return err == nil
}

// nomDeType donne le nom d'un type incorporé : « *paquet.Base » donne Base.
func nomDeType(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return nomDeType(e.X)
	case *ast.SelectorExpr:
		return "" // d'un autre paquet : presque toujours de la bibliothèque
	case *ast.Ident:
		return e.Name
	}
	return ""
}

func lireNode(s source, existe func(string) bool) contenu {
	var c contenu
	c.code, c.chaines = sansChaines(s.texte, ecritureNode)
	c.serveur = jsEcoute.MatchString(c.code)
	c.client = jsConnecte.MatchString(c.code)
	for _, m := range jsClasse.FindAllStringSubmatch(c.code, -1) {
		c.classes = append(c.classes, m[1])
		if m[2] != "" {
			c.bases = append(c.bases, m[2][strings.LastIndexByte(m[2], '.')+1:])
		}
	}
	c.lance = jsFait.MatchString(regexp.MustCompile(`(?m)^.*\b(?:require|module\.exports|exports\.)\b.*$`).ReplaceAllString(c.code, ""))
	for _, m := range jsImport.FindAllStringSubmatch(s.texte, -1) {
		for _, suffixe := range []string{"", ".js", ".mjs", ".cjs", "/index.js"} {
			if chemin := path.Join(path.Dir(s.chemin), m[1]) + suffixe; existe(chemin) && chemin != s.chemin {
				c.importe = append(c.importe, chemin)
				break
			}
		}
	}
	return c
}

func lireJava(s source, existe func(string) bool) contenu {
	var c contenu
	c.code, c.chaines = sansChaines(s.texte, ecritureC)
	c.serveur = javaEcoute.MatchString(c.code)
	c.client = javaConnecte.MatchString(c.code)
	for _, m := range javaClasse.FindAllStringSubmatch(c.code, -1) {
		c.classes = append(c.classes, m[1])
		if m[2] != "" {
			c.bases = append(c.bases, m[2][strings.LastIndexByte(m[2], '.')+1:])
		}
	}
	c.principale = javaMain.MatchString(c.code)
	c.lance = c.principale
	if m := javaPaquet.FindStringSubmatch(c.code); m != nil {
		c.paquet = m[1]
	}
	// Une classe du même dossier est importée sans le dire.
	for _, mot := range slices.Compact(slices.Sorted(slices.Values(motMajuscule.FindAllString(c.code, -1)))) {
		if chemin := path.Join(path.Dir(s.chemin), mot+".java"); existe(chemin) && chemin != s.chemin {
			c.importe = append(c.importe, chemin)
		}
	}
	return c
}

var motMajuscule = regexp.MustCompile(`\b[A-Z]\w*`)

var commentaireShell = regexp.MustCompile(`(?m)(^|\s)#.*$`)

func sansCommentairesShell(texte string) string {
	return commentaireShell.ReplaceAllString(texte, "$1")
}

// ecriture dit comment un langage écrit ses commentaires et ses chaînes.
type ecriture struct {
	ligne, ouvre, ferme string
	longues             []string // chaînes sur plusieurs lignes
	courtes             string
}

var (
	ecriturePython = ecriture{ligne: "#", longues: []string{`"""`, `'''`}, courtes: `"'`}
	ecritureNode   = ecriture{ligne: "//", ouvre: "/*", ferme: "*/", longues: []string{"`"}, courtes: `"'`}
	ecritureC      = ecriture{ligne: "//", ouvre: "/*", ferme: "*/", longues: []string{`"""`}, courtes: `"'`}
)

// sansChaines enlève les commentaires, vide les chaînes et les rend à part. Ce n'est pas une analyse : ce qu'elle rate
// ne coûte qu'un indice.
func sansChaines(texte string, e ecriture) (code string, chaines []string) {
	var b strings.Builder
	for texte != "" {
		switch {
		case strings.HasPrefix(texte, e.ligne):
			i := strings.IndexByte(texte, '\n')
			if i < 0 {
				i = len(texte)
			}
			texte = texte[i:]
			continue
		case e.ouvre != "" && strings.HasPrefix(texte, e.ouvre):
			_, texte, _ = strings.Cut(texte[len(e.ouvre):], e.ferme)
			continue
		}
		guillemet := ""
		for _, l := range e.longues {
			if strings.HasPrefix(texte, l) {
				guillemet = l
			}
		}
		long := guillemet != ""
		if !long && strings.IndexByte(e.courtes, texte[0]) >= 0 {
			guillemet = texte[:1]
		}
		if guillemet == "" {
			b.WriteByte(texte[0])
			texte = texte[1:]
			continue
		}
		chaine, reste := couperChaine(texte[len(guillemet):], guillemet, long)
		chaines = append(chaines, chaine)
		b.WriteString(`""`)
		texte = reste
	}
	return b.String(), chaines
}

// couperChaine rend le contenu d'une chaîne, et ce qui la suit. Une chaîne courte finit au plus tard avec sa ligne.
func couperChaine(texte, guillemet string, longue bool) (chaine, reste string) {
	for i := 0; i < len(texte); i++ {
		switch {
		case texte[i] == '\\':
			i++
		case strings.HasPrefix(texte[i:], guillemet):
			return texte[:i], texte[i+len(guillemet):]
		case texte[i] == '\n' && !longue:
			return texte[:i], texte[i:]
		}
	}
	return texte, ""
}
