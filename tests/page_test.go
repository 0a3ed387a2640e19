package tests

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"capteurs/tests/navigateur"
)

// Ce qu'une page peut envoyer à un autre port de la machine sans lui demander son avis : le corps est un texte quelconque,
// donc une mesure.
const pageHostile = `<!DOCTYPE html><html lang="fr"><meta charset="utf-8"><title>page</title>
<iframe name="cadre"></iframe>
<form method="post" enctype="text/plain" action="http://ADRESSE/" target="cadre"><input name='{"capteur_id":"formulaire","temperature":1,"x":"' value='"}'></form>
<script>
const mesure = nom => '{"capteur_id":"' + nom + '","temperature":1}\n'
const essais = async () => {
  document.cookie = 'c=' + mesure('cookie').trim()
  const options = { mode: 'no-cors', method: 'POST', credentials: 'include' }
  const envois = [
    fetch('http://ADRESSE/', { ...options, body: mesure('fetch') }),
    fetch('http://ADRESSE/?' + mesure('adresse'), { ...options, method: 'GET' }),
    fetch('http://ADRESSE/', { ...options, body: new Blob([mesure('blob')], { type: 'text/plain' }) }),
    fetch('http://ADRESSE/', { mode: 'cors', method: 'PUT', body: mesure('put') }),
    fetch('https://ADRESSE/', { ...options, body: mesure('https') }),
    new Promise(fini => { const s = new WebSocket('ws://ADRESSE/'); s.onopen = () => s.send(mesure('socket')); s.onclose = fini }),
    new Promise(fini => { document.querySelector('iframe').onload = fini; document.querySelector('form').submit() }),
  ]
  navigator.sendBeacon('http://ADRESSE/', mesure('balise'))
  document.title = (await Promise.allSettled(envois)).length + ' envois achevés'
}
addEventListener('load', essais)
</script></html>`

// Une page ouverte dans un navigateur n'écrit rien dans un serveur de la même machine.
func TestUnePageNEcritRien(t *testing.T) {
	t.Parallel()
	o := navigateur.Ouvrir(t)
	for _, nom := range etapes {
		s := laEtape(t, nom).servir(t, nouvelleURL(t, "sqlite"))
		page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = strings.NewReplacer("ADRESSE", s.adresse).WriteString(w, pageHostile)
		}))
		t.Cleanup(page.Close)
		o.Aller(t, 1280, page.URL)
		attendreQue(t, "la fin des envois", func() bool {
			return navigateur.Evaluer[string](t, o, "document.title") == "7 envois achevés"
		})
		comparer(t, s.arreterEtRelire(t), nil)
		for _, protocole := range []string{"requête HTTP", "TLS"} {
			if !strings.Contains(s.erreurs.String(), protocole) {
				t.Errorf("journal %q, « %s » attendu", s.erreurs, protocole)
			}
		}
	}
}
