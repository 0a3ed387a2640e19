package classe

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"capteurs/tests/banc"
	"capteurs/tests/decouverte"
	"capteurs/tests/rapport"
)

func unRendu(texte string) *rapport.Rendu {
	return &rapport.Rendu{
		Graine: "12", Etapes: []rapport.Etape{{Nom: decouverte.POO}}, Remarques: []string{texte},
		Jugements: []rapport.Jugement{{Critere: "CLI-01", Resultat: banc.Resultat{Verdict: banc.Echoue, Observe: "<" + texte + ">"}, Faits: []rapport.Fait{{Octets: []byte(texte)}}}},
	}
}

func garder(t echouer, c cache, cle string, r *rapport.Rendu) {
	t.Helper()
	paquet, err := emballer(cle, r)
	if err == nil {
		err = c.ecrire(cle, paquet)
	}
	if err != nil {
		t.Fatalf("%v", err)
	}
}

// TestCacheRend vérifie que le cache rend ce qu'on lui a donné, et que rien d'abîmé n'en sort.
func TestCacheRend(t *testing.T) {
	c := cache{filepath.Join(t.TempDir(), "cache")}
	rapid.Check(t, func(t *rapid.T) {
		r := unRendu(rapid.StringN(1, 100, -1).Draw(t, "texte"))
		garder(t, c, "cle", r)
		if lu := c.lire("cle"); lu == nil || !reflect.DeepEqual(lu, r) {
			t.Fatalf("relu : %+v ; %+v attendu", lu, r)
		}
		octets, err := os.ReadFile(c.chemin("cle"))
		if err != nil {
			t.Fatalf("%v", err)
		}
		abimes := bytes.Clone(octets)
		if rapid.Bool().Draw(t, "tronqué") {
			abimes = abimes[:rapid.IntRange(0, len(abimes)-1).Draw(t, "à")]
		} else {
			abimes[rapid.IntRange(0, len(abimes)-1).Draw(t, "où")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		}
		if err := os.WriteFile(c.chemin("cle"), abimes, 0o600); err != nil {
			t.Fatalf("%v", err)
		}
		if lu := c.lire("cle"); lu != nil && !reflect.DeepEqual(lu, r) {
			t.Fatalf("une entrée abîmée a donné %+v", lu)
		}
	})
	if c.lire("autre") != nil || (cache{}).lire("cle") != nil {
		t.Error("ce qui n'est pas gardé ne se lit pas")
	}
	garder(t, c, "cle", unRendu("a"))
	if err := os.Rename(c.chemin("cle"), c.chemin("autre")); err != nil || c.lire("autre") != nil {
		t.Error("une entrée d'une autre clé ne se lit pas")
	}
	if infos, err := os.Stat(c.dossier); err != nil || infos.Mode().Perm() != 0o700 && runtime.GOOS != "windows" {
		t.Errorf("dossier du cache : %v, %v", infos.Mode(), err)
	}
	if infos, err := os.Stat(c.chemin("autre")); err != nil || infos.Mode().Perm() != 0o600 && runtime.GOOS != "windows" {
		t.Errorf("entrée du cache : %v, %v", infos.Mode(), err)
	}
}

// TestCacheElague vérifie que ce qui a servi le moins récemment part d'abord, et que rien d'autre ne part.
func TestCacheElague(t *testing.T) {
	c := cache{t.TempDir()}
	debut := time.Now().Add(-5 * vieux)
	for i := range 6 {
		garder(t, c, fmt.Sprint(i), unRendu("a"))
		quand := debut.Add(time.Duration(i) * time.Minute)
		if err := os.Chtimes(c.chemin(fmt.Sprint(i)), quand, quand); err != nil {
			t.Fatal(err)
		}
	}
	poser(t, c.dossier, prefixeNeuf+"reste", "", 0o600)
	if err := os.Chtimes(filepath.Join(c.dossier, prefixeNeuf+"reste"), debut, debut); err != nil {
		t.Fatal(err)
	}
	poser(t, c.dossier, prefixeNeuf+"en_cours", "", 0o600)
	poser(t, c.dossier, "notes.txt", "", 0o600)
	if c.lire("0") == nil {
		t.Fatal("la plus ancienne doit se lire")
	}
	c.elaguer(3, 1<<30)
	verifierRestes(t, c, "0.json.gz 4.json.gz 5.json.gz neuf-en_cours notes.txt")
	infos, err := os.Stat(c.chemin("0"))
	if err != nil {
		t.Fatal(err)
	}
	c.elaguer(100, infos.Size()*5/2)
	verifierRestes(t, c, "0.json.gz 5.json.gz neuf-en_cours notes.txt")
	cache{}.elaguer(0, 0)
	cache{filepath.Join(c.dossier, "absent")}.elaguer(0, 0)
}

func verifierRestes(t *testing.T, c cache, attendus string) {
	t.Helper()
	entrees, err := os.ReadDir(c.dossier)
	var noms []string
	for _, e := range entrees {
		noms = append(noms, e.Name())
	}
	if restes := strings.Join(noms, " "); err != nil || restes != attendus {
		t.Errorf("il reste %s ; %s attendus (%v)", restes, attendus, err)
	}
}

// TestCacheDePlusieurs vérifie qu'on ne lit jamais une entrée à moitié écrite.
func TestCacheDePlusieurs(t *testing.T) {
	c := cache{t.TempDir()}
	r := unRendu(strings.Repeat("capteur", 1000))
	garder(t, c, "cle", r)
	var fils sync.WaitGroup
	for i := range 4 {
		fils.Go(func() {
			for range 50 {
				if paquet, err := emballer("cle", r); i%2 == 0 && (err != nil || c.ecrire("cle", paquet) != nil) {
					t.Error("l'écriture a échoué")
				}
				if lu := c.lire("cle"); lu == nil || !reflect.DeepEqual(lu, r) {
					t.Error("l'entrée n'est pas entière")
				}
			}
		})
	}
	fils.Wait()
}
