package reseau

import (
	"errors"
	"fmt"
	"net"
	"slices"
)

// passager dit si accepter pourra réussir plus tard, sans que rien ne soit changé ici.
func passager(err error) bool {
	return slices.ContainsFunc(manques, func(manque error) bool { return errors.Is(err, manque) })
}

// expliquer met en français les erreurs de connexion qu'un utilisateur rencontre, et dit que faire.
func expliquer(err error) error {
	var conseil string
	var dns *net.DNSError
	var adresse *net.AddrError
	switch {
	case errors.Is(err, portPris):
		conseil = "le port est déjà pris, arrêtez l'autre programme ou choisissez un autre port"
	case errors.Is(err, adresseAbsente):
		conseil = "cette adresse n'est pas celle de cette machine"
	case errors.Is(err, portReserve):
		conseil = "port réservé, choisissez-en un au-dessus de 1023"
	case errors.Is(err, connexionRefusee):
		conseil = "aucun serveur n'écoute à cette adresse, lancez-le ou vérifiez le port"
	case delaiDepasse(err):
		conseil = "aucune réponse dans le délai"
	case errors.As(err, &dns) && dns.Err == "unknown port":
		conseil = "port incorrect, donnez un nombre, par exemple 127.0.0.1:5000"
	case errors.As(err, &dns):
		conseil = "nom d'hôte inconnu, vérifiez l'adresse"
	case errors.As(err, &adresse):
		conseil = "adresse incorrecte, écrivez hôte:port, par exemple 127.0.0.1:5000"
	default:
		return ExpliquerTLS(err)
	}
	return fmt.Errorf("%s (%w)", conseil, err)
}

func delaiDepasse(err error) bool {
	var reseau net.Error
	return errors.As(err, &reseau) && reseau.Timeout()
}
