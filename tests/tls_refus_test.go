package tests

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"net"
	"testing"
	"time"

	"capteurs/tests/couche"
)

// tlsRefuse croise des programmes qui ne doivent pas se parler : le client échoue et le dit, le journal aussi, rien n'est
// enregistré, et le client suivant est servi.
func tlsRefuse(t *testing.T, e etape) {
	ac, autre, seul := nouvelleAutorite(t), nouvelleAutorite(t), nouvelleAutorite(t)
	seul.cert = &x509.Certificate{} // sans le nom que le serveur demande : un client n'a alors rien à lui montrer
	certifier := func(regler func(*x509.Certificate)) (cert, cle string) {
		return ac.certifierSelon(t, "127.0.0.1", regler)
	}
	bon := func(*x509.Certificate) {}
	perime := func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Hour) }
	futur := func(c *x509.Certificate) { c.NotBefore = time.Now().Add(30 * time.Minute) }
	pour := func(usage x509.ExtKeyUsage) func(*x509.Certificate) {
		return func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{usage} }
	}
	cert, cle := certifier(bon)
	confiance := []string{"-tls-ac", ac.pem}
	certifie := optionsTLS(cert, cle, confiance...)
	// Un client au certificat que regler change, chez un serveur qui en demande un.
	client := func(regler func(*x509.Certificate)) []string {
		cert, cle := certifier(regler)
		return optionsTLS(cert, cle, confiance...)
	}
	serveur := func(regler func(*x509.Certificate)) []string {
		cert, cle := certifier(regler)
		return optionsTLS(cert, cle)
	}
	inconnu := func(a autorite) []string {
		cert, cle := a.certifier(t, "127.0.0.1", time.Hour)
		return optionsTLS(cert, cle, confiance...)
	}
	ailleurs := func(hote string) []string {
		cert, cle := ac.certifier(t, hote, time.Hour)
		return optionsTLS(cert, cle)
	}
	const refuse = "a refusé la connexion TLS"
	auServeur := []string{refuse, "-tls-cert"}
	for _, c := range []struct {
		nom             string
		serveur, client []string
		mots            []string // ce que dit le client
		journal         string   // ce qu'en dit le serveur
		suivant         []string // un client à qui rien n'est à reprocher ; nil : un client qui ne vérifie rien
	}{
		{"autorité inconnue", optionsTLS(cert, cle), []string{"-tls-ac", autre.pem}, []string{"autorité inconnue", "-tls-ac"}, refuse, confiance},
		{"autorités du système", optionsTLS(cert, cle), []string{"-tls"}, []string{"autorité inconnue", "-tls-ac"}, refuse, confiance},
		{"autre hôte", ailleurs("ailleurs.exemple"), confiance, []string{"autre nom", "-adresse"}, refuse, nil},
		{"autre adresse", ailleurs("192.0.2.1"), confiance, []string{"autre nom", "-adresse"}, refuse, nil},
		{"serveur périmé", serveur(perime), confiance, []string{"périmé", "renouvelez"}, refuse, nil},
		{"serveur pas encore valable", serveur(futur), confiance, []string{"pas encore valable", "l'heure"}, refuse, nil},
		{"serveur au certificat de client", serveur(pour(x509.ExtKeyUsageClientAuth)), confiance, []string{"autre usage", "serverAuth"}, refuse, nil},
		{"client sans certificat", certifie, confiance, auServeur, "pas montré de certificat", certifie},
		{"client d'une autre autorité", certifie, inconnu(autre), auServeur, "autorité inconnue", certifie},
		{"client d'une autorité d'un autre nom", certifie, inconnu(seul), auServeur, "pas montré de certificat", certifie},
		{"client périmé", certifie, client(perime), auServeur, "périmé", certifie},
		{"client pas encore valable", certifie, client(futur), auServeur, "pas encore valable", certifie},
		{"client au certificat de serveur", certifie, client(pour(x509.ExtKeyUsageServerAuth)), auServeur, "autre usage", certifie},
		{"client en clair", optionsTLS(cert, cle), nil, []string{"TLS"}, "ne parle pas TLS", confiance},
		{"serveur en clair", nil, confiance, []string{"ne parle pas TLS"}, "messages refusés", []string{}},
	} {
		enParallele(t, c.nom, func(t *testing.T) {
			s := e.servir(t, nouvelleURL(t, "sqlite"), c.serveur...)
			for range selonSuite(t, 5, 1) { // un refus qui dépend de l'ordre des paquets doit se dire à chaque fois
				r := lancer(t, e.commandeClient(s.adresse, append(c.client, "-n", "3", "-intervalle", "0", "-patience", "300ms")...)).resultat(t)
				verifierRefus(t, r, 1, append(c.mots, s.adresse)...)
				if r.sortie != "0 mesure envoyée : 0 enregistrée\n" {
					t.Errorf("sortie %q, aucune mesure dite envoyée attendue", r.sortie)
				}
			}
			s.attendre(t, s.erreurs, c.journal)
			if c.suivant != nil {
				e.envoyer(t, s.adresse, append(c.suivant, "-temperature", "23.5")...)
			} else {
				crediter(t, s.adresse)
			}
			comparer(t, s.arreterEtRelire(t), de("capteur_1", 23.5))
		})
	}
}

