package rapport

import (
	"bytes"
	"context"
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"capteurs/tests/banc"
	"capteurs/tests/bareme"
	"capteurs/tests/couche"
	"capteurs/tests/criteres"
)

// Les vues de testdata/golden se refont de rapport.json ; lui, d'une vraie correction.
var (
	actualiser = flag.Bool("actualiser", false, "refaire les vues de testdata/golden")
	recorriger = flag.Bool("recorriger", false, "refaire d'abord testdata/golden/rapport.json")
)

const (
	corpus = "../testdata/rendus"
	golden = "testdata/golden"
)

// corriges sont les rendus de rapport.json : une faute qui en fait ignorer d'autres, et des sorties hostiles.
var corriges = []string{"faute_sans_commit", "hostile_sortie_terminal"}

// decisions est ce qu'un enseignant a décidé de l'un d'eux.
const decisions = `[[decision]]
rendu = "hostile_sortie_terminal"
critere = "PAI-02"
points = "0,25"
motif = "le client de référence a été lancé à la main, en séance"
`

// corriger corrige un rendu du corpus, dans une cloison ; sans elle, le test est sauté.
func corriger(t *testing.T, nom string) Rendu {
	t.Helper()
	couche.Entiere(t, "une vraie correction")
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("python3 manque : ", err)
	}
	if n, raison := criteres.Niveau(t.Context()); n != banc.N1 {
		t.Skip("cloison refusée : ", raison)
	}
	bilan, err := criteres.Corriger(context.WithoutCancel(t.Context()), filepath.Join(corpus, nom), criteres.Options{Niveau: banc.N1})
	if err != nil {
		t.Fatal(err)
	}
	return Rendre(bilan)
}

// alleger ne garde que les premiers faits de ce qui a été manqué.
func alleger(r *Rendu) {
	garder := func(faits []Fait) []Fait {
		faits = faits[:min(4, len(faits))]
		for i := range faits {
			if f := &faits[i]; len(f.Octets) > 200 {
				f.Taille, f.Octets = max(f.Taille, len(f.Octets)), f.Octets[:200]
			}
		}
		return faits
	}
	for i := range r.Etapes {
		r.Etapes[i].Reconnaissance = garder(r.Etapes[i].Reconnaissance)
	}
	for i := range r.Jugements {
		if j := &r.Jugements[i]; manque(j.Verdict) {
			j.Faits = garder(j.Faits)
		} else {
			j.Faits = nil
		}
	}
}

// TestRecorriger refait testdata/golden/rapport.json, quand on le demande.
func TestRecorriger(t *testing.T) {
	if !*recorriger {
		t.Skip("seulement avec -recorriger")
	}
	r := &Rapport{Version: Version, Classe: "groupe_a"}
	for _, nom := range corriges {
		rendu := corriger(t, nom)
		alleger(&rendu)
		r.Rendus = append(r.Rendus, rendu)
	}
	r.Rendus = append(r.Rendus, Rendu{Nom: "rendu_03", Erreur: "l'archive ne se lit pas", Isolation: r.Rendus[0].Isolation, Graine: "0", Etapes: []Etape{}, Jugements: []Jugement{}})
	normaliser(r)
	prises, err := bareme.ParDefaut().LireDecisions("decisions.toml", []byte(decisions))
	if err != nil {
		t.Fatal(err)
	}
	r.Noter(bareme.ParDefaut(), prises)
	if err := os.WriteFile(filepath.Join(golden, "rapport.json"), jsonDe(t, r), 0o644); err != nil {
		t.Fatal(err)
	}
}

