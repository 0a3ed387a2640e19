package mesure

import (
	"errors"
	"fmt"
	"strings"
)

// Panne est une erreur à deux lecteurs. Le journal du serveur la dit entière ; un client, qui peut être n'importe qui, n'en
// apprend que le conseil : la cause nomme des fichiers, des hôtes, des comptes.
type Panne struct {
	Conseil string // ce qui ne va pas, et que faire
	Cause   error
}

// Error rend le conseil et la cause.
func (p Panne) Error() string { return fmt.Sprintf("%s (%v)", p.Conseil, p.Cause) }

// Unwrap rend la cause.
func (p Panne) Unwrap() error { return p.Cause }

// sansCause rend le texte d'une erreur, dont il tait, à partir de la première Panne, tout sauf le conseil.
func sansCause(err error) string {
	texte := err.Error()
	var p Panne
	if !errors.As(err, &p) {
		return texte
	}
	avant, _, _ := strings.Cut(texte, p.Error())
	return avant + p.Conseil
}
