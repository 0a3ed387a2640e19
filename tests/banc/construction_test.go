//go:build linux

package banc

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"capteurs/tests/couche"
	"capteurs/tests/decouverte"
)

// voisinage est ce qu'un rendu ne doit ni lire ni écrire : une maison, un autre rendu, un cache, un environnement.
type voisinage struct {
	racine string
	avant  map[string]string
}

const secretDuVoisin = "secret-du-voisin-7421"

func nouveauVoisinage(t *testing.T) *voisinage {
	t.Helper()
	v := &voisinage{racine: t.TempDir()}
	for _, nom := range []string{"maison/.ssh/cle", "rendus/groupe_b/client.py", "cache/00/entree-d", "modules/exemple.org/m@v1.0.0/m.go"} {
		deposer(t, filepath.Join(v.racine, nom), secretDuVoisin)
	}
	t.Setenv("KATA_SECRET", secretDuVoisin)
	v.avant = v.contenu(t)
	return v
}

func (v *voisinage) contenu(t *testing.T) map[string]string {
	t.Helper()
	tous := map[string]string{}
	err := filepath.WalkDir(v.racine, func(chemin string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			texte, errLu := os.ReadFile(chemin)
			tous[chemin], err = string(texte), errLu
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return tous
}

// verifier dit ce qui y a changé, et ce qui en a été lu dans ces textes.
func (v *voisinage) verifier(t *testing.T, textes ...string) {
	t.Helper()
	if apres := v.contenu(t); !maps.Equal(apres, v.avant) {
		t.Errorf("le voisinage a changé : %q", slices.Sorted(maps.Keys(apres)))
	}
	for _, texte := range textes {
		if strings.Contains(texte, secretDuVoisin) {
			t.Errorf("le secret a été lu : %s", texte)
		}
	}
}

// fouineur est un script de construction qui cherche tout ce qu'il ne doit pas avoir.
const fouineur = `env
cat VOISIN/maison/.ssh/cle VOISIN/rendus/groupe_b/client.py /proc/1/environ
for d in VOISIN/maison VOISIN/rendus/groupe_b VOISIN/cache/00 VOISIN/modules/exemple.org/m@v1.0.0 /usr /etc; do echo x > $d/client.py; done
echo empoisonne > $GOCACHE/00/entree-d; rm -rf $GOCACHE/00; echo x > $GOCACHE/trim.txt
echo "cache : $(cat $GOCACHE/00/entree-d)"
mkdir -p {sortie}/sous; echo fait > {sortie}/sous/programme; echo ajout > ajout.txt; ln -s /etc/passwd {sortie}/lien
exit 3`

// TestConstructionCloisonnee vérifie que ce qui construit un rendu ne lit ni n'écrit rien de qui corrige, ni n'empoisonne ses caches,
// même quand un compilateur se laisse faire ; et que ce qu'il construit en revient.
func TestConstructionCloisonnee(t *testing.T) {
	exigerCloison(t)
	v := nouveauVoisinage(t)
	p := preparationVide(t)
	deposer(t, filepath.Join(p.Dossier, "client.go"), "package main")
	demande := func(script string) Reponse {
		t.Helper()
		r, err := Confier(t.Context(), Demande{
			Critere: "construction", Dossier: p.Dossier, Sortie: p.Sortie, Ancrage: p.Ancrage, Niveau: N1, Patience: 1,
			Go:        &outilsGo{Cache: filepath.Join(v.racine, "cache"), Modules: filepath.Join(v.racine, "modules")},
			Chantiers: []Chantier{{decouverte.Programme{Fichier: "client.go", Dossier: ".", Construit: [][]string{{"sh", "-c", strings.ReplaceAll(script, "VOISIN", v.racine)}}}, "."}},
		})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	r := demande(fouineur)
	if len(r.Fautes) != 1 || !strings.Contains(r.Fautes[0], "code 3") || !strings.Contains(r.Fautes[0], "cache :") {
		t.Errorf("fautes : %q", r.Fautes)
	}
	v.verifier(t, r.Fautes...)
	for nom, voulu := range map[string]string{"sortie/sous/programme": "fait\n", "rendu/ajout.txt": "ajout\n", "rendu/client.go": "package main"} {
		if texte, err := os.ReadFile(filepath.Join(p.temporaire, nom)); err != nil || string(texte) != voulu {
			t.Errorf("%s : %q, %v", nom, texte, err)
		}
	}
	if _, err := os.Lstat(filepath.Join(p.Sortie, "lien")); err == nil {
		t.Error("un lien est revenu de la construction")
	}
	// Le rendu suivant lit le cache tel qu'il était, et ne voit rien de ce qu'y a mis le précédent.
	r = demande(`test "$(cat $GOCACHE/00/entree-d)" = "` + secretDuVoisin + `" && test "$(cat $GOCACHE/trim.txt)" != x`)
	if !slices.Equal(r.Fautes, []string{""}) {
		t.Errorf("cache du rendu suivant : %q", r.Fautes)
	}
	v.verifier(t)
}

// TestConstructionLimitee vérifie que ce qui construit a les limites et les alertes de ce qui tourne.
func TestConstructionLimitee(t *testing.T) {
	exigerCloison(t)
	p := preparationVide(t)
	for script, alerte := range map[string]string{
		"while :; do (sleep 600 &) ; done": "multiplication sans fin",
		"yes":                              "écrits sur ses sorties",
		"(setsid sleep 600 >/dev/null 2>&1 &); sleep 0.5":                           "laissés en arrière-plan",
		"for i in 1 2 3 4 5 6 7 8 9; do head -c 60M /dev/zero > g$i; done; sleep 5": "écriture sans fin",
	} {
		r, err := Confier(t.Context(), Demande{
			Critere: "construction", Dossier: p.Dossier, Sortie: p.Sortie, Ancrage: p.Ancrage, Niveau: N1, Patience: 1,
			Chantiers: []Chantier{{decouverte.Programme{Dossier: ".", Construit: [][]string{{"sh", "-c", script}}}, "."}},
		})
		if texte := fmt.Sprint(r.Alertes, err); !strings.Contains(texte, alerte) {
			t.Errorf("%s : %s ; « %s » attendu", script, texte, alerte)
		}
	}
}

// preparationVide est une préparation sans programme.
func preparationVide(t *testing.T) *Preparation {
	t.Helper()
	racine := t.TempDir()
	p := &Preparation{temporaire: racine, Dossier: filepath.Join(racine, "rendu"), Sortie: filepath.Join(racine, "sortie"), Ancrage: filepath.Join(racine, "ouvriers")}
	for _, d := range []string{p.Dossier, p.Sortie, p.Ancrage} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

const (
	goSeul   = "package main\n\nimport \"errors\"\n\nfunc main() { println(errors.New(\"net.Dial(\")) }\n" // peu à construire, d'un cache vide
	javaSeul = "import java.net.Socket;\n\npublic class Client {\n    public static void main(String[] a) throws Exception { new Socket(\"127.0.0.1\", 5000).close(); }\n}\n"
)

// TestNomsQuiCommandent vérifie qu'un nom de fichier ne devient jamais une option de ce qui construit.
func TestNomsQuiCommandent(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		dossier, err := os.MkdirTemp("", "noms-")
		if err != nil {
			rt.Fatal(err)
		}
		defer os.RemoveAll(dossier)
		tete := rapid.SampledFrom([]string{"-", "@", "--", "-toolexec=sh mal.sh ", "-J-javaagent:", "-Xplugin:", "+", "...", "-o=", "@@", "«"}).Draw(rt, "tête")
		ext := rapid.SampledFrom([]string{".go", ".java"}).Draw(rt, "extension")
		textes := map[string]string{".go": goSeul, ".java": javaSeul}
		sous := rapid.SampledFrom([]string{"", "src/", tete + "/"}).Draw(rt, "dossier")
		if rapid.Bool().Draw(rt, "module") {
			deposer(t, filepath.Join(dossier, "go.mod"), "module m\n\ngo 1.21\n")
		}
		deposer(t, filepath.Join(dossier, sous+tete+"client"+ext), textes[ext])
		rendu, err := decouverte.Trouver(dossier)
		if err != nil {
			rt.Fatal(err)
		}
		p := rendu.Etapes[decouverte.Procedural].Client
		if p == nil {
			rt.Skip("aucun client")
		}
		for _, commande := range p.Construit {
			for _, mot := range commande[1:] {
				if strings.Contains(mot, "client") && !strings.HasPrefix(mot, "./") && !strings.HasPrefix(mot, decouverte.Sortie+"/") || strings.HasPrefix(mot, "@") {
					rt.Errorf("%q : %q peut être pris pour une option", commande, mot)
				}
			}
		}
	})
}

// TestConstructionsHostiles vérifie, sur de vrais compilateurs, que des rendus qui font exécuter du code à ce qui les construit n'y
// arrivent pas, au mieux que dans la cloison : rien de qui corrige n'est lu ni écrit.
func TestConstructionsHostiles(t *testing.T) {
	exigerCloison(t)
	v := nouveauVoisinage(t)
	espionner := "#!/bin/sh\nenv > " + v.racine + "/rendus/groupe_b/vole.txt\necho x >> " + v.racine + "/rendus/groupe_b/client.py\n"
	rendus := map[string]casFichiers{
		"option":    {"-toolexec=sh mal.sh client.go": goSeul, "mal.sh": espionner + "exec \"$@\"\n"},
		"arguments": {"@Client.java": javaSeul, "Client.java": "-d " + v.racine + "/rendus/groupe_b Outil.java", "Outil.java": "class Outil {}\n"},
		"greffon":   {"Client.java": javaSeul},
		// Ce que go lit d'un module : hors de la cloison, l'assembleur citerait le fichier qu'on lui fait inclure.
		"assembleur":   {"go.mod": "module m\n\ngo 1.21\n", "client.go": goSeul, "a.s": "#include \"" + v.racine + "/maison/.ssh/cle\"\n"},
		"c":            {"go.mod": "module m\n\ngo 1.21\n", "client.go": goSeul, "c.go": "package main\n\n// #cgo CFLAGS: -fplugin=./mal.so\n// #include \"" + v.racine + "/maison/.ssh/cle\"\nimport \"C\"\n"},
		"remplacement": {"go.mod": "module m\n\ngo 1.21\n\nrequire exemple.org/m v1.0.0\n\nreplace exemple.org/m => " + v.racine + "/modules/exemple.org/m@v1.0.0\n", "client.go": strings.Replace(goSeul, `import "errors"`, "import (\n\t\"errors\"\n\t_ \"exemple.org/m\"\n)", 1)},
		"git":          {"go.mod": "module m\n\ngo 1.21\n", "client.go": goSeul, ".git": "gitdir: depot\n", "depot/config": "[core]\n\tfsmonitor = sh mal.sh\n", "mal.sh": espionner},
	}
	for nom, fichiers := range rendus {
		t.Run(nom, func(t *testing.T) {
			outil, niveaux := "javac", []Niveau{N1, N0} // les commandes, à elles seules, suffisent déjà
			switch nom {
			case "option":
				outil = "go"
			case "assembleur", "c", "remplacement", "git":
				outil, niveaux = "go", []Niveau{N1}
			}
			if _, err := exec.LookPath(outil); err != nil {
				t.Skip(outil, " n'est pas installé")
			}
			rendu := t.TempDir()
			for fichier, texte := range fichiers {
				deposer(t, filepath.Join(rendu, fichier), texte)
			}
			if nom == "greffon" {
				poserGreffon(t, rendu, v.racine)
			}
			for _, niveau := range niveaux {
				p, err := Preparer(t.Context(), rendu, Construction{Niveau: niveau})
				if err != nil {
					t.Fatal(err)
				}
				defer p.Close()
				if p.Rendu.Etapes[decouverte.Procedural].Client == nil {
					t.Fatalf("aucun client trouvé : %q", p.Rendu.Remarques)
				}
				v.verifier(t, p.Rendu.Etapes[decouverte.Procedural].Client.Erreur)
			}
		})
	}
}

// poserGreffon met dans un rendu un greffon de javac tout compilé, qui s'annonce de lui-même.
func poserGreffon(t *testing.T, rendu, voisin string) {
	t.Helper()
	const greffon = `import com.sun.source.util.*; import java.nio.file.*;
public class Greffon implements Plugin {
    public String getName() { return "Greffon"; }
    public boolean autoStart() { return true; }
    public void init(JavacTask t, String... a) {
        try { Files.writeString(Path.of("VOISIN/rendus/groupe_b/vole.txt"), System.getenv().toString()); } catch (Exception e) { }
        throw new RuntimeException("GREFFON " + System.getenv("KATA_SECRET"));
    }
}
`
	source := t.TempDir()
	deposer(t, filepath.Join(source, "Greffon.java"), strings.ReplaceAll(greffon, "VOISIN", voisin))
	cmd := exec.Command("javac", "-proc:none", "-d", rendu, filepath.Join(source, "Greffon.java"))
	if dit, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v : %s", err, dit)
	}
	deposer(t, filepath.Join(rendu, "META-INF/services/com.sun.source.util.Plugin"), "Greffon\n")
}

// TestSansReseau vérifie que ce qui demande le réseau le dit, avec ce qui manque et ce que peut faire qui corrige.
func TestSansReseau(t *testing.T) {
	exigerCloison(t)
	for nom, c := range map[string]struct {
		fichiers casFichiers
		dit      string
	}{
		"module": {casFichiers{"go.mod": "module m\n\ngo 1.21\n\nrequire exemple.invalid/absent v1.2.3\n", "client.go": strings.Replace(goSeul, `import "errors"`, "import (\n\t\"errors\"\n\t_ \"exemple.invalid/absent\"\n)", 1)}, "exemple.invalid/absent"},
		"go":     {casFichiers{"go.mod": "module m\n\ngo 1.99\n", "client.go": goSeul}, "1.99"},
		"jar":    {casFichiers{"Client.java": "import com.exemple.absent.Gson;\n" + javaSeul}, "com.exemple.absent"},
	} {
		t.Run(nom, func(t *testing.T) {
			rendu := t.TempDir()
			outil := "go"
			for fichier, texte := range c.fichiers {
				deposer(t, filepath.Join(rendu, fichier), texte)
				if filepath.Ext(fichier) == ".java" {
					outil = "javac"
				}
			}
			if _, err := exec.LookPath(outil); err != nil {
				t.Skip(outil, " n'est pas installé")
			}
			p, err := Preparer(t.Context(), rendu, Construction{Niveau: N1})
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			dit := p.Rendu.Etapes[decouverte.Procedural].Client.Erreur
			if !strings.Contains(dit, c.dit) || !strings.Contains(dit, VariableConstruire) || !strings.Contains(dit, "réseau") {
				t.Errorf("dit : %s", dit)
			}
		})
	}
}

// BenchmarkCoutDeLaCloison mesure, dans une même exécution, ce que la cloison coûte à la construction d'un rendu juste, le cache de Go
// étant chaud ; « rapport » est celui des meilleures durées.
//
//	go test -run '^$' -bench CoutDeLaCloison -benchtime 10x ./tests/banc
func BenchmarkCoutDeLaCloison(b *testing.B) {
	exigerCloison(b)
	if _, err := exec.LookPath("go"); err != nil {
		b.Skip("go n'est pas installé")
	}
	meilleures := map[Niveau]time.Duration{}
	construire := func(niveau Niveau) time.Duration {
		depart := time.Now()
		p, err := Preparer(b.Context(), "../testdata/rendus/juste_10_go", Construction{Niveau: niveau})
		if err != nil {
			b.Fatal(err)
		}
		defer p.Close()
		for _, programme := range p.programmes() {
			if programme.Erreur != "" {
				b.Fatal(programme.Erreur)
			}
		}
		return time.Since(depart)
	}
	construire(N0) // le cache est chaud
	for b.Loop() {
		for _, niveau := range []Niveau{N0, N1} {
			if duree := construire(niveau); meilleures[niveau] == 0 || duree < meilleures[niveau] {
				meilleures[niveau] = duree
			}
		}
	}
	b.ReportMetric(float64(meilleures[N1])/float64(meilleures[N0]), "rapport")
}

// TestCacheEmpoisonne vérifie que ce qu'un rendu laisse dans un cache ne sert jamais à un autre : après sa construction, le cache de
// qui corrige a les mêmes fichiers, octet pour octet.
func TestCacheEmpoisonne(t *testing.T) {
	couche.Entiere(t, "construit d'un cache vide")
	exigerCloison(t)
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("go n'est pas installé")
	}
	cache := t.TempDir()
	t.Setenv("GOCACHE", cache)
	rendu := t.TempDir()
	deposer(t, filepath.Join(rendu, "go.mod"), "module m\n\ngo 1.21\n")
	deposer(t, filepath.Join(rendu, "client.go"), goSeul)
	p, err := Preparer(t.Context(), rendu, Construction{Niveau: N1})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for _, programme := range p.programmes() {
		if programme.Erreur != "" {
			t.Error(programme.Erreur)
		} else if lu, err := os.ReadFile(strings.ReplaceAll(programme.Commande[0], decouverte.Sortie, p.Sortie)); err != nil || !bytes.HasPrefix(lu, []byte("\x7fELF")) {
			t.Errorf("le programme construit n'est pas revenu : %v", err)
		}
	}
	if len(p.programmes()) == 0 {
		t.Error("rien n'a été construit")
	}
	if restes, _ := os.ReadDir(cache); len(restes) > 0 {
		t.Errorf("le cache de la machine a changé : %d entrées", len(restes))
	}
}
