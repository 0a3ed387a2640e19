package pairs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"capteurs/shared/mesure"
	"capteurs/tests/charge/cadence"
	"capteurs/tests/charge/clients"
	"capteurs/tests/charge/processus"
)

const configRSyslog = `global(workDirectory="%[1]s")
module(load="imtcp")
module(load="mmjsonparse")
template(name="ligne" type="string" string="{\"timestamp\":\"%%timegenerated:::date-rfc3339%%\",\"capteur_id\":\"%%$!capteur_id%%\",\"temperature\":%%$!temperature%%}\n")
ruleset(name="mesures") {
  action(type="mmjsonparse" cookie="" useRawMsg="on")
  if $parsesuccess == "OK" then action(type="omfile" file="%[1]s/mesures.txt" template="ligne")
}
input(type="imtcp" address="127.0.0.1" port="0" listenPortFileName="%[1]s/port" ruleset="mesures")
`

// RSyslog est un collecteur de journaux qui lit le JSON des mesures, et les écrit dans un fichier, une par ligne. Il n'y a
// chez lui ni confirmation ni synchronisation : ses clients écrivent, et une mesure compte quand elle est dans le fichier.
func RSyslog(c clients.Charge) Pair {
	return Pair{Famille: "rsyslog", Nom: "rsyslog, sans fsync", programme: "rsyslogd",
		mesurer: func(ctx context.Context, programme, dossier string, duree time.Duration) (cadence.Resultat, error) {
			config, err := ecrireFichier(dossier, "rsyslog.conf", fmt.Sprintf(configRSyslog, dossier))
			if err != nil {
				return cadence.Resultat{}, err
			}
			port := filepath.Join(dossier, "port")
			cmd := exec.Command(programme, "-n", "-f", config, "-i", filepath.Join(dossier, "pid"))
			return avec(ctx, cmd, fichierEcrit(port), func(*processus.Processus) (cadence.Resultat, error) {
				numero, err := os.ReadFile(port)
				if err != nil {
					return cadence.Resultat{}, err
				}
				adresse := "127.0.0.1:" + strings.TrimSpace(string(numero))
				return deverser(ctx, c, adresse, filepath.Join(dossier, "mesures.txt"), duree)
			})
		}}
}

func fichierEcrit(chemin string) func(context.Context, *processus.Processus) error {
	return func(ctx context.Context, _ *processus.Processus) error {
		return processus.Attendre(ctx, func() bool {
			infos, err := os.Stat(chemin)
			return err == nil && infos.Size() > 0
		})
	}
}

// deversement est ce que des connexions écrivent, pendant qu'un fichier se remplit de leurs mesures.
type deversement struct {
	envoyees, ecrites atomic.Int64
	enVolMax          int64
}

// deverser écrit à plusieurs connexions pendant la fenêtre, puis attend que tout soit dans le fichier.
func deverser(ctx context.Context, c clients.Charge, adresse, fichier string, duree time.Duration) (r cadence.Resultat, err error) {
	ctx, liberer := context.WithTimeout(ctx, 3*duree+delaiReponse)
	defer liberer()
	ctx, annuler := context.WithCancelCause(ctx)
	defer annuler(nil)
	d := deversement{enVolMax: int64(c.Clients * clients.MesuresParBloc * clients.BlocsEnVol)}
	f := cadence.OuvrirFenetre(duree)
	var ecrivains sync.WaitGroup
	for i := range c.Clients {
		ecrivains.Go(func() {
			if err := d.ecrire(ctx, adresse, c.Mesures(i, clients.MesuresParBloc), f.Fin); err != nil {
				annuler(err)
			}
		})
	}
	finis := make(chan struct{})
	go func() { ecrivains.Wait(); close(finis) }()
	avant, dernier, err := d.compter(ctx, fichier, f.Debut, finis)
	annuler(err)
	<-finis
	switch ecrites := d.ecrites.Load(); {
	case err != nil:
		return r, fmt.Errorf("%d mesures envoyées, %d écrites par rsyslog : %w", d.envoyees.Load(), ecrites, err)
	case ecrites == avant:
		return r, cadence.ErrRienDeMesure
	default:
		r.Faites = int(ecrites)
		r.ParSeconde = float64(ecrites-avant) / dernier.Sub(f.Debut).Seconds()
		return r, nil
	}
}

// ecrire envoie un bloc, encore et encore, tant qu'il n'y en a pas trop en route.
func (d *deversement) ecrire(ctx context.Context, adresse string, mesures []mesure.Mesure, fin time.Time) error {
	bloc, err := mesure.Encoder(nil, mesures...)
	if err != nil {
		return err
	}
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", adresse)
	if err != nil {
		return fmt.Errorf("connexion à rsyslog impossible : %w", err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	for time.Now().Before(fin) {
		if d.envoyees.Load()-d.ecrites.Load() >= d.enVolMax {
			if err := processus.Attendre(ctx, func() bool { return d.envoyees.Load()-d.ecrites.Load() < d.enVolMax }); err != nil {
				return err
			}
		}
		d.envoyees.Add(int64(len(mesures)))
		if _, err := conn.Write(bloc); err != nil {
			return fmt.Errorf("envoi à rsyslog : %w", err)
		}
	}
	return nil
}

// compter compte les lignes du fichier à mesure qu'elles viennent, jusqu'à ce que les écrivains aient fini et que tout y
// soit. Elle rend le compte au début de la fenêtre, et l'heure de la dernière ligne.
func (d *deversement) compter(ctx context.Context, fichier string, debut time.Time, finis <-chan struct{}) (avant int64, dernier time.Time, err error) {
	if err := fichierEcrit(fichier)(ctx, nil); err != nil {
		return 0, dernier, context.Cause(ctx)
	}
	f, err := os.Open(fichier)
	if err != nil {
		return 0, dernier, err
	}
	defer f.Close()
	tampon := make([]byte, 256<<10)
	tout := func() bool {
		for {
			n, lecture := f.Read(tampon)
			if n > 0 {
				dernier = time.Now()
				ecrites := d.ecrites.Add(int64(bytes.Count(tampon[:n], []byte("\n"))))
				if dernier.Before(debut) {
					avant = ecrites
				}
			}
			if lecture != nil {
				if !errors.Is(lecture, io.EOF) {
					err = lecture
				}
				break
			}
		}
		select {
		case <-finis:
			return err != nil || d.ecrites.Load() >= d.envoyees.Load()
		default:
			return err != nil
		}
	}
	if attente := processus.Attendre(ctx, tout); attente != nil {
		return avant, dernier, attente
	}
	return avant, dernier, err
}
