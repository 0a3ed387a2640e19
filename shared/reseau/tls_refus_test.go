package reseau

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// delivrerSelon rend un certificat de cette machine, que regler change avant qu'il soit signé.
func (a *autorite) delivrerSelon(t *testing.T, nom string, regler func(*x509.Certificate)) (cert, cle string) {
	t.Helper()
	modele := &x509.Certificate{
		SerialNumber: big.NewInt(3), Subject: pkix.Name{CommonName: nom},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{locale}, KeyUsage: x509.KeyUsageDigitalSignature,
	}
	regler(modele)
	return a.signer(t, modele, nom)
}

// reglees rend les configurations d'un serveur et d'un client, qui se demandent l'un à l'autre un certificat de a.
func (a *autorite) reglees(t *testing.T, certServeur, cleServeur, certClient, cleClient string) (serveur, client *tls.Config) {
	t.Helper()
	serveur, err := TLSServeur(certServeur, cleServeur, a.chemin, muet)
	if err != nil {
		t.Fatal(err)
	}
	client, err = TLSClient(true, certClient, cleClient, a.chemin)
	if err != nil {
		t.Fatal(err)
	}
	return serveur, client
}

const refus = "l'autre bout a refusé la connexion TLS, vérifiez -tls-cert et -tls-ac"

// Chaque certificat qui ne convient pas est refusé, qu'un serveur ou un client le montre.
func TestCertificatsQuiNeConviennentPas(t *testing.T) {
	a := nouvelleAutorite(t)
	bonCert, bonneCle := a.delivrer(t, "bon", locale, time.Hour)
	usage := func(usages ...x509.ExtKeyUsage) func(*x509.Certificate) {
		return func(c *x509.Certificate) { c.ExtKeyUsage = usages }
	}
	const usageAutre = "certificat prévu pour un autre usage : serverAuth chez un serveur, clientAuth chez un client"
	for _, cas := range []struct {
		nom                 string
		regler              func(*x509.Certificate)
		auClient, auServeur string // ce qu'en dit celui à qui on le montre ; "" : il convient
	}{
		{"pas encore valable", func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Minute) },
			"certificat périmé, ou pas encore valable : renouvelez-le, ou vérifiez l'heure", "certificat périmé, ou pas encore valable : renouvelez-le, ou vérifiez l'heure"},
		{"de serveur", usage(x509.ExtKeyUsageServerAuth), "", usageAutre},
		{"de client", usage(x509.ExtKeyUsageClientAuth), usageAutre, ""},
		{"de courrier", usage(x509.ExtKeyUsageEmailProtection), usageAutre, usageAutre},
		{"d'une exigence inconnue", func(c *x509.Certificate) {
			c.ExtraExtensions = []pkix.Extension{{Id: []int{1, 2, 3, 4}, Critical: true, Value: []byte{5, 0}}}
		}, "unhandled critical extension", "unhandled critical extension"},
	} {
		t.Run(cas.nom, func(t *testing.T) {
			cert, cle := a.delivrerSelon(t, "essai", cas.regler)
			auServeur, auClient := refus, refus
			if cas.auClient == "" {
				auServeur = ""
			}
			if cas.auServeur == "" {
				auClient = ""
			}
			serveur, client := a.reglees(t, cert, cle, bonCert, bonneCle)
			verifierRencontre(t, serveur, client, cas.auClient, auServeur)
			serveur, client = a.reglees(t, bonCert, bonneCle, cert, cle)
			verifierRencontre(t, serveur, client, auClient, cas.auServeur)
		})
	}
}

func TestSigneParSoiMeme(t *testing.T) {
	a, seul := nouvelleAutorite(t), nouvelleAutorite(t)
	bonCert, bonneCle := a.delivrer(t, "bon", locale, time.Hour)
	seul.cle = nil // le suivant sera signé de sa propre clé
	cert, cle := seul.delivrer(t, "seul", locale, time.Hour)
	const inconnue = "certificat d'une autorité inconnue, vérifiez -tls-ac"
	serveur, client := a.reglees(t, cert, cle, bonCert, bonneCle)
	verifierRencontre(t, serveur, client, inconnue, refus)
	serveur, client = a.reglees(t, bonCert, bonneCle, cert, cle)
	verifierRencontre(t, serveur, client, refus, inconnue)
}

