package sauvegarde

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"capteurs/shared/lisible"
	"capteurs/shared/mesure"
)

// texte enregistre une mesure par ligne :
//
//	{"timestamp":"2026-11-22T14:50:19.000000Z","capteur_id":"capteur_1","temperature":23.5}
//
// Un seul programme à la fois écrit dans le fichier.
type texte struct {
	chemin  string
	journal *slog.Logger

	mu      sync.Mutex // protège la suite : on rouvre entre deux écritures
	fichier *os.File
	temoin  temoin // du fichier
	taille  int64  // octets durables : ce qu'on peut relire
	tampon  []byte // les lignes de l'écriture en cours
	panne   error  // après quoi on ne sait plus ce que contient le fichier
}

// ligne est une ligne du fichier, telle qu'on la relit.
type ligne struct {
	Timestamp   time.Time `json:"timestamp"`
	CapteurID   string    `json:"capteur_id"`
	Temperature float64   `json:"temperature"`
}

// Toutes les lignes commencent comme ce modèle, aux chiffres près, et finissent avant cette taille : un identifiant prend
// douze octets au plus par caractère, quand il est fait d'échappements.
const (
	debutDeLigne = `{"timestamp":"0000-00-00T00:00:00.000000Z","capteur_id":"`
	ligneMax     = 12*mesure.IDMax + 200
)

func ouvrirTexte(ctx context.Context, url string, journal *slog.Logger) (moteur, error) {
	_, chemin, _ := strings.Cut(url, ":")
	t := &texte{chemin: chemin, journal: journal}
	return t, t.ouvrir(ctx)
}

// ouvrir ouvre le fichier de ce nom ; si elle échoue, rien n'est changé.
func (t *texte) ouvrir(ctx context.Context) error {
	if err := preparerFichier(t.chemin); err != nil {
		return err
	}
	f, err := os.OpenFile(t.chemin, os.O_RDWR|os.O_APPEND, 0)
	if err != nil {
		return expliquerFichier(err)
	}
	neuf := &texte{chemin: t.chemin, journal: t.journal, fichier: f}
	if err := neuf.preparer(ctx); err != nil {
		f.Close()
		return err
	}
	t.fichier, t.temoin, t.taille, t.panne = f, neuf.temoin, neuf.taille, nil
	return nil
}

// Rouvrir ouvre le fichier qui a pris la place de celui où l'on écrit, ou en crée un, et abandonne l'ancien. Si elle échoue,
// l'ancien reste.
func (t *texte) Rouvrir(ctx context.Context) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	ancien := t.fichier
	if ancien == nil {
		return ErrFermee
	}
	if t.temoin.verifier() == nil {
		return nil // personne ne l'a déplacé
	}
	if err := t.ouvrir(ctx); err != nil {
		return fmt.Errorf("%s impossible à rouvrir : %w", t.chemin, err)
	}
	return expliquerFichier(ancien.Close())
}

// preparer réserve le fichier, vérifie qu'il est à nous, et coupe la ligne qu'un arrêt brutal aurait laissée inachevée.
func (t *texte) preparer(ctx context.Context) error {
	if err := verrouiller(t.fichier); err != nil {
		return fmt.Errorf("un autre programme écrit dans ce fichier, arrêtez-le ou choisissez un autre fichier (%w)", err)
	}
	infos, err := t.fichier.Stat()
	if err != nil {
		return expliquerFichier(err)
	}
	debut := make([]byte, min(infos.Size(), ligneMax))
	if _, err := t.fichier.ReadAt(debut, 0); err != nil {
		return expliquerFichier(err)
	}
	if !debutDeMesures(debut) {
		return errors.New("ce fichier contient autre chose que des mesures, choisissez-en un autre")
	}
	entieres, err := finDesLignesEntieres(t.fichier, infos.Size())
	if err != nil {
		return err
	}
	if err := sansOctetNul(ctx, io.NewSectionReader(t.fichier, 0, entieres)); err != nil {
		return err
	}
	if entieres < infos.Size() {
		t.journal.WarnContext(ctx, "ligne inachevée coupée : un arrêt brutal l'avait laissée, elle n'a pas été confirmée",
			"fichier", t.chemin, "octets", infos.Size()-entieres)
	}
	if err := t.couper(infos.Size()); err != nil {
		return err
	}
	absolu, err := filepath.Abs(t.chemin)
	if err == nil {
		t.temoin, err = attester(absolu)
	}
	return err
}

