package reseau

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// autorite signe des certificats, rangés dans un dossier du test.
type autorite struct {
	dossier    string
	certificat *x509.Certificate
	cle        *ecdsa.PrivateKey
	chemin     string // son certificat, en PEM
}

func nouvelleAutorite(t *testing.T) *autorite {
	t.Helper()
	a := &autorite{dossier: t.TempDir()}
	a.certificat = &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "autorité"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	a.chemin, _ = a.signer(t, a.certificat, "ac")
	return a
}

// delivrer rend les chemins d'un certificat, pour cette adresse, et de sa clé.
func (a *autorite) delivrer(t *testing.T, nom string, adresse net.IP, duree time.Duration) (cert, cle string) {
	t.Helper()
	return a.signer(t, &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: nom},
		NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: time.Now().Add(duree),
		IPAddresses: []net.IP{adresse}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}, nom)
}

func (a *autorite) signer(t *testing.T, modele *x509.Certificate, nom string) (cert, cle string) {
	t.Helper()
	cleNeuve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if a.cle == nil {
		a.cle = cleNeuve // elle se signe elle-même
	}
	octets, err := x509.CreateCertificate(rand.Reader, modele, a.certificat, &cleNeuve.PublicKey, a.cle)
	if err != nil {
		t.Fatal(err)
	}
	octetsCle, err := x509.MarshalPKCS8PrivateKey(cleNeuve)
	if err != nil {
		t.Fatal(err)
	}
	return a.ranger(t, nom+".pem", string(enPEM("CERTIFICATE", octets))), a.ranger(t, nom+".cle", string(enPEM("PRIVATE KEY", octetsCle)))
}

func enPEM(genre string, octets []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: genre, Bytes: octets})
}

// ranger écrit un fichier et rend son chemin.
func (a *autorite) ranger(t *testing.T, nom, contenu string) string {
	t.Helper()
	chemin := filepath.Join(a.dossier, nom)
	if err := os.WriteFile(chemin, []byte(contenu), 0o600); err != nil {
		t.Fatal(err)
	}
	return chemin
}

var locale = net.IPv4(127, 0, 0, 1)

func TestTLSServeurOptions(t *testing.T) {
	a := nouvelleAutorite(t)
	cert, cle := a.delivrer(t, "serveur", locale, time.Hour)
	_, autreCle := a.delivrer(t, "autre", locale, time.Hour)
	texte := a.ranger(t, "texte", "ceci n'est pas un certificat\n")
	absent := filepath.Join(a.dossier, "absent")
	const vontEnsemble = "vérifiez que ce sont deux fichiers PEM qui vont ensemble"
	for _, cas := range []struct{ cert, cle, ac, phrase string }{
		{cert, "", "", "donnez -tls-cert et -tls-cle"},
		{"", cle, "", "donnez -tls-cert et -tls-cle"},
		{"", "", a.chemin, "donnez -tls-cert et -tls-cle"},
		{cert, "", a.chemin, "donnez -tls-cert et -tls-cle"},
		{absent, cle, "", vontEnsemble},
		{cert, absent, "", vontEnsemble},
		{cert, autreCle, "", vontEnsemble},
		{cle, cert, "", vontEnsemble},
		{texte, cle, "", vontEnsemble},
		{cert, texte, "", vontEnsemble},
		{cert, cle, absent, "autorité " + absent + " illisible"},
		{cert, cle, texte, "autorité " + texte + " sans certificat : donnez un fichier PEM"},
		{cert, cle, cle, "autorité " + cle + " sans certificat"},
	} {
		config, err := TLSServeur(cas.cert, cas.cle, cas.ac, muet)
		expliquee(t, "TLSServeur", err, nil, cas.phrase)
		if config != nil {
			t.Errorf("TLSServeur(%v) = %v et %v, attendu une erreur seule", cas, config, err)
		}
		if cas.phrase == vontEnsemble && (!strings.Contains(err.Error(), cas.cert) || !strings.Contains(err.Error(), cas.cle)) {
			t.Errorf("TLSServeur(%v) = %v, attendu les deux chemins", cas, err)
		}
	}
	if config, err := TLSServeur("", "", "", muet); config != nil || err != nil {
		t.Errorf("TLSServeur(rien) = %v, %v, attendu nil : en clair", config, err)
	}
	config, err := TLSServeur(cert, cle, "", muet)
	if err != nil || config.MinVersion != tls.VersionTLS13 || config.ClientAuth != tls.NoClientCert {
		t.Errorf("TLSServeur(cert, clé) = %+v, %v, attendu TLS 1.3, sans certificat de client", config, err)
	}
	config, err = TLSServeur(cert, cle, a.chemin, muet)
	if err != nil || config.ClientAuth != tls.RequireAndVerifyClientCert || config.ClientCAs == nil {
		t.Errorf("TLSServeur(cert, clé, autorité) = %+v, %v, attendu un certificat de client exigé et vérifié", config, err)
	}
}

