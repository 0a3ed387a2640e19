package sauvegarde

import (
	"errors"
	"io/fs"

	"capteurs/shared/mesure"
)

// temoin sait quels fichiers un moteur tient ouverts, et si leurs noms les désignent encore. Le système laisse écrire, sans
// une erreur, dans un fichier effacé : ce qu'on y confirmerait disparaîtrait avec le serveur. Dans un fichier renommé ou
// remplacé, personne n'irait le chercher.
type temoin struct {
	noms      []string
	identites []identite
}

// attester retient les fichiers qui ont ces noms. Tant qu'ils sont ouverts, nul autre ne peut prendre leur identité.
func attester(noms ...string) (temoin, error) {
	t := temoin{noms: noms}
	for _, nom := range noms {
		celle, err := identifier(nom)
		if err != nil {
			return temoin{}, expliquerFichier(err)
		}
		t.identites = append(t.identites, celle)
	}
	return t, nil
}

// garder écrit si les fichiers sont en place, et ne croit l'écriture que s'ils y sont encore : elle a pu durer.
func (t temoin) garder(ecrire func() error) error {
	if err := t.verifier(); err != nil {
		return err
	}
	if err := ecrire(); err != nil {
		return err
	}
	return t.verifier()
}

// verifier dit quel fichier n'est plus à sa place. Elle n'ouvre rien : voir ouvrirSQLite.
func (t temoin) verifier() error {
	for i, nom := range t.noms {
		celle, err := identifier(nom)
		switch {
		case errors.Is(err, fs.ErrNotExist), err == nil && !celle.est(t.identites[i]):
			return mesure.Panne{Conseil: "un fichier de la sauvegarde a été supprimé, déplacé ou remplacé pendant que le serveur y écrivait, remettez-le, ou relancez le serveur (SIGHUP suffit pour un fichier texte)",
				Cause: errors.New(nom)}
		case err != nil:
			return expliquerFichier(err)
		}
	}
	return nil
}
