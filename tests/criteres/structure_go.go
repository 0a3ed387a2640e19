package criteres

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/types"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"capteurs/tests/decouverte"
)

const (
	maxFichierGo = 512 << 10
	maxPaquetsGo = 60
	delaiGo      = 15 * time.Second
)

// lireStructureGo lit le paquet de chaque programme et ceux du rendu qu'il importe. La bibliothèque n'est pas lue : ses
// types restent inconnus, et il suffit de ceux du rendu pour savoir qui incorpore qui.
func lireStructureGo(ctx context.Context, racine *os.Root, programmes map[Cote]*decouverte.Programme) (Structure, error) {
	ctx, annuler := context.WithTimeout(ctx, delaiGo)
	defer annuler()
	type reponse struct {
		s   Structure
		err error
	}
	faite := make(chan reponse, 1)
	// L'analyse ne sait pas s'interrompre : on l'abandonne, et le processus, qui vit peu, l'emporte avec lui.
	go func() {
		var r reponse
		defer func() {
			if p := recover(); p != nil {
				r = reponse{Structure{ALire: fmt.Sprintf("le code Go n'a pas pu être lu : %v", p)}, nil}
			}
			faite <- r
		}()
		r.s, r.err = analyserGo(racine, programmes)
	}()
	select {
	case r := <-faite:
		return r.s, r.err
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return Structure{ALire: fmt.Sprintf("le code Go est trop long à lire : plus de %v", delaiGo)}, nil
		}
		return Structure{}, ctx.Err()
	}
}

func analyserGo(racine *os.Root, programmes map[Cote]*decouverte.Programme) (Structure, error) {
	l := &lecteurGo{
		racine: racine, positions: token.NewFileSet(), paquets: map[string]*paquetGo{}, deja: map[string]bool{},
		infos: &types.Info{
			Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{},
		},
	}
	principaux := map[Cote]*paquetGo{}
	for _, cote := range []Cote{CoteClient, CoteServeur} {
		if programmes[cote] == nil {
			continue
		}
		fichier, err := cheminDuRendu(programmes[cote])
		if err != nil {
			return Structure{}, err
		}
		principaux[cote] = l.lireProgramme(fichier)
	}
	return l.conclure(principaux), nil
}

// lecteurGo lit des paquets du rendu, chacun une fois.
type lecteurGo struct {
	racine    *os.Root
	positions *token.FileSet
	infos     *types.Info
	paquets   map[string]*paquetGo // par chemin d'import, ou par fichier pour un main
	ordre     []*paquetGo
	deja      map[string]bool // fautes de syntaxe déjà dites
	s         Structure
}

type paquetGo struct {
	types    *types.Package
	fichiers []*ast.File
}

// lireProgramme lit le paquet d'un fichier principal. Quand son dossier a d'autres main, ils n'en sont pas.
func (l *lecteurGo) lireProgramme(fichier string) *paquetGo {
	if p := l.paquets["main "+fichier]; p != nil {
		return p
	}
	dossier := path.Dir(fichier)
	autres := l.lireDossier(dossier)
	principal := autres[fichier]
	var fichiers []*ast.File
	for _, nom := range slices.Sorted(maps.Keys(autres)) {
		f := autres[nom]
		if nom == fichier || principal != nil && f.Name.Name == principal.Name.Name && !(aMain(f) && aMain(principal)) {
			fichiers = append(fichiers, f)
		}
	}
	return l.typer("main "+fichier, fichiers, dossier)
}

func aMain(f *ast.File) bool {
	return slices.ContainsFunc(f.Decls, func(d ast.Decl) bool {
		fn, ok := d.(*ast.FuncDecl)
		return ok && fn.Recv == nil && fn.Name.Name == "main"
	})
}

// lireDossier rend les fichiers Go d'un dossier, ceux des tests et des autres systèmes exceptés.
func (l *lecteurGo) lireDossier(dossier string) map[string]*ast.File {
	fichiers := map[string]*ast.File{}
	entrees, err := fs.ReadDir(l.racine.FS(), dossier)
	if err != nil {
		l.s.aLire("%s : dossier illisible", dossier)
		return nil
	}
	for _, e := range entrees[:min(len(entrees), 2000)] {
		nom := path.Join(dossier, e.Name())
		if path.Ext(nom) != ".go" || strings.HasSuffix(nom, "_test.go") || !e.Type().IsRegular() || len(fichiers) >= 200 {
			continue
		}
		f, err := l.racine.Open(nom)
		if err != nil {
			l.s.aLire("%s : fichier illisible", nom)
			continue
		}
		octets, _ := io.ReadAll(io.LimitReader(f, maxFichierGo+1))
		f.Close()
		if len(octets) > maxFichierGo {
			l.s.aLire("%s : plus de %d Kio, c'est trop pour être lu", nom, maxFichierGo>>10)
			continue
		}
		if !duSysteme(nom, octets) {
			continue
		}
		arbre, err := parser.ParseFile(l.positions, nom, octets, parser.ParseComments|parser.SkipObjectResolution)
		var fautes scanner.ErrorList
		if errors.As(err, &fautes) && len(fautes) > 0 && !l.deja[nom] {
			l.deja[nom] = true
			l.s.Syntaxe = append(l.s.Syntaxe, fmt.Sprintf("%s:%d : %s", nom, fautes[0].Pos.Line, fautes[0].Msg))
		}
		if arbre != nil && arbre.Name != nil && err == nil {
			fichiers[nom] = arbre
		}
	}
	return fichiers
}

