package criteres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"capteurs/tests/decouverte"
)

// Structure est ce que l'arbre syntaxique dit d'une étape d'un rendu. Les textes commencent par « fichier:ligne : ».
type Structure struct {
	Classes        []Classe
	Usages         []Usage  // ce qui est hérité et vraiment employé
	Fils           []string // threading, asyncio, select, goroutines…
	Explication    []string // ce qui parle d'héritage : documents, docstrings, commentaires
	DocFichiers    []string // les documents du rendu
	SQLConcatene   []string // requêtes où une valeur est collée au texte
	CheminsAbsolus []string // chemins absolus donnés à open ou connect
	Syntaxe        []string // fautes de syntaxe
	ALire          string   // non vide : ce qui n'a pas pu être lu, et pourquoi

	siens map[string]bool // les dossiers, à la racine du rendu, des programmes de l'étape
}

// Classe est une classe du rendu ; en Go, un type qui a des méthodes, ou qui en incorpore un autre.
type Classe struct {
	Nom          string
	Fichier      string
	Ligne        int
	Cotes        []Cote   // Client, Serveur : d'où elle est atteinte
	Bases        []string // toutes, celles de bibliothèque comprises
	BasesDuRendu []string `json:"bases_du_rendu"`
	Ancetres     []string // classes du rendu dont elle hérite, de proche en proche
	Methodes     []Methode
	Documentee   bool
	Employee     bool // le programme s'en sert elle-même, et non par une classe qui en dérive
	Technique    bool // une erreur, une énumération : ni un capteur ni un serveur
}

// Methode est une méthode que définit une classe.
type Methode struct {
	Nom        string
	Ligne      int
	Documentee bool
	Appelee    bool // par le programme, ou par la bibliothèque dont la classe dérive
	Vide       bool // abstraite, pass, NotImplementedError
	Privee     bool // _ainsi en Python, ainsi en Go
}

// Usage est quelque chose qu'une classe reçoit d'une base, et dont le programme se sert.
type Usage struct {
	Classe  string
	Base    string
	Quoi    string // « méthode generer », « attribut id », « constructeur »
	Cote    Cote
	Fichier string
	Ligne   int
}

// MethodePrincipale rend, pour un côté, une classe dont le programme se sert et une de ses méthodes qu'il appelle,
// constructeur non compris : celles dont les noms et la place disent le mieux qu'elles font le travail de ce côté.
func (s Structure) MethodePrincipale(cote Cote) (classe Classe, methode Methode, ok bool) {
	meilleure := -1
	for _, c := range s.DuCote(cote) {
		if c.Technique {
			continue
		}
		points := 0
		if c.Employee {
			points += 4
		}
		if nomDeClasse[cote].MatchString(c.Nom) {
			points += 3
		}
		if len(c.BasesDuRendu) > 0 {
			points += 2
		}
		for _, m := range c.Methodes {
			if !m.Appelee || m.Vide || estReservee(m.Nom) && m.Nom != "__call__" {
				continue
			}
			bonus := 0
			switch {
			case m.Privee:
			case nomPrincipal.MatchString(m.Nom):
				bonus = 2
			case nomProche.MatchString(m.Nom):
				bonus = 1
			}
			if points+bonus > meilleure {
				classe, methode, meilleure = c, m, points+bonus
			}
		}
	}
	return classe, methode, meilleure >= 0
}

// Les noms que portent souvent la classe d'un côté, et sa méthode principale. Ils ne font que choisir laquelle montrer.
var (
	nomDeClasse = map[Cote]*regexp.Regexp{
		CoteClient:  regexp.MustCompile(`(?i)client|capteur|sensor|emetteur`),
		CoteServeur: regexp.MustCompile(`(?i)serv|recepteur`),
	}
	nomPrincipal = regexp.MustCompile(`(?i)^(envoyer|send|transmit|lancer|servir|serve|run|start|demarrer|démarrer|executer|handle|main)`)
	nomProche    = regexp.MustCompile(`(?i)^(ecouter|listen|traiter|recevoir)`)
)

// DuCote rend les classes atteintes depuis le programme d'un côté.
func (s Structure) DuCote(cote Cote) (classes []Classe) {
	for _, c := range s.Classes {
		if slices.Contains(c.Cotes, cote) {
			classes = append(classes, c)
		}
	}
	return classes
}

// Derivees rend les classes d'un côté dont une base est définie dans le rendu. Quand la classe qui fait le travail de ce côté est
// dans le dossier de l'étape, ce que le rendu partage entre ses étapes ne compte pas.
func (s Structure) Derivees(cote Cote) (classes []Classe) {
	principale, _, ok := s.MethodePrincipale(cote)
	restreint := ok && s.sien(principale.Fichier)
	for _, c := range s.DuCote(cote) {
		if len(c.BasesDuRendu) > 0 && !c.Technique && (!restreint || s.sien(c.Fichier)) {
			classes = append(classes, c)
		}
	}
	return classes
}

// UsagesDuCote rend ce qui est hérité et employé d'un côté.
func (s Structure) UsagesDuCote(cote Cote) (usages []Usage) {
	for _, u := range s.Usages {
		if u.Cote == cote {
			usages = append(usages, u)
		}
	}
	return usages
}

