package criteres

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pelletier/go-toml/v2"

	"capteurs/tests/banc"
	"capteurs/tests/couche"
	"capteurs/tests/decouverte"
)

// corpus est le dossier des rendus d'exemple : des justes, des fautifs d'une faute chacun, des hostiles.
const corpus = "../testdata/rendus"

func TestMain(m *testing.M) {
	if banc.EstOuvrier() {
		if err := banc.Travailler(Executer); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if python, err := exec.LookPath("python3"); err == nil { // le vrai : un aiguillage prendrait dix fois plus de temps
		if prefixe, err := exec.Command(python, "-I", "-S", "-c", "import sys; print(sys.base_prefix)").Output(); err == nil {
			_ = os.Setenv("PATH", filepath.Join(strings.TrimSpace(string(prefixe)), "bin")+string(os.PathListSeparator)+os.Getenv("PATH"))
		}
	}
	flag.Parse()
	// Vérifier, c'est surtout attendre : plus de rendus que de processeurs ne se gênent pas, quand ils se partagent les places.
	if p := flag.Lookup("test.parallel"); p.Value.String() == p.DefValue {
		_ = flag.Set("test.parallel", fmt.Sprint(4*runtime.GOMAXPROCS(0)))
	}
	os.Exit(m.Run())
}

var (
	repetitions = flag.Int("repetitions", 3, "nombre de vérifications du même rendu, sous charge")
	lesquel     = flag.String("rendu", "", "ne vérifier que les rendus dont le nom contient ce texte")
	fois        = flag.Int("fois", 1, "vérifier chaque rendu tant de fois ; les verdicts doivent être les mêmes")
)

// attendu est ce qu'un rendu du corpus doit donner.
type attendu struct {
	Echecs      []string `toml:"echecs"`      // d'un fautif : les critères échoués ou partiels
	Diagnostics []string `toml:"diagnostics"` // d'un fautif : des fautes reconnues
	Ecarts      []string `toml:"ecarts"`      // d'un juste : les DEVRAIT qu'il ne remplit vraiment pas
	Relire      []string `toml:"relire"`      // ceux qui ne concluent pas, et n'ont pas à conclure
	Contient    []string `toml:"contient"`    // d'un hostile : ce que la fiche doit montrer
}

func lireAttendu(t *testing.T, dossier string) (a attendu) {
	t.Helper()
	texte, err := os.ReadFile(filepath.Join(dossier, "attendu.toml"))
	if err == nil {
		err = toml.NewDecoder(strings.NewReader(string(texte))).DisallowUnknownFields().Decode(&a)
	}
	if err != nil {
		t.Fatalf("%s : %v", dossier, err)
	}
	return a
}

// rendusDe rend les dossiers du corpus dont le nom commence ainsi.
func rendusDe(t *testing.T, prefixe string) []string {
	t.Helper()
	dossiers, err := filepath.Glob(filepath.Join(corpus, prefixe+"*"))
	if err != nil || len(dossiers) == 0 {
		t.Fatalf("aucun rendu %s* : %v", prefixe, err)
	}
	return dossiers
}

// niveau est celui que la machine permet ; il ne se sonde qu'une fois.
var niveau = sync.OnceValues(func() (banc.Niveau, string) { return Niveau(context.Background()) })

// places sont celles de tous les rendus vérifiés ensemble.
var places = sync.OnceValue(func() chan struct{} { n, _ := niveau(); return PlacesPour(n) })

// corriger vérifie un rendu ; seuls est vide pour tous les critères.
func corriger(t *testing.T, dossier string, seuls []string) *Bilan {
	t.Helper()
	n, _ := niveau()
	b, err := Corriger(t.Context(), dossier, Options{Niveau: n, Seuls: seuls, Places: places()})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s : %v, %d verdicts en %v", filepath.Base(dossier), n, len(b.Jugements), b.Duree.Round(10*time.Millisecond))
	for _, j := range b.Jugements {
		if j.Duree > 3*time.Second {
			t.Logf("%s, %s : %v, %d essais", j.Etape, j.Critere.ID, j.Duree.Round(10*time.Millisecond), j.Essais)
		}
	}
	return b
}

// exigerInterpretes saute un rendu dont le langage n'est pas installé.
func exigerInterpretes(t *testing.T, dossier string) {
	t.Helper()
	rendu, err := decouverte.Trouver(dossier)
	if err != nil {
		t.Fatal(err)
	}
	for _, paire := range rendu.Etapes {
		for _, programme := range []*decouverte.Programme{paire.Client, paire.Serveur} {
			if programme == nil {
				continue
			}
			for _, commande := range append([][]string{programme.Commande}, programme.Construit...) {
				if _, err := exec.LookPath(commande[0]); err != nil && !strings.Contains(commande[0], "{") {
					t.Skipf("%s n'est pas installé", commande[0])
				}
			}
		}
	}
}

// TestJustes vérifie qu'un programme juste n'est jamais dit fautif.
func TestJustes(t *testing.T) {
	for _, dossier := range choisirRendus(t, "juste_", "juste_04_sqlite_socketserver") { // il n'a aucun écart
		t.Run(filepath.Base(dossier), func(t *testing.T) {
			t.Parallel()
			exigerInterpretes(t, dossier)
			a := lireAttendu(t, dossier)
			for range *fois {
				seuls := choisirCriteres(t, "CLI-02", "CLI-05", "SRV-03", "SRV-06", "ROB-03", "ROB-05", "ROB-13", "PAI-01", "PAI-02")
				if testing.Short() {
					seuls = []string{"CLI-02", "SRV-03", "PAI-01"}
				}
				b := corriger(t, dossier, seuls)
				verifierVerdicts(t, b, a.Ecarts, a.Relire)
				if len(b.Alertes) > 0 {
					t.Errorf("alertes : %q ; un programme juste ne fait rien de dangereux", b.Alertes)
				}
			}
		})
	}
}

// TestFautifs vérifie que chaque faute fait échouer ses critères, ceux-là seulement, et qu'elle est reconnue.
func TestFautifs(t *testing.T) {
	for _, dossier := range choisirRendus(t, "faute_", "faute_sans_commit", "faute_str_du_dictionnaire", "faute_une_seule_lecture",
		"faute_ctrl_c_trace", "faute_ports_differents", "faute_serveur_indentation", "faute_heritage_inutile") {
		t.Run(filepath.Base(dossier), func(t *testing.T) {
			t.Parallel()
			exigerInterpretes(t, dossier)
			a := lireAttendu(t, dossier)
			for range *fois {
				b := corriger(t, dossier, choisirCriteres(t, a.Echecs...))
				verifierVerdicts(t, b, a.Echecs, a.Relire)
				codes := map[string]bool{}
				for _, j := range b.Jugements {
					if vu := []string{"SRV-01", "CLI-01", "SRV-02"}; j.Resultat.Verdict == banc.Echoue && j.Essais == 1 && !j.Tue && !slices.Contains(vu, j.Critere.ID) {
						t.Errorf("%s, %s : échoué du premier coup, attendu un second essai avant de le croire", j.Etape, j.Critere.ID)
					}
					for _, d := range j.Resultat.Diagnostics {
						codes[d.Code] = true
					}
				}
				for _, code := range a.Diagnostics {
					if !codes[code] {
						t.Errorf("diagnostic %s attendu ; rendus : %v", code, codes)
					}
				}
			}
		})
	}
}

// TestRepetition vérifie que le même rendu donne toujours les mêmes verdicts, alors même que la machine est chargée.
func TestRepetition(t *testing.T) {
	couche.Entiere(t, "le même rendu plusieurs fois, sous charge")
	dossier := choisirRendus(t, "juste_04_sqlite")[0]
	defer charger(t)()
	a := lireAttendu(t, dossier)
	var seuls []string
	if *repetitions <= 3 { // quelques fois, ceux où le temps compte le plus ; sinon, tous
		seuls = []string{"CLI-06", "SRV-06", "ROB-05", "ROB-06", "ROB-13", "PAI-01"}
	}
	for range *repetitions {
		verifierVerdicts(t, corriger(t, dossier, seuls), a.Ecarts, a.Relire)
	}
}

// charger occupe tous les processeurs jusqu'à l'appel de la fonction qu'elle rend.
func charger(t *testing.T) (arreter func()) {
	t.Helper()
	ctx, annuler := context.WithCancel(t.Context())
	var fils sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		fils.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				runtime.Gosched()
			}
		})
	}
	return func() { annuler(); fils.Wait() }
}

