package releve

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// enregistrementsMax borne ce qui est rendu d'un seul fichier.
const enregistrementsMax = 20_000

// Depot est un fichier où un rendu a enregistré quelque chose.
type Depot struct {
	Fichier         string           `json:"fichier"`           // chemin relatif, comme dans [FichierVu]
	Forme           string           `json:"forme"`             // « texte », « csv », « json par ligne », « json », « sqlite », « binaire »
	Encodage        string           `json:"encodage"`          // d'un texte : « utf-8 », « utf-16 » ou « latin-1 »
	Reecrit         bool             `json:"reecrit"`           // ce qu'il contenait avant n'en est plus le début
	ParLigne        bool             `json:"par_ligne"`         // chaque enregistrement tient sur une ligne, et une ligne n'en porte qu'un
	Tables          []Table          `json:"tables,omitempty"`  // d'une base SQLite ; pour un CSV, une table sans nom
	Enregistrements []Enregistrement `json:"enregistrements"`   // ce qui n'y était pas avant, dans l'ordre
	Journal         bool             `json:"journal,omitempty"` // une transaction SQLite est restée ouverte : un fichier -journal est à côté

	remarques []string
}

// Table est une table d'une base SQLite, ou les colonnes d'un CSV.
type Table struct {
	Nom             string           `json:"nom,omitempty"`
	Colonnes        []Colonne        `json:"colonnes"`
	Rangees         int              `json:"rangees"` // celles d'avant comprises
	Enregistrements []Enregistrement `json:"-"`       // les nouvelles ; elles sont aussi dans le [Depot]
}

// Colonne est une colonne d'une [Table].
type Colonne struct {
	Nom  string `json:"nom"`
	Type string `json:"type,omitempty"` // tel qu'il est déclaré, en SQLite
	Auto bool   `json:"auto,omitempty"` // INTEGER PRIMARY KEY : SQLite la numérote lui-même
}

// Lire rend tout ce que les fichiers de ces dossiers ont de plus que dans la photo avant, et ce qui n'a pas pu être lu,
// en phrases. Voir [LireDepots].
func Lire(racines []string, avant Photo) ([]Enregistrement, []string, error) {
	depots, remarques, err := LireDepots(racines, avant)
	var tous []Enregistrement
	for _, d := range depots {
		tous = append(tous, d.Enregistrements...)
	}
	return tous, remarques, err
}

// LireDepots reconnaît, à leur contenu et non à leur nom, les fichiers créés ou modifiés depuis la photo avant, et rend ce
// que chacun a de plus. Un fichier peut être en train d'être écrit : il est relu tant qu'il change, un court moment.
// Une base SQLite est copiée avec ses journaux et lue dans la copie : ni l'originale ni ses verrous ne sont touchés.
func LireDepots(racines []string, avant Photo) ([]Depot, []string, error) {
	apres, err := photographier(racines, avant)
	remarques := slices.Clone(apres.Remarques)
	var depots []Depot
	vus := map[string]bool{}
	for _, c := range apres.Depuis(avant) {
		if c.Quoi == Supprime && !estJournal(c.Absolu) {
			continue
		}
		absolu, base := baseDe(apres, c.Absolu)
		f, existe := apres.Fichiers[absolu]
		if vus[absolu] || !existe || f.Illisible != "" {
			continue
		}
		vus[absolu] = true
		var d Depot
		if base {
			d = lireBase(f, avant)
		} else if d, existe = lireFichier(f, avant); !existe {
			continue
		}
		remarques = append(remarques, d.remarques...)
		depots = append(depots, d)
	}
	return depots, remarques, err
}

// suffixes des fichiers que SQLite met à côté d'une base.
var suffixesSQLite = []string{"-journal", "-wal", "-shm"}

func estJournal(absolu string) bool {
	return slices.ContainsFunc(suffixesSQLite, func(s string) bool { return strings.HasSuffix(absolu, s) })
}

// baseDe rend la base à laquelle appartient un fichier, lui-même peut-être, et dit si c'en est une.
func baseDe(p Photo, absolu string) (string, bool) {
	for _, s := range suffixesSQLite {
		if principal, coupe := strings.CutSuffix(absolu, s); coupe && estBase(p, principal) {
			return principal, true
		}
	}
	return absolu, estBase(p, absolu)
}

// estBase dit si un fichier est une base SQLite : il commence comme une base, ou il est encore vide à côté d'un journal.
func estBase(p Photo, absolu string) bool {
	f, existe := p.Fichiers[absolu]
	if !existe || f.Illisible != "" {
		return false
	}
	if f.Taille > 0 {
		return bytes.HasPrefix(f.commencement(), []byte(enteteSQLite))
	}
	return transactionOuverte(p.Fichiers[absolu+"-journal"].commencement()) ||
		bytes.HasPrefix(p.Fichiers[absolu+"-wal"].commencement(), []byte(enteteWAL))
}

