package releve

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Ce qu'un rendu peut coûter à photographier, quoi qu'il écrive.
const (
	photoFichiersMax   = 5000
	photoProfondeurMax = 12
	photoLuMax         = 8 << 20  // octets lus par fichier
	photoGardeMax      = 1 << 20  // taille d'un fichier dont le contenu est gardé
	photoGardesMax     = 32 << 20 // tous contenus gardés ensemble
)

// photoDelaiDoute est le temps pendant lequel une écriture peut ne changer ni la taille ni la date d'un fichier : son
// contenu est alors relu.
const photoDelaiDoute = 2 * time.Second

// Photo est l'état de quelques dossiers à un instant.
type Photo struct {
	Fichiers  map[string]FichierVu // par chemin absolu
	Remarques []string             // ce qui n'a pas pu être vu, en phrases

	prise time.Time
	garde int // octets de contenus gardés
}

// FichierVu est un fichier ordinaire tel qu'une [Photo] l'a vu.
type FichierVu struct {
	Chemin    string    `json:"chemin"` // relatif à sa racine, avec des / ; précédé du nom de la racine quand ce n'est pas la première
	Taille    int64     `json:"taille"`
	Modifie   time.Time `json:"modifie"`
	Empreinte string    `json:"empreinte"`           // de ses premiers octets, 8 Mio au plus
	Illisible string    `json:"illisible,omitempty"` // pourquoi il n'a pas pu être lu

	racine, relatif string
	octets          []byte // son contenu, quand il est petit
	garde           bool   // octets est tout le contenu
}

// GenreDeChangement est ce qui est arrivé à un fichier.
type GenreDeChangement string

// Les changements possibles.
const (
	Cree     GenreDeChangement = "créé"
	Modifie  GenreDeChangement = "modifié"
	Supprime GenreDeChangement = "supprimé"
)

// Changement est la différence, pour un fichier, entre deux photos.
type Changement struct {
	Chemin string            `json:"chemin"`
	Quoi   GenreDeChangement `json:"quoi"`
	Avant  int64             `json:"avant"` // sa taille ; 0 quand il n'existait pas
	Apres  int64             `json:"apres"`

	Absolu string `json:"-"` // son chemin sur la machine
}

func (c Changement) String() string {
	switch c.Quoi {
	case Cree:
		return fmt.Sprintf("%s créé (%d octets)", c.Chemin, c.Apres)
	case Supprime:
		return c.Chemin + " supprimé"
	}
	return fmt.Sprintf("%s modifié (%d octets, puis %d)", c.Chemin, c.Avant, c.Apres)
}

// Photographier note l'état des fichiers de ces dossiers. Elle ne suit aucun lien, n'ouvre que des fichiers ordinaires,
// et reste bornée. Une racine illisible est une erreur ; la photo des autres est rendue quand même.
func Photographier(racines ...string) (Photo, error) {
	return photographier(racines, Photo{})
}

// photographier ne relit pas les fichiers dont la photo précédente est encore sûre.
func photographier(racines []string, avant Photo) (Photo, error) {
	p := Photo{Fichiers: map[string]FichierVu{}, prise: time.Now()}
	var absolues []string
	var fautes []error
	for _, r := range racines {
		a, err := filepath.Abs(r)
		if err != nil {
			fautes = append(fautes, err)
			continue
		}
		if !slices.Contains(absolues, a) {
			absolues = append(absolues, a)
		}
	}
	for i, a := range absolues {
		v := visite{photo: &p, avant: avant, racine: a, racines: absolues}
		if i > 0 {
			v.prefixe = filepath.Base(a)
		}
		if err := v.tout(); err != nil {
			fautes = append(fautes, err)
		}
	}
	return p, errors.Join(fautes...)
}

