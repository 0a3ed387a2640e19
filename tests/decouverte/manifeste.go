package decouverte

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// NomManifeste est le fichier par lequel un rendu peut dire lui-même comment se lancer :
//
//	[procedural]
//	client = "ruby capteur.rb --port 5000"
//	serveur = "./serveur"
//	dossier = "src"                     # facultatif : d'où lancer
//	construit = ["cc -o serveur s.c"]   # facultatif : ce qu'il faut faire d'abord
//
// et de même [poo] et [heritage].
const NomManifeste = "kata.toml"

const maxManifeste = 64 << 10

type manifeste struct {
	Procedural sectionManifeste `toml:"procedural"`
	POO        sectionManifeste `toml:"poo"`
	Heritage   sectionManifeste `toml:"heritage"`
}

type sectionManifeste struct {
	Client    *string  `toml:"client"`
	Serveur   *string  `toml:"serveur"`
	Dossier   string   `toml:"dossier"`
	Construit []string `toml:"construit"`
}

// lireManifeste lit kata.toml, s'il y en a un.
func lireManifeste(racine *os.Root) (map[place]*Programme, error) {
	infos, err := racine.Lstat(NomManifeste)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil || !infos.Mode().IsRegular() || infos.Size() > maxManifeste {
		return nil, fmt.Errorf("%s : un fichier ordinaire de moins de %d Kio est attendu", NomManifeste, maxManifeste>>10)
	}
	f, err := racine.Open(NomManifeste)
	if err != nil {
		return nil, fmt.Errorf("%s : fichier illisible", NomManifeste)
	}
	defer f.Close()
	var m manifeste
	if err := toml.NewDecoder(io.LimitReader(f, maxManifeste)).DisallowUnknownFields().Decode(&m); err != nil {
		return nil, expliquerTOML(err)
	}
	programmes := map[place]*Programme{}
	for _, s := range []struct {
		etape   Etape
		nom     string
		section sectionManifeste
	}{{Procedural, "procedural", m.Procedural}, {POO, "poo", m.POO}, {Heritage, "heritage", m.Heritage}} {
		for _, ro := range []role{roleClient, roleServeur} {
			commande := s.section.Client
			if ro == roleServeur {
				commande = s.section.Serveur
			}
			if commande == nil {
				continue
			}
			p, err := s.section.programme(racine, *commande)
			if err != nil {
				return nil, fmt.Errorf("%s, section [%s] : %w", NomManifeste, s.nom, err)
			}
			programmes[place{s.etape, ro}] = p
		}
	}
	return programmes, nil
}

// expliquerTOML dit où est la faute.
func expliquerTOML(err error) error {
	var inconnues *toml.StrictMissingError
	if errors.As(err, &inconnues) && len(inconnues.Errors) > 0 {
		premiere := inconnues.Errors[0]
		ligne, _ := premiere.Position()
		return fmt.Errorf("%s, ligne %d : clé inconnue « %s »", NomManifeste, ligne, strings.Join(premiere.Key(), "."))
	}
	var faute *toml.DecodeError
	if errors.As(err, &faute) {
		ligne, colonne := faute.Position()
		if cle := faute.Key(); len(cle) > 0 {
			return fmt.Errorf("%s, ligne %d : « %s » n'a pas la forme attendue", NomManifeste, ligne, strings.Join(cle, "."))
		}
		return fmt.Errorf("%s, ligne %d, colonne %d : ce n'est pas du TOML", NomManifeste, ligne, colonne)
	}
	return fmt.Errorf("%s : ce n'est pas du TOML", NomManifeste)
}

// ParManifeste est le Pourquoi d'un programme que le rendu a nommé lui-même.
const ParManifeste = NomManifeste + " le dit"

func (s sectionManifeste) programme(racine *os.Root, commande string) (*Programme, error) {
	mots, err := couperCommande(commande)
	if err != nil {
		return nil, err
	}
	p := &Programme{Fichier: NomManifeste, Commande: mots, Dossier: ".", Pourquoi: ParManifeste}
	if s.Dossier != "" {
		if !filepath.IsLocal(filepath.FromSlash(s.Dossier)) {
			return nil, fmt.Errorf("le dossier « %s » sort du rendu", s.Dossier)
		}
		p.Dossier = path.Clean(s.Dossier)
		if infos, err := racine.Stat(p.Dossier); err != nil || !infos.IsDir() {
			return nil, fmt.Errorf("le dossier « %s » n'existe pas", s.Dossier)
		}
	}
	for _, c := range s.Construit {
		mots, err := couperCommande(c)
		if err != nil {
			return nil, err
		}
		p.Construit = append(p.Construit, mots)
	}
	p.Langage = langageDeCommande(mots[0])
	for _, mot := range mots {
		chemin := path.Join(p.Dossier, mot)
		if infos, err := racine.Stat(chemin); err == nil && infos.Mode().IsRegular() {
			p.Fichier = chemin
			break
		}
	}
	return p, nil
}

func langageDeCommande(commande string) string {
	switch nom := path.Base(commande); {
	case strings.HasPrefix(nom, "python") || nom == "py":
		return "Python"
	case nom == "go":
		return "Go"
	case nom == "node" || nom == "nodejs":
		return "Node"
	case nom == "java":
		return "Java"
	case nom == "sh" || nom == "bash":
		return "shell"
	}
	return "exécutable"
}

// couperCommande coupe une commande en mots, comme un shell pour les seuls guillemets ; il n'y a pas d'échappement.
func couperCommande(commande string) (mots []string, err error) {
	var mot strings.Builder
	ouvert, commence := rune(0), false
	for _, r := range commande {
		switch {
		case ouvert != 0 && r == ouvert:
			ouvert = 0
		case ouvert == 0 && (r == '"' || r == '\''):
			ouvert, commence = r, true
		case ouvert == 0 && strings.ContainsRune(" \t\r\n", r):
			if commence {
				mots = append(mots, mot.String())
			}
			mot.Reset()
			commence = false
		case r == 0:
			return nil, fmt.Errorf("la commande « %s » contient un caractère nul", strings.ReplaceAll(commande, "\x00", "?"))
		default:
			mot.WriteRune(r)
			commence = true
		}
	}
	if ouvert != 0 {
		return nil, fmt.Errorf("la commande « %s » a un guillemet qui ne se ferme pas", commande)
	}
	if commence {
		mots = append(mots, mot.String())
	}
	if len(mots) == 0 || mots[0] == "" {
		return nil, errors.New("une commande est vide")
	}
	return mots, nil
}
