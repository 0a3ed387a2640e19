package tests

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// lireEssentiel rend les deux programmes de l'énoncé seul, sous les noms que le miroir donne aux fichiers d'une étape.
func lireEssentiel(t *testing.T, nom string) sources {
	t.Helper()
	s := sources{}
	for _, programme := range []string{"client", "serveur"} {
		texte, err := os.ReadFile(cheminEssentiel(nom, programme))
		if err != nil {
			t.Fatal(err)
		}
		s[programme+".go"] = string(texte)
	}
	return s
}

func cheminEssentiel(nom, programme string) string {
	return filepath.Join(racine, nom, essentiel, programme, "main.go")
}

// TestEssentielMiroir tient l'essentiel aux règles du miroir ; à l'étape 3, des méthodes changent de classe, et un seul appel change.
func TestEssentielMiroir(t *testing.T) {
	etape1, etape2, etape3 := lireEssentiel(t, etapes[0]), lireEssentiel(t, etapes[1]), lireEssentiel(t, etapes[2])
	sansTraitant := sources{}
	for fichier, texte := range etape3 {
		sansTraitant[fichier] = strings.ReplaceAll(texte, "s.traitant.", "s.")
	}
	for nom, fautes := range map[string][]string{
		"1 et 2": append(fautesDeMiroir(t, etape1, etape2), fautesDeCorps(t, etape1, etape2)...),
		"2 et 3": append(fautesDeMiroir(t, etape2, etape3), fautesDeCorps(t, etape2, sansTraitant)...),
		"1 et 3": fautesDeMethodes(t, etape1, etape3),
	} {
		for _, faute := range fautes {
			t.Errorf("étapes %s : %s", nom, faute)
		}
	}
}

// TestEssentielCourt borne ce qui se projette, et ce qu'un diff montre : au-delà, ce qui n'est pas l'énoncé va dans l'étape.
func TestEssentielCourt(t *testing.T) {
	for _, c := range []struct {
		programme string
		lignes    [3]int // par étape
		changees  [2]int // de l'étape 1 à la 2, puis de la 2 à la 3
	}{
		{"client", [3]int{60, 60, 60}, [2]int{25, 25}},
		{"serveur", [3]int{95, 95, 110}, [2]int{25, 40}},
	} {
		for i, nom := range etapes {
			if n := strings.Count(lireEssentiel(t, nom)[c.programme+".go"], "\n"); n > c.lignes[i] {
				t.Errorf("%s, %s : %d lignes, %d au plus", nom, c.programme, n, c.lignes[i])
			}
			if i == 0 {
				continue
			}
			if n := lignesChangees(t, cheminEssentiel(etapes[i-1], c.programme), cheminEssentiel(nom, c.programme)); n == 0 || n > c.changees[i-1] {
				t.Errorf("%s, %s : %d lignes changées, de 1 à %d attendues", nom, c.programme, n, c.changees[i-1])
			}
		}
	}
}

// lignesChangees compte comme le lecteur : diff -u avant apres | grep -cE '^[+-][^+-]'.
func lignesChangees(t *testing.T, avant, apres string) (n int) {
	t.Helper()
	diff, err := exec.LookPath("diff")
	if err != nil {
		t.Skip("diff n'est pas installé")
	}
	dit, err := exec.Command(diff, "-u", avant, apres).Output()
	if err != nil && len(dit) == 0 { // il sort par 1 quand les fichiers diffèrent
		t.Fatal(err)
	}
	for ligne := range bytes.Lines(dit) {
		if len(ligne) > 2 && strings.ContainsRune("+-", rune(ligne[0])) && !strings.ContainsRune("+-", rune(ligne[1])) {
			n++
		}
	}
	return n
}

// TestEssentielDiff vérifie que les commandes du README montrent bien chaque passage.
func TestEssentielDiff(t *testing.T) {
	section := sectionDuReadme(t, "L'essentiel")
	for i := range etapes[1:] {
		for _, programme := range []string{"client", "serveur"} {
			commande := fmt.Sprintf("diff -u %s/%s/%s/main.go %s/%s/%s/main.go\n", etapes[i], essentiel, programme, etapes[i+1], essentiel, programme)
			if !strings.Contains(section, commande) {
				t.Errorf("README.md, « L'essentiel » : %q attendue", commande)
			}
		}
	}
}

// sectionDuReadme rend une section du README du dépôt.
func sectionDuReadme(t *testing.T, titre string) string {
	t.Helper()
	texte, err := os.ReadFile(filepath.Join(racine, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, presente := strings.Cut(string(texte), "\n## "+titre+"\n")
	if !presente {
		t.Fatalf("README.md : section « %s » attendue", titre)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	return section
}
