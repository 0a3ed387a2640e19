package mesure

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"capteurs/shared/lisible"
)

// Ce que le décodeur laisse passer. Il retiendrait tous les noms pour y chercher des doublons : cela coûte quinze fois ce
// qui est reçu, et le lecteur les cherche à moindre prix.
var (
	doublonsPermis = jsontext.AllowDuplicateNames(true)
	octetsPermis   = jsontext.AllowInvalidUTF8(true)
)

// Un membre inconnu ne doit pas coûter plus cher à suivre qu'à recevoir.
const (
	profondeurMax = 100
	nomMax        = 1 << 10 // octets
)

// abandon est le refus d'un message que l'on ne lit pas jusqu'au bout.
type abandon string

func (a abandon) Error() string { return string(a) }

const (
	tropProfond   abandon = "plus de 100 objets ou tableaux les uns dans les autres"
	nomTropLong   abandon = "nom de membre de plus de 1 Kio"
	guillemetSeul abandon = "objet JSON attendu, chaîne reçue"
)

// bornes situe le nom d'un membre, guillemets compris, dans le message.
type bornes struct{ debut, fin int32 }

// lireMessage lit un message. err vaut nil si le message a été lu jusqu'au bout ; refus dit alors pourquoi il n'est pas
// une mesure valide, ou vaut nil.
func (l *Lecteur) lireMessage() (m Mesure, refus, err error) {
	l.noms, l.doublon = l.noms[:0], nil
	dec := &l.dec
	if genre := dec.PeekKind(); genre != '{' {
		return m, fmt.Errorf("objet JSON attendu, %s", recu(genre)), l.sauterMessage()
	}
	l.prendre()
	var aID, aTemperature bool
	var proche string // un membre inconnu qui ne diffère d'un membre attendu que par la casse
	for dec.PeekKind() != '}' {
		brut, place, err := l.lireNom()
		if err != nil {
			return m, nil, err
		}
		nom := sansGuillemets(brut)
		var cause error
		switch string(nom) {
		case "capteur_id":
			if aID {
				l.signalerDoublon(nom)
			}
			aID = true
			m.CapteurID, cause, err = l.lireID()
		case "temperature":
			if aTemperature {
				l.signalerDoublon(nom)
			}
			aTemperature = true
			m.Temperature, cause, err = l.lireTemperature()
		default:
			if bytes.EqualFold(nom, []byte("capteur_id")) || bytes.EqualFold(nom, []byte("temperature")) {
				proche = string(nom)
			}
			l.noms = append(l.noms, place)
			err = l.sauter()
		}
		if err != nil {
			return m, nil, err
		}
		if refus == nil {
			refus = cause
		}
	}
	l.fermer(0)
	switch {
	case l.doublon != nil:
		refus = l.doublon
	case refus != nil:
	case !aID:
		refus = absent("capteur_id", proche)
	case !aTemperature:
		refus = absent("temperature", proche)
	}
	return m, refus, nil
}

// sauterMessage passe un message, objet ou non. Une chaîne qui finit par une accolade n'en est pas un : c'est un guillemet
// perdu devant un objet, et l'accolade est la sienne.
func (l *Lecteur) sauterMessage() error {
	if l.dec.PeekKind() != '"' {
		return l.sauter()
	}
	chaine, err := l.dec.ReadValue()
	if err == nil && bytes.HasSuffix(bytes.TrimRight(chaine[:len(chaine)-1], " "), []byte("{")) {
		return guillemetSeul
	}
	return err
}

// sauter passe une valeur, quelle qu'elle soit, et signale les membres en double.
func (l *Lecteur) sauter() error {
	genre := l.dec.PeekKind()
	if genre != '{' && genre != '[' {
		_, err := l.dec.ReadValue()
		return err
	}
	l.prendre()
	if l.dec.StackDepth() > profondeurMax {
		return tropProfond
	}
	premier := len(l.noms)
	for l.dec.PeekKind() != genre+2 { // l'accolade ou le crochet fermant
		if genre == '{' {
			_, place, err := l.lireNom()
			if err != nil {
				return err
			}
			l.noms = append(l.noms, place)
		}
		if err := l.sauter(); err != nil {
			return err
		}
	}
	l.fermer(premier)
	return nil
}

// prendre passe l'accolade ou le crochet que le décodeur vient de montrer : il ne le montre que s'il l'accepte.
func (l *Lecteur) prendre() { _, _ = l.dec.ReadToken() }

