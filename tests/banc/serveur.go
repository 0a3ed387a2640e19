package banc

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"capteurs/tests/releve"
)

// Les délais du banc. Ils ne se paient que lorsque rien ne vient : tout ce qui est attendu est vu dès qu'il arrive, et un
// rendu qui dort et n'a plus rien à faire n'est pas attendu plus longtemps que son repos.
const (
	delaiEcoute = 30 * time.Second // pour qu'un serveur qui travaille écoute
	delaiClient = 12 * time.Second // pour qu'un client se connecte : certains attendent d'abord
	delaiDepot  = 15 * time.Second // pour qu'une mesure se voie sur le disque
	reposDepot  = 400 * time.Millisecond
	reposEcoute = 700 * time.Millisecond
)

// Serveur est le serveur du rendu, en train d'écouter.
type Serveur struct {
	*Processus
	Adresse netip.AddrPort // où s'y connecter
}

// Les raisons pour lesquelles un serveur n'écoute pas.
var (
	ErrAbsent       = errors.New("aucun serveur n'a été trouvé dans le rendu")
	ErrFini         = errors.New("le serveur s'est arrêté sans écouter")
	ErrUDP          = errors.New("le serveur écoute en UDP ; l'énoncé demande TCP")
	ErrNEcoutePas   = errors.New("le serveur tourne, mais n'écoute sur aucun port TCP")
	ErrAttendSaisie = errors.New("le serveur attend une saisie au lieu d'écouter")
)

// LancerServeur lance le serveur du rendu et attend qu'il écoute. L'erreur, quand il n'écoute pas, dit pourquoi ; le
// processus est alors rendu avec elle, déjà arrêté, pour qu'on lise ce qu'il a écrit.
func (b *Banc) LancerServeur() (*Serveur, error) {
	programme := b.Paire().Serveur
	if programme == nil {
		return &Serveur{}, ErrAbsent
	}
	deja := map[netip.AddrPort]bool{}
	for _, adresse := range b.ecoutes("tcp") {
		deja[adresse] = true
	}
	proc, err := b.lancer("serveur", programme, b.lieux.serveur, nil)
	if err != nil {
		return &Serveur{}, err
	}
	s := &Serveur{Processus: proc}
	attendu := b.Profil().Ecoute
	ecoute := func() bool {
		for _, adresse := range b.ecoutes("tcp") {
			if !deja[adresse] && (!s.Adresse.IsValid() || adresse == attendu) { // de plusieurs ports, celui que la reconnaissance a vu
				s.Adresse = adresse
			}
		}
		return s.Adresse.IsValid()
	}
	b.Attente.Jusqua(reposEcoute, delaiEcoute, func() bool { return ecoute() || proc.Fin().Fini })
	lit := false
	if !s.Adresse.IsValid() {
		b.Attente.Jusqua(100*time.Millisecond, delaiEcoute, func() bool { // il vient peut-être de recevoir une réponse, et n'est pas encore revenu au clavier
			lit, _ = b.litClavier(proc)
			return lit || ecoute() || proc.Fin().Fini
		})
	}
	b.Attente.Jusqua(15*time.Millisecond, time.Second, func() bool { return proc.Fin().Fini }) // écouter, puis mourir, n'est pas écouter ; et d'autres ports ont pu s'ouvrir
	ecoute()
	if s.Adresse.IsValid() && !proc.Fin().Fini {
		s.Adresse = joignable(s.Adresse)
		b.journal.Noter("serveur", "écoute", "%v", s.Adresse)
		return s, nil
	}
	err = ErrNEcoutePas
	switch {
	case proc.Fin().Fini:
		err = ErrFini
	case len(b.ecoutes("udp")) > 0:
		err = ErrUDP
	case lit:
		err = ErrAttendSaisie
	}
	s.Arreter()
	return s, err
}

// joignable rend l'adresse où se connecter à un serveur qui écoute à celle-ci. À « :: », c'est d'ordinaire en IPv4 aussi ; quand
// 127.0.0.1 est libre, c'est en IPv6 seulement.
func joignable(ecoute netip.AddrPort) netip.AddrPort {
	if !ecoute.Addr().IsUnspecified() {
		return ecoute
	}
	locale := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), ecoute.Port())
	if ecoute.Addr().Is6() {
		if l, err := net.Listen("tcp4", locale.String()); err == nil {
			l.Close()
			return netip.AddrPortFrom(netip.IPv6Loopback(), ecoute.Port())
		}
	}
	return locale
}

// Joindre ouvre une connexion au serveur. Un refus n'est pas une erreur du correcteur : c'est un fait.
func (s *Serveur) Joindre() (*Connexion, error) {
	conn, err := net.DialTimeout("tcp", s.Adresse.String(), s.banc.Attente.delai(5*time.Second))
	if err != nil {
		s.banc.journal.Noter("banc", "note", "connexion à %v refusée : %v", s.Adresse, err)
		return nil, fmt.Errorf("connexion à %v : %w", s.Adresse, err)
	}
	c := s.banc.suivre(conn.(*net.TCPConn))
	s.banc.journal.ajouter(Evenement{Qui: "banc", Quoi: "connexion", Conn: c.numero, Texte: "à " + s.Adresse.String()})
	c.lire("serveur", func() {})
	return c, nil
}

// canonique est le message de l'énoncé, blancs compris, suivi d'une fin de ligne.
func canonique(v Valeur) []byte {
	var id strings.Builder
	enc := json.NewEncoder(&id)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v.ID) // une chaîne et un nombre fini s'écrivent toujours
	temperature, _ := json.Marshal(v.Temperature)
	return fmt.Appendf(nil, "{\"capteur_id\": %s, \"temperature\": %s}\n", strings.TrimSpace(id.String()), temperature)
}

