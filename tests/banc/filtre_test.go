//go:build linux

package banc

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// appelant fait les appels que lui donne APPELS, et dit ceux que le noyau a permis.
const appelant = `import ctypes, json, mmap, os, resource, socket
libc = ctypes.CDLL(None, use_errno=True)
faits = {}
def essayer(nom, f):
    try:
        faits[nom] = f()
    except OSError as e:
        faits[nom] = "refus"
def appeler(numero, *args):
    ctypes.set_errno(0)
    if libc.syscall(numero, *[a.encode() if isinstance(a, str) else a for a in args]) < 0:
        raise OSError(ctypes.get_errno())
    return "permis"
for nom, appel in json.loads('''APPELS''').items():
    essayer(nom, lambda: appeler(*appel))
for famille in range(1, 46):
    for proto in (0, 4, 15):
        def ouvrir():
            socket.socket(famille, socket.SOCK_RAW if famille in (16, 17) else socket.SOCK_STREAM, proto).close()
            return "permis"
        essayer("prise %d %d" % (famille, proto), ouvrir)
def autre_architecture(code):
    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(code)
    f = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
    if f() < 0:
        raise OSError()
    return "permis"
if os.uname().machine == "x86_64":
    essayer("par int 0x80", lambda: autre_architecture(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3"))  # getpid
    essayer("par x32", lambda: autre_architecture(b"\xb8\x27\x00\x00\x40\x0f\x05\xc3"))
faits["ses limites"] = resource.getrlimit(resource.RLIMIT_NOFILE) and "permis"
for f in ["/etc/machine-id", "/etc/mailname", "/etc/subuid", "/proc/keys", "/proc/1/status", "/proc/1/cmdline", "/proc/1/oom_score_adj"]:
    essayer("lire " + f, lambda: open(f).read() and "permis" or "vide")
essayer("écrire /proc/1/oom_score_adj", lambda: open("/proc/1/oom_score_adj", "w").write("1000") and "permis")
faits["machine"] = open("/etc/hostname").read().strip() if os.path.exists("/etc/hostname") else "cloison"
faits["autres"] = [l for l in open("/etc/group").read().split() if not l.startswith(("root:", "eleve:"))]
print(json.dumps(faits))
`

// TestAppelsRefuses vérifie que le noyau refuse au rendu ce qui lui donnerait une mémoire que rien ne compte, les clés de qui corrige, la
// main sur l'ouvrier ou d'autres réseaux ; et que ce dont il a l'usage lui reste.
func TestAppelsRefuses(t *testing.T) {
	exigerPython(t)
	appels := map[string][]any{
		"memfd_create": {unix.SYS_MEMFD_CREATE, "m", 0}, "shmget": {unix.SYS_SHMGET, 0, 4096, 0o1600}, "msgget": {unix.SYS_MSGGET, 0, 0o1600},
		"trousseau": {unix.SYS_KEYCTL, unix.KEYCTL_GET_KEYRING_ID, -3, 0}, "add_key": {unix.SYS_ADD_KEY, "user", "n", "v", 1, -3},
		"request_key": {unix.SYS_REQUEST_KEY, "user", "n", 0, 0}, "userfaultfd": {unix.SYS_USERFAULTFD, 1}, "io_uring": {unix.SYS_IO_URING_SETUP, 1, 0},
		"ptrace": {unix.SYS_PTRACE, unix.PTRACE_TRACEME, 0, 0, 0}, "kcmp": {unix.SYS_KCMP, 1, 1, 0, 0, 0}, "syslog": {unix.SYS_SYSLOG, 10, 0, 0},
		"limites de l'ouvrier": {unix.SYS_PRLIMIT64, 1, unix.RLIMIT_NOFILE, 0, 0}, "unshare": {unix.SYS_UNSHARE, unix.CLONE_FS},
	}
	texte, err := json.Marshal(appels)
	if err != nil {
		t.Fatal(err)
	}
	r := essai{Scene: sceneFin, Fichiers: casFichiers{"client.py": strings.ReplaceAll(appelant, "APPELS", string(texte))}}.jouer(t)
	var faits map[string]any
	if err := json.Unmarshal([]byte(r.Resultat.Observe), &faits); err != nil {
		t.Fatalf("%v : %s", err, r.Resultat.Observe)
	}
	permis := map[string]any{
		"ses limites": "permis", "machine": nomDeMachine, "autres": []any{},
		"prise 1 0": "permis", "prise 2 0": "permis", "prise 10 0": "permis", "prise 16 0": "permis",
	}
	for nom, fait := range faits {
		voulu, prevu := permis[nom]
		if prevu && fmt.Sprint(fait) != fmt.Sprint(voulu) || !prevu && fait != "refus" && fait != "vide" {
			t.Errorf("%s : %v", nom, fait)
		}
	}
	if len(faits) < len(appels)+45*3 || runtime.GOARCH == "amd64" && faits["par int 0x80"] == nil {
		t.Errorf("%d faits", len(faits))
	}
}

// TestSousMontages vérifie que ce que la machine a monté dans un dossier montré ne s'y écrit pas non plus. Il faut être root pour monter.
func TestSousMontages(t *testing.T) {
	exigerPython(t)
	if os.Geteuid() != 0 {
		t.Skip("il faut être root pour monter")
	}
	exigerCloison(t)
	outil := t.TempDir()
	volume := filepath.Join(outil, "volume")
	if err := os.Mkdir(volume, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("tmpfs", volume, "tmpfs", 0, "mode=777"); err != nil {
		t.Skip("montage refusé : ", err)
	}
	defer unix.Unmount(volume, unix.MNT_DETACH)
	deposer(t, filepath.Join(volume, "notes.txt"), "20/20")
	r := essai{Scene: sceneFin, Outils: []string{outil}, Fichiers: casFichiers{"client.py": strings.ReplaceAll(`import os
for f in ["VOLUME/notes.txt", "VOLUME/neuf.txt"]:
    try:
        open(f, "w").write("0/20")
        print("écrit")
    except OSError as e:
        print(e.strerror)
`, "VOLUME", volume)}}.jouer(t)
	if r.Resultat.Observe != "Read-only file system\nRead-only file system\n" {
		t.Errorf("observé : %s", r.Resultat.Observe)
	}
}
