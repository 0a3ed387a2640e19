package mesure

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"capteurs/shared/lisible"
)

// ErrPasUnAccuse dit que le serveur a répondu autre chose que ce protocole.
var ErrPasUnAccuse = errors.New("réponse qui n'est pas un accusé de réception")

// Les deux statuts d'un [Accuse].
const (
	OK     = "ok"
	Erreur = "erreur"
)

// Une ligne de réponse plus longue n'est pas de ce protocole.
const accuseMax = 4 << 10 // octets

// Accuse est une réponse du serveur, une ligne JSON. Il en est de quatre sortes :
//
//	{"statut":"ok","enregistrees":12}                     12 mesures de cette connexion sont durablement enregistrées
//	{"statut":"erreur","message":3,"erreur":"…"}          le 3e message de cette connexion est refusé
//	{"statut":"erreur","erreur":"…"}                      le serveur ne peut plus rien enregistrer ; il ferme
//	{"statut":"erreur","erreur":"…","rappelez":true}      rien ne va mal, il ferme une connexion qui ne servait pas
//
// Les refus d'un lot précèdent son « ok » : qui a reçu N enregistrées et R refus sait le sort de ses N+R premiers
// messages.
type Accuse struct {
	Statut       string `json:"statut"`
	Enregistrees int    `json:"enregistrees,omitzero"` // depuis le début de la connexion
	Message      int    `json:"message,omitzero"`      // rang, à partir de 1
	Erreur       string `json:"erreur,omitzero"`
	Rappelez     bool   `json:"rappelez,omitzero"` // il suffit de se reconnecter
}

// Accuser ajoute à b les réponses à un lot enregistré : un refus par ligne, puis le nombre de mesures enregistrées
// depuis le début de la connexion. Elle rend le tout.
func Accuser(b []byte, lot Lot, enregistrees int) []byte {
	for _, r := range lot.Refus {
		b = Accuse{Statut: Erreur, Message: r.Message, Erreur: r.Cause.Error()}.ajouter(b)
	}
	if len(lot.Mesures) > 0 {
		b = append(b, `{"statut":"ok","enregistrees":`...)
		b = strconv.AppendInt(b, int64(enregistrees), 10)
		b = append(b, "}\n"...)
	}
	return b
}

// Echouer ajoute à b la réponse d'un serveur qui ne peut plus rien enregistrer, et rend le tout. D'une [Panne], elle ne dit
// que le conseil.
func Echouer(b []byte, cause error) []byte {
	return Accuse{Statut: Erreur, Erreur: sansCause(cause)}.ajouter(b)
}

// Raccrocher ajoute à b la réponse d'un serveur qui ferme une connexion où rien ne va mal, et rend le tout.
func Raccrocher(b []byte, cause error) []byte {
	return Accuse{Statut: Erreur, Erreur: cause.Error(), Rappelez: true}.ajouter(b)
}

func (a Accuse) ajouter(b []byte) []byte {
	ligne, err := json.Marshal(a, jsontext.AllowInvalidUTF8(true)) // l'erreur peut citer un chemin de fichier quelconque
	if err != nil {
		panic(err) // une chaîne et des entiers s'écrivent toujours
	}
	return append(append(b, ligne...), '\n')
}

// LecteurAccuses lit les réponses d'un serveur.
type LecteurAccuses struct{ r *bufio.Reader }

// NouveauLecteurAccuses rend un LecteurAccuses du flot r.
func NouveauLecteurAccuses(r io.Reader) *LecteurAccuses {
	return &LecteurAccuses{bufio.NewReaderSize(r, accuseMax)}
}

// Lire attend une réponse. Elle rend [ErrPasUnAccuse] si le serveur répond autre chose que ce protocole, et l'erreur du
// flot s'il se rompt ; [io.EOF] s'il est fini. La phrase d'une erreur, que choisit le serveur, est rendue lisible.
func (l *LecteurAccuses) Lire() (Accuse, error) {
	var a Accuse
	if debut, err := l.r.Peek(1); err != nil {
		return a, err
	} else if debut[0] != '{' {
		return a, l.autreChose()
	}
	ligne, err := l.r.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return a, l.autreChose()
	case err != nil:
		return a, err
	}
	if json.Unmarshal(ligne, &a) != nil || (a.Statut != OK && a.Statut != Erreur) || a.Enregistrees < 0 || a.Message < 0 {
		return Accuse{}, ErrPasUnAccuse
	}
	a.Erreur = lisible.Texte(a.Erreur)
	return a, nil
}

// autreChose oublie ce qui est arrivé et le cite.
func (l *LecteurAccuses) autreChose() error {
	recu, _ := l.r.Peek(l.r.Buffered())
	err := fmt.Errorf("%w : %s", ErrPasUnAccuse, citer(string(recu)))
	_, _ = l.r.Discard(len(recu))
	return err
}
