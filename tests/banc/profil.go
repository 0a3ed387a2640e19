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

// CritereReconnaissance n'est pas un critère : c'est la visite qui précède les autres, et qui apprend le dialecte du rendu.
const CritereReconnaissance = "RECONNAISSANCE"

// Profil est ce que la reconnaissance apprend d'une étape d'un rendu, et qui fait gagner du temps aux vérifications. Il ne
// juge rien : chaque vérification refait ses observations.
type Profil struct {
	Ecoute    netip.AddrPort `json:"ecoute"`              // où le serveur écoute
	Accueil   []byte         `json:"accueil,omitempty"`   // ce que le serveur dit le premier
	Replique  []byte         `json:"replique,omitempty"`  // ce qu'il répond à une mesure
	Compris   bool           `json:"compris"`             // il a enregistré une mesure
	Visible   bool           `json:"visible"`             // … sans qu'il faille l'arrêter
	Modele    []byte         `json:"modele,omitempty"`    // le message de son propre client, quand il n'a pas compris celui de l'énoncé
	Cible     netip.AddrPort `json:"cible"`               // où le client se connecte
	Arguments []string       `json:"arguments,omitempty"` // ceux que le client demande
	Message   []byte         `json:"message,omitempty"`   // ce que le client a envoyé
	Saisit    bool           `json:"saisit"`              // le client demande la température au clavier
	Alertes   []string       `json:"alertes,omitempty"`
}

// Profils donne le profil de chaque étape.
type Profils map[decouverte.Etape]*Profil

func (p Profils) de(e decouverte.Etape) *Profil {
	if profil := p[e]; profil != nil {
		return profil
	}
	return &Profil{Compris: true, Visible: true}
}

// portParDefaut sert quand rien n'a encore dit quel port le rendu emploie.
const portParDefaut = 5000

// portAttendu est celui qu'on donne à un programme qui le demande.
func (b *Banc) portAttendu() int {
	p := b.Profil()
	if b.profilTrouve != nil {
		p = b.profilTrouve
	}
	for _, adresse := range []netip.AddrPort{p.Ecoute, p.Cible} {
		if adresse.Port() != 0 {
			return int(adresse.Port())
		}
	}
	return portParDefaut
}

// Reconnaitre apprend le dialecte d'une étape : où écoute le serveur, où va le client, ce qu'ils se disent. Le message de
// l'énoncé d'abord ; si le serveur n'en enregistre rien, celui de son propre client.
func (b *Banc) Reconnaitre() *Profil {
	p := &Profil{}
	b.profilTrouve = p
	if b.Paire().Serveur != nil {
		b.reconnaitreServeur(p, nil)
	}
	if b.Paire().Client != nil {
		b.reconnaitreClient(p)
	}
	if p.Ecoute.IsValid() && !p.Compris && len(p.Message) > 0 {
		if modele, err := releve.LireMessage(p.Message); err == nil && !commeCanonique(modele) {
			b.journal.Noter("banc", "note", "le serveur n'a rien enregistré du message de l'énoncé : essai avec celui de son propre client")
			b.reconnaitreServeur(p, &modele)
			if p.Compris {
				p.Modele = p.Message
			}
		}
	}
	p.Alertes = b.Alertes()
	return p
}

// commeCanonique dit qu'un message a déjà la forme de celui que le serveur n'a pas enregistré, à l'octet près : un blanc de plus
// ou de moins compte, certains s'en servent pour lire.
func commeCanonique(modele releve.Message) bool {
	essai := Valeur{ID: "capteur_1", Temperature: 23.5}
	octets, err := modele.Remplacer(essai.ID, essai.Temperature)
	return err == nil && bytes.Equal(octets, canonique(essai))
}

