package contrat

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestFonctionsAEcrire(t *testing.T) {
	dossier := t.TempDir()
	for nom, texte := range map[string]string{
		"client.go": `package p

// Generer rend une mesure. Elle ne se connecte pas.
func Generer() int { panic("à écrire") }

func ecrite() { panic("autre chose") }

func (c *Capteur) Envoyer(n int) {
	if n > 0 {
		return
	}
	panic("à écrire") // le cas où rien ne part
}
`,
		"client_test.go": "package p\n\nfunc essai() { panic(\"à écrire\") }\n",
		"serveur.go":     "package p\n\nfunc (s Serveur) Servir() { go func() { panic(\"à écrire\") }() }\n",
	} {
		if err := os.WriteFile(filepath.Join(dossier, nom), []byte(texte), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	obtenues, err := fonctionsAEcrire(dossier)
	attendues := []fonctionAEcrire{
		{"Generer", "Generer rend une mesure.", "client.go:4"},
		{"Capteur.Envoyer", "", "client.go:12"},
		{"Serveur.Servir", "", "serveur.go:3"},
	}
	if err != nil || !slices.Equal(obtenues, attendues) {
		t.Errorf("fonctionsAEcrire() = %+v, %v, attendu %+v", obtenues, err, attendues)
	}
	for sortie, attendue := range map[string]string{
		"panic: à écrire\n\ngoroutine 7 [running]:\np.Generer(...)\n\t/tmp/l'été/client.go:4 +0x1d\ntesting.tRunner(…)\n": "Generer",
		"\tC:\\kata\\client.go:12 +0x2f\n": "Capteur.Envoyer",
		"\t/tmp/serveur.go:3 +0x1\npanic(…)\n\t/usr/lib/panic.go:860\np.Generer(...)\n\t/tmp/client.go:4 +0x1\n": "Generer",
		"\t/tmp/autre_client.go:4 +0x1\n\t/tmp/client.go:40 +0x1\n":                                              "",
		"--- FAIL: TestContrat/UneMesure\n    mesures.go:25: attendu 1, nil\n":                                   "",
	} {
		if f, _ := rencontree(sortie, attendues); f.nom != attendue {
			t.Errorf("rencontree(%q) = %q, attendu %q", sortie, f.nom, attendue)
		}
	}
}
