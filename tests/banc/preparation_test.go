package banc

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"capteurs/tests/couche"
	"capteurs/tests/decouverte"
)

// copieDe copie un dossier, et rend les fichiers copiés et les remarques.
func copieDe(t *testing.T, rendu string) (fichiers []string, remarques string) {
	t.Helper()
	copie := filepath.Join(t.TempDir(), "copie")
	rs, err := Copier(rendu, copie)
	if err != nil {
		t.Fatal(err)
	}
	_ = filepath.WalkDir(copie, func(chemin string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			relatif, _ := filepath.Rel(copie, chemin)
			fichiers = append(fichiers, filepath.ToSlash(relatif))
		}
		return err
	})
	return fichiers, strings.Join(rs, "\n")
}

// TestCopier vérifie que ne se copie que l'œuvre de l'élève, et que ce qui est écarté est dit sans rien commander au terminal.
func TestCopier(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("les liens y demandent des droits")
	}
	racine := t.TempDir()
	rendu := filepath.Join(racine, "rendu")
	for _, nom := range []string{"client.py", "src/serveur.py", ".git/config", ".cache/x", "__pycache__/a.pyc", "venv/lib/x.py", "node_modules/x/y.js", "attendu.toml", "données été.txt"} {
		deposer(t, filepath.Join(rendu, nom), "x")
	}
	deposer(t, filepath.Join(racine, "secret.txt"), "x")
	for lien, cible := range map[string]string{"dehors": "../secret.txt", "racine": "/", "dedans": "client.py", "mal\x1b[2Jfait\n": "/etc/passwd"} {
		if err := os.Symlink(cible, filepath.Join(rendu, lien)); err != nil {
			t.Fatal(err)
		}
	}
	if err := exec.Command("mkfifo", filepath.Join(rendu, "tube")).Run(); err != nil {
		t.Log(err)
	}
	if err := os.Chmod(filepath.Join(rendu, "client.py"), 0o755); err != nil {
		t.Fatal(err)
	}
	alias := filepath.Join(racine, "alias") // le dossier donné peut être un lien
	if err := os.Symlink(rendu, alias); err != nil {
		t.Fatal(err)
	}
	for _, donne := range []string{rendu, alias} {
		fichiers, remarques := copieDe(t, donne)
		if voulus := []string{"client.py", "données été.txt", "src/serveur.py"}; !slices.Equal(fichiers, voulus) {
			t.Errorf("copiés : %q ; attendus : %q", fichiers, voulus)
		}
		if strings.ContainsAny(remarques, "\x1b") || strings.Count(remarques, "lien ou fichier spécial, écarté") < 4 || strings.Count(remarques, "\n") > 4 {
			t.Errorf("remarques : %q", remarques)
		}
	}
}

// TestCopierIllisible vérifie qu'un fichier ou un dossier qu'on ne peut pas lire n'empêche pas de lire les autres.
func TestCopierIllisible(t *testing.T) {
	if os.Geteuid() == 0 || runtime.GOOS == "windows" {
		t.Skip("rien n'est illisible à root")
	}
	rendu := t.TempDir()
	for _, nom := range []string{"a.py", "b.py", "d/x.py", "e.py"} {
		deposer(t, filepath.Join(rendu, nom), "x")
	}
	for _, nom := range []string{"b.py", "d"} {
		chemin := filepath.Join(rendu, nom)
		if err := os.Chmod(chemin, 0); err != nil {
			t.Fatal(err)
		}
		defer os.Chmod(chemin, 0o700)
	}
	fichiers, remarques := copieDe(t, rendu)
	if !slices.Equal(fichiers, []string{"a.py", "e.py"}) || remarques != "b.py : illisible, écarté\nd : illisible, écarté" {
		t.Errorf("copiés : %q ; remarques : %q", fichiers, remarques)
	}
}

