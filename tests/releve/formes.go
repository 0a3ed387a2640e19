package releve

import (
	"bytes"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// lireContenu reconnaît la forme d'un fichier qui n'est pas une base, et rend tout ce qu'il contient.
func lireContenu(nom string, octets []byte) Depot {
	d := Depot{Fichier: nom}
	texte, encodage, lisible := decoderTexte(octets)
	if !lisible {
		d.Forme = "binaire"
		d.remarquer("ce n'est ni du texte ni une base SQLite")
		return d
	}
	d.Encodage, d.Forme = encodage, "texte"
	lu := strings.TrimRight(texte, "\x00") // un fichier réservé d'avance
	if !d.lireJSON(lu) && !d.lireCSV(lu) {
		d.lireLignes(lu)
	}
	if len(d.Enregistrements) > enregistrementsMax {
		d.Enregistrements = d.Enregistrements[:enregistrementsMax]
		d.remarquer(fmt.Sprintf("plus de %d enregistrements : les suivants n'ont pas été lus", enregistrementsMax))
	}
	if d.Forme == "csv" {
		d.Tables[0].Rangees = len(d.Enregistrements)
		d.Tables[0].Enregistrements = d.Enregistrements
	}
	return d
}

// decoderTexte rend un texte en UTF-8, sans marque d'ordre, et dit dans quel codage il était. Des octets qui ne sont pas
// du texte sont illisibles.
func decoderTexte(octets []byte) (texte, encodage string, lisible bool) {
	switch {
	case bytes.HasPrefix(octets, []byte("\xff\xfe")):
		return decoderUTF16(octets[2:], binary.LittleEndian), "utf-16", true
	case bytes.HasPrefix(octets, []byte("\xfe\xff")):
		return decoderUTF16(octets[2:], binary.BigEndian), "utf-16", true
	}
	octets = bytes.TrimPrefix(octets, []byte("\xef\xbb\xbf"))
	controles := 0
	for _, o := range bytes.TrimRight(octets, "\x00") {
		if o < ' ' && o != '\t' && o != '\n' && o != '\r' && o != '\f' && o != '\x1b' {
			controles++
		}
	}
	if controles > 0 && controles*50 > len(octets) {
		return "", "", false
	}
	if utf8.Valid(octets) {
		return string(octets), "utf-8", true
	}
	if coupe := bytes.ToValidUTF8(octets, nil); len(octets)-len(coupe) < 4 && utf8.Valid(octets[:len(octets)-min(3, len(octets))]) {
		return string(coupe), "utf-8", true // un caractère coupé au bout d'une écriture en cours
	}
	runes := make([]rune, len(octets))
	for i, o := range octets {
		runes[i] = rune(o)
	}
	return string(runes), "latin-1", true
}

// ordreOctets est l'ordre des octets d'un UTF-16.
type ordreOctets interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

func decoderUTF16(octets []byte, ordre ordreOctets) string {
	unites := make([]uint16, len(octets)/2)
	for i := range unites {
		unites[i] = ordre.Uint16(octets[2*i:])
	}
	return string(utf16.Decode(unites))
}

// lireLignes prend chaque ligne pour un enregistrement, et ses membres quand c'est un objet JSON.
func (d *Depot) lireLignes(texte string) {
	d.ParLigne = true
	json := 0
	n := 0
	for ligne := range strings.Lines(texte) {
		n++
		ligne = strings.TrimRight(ligne, "\r\n")
		if strings.TrimSpace(ligne) == "" {
			continue
		}
		if len(d.Enregistrements) > enregistrementsMax {
			break
		}
		avant := len(d.Enregistrements)
		if seuls, complet := enregistrementsJSON(d.Fichier, ligne, n); complet && len(seuls) > 0 {
			json++
			d.Enregistrements = append(d.Enregistrements, seuls...)
		} else {
			d.Enregistrements = append(d.Enregistrements, Enregistrement{Ou: d.Fichier + ":" + strconv.Itoa(n), Texte: ligne, Forme: "texte"})
		}
		d.ParLigne = d.ParLigne && len(d.Enregistrements) == avant+1
	}
	if json > 0 && 2*json >= len(d.Enregistrements) {
		d.Forme = "json par ligne"
	}
}

// separateursCSV, dans l'ordre où ils sont essayés : la virgule peut aussi être celle d'un nombre.
const separateursCSV = ";\t|,"

// lireCSV lit un texte dont toutes les lignes ont le même nombre de cellules, et ou bien un en-tête, ou bien un nombre dans
// chaque ligne.
func (d *Depot) lireCSV(texte string) bool {
	for _, separateur := range separateursCSV {
		if strings.ContainsRune(texte, separateur) {
			if rangees, debuts, regulier := decouperCSV(texte, separateur); regulier && d.garderCSV(texte, rangees, debuts) {
				return true
			}
		}
	}
	return false
}

func decouperCSV(texte string, separateur rune) (rangees [][]string, debuts []int, regulier bool) {
	r := csv.NewReader(strings.NewReader(texte))
	r.Comma, r.LazyQuotes, r.TrimLeadingSpace, r.FieldsPerRecord = separateur, true, separateur != '\t', -1
	cellules := 0
	for len(rangees) <= enregistrementsMax {
		rangee, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rangees, debuts, cellules > 1
		}
		if err != nil {
			return nil, nil, false
		}
		// Une dernière ligne peut n'être pas finie ; une autre longueur ailleurs n'est pas un CSV.
		if cellules == 0 {
			cellules = len(rangee)
		}
		if len(rangee) != cellules {
			ligne, _ := r.FieldPos(0)
			_, err := r.Read()
			regulier = cellules > 1 && len(rangees) > 1 && len(rangee) < cellules && errors.Is(err, io.EOF)
			return append(rangees, rangee), append(debuts, ligne), regulier
		}
		ligne, _ := r.FieldPos(0)
		rangees, debuts = append(rangees, rangee), append(debuts, ligne)
	}
	return rangees, debuts, cellules > 1
}

