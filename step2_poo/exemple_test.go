package capteurs

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"capteurs/shared/etape"
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
