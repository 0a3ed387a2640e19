package pairs

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"capteurs/shared/mesure"
	"capteurs/tests/charge/cadence"
	"capteurs/tests/charge/clients"
	"capteurs/tests/charge/processus"
)

const configNATS = `listen: %q
jetstream { store_dir: %q, sync_interval: always }
`

// NATS est un courrier qui garde ses messages, JetStream, réglé pour synchroniser chacun avant de le confirmer. Les versions
// d'avant 2.10 ne le savent pas : elles perdraient deux minutes de messages confirmés, et ne se comparent pas.
func NATS(c clients.Charge) Pair {
	return Pair{Famille: "nats", Nom: "NATS JetStream, synchronisé", programme: "nats-server",
		mesurer: func(ctx context.Context, programme, dossier string, duree time.Duration) (cadence.Resultat, error) {
			adresses, err := adressesLibres(1)
			if err != nil {
				return cadence.Resultat{}, err
			}
			config, err := ecrireFichier(dossier, "nats.conf", fmt.Sprintf(configNATS, adresses[0], dossier))
			if err != nil {
				return cadence.Resultat{}, err
			}
			switch sortie, err := exec.CommandContext(ctx, programme, "-t", "-c", config).CombinedOutput(); {
			case err != nil && bytes.Contains(sortie, []byte("sync_interval")):
				return cadence.Resultat{}, absence("nats-server d'avant 2.10, sans fsync")
			case err != nil:
				return cadence.Resultat{}, fmt.Errorf("nats-server refuse ses réglages : %w : %s", err, bytes.TrimSpace(sortie))
			}
			cmd := exec.Command(programme, "-c", config)
			return avec(ctx, cmd, processus.Ecoute(adresses[0]), func(*processus.Processus) (cadence.Resultat, error) {
				return echanges(ctx, adresses[0], c, duree, 1, func(conn net.Conn, rang int) (cadence.Operation, error) {
					return nouveauClientNATS(conn, c, rang)
				})
			})
		}}
}

// clientNATS parle le protocole de NATS, qui est fait de lignes. Ses réponses lui viennent dans une boîte à lui.
type clientNATS struct {
	conn    net.Conn
	lecteur *bufio.Reader
	boite   string
}

// nouveauClientNATS rend ce qui publie une mesure et attend sa confirmation. Le premier client crée le flux.
func nouveauClientNATS(conn net.Conn, c clients.Charge, rang int) (cadence.Operation, error) {
	n := &clientNATS{conn: conn, lecteur: bufio.NewReader(conn), boite: "boite." + strconv.Itoa(rang)}
	if _, err := fmt.Fprintf(conn, "CONNECT {\"verbose\":false,\"headers\":true,\"no_responders\":true}\r\nSUB %s 1\r\n", n.boite); err != nil {
		return nil, fmt.Errorf("accueil de NATS : %w", err)
	}
	if rang == 0 {
		flux := `{"name":"mesures","subjects":["mesures"],"storage":"file","retention":"limits","num_replicas":1}`
		if err := n.demander(n.publication("$JS.API.STREAM.CREATE.mesures", []byte(flux))); err != nil {
			return nil, err
		}
	}
	message, err := mesure.Encoder(nil, c.Mesures(rang, 1)...)
	publication := n.publication("mesures", message)
	return func() error { return n.demander(publication) }, err
}

func (n *clientNATS) publication(sujet string, message []byte) []byte {
	return fmt.Appendf(nil, "PUB %s %s %d\r\n%s\r\n", sujet, n.boite, len(message), message)
}

// demander envoie une publication et attend la réponse de JetStream.
func (n *clientNATS) demander(publication []byte) error {
	if _, err := n.conn.Write(publication); err != nil {
		return fmt.Errorf("envoi à NATS : %w", err)
	}
	for {
		ligne, err := n.lecteur.ReadString('\n')
		if err != nil {
			return fmt.Errorf("réponse de NATS : %w", err)
		}
		switch mots := strings.Fields(ligne); {
		case len(mots) == 0 || mots[0] == "INFO":
		case mots[0] == "PING":
			if _, err := io.WriteString(n.conn, "PONG\r\n"); err != nil {
				return fmt.Errorf("envoi à NATS : %w", err)
			}
		case mots[0] == "MSG" || mots[0] == "HMSG":
			return n.lireReponse(ligne, mots)
		default:
			return fmt.Errorf("réponse inattendue de NATS : %q", ligne)
		}
	}
}

const reponseMax = 64 << 10

// lireReponse lit le message qu'annonce une ligne MSG, et le veut sans erreur. HMSG, qui porte des en-têtes, est ce que dit
// NATS quand personne n'écoute le sujet.
func (n *clientNATS) lireReponse(ligne string, mots []string) error {
	taille, err := strconv.Atoi(mots[len(mots)-1])
	if err != nil || taille < 0 || taille > reponseMax {
		return fmt.Errorf("réponse inattendue de NATS : %q", ligne)
	}
	message := make([]byte, taille)
	if _, err := io.ReadFull(n.lecteur, message); err != nil {
		return fmt.Errorf("réponse de NATS : %w", err)
	}
	if mots[0] == "HMSG" || strings.Contains(string(message), `"error"`) {
		return fmt.Errorf("NATS refuse : %s", message)
	}
	return nil
}
