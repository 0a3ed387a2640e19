package banc

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Ce que le noyau dit des programmes du rendu, sans qu'ils s'en aperçoivent : qui tourne, qui dort, qui écoute.

// vivants rend les processus du rendu. Dans une cloison, ce sont tous ceux qui ne sont pas l'ouvrier ; sinon, ses
// descendants, car il adopte ceux qui se détachent.
func vivants() []etat {
	moi := os.Getpid()
	tous := map[int]etat{}
	for _, pid := range numeros("/proc") {
		if pid == moi {
			continue
		}
		if e, ok := lireEtat(fmt.Sprintf("/proc/%d/stat", pid)); ok && e.lettre != 'Z' && e.lettre != 'X' {
			tous[pid] = e
		}
	}
	var siens []etat
	for _, e := range tous {
		for ancetre, connu := e, true; connu; ancetre, connu = tous[ancetre.parent] {
			if ancetre.parent == moi || moi == 1 {
				siens = append(siens, e)
				break
			}
		}
	}
	slices.SortFunc(siens, func(a, b etat) int { return a.pid - b.pid })
	return siens
}

// battement est l'unité des temps de /proc/…/stat : le centième de seconde, sur toute machine où Go tourne.
const battement = 10 * time.Millisecond

// etat est ce que dit /proc/…/stat d'un processus ou d'un fil : voir proc(5).
type etat struct {
	pid    int
	lettre byte
	parent int
	groupe int
	seance int           // celle du programme du rendu qui l'a lancé, s'il ne s'est pas détaché
	fils   int           // d'exécution
	pages  uint64        // en mémoire
	calcul time.Duration // pris par tous ses fils
}

func lireEtat(chemin string) (etat, bool) {
	texte, err := lireNoyau(chemin)
	if err != nil {
		return etat{}, false
	}
	debut, fin := bytes.IndexByte(texte, ' '), bytes.LastIndexByte(texte, ')') // le nom du programme, entre parenthèses, peut tout contenir
	if debut < 0 || fin < debut {
		return etat{}, false
	}
	champs := bytes.Fields(texte[fin+1:])
	if len(champs) < 22 {
		return etat{}, false
	}
	entier := func(champ []byte) int { n, _ := strconv.Atoi(string(champ)); return n }
	return etat{
		pid: entier(texte[:debut]), lettre: champs[0][0], parent: entier(champs[1]), groupe: entier(champs[2]), seance: entier(champs[3]),
		fils: entier(champs[17]), pages: uint64(entier(champs[21])), calcul: time.Duration(entier(champs[11])+entier(champs[12])) * battement,
	}, true
}

// lireNoyau lit un petit fichier de /proc d'un seul coup : le banc en lit des milliers, et os.ReadFile y ferait trois fois plus
// d'appels.
func lireNoyau(chemin string) ([]byte, error) {
	fd, err := sansInterruption(func() (int, error) { return unix.Open(chemin, unix.O_RDONLY|unix.O_CLOEXEC, 0) })
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	texte := make([]byte, 1024)
	n, err := sansInterruption(func() (int, error) { return unix.Read(fd, texte) })
	return texte[:max(n, 0)], err
}

// numeros rend les nombres qui nomment quelque chose dans un dossier de /proc : des processus, ou des fils.
func numeros(dossier string) (ns []int) {
	fd, err := sansInterruption(func() (int, error) { return unix.Open(dossier, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0) })
	if err != nil {
		return nil
	}
	defer unix.Close(fd)
	entrees := make([]byte, 8<<10)
	for {
		n, err := sansInterruption(func() (int, error) { return unix.ReadDirent(fd, entrees) })
		if n <= 0 || err != nil {
			return ns
		}
		_, _, noms := unix.ParseDirent(entrees[:n], -1, nil)
		for _, nom := range noms {
			if nom[0] < '0' || nom[0] > '9' {
				continue
			}
			if numero, err := strconv.Atoi(nom); err == nil {
				ns = append(ns, numero)
			}
		}
	}
}

// sansInterruption refait un appel qu'un signal a interrompu.
func sansInterruption(appel func() (int, error)) (n int, err error) {
	for n, err = appel(); err == syscall.EINTR; n, err = appel() {
	}
	return n, err
}

