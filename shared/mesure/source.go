package mesure

import (
	"errors"
	"io"
)

// errPlusTard dit que la suite d'un message n'est pas encore arrivée, et qu'on ne veut pas l'attendre.
var errPlusTard = errors.New("la suite du message n'est pas arrivée")

// Le tampon grandit quand le flot le remplit, et rapetisse quand il se calme : des milliers de connexions qui se
// taisent ne doivent presque rien coûter, une connexion qui presse doit être lue à grandes gorgées.
const (
	tailleMin = 512        // octets
	tailleMax = MessageMax // un message tient toujours dans le tampon
)

// source est le flot vu du décodeur JSON. Elle garde les octets du message en cours : s'il est coupé, ou s'il porte une
// faute, on peut y revenir.
type source struct {
	flot    io.Reader
	erreur  error  // la dernière erreur du flot
	tampon  []byte // tampon[debut:] : reçu et pas encore découpé
	debut   int    // premier octet du message en cours
	passes  int64  // nombre d'octets découpés depuis le début du flot
	lu      int    // premier octet que le décodeur n'a pas vu
	origine int    // position dans le tampon de l'octet 0 du décodeur
	taille  int    // taille voulue du tampon
	patient bool   // quand le tampon est épuisé, on attend le flot
}

// reste rend les octets reçus et pas encore découpés.
func (s *source) reste() []byte { return s.tampon[s.debut:] }

// jeter passe les n premiers octets du reste.
func (s *source) jeter(n int) {
	s.debut += n
	s.passes += int64(n)
}

// depuisLeDebut rend la source placée au début du message en cours.
func (s *source) depuisLeDebut() *source {
	s.lu, s.origine = s.debut, s.debut
	return s
}

// longueur rend celle de ce que le décodeur a pris du message en cours, s'il en est à cette position.
func (s *source) longueur(position int64) int { return s.origine + int(position) - s.debut }

// Read donne au décodeur la suite du tampon, puis celle du flot si l'on attend. Pour lui un flot rompu est un flot fini :
// dans les deux cas le message en cours est coupé.
func (s *source) Read(p []byte) (int, error) {
	if s.lu == len(s.tampon) {
		switch err := s.remplir(); {
		case err == ErrTropLong || err == errPlusTard:
			return 0, err
		case err != nil:
			return 0, io.EOF
		}
	}
	n := copy(p, s.tampon[s.lu:])
	s.lu += n
	return n, nil
}

// remplir attend des octets du flot et les met au bout du tampon. Elle rend errPlusTard si l'on n'est pas patient,
// ErrTropLong si le message en cours occupe déjà tout ce qu'il peut, sinon l'erreur du flot.
func (s *source) remplir() error {
	if !s.patient {
		return errPlusTard
	}
	if s.erreur != nil {
		return s.erreur
	}
	if len(s.reste()) >= MessageMax {
		return ErrTropLong
	}
	s.faireDeLaPlace()
	place := s.tampon[len(s.tampon):cap(s.tampon)]
	n, err := s.flot.Read(place)
	for n == 0 && err == nil {
		n, err = s.flot.Read(place)
	}
	s.tampon = s.tampon[:len(s.tampon)+n]
	switch {
	case n == len(place):
		s.taille = min(4*s.taille, tailleMax)
	case n < s.taille/16:
		s.taille = max(s.taille/4, tailleMin)
	}
	if err != nil {
		s.erreur = err
		if n == 0 {
			return err
		}
	}
	return nil
}

// faireDeLaPlace met le reste en tête d'un tampon de la taille voulue.
func (s *source) faireDeLaPlace() {
	reste := s.reste()
	if len(reste) == cap(s.tampon) {
		s.taille = min(max(s.taille, 2*len(reste)), tailleMax)
	}
	cible := s.tampon[:0]
	if cap(s.tampon) != s.taille && len(reste) < s.taille {
		cible = make([]byte, 0, s.taille)
	}
	s.tampon = append(cible, reste...)
	s.lu -= s.debut
	s.origine -= s.debut
	s.debut = 0
}
