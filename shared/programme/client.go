package programme

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os/signal"
	"sync"
	"sync/atomic"
	"time"

	"capteurs/shared/etape"
	"capteurs/shared/mesure"
	"capteurs/shared/reseau"
)

const aideClient = `Capteur de températures : génère ou saisit des mesures, les envoie par TCP.

Usage : client [options]

  -adresse HÔTE:PORT  le serveur (127.0.0.1:5000)
  -capteur NOM        identifiant du capteur (capteur_1)
  -temperature T      envoyer cette température, en °C
  -saisie             demander les températures au clavier
  -fichier FICHIER    envoyer les températures d'un fichier, une par ligne
  -n N                sinon, en générer N (1) ; 0 : jusqu'à Ctrl-C
  -intervalle DURÉE   pause entre deux mesures (1s) ; 0 : le plus vite possible
  -capteurs N         capteurs à la fois, NOM_1, NOM_2… (1) ; 10000 au plus
  -graine N           générer toujours les mêmes températures
  -attente DURÉE      temps laissé au serveur pour confirmer (5s)
  -confirmation MOT   exigee : un serveur muet est une panne (attendue)
  -patience DURÉE     temps pendant lequel rappeler un serveur absent (30s)
  -tls                connexion chiffrée, comme avec les options suivantes
  -tls-ac FICHIER     autorité qui certifie le serveur (celles du système)
  -tls-cert, -tls-cle FICHIER    certificat de ce client, et sa clé
  -version            dire de quoi ce programme est construit

Chaque option se donne aussi par l'environnement : KATA_ADRESSE, KATA_N…
Code de sortie : 0 tout est parti, 1 échec ou refus, 2 mauvaise utilisation.
Exemple : client -n 100 -intervalle 0 -capteurs 5
`

// capteursMax est ce qu'un serveur accepte de connexions, sans option : au-delà, le client n'éprouverait que sa propre machine.
const capteursMax = reseau.ConnexionsParDefaut

// Client est le programme client d'une étape ; nouveau rend le capteur de celle-ci. Elle rend le code de sortie.
func Client(nouveau func(etape.ReglagesCapteur) etape.Capteur) int {
	return executer(func(ctx context.Context, c console) error { return client(ctx, c, nouveau) })
}

// reglages est ce que les options du client demandent.
type reglages struct {
	etape.ReglagesCapteur
	nombre      int // de mesures par capteur ; 0 : sans fin
	capteurs    int
	intervalle  time.Duration
	patience    time.Duration
	saisie      bool
	temperature *float64  // nil : générée, relue ou saisie
	relues      []float64 // celles d'un fichier, en °C ; nil : aucun
}

func client(ctx context.Context, c console, nouveau func(etape.ReglagesCapteur) etape.Capteur) error {
	r, err := reglerClient(c)
	if err != nil {
		return err
	}
	if r.saisie {
		signal.Reset() // rien n'est en suspens quand on attend le clavier : Ctrl-C peut tout arrêter
	}
	e := &envoi{console: c, reglages: r}
	finir := e.montrerAvance()
	var capteurs sync.WaitGroup
	for i := range r.capteurs {
		capteurs.Go(func() {
			rc := r.duCapteur(i)
			capteur := nouveau(rc)
			defer capteur.Close()
			e.echec(e.capteur(ctx, capteur, rc.ID))
		})
	}
	capteurs.Wait()
	finir()
	return e.bilan(ctx)
}

// duCapteur rend les réglages du capteur de rang i.
func (r reglages) duCapteur(i int) etape.ReglagesCapteur {
	rc := r.ReglagesCapteur
	switch {
	case r.capteurs > 1 && rc.ID == "":
		rc.ID = fmt.Sprintf("capteur_%d", i+1)
	case r.capteurs > 1:
		rc.ID = fmt.Sprintf("%s_%d", rc.ID, i+1)
	case rc.ID == "":
		rc.ID = "capteur_1"
	}
	rc.Graine += uint64(i)
	return rc
}

// reglerClient lit les options.
func reglerClient(c console) (r reglages, err error) {
	var temperature, fichier, confirmation, cert, cle, ac string
	var chiffrer bool
	o := nouvellesOptions(aideClient)
	o.StringVar(&r.Adresse, "adresse", "127.0.0.1:5000", "")
	o.StringVar(&r.ID, "capteur", "", "")
	o.StringVar(&temperature, "temperature", "", "")
	o.BoolVar(&r.saisie, "saisie", false, "")
	o.StringVar(&fichier, "fichier", "", "")
	o.IntVar(&r.nombre, "n", 1, "")
	o.DurationVar(&r.intervalle, "intervalle", time.Second, "")
	o.IntVar(&r.capteurs, "capteurs", 1, "")
	o.Uint64Var(&r.Graine, "graine", rand.Uint64(), "")
	o.DurationVar(&r.Emission.Attente, "attente", reseau.AttenteParDefaut, "")
	o.StringVar(&confirmation, "confirmation", "attendue", "")
	o.DurationVar(&r.patience, "patience", 30*time.Second, "")
	o.BoolVar(&chiffrer, "tls", false, "")
	o.StringVar(&ac, "tls-ac", "", "")
	o.StringVar(&cert, "tls-cert", "", "")
	o.StringVar(&cle, "tls-cle", "", "")
	if err := o.analyser(c); err != nil {
		return r, err
	}
	mode, err := o.choisir("temperature", "saisie", "fichier", "n")
	if err != nil {
		return r, err
	}
	r.saisie = mode == "saisie"
	switch {
	case r.nombre < 0:
		return r, mauvaisUsage("-n %d : un nombre de mesures est attendu, 0 pour ne pas s'arrêter", r.nombre)
	case r.capteurs < 1 || r.capteurs > capteursMax || r.saisie && r.capteurs > 1:
		return r, mauvaisUsage("-capteurs %d : de 1 à %d capteurs sont attendus, et un seul avec -saisie", r.capteurs, capteursMax)
	case confirmation != "attendue" && confirmation != "exigee":
		return r, mauvaisUsage("-confirmation %q inconnue : attendue ou exigee", confirmation)
	case r.intervalle < 0 || r.Emission.Attente <= 0 || r.patience < 0:
		return r, mauvaisUsage("-intervalle, -attente et -patience : des durées positives sont attendues, comme 1s")
	}
	if err := (mesure.Mesure{CapteurID: r.duCapteur(r.capteurs - 1).ID}).Valider(); err != nil {
		return r, erreurUsage{err}
	}
	switch mode {
	case "temperature":
		t, err := lireTemperature(temperature)
		if err != nil {
			return r, erreurUsage{fmt.Errorf("-temperature : %w", err)}
		}
		r.temperature = &t
	case "fichier":
		if r.relues, err = lireTemperatures(fichier); err != nil {
			return r, err
		}
	}
	r.Appel.Attente, r.Emission.Confirme = r.Emission.Attente, new(atomic.Bool) // partagé : ce qu'un capteur apprend sert aux autres
	r.Emission.Confirme.Store(confirmation == "exigee")
	r.Appel.TLS, err = reseau.TLSClient(chiffrer, cert, cle, ac)
	return r, usageTLS(err)
}
