// Command correcteur vérifie des rendus de l'exercice, dans n'importe quel langage et sans les modifier. Sans argument, il
// vérifie l'essentiel puis les étapes de ce dépôt.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"capteurs/shared/version"
	"capteurs/tests/banc"
	"capteurs/tests/criteres"
	"capteurs/tests/rapport"
)

// Les codes de sortie.
const (
	toutReussi   = 0
	desEchecs    = 1
	mauvaisUsage = 2
	pasConcluant = 3
	enPanne      = 4 // le correcteur lui-même
)

func main() {
	if banc.EstOuvrier() {
		if err := banc.Travailler(criteres.Executer); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	ctx, arreter := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := correcteur(ctx, os.Args[1:], os.Stdout, os.Stderr)
	arreter()
	os.Exit(code)
}

// correcteur fait ce que demande la ligne de commande, et rend le code de sortie. C'est le seul endroit où une erreur se dit.
func correcteur(ctx context.Context, args []string, sortie, erreurs *os.File) int {
	faire := verifier
	if len(args) > 0 && sousCommandes[args[0]] != nil {
		faire, args = sousCommandes[args[0]], args[1:]
	}
	code, err := faire(ctx, args, sortie, erreurs)
	switch {
	case err == nil:
		return code
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(sortie, usage)
		return toutReussi
	case errors.Is(err, version.ErrDemandee):
		fmt.Fprint(sortie, version.Dire())
		return toutReussi
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		fmt.Fprintln(erreurs, "interrompu")
		return enPanne
	}
	_ = rapport.Phrase(erreurs, err.Error(), style(erreurs, false)) // s'il ne s'écrit pas, le code de sortie le dit
	if errors.Is(err, errUsage) {
		return mauvaisUsage
	}
	return enPanne
}

// sousCommandes sont celles qui font autre chose que vérifier.
var sousCommandes = map[string]func(ctx context.Context, args []string, sortie, erreurs *os.File) (int, error){
	"rejouer": rejouer,
	"rendre":  rendre,
}

// valeur rend le code de sortie que vaut un rapport : celui du pire de ses rendus.
func valeur(r *rapport.Rapport) int {
	pire := toutReussi
	for i := range r.Rendus {
		code := toutReussi
		switch compte := r.Rendus[i].Compter(); {
		case compte.Erreurs > 0:
			code = enPanne
		case compte.EnEchec:
			code = desEchecs
		case compte.ARelire > 0:
			code = pasConcluant
		}
		pire = max(pire, code)
	}
	return pire
}
