package reseau

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strings"

	"capteurs/shared/lisible"
)

// ErrSansCle dit qu'un certificat est donné sans sa clé, ou l'inverse.
var ErrSansCle = errors.New("un certificat va avec sa clé : donnez -tls-cert et -tls-cle")

// TLSServeur rend la configuration d'un serveur qui montre le certificat cert, de clé cle. Si ac n'est pas vide, seuls
// entrent les clients qui montrent un certificat de cette autorité. Les trois sont des chemins de fichiers PEM, relus quand
// ils changent : la connexion suivante s'en sert, et s'ils ne vont plus ensemble, garde les précédents et le dit au journal.
// Sans cert ni cle elle rend nil : le serveur parle en clair.
func TLSServeur(cert, cle, ac string, journal *slog.Logger) (*tls.Config, error) {
	switch {
	case cert == "" && cle == "" && ac == "":
		return nil, nil
	case cert == "" || cle == "":
		return nil, ErrSansCle
	}
	c := &certificats{cert: cert, cle: cle, ac: ac, journal: journal, dates: datesDe(cert, cle, ac)}
	config, err := c.lire()
	if err != nil {
		return nil, err
	}
	config.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) { return c.actuelle(), nil }
	return config, nil
}

// TLSClient rend la configuration d'un client qui n'accepte que les serveurs de l'autorité ac et, si cert n'est pas
// vide, leur montre ce certificat, de clé cle. Sans ac, ce sont les autorités du système, si tls est vrai ; sinon elle
// rend nil : le client parle en clair.
func TLSClient(actif bool, cert, cle, ac string) (*tls.Config, error) {
	switch {
	case !actif && cert == "" && cle == "" && ac == "":
		return nil, nil
	case (cert == "") != (cle == ""):
		return nil, ErrSansCle
	}
	config := &tls.Config{MinVersion: tls.VersionTLS13}
	var err error
	if cert != "" {
		if config.Certificates, err = lireCertificat(cert, cle); err != nil {
			return nil, err
		}
	}
	if ac != "" {
		if config.RootCAs, err = lireAutorite(ac); err != nil {
			return nil, err
		}
	}
	return config, nil
}

func lireCertificat(cert, cle string) ([]tls.Certificate, error) {
	certificat, err := tls.LoadX509KeyPair(cert, cle)
	if err != nil {
		return nil, fmt.Errorf("certificat %s ou clé %s inutilisable, vérifiez que ce sont deux fichiers PEM qui vont ensemble (%w)", cert, cle, err)
	}
	return []tls.Certificate{certificat}, nil
}

func lireAutorite(chemin string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(chemin)
	if err != nil {
		return nil, fmt.Errorf("autorité %s illisible (%w)", chemin, err)
	}
	autorite := x509.NewCertPool()
	if !autorite.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("autorité %s sans certificat : donnez un fichier PEM", chemin)
	}
	return autorite, nil
}

// ExpliquerTLS met en français les refus de TLS, et dit que faire.
func ExpliquerTLS(err error) error {
	var (
		conseil  string
		nom      x509.HostnameError
		autorite x509.UnknownAuthorityError
		invalide x509.CertificateInvalidError
		entete   tls.RecordHeaderError
	)
	switch {
	case errors.As(err, &nom):
		conseil = "le certificat du serveur est à un autre nom que l'adresse demandée, donnez à -adresse un nom qu'il porte"
	case errors.As(err, &autorite):
		conseil = "certificat d'une autorité inconnue, vérifiez -tls-ac"
	case errors.As(err, &invalide) && invalide.Reason == x509.Expired:
		conseil = "certificat périmé, ou pas encore valable : renouvelez-le, ou vérifiez l'heure"
	case errors.As(err, &invalide) && invalide.Reason == x509.IncompatibleUsage:
		conseil = "certificat prévu pour un autre usage : serverAuth chez un serveur, clientAuth chez un client"
	case errors.As(err, &invalide):
		conseil = "certificat invalide"
	case errors.As(err, &entete):
		conseil = "l'autre bout ne parle pas TLS"
	case versionTLS(err):
		conseil = "l'autre bout ne parle pas TLS 1.3, mettez-le à jour"
	case alerteTLS(err):
		conseil = "l'autre bout a refusé la connexion TLS, vérifiez -tls-cert et -tls-ac"
	case strings.HasPrefix(err.Error(), "tls: client didn't provide a certificate"):
		conseil = "le client n'a pas montré de certificat de l'autorité -tls-ac, il lui en faut un"
	default:
		return err
	}
	return fmt.Errorf("%s (%w)", conseil, citation{err})
}

// citation est une erreur qui cite un inconnu : les noms d'un certificat, lus avant qu'on sache qui l'a signé.
type citation struct{ error }

func (e citation) Error() string { return lisible.Texte(e.error.Error()) }

func (e citation) Unwrap() error { return e.error }

// Definitif dit si recommencer donnerait la même erreur : un certificat ou une adresse qui ne convient pas.
func Definitif(err error) bool {
	var dns *net.DNSError
	return errors.As(err, new(*tls.CertificateVerificationError)) || errors.As(err, new(tls.RecordHeaderError)) ||
		alerteTLS(err) || versionTLS(err) || errors.As(err, new(*net.AddrError)) || errors.As(err, &dns) && dns.IsNotFound
}

// versionTLS dit si les deux bouts n'ont pas de version commune. Go ne le distingue que par le texte ; une version de Go qui
// le changerait ferait échouer les tests.
func versionTLS(err error) bool {
	const refusee = tls.AlertError(70) // RFC 8446, section 6
	for _, texte := range []string{refusee.Error(), "tls: client offered only unsupported versions", "tls: server selected unsupported protocol version"} {
		if err != nil && strings.Contains(err.Error(), texte) {
			return true
		}
	}
	return false
}

// alerteTLS dit si l'autre bout a refusé la connexion par une alerte (RFC 8446, section 6). Le type de l'alerte est privé.
func alerteTLS(err error) bool {
	var operation *net.OpError
	return errors.As(err, &operation) && operation.Op == "remote error"
}
