package capteurs

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"

	"capteurs/shared/etape"
	"capteurs/shared/mesure"
	"capteurs/shared/sauvegarde"
)

// Un capteur envoie deux températures à un serveur, qui les enregistre.
func Example() {
	dossier, err := os.MkdirTemp("", "exemple")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dossier)
	ctx, arreter := context.WithCancel(context.Background())
	defer arreter()
	donnees, err := sauvegarde.Ouvrir(ctx, "texte:"+filepath.Join(dossier, "donnees.txt"), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer donnees.Close()

	serveur := NouveauServeurTCP(etape.ReglagesServeur{Adresse: "127.0.0.1:0", Sauvegarde: donnees}) // sur un port libre
	l, err := serveur.Ecouter(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	fini := make(chan error)
	go func() { fini <- serveur.Servir(ctx, l) }()

	capteur := NouveauCapteurTCP(etape.ReglagesCapteur{ID: "capteur_1", Graine: 1, Adresse: l.Addr().String()})
	for range 2 {
		confirmees, err := capteur.Envoyer(ctx, capteur.Generer())
		fmt.Println("confirmées :", confirmees, err)
	}
	capteur.Close()
	arreter()
	fmt.Println("le serveur s'arrête :", <-fini)
	for e, err := range donnees.Relire(context.Background()) {
		fmt.Println(e.CapteurID, e.Temperature, err)
	}
	// Output:
	// confirmées : 1 <nil>
	// confirmées : 1 <nil>
	// le serveur s'arrête : <nil>
	// capteur_1 19.84 <nil>
	// capteur_1 19.93 <nil>
}

// capteurEcran est une autre sorte de capteur : il montre ses mesures au lieu de les envoyer.
type capteurEcran struct {
	Capteur
	ecran io.Writer
}

func (c *capteurEcran) Envoyer() {
	m := c.Generer() // promue de Capteur
	fmt.Fprintf(c.ecran, "%s : %v °C\n", m.CapteurID, m.Temperature)
}

// L'intérêt, côté client : une seconde sorte de capteur n'écrit que sa différence, et n'oblige à rouvrir ni Capteur, ni
// CapteurTCP.
func Example_autreCapteur() {
	capteur := capteurEcran{NouveauCapteur(etape.ReglagesCapteur{ID: "couloir", Graine: 1}), os.Stdout}
	capteur.Envoyer()
	capteur.Envoyer()
	// Output:
	// couloir : 19.84 °C
	// couloir : 19.93 °C
}

// serveurTexte parle un autre protocole : « salon 21.5 », sans JSON ni sauvegarde.
type serveurTexte struct{ *Serveur }

func nouveauServeurTexte(r etape.ReglagesServeur) *serveurTexte {
	s := &serveurTexte{}
	s.Serveur = NouveauServeur(r, s)
	return s
}

func (s *serveurTexte) TraiterConnexion(_ context.Context, conn net.Conn) {
	defer conn.Close()
	var capteur string
	var temperature float64
	if _, err := fmt.Fscan(conn, &capteur, &temperature); err != nil {
		fmt.Fprintln(conn, "écrivez un nom, puis un nombre")
		return
	}
	fmt.Fprintf(conn, "il fait %v °C : %s\n", temperature, capteur)
}

// L'intérêt, côté serveur : un autre protocole n'écrit que ce qu'il fait d'une connexion. Écouter, accepter, une goroutine
// par client, attendre leur fin : tout le reste est hérité, chiffrement et limites compris.
func Example_autreServeur() {
	serveur := nouveauServeurTexte(etape.ReglagesServeur{Adresse: "127.0.0.1:0"})
	err := lancer(serveur, func(adresse string) {
		conn, err := net.Dial("tcp", adresse)
		if err != nil {
			fmt.Println(err)
			return
		}
		defer conn.Close()
		fmt.Fprintln(conn, "salon 21.5")
		io.Copy(os.Stdout, conn)
	})
	fmt.Println("le serveur s'arrête :", err)
	// Output:
	// il fait 21.5 °C : salon
	// le serveur s'arrête : <nil>
}

// serveurPoli voudrait saluer chaque client. Il hérite de ServeurTCP et masque TraiterConnexion.
type serveurPoli struct{ *ServeurTCP }

func (s *serveurPoli) TraiterConnexion(ctx context.Context, conn net.Conn) {
	fmt.Println("bonjour !")
	s.ServeurTCP.TraiterConnexion(ctx, conn) // le super() de Go
}

// Le piège : en Go, une méthode promue ne connaît que le type qui la porte. Servir est celle de Serveur, et confie les
// connexions à qui son constructeur a désigné : un ServeurTCP. Le TraiterConnexion de serveurPoli n'est jamais appelé, et
// rien ne le signale ; il faut que serveurPoli se désigne lui-même.
func Example_masquage() {
	poli := &serveurPoli{NouveauServeurTCP(etape.ReglagesServeur{Adresse: "127.0.0.1:0", Sauvegarde: nulle{}})}
	envoyer := func(adresse string) {
		capteur := NouveauCapteurTCP(etape.ReglagesCapteur{ID: "capteur_1", Adresse: adresse})
		defer capteur.Close()
		confirmees, err := capteur.Envoyer(context.Background(), capteur.Generer())
		fmt.Println("confirmées :", confirmees, err)
	}

	fmt.Println("il masque :")
	lancer(poli, envoyer)

	fmt.Println("il masque, et se désigne :")
	poli.traitant = poli
	lancer(poli, envoyer)
	// Output:
	// il masque :
	// confirmées : 1 <nil>
	// il masque, et se désigne :
	// bonjour !
	// confirmées : 1 <nil>
}

// lancer lance un serveur, le temps d'un dialogue, et rend ce que rend Servir.
func lancer(serveur etape.Serveur, dialoguer func(adresse string)) error {
	ctx, arreter := context.WithCancel(context.Background())
	defer arreter()
	l, err := serveur.Ecouter(ctx)
	if err != nil {
		return err
	}
	fini := make(chan error)
	go func() { fini <- serveur.Servir(ctx, l) }()
	dialoguer(l.Addr().String())
	arreter()
	return <-fini
}

// nulle est une sauvegarde qui oublie tout : elle hérite de l'interface pour n'en écrire qu'une méthode. Appeler une autre de
// ses méthodes serait une panique, car l'interface incorporée est nil.
type nulle struct{ sauvegarde.Sauvegarde }

func (nulle) Sauvegarder(context.Context, []mesure.Mesure) error { return nil }