// filsDe rend les fils d'un processus ; le seul qu'il ait, le plus souvent.
func (e etat) filsDe() []int {
	if e.fils == 1 {
		return []int{e.pid}
	}
	return numeros(fmt.Sprintf("/proc/%d/task", e.pid))
}

// empreinte rend le temps de calcul pris jusqu'ici par le rendu, en nanosecondes, et dit si tous ses fils dorment. Deux
// empreintes égales et endormies disent que rien ne s'est passé entre elles.
func empreinte() (calcul uint64, endormi bool) {
	endormi = true
	for _, p := range vivants() {
		for _, fil := range p.filsDe() {
			dossier := fmt.Sprintf("/proc/%d/task/%d/", p.pid, fil)
			if e, ok := lireEtat(dossier + "stat"); ok && e.lettre != 'S' && e.lettre != 'I' && e.lettre != 'Z' {
				endormi = false
			}
			if texte, err := lireNoyau(dossier + "schedstat"); err == nil {
				premier, _, _ := bytes.Cut(texte, []byte(" "))
				n, _ := strconv.ParseUint(string(premier), 10, 64)
				calcul += n
			}
		}
		calcul += uint64(p.pid) << 40 // un processus de plus ou de moins change l'empreinte
	}
	return calcul, endormi
}

// pressionProcesseur rend le temps pendant lequel, depuis le démarrage de la machine, quelque chose y a attendu un processeur (PSI).
func pressionProcesseur() (time.Duration, bool) {
	texte, err := lireNoyau("/proc/pressure/cpu")
	_, total, trouve := bytes.Cut(texte, []byte("total="))
	ligne, _, _ := bytes.Cut(total, []byte("\n"))
	microsecondes, errNombre := strconv.ParseInt(string(ligne), 10, 64)
	return time.Duration(microsecondes) * time.Microsecond, err == nil && trouve && errNombre == nil
}

// occupation rend le nombre de processus du rendu, les octets qu'ils occupent en mémoire, et le temps qu'ils ont calculé.
func occupation() (nombre int, octets int64, calcul time.Duration) {
	page := int64(os.Getpagesize())
	for _, p := range vivants() {
		nombre++
		octets += int64(p.pages) * page
		calcul += p.calcul
	}
	return nombre, octets, calcul
}

// plein dit que le rendu a presque rempli la place qu'il a dans la cloison.
func (b *Banc) plein() bool {
	var etat unix.Statfs_t
	if err := unix.Statfs(b.lieux.serveur, &etat); err != nil || etat.Type != unix.TMPFS_MAGIC {
		return false
	}
	return etat.Bavail*uint64(etat.Bsize) < uint64(b.limites.place)/16 || etat.Ffree < nbInodes/16
}

// memoire rend les octets qu'occupe un programme et ce qu'il a lancé ; connu est faux quand le système ne le dit pas.
func (p *Processus) memoire() (octets int64, connu bool) {
	_, octets, _ = occupation()
	return octets, true
}

// laisses compte les processus qui ne sont d'aucun de ces groupes, déjà tués : les leurs meurent, quand ils en auront le temps.
func laisses(processus []etat, tues []int) (nombre int) {
	for _, p := range processus {
		if !slices.Contains(tues, p.groupe) {
			nombre++
		}
	}
	return nombre
}

// resteHors dit si le rendu a des processus hors de ces groupes, déjà tués.
func resteHors(tues []int) bool { return laisses(vivants(), tues) > 0 }

// tuerTout tue tout ce qui reste du rendu, détaché ou non. Elle rend le nombre de ceux qui n'étaient d'aucun de ces groupes.
func tuerTout(tues ...int) (restes int) {
	for debut := time.Now(); time.Since(debut) < 2*time.Second; time.Sleep(time.Millisecond) { // un processus peut en avoir lancé un autre entre la liste et le coup
		tous := vivants()
		if len(tous) == 0 {
			return restes
		}
		restes = max(restes, laisses(tous, tues))
		for _, p := range tous {
			_ = syscall.Kill(p.pid, syscall.SIGKILL)
		}
		var attente syscall.WaitStatus
		_, _ = syscall.Wait4(-1, &attente, syscall.WNOHANG, nil)
	}
	return restes
}