// TestCopierTrop vérifie que la copie s'arrête : trop de fichiers, trop de dossiers, trop d'octets.
func TestCopierTrop(t *testing.T) {
	couche.Entiere(t, "des milliers de fichiers")
	t.Parallel()
	beaucoup, gros := t.TempDir(), t.TempDir()
	for i := range fichiersCopies/2 + 10 {
		if err := os.WriteFile(filepath.Join(beaucoup, fmt.Sprintf("f%d", i)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(filepath.Join(beaucoup, fmt.Sprintf("d%d", i)), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 3 {
		f, err := os.Create(filepath.Join(gros, fmt.Sprint(i)))
		if err == nil {
			err = f.Truncate(octetsCopies / 2)
			f.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for rendu, max := range map[string]int{beaucoup: fichiersCopies/2 - 5, gros: 2} {
		fichiers, remarques := copieDe(t, rendu)
		if len(fichiers) > max || !strings.Contains(remarques, "copie arrêtée à ") {
			t.Errorf("%d fichiers copiés ; %q", len(fichiers), remarques)
		}
	}
}

// TestPreparer vérifie qu'un programme qui ne se construit pas est un fait, dit avec les mots du compilateur ; et que tout est
// retiré à la fin.
func TestPreparer(t *testing.T) {
	t.Setenv("KATA_SECRET", "à ne pas voir")
	t.Setenv("TMPDIR", t.TempDir())
	rendu := t.TempDir()
	deposer(t, filepath.Join(rendu, decouverte.NomManifeste), `[procedural]
serveur = "{sortie}/serveur"
construit = ["sh -c 'echo secret=$KATA_SECRET; touch construit; echo une faute ici >&2; exit 3'"]
[poo]
client = "{sortie}/client"
construit = ["sh -c 'echo ok > {sortie}/client'"]
`)
	p, err := Preparer(t.Context(), rendu, Construction{Permise: true})
	if err != nil {
		t.Fatal(err)
	}
	fautif := p.Rendu.Etapes[decouverte.Procedural].Serveur.Erreur
	if !strings.Contains(fautif, "une faute ici") || !strings.Contains(fautif, "exit status 3") || strings.Contains(fautif, "à ne pas voir") {
		t.Errorf("erreur : %q", fautif)
	}
	if bon := p.Rendu.Etapes[decouverte.POO].Client; bon.Erreur != "" {
		t.Errorf("erreur : %q", bon.Erreur)
	} else if _, err := os.Stat(strings.ReplaceAll(bon.Commande[0], "{sortie}", p.Sortie)); err != nil {
		t.Errorf("construit ailleurs : %v", err)
	}
	if _, err := os.Stat(filepath.Join(rendu, "construit")); err == nil {
		t.Error("le rendu lui-même a changé")
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if restes, _ := os.ReadDir(os.Getenv("TMPDIR")); len(restes) > 0 {
		t.Errorf("reste : %v", restes)
	}
}

var sceneConstruction = scene("construction", func(b *Banc) Resultat {
	b.rendu.Etapes[decouverte.Procedural].Serveur.Erreur = "une faute de frappe"
	_, err := b.LancerServeur()
	return vu("%v", err)
})

// TestPreparerRien vérifie qu'un dossier qui n'existe pas se dit, et ne se prépare pas.
func TestPreparerRien(t *testing.T) {
	if p, err := Preparer(t.Context(), filepath.Join(t.TempDir(), "absent"), Construction{}); err == nil || p != nil {
		t.Errorf("%+v, %v", p, err)
	}
}

// TestConstructionFautive vérifie que lancer un programme qui ne se construit pas dit pourquoi.
func TestConstructionFautive(t *testing.T) {
	r := essai{Scene: sceneConstruction, Niveau: N0, Fichiers: casFichiers{"serveur.sh": ""}}.jouer(t)
	if r.Resultat.Observe != ErrConstruction.Error()+" : une faute de frappe" {
		t.Error(r.Resultat.Observe)
	}
}

// TestOutilsDeLaMaison vérifie qu'un interprète rangé dans la maison de qui corrige ne la montre pas tout entière.
func TestOutilsDeLaMaison(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("il n'y a pas de cloison")
	}
	maison := t.TempDir()
	t.Setenv("HOME", maison)
	t.Setenv("PATH", filepath.Join(maison, "bin"))
	deposer(t, filepath.Join(maison, "bin", "ruby"), "#!/bin/sh\n")
	if err := os.Chmod(filepath.Join(maison, "bin", "ruby"), 0o755); err != nil {
		t.Fatal(err)
	}
	p := &Preparation{Rendu: decouverte.Rendu{Etapes: map[decouverte.Etape]decouverte.Paire{decouverte.Procedural: {Client: &decouverte.Programme{Commande: []string{"ruby"}}, Serveur: &decouverte.Programme{Commande: []string{"rien-de-tel"}}}}}}
	p.trouverOutils(t.Context())
	if !slices.Equal(p.Outils, []string{filepath.Join(maison, "bin")}) {
		t.Errorf("montrés : %q", p.Outils)
	}
	if !slices.ContainsFunc(p.Rendu.Remarques, func(r string) bool { return strings.Contains(r, "rien-de-tel n'est pas installé") }) {
		t.Errorf("remarques : %q", p.Rendu.Remarques)
	}
}

// TestConstructionDuRendu vérifie que ce qu'un rendu demande de lancer hors de la cloison ne l'est pas sans permission.
func TestConstructionDuRendu(t *testing.T) {
	rendu, temoin := t.TempDir(), filepath.Join(t.TempDir(), "temoin")
	texte := "[procedural]\nclient = \"sh c.sh\"\nserveur = \"sh c.sh\"\nconstruit = [\"sh -c 'echo > " + temoin + "'\"]\n"
	if err := os.WriteFile(filepath.Join(rendu, decouverte.NomManifeste), []byte(texte), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, permission := range []string{"", "groupe_b", "oui", "groupe_b, groupe_a"} {
		t.Setenv(VariableConstruire, permission)
		permise := permission == "oui" || strings.Contains(permission, "groupe_a")
		p, err := Preparer(t.Context(), rendu, Construction{Permise: ConstructionPermise("groupe_a")})
		if err != nil {
			t.Fatal(err)
		}
		dit := p.Rendu.Etapes[decouverte.Procedural].Serveur.Erreur
		p.Close()
		if _, err := os.Stat(temoin); (err == nil) != permise {
			t.Errorf("permission %q : %v", permission, err)
		}
		if strings.Contains(dit, VariableConstruire) == permise {
			t.Errorf("permission %q : %q", permission, dit)
		}
	}
}
