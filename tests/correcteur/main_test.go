package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"

	"capteurs/tests/banc"
	"capteurs/tests/couche"
	"capteurs/tests/criteres"
)

func TestMain(m *testing.M) {
	if banc.EstOuvrier() {
		if err := banc.Travailler(criteres.Executer); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

const corpus = "../testdata/rendus"

// lancer lance le correcteur comme le ferait la ligne de commande, et rend son code de sortie et ce qu'il a écrit.
func lancer(t *testing.T, args ...string) (code int, sortie, erreurs string) {
	t.Helper()
	var fichiers [2]*os.File
	for i := range fichiers {
		f, err := os.CreateTemp(t.TempDir(), "")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		fichiers[i] = f
	}
	code = correcteur(t.Context(), args, fichiers[0], fichiers[1])
	var textes [2]string
	for i, f := range fichiers {
		texte, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		textes[i] = string(texte)
	}
	return code, textes[0], textes[1]
}

// exigerCloison saute un test qui lancerait un rendu hostile à même la machine.
func exigerCloison(t *testing.T) {
	t.Helper()
	if n, raison := criteres.Niveau(t.Context()); n != banc.N1 {
		if os.Getenv("KATA_CLOISON") == "requise" {
			t.Fatalf("KATA_CLOISON=requise, mais la cloison est refusée : %s", raison)
		}
		t.Skipf("cloison refusée : %s", raison)
	}
}

// TestHostiles vérifie que ce que fait un rendu hostile est contenu, et dit ; et que le rendu suivant est jugé comme si de rien n'était.
func TestHostiles(t *testing.T) {
	exigerCloison(t)
	const secret = "un secret de qui corrige"
	t.Setenv("SECRET_DU_CORRECTEUR", secret)
	maison := t.TempDir()
	t.Setenv("HOME", maison)
	if err := os.WriteFile(filepath.Join(maison, "secret.txt"), []byte(secret), 0o644); err != nil {
		t.Fatal(err)
	}
	hostiles, err := filepath.Glob(corpus + "/hostile_*")
	if err != nil || len(hostiles) < 6 {
		t.Fatalf("%d rendus hostiles, %v ; au moins 6 attendus", len(hostiles), err)
	}
	choisis := "CLI-02,SRV-03,PAI-01"
	if !couche.EstEntiere(t) {
		hostiles, choisis = []string{corpus + "/hostile_lit_dehors"}, "PAI-01"
	}
	for _, dossier := range hostiles {
		t.Run(filepath.Base(dossier), func(t *testing.T) {
			var attendu struct {
				Contient  []string `toml:"contient"`
				Arguments []string `toml:"arguments"`
			}
			texte, err := os.ReadFile(filepath.Join(dossier, "attendu.toml"))
			if err == nil {
				err = toml.Unmarshal(texte, &attendu)
			}
			if err != nil {
				t.Fatal(err)
			}
			code, sortie, erreurs := lancer(t, slices.Concat([]string{"-preuves", "-critere", choisis}, attendu.Arguments, []string{dossier})...)
			if code != toutReussi && code != desEchecs && code != pasConcluant {
				t.Errorf("code de sortie %d : %s", code, erreurs)
			}
			for _, mot := range attendu.Contient {
				if !strings.Contains(sortie, mot) {
					t.Errorf("%q attendu dans la fiche :\n%.3000s", mot, sortie)
				}
			}
			if strings.Contains(sortie, secret) {
				t.Error("le rendu a lu un secret de qui corrige")
			}
			if strings.ContainsAny(sortie, "\x1b\x07\u202e\u2066") {
				t.Error("ce que le rendu a écrit commande le terminal")
			}
		})
	}
	restes, err := os.ReadDir(maison)
	if err != nil || len(restes) != 1 {
		t.Errorf("le dossier personnel contient %v, %v ; rien de neuf attendu", restes, err)
	}
	if !couche.EstEntiere(t) {
		return // le corpus a déjà son rendu juste
	}
	if code, sortie, erreurs := lancer(t, "-critere", "SRV-03,CLI-02,PAI-01", corpus+"/juste_04_sqlite_socketserver"); code != toutReussi {
		t.Errorf("un rendu juste, après les hostiles : code %d\n%s%s", code, sortie, erreurs)
	}
}

func TestUsage(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		mot  string
	}{
		{[]string{"-h"}, toutReussi, "Usage"},
		{[]string{"-inconnue"}, mauvaisUsage, "option -inconnue inconnue"},
		{[]string{"-graine", "x"}, mauvaisUsage, "-graine"},
		{[]string{"-critere"}, mauvaisUsage, "-critere"},
		{[]string{"-format", "pdf"}, mauvaisUsage, "markdown"},
		{[]string{"-bareme", "/absent.toml", "."}, mauvaisUsage, "/absent.toml"},
		{[]string{"-decisions", "x.toml", "-bareme", "non"}, mauvaisUsage, "barème"},
		{[]string{"-classe", "/absent"}, mauvaisUsage, "/absent"},
		{[]string{"-classe", ".", "de_trop"}, mauvaisUsage, "de_trop"},
		{[]string{"-anonyme", "."}, mauvaisUsage, "-rapports"},
		{[]string{"-surveiller"}, mauvaisUsage, "-surveiller"},
		{[]string{"-explique", "SRV-99"}, mauvaisUsage, "SRV-99"},
		{[]string{"-explique", "srv-07"}, toutReussi, "aller-retour"},
		{[]string{"rejouer"}, mauvaisUsage, "critère"},
		{[]string{"rejouer", "-etape", "finale", "SRV-01", "."}, mauvaisUsage, "finale"},
		{[]string{"rendre"}, mauvaisUsage, "rapport"},
		{[]string{"rendre", "main.go"}, mauvaisUsage, "illisible"},
		{[]string{"-critere", "SRV-99", "."}, mauvaisUsage, "SRV-99"},
		{[]string{"-patience", "0", "."}, mauvaisUsage, "patience"},
		{[]string{"/chemin/qui/n/existe/pas"}, mauvaisUsage, "/chemin/qui/n/existe/pas"},
		{[]string{"-criteres"}, toutReussi, "SRV-01"},
	} {
		code, sortie, erreurs := lancer(t, c.args...)
		if code != c.code || !strings.Contains(sortie+erreurs, c.mot) {
			t.Errorf("%v : code %d, %q ; code %d et « %s » attendus", c.args, code, sortie+erreurs, c.code, c.mot)
		}
		for _, ligne := range strings.Split(sortie+erreurs, "\n") {
			if len([]rune(ligne)) > 80 {
				t.Errorf("%v : %d colonnes : %s", c.args, len([]rune(ligne)), ligne)
			}
		}
	}
}

// TestDepot vérifie que les trois étapes de ce dépôt réussissent tout, par le même banc que les rendus.
func TestDepot(t *testing.T) {
	couche.Entiere(t, "les trois étapes, sur tous les critères")
	exigerCloison(t)
	code, sortie, erreurs := lancer(t)
	if code != toutReussi || strings.Contains(sortie, "✘") {
		t.Errorf("code %d\n%s%s", code, sortie, erreurs)
	}
}
