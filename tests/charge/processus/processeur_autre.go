//go:build !linux

package processus

import "time"

// processeur ne se lit pas d'un programme qui vit encore.
func (p *Processus) processeur() (time.Duration, bool) { return 0, false }
