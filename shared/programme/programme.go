// Package programme est ce que les six programmes ont en commun : options, environnement, signaux, journal, codes de
// sortie. Chaque étape n'y apporte que son capteur ou son serveur.
package programme

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// Les codes de sortie.
const (
	codeBien  = 0
	codeEchec = 1
	codeUsage = 2
)

// console est ce par quoi un programme touche au monde.
type console struct {
	args          []string
	environnement func(nom string) (valeur string, presente bool)
	entree        io.Reader
	sortie        io.Writer
	erreurs       io.Writer
	sighup        <-chan os.Signal // nil : personne ne l'enverra
}

// delaiDuSecond sépare d'un signal d'arrêt celui qui veut l'arrêt immédiat : « timeout », entre autres, envoie chacun des siens
// deux fois coup sur coup, au programme puis à son groupe.
const delaiDuSecond = 500 * time.Millisecond

// executer lance un programme jusqu'à sa fin ou au premier Ctrl-C, et rend son code de sortie. Un second Ctrl-C, une
// demi-seconde plus tard ou davantage, l'arrête sur-le-champ.
func executer(programme func(ctx context.Context, c console) error) int {
	ctx, oublier := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// Rien d'autre ne l'oublie : un signal répété pendant que le programme finit ne doit pas changer son code de sortie.
	context.AfterFunc(ctx, func() { time.AfterFunc(delaiDuSecond, oublier) })
	c := console{args: os.Args[1:], environnement: os.LookupEnv, entree: os.Stdin, sortie: os.Stdout, erreurs: os.Stderr}
	return c.conclure(programme(ctx, c))
}

// conclure dit l'erreur, s'il y en a une, et rend le code de sortie.
func (c console) conclure(err error) int {
	var usage erreurUsage
	switch {
	case err == nil:
		return codeBien
	case errors.Is(err, errMontree):
		return codeBien
	case errors.As(err, &usage):
		fmt.Fprintf(c.erreurs, "erreur : %v\n-h montre les options.\n", err)
		return codeUsage
	default:
		fmt.Fprintf(c.erreurs, "erreur : %v\n", err)
		return codeEchec
	}
}

// erreurUsage est une faute dans la façon de lancer un programme.
type erreurUsage struct{ error }

func (e erreurUsage) Unwrap() error { return e.error }

func mauvaisUsage(format string, args ...any) error {
	return erreurUsage{fmt.Errorf(format, args...)}
}
