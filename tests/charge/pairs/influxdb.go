package pairs

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"capteurs/tests/charge/cadence"
	"capteurs/tests/charge/clients"
	"capteurs/tests/charge/processus"
)

const configInflux = `reporting-disabled = true
bind-address = %[2]q
[meta]
dir = "%[1]s/meta"
[data]
dir = "%[1]s/data"
wal-dir = "%[1]s/wal"
query-log-enabled = false
[http]
bind-address = %[3]q
log-enabled = false
[monitor]
store-enabled = false
[logging]
level = "error"
`

// InfluxDB est une base de séries temporelles, version 1 : chaque client lui envoie, en une requête HTTP, autant de points
// que dit parRequete, et attend qu'elle réponde. Elle synchronise alors son journal, comme par défaut.
func InfluxDB(c clients.Charge, parRequete int) Pair {
	nom := "InfluxDB, point par point"
	if parRequete > 1 {
		nom = fmt.Sprintf("InfluxDB, par lots de %d", parRequete)
	}
	return Pair{Famille: "influxdb", Nom: nom, programme: "influxd",
		mesurer: func(ctx context.Context, programme, dossier string, duree time.Duration) (cadence.Resultat, error) {
			adresses, err := adressesLibres(2)
			if err != nil {
				return cadence.Resultat{}, err
			}
			config, err := ecrireFichier(dossier, "influxdb.conf", fmt.Sprintf(configInflux, dossier, adresses[0], adresses[1]))
			if err != nil {
				return cadence.Resultat{}, err
			}
			cmd := exec.Command(programme, "run", "-config", config)
			return avec(ctx, cmd, processus.Ecoute(adresses[1]), func(*processus.Processus) (cadence.Resultat, error) {
				if err := creerBaseInflux(ctx, adresses[1]); err != nil {
					return cadence.Resultat{}, err
				}
				return echanges(ctx, adresses[1], c, duree, parRequete, func(conn net.Conn, rang int) (cadence.Operation, error) {
					i := &clientInflux{conn: conn, lecteur: bufio.NewReader(conn), rang: rang, points: parRequete}
					return i.envoyer, nil
				})
			})
		}}
}

// creerBaseInflux crée la base et attend qu'elle soit là : InfluxDB, qui vient de démarrer, peut l'accepter avant d'y écrire.
func creerBaseInflux(ctx context.Context, adresse string) error {
	ctx, annuler := context.WithTimeout(ctx, delaiReponse)
	defer annuler()
	if _, err := demanderAInflux(ctx, adresse, "CREATE DATABASE kata"); err != nil {
		return fmt.Errorf("base InfluxDB impossible à créer : %w", err)
	}
	err := processus.Attendre(ctx, func() bool {
		bases, err := demanderAInflux(ctx, adresse, "SHOW DATABASES")
		return err == nil && strings.Contains(bases, `"kata"`)
	})
	if err != nil {
		return fmt.Errorf("base InfluxDB toujours absente : %w", err)
	}
	return nil
}

// demanderAInflux rend la réponse à une requête. Une erreur y vient sous un statut qui n'en est pas un.
func demanderAInflux(ctx context.Context, adresse, requete string) (string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+adresse+"/query", strings.NewReader(url.Values{"q": {requete}}.Encode()))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Close = true
	reponse, err := new(http.Transport).RoundTrip(r) // ni mandataire, ni connexion gardée
	if err != nil {
		return "", err
	}
	defer reponse.Body.Close()
	corps, err := io.ReadAll(io.LimitReader(reponse.Body, 4096))
	if err == nil && (reponse.StatusCode != http.StatusOK || strings.Contains(string(corps), `"error"`)) {
		err = fmt.Errorf("%s %s", reponse.Status, corps)
	}
	return string(corps), err
}

// clientInflux parle HTTP à la main : un client HTTP complet, sur la même machine, prendrait du temps au pair qu'on mesure.
type clientInflux struct {
	conn    net.Conn
	lecteur *bufio.Reader
	rang    int
	points  int
	corps   []byte
	requete []byte
}

func (i *clientInflux) envoyer() error {
	i.corps = i.corps[:0]
	maintenant := time.Now().UnixNano()
	for j := range i.points { // deux points d'une série au même instant n'en feraient qu'un
		i.corps = fmt.Appendf(i.corps, "mesures,capteur_id=%s temperature=", clients.NomDuCapteur(i.rang))
		i.corps = strconv.AppendFloat(i.corps, clients.Temperature(j), 'f', -1, 64)
		i.corps = append(i.corps, ' ')
		i.corps = strconv.AppendInt(i.corps, maintenant+int64(j), 10)
		i.corps = append(i.corps, '\n')
	}
	i.requete = fmt.Appendf(i.requete[:0], "POST /write?db=kata HTTP/1.1\r\nHost: kata\r\nContent-Length: %d\r\n\r\n", len(i.corps))
	i.requete = append(i.requete, i.corps...)
	if _, err := i.conn.Write(i.requete); err != nil {
		return fmt.Errorf("envoi à InfluxDB : %w", err)
	}
	reponse, err := http.ReadResponse(i.lecteur, nil)
	if err != nil {
		return fmt.Errorf("réponse d'InfluxDB : %w", err)
	}
	defer reponse.Body.Close()
	if reponse.StatusCode != http.StatusNoContent {
		explication, _ := io.ReadAll(io.LimitReader(reponse.Body, 500)) // ce qu'on en a suffit
		return fmt.Errorf("InfluxDB refuse : %s %s", reponse.Status, explication)
	}
	return nil
}
