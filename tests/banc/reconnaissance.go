package banc

import (
	"bytes"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"time"

	"capteurs/tests/decouverte"
	"capteurs/tests/releve"
)

// Reconnaitre apprend le dialecte d'une étape : où écoute le serveur, où va le client, ce qu'ils se disent. Le message de
// l'énoncé d'abord ; si le serveur n'en enregistre rien, celui de son propre client.
func (b *Banc) Reconnaitre() *Profil {
	p := &Profil{}
	b.profilTrouve = p
	r := reconnaissance{b, p}
	if b.Paire().Serveur != nil {
		r.serveur(nil)
	}
	if b.Paire().Client != nil {
		r.client()
	}
	if p.Ecoute.IsValid() && !p.Compris && len(p.Message) > 0 {
		if modele, err := releve.LireMessage(p.Message); err == nil && !commeCanonique(modele) {
			b.journal.Noter("banc", "note", "le serveur n'a rien enregistré du message de l'énoncé : essai avec celui de son propre client")
			r.serveur(&modele)
			if p.Compris {
				p.Modele = p.Message
			}
		}
	}
	p.Alertes = b.alertes.toutes()
	return p
}

// reconnaissance est une visite en cours, et ce qu'elle a appris jusqu'ici.
type reconnaissance struct {
	banc   *Banc
	profil *Profil
}

// commeCanonique dit qu'un message a déjà la forme de celui que le serveur n'a pas enregistré, à l'octet près : un blanc de plus
// ou de moins compte, certains s'en servent pour lire.
func commeCanonique(modele releve.Message) bool {
	essai := Valeur{ID: "capteur_1", Temperature: 23.5}
	octets, err := modele.Remplacer(essai.ID, essai.Temperature)
	return err == nil && bytes.Equal(octets, canonique(essai))
}

func (r reconnaissance) serveur(modele *releve.Message) {
	b, p := r.banc, r.profil
	s, err := b.LancerServeur()
	if err != nil {
		b.journal.Noter("banc", "note", "%v", err)
		return
	}
	defer s.Arreter()
	p.Ecoute = s.Adresse
	c, err := s.Joindre()
	if err != nil {
		return
	}
	b.Attente.Calme(20*time.Millisecond, time.Second)
	p.Accueil = c.Recu()
	v := b.Tirage.Valeur()
	octets := canonique(v)
	if modele != nil {
		if octets, err = modele.Remplacer(v.ID, v.Temperature); err != nil {
			return
		}
	}
	if err := c.Envoyer(octets); err != nil {
		return
	}
	b.Attente.Calme(30*time.Millisecond, 3*time.Second)
	p.Replique = bytes.TrimPrefix(c.Recu(), p.Accueil)
	c.FermerEcriture()
	b.Attente.Calme(20*time.Millisecond, time.Second)
	c.Fermer()
	p.Visible = b.Attente.Jusqua(reposDepot, delaiDepot, func() bool { return b.Chercher(v).Accord.Suffit() })
	p.Compris = p.Visible
	if !p.Visible {
		s.Arreter()
		p.Compris = b.Chercher(v).Accord.Suffit()
	}
}

// client cherche où le client se connecte, puis ce qu'il dit. Un client qui demande des arguments en reçoit.
func (r reconnaissance) client() {
	b, p := r.banc, r.profil
	essais := [][]string{nil}
	for i := 0; i < len(essais); i++ {
		p.Arguments = essais[i]
		cible, fin := r.chercherCible()
		if cible.IsValid() {
			p.Cible = cible
			break
		}
		if i == 0 && fin.Proc != nil {
			essais = append(essais, r.argumentsPossibles(fin.Proc)...)
		}
	}
	if !p.Cible.IsValid() {
		p.Arguments = nil
		return
	}
	e, err := b.LancerClient(Conduite{Accueil: p.Accueil, Replique: p.Replique})
	if err != nil {
		b.journal.Noter("banc", "note", "%v", err)
		return
	}
	e.AttendreMessage()
	e.Proc.Interrompre(time.Second)
	p.Message = e.PremierMessage()
	p.Saisit = slices.ContainsFunc(e.Proc.Saisies(), func(s Saisie) bool { return s.EstTemperature })
	e.Fermer()
}

