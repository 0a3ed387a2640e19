package rapport

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"capteurs/tests/banc"
)

// patienceNavigateur borne tout ce qu'on demande au navigateur : elle ne juge pas la vitesse d'une machine chargée, elle
// évite d'attendre toujours.
const patienceNavigateur = 5 * time.Minute

// navigateur rend le chemin d'un navigateur. KATA_NAVIGATEUR le donne ; « requis » interdit de s'en passer.
func navigateur(t *testing.T) string {
	t.Helper()
	voulu := os.Getenv("KATA_NAVIGATEUR")
	if voulu != "" && voulu != "requis" {
		return voulu
	}
	if testing.Short() && voulu == "" {
		t.Skip("un navigateur est long à lancer : sauté par -short")
	}
	for _, nom := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if chemin, err := exec.LookPath(nom); err == nil {
			return chemin
		}
	}
	if voulu == "requis" {
		t.Fatal("pas de navigateur, et KATA_NAVIGATEUR=requis : installez chromium")
	}
	t.Skip("pas de navigateur : installez chromium, ou donnez son chemin par KATA_NAVIGATEUR")
	return ""
}

// espionNavigateur retient ce que le navigateur reproche à une page, et ce qu'elle demande au réseau.
type espionNavigateur struct {
	mu                 sync.Mutex
	plaintes, demandes []string
}

func (e *espionNavigateur) voir(evenement any) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch ev := evenement.(type) {
	case *network.EventRequestWillBeSent:
		e.demandes = append(e.demandes, ev.Request.URL)
	case *runtime.EventConsoleAPICalled:
		e.plaintes = append(e.plaintes, fmt.Sprintf("console : %v", ev.Type))
	case *runtime.EventExceptionThrown:
		e.plaintes = append(e.plaintes, "exception : "+ev.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		e.plaintes = append(e.plaintes, fmt.Sprintf("%v : %s", ev.Entry.Source, ev.Entry.Text))
	}
}

// vider rend ce qui a été retenu, et l'oublie.
func (e *espionNavigateur) vider() (plaintes, demandes []string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	plaintes, demandes = e.plaintes, e.demandes
	e.plaintes, e.demandes = nil, nil
	return plaintes, demandes
}

// onglet lance un navigateur, avec un profil à lui.
func onglet(t *testing.T) (context.Context, *espionNavigateur) {
	t.Helper()
	profil, err := os.MkdirTemp("", "navigateur")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // ses processus écrivent encore un peu après leur fin : ce n'est pas une faute
		for range 50 {
			if os.RemoveAll(profil) == nil {
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
	})
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(navigateur(t)), chromedp.UserDataDir(profil),
		chromedp.Flag("hide-scrollbars", true), chromedp.WSURLReadTimeout(patienceNavigateur))
	if os.Geteuid() == 0 { // son bac à sable refuse root ; les pages sont les nôtres
		options = append(options, chromedp.NoSandbox)
	}
	ctx, finir := context.WithTimeout(context.Background(), patienceNavigateur)
	t.Cleanup(finir)
	ctx, finir = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(finir)
	ctx, finir = chromedp.NewContext(ctx)
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil {
			t.Logf("fin du navigateur : %v", err)
		}
		finir()
	})
	espion := new(espionNavigateur)
	if err := chromedp.Listen(ctx, espion.voir); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	return ctx, espion
}

func faire(t *testing.T, ctx context.Context, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, actions...); err != nil {
		t.Fatal(err)
	}
}

func evaluer[T any](t *testing.T, ctx context.Context, expression string) T {
	t.Helper()
	valeur, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatalf("%s : %v", expression, err)
	}
	return valeur
}

// theme choisit le thème du navigateur : « light » ou « dark ».
func theme(t *testing.T, ctx context.Context, nom string) {
	t.Helper()
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: nom}},
	}); err != nil {
		t.Fatal(err)
	}
}

