package main

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"capteurs/shared/version"
)

func sansEnvironnement(string) string { return "" }

func TestLireReglages(t *testing.T) {
	for args, voulue := range map[string]string{
		"-inconnue":        "option inconnue : -inconnue",
		"-tours":           "l'option -tours demande une valeur",
		"-tours deux":      `valeur "deux" incorrecte pour l'option -tours`,
		"-json=peut-être":  `valeur "peut-être" incorrecte pour l'option -json`,
		"-tours 0":         "-tours 0",
		"-duree 3h":        "-duree 3h0m0s",
		"-etapes 1,4":      `-etapes "1,4"`,
		"-etapes 1,1":      `-etapes "1,1"`,
		"-etapes aucun":    "au moins une étape",
		"-rapide encore":   `argument inattendu : "encore"`,
		"-etapes ,":        `-etapes ","`,
		"-duree milliards": `valeur "milliards" incorrecte pour l'option -duree`,
		"-scenarios 65":    `-scenarios "65"`,
		"-moteurs oracle":  `-moteurs "oracle"`,
		"-pairs kafka":     `-pairs "kafka"`,
		"-lignes 0":        "-lignes 0",
	} {
		if _, err := lireReglages(strings.Fields(args), sansEnvironnement); err == nil || !strings.Contains(err.Error(), voulue) {
			t.Errorf("%s : %v ; une erreur avec « %s » attendue", args, err, voulue)
		}
	}
	if _, err := lireReglages([]string{"-h"}, sansEnvironnement); !errors.Is(err, errAide) {
		t.Errorf("-h : %v, errAide attendue", err)
	}
	r, err := lireReglages(strings.Fields("-rapide -tours 4 -etapes 3,1 -scenarios flot -pairs aucun"), sansEnvironnement)
	if err != nil || r.tours != 4 || r.duree != 100*time.Millisecond || !slices.Equal(r.etapes, []int{3, 1}) ||
		!slices.Equal(r.scenarios, []string{"flot"}) || r.pairs != nil || !slices.Equal(r.moteurs, []string{"sqlite", "texte"}) || r.exiges {
		t.Errorf("%+v, %v", r, err)
	}
	if r, err := lireReglages(nil, sansEnvironnement); err != nil || len(r.moteurs) != 4 || r.exiges {
		t.Errorf("par défaut : %v, %v ; les quatre moteurs attendus, pour peu qu'on le puisse", r.moteurs, err)
	}
	if r, err := lireReglages(strings.Fields("-rapide -moteurs postgres"), sansEnvironnement); err != nil || !slices.Equal(r.moteurs, []string{"postgres"}) || !r.exiges {
		t.Errorf("-moteurs postgres : %v, %v ; lui seul attendu, et exigé", r.moteurs, err)
	}
}

// Le mot de passe d'une base peut ne pas être sur la ligne de commande, où tout le monde le lit.
func TestURLParLEnvironnement(t *testing.T) {
	environnement := func(nom string) string {
		return map[string]string{"KATA_CHARGE_POSTGRES": "postgres://u:p@h/b", "KATA_CHARGE_MARIADB": "mariadb://u:p@h/b"}[nom]
	}
	r, err := lireReglages([]string{"-mariadb", "mariadb://autre/b"}, environnement)
	if err != nil || r.postgres != "postgres://u:p@h/b" || r.mariadb != "mariadb://autre/b" || len(r.moteurs) != 4 {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestVersion(t *testing.T) {
	sortie, err := os.Create(filepath.Join(t.TempDir(), "sortie"))
	if err != nil {
		t.Fatal(err)
	}
	defer sortie.Close()
	code := executer([]string{"-rapide", "-version"}, sortie, sortie)
	if dit, err := os.ReadFile(sortie.Name()); err != nil || code != 0 || string(dit) != version.Dire() {
		t.Errorf("-version : code %d, %q, %v, attendu la version", code, dit, err)
	}
}

func TestAideSurUnEcran(t *testing.T) {
	if n := strings.Count(aide, "\n"); n > 42 {
		t.Errorf("l'aide a %d lignes", n)
	}
	verifierLargeur(t, aide)
}

func compterLignes(t *testing.T, chemin string) (n int) {
	t.Helper()
	err := ouvrirSQLite(t.Context(), chemin, "FULL", func(conn *sql.Conn) error {
		return conn.QueryRowContext(context.Background(), "SELECT count(*) FROM mesures").Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Une base que Docker ne peut pas fournir n'empêche pas de mesurer le reste, sauf si on l'a nommée.
func TestBaseImpossibleALancer(t *testing.T) {
	t.Setenv("KATA_IMAGE_POSTGRES", "image-absente:jamais")
	dit, err := os.Create(t.TempDir() + "/dit")
	if err != nil {
		t.Fatal(err)
	}
	defer dit.Close()
	r := reglages{moteurs: []string{"sqlite", "postgres"}}
	arreter, err := r.lancerBases(t.Context(), nouveauProgres(dit))
	if err != nil || arreter() != nil || !slices.Equal(r.moteurs, []string{"sqlite"}) {
		t.Errorf("moteurs %v, %v ; sqlite seul attendu", r.moteurs, err)
	}
	if texte, err := os.ReadFile(dit.Name()); err != nil || !strings.HasPrefix(string(texte), "postgres n'est pas mesuré : ") {
		t.Errorf("%q, %v ; pourquoi postgres n'est pas mesuré attendu", texte, err)
	}
	r = reglages{moteurs: []string{"postgres"}, exiges: true}
	if _, err := r.lancerBases(t.Context(), nouveauProgres(dit)); err == nil || !strings.Contains(err.Error(), "donnez l'URL d'une base par -postgres") {
		t.Errorf("postgres exigé : %v, une erreur qui dise de donner -postgres attendue", err)
	}
	r = reglages{moteurs: []string{"postgres"}, postgres: "postgres://u@h/b"}
	if arreter, err := r.lancerBases(t.Context(), nouveauProgres(dit)); err != nil || arreter() != nil || !slices.Equal(r.moteurs, []string{"postgres"}) {
		t.Errorf("une URL : %v, %v ; rien à lancer attendu", r.moteurs, err)
	}
}
