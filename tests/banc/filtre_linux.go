package banc

import (
	"errors"
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// Ce que le noyau refuse au rendu, en plus de ce que lui refusent ses droits (seccomp(2)). Un client et un serveur n'en ont pas
// l'usage ; un langage qui s'en sert s'en passe quand le noyau dit ne pas les avoir.
var appelsRefuses = []uint32{
	// De la mémoire que rien ne compte.
	unix.SYS_MEMFD_CREATE, unix.SYS_MEMFD_SECRET, unix.SYS_SHMGET, unix.SYS_MSGGET,
	// Les clés de qui corrige.
	unix.SYS_KEYCTL, unix.SYS_ADD_KEY, unix.SYS_REQUEST_KEY,
	// Les autres processus, dont l'ouvrier.
	unix.SYS_PTRACE, unix.SYS_PROCESS_VM_READV, unix.SYS_PROCESS_VM_WRITEV, unix.SYS_PROCESS_MADVISE, unix.SYS_PIDFD_GETFD, unix.SYS_KCMP,
	// De grandes surfaces du noyau.
	unix.SYS_USERFAULTFD, unix.SYS_BPF, unix.SYS_PERF_EVENT_OPEN, unix.SYS_IO_URING_SETUP, unix.SYS_IO_URING_ENTER, unix.SYS_IO_URING_REGISTER,
	unix.SYS_FANOTIFY_INIT, unix.SYS_OPEN_BY_HANDLE_AT, unix.SYS_SYSLOG, unix.SYS_ACCT, unix.SYS_QUOTACTL,
	unix.SYS_INIT_MODULE, unix.SYS_FINIT_MODULE, unix.SYS_KEXEC_LOAD,
	// D'autres espaces de noms, d'autres montages.
	unix.SYS_UNSHARE, unix.SYS_SETNS, unix.SYS_MOUNT, unix.SYS_UMOUNT2, unix.SYS_PIVOT_ROOT, unix.SYS_OPEN_TREE, unix.SYS_MOVE_MOUNT,
	unix.SYS_FSOPEN, unix.SYS_FSCONFIG, unix.SYS_FSMOUNT, unix.SYS_FSPICK, unix.SYS_MOUNT_SETATTR,
}

// famillesPermises sont celles des prises que le rendu peut ouvrir.
var famillesPermises = []uint32{unix.AF_UNIX, unix.AF_INET, unix.AF_INET6}

// Où lire, dans ce que le noyau montre d'un appel à un filtre (struct seccomp_data) ; d'un argument, ses 32 bits de poids faible.
const (
	placeAppel = 0
	placeArchi = 4
	placeArg0  = 16
	placeArg2  = 32
)

// architectures sont celles où un appel n'a qu'un numéro, et où le poids faible vient d'abord.
var architectures = map[string]uint32{"amd64": unix.AUDIT_ARCH_X86_64, "arm64": unix.AUDIT_ARCH_AARCH64, "riscv64": unix.AUDIT_ARCH_RISCV64}

// filtre écrit le programme qui juge chaque appel. Ceux d'une autre architecture (int 0x80, x32), qui ont d'autres numéros, sont tous
// refusés.
func filtre() ([]bpf.RawInstruction, error) {
	archi, connue := architectures[runtime.GOARCH]
	if !connue {
		return nil, fmt.Errorf("filtre des appels : l'architecture %s n'est pas prévue", runtime.GOARCH)
	}
	rendre := func(errno unix.Errno) bpf.Instruction {
		return bpf.RetConstant{Val: unix.SECCOMP_RET_ERRNO | uint32(errno)}
	}
	permettre := bpf.RetConstant{Val: unix.SECCOMP_RET_ALLOW}
	lire := func(place uint32) bpf.Instruction { return bpf.LoadAbsolute{Off: place, Size: 4} }
	si := func(valeur uint32, alors ...bpf.Instruction) []bpf.Instruction {
		return append([]bpf.Instruction{bpf.JumpIf{Cond: bpf.JumpEqual, Val: valeur, SkipFalse: uint8(len(alors))}}, alors...)
	}
	programme := []bpf.Instruction{
		lire(placeArchi), bpf.JumpIf{Cond: bpf.JumpEqual, Val: archi, SkipTrue: 1}, rendre(unix.ENOSYS),
		lire(placeAppel),
	}
	if runtime.GOARCH == "amd64" {
		programme = append(programme, bpf.JumpIf{Cond: bpf.JumpLessThan, Val: 0x40000000, SkipTrue: 1}, rendre(unix.ENOSYS)) // x32
	}
	for _, appel := range appelsRefuses {
		programme = append(programme, si(appel, rendre(unix.ENOSYS))...)
	}
	// Les limites d'un autre que soi : sans être root, le rendu et l'ouvrier sont le même utilisateur de la machine.
	programme = append(programme, si(unix.SYS_PRLIMIT64, append(append([]bpf.Instruction{lire(placeArg0)}, si(0, permettre)...), rendre(unix.EPERM))...)...)
	prise := []bpf.Instruction{lire(placeArg0)}
	for _, famille := range famillesPermises {
		prise = append(prise, si(famille, permettre)...)
	}
	// Demander ses adresses au noyau, comme le fait getaddrinfo.
	prise = append(prise, si(unix.AF_NETLINK, append([]bpf.Instruction{lire(placeArg2)}, si(unix.NETLINK_ROUTE, permettre)...)...)...)
	prise = append(prise, rendre(unix.EAFNOSUPPORT))
	programme = append(programme, si(unix.SYS_SOCKET, prise...)...)
	return bpf.Assemble(append(programme, permettre))
}

// armer ôte au fil qui lance, et donc à tout ce qu'il lancera, le moyen de gagner des droits et, dans une cloison, les clés de qui
// corrige et les appels refusés.
func armer(n Niveau) error {
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("interdiction de gagner des droits : %w", err)
	}
	if n != N1 {
		return nil
	}
	_, err := unix.KeyctlInt(unix.KEYCTL_JOIN_SESSION_KEYRING, 0, 0, 0, 0)
	if err != nil && !errors.Is(err, unix.ENOSYS) && !errors.Is(err, unix.EPERM) { // un noyau, ou un conteneur, où personne n'a de clés
		return fmt.Errorf("trousseau de clés : %w", err)
	}
	brut, err := filtre()
	if err != nil {
		return err
	}
	instructions := make([]unix.SockFilter, len(brut))
	for i, r := range brut {
		instructions[i] = unix.SockFilter{Code: r.Op, Jt: r.Jt, Jf: r.Jf, K: r.K}
	}
	programme := unix.SockFprog{Len: uint16(len(instructions)), Filter: &instructions[0]}
	if err := unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&programme)), 0, 0); err != nil {
		return fmt.Errorf("filtre des appels : %w", err)
	}
	return nil
}
