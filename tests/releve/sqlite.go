package releve

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"math"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"modernc.org/sqlite"
)

// Les premiers octets d'une base SQLite, de son journal d'annulation, de son WAL.
const (
	enteteSQLite  = "SQLite format 3\x00"
	enteteJournal = "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"
	enteteWAL     = "\x37\x7f\x06"
)

// transactionOuverte dit si un journal d'annulation est celui d'une transaction en cours. SQLite n'y écrit l'en-tête et le
// nombre de pages qu'au moment de valider : avant, ces douze octets sont nuls, mais pas ceux qui suivent. Un journal gardé
// après une validation, lui, a ses 28 premiers octets nuls.
func transactionOuverte(debut []byte) bool {
	const avant, entete = 12, 28
	if len(debut) < entete {
		return false
	}
	return bytes.HasPrefix(debut, []byte(enteteJournal)) ||
		bytes.Count(debut[:avant], []byte{0}) == avant && bytes.Count(debut[avant:entete], []byte{0}) < entete-avant
}

const (
	baseTailleMax  = 64 << 20 // au-delà, une base n'est pas copiée
	baseTexteMax   = 16 << 20 // octets de texte rendus d'une base
	tablesMax      = 100
	limiteLongueur = 0 // SQLITE_LIMIT_LENGTH
)

var errBaseLente = fmt.Errorf("lecture trop longue, plus de %v", baseDelai)

// lireBase lit une base SQLite dans une copie, et en ôte les rangées qu'elle avait déjà.
func lireBase(f FichierVu, avant Photo) Depot {
	d := Depot{Fichier: f.Chemin, Forme: "sqlite"}
	dossier, effacer, err := dossierDeCopie()
	if err != nil {
		d.remarquer(err.Error())
		return d
	}
	defer effacer()
	copie := filepath.Join(dossier, "base")
	for essai := 0; ; essai++ {
		sure, err := copierBase(f, copie)
		if err != nil {
			d.remarquer(fmt.Sprintf("copie impossible (%v)", sansChemin(err)))
			return d
		}
		d.Journal = transactionOuverte(debutDuFichier(copie + "-journal"))
		err = d.lireCopie(copie)
		if sure || essai == 4 || errors.Is(err, errBaseLente) {
			if err != nil {
				d.remarquer(fmt.Sprintf("base illisible (%v)", err))
			} else if !sure {
				d.remarquer(baseMouvante)
			}
			break
		}
		time.Sleep(10 * time.Millisecond << essai)
	}
	d.oterRangeesDe(f, avant, dossier)
	return d
}

// oterRangeesDe ôte les rangées que la base avait dans la photo avant.
func (d *Depot) oterRangeesDe(f FichierVu, avant Photo, dossier string) {
	absolu := filepath.Join(f.racine, filepath.FromSlash(f.relatif))
	ancien, existait := avant.Fichiers[absolu]
	if !existait {
		return
	}
	if !ancien.garde {
		d.remarquer("base trop grande pour reconnaître ses anciennes rangées : toutes comptent")
		return
	}
	copie := filepath.Join(dossier, "avant")
	for _, suffixe := range []string{"", "-journal", "-wal"} {
		if voisin, existe := avant.Fichiers[absolu+suffixe]; existe && voisin.garde {
			if err := os.WriteFile(copie+suffixe, voisin.octets, 0o600); err != nil {
				return
			}
		}
	}
	passe := Depot{Fichier: d.Fichier, Forme: d.Forme}
	if passe.lireCopie(copie) == nil {
		d.oter(passe.Enregistrements)
	}
}

// baseMouvante dit qu'une base n'a pas cessé de changer pendant qu'on la copiait : ce qu'on en a lu n'est d'aucun instant.
const baseMouvante = "base écrite sans cesse pendant sa lecture"

// copierBase copie une base et ses journaux, et dit si rien n'a changé pendant ce temps.
func copierBase(f FichierVu, copie string) (sure bool, err error) {
	premiere, seconde := sha256.New(), sha256.New()
	for _, suffixe := range []string{"", "-journal", "-wal"} {
		if err := copierVoisin(f, suffixe, copie+suffixe, premiere); err != nil {
			return false, err
		}
	}
	for _, suffixe := range []string{"", "-journal", "-wal"} {
		if err := copierVoisin(f, suffixe, "", seconde); err != nil {
			return false, err
		}
	}
	return bytes.Equal(premiere.Sum(nil), seconde.Sum(nil)), nil
}

