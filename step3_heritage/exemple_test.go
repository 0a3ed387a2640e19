package capteurs

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

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
	donnees, err := sauvegarde.Ouvrir(ctx, "texte:"+filepath.Join(dossier, "donnees.txt"), slog.New(slog.DiscardHandler))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer donnees.Close()

	serveur := NouveauServeurTCP(etape.ReglagesServeur{
		Adresse:    "127.0.0.1:0", // un port libre
		Sauvegarde: donnees,
		Inactivite: time.Minute,
		Connexions: 10,
		Journal:    slog.New(slog.DiscardHandler),
	})
	l, err := serveur.Ecouter(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	fini := make(chan error)
	go func() { fini <- serveur.Servir(ctx, l) }()

	capteur := NouveauCapteurTCP(etape.ReglagesCapteur{
		ID:           "capteur_1",
		Adresse:      l.Addr().String(),
		Attente:      time.Minute,
		Sorte:        etape.Relecture,
		Temperatures: []float64{23.5, 24},
	})
	for {
		m, err := capteur.Generer()
		if err == io.EOF {
			break
		}
		confirmees, err := capteur.Envoyer(ctx, m)
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
	// capteur_1 23.5 <nil>
	// capteur_1 24 <nil>
}

// serveurPoli voudrait saluer chaque client. Il hérite de ServeurTCP et masque TraiterConnexion.
type serveurPoli struct{ *ServeurTCP }

func (s *serveurPoli) TraiterConnexion(ctx context.Context, conn net.Conn) {
	fmt.Println("bonjour !")
	s.ServeurTCP.TraiterConnexion(ctx, conn)
}

// Le piège : en Go une méthode promue ne connaît que le type qui la porte. Le Servir promu est celui de ServeurTCP, qui se
// donne lui-même à servir, et le TraiterConnexion de serveurPoli n'est jamais appelé. Pour qu'il le soit, serveurPoli doit
// se donner lui-même, comme le font ServeurTCP et ServeurTLS.
func Example_masquage() {
	poli := &serveurPoli{NouveauServeurTCP(etape.ReglagesServeur{
		Adresse:    "127.0.0.1:0",
		Sauvegarde: nulle{},
		Inactivite: time.Minute,
		Connexions: 10,
		Journal:    slog.New(slog.DiscardHandler),
	})}

	fmt.Println("Servir, promue :")
	envoyerUneMesure(poli, poli.Servir)

	fmt.Println("servir, en se donnant soi-même :")
	envoyerUneMesure(poli, func(ctx context.Context, l net.Listener) error { return poli.servir(ctx, l, poli) })
	// Output:
	// Servir, promue :
	// confirmées : 1 <nil>
	// servir, en se donnant soi-même :
	// bonjour !
	// confirmées : 1 <nil>
}

func envoyerUneMesure(serveur *serveurPoli, servir func(context.Context, net.Listener) error) {
	ctx, arreter := context.WithCancel(context.Background())
	defer arreter()
	l, err := serveur.Ecouter(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	fini := make(chan error)
	go func() { fini <- servir(ctx, l) }()
	capteur := NouveauCapteurTCP(etape.ReglagesCapteur{ID: "capteur_1", Adresse: l.Addr().String(), Attente: time.Minute})
	confirmees, err := capteur.Envoyer(ctx, mesure.Mesure{CapteurID: "capteur_1", Temperature: 23.5})
	fmt.Println("confirmées :", confirmees, err)
	capteur.Close()
	arreter()
	<-fini
}

// nulle est une sauvegarde qui oublie tout : elle hérite de l'interface pour n'en écrire qu'une méthode.
type nulle struct{ sauvegarde.Sauvegarde }

func (nulle) Sauvegarder(context.Context, []mesure.Mesure) error { return nil }
