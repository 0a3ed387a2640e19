package criteres

import (
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"slices"
	"sync"
	"time"

	"capteurs/shared/mesure"
	"capteurs/tests/banc"
	"capteurs/tests/releve"
)

var deLaPaire = []*Critere{pai01, pai02, pai03}

var pai01 = &Critere{
	ID: "PAI-01", Cote: CotePaire, Exigence: Doit, Titre: "leur client avec leur serveur", Requiert: []string{"CLI-01", "SRV-01"}, Budget: 2 * time.Minute,
	Enonce:   "Créer une application client-serveur en Python utilisant les sockets TCP pour transmettre des données de température au format JSON.",
	Pourquoi: "les deux moitiés sont faites l'une pour l'autre : ce que l'une envoie, l'autre l'enregistre.",
	Verifier: leurPaire,
}

func leurPaire(b *banc.Banc) banc.Resultat {
	s, conclusion := servir(b)
	if conclusion != nil {
		return *conclusion
	}
	avant := map[string]bool{}
	for _, e := range enregistrements(b) {
		avant[e.Ou+e.Texte] = true
	}
	nouveaux := func() []releve.Enregistrement {
		return slices.DeleteFunc(enregistrements(b), func(e releve.Enregistrement) bool { return avant[e.Ou+e.Texte] })
	}
	b.Trafic.OublierEnvois()
	p, err := b.LancerClientSeul()
	if err != nil {
		return clientPasLance(b, err)
	}
	// Un capteur peut attendre avant de parler, et n'avoir pas de fin : on attend une mesure, ou la fin du client.
	arrivee := func() bool {
		recus := nouveaux()
		m, vu := premierEnvoi(b, s)
		return len(recus) > 0 && (!vu || retrouvee(m, recus))
	}
	b.Attente.Attendre(12*time.Second, func() bool { return arrivee() || p.Fin().Fini })
	b.Attente.Jusqua(400*time.Millisecond, 5*time.Second, arrivee)
	fin := p.Fin()
	p.Arreter()
	s.Arreter()
	recus := nouveaux()
	if len(recus) == 0 {
		return echoue("le serveur enregistre ce que le client envoie",
			fmt.Sprintf("rien n'est enregistré ; le client %v%s%s", fin, dernier(p), dernier(s.Processus)), append(lireTexte(p, s.Processus), pourquoiPaire(b))...)
	}
	if m, vu := premierEnvoi(b, s); vu && !retrouvee(m, recus) {
		return echoue(fmt.Sprintf("%q, %v °C, ce que le client a envoyé", m.Identifiant.Texte, m.Temperature.Nombre),
			fmt.Sprintf("« %s » (%s)", resumer(recus[0].Texte), recus[0].Ou), lireTexte(p, s.Processus)...)
	}
	return reussiMais("« %s » (%s)", resumer(recus[0].Texte), recus[0].Ou)
}

func retrouvee(m releve.Message, recus []releve.Enregistrement) bool {
	_, accord, _ := releve.Chercher(recus, m.Identifiant.Texte, m.Temperature.Nombre)
	return accord.Suffit()
}

// premierEnvoi rend le premier message que le client a envoyé au serveur, quand on l'a vu passer et qu'il se comprend.
func premierEnvoi(b *banc.Banc, s *banc.Serveur) (releve.Message, bool) {
	for _, octets := range b.Trafic.EnvoyesA(s.Adresse.Port()) {
		if m, err := releve.LireMessage(octets); err == nil && m.Identifiant.Present() && m.Temperature.Present() && !math.IsNaN(m.Temperature.Nombre) {
			return m, true
		}
	}
	return releve.Message{}, false
}

func enregistrements(b *banc.Banc) (tous []releve.Enregistrement) {
	for _, d := range b.Relever().Depots {
		tous = append(tous, d.Enregistrements...)
	}
	return tous
}

