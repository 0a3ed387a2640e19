package classe

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"capteurs/tests/banc"
	"capteurs/tests/criteres"
)

// variableEnfant, dans l'environnement, fait de ce binaire de test un correcteur de classe : voir enfant.
const variableEnfant = "KATA_CLASSE_ENFANT"

// peuDeCriteres suffisent pour lancer de vrais programmes.
var peuDeCriteres = criteres.Options{Niveau: banc.N1, Seuls: []string{"CLI-01"}}

// enfant corrige la classe et garde dans le cache que donne l'environnement. Quand deux rendus sont gardés, il le dit, et
// attend d'être tué là où il en est : un autre rendu peut être en cours, et deux au moins n'ont pas commencé.
func enfant() {
	runtime.GOMAXPROCS(2) // deux rendus à la fois
	dossier, cache, _ := strings.Cut(os.Getenv(variableEnfant), "\n")
	depots, _, err := Lister(dossier)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	suivre := func(a Avancement) {
		if a.Fini && len(entreesGardeesDans(cache)) >= 2 {
			fmt.Println(pret)
			time.Sleep(time.Hour)
		}
	}
	for range Corriger(context.Background(), depots, Options{Criteres: peuDeCriteres, Cache: cache, Suivre: suivre}) {
	}
}

const pret = "prêt à être tué"

func entreesGardeesDans(cache string) []string {
	chemins, _ := filepath.Glob(filepath.Join(cache, "*"+suffixeEntree))
	return chemins
}

// TestReprise tue un vrai correcteur (SIGKILL) quand deux rendus sont gardés, et recommence : seuls ceux qui manquent sont
// refaits, et les verdicts sont ceux d'une correction que rien n'interrompt.
func TestReprise(t *testing.T) {
	if testing.Short() {
		t.Skip("trois corrections d'une classe ; sans -short")
	}
	exigerCloison(t)
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("python3 n'est pas installé")
	}
	const modele = "../testdata/rendus/juste_01_texte_minimal"
	dossier := t.TempDir()
	for i := range 5 {
		copie := filepath.Join(dossier, fmt.Sprintf("rendu_%02d", i+1))
		if err := os.CopyFS(copie, os.DirFS(modele)); err != nil {
			t.Fatal(err)
		}
		poser(t, copie, "lisezmoi.txt", fmt.Sprint(i), 0o644) // cinq contenus
	}
	cache := filepath.Join(t.TempDir(), "cache")
	tuer(t, dossier, cache)

	gardes := entreesGardeesDans(cache)
	if len(gardes) < 2 || len(gardes) > 3 {
		t.Fatalf("%d rendus gardés, quand 2 le sont et que 2 sont en cours au plus", len(gardes))
	}
	depots, _, err := Lister(dossier)
	if err != nil {
		t.Fatal(err)
	}
	reprise := vraieCorrection(t, depots, cache)
	duCache := 0
	for _, r := range reprise {
		if r.DuCache {
			duCache++
		}
	}
	t.Logf("tué avec %d rendus gardés ; %d repris, sur %d", len(gardes), duCache, len(reprise))
	if duCache != len(gardes) || len(reprise) != len(depots) {
		t.Errorf("%d rendus repris, %d étaient gardés ; %d résultats pour %d dépôts", duCache, len(gardes), len(reprise), len(depots))
	}
	entiere := vraieCorrection(t, depots, filepath.Join(t.TempDir(), "cache"))
	for i, r := range reprise {
		if r.NonGarde == "" && entiere[i].NonGarde == "" && verdicts(r) != verdicts(entiere[i]) { // gardé : ce n'est ni instable ni en panne
			t.Errorf("%s : %s ; sans interruption, %s", r.Depot.Nom, verdicts(r), verdicts(entiere[i]))
		}
		if r.Rendu.Erreur != "" || len(r.Rendu.Jugements) == 0 {
			t.Errorf("%s : %q, %d jugements", r.Depot.Nom, r.Rendu.Erreur, len(r.Rendu.Jugements))
		}
	}
}

// tuer lance un correcteur, et le tue quand il est prêt à l'être.
func tuer(t *testing.T, dossier, cache string) {
	t.Helper()
	moi, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	temporaire, err := os.MkdirTemp("", "tue-") // ce qu'un processus tué laisse derrière lui
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(temporaire)
	cmd := exec.Command(moi)
	cmd.Env = append(os.Environ(), variableEnfant+"="+dossier+"\n"+cache, "TMPDIR="+temporaire)
	cmd.Stderr = os.Stderr
	sortie, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	dit, _ := bufio.NewReader(sortie).ReadString('\n')
	_ = cmd.Process.Kill()
	err = cmd.Wait()
	switch {
	case dit == "" && err == nil:
		t.Skip("la machine est trop chargée : presque aucun rendu n'a été jugé deux fois pareil")
	case dit != pret+"\n" || err == nil:
		t.Fatalf("le correcteur a dit %q, puis %v", dit, err)
	}
}

func vraieCorrection(t *testing.T, depots []Depot, cache string) (resultats []Resultat) {
	t.Helper()
	for r := range Corriger(t.Context(), depots, Options{Criteres: peuDeCriteres, Cache: cache}) {
		resultats = append(resultats, r)
	}
	return resultats
}

func verdicts(r Resultat) string {
	var dits []string
	for _, j := range r.Rendu.Jugements {
		dits = append(dits, fmt.Sprint(j.Etape, " ", j.Critere, " ", j.Verdict))
	}
	return strings.Join(dits, ", ")
}
