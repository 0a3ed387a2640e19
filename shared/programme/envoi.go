package programme

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"capteurs/shared/etape"
	"capteurs/shared/liaison"
	"capteurs/shared/mesure"
	"capteurs/shared/reseau"
)

// Les pauses entre deux appels à un serveur absent.
const (
	rappelMin = 100 * time.Millisecond
	rappelMax = 5 * time.Second
)

const (
	lotEnvoye = 500 // mesures envoyées d'un coup, par un capteur qui ne se repose pas
	peu       = 20  // mesures qu'on montre une à une
)

// envoi est un envoi en cours : ses réglages, et ce qu'il est advenu des mesures.
type envoi struct {
	console
	reglages

	mu            sync.Mutex // protège la suite, et l'affichage
	enregistrees  int
	refusees      int
	nonConfirmees int
	inconnues     int  // parties, sans qu'on sache si elles sont enregistrées
	absent        bool // le serveur ne répond plus, et on l'a dit
	erreurs       []error
}

// capteur fait vivre un capteur : produire des mesures, les envoyer, attendre l'intervalle.
func (e *envoi) capteur(ctx context.Context, c etape.Capteur, id string) error {
	produire := e.production(c, id)
	var absent time.Time // depuis quand le serveur ne répond de rien
	taille := 1          // une mesure à la fois, tant qu'on ne sait pas si le serveur en comprend plusieurs
	for premier := true; ; premier = false {
		var mesures []mesure.Mesure
		for len(mesures) < taille {
			m, err := produire()
			if err == io.EOF {
				break
			}
			if err != nil {
				return err
			}
			mesures = append(mesures, m)
		}
		if len(mesures) == 0 || !premier && !e.saisie && !dormir(ctx, e.intervalle) {
			return nil
		}
		confirmees, err := e.livrer(ctx, c, mesures, &absent)
		if err != nil {
			return err
		}
		if confirmees && !e.detaille() {
			taille = lotEnvoye
		}
	}
}

// production rend de quoi obtenir les mesures une à une, io.EOF après la dernière.
func (e *envoi) production(c etape.Capteur, id string) func() (mesure.Mesure, error) {
	switch {
	case e.saisie:
		clavier := bufio.NewScanner(e.entree)
		return func() (mesure.Mesure, error) { return e.saisir(clavier, id) }
	case e.temperature != nil:
		return relire(id, []float64{*e.temperature})
	case e.relues != nil:
		return relire(id, e.relues)
	}
	reste := e.nombre
	return func() (mesure.Mesure, error) {
		if e.nombre > 0 && reste == 0 {
			return mesure.Mesure{}, io.EOF
		}
		reste--
		return c.Generer(), nil
	}
}

// relire rend de quoi obtenir ces températures, une fois.
func relire(id string, temperatures []float64) func() (mesure.Mesure, error) {
	return func() (mesure.Mesure, error) {
		if len(temperatures) == 0 {
			return mesure.Mesure{}, io.EOF
		}
		m := mesure.Mesure{CapteurID: id, Temperature: temperatures[0]}
		temperatures = temperatures[1:]
		return m, nil
	}
}

// saisir demande une température au clavier, jusqu'à ce qu'elle en soit une.
func (e *envoi) saisir(clavier *bufio.Scanner, id string) (mesure.Mesure, error) {
	for {
		fmt.Fprint(e.sortie, "Température en °C (vide pour finir) : ")
		if !clavier.Scan() {
			fmt.Fprintln(e.sortie)
			if clavier.Err() != nil {
				return mesure.Mesure{}, fmt.Errorf("clavier illisible : %w", clavier.Err())
			}
			return mesure.Mesure{}, io.EOF
		}
		if strings.TrimSpace(clavier.Text()) == "" {
			return mesure.Mesure{}, io.EOF
		}
		t, err := lireTemperature(clavier.Text())
		if err == nil {
			return mesure.Mesure{CapteurID: id, Temperature: t}, nil
		}
		fmt.Fprintln(e.sortie, err)
	}
}

// renvoisMax est le nombre de fois, au plus, qu'on renvoie une mesure dont on ne sait pas si elle est enregistrée : elle peut
// l'être chaque fois.
const renvoisMax = 2

// livrer envoie des mesures, en rappelant le serveur tant que dure la patience, comptée depuis que absent n'est plus nul. Ce dont
// le sort est connu n'est jamais renvoyé ; ce dont il ne l'est pas, renvoisMax fois, puis on passe à la suite. Elle dit si le
// serveur a répondu de toutes.
func (e *envoi) livrer(ctx context.Context, c etape.Capteur, mesures []mesure.Mesure, absent *time.Time) (confirmees bool, err error) {
	inconnus := 0
	for pause := rappelMin; ; pause = min(2*pause, rappelMax) {
		if absent.IsZero() {
			*absent = time.Now()
		}
		n, err := c.Envoyer(ctx, mesures...)
		if n > 0 || errors.Is(err, liaison.ErrNonConfirmee) {
			*absent = time.Time{}
		}
		if n > 0 {
			e.compterConnues(mesures[:n], err)
			mesures, inconnus, pause = mesures[n:], 0, rappelMin
		}
		if errors.Is(err, liaison.ErrSortInconnu) {
			inconnus++
		}
		lasse := !absent.IsZero() && time.Since(*absent)+pause > e.patience
		switch {
		case len(mesures) == 0:
			return true, nil
		case errors.Is(err, liaison.ErrNonConfirmee):
			e.compterNonConfirmees(mesures)
			return false, nil
		case ctx.Err() != nil || reseau.Definitif(err) || lasse || inconnus > renvoisMax:
			if inconnus > 0 {
				e.compterInconnues(mesures)
			}
			if ctx.Err() != nil || inconnus > renvoisMax && !lasse {
				err = nil // bilan dira ce qu'il en est
			}
			return false, err
		case errors.Is(err, liaison.ErrRappeler) && pause == rappelMin:
			continue // rien ne va mal : la première fois, on rappelle sans attendre ni le dire
		}
		e.direAbsent(err)
		dormir(ctx, pause) // interrompue, le prochain envoi le dira
	}
}

// dormir attend, et dit si ctx court encore.
func dormir(ctx context.Context, duree time.Duration) bool {
	if duree <= 0 {
		return ctx.Err() == nil
	}
	reveil := time.NewTimer(duree)
	defer reveil.Stop()
	select {
	case <-reveil.C:
		return true
	case <-ctx.Done():
		return false
	}
}
