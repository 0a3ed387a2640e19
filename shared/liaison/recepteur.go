package liaison

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net"
	"time"

	"capteurs/shared/mesure"
	"capteurs/shared/reseau"
)

// InactiviteParDefaut est la durée au bout de laquelle une connexion muette est fermée, quand rien d'autre n'est demandé.
const InactiviteParDefaut = 5 * time.Minute

// Reception règle un [Recepteur]. Sa valeur nulle convient.
type Reception struct {
	Inactivite time.Duration // une connexion muette plus longtemps est fermée ; 0 : InactiviteParDefaut
	Journal    *slog.Logger  // nil : aucun
}

// Recepteur est le bout du serveur : il lit des lots de mesures, répond de chacun, et ferme sans effacer sa dernière
// réponse. Un Recepteur ne sert qu'à une goroutine à la fois.
type Recepteur struct {
	conn         *reseau.Connexion
	lecteur      *mesure.Lecteur
	journal      *slog.Logger
	enregistrees int   // depuis le début de la connexion
	fin          error // ce qui a mis fin aux lectures
	echec        error // ce qui a fait renoncer à enregistrer
}

// NouveauRecepteur parle sur conn, jusqu'à la fin de ctx, qui laisse encore le temps de lire ce qui est déjà arrivé.
func NouveauRecepteur(ctx context.Context, conn net.Conn, r Reception) *Recepteur {
	garde := reseau.Garder(ctx, conn, cmp.Or(r.Inactivite, InactiviteParDefaut))
	journal := cmp.Or(r.Journal, slog.New(slog.DiscardHandler))
	return &Recepteur{
		conn:    garde,
		lecteur: mesure.NouveauLecteur(garde),
		journal: journal.With("client", conn.RemoteAddr().String()),
	}
}

// Lire attend un premier message, puis rend avec lui tous ceux qui sont déjà arrivés entiers ; le lot ne vaut que jusqu'à la
// lecture suivante. Quand il n'y a plus rien à lire, elle rend une erreur : le client a fermé ou coupé, s'est tu trop
// longtemps, a envoyé un message démesuré, n'a pas su se chiffrer, ou ctx a fini. [Recepteur.Close] la dit au journal.
func (r *Recepteur) Lire() (mesure.Lot, error) {
	lot, err := r.lecteur.Lire()
	r.fin = err
	if len(lot.Refus) > 0 {
		r.journal.Warn("messages refusés", "nombre", len(lot.Refus), "premier", lot.Refus[0])
	}
	return lot, err
}

// Confirmer répond d'un lot enregistré : ses refus, puis le nombre de mesures enregistrées depuis le début de la connexion.
// Un client qui ne lit pas ses réponses n'en reçoit plus, et n'est pas attendu.
func (r *Recepteur) Confirmer(lot mesure.Lot) {
	r.enregistrees += len(lot.Mesures)
	r.conn.Repondre(mesure.Accuser(nil, lot, r.enregistrees))
}

// Renoncer répond que plus rien ne peut être enregistré, et pourquoi : ce qui n'a pas été confirmé n'est pas promis.
func (r *Recepteur) Renoncer(cause error) {
	r.echec = cause
	r.conn.Repondre(mesure.Echouer(nil, cause))
}

// Close ferme la connexion, et dit au journal ce qu'elle a enregistré et pourquoi elle finit.
func (r *Recepteur) Close() error {
	err := r.conn.Close()
	switch {
	case errors.Is(r.fin, reseau.ErrPoignee):
		r.journal.Warn("connexion refusée", "raison", r.fin)
	case r.echec != nil:
		r.journal.Error("connexion fermée", "enregistrées", r.enregistrees, "raison", r.echec)
	case r.fin != nil:
		r.journal.Info("connexion fermée", "enregistrées", r.enregistrees, "raison", r.conn.Raison(r.fin))
	}
	return err
}