// SansDocumentation rend les noms, « Classe » ou « Classe.methode », qu'aucun commentaire n'accompagne. Les méthodes
// privées et les réservées (__init__) en sont dispensées : la documentation de la classe en tient lieu.
func (s Structure) SansDocumentation(classes []Classe) (noms []string) {
	for _, c := range classes {
		if !c.Documentee {
			noms = append(noms, c.Nom)
		}
		for _, m := range c.Methodes {
			if !m.Documentee && !m.Privee && !estReservee(m.Nom) {
				noms = append(noms, c.Nom+"."+m.Nom)
			}
		}
	}
	return noms
}

func estReservee(nom string) bool {
	return strings.HasPrefix(nom, "__") && strings.HasSuffix(nom, "__")
}

// Limites de ce qu'on rend et de ce qu'on lit.
const (
	maxDocuments    = 50
	maxExplications = 12
	maxExplication  = 600 // caractères
	maxDocument     = 256 << 10
)

// LireStructure lit la structure d'une étape sans rien exécuter du rendu. Un programme nil est passé.
//
// Une faute de syntaxe est dans Syntaxe, un langage qu'elle ne sait pas lire dans ALire ; une erreur est un dossier
// illisible, ou la fin de ctx.
func LireStructure(ctx context.Context, dossier string, client, serveur *decouverte.Programme) (Structure, error) {
	racine, err := os.OpenRoot(dossier)
	if err != nil {
		return Structure{}, fmt.Errorf("dossier illisible : %w", err)
	}
	defer racine.Close()
	absolu, err := filepath.Abs(dossier)
	if err != nil {
		return Structure{}, fmt.Errorf("dossier illisible : %w", err)
	}

	parLangage := map[string]map[Cote]*decouverte.Programme{}
	for cote, p := range map[Cote]*decouverte.Programme{CoteClient: client, CoteServeur: serveur} {
		if p == nil {
			continue
		}
		if parLangage[p.Langage] == nil {
			parLangage[p.Langage] = map[Cote]*decouverte.Programme{}
		}
		parLangage[p.Langage][cote] = p
	}
	var s Structure
	for _, langage := range []string{"Python", "Go", "Node", "Java", "shell", "exécutable"} {
		programmes := parLangage[langage]
		if programmes == nil {
			continue
		}
		var lue Structure
		switch langage {
		case "Python":
			lue, err = lireStructurePython(ctx, absolu, programmes)
		case "Go":
			lue, err = lireStructureGo(ctx, racine, programmes)
		default:
			for _, cote := range []Cote{CoteClient, CoteServeur} {
				if p := programmes[cote]; p != nil {
					lue.aLire("%s : la structure d'un programme %s se lit à l'œil", p.Fichier, langage)
				}
			}
		}
		if err != nil {
			return Structure{}, err
		}
		s.ajouter(lue)
	}
	if err := lireDocuments(racine, &s, client, serveur); err != nil {
		return Structure{}, err
	}
	s.Explication = s.Explication[:min(len(s.Explication), maxExplications)]
	s.dAbordLesSiens(client, serveur)
	return s, ctx.Err()
}

// sien dit si un fichier est dans un dossier des programmes de l'étape.
func (s Structure) sien(fichier string) bool {
	return s.siens[premierDossier(fichier)]
}

// premierDossier rend le dossier d'un fichier à la racine du rendu, "" si c'est elle.
func premierDossier(fichier string) string {
	if dossier, _, dedans := strings.Cut(fichier, "/"); dedans {
		return dossier
	}
	return ""
}