// choisirRendus rend les rendus du corpus à vérifier : tous avec la suite entière, sinon quelques-uns. Hors d'une cloison ils se
// gêneraient, et leurs ports seraient ceux de la machine : le test est alors sauté, ou échoue si KATA_CLOISON=requise.
func choisirRendus(t *testing.T, prefixe string, quelques ...string) []string {
	t.Helper()
	if n, raison := niveau(); n != banc.N1 {
		if os.Getenv("KATA_CLOISON") == "requise" {
			t.Fatalf("KATA_CLOISON=requise, mais la cloison est refusée : %s", raison)
		}
		t.Skipf("cloison refusée : %s", raison)
	}
	dossiers := rendusDe(t, prefixe)
	switch {
	case *lesquel != "":
		return slices.DeleteFunc(dossiers, func(d string) bool { return !strings.Contains(d, *lesquel) })
	case couche.EstEntiere(t):
		return dossiers
	case testing.Short():
		quelques = quelques[:1]
	}
	choisis := slices.DeleteFunc(dossiers, func(d string) bool { return !slices.Contains(quelques, filepath.Base(d)) })
	if len(choisis) != len(quelques) {
		t.Fatalf("rendus %q, ceux-ci attendus : %q", choisis, quelques)
	}
	return choisis
}