// Message rend une mesure dans le dialecte que le serveur comprend.
func (b *Banc) Message(v Valeur) []byte {
	if modele := b.Profil().Modele; len(modele) > 0 {
		if m, err := releve.LireMessage(modele); err == nil {
			if octets, err := m.Remplacer(v.ID, v.Temperature); err == nil {
				return octets
			}
		}
	}
	return canonique(v)
}

// Canonique dit si le serveur comprend le message de l'énoncé.
func (b *Banc) Canonique() bool { return len(b.Profil().Modele) == 0 }

// Accueillir attend, si le serveur parle le premier, qu'il l'ait fait.
func (s *Serveur) Accueillir(c *Connexion) {
	if n := len(s.banc.Profil().Accueil); n > 0 {
		s.banc.Attente.Attendre(3*time.Second, func() bool { return len(c.Recu()) > 0 || c.Fermee() != "" })
	}
}

// Digerer attend que le serveur ait fait ce qu'il a à faire de ce qu'il a reçu.
func (s *Serveur) Digerer(c *Connexion) {
	s.banc.Attente.Jusqua(30*time.Millisecond, 3*time.Second, func() bool { return c.Fermee() != "" })
}

// Envoyer fait un échange complet : se connecter, envoyer une mesure, laisser le serveur répondre, fermer.
func (s *Serveur) Envoyer(v Valeur) error { return s.EnvoyerOctets(s.banc.Message(v)) }

// EnvoyerOctets fait un échange complet avec des octets quelconques, envoyés un morceau à la fois.
func (s *Serveur) EnvoyerOctets(morceaux ...[]byte) error {
	c, err := s.Joindre()
	if err != nil {
		return err
	}
	defer c.Fermer()
	s.Accueillir(c)
	for _, morceau := range morceaux {
		if err := c.Envoyer(morceau); err != nil {
			return err
		}
		s.Digerer(c)
	}
	c.FermerEcriture()
	s.Digerer(c)
	return nil
}

// Memoire rend les octets que le rendu occupe ; connu est faux quand le système ne le dit pas.
func (s *Serveur) Memoire() (octets int64, connu bool) { return s.memoire() }

// Relever lit ce qui est enregistré maintenant, et y cherche des valeurs.
func (b *Banc) Relever(vs ...Valeur) Constat { return b.depots.relever(vs) }

// Chercher cherche une valeur dans ce qui est enregistré maintenant.
func (b *Banc) Chercher(v Valeur) Trouvaille { return b.Relever(v).Trouvailles[0] }

// Retrouver attend de voir enregistrées toutes ces valeurs. Si le serveur ne fait plus rien et qu'il en manque, elle l'arrête
// comme le ferait l'élève, puis plus fort, et regarde encore après chaque coup : ce qui n'est écrit qu'à la fin compte aussi.
func (s *Serveur) Retrouver(vs ...Valeur) Constat {
	r := s.Attendre(vs...)
	transaction := r.Transaction
	for _, arret := range []struct {
		quoi   string
		donner func()
	}{
		{"Ctrl-C", func() { r.Fin = s.Interrompre(2 * time.Second) }},
		{"SIGTERM", func() { s.Terminer(500 * time.Millisecond) }},
		{"SIGKILL", s.Tuer},
	} {
		if r.Complet() || (s.Fin().Fini && r.ApresArret) {
			break
		}
		arret.donner()
		fin := r.Fin
		if r = s.banc.Relever(vs...); r.Complet() {
			s.banc.journal.Noter("banc", "enregistré", "tout se voit, après %s", arret.quoi)
		}
		r.Fin, r.Transaction, r.ApresArret = fin, transaction, true
	}
	return r
}

// Attendre attend de voir enregistrées ces valeurs, sans arrêter le serveur. Quand on sait qu'il n'écrit qu'à la fin, elle
// ne regarde qu'une fois.
func (s *Serveur) Attendre(vs ...Valeur) (r Constat) {
	regarder := func() bool {
		r = s.banc.Relever(vs...)
		return r.Complet()
	}
	vu := false
	if s.banc.Profil().Visible {
		vu = s.banc.Attente.Jusqua(reposDepot, delaiDepot, regarder)
	} else {
		s.banc.Attente.Calme(30*time.Millisecond, delaiDepot)
		vu = regarder()
	}
	if vu {
		s.banc.journal.Noter("banc", "enregistré", "tout se voit pendant que le serveur tourne")
	}
	return r
}

// Chercher cherche une valeur après un envoi : elle regarde jusqu'à la voir, ou jusqu'à ce que le serveur ne fasse plus rien pendant repos. Quand il
// ne montre rien avant son arrêt, elle l'arrête.
func (s *Serveur) Chercher(v Valeur, repos time.Duration, visible bool) Trouvaille {
	if !visible {
		s.Arreter()
		return s.banc.Chercher(v)
	}
	var t Trouvaille
	s.banc.Attente.Jusqua(repos, delaiDepot, func() bool {
		t = s.banc.Chercher(v)
		return t.Accord == releve.Exact // une ligne à moitié écrite peut ressembler à un arrondi
	})
	return t
}

// EnvoyerVite fait un échange complet sans laisser au serveur plus de temps qu'il n'en demande : il suffit qu'il ait fermé, ou
// répondu, ou qu'il ne fasse plus rien.
func (s *Serveur) EnvoyerVite(v Valeur) error {
	c, err := s.Joindre()
	if err != nil {
		return err
	}
	defer c.Fermer()
	s.Accueillir(c)
	if err := c.Envoyer(s.banc.Message(v)); err != nil {
		return err
	}
	c.FermerEcriture()
	s.banc.Attente.Jusqua(5*time.Millisecond, 3*time.Second, func() bool { return c.Fermee() != "" })
	return nil
}
