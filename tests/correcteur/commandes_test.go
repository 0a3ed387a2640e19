package main

import (
	"encoding/json"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"capteurs/shared/version"
	"capteurs/tests/couche"
	"capteurs/tests/rapport"
)

// TestAide vérifie que l'aide tient sur un écran et n'oublie aucune option.
func TestAide(t *testing.T) {
	_, sortie, _ := lancer(t, "-h")
	if n := strings.Count(sortie, "\n"); n > 45 {
		t.Errorf("%d lignes, 45 au plus", n)
	}
	new(reglages).options().VisitAll(func(f *flag.Flag) {
		if !strings.Contains(sortie, "  -"+f.Name+" ") {
			t.Errorf("l'option -%s n'est pas dans l'aide", f.Name)
		}
	})
	for nom := range formats {
		if !strings.Contains(sortie, nom) {
			t.Errorf("le format %s n'est pas dans l'aide", nom)
		}
	}
}

func TestVersion(t *testing.T) {
	for _, args := range [][]string{{"-version"}, {"rejouer", "-version"}, {"rendre", "--version"}} {
		if code, sortie, erreurs := lancer(t, args...); code != toutReussi || sortie != version.Dire() || erreurs != "" {
			t.Errorf("%v : code %d, %q, %q, attendu la version", args, code, sortie, erreurs)
		}
	}
}

// TestRejouer vérifie que l'échange se voit en entier, et la façon de le refaire.
func TestRejouer(t *testing.T) {
	exigerCloison(t)
	code, sortie, erreurs := lancer(t, "rejouer", "SRV-02", corpus+"/faute_sans_commit")
	if code != desEchecs {
		t.Errorf("code %d, %d attendu\n%s", code, desEchecs, erreurs)
	}
	for _, texte := range []string{"SRV-02", "envoie", "enregistré", "À la main", "lancer son serveur :  python3 serveur.py", `envoyer :  printf '{"capteur_id":`, "| nc -N 127.0.0.1"} {
		if !strings.Contains(sortie, texte) {
			t.Errorf("%q attendu dans\n%s", texte, sortie)
		}
	}
	if strings.Contains(sortie, "CLI-01") {
		t.Errorf("un autre critère que celui demandé :\n%s", sortie)
	}
	if !couche.EstEntiere(t) {
		return // un fautif suffit
	}
	if _, sortie, _ = lancer(t, "rejouer", "SRV-02", corpus+"/juste_04_sqlite_socketserver"); !strings.Contains(sortie, "enregistré : donnees.db, table mesures, rangée 1") {
		t.Errorf("ce qui a été enregistré ne se voit pas :\n%s", sortie)
	}
}

// TestRienAVerifier vérifie que n'avoir rien vérifié n'est pas avoir réussi.
func TestRienAVerifier(t *testing.T) {
	couche.Entiere(t, "trois corrections de plus")
	exigerCloison(t)
	for _, args := range [][]string{{"rejouer", "HER-01"}, {"rejouer", "-etape", "poo", "SRV-01"}, {"-critere", "HER-01"}} {
		code, sortie, erreurs := lancer(t, append(args, corpus+"/juste_01_texte_minimal")...)
		if code != pasConcluant || strings.Contains(sortie, "✔ juste_01") {
			t.Errorf("%v : code %d, %d attendu\n%s%s", args, code, pasConcluant, sortie, erreurs)
		}
	}
}

// TestRapports vérifie que toutes les vues s'écrivent, pour leur propriétaire seul, et se refont de la première.
func TestRapports(t *testing.T) {
	if testing.Short() {
		t.Skip("une correction de plus ; sans -short")
	}
	exigerCloison(t)
	dossier := filepath.Join(t.TempDir(), "notes")
	code, _, erreurs := lancer(t, "-critere", "CLI-01", "-rapports", dossier, corpus+"/juste_01_texte_minimal")
	if code != toutReussi {
		t.Fatalf("code %d\n%s", code, erreurs)
	}
	for _, nom := range []string{"index.html", "rapport.json", "junit.xml", "resume.md", "notes.csv"} {
		infos, err := os.Stat(filepath.Join(dossier, nom))
		if err != nil || infos.Size() == 0 {
			t.Errorf("%s : %v", nom, err)
			continue
		}
		if runtime.GOOS != "windows" && infos.Mode().Perm() != 0o600 {
			t.Errorf("%s : droits %v", nom, infos.Mode())
		}
	}
	fichiers := os.DirFS(dossier)
	for format, nom := range map[string]string{"html": "index.html", "json": "rapport.json", "junit": "junit.xml", "markdown": "resume.md", "csv": "notes.csv"} {
		attendu, err := fs.ReadFile(fichiers, nom)
		if err != nil {
			t.Fatal(err)
		}
		code, sortie, erreurs := lancer(t, "rendre", "-format", format, filepath.Join(dossier, "rapport.json"))
		if code != toutReussi || sortie != string(attendu) {
			t.Errorf("%s : refait du JSON, code %d, %d octets au lieu de %d\n%s", format, code, len(sortie), len(attendu), erreurs)
		}
	}
}

