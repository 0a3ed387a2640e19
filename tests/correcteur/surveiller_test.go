package main

import (
	"bufio"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience borne l'attente de ce qui doit arriver ; elle ne coûte rien quand tout va bien.
const patience = 2 * time.Minute

// TestSurveiller vérifie qu'un fichier corrigé fait vérifier de nouveau, et que ce qui a changé se lit d'abord.
func TestSurveiller(t *testing.T) {
	if testing.Short() {
		t.Skip("trois corrections l'une après l'autre ; sans -short")
	}
	exigerCloison(t)
	rendu := filepath.Join(t.TempDir(), "rendu")
	if err := os.CopyFS(rendu, os.DirFS(corpus+"/faute_sans_commit")); err != nil {
		t.Fatal(err)
	}
	ctx, finir := context.WithTimeout(t.Context(), patience)
	defer finir()
	lecture, ecriture, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer lecture.Close()
	var code int
	var fils sync.WaitGroup
	fils.Go(func() {
		defer ecriture.Close()
		code = correcteur(ctx, []string{"-surveiller", "-critere", "SRV-02", rendu}, ecriture, ecriture)
	})
	lignes := bufio.NewScanner(lecture)
	attendre := func(texte string) {
		t.Helper()
		var vues []string
		for lignes.Scan() {
			if vues = append(vues, lignes.Text()); strings.Contains(lignes.Text(), texte) {
				return
			}
		}
		t.Fatalf("%q n'est pas venu ; vu :\n%s", texte, strings.Join(vues, "\n"))
	}
	attendre("En attente d'un changement")
	// Changer autre chose que la faute : toujours échoué.
	ajouter(t, filepath.Join(rendu, "client.py"), "# un commentaire\n")
	attendre("SRV-02 une mesure enregistrée : toujours échoué")
	attendre("En attente d'un changement")
	chemin := filepath.Join(rendu, "serveur.py")
	source, err := os.ReadFile(chemin)
	if err != nil {
		t.Fatal(err)
	}
	corrige := strings.ReplaceAll(string(source), "sqlite3.connect(BASE", "sqlite3.connect(isolation_level=None, database=BASE")
	if corrige == string(source) {
		t.Fatal("le serveur fautif n'est plus celui que ce test corrige")
	}
	if err := os.WriteFile(chemin, []byte(corrige), 0o600); err != nil {
		t.Fatal(err)
	}
	attendre("SRV-02 une mesure enregistrée : échoué → réussi")
	attendre("En attente d'un changement")
	finir()
	fils.Wait()
	if code != toutReussi {
		t.Errorf("code %d, celui de la dernière fiche attendu : %d", code, toutReussi)
	}
}

func ajouter(t *testing.T, chemin, texte string) {
	t.Helper()
	f, err := os.OpenFile(chemin, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteString(texte)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestPhotographier vérifie ce qui compte pour un changement, et ce qui n'en est pas un.
func TestPhotographier(t *testing.T) {
	for _, c := range []struct {
		nom    string
		faire  func(dossier string) error
		change bool
	}{
		{"rien", func(string) error { return nil }, false},
		{"un fichier de plus", func(d string) error { return os.WriteFile(filepath.Join(d, "b"), nil, 0o600) }, true},
		{"un autre contenu", func(d string) error { return os.WriteFile(filepath.Join(d, "a"), []byte("plus long"), 0o600) }, true},
		{"une autre date", func(d string) error { return os.Chtimes(filepath.Join(d, "a"), time.Time{}, time.Unix(1, 0)) }, true},
		{"effacé", func(d string) error { return os.Remove(filepath.Join(d, "a")) }, true},
		{"renommé", func(d string) error { return os.Rename(filepath.Join(d, "a"), filepath.Join(d, "c")) }, true},
		{"un cache de Python", func(d string) error { return creer(d, "__pycache__", "a.pyc") }, false},
		{"un dossier caché", func(d string) error { return creer(d, ".git", "index") }, false},
		{"un sous-dossier", func(d string) error { return creer(d, "src", "a.py") }, true},
	} {
		dossier := t.TempDir()
		if err := os.WriteFile(filepath.Join(dossier, "a"), []byte("un"), 0o600); err != nil {
			t.Fatal(err)
		}
		avant, err := photographier(dossier)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.faire(dossier); err != nil {
			t.Fatal(err)
		}
		apres, err := photographier(dossier)
		if err != nil {
			t.Fatal(err)
		}
		if avant.egale(apres) == c.change {
			t.Errorf("%s : changement %v, %v attendu", c.nom, !c.change, c.change)
		}
	}
	if _, err := photographier(filepath.Join(t.TempDir(), "absent")); err == nil {
		t.Error("un dossier absent se photographie")
	}
}

func creer(dossier, sous, nom string) error {
	if err := os.Mkdir(filepath.Join(dossier, sous), 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dossier, sous, nom), []byte("x"), 0o600)
}
