// La commande charge mesure ce que les serveurs des trois étapes soutiennent, et le rapporte à ce que la machine, le pilote
// de la base et des programmes répandus y font, mesurés dans la même exécution :
//
//	go run ./tests/charge
//
// Elle compile les serveurs, les lance, les charge sur 127.0.0.1 et les arrête. Les chiffres informent : une cible
// manquée ne change pas le code de sortie.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"capteurs/shared/version"
	"capteurs/tests/charge/trace"
)

func main() {
	os.Exit(executer(os.Args[1:], os.Stdout, os.Stderr))
}

// executer rend le code de sortie.
func executer(args []string, sortie, erreurs *os.File) int {
	r, err := lireReglages(args, os.Getenv)
	switch {
	case errors.Is(err, errAide):
		fmt.Fprint(sortie, aide)
		return 0
	case errors.Is(err, version.ErrDemandee):
		fmt.Fprint(sortie, version.Dire())
		return 0
	case err != nil:
		fmt.Fprintf(erreurs, "erreur : %v\n-h montre les options.\n", err)
		return 2
	}
	ctx, oublier := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer oublier()
	b, err := mesurer(ctx, r, nouveauProgres(erreurs))
	if err == nil {
		err = montrer(sortie, b, r, enCouleurs(sortie, os.Getenv))
	}
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(erreurs, "interrompu : les serveurs sont arrêtés, les fichiers effacés.")
		return 1
	case err != nil:
		fmt.Fprintf(erreurs, "erreur : %v\n", err)
		return 1
	}
	return 0
}

// montrer écrit le bilan sous les formes demandées.
func montrer(sortie io.Writer, b bilan, r reglages, couleurs bool) (err error) {
	if r.html != "" {
		if err := ecrirePage(r.html, page(b)); err != nil {
			return err
		}
	}
	texte := []byte(tableau(b, couleurs))
	if r.json {
		if texte, err = json.MarshalIndent(b, "", "  "); err != nil {
			return fmt.Errorf("chiffres impossibles à écrire en JSON : %w", err)
		}
		texte = append(texte, '\n')
	}
	_, err = sortie.Write(texte)
	return err
}

func ecrirePage(chemin string, p trace.Page) (err error) {
	f, err := os.Create(chemin)
	if err != nil {
		return fmt.Errorf("page impossible à écrire, donnez un autre fichier à -html : %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return trace.Ecrire(f, p)
}
