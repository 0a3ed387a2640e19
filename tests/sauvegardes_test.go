package tests

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"capteurs/tests/contrat"
	"capteurs/tests/couche"
)

// TestSauvegardes vérifie les deux sauvegardes qui n'ont besoin de rien d'autre que d'un disque.
func TestSauvegardes(t *testing.T) {
	limiterTirages(t)
	t.Run("texte", func(t *testing.T) {
		contrat.VerifierSauvegarde(t, contrat.Moteur{Neuve: neuve("texte"), Accident: func(t *rapid.T, url string) string {
			copie := copier(t, url, "")
			dechiree := `{"timestamp":"2026-01-01T00:00:00.000000Z","capteur_id":"perdue","temperature":1}` // sans saut de ligne
			ajouter(t, copie, dechiree[:rapid.IntRange(0, len(dechiree)).Draw(t, "octets déchirés")])
			return copie
		}})
	})
	t.Run("sqlite", func(t *testing.T) {
		contrat.VerifierSauvegarde(t, contrat.Moteur{Neuve: neuve("sqlite"), Accident: func(t *rapid.T, url string) string {
			copie := copier(t, url, "", "-wal") // l'index -shm se refait
			ajouter(t, copie+"-wal", strings.Repeat("\xa5", rapid.IntRange(0, 5000).Draw(t, "octets déchirés")))
			return copie
		}})
	})
}

// limiterTirages fait tirer moins à rapid, hors de la suite entière : chaque tirage attend le disque, plusieurs fois.
func limiterTirages(t *testing.T) {
	t.Helper()
	tirages := flag.Lookup("rapid.checks")
	if couche.EstEntiere(t) || testing.Short() || tirages.Value.String() != tirages.DefValue {
		return // -short fait déjà tirer moins
	}
	if err := tirages.Value.Set("40"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tirages.Value.Set(tirages.DefValue) })
}

// neuve rend de quoi nommer des fichiers qui n'existent pas encore. rapid rejoue les mêmes tirages : leurs noms n'en
// dépendent pas.
func neuve(genre string) func(contrat.T) string {
	return func(t contrat.T) string { return genre + ":" + filepath.Join(dossierEphemere(t), "donnees") }
}

func dossierEphemere(t contrat.T) string {
	t.Helper()
	dossier, err := os.MkdirTemp("", "kata")
	if err != nil {
		t.Fatalf("dossier temporaire : %v", err)
	}
	t.Cleanup(func() { os.RemoveAll(dossier) })
	return dossier
}

// copier copie les fichiers d'une sauvegarde ouverte, tels qu'ils sont sur le disque, et rend l'URL de la copie.
func copier(t contrat.T, url string, suffixes ...string) string {
	t.Helper()
	genre, chemin, _ := strings.Cut(url, ":")
	copie := filepath.Join(dossierEphemere(t), "donnees")
	for _, suffixe := range suffixes {
		octets, err := os.ReadFile(chemin + suffixe)
		if err == nil {
			err = os.WriteFile(copie+suffixe, octets, 0o600)
		}
		if err != nil {
			t.Fatalf("copie de %s : %v", url, err)
		}
	}
	return genre + ":" + copie
}

// ajouter ajoute des octets à un fichier d'une sauvegarde, comme une écriture que l'accident aurait interrompue.
func ajouter(t contrat.T, url, octets string) {
	t.Helper()
	_, chemin, _ := strings.Cut(url, ":")
	f, err := os.OpenFile(chemin, os.O_WRONLY|os.O_APPEND, 0)
	if err == nil {
		_, err = f.WriteString(octets)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		t.Fatalf("%s : %v", chemin, err)
	}
}