func TestTLS13Seulement(t *testing.T) {
	a := nouvelleAutorite(t)
	cert, cle := a.delivrer(t, "bon", locale, time.Hour)
	const version = "l'autre bout ne parle pas TLS 1.3, mettez-le à jour"
	for _, max := range []uint16{tls.VersionTLS10, tls.VersionTLS12} {
		serveur, client := a.reglees(t, cert, cle, cert, cle)
		client.MinVersion, client.MaxVersion = tls.VersionTLS10, max
		verifierRencontre(t, serveur, client, version, version)
		serveur, client = a.reglees(t, cert, cle, cert, cle)
		serveur.MinVersion, serveur.MaxVersion = tls.VersionTLS10, max
		verifierRencontre(t, serveur, client, version, version)
	}
}

// Un client peut reprendre une session sans remontrer son certificat : il doit quand même être encore valable.
func TestUneSessionRepriseNeSurvitPasAuCertificat(t *testing.T) {
	a := nouvelleAutorite(t)
	cert, cle := a.delivrer(t, "bon", locale, 24*time.Hour)
	vieillissant, saCle := a.delivrer(t, "vieillissant", locale, time.Minute)
	serveur, client := a.reglees(t, cert, cle, vieillissant, saCle)
	client.ClientSessionCache = tls.NewLRUClientSessionCache(1)
	var decalage atomic.Int64
	serveur.Time = func() time.Time { return time.Now().Add(time.Duration(decalage.Load())) }
	var reprises atomic.Int64
	serveur.VerifyConnection = func(etat tls.ConnectionState) error {
		if etat.DidResume {
			reprises.Add(1)
		}
		return nil
	}
	for fois := range int64(2) {
		verifierRencontre(t, serveur, client, "", "")
		if reprises.Load() != fois {
			t.Fatalf("connexion %d : %d sessions reprises, attendu %d", fois, reprises.Load(), fois)
		}
	}
	decalage.Store(int64(2 * time.Minute))
	verifierRencontre(t, serveur, client, refus, "certificat périmé")
	if reprises.Load() != 1 {
		t.Error("une session a été reprise avec un certificat périmé")
	}
}

// Un nom de certificat, choisi par un inconnu et lu avant que son autorité soit vérifiée, ne commande pas le terminal.
func TestUnCertificatHostileSeLitSansDanger(t *testing.T) {
	a, autre := nouvelleAutorite(t), nouvelleAutorite(t)
	cert, cle := autre.delivrerSelon(t, "hostile", func(c *x509.Certificate) {
		c.IPAddresses, c.DNSNames = nil, []string{"\x1b[2J\nerreur : faux"}
	})
	bonCert, bonneCle := a.delivrer(t, "bon", locale, time.Hour)
	serveur, client := a.reglees(t, cert, cle, bonCert, bonneCle)
	client.ServerName = "serveur.exemple"
	_, err := rencontre(t, serveur, client)
	expliquee(t, "du client", err, nil, "le certificat du serveur est à un autre nom que l'adresse demandée", `\x1b[2J\x0aerreur : faux`)
	if strings.ContainsAny(err.Error(), "\x1b\n") {
		t.Errorf("erreur %q, attendu sans échappement de terminal ni saut de ligne", err)
	}
}

// L'alerte qui dit un refus doit arriver même à qui écrit encore : une fermeture immédiate l'effacerait, et un client croirait
// à un silence.
func TestLAlerteDUnRefusArrive(t *testing.T) {
	a := nouvelleAutorite(t)
	config, err := TLSServeur(a.pourServeur(t))
	if err != nil {
		t.Fatal(err)
	}
	serveur, client := paire(t)
	fini := make(chan error, 1)
	go func() {
		conn := accepter(sansHate{serveur}, config)
		_, err := lire(conn)
		conn.Close()
		fini <- err
	}()
	const enregistrement = "\x16\x03\x01\x00\x04" // de poignée de main, TLS, de quatre octets absurdes
	if _, err := io.WriteString(client, enregistrement+"\x07\x00\x00\x00"+strings.Repeat("x", 900<<10)); err != nil {
		t.Errorf("écriture du client = %v, attendu qu'elle passe", err)
	}
	const alerte = 21 // le genre d'un enregistrement d'alerte, RFC 8446, 5.1
	if lu, err := io.ReadAll(client); err != nil || len(lu) == 0 || lu[0] != alerte {
		t.Errorf("le client lit %q, %v, attendu une alerte et une fin propre", lu, err)
	}
	client.Close()
	expliquee(t, "la première lecture", <-fini, ErrPoignee, "poignée de main TLS échouée : ")
}
