package bareme

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // le barème par défaut
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"

	"capteurs/tests/criteres"
	"capteurs/tests/decouverte"
	"capteurs/tests/releve"
)

//go:embed bareme.toml
var parDefaut []byte

// Version est celle de la forme d'un barème.
const Version = 1

// Ce qu'un fichier peut peser, en octets.
const (
	baremeMax    = 64 << 10
	decisionsMax = 1 << 20
)

// Bareme dit ce que vaut chaque critère, à chaque étape. Il vient de [Lire] ou de [ParDefaut], qui l'ont vérifié.
type Bareme struct {
	nom       string
	empreinte string
	noteSur   Points
	arrondi   Points
	sections  []section
	plafonds  []plafond
	paliers   []palier // du plus bas au plus haut
}

type section struct {
	titre      string
	etape      decouverte.Etape
	points     Points
	bonus      bool
	toutOuRien bool
	poids      []poids // dans l'ordre du catalogue
}

// poids est ce que vaut un critère dans sa section.
type poids struct {
	critere *criteres.Critere
	points  Points
}

type plafond struct {
	criteres []string
	etapes   []decouverte.Etape // nil : toutes celles où le critère a des points
	noteMax  Points
	motif    string
}

type palier struct {
	nom       string
	aPartirDe Points
}

// Resume dit quel barème c'est.
func (b *Bareme) Resume() Resume {
	return Resume{Nom: b.nom, Empreinte: b.empreinte, NoteSur: b.noteSur}
}

// ParDefaut rend le barème par défaut, sur 20.
func ParDefaut() *Bareme {
	b, err := Lire("bareme.toml", parDefaut)
	if err != nil {
		panic(err) // il est dans le programme : faute de programmation
	}
	return b
}

// Lire lit et vérifie un barème ; nom est celui du fichier, pour les erreurs. Une erreur dit tout ce qui ne va pas, une phrase
// par ligne, avec la section, le critère et quoi faire.
func Lire(nom string, octets []byte) (*Bareme, error) {
	var f fichier
	if err := decoder(nom, octets, baremeMax, &f); err != nil {
		return nil, err
	}
	v := verification{nom: nom, vus: map[cle]string{}}
	b := v.bareme(f)
	if err := errors.Join(v.fautes...); err != nil {
		return nil, err
	}
	somme := sha256.Sum256(octets)
	b.empreinte = hex.EncodeToString(somme[:])
	return b, nil
}

// fichier est un barème tel qu'il s'écrit.
type fichier struct {
	Version  int      `toml:"version"`
	Nom      string   `toml:"nom"`
	NoteSur  decimal  `toml:"note_sur"`
	Arrondi  decimal  `toml:"arrondi"`
	Partiel  string   `toml:"partiel"`
	Etapes   []string `toml:"etapes"`
	Sections []struct {
		Titre    string             `toml:"titre"`
		Etape    string             `toml:"etape"`
		Points   decimal            `toml:"points"`
		Bonus    bool               `toml:"bonus"`
		Partiel  string             `toml:"partiel"`
		Criteres map[string]decimal `toml:"criteres"`
	} `toml:"section"`
	SansPoints []struct {
		Etape    string   `toml:"etape"`
		Criteres []string `toml:"criteres"`
	} `toml:"sans_points"`
	Plafonds []struct {
		Criteres []string `toml:"criteres"`
		Etapes   []string `toml:"etapes"`
		NoteMax  decimal  `toml:"note_max"`
		Motif    string   `toml:"motif"`
	} `toml:"plafond"`
	Paliers []struct {
		Nom       string  `toml:"nom"`
		APartirDe decimal `toml:"a_partir_de"`
	} `toml:"palier"`
}

// decoder lit du TOML sans rien laisser passer d'inconnu. Une erreur dit le fichier, la ligne et la colonne.
func decoder(nom string, octets []byte, tailleMax int, vers any) error {
	if len(octets) > tailleMax {
		return fmt.Errorf("%s : %d octets ; %d au plus", nom, len(octets), tailleMax)
	}
	texte := bytes.TrimPrefix(octets, []byte("\uFEFF")) // certains éditeurs en mettent un devant
	err := toml.NewDecoder(bytes.NewReader(texte)).DisallowUnknownFields().Decode(vers)
	var inconnues *toml.StrictMissingError
	var faute *toml.DecodeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &inconnues) && len(inconnues.Errors) > 0:
		var fautes []error
		for _, e := range inconnues.Errors {
			ligne, colonne := e.Position()
			fautes = append(fautes, fmt.Errorf("%s, ligne %d, colonne %d : clé inconnue « %s »", nom, ligne, colonne, montrer(strings.Join(e.Key(), "."))))
		}
		return errors.Join(fautes...)
	case errors.As(err, &faute):
		ligne, colonne := faute.Position()
		if cle := faute.Key(); len(cle) > 0 {
			quoi := "n'a pas la forme attendue"
			if strings.Contains(faute.Error(), "already") {
				quoi = "est déjà plus haut"
			}
			return fmt.Errorf("%s, ligne %d, colonne %d : « %s » %s", nom, ligne, colonne, montrer(strings.Join(cle, ".")), quoi)
		}
		return fmt.Errorf("%s, ligne %d, colonne %d : ce n'est pas du TOML%s", nom, ligne, colonne, virgule(texte, ligne))
	}
	return fmt.Errorf("%s : ce n'est pas du TOML : %w", nom, err)
}

var nombreAVirgule = regexp.MustCompile(`=\s*\d+,\d`)

// virgule reconnaît la faute la plus courante en français.
func virgule(texte []byte, ligne int) string {
	if lignes := bytes.Split(texte, []byte("\n")); ligne >= 1 && ligne <= len(lignes) && nombreAVirgule.Match(lignes[ligne-1]) {
		return " ; un nombre s'y écrit avec un point (1.5), ou entre guillemets (\"1,5\")"
	}
	return ""
}

// etapeNommee rend l'étape d'un nom, avec ou sans accent ; « » s'il n'en est pas un.
func etapeNommee(nom string) decouverte.Etape {
	switch nom {
	case "procédural", "procedural":
		return decouverte.Procedural
	case "poo":
		return decouverte.POO
	case "héritage", "heritage":
		return decouverte.Heritage
	}
	return ""
}

// texteMax borne un titre, un nom ou un motif, en caractères.
const texteMax = 300

// lisible dit qu'un texte peut se montrer partout tel quel : ni vide, ni trop long, sans caractère de contrôle.
func lisible(texte string) bool {
	return strings.TrimSpace(texte) != "" && utf8.RuneCountInString(texte) <= texteMax && !strings.ContainsFunc(texte, func(c rune) bool {
		return unicode.IsControl(c) || unicode.Is(unicode.Bidi_Control, c)
	})
}

// montrer écrit un texte quelconque sans danger pour un terminal.
func montrer(texte string) string { return releve.Montrer([]byte(texte), 60) }
