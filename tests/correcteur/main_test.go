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
	"capteurs/tests/decouverte"
	"capteurs/tests/rapport"
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

// ecartsDeLEssentiel sont les DEVRAIT que l'essentiel ne peut pas remplir à sa taille, et pourquoi. Il n'y en a pas : même la
// mémoire y est bornée, en deux lignes.
var ecartsDeLEssentiel = map[string]string{}

// TestDepot vérifie que l'essentiel et les étapes de ce dépôt réussissent tout, par le même banc que les rendus, dans cet ordre.
func TestDepot(t *testing.T) {
	couche.Entiere(t, "l'essentiel et les trois étapes, sur tous les critères")
	exigerCloison(t)
	code, sortie, erreurs := lancer(t, "-format", "json")
	if code != toutReussi {
		t.Errorf("code %d : %s", code, erreurs)
	}
	lu, err := rapport.Lire(strings.NewReader(sortie))
	if err != nil {
		t.Fatal(err)
	}
	var noms []string
	for _, rendu := range lu.Rendus {
		noms = append(noms, rendu.Nom)
		if len(rendu.Remarques)+len(rendu.Alertes) > 0 {
			t.Errorf("%s : remarques %q, alertes %q ; aucune attendue", rendu.Nom, rendu.Remarques, rendu.Alertes)
		}
		reussis := map[decouverte.Etape]int{}
		for _, j := range rendu.Jugements {
			switch pourquoi, ecart := ecartsDeLEssentiel[j.Critere]; {
			case j.Verdict == banc.Reussi:
				reussis[j.Etape]++
			case !ecart || rendu.Nom != "essentiel" || j.Exigence == criteres.Doit:
				t.Errorf("%s, %s, %s : %s ; attendu : %s ; observé : %s %s", rendu.Nom, j.Etape, j.Critere, j.Verdict, j.Attendu, j.Observe, pourquoi)
			}
		}
		for _, etape := range decouverte.Etapes {
			concernes := 0
			for _, c := range criteres.Tous() {
				if c.Concerne(etape) {
					concernes++
				}
			}
			if reussis[etape]+len(ecartsDeLEssentiel) < concernes {
				t.Errorf("%s, %s : %d critères réussis sur %d", rendu.Nom, etape, reussis[etape], concernes)
			}
		}
	}
	if attendus := []string{"essentiel", "étapes"}; !slices.Equal(noms, attendus) {
		t.Errorf("rendus %q, %q attendus", noms, attendus)
	}
}

// TestUneEtape vérifie qu'une étape donnée seule, sans le module qui l'entoure, se juge sur son essentiel : il n'a besoin de
// rien d'autre.
func TestUneEtape(t *testing.T) {
	exigerCloison(t)
	code, sortie, erreurs := lancer(t, "-critere", "PAI-01", "../../step1_procedural")
	if code != toutReussi || !strings.Contains(sortie, "client : essentiel/client/main.go") || !strings.Contains(sortie, "serveur : essentiel/serveur/main.go") {
		t.Errorf("code %d, la paire de l'essentiel attendue\n%s%s", code, sortie, erreurs)
	}
}
