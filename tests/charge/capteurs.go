package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"capteurs/shared/mesure"
	"capteurs/shared/reseau"
)

// Au-delà, une attente est une panne et non une lenteur.
const delaiReponse = 10 * time.Second

func nomDuCapteur(i int) string { return fmt.Sprintf("capteur_%d", i+1) }

// temperature rend une température plausible, qui varie avec i.
func temperature(i int) float64 { return 20 + float64(i%100)/10 }

// joindre ouvre n connexions, qui n'attendront rien plus longtemps que duree et un délai de réponse. La fonction rendue
// les ferme ; elle sert même en cas d'erreur.
func joindre(ctx context.Context, adresse string, n int, duree time.Duration) (conns []net.Conn, fermer func(), err error) {
	var fermetures []func()
	fermer = func() {
		for _, f := range fermetures {
			f()
		}
	}
	for range n {
		conn, err := reseau.Joindre(ctx, new(net.Dialer).DialContext, adresse, delaiReponse)
		if err != nil {
			return nil, fermer, err
		}
		liberer := reseau.Borner(ctx, conn, duree+delaiReponse)
		fermetures = append(fermetures, func() {
			liberer()
			_ = conn.Close() // tout ce qu'on attendait est arrivé
		})
		conns = append(conns, conn)
	}
	return conns, fermer, nil
}

// chargerEnAttendant fait vivre n capteurs qui envoient une mesure puis attendent son accusé.
func chargerEnAttendant(ctx context.Context, adresse string, n int, duree time.Duration) (resultat, error) {
	conns, fermer, err := joindre(ctx, adresse, n, 2*duree)
	defer fermer()
	if err != nil {
		return resultat{}, err
	}
	capteurs := make([]*capteur, n)
	operations := make([]operation, n)
	for i, conn := range conns {
		if capteurs[i], err = nouveauCapteur(conn, i); err != nil {
			return resultat{}, err
		}
		operations[i] = capteurs[i].envoyer
	}
	r, err := cadencer(ctx, duree, 1, operations)
	if err != nil {
		return resultat{}, err
	}
	for _, c := range capteurs {
		if err := c.verifier(); err != nil {
			return resultat{}, err
		}
	}
	return r, nil
}

// capteur attend chaque accusé. Il partage la machine avec le serveur qu'il mesure : son message est encodé d'avance, et
// l'accusé n'est qu'entrevu.
type capteur struct {
	conn    net.Conn
	message []byte
	envoyes int
	tampon  [512]byte
	accuse  []byte // le dernier, dans tampon
}

func nouveauCapteur(conn net.Conn, i int) (*capteur, error) {
	message, err := mesure.Encoder(nil, mesure.Mesure{CapteurID: nomDuCapteur(i), Temperature: temperature(i)})
	return &capteur{conn: conn, message: message}, err
}

var debutDAccuse = []byte(`{"statut":"ok"`)

// envoyer envoie la mesure et attend son accusé.
func (c *capteur) envoyer() error {
	if _, err := c.conn.Write(c.message); err != nil {
		return err
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
			return err
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

// chargerEnFlot fait écrire n connexions sans attendre, et compte les mesures confirmées.
func chargerEnFlot(ctx context.Context, adresse string, n int, duree time.Duration) (resultat, error) {
	ctx, annuler := context.WithCancelCause(ctx)
	defer annuler(nil)
	conns, fermer, err := joindre(ctx, adresse, n, 2*duree)
	defer fermer()
	if err != nil {
		return resultat{}, err
	}
	flots := make([]*flot, n)
	for i, conn := range conns {
		if flots[i], err = nouveauFlot(conn, i); err != nil {
			return resultat{}, err
		}
	}
	f := ouvrirFenetre(duree)
	if err := couler(ctx, annuler, flots, f); err != nil {
		return resultat{}, err
	}
	return debit(flots, f.debut)
}

// debit rapporte les mesures confirmées depuis le début de la fenêtre au temps qu'a pris la confirmation de la dernière.
func debit(flots []*flot, debut time.Time) (resultat, error) {
	confirmees := 0
	var fin time.Time
	for _, f := range flots {
		if f.confirmees != f.envoyees {
			return resultat{}, fmt.Errorf("%d mesures envoyées, %d confirmées", f.envoyees, f.confirmees)
		}
		confirmees += f.confirmees - f.avant
		if f.dernier.After(fin) {
			fin = f.dernier
		}
	}
	if confirmees == 0 {
		return resultat{}, errors.New("aucune mesure confirmée dans le temps imparti, allongez -duree")
	}
	return resultat{ParSeconde: float64(confirmees) / fin.Sub(debut).Seconds()}, nil
}
