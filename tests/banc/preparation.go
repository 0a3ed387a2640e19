package banc

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"capteurs/tests/decouverte"
)

// Preparation est un rendu prêt à être vérifié : copié, construit, ses interprètes trouvés.
type Preparation struct {
	Rendu      decouverte.Rendu
	Dossier    string   // la copie
	Sortie     string   // les programmes construits ; « » s'il n'y en a pas
	Outils     []string // dossiers des interprètes qui ne sont pas ceux du système
	Masques    []string // fichiers de la machine que Python lirait à chaque démarrage
	Ancrage    string   // où les ouvriers font leurs dossiers
	Alertes    []string // ce que sa construction a fait de dangereux
	temporaire string
}

// Preparer trouve les programmes d'un rendu, le copie dans un dossier temporaire, et construit ce qui doit l'être, comme c le
// demande. Close retire tout.
func Preparer(ctx context.Context, dossier string, c Construction) (_ *Preparation, err error) {
	rendu, err := decouverte.Trouver(dossier)
	if err != nil {
		return nil, err
	}
	temporaire, err := os.MkdirTemp("", "correcteur-")
	if err != nil {
		return nil, fmt.Errorf("dossier temporaire : %w", err)
	}
	p := &Preparation{Rendu: rendu, temporaire: temporaire, Dossier: filepath.Join(temporaire, "rendu"), Ancrage: filepath.Join(temporaire, "ouvriers")}
	defer func() {
		if err != nil {
			p.Close()
		}
	}()
	for _, neuf := range []string{p.Dossier, p.Ancrage} {
		if err := os.Mkdir(neuf, 0o755); err != nil {
			return nil, fmt.Errorf("dossier temporaire : %w", err)
		}
	}
	remarques, err := Copier(dossier, p.Dossier)
	if err != nil {
		return nil, err
	}
	p.Rendu.Remarques = append(p.Rendu.Remarques, remarques...)
	p.construire(ctx, c)
	p.trouverOutils(ctx)
	return p, nil
}

// Close retire la copie et tout ce qui a été construit.
func (p *Preparation) Close() error {
	effacer(p.temporaire)
	return nil
}

// programmes rend tous ceux du rendu, dans l'ordre des étapes.
func (p *Preparation) programmes() (tous []*decouverte.Programme) {
	for _, etape := range decouverte.Etapes {
		for _, programme := range []*decouverte.Programme{p.Rendu.Etapes[etape].Client, p.Rendu.Etapes[etape].Serveur} {
			if programme != nil {
				tous = append(tous, programme)
			}
		}
	}
	return tous
}

// duSysteme sont les dossiers que toute cloison montre.
var duSysteme = []string{"/usr/", "/bin/", "/sbin/", "/lib", "/opt/"}

// trouverOutils cherche les interprètes qui ne sont pas rangés avec le système, pour que la cloison les montre.
func (p *Preparation) trouverOutils(ctx context.Context) {
	vus := map[string]bool{}
	for _, programme := range p.programmes() {
		if len(programme.Commande) == 0 || vus[programme.Commande[0]] || strings.ContainsAny(programme.Commande[0], `/{\`) {
			continue
		}
		nom := programme.Commande[0]
		vus[nom] = true
		chemin, err := exec.LookPath(nom)
		if err != nil {
			p.Rendu.Remarques = append(p.Rendu.Remarques, fmt.Sprintf("%s n'est pas installé ici : ce qui en a besoin ne pourra pas être vérifié", nom))
			continue
		}
		prefixe := ""
		if strings.HasPrefix(nom, "python") {
			lu := interrogerPython(ctx, chemin)
			prefixe = lu.prefixe
			p.Masques = append(p.Masques, lu.pth...)
		}
		if outil := dossierDeLOutil(chemin, prefixe); outil != "" && !slices.Contains(p.Outils, outil) {
			p.Outils = append(p.Outils, outil)
		}
	}
}

// dossierDeLOutil rend le dossier que la cloison doit montrer, et où elle doit chercher, pour qu'un outil y tourne ; « » s'il y
// est déjà. prefixe est ce que l'outil dit de lui-même, s'il le dit.
func dossierDeLOutil(chemin, prefixe string) string {
	if vrai, err := filepath.EvalSymlinks(chemin); err == nil && prefixe == "" {
		prefixe = filepath.Dir(filepath.Dir(vrai))
	}
	prefixe = cmp.Or(prefixe, filepath.Dir(filepath.Dir(chemin)))
	if maison, err := os.UserHomeDir(); err == nil && strings.HasPrefix(maison+"/", strings.TrimSuffix(prefixe, "/")+"/") {
		prefixe = filepath.Dir(chemin) // ~/bin/ruby : la cloison ne montre pas pour autant toute la maison
	}
	montre := slices.ContainsFunc(duSysteme, func(d string) bool { return strings.HasPrefix(prefixe+"/", d) })
	if prefixe == "/" || montre && slices.Contains(cheminsDuSysteme, filepath.Dir(chemin)) {
		return ""
	}
	return prefixe
}

// python est ce qu'un interprète dit de lui-même.
type python struct {
	prefixe string   // où il est vraiment : la commande peut n'être qu'un aiguillage ; « » s'il ne le dit pas
	pth     []string // ses fichiers .pth
}

// pythons garde ce qu'a dit chaque interprète : un aiguillage comme celui de pyenv met longtemps à répondre.
var pythons sync.Map

// interrogerPython demande à Python où il est, et ce qu'il lit en démarrant. Un fichier .pth ajoute des dossiers, que la
// cloison ne montre pas, ou fait exécuter du code à tout programme : c'est l'affaire de la machine, pas du rendu.
func interrogerPython(ctx context.Context, chemin string) (p python) {
	if lu, ok := pythons.Load(chemin); ok {
		return lu.(python)
	}
	ctx, arreter := context.WithTimeout(ctx, 10*time.Second)
	defer arreter()
	const question = "import sys, site; print(sys.base_prefix, *site.getsitepackages([sys.base_prefix, sys.base_exec_prefix]), sep='\\n')"
	dit, err := exec.CommandContext(ctx, chemin, "-I", "-S", "-c", question).Output()
	if err != nil {
		return python{}
	}
	lignes := strings.Split(strings.TrimSpace(string(dit)), "\n")
	p.prefixe = lignes[0]
	for _, dossier := range lignes[1:] {
		entrees, _ := os.ReadDir(dossier)
		for _, e := range entrees {
			if filepath.Ext(e.Name()) == ".pth" {
				p.pth = append(p.pth, filepath.Join(dossier, e.Name()))
			}
		}
	}
	pythons.Store(chemin, p)
	return p
}

// Source rend le début du source d'un programme du rendu.
func (p *Preparation) Source(programme *decouverte.Programme) []byte {
	source, _ := os.ReadFile(filepath.Join(p.Dossier, filepath.FromSlash(programme.Fichier)))
	return source[:min(len(source), 1<<20)]
}