// commencement rend les 28 premiers octets d'un fichier vu, ou rien.
func (f FichierVu) commencement() []byte {
	if f.garde || f.racine == "" {
		return f.octets[:min(len(f.octets), 28)]
	}
	flux, err := f.ouvrir()
	if err != nil {
		return nil
	}
	defer flux.Close()
	lu := make([]byte, 28)
	n, _ := io.ReadFull(flux, lu)
	return lu[:n]
}

// lireFichier lit un fichier qui n'est pas une base. Un programme compilé n'est pas un dépôt.
func lireFichier(f FichierVu, avant Photo) (Depot, bool) {
	octets, remarque, err := relireStable(f)
	if err != nil {
		d := Depot{Fichier: f.Chemin, Forme: "binaire"}
		d.remarques = []string{fmt.Sprintf("%s : fichier illisible (%v)", f.Chemin, sansChemin(err))}
		return d, true
	}
	if estExecutable(octets) {
		return Depot{}, false
	}
	ancien, existait := avant.Fichiers[filepath.Join(f.racine, filepath.FromSlash(f.relatif))]
	if !existait || ancien.Taille == 0 {
		d := lireContenu(f.Chemin, octets)
		d.remarquer(remarque)
		return d, true
	}
	d := lireContenu(f.Chemin, octets)
	d.remarquer(remarque)
	d.Reecrit = int64(len(octets)) < ancien.Taille || empreinteDe(octets[:min(ancien.Taille, photoLuMax)]) != ancien.Empreinte
	switch {
	case ancien.garde:
		d.oter(lireContenu(f.Chemin, ancien.octets).Enregistrements)
	case !d.Reecrit && ancien.Taille < int64(len(octets)):
		d.oter(lireContenu(f.Chemin, octets[:ancien.Taille]).Enregistrements)
	}
	return d, true
}

func (d *Depot) remarquer(phrase string) {
	if phrase != "" {
		d.remarques = append(d.remarques, d.Fichier+" : "+phrase)
	}
}

// relireStable relit un fichier jusqu'à le trouver deux fois le même : un programme l'écrit peut-être en ce moment.
func relireStable(f FichierVu) (octets []byte, remarque string, err error) {
	octets, err = lireBorne(f)
	for essai := 0; err == nil && essai < 5; essai++ {
		var encore []byte
		if encore, err = lireBorne(f); err != nil || bytes.Equal(octets, encore) {
			break
		}
		octets = encore
		time.Sleep(5 * time.Millisecond)
	}
	if len(octets) == photoLuMax {
		remarque = "seuls les 8 premiers Mio ont été lus"
	}
	return octets, remarque, err
}

func lireBorne(f FichierVu) ([]byte, error) {
	flux, err := f.ouvrir()
	if err != nil {
		return nil, err
	}
	defer flux.Close()
	return io.ReadAll(io.LimitReader(flux, photoLuMax))
}

// estExecutable reconnaît les programmes compilés : ELF, PE, Mach-O, classe Java.
func estExecutable(octets []byte) bool {
	for _, debut := range []string{"\x7fELF", "MZ\x90", "\xcf\xfa\xed\xfe", "\xca\xfe\xba\xbe", "!<arch>"} {
		if bytes.HasPrefix(octets, []byte(debut)) {
			return true
		}
	}
	return false
}

// oter enlève ce qui était déjà là, autant de fois qu'il y était.
func (d *Depot) oter(anciens []Enregistrement) {
	if len(anciens) == 0 {
		return
	}
	restent := map[string]int{}
	for _, e := range anciens {
		restent[tableDe(e)+e.Texte]++
	}
	garder := func(es []Enregistrement) []Enregistrement {
		var nouveaux []Enregistrement
		for _, e := range es {
			if cle := tableDe(e) + e.Texte; restent[cle] > 0 {
				restent[cle]--
				continue
			}
			nouveaux = append(nouveaux, e)
		}
		return nouveaux
	}
	if len(d.Tables) == 0 {
		d.Enregistrements = garder(d.Enregistrements)
		return
	}
	d.Enregistrements = nil
	for i := range d.Tables {
		d.Tables[i].Enregistrements = garder(d.Tables[i].Enregistrements)
		d.Enregistrements = append(d.Enregistrements, d.Tables[i].Enregistrements...)
	}
}

// tableDe rend la table d'une rangée, telle que Ou la nomme.
func tableDe(e Enregistrement) string {
	if e.Forme != "sqlite" {
		return ""
	}
	_, reste, _ := strings.Cut(e.Ou, ", table ")
	return reste[:max(0, strings.LastIndex(reste, ", rangée "))] + "\x00"
}

// dossierDeCopie crée un dossier pour la copie d'une base.
func dossierDeCopie() (string, func(), error) {
	d, err := os.MkdirTemp("", "banc-base-")
	if err != nil {
		return "", nil, errors.New("copie impossible dans le dossier temporaire : " + sansChemin(err).Error())
	}
	return d, func() { os.RemoveAll(d) }, nil
}
