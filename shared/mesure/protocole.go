package mesure

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// ErrAutreProtocole dit que la connexion parle manifestement un autre protocole. Rien n'en est lu : une page ouverte dans un
// navigateur peut envoyer à un serveur de la même machine une requête dont le corps est une mesure.
var ErrAutreProtocole = errors.New("ce n'est pas le protocole de ce serveur, qui attend des objets JSON à la suite")

var (
	errHTTP = fmt.Errorf("%w : requête HTTP reçue", ErrAutreProtocole)
	errTLS  = fmt.Errorf("%w : connexion chiffrée (TLS) reçue sur un port en clair", ErrAutreProtocole)
)

// autreProtocole reconnaît, à ses premiers octets, une connexion qui n'est pas pour ce serveur ; certain est faux s'il en manque
// pour en décider.
func autreProtocole(texte []byte) (err error, certain bool) {
	const hello = "\x16\x03" // un enregistrement TLS : poignée de main, version, longueur ; puis un ClientHello
	if n := min(len(texte), len(hello)); string(texte[:n]) != hello[:n] {
		return requeteHTTP(texte)
	}
	if len(texte) < 6 {
		return nil, false
	}
	if texte[2] <= 4 && texte[5] == 1 {
		return errTLS, true
	}
	return nil, true
}

// requeteHTTP reconnaît la ligne par où commence une requête : une méthode, quelle qu'elle soit, une cible, une version.
func requeteHTTP(texte []byte) (err error, certain bool) {
	methode, suite, _ := bytes.Cut(texte, []byte(" "))
	cible, version, suivie := bytes.Cut(suite, []byte(" "))
	chemin := bytes.HasPrefix(cible, []byte("/"))
	n := min(len(version), len(versionHTTP))
	switch {
	case len(methode) == 0, bytes.ContainsFunc(methode, horsMethode),
		bytes.ContainsFunc(cible, unicode.IsControl), suivie && len(cible) == 0,
		!chemin && bytes.ContainsAny(cible, `{"`), // un objet, après deux mots
		string(version[:n]) != versionHTTP[:n]:
		return nil, true
	case n < len(versionHTTP):
		return nil, false
	}
	return errHTTP, true
}

const versionHTTP = "HTTP/"

func horsMethode(c rune) bool {
	return c >= unicode.MaxASCII || !unicode.IsLetter(c) && !unicode.IsDigit(c) && !strings.ContainsRune("!#$%&'*+-.^_`|~", c)
}
