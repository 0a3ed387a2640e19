package tests

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

// etape donne les chemins des deux programmes d'une étape.
type etape struct{ nom, serveur, client string }

// Chaque étape a deux fois ses deux programmes : l'énoncé seul, et le même fait pour tenir.
const (
	essentiel = "essentiel"
	complet   = "cmd"
)

// programmes construit, à la première demande, les programmes de chaque étape ; « step2_poo/cmd » nomme les complets.
var programmes map[string]func() (etape, error)

func construire(dossier string) map[string]func() (etape, error) {
	toutes := map[string]func() (etape, error){}
	for _, nom := range etapes {
		for _, sorte := range []string{essentiel, complet} {
			toutes[nom+"/"+sorte] = sync.OnceValues(func() (etape, error) { return construireEtape(dossier, nom, sorte) })
		}
	}
	return toutes
}

func construireEtape(dossier, nom, sorte string) (etape, error) {
	e := etape{nom: nom}
	var erreurs [2]error
	var travail sync.WaitGroup
	for i, p := range []struct {
		nom    string
		chemin *string
	}{{"serveur", &e.serveur}, {"client", &e.client}} {
		*p.chemin = filepath.Join(dossier, nom+"-"+sorte+"-"+p.nom)
		if runtime.GOOS == "windows" {
			*p.chemin += ".exe"
		}
		travail.Go(func() { erreurs[i] = construireEn(*p.chemin, "./"+nom+"/"+sorte+"/"+p.nom) })
	}
	travail.Wait()
	return e, cmp.Or(erreurs[:]...) // les deux disent la même chose du même paquet
}

// variableGarde dit à ce programme, que go run lance au lieu de celui qu'il a construit, où garder celui-ci.
const variableGarde = "KATA_GARDER_PROGRAMME"

// construireEn construit un programme. go run garde ceux qu'il a liés, et go build non : tant que rien ne change, il n'y a
// rien à refaire.
func construireEn(chemin, paquet string) error {
	moi, err := os.Executable()
	if err != nil {
		return err
	}
	args := []string{"run", "-exec", "'" + moi + "'"}
	if course {
		args = append(args, "-race")
	}
	cmd := exec.Command("go", append(args, paquet)...)
	cmd.Dir = racine
	cmd.Env = append(os.Environ(), variableGarde+"="+chemin)
	if dit, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("construction de %s : %w\n%s", paquet, err, dit)
	}
	return nil
}

// garder donne au programme un second nom, ou à défaut le copie : le premier peut disparaître.
func garder(programme, chemin string) error {
	if os.Link(programme, chemin) == nil {
		return nil
	}
	source, err := os.Open(programme)
	if err != nil {
		return err
	}
	defer source.Close()
	copie, err := os.OpenFile(chemin, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(copie, source)
	return errors.Join(err, copie.Close())
}

// laEtape rend les programmes complets d'une étape ; si elle ne compile pas, le test échoue avec ce qu'en dit le compilateur.
func laEtape(t *testing.T, nom string) etape {
	t.Helper()
	return lesProgrammes(t, nom, complet)
}

func lesProgrammes(t *testing.T, nom, sorte string) etape {
	t.Helper()
	e, err := programmes[nom+"/"+sorte]()
	if err != nil {
		t.Fatal(err)
	}
	return e
}