// copierVoisin copie un fichier, s'il existe, et l'ajoute à la somme ; sans destination, elle ne fait que l'ajouter.
func copierVoisin(f FichierVu, suffixe, destination string, somme hash.Hash) error {
	io.WriteString(somme, "\x00"+suffixe)
	if destination != "" {
		if err := os.Remove(destination); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	source, err := f.ouvrirVoisin(suffixe)
	if suffixe != "" && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, errPasOrdinaire)) {
		return nil
	}
	if err != nil {
		return err
	}
	defer source.Close()
	var vers io.Writer = somme
	if destination != "" {
		fichier, err := os.OpenFile(destination, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
		if err != nil {
			return err
		}
		defer fichier.Close()
		vers = io.MultiWriter(somme, fichier)
	}
	n, err := io.Copy(vers, io.LimitReader(source, baseTailleMax+1))
	if err == nil && n > baseTailleMax {
		return fmt.Errorf("plus de %d Mio", baseTailleMax>>20)
	}
	return err
}

// debutDuFichier rend les 28 premiers octets d'un fichier, ou rien.
func debutDuFichier(chemin string) []byte {
	f, err := os.Open(chemin)
	if err != nil {
		return nil
	}
	defer f.Close()
	lu := make([]byte, 28)
	n, _ := io.ReadFull(f, lu)
	return lu[:n]
}

// baseDelai borne la lecture d'une base.
var baseDelai = 3 * time.Second

// lireCopie lit toutes les tables d'une base qui est à nous : SQLite peut y annuler une transaction, ou y rejouer le WAL.
func (d *Depot) lireCopie(copie string) (err error) {
	d.Tables, d.Enregistrements, d.remarques = nil, nil, nil
	ctx, liberer := context.WithTimeout(context.Background(), baseDelai)
	defer liberer()
	u := url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(copie), RawQuery: "mode=rw&_pragma=trusted_schema(0)"}
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := sqlite.Limit(conn, limiteLongueur, photoLuMax); err != nil {
		return err
	}
	noms, err := textes(ctx, conn, `SELECT name FROM sqlite_master WHERE type='table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY rowid LIMIT `+strconv.Itoa(tablesMax))
	if err != nil {
		return err
	}
	l := lectureDeBase{conn, d, baseTexteMax}
	for _, nom := range noms {
		if err := l.table(ctx, nom); err != nil {
			if ctx.Err() != nil {
				return errBaseLente
			}
			d.remarquer(fmt.Sprintf("table %s illisible (%v)", nom, err))
		}
	}
	debut := 0
	for i := range d.Tables {
		fin := debut + len(d.Tables[i].Enregistrements)
		d.Tables[i].Enregistrements = d.Enregistrements[debut:fin:fin]
		debut = fin
	}
	return nil
}

// lectureDeBase est la lecture en cours d'une base.
type lectureDeBase struct {
	conn  *sql.Conn
	depot *Depot
	reste int // octets de texte qu'elle peut encore rendre
}

