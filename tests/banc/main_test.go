package banc

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"capteurs/tests/decouverte"
	"capteurs/tests/releve"
)

// scenes sont ce que les tests font faire à un ouvrier, par nom.
var scenes = map[string]func(*Banc) Resultat{CritereSonde: func(*Banc) Resultat { return Resultat{Verdict: Reussi} }}

// scene retient ce qu'un ouvrier fera quand on lui demandera nom.
func scene(nom string, f func(*Banc) Resultat) string {
	scenes[nom] = f
	return nom
}

// TestMain vérifie aussi que rien ne tourne encore à la fin : ni dans les ouvriers, ni ici.
func TestMain(m *testing.M) {
	if EstOuvrier() {
		err := Travailler(func(_ context.Context, b *Banc, critere string) Resultat { return scenes[critere](b) })
		if err == nil {
			err = goleak.Find(goleak.IgnoreAnyFunction("capteurs/tests/banc.tenir"))
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if python, err := exec.LookPath("python3"); err == nil { // le vrai : un aiguillage prendrait cent fois plus de temps
		_ = os.Setenv("PATH", filepath.Join(interrogerPython(context.Background(), python).prefixe, "bin")+string(os.PathListSeparator)+os.Getenv("PATH"))
	}
	flag.Parse()
	if p := flag.Lookup("test.parallel"); p.Value.String() == p.DefValue { // un essai passe son temps à attendre
		_ = flag.Set("test.parallel", "5")
	}
	code := m.Run()
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// essai est une scène à jouer. La valeur zéro des champs convient, sauf Scene.
type essai struct {
	Scene    string
	Niveau   Niveau // « » : N1
	Fichiers casFichiers
	Patience float64
	Profil   *Profil
	Delai    time.Duration
	Masques  []string
	Outils   []string
}

// commandes dit comment se lance un fichier de ce nom.
var commandes = map[string][]string{".py": {"python3"}, ".sh": {"sh"}, ".xyz": {"interprete-qui-n-existe-pas"}}

// confier fait jouer une scène par un ouvrier, et vérifie qu'il ne laisse aucun dossier.
func (e essai) confier(t *testing.T) (Reponse, error) {
	t.Helper()
	e.Niveau = cmp.Or(e.Niveau, N1)
	if e.Niveau == N1 {
		exigerCloison(t)
	}
	rendu, ancrage := t.TempDir(), t.TempDir()
	paire := decouverte.Paire{}
	for nom, texte := range e.Fichiers {
		deposer(t, filepath.Join(rendu, nom), texte)
		p := &decouverte.Programme{Fichier: nom, Dossier: ".", Commande: append(commandes[filepath.Ext(nom)][:1:1], nom)}
		switch {
		case strings.HasPrefix(nom, "client"):
			paire.Client = p
		case strings.HasPrefix(nom, "serveur"):
			paire.Serveur = p
		}
	}
	d := Demande{Critere: e.Scene, Dossier: rendu, Ancrage: ancrage, Etape: decouverte.Procedural, Niveau: e.Niveau,
		Outils: slices.Concat(prepare().Outils, e.Outils), Masques: slices.Concat(prepare().Masques, e.Masques),
		Graine: 7, Patience: cmp.Or(e.Patience, 1), Rendu: decouverte.Rendu{Etapes: map[decouverte.Etape]decouverte.Paire{decouverte.Procedural: paire}}}
	if e.Profil != nil {
		d.Profils = Profils{decouverte.Procedural: e.Profil}
	}
	ctx, arreter := context.WithTimeout(t.Context(), cmp.Or(e.Delai, 2*time.Minute))
	defer arreter()
	r, err := Confier(ctx, d)
	if restes, _ := os.ReadDir(ancrage); len(restes) > 0 {
		t.Errorf("dossier laissé : %v", restes)
	}
	return r, err
}

// jouer est confier, quand l'ouvrier doit répondre.
func (e essai) jouer(t *testing.T) Reponse {
	t.Helper()
	r, err := e.confier(t)
	if err != nil {
		t.Fatal(err)
	}
	if r.Resultat.Verdict != Reussi {
		t.Fatalf("%s\n%v", r.Resultat.Observe, faitsEnTexte(r.Evenements))
	}
	return r
}

// vu conclut une scène par ce qu'elle a vu.
func vu(format string, args ...any) Resultat {
	return Resultat{Verdict: Reussi, Observe: fmt.Sprintf(format, args...)}
}

// rate conclut une scène qui n'a pas pu être jouée.
func rate(err error) Resultat { return Resultat{Verdict: Echoue, Observe: err.Error()} }

// prepare dit ce que demandent les interprètes.
var prepare = sync.OnceValue(func() *Preparation {
	p := &Preparation{Rendu: decouverte.Rendu{Etapes: map[decouverte.Etape]decouverte.Paire{decouverte.Procedural: {Client: &decouverte.Programme{Commande: []string{"python3"}}}}}}
	p.trouverOutils(context.Background())
	return p
})

var sonde = sync.OnceValue(func() error { return Sonder(context.Background(), "") })

// exigerCloison saute un test que la machine ne permet pas, sauf si KATA_CLOISON=requise.
func exigerCloison(t testing.TB) {
	t.Helper()
	if err := sonde(); err != nil {
		if os.Getenv("KATA_CLOISON") == "requise" {
			t.Fatalf("KATA_CLOISON=requise, mais la cloison est refusée : %v", err)
		}
		t.Skipf("cloison refusée : %v", err)
	}
}

func faitsEnTexte(faits []Evenement) string {
	var texte strings.Builder
	for _, e := range faits {
		fmt.Fprintf(&texte, "%v %s %s %d %s %s\n", e.T, e.Qui, e.Quoi, e.Conn, e.Texte, releve.Montrer(e.Octets, 200))
	}
	return texte.String()
}

// lancerSeul lance le programme du rendu qui s'y trouve, sans rien attendre de lui.
func lancerSeul(b *Banc) (*Processus, error) {
	if p := b.Paire().Client; p != nil {
		return b.lancer("client", p, b.lieux.client, nil)
	}
	return b.lancer("serveur", b.Paire().Serveur, b.lieux.serveur, nil)
}

// sceneFin lance un programme, attend qu'il finisse, et rend ce qu'il a écrit.
var sceneFin = scene("fin", func(b *Banc) Resultat {
	p, err := lancerSeul(b)
	if err != nil {
		return rate(err)
	}
	if f := p.AttendreFin(time.Minute); f.Code != 0 || !f.Fini {
		return rate(fmt.Errorf("%v\n%s", f, p.Texte()))
	}
	return vu("%s", p.Texte())
})

// exigerPython saute un test quand python3 manque.
func exigerPython(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("python3 n'est pas installé")
	}
}
