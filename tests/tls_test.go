package tests

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// autorite certifie des programmes.
type autorite struct {
	pem  string // chemin de son certificat
	cert *x509.Certificate
	cle  *ecdsa.PrivateKey
}

func nouvelleAutorite(t *testing.T) autorite {
	t.Helper()
	cle := nouvelleCle(t)
	modele := &x509.Certificate{
		Subject:               pkix.Name{CommonName: "Autorité de test"},
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign,
	}
	cert := signer(t, modele, modele, &cle.PublicKey, cle)
	return autorite{ecrirePEM(t, "CERTIFICATE", cert.Raw), cert, cle}
}

// certifier rend un certificat au nom d'hote et sa clé : les chemins de leurs fichiers.
func (a autorite) certifier(t *testing.T, hote string, valable time.Duration) (cert, cle string) {
	t.Helper()
	return a.certifierSelon(t, hote, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(valable) })
}

// certifierSelon fait de même, d'un certificat valable une heure que regler change avant qu'il soit signé.
func (a autorite) certifierSelon(t *testing.T, hote string, regler func(*x509.Certificate)) (cert, cle string) {
	t.Helper()
	modele := &x509.Certificate{
		Subject:     pkix.Name{CommonName: hote},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if ip := net.ParseIP(hote); ip != nil {
		modele.IPAddresses = []net.IP{ip}
	} else {
		modele.DNSNames = []string{hote}
	}
	regler(modele)
	secret := nouvelleCle(t)
	der, err := x509.MarshalPKCS8PrivateKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	return ecrirePEM(t, "CERTIFICATE", signer(t, modele, a.cert, &secret.PublicKey, a.cle).Raw), ecrirePEM(t, "PRIVATE KEY", der)
}

func nouvelleCle(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	cle, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return cle
}

func signer(t *testing.T, modele, parent *x509.Certificate, publique *ecdsa.PublicKey, cle *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	modele.SerialNumber = big.NewInt(time.Now().UnixNano())
	if modele.NotBefore.IsZero() {
		modele.NotBefore = time.Now().Add(-48 * time.Hour)
	}
	if modele.NotAfter.IsZero() {
		modele.NotAfter = time.Now().Add(time.Hour)
	}
	der, err := x509.CreateCertificate(rand.Reader, modele, parent, publique, cle)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func ecrirePEM(t *testing.T, genre string, der []byte) string {
	t.Helper()
	fichier := filepath.Join(t.TempDir(), "fichier.pem")
	if err := os.WriteFile(fichier, pem.EncodeToMemory(&pem.Block{Type: genre, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return fichier
}

// optionsTLS rend des options que plusieurs sous-tests peuvent prolonger au même moment : chacun en fera une copie.
func optionsTLS(cert, cle string, autres ...string) []string {
	return slices.Clip(append([]string{"-tls-cert", cert, "-tls-cle", cle}, autres...))
}

func tlsReussi(t *testing.T, e etape) {
	ac := nouvelleAutorite(t)
	cert, cle := ac.certifier(t, "127.0.0.1", time.Hour)
	certClient, cleClient := ac.certifier(t, "capteur", time.Hour)
	for _, c := range []struct {
		nom             string
		serveur, client []string
	}{
		{"certificat du serveur", optionsTLS(cert, cle), []string{"-tls-ac", ac.pem}},
		{"certificats des deux", optionsTLS(cert, cle, "-tls-ac", ac.pem), optionsTLS(certClient, cleClient, "-tls-ac", ac.pem)},
	} {
		for _, moteur := range moteurs {
			enParallele(t, c.nom+", "+moteur, func(t *testing.T) {
				s := e.servir(t, nouvelleURL(t, moteur), c.serveur...)
				e.envoyer(t, s.adresse, append(c.client, "-temperature", "23.5")...)
				e.envoyer(t, s.adresse, append(c.client, "-n", "100", "-capteurs", "2", "-capteur", "n", "-intervalle", "0")...)
				lues := parCapteur(s.arreterEtRelire(t))
				if len(lues["capteur_1"]) != 1 || lues["capteur_1"][0] != 23.5 || len(lues["n_1"]) != 100 || len(lues["n_2"]) != 100 {
					t.Errorf("mesures enregistrées : %v ; 23.5 de capteur_1, et 100 de n_1 et de n_2 attendues", lues)
				}
			})
		}
	}
}

func tlsMalRegle(t *testing.T, e etape) {
	ac := nouvelleAutorite(t)
	cert, cle := ac.certifier(t, "127.0.0.1", time.Hour)
	_, autreCle := ac.certifier(t, "127.0.0.1", time.Hour)
	absent := filepath.Join(t.TempDir(), "absent.pem")
	const sansCle, inutilisable = 2, 1 // une option oubliée, un fichier qui ne convient pas
	for _, c := range []struct {
		nom           string
		client        bool
		code          int
		options, mots []string
	}{
		{"certificat sans clé", false, sansCle, []string{"-tls-cert", cert}, []string{"-tls-cle"}},
		{"certificat sans clé", true, sansCle, []string{"-tls-cert", cert}, []string{"-tls-cle"}},
		{"autorité sans certificat", false, sansCle, []string{"-tls-ac", ac.pem}, []string{"-tls-cert", "-tls-cle"}},
		{"fichier absent", false, inutilisable, optionsTLS(absent, cle), []string{absent}},
		{"fichier absent", true, inutilisable, []string{"-tls-ac", absent}, []string{absent}},
		{"clé d'un autre", false, inutilisable, optionsTLS(cert, autreCle), []string{cert, autreCle}},
		{"clé pour autorité", true, inutilisable, []string{"-tls-ac", cle}, []string{cle, "sans certificat"}},
	} {
		enParallele(t, c.nom, func(t *testing.T) {
			commande := exec.Command(e.serveur, optionsServeur(nouvelleURL(t, "sqlite"), c.options...)...)
			if c.client {
				commande = e.commandeClient("127.0.0.1:1", c.options...)
			}
			verifierRefus(t, lancer(t, commande).resultat(t), c.code, c.mots...)
		})
	}
}