// couper ne laisse au fichier, de ses premiers octets, que les lignes entières.
func (t *texte) couper(octets int64) error {
	entieres, err := finDesLignesEntieres(t.fichier, octets)
	if err != nil {
		return err
	}
	if err := t.fichier.Truncate(entieres); err != nil {
		return expliquerFichier(err)
	}
	t.taille = entieres
	return nil
}

// sansOctetNul refuse un fichier dont des lignes en contiennent : un autre programme l'a coupé pendant qu'un troisième y écrivait.
func sansOctetNul(ctx context.Context, r io.Reader) error {
	bloc := make([]byte, 64<<10)
	for ligne := 1; ctx.Err() == nil; {
		n, err := r.Read(bloc)
		if i := bytes.IndexByte(bloc[:n], 0); i >= 0 {
			return fmt.Errorf("octet nul ligne %d : ce fichier est abîmé, ôtez-les d'une copie (tr -d '\\0') ou choisissez un autre fichier",
				ligne+bytes.Count(bloc[:i], []byte("\n")))
		}
		ligne += bytes.Count(bloc[:n], []byte("\n"))
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return expliquerFichier(err)
		}
	}
	return ctx.Err()
}

// debutDeMesures dit si un fichier qui commence par ces octets est un fichier de mesures : vide, commencé par une ligne
// que nous savons relire, ou réduit au début d'une telle ligne.
func debutDeMesures(debut []byte) bool {
	premiere, _, entiere := bytes.Cut(debut, []byte("\n"))
	if entiere {
		var l ligne
		return json.Unmarshal(premiere, &l) == nil && l.CapteurID != "" && !l.Timestamp.IsZero()
	}
	for i, modele := range []byte(debutDeLigne[:min(len(premiere), len(debutDeLigne))]) {
		chiffre := premiere[i] >= '0' && premiere[i] <= '9'
		if premiere[i] != modele && !(modele == '0' && chiffre) {
			return false
		}
	}
	return len(premiere) < ligneMax
}

// finDesLignesEntieres rend la position qui suit le dernier saut de ligne d'un fichier de cette taille.
func finDesLignesEntieres(f io.ReaderAt, taille int64) (int64, error) {
	const pas = 64 << 10
	tampon := make([]byte, pas)
	for fin := taille; fin > 0; {
		debut := max(0, fin-pas)
		bloc := tampon[:fin-debut]
		if _, err := f.ReadAt(bloc, debut); err != nil {
			return 0, expliquerFichier(err)
		}
		if i := bytes.LastIndexByte(bloc, '\n'); i >= 0 {
			return debut + int64(i) + 1, nil
		}
		fin = debut
	}
	return 0, nil
}

func (t *texte) ecrire(ctx context.Context, tranches []*tranche) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.temoin.garder(func() error { return t.ecrireLignes(ctx, tranches) })
}

func (t *texte) ecrireLignes(ctx context.Context, tranches []*tranche) error {
	if t.panne != nil {
		return t.panne
	}
	if err := t.reperer(ctx); err != nil {
		return err
	}
	t.tampon = t.tampon[:0]
	for _, tranche := range tranches {
		t.tampon = ajouterLignes(t.tampon, tranche)
	}
	if _, err := t.fichier.Write(t.tampon); err != nil {
		return t.annuler(err)
	}
	if err := t.fichier.Sync(); err != nil {
		// Le noyau a pu oublier ce qu'il n'a pas su écrire : recommencer donnerait un succès trompeur.
		t.panne = mesure.Panne{Conseil: "le disque a refusé une écriture, vérifiez-le puis relancez le serveur", Cause: expliquerFichier(err)}
		return t.panne
	}
	t.taille += int64(len(t.tampon))
	return t.encoreLa()
}

// encoreLa dit si un autre programme a coupé le fichier pendant qu'on y écrivait : ce qu'on voulait confirmer n'y est peut-être plus.
func (t *texte) encoreLa() error {
	infos, err := t.fichier.Stat()
	if err != nil {
		return enPanne(expliquerFichier(err))
	}
	if infos.Size() < t.taille {
		return enPanne(errors.New("un autre programme a coupé ce fichier pendant qu'on y écrivait"))
	}
	return nil
}