func (l *lectureDeBase) table(ctx context.Context, nom string) error {
	t := Table{Nom: nom}
	rows, err := l.conn.QueryContext(ctx, `SELECT name, type, pk FROM pragma_table_xinfo(?) WHERE hidden <> 1`, nom)
	if err != nil {
		return err
	}
	defer rows.Close()
	cles := 0
	for rows.Next() {
		var c Colonne
		var cle int
		if err := rows.Scan(&c.Nom, &c.Type, &cle); err != nil {
			return err
		}
		if cle > 0 {
			cles++
			c.Auto = strings.EqualFold(c.Type, "INTEGER")
		}
		t.Colonnes = append(t.Colonnes, c)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	for i := range t.Colonnes {
		t.Colonnes[i].Auto = t.Colonnes[i].Auto && cles == 1
	}
	voisines, err := l.references(ctx, nom)
	if err != nil {
		return err
	}
	return l.rangees(ctx, &t, voisines)
}

// reference est une clé étrangère d'une colonne : les rangées qu'elle désigne, par valeur.
type reference struct {
	table   string
	rangees map[string]map[string]string
}

// references rend les clés étrangères d'une table : le nom d'un capteur est peut-être dans une autre.
func (l *lectureDeBase) references(ctx context.Context, nom string) (map[string]reference, error) {
	rows, err := l.conn.QueryContext(ctx, `SELECT "table", "from", coalesce("to",'') FROM pragma_foreign_key_list(?) LIMIT 10`, nom)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	toutes := map[string]reference{}
	vers := map[string]string{}
	for rows.Next() {
		var table, de, a string
		if err := rows.Scan(&table, &de, &a); err != nil {
			return nil, err
		}
		toutes[de], vers[de] = reference{table, map[string]map[string]string{}}, a
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, err
	}
	for de, r := range toutes {
		l.designees(ctx, r, vers[de])
	}
	return toutes, nil
}

// designees lit les rangées qu'une clé étrangère peut désigner. Une table illisible n'en a pas.
func (l *lectureDeBase) designees(ctx context.Context, r reference, a string) {
	rows, err := l.conn.QueryContext(ctx, "SELECT * FROM "+guillemets(r.table)+" LIMIT "+strconv.Itoa(enregistrementsMax))
	if err != nil {
		return
	}
	defer rows.Close()
	noms, _ := rows.Columns()
	cle := 0
	for i, n := range noms {
		if strings.EqualFold(n, a) {
			cle = i
		}
	}
	for rows.Next() {
		cellules, err := cellulesDe(rows, len(noms))
		if err != nil {
			return
		}
		rangee := map[string]string{}
		for i, c := range cellules {
			if i != cle {
				rangee[noms[i]] = c
			}
		}
		r.rangees[cellules[cle]] = rangee
	}
}

func (l *lectureDeBase) rangees(ctx context.Context, t *Table, voisines map[string]reference) error {
	var colonnes []string // le + ôte le type déclaré : le pilote rend ce qui est vraiment écrit
	for _, c := range t.Colonnes {
		colonnes = append(colonnes, "+"+guillemets(c.Nom))
	}
	requete := "SELECT " + strings.Join(colonnes, ",") + " FROM " + guillemets(t.Nom)
	limite := " LIMIT " + strconv.Itoa(enregistrementsMax-min(enregistrementsMax, len(l.depot.Enregistrements))+1)
	rows, err := l.conn.QueryContext(ctx, requete+" ORDER BY rowid"+limite)
	if err != nil { // WITHOUT ROWID
		if rows, err = l.conn.QueryContext(ctx, requete+limite); err != nil {
			return err
		}
	}
	defer rows.Close()
	pleine := false
	for rows.Next() {
		if pleine = len(l.depot.Enregistrements) >= enregistrementsMax || l.reste <= 0; pleine {
			l.depot.remarquer("trop de rangées, ou de trop longues : les dernières n'ont pas été lues")
			break
		}
		cellules, err := cellulesDe(rows, len(t.Colonnes))
		if err != nil {
			return err
		}
		t.Rangees++
		e := Enregistrement{
			Ou:     fmt.Sprintf("%s, table %s, rangée %d", l.depot.Fichier, t.Nom, t.Rangees),
			Forme:  "sqlite",
			Champs: map[string]string{},
		}
		for i, c := range cellules {
			nom := t.Colonnes[i].Nom
			e.Champs[nom] = c
			if v, est := voisines[nom]; est {
				for autre, valeur := range v.rangees[c] {
					e.Champs[nom+" → "+v.table+"."+autre] = valeur
				}
			}
			l.reste -= len(c)
		}
		e.Texte = strings.Join(cellules, " | ")
		t.Enregistrements = append(t.Enregistrements, e)
		l.depot.Enregistrements = append(l.depot.Enregistrements, e)
	}
	l.depot.Tables = append(l.depot.Tables, *t)
	return rows.Err()
}

// cellulesDe rend les cellules d'une rangée, en texte.
func cellulesDe(rows *sql.Rows, n int) ([]string, error) {
	valeurs := make([]any, n)
	pointeurs := make([]any, n)
	for i := range valeurs {
		pointeurs[i] = &valeurs[i]
	}
	if err := rows.Scan(pointeurs...); err != nil {
		return nil, err
	}
	cellules := make([]string, n)
	for i, v := range valeurs {
		cellules[i] = enTexte(v)
	}
	return cellules, nil
}

func enTexte(v any) string {
	switch v := v.(type) {
	case nil:
		return "NULL"
	case string:
		return v
	case []byte:
		if utf8.Valid(v) && !slices.ContainsFunc(v, func(o byte) bool { return o < ' ' && o != '\n' && o != '\t' }) {
			return string(v)
		}
		return "x'" + hex.EncodeToString(v[:min(len(v), 1<<10)]) + "'"
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		forme := byte('f')
		if a := math.Abs(v); a >= 1e15 || a < 1e-5 {
			forme = 'g'
		}
		s := strconv.FormatFloat(v, forme, -1, 64)
		if !strings.ContainsAny(s, ".eIN") {
			s += ".0" // un REAL, pas un INTEGER
		}
		return s
	case time.Time:
		return v.Format(time.RFC3339Nano)
	}
	return fmt.Sprint(v)
}

// textes rend la première colonne d'une requête.
func textes(ctx context.Context, conn *sql.Conn, requete string) ([]string, error) {
	rows, err := conn.QueryContext(ctx, requete)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var tous []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		tous = append(tous, s)
	}
	return tous, rows.Err()
}

// guillemets écrit un nom de table ou de colonne pour SQL.
func guillemets(nom string) string { return `"` + strings.ReplaceAll(nom, `"`, `""`) + `"` }

func empreinteDe(octets []byte) string {
	somme := sha256.Sum256(octets)
	return hex.EncodeToString(somme[:])
}
