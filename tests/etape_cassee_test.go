package tests

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"capteurs/tests/couche"
)

// TestEtapeQuiNeCompilePas casse une étape dans une copie du dépôt : les autres restent vertes, et tout ce qui échoue la nomme.
func TestEtapeQuiNeCompilePas(t *testing.T) {
	couche.Entiere(t, "une suite de plus, dans une copie du dépôt")
	t.Parallel()
	cassee, copie := etapes[0], copierDepot(t)
	if err := os.WriteFile(filepath.Join(copie, cassee, "serveur.go"), []byte("package serveur\n\nfunc func\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", "test", "-short", "-json",
		"./shared/...", "./step2_poo", "./step3_heritage", "./tests", "./tests/contrat", "./tests/depart", "./tests/lecon")
	cmd.Dir, cmd.Env = copie, sansReglages()
	sortie, err := cmd.Output()
	if err == nil {
		t.Fatalf("%s : une étape ne compile pas, et rien n'échoue", cmd)
	}
	echecs, reussis := resultatsDeGo(t, sortie)
	for test, dit := range echecs {
		if !strings.Contains(dit, cassee) {
			t.Errorf("%s échoue sans nommer %s :\n%s", test, cassee, abreger(dit))
		}
	}
	for _, attendu := range []string{"tests TestProgrammes/" + etapes[1], "tests TestProgrammes/" + etapes[2],
		"tests TestMiroir/" + etapes[1] + "_et_" + etapes[2], "step2_poo TestContrat", "step3_heritage TestContrat", "shared/reseau "} {
		if !slices.Contains(reussis, attendu) {
			t.Errorf("%q : réussi attendu", attendu)
		}
	}
	t.Logf("échecs : %q", slices.Sorted(maps.Keys(echecs)))
}

// copierDepot copie ce dépôt, sans ses dossiers cachés, et rend le dossier de la copie.
func copierDepot(t *testing.T) string {
	t.Helper()
	copie := t.TempDir()
	entrees, err := os.ReadDir(racine)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entrees {
		source, cible := filepath.Join(racine, e.Name()), filepath.Join(copie, e.Name())
		switch {
		case strings.HasPrefix(e.Name(), "."):
		case e.IsDir():
			err = os.CopyFS(cible, os.DirFS(source))
		default:
			err = copierFichier(source, cible)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return copie
}

func copierFichier(source, cible string) error {
	octets, err := os.ReadFile(source)
	if err != nil {
		return err
	}
	return os.WriteFile(cible, octets, 0o600)
}

// resultatsDeGo lit ce que dit go test -json. Elle rend, nommés « paquet test », ce qu'ont dit les tests échoués dont aucun
// sous-test n'échoue, et les tests et paquets réussis.
func resultatsDeGo(t *testing.T, sortie []byte) (echecs map[string]string, reussis []string) {
	t.Helper()
	echecs, dits := map[string]string{}, map[string]string{}
	for lecteur := json.NewDecoder(bytes.NewReader(sortie)); ; {
		var e struct{ Action, Package, Test, Output string }
		err := lecteur.Decode(&e)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		test := strings.TrimPrefix(e.Package, module) + " " + e.Test
		switch e.Action {
		case "output":
			dits[test] += e.Output
		case "pass":
			reussis = append(reussis, test)
		case "fail":
			echecs[test] = dits[test]
		}
	}
	maps.DeleteFunc(echecs, func(test, _ string) bool {
		dedans := test + "/"
		if strings.HasSuffix(test, " ") { // un paquet échoue par ses tests
			dedans = test
		}
		for autre := range echecs {
			if autre != test && strings.HasPrefix(autre, dedans) {
				return true
			}
		}
		return false
	})
	return echecs, reussis
}
