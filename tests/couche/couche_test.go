package couche

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// temoin est un test qui retient comment il finit, au lieu d'en décider du nôtre.
type temoin struct {
	testing.TB
	saute, refuse string
	mene          bool
}

func (t *temoin) Helper() {}

func (t *temoin) Skipf(format string, args ...any) {
	t.saute = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

func (t *temoin) Fatalf(format string, args ...any) {
	t.refuse = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

// mener mène un test comme le fait testing : dans une goroutine qu'il peut finir.
func mener(test func(*temoin)) *temoin {
	t := &temoin{}
	fini := make(chan struct{})
	go func() {
		defer close(fini)
		test(t)
		t.mene = true
	}()
	<-fini
	return t
}

func TestCeQuiAttendLaSuiteEntiere(t *testing.T) {
	long := func(t *temoin) { Entiere(t, "une longue épreuve") }

	t.Setenv(variable, "")
	if obtenu := mener(long); obtenu.mene || obtenu.saute != "une longue épreuve : KATA_SUITE=entiere l'ajoute" {
		t.Errorf("sans KATA_SUITE : %+v, attendu un test sauté, et ce qui le ramène", obtenu)
	}
	t.Setenv(variable, "entiere")
	if obtenu := mener(long); obtenu.mene == testing.Short() || obtenu.refuse != "" {
		t.Errorf("KATA_SUITE=entiere : %+v, attendu un test mené, sauf avec -short", obtenu)
	} else if testing.Short() && !strings.Contains(obtenu.saute, "sans -short") {
		t.Errorf("KATA_SUITE=entiere et -short : %q, attendu ce qui le ramène", obtenu.saute)
	}
}

// Une faute de frappe ferait passer la suite de l'élève pour la suite entière.
func TestValeurInconnue(t *testing.T) {
	for _, valeur := range []string{"entière", "Entiere", "entiere ", "complete", "1", "requis"} {
		t.Setenv(variable, valeur)
		for nom, test := range map[string]func(*temoin){
			"Entiere":    func(t *temoin) { Entiere(t, "une longue épreuve") },
			"EstEntiere": func(t *temoin) { EstEntiere(t) },
		} {
			obtenu := mener(test)
			if obtenu.mene || obtenu.saute != "" || !strings.Contains(obtenu.refuse, fmt.Sprintf("%q", valeur)) || !strings.Contains(obtenu.refuse, "« entiere »") {
				t.Errorf("%s, KATA_SUITE=%q : %+v, attendu un échec qui dise les valeurs permises", nom, valeur, obtenu)
			}
		}
	}
}