func TestTLSClientOptions(t *testing.T) {
	a := nouvelleAutorite(t)
	cert, cle := a.delivrer(t, "client", locale, time.Hour)
	texte := a.ranger(t, "texte", "ceci n'est pas un certificat\n")
	for _, actif := range []bool{false, true} {
		for _, cas := range []struct{ cert, cle, ac, phrase string }{
			{cert, "", "", "donnez -tls-cert et -tls-cle"},
			{"", cle, a.chemin, "donnez -tls-cert et -tls-cle"},
			{cert, texte, "", "deux fichiers PEM qui vont ensemble"},
			{"", "", texte, "autorité " + texte + " sans certificat"},
			{"", "", a.dossier, "autorité " + a.dossier + " illisible"},
		} {
			config, err := TLSClient(actif, cas.cert, cas.cle, cas.ac)
			expliquee(t, "TLSClient", err, nil, cas.phrase)
			if config != nil {
				t.Errorf("TLSClient(%v) = %v et %v, attendu une erreur seule", cas, config, err)
			}
		}
		for _, cas := range []struct {
			cert, cle, ac string
			chiffre       bool
		}{
			{"", "", "", actif},
			{"", "", a.chemin, true}, // les options de TLS l'entraînent
			{cert, cle, "", true},
			{cert, cle, a.chemin, true},
		} {
			config, err := TLSClient(actif, cas.cert, cas.cle, cas.ac)
			if err != nil || (config != nil) != cas.chiffre {
				t.Fatalf("TLSClient(%v, %v) = %v, %v, attendu chiffré : %v", actif, cas, config, err, cas.chiffre)
			}
			if config == nil {
				continue
			}
			if config.MinVersion != tls.VersionTLS13 || config.InsecureSkipVerify || (config.RootCAs != nil) != (cas.ac != "") || (len(config.Certificates) > 0) != (cas.cert != "") {
				t.Errorf("TLSClient(%v, %v) = %+v", actif, cas, config)
			}
		}
	}
}

// rencontre fait se parler, sur une vraie connexion, un serveur et un client ; l'un ou l'autre en clair si sa
// configuration est nil. Elle rend l'erreur de chacun : celle de la poignée de main, ou du premier échange.
func rencontre(t *testing.T, serveur, client *tls.Config) (duServeur, duClient error) {
	t.Helper()
	l := ecouter(t)
	fini := make(chan error, 1)
	go func() { fini <- accueillir(t, l, serveur) }()
	conn, duClient := Appel{TLS: client, Attente: patience}.Joindre(t.Context(), l.Addr().String())
	if duClient == nil {
		defer Borner(t.Context(), conn, patience)()
		if _, duClient = conn.Write([]byte("bonjour\n")); duClient == nil {
			_, duClient = io.ReadFull(conn, make([]byte, 8))
		}
		duClient = enveloppe(duClient)
		conn.Close()
	}
	return <-fini, duClient
}

// enveloppe explique l'erreur d'un échange, comme le fait un capteur.
func enveloppe(err error) error {
	if err == nil {
		return nil
	}
	return ExpliquerTLS(err)
}

// accueillir sert une connexion : à huit octets, il répond huit octets.
func accueillir(t *testing.T, l net.Listener, config *tls.Config) error {
	brute, err := l.Accept()
	if err != nil {
		return err
	}
	brute.SetDeadline(time.Now().Add(patience))
	conn := accepter(sansHate{tcp(brute)}, config)
	defer conn.Close()
	if _, err := io.ReadFull(conn, make([]byte, 8)); err != nil {
		return err
	}
	_, err = io.WriteString(conn, "bonjour\n")
	direAdieu(conn) // le client a pu écrire plus
	return err
}