// Depuis rend ce qui a changé entre avant et p, par ordre de chemin.
func (p Photo) Depuis(avant Photo) []Changement {
	var tous []Changement
	for absolu, f := range p.Fichiers {
		ancien, existait := avant.Fichiers[absolu]
		switch {
		case !existait:
			tous = append(tous, Changement{f.Chemin, Cree, 0, f.Taille, absolu})
		case ancien.Taille != f.Taille || ancien.Empreinte != f.Empreinte,
			f.Taille > photoLuMax && !ancien.Modifie.Equal(f.Modifie):
			tous = append(tous, Changement{f.Chemin, Modifie, ancien.Taille, f.Taille, absolu})
		}
	}
	for absolu, f := range avant.Fichiers {
		if _, existe := p.Fichiers[absolu]; !existe {
			tous = append(tous, Changement{f.Chemin, Supprime, f.Taille, 0, absolu})
		}
	}
	slices.SortFunc(tous, func(a, b Changement) int {
		return cmp.Or(strings.Compare(a.Chemin, b.Chemin), strings.Compare(a.Absolu, b.Absolu))
	})
	return tous
}

// dossiersSansMesure contiennent ce que les outils écrivent, jamais ce qu'un serveur enregistre.
var dossiersSansMesure = []string{"__pycache__", ".git", "node_modules", ".cache", ".npm", "venv", ".venv", "go-build"}

func photoIgnore(nom string, dossier bool) bool {
	if dossier {
		return slices.Contains(dossiersSansMesure, nom) || strings.HasPrefix(nom, "go-build")
	}
	return strings.HasSuffix(nom, ".pyc") || strings.HasSuffix(nom, ".pyo")
}

// visite parcourt une racine.
type visite struct {
	photo   *Photo
	avant   Photo
	racine  string
	prefixe string
	racines []string // celles qui se trouvent dans celle-ci seront vues pour elles-mêmes
	dossier *os.Root
	pleine  bool
}

func (v *visite) tout() error {
	dossier, err := os.OpenRoot(v.racine)
	if err != nil {
		return fmt.Errorf("dossier illisible : %w", err)
	}
	defer dossier.Close()
	v.dossier = dossier
	v.descendre(".", 0)
	return nil
}

func (v *visite) remarquer(format string, args ...any) {
	if len(v.photo.Remarques) < 50 {
		v.photo.Remarques = append(v.photo.Remarques, fmt.Sprintf(format, args...))
	}
}

func (v *visite) nom(relatif string) string { return path.Join(v.prefixe, relatif) }

func (v *visite) descendre(relatif string, profondeur int) {
	if profondeur > photoProfondeurMax {
		v.remarquer("%s : plus de %d dossiers les uns dans les autres, la suite n'a pas été regardée", v.nom(relatif), photoProfondeurMax)
		return
	}
	d, err := v.dossier.OpenFile(filepath.FromSlash(relatif), os.O_RDONLY|sansSuivre, 0)
	if err != nil {
		v.remarquer("%s : dossier illisible (%v)", v.nom(relatif), sansChemin(err))
		return
	}
	defer d.Close()
	for !v.pleine {
		entrees, err := d.ReadDir(256)
		for _, e := range entrees {
			v.entree(path.Join(relatif, e.Name()), e, profondeur)
		}
		if err != nil {
			if err != io.EOF {
				v.remarquer("%s : dossier lu en partie (%v)", v.nom(relatif), sansChemin(err))
			}
			return
		}
	}
}

func (v *visite) entree(relatif string, e fs.DirEntry, profondeur int) {
	absolu := filepath.Join(v.racine, filepath.FromSlash(relatif))
	switch {
	case v.pleine || photoIgnore(e.Name(), e.IsDir()):
	case e.IsDir():
		if !slices.Contains(v.racines, absolu) {
			v.descendre(relatif, profondeur+1)
		}
	case !e.Type().IsRegular(): // lien, tube, prise, périphérique
	case len(v.photo.Fichiers) >= photoFichiersMax:
		v.pleine = true
		v.remarquer("plus de %d fichiers : les suivants n'ont pas été regardés", photoFichiersMax)
	default:
		if f, existe := v.fichier(absolu, relatif); existe {
			v.photo.Fichiers[absolu] = f
		}
	}
}

