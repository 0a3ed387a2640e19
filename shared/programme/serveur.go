package programme

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"capteurs/shared/etape"
	"capteurs/shared/reseau"
	"capteurs/shared/sauvegarde"
)

const aideServeur = `Serveur de températures : reçoit des mesures JSON par TCP et les enregistre.

Usage : serveur [options]

  -adresse HÔTE:PORT   où écouter (127.0.0.1:5000) ; :5000 pour toutes les
                       adresses de la machine, port 0 pour un port libre
  -sauvegarde URL      sqlite:FICHIER (sqlite:donnees.db), texte:FICHIER,
                       postgres://… ou mariadb://utilisateur:passe@hôte/base
  -tls-cert FICHIER    certificat du serveur, en PEM : tout est alors chiffré
  -tls-cle FICHIER     clé de ce certificat
  -tls-ac FICHIER      n'accepter que les clients certifiés par cette autorité
  -inactivite DURÉE    fermer une connexion muette plus longtemps (5m)
  -connexions N        connexions simultanées, au plus (10000)
  -journal FORME       texte ou json, sur la sortie d'erreur (texte)

Chaque option se donne aussi par l'environnement : KATA_ADRESSE, KATA_TLS_CERT…
Ctrl-C arrête le serveur : ce qui est arrivé est enregistré et confirmé.
Code de sortie : 0 tout va bien, 1 échec, 2 mauvaise utilisation.

Exemples :
  serveur -sauvegarde texte:donnees.txt
  serveur -adresse :5000 -tls-cert serveur.pem -tls-cle serveur.cle
`

// Le temps laissé aux connexions ouvertes quand le serveur s'arrête.
const delaiArret = 5 * time.Second

// Serveur est le programme serveur d'une étape ; nouveau rend le serveur de celle-ci. Elle rend le code de sortie.
func Serveur(nouveau func(etape.ReglagesServeur) etape.Serveur) int {
	return executer(func(ctx context.Context, c console) error { return serveur(ctx, c, nouveau) })
}

func serveur(ctx context.Context, c console, nouveau func(etape.ReglagesServeur) etape.Serveur) error {
	r, url, err := reglerServeur(c)
	if err != nil {
		return err
	}
	slog.SetDefault(r.Journal) // shared y dit ce qui mérite d'être su
	r.Sauvegarde, err = sauvegarde.Ouvrir(ctx, url, r.Journal)
	if err != nil {
		return err
	}
	s := nouveau(r)
	l, err := s.Ecouter(ctx)
	if err != nil {
		return errors.Join(err, r.Sauvegarde.Close())
	}
	fmt.Fprintf(c.sortie, "serveur à l'écoute sur %s, sauvegarde dans %v\n", l.Addr(), r.Sauvegarde)

	fini := make(chan error, 1)
	go func() { fini <- s.Servir(ctx, l) }()
	select {
	case err = <-fini:
	case <-delaiPasse(ctx, delaiArret):
		return fmt.Errorf("arrêt forcé : des connexions ou la sauvegarde tiennent encore après %v ; rien de confirmé n'est perdu", delaiArret)
	}
	if ctx.Err() != nil {
		r.Journal.Info("serveur arrêté")
	}
	return errors.Join(err, r.Sauvegarde.Close())
}

// delaiPasse rend un canal fermé delai après la fin de ctx.
func delaiPasse(ctx context.Context, delai time.Duration) <-chan struct{} {
	passe := make(chan struct{})
	context.AfterFunc(ctx, func() { time.AfterFunc(delai, func() { close(passe) }) })
	return passe
}

// reglerServeur lit les options. Elle rend les réglages, sauf la sauvegarde, et l'URL de celle-ci.
func reglerServeur(c console) (r etape.ReglagesServeur, url string, err error) {
	var cert, cle, ac, journal string
	o := nouvellesOptions(aideServeur)
	o.StringVar(&r.Adresse, "adresse", "127.0.0.1:5000", "")
	o.StringVar(&url, "sauvegarde", sauvegarde.ParDefaut, "")
	o.StringVar(&cert, "tls-cert", "", "")
	o.StringVar(&cle, "tls-cle", "", "")
	o.StringVar(&ac, "tls-ac", "", "")
	o.DurationVar(&r.Inactivite, "inactivite", 5*time.Minute, "")
	o.IntVar(&r.Connexions, "connexions", 10_000, "")
	o.StringVar(&journal, "journal", "texte", "")
	if err := o.analyser(c); err != nil {
		return r, "", err
	}
	switch journal {
	case "texte":
		r.Journal = slog.New(slog.NewTextHandler(c.erreurs, nil))
	case "json":
		r.Journal = slog.New(slog.NewJSONHandler(c.erreurs, nil))
	default:
		return r, "", mauvaisUsage("-journal %q inconnu : texte ou json", journal)
	}
	switch {
	case r.Adresse == "":
		return r, "", mauvaisUsage("-adresse vide : écrivez hôte:port, par exemple 127.0.0.1:5000")
	case r.Inactivite <= 0:
		return r, "", mauvaisUsage("-inactivite %v : une durée positive est attendue, comme 5m", r.Inactivite)
	case r.Connexions <= 0:
		return r, "", mauvaisUsage("-connexions %d : au moins une connexion est attendue", r.Connexions)
	}
	r.TLS, err = reseau.TLSServeur(cert, cle, ac)
	return r, url, usageTLS(err)
}
