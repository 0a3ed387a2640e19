package rapport

import (
	"encoding/json"
	"fmt"
	"io"

	jsonv2 "github.com/go-json-experiment/json"
)

// JSON écrit un rapport ; schema.json en donne le schéma.
func JSON(w io.Writer, r *Rapport) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	return e.Encode(r)
}

// Lire lit un rapport écrit par [JSON]. Une version plus récente que celle d'ici est refusée.
func Lire(lecture io.Reader) (*Rapport, error) {
	r := new(Rapport)
	if err := jsonv2.UnmarshalRead(lecture, r); err != nil { // deux fois plus vite que encoding/json, et rien ne peut suivre
		return nil, fmt.Errorf("rapport illisible : %w", err)
	}
	if r.Version < 1 || r.Version > Version {
		return nil, fmt.Errorf("rapport de version %d : ce correcteur lit jusqu'à la version %d", r.Version, Version)
	}
	return r, nil
}
