package decouverte

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Ce qu'on accepte de lire d'un rendu : il peut être énorme, ou fait pour gêner.
const (
	maxSources = 2000      // fichiers qui pourraient être des programmes
	maxEntrees = 50_000    // entrées de dossiers, en tout
	maxOctets  = 256 << 10 // lus par fichier
	maxNiveaux = 8         // dossiers l'un dans l'autre
)

// source est un fichier du rendu qui pourrait être un programme, ou une part d'un programme.
type source struct {
	chemin     string // dans le rendu, avec des /
	langage    string // celui de Programme, ou vide si le correcteur ne sait pas le lancer
	interprete []string
	texte      string // ses maxOctets premiers octets
}

// langages donne le langage d'une extension. Une chaîne vide : un langage connu, que le correcteur ne sait pas lancer.
var langages = map[string]string{
	".py": "Python", ".pyw": "Python", ".go": "Go", ".js": "Node", ".mjs": "Node", ".cjs": "Node", ".java": "Java",
	".sh": "shell", ".bash": "shell",
	".c": "", ".cpp": "", ".cc": "", ".cs": "", ".rs": "", ".ts": "", ".kt": "", ".swift": "", ".ipynb": "",
}

// sansProgramme sont les extensions qu'il est inutile d'ouvrir.
var sansProgramme = []string{
	".txt", ".md", ".rst", ".csv", ".tsv", ".json", ".jsonl", ".toml", ".yaml", ".yml", ".xml", ".html", ".css", ".ini", ".cfg",
	".db", ".sqlite", ".sqlite3", ".db-wal", ".db-shm", ".db-journal", ".log", ".sql", ".pdf", ".doc", ".docx", ".odt", ".rtf",
	".png", ".jpg", ".jpeg", ".gif", ".svg", ".zip", ".gz", ".tar", ".7z", ".rar", ".pyc", ".class", ".jar", ".o", ".so", ".a",
	".mod", ".sum", ".lock", ".pem", ".bak", ".swp", ".orig", ".dll", ".lnk", ".iml", ".ico",
}

// dossiersIgnores ne contiennent jamais le travail demandé.
var dossiersIgnores = []string{
	"__pycache__", "node_modules", "venv", "virtualenv", "site-packages", "__macosx", "vendor", "target",
	"test", "tests", "__tests__", "spec", "testdata",
}

var fichierDeTest = regexp.MustCompile(
	`(?i)^(test[_-].*|.*[_-]tests?|conftest|.*\.(test|spec))\.[a-z]+$|[a-z]Tests?\.java$`)

// parcours lit un rendu, les dossiers les moins profonds d'abord, sans jamais en sortir.
type parcours struct {
	racine    *os.Root
	sources   []source
	modules   map[string]string // module Go de chaque dossier qui a un go.mod
	entrees   int
	remarques []string
}

// parcourir lit tout ce qui, dans un dossier, pourrait être un programme.
func parcourir(racine *os.Root) (*parcours, error) {
	p := &parcours{racine: racine, modules: map[string]string{}}
	niveau := []string{"."}
	for profondeur := 0; len(niveau) > 0; profondeur++ {
		if profondeur > maxNiveaux {
			p.remarquer("au-delà de %d dossiers l'un dans l'autre, rien n'est lu : %s", maxNiveaux, niveau[0])
			break
		}
		var suivant []string
		for _, dossier := range niveau {
			sous, err := p.lireDossier(dossier)
			if err != nil && dossier == "." {
				return nil, fmt.Errorf("dossier illisible : %w", err)
			}
			if err != nil {
				p.remarquer("%s : dossier illisible", dossier)
			}
			suivant = append(suivant, sous...)
			if p.entrees > maxEntrees || len(p.sources) > maxSources {
				p.sources = p.sources[:min(len(p.sources), maxSources)]
				p.remarquer("le rendu a trop de fichiers : seuls les premiers sont lus")
				return p, nil
			}
		}
		niveau = suivant
	}
	return p, nil
}

func (p *parcours) remarquer(format string, args ...any) {
	p.remarques = append(p.remarques, fmt.Sprintf(format, args...))
}