// dAbordLesSiens met devant ce qui est dans le dossier des programmes de l'étape : ce qu'un rendu partage entre ses étapes n'en
// est pas le sujet.
func (s *Structure) dAbordLesSiens(client, serveur *decouverte.Programme) {
	s.siens = map[string]bool{}
	for _, p := range []*decouverte.Programme{client, serveur} {
		if p != nil {
			s.siens[premierDossier(filepath.ToSlash(p.Fichier))] = true
		}
	}
	rang := func(fichier string) int {
		if s.sien(fichier) {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(s.Classes, func(a, b Classe) int { return rang(a.Fichier) - rang(b.Fichier) })
	slices.SortStableFunc(s.Usages, func(a, b Usage) int { return rang(a.Fichier) - rang(b.Fichier) })
	slices.SortStableFunc(s.Fils, func(a, b string) int { return rang(a) - rang(b) })
}

func (s *Structure) aLire(format string, args ...any) {
	if s.ALire != "" {
		s.ALire += " ; "
	}
	s.ALire += fmt.Sprintf(format, args...)
}

func (s *Structure) ajouter(t Structure) {
	s.Classes = append(s.Classes, t.Classes...)
	s.Usages = append(s.Usages, t.Usages...)
	s.Fils = append(s.Fils, t.Fils...)
	s.Explication = append(s.Explication, t.Explication...)
	s.SQLConcatene = append(s.SQLConcatene, t.SQLConcatene...)
	s.CheminsAbsolus = append(s.CheminsAbsolus, t.CheminsAbsolus...)
	s.Syntaxe = append(s.Syntaxe, t.Syntaxe...)
	if t.ALire != "" {
		s.aLire("%s", t.ALire)
	}
}

var (
	parleDHeritage = regexp.MustCompile(`(?i)h[ée]rit|inherit|classe (de base|m[èe]re|parente?|fille|d[ée]riv[ée]e)|base class|incorpor|promu`)
	nomDeDocument  = regexp.MustCompile(`(?i)^(readme|lisez|lisezmoi|doc|documentation|explication|rapport|compte|heritage|h[ée]ritage|notes?|reponse|r[ée]ponse)`)
)

// lireDocuments cherche les documents du rendu, et ce qu'ils disent de l'héritage. Ceux qui sont à côté des programmes
// passent avant les autres.
func lireDocuments(racine *os.Root, s *Structure, client, serveur *decouverte.Programme) error {
	var lisibles []string
	visites := 0
	err := fs.WalkDir(racine.FS(), ".", func(chemin string, e fs.DirEntry, err error) error {
		if visites++; visites > 20_000 {
			return fs.SkipAll
		}
		nom := path.Base(chemin)
		switch {
		case err != nil:
			if chemin == "." {
				return fmt.Errorf("dossier illisible : %w", err)
			}
			return nil
		case e.IsDir():
			ignore := strings.HasPrefix(nom, ".") && chemin != "." || slices.Contains([]string{"__pycache__", "node_modules", "venv", "vendor", "testdata"}, nom)
			if ignore || strings.Count(chemin, "/") > 5 {
				return fs.SkipDir
			}
			return nil
		case !e.Type().IsRegular() || strings.HasPrefix(nom, "."):
			return nil
		}
		switch ext := strings.ToLower(path.Ext(nom)); ext {
		case ".md", ".rst", ".adoc":
			lisibles = append(lisibles, chemin)
		case ".txt", "":
			if nomDeDocument.MatchString(nom) {
				lisibles = append(lisibles, chemin)
			}
		case ".pdf", ".doc", ".docx", ".odt", ".html", ".htm", ".rtf":
			s.DocFichiers = append(s.DocFichiers, chemin)
		}
		return nil
	})
	if err != nil {
		return err
	}
	pres := func(chemin string) int {
		for _, p := range []*decouverte.Programme{client, serveur} {
			if p != nil && (path.Dir(p.Fichier) == path.Dir(chemin) || strings.HasPrefix(p.Fichier, path.Dir(chemin)+"/") && path.Dir(chemin) != ".") {
				return 0
			}
		}
		return 1
	}
	slices.SortStableFunc(lisibles, func(a, b string) int { return pres(a) - pres(b) })
	for _, chemin := range lisibles[:min(len(lisibles), maxDocuments)] {
		s.DocFichiers = append(s.DocFichiers, chemin)
		s.Explication = append(s.Explication, expliquer(chemin, lireDebut(racine, chemin))...)
	}
	slices.Sort(s.DocFichiers)
	s.DocFichiers = s.DocFichiers[:min(len(s.DocFichiers), maxDocuments)]
	return nil
}

// lireDebut rend le début d'un fichier du rendu, ou rien.
func lireDebut(racine *os.Root, chemin string) string {
	f, err := racine.Open(chemin)
	if err != nil {
		return ""
	}
	defer f.Close()
	octets, _ := io.ReadAll(io.LimitReader(f, maxDocument))
	return strings.ToValidUTF8(string(octets), "�")
}

// expliquer rend les paragraphes d'un document qui parlent d'héritage, avec celui qui suit un titre.
func expliquer(chemin, texte string) (paragraphes []string) {
	ligne, titre := 1, false
	for bloc := range strings.SplitSeq(strings.ReplaceAll(texte, "\r\n", "\n"), "\n\n") {
		if parle := parleDHeritage.MatchString(bloc); (parle || titre) && strings.TrimSpace(bloc) != "" {
			debut := ligne + strings.Count(bloc[:len(bloc)-len(strings.TrimLeft(bloc, "\n"))], "\n")
			paragraphes = append(paragraphes, fmt.Sprintf("%s:%d : %s", chemin, debut, couperTexte(strings.Join(strings.Fields(bloc), " "))))
			titre = parle && strings.HasPrefix(strings.TrimSpace(bloc), "#") && !strings.Contains(strings.TrimSpace(bloc), "\n")
		}
		ligne += strings.Count(bloc, "\n") + 2
	}
	return paragraphes
}

func couperTexte(texte string) string {
	if lettres := []rune(texte); len(lettres) > maxExplication {
		return string(lettres[:maxExplication]) + "…"
	}
	return texte
}

// cheminDuRendu vérifie que le fichier d'un programme est bien dans le rendu.
func cheminDuRendu(p *decouverte.Programme) (string, error) {
	if !filepath.IsLocal(filepath.FromSlash(p.Fichier)) {
		return "", errors.New("fichier hors du rendu : " + p.Fichier)
	}
	return path.Clean(p.Fichier), nil
}