// reperer retrouve la fin du fichier, si un autre programme l'a coupé ou y a ajouté : nos lignes n'ont pas à suivre un bout d'une
// autre.
func (t *texte) reperer(ctx context.Context) error {
	infos, err := t.fichier.Stat()
	if err != nil {
		return enPanne(expliquerFichier(err))
	}
	if infos.Size() == t.taille {
		return nil
	}
	t.journal.WarnContext(ctx, "un autre programme a changé ce fichier, on y continue après sa dernière ligne entière",
		"fichier", t.chemin, "octets attendus", t.taille, "trouvés", infos.Size())
	return enPanne(t.couper(infos.Size()))
}

// annuler ôte du fichier les lignes d'une écriture qui a échoué : disque plein, par exemple. Elle ne lui rend jamais la taille
// qu'un autre programme lui a ôtée : des octets nuls y tiendraient lieu de lignes.
func (t *texte) annuler(cause error) error {
	cause = enPanne(expliquerFichier(cause))
	infos, err := t.fichier.Stat()
	if err == nil {
		err = t.couper(min(t.taille, infos.Size()))
	}
	if err != nil {
		t.panne = fmt.Errorf("%w ; puis annulation impossible : %w", cause, err)
		return t.panne
	}
	return cause
}

func ajouterLignes(b []byte, t *tranche) []byte {
	for _, m := range t.mesures {
		b = append(b, `{"timestamp":"`...)
		b = t.recu.AppendFormat(b, horodatage)
		b = append(b, `","capteur_id":`...)
		b = citer(b, m.CapteurID)
		b = append(b, `,"temperature":`...)
		b = jsontext.AppendFloat(b, m.Temperature, 64)
		b = append(b, "}\n"...)
	}
	return b
}

// citer ajoute un identifiant, entre guillemets. Ce qui ne se verrait pas, ou commanderait l'affichage, y est échappé : une ligne
// se lit comme elle est.
func citer(b []byte, id string) []byte {
	debut := len(b)
	b, _ = jsontext.AppendQuote(b, id) // n'échoue que sur de l'UTF-8 invalide, déjà refusé
	if !strings.ContainsFunc(id, invisible) {
		return b
	}
	cite := string(b[debut:])
	b = b[:debut]
	for _, c := range cite {
		if !invisible(c) {
			b = utf8.AppendRune(b, c)
			continue
		}
		for _, moitie := range utf16.AppendRune(nil, c) {
			b = fmt.Appendf(b, `\u%04x`, moitie)
		}
	}
	return b
}

// invisible dit si un caractère ne se voit pas à l'écran, ou si une police peut ne pas le connaître. Dans l'ASCII, JSON s'en charge.
func invisible(c rune) bool {
	return c >= utf8.RuneSelf && (!unicode.IsPrint(c) || lisible.Invisible(c))
}

func (t *texte) relire(ctx context.Context) iter.Seq2[Enregistrement, error] {
	return func(yield func(Enregistrement, error) bool) {
		f, taille, err := t.aRelire()
		if err != nil {
			yield(Enregistrement{}, expliquerFichier(err))
			return
		}
		defer f.Close()
		lignes := bufio.NewScanner(io.LimitReader(f, taille)) // au-delà, une écriture est peut-être en cours
		lignes.Buffer(make([]byte, 0, 4096), ligneMax)
		for n := 1; lignes.Scan() && ctx.Err() == nil; n++ {
			e, err := ligneRelue(lignes.Bytes())
			if err != nil {
				err = fmt.Errorf("%s, ligne %d : %w", t.chemin, n, err)
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
		if err := errors.Join(lignes.Err(), ctx.Err()); err != nil {
			yield(Enregistrement{}, fmt.Errorf("%s : %w", t.chemin, err))
		}
	}
}

// aRelire ouvre le fichier à part, et rend ce qui y est durable.
func (t *texte) aRelire() (*os.File, int64, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f, err := os.Open(t.chemin)
	return f, t.taille, err
}

// ligneRelue rend l'enregistrement d'une ligne.
func ligneRelue(octets []byte) (Enregistrement, error) {
	var l ligne
	err := json.Unmarshal(octets, &l)
	return Enregistrement{mesure.Mesure{CapteurID: l.CapteurID, Temperature: l.Temperature}, l.Timestamp}, err
}

func (t *texte) fermer() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	fichier := t.fichier
	t.fichier = nil
	return fichier.Close()
}

func (t *texte) String() string { return "texte:" + t.chemin }