func TestRencontresTLS(t *testing.T) {
	a, autre := nouvelleAutorite(t), nouvelleAutorite(t)
	serveur := func(ac string, cert, cle string) *tls.Config {
		config, err := TLSServeur(cert, cle, ac, muet)
		if err != nil {
			t.Fatal(err)
		}
		return config
	}
	client := func(ac, cert, cle string) *tls.Config {
		config, err := TLSClient(true, cert, cle, ac)
		if err != nil {
			t.Fatal(err)
		}
		return config
	}
	cert, cle := a.delivrer(t, "bon", locale, time.Hour)
	certAutre, cleAutre := autre.delivrer(t, "autre", locale, time.Hour)
	certNom, cleNom := a.delivrer(t, "nom", net.IPv4(192, 0, 2, 1), time.Hour)
	certVieux, cleVieux := a.delivrer(t, "vieux", locale, -time.Minute)

	const refuse = "l'autre bout a refusé la connexion TLS, vérifiez -tls-cert et -tls-ac"
	for _, cas := range []struct {
		nom             string
		serveur, client *tls.Config
		auClient        string // phrase et caractère définitif attendus du client ; "" : tout va bien
		auServeur       string
	}{
		{"tout va bien", serveur("", cert, cle), client(a.chemin, "", ""), "", ""},
		{"chacun son certificat", serveur(a.chemin, cert, cle), client(a.chemin, cert, cle), "", ""},
		{"certificat de trop", serveur("", cert, cle), client(a.chemin, certAutre, cleAutre), "", ""},
		{"autorité inconnue du client", serveur("", certAutre, cleAutre), client(a.chemin, "", ""), "certificat d'une autorité inconnue, vérifiez -tls-ac", refuse},
		{"autorités du système", serveur("", cert, cle), client("", "", ""), "certificat d'une autorité inconnue, vérifiez -tls-ac", refuse},
		{"autre nom", serveur("", certNom, cleNom), client(a.chemin, "", ""), "le certificat du serveur est à un autre nom que l'adresse demandée", refuse},
		{"certificat périmé", serveur("", certVieux, cleVieux), client(a.chemin, "", ""), "certificat périmé, ou pas encore valable", refuse},
		{"certificat de client absent", serveur(a.chemin, cert, cle), client(a.chemin, "", ""), refuse, "poignée de main TLS échouée : le client n'a pas montré de certificat"},
		{"certificat de client inconnu", serveur(a.chemin, cert, cle), client(a.chemin, certAutre, cleAutre), refuse, "certificat d'une autorité inconnue, vérifiez -tls-ac"},
		{"certificat de client périmé", serveur(a.chemin, cert, cle), client(a.chemin, certVieux, cleVieux), refuse, "certificat périmé"},
		{"serveur en clair", nil, client(a.chemin, "", ""), "l'autre bout ne parle pas TLS", ""},
	} {
		t.Run(cas.nom, func(t *testing.T) {
			t.Parallel()
			verifierRencontre(t, cas.serveur, cas.client, cas.auClient, cas.auServeur)
		})
	}
}

// verifierRencontre vérifie ce que dit chaque bout, "" s'il ne doit rien avoir à dire. Recommencer n'y changerait rien, et un
// refus n'est pas un silence.
func verifierRencontre(t *testing.T, serveur, client *tls.Config, auClient, auServeur string) {
	t.Helper()
	duServeur, duClient := rencontre(t, serveur, client)
	for _, bout := range []struct {
		nom, phrase string
		err         error
	}{{"client", auClient, duClient}, {"serveur", auServeur, duServeur}} {
		switch {
		case bout.phrase != "":
			expliquee(t, "du "+bout.nom, bout.err, nil, bout.phrase)
		case bout.err != nil:
			t.Errorf("du %s = %v, attendu nil", bout.nom, bout.err)
		}
	}
	if auClient != "" && (!Definitif(duClient) || Silence(duClient)) {
		t.Errorf("Definitif(%v), Silence = %v, %v, attendu true, false", duClient, Definitif(duClient), Silence(duClient))
	}
}

// Qui parle en clair à un serveur chiffré reçoit une phrase, et non un silence.
func TestClientEnClairChezUnServeurChiffre(t *testing.T) {
	a := nouvelleAutorite(t)
	config, err := TLSServeur(a.pourServeur(t))
	if err != nil {
		t.Fatal(err)
	}
	serveur, client := paire(t)
	fini := make(chan error, 1)
	go func() {
		_, err := lire(accepter(sansHate{serveur}, config))
		fini <- err
	}()
	if _, err := io.WriteString(client, `{"capteur_id": "capteur_1", "temperature": 23.5}`+"\n"); err != nil {
		t.Fatal(err)
	}
	recu, err := io.ReadAll(client)
	if attendu := "refus : ce serveur n'accepte que des connexions chiffrées (TLS)\n"; string(recu) != attendu || err != nil {
		t.Errorf("le client en clair reçoit %q, %v, attendu %q", recu, err, attendu)
	}
	client.Close()
	expliquee(t, "la première lecture", <-fini, ErrPoignee, "poignée de main TLS échouée : l'autre bout ne parle pas TLS")
}

