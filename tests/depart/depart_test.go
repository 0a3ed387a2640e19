package main

import (
	"encoding/json"
	"fmt"
	"go/format"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"capteurs/shared/version"
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

// lancer lance la commande, et rend son code de sortie et ce qu'elle a écrit.
func lancer(args ...string) (code int, sortie, erreurs string) {
	var s, e strings.Builder
	code = depart(args, &s, &e)
	return code, s.String(), e.String()
}

// commencer écrit un point de départ, dans un nouveau dossier hors du dépôt, et le rend.
func commencer(t *testing.T, args ...string) string {
	t.Helper()
	dossier := filepath.Join(t.TempDir(), "à moi", "l'été & moi")
	if code, _, erreurs := lancer(append(args, dossier)...); code != 0 {
		t.Fatalf("depart %v = %d, attendu 0 : %s", args, code, erreurs)
	}
	return dossier
}

// lancerGo lance la commande go, et rend ce qu'elle affiche.
func lancerGo(t *testing.T, dossier string, args ...string) (string, error) {
	t.Helper()
	commande := exec.CommandContext(t.Context(), "go", args...)
	commande.Dir = dossier
	sortie, err := commande.CombinedOutput()
	return string(sortie), err
}

func TestMauvaisUsage(t *testing.T) {
	occupe, fichier := t.TempDir(), filepath.Join(t.TempDir(), "fichier")
	for _, chemin := range []string{filepath.Join(occupe, "mon_travail.go"), fichier} {
		if err := os.WriteFile(chemin, []byte("package p\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	neuf := filepath.Join(t.TempDir(), "neuf")
	for _, c := range []struct {
		args string // « | » les sépare
		code int
		mots string
	}{
		{"-etape|4|" + neuf, 2, "étape \"4\" inconnue : 1, 2 ou 3"},
		{"-etape|12|" + neuf, 2, "étape \"12\" inconnue"},
		{neuf, 2, "quelle étape ?"},
		{"-etape|1", 2, "un dossier où écrire est attendu, aucun n'est donné"},
		{"-etape|1|", 2, "un dossier où écrire est attendu, son nom est vide"},
		{"-etape|1|" + neuf + "|" + neuf, 2, "un seul dossier où écrire est attendu, 2 sont donnés"},
		{"-etape|1|a|b|c", 2, "un seul dossier où écrire est attendu, 3 sont donnés"},
		{"-etape|1|-langage|cobol|" + neuf, 2, "langage \"cobol\" inconnu"},
		{"-etape|1|-depuis|" + occupe + "|" + neuf, 2, "la première n'en a pas"},
		{"-nimporte|" + neuf, 2, "option inconnue"},
		{"-etape|1|" + occupe, 1, "n'est pas vide, et rien n'y sera remplacé"},
		{"-etape|1|" + fichier, 1, "n'est pas un dossier"},
		{"-etape|1|-rafraichir|" + occupe, 1, "n'est pas un point de départ de l'étape 1"},
		{"-etape|1|-rafraichir|" + neuf, 1, "n'est pas un point de départ de l'étape 1"},
		{"-etape|1|-rafraichir|-langage|python|" + neuf, 2, "un point de départ en Go"},
		{"-etape|2|-rafraichir|-depuis|" + occupe + "|" + neuf, 2, "sans -depuis"},
		{"-etape|2|-depuis|" + neuf + "|" + neuf, 2, "n'a pas de client.go à reprendre"},
		{"-etape|2|-langage|python|-depuis|" + occupe + "|" + neuf, 2, "pas de client.py à reprendre"},
		{"-etape|1|été", 1, "ne peut pas être un dossier Go de ce dépôt"},
		{"-etape|1|mon kata", 1, "ne peut pas être un dossier Go de ce dépôt"},
	} {
		code, sortie, erreurs := lancer(strings.Split(c.args, "|")...)
		if code != c.code || sortie != "" || !strings.Contains(erreurs, c.mots) || strings.Count(erreurs, "\n") != 1 {
			t.Errorf("depart %s = %d, %q, %q, attendu %d et une phrase qui dise « %s »", c.args, code, sortie, erreurs, c.code, c.mots)
		}
	}
	if _, err := os.Lstat(neuf); err == nil {
		t.Errorf("un mauvais usage a créé %s", neuf)
	}
	t.Chdir(t.TempDir())
	if code, _, erreurs := lancer("-etape", "1", neuf); code != 1 || !strings.Contains(erreurs, "depuis le dépôt du kata") {
		t.Errorf("depart hors du dépôt = %d, %s, attendu 1 et où se placer", code, erreurs)
	}
}

func TestVersion(t *testing.T) {
	if code, sortie, erreurs := lancer("-version"); code != 0 || sortie != version.Dire() || erreurs != "" {
		t.Errorf("depart -version = %d, %q, %q, attendu la version", code, sortie, erreurs)
	}
}

func TestAide(t *testing.T) {
	code, sortie, erreurs := lancer("-h")
	if code != 0 || sortie != usage || erreurs != "" {
		t.Errorf("depart -h = %d, %q, %q, attendu l'aide", code, sortie, erreurs)
	}
	for ligne := range strings.Lines(usage) {
		if len([]rune(ligne)) > 81 {
			t.Errorf("l'aide dépasse un écran : %s", ligne)
		}
	}
	if n := strings.Count(usage, "\n"); n > 24 {
		t.Errorf("l'aide a %d lignes, un écran en a 24", n)
	}
}

// TestDepartsSeConstruisent vérifie que chaque point de départ se construit, programmes compris.
func TestDepartsSeConstruisent(t *testing.T) {
	for etape := range len(etapes) {
		if !couche.EstEntiere(t) && etape+1 < len(etapes) {
			continue // la dernière étape a tout ce qu'ont les autres
		}
		dossier := commencer(t, "-etape", fmt.Sprint(etape+1))
		if sortie, err := lancerGo(t, dossier, "vet", "./..."); err != nil {
			t.Errorf("étape %d : go vet = %v\n%s", etape+1, err, sortie)
		}
	}
}

// TestRougePuisVert suit un élève : go test nomme d'abord ce qu'il faut écrire, et tout passe une fois les corps remis.
func TestRougePuisVert(t *testing.T) {
	if testing.Short() {
		t.Skip("construit les tests d'un point de départ : sans -short")
	}
	dossier := commencer(t, "-etape", "3")
	sortie, err := lancerGo(t, dossier, "test", "-failfast")
	for _, attendu := range []string{"--- FAIL: TestContrat/CapteurGenere", "à écrire : NouveauCapteurTCP (client.go:", "les règles suivantes attendent"} {
		if err == nil || !strings.Contains(sortie, attendu) || strings.Contains(sortie, "panic:") {
			t.Fatalf("go test = %v, attendu sans panic et avec « %s » :\n%s", err, attendu, sortie)
		}
	}
	for _, nom := range []string{"client.go", "serveur.go"} {
		reference, err := os.ReadFile(filepath.Join("..", "..", etapes[2], nom))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dossier, nom), reference, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if sortie, err := lancerGo(t, dossier, "test", "-run", "TestContrat/^(CapteurGenere|UneMesure|CapteurRefuse|TLS)$"); err != nil {
		t.Errorf("go test, corps remis = %v\n%s", err, sortie)
	}
}

// TestGuideCompare vérifie que chaque guide ne compare que les fichiers de l'élève, lui d'abord, à ceux de la référence.
func TestGuideCompare(t *testing.T) {
	racine, err := trouverDepot()
	if err != nil {
		t.Fatal(err)
	}
	for i, reference := range etapes {
		demandes := [][]string{{"-etape", fmt.Sprint(i + 1)}}
		if i > 0 {
			demandes = append(demandes, append(demandes[0], "-depuis", filepath.Join(racine, etapes[i-1])))
		}
		for _, args := range demandes {
			var attendues, obtenues []string
			for _, nom := range roles {
				attendues = append(attendues, "    git diff --no-index "+nom+" "+citer(filepath.Join(racine, reference, nom)))
			}
			for ligne := range strings.SplitSeq(lire(t, commencer(t, args...), guide), "\n") {
				if strings.Contains(ligne, "diff") {
					obtenues = append(obtenues, ligne)
				}
			}
			if !slices.Equal(obtenues, attendues) {
				t.Errorf("depart %v : le guide compare par %q, attendu %q", args, obtenues, attendues)
			}
		}
	}
}

// TestDansLeDepot vérifie un point de départ dans ce dépôt, sans y écrire : -overlay le fait voir à go.
func TestDansLeDepot(t *testing.T) {
	racine, err := trouverDepot()
	if err != nil {
		t.Fatal(err)
	}
	la, ici := filepath.Join(racine, "mon_kata"), t.TempDir()
	tout, err := demande{etape: 1, langage: "go"}.enGo(racine, la)
	if err != nil {
		t.Fatal(err)
	}
	if _, aPart := tout["go.mod"]; aPart {
		t.Error("un point de départ de ce dépôt ne doit pas être un module à part")
	}
	for nom, texte := range tout {
		if enForme, err := format.Source([]byte(texte)); err != nil || string(enForme) != texte {
			t.Errorf("%s n'est pas en forme (%v) :\n%s", nom, err, texte)
		}
	}
	if err := tout.ecrire(ici); err != nil {
		t.Fatal(err)
	}
	vus := map[string]map[string]string{"Replace": {}}
	for nom := range tout {
		vus["Replace"][filepath.Join(la, filepath.FromSlash(nom))] = filepath.Join(ici, filepath.FromSlash(nom))
	}
	texte, err := json.Marshal(vus)
	if err != nil {
		t.Fatal(err)
	}
	overlay := filepath.Join(ici, "overlay.json")
	if err := os.WriteFile(overlay, texte, 0o600); err != nil {
		t.Fatal(err)
	}
	if sortie, err := lancerGo(t, racine, "list", "-export", "-overlay", overlay, "./mon_kata/..."); err != nil {
		t.Errorf("go list -export ./mon_kata/... = %v\n%s", err, sortie)
	}
}

// TestDepuis vérifie qu'on repart de ses propres fichiers, et que le compilateur mène au premier pas du refactor.
func TestDepuis(t *testing.T) {
	for _, c := range []struct{ etape, avant, erreur string }{
		{"2", etapes[0], "undefined: NouveauCapteurTCP"},
		{"3", etapes[1], "undefined: Capteur"},
	} {
		if !couche.EstEntiere(t) && c.etape == "2" {
			continue
		}
		avant := filepath.Join("..", "..", c.avant)
		dossier := commencer(t, "-etape", c.etape, "-depuis", avant)
		for _, nom := range []string{"client.go", "serveur.go"} {
			mien, err := os.ReadFile(filepath.Join(avant, nom))
			if err != nil {
				t.Fatal(err)
			}
			if repris, err := os.ReadFile(filepath.Join(dossier, nom)); err != nil || string(repris) != string(mien) {
				t.Errorf("étape %s : %s n'est pas repris tel quel (%v)", c.etape, nom, err)
			}
		}
		texte, err := os.ReadFile(filepath.Join(dossier, guide))
		if err != nil || !strings.Contains(string(texte), c.erreur) {
			t.Errorf("étape %s : le guide ne parle pas de « %s » (%v)", c.etape, c.erreur, err)
		}
		if sortie, err := lancerGo(t, dossier, "vet", "."); err == nil || !strings.Contains(sortie, c.erreur) {
			t.Errorf("étape %s : go vet = %v, attendu « %s » :\n%s", c.etape, err, c.erreur, sortie)
		}
	}
	pasFinie := commencer(t, "-etape", "1")
	if code, sortie, _ := lancer("-etape", "2", "-depuis", pasFinie, filepath.Join(t.TempDir(), "d")); code != 0 || !strings.Contains(sortie, "n'est pas fini") {
		t.Errorf("depart -depuis une étape pas finie = %d, %q, attendu 0 et un avertissement", code, sortie)
	}
}
