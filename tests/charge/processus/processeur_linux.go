package processus

import (
	"time"

	"golang.org/x/sys/unix"
)

// processeur rend le temps de processeur que le programme a pris, toutes ses tâches ensemble, à la nanoseconde. C'est
// l'horloge que rendrait clock_getcpuclockid(3) : /proc ne compte qu'en centièmes de seconde.
func (p *Processus) processeur() (time.Duration, bool) {
	const horlogeDOrdonnancement = 2
	horloge := int32(^p.cmd.Process.Pid<<3 | horlogeDOrdonnancement)
	var t unix.Timespec
	if err := unix.ClockGettime(horloge, &t); err != nil {
		return 0, false
	}
	return time.Duration(t.Nano()), true
}
