package navigateur

import (
	"strings"
	"testing"
)

// Ce que les vérifications regardent voit bien une mauvaise page.
func TestMauvaisePage(t *testing.T) {
	o := Ouvrir(t)
	const page = `<!DOCTYPE html><html lang="fr"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"><title>x</title></head>
<body><script>console.log(1)</script><img src="http://127.0.0.1:9/x"><main><div style="width: 3000px">x</div></main></body></html>`
	o.Aller(t, 390, Deposer(t, "mauvaise", page))
	if Evaluer[int](t, o, Debordement) <= 0 {
		t.Error("elle déborde, et cela ne se voit pas")
	}
	if plaintes, _ := o.Vider(); !strings.Contains(strings.Join(plaintes, "\n"), "Content Security Policy") {
		t.Errorf("un script et une image refusés ne se voient pas : %q", plaintes)
	}
	if _, feuilles := o.Imprimer(t); feuilles != 1 {
		t.Errorf("%d feuilles, une attendue", feuilles)
	}
}