// crediter envoie une mesure à un serveur chiffré, quel que soit le certificat qu'il montre.
func crediter(t *testing.T, adresse string) {
	t.Helper()
	conn := tls.Client(joindre(t, adresse), &tls.Config{InsecureSkipVerify: true})
	ecrire(t, conn, `{"capteur_id":"capteur_1","temperature":23.5}`)
	if err := conn.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	verifierReponses(t, bufio.NewReader(conn), ok(1))
}

// tlsAncien fait parler chaque programme à un autre qui s'en tient à TLS 1.2.
func tlsAncien(t *testing.T, e etape) {
	ac := nouvelleAutorite(t)
	cert, cle := ac.certifier(t, "127.0.0.1", time.Hour)
	s := e.servir(t, nouvelleURL(t, "texte"), optionsTLS(cert, cle)...)
	ancien := tls.Client(joindre(t, s.adresse), &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12})
	if err := ancien.Handshake(); err == nil {
		t.Error("poignée de main TLS 1.2 acceptée, un refus attendu")
	}
	s.attendre(t, s.erreurs, `connexion refusée.*TLS 1\.3`)
	e.envoyer(t, s.adresse, "-tls-ac", ac.pem, "-temperature", "1")
	comparer(t, s.arreterEtRelire(t), de("capteur_1", 1))

	certificat, err := tls.LoadX509KeyPair(cert, cle)
	if err != nil {
		t.Fatal(err)
	}
	adresse := ecouter(t, func(conn net.Conn) {
		_ = tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{certificat}, MaxVersion: tls.VersionTLS12}).Handshake() // le client le dira
	})
	r := lancer(t, e.commandeClient(adresse, "-tls-ac", ac.pem, "-temperature", "1")).resultat(t)
	verifierRefus(t, r, 1, adresse, "TLS 1.3")
}

// poigneeSansFin laisse une poignée de main en plan : les autres sont servis, et la place est rendue.
func poigneeSansFin(t *testing.T, e etape) {
	couche.Entiere(t, "dix secondes d'attente")
	ac := nouvelleAutorite(t)
	cert, cle := ac.certifier(t, "127.0.0.1", time.Hour)
	s := e.servir(t, nouvelleURL(t, "texte"), optionsTLS(cert, cle, "-connexions", "2")...)
	debut := time.Now()
	muette := joindre(t, s.adresse)
	ecrire(t, muette, "\x16\x03\x01\x02\x00\x01") // un début de poignée de main
	e.envoyer(t, s.adresse, "-tls-ac", ac.pem, "-temperature", "1")
	verifierFin(t, muette)
	if duree := time.Since(debut); duree < 5*time.Second {
		t.Errorf("poignée de main interrompue après %v, quelques secondes au moins attendues", duree)
	}
	s.attendre(t, s.erreurs, "poignée de main TLS échouée")
	comparer(t, s.arreterEtRelire(t), de("capteur_1", 1))
}
