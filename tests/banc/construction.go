package banc

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"capteurs/tests/decouverte"
	"capteurs/tests/releve"
)

// Construction dit comment construire un rendu.
type Construction struct {
	Niveau  Niveau // N1 : dans une cloison, sans réseau ; sinon à même la machine
	Permise bool   // qui corrige permet ce qui ne peut se faire que hors de la cloison : voir [ConstructionPermise]
}

// VariableConstruire, dans l'environnement de qui corrige, permet de construire des rendus hors de la cloison : « oui » pour tous, ou
// leurs noms, séparés par des virgules. Ce qu'un rendu fait alors lancer a le réseau, et tous les droits de qui corrige.
const VariableConstruire = "KATA_CONSTRUIRE"

// ConstructionPermise dit si qui corrige permet de construire hors de la cloison le rendu de ce nom.
func ConstructionPermise(nom string) bool {
	permis := strings.Split(os.Getenv(VariableConstruire), ",")
	return slices.ContainsFunc(permis, func(p string) bool { p = strings.TrimSpace(p); return p == "oui" || p == nom && p != "" })
}

// delaiConstruction borne la construction d'un programme.
const delaiConstruction = 5 * time.Minute

// ErrConstruction dit que le programme ne se construit pas.
var ErrConstruction = errors.New("le programme ne se construit pas")

// Chantier est un programme à construire dans une cloison.
type Chantier struct {
	Programme decouverte.Programme `json:"programme"`
	Place     string               `json:"place"` // son dossier, dans celui des programmes construits
}

// construire construit les programmes qui en ont besoin. Ce qui ne se construit pas est retenu : c'est un fait sur le
// rendu, pas une panne.
func (p *Preparation) construire(ctx context.Context, c Construction) {
	var siens []*decouverte.Programme
	var chantiers []Chantier
	for i, programme := range p.programmes() {
		if len(programme.Construit) == 0 {
			continue
		}
		if programme.Pourquoi == decouverte.ParManifeste && !c.Permise {
			programme.Erreur = fmt.Sprintf("%s demande de lancer « %s », que le correcteur n'a pas choisi ; %s",
				decouverte.NomManifeste, releve.Montrer([]byte(strings.Join(programme.Construit[0], " ")), 200), permettre)
			continue
		}
		place := fmt.Sprint(i) // deux programmes peuvent porter le même nom
		p.Sortie = filepath.Join(p.temporaire, "sortie")
		if err := os.MkdirAll(filepath.Join(p.Sortie, place), 0o755); err != nil {
			programme.Erreur = err.Error()
			continue
		}
		ranger(programme, place)
		if c.Niveau != N1 || programme.Pourquoi == decouverte.ParManifeste {
			programme.Erreur = p.construireDehors(ctx, programme)
			continue
		}
		siens, chantiers = append(siens, programme), append(chantiers, Chantier{*programme, place})
	}
	if len(chantiers) == 0 {
		return
	}
	for i, faute := range p.construireDedans(ctx, chantiers) {
		manque := manqueDe(faute)
		switch {
		case manque != "" && c.Permise:
			siens[i].Erreur = p.construireDehors(ctx, siens[i])
		case manque != "":
			siens[i].Erreur = fmt.Sprintf("il lui faut %s, qui n'est pas sur cette machine ; la construction n'a pas de réseau ; %s\n%s", manque, permettre, faute)
		default:
			siens[i].Erreur = faute
		}
	}
}

// permettre dit ce que peut faire qui corrige.
const permettre = VariableConstruire + "=oui, ou le nom du rendu, permet de le construire hors de la cloison, si vous lui faites confiance"

