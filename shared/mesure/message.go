package mesure

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// lireMessage lit un message. err vaut nil si le message a été lu jusqu'au bout ; refus dit alors pourquoi il n'est pas
// une mesure valide, ou vaut nil.
func (l *Lecteur) lireMessage() (m Mesure, refus, err error) {
	dec := &l.dec
	if genre := dec.PeekKind(); genre != '{' {
		return m, fmt.Errorf("objet JSON attendu, %s", recu(genre)), sauter(dec)
	}
	if _, err := dec.ReadToken(); err != nil {
		return m, nil, err
	}
	var aID, aTemperature bool
	var proche string // un membre inconnu qui ne diffère d'un membre attendu que par la casse
	for dec.PeekKind() != '}' {
		nom, err := lireNom(dec)
		if err != nil {
			return m, nil, err
		}
		var cause error
		switch string(nom) {
		case "capteur_id":
			aID = true
			m.CapteurID, cause, err = l.lireID()
		case "temperature":
			aTemperature = true
			m.Temperature, cause, err = l.lireTemperature()
		default:
			if bytes.EqualFold(nom, []byte("capteur_id")) || bytes.EqualFold(nom, []byte("temperature")) {
				proche = string(nom)
			}
			err = sauter(dec)
		}
		if err != nil {
			return m, nil, err
		}
		if refus == nil {
			refus = cause
		}
	}
	if _, err := dec.ReadToken(); err != nil {
		return m, nil, err
	}
	switch {
	case refus != nil:
	case !aID:
		refus = absent("capteur_id", proche)
	case !aTemperature:
		refus = absent("temperature", proche)
	}
	return m, refus, nil
}

// lireNom lit le nom d'un membre ; il ne vaut que jusqu'à la lecture suivante.
func lireNom(dec *jsontext.Decoder) ([]byte, error) {
	nom, err := dec.ReadValue()
	if err != nil {
		return nil, err
	}
	return sansGuillemets(nom)
}

// sauter passe une valeur, quelle qu'elle soit.
func sauter(dec *jsontext.Decoder) error {
	depart := dec.StackDepth()
	for {
		if _, err := dec.ReadToken(); err != nil {
			return err
		}
		switch profondeur := dec.StackDepth(); {
		case profondeur <= depart:
			return nil
		case profondeur > profondeurMax:
			return errTropProfond
		}
	}
}

// sansGuillemets rend le texte d'une chaîne JSON, sans allouer quand elle n'a pas d'échappement.
func sansGuillemets(chaine jsontext.Value) ([]byte, error) {
	if len(chaine) < 2 || bytes.IndexByte(chaine, '\\') >= 0 {
		return jsontext.AppendUnquote(nil, chaine)
	}
	return chaine[1 : len(chaine)-1], nil
}

// lireID lit la valeur de capteur_id.
func (l *Lecteur) lireID() (id string, refus, err error) {
	if genre := l.dec.PeekKind(); genre != '"' {
		return "", fmt.Errorf("capteur_id : chaîne attendue, %s", recu(genre)), sauter(&l.dec)
	}
	chaine, err := l.dec.ReadValue()
	if err != nil {
		return "", nil, err
	}
	octets, err := sansGuillemets(chaine)
	if err != nil {
		return "", nil, err
	}
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
		return 0, fmt.Errorf("temperature : nombre attendu, %s", recu(genre)), sauter(&l.dec)
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
		return fmt.Errorf("%s : membre absent (%q n'en a pas les minuscules)", membre, proche)
	}
	return errors.New(membre + " : membre absent")
}

// abreger borne ce qu'un message d'erreur cite d'un inconnu.
func abreger(s string) string {
	const lisible = 40
	if len(s) <= lisible {
		return s
	}
	return s[:lisible] + "…"
}