// litClavier dit si un fil du programme, ou de ce qu'il a lancé, est arrêté dans read(0, …).
func (b *Banc) litClavier(p *Processus) (lit, connu bool) {
	if p.aLire() > 0 {
		return false, true
	}
	for _, sien := range vivants() {
		if sien.seance != p.cmd.Process.Pid || sien.fils == 1 && sien.lettre != 'S' {
			continue // un autre, ou un qui n'attend rien
		}
		for _, fil := range sien.filsDe() {
			texte, err := lireNoyau(fmt.Sprintf("/proc/%d/task/%d/syscall", sien.pid, fil))
			if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
				continue // il vient de finir
			}
			if err != nil {
				return false, false
			}
			champs := strings.Fields(string(texte))
			if len(champs) > 1 && champs[0] == strconv.Itoa(syscall.SYS_READ) && champs[1] == "0x0" {
				return true, true
			}
		}
	}
	// Node et d'autres attendent le clavier avec le reste, dans epoll : là, c'est à la question qu'on les reconnaît.
	if sortie := p.Sortie.String(); sortie != "" && !strings.HasSuffix(sortie, "\n") && len(sortie) > p.invite.dejaLu() {
		calcul, endormi := empreinte()
		apres, encore := empreinte()
		return endormi && encore && calcul == apres, true
	}
	return false, true
}

// aLire rend les octets d'une réponse que le programme n'a pas encore lus : tant qu'il y en a, il n'attend rien.
func (p *Processus) aLire() (n int) {
	if tube, ok := p.entree.(syscall.Conn); ok {
		if brut, err := tube.SyscallConn(); err == nil {
			_ = brut.Control(func(fd uintptr) { n, _ = unix.IoctlGetInt(int(fd), unix.TIOCINQ) })
		}
	}
	return n
}

// ecoutes rend les adresses où le rendu écoute, d'après les tables du noyau : s'y connecter pour le savoir consommerait un
// accept, et ferait finir plus d'un serveur.
func (b *Banc) ecoutes(reseau string) (adresses []netip.AddrPort) {
	var siennes map[uint32]bool
	if b.niveau != N1 {
		var pids []int
		for _, p := range vivants() {
			pids = append(pids, p.pid)
		}
		siennes = prisesDe(pids)
	}
	prises, err := demanderEcoutes(reseau)
	if err != nil {
		prises = lireEcoutes(reseau)
	}
	for _, p := range prises {
		if !b.Trafic.estAMoi(reseau, p.adresse) && (siennes == nil || siennes[p.inode]) {
			adresses = append(adresses, p.adresse)
		}
	}
	return adresses
}

// priseEnEcoute est une prise qui attend, et son numéro.
type priseEnEcoute struct {
	adresse netip.AddrPort
	inode   uint32
}

// Les états d'une prise, pour le noyau (include/net/tcp_states.h). Une prise UDP sans correspondant est « fermée ».
const (
	enEcoute = 10
	fermee   = 7
)

// demanderEcoutes interroge le noyau par netlink (sock_diag(7)), qui ne parcourt que les prises en écoute : lire
// /proc/net/tcp lui ferait parcourir toutes les connexions de la machine.
func demanderEcoutes(reseau string) (prises []priseEnEcoute, err error) {
	if reseau != "tcp" {
		return nil, syscall.ENOTSUP
	}
	s, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return nil, err
	}
	defer unix.Close(s)
	for _, famille := range []byte{unix.AF_INET, unix.AF_INET6} {
		if prises, err = demanderFamille(s, famille, prises); err != nil {
			return nil, err
		}
	}
	return prises, nil
}

