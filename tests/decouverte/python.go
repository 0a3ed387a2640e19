package decouverte

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

var (
	pyEcoute    = regexp.MustCompile(`\.(bind|listen|accept|serve_forever)\s*\(|\bcreate_server\s*\(|\bstart_server\s*\(|\bsocketserver\s*\.|\b(TCPServer|ThreadingTCPServer|StreamRequestHandler)\b`)
	pyConnecte  = regexp.MustCompile(`(\w*)(?:\([^()]*\))?\.connect(?:_ex)?\s*\(|\bcreate_connection\s*\(|\bopen_connection\s*\(|\.sendto\s*\(`)
	pyBases     = regexp.MustCompile(`(?m)^[ \t]*import\s+([\w.]+)\s+as\s+(\w+)`)
	pyClasse    = regexp.MustCompile(`(?m)^[ \t]*class\s+(\w+)\s*(?:\[[^\]]*\])?(?:\(([^)]*)\))?\s*:`)
	pyImport    = regexp.MustCompile(`(?m)^[ \t]*import\s+([\w., \t]+)`)
	pyDepuis    = regexp.MustCompile(`(?m)^[ \t]*from\s+(\.*[\w.]*)\s+import\s+\(?([\w., \t\r\n]+)`)
	pyGarde     = regexp.MustCompile(`(?m)^if\s+\(?\s*__name__\b|^if\b[^\n]*==\s*__name__`)
	pyFait      = regexp.MustCompile(`(?m)^(?:while|for|with|async\s|raise|if|match|await)\b|^[A-Za-z_][\w.]*\s*\(|^\w+\s*=\s*(?:\w+\.)*[A-Z]\w*\s*\(|^try:\s*\n\s+[^\sif#]`)
	pySansEffet = regexp.MustCompile(`^(?:logging|warnings|locale|random|sys|os|load_dotenv|setdefaulttimeout|socket|struct|re|json)\b|^if\s+(?:TYPE_CHECKING|typing\.|sys\.)|^\w+\s*=\s*(?:\w+\.)*(?:Path|Lock|RLock|Event|Queue|Semaphore|Thread|Decimal|Formatter|TypeVar|Struct|Enum|NewType)\s*\(`)
)

// pasUnReseau sont les modules dont connect ouvre une base de données.
var pasUnReseau = []string{"sqlite3", "sqlite", "aiosqlite", "psycopg2", "psycopg", "pymysql", "mysql", "connector", "mariadb", "db", "MySQLdb", "duckdb", "pyodbc"}

// classesImposees sont celles dont il faut dériver pour se servir de socketserver ou d'asyncio : ce n'est pas un choix.
var classesImposees = []string{
	"BaseRequestHandler", "StreamRequestHandler", "TCPServer", "ThreadingTCPServer", "ThreadingMixIn", "Protocol", "Exception",
}

func lirePython(s source, existe func(string) bool) contenu {
	var c contenu
	c.code, c.chaines = sansChaines(s.texte, ecriturePython)
	c.serveur = pyEcoute.MatchString(c.code)
	c.client = seConnectePython(c.code)
	c.classes, c.bases = classesPython(c.code)
	c.lance = pyGarde.MatchString(c.code) || agitPython(c.code)
	modules := modulesPython(c.code)
	c.teste = modules["unittest"] || modules["pytest"]
	for nom := range modules {
		if chemin := moduleDuRendu(s.chemin, nom, existe); chemin != "" && chemin != s.chemin {
			c.importe = append(c.importe, chemin)
		}
	}
	slices.Sort(c.importe)
	return c
}

// seConnectePython dit si un code se connecte à un serveur, et non à une base de données, même importée sous un autre nom.
func seConnectePython(code string) bool {
	bases := slices.Clone(pasUnReseau)
	for _, m := range pyBases.FindAllStringSubmatch(code, -1) {
		if slices.Contains(pasUnReseau, path.Ext("." + m[1])[1:]) {
			bases = append(bases, m[2])
		}
	}
	return slices.ContainsFunc(pyConnecte.FindAllStringSubmatch(code, -1), func(m []string) bool { return !slices.Contains(bases, m[1]) })
}

// classesPython donne les classes d'un code, et celles dont elles dérivent ; celles que la bibliothèque impose n'y sont pas.
func classesPython(code string) (classes, bases []string) {
	imposee := func(base string) bool { return slices.Contains(classesImposees, base) }
	for _, m := range pyClasse.FindAllStringSubmatch(code, -1) {
		if siennes := basesPython(m[2]); !slices.ContainsFunc(siennes, imposee) {
			classes, bases = append(classes, m[1]), append(bases, siennes...)
		}
	}
	return classes, bases
}

// basesPython lit ce qui est entre les parenthèses d'une classe : « paquet.Base[T], metaclass=M » donne Base.
func basesPython(parentheses string) (bases []string) {
	for base := range strings.SplitSeq(parentheses, ",") {
		base, _, _ = strings.Cut(strings.TrimSpace(base), "[")
		if base != "" && !strings.Contains(base, "=") {
			bases = append(bases, base[strings.LastIndexByte(base, '.')+1:])
		}
	}
	return bases
}

// agitPython dit si un code fait quelque chose dès qu'on l'importe, au-delà de ses réglages.
func agitPython(code string) bool {
	return slices.ContainsFunc(pyFait.FindAllStringIndex(code, -1), func(i []int) bool { return !pySansEffet.MatchString(code[i[0]:]) })
}

// modulesPython donne les noms des modules qu'un code importe, et ceux qui pourraient en être : « from a import b » nomme a, et
// peut-être a.b.
func modulesPython(code string) map[string]bool {
	modules := map[string]bool{}
	noter := func(prefixe, noms string) {
		for nom := range strings.SplitSeq(noms, ",") {
			if mots := strings.Fields(nom); len(mots) > 0 {
				modules[prefixe+mots[0]] = true
			}
		}
	}
	for _, m := range pyImport.FindAllStringSubmatch(code, -1) {
		noter("", m[1])
	}
	for _, m := range pyDepuis.FindAllStringSubmatch(code, -1) {
		modules[m[1]] = true
		noter(strings.TrimSuffix(m[1], ".")+".", m[2])
	}
	return modules
}

// moduleDuRendu donne la source d'un module Python : à côté de celle qui l'importe, ou depuis la racine du rendu.
func moduleDuRendu(depuis, nom string, existe func(string) bool) string {
	dossier := path.Dir(depuis)
	dossiers := []string{dossier, ".", path.Dir(dossier)}
	if sans := strings.TrimLeft(nom, "."); sans != nom {
		for range len(nom) - len(sans) - 1 {
			dossier = path.Dir(dossier)
		}
		nom, dossiers = sans, []string{dossier}
	}
	nom = strings.ReplaceAll(nom, ".", "/")
	for _, d := range dossiers {
		for _, suffixe := range []string{".py", "/__init__.py"} {
			if chemin := path.Join(d, nom+suffixe); existe(chemin) {
				return chemin
			}
		}
	}
	return ""
}
