package classe

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"capteurs/tests/banc"
	"capteurs/tests/decouverte"
	"capteurs/tests/rapport"
	"capteurs/tests/releve"
)

// Correspondance dit quel rendu se cache sous un nom d'emprunt.
type Correspondance struct {
	Anonyme string
	Nom     string
}

// nomCourt est le nombre de lettres en deçà duquel un nom n'est retiré des textes que s'il y est un mot entier : « a » est
// partout.
const nomCourt = 3

// Anonymiser remplace, dans tout un rapport, les noms des rendus par rendu_01, rendu_02… et rend les correspondances, dans
// cet ordre ; à qui les reçoit de les garder hors du rapport. L'ordre vient du contenu des rendus : il est le même d'une
// fois à l'autre, et ne dit rien de celui des noms.
//
// Le nom est retiré, majuscules ou non, de tous les textes, de ceux-là mêmes que le correcteur cite. Ce qui reste : les
// octets que les programmes ont échangés, qui sont une preuve et ne se réécrivent pas ; ce qu'un élève a écrit de lui-même
// dans son programme (un prénom, un autre nom que celui du dossier) et qui s'y lit ; l'empreinte, que peut refaire qui a le
// rendu ; le nom de la classe.
func Anonymiser(r *rapport.Rapport) []Correspondance {
	rang := func(rendu *rapport.Rendu) string {
		somme := sha256.Sum256([]byte(rendu.Empreinte + "\x00" + rendu.Nom))
		return string(somme[:])
	}
	slices.SortStableFunc(r.Rendus, func(a, b rapport.Rendu) int { return strings.Compare(rang(&a), rang(&b)) })
	correspondances := make([]Correspondance, len(r.Rendus))
	largeur := max(2, len(fmt.Sprint(len(r.Rendus))))
	for i := range r.Rendus {
		correspondances[i] = Correspondance{fmt.Sprintf("rendu_%0*d", largeur, i+1), r.Rendus[i].Nom}
	}
	nettoyer := nettoyeur(correspondances)
	for i := range r.Rendus {
		remplacerTextes(reflect.ValueOf(&r.Rendus[i]).Elem(), nettoyer)
		r.Rendus[i].Nom = correspondances[i].Anonyme
	}
	r.Anonyme = true
	return correspondances
}

// nettoyeur rend de quoi remplacer tous les noms dans un texte, d'un seul passage : un nom d'emprunt n'est pas pris pour un
// vrai. Le plus long l'emporte : groupe_12 n'est pas groupe_1 suivi d'un 2.
func nettoyeur(correspondances []Correspondance) func(string) string {
	anonymes := map[string]string{}
	var noms []string
	for _, c := range correspondances {
		for _, nom := range []string{c.Nom, releve.Montrer([]byte(c.Nom), len(c.Nom)+1)} { // comme il est cité
			if cle := plier(nom); nom != "" && anonymes[cle] == "" {
				anonymes[cle] = c.Anonyme
				noms = append(noms, nom)
			}
		}
	}
	if len(noms) == 0 {
		return func(texte string) string { return texte }
	}
	slices.SortFunc(noms, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), strings.Compare(a, b)) })
	for i, nom := range noms {
		noms[i] = regexp.QuoteMeta(nom)
		if utf8.RuneCountInString(nom) < nomCourt {
			noms[i] = `\b` + noms[i] + `\b`
		}
	}
	cherche := regexp.MustCompile(`(?i)` + strings.Join(noms, "|"))
	return func(texte string) string {
		return cherche.ReplaceAllStringFunc(texte, func(nom string) string { return anonymes[plier(nom)] })
	}
}

// duCatalogue sont les membres qui ne disent rien d'un rendu : un nom comme « client » y ferait des phrases absurdes. Tous les
// autres textes sont nettoyés, y compris ceux d'un membre ajouté demain.
var duCatalogue = map[reflect.Type][]string{
	reflect.TypeFor[rapport.Rendu]():        {"Empreinte", "Correcteur", "Graine"},
	reflect.TypeFor[rapport.Jugement]():     {"Critere", "Titre", "Enonce", "Pourquoi", "Requiert"},
	reflect.TypeFor[rapport.Fait]():         {"Qui", "Quoi"},
	reflect.TypeFor[banc.Resultat]():        {"Cause"},
	reflect.TypeFor[banc.Diagnostic]():      {"Code"},
	reflect.TypeFor[decouverte.Programme](): {"Langage"},
}

// remplacerTextes change tous les textes d'une valeur. Un texte d'un type à lui (un verdict, une étape) n'en est pas un : c'est une
// valeur parmi d'autres, connues.
func remplacerTextes(v reflect.Value, change func(string) string) {
	switch v.Kind() {
	case reflect.String:
		if v.Type() == reflect.TypeFor[string]() {
			v.SetString(change(v.String()))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			remplacerTextes(v.Elem(), change)
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return
		}
		for i := range v.Len() {
			remplacerTextes(v.Index(i), change)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if champ := v.Type().Field(i); champ.IsExported() && !slices.Contains(duCatalogue[v.Type()], champ.Name) {
				remplacerTextes(v.Field(i), change)
			}
		}
	}
}
