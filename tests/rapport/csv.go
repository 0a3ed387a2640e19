package rapport

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"capteurs/tests/banc"
	"capteurs/tests/bareme"
	"capteurs/tests/decouverte"
)

// FormeCSV dit pour quel lecteur écrire un CSV.
type FormeCSV struct {
	Separateur rune   // entre deux cellules
	Decimale   string // entre les unités et les décimales
	Marque     bool   // la marque d'ordre des octets (BOM), à quoi un tableur reconnaît l'UTF-8
}

// Les formes usuelles : pour un tableur réglé en français, et selon la RFC 4180.
var (
	CSVFrancais = FormeCSV{Separateur: ';', Decimale: ",", Marque: true}
	CSVSimple   = FormeCSV{Separateur: ',', Decimale: "."}
)

// CSV écrit un rapport en CSV : une rangée par rendu, avec sa note et ses comptes, puis le verdict de chaque critère à chaque
// étape. Les lignes finissent par CRLF. Aucune cellule n'est lue comme une formule. L'erreur est celle de w.
func CSV(w io.Writer, r *Rapport, forme FormeCSV) error {
	if forme.Marque {
		if _, err := io.WriteString(w, "\ufeff"); err != nil {
			return err
		}
	}
	c := csv.NewWriter(w)
	c.Comma, c.UseCRLF = forme.Separateur, true
	criteres := colonnes(r)
	entete := []string{"nom", "note", "sur", "état", "DOIT réussis", "DOIT", "DEVRAIT réussis", "DEVRAIT", "à relire", "erreur"}
	for _, col := range criteres {
		entete = append(entete, cellule(nomDe(col.Critere, col.Etape)))
	}
	if err := c.Write(entete); err != nil {
		return fmt.Errorf("CSV : %w", err)
	}
	for i := range r.Rendus {
		if err := c.Write(rangee(&r.Rendus[i], criteres, forme)); err != nil {
			return fmt.Errorf("CSV : %w", err)
		}
	}
	c.Flush()
	return c.Error()
}

func rangee(r *Rendu, colonnes []colonne, forme FormeCSV) []string {
	compte := r.Compter()
	note, sur, erreur := "", "", r.Erreur
	if n := r.Note; n != nil {
		if sur = forme.points(n.Sur); n.Finale != nil {
			note = forme.points(*n.Finale)
		} else if erreur == "" {
			erreur = noteEnMots(n)
		}
	}
	cellules := []string{cellule(r.Nom), note, sur, etatsCourts[etat(r)], strconv.Itoa(compte.DoitReussis), strconv.Itoa(compte.Doit),
		strconv.Itoa(compte.DevraitReussis), strconv.Itoa(compte.Devrait), strconv.Itoa(compte.ARelire), cellule(erreur)}
	type cle struct {
		critere string
		etape   decouverte.Etape
	}
	verdicts := map[cle]banc.Verdict{}
	for _, j := range r.Jugements {
		verdicts[cle{j.Critere, j.Etape}] = j.Verdict
	}
	for _, col := range colonnes {
		cellules = append(cellules, cellule(string(verdicts[cle{col.Critere, col.Etape}])))
	}
	return cellules
}

// points écrit un nombre que le tableur sait additionner.
func (f FormeCSV) points(p bareme.Points) string {
	return strings.NewReplacer(",", f.Decimale, "−", "-").Replace(p.String())
}

// cellule rend un texte qui tient sur une ligne et qu'aucun tableur ne prend pour une formule : celui qui commencerait comme
// l'une d'elles a une apostrophe devant.
func cellule(texte string) string {
	texte = montrerEnLigne(texte)
	// Les formes larges de ces signes valent pour eux dans certains tableurs ; un blanc en tête peut y être retiré.
	if debut := strings.TrimLeft(texte, " \u00a0\u3000"); debut != "" && strings.ContainsRune("=+-@→␍␊＝＋－＠", []rune(debut)[0]) {
		return "'" + texte
	}
	return texte
}