// choisirCriteres rend les critères à vérifier d'un rendu : tous, ce que dit une liste vide, avec la suite entière, sinon
// quelques-uns.
func choisirCriteres(t *testing.T, quelques ...string) []string {
	t.Helper()
	if couche.EstEntiere(t) || *lesquel != "" {
		return nil
	}
	return quelques
}

// verifierVerdicts compare les critères échoués ou partiels à ceux qui sont attendus ; rien d'autre ne doit être douteux.
func verifierVerdicts(t *testing.T, b *Bilan, attendus, relire []string) {
	t.Helper()
	echecs := map[string]bool{}
	for _, j := range b.Jugements {
		switch j.Resultat.Verdict {
		case banc.Echoue, banc.Partiel:
			echecs[j.Critere.ID] = true
			if !slices.Contains(attendus, j.Critere.ID) {
				t.Errorf("%s, %s : %s ; attendu : %s ; observé : %s", j.Etape, j.Critere.ID, j.Resultat.Verdict, j.Resultat.Attendu, j.Resultat.Observe)
			}
		case banc.Instable, banc.Defaillance, banc.NonConcluant:
			if j.Resultat.Verdict == banc.NonConcluant && slices.Contains(relire, j.Critere.ID) {
				continue
			}
			t.Errorf("%s, %s : %s ; %s", j.Etape, j.Critere.ID, j.Resultat.Verdict, j.Resultat.Observe)
		}
	}
	for _, id := range attendus {
		if !echecs[id] {
			t.Errorf("%s : un échec attendu", id)
		}
	}
}

// TestCatalogue vérifie le catalogue, et qu'aucun critère n'est mort : chacun est mis en défaut par une faute du corpus, chaque
// faute reconnue l'est dans le corpus.
func TestCatalogue(t *testing.T) {
	if err := Valider(Tous()); err != nil {
		t.Error(err)
	}
	echecs, codes := map[string]bool{}, map[string]bool{}
	for _, dossier := range rendusDe(t, "faute_") {
		a := lireAttendu(t, dossier)
		for _, id := range a.Echecs {
			echecs[id] = true
			if Trouver(id) == nil {
				t.Errorf("%s : critère %s inconnu", dossier, id)
			}
		}
		for _, code := range a.Diagnostics {
			codes[code] = true
		}
	}
	for _, c := range Tous() {
		if !echecs[c.ID] && c.Exigence != Informatif {
			t.Errorf("%s : aucune faute du corpus ne le met en défaut", c.ID)
		}
	}
	for code := range Codes() {
		if !codes[code] {
			t.Errorf("diagnostic %s : aucune faute du corpus", code)
		}
	}
}

// TestValider vérifie qu'un catalogue fautif est refusé, en nommant le critère.
func TestValider(t *testing.T) {
	critere := func(id string, requiert ...string) *Critere {
		return &Critere{ID: id, Titre: "t", Pourquoi: "p", Exigence: Doit, Verifier: func(*banc.Banc) banc.Resultat { return reussi() }, Requiert: requiert}
	}
	if err := Valider([]*Critere{critere("A"), critere("B", "A"), critere("C", "A", "B")}); err != nil {
		t.Error(err)
	}
	catalogues := map[string][]*Critere{
		"critère A en double":                                   {critere("A"), critere("A")},
		"critère B : A, qu'il requiert, ne le précède pas":      {critere("B", "A"), critere("A")},
		"critère B : absent, qu'il requiert, ne le précède pas": {critere("A"), critere("B", "A", "absent")},
		"critère A : A, qu'il requiert, ne le précède pas":      {critere("A", "A")},
	}
	for _, oter := range []func(c *Critere){
		func(c *Critere) { c.Titre = "" }, func(c *Critere) { c.Pourquoi = "" }, func(c *Critere) { c.Exigence = "" }, func(c *Critere) { c.Verifier = nil },
	} {
		c := critere("B")
		oter(c)
		if err := Valider([]*Critere{critere("A"), c}); err == nil || err.Error() != "critère B incomplet" {
			t.Errorf("%+v : %v", c, err)
		}
	}
	for attendu, catalogue := range catalogues {
		if err := Valider(catalogue); err == nil || err.Error() != attendu {
			t.Errorf("%v ; attendu : %s", err, attendu)
		}
	}
}
