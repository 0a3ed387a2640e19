package classe

import (
	"archive/zip"
	"errors"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// nomEntree rend le nom d'une entrée en UTF-8. Beaucoup d'outils l'écrivent ainsi sans le dire ; les autres emploient la
// page de code 437, qui est celle du format, et dont les lettres françaises sont aussi celles de la 850.
func nomEntree(entree *zip.File) string {
	if utf8.ValidString(entree.Name) {
		return entree.Name
	}
	var nom strings.Builder
	for _, c := range []byte(entree.Name) {
		if c < 128 {
			nom.WriteByte(c)
		} else {
			nom.WriteRune(page437[c-128])
		}
	}
	return nom.String()
}

// page437 est la seconde moitié de la page de code 437.
var page437 = []rune("ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0")

// cheminSur rend le chemin d'une entrée dans le dossier où elle va, avec des /, ou dit pourquoi elle n'y a pas sa place.
// D'anciens outils de Windows séparent les dossiers par des \ : ils valent des /.
func cheminSur(nom string, l limites) (chemin string, dossier bool, err error) {
	nom = strings.ReplaceAll(nom, `\`, "/")
	chemin, dossier = strings.CutSuffix(nom, "/")
	morceaux := strings.Split(chemin, "/")
	switch {
	case len(nom) > l.chemin:
		return "", false, errors.New("son chemin est trop long")
	case len(morceaux) > l.niveaux:
		return "", false, errors.New("il est dans trop de dossiers")
	case strings.HasPrefix(nom, "/") || len(nom) >= 2 && nom[1] == ':':
		return "", false, errors.New("son chemin part de la racine d'un disque")
	case slices.Contains(morceaux, ".."):
		return "", false, errors.New("son chemin sort de l'archive")
	case strings.ContainsFunc(nom, invisible) && path.Base(chemin) != "Icon\r": // une icône de dossier, sur macOS
		return "", false, errors.New("son nom contient des caractères invisibles")
	}
	if chemin = path.Clean(chemin); chemin == "." && !dossier || !filepath.IsLocal(filepath.FromSlash(chemin)) {
		return "", false, errors.New("son nom ne peut pas être celui d'un fichier")
	}
	return chemin, dossier, nil
}

// invisible dit qu'un caractère commande un terminal, ou change ce qu'on lit d'un nom (U+202E en inverse le sens).
func invisible(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
}

// superflu dit qu'une entrée n'est pas l'œuvre d'un élève : le banc ne regarde pas ces dossiers, qui peuvent être énormes.
func superflu(chemin string, dossier bool) bool {
	morceaux := strings.Split(chemin, "/")
	fichier := morceaux[len(morceaux)-1]
	if !dossier {
		morceaux = morceaux[:len(morceaux)-1]
		if fichier == ".DS_Store" || fichier == "Icon\r" || fichier == "Thumbs.db" || strings.HasPrefix(fichier, "._") {
			return true
		}
	}
	return slices.ContainsFunc(morceaux, func(m string) bool {
		return strings.HasPrefix(m, ".") || slices.Contains([]string{dossierMac, "__pycache__", "node_modules", "venv"}, m)
	})
}

// lieu est ce qui occupe déjà un chemin.
type lieu struct {
	chemin  string
	dossier bool
}

// reserver retient un chemin et les dossiers qui y mènent. Deux noms que seule la casse distingue seraient le même fichier sur
// une autre machine : l'archive est refusée partout.
func (e *extraction) reserver(chemin string, dossier bool) error {
	for fin := range len(chemin) + 1 {
		if fin < len(chemin) && chemin[fin] != '/' {
			continue
		}
		ici := lieu{chemin[:fin], fin < len(chemin) || dossier}
		cle := plier(ici.chemin)
		deja, vu := e.vus[cle]
		switch {
		case !vu && len(e.vus) >= e.entrees:
			return trop(e.entrees)
		case !vu:
			e.vus[cle] = ici
		case deja.chemin != ici.chemin:
			return errors.New("un autre nom ne s'en distingue que par des majuscules ; renommez l'un des deux et refaites l'archive")
		case !deja.dossier || !ici.dossier:
			return errors.New("ce nom s'y trouve deux fois ; refaites l'archive")
		}
	}
	return nil
}

// plier donne la même forme à tous les noms que seule la casse distingue.
func plier(nom string) string {
	return strings.Map(func(r rune) rune {
		plus := r
		for suivante := unicode.SimpleFold(r); suivante != r; suivante = unicode.SimpleFold(suivante) {
			plus = min(plus, suivante)
		}
		return plus
	}, nom)
}
