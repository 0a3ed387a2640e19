package sauvegarde

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"capteurs/shared/mesure"
)

// Une base distante peut manquer un moment : elle redémarre, ou un nœud prend la place d'un autre.
const (
	rappelMin    = 50 * time.Millisecond
	rappelMax    = time.Second
	delaiOuvrir  = time.Minute     // pendant lequel un serveur qui démarre attend sa base
	delaiReponse = 5 * time.Second // pour ouvrir une connexion, créer la table, la vérifier
)

// insister appelle essayer, de moins en moins souvent, tant que son erreur est passagère : rien n'a été exécuté, et cela
// peut s'arranger. Elle rend la dernière erreur quand elle ne l'est pas, ou quand ctx finit ; s'il finit pendant un essai, c'est
// l'erreur de l'essai d'avant qui dit pourquoi.
func insister(ctx context.Context, passagere func(error) bool, essayer func() error) error {
	var avant error
	for pause := rappelMin; ; pause = min(2*pause, rappelMax) {
		err := essayer()
		if avant != nil && ctx.Err() != nil && errors.Is(err, context.DeadlineExceeded) {
			return avant
		}
		avant = err
		if err == nil || !passagere(err) {
			return err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return err
		}
	}
}

// attendreBase appelle preparer jusqu'à ce que la base réponde, et le dit si elle se fait attendre.
func attendreBase(ctx context.Context, journal *slog.Logger, nom string, passagere func(error) bool, preparer func(context.Context) error) error {
	ctx, liberer := context.WithTimeout(ctx, delaiOuvrir)
	defer liberer()
	dit := false
	lente := false // elle n'a pas répondu à temps : ce que fait preparer peut se refaire
	attendue := func(err error) bool { return lente || passagere(err) }
	return insister(ctx, attendue, func() error {
		ctx, liberer := context.WithTimeout(ctx, delaiReponse)
		defer liberer()
		err := preparer(ctx)
		lente = ctx.Err() != nil
		if err != nil && attendue(err) && !dit {
			dit = true
			journal.WarnContext(ctx, "base injoignable, nouveaux essais", "base", nom, "pendant", delaiOuvrir, "raison", err)
		}
		return err
	})
}

// Ce que l'on dit des deux sortes de bases.
const (
	baseInjoignable = "base injoignable, vérifiez l'adresse et qu'elle est lancée"
	baseMuette      = "la base ne répond pas"
	compteRefuse    = "la base refuse cet utilisateur ou ce mot de passe"
	tableRetenue    = "un autre programme retient la table mesures, arrêtez-le ou attendez"
	basePleine      = "disque de la base plein, libérez de la place"
	tropLongue      = "la base met trop de temps à écrire"
	depasse         = "une autre écriture est passée avant"
)

// conseiller fait de err une panne, s'il y a un conseil à donner et qu'elle n'en donne pas déjà un.
func conseiller(conseil string, err error) error {
	if conseil == "" || errors.As(err, new(mesure.Panne)) {
		return err
	}
	return mesure.Panne{Conseil: conseil, Cause: err}
}

// douteuse est la perte de la base pendant qu'elle validait : rien ne dit si c'est fait. De sa cause il ne reste que le texte :
// personne ne doit y reconnaître une erreur passagère, et recommencer.
func douteuse(err error) error {
	return mesure.Panne{Conseil: "connexion à la base perdue pendant qu'elle validait, ces mesures y sont peut-être", Cause: errors.New(err.Error())}
}
