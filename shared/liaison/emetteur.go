package liaison

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"time"

	"capteurs/shared/mesure"
	"capteurs/shared/reseau"
)

// ErrNonConfirmee dit que des mesures sont parties, vers un serveur qui n'accuse pas réception : il a fermé, s'est tu, ou
// a répondu autre chose.
var ErrNonConfirmee = errors.New("envoyée, non confirmée : ce serveur n'accuse pas réception")

// ErrRappeler dit que le serveur a raccroché sans que rien n'aille mal, avant de recevoir les messages : il suffit de se
// reconnecter et de les renvoyer.
var ErrRappeler = errors.New("le serveur a raccroché")

// ErrSortInconnu dit que la connexion s'est perdue après l'envoi : les messages peuvent être enregistrés, ou non. Les renvoyer
// peut les enregistrer deux fois.
var ErrSortInconnu = errors.New("on ne sait pas si elle est enregistrée")

// Emission règle un [Emetteur]. Sa valeur nulle convient.
type Emission struct {
	Attente  time.Duration // temps laissé au serveur pour confirmer ; 0 : reseau.AttenteParDefaut
	Confirme *atomic.Bool  // vrai : ce serveur accuse réception, son silence est une panne ; des émetteurs peuvent le partager
}

// Emetteur est le bout du client : il envoie des messages, attend que le serveur en réponde, et retient d'une connexion à
// la suivante ce qu'il a appris de lui. Un Emetteur ne sert qu'à une goroutine à la fois.
type Emetteur struct {
	attente      time.Duration
	conn         net.Conn // nil : pas encore, ou plus, branché
	accuses      *mesure.LecteurAccuses
	enregistrees int          // mesures confirmées sur conn
	confirme     *atomic.Bool // le serveur a déjà accusé réception, sur conn ou ailleurs
	muet         bool         // le serveur laisse conn sans réponse : on ne l'attend plus
}

// NouvelEmetteur rend un Emetteur, branché nulle part.
func NouvelEmetteur(e Emission) *Emetteur {
	return &Emetteur{attente: cmp.Or(e.Attente, reseau.AttenteParDefaut), confirme: cmp.Or(e.Confirme, new(atomic.Bool))}
}

// Brancher donne à l'émetteur la connexion, neuve, où parler. Il la ferme lui-même quand elle ne sert plus à rien.
func (e *Emetteur) Brancher(conn net.Conn) {
	e.conn, e.accuses, e.enregistrees, e.muet = conn, mesure.NouveauLecteurAccuses(conn), 0, false
}

// Branche dit si l'émetteur a une connexion où parler.
func (e *Emetteur) Branche() bool { return e.conn != nil }

// Emettre envoie n messages, déjà encodés, et attend que leur sort soit connu. Elle rend le nombre de ceux, en tête, dont il
// l'est : enregistrés, ou refusés. S'il en manque, ou s'il y a des refus, l'erreur dit pourquoi : un [mesure.Refus] par
// message refusé, [ErrNonConfirmee], ou une erreur du réseau, après laquelle l'émetteur n'est plus branché et l'on peut
// renvoyer le reste ; [ErrRappeler] et [ErrSortInconnu] disent ce qu'on risque à le faire.
func (e *Emetteur) Emettre(ctx context.Context, octets []byte, n int) (int, error) {
	defer reseau.Borner(ctx, e.conn, e.attente)()
	if _, err := e.conn.Write(octets); err != nil {
		return 0, e.interrompre(err)
	}
	if e.muet {
		return 0, ErrNonConfirmee
	}
	connus := 0
	var refus error
	for connus < n {
		accuse, err := e.accuses.Lire()
		if err != nil {
			return connus, errors.Join(refus, e.renoncer(err))
		}
		e.confirme.Store(true)
		switch {
		case accuse.Statut == mesure.OK:
			connus += accuse.Enregistrees - e.enregistrees
			e.enregistrees = accuse.Enregistrees
		case accuse.Message > 0:
			connus++
			refus = errors.Join(refus, mesure.Refus{Message: accuse.Message, Cause: errors.New(accuse.Erreur)})
		default:
			return connus, errors.Join(refus, e.raccrocher(accuse))
		}
	}
	return n, refus
}

// raccrocher ferme après le dernier mot du serveur.
func (e *Emetteur) raccrocher(dernier mesure.Accuse) error {
	serveur := e.conn.RemoteAddr()
	e.Close()
	if dernier.Rappelez {
		return fmt.Errorf("%w : %s", ErrRappeler, dernier.Erreur)
	}
	return fmt.Errorf("le serveur %s renonce : %q", serveur, dernier.Erreur)
}

// interrompre ferme une connexion où l'on ne peut plus écrire. Le serveur a pu dire pourquoi avant de raccrocher.
func (e *Emetteur) interrompre(cause error) error {
	if dernier, err := e.accuses.Lire(); err == nil && dernier.Statut == mesure.Erreur && dernier.Message == 0 {
		return e.raccrocher(dernier)
	}
	serveur := e.conn.RemoteAddr()
	e.Close()
	return fmt.Errorf("envoi à %s interrompu, %w : %w", serveur, ErrSortInconnu, cause)
}

// renoncer dit ce que vaut l'absence de réponse : rien d'anormal chez un serveur qui n'en a jamais donné, une connexion
// perdue chez un autre.
func (e *Emetteur) renoncer(cause error) error {
	serveur := e.conn.RemoteAddr()
	autreChose := errors.Is(cause, mesure.ErrPasUnAccuse)
	switch {
	case autreChose && !e.confirme.Load():
		return fmt.Errorf("%w (%w)", ErrNonConfirmee, cause)
	case !autreChose && !reseau.Silence(cause):
		e.Close()
		return fmt.Errorf("réponse de %s perdue : %w", serveur, reseau.ExpliquerTLS(cause))
	case e.confirme.Load():
		e.Close()
		return fmt.Errorf("réponse de %s perdue, %w : %w", serveur, ErrSortInconnu, cause)
	case errors.Is(cause, os.ErrDeadlineExceeded):
		e.muet = true
	default:
		e.Close()
	}
	return ErrNonConfirmee
}

// Close ferme la connexion, s'il y en a une ; on peut en brancher une autre.
func (e *Emetteur) Close() error {
	if e.conn == nil {
		return nil
	}
	conn := e.conn
	e.conn = nil
	return conn.Close()
}
