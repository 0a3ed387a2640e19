package classe

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"capteurs/tests/rapport"
)

// Assembler fait d'une suite de rendus le rapport d'une classe, à la date donnée. Ceux qui ont exactement le même contenu le
// disent : « même contenu que groupe_b ». L'ordre des rendus est gardé.
func Assembler(nom string, date time.Time, rendus []rapport.Rendu) *rapport.Rapport {
	r := &rapport.Rapport{Version: rapport.Version, Date: date.UTC(), Classe: nom, Rendus: slices.Clone(rendus)}
	memes := map[string][]string{}
	for _, rendu := range rendus {
		if len(rendu.Etapes) > 0 { // deux dossiers vides ne disent rien
			memes[rendu.Empreinte] = append(memes[rendu.Empreinte], rendu.Nom)
		}
	}
	for i := range r.Rendus {
		rendu := &r.Rendus[i]
		autres := slices.DeleteFunc(slices.Clone(memes[rendu.Empreinte]), func(nom string) bool { return nom == rendu.Nom })
		if rendu.Empreinte == "" || len(rendu.Etapes) == 0 || len(autres) == 0 {
			continue
		}
		slices.SortFunc(autres, comparerNoms)
		rendu.Remarques = append(slices.Clone(rendu.Remarques), fmt.Sprintf("même contenu que %s", strings.Join(autres, ", ")))
	}
	return r
}