func (b *Banc) reconnaitreServeur(p *Profil, modele *releve.Message) {
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
	b.Calme(20*time.Millisecond, time.Second)
	p.Accueil = c.Recu()
	v := b.Nouvelle()
	octets := canonique(v)
	if modele != nil {
		if octets, err = modele.Remplacer(v.ID, v.Temperature); err != nil {
			return
		}
	}
	if err := c.Envoyer(octets); err != nil {
		return
	}
	b.Calme(30*time.Millisecond, 3*time.Second)
	p.Replique = bytes.TrimPrefix(c.Recu(), p.Accueil)
	c.FermerEcriture()
	b.Calme(20*time.Millisecond, time.Second)
	c.Fermer()
	p.Visible = b.Jusqua(reposDepot, delaiDepot, func() bool { return b.Chercher(v).Accord.Suffit() })
	p.Compris = p.Visible
	if !p.Visible {
		s.Arreter()
		p.Compris = b.Chercher(v).Accord.Suffit()
	}
}

// reconnaitreClient cherche où le client se connecte, puis ce qu'il dit. Un client qui demande des arguments en reçoit.
func (b *Banc) reconnaitreClient(p *Profil) {
	essais := [][]string{nil}
	for i := 0; i < len(essais); i++ {
		p.Arguments = essais[i]
		cible, fin := b.chercherCible(p)
		if cible.IsValid() {
			p.Cible = cible
			break
		}
		if i == 0 && fin.Proc != nil {
			essais = append(essais, b.argumentsPossibles(fin.Proc)...)
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
func (b *Banc) chercherCible(p *Profil) (netip.AddrPort, *Client) {
	if b.niveau != N1 {
		return b.chercherCibleParPorts(p)
	}
	avant := len(b.Tentatives())
	proc, err := b.lancer("client", b.Paire().Client, b.lieux.client, p.Arguments)
	if err != nil {
		b.journal.Noter("banc", "note", "%v", err)
		return netip.AddrPort{}, &Client{}
	}
	var cible netip.AddrPort
	vue := func() bool {
		for _, t := range b.Tentatives()[avant:] {
			if t.Reseau == "tcp" {
				cible = t.Vers
				return true
			}
		}
		return false
	}
	b.attendreTravail(delaiClient, func() bool { return vue() || proc.Fin().Fini })
	b.attendre(delaiTrace, vue) // un client qui vient de finir avait peut-être frappé
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

func (b *Banc) chercherCibleParPorts(p *Profil) (cible netip.AddrPort, essai *Client) {
	ports := b.portsNommes()
	if p.Ecoute.Port() != 0 {
		ports = append([]int{int(p.Ecoute.Port())}, ports...)
	}
	var receveurs []*Receveur
	for _, port := range ports {
		if r, err := b.Recevoir(port, Conduite{Accueil: p.Accueil}); err == nil {
			receveurs = append(receveurs, r)
			defer r.Fermer()
		}
	}
	proc, err := b.lancer("client", b.Paire().Client, b.lieux.client, p.Arguments)
	if err != nil {
		b.journal.Noter("banc", "note", "%v", err)
		return netip.AddrPort{}, &Client{}
	}
	b.attendreTravail(delaiClient, func() bool {
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
func (b *Banc) argumentsPossibles(proc *Processus) (essais [][]string) {
	texte := proc.Texte()
	usage := regexp.MustCompile(`(?im)^.*usage.*$`).FindString(texte)
	if usage == "" && !bytes.Contains([]byte(texte), []byte("argv")) && !bytes.Contains([]byte(texte), []byte("argument")) {
		return nil
	}
	if _, apres, ok := cutFichier(usage); ok {
		var args []string
		for _, mot := range motsUsage.FindAllStringSubmatch(apres, -1) {
			args = append(args, b.choisirReponse("client", mot[1]).Reponse)
		}
		if len(args) > 0 {
			essais = append(essais, args)
		}
	}
	port, temperature := strconv.Itoa(b.portAttendu()), b.choisirReponse("client", "température").Reponse
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
