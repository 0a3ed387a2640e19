package clients

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"time"

	"capteurs/shared/mesure"
	"capteurs/shared/reseau"
	"capteurs/tests/charge/cadence"
)

// attendre fait vivre des capteurs qui envoient une mesure puis attendent son accusé.
func (c Charge) attendre(ctx context.Context, adresse string, duree time.Duration) (cadence.Resultat, error) {
	conns, fermer, err := joindre(ctx, adresse, c.Clients, 3*duree)
	defer fermer()
	if err != nil {
		return cadence.Resultat{}, err
	}
	capteurs := make([]*capteur, c.Clients)
	operations := make([]cadence.Operation, c.Clients)
	for i, conn := range conns {
		if capteurs[i], err = nouveauCapteur(conn, c, i); err != nil {
			return cadence.Resultat{}, err
		}
		operations[i] = capteurs[i].envoyer
	}
	r, err := cadence.Cadencer(ctx, duree, 1, operations)
	if err != nil {
		return cadence.Resultat{}, err
	}
	for _, c := range capteurs {
		if err := c.verifier(); err != nil {
			return cadence.Resultat{}, err
		}
	}
	return r, nil
}

// jeter fait vivre des clients qui ouvrent une connexion pour chaque mesure.
func (c Charge) jeter(ctx context.Context, adresse string, duree time.Duration) (cadence.Resultat, error) {
	operations := make([]cadence.Operation, c.Clients)
	for i := range operations {
		modele, err := nouveauCapteur(nil, c, i)
		if err != nil {
			return cadence.Resultat{}, err
		}
		operations[i] = func() error { return modele.envoyerSeule(ctx, adresse) }
	}
	return cadence.Cadencer(ctx, duree, 1, operations)
}

// capteur envoie toujours la même mesure, et attend chaque accusé.
type capteur struct {
	conn    net.Conn
	message []byte
	envoyes int // sur cette connexion
	tampon  [512]byte
	accuse  []byte // le dernier, dans tampon
}

func nouveauCapteur(conn net.Conn, c Charge, rang int) (*capteur, error) {
	message, err := mesure.Encoder(nil, c.Mesures(rang, 1)...)
	return &capteur{conn: conn, message: message}, err
}

// envoyerSeule ouvre une connexion, y envoie la mesure, attend son accusé et ferme.
func (c *capteur) envoyerSeule(ctx context.Context, adresse string) (err error) {
	c.conn, err = reseau.Appel{Attente: delaiReponse}.Joindre(ctx, adresse)
	if err != nil {
		return fmt.Errorf("%w (si les ports de la machine sont épuisés, raccourcissez -duree)", err)
	}
	defer c.conn.Close()
	defer reseau.Borner(ctx, c.conn, delaiReponse)()
	c.envoyes = 0
	if err := c.envoyer(); err != nil {
		return err
	}
	return c.verifier()
}

var debutDAccuse = []byte(`{"statut":"ok"`)

// envoyer envoie la mesure et attend son accusé.
func (c *capteur) envoyer() error {
	if _, err := c.conn.Write(c.message); err != nil {
		return fmt.Errorf("envoi d'une mesure : %w", err)
	}
	c.envoyes++
	c.accuse = c.tampon[:0]
	for !bytes.HasSuffix(c.accuse, []byte("\n")) {
		libre := c.tampon[len(c.accuse):]
		if len(libre) == 0 {
			return fmt.Errorf("réponse inattendue du serveur : %q", c.accuse)
		}
		n, err := c.conn.Read(libre)
		if err != nil {
			return fmt.Errorf("attente d'un accusé : %w", err)
		}
		c.accuse = c.tampon[:len(c.accuse)+n]
	}
	if !bytes.HasPrefix(c.accuse, debutDAccuse) {
		return fmt.Errorf("réponse inattendue du serveur : %q", c.accuse)
	}
	return nil
}

// verifier lit pour de bon le dernier accusé, qui porte sur toutes les mesures envoyées.
func (c *capteur) verifier() error {
	a, err := mesure.NouveauLecteurAccuses(bytes.NewReader(c.accuse)).Lire()
	if err != nil {
		return err
	}
	if a.Enregistrees != c.envoyes {
		return fmt.Errorf("%d mesures envoyées, %d confirmées", c.envoyes, a.Enregistrees)
	}
	return nil
}
