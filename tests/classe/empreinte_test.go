package classe

import (
	"encoding/binary"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"capteurs/tests/banc"
	"capteurs/tests/criteres"
	"capteurs/tests/decouverte"
)

// arbre est un rendu en mémoire : chemin, texte, exécutable ou non.
type arbre map[string]struct {
	Texte      string
	Executable bool
}

func tirerArbre() *rapid.Generator[arbre] {
	chemin := rapid.SampledFrom([]string{
		"client.py", "client.pya", "serveur.py", "step2_poo/client.py", "a/b", "ab", "a b", ".git/config", ".cache", "__pycache__/x.pyc", "env/client.py",
		"env/pyvenv.cfg", "testdata/serveur.py", "attendu.toml", "tests/test_client.py", "vide/.garde", "kata.txt",
	})
	return rapid.Custom(func(t *rapid.T) arbre {
		a := arbre{}
		for _, nom := range rapid.SliceOfNDistinct(chemin, 0, 6, rapid.ID).Draw(t, "chemins") {
			f := a[nom]
			f.Texte = rapid.SampledFrom([]string{"", "a", "ab", "b", "import socket\ns = socket.socket()\ns.listen()\n", "import socket\ns.connect(('', 5000))\n"}).Draw(t, "texte")
			f.Executable = rapid.Bool().Draw(t, "exécutable")
			a[nom] = f
		}
		return a
	})
}

// ecrire pose un arbre dans un dossier neuf.
func (a arbre) ecrire(t *rapid.T, base, nom string) string {
	dossier := filepath.Join(base, nom)
	if err := os.Mkdir(dossier, 0o755); err != nil {
		t.Fatalf("%v", err)
	}
	for chemin, f := range a {
		droits := os.FileMode(0o644)
		if f.Executable {
			droits = 0o755
		}
		poser(t, dossier, chemin, f.Texte, droits)
	}
	return dossier
}

// changer rend un arbre voisin : le même, à une chose près.
func (a arbre) changer(t *rapid.T) arbre {
	b := maps.Clone(a)
	if len(a) == 0 {
		return tirerArbre().Draw(t, "autre")
	}
	chemins := slices.Sorted(maps.Keys(a))
	lequel := rapid.SampledFrom(chemins).Draw(t, "lequel")
	f := a[lequel]
	switch rapid.SampledFrom([]string{"rien", "droit", "texte", "retrait", "ajout"}).Draw(t, "changement") {
	case "droit":
		f.Executable = !f.Executable
		b[lequel] = f
	case "texte":
		f.Texte += "\n"
		b[lequel] = f
	case "retrait":
		delete(b, lequel)
	case "ajout":
		maps.Copy(b, tirerArbre().Draw(t, "ajouts"))
	}
	return b
}

// TestEmpreinteSansCollision vérifie qu'un texte qui imite la suite de la somme ne la remplace pas.
func TestEmpreinteSansCollision(t *testing.T) {
	suite := binary.BigEndian.AppendUint64([]byte("f\x00\x00\x00\x00\x00\x00\x00\x01b"), 0)
	un, deux := t.TempDir(), t.TempDir()
	poser(t, un, "a", string(suite), 0o644)
	poser(t, deux, "a", "", 0o644)
	poser(t, deux, "b", "", 0o644)
	a, errA := Empreinte(un)
	b, errB := Empreinte(deux)
	if a == b || errA != nil || errB != nil || len(a) != 64 {
		t.Errorf("empreintes %s et %s, %v, %v", a, b, errA, errB)
	}
}

// TestEmpreinte vérifie que deux rendus ont la même empreinte si, et seulement si, le banc en ferait la même copie ; et que la
// même clé dit que le banc y trouverait les mêmes programmes.
func TestEmpreinte(t *testing.T) {
	egales := 0
	rapid.Check(t, func(t *rapid.T) {
		base, err := os.MkdirTemp("", "essai-")
		if err != nil {
			t.Fatalf("%v", err)
		}
		defer os.RemoveAll(base)
		a := tirerArbre().Draw(t, "a")
		b := a.changer(t)
		var vus [2]contenu
		var copies [2]arbre
		for i, un := range []arbre{a, b} {
			dossier := un.ecrire(t, base, string(rune('a'+i)))
			if vus[i], err = lireContenu(dossier); err != nil {
				t.Fatalf("%v", err)
			}
			copies[i] = copie(t, dossier, filepath.Join(base, string(rune('A'+i))))
		}
		if (vus[0].empreinte == vus[1].empreinte) != reflect.DeepEqual(copies[0], copies[1]) {
			t.Fatalf("empreintes %.8s et %.8s pour des copies %v et %v", vus[0].empreinte, vus[1].empreinte, copies[0], copies[1])
		}
		cles := [2]string{}
		for i := range vus {
			if cles[i], err = cle(vus[i], criteres.Options{}); err != nil {
				t.Fatalf("%v", err)
			}
			vus[i].trouve.Dossier = ""
		}
		if cles[0] == cles[1] {
			egales++
			if !reflect.DeepEqual(vus[0].trouve, vus[1].trouve) {
				t.Fatalf("une clé pour deux choses : %v et %v", vus[0].trouve, vus[1].trouve)
			}
		} else if reflect.DeepEqual(vus[0], vus[1]) {
			t.Fatal("deux clés pour la même chose")
		}
	})
	if egales == 0 {
		t.Error("jamais deux contenus égaux : la propriété n'a rien vérifié")
	}
}

