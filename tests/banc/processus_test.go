//go:build linux

package banc

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// resteDe rend les processus de la machine dont la commande contient cette marque.
func resteDe(marque string) (lignes []string) {
	commandes, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, chemin := range commandes {
		if texte, err := os.ReadFile(chemin); err == nil && strings.Contains(string(texte), marque) {
			lignes = append(lignes, strings.ReplaceAll(string(texte), "\x00", " "))
		}
	}
	return lignes
}

// nulReste vérifie que rien ne survit, en laissant au noyau le temps d'enterrer ses morts.
func nulReste(t *testing.T, marque string) {
	t.Helper()
	for limite := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		restes := resteDe(marque)
		if len(restes) == 0 {
			return
		}
		if time.Now().After(limite) {
			t.Fatalf("tourne encore : %q", restes)
		}
	}
}

// marqueUnique distingue ce qu'un essai lance de tout ce qui tourne sur la machine.
func marqueUnique(t *testing.T) string {
	return fmt.Sprintf("marque-%d-%s", os.Getpid(), strings.ReplaceAll(t.Name(), "/", "-"))
}

// demon se détache comme un vrai : une séance à lui, plus de parent, plus aucune sortie ouverte.
const demon = `sh -c 'sleep 300; : MARQUE' &
(setsid sh -c ': > pret; sleep 300; : MARQUE' < /dev/null > /dev/null 2>&1 &)
while ! [ -e pret ]; do sleep 0.01; done
echo PRET
wait
`

var sceneDemon = scene("démon", func(b *Banc) Resultat {
	p, err := lancerSeul(b)
	if err != nil {
		return rate(err)
	}
	if !b.Attente.auPlus(time.Minute, func() bool { return strings.Contains(p.Sortie.String(), "PRET") }) {
		return rate(fmt.Errorf("%v\n%s", p.Fin(), p.Texte()))
	}
	b.Attente.Calme(50*time.Millisecond, time.Minute) // chacun dort : il a lancé ce qu'il avait à lancer
	return vu("%d", len(vivants()))
})

// TestRienNeSurvit vérifie qu'un démon, détaché de tout, est tué et signalé.
func TestRienNeSurvit(t *testing.T) {
	for _, n := range []Niveau{N0, N1} {
		t.Run(string(n), func(t *testing.T) {
			t.Parallel()
			marque := marqueUnique(t)
			r := essai{Scene: sceneDemon, Niveau: n, Fichiers: casFichiers{"serveur.sh": strings.ReplaceAll(demon, "MARQUE", marque)}}.jouer(t)
			nulReste(t, marque)
			if r.Resultat.Observe != "5" {
				t.Errorf("%s processus vus, 5 attendus : le programme, son enfant, le démon, et leurs sommeils", r.Resultat.Observe)
			}
			if !slices.ContainsFunc(r.Alertes, func(a string) bool { return strings.HasPrefix(a, "2 processus laissé") }) {
				t.Errorf("alertes : %q", r.Alertes)
			}
		})
	}
}

// TestRienASignaler vérifie qu'un programme dont les enfants restent dans son groupe n'est accusé de rien.
func TestRienASignaler(t *testing.T) {
	if testing.Short() {
		t.Skip("de vrais processus, plusieurs fois ; sans -short")
	}
	t.Parallel()
	marque := marqueUnique(t)
	r := essai{Scene: sceneDemon, Niveau: N0, Fichiers: casFichiers{"serveur.sh": "for i in 1 2 3 4 5 6 7 8; do sh -c 'sleep 300; : " + marque + "' & done\necho PRET\nwait\n"}}.jouer(t)
	nulReste(t, marque)
	if len(r.Alertes) > 0 {
		t.Errorf("alertes : %q", r.Alertes)
	}
}

