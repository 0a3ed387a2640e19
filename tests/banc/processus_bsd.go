//go:build unix && !linux

package banc

import "syscall"

func attributsDuRendu(Niveau) *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }
