package banc

import (
	"os"
	"syscall"

	"golang.org/x/sys/windows"
)

func attributsDuRendu(Niveau) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: windows.CREATE_NEW_PROCESS_GROUP}
}

// interrompreGroupe envoie Ctrl-Pause : Windows ne transmet pas Ctrl-C à un nouveau groupe.
func interrompreGroupe(p *os.Process) error {
	return windows.GenerateConsoleCtrlEvent(windows.CTRL_BREAK_EVENT, uint32(p.Pid))
}

func terminerGroupe(p *os.Process) { _ = p.Kill() }

func tuerGroupe(p *os.Process) { _ = p.Kill() }
