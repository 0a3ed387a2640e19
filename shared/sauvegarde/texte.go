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
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"capteurs/shared/mesure"
)

// texte enregistre une mesure par ligne :
//
//	{"timestamp":"2026-11-22T14:50:19.000000Z","capteur_id":"capteur_1","temperature":23.5}
//
// Un seul programme à la fois écrit dans le fichier.
type texte struct {
	chemin  string
	fichier *os.File
	journal *slog.Logger
	temoin  temoin       // du fichier
	taille  atomic.Int64 // octets durables : ce qu'on peut relire
	tampon  []byte       // les lignes de l'écriture en cours
	panne   error        // après quoi on ne sait plus ce que contient le fichier
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
	if err := preparerFichier(chemin); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(chemin, os.O_RDWR|os.O_APPEND, 0)
	if err != nil {
		return nil, expliquerFichier(err)
	}
	t := &texte{chemin: chemin, fichier: f, journal: journal}
	if err := t.preparer(ctx); err != nil {
		f.Close()
		return nil, err
	}
	return t, nil
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
	if entieres < infos.Size() {
		t.journal.WarnContext(ctx, "ligne inachevée coupée : un arrêt brutal l'avait laissée, elle n'a pas été confirmée",
			"fichier", t.chemin, "octets", infos.Size()-entieres)
		if err := t.fichier.Truncate(entieres); err != nil {
			return expliquerFichier(err)
		}
	}
	t.taille.Store(entieres)
	absolu, err := filepath.Abs(t.chemin)
	if err == nil {
		t.temoin, err = attester(absolu)
	}
	return err
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

func (t *texte) ecrire(_ context.Context, tranches []*tranche) error {
	return t.temoin.garder(func() error { return t.ecrireLignes(tranches) })
}

func (t *texte) ecrireLignes(tranches []*tranche) error {
	if t.panne != nil {
		return t.panne
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
	t.taille.Add(int64(len(t.tampon)))
	return nil
}

// annuler ôte du fichier les lignes d'une écriture qui a échoué : disque plein, par exemple.
func (t *texte) annuler(cause error) error {
	cause = enPanne(expliquerFichier(cause))
	if err := t.fichier.Truncate(t.taille.Load()); err != nil {
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
		b, _ = jsontext.AppendQuote(b, m.CapteurID) // n'échoue que sur de l'UTF-8 invalide, déjà refusé
		b = append(b, `,"temperature":`...)
		b = jsontext.AppendFloat(b, m.Temperature, 64)
		b = append(b, "}\n"...)
	}
	return b
}

func (t *texte) relire(ctx context.Context) iter.Seq2[Enregistrement, error] {
	return func(yield func(Enregistrement, error) bool) {
		f, err := os.Open(t.chemin)
		if err != nil {
			yield(Enregistrement{}, expliquerFichier(err))
			return
		}
		defer f.Close()
		lignes := bufio.NewScanner(io.LimitReader(f, t.taille.Load())) // au-delà, une écriture est peut-être en cours
		lignes.Buffer(make([]byte, 0, 4096), ligneMax)
		for n := 1; lignes.Scan() && ctx.Err() == nil; n++ {
			var l ligne
			err := json.Unmarshal(lignes.Bytes(), &l)
			if err != nil {
				err = fmt.Errorf("%s, ligne %d : %w", t.chemin, n, err)
			}
			e := Enregistrement{mesure.Mesure{CapteurID: l.CapteurID, Temperature: l.Temperature}, l.Timestamp}
			if !yield(e, err) || err != nil {
				return
			}
		}
		if err := errors.Join(lignes.Err(), ctx.Err()); err != nil {
			yield(Enregistrement{}, fmt.Errorf("%s : %w", t.chemin, err))
		}
	}
}

func (t *texte) fermer() error { return t.fichier.Close() }

func (t *texte) String() string { return "texte:" + t.chemin }
