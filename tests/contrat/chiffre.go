package contrat

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net"
	"testing"
	"time"

	"capteurs/shared/etape"
	"capteurs/shared/liaison"
	"capteurs/shared/mesure"
	"capteurs/shared/reseau"
)

// autorite certifie les serveurs et les clients d'un test.
type autorite struct {
	certificat *x509.Certificate
	cle        *ecdsa.PrivateKey
}

func nouvelleAutorite(t *testing.T) autorite {
	t.Helper()
	modele := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "autorité d'essai"},
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	cle, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, modele, modele, &cle.PublicKey, cle)
	if err != nil {
		t.Fatal(err)
	}
	certificat, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return autorite{certificat, cle}
}

func (a autorite) bassin() *x509.CertPool {
	bassin := x509.NewCertPool()
	bassin.AddCert(a.certificat)
	return bassin
}

// certifier rend un certificat, pour un serveur à cette adresse ou pour un client.
func (a autorite) certifier(t *testing.T, ip string, fin time.Time) tls.Certificate {
	t.Helper()
	cle, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	modele := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "essai"}, NotAfter: fin,
		IPAddresses: []net.IP{net.ParseIP(ip)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}
	der, err := x509.CreateCertificate(rand.Reader, modele, a.certificat, &cle.PublicKey, a.cle)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: cle}
}

func tlsServeur(certificat tls.Certificate, clients *x509.CertPool) *tls.Config {
	c := &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{certificat}}
	if clients != nil {
		c.ClientAuth, c.ClientCAs = tls.RequireAndVerifyClientCert, clients
	}
	return c
}

func tlsClient(serveurs *x509.CertPool, certificats ...tls.Certificate) *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: serveurs, Certificates: certificats}
}

func chiffre(t *testing.T, e Etape) {
	a := nouvelleAutorite(t)
	certificat := a.certifier(t, "127.0.0.1", time.Now().Add(time.Hour))
	for nom, clients := range map[string]*x509.CertPool{"serveur certifié": nil, "clients certifiés": a.bassin()} {
		var m memoire
		r := reglagesServeur(&m)
		r.Ecoute.TLS = tlsServeur(certificat, clients)
		s := e.lancer(t, r, nil)
		c := e.capteur(t, etape.ReglagesCapteur{Adresse: s.adresse, Appel: reseau.Appel{TLS: tlsClient(a.bassin(), certificat)}})
		for i := range 3 {
			if n, err := c.Envoyer(t.Context(), releve("a", float64(i))); n != 1 || err != nil {
				t.Fatalf("%s : Envoyer() = %d, %v, attendu 1, nil", nom, n, err)
			}
		}
		egales(t, m.tout(), []mesure.Mesure{releve("a", 0), releve("a", 1), releve("a", 2)})

		clair := joindre(t, s.adresse) // à un serveur chiffré, on ne parle pas en clair
		clair.envoyer(message(releve("clair", 1)))
		fermeSansOK(t, clair)
	}
}

// fermeSansOK attend que le serveur ferme sans rien confirmer.
func fermeSansOK(t *testing.T, c *client) {
	t.Helper()
	for {
		select {
		case a, ouvert := <-c.accuses:
			if !ouvert {
				return
			}
			if a.Statut == mesure.OK {
				t.Fatalf("réponse %+v à un client en clair, attendu la fermeture", a)
			}
		case <-time.After(patience):
			t.Fatalf("le serveur ne ferme pas après %v", patience)
		}
	}
}

func chiffreRefuse(t *testing.T, e Etape) {
	a, autre := nouvelleAutorite(t), nouvelleAutorite(t)
	demain, hier := time.Now().Add(time.Hour), time.Now().Add(-time.Hour)
	bon := a.certifier(t, "127.0.0.1", demain)
	for _, cas := range []struct {
		nom     string
		serveur *tls.Config
		client  *tls.Config
	}{
		{"serveur d'une autorité inconnue", tlsServeur(autre.certifier(t, "127.0.0.1", demain), nil), tlsClient(a.bassin())},
		{"serveur à un autre nom", tlsServeur(a.certifier(t, "127.0.0.2", demain), nil), tlsClient(a.bassin())},
		{"serveur au certificat périmé", tlsServeur(a.certifier(t, "127.0.0.1", hier), nil), tlsClient(a.bassin())},
		{"client sans certificat", tlsServeur(bon, a.bassin()), tlsClient(a.bassin())},
		{"client d'une autorité inconnue", tlsServeur(bon, a.bassin()), tlsClient(a.bassin(), autre.certifier(t, "127.0.0.1", demain))},
		{"client au certificat périmé", tlsServeur(bon, a.bassin()), tlsClient(a.bassin(), a.certifier(t, "127.0.0.1", hier))},
		{"client chiffré, serveur en clair", nil, tlsClient(a.bassin())},
	} {
		var m memoire
		r := reglagesServeur(&m)
		r.Ecoute.TLS = cas.serveur
		s := e.lancer(t, r, nil)
		c := e.capteur(t, etape.ReglagesCapteur{Adresse: s.adresse, Appel: reseau.Appel{TLS: cas.client}})
		n, err := c.Envoyer(t.Context(), releve("a", 1))
		if n != 0 || err == nil || errors.Is(err, liaison.ErrNonConfirmee) {
			t.Errorf("%s : Envoyer() = %d, %v, attendu 0 et une erreur de TLS", cas.nom, n, err)
		}
		if err := s.arreter(); err != nil {
			t.Errorf("%s : Servir() = %v, attendu nil", cas.nom, err)
		}
		egales(t, m.tout(), nil)
	}
}
