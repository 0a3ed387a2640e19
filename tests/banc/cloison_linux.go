package banc

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Dans une cloison, le rendu est l'utilisateur uidRendu, qui n'a aucun droit particulier ; l'ouvrier est l'utilisateur 0
// d'espaces de noms qui n'appartiennent qu'à lui.
const (
	uidRendu    = 1000
	uidPersonne = 65534  // sur la machine, quand c'est root qui corrige
	nbInodes    = 20_000 // fichiers et dossiers que le rendu peut faire

	dossierVue   = "/vue"    // la racine, telle que le rendu la voit
	nomDeMachine = "cloison" // celui de la vraie machine ne regarde pas le rendu
)

// cloisonner fait naître cmd, un ouvrier, dans ses propres espaces de noms : utilisateurs, réseau, processus,
// communication, montages. Quand il finit, le noyau tue tout ce qui y vivait.
func cloisonner(cmd *exec.Cmd) {
	moi, groupe := os.Geteuid(), os.Getegid()
	uids := []syscall.SysProcIDMap{{ContainerID: 0, HostID: moi, Size: 1}}
	gids := []syscall.SysProcIDMap{{ContainerID: 0, HostID: groupe, Size: 1}}
	if moi == 0 { // le rendu devient vraiment un autre ; sans être root, le noyau ne donne qu'une identité
		uids = append(uids, syscall.SysProcIDMap{ContainerID: uidRendu, HostID: uidPersonne, Size: 1})
		gids = append(gids, syscall.SysProcIDMap{ContainerID: uidRendu, HostID: uidPersonne, Size: 1})
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET | syscall.CLONE_NEWPID | syscall.CLONE_NEWIPC |
			syscall.CLONE_NEWNS | syscall.CLONE_NEWUTS,
		UidMappings:                uids,
		GidMappings:                gids,
		GidMappingsEnableSetgroups: moi == 0,
		Pdeathsig:                  syscall.SIGKILL,
	}
}

// attributsDuRendu donne à un programme du rendu son identité dans la cloison, et un groupe à lui.
func attributsDuRendu(n Niveau) *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}
	if n != N1 {
		return a
	}
	a.Chroot = dossierVue // là, le noyau refuse aussi tout nouvel espace de noms d'utilisateurs
	switch {
	case deuxIdentites():
		a.Credential = &syscall.Credential{Uid: uidRendu, Gid: uidRendu}
	default: // la même identité sur la machine, mais sans les droits de l'ouvrier
		a.Cloneflags = syscall.CLONE_NEWUSER
		a.UidMappings = []syscall.SysProcIDMap{{ContainerID: uidRendu, HostID: 0, Size: 1}}
		a.GidMappings = []syscall.SysProcIDMap{{ContainerID: uidRendu, HostID: 0, Size: 1}}
	}
	return a
}

// deuxIdentites dit si l'utilisateur uidRendu existe dans les espaces de noms de l'ouvrier.
func deuxIdentites() bool {
	carte, _ := os.ReadFile("/proc/self/uid_map")
	return strings.Count(strings.TrimSpace(string(carte)), "\n") > 0
}

// brider pose, sur l'ouvrier et donc sur tout ce qu'il lancera, des limites et l'interdiction de gagner des droits.
func brider(n Niveau) error {
	if err := garderPourSoi(); err != nil {
		return err
	}
	signal.Notify(make(chan os.Signal, 1)) // aucun signal du rendu n'arrête l'ouvrier ; le rendu, lui, reçoit Ctrl-C comme il se doit
	limites := map[int]uint64{
		unix.RLIMIT_CORE:  0,
		unix.RLIMIT_CPU:   60,
		unix.RLIMIT_FSIZE: 64 << 20,
		unix.RLIMIT_DATA:  3 << 30,
	}
	if n == N1 { // ailleurs, la limite compterait aussi les processus de qui corrige
		limites[unix.RLIMIT_NPROC] = 400
	}
	for ressource, valeur := range limites {
		if err := unix.Setrlimit(ressource, &unix.Rlimit{Cur: valeur, Max: valeur}); err != nil {
			return fmt.Errorf("limite %d : %w", ressource, err)
		}
	}
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil { // rien de ce qui se détache n'échappe
		return fmt.Errorf("adoption des orphelins : %w", err)
	}
	return nil
}

