package tests

import (
	"testing"

	"golang.org/x/sys/unix"
)

const sansLimite = unix.RLIM_INFINITY

// limiterFichiers borne la taille des fichiers qu'un processus déjà lancé peut écrire : c'est, pour lui seul, un disque
// plein.
func limiterFichiers(t *testing.T, pid int, octets uint64) {
	t.Helper()
	if err := unix.Prlimit(pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: octets, Max: unix.RLIM_INFINITY}, nil); err != nil {
		t.Fatalf("prlimit : %v", err)
	}
}
