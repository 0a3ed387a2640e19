package releve

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// calculDe rend le temps de processeur que prend f : une machine chargée ne le change pas.
func calculDe(f func()) time.Duration {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var avant, apres unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_THREAD, &avant)
	f()
	_ = unix.Getrusage(unix.RUSAGE_THREAD, &apres)
	return time.Duration(apres.Utime.Nano() + apres.Stime.Nano() - avant.Utime.Nano() - avant.Stime.Nano())
}