// TestEnvironnement vérifie que le rendu ne reçoit que ce qu'il lui faut, et qu'un dossier interdit est retiré quand même.
func TestEnvironnement(t *testing.T) {
	t.Setenv("KATA_SECRET", "à ne pas voir")
	for _, n := range []Niveau{N0, N1} {
		r := essai{Scene: sceneFin, Niveau: n, Fichiers: casFichiers{"client.sh": "mkdir a a/b && echo x > a/b/c && chmod 000 a/b a\nmkdir \"$HOME/d\" && chmod 000 \"$HOME/d\"\nenv\n"}}.jouer(t)
		var noms []string
		for _, ligne := range strings.Split(strings.TrimSpace(r.Resultat.Observe), "\n") {
			nom, _, _ := strings.Cut(ligne, "=")
			noms = append(noms, nom)
		}
		noms = slices.DeleteFunc(noms, func(nom string) bool { return slices.Contains([]string{"PWD", "OLDPWD", "SHLVL", "_"}, nom) }) // du shell
		slices.Sort(noms)
		if obtenu := strings.Join(noms, " "); obtenu != "HOME LANG LC_ALL NO_COLOR PATH PYTHONDONTWRITEBYTECODE PYTHONUNBUFFERED PYTHONUTF8 TERM TMPDIR TZ USER" {
			t.Errorf("%s : %s", n, obtenu)
		}
		if strings.Contains(r.Resultat.Observe, "HOME="+os.Getenv("HOME")+"\n") {
			t.Errorf("%s : la maison est celle de qui corrige", n)
		}
	}
}

var sceneBavard = scene("bavard", func(b *Banc) Resultat {
	p, err := lancerSeul(b)
	if err != nil {
		return rate(err)
	}
	f := p.AttendreFin(time.Minute)
	return vu("%v %d %d %v", f, len(p.Sortie.String()), len(p.Erreurs.String()), p.Sortie.Len() > sortieMaximale)
})

// TestSortieBornee vérifie qu'un programme qui écrit sans fin est arrêté, et que ce qu'il a dit tient en peu de place.
func TestSortieBornee(t *testing.T) {
	if testing.Short() {
		t.Skip("de vrais processus, plusieurs fois ; sans -short")
	}
	t.Parallel()
	r := essai{Scene: sceneBavard, Fichiers: casFichiers{"client.sh": "yes 'une ligne sans fin'\n"}}.jouer(t)
	if attendu := fmt.Sprintf("a été tué par SIGKILL %d 0 true", gardeFlux); r.Resultat.Observe != attendu {
		t.Errorf("%s ; attendu : %s", r.Resultat.Observe, attendu)
	}
	if !slices.ContainsFunc(r.Alertes, func(a string) bool { return strings.Contains(a, "16 Mio écrits") }) {
		t.Errorf("alertes : %q", r.Alertes)
	}
	total := 0
	for _, e := range r.Evenements {
		total += len(e.Octets)
	}
	if total > gardeFlux {
		t.Errorf("%d octets dans le journal", total)
	}
}

// TestTablesDuNoyau vérifie les deux façons de lire qui écoute, en IPv4 et en IPv6, et que UDP n'est pas TCP.
func TestTablesDuNoyau(t *testing.T) {
	adresses := map[string]string{}
	for _, reseau := range []string{"tcp4", "tcp6"} {
		hote := map[string]string{"tcp4": "127.0.0.1:0", "tcp6": "[::1]:0"}[reseau]
		l, err := net.Listen(reseau, hote)
		if err != nil {
			t.Skip(err)
		}
		defer l.Close()
		adresses[l.Addr().String()] = "tcp"
	}
	u, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer u.Close()
	adresses[u.LocalAddr().String()] = "udp"
	demandees, err := demanderEcoutes("tcp")
	if err != nil {
		t.Logf("ce noyau n'a pas sock_diag : %v", err)
		demandees = lireEcoutes("tcp")
	}
	siennes := prisesDe([]int{os.Getpid()})
	for nom, prises := range map[string][]priseEnEcoute{"tcp": lireEcoutes("tcp"), "udp": lireEcoutes("udp"), "netlink tcp": demandees} {
		for adresse, reseau := range adresses {
			vue := slices.ContainsFunc(prises, func(p priseEnEcoute) bool { return p.adresse.String() == adresse && siennes[p.inode] })
			if vue != strings.HasSuffix(nom, reseau) {
				t.Errorf("%s, dans %s : %v", adresse, nom, vue)
			}
		}
	}
}