// pourServeur rend de quoi appeler TLSServeur d'un coup.
func (a *autorite) pourServeur(t *testing.T) (cert, cle, ac string, journal *slog.Logger) {
	t.Helper()
	cert, cle = a.delivrer(t, "serveur", locale, time.Hour)
	return cert, cle, "", muet
}

// muet est un journal qu'on ne lit pas.
var muet = slog.New(slog.DiscardHandler)

// Un certificat renouvelé sur le disque sert à la connexion suivante ; entre ses deux fichiers, le précédent sert encore.
func TestCertificatRenouvele(t *testing.T) {
	a := nouvelleAutorite(t)
	cert, cle := a.delivrer(t, "serveur", locale, time.Hour)
	var journal strings.Builder
	serveur, err := TLSServeur(cert, cle, "", slog.New(slog.NewTextHandler(&journal, nil)))
	if err != nil {
		t.Fatal(err)
	}
	client, err := TLSClient(true, "", "", a.chemin)
	if err != nil {
		t.Fatal(err)
	}
	montre := func() (serie string) {
		client.VerifyConnection = func(etat tls.ConnectionState) error {
			serie = etat.PeerCertificates[0].Subject.CommonName
			return nil
		}
		verifierRencontre(t, serveur, client, "", "")
		return serie
	}
	// Un système de fichiers peut dater à la seconde près : chaque écriture avance d'une heure.
	maintenant := time.Now()
	remplacer := func(vers, de string) {
		texte, err := os.ReadFile(de)
		if err != nil {
			t.Fatal(err)
		}
		maintenant = maintenant.Add(time.Hour)
		if err := errors.Join(os.WriteFile(vers, texte, 0o600), os.Chtimes(vers, maintenant, maintenant)); err != nil {
			t.Fatal(err)
		}
	}
	if nom := montre(); nom != "serveur" {
		t.Fatalf("le serveur montre %q", nom)
	}
	neuf, saCle := a.delivrer(t, "neuf", locale, time.Hour)
	remplacer(cert, neuf)
	for range 2 {
		if nom := montre(); nom != "serveur" {
			t.Errorf("entre les deux fichiers, le serveur montre %q, attendu l'ancien certificat", nom)
		}
	}
	remplacer(cle, saCle)
	if nom := montre(); nom != "neuf" {
		t.Errorf("renouvelé, le serveur montre %q", nom)
	}
	if dit := journal.String(); strings.Count(dit, "inutilisables") != 1 || strings.Count(dit, "certificats renouvelés\"") != 1 {
		t.Errorf("journal %q, attendu qu'il dise chaque changement une fois", dit)
	}
	if err := os.Remove(cert); err != nil {
		t.Fatal(err)
	}
	if nom := montre(); nom != "neuf" {
		t.Errorf("fichier retiré, le serveur montre %q, attendu le dernier certificat", nom)
	}
}

func TestUnePoigneeDeMainNAttendPasToujours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		serveur, client := tuyau(t)
		debut := time.Now()
		_, err := lire(accepter(serveur, &tls.Config{}))
		expliquee(t, "lire d'un client muet", err, context.DeadlineExceeded, "poignée de main TLS échouée : ")
		apres(t, "lire d'un client muet", debut, delaiPoignee)
		client.Close()

		serveur, _ = tuyau(t)
		ctx, arreter := context.WithCancel(t.Context())
		c := Garder(ctx, accepter(serveur, &tls.Config{}), pendant(time.Hour))
		time.AfterFunc(time.Second, arreter)
		debut = time.Now()
		_, err = lire(c)
		expliquee(t, "lire pendant l'arrêt", err, ErrPoignee)
		apres(t, "lire pendant l'arrêt", debut, time.Second+delaiFin)
	})
}

func TestExpliquerTLS(t *testing.T) {
	for phrase, cause := range map[string]error{
		"certificat invalide (": x509.CertificateInvalidError{Cert: &x509.Certificate{}, Reason: x509.TooManyIntermediates},
		"certificat périmé":     x509.CertificateInvalidError{Cert: &x509.Certificate{}, Reason: x509.Expired},
	} {
		err := ExpliquerTLS(&tls.CertificateVerificationError{Err: cause})
		expliquee(t, "ExpliquerTLS", err, nil, phrase)
		if !Definitif(err) {
			t.Errorf("Definitif(%v) = false, attendu true", err)
		}
	}
	autre := errors.New("autre")
	if err := ExpliquerTLS(autre); err != autre || Definitif(err) {
		t.Errorf("ExpliquerTLS(autre) = %v (définitif : %v), attendu autre, non définitif", err, Definitif(err))
	}
}
