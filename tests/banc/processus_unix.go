//go:build unix

package banc

import (
	"os"
	"syscall"
)

// Un programme du rendu a son propre groupe : un signal y atteint aussi ce qu'il a lancé, comme au clavier.

func interrompreGroupe(p *os.Process) error { return syscall.Kill(-p.Pid, syscall.SIGINT) }

func terminerGroupe(p *os.Process) { _ = syscall.Kill(-p.Pid, syscall.SIGTERM) }

func tuerGroupe(p *os.Process) {
	_ = syscall.Kill(-p.Pid, syscall.SIGKILL)
	_ = p.Kill()
}
