package tests

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

const sansLimite = unix.RLIM_INFINITY

// limiterFichiers borne la taille des fichiers qu'un processus déjà lancé peut écrire : c'est, pour lui seul, un disque
// plein.
func limiterFichiers(t *testing.T, pid int, octets uint64) {
	t.Helper()
	limiter(t, pid, unix.RLIMIT_FSIZE, unix.Rlimit{Cur: octets, Max: unix.RLIM_INFINITY})
}

// limiterDescripteurs borne ce qu'un processus déjà lancé peut tenir ouvert : fichiers, connexions.
func limiterDescripteurs(t *testing.T, pid int, n uint64) {
	t.Helper()
	limiter(t, pid, unix.RLIMIT_NOFILE, unix.Rlimit{Cur: n, Max: n})
}

func limiter(t *testing.T, pid, ressource int, limite unix.Rlimit) {
	t.Helper()
	if err := unix.Prlimit(pid, ressource, &limite, nil); err != nil {
		t.Fatalf("prlimit : %v", err)
	}
}

// permettreDescripteurs élargit ce que ce processus, et ceux qu'il lance, peuvent tenir ouvert.
func permettreDescripteurs(n uint64) error {
	var limite unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limite); err != nil {
		return fmt.Errorf("limite des descripteurs illisible : %w", err)
	}
	limite.Max = max(limite.Max, n)
	limite.Cur = limite.Max
	if err := syscall.Setrlimit(unix.RLIMIT_NOFILE, (*syscall.Rlimit)(&limite)); err != nil { // de syscall : Go ne rendra pas aux enfants l'ancienne limite
		return fmt.Errorf("limite des descripteurs : %w", err)
	}
	return nil
}

// descripteursPermis dit combien ce processus peut en tenir ouverts.
func descripteursPermis() int {
	var limite unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limite); err != nil {
		return 1024
	}
	return int(min(limite.Cur, 1<<30))
}

// descripteurs compte ce qu'un processus tient ouvert.
func descripteurs(t *testing.T, pid int) int {
	t.Helper()
	ouverts, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		t.Fatal(err)
	}
	return len(ouverts)
}

// memoireAuPlusFort rend, en octets, la plus grande mémoire qu'un processus ait occupée.
func memoireAuPlusFort(t *testing.T, pid int) int64 {
	t.Helper()
	etat, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	dite := regexp.MustCompile(`(?m)^VmHWM:\s+(\d+) kB$`).FindSubmatch(etat)
	if dite == nil {
		t.Fatalf("VmHWM absent de :\n%s", etat)
	}
	ko, err := strconv.ParseInt(string(dite[1]), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return ko << 10
}

// suspendre arrête net un processus, qui n'en sait rien.
func suspendre(t *testing.T, pid int) {
	t.Helper()
	signaler(t, pid, unix.SIGSTOP)
}

// reprendre le réveille.
func reprendre(t *testing.T, pid int) {
	t.Helper()
	signaler(t, pid, unix.SIGCONT)
}

func signaler(t *testing.T, pid int, signal syscall.Signal) {
	t.Helper()
	if err := unix.Kill(pid, signal); err != nil {
		t.Fatalf("%v : %v", signal, err)
	}
}