// copie rend ce que le banc copierait, dossiers compris.
func copie(t *rapid.T, dossier, cible string) arbre {
	if err := os.Mkdir(cible, 0o755); err != nil {
		t.Fatalf("%v", err)
	}
	if _, err := banc.Copier(dossier, cible); err != nil {
		t.Fatalf("%v", err)
	}
	lu := arbre{}
	err := filepath.WalkDir(cible, func(chemin string, e os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		infos, err := e.Info()
		if err != nil {
			return err
		}
		relatif, _ := filepath.Rel(cible, chemin)
		f := lu[relatif]
		if f.Texte = "dossier"; !e.IsDir() {
			octets, err := os.ReadFile(chemin)
			if err != nil {
				return err
			}
			f.Texte, f.Executable = "fichier "+string(octets), infos.Mode()&0o111 != 0
		}
		lu[relatif] = f
		return nil
	})
	if err != nil {
		t.Fatalf("%v", err)
	}
	return lu
}

// TestCle vérifie que la clé change avec chaque chose qui peut changer un verdict, et avec rien d'autre.
func TestCle(t *testing.T) {
	vu := contenu{empreinte: "abc", trouve: decouverte.Rendu{Etapes: map[decouverte.Etape]decouverte.Paire{
		decouverte.POO: {Client: &decouverte.Programme{Fichier: "client.py", Commande: []string{"interprete_de_test", "client.py"}}},
	}}}
	outils := t.TempDir()
	t.Setenv("PATH", outils+string(os.PathListSeparator)+os.Getenv("PATH"))
	t.Setenv(variableConstruire, "")
	calculer := func(o criteres.Options) string {
		t.Helper()
		c, err := cle(vu, o)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	depart := calculer(criteres.Options{})
	for _, memes := range []criteres.Options{{Patience: 1}, {Dabord: []string{"CLI-01"}}, {Places: make(chan struct{}, 1)}, {Suivre: func(criteres.Progres) {}}} {
		if calculer(memes) != depart {
			t.Errorf("%+v ne change aucun verdict", memes)
		}
	}
	if calculer(criteres.Options{Seuls: []string{"A", "B"}}) != calculer(criteres.Options{Seuls: []string{"B", "A", "B"}}) {
		t.Error("l'ordre des critères demandés ne change aucun verdict")
	}
	vues := map[string]string{depart: "départ"}
	distincte := func(quoi string, o criteres.Options) {
		t.Helper()
		c := calculer(o)
		if vues[c] != "" {
			t.Errorf("%s : la même clé que « %s »", quoi, vues[c])
		}
		vues[c] = quoi
	}
	distincte("graine", criteres.Options{Graine: 1})
	distincte("patience", criteres.Options{Patience: 2})
	distincte("niveau", criteres.Options{Niveau: banc.N0})
	distincte("critères", criteres.Options{Seuls: []string{"CLI-01"}})
	distincte("autres critères", criteres.Options{Seuls: []string{"CLI-02"}})
	distincte("construction permise à celui-ci", criteres.Options{Construire: true})
	t.Setenv(variableConstruire, "oui")
	distincte("construction permise", criteres.Options{})
	t.Setenv(variableConstruire, "")
	vu.ecartes = []string{"lien : écarté"}
	distincte("écartés", criteres.Options{})
	vu.ecartes = nil
	vu.empreinte = "abd"
	distincte("contenu", criteres.Options{})
	vu.empreinte = "abc"
	if calculer(criteres.Options{}) != depart {
		t.Fatal("revenir au départ doit rendre la clé du départ")
	}
	poser(t, outils, "interprete_de_test", "#!/bin/sh\n", 0o755)
	if _, err := exec.LookPath("interprete_de_test"); err == nil {
		distincte("interprète installé", criteres.Options{})
		poser(t, outils, "interprete_de_test", "#!/bin/sh\n#\n", 0o755)
		distincte("interprète changé", criteres.Options{})
	}
}