// rapportDeReference rend celui de testdata/golden/rapport.json.
func rapportDeReference(t *testing.T) *Rapport {
	t.Helper()
	octets, err := os.ReadFile(filepath.Join(golden, "rapport.json"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := Lire(bytes.NewReader(octets))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestVues compare chaque forme du rapport de référence à ce qu'elle était. Le rapport ne change pas : ses vues non plus, à
// l'octet près.
func TestVues(t *testing.T) {
	r := rapportDeReference(t)
	seul := *r
	seul.Classe, seul.Rendus = "", r.Rendus[:1]
	deux := *r
	deux.Rendus = []Rendu{r.Rendus[0], r.Rendus[2]}
	for nom, vue := range map[string]func(io.Writer) error{
		"rapport.json":                func(w io.Writer) error { return JSON(w, r) },
		"classe.txt":                  func(w io.Writer) error { return FicheClasse(w, r, Style{}) },
		"faute_sans_commit.txt":       func(w io.Writer) error { return Fiche(w, &r.Rendus[0], Style{}) },
		"hostile_sortie_terminal.txt": func(w io.Writer) error { return Fiche(w, &r.Rendus[1], Style{Preuves: true, Largeur: 100}) },
		"rendu_03.txt":                func(w io.Writer) error { return Fiche(w, &r.Rendus[2], Style{}) },
		"junit.xml":                   func(w io.Writer) error { return JUnit(w, &deux) },
		"classe.md":                   func(w io.Writer) error { return Markdown(w, r, 0) },
		"faute_sans_commit.md":        func(w io.Writer) error { return Markdown(w, &seul, 0) },
		"faute_sans_commit_court.md":  func(w io.Writer) error { return Markdown(w, &seul, 1500) },
		"faute_sans_commit.html":      func(w io.Writer) error { return sansStyle(w, &seul) },
		"notes.csv":                   func(w io.Writer) error { return CSV(w, r, CSVFrancais) },
	} {
		t.Run(nom, func(t *testing.T) {
			var obtenu bytes.Buffer
			if err := vue(&obtenu); err != nil {
				t.Fatal(err)
			}
			chemin := filepath.Join(golden, nom)
			if *actualiser {
				if err := os.WriteFile(chemin, obtenu.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			attendu, err := os.ReadFile(chemin)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(obtenu.Bytes(), attendu) {
				i := premiereDifference(obtenu.String(), string(attendu))
				t.Errorf("%s a changé à l'octet %d :\n%s\nau lieu de\n%s\n-actualiser le refait", chemin, i, montrerAutour(obtenu.String(), i, 300), montrerAutour(string(attendu), i, 300))
			}
		})
	}
}

var feuilleDeStyle = regexp.MustCompile(`(?s)<style>.*?</style>`)

// sansStyle écrit la page d'un rapport sans sa feuille de style, qui ne dépend pas de lui.
func sansStyle(w io.Writer, r *Rapport) error {
	var page bytes.Buffer
	if err := HTML(&page, r); err != nil {
		return err
	}
	_, err := w.Write(feuilleDeStyle.ReplaceAll(page.Bytes(), []byte("<style></style>")))
	return err
}

// verdictEnTete reconnaît les lignes d'une fiche qui disent un verdict, et les suites d'identifiants qui les continuent.
var verdictEnTete = regexp.MustCompile(`^([✔◐✘?–~!] |      [A-Z]{3}-|Étape )`)

// squelette rend ce qui ne dépend ni du temps ni des valeurs : les lignes de verdicts.
func squelette(t *testing.T, r *Rendu) string {
	t.Helper()
	sans := *r
	sans.Note = nil
	var lignes []string
	for ligne := range strings.Lines(ficheDe(t, &sans, Style{})) {
		if verdictEnTete.MatchString(ligne) {
			lignes = append(lignes, ligne)
		}
	}
	return strings.Join(lignes, "")
}

// TestCorrige corrige vraiment un rendu, et retrouve les verdicts de la fiche de référence.
func TestCorrige(t *testing.T) {
	reference := rapportDeReference(t)
	rendu := corriger(t, corriges[0])
	if n := rendu.Compter().ARelire; n > 0 { // une machine trop chargée : ce n'est pas la fiche qui est en cause
		t.Skipf("%d critères non concluants ou instables", n)
	}
	if obtenu, attendu := squelette(t, &rendu), squelette(t, &reference.Rendus[0]); obtenu != attendu {
		t.Errorf("la fiche dit\n%s\nau lieu de\n%s", obtenu, attendu)
	}
}
