package programme

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"capteurs/shared/etape"
	"capteurs/shared/journal"
	"capteurs/shared/liaison"
	"capteurs/shared/reseau"
	"capteurs/shared/sauvegarde"
)

const aideServeur = `Serveur de températures : reçoit des mesures JSON par TCP et les enregistre.

Usage : serveur [options]

  -adresse HÔTE:PORT   où écouter (127.0.0.1:5000) ; :5000 pour toutes les
                       adresses de la machine, port 0 pour un port libre
  -sauvegarde URL      sqlite:FICHIER (sqlite:donnees.db), texte:FICHIER,
                       postgres://… ou mariadb://utilisateur:passe@hôte/base
  -tls-cert, -tls-cle FICHIER    certificat et clé, en PEM : tout est chiffré
  -tls-ac FICHIER      n'accepter que les clients certifiés par cette autorité
  -inactivite DURÉE    fermer une connexion sans mesure (5m) ; 0 : jamais
  -delai DURÉE         temps laissé à un message commencé pour finir (1m)
  -connexions N        connexions simultanées, au plus (10000)
  -par-hote N          d'un même hôte, autre que cette machine (1000)
  -journal FORME       texte ou json, sur la sortie d'erreur (texte)
  -journal-niveau N    info, alerte ou erreur (info)
  -version             dire de quoi ce programme est construit

Chaque option se donne aussi par l'environnement : KATA_ADRESSE, KATA_TLS_CERT…
Ctrl-C arrête le serveur : ce qui est arrivé est enregistré et confirmé. SIGHUP
rouvre le fichier texte ; des certificats renouvelés servent d'eux-mêmes.
Code de sortie : 0 tout va bien, 1 échec, 2 mauvaise utilisation.
Exemple : serveur -adresse :5000 -sauvegarde texte:donnees.txt
`

// Le temps laissé aux connexions ouvertes quand le serveur s'arrête.
const delaiArret = 5 * time.Second

// Serveur est le programme serveur d'une étape ; nouveau rend le serveur de celle-ci. Elle rend le code de sortie.
func Serveur(nouveau func(etape.ReglagesServeur) etape.Serveur) int {
	signal.Ignore(syscall.SIGPIPE) // une sortie que plus personne ne lit n'arrête pas un serveur
	sighup := make(chan os.Signal, 1)
	signal.Notify(sighup, syscall.SIGHUP)
	return executer(func(ctx context.Context, c console) error {
		c.sighup = sighup
		return serveur(ctx, c, nouveau)
	})
}

func serveur(ctx context.Context, c console, nouveau func(etape.ReglagesServeur) etape.Serveur) error {
	r, err := reglerServeur(c)
	if err != nil {
		return err
	}
	journal, fermer, err := journal.Ouvrir(c.erreurs, r.journal)
	if err != nil {
		return err
	}
	defer fermer()
	r.Ecoute.Journal, r.Reception.Journal = journal, journal
	if r.Ecoute.TLS, err = reseau.TLSServeur(r.cert, r.cle, r.ac, journal); err != nil {
		return usageTLS(err)
	}
	if r.Sauvegarde, err = sauvegarde.Ouvrir(ctx, r.url, journal); err != nil {
		return err
	}
	s := nouveau(r.ReglagesServeur)
	l, err := s.Ecouter(ctx)
	if err != nil {
		return errors.Join(err, r.Sauvegarde.Close())
	}
	fmt.Fprintf(c.sortie, "serveur à l'écoute sur %s, sauvegarde dans %v\n", l.Addr(), r.Sauvegarde)

	ctx, arreter := context.WithCancel(ctx)
	defer arreter()
	defer suivreSIGHUP(ctx, c.sighup, r.Sauvegarde, journal, arreter)()
	fini := make(chan error, 1)
	go func() { fini <- s.Servir(ctx, l) }()
	select {
	case err = <-fini:
	case <-delaiPasse(ctx, delaiArret):
		return fmt.Errorf("arrêt forcé : des connexions ou la sauvegarde tiennent encore après %v ; rien de confirmé n'est perdu", delaiArret)
	}
	if ctx.Err() != nil {
		journal.Info("serveur arrêté")
	}
	return errors.Join(err, r.Sauvegarde.Close())
}

// delaiPasse rend un canal fermé delai après la fin de ctx.
func delaiPasse(ctx context.Context, delai time.Duration) <-chan struct{} {
	passe := make(chan struct{})
	context.AfterFunc(ctx, func() { time.AfterFunc(delai, func() { close(passe) }) })
	return passe
}

// reglagesServeur est ce que les options du serveur demandent.
type reglagesServeur struct {
	etape.ReglagesServeur
	url           string // de la sauvegarde
	cert, cle, ac string // les fichiers de TLS
	journal       journal.Reglages
}

// reglerServeur lit les options.
func reglerServeur(c console) (r reglagesServeur, err error) {
	o := nouvellesOptions(aideServeur)
	o.StringVar(&r.Adresse, "adresse", "127.0.0.1:5000", "")
	o.StringVar(&r.url, "sauvegarde", sauvegarde.ParDefaut, "")
	o.StringVar(&r.cert, "tls-cert", "", "")
	o.StringVar(&r.cle, "tls-cle", "", "")
	o.StringVar(&r.ac, "tls-ac", "", "")
	o.DurationVar(&r.Reception.Delai, "delai", liaison.DelaiParDefaut, "")
	o.DurationVar(&r.Reception.Inactivite, "inactivite", liaison.InactiviteParDefaut, "")
	o.IntVar(&r.Ecoute.Connexions, "connexions", reseau.ConnexionsParDefaut, "")
	o.IntVar(&r.Ecoute.ParHote, "par-hote", reseau.ParHoteParDefaut, "")
	o.StringVar(&r.journal.Forme, "journal", "texte", "")
	o.StringVar(&r.journal.Niveau, "journal-niveau", "info", "")
	if err := o.analyser(c); err != nil {
		return r, err
	}
	switch {
	case r.Adresse == "":
		return r, mauvaisUsage("-adresse vide : écrivez hôte:port, par exemple 127.0.0.1:5000")
	case r.Reception.Inactivite < 0:
		return r, mauvaisUsage("-inactivite %v : une durée est attendue, comme 5m, ou 0 pour ne jamais fermer", r.Reception.Inactivite)
	case r.Reception.Delai <= 0:
		return r, mauvaisUsage("-delai %v : une durée positive est attendue, comme 1m", r.Reception.Delai)
	case r.Ecoute.Connexions <= 0 || r.Ecoute.ParHote <= 0:
		return r, mauvaisUsage("-connexions %d, -par-hote %d : au moins une connexion est attendue", r.Ecoute.Connexions, r.Ecoute.ParHote)
	}
	if err := r.journal.Valider(); err != nil {
		return r, erreurUsage{err}
	}
	if r.Reception.Inactivite == 0 {
		r.Reception.Inactivite = liaison.SansLimite
	}
	r.Ecoute.Refus = liaison.Refus
	return r, nil
}
