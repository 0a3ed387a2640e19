package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"capteurs/tests/banc"
	"capteurs/tests/couche"
	"capteurs/tests/criteres"
)

// remplis est le dossier des mêmes programmes, une fois écrits.
const remplis = "testdata/python"

var declaration = regexp.MustCompile(`(?m)^ *(def|class) .*\n *""".*"""$`)

// TestModelesPython vérifie que les programmes remplis sont bien les modèles : les mêmes noms, la même documentation.
func TestModelesPython(t *testing.T) {
	for _, suffixe := range suffixes {
		for _, role := range []string{"client", "serveur"} {
			nom := role + suffixe + ".py"
			modele, err := modeles.ReadFile("modeles/python/" + nom)
			if err != nil {
				t.Fatal(err)
			}
			rempli, err := os.ReadFile(filepath.Join(remplis, nom))
			if err != nil {
				t.Fatal(err)
			}
			attendues, obtenues := declaration.FindAllString(string(modele), -1), declaration.FindAllString(string(rempli), -1)
			if len(attendues) < 3 || !slices.Equal(attendues, obtenues) {
				t.Errorf("%s : déclarations %q, celles du modèle attendues : %q", nom, obtenues, attendues)
			}
		}
	}
}

func TestDepuisPython(t *testing.T) {
	avant := t.TempDir()
	for _, nom := range []string{"client.py", "serveur.py", "outils.py"} {
		if err := os.WriteFile(filepath.Join(avant, nom), []byte("# "+nom+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	dossier := commencer(t, "-etape", "2", "-langage", "python", "-depuis", avant)
	for nom, attendu := range map[string]string{"client.py": "# client.py\n", "serveur_poo.py": "# serveur_poo.py\n", "outils.py": "# outils.py\n"} {
		if texte, err := os.ReadFile(filepath.Join(dossier, nom)); err != nil || string(texte) != attendu {
			t.Errorf("%s = %q, %v, attendu %q", nom, texte, err, attendu)
		}
	}
}

// TestPythonEtCorrecteur montre au correcteur un point de départ, qui échoue en disant pourquoi, puis les programmes
// remplis, qui font tout ce que l'énoncé demande.
func TestPythonEtCorrecteur(t *testing.T) {
	couche.Entiere(t, "deux corrections, dont une sur tout ce que l'énoncé demande")
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("python3 n'est pas installé")
	}
	for _, j := range corriger(t, commencer(t, "-etape", "3", "-langage", "python"), "CLI-01", "SRV-01") {
		if j.Resultat.Verdict != banc.Echoue || !strings.Contains(j.Resultat.Observe, "à écrire : ") {
			t.Errorf("%s = %s, %q, attendu un échec qui nomme ce qui est à écrire", j.Critere.ID, j.Resultat.Verdict, j.Resultat.Observe)
		}
	}
	var demandes []string
	for _, c := range criteres.Tous() {
		if c.Exigence == criteres.Doit {
			demandes = append(demandes, c.ID)
		}
	}
	for _, j := range corriger(t, remplis, demandes...) {
		if j.Resultat.Verdict != banc.Reussi {
			t.Errorf("programmes remplis, %s à l'étape %s = %s, %q, attendu réussi", j.Critere.ID, j.Etape, j.Resultat.Verdict, j.Resultat.Observe)
		}
	}
}

func corriger(t *testing.T, dossier string, seuls ...string) []criteres.Jugement {
	t.Helper()
	bilan, err := criteres.Corriger(t.Context(), dossier, criteres.Options{Seuls: seuls})
	if err != nil {
		t.Fatal(err)
	}
	if len(bilan.Jugements) == 0 {
		t.Fatalf("%s : le correcteur n'a rien jugé", dossier)
	}
	return bilan.Jugements
}
