package programme

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"capteurs/shared/etape"
	"capteurs/shared/mesure"
	"capteurs/shared/sauvegarde"
)

// serveurFactice n'écoute nulle part, et sert comme on le lui dit.
type serveurFactice struct {
	reglages etape.ReglagesServeur
	ecoute   error
	servir   func(ctx context.Context) error
}

type ecouteFactice struct{ net.Listener }

func (ecouteFactice) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 5000} }

func (s *serveurFactice) Ecouter(context.Context) (net.Listener, error) {
	return ecouteFactice{}, s.ecoute
}

func (s *serveurFactice) Servir(ctx context.Context, _ net.Listener) error { return s.servir(ctx) }

// servirFactice mène le programme serveur dans un temps factice, sur un fichier texte neuf.
func servirFactice(t *testing.T, ctx context.Context, s *serveurFactice) (url string, e *ecran, err error) {
	t.Helper()
	url = "texte:" + filepath.Join(t.TempDir(), "donnees.txt")
	c, e := consoleDe(nil, "-sauvegarde", url)
	err = serveur(ctx, c, func(r etape.ReglagesServeur) etape.Serveur {
		s.reglages = r
		return s
	})
	return url, e, err
}

func TestServeurJusquALArret(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, arreter := context.WithCancel(t.Context())
		time.AfterFunc(time.Hour, arreter)
		debut := time.Now()
		s := &serveurFactice{}
		s.servir = func(ctx context.Context) error {
			<-ctx.Done()
			time.Sleep(delaiArret - 1) // les dernières connexions
			return s.reglages.Sauvegarde.Sauvegarder(context.WithoutCancel(ctx), []mesure.Mesure{{CapteurID: "a", Temperature: 1}})
		}
		url, e, err := servirFactice(t, ctx, s)
		if err != nil || time.Since(debut) != time.Hour+delaiArret-1 {
			t.Errorf("serveur = %v après %v, attendu nil une fois les connexions finies", err, time.Since(debut))
		}
		if attendu := "serveur à l'écoute sur 127.0.0.1:5000, sauvegarde dans " + url + "\n"; e.sortie.String() != attendu {
			t.Errorf("affiché %q, attendu %q", &e.sortie, attendu)
		}
		if !strings.Contains(e.erreurs.String(), "serveur arrêté") {
			t.Errorf("journal %q, attendu l'arrêt", &e.erreurs)
		}
		if err := s.reglages.Sauvegarde.Sauvegarder(context.Background(), []mesure.Mesure{{CapteurID: "a"}}); err != sauvegarde.ErrFermee {
			t.Errorf("Sauvegarder après l'arrêt = %v, attendu %v", err, sauvegarde.ErrFermee)
		}
	})
}

func TestArretForce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, arreter := context.WithCancel(t.Context())
		liberer := make(chan struct{})
		s := &serveurFactice{servir: func(context.Context) error { <-liberer; return nil }}
		time.AfterFunc(time.Minute, arreter)
		debut := time.Now()
		_, _, err := servirFactice(t, ctx, s)
		if err == nil || !strings.Contains(err.Error(), "arrêt forcé") || time.Since(debut) != time.Minute+5*time.Second {
			t.Errorf("serveur = %v après %v, attendu un arrêt forcé au bout de 5s", err, time.Since(debut))
		}
		close(liberer)
		s.reglages.Sauvegarde.Close()
	})
}

func TestEchecsDuServeur(t *testing.T) {
	panne := errors.New("panne")
	for nom, s := range map[string]*serveurFactice{
		"Ecouter": {ecoute: panne},
		"Servir":  {servir: func(context.Context) error { return panne }},
	} {
		url, e, err := servirFactice(t, t.Context(), s)
		if !errors.Is(err, panne) {
			t.Errorf("serveur dont %s échoue = %v, attendu %v", nom, err, panne)
		}
		if annonce := e.sortie.Len() > 0; annonce != (nom == "Servir") {
			t.Errorf("serveur dont %s échoue : affiché %q", nom, &e.sortie)
		}
		rouverte, err := sauvegarde.Ouvrir(t.Context(), url, nil)
		if err != nil {
			t.Errorf("serveur dont %s échoue : Ouvrir = %v, attendu que la sauvegarde soit fermée", nom, err)
			continue
		}
		rouverte.Close()
	}
	c, e := consoleDe(nil, "-sauvegarde", "xyz:a")
	if err := serveur(t.Context(), c, nil); err == nil || !strings.Contains(err.Error(), "xyz:a") || e.sortie.Len() > 0 {
		t.Errorf("serveur -sauvegarde xyz:a = %v, affiché %q, attendu une erreur et rien d'affiché", err, &e.sortie)
	}
}
