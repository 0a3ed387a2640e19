package mesure

import "fmt"

// Refus dit pourquoi un message n'a pas été pris pour une mesure.
type Refus struct {
	Message int   // le rang du message sur sa connexion, à partir de 1
	Cause   error // en français, avec le nom du membre fautif
}

// Error rend le rang et la cause.
func (r Refus) Error() string { return fmt.Sprintf("message %d refusé : %v", r.Message, r.Cause) }

// Unwrap rend la cause.
func (r Refus) Unwrap() error { return r.Cause }
