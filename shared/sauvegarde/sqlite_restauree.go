package sauvegarde

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"time"

	driver "modernc.org/sqlite"
)

// Restaurer une base sans effacer le journal -wal qu'un arrêt brutal a laissé à côté, c'est la perdre : SQLite y rejouerait ce
// journal, dont rien ne dit à quelle base il appartient. On le reconnaît à deux signes : la base a changé après lui, et ce n'est
// pas parce qu'on l'y a rangé, puisque aucune de ses pages n'y est.

// margeChangement sépare une restauration d'un chown qui passe d'un fichier à l'autre.
const margeChangement = time.Second

// verifierJournal refuse un journal qui n'est pas celui de la base. Elle ne change rien.
func verifierJournal(ctx context.Context, chemin string) error {
	base, err := filepath.EvalSymlinks(chemin)
	if err != nil {
		return expliquerFichier(err)
	}
	nom := base + "-wal"
	infosBase, err := os.Stat(base)
	if err != nil {
		return expliquerFichier(err)
	}
	infosJournal, err := os.Stat(nom)
	if errors.Is(err, fs.ErrNotExist) || infosBase.Size() == 0 { // d'une base vide, SQLite efface le journal
		return nil
	}
	if err != nil {
		return expliquerFichier(err)
	}
	if !infosBase.ModTime().After(infosJournal.ModTime()) {
		changementBase, err := changement(base)
		changementJournal, autre := changement(nom)
		if err := errors.Join(err, autre); err != nil {
			return expliquerFichier(err)
		}
		if changementBase.Sub(changementJournal) <= margeChangement {
			return nil
		}
	}
	f, err := os.Open(nom)
	if err != nil {
		return expliquerFichier(err)
	}
	defer f.Close()
	pages, err := pagesDuJournal(ctx, f)
	if err != nil || len(pages) == 0 { // SQLite n'y lira rien
		return err
	}
	if oui, err := dejaRange(ctx, base, f, pages); oui || err != nil {
		return err
	}
	return fmt.Errorf("le journal laissé à côté de cette base, %[1]s, est celui d'un autre état, et la changerait : si vous avez restauré la base, effacez-le ; si elle n'a pas été touchée depuis un arrêt brutal, touch %[1]s", nom)
}

// dejaRange dit si une page du journal est dans la base telle quelle. SQLite la lit lui-même, sans journal ni verrou : ouvrir la
// base à côté de lui ferait tomber ceux que ce processus y tient.
func dejaRange(ctx context.Context, base string, journal io.ReaderAt, pages map[uint32]int64) (bool, error) {
	dsn, err := dsnSQLite(base, "mode=ro&immutable=1")
	if err != nil {
		return false, err
	}
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return false, err
	}
	defer db.Close()
	for numero, position := range pages {
		var page []byte
		err := db.QueryRowContext(ctx, "SELECT data FROM sqlite_dbpage WHERE pgno = ?", numero).Scan(&page)
		switch {
		case errors.As(err, new(*driver.Error)): // illisible seule : on l'a arrêtée pendant qu'elle y rangeait ce journal, ou elle est abîmée
			return true, nil
		case errors.Is(err, sql.ErrNoRows):
			continue
		case err != nil:
			return false, err
		}
		image := make([]byte, len(page))
		if _, err := journal.ReadAt(image, position); err != nil {
			return false, expliquerFichier(err)
		}
		if bytes.Equal(page, image) {
			return true, nil
		}
	}
	return false, nil
}

// pagesDuJournal rend où est, dans un journal, la dernière image validée de chaque page (https://www.sqlite.org/fileformat2.html,
// partie 4). Ce que SQLite n'y lirait pas n'y est pas.
func pagesDuJournal(ctx context.Context, r io.Reader) (map[uint32]int64, error) {
	const tailleEntete, tailleTrame = 32, 24
	entete := make([]byte, tailleEntete)
	if _, err := io.ReadFull(r, entete); err != nil {
		return nil, absente(err)
	}
	ordre := binary.ByteOrder(binary.LittleEndian)
	switch binary.BigEndian.Uint32(entete) {
	case 0x377f0682:
	case 0x377f0683:
		ordre = binary.BigEndian
	default:
		return nil, nil
	}
	taille := binary.BigEndian.Uint32(entete[8:])
	somme := sommeDuJournal(ordre, [2]uint32{}, entete[:24])
	if taille < 512 || taille > 65536 || !somme.egale(entete[24:]) {
		return nil, nil
	}
	validees, enCours := map[uint32]int64{}, map[uint32]int64{}
	trame := make([]byte, tailleTrame+taille)
	for position := int64(tailleEntete); ctx.Err() == nil; position += int64(len(trame)) {
		if _, err := io.ReadFull(r, trame); err != nil {
			return validees, absente(err)
		}
		somme = sommeDuJournal(ordre, sommeDuJournal(ordre, somme, trame[:8]), trame[tailleTrame:])
		if !bytes.Equal(trame[8:16], entete[16:24]) || !somme.egale(trame[16:]) {
			return validees, nil // la suite date d'un tour précédent, ou n'a pas fini de s'écrire
		}
		enCours[binary.BigEndian.Uint32(trame)] = position + tailleTrame
		if binary.BigEndian.Uint32(trame[4:]) != 0 { // une transaction finit là
			maps.Copy(validees, enCours)
			clear(enCours)
		}
	}
	return nil, ctx.Err()
}

// absente tait la fin d'un journal.
func absente(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return nil
	}
	return expliquerFichier(err)
}

// sommeJournal est la somme de contrôle d'un journal, qui court d'une trame à l'autre.
type sommeJournal [2]uint32

func sommeDuJournal(ordre binary.ByteOrder, s sommeJournal, octets []byte) sommeJournal {
	for ; len(octets) >= 8; octets = octets[8:] {
		s[0] += ordre.Uint32(octets) + s[1]
		s[1] += ordre.Uint32(octets[4:]) + s[0]
	}
	return s
}

func (s sommeJournal) egale(octets []byte) bool {
	return s[0] == binary.BigEndian.Uint32(octets) && s[1] == binary.BigEndian.Uint32(octets[4:])
}