// TestClasse vérifie qu'une classe se corrige en entier, ce qui ne s'ouvre pas compris, puis se reprend sans rien relancer et
// se note d'un autre barème ; et qu'un rapport anonyme ne nomme personne.
func TestClasse(t *testing.T) {
	exigerCloison(t)
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	classe, notes := filepath.Join(t.TempDir(), "rendus"), filepath.Join(t.TempDir(), "notes")
	for nom, modele := range map[string]string{"groupe_a": "juste_01_texte_minimal", "groupe_b": "faute_client_udp"} {
		if err := os.CopyFS(filepath.Join(classe, nom), os.DirFS(corpus+"/"+modele)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(classe, "groupe_c.zip"), []byte("rien d'une archive"), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"-classe", classe, "-critere", "CLI-01", "-rapports", notes}
	code, sortie, erreurs := lancer(t, args...)
	if code != enPanne {
		t.Errorf("code %d, celui de l'archive illisible attendu : %d\n%s%s", code, enPanne, sortie, erreurs)
	}
	premiere := lireRapport(t, notes)
	if len(premiere.Rendus) != 3 || premiere.Rendus[2].Erreur == "" {
		t.Fatalf("%d rendus, le dernier en erreur attendu", len(premiere.Rendus))
	}
	for _, page := range []string{"index.html", "rendus/groupe_a.html", "rendus/groupe_b.html", "rendus/groupe_c.html"} {
		if _, err := os.Stat(filepath.Join(notes, page)); err != nil {
			t.Error(err)
		}
	}
	if code, _, erreurs := lancer(t, append(args, "-anonyme")...); code != mauvaisUsage || !strings.Contains(erreurs, "nomme") {
		t.Errorf("un rapport anonyme à côté de pages qui nomment : code %d, %s", code, erreurs)
	}
	notes = filepath.Join(t.TempDir(), "anonyme")
	args[len(args)-1] = notes
	if _, _, erreurs = lancer(t, append(args, "-anonyme")...); !strings.Contains(erreurs, "2 sur 3 déjà corrigés") {
		t.Errorf("la seconde fois relance : %s", erreurs)
	}
	for _, nom := range []string{"index.html", "notes.csv", "junit.xml", "resume.md", "rapport.json"} {
		texte, err := os.ReadFile(filepath.Join(notes, nom))
		if err != nil || strings.Contains(string(texte), "groupe_") {
			t.Errorf("%s nomme un groupe, %v", nom, err)
		}
	}
	noms, err := os.ReadFile(filepath.Join(notes, "correspondance.csv"))
	if err != nil || strings.Count(string(noms), "groupe_") != 3 {
		t.Errorf("correspondances : %q, %v", noms, err)
	}
}

func lireRapport(t *testing.T, dossier string) (r rapport.Rapport) {
	t.Helper()
	octets, err := os.ReadFile(filepath.Join(dossier, "rapport.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(octets, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// TestAutreBareme vérifie qu'un rapport déjà écrit se note d'un autre barème, décisions comprises, sans rien relancer.
func TestAutreBareme(t *testing.T) {
	const fait = "../rapport/testdata/golden/rapport.json"
	notes := map[string]int{}
	for _, bareme := range []string{"", "../bareme/testdata/etape_1.toml", sansBareme} {
		code, sortie, erreurs := lancer(t, "rendre", "-bareme", bareme, "-format", "json", fait)
		var r rapport.Rapport
		if err := json.Unmarshal([]byte(sortie), &r); code == mauvaisUsage || err != nil {
			t.Fatalf("%q : code %d, %v\n%s", bareme, code, err, erreurs)
		}
		if n := r.Rendus[0].Note; n != nil && n.Finale != nil {
			notes[bareme] = int(*n.Finale)
		}
	}
	if _, note := notes[sansBareme]; note || len(notes) != 2 || notes[""] == notes["../bareme/testdata/etape_1.toml"] {
		t.Errorf("notes en centièmes : %v ; deux attendues, et différentes", notes)
	}
}
