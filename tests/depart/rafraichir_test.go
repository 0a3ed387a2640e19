package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// vieillir remet dans un point de départ ce qu'un depart plus ancien y aurait écrit : un contrat d'une autre forme.
func vieillir(t *testing.T, dossier string) {
	t.Helper()
	chemin := filepath.Join(dossier, "contrat_test.go")
	texte, err := os.ReadFile(chemin)
	if err != nil {
		t.Fatal(err)
	}
	ancien := strings.Replace(string(texte), "contrat.Verifier(t, ", "contrat.VerifierEtape(t, 1, ", 1)
	if ancien == string(texte) {
		t.Fatal("le contrat ne s'appelle plus ainsi")
	}
	ecrireLe(t, chemin, ancien)
}

func ecrireLe(t *testing.T, chemin, texte string) {
	t.Helper()
	if err := os.WriteFile(chemin, []byte(texte), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestDossierPerime vérifie qu'un point de départ écrit avant que le dépôt change dit quoi faire, puis se rafraîchit sans que
// rien de ce qu'on y a écrit ne bouge.
func TestDossierPerime(t *testing.T) {
	dossier := commencer(t, "-etape", "1")
	mien := filepath.Join(dossier, "client.go")
	leMien := lire(t, dossier, "client.go") + "\n// Le mien.\n"
	ecrireLe(t, mien, leMien)
	vieillir(t, dossier)
	if err := os.Remove(filepath.Join(dossier, "cmd", "client", "main.go")); err != nil {
		t.Fatal(err)
	}

	texte, err := os.ReadFile(filepath.Join(dossier, "contrat_test.go"))
	if err != nil || !strings.HasPrefix(string(texte), "// ") || !strings.Contains(string(texte), "-etape 1 -rafraichir "+citer(dossier)) {
		t.Errorf("contrat_test.go ne dit pas quoi faire s'il ne se construit plus (%v) :\n%s", err, texte)
	}
	if guide := lire(t, dossier, guide); !strings.Contains(guide, "-etape 1 -rafraichir "+citer(dossier)) {
		t.Errorf("le guide ne dit pas quoi faire si le dépôt change :\n%s", guide)
	}
	code, sortie, erreurs := lancer("-etape", "1", dossier)
	if code != 1 || sortie != "" || strings.Count(erreurs, "\n") != 1 ||
		!strings.Contains(erreurs, "contrat_test.go, cmd/client/main.go") || !strings.Contains(erreurs, "-etape 1 -rafraichir "+citer(dossier)) {
		t.Fatalf("depart sur un dossier périmé = %d, %q, %q, attendu une phrase qui dise ce qui l'est et quoi faire", code, sortie, erreurs)
	}
	if code, _, erreurs := lancer("-etape", "2", "-rafraichir", dossier); code != 1 || !strings.Contains(erreurs, "pas un point de départ de l'étape 2") {
		t.Errorf("depart -etape 2 -rafraichir sur une étape 1 = %d, %q", code, erreurs)
	}
	if code, sortie, erreurs := lancer("-etape", "1", "-rafraichir", dossier); code != 0 || !strings.Contains(sortie, "contrat_test.go, cmd/client/main.go") || erreurs != "" {
		t.Fatalf("depart -rafraichir = %d, %q, %q", code, sortie, erreurs)
	}
	if code, sortie, _ := lancer("-etape", "1", "-rafraichir", dossier); code != 0 || !strings.Contains(sortie, "est à jour") {
		t.Errorf("depart -rafraichir, de nouveau = %d, %q", code, sortie)
	}
	neuf := commencer(t, "-etape", "1")
	for _, nom := range []string{"cmd/client/main.go", "cmd/serveur/main.go", "go.mod", "go.sum"} {
		obtenu, attendu := lire(t, dossier, nom), lire(t, neuf, nom)
		if obtenu != attendu {
			t.Errorf("%s rafraîchi n'est pas celui d'aujourd'hui :\n%s", nom, obtenu)
		}
	}
	if garde := lire(t, dossier, "client.go"); garde != leMien {
		t.Errorf("client.go a changé :\n%s", garde)
	}
	if code, sortie, erreurs := lancer("-etape", "1", dossier); code != 1 || sortie != "" || !strings.Contains(erreurs, "n'est pas vide") || strings.Contains(erreurs, "rafraichir") {
		t.Errorf("depart sur un dossier rafraîchi = %d, %q, %q", code, sortie, erreurs)
	}
}

// TestDossierPerimeDepuis vérifie qu'un dossier qui reprend l'étape d'avant le dit aussi, par la commande qui l'a écrit.
func TestDossierPerimeDepuis(t *testing.T) {
	args := []string{"-etape", "2", "-depuis", filepath.Join("..", "..", etapes[0])}
	dossier := commencer(t, args...)
	vieillir(t, dossier)
	if code, _, erreurs := lancer(append(args, dossier)...); code != 1 || !strings.Contains(erreurs, "-etape 2 -rafraichir "+citer(dossier)) {
		t.Fatalf("depart -depuis sur un dossier périmé = %d, %q", code, erreurs)
	}
	code, sortie, erreurs := lancer("-etape", "2", "-rafraichir", dossier)
	if code != 0 || !strings.Contains(sortie, "undefined: NouveauCapteurTCP") || !strings.Contains(sortie, guide) || strings.Contains(sortie, "à jour") {
		t.Fatalf("depart -rafraichir, refonte à faire = %d, %q, %q, attendu le premier pas qui reste", code, sortie, erreurs)
	}
	if code, _, erreurs := lancer(append(args, dossier)...); code != 1 || !strings.Contains(erreurs, "undefined: NouveauCapteurTCP") || strings.Contains(erreurs, "à jour") {
		t.Errorf("depart sur une refonte à faire = %d, %q", code, erreurs)
	}
	if mien, avant := lire(t, dossier, "client.go"), lire(t, filepath.Join("..", "..", etapes[0]), "client.go"); mien != avant {
		t.Error("client.go, repris de l'étape d'avant, a changé")
	}
}

// TestDossierRafraichiSeConstruit vérifie que le compilateur refuse bien un dossier périmé, et plus une fois rafraîchi.
func TestDossierRafraichiSeConstruit(t *testing.T) {
	if testing.Short() {
		t.Skip("construit deux fois un point de départ ; sans -short")
	}
	dossier := commencer(t, "-etape", "2")
	vieillir(t, dossier)
	if sortie, err := lancerGo(t, dossier, "vet", "."); err == nil || !strings.Contains(sortie, "contrat_test.go") {
		t.Fatalf("go vet d'un dossier périmé = %v\n%s", err, sortie)
	}
	if code, _, erreurs := lancer("-etape", "2", "-rafraichir", dossier); code != 0 {
		t.Fatalf("depart -rafraichir = %d, %s", code, erreurs)
	}
	if sortie, err := lancerGo(t, dossier, "vet", "./..."); err != nil {
		t.Errorf("go vet d'un dossier rafraîchi = %v\n%s", err, sortie)
	}
}

// TestSignaturesPerimees vérifie qu'un kata écrit pour d'autres signatures n'est jamais dit à jour : une phrase dit laquelle ne
// convient plus, et comment trouver les nouvelles. Une faute de l'élève n'est pas dite venir de là.
func TestSignaturesPerimees(t *testing.T) {
	if testing.Short() {
		t.Skip("construit des points de départ ; sans -short")
	}
	for nom, c := range map[string]struct{ etape, fichier, de, en, erreur, signatures string }{
		"résultat":  {"3", "client.go", "Generer() mesure.Mesure", "Generer() float64", "wrong type for method Generer", "oui"},
		"nom":       {"1", "serveur.go", "func Servir(", "func Accepter(", "undefined: Servir", "oui"},
		"paramètre": {"2", "serveur.go", "Servir(ctx context.Context, l net.Listener)", "Servir(l net.Listener)", "wrong type for method Servir", "oui"},
		"faute":     {"2", "client.go", "panic(\"à écrire\")", "x := 1\n\tpanic(0)", "declared and not used: x", "non"},
	} {
		t.Run(nom, func(t *testing.T) {
			dossier := commencer(t, "-etape", c.etape)
			texte := lire(t, dossier, c.fichier)
			if !strings.Contains(texte, c.de) {
				t.Fatalf("%s n'a pas « %s »", c.fichier, c.de)
			}
			ecrireLe(t, filepath.Join(dossier, c.fichier), strings.Replace(texte, c.de, c.en, 1))
			verifier := func(quoi string, code int, sortie, erreurs string) {
				t.Helper()
				change := "non"
				if strings.Contains(erreurs, "signatures de l'étape "+c.etape) {
					change = "oui"
				}
				if code != 1 || strings.Contains(sortie+erreurs, "à jour") || strings.Count(erreurs, "\n") != 1 || change != c.signatures ||
					!strings.Contains(erreurs, c.erreur) || !strings.Contains(erreurs, "tests/depart -etape "+c.etape+" "+citer(dossier+"_neuf")) {
					t.Errorf("%s = %d, %q, %q, attendu 1 et une phrase qui dise « %s », et quoi faire", quoi, code, sortie, erreurs, c.erreur)
				}
			}
			code, sortie, erreurs := lancer("-etape", c.etape, "-rafraichir", dossier)
			verifier("depart -rafraichir", code, sortie, erreurs)
			code, sortie, erreurs = lancer("-etape", c.etape, dossier)
			verifier("depart", code, sortie, erreurs)
			vieillir(t, dossier)
			code, sortie, erreurs = lancer("-etape", c.etape, "-rafraichir", dossier)
			verifier("depart -rafraichir sur des liens périmés", code, sortie, erreurs)
			if !strings.Contains(sortie, "contrat_test.go") {
				t.Errorf("ce qui est rafraîchi n'est pas dit : %q", sortie)
			}
		})
	}
}

// TestConstructionBornee vérifie qu'une construction qui ne finit pas est une erreur, et non une faute de l'élève.
func TestConstructionBornee(t *testing.T) {
	ctx, annuler := context.WithDeadline(t.Context(), time.Now())
	defer annuler()
	if faute, err := construire(ctx, t.TempDir()); faute != "" || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("construire, l'échéance passée = %q, %v", faute, err)
	}
}

func lire(t *testing.T, dossier, nom string) string {
	t.Helper()
	texte, err := os.ReadFile(filepath.Join(dossier, filepath.FromSlash(nom)))
	if err != nil {
		t.Fatal(err)
	}
	return string(texte)
}
