// Package version dit de quoi le programme en cours a été construit : ce que répond -version, et ce qui permet de refaire
// plus tard, avec le même correcteur, une note contestée.
package version

import (
	"cmp"
	"errors"
	"runtime/debug"
	"strings"
	"time"
)

// Version est celle d'un programme, telle que Go l'a notée en le construisant.
type Version struct {
	Programme string    // chemin de son paquet
	Etiquette string    // version de son module ; « » pour un commit sans étiquette
	Commit    string    // en entier ; « » quand Go n'a pas pu le savoir
	Modifie   bool      // des fichiers différaient de ce commit
	Date      time.Time // du commit, en UTC ; zéro si elle n'est pas connue
	Go        string    // version de Go
}

// Lire rend la version du programme en cours.
func Lire() Version {
	infos, ok := debug.ReadBuildInfo()
	if !ok {
		infos = &debug.BuildInfo{} // construit autrement que par la commande go
	}
	return de(infos)
}

func de(infos *debug.BuildInfo) Version {
	v := Version{Programme: cmp.Or(infos.Path, "programme inconnu"), Go: cmp.Or(infos.GoVersion, "Go inconnu")}
	for _, r := range infos.Settings {
		switch r.Key {
		case "vcs.revision":
			v.Commit = r.Value
		case "vcs.modified":
			v.Modifie = r.Value == "true"
		case "vcs.time":
			v.Date, _ = time.Parse(time.RFC3339, r.Value) // sans elle, le commit suffit
		}
	}
	// Go dit « (devel) » faute de mieux, et fait d'un commit sans étiquette une version qui ne dirait que lui.
	if e := infos.Main.Version; e != "(devel)" && (v.Commit == "" || !strings.Contains(e, v.commitCourt())) {
		v.Etiquette = strings.TrimSuffix(e, "+dirty")
	}
	return v
}

// ErrDemandee est ce que rend une ligne de commande où se trouve -version, comme flag.ErrHelp quand s'y trouve -h.
var ErrDemandee = errors.New("version demandée")

const longueurCommit = 12

func (v Version) commitCourt() string { return v.Commit[:min(len(v.Commit), longueurCommit)] }

// String dit tout en une ligne.
func (v Version) String() string { return v.nom() + ", " + v.origine() }

// nom dit le programme, et son étiquette.
func (v Version) nom() string { return strings.TrimSpace(v.Programme + " " + v.Etiquette) }

// origine dit le commit, et Go.
func (v Version) origine() string {
	texte := "commit " + cmp.Or(v.commitCourt(), "inconnu")
	if v.Modifie {
		texte += " modifié"
	}
	if !v.Date.IsZero() {
		texte += " du " + v.Date.UTC().Format(time.DateOnly)
	}
	return texte + ", " + v.Go
}

// Dire rend ce que répond -version, sur des lignes de 80 colonnes.
func Dire() string {
	v := Lire()
	texte := v.nom() + "\n" + v.origine() + "\n"
	if v.Commit == "" {
		texte += "Go ne l'a pas noté : -buildvcs=true le demande, à go build ou go run, en\nvain toutefois dans un « git worktree ».\n"
	}
	return texte
}