// Ce que peut faire un ouvrier malade. Chacun lance d'abord un démon.
func init() {
	for nom, mal := range map[string]func(){
		"meurt":   func() { os.Exit(3) },
		"panique": func() { panic("une faute du correcteur") },
		"délire":  func() { fmt.Println(`{"resultat": 12`); os.Exit(0) },
		"déborde": func() { fmt.Printf("%*d\n", reponseMaximale+1, 1); os.Exit(0) },
		"traîne":  func() { time.Sleep(5 * time.Minute) },
		"se tue":  func() { p, _ := os.FindProcess(os.Getpid()); _ = p.Kill(); time.Sleep(5 * time.Minute) },
	} {
		scene(nom, func(b *Banc) Resultat {
			if r := scenes[sceneDemon](b); r.Verdict != Reussi {
				return r
			}
			if nom != "traîne" { // ailleurs qu'en cloison, rien ne peut tuer les descendants d'un ouvrier mort d'un coup
				tuerTout()
			}
			mal()
			return Resultat{}
		})
	}
}

// TestOuvrierMalade vérifie que tout ce qui peut arriver à un ouvrier est une erreur, qui dit quoi, et ne laisse rien.
func TestOuvrierMalade(t *testing.T) {
	cas := map[string]string{
		"meurt": "exit status 3", "panique": "une faute du correcteur", "délire": "illisible", "déborde": "illisible",
		"traîne": "arrêté après son délai", "se tue": "killed", "inconnue": "l'ouvrier a échoué",
	}
	for nom, dit := range cas {
		for _, n := range []Niveau{N0, N1} {
			if nom == "se tue" && n == N1 {
				continue // le premier processus d'une cloison ne peut pas se tuer
			}
			if testing.Short() && (nom != "meurt" && nom != "traîne" || n == N0) {
				continue
			}
			t.Run(nom+" "+string(n), func(t *testing.T) {
				t.Parallel()
				marque := marqueUnique(t)
				e := essai{Scene: nom, Niveau: n, Fichiers: casFichiers{"serveur.sh": strings.ReplaceAll(demon, "MARQUE", marque)}}
				if nom == "traîne" {
					e.Delai = 500 * time.Millisecond
				}
				debut := time.Now()
				_, err := e.confier(t)
				if err == nil || !strings.Contains(err.Error(), dit) {
					t.Errorf("erreur : %v ; attendu : %s", err, dit)
				}
				if errors.Is(err, context.DeadlineExceeded) != (nom == "traîne") {
					t.Errorf("%v est un délai : %v", err, nom != "traîne")
				}
				if duree := time.Since(debut); duree > time.Minute { // ce qu'il a lancé en dort cinq
					t.Errorf("après %v", duree)
				}
				nulReste(t, marque)
			})
		}
	}
}

// TestEffacer vérifie qu'un dossier dont le rendu a retiré tous les droits disparaît.
func TestEffacer(t *testing.T) {
	d := filepath.Join(t.TempDir(), "à effacer")
	deposer(t, filepath.Join(d, "a", "b", "c.txt"), "x")
	if err := os.Symlink("/", filepath.Join(d, "a", "lien")); err != nil {
		t.Fatal(err)
	}
	for _, dossier := range []string{"a/b", "a", "."} {
		if err := os.Chmod(filepath.Join(d, dossier), 0); err != nil {
			t.Fatal(err)
		}
	}
	effacer(d)
	if _, err := os.Lstat(d); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("reste : %v", err)
	}
}
