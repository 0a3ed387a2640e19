package sauvegarde

import (
	"context"
	"log/slog"
	"strings"
	"time"
)

// Une base distante peut manquer un moment : elle redémarre, ou un nœud prend la place d'un autre.
const (
	rappelMin    = 50 * time.Millisecond
	rappelMax    = time.Second
	delaiOuvrir  = time.Minute     // pendant lequel un serveur qui démarre attend sa base
	delaiReponse = 5 * time.Second // pour ouvrir une connexion, créer la table, la vérifier
)

// insister appelle essayer, de moins en moins souvent, tant que son erreur est passagère : rien n'a été exécuté, et cela
// peut s'arranger. Elle rend la dernière erreur quand elle ne l'est pas, ou quand ctx finit.
func insister(ctx context.Context, passagere func(error) bool, essayer func() error) error {
	for pause := rappelMin; ; pause = min(2*pause, rappelMax) {
		err := essayer()
		if err == nil || !passagere(err) {
			return err
		}
		reveil := time.NewTimer(pause)
		select {
		case <-reveil.C:
		case <-ctx.Done():
			reveil.Stop()
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

// SansMotDePasse rend une URL qu'on peut montrer : sans mot de passe, ni options, qui peuvent en contenir. Elle coupe le
// texte sans l'analyser, car une URL mal écrite est justement de celles qu'on montre : il peut y manquer une barre, ou le genre.
func SansMotDePasse(brute string) string {
	debut, suite, _ := strings.Cut(brute, ":")
	genre, reste, distante := strings.Cut(brute, "://")
	switch {
	case debut == "texte" || debut == "sqlite" || !distante && !strings.ContainsAny(brute, "@="):
		return brute
	case !distante && (suite == "" || strings.ContainsAny(debut, "@=")):
		return "…"
	case !distante:
		return debut + ":…"
	}
	arobase := strings.LastIndexByte(reste, '@')
	compte, hote := reste[:max(arobase, 0)], reste[arobase+1:]
	if strings.ContainsAny(compte, "?#") { // l'arobase est peut-être dans un mot de passe donné en option
		return genre + "://…"
	}
	if fin := strings.IndexAny(hote, "?#"); fin >= 0 {
		hote = hote[:fin]
	}
	if utilisateur, _, _ := strings.Cut(compte, ":"); utilisateur != "" {
		hote = utilisateur + "@" + hote
	}
	return genre + "://" + hote
}