// duSysteme dit si un fichier compile ici, d'après son nom et son //go:build.
func duSysteme(nom string, octets []byte) bool {
	connu := func(mot string) bool {
		return mot == runtime.GOOS || mot == runtime.GOARCH || mot == "unix" && runtime.GOOS != "windows" || strings.HasPrefix(mot, "go1")
	}
	mots := strings.Split(strings.TrimSuffix(path.Base(nom), ".go"), "_")
	for _, mot := range mots[1:] {
		if slices.Contains([]string{"windows", "linux", "darwin", "amd64", "arm64", "unix"}, mot) && !connu(mot) {
			return false
		}
	}
	for ligne := range strings.Lines(string(octets[:min(len(octets), 4096)])) {
		if constraint.IsGoBuild(ligne) {
			expression, err := constraint.Parse(strings.TrimSpace(ligne))
			return err != nil || expression.Eval(connu)
		}
	}
	return true
}

// typer type un paquet du rendu, autant qu'il se peut.
func (l *lecteurGo) typer(cle string, fichiers []*ast.File, dossier string) *paquetGo {
	p := &paquetGo{fichiers: fichiers, types: types.NewPackage(cle, "main")}
	l.paquets[cle] = p
	if len(fichiers) == 0 {
		return p
	}
	config := types.Config{
		Importer: importeurGo{l, dossier},
		Error:    func(error) {}, // la bibliothèque manque : des erreurs sont attendues
	}
	if verifie, _ := config.Check(cle, l.positions, fichiers, l.infos); verifie != nil {
		p.types = verifie
	}
	l.ordre = append(l.ordre, p)
	return p
}

// importeurGo trouve les paquets du rendu, et donne un paquet vide pour tous les autres.
type importeurGo struct {
	l       *lecteurGo
	dossier string
}

func (i importeurGo) Import(chemin string) (*types.Package, error) {
	if p := i.l.paquets[chemin]; p != nil {
		return p.types, nil
	}
	dossier, ok := i.l.dossierDuPaquet(chemin, i.dossier)
	if !ok || len(i.l.paquets) >= maxPaquetsGo {
		nom := path.Base(chemin)
		if version.MatchString(nom) {
			nom = path.Base(path.Dir(chemin))
		}
		vide := types.NewPackage(chemin, nom)
		vide.MarkComplete()
		return vide, nil
	}
	var fichiers []*ast.File
	lus := i.l.lireDossier(dossier)
	for _, nom := range slices.Sorted(maps.Keys(lus)) {
		if len(fichiers) == 0 || lus[nom].Name.Name == fichiers[0].Name.Name {
			fichiers = append(fichiers, lus[nom])
		}
	}
	return i.l.typer(chemin, fichiers, dossier).types, nil
}

var (
	version     = regexp.MustCompile(`^v[0-9]+$`)
	nomDuModule = regexp.MustCompile(`(?m)^\s*module\s+"?([^\s"]+)`)
)

// dossierDuPaquet donne le dossier d'un paquet du module qui contient un dossier.
func (l *lecteurGo) dossierDuPaquet(chemin, depuis string) (string, bool) {
	for d := depuis; ; d = path.Dir(d) {
		if m := nomDuModule.FindStringSubmatch(lireDebut(l.racine, path.Join(d, "go.mod"))); m != nil {
			reste, ok := strings.CutPrefix(chemin, m[1])
			if !ok || reste != "" && reste[0] != '/' {
				return "", false
			}
			dossier := path.Join(d, reste)
			infos, err := l.racine.Stat(dossier)
			return dossier, err == nil && infos.IsDir()
		}
		if d == "." {
			return "", false
		}
	}
}

// ou donne la place d'un nœud, « fichier » et ligne.
func (l *lecteurGo) ou(p token.Pos) (string, int) {
	position := l.positions.Position(p)
	return position.Filename, position.Line
}

func (l *lecteurGo) place(p token.Pos) string {
	fichier, ligne := l.ou(p)
	return fichier + ":" + strconv.Itoa(ligne)
}