// pourquoiPaire reconnaît un client et un serveur qui ne parlent pas le même dialecte.
func pourquoiPaire(b *banc.Banc) string {
	p := b.Profil()
	if p.Ecoute.IsValid() && p.Cible.IsValid() && p.Ecoute.Port() != p.Cible.Port() {
		return "ports_differents"
	}
	if m, err := releve.LireMessage(p.Message); err == nil && !m.NomsEnonce() && b.Canonique() {
		return "autre_nom"
	}
	return ""
}

var pai02 = &Critere{
	ID: "PAI-02", Cote: CoteClient, Exigence: Devrait, Titre: "leur client avec le serveur de référence", Requiert: []string{"CLI-04", "CLI-08"},
	Pourquoi: "un client qui suit l'énoncé se fait comprendre d'un serveur écrit par un autre.",
	Verifier: leurClientNotreServeur,
}

// leurClientNotreServeur sert leur client par la même lecture et les mêmes accusés que les trois étapes de ce dépôt.
func leurClientNotreServeur(b *banc.Banc) banc.Resultat {
	if len(b.Profil().Accueil) > 0 {
		return nonConcluant("leur serveur parle le premier, et leur client l'attend : l'énoncé n'en dit rien")
	}
	ref := &reference{}
	c, err := b.LancerClient(banc.Conduite{Servir: ref.servir})
	if err != nil {
		return clientPasLance(b, err)
	}
	defer c.Fermer()
	b.Attente.Attendre(12*time.Second, func() bool { return ref.lues() > 0 || c.Proc.Fin().Fini })
	b.Attente.Calme(100*time.Millisecond, time.Second)
	ref.mu.Lock()
	defer ref.mu.Unlock()
	switch {
	case len(ref.mesures) > 0:
		return reussi()
	case len(ref.refus) > 0:
		return echoue("une mesure comprise", fmt.Sprintf("refusée : %v", ref.refus[0]))
	}
	return echoue("une mesure comprise", "aucune mesure reçue"+dernier(c.Proc))
}

// reference est un serveur en mémoire, fait des mêmes pièces que ceux de ce dépôt.
type reference struct {
	mu      sync.Mutex
	mesures []mesure.Mesure
	refus   []mesure.Refus
}

func (r *reference) lues() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.mesures)
}

func (r *reference) servir(conn net.Conn) error {
	lecteur, enregistrees := mesure.NouveauLecteur(conn), 0
	for {
		lot, err := lecteur.Lire()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		r.mu.Lock()
		r.mesures = append(r.mesures, lot.Mesures...)
		r.refus = append(r.refus, lot.Refus...)
		r.mu.Unlock()
		enregistrees += len(lot.Mesures)
		if _, err := conn.Write(mesure.Accuser(nil, lot, enregistrees)); err != nil {
			return err
		}
	}
}

var pai03 = &Critere{
	ID: "PAI-03", Cote: CoteServeur, Exigence: Devrait, Titre: "le client de référence avec leur serveur", Requiert: []string{"SRV-02"},
	Enonce:   `{"capteur_id": "capteur_1", "temperature": 23.5}`,
	Pourquoi: "un serveur qui suit l'énoncé comprend un client écrit par un autre.",
	Verifier: notreClientLeurServeur,
}

func notreClientLeurServeur(b *banc.Banc) banc.Resultat {
	s, conclusion := servir(b)
	if conclusion != nil {
		return *conclusion
	}
	v := b.Tirage.Valeur()
	octets, err := mesure.Encoder(nil, mesure.Mesure{CapteurID: v.ID, Temperature: v.Temperature})
	if err != nil {
		return nonConcluant("%v", err)
	}
	if err := s.EnvoyerOctets(octets); err != nil {
		return echoue("la mesure est reçue", err.Error())
	}
	constat := s.Retrouver(v)
	if constat.Trouvailles[0].Accord.Suffit() {
		return reussi()
	}
	r := echoue("le message de l'énoncé est compris", rienTrouve(constat)+dernier(s.Processus))
	if !b.Canonique() {
		r = diagnostiquer(r, "autre_nom")
	}
	r.Envoye = montrer(octets)
	return r
}