// fermer sort d'un objet, dont les noms retenus commencent à premier, ou d'un tableau, qui n'en a pas.
func (l *Lecteur) fermer(premier int) {
	noms := l.noms[premier:]
	l.noms = l.noms[:premier]
	if len(noms) > 1 {
		slices.SortFunc(noms, func(a, b bornes) int { return bytes.Compare(l.nom(a), l.nom(b)) })
		for i := range noms[1:] {
			if nom := l.nom(noms[i]); bytes.Equal(nom, l.nom(noms[i+1])) {
				l.signalerDoublon(nom)
			}
		}
	}
	l.prendre()
}

func (l *Lecteur) signalerDoublon(nom []byte) {
	if l.doublon == nil {
		l.doublon = fmt.Errorf("membre %s en double", citer(string(nom)))
	}
}

// lireNom lit le nom d'un membre, qui ne vaut que jusqu'à la lecture suivante, et dit où il est.
func (l *Lecteur) lireNom() (jsontext.Value, bornes, error) {
	nom, err := l.dec.ReadValue()
	switch {
	case err != nil:
		return nil, bornes{}, err
	case len(nom) > nomMax:
		return nil, bornes{}, nomTropLong
	}
	fin := int32(l.source.longueur(l.dec.InputOffset()))
	return nom, bornes{fin - int32(len(nom)), fin}, nil
}

// nom relit un nom du message en cours.
func (l *Lecteur) nom(b bornes) []byte {
	return sansGuillemets(l.source.reste()[b.debut:b.fin])
}

// sansGuillemets rend le texte d'une chaîne que le décodeur a lue, sans allouer quand elle n'a pas d'échappement.
func sansGuillemets(chaine []byte) []byte {
	if bytes.IndexByte(chaine, '\\') < 0 {
		return chaine[1 : len(chaine)-1]
	}
	texte, _ := jsontext.AppendUnquote(nil, chaine) // n'échoue que sur un texte que le décodeur refuse
	return texte
}

// lireID lit la valeur de capteur_id.
func (l *Lecteur) lireID() (id string, refus, err error) {
	if genre := l.dec.PeekKind(); genre != '"' {
		return "", fmt.Errorf("capteur_id : chaîne attendue, %s", recu(genre)), l.sauter()
	}
	chaine, err := l.dec.ReadValue()
	if err != nil {
		return "", nil, err
	}
	octets := sansGuillemets(chaine)
	if string(octets) == l.dernierID && l.dernierID != "" {
		return l.dernierID, nil, nil
	}
	id = string(octets)
	if refus := validerID(id); refus != nil {
		return "", refus, nil
	}
	l.dernierID = id
	return id, nil, nil
}

// lireTemperature lit la valeur de temperature.
func (l *Lecteur) lireTemperature() (temperature float64, refus, err error) {
	if genre := l.dec.PeekKind(); genre != '0' {
		return 0, fmt.Errorf("temperature : nombre attendu, %s", recu(genre)), l.sauter()
	}
	nombre, err := l.dec.ReadToken()
	if err != nil {
		return 0, nil, err
	}
	temperature, err = nombre.Float()
	if err != nil { // seule cause possible : 1e999 n'est pas fini
		return 0, fmt.Errorf("temperature : %s dépasse ce qu'un float64 peut tenir", abreger(nombre.String())), nil
	}
	return temperature, nil, nil
}

// recu nomme le genre d'une valeur JSON.
func recu(genre jsontext.Kind) string {
	switch genre {
	case 'n':
		return "null reçu"
	case 't', 'f':
		return "booléen reçu"
	case '0':
		return "nombre reçu"
	case '"':
		return "chaîne reçue"
	case '[':
		return "tableau reçu"
	case '{':
		return "objet reçu"
	}
	return "autre chose reçue"
}

func absent(membre, proche string) error {
	if strings.EqualFold(membre, proche) {
		return fmt.Errorf("%s : membre absent (%s n'en a pas les minuscules)", membre, citer(proche))
	}
	return errors.New(membre + " : membre absent")
}

// citer rend ce qu'un inconnu a écrit, borné et lisible.
func citer(s string) string { return `"` + lisible.Texte(abreger(s)) + `"` }

// abreger borne ce qu'un message d'erreur cite d'un inconnu.
func abreger(s string) string {
	const suffisant = 40 // octets
	if len(s) <= suffisant {
		return s
	}
	return s[:suffisant] + "…"
}
