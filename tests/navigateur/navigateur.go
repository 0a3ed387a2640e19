// Package navigateur ouvre des pages dans un vrai navigateur, pour les tests, et retient tout ce qu'il leur reproche.
//
// Un test attend pour cela la suite entière, ou que KATA_NAVIGATEUR le demande. Sans navigateur il est sauté et dit pourquoi ; avec
// KATA_NAVIGATEUR=requis il échoue.
package navigateur

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"capteurs/tests/couche"
)

// patience borne tout ce qu'on demande au navigateur : elle ne juge pas la vitesse d'une machine chargée, elle évite
// d'attendre toujours.
const patience = 5 * time.Minute

// chemin rend celui d'un navigateur. KATA_NAVIGATEUR le donne ; « requis » interdit de s'en passer.
func chemin(t testing.TB) string {
	t.Helper()
	voulu := os.Getenv("KATA_NAVIGATEUR")
	if voulu != "" && voulu != "requis" {
		return voulu
	}
	if voulu == "" {
		couche.Entiere(t, "une page dans un vrai navigateur")
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

// Onglet est une page ouverte, et ce que le navigateur en dit.
type Onglet struct {
	ctx context.Context

	mu                 sync.Mutex
	plaintes, demandes []string
}

// Ouvrir lance un navigateur, avec un profil à lui. Il est fermé à la fin du test.
func Ouvrir(t testing.TB) *Onglet {
	t.Helper()
	executable := chemin(t)
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
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(executable), chromedp.UserDataDir(profil),
		chromedp.Flag("hide-scrollbars", true), chromedp.WSURLReadTimeout(patience))
	if os.Geteuid() == 0 { // son bac à sable refuse root ; les pages sont les nôtres
		options = append(options, chromedp.NoSandbox)
	}
	ctx, finir := context.WithTimeout(context.Background(), patience)
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
	o := &Onglet{ctx: ctx}
	if err := chromedp.Listen(ctx, o.voir); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	return o
}

func (o *Onglet) voir(evenement any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch ev := evenement.(type) {
	case *network.EventRequestWillBeSent:
		o.demandes = append(o.demandes, ev.Request.URL)
	case *runtime.EventConsoleAPICalled:
		o.plaintes = append(o.plaintes, fmt.Sprintf("console : %v", ev.Type))
	case *runtime.EventExceptionThrown:
		o.plaintes = append(o.plaintes, "exception : "+ev.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		o.plaintes = append(o.plaintes, fmt.Sprintf("%v : %s", ev.Entry.Source, ev.Entry.Text))
	}
}

// Vider rend ce que le navigateur a reproché, et ce qu'il a demandé au réseau, depuis la dernière fois.
func (o *Onglet) Vider() (plaintes, demandes []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	plaintes, demandes = o.plaintes, o.demandes
	o.plaintes, o.demandes = nil, nil
	return plaintes, demandes
}

// Faire exécute des actions, l'une après l'autre.
func (o *Onglet) Faire(t testing.TB, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(o.ctx, actions...); err != nil {
		t.Fatal(err)
	}
}

// Aller ouvre une adresse dans une fenêtre de cette largeur, en pixels.
func (o *Onglet) Aller(t testing.TB, largeur int64, adresse string) {
	t.Helper()
	o.Faire(t, chromedp.EmulateViewport(largeur, 844), chromedp.Navigate(adresse))
}

// Evaluer rend la valeur d'une expression, dans la page.
func Evaluer[T any](t testing.TB, o *Onglet, expression string) T {
	t.Helper()
	valeur, err := chromedp.Run(o.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatalf("%s : %v", expression, err)
	}
	return valeur
}

// Theme choisit le thème du navigateur : « light » ou « dark ».
func (o *Onglet) Theme(t testing.TB, nom string) {
	t.Helper()
	o.emuler(t, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: nom}}})
}

// SurPapier met la page dans la forme qu'elle a une fois imprimée.
func (o *Onglet) SurPapier(t testing.TB) {
	t.Helper()
	o.emuler(t, emulation.SetEmulatedMediaParams{Media: "print"})
}

func (o *Onglet) emuler(t testing.TB, media emulation.SetEmulatedMediaParams) {
	t.Helper()
	if _, err := chromedp.Call(o.ctx, emulation.SetEmulatedMedia, media); err != nil {
		t.Fatal(err)
	}
}

// Deposer écrit une page dans un fichier, et rend son adresse.
func Deposer(t testing.TB, nom, page string) string {
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
