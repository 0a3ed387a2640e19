package liaison

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"os"
	"time"

	"capteurs/shared/mesure"
	"capteurs/shared/reseau"
)

// Les délais d'un récepteur quand rien d'autre n'est demandé.
const (
	InactiviteParDefaut = 5 * time.Minute
	DelaiParDefaut      = time.Minute
)

// SansLimite est une durée d'inactivité qui ne ferme jamais une connexion.
const SansLimite = time.Duration(math.MaxInt64)

// Reception règle un [Recepteur]. Sa valeur nulle convient.
type Reception struct {
	Inactivite time.Duration // sans une mesure, au plus ; 0 : InactiviteParDefaut
	Delai      time.Duration // du premier octet d'un message au dernier, au plus ; 0 : DelaiParDefaut
	Journal    *slog.Logger  // nil : aucun
}

// Recepteur est le bout du serveur : il lit des lots de mesures, répond de chacun, et ferme sans effacer sa dernière
// réponse. Un Recepteur ne sert qu'à une goroutine à la fois.
type Recepteur struct {
	conn         *reseau.Connexion
	lecteur      *mesure.Lecteur
	journal      *slog.Logger
	inactivite   time.Duration
	delai        time.Duration
	repos        time.Time // depuis quand aucune mesure n'est arrivée
	debut        time.Time // quand a commencé le message en cours ; nul : aucun
	enregistrees int       // depuis le début de la connexion
	refusees     int       // de même
	dites        int       // de celles-là, ce que le journal sait
	derniereDite time.Time
	fin          error // ce qui a mis fin aux lectures
	echec        error // ce qui a fait renoncer à enregistrer
}

// NouveauRecepteur parle sur conn, jusqu'à la fin de ctx, qui laisse encore le temps de lire ce qui est déjà arrivé.
func NouveauRecepteur(ctx context.Context, conn net.Conn, r Reception) *Recepteur {
	recepteur := &Recepteur{
		journal:    cmp.Or(r.Journal, slog.New(slog.DiscardHandler)).With("client", conn.RemoteAddr().String()),
		inactivite: cmp.Or(r.Inactivite, InactiviteParDefaut),
		delai:      cmp.Or(r.Delai, DelaiParDefaut),
		repos:      time.Now(),
	}
	recepteur.conn = reseau.Garder(ctx, conn, recepteur.limite)
	recepteur.lecteur = mesure.NouveauLecteur(recepteur.conn)
	return recepteur
}

// limite dit jusqu'à quand attendre des octets : un message commencé doit finir, et rien d'autre qu'une
// mesure ne donne plus de temps.
func (r *Recepteur) limite() time.Time {
	if r.lecteur.EnCours() {
		if r.debut.IsZero() {
			r.debut = time.Now()
		}
		return r.debut.Add(r.delai)
	}
	r.debut = time.Time{}
	if r.inactivite == SansLimite {
		return time.Time{}
	}
	return r.repos.Add(r.inactivite)
}

// Lire attend un premier message, puis rend avec lui tous ceux qui sont déjà arrivés entiers ; le lot ne vaut que jusqu'à la
// lecture suivante. Quand il n'y a plus rien à lire, elle rend une erreur : le client a fermé ou coupé, s'est tu trop
// longtemps, a envoyé un message démesuré ou jamais fini, n'a pas su se chiffrer, ou ctx a fini. [Recepteur.Close] la dit au
// client, s'il peut l'entendre, et au journal.
func (r *Recepteur) Lire() (mesure.Lot, error) {
	lot, err := r.lecteur.Lire()
	r.fin = err
	if len(lot.Mesures) > 0 {
		r.repos, r.debut = time.Now(), time.Time{}
	}
	r.refusees += len(lot.Refus)
	if len(lot.Refus) > 0 && time.Since(r.derniereDite) >= pauseDesRefus {
		r.journal.Warn("messages refusés", "nombre", r.refusees-r.dites, "premier", lot.Refus[0])
		r.dites, r.derniereDite = r.refusees, time.Now()
	}
	return lot, err
}

// pauseDesRefus sépare, sur une connexion, deux lignes de journal sur ses refus : qui n'envoie que des fautes ne doit pas
// remplir un disque.
const pauseDesRefus = time.Second

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

// Close ferme la connexion, et dit au journal ce qu'elle a enregistré et pourquoi elle finit. Un client qui se taisait
// l'apprend avant : il n'a qu'à rappeler.
func (r *Recepteur) Close() error {
	attendu := r.tropAttendu()
	switch {
	case attendu == nil:
	case r.debut.IsZero():
		r.conn.Repondre(mesure.Raccrocher(nil, attendu))
	default:
		r.conn.Repondre(mesure.Echouer(nil, attendu))
	}
	err := r.conn.Close()
	switch {
	case attendu != nil:
		r.journal.Info("connexion fermée", "enregistrées", r.enregistrees, "refusées", r.refusees, "raison", attendu)
	case errors.Is(r.fin, reseau.ErrPoignee):
		r.journal.Warn("connexion refusée", "raison", r.fin)
	case r.echec != nil:
		r.journal.Error("connexion fermée", "enregistrées", r.enregistrees, "raison", r.echec)
	case r.fin != nil:
		r.journal.Info("connexion fermée", "enregistrées", r.enregistrees, "refusées", r.refusees, "raison", r.conn.Raison(r.fin))
	}
	return err
}

// tropAttendu dit ce que la connexion a attendu en vain, si c'est ce qui y a mis fin.
func (r *Recepteur) tropAttendu() error {
	switch {
	case !errors.Is(r.fin, os.ErrDeadlineExceeded) || errors.Is(r.fin, reseau.ErrPoignee) || r.echec != nil || r.conn.Arretee():
		return nil
	case r.debut.IsZero():
		return fmt.Errorf("aucune mesure depuis %v", r.inactivite)
	}
	return fmt.Errorf("un message commencé n'est pas fini après %v", r.delai)
}