// lireDossier lit les fichiers d'un dossier, et rend ses sous-dossiers.
func (p *parcours) lireDossier(dossier string) (sous []string, err error) {
	d, err := p.racine.Open(dossier)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	entrees, err := d.ReadDir(maxEntrees)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	p.entrees += len(entrees)
	slices.SortFunc(entrees, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	if slices.ContainsFunc(entrees, func(e fs.DirEntry) bool { return e.Name() == "pyvenv.cfg" }) {
		return nil, nil // un environnement virtuel, quel que soit son nom
	}
	for _, e := range entrees {
		chemin := path.Join(dossier, e.Name())
		switch {
		case strings.HasPrefix(e.Name(), "."):
		case e.Type()&fs.ModeSymlink != 0:
			p.remarquer("%s : lien symbolique, qui n'est pas suivi", chemin)
		case e.IsDir():
			if !slices.Contains(dossiersIgnores, strings.ToLower(e.Name())) {
				sous = append(sous, chemin)
			}
		case e.Type().IsRegular():
			p.lireFichier(chemin)
		}
	}
	return sous, nil
}

// lireFichier garde un fichier s'il pourrait être un programme.
func (p *parcours) lireFichier(chemin string) {
	nom := path.Base(chemin)
	if nom == "go.mod" {
		p.modules[path.Dir(chemin)] = nomDeModule(p.lire(chemin))
		return
	}
	ext := strings.ToLower(path.Ext(nom))
	if slices.Contains(sansProgramme, ext) || fichierDeTest.MatchString(nom) || len(p.sources) > maxSources {
		return
	}
	s := source{chemin: chemin, texte: p.lire(chemin)}
	langage, connu := langages[ext]
	switch {
	case connu:
		s.langage = langage
	case !p.reconnaitre(&s):
		return
	}
	if s.langage == "shell" {
		s.interprete = []string{"sh"}
		if nom := interpreteDe(s.texte); len(nom) > 0 {
			s.interprete = nom
		} else if ext == ".bash" {
			s.interprete = []string{"bash"}
		}
	}
	p.sources = append(p.sources, s)
}

// reconnaitre donne le langage d'un fichier que son extension ne dit pas, ou rend faux si ce n'est pas un programme.
func (p *parcours) reconnaitre(s *source) bool {
	s.interprete = interpreteDe(s.texte)
	if len(s.interprete) > 0 {
		switch nom := s.interprete[0]; {
		case strings.HasPrefix(nom, "python"):
			s.langage = "Python"
		case nom == "node" || nom == "nodejs":
			s.langage = "Node"
		case slices.Contains(shells, nom):
			s.langage = "shell"
		default:
			s.langage = "exécutable"
		}
		return true
	}
	for _, magie := range []string{"\x7fELF", "\xcf\xfa\xed\xfe", "\xce\xfa\xed\xfe", "\xca\xfe\xba\xbe", "MZ"} {
		if strings.HasPrefix(s.texte, magie) {
			s.langage = "exécutable"
			return true
		}
	}
	// Sans rien qui le dise, un texte exécutable est lancé par le shell ; une extension inconnue en fait autre chose.
	infos, err := p.racine.Lstat(s.chemin)
	if err == nil && infos.Mode()&0o111 != 0 && path.Ext(s.chemin) == "" && !bytes.ContainsRune([]byte(s.texte), 0) {
		s.langage = "shell"
		return true
	}
	return false
}

var shells = []string{"sh", "bash", "dash", "zsh", "ksh", "ash"}

// interpreteDe lit la première ligne d'un script : « #!/usr/bin/env python3 » donne python3.
func interpreteDe(texte string) []string {
	ligne, _, _ := strings.Cut(texte, "\n")
	reste, ok := strings.CutPrefix(ligne, "#!")
	if !ok {
		return nil
	}
	mots := strings.Fields(reste)
	if len(mots) > 0 && path.Base(mots[0]) == "env" {
		mots = slices.DeleteFunc(mots[1:], func(m string) bool {
			return strings.HasPrefix(m, "-") || strings.Contains(m, "=")
		})
	}
	if len(mots) == 0 {
		return nil
	}
	mots[0] = path.Base(mots[0])
	return mots
}

// lire rend le début d'un fichier, ou rien s'il ne peut pas être lu.
func (p *parcours) lire(chemin string) string {
	f, err := p.racine.Open(chemin)
	if err != nil {
		p.remarquer("%s : fichier illisible", chemin)
		return ""
	}
	defer f.Close()
	octets, _ := io.ReadAll(io.LimitReader(f, maxOctets))
	return strings.TrimPrefix(string(octets), "\ufeff")
}

var ligneModule = regexp.MustCompile(`(?m)^\s*module\s+"?([^\s"]+)`)

func nomDeModule(gomod string) string {
	if m := ligneModule.FindStringSubmatch(gomod); m != nil {
		return m[1]
	}
	return ""
}