func (v *visite) fichier(absolu, relatif string) (FichierVu, bool) {
	f := FichierVu{Chemin: v.nom(relatif), racine: v.racine, relatif: relatif}
	flux, err := ouvrirOrdinaire(v.dossier, relatif)
	if errors.Is(err, fs.ErrNotExist) {
		return f, false
	}
	if err != nil {
		f.Illisible = sansChemin(err).Error()
		v.remarquer("%s : fichier illisible (%s)", f.Chemin, f.Illisible)
		return f, true
	}
	defer flux.Close()
	infos, err := flux.Stat()
	if err != nil {
		f.Illisible = sansChemin(err).Error()
		return f, true
	}
	f.Taille, f.Modifie = infos.Size(), infos.ModTime()
	if ancien, vu := v.avant.Fichiers[absolu]; vu && ancien.Illisible == "" && ancien.Taille == f.Taille &&
		ancien.Modifie.Equal(f.Modifie) && v.avant.prise.Sub(f.Modifie) > photoDelaiDoute {
		ancien.Chemin = f.Chemin
		return ancien, true
	}
	somme := sha256.New()
	var garde bytes.Buffer
	var vers io.Writer = somme
	if f.garde = f.Taille <= photoGardeMax && v.photo.garde < photoGardesMax; f.garde {
		vers = io.MultiWriter(somme, &garde)
	}
	lus, err := io.Copy(vers, io.LimitReader(flux, photoLuMax))
	if err != nil {
		f.Illisible = sansChemin(err).Error()
		v.remarquer("%s : fichier illisible (%s)", f.Chemin, f.Illisible)
		return f, true
	}
	if f.Taille < photoLuMax { // il a pu grandir, ou rétrécir, pendant la lecture
		f.Taille = lus
	}
	f.Empreinte = hex.EncodeToString(somme.Sum(nil))
	f.octets = garde.Bytes()
	v.photo.garde += garde.Len()
	return f, true
}

var errPasOrdinaire = errors.New("ce n'est pas un fichier ordinaire")

// ouvrirOrdinaire ouvre un fichier ordinaire d'un dossier, sans jamais attendre ni sortir du dossier : un tube, ou un lien
// mis à la place d'un fichier entre-temps, est une erreur.
func ouvrirOrdinaire(dossier *os.Root, relatif string) (*os.File, error) {
	nom := filepath.FromSlash(relatif)
	infos, err := dossier.Lstat(nom)
	if err != nil {
		return nil, err
	}
	if !infos.Mode().IsRegular() {
		return nil, errPasOrdinaire
	}
	f, err := dossier.OpenFile(nom, os.O_RDONLY|sansSuivre, 0)
	if err != nil {
		return nil, err
	}
	if ouvert, err := f.Stat(); err != nil || !ouvert.Mode().IsRegular() {
		f.Close()
		return nil, errPasOrdinaire
	}
	return f, nil
}

// ouvrir rouvre un fichier vu.
func (f FichierVu) ouvrir() (*os.File, error) { return f.ouvrirVoisin("") }

// ouvrirVoisin ouvre le fichier dont le nom est celui de f et ce suffixe.
func (f FichierVu) ouvrirVoisin(suffixe string) (*os.File, error) {
	dossier, err := os.OpenRoot(f.racine)
	if err != nil {
		return nil, err
	}
	defer dossier.Close()
	return ouvrirOrdinaire(dossier, f.relatif+suffixe)
}

// sansChemin ôte d'une erreur le chemin de la machine.
func sansChemin(err error) error {
	var chemin *fs.PathError
	if errors.As(err, &chemin) {
		return chemin.Err
	}
	return err
}