// ranger donne à un programme son dossier parmi ceux des programmes construits.
func ranger(programme *decouverte.Programme, place string) {
	ici := func(mots []string) (places []string) {
		for _, mot := range mots {
			places = append(places, strings.ReplaceAll(mot, decouverte.Sortie, decouverte.Sortie+"/"+place))
		}
		return places
	}
	programme.Commande = ici(programme.Commande)
	programme.Construit = slices.Clone(programme.Construit)
	for i, commande := range programme.Construit {
		programme.Construit[i] = ici(commande)
	}
}

// construireDedans fait construire par un ouvrier, dans une cloison, et rend la faute de chacun ; « » quand il se construit.
func (p *Preparation) construireDedans(ctx context.Context, chantiers []Chantier) (fautes []string) {
	d := Demande{Critere: "construction", Dossier: p.Dossier, Sortie: p.Sortie, Ancrage: p.Ancrage, Niveau: N1, Patience: 1, Chantiers: chantiers}
	for _, c := range chantiers {
		for _, commande := range c.Programme.Construit {
			if commande[0] == "go" && d.Go == nil {
				d.Go = interrogerGo(ctx, p.temporaire)
			}
			if outil := p.outilDe(commande[0], d.Go); outil != "" && !slices.Contains(d.Outils, outil) {
				d.Outils = append(d.Outils, outil)
			}
		}
	}
	ctx, arreter := context.WithTimeout(ctx, time.Duration(len(chantiers))*delaiConstruction)
	defer arreter()
	r, err := Confier(ctx, d)
	p.Alertes = append(p.Alertes, r.Alertes...)
	if err != nil || len(r.Fautes) != len(chantiers) {
		return slices.Repeat([]string{fmt.Sprintf("construction dans la cloison : %v", err)}, len(chantiers))
	}
	return r.Fautes
}

