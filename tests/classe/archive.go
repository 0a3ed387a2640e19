package classe

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"capteurs/tests/decouverte"
	"capteurs/tests/releve"
)

// limites sont celles d'une archive. Ce qui s'en décompresse est compté à mesure : ce qu'elle en dit n'est pas cru.
type limites struct {
	archive    int64 // octets de l'archive
	repertoire int64 // octets de sa table des matières, qui se lit en mémoire
	entrees    int   // fichiers et dossiers
	fichier    int64 // octets d'un fichier
	total      int64 // octets de tous les fichiers
	rapport    int64 // octets décompressés pour un octet d'archive…
	franchise  int64 // … en plus de ceux-ci : un petit texte qui se répète se compresse très bien
	chemin     int   // octets d'un chemin
	niveaux    int   // dossiers l'un dans l'autre
}

// limitesUsuelles sont bien au-delà de ce que demande l'exercice : un rendu y tient avec ses captures d'écran.
var limitesUsuelles = limites{
	archive: 64 << 20, repertoire: 4 << 20, entrees: 20_000, fichier: 64 << 20, total: 256 << 20,
	rapport: 200, franchise: 8 << 20, chemin: 512, niveaux: 16,
}

// Ouvert est un dépôt dont le contenu se lit dans un dossier.
type Ouvert struct {
	Dossier    string
	Remarques  []string // ce qui a été écarté d'une archive
	temporaire string
}

// Close retire ce qui a été tiré d'une archive.
func (o *Ouvert) Close() error {
	if o.temporaire == "" {
		return nil
	}
	return os.RemoveAll(o.temporaire)
}

// Ouvrir rend le contenu d'un dépôt. Celui d'une archive est mis dans un dossier temporaire, que personne d'autre ne lit et
// que Close retire ; rien ne s'écrit ailleurs, et des limites s'appliquent. Une archive qui contient un seul dossier vaut ce
// dossier, sauf si son nom dit l'étape. Ce que macOS ajoute, les dossiers cachés et ceux des gestionnaires de paquets n'en
// sont pas tirés ; les archives qu'elle contient restent fermées.
//
// L'erreur dit, pour l'enseignant, pourquoi une archive est refusée et quoi faire.
func (d Depot) Ouvrir(ctx context.Context) (*Ouvert, error) {
	if !d.Archive {
		return &Ouvert{Dossier: d.Chemin}, nil
	}
	temporaire, err := os.MkdirTemp("", "classe-") // 0700
	if err != nil {
		return nil, fmt.Errorf("dossier temporaire : %w", err)
	}
	o := &Ouvert{Dossier: temporaire, temporaire: temporaire}
	if o.Remarques, err = extraire(ctx, d.Chemin, temporaire, limitesUsuelles); err == nil {
		o.Dossier, err = racineDe(temporaire)
	}
	if err != nil {
		_ = o.Close()
		return nil, err
	}
	return o, nil
}

// racineDe descend dans le seul dossier d'une archive. Elle n'y descend pas si on y trouve alors d'autres étapes : c'est que
// son nom disait laquelle.
func racineDe(dossier string) (string, error) {
	entrees, err := os.ReadDir(dossier)
	if err != nil {
		return "", fmt.Errorf("archive ouverte, mais illisible : %w", err)
	}
	if len(entrees) != 1 || !entrees[0].IsDir() {
		return dossier, nil
	}
	dedans := filepath.Join(dossier, entrees[0].Name())
	rendu, err := decouverte.Trouver(dossier)
	if err != nil {
		return dedans, nil
	}
	autre, err := decouverte.Trouver(dedans)
	if err == nil && len(autre.Etapes) > 0 {
		for etape := range rendu.Etapes {
			if _, meme := autre.Etapes[etape]; !meme {
				return dossier, nil
			}
		}
	}
	return dedans, nil
}

// extraire tire tout d'une archive dans un dossier vide.
func extraire(ctx context.Context, archive, dossier string, l limites) (remarques []string, err error) {
	if infos, err := os.Lstat(archive); err != nil || !infos.Mode().IsRegular() {
		return nil, errors.New("l'archive n'est pas un fichier ordinaire")
	}
	f, err := os.Open(archive)
	if err != nil {
		return nil, fmt.Errorf("l'archive ne peut pas être lue : %w", err)
	}
	defer f.Close()
	infos, err := f.Stat()
	switch {
	case err != nil:
		return nil, fmt.Errorf("l'archive ne peut pas être lue : %w", err)
	case infos.Size() > l.archive:
		return nil, fmt.Errorf("l'archive fait plus de %s ; demandez-en une sans les fichiers inutiles", enMio(l.archive))
	}
	table := &plafonne{ReaderAt: f, reste: l.repertoire + finArchive}
	z, err := zip.NewReader(table, infos.Size())
	switch {
	case errors.Is(err, errTable):
		return nil, trop(l.entrees)
	case err != nil && !errors.Is(err, zip.ErrInsecurePath): // les chemins sont vus un par un
		return nil, abimee(err)
	case len(z.File) > l.entrees:
		return nil, trop(l.entrees)
	}
	table.libre = true
	racine, err := os.OpenRoot(dossier)
	if err != nil {
		return nil, fmt.Errorf("dossier temporaire : %w", err)
	}
	defer racine.Close()
	e := extraction{limites: l, racine: racine, reste: l.total, vus: map[string]lieu{}}
	if permis := l.franchise + l.rapport*infos.Size(); permis < e.reste {
		e.reste, e.gonflee = permis, true
	}
	for _, entree := range z.File {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := e.tirer(entree); err != nil {
			return nil, err
		}
	}
	return e.remarques, nil
}

