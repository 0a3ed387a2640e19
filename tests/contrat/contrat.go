// Package contrat dit ce qu'une étape du kata doit faire, et le vérifie dans le processus du test : il lance son serveur,
// lui parle, et regarde ce qui est enregistré. Il ne connaît aucune étape : chacune s'y présente elle-même, par deux
// fonctions, dans son contrat_test.go.
//
// L'ordre des cas est celui où l'on gagne à les faire passer, l'un après l'autre. Tant que l'étape a des fonctions à écrire,
// la suite s'arrête à la première règle qui n'est pas tenue.
package contrat

import (
	"testing"
	"time"

	"go.uber.org/goleak"

	"capteurs/shared/etape"
)

// Etape est l'étape à vérifier.
type Etape struct {
	NouveauCapteur func(etape.ReglagesCapteur) etape.Capteur
	NouveauServeur func(etape.ReglagesServeur) etape.Serveur
}

// cas est une règle, et de quoi la vérifier.
type cas struct {
	nom, regle string
	verifier   func(*testing.T, Etape)
}

var tousLesCas = []cas{
	{"CapteurGenere", "un capteur génère une température, avec son identifiant", capteurGenere},
	{"CapteurEnvoie", "un capteur envoie ses mesures en JSON, et sait qu'elles sont confirmées", capteurEnvoie},
	{"PortPris", "Ecouter rend une erreur si le port est pris", portPris},
	{"SansClient", "un serveur que personne n'appelle finit avec son contexte, et Servir rend nil", sansClient},
	{"UneMesure", "une mesure envoyée par le capteur est enregistrée par le serveur, exactement", uneMesure},
	{"AllerRetour", "toute mesure valide est enregistrée telle quelle, et dans l'ordre", allerRetour},
	{"TousLesMoteurs", "ce qui est enregistré est ce qui a été envoyé, daté de sa réception, dans chaque sorte de sauvegarde", tousLesMoteurs},
	{"PlusieursCapteurs", "des capteurs simultanés sont tous servis, et rien n'est mélangé", plusieursCapteurs},
	{"Decoupage", "les coupures de TCP ne changent rien aux mesures", decoupage},
	{"Ordures", "des octets absurdes, avec ou sans saut de ligne, ne font perdre aucun objet valide", ordures},
	{"Refus", "un message refusé l'est par son rang et sa cause, et la connexion continue", refusEtSuite},
	{"AccuseApresSauvegarde", "une mesure n'est confirmée qu'une fois enregistrée", accuseApresSauvegarde},
	{"AccuseCumule", "le nombre confirmé est cumulé sur la connexion", accuseCumule},
	{"EchecDeSauvegarde", "une sauvegarde qui échoue n'est pas confirmée : le client l'apprend, et la connexion se ferme", echecDeSauvegarde},
	{"Demesure", "un message de plus de 64 Kio est refusé, et la connexion se ferme", demesure},
	{"AutreProtocole", "une requête HTTP ou une poignée de main TLS n'obtient qu'une ligne, et la fermeture : rien n'en est lu", autreProtocole},
	{"DemiFermeture", "un client qui ferme son côté reçoit encore sa confirmation", demiFermeture},
	{"SansSautDeLigne", "un objet sans saut de ligne est une mesure, quoi qui le sépare du suivant", sansSautDeLigne},
	{"Coupure", "un client qui coupe brutalement ne perd aucun message arrivé entier", coupure},
	{"ClientSourd", "un client qui ne lit pas ses réponses ne perd rien et ne bloque personne", clientSourd},
	{"ClientMuet", "un client muet n'empêche pas les autres, et finit par être fermé", clientMuet},
	{"ClientLent", "un message envoyé octet à octet est une mesure", clientLent},
	{"TropDeConnexions", "une connexion de trop reçoit une ligne d'erreur ; une place libérée sert à nouveau", tropDeConnexions},
	{"Arret", "à l'arrêt, ce qui est arrivé est enregistré et confirmé, tout est fermé, et Servir rend nil", arret},
	{"EcouteRompue", "Servir rend une erreur si elle ne peut plus accepter, et ferme tout", ecouteRompue},
	{"CapteurSeReconnecte", "un capteur rappelle un serveur revenu, et sait ce qui a été confirmé avant", capteurSeReconnecte},
	{"CapteurRefuse", "un capteur rend les refus du serveur", capteurRefuse},
	{"ServeurSansAccuse", "un serveur qui n'accuse pas réception n'est pas une panne", serveurSansAccuse},
	{"CapteurInterrompu", "l'envoi s'arrête avec son contexte", capteurInterrompu},
	{"TLS", "capteur et serveur se parlent aussi chiffrés, certificats de clients compris", chiffre},
	{"TLSRefuse", "un certificat qui ne convient pas est une erreur, d'un côté comme de l'autre", chiffreRefuse},
}

// Verifier vérifie l'étape : un sous-test par règle.
func Verifier(t *testing.T, e Etape) {
	restantes := enChantier(t)
	for _, c := range tousLesCas {
		t.Run(c.nom, func(t *testing.T) {
			fuites := goleak.IgnoreCurrent()
			t.Cleanup(func() {
				if !t.Failed() { // après un échec, ce qui reste ouvert n'apprend rien
					if err := fuite(fuites); err != nil {
						t.Errorf("des goroutines survivent à l'arrêt : %v", err)
					}
				}
				if t.Failed() {
					t.Logf("règle : %s", c.regle)
				}
			})
			eclairer(t, restantes)
			c.verifier(t, e)
		})
		if len(restantes) > 0 && t.Failed() {
			t.Logf("%d « à écrire » en tout ; les règles suivantes attendent", len(restantes))
			return
		}
	}
}

// fuite rend les goroutines que le cas laisse. Une machine chargée peut leur devoir plus que la demi-seconde de goleak.
func fuite(dAvant goleak.Option) error {
	for limite := time.Now().Add(patience); ; {
		if err := goleak.Find(dAvant); err == nil || time.Now().After(limite) {
			return err
		}
	}
}