// garderPourSoi fait que rien de ce que l'ouvrier a reçu d'ouvert, du terminal ou du programme de qui corrige, ne passe au rendu.
func garderPourSoi() error {
	err := unix.CloseRange(3, math.MaxInt32, unix.CLOSE_RANGE_CLOEXEC)
	if !errors.Is(err, unix.ENOSYS) && !errors.Is(err, unix.EINVAL) {
		return err
	}
	for _, fd := range numeros("/proc/self/fd") { // avant Linux 5.11
		if fd > 2 {
			unix.CloseOnExec(fd)
		}
	}
	return nil
}

// poserRacine fait d'ancrage, un dossier vide, une racine en mémoire que nul autre ne voit.
func poserRacine(ancrage string, place int64) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("montages privés : %w", err)
	}
	options := fmt.Sprintf("mode=755,size=%d,nr_inodes=%d", place, nbInodes)
	if err := unix.Mount("tmpfs", ancrage, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, options); err != nil {
		return fmt.Errorf("dossiers en mémoire : %w", err)
	}
	return nil
}

// batir finit, depuis l'intérieur des espaces de noms, le monde que verra le rendu : le système en lecture seule, ses
// dossiers à lui en mémoire, et un réseau où toute adresse est « ici ».
func batir(d Demande) error {
	ancrage := d.Ancrage
	m := monteur{racine: ancrage}
	aEcrire := []string{dossierRendu, dossierMaison, "/tmp"}
	m.faire("dossiers du rendu", func() error { return donner(ancrage+dossierRendu, ancrage+dossierMaison) })
	for _, dossier := range []string{"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/opt", "/etc"} {
		m.montrer(dossier, dossier)
	}
	for _, outil := range d.Outils {
		m.montrer(outil, outil)
	}
	switch {
	case len(d.Chantiers) > 0: // ce qu'ils construisent reste ici jusqu'à leur fin : voir rapporter
		m.faire("dossiers à construire", func() error { return donner(ancrage + dossierSortie) })
		aEcrire = append(aEcrire, dossierSortie)
	case d.Sortie != "":
		m.montrer(d.Sortie, dossierSortie)
	}
	if d.Go != nil {
		m.montrer(d.Go.Modules, d.Go.Modules) // sous son nom : ce que garde le cache en dépend
		m.superposer(d.Go.Cache, dossierCache)
		aEcrire = append(aEcrire, dossierCache)
	}
	m.faire("nom de la machine", func() error { return unix.Sethostname([]byte(nomDeMachine)) })
	m.ecrire("/vide", "")
	m.recouvrir("/etc/hosts", "127.0.0.1 localhost "+nomDeMachine+"\n::1 localhost\n")
	m.recouvrir("/etc/resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
	m.recouvrir("/etc/passwd", fmt.Sprintf("root:x:0:0::/:/bin/sh\neleve:x:%d:%[1]d::%s:/bin/sh\n", uidRendu, dossierMaison))
	m.recouvrir("/etc/group", fmt.Sprintf("root:x:0:\neleve:x:%d:\n", uidRendu))
	m.recouvrir("/etc/hostname", nomDeMachine+"\n")
	for _, nom := range []string{"machine-id", "machine-info", "mailname", "passwd-", "group-", "subuid", "subgid"} { // qui est cette machine, et qui s'en sert
		m.recouvrir("/etc/"+nom, "")
	}
	for _, masque := range d.Masques {
		m.recouvrir(masque, "")
	}
	m.dossier("/dev", 0o755)
	for _, nom := range []string{"null", "zero", "full", "random", "urandom"} {
		m.ecrire("/dev/"+nom, "")
		m.faire(nom, func() error { return unix.Mount("/dev/"+nom, ancrage+"/dev/"+nom, "", unix.MS_BIND, "") })
	}
	for nom, cible := range map[string]string{"fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2", "shm": "/tmp"} {
		m.faire(nom, func() error { return os.Symlink(cible, ancrage+"/dev/"+nom) })
	}
	m.dossier("/proc", 0o555)
	m.faire("/proc", func() error {
		return unix.Mount("proc", ancrage+"/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "hidepid=1") // à chacun les siens
	})
	m.recouvrir("/proc/keys", "")
	m.recouvrir("/proc/key-users", "")
	m.dossier("/tmp", 0o777)
	m.dossier(dossierBanc, 0o700)
	m.dossier(dossierVue, 0o755)
	m.dossier("/ancien", 0o700)
	m.faire("nouvelle racine", func() error { return unix.PivotRoot(ancrage, ancrage+"/ancien") })
	if m.err != nil {
		return m.err
	}
	if err := unix.Chdir("/"); err != nil {
		return fmt.Errorf("nouvelle racine : %w", err)
	}
	if err := fermerRacine(aEcrire...); err != nil {
		return err
	}
	if err := toutFerme(aEcrire...); err != nil {
		return err
	}
	if err := separerVue(); err != nil {
		return err
	}
	return ouvrirReseau()
}

// donner rend le rendu propriétaire de ses dossiers.
func donner(dossiers ...string) error {
	if !deuxIdentites() {
		return nil // il a déjà la même identité
	}
	for _, dossier := range dossiers {
		err := filepath.WalkDir(dossier, func(chemin string, _ fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			return os.Lchown(chemin, uidRendu, uidRendu)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// fermerRacine retire l'ancien système et interdit d'écrire ailleurs que dans les dossiers du rendu.
func fermerRacine(aEcrire ...string) error {
	for _, dossier := range aEcrire {
		if err := unix.Mount(dossier, dossier, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
			return fmt.Errorf("%s : %w", dossier, err)
		}
	}
	if err := unix.Unmount("/ancien", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("retrait de l'ancien système : %w", err)
	}
	if err := unix.Mount("", "/", "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY|unix.MS_NOSUID|unix.MS_NODEV, ""); err != nil {
		return fmt.Errorf("racine en lecture seule : %w", err)
	}
	return nil
}

// separerVue donne au rendu sa propre vue de la racine, où le dossier du banc reste vide : sans être root, le rendu et
// l'ouvrier sont le même utilisateur de la machine, et des droits ne les sépareraient pas.
func separerVue() error {
	if err := unix.Mount("/", dossierVue, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("vue du rendu : %w", err)
	}
	if err := unix.Mount("tmpfs", dossierBanc, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, fmt.Sprintf("mode=700,size=%d", limitesDeVerification.place)); err != nil {
		return fmt.Errorf("dossier du banc : %w", err)
	}
	return nil
}

// monteur garde la première erreur, pour que la suite des montages se lise d'un trait.
type monteur struct {
	racine string
	err    error
}

func (m *monteur) faire(quoi string, f func() error, permises ...error) {
	if m.err != nil {
		return
	}
	if err := f(); err != nil && !slices.ContainsFunc(permises, func(permise error) bool { return errors.Is(err, permise) }) {
		m.err = fmt.Errorf("%s : %w", quoi, err)
	}
}

func (m *monteur) dossier(nom string, droits fs.FileMode) {
	m.faire(nom, func() error {
		if err := os.MkdirAll(m.racine+nom, 0o755); err != nil {
			return err
		}
		return os.Chmod(m.racine+nom, droits)
	})
}

func (m *monteur) ecrire(nom, texte string) {
	m.faire(nom, func() error { return os.WriteFile(m.racine+nom, []byte(texte), 0o644) })
}

// recouvrir met un texte à la place de celui d'un fichier de la machine, s'il y est.
func (m *monteur) recouvrir(fichier, texte string) {
	neuf := "/vide"
	if texte != "" {
		neuf = "/" + strings.ReplaceAll(strings.Trim(fichier, "/"), "/", "-")
		m.ecrire(neuf, texte)
	}
	m.faire(fichier, func() error { return unix.Mount(m.racine+neuf, m.racine+fichier, "", unix.MS_BIND, "") }, fs.ErrNotExist)
	m.faire(fichier, func() error { return fermerMontage(m.racine + fichier) }, fs.ErrNotExist)
}

// montrer fait voir, en lecture seule, un dossier de la machine ; un lien symbolique reste un lien.
func (m *monteur) montrer(source, place string) {
	m.faire(source, func() error {
		if cible, err := os.Readlink(source); err == nil {
			return os.Symlink(cible, m.racine+place)
		}
		if _, err := os.Stat(source); errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err := os.MkdirAll(m.racine+place, 0o755); err != nil {
			return err
		}
		if err := unix.Mount(source, m.racine+place, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
			return err
		}
		return fermerMontage(m.racine + place)
	})
}

// fermerMontage interdit d'écrire dans un montage et dans ceux qu'il contient.
func fermerMontage(place string) error {
	tout := &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY | unix.MOUNT_ATTR_NOSUID | unix.MOUNT_ATTR_NODEV}
	err := unix.MountSetattr(unix.AT_FDCWD, place, unix.AT_RECURSIVE, tout)
	if !errors.Is(err, unix.ENOSYS) {
		return err
	}
	// Avant Linux 5.12 : un seul à la fois. S'il en contient d'autres, toutFerme le verra.
	var etat unix.Statfs_t // ce que la machine interdit déjà doit rester interdit, le noyau y veille
	if err := unix.Statfs(place, &etat); err != nil {
		return err
	}
	gardes := uintptr(etat.Flags) & (unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC | unix.MS_NOATIME | unix.MS_NODIRATIME | unix.MS_RELATIME)
	return unix.Mount("", place, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY|unix.MS_NOSUID|unix.MS_NODEV|gardes, "")
}

// toutFerme vérifie que rien de ce que verra le rendu ne s'écrit, que ce qui est à lui et les périphériques : une cloison dont un
// montage serait resté ouvert n'en est pas une.
func toutFerme(aEcrire ...string) error {
	texte, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return fmt.Errorf("vérification des montages : %w", err)
	}
	for ligne := range strings.Lines(string(texte)) {
		champs := strings.Fields(ligne)
		if len(champs) < 6 {
			return fmt.Errorf("vérification des montages : %q", ligne)
		}
		place, ferme := champs[4], slices.Contains(strings.Split(champs[5], ","), "ro")
		if !ferme && !slices.Contains(aEcrire, place) && place != "/proc" && !strings.HasPrefix(place, "/dev/") {
			return fmt.Errorf("%s resterait ouvert en écriture : ce noyau ne ferme pas un montage et ceux qu'il contient (il faut Linux 5.12)", place)
		}
	}
	return nil
}

// superposer montre un cache de la machine sous une couche privée, en mémoire : tout s'y lit, et ce qui s'y écrit disparaît avec la
// cloison. Où le noyau refuse de superposer, ou sans cache, la place est un dossier vide : rien de la machine ne s'écrit non plus.
func (m *monteur) superposer(source, place string) {
	m.dossier(place, 0o755)
	m.faire(place, func() error { return donner(m.racine + place) })
	m.faire(source, func() error {
		couche := m.racine + "/couche"
		if err := os.Mkdir(couche, 0o700); err != nil {
			return err
		}
		defer os.Remove(couche)
		options := fmt.Sprintf("mode=700,size=%d", limitesDeConstruction.place)
		if err := unix.Mount("tmpfs", couche, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, options); err != nil {
			return err
		}
		defer unix.Unmount(couche, unix.MNT_DETACH) // le montage superposé garde ce qu'il lui en faut
		for _, nom := range []string{"bas", "haut", "travail"} {
			if err := os.Mkdir(filepath.Join(couche, nom), 0o755); err != nil {
				return err
			}
		}
		if err := preparerCouche(filepath.Join(couche, "haut")); err != nil {
			return err
		}
		if err := unix.Mount(source, filepath.Join(couche, "bas"), "", unix.MS_BIND, ""); err != nil {
			return nil // il n'y a pas encore de cache
		}
		if err := os.Chdir(couche); err != nil { // un chemin relatif n'a rien que les options d'un montage doivent échapper
			return err
		}
		_ = unix.Mount("overlay", m.racine+place, "overlay", unix.MS_NOSUID|unix.MS_NODEV, "lowerdir=bas,upperdir=haut,workdir=travail,userxattr")
		return os.Chdir("/")
	})
}

// preparerCouche fait d'avance, pour le rendu, les dossiers que le cache de Go a toujours, et y dit que le ménage vient d'être fait :
// il n'a ni à écrire dans ceux de qui corrige, ni à les parcourir tous.
func preparerCouche(haut string) error {
	for i := range 256 {
		if err := os.Mkdir(filepath.Join(haut, fmt.Sprintf("%02x", i)), 0o755); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(haut, "trim.txt"), fmt.Append(nil, time.Now().Unix()), 0o644); err != nil {
		return err
	}
	return donner(haut)
}

// ouvrirReseau monte la boucle locale et y attache toute adresse IPv4 : un client écrit pour 192.168.1.50 trouve ici
// qui l'écoute.
func ouvrirReseau() error {
	s, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("boucle locale : %w", err)
	}
	defer unix.Close(s)
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		return fmt.Errorf("boucle locale : %w", err)
	}
	lo.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	if err := unix.IoctlIfreq(s, unix.SIOCSIFFLAGS, lo); err != nil {
		return fmt.Errorf("boucle locale : %w", err)
	}
	// Un port d'avant 1024 s'ouvre, comme sur la machine de la plupart des élèves.
	if err := os.WriteFile("/proc/sys/net/ipv4/ip_unprivileged_port_start", []byte("0"), 0); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("ports réservés : %w", err)
	}
	return routeLocale(1) // lo est toujours la première interface
}

// routeLocale demande au noyau, par netlink, que toute adresse IPv4 soit locale (« AnyIP »), comme le fait
// « ip route add local 0.0.0.0/0 dev lo ».
func routeLocale(interfaceLo uint32) error {
	s, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
	if err != nil {
		return fmt.Errorf("route locale : %w", err)
	}
	defer unix.Close(s)
	ordre := binary.NativeEndian
	corps := []byte{unix.AF_INET, 0, 0, 0, unix.RT_TABLE_LOCAL, unix.RTPROT_BOOT, unix.RT_SCOPE_HOST, unix.RTN_LOCAL, 0, 0, 0, 0}
	corps = ordre.AppendUint16(corps, 8) // un attribut : l'interface de sortie
	corps = ordre.AppendUint16(corps, unix.RTA_OIF)
	corps = ordre.AppendUint32(corps, interfaceLo)
	message := ordre.AppendUint32(nil, uint32(unix.NLMSG_HDRLEN+len(corps)))
	message = ordre.AppendUint16(message, unix.RTM_NEWROUTE)
	message = ordre.AppendUint16(message, unix.NLM_F_REQUEST|unix.NLM_F_ACK|unix.NLM_F_CREATE)
	message = ordre.AppendUint32(message, 1)
	message = ordre.AppendUint32(message, 0)
	message = append(message, corps...)
	if err := unix.Sendto(s, message, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return fmt.Errorf("route locale : %w", err)
	}
	reponse := make([]byte, 4096)
	n, _, err := unix.Recvfrom(s, reponse, 0)
	if err != nil {
		return fmt.Errorf("route locale : %w", err)
	}
	if n < unix.NLMSG_HDRLEN+4 {
		return errors.New("route locale : réponse du noyau trop courte")
	}
	if code := int32(ordre.Uint32(reponse[unix.NLMSG_HDRLEN:])); code != 0 {
		return fmt.Errorf("route locale : %w", syscall.Errno(-code))
	}
	return nil
}