// extraction est une archive en train d'être ouverte.
type extraction struct {
	limites
	racine    *os.Root
	reste     int64 // octets qui peuvent encore être écrits
	gonflee   bool  // c'est le rapport qui les borne
	vus       map[string]lieu
	remarques []string
}

// tirer met une entrée à sa place dans le dossier.
func (e *extraction) tirer(entree *zip.File) error {
	brut := nomEntree(entree)
	montre := releve.Montrer([]byte(brut), 100)
	chemin, dossier, err := cheminSur(brut, e.limites)
	switch {
	case err != nil:
		return fmt.Errorf("l'archive contient « %s » : %w ; refaites-la", montre, err)
	case superflu(chemin, dossier):
		return nil
	case entree.Mode().IsDir():
		dossier = true
	case !dossier && !entree.Mode().IsRegular():
		e.remarques = append(e.remarques, montre+" : lien ou fichier spécial, écarté")
		return nil
	}
	if err := e.reserver(chemin, dossier); err != nil {
		return fmt.Errorf("l'archive contient « %s » : %w", montre, err)
	}
	if dossier {
		return placer(montre, e.racine.MkdirAll(chemin, 0o700))
	}
	if entree.Flags&(chiffree|tresChiffree) != 0 {
		return fmt.Errorf("l'archive est protégée par un mot de passe (« %s ») : refaites-la sans", montre)
	}
	if parent := path.Dir(chemin); parent != "." {
		if err := e.racine.MkdirAll(parent, 0o700); err != nil {
			return placer(montre, err)
		}
	}
	return e.ecrire(entree, chemin, montre)
}

// Les drapeaux d'une entrée chiffrée (APPNOTE.TXT de PKWARE, 4.4.4, bits 0 et 6).
const (
	chiffree     = 1 << 0
	tresChiffree = 1 << 6
)

// ecrire décompresse une entrée dans un fichier neuf.
func (e *extraction) ecrire(entree *zip.File, chemin, montre string) error {
	lu, err := entree.Open()
	switch {
	case errors.Is(err, zip.ErrAlgorithm):
		return fmt.Errorf("« %s » est compressé d'une façon que le correcteur ne sait pas lire ; refaites l'archive en .zip ordinaire", montre)
	case err != nil:
		return abimee(err)
	}
	defer lu.Close()
	droits := fs.FileMode(0o600)
	if entree.Mode()&0o111 != 0 {
		droits = 0o700
	}
	ecrit, err := e.racine.OpenFile(chemin, os.O_CREATE|os.O_EXCL|os.O_WRONLY, droits)
	if err != nil {
		return placer(montre, err)
	}
	permis := min(e.fichier, e.reste)
	n, err := io.Copy(ecrit, io.LimitReader(lu, permis+1))
	e.reste -= n
	if errFin := ecrit.Close(); errFin != nil {
		return placer(montre, errFin)
	}
	var disque *fs.PathError
	switch {
	case n > permis && permis == e.fichier:
		return fmt.Errorf("« %s » fait plus de %s ; refaites l'archive sans lui", montre, enMio(e.fichier))
	case n > permis && e.gonflee:
		return fmt.Errorf("l'archive se décompresse plus de %d fois : elle est faite pour remplir le disque, ou contient des fichiers inutiles ; refaites-la sans eux", e.rapport)
	case n > permis:
		return fmt.Errorf("l'archive ouverte ferait plus de %s ; refaites-la sans les fichiers inutiles", enMio(e.total))
	case errors.As(err, &disque):
		return placer(montre, err)
	case err != nil:
		return abimee(err)
	}
	return nil
}

// plafonne borne ce qui se lit d'un fichier tant que la table des matières n'est pas lue.
type plafonne struct {
	io.ReaderAt
	reste int64
	libre bool
}

var errTable = errors.New("table des matières trop longue")

// finArchive est ce qui se lit d'une archive pour en trouver la table des matières : son dernier enregistrement, et le
// commentaire qu'il porte.
const finArchive = 128 << 10

// ReadAt lit si c'est encore permis.
func (p *plafonne) ReadAt(octets []byte, ou int64) (int, error) {
	if p.reste -= int64(len(octets)); p.reste < 0 && !p.libre {
		return 0, errTable
	}
	return p.ReaderAt.ReadAt(octets, ou)
}

func enMio(octets int64) string { return fmt.Sprintf("%d Mio", octets>>20) }

func trop(entrees int) error {
	return fmt.Errorf("l'archive contient plus de %d fichiers ; refaites-la avec les seuls fichiers de l'exercice", entrees)
}

func abimee(err error) error {
	return fmt.Errorf("l'archive est abîmée, ou n'est pas une archive .zip (%w) ; demandez-la de nouveau", err)
}

// placer dit qu'une entrée n'a pas pu être écrite.
func placer(montre string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("« %s » n'a pas pu être tiré de l'archive : %w", montre, err)
}