// outilDe rend le dossier qu'il faut montrer à la cloison pour que cette commande y tourne ; « » si elle le voit déjà, ou s'il n'y en a
// pas.
func (p *Preparation) outilDe(nom string, g *outilsGo) string {
	chemin, err := exec.LookPath(nom)
	if err != nil || strings.ContainsAny(nom, `/\`) {
		return ""
	}
	if nom == "go" && g != nil {
		return dossierDeLOutil(filepath.Join(g.Racine, "bin", nom), g.Racine)
	}
	return dossierDeLOutil(chemin, "")
}

// construireDehors lance les commandes de construction d'un programme à même la machine, et rend sa faute.
func (p *Preparation) construireDehors(ctx context.Context, programme *decouverte.Programme) string {
	for _, commande := range programme.Construit {
		if dit, err := p.executer(ctx, programme, commande); err != nil {
			return fauteDe(commande, err, dit, p.Dossier)
		}
	}
	return ""
}

func fauteDe(commande []string, err error, dit []byte, dossier string) string {
	dit = bytes.ReplaceAll(dit, []byte(dossier), []byte("<rendu>"))
	return fmt.Sprintf("%s : %v\n%s", strings.Join(commande, " "), err, dit[:min(len(dit), ditGarde)])
}

// ditGarde borne ce qu'on garde de ce que dit un compilateur.
const ditGarde = 8 << 10

// executer lance un compilateur.
func (p *Preparation) executer(ctx context.Context, programme *decouverte.Programme, commande []string) (dit []byte, err error) {
	ctx, arreter := context.WithTimeout(ctx, delaiConstruction)
	defer arreter()
	mots := slices.Clone(commande)
	for i, mot := range mots {
		mots[i] = strings.ReplaceAll(mot, decouverte.Sortie, p.Sortie)
	}
	cmd := exec.CommandContext(ctx, mots[0], mots[1:]...)
	cmd.Dir = filepath.Join(p.Dossier, filepath.FromSlash(programme.Dossier))
	cmd.Env = append(environnementDeConstruction(), reglagesGo...)
	erreurs := tampon{limite: ditGarde}
	cmd.Stdout, cmd.Stderr = &erreurs, &erreurs
	cmd.WaitDelay = time.Second
	err = cmd.Run()
	return erreurs.octets, err
}

// environnementDeConstruction est ce qu'un compilateur demande de l'environnement de qui corrige, et rien de plus : ce qui
// construit peut venir du rendu.
func environnementDeConstruction() (env []string) {
	for _, nom := range []string{
		"PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "XDG_CACHE_HOME", "GOROOT", "GOPATH", "GOCACHE", "GOMODCACHE", "GOPROXY",
		"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "JAVA_HOME",
		"SYSTEMROOT", "PATHEXT", "COMSPEC", "TEMP", "TMP", "USERPROFILE", "LOCALAPPDATA", "APPDATA", // Windows
	} {
		if valeur, ok := os.LookupEnv(nom); ok {
			env = append(env, nom+"="+valeur)
		}
	}
	return env
}

// reglagesGo font que go construit et ne lance rien d'autre : ni compilateur C, ni git, ni autre Go que celui de la machine, ni option
// venue d'ailleurs.
var reglagesGo = []string{"CGO_ENABLED=0", "GOTOOLCHAIN=local", "GOWORK=off", "GOFLAGS=-buildvcs=false"}

// outilsGo est ce que Go demande de la machine pour construire.
type outilsGo struct {
	Racine  string `json:"GOROOT"`
	Cache   string `json:"GOCACHE"`
	Modules string `json:"GOMODCACHE"`
}

// interrogerGo demande à Go où il est et où il garde ce qu'il a déjà construit, depuis un dossier où rien ne vient du rendu ; nil s'il
// ne répond pas.
func interrogerGo(ctx context.Context, dossier string) *outilsGo {
	ctx, arreter := context.WithTimeout(ctx, 10*time.Second)
	defer arreter()
	cmd := exec.CommandContext(ctx, "go", "env", "-json", "GOROOT", "GOCACHE", "GOMODCACHE")
	cmd.Dir, cmd.Env = dossier, append(environnementDeConstruction(), reglagesGo...)
	dit, err := cmd.Output()
	var g outilsGo
	if err != nil || json.Unmarshal(dit, &g) != nil {
		return nil
	}
	return &g
}

// variables sont celles que go trouve dans la cloison : sans réseau ni réglage personnel, et pas plus de fils qu'il n'en faut.
func (g *outilsGo) variables() []string {
	if g == nil {
		return nil
	}
	return append([]string{
		"GOCACHE=" + dossierCache, "GOMODCACHE=" + g.Modules, "GOPROXY=off", "GOSUMDB=off", "GOENV=off",
		fmt.Sprintf("GOMAXPROCS=%d", min(runtime.NumCPU(), 8)),
	}, reglagesGo...)
}

// Ce que disent les compilateurs quand il leur manque quelque chose que seul le réseau donnerait.
var manques = []struct {
	quoi     string
	reconnue *regexp.Regexp
}{
	{"le module $1", regexp.MustCompile(`(\S+@v\S+): module lookup disabled by GOPROXY=off`)},
	{"le module $1", regexp.MustCompile(`go: downloading (\S+ v\S+)`)}, // son dossier n'est même pas dans le cache, et rien ne s'y crée
	{"le module $1", regexp.MustCompile(`(?:no required module provides package|cannot find module providing package|missing go\.sum entry for module providing package) ([^\s:;]+)`)},
	{"la version $1 de Go", regexp.MustCompile(`requires go >= (\S+) \(running`)},
	{"le paquet $1", regexp.MustCompile(`(?:package|import|module) ([\w.]+) does not exist`)},
}

// manqueDe reconnaît, dans ce que dit une construction, ce qui manque à cette machine ; « » si rien ne manque.
func manqueDe(faute string) string {
	for _, m := range manques {
		if places := m.reconnue.FindStringSubmatchIndex(faute); places != nil {
			return cmp.Or(string(m.reconnue.ExpandString(nil, m.quoi, faute, places)), "un module")
		}
	}
	return ""
}
