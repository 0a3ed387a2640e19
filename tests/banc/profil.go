package banc

import (
	"net/netip"

	"capteurs/tests/decouverte"
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
