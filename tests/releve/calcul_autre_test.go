//go:build !linux

package releve

import "time"

// calculDe exécute f. Ailleurs que sous Linux, rien ne donne le temps d'un seul fil : le délai du test suffit.
func calculDe(f func()) time.Duration {
	f()
	return 0
}