// chercherCible lance le client sans rien qui l'écoute, et regarde où il frappe. Hors d'une cloison on ne le voit pas : on
// écoute alors à tous les ports que le rendu nomme.
func (r reconnaissance) chercherCible() (netip.AddrPort, *Client) {
	b, p := r.banc, r.profil
	if b.niveau != N1 {
		return r.chercherCibleParPorts()
	}
	avant := len(b.Trafic.Tentatives())
	proc, err := b.lancer("client", b.Paire().Client, b.lieux.client, p.Arguments)
	if err != nil {
		b.journal.Noter("banc", "note", "%v", err)
		return netip.AddrPort{}, &Client{}
	}
	var cible netip.AddrPort
	vue := func() bool {
		for _, t := range b.Trafic.Tentatives()[avant:] {
			if t.Reseau == "tcp" {
				cible = t.Vers
				return true
			}
		}
		return false
	}
	b.Attente.Attendre(delaiClient, func() bool { return vue() || proc.Fin().Fini })
	b.Attente.auPlus(delaiTrace, vue) // un client qui vient de finir avait peut-être frappé
	proc.Tuer()
	return cible, &Client{Proc: proc}
}

// nombreDePort reconnaît, dans un source, ce qui peut être un port.
var nombreDePort = regexp.MustCompile(`\b[1-9][0-9]{3,4}\b`)

// portsNommes rend les ports que nomment les programmes de l'étape, et celui où le serveur a été vu.
func (b *Banc) portsNommes() (ports []int) {
	if port := b.Profil().Ecoute.Port(); port != 0 {
		ports = append(ports, int(port))
	}
	for _, programme := range []*decouverte.Programme{b.Paire().Serveur, b.Paire().Client} {
		if programme == nil {
			continue
		}
		source, _ := os.ReadFile(filepath.Join(b.lieux.client, filepath.FromSlash(programme.Fichier)))
		for _, texte := range nombreDePort.FindAllString(string(source), -1) {
			if port, _ := strconv.Atoi(texte); port >= 1024 && port <= 65535 && !slices.Contains(ports, port) && len(ports) < 16 {
				ports = append(ports, port)
			}
		}
	}
	return ports
}

func (r reconnaissance) chercherCibleParPorts() (cible netip.AddrPort, essai *Client) {
	b, p := r.banc, r.profil
	ports := b.portsNommes()
	if p.Ecoute.Port() != 0 {
		ports = append([]int{int(p.Ecoute.Port())}, ports...)
	}
	var receveurs []*Receveur
	for _, port := range ports {
		if r, err := b.recevoir(port, Conduite{Accueil: p.Accueil}); err == nil {
			receveurs = append(receveurs, r)
			defer r.Fermer()
		}
	}
	proc, err := b.lancer("client", b.Paire().Client, b.lieux.client, p.Arguments)
	if err != nil {
		b.journal.Noter("banc", "note", "%v", err)
		return netip.AddrPort{}, &Client{}
	}
	b.Attente.Attendre(delaiClient, func() bool {
		for _, r := range receveurs {
			for _, c := range r.Connexions() {
				cible = c.tcp.LocalAddr().(interface{ AddrPort() netip.AddrPort }).AddrPort()
				return true
			}
		}
		return proc.Fin().Fini
	})
	proc.Tuer()
	return cible, &Client{Proc: proc}
}

// motsUsage reconnaît, dans une phrase d'usage, les arguments demandés.
var motsUsage = regexp.MustCompile(`[<\[{]?([\p{L}_][\p{L}\d_-]*)[>\]}]?`)

// argumentsPossibles rend les arguments à essayer avec un client qui s'est arrêté en montrant son usage.
func (r reconnaissance) argumentsPossibles(proc *Processus) (essais [][]string) {
	b := r.banc
	texte := proc.Texte()
	usage := regexp.MustCompile(`(?im)^.*usage.*$`).FindString(texte)
	if usage == "" && !bytes.Contains([]byte(texte), []byte("argv")) && !bytes.Contains([]byte(texte), []byte("argument")) {
		return nil
	}
	if _, apres, ok := cutFichier(usage); ok {
		var args []string
		for _, mot := range motsUsage.FindAllStringSubmatch(apres, -1) {
			args = append(args, choisirReponse(b.Tirage, b.portAttendu, mot[1]).Reponse)
		}
		if len(args) > 0 {
			essais = append(essais, args)
		}
	}
	port, temperature := strconv.Itoa(b.portAttendu()), choisirReponse(b.Tirage, b.portAttendu, "température").Reponse
	return append(essais,
		[]string{temperature},
		[]string{IdentifiantSaisi, temperature},
		[]string{"127.0.0.1", port},
		[]string{"127.0.0.1", port, IdentifiantSaisi, temperature})
}

// cutFichier coupe une phrase d'usage après le nom du programme.
func cutFichier(usage string) (avant, apres string, ok bool) {
	position := regexp.MustCompile(`\S+\.(py|js|sh|jar)\b`).FindStringIndex(usage)
	if position == nil {
		return "", "", false
	}
	return usage[:position[0]], usage[position[1]:], true
}