var reNombreSeul = regexp.MustCompile(`^\s*[-+−]?\d+(?:[.,]\d+)?(?:[eE][-+]?\d+)?\s*(?:°?\s?[CFK]|°|%)?\s*$`)

func (d *Depot) garderCSV(texte string, rangees [][]string, debuts []int) bool {
	if len(rangees) == 0 {
		return false
	}
	entete := estEntete(rangees)
	premiere := 0
	if entete {
		premiere = 1
	}
	for _, rangee := range rangees[premiere:] {
		if !entete && len(rangee) == len(rangees[0]) && !slices.ContainsFunc(rangee, reNombreSeul.MatchString) {
			return false
		}
	}
	noms := make([]string, len(rangees[0]))
	for i := range noms {
		noms[i] = strconv.Itoa(i + 1)
		if nom := strings.TrimSpace(rangees[0][i]); entete && nom != "" && !slices.Contains(noms[:i], nom) {
			noms[i] = nom
		}
	}
	lignes := strings.SplitAfter(texte, "\n")
	d.Forme, d.ParLigne = "csv", true
	t := Table{}
	for _, n := range noms {
		t.Colonnes = append(t.Colonnes, Colonne{Nom: n})
	}
	d.Tables = []Table{t}
	for i := premiere; i < len(rangees); i++ {
		fin := len(lignes)
		if i+1 < len(rangees) {
			fin = debuts[i+1] - 1
		}
		brut := strings.Join(lignes[min(debuts[i]-1, fin):fin], "")
		e := Enregistrement{Ou: d.Fichier + ":" + strconv.Itoa(debuts[i]), Texte: strings.TrimRight(brut, "\r\n"), Champs: map[string]string{}, Forme: "csv"}
		for j, cellule := range rangees[i] {
			e.Champs[noms[j]] = cellule
		}
		d.ParLigne = d.ParLigne && !strings.Contains(e.Texte, "\n")
		d.Enregistrements = append(d.Enregistrements, e)
	}
	return true
}

// estEntete dit si la première rangée nomme des colonnes : aucune valeur, et des noms connus ou une suite qui en a.
func estEntete(rangees [][]string) bool {
	connus := 0
	for _, nom := range rangees[0] {
		nom = strings.TrimSpace(nom)
		if nom == "" || reNombreSeul.MatchString(nom) || Horodatage(nom) || utf8.RuneCountInString(nom) > 40 || strings.ContainsAny(nom, "{}[]=") {
			return false
		}
		if forceID(nom) >= nomUsuel || forceTemperature(nom) >= nomUsuel || nomDeTemps(nom) {
			connus++
		}
	}
	if len(rangees) == 1 {
		return connus >= 2
	}
	return connus >= 1 || slices.ContainsFunc(rangees[1], reNombreSeul.MatchString)
}