func demanderFamille(s int, famille byte, prises []priseEnEcoute) ([]priseEnEcoute, error) {
	const sockDiagByFamily, tailleDemande = 20, 56 // SOCK_DIAG_BY_FAMILY ; struct inet_diag_req_v2
	ordre := binary.NativeEndian
	demande := ordre.AppendUint32(nil, unix.NLMSG_HDRLEN+tailleDemande)
	demande = ordre.AppendUint16(demande, sockDiagByFamily)
	demande = ordre.AppendUint16(demande, unix.NLM_F_REQUEST|unix.NLM_F_DUMP)
	demande = append(demande, make([]byte, 8)...) // numéro et expéditeur : le noyau n'en demande pas
	demande = append(demande, famille, unix.IPPROTO_TCP, 0, 0)
	demande = ordre.AppendUint32(demande, 1<<enEcoute)
	demande = append(demande, make([]byte, unix.NLMSG_HDRLEN+tailleDemande-len(demande))...)
	if err := unix.Sendto(s, demande, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return nil, err
	}
	reponse := make([]byte, 32<<10)
	for {
		n, _, err := unix.Recvfrom(s, reponse, 0)
		if err != nil {
			return nil, err
		}
		for reste := reponse[:n]; len(reste) >= unix.NLMSG_HDRLEN; {
			taille := int(ordre.Uint32(reste))
			if taille < unix.NLMSG_HDRLEN || taille > len(reste) {
				return nil, syscall.EPROTO
			}
			switch genre := ordre.Uint16(reste[4:]); {
			case genre == unix.NLMSG_DONE:
				return prises, nil
			case genre == unix.NLMSG_ERROR:
				return nil, syscall.ENOTSUP
			case taille >= unix.NLMSG_HDRLEN+72: // struct inet_diag_msg
				prises = append(prises, lirePrise(reste[unix.NLMSG_HDRLEN:]))
			}
			reste = reste[min((taille+3)&^3, len(reste)):]
		}
	}
}

// lirePrise lit une struct inet_diag_msg : la famille, le port et l'adresse dans l'ordre du réseau, puis l'inode.
func lirePrise(m []byte) priseEnEcoute {
	adresse := netip.AddrFrom4([4]byte(m[8:12]))
	if m[0] == unix.AF_INET6 {
		adresse = netip.AddrFrom16([16]byte(m[8:24])).Unmap()
	}
	return priseEnEcoute{netip.AddrPortFrom(adresse, binary.BigEndian.Uint16(m[4:])), binary.NativeEndian.Uint32(m[68:])}
}

// lireEcoutes lit la même chose dans /proc/net, pour les noyaux qui n'ont pas sock_diag, et pour UDP.
func lireEcoutes(reseau string) (prises []priseEnEcoute) {
	etat := enEcoute
	if reseau == "udp" {
		etat = fermee
	}
	for _, table := range []string{reseau, reseau + "6"} {
		texte, _ := os.ReadFile("/proc/self/net/" + table)
		for _, ligne := range strings.Split(string(texte), "\n") {
			champs := strings.Fields(ligne)
			if len(champs) < 10 || champs[3] != fmt.Sprintf("%02X", etat) {
				continue
			}
			inode, _ := strconv.ParseUint(champs[9], 10, 32)
			if adresse, ok := lireAdresse(champs[1]); ok {
				prises = append(prises, priseEnEcoute{adresse, uint32(inode)})
			}
		}
	}
	return prises
}

// lireAdresse lit « 0100007F:1388 » : l'adresse par mots de quatre octets dans l'ordre de la machine, puis le port.
func lireAdresse(texte string) (netip.AddrPort, bool) {
	hexa, port, ok := strings.Cut(texte, ":")
	octets, err := hex.DecodeString(hexa)
	n, err2 := strconv.ParseUint(port, 16, 16)
	if !ok || err != nil || err2 != nil || len(octets)%4 != 0 {
		return netip.AddrPort{}, false
	}
	for mot := range slices.Chunk(octets, 4) {
		slices.Reverse(mot)
	}
	adresse, ok := netip.AddrFromSlice(octets)
	return netip.AddrPortFrom(adresse.Unmap(), uint16(n)), ok
}

// prisesDe rend les numéros des prises ouvertes par ces processus.
func prisesDe(pids []int) map[uint32]bool {
	prises := map[uint32]bool{}
	for _, pid := range pids {
		liens, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
		for _, lien := range liens {
			cible, err := os.Readlink(lien)
			numero, estPrise := strings.CutPrefix(strings.TrimSuffix(cible, "]"), "socket:[")
			if inode, errNombre := strconv.ParseUint(numero, 10, 32); err == nil && estPrise && errNombre == nil {
				prises[uint32(inode)] = true
			}
		}
	}
	return prises
}

// OublierPorts demande au noyau, dans une cloison, de ne garder aucun port en TIME_WAIT. Ailleurs, ce n'est pas possible.
func (b *Banc) OublierPorts() {
	if b.niveau != N1 {
		return
	}
	if err := os.WriteFile("/proc/sys/net/ipv4/tcp_max_tw_buckets", []byte("0"), 0); err != nil {
		b.journal.Noter("banc", "note", "les ports fermés restent réservés un moment : %v", err)
	}
}