// deposer écrit une page dans un fichier, et rend son adresse.
func deposer(t *testing.T, nom, page string) string {
	t.Helper()
	chemin := filepath.Join(t.TempDir(), nom+".html")
	if err := os.WriteFile(chemin, []byte(page), 0o644); err != nil {
		t.Fatal(err)
	}
	chemin = filepath.ToSlash(chemin)
	if !strings.HasPrefix(chemin, "/") { // « C:/… »
		chemin = "/" + chemin
	}
	return (&url.URL{Scheme: "file", Path: chemin}).String()
}

// pagesAVoir rend des pages de toutes les sortes, dont une hostile.
func pagesAVoir(t *testing.T) map[string]string {
	t.Helper()
	hostile := strings.Join(mauvaisMorceaux, "")
	rendu := exempleDeRendu(hostile, func(i int) banc.Verdict { return tousLesVerdicts[max(0, i%20-13)] }, func(i int) []Fait {
		return append(echange(i), Fait{TUS: 400_000, Qui: "client", Quoi: "erreurs", Octets: []byte(hostile)}, Fait{TUS: 400_001, Qui: "client", Quoi: "envoie", Conn: 1, Octets: []byte(strings.Repeat("W", 900))})
	})
	for i := range rendu.Jugements {
		j := &rendu.Jugements[i]
		j.Observe, j.Remarque, j.Titre = j.Observe+hostile, hostile, j.Titre+strings.Repeat("W", 100)
	}
	rendu.Alertes, rendu.Remarques = []string{hostile}, []string{hostile}
	classe := exempleDeClasse(30)
	hostiles := exempleDeClasse(3)
	for i := range hostiles.Rendus {
		hostiles.Rendus[i].Nom = hostile + fmt.Sprint(i)
	}
	hostiles.Classe = hostile
	pages := map[string]string{}
	for nom, r := range map[string]*Rapport{"classe": classe, "hostile": {Version: Version, Rendus: []Rendu{rendu}}, "classe_hostile": hostiles} {
		pages[nom] = pageEcrite(t, func(b *strings.Builder) error { return HTML(b, r) })
	}
	pages["rendu"] = pageEcrite(t, func(b *strings.Builder) error { return PageRendu(b, classe, 4, "../index.html") })
	pages["pas_corrige"] = pageEcrite(t, func(b *strings.Builder) error { return PageRendu(b, classe, 30, "") })
	return pages
}

const (
	debordement = `document.documentElement.scrollWidth - document.documentElement.clientWidth`
	toutOuvrir  = `document.querySelectorAll('details').forEach(d => d.open = true)`
	// la plus petite taille d'un texte qui se voit, hors des dessins, en pixels
	plusPetit = `Math.min(...[...document.querySelectorAll('main *:not(svg *)')].filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())).map(e => parseFloat(getComputedStyle(e).fontSize)))`
)

// Une page s'ouvre sans que le navigateur s'en plaigne, ne demande rien, et tient en largeur, dépliée ou non, sur un grand
// écran et sur un téléphone, en clair et en sombre.
func TestPageDansUnNavigateur(t *testing.T) {
	ctx, espion := onglet(t)
	for nom, page := range pagesAVoir(t) {
		t.Run(nom, func(t *testing.T) {
			adresse := deposer(t, nom, page)
			fonds := map[string]bool{}
			for _, largeur := range []int64{1280, 390} {
				for _, couleurs := range []string{"light", "dark"} {
					espion.vider()
					theme(t, ctx, couleurs)
					faire(t, ctx, chromedp.EmulateViewport(largeur, 844), chromedp.Navigate(adresse))
					fermee := evaluer[int](t, ctx, debordement)
					faire(t, ctx, chromedp.Evaluate[chromedp.Void](toutOuvrir))
					if ouverte := evaluer[int](t, ctx, debordement); fermee > 0 || ouverte > 0 {
						t.Errorf("%d pixels de large : %d de trop, %d une fois dépliée", largeur, fermee, ouverte)
					}
					if taille := evaluer[float64](t, ctx, plusPetit); taille < 10.5 {
						t.Errorf("%d pixels de large : un texte de %.1f pixels", largeur, taille)
					}
					fonds[evaluer[string](t, ctx, `getComputedStyle(document.body).backgroundColor`)] = true
					if plaintes, demandes := espion.vider(); len(plaintes) > 0 || len(demandes) != 1 {
						t.Errorf("plaintes : %q ; demandes : %q", plaintes, demandes)
					}
				}
			}
			if len(fonds) != 2 {
				t.Errorf("fonds en clair et en sombre : %v", fonds)
			}
		})
	}
}

