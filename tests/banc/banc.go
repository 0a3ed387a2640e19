package banc

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"capteurs/tests/decouverte"
)

// Banc est ce qu'une vérification a en main : les programmes d'une étape d'un rendu, le moyen de les faire tourner, et celui
// de voir ce qu'ils font. Un banc ne sert qu'une fois, dans un ouvrier.
type Banc struct {
	Attente *Attente // la façon d'attendre ce que fait le rendu
	Tirage  *Tirage  // des valeurs qu'on ne rencontre pas par hasard
	Trafic  *Trafic  // ce qui passe sur le réseau de la cloison

	*atelier
	rendu   decouverte.Rendu
	etape   decouverte.Etape
	avant   decouverte.Etape
	profils Profils
}

// atelier est ce qu'un ouvrier n'a qu'une fois, même quand il croise les programmes de deux étapes.
type atelier struct {
	niveau    Niveau
	limites   limites
	lieux     lieux
	outils    []string
	variables []string // de l'environnement du rendu, en plus de celles de tous
	journal   *Journal
	alertes   *alertes
	lanceur   *lanceur
	espion    *espion
	veille    sync.WaitGroup
	arreter   context.CancelFunc

	profilTrouve *Profil
	depots       *depots
	processus    []*Processus

	tue     atomic.Bool  // le rendu a dépassé une limite
	envoyes atomic.Int64 // octets que le banc a envoyés aux programmes

	mu         sync.Mutex
	connexions int
	aFermer    []*Connexion
}

func ouvrirBanc(ctx context.Context, d Demande, l lieux) (*Banc, error) {
	ctx, arreter := context.WithCancel(ctx)
	journal := NouveauJournal()
	alertes := &alertes{journal: journal}
	b := &Banc{
		Attente: &Attente{arret: ctx.Done(), patience: max(d.Patience, 0.1) * max(d.Reprise, 1)},
		Tirage:  nouveauTirage(d.Graine),
		Trafic:  nouveauTrafic(journal, alertes),
		atelier: &atelier{
			arreter: arreter, niveau: d.Niveau, limites: d.limites(), lieux: l, outils: d.Outils, variables: d.Go.variables(),
			journal: journal, alertes: alertes,
		},
		rendu: d.Rendu, etape: d.Etape, avant: d.Avant, profils: d.Profils,
	}
	if d.Niveau == N1 { // les programmes du rendu se cherchent où ils les trouveront
		if err := os.Setenv("PATH", b.chemins()); err != nil {
			return nil, fmt.Errorf("PATH : %w", err)
		}
	}
	var err error
	if b.lanceur, err = ouvrirLanceur(d.Niveau); err != nil {
		arreter()
		return nil, err
	}
	if b.espion, err = espionner(d.Niveau, b.Trafic.voir, b.Trafic.nommer); err != nil {
		arreter()
		b.lanceur.fermer()
		return nil, err
	}
	if b.depots, err = ouvrirDepots(l.serveur, l.maison, l.tmp); err != nil {
		arreter()
		b.lanceur.fermer()
		b.espion.fermer()
		return nil, err
	}
	b.veille.Go(b.veiller)
	return b, nil
}

// fermer tue tout ce qui tourne encore, et attend que tout soit fini.
func (b *Banc) fermer() {
	var tues []int
	for _, p := range b.processus {
		p.Tuer()
		tues = append(tues, p.cmd.Process.Pid)
	}
	b.Attente.auPlus(delaiTrace, func() bool { return !resteHors(tues) }) // ce qui s'est détaché finit peut-être de lui-même
	b.arreter()
	b.veille.Wait()
	if restes := tuerTout(tues...); restes > 0 {
		b.alertes.signaler("%d processus laissés en arrière-plan, qui tournaient encore ; ils ont été tués", restes)
	}
	b.signalerEcrits()
	for _, p := range b.processus {
		_ = p.entree.Close()
		p.fils.Wait()
	}
	for _, c := range b.aFermer {
		c.Fermer()
	}
	b.lanceur.fermer()
	b.espion.fermer()
}

// Niveau rend le niveau d'isolation.
func (b *Banc) Niveau() Niveau { return b.niveau }

// Etape rend l'étape que ce banc vérifie.
func (b *Banc) Etape() decouverte.Etape { return b.etape }

// Avant rend l'étape à laquelle celle-ci se compare ; vide pour la première.
func (b *Banc) Avant() decouverte.Etape { return b.avant }

// Rendu rend le rendu que ce banc vérifie.
func (b *Banc) Rendu() decouverte.Rendu { return b.rendu }

// Dossier rend une copie du rendu, à lire.
func (b *Banc) Dossier() string { return b.lieux.client }

// Paire rend les programmes de l'étape.
func (b *Banc) Paire() decouverte.Paire { return b.rendu.Etapes[b.etape] }

// Profil rend ce que la reconnaissance a appris de l'étape ; jamais nil.
func (b *Banc) Profil() *Profil { return b.profils.de(b.etape) }

// Calcul rend le temps de processeur qu'ont pris les programmes du rendu qui tournent.
func (b *Banc) Calcul() time.Duration {
	_, _, calcul := occupation()
	return calcul
}

// Croiser rend un banc où le client vient d'une étape et le serveur d'une autre. Il partage tout le reste avec celui-ci.
func (b *Banc) Croiser(client, serveur decouverte.Etape) *Banc {
	profil, duServeur := *b.profils.de(client), b.profils.de(serveur)
	profil.Ecoute, profil.Accueil, profil.Replique = duServeur.Ecoute, duServeur.Accueil, duServeur.Replique
	profil.Visible, profil.Compris = duServeur.Visible, duServeur.Compris
	croise := *b
	croise.rendu.Etapes = map[decouverte.Etape]decouverte.Paire{client: {Client: b.rendu.Etapes[client].Client, Serveur: b.rendu.Etapes[serveur].Serveur}}
	croise.etape, croise.profils = client, Profils{client: &profil}
	return &croise
}

// SourceServeur rend le source du serveur de l'étape ; vide s'il n'y en a pas. Il ne sert qu'à proposer une piste.
func (b *Banc) SourceServeur() []byte {
	if b.Paire().Serveur == nil {
		return nil
	}
	source, _ := os.ReadFile(filepath.Join(b.lieux.client, filepath.FromSlash(b.Paire().Serveur.Fichier)))
	return source
}