// Ce qui précède voit bien une mauvaise page.
func TestPageMauvaiseDansUnNavigateur(t *testing.T) {
	ctx, espion := onglet(t)
	page := pageEcrite(t, func(b *strings.Builder) error { return HTML(b, exempleDeClasse(2)) })
	page = strings.Replace(page, "<main", `<script>console.log(1)</script><img src="http://127.0.0.1:9/x"><div style="width: 3000px">x</div><main`, 1)
	faire(t, ctx, chromedp.EmulateViewport(390, 844), chromedp.Navigate(deposer(t, "mauvaise", page)))
	if evaluer[int](t, ctx, debordement) <= 0 {
		t.Error("elle déborde, et cela ne se voit pas")
	}
	if plaintes, _ := espion.vider(); !strings.Contains(strings.Join(plaintes, "\n"), "Content Security Policy") {
		t.Errorf("un script et une image refusés ne se voient pas : %q", plaintes)
	}
}

// Une page s'imprime, et ce qui explique une faute s'y lit sans être déplié.
func TestPageImprimee(t *testing.T) {
	ctx, _ := onglet(t)
	pages := pagesAVoir(t)
	for _, nom := range []string{"rendu", "classe", "hostile"} {
		faire(t, ctx, chromedp.Navigate(deposer(t, nom, pages[nom])))
		pdf, err := chromedp.Run(ctx, chromedp.PrintToPDF(chromedp.PDFPreferCSSPageSize()))
		if err != nil {
			t.Fatal(err)
		}
		if n := len(regexp.MustCompile(`/Type\s*/Page\b`).FindAll(pdf, -1)); n < 1 || n > 60 {
			t.Errorf("%s : %d feuilles", nom, n)
		}
	}
	faire(t, ctx, chromedp.Navigate(deposer(t, "rendu", pages["rendu"])))
	const deplie = `(d => d.offsetHeight > 1.5 * d.querySelector('summary').offsetHeight)(document.querySelector('article.critere .savoir'))`
	if evaluer[bool](t, ctx, deplie) {
		t.Error("à l'écran, « pourquoi » est déplié")
	}
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}); err != nil {
		t.Fatal(err)
	}
	if !evaluer[bool](t, ctx, deplie) {
		t.Error("« pourquoi » ne se lit pas sur papier")
	}
}

// Une page se lit au clavier : un lien saute au contenu, et ce qui est plié se déplie.
func TestPageAuClavier(t *testing.T) {
	ctx, _ := onglet(t)
	faire(t, ctx, chromedp.EmulateViewport(1280, 844), chromedp.Navigate(deposer(t, "rendu", pagesAVoir(t)["rendu"])), chromedp.KeyEvent(kb.Tab))
	if !evaluer[bool](t, ctx, `document.activeElement.matches('.saut') && document.activeElement.getBoundingClientRect().top >= 0`) {
		t.Error("la première tabulation ne montre pas le lien vers le contenu")
	}
	faire(t, ctx, chromedp.KeyEvent(kb.Enter))
	if ancre := evaluer[string](t, ctx, `location.hash`); ancre != "#contenu" {
		t.Errorf("le lien mène à %q", ancre)
	}
	for range 200 {
		faire(t, ctx, chromedp.KeyEvent(kb.Tab))
		if evaluer[bool](t, ctx, `document.activeElement.matches('summary')`) {
			faire(t, ctx, chromedp.KeyEvent(kb.Enter))
			if !evaluer[bool](t, ctx, `document.activeElement.parentElement.open`) {
				t.Error("Entrée ne déplie pas")
			}
			if largeur := evaluer[string](t, ctx, `getComputedStyle(document.activeElement).outlineWidth`); largeur == "0px" {
				t.Error("ce qui est choisi ne se voit pas")
			}
			return
		}
	}
	t.Error("le clavier n'atteint rien à déplier")
}
