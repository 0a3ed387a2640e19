package criteres

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"runtime"
	"slices"
	"sync"
	"time"

	"capteurs/tests/banc"
	"capteurs/tests/decouverte"
)

// Options règle une correction. La valeur zéro convient.
type Options struct {
	Niveau     banc.Niveau           // « » : N1 si la machine le permet, sinon N0
	Graine     uint64                // 0 : tirée du contenu du rendu, pour que deux corrections du même soient la même
	Patience   float64               // multiplie tous les délais ; 0 : 1
	Seuls      []string              // identifiants des critères à vérifier, et ceux qu'ils requièrent ; vide : tous
	Dabord     []string              // identifiants de ceux à vérifier, avec ce qu'ils requièrent, avant les autres
	Connus     map[Lieu]banc.Verdict // ce qui a été conclu du même rendu la fois d'avant : un échec qui s'y trouve déjà n'est pas rejoué
	Places     chan struct{}         // une par ouvrier, partagées entre plusieurs corrections ; nil : PlacesPour(Niveau)
	Construire bool                  // qui corrige permet de construire hors de la cloison : voir [banc.ConstructionPermise]
	Suivre     func(Progres)         // appelée à chaque critère conclu, jamais deux fois à la fois ; peut être nil
}

// Lieu est un critère à une étape.
type Lieu struct {
	Critere string
	Etape   decouverte.Etape
}

// Progres est un critère qui vient de conclure, et où en est la correction.
type Progres struct {
	Jugement
	Fait, Total int
}

// Jugement est la conclusion d'un critère à une étape, avec ses preuves.
type Jugement struct {
	Critere *Critere
	Etape   decouverte.Etape
	banc.Reponse
	Essais int // exécutions ; plus d'une quand il a fallu rejouer
}

// Bilan est tout ce que le correcteur a conclu d'un rendu.
type Bilan struct {
	Rendu           decouverte.Rendu
	Niveau          banc.Niveau
	Pourquoi        string // pourquoi ce n'est pas N1
	Graine          uint64
	Profils         banc.Profils
	Reconnaissances map[decouverte.Etape][]banc.Evenement // ce que la reconnaissance de chaque étape a vu
	Jugements       []Jugement
	Alertes         []string
	Duree           time.Duration
}

// Niveau rend le niveau d'isolation que cette machine permet ; la raison dit pourquoi ce n'est pas N1.
func Niveau(ctx context.Context) (n banc.Niveau, raison string) {
	if err := banc.Sonder(ctx, ""); err != nil {
		return banc.N0, err.Error()
	}
	return banc.N1, ""
}

// PlacesPour rend de quoi borner le nombre d'ouvriers à un niveau : hors d'une cloison, les ports sont à tous, et une seule
// vérification peut se faire à la fois.
func PlacesPour(n banc.Niveau) chan struct{} {
	if n != banc.N1 {
		return make(chan struct{}, 1)
	}
	return make(chan struct{}, 3*runtime.GOMAXPROCS(0)) // vérifier, c'est surtout attendre
}

// Corriger vérifie un rendu. Une erreur ne vient que du correcteur ou du dossier : ce que fait le rendu est dans le bilan.
func Corriger(ctx context.Context, dossier string, o Options) (*Bilan, error) {
	depart := time.Now()
	pourquoi := ""
	if o.Niveau == "" {
		o.Niveau, pourquoi = Niveau(ctx)
	}
	p, err := banc.Preparer(ctx, dossier, banc.Construction{Niveau: o.Niveau, Permise: o.Construire})
	if err != nil {
		return nil, err
	}
	defer p.Close()
	c := &correction{preparation: p, options: o, bilan: &Bilan{
		Rendu: p.Rendu, Niveau: o.Niveau, Pourquoi: pourquoi, Graine: o.Graine, Alertes: p.Alertes,
		Profils: banc.Profils{}, Reconnaissances: map[decouverte.Etape][]banc.Evenement{},
	}}
	if c.options.Patience == 0 {
		c.options.Patience = 1
	}
	if c.bilan.Graine == 0 {
		c.bilan.Graine = graineDe(p)
	}
	c.reconnaitre(ctx)
	c.verifier(ctx)
	c.bilan.Duree = time.Since(depart)
	return c.bilan, ctx.Err()
}

// graineDe tire une graine des programmes du rendu.
func graineDe(p *banc.Preparation) uint64 {
	h := fnv.New64a()
	for _, etape := range decouverte.Etapes {
		paire := p.Rendu.Etapes[etape]
		for _, programme := range []*decouverte.Programme{paire.Client, paire.Serveur} {
			if programme != nil {
				fmt.Fprintf(h, "%s %s\n", etape, programme.Fichier)
				_, _ = h.Write(p.Source(programme))
			}
		}
	}
	return h.Sum64()>>1 | 1
}

type correction struct {
	preparation *banc.Preparation
	options     Options
	bilan       *Bilan
	places      chan struct{} // une par ouvrier

	mu    sync.Mutex
	faits int
}

// etapes rend celles que le rendu contient. Un rendu où rien n'a été trouvé se juge sur la première : tout y manque.
func (c *correction) etapes() (etapes []decouverte.Etape) {
	for _, e := range decouverte.Etapes {
		if paire := c.preparation.Rendu.Etapes[e]; paire.Client != nil || paire.Serveur != nil {
			etapes = append(etapes, e)
		}
	}
	if etapes == nil {
		etapes = decouverte.Etapes[:1]
	}
	return etapes
}

// confier fait une vérification, dans le temps imparti.
func (c *correction) confier(ctx context.Context, critere string, e, avant decouverte.Etape, reprise float64) (banc.Reponse, error) {
	budget := BudgetUsuel
	if connu := Trouver(critere); connu != nil {
		budget = connu.budget()
	}
	ctx, arreter := context.WithTimeout(ctx, time.Duration(float64(budget)*c.options.Patience*reprise))
	defer arreter()
	h := fnv.New64a()
	fmt.Fprintf(h, "%d %s %s", c.bilan.Graine, critere, e)
	return banc.Confier(ctx, banc.Demande{
		Critere: critere, Rendu: c.preparation.Rendu, Dossier: c.preparation.Dossier, Sortie: c.preparation.Sortie,
		Ancrage: c.preparation.Ancrage, Outils: c.preparation.Outils, Masques: c.preparation.Masques, Etape: e, Avant: avant, Profils: c.bilan.Profils,
		Graine: h.Sum64(), Patience: c.options.Patience, Reprise: reprise, Niveau: c.bilan.Niveau,
	})
}

// reconnaitre apprend le dialecte de chaque étape.
func (c *correction) reconnaitre(ctx context.Context) {
	if c.places = c.options.Places; c.places == nil {
		c.places = PlacesPour(c.bilan.Niveau)
	}
	var fils sync.WaitGroup
	for _, e := range c.etapes() {
		fils.Go(func() {
			c.places <- struct{}{}
			defer func() { <-c.places }()
			r, err := c.confier(ctx, banc.CritereReconnaissance, e, "", 1)
			c.mu.Lock()
			defer c.mu.Unlock()
			switch {
			case err != nil:
				c.bilan.Alertes = append(c.bilan.Alertes, fmt.Sprintf("reconnaissance, %s : %v", e, err))
			case r.Profil != nil:
				c.bilan.Profils[e], c.bilan.Reconnaissances[e] = r.Profil, r.Evenements
				c.alerter(r.Profil.Alertes)
			}
		})
	}
	fils.Wait()
}

// alerter retient ce que le rendu a fait de dangereux, une fois chacun.
func (c *correction) alerter(alertes []string) {
	for _, alerte := range alertes {
		if !slices.Contains(c.bilan.Alertes, alerte) {
			c.bilan.Alertes = append(c.bilan.Alertes, alerte)
		}
	}
}

// tache est un critère à vérifier à une étape ; conclue est fermé quand jugement est écrit.
type tache struct {
	jugement Jugement
	pressee  bool // à vérifier avant celles qui ne le sont pas
	conclue  chan struct{}
}

// verifier mène tous les critères, chacun dès que ceux qu'il requiert ont conclu.
func (c *correction) verifier(ctx context.Context) {
	var taches []*tache
	parEtape := map[decouverte.Etape]map[string]*tache{}
	choisis := choisir(c.options.Seuls)
	var presses []*Critere
	if len(c.options.Dabord) > 0 {
		presses = choisir(c.options.Dabord)
	}
	var dabord sync.WaitGroup
	for _, e := range c.etapes() {
		parEtape[e] = map[string]*tache{}
		for _, critere := range choisis {
			if critere.Concerne(e) {
				t := &tache{Jugement{Critere: critere, Etape: e}, slices.Contains(presses, critere), make(chan struct{})}
				taches = append(taches, t)
				parEtape[e][critere.ID] = t
				if t.pressee {
					dabord.Add(1)
				}
			}
		}
	}
	var fils sync.WaitGroup
	for _, t := range taches {
		fils.Go(func() {
			defer close(t.conclue)
			if t.pressee {
				defer dabord.Done()
			} else {
				dabord.Wait() // ce qu'une tâche pressée requiert l'est aussi : personne ne s'attend en rond
			}
			c.conclure(ctx, t, parEtape[t.jugement.Etape])
			c.mu.Lock()
			defer c.mu.Unlock()
			c.faits++
			c.alerter(t.jugement.Alertes)
			if c.options.Suivre != nil {
				c.options.Suivre(Progres{t.jugement, c.faits, len(taches)})
			}
		})
	}
	fils.Wait()
	for _, t := range taches {
		c.bilan.Jugements = append(c.bilan.Jugements, t.jugement)
	}
	slices.Sort(c.bilan.Alertes) // plutôt que dans l'ordre où les vérifications ont fini
}

// choisir rend les critères demandés et ceux qu'ils requièrent, dans l'ordre du catalogue.
func choisir(seuls []string) []*Critere {
	if len(seuls) == 0 {
		return Tous()
	}
	voulus := map[string]bool{}
	for _, id := range seuls {
		voulus[id] = true
	}
	var choisis []*Critere
	for _, critere := range slices.Backward(Tous()) { // ceux qui sont requis viennent avant
		if voulus[critere.ID] {
			choisis = append(choisis, critere)
			for _, requis := range critere.Requiert {
				voulus[requis] = true
			}
		}
	}
	slices.Reverse(choisis)
	return choisis
}

// conclure attend les critères requis, puis vérifie. Un échec est rejoué, plus patiemment, avant d'être cru.
func (c *correction) conclure(ctx context.Context, t *tache, autres map[string]*tache) {
	j := &t.jugement
	for _, requis := range j.Critere.Requiert {
		parent := autres[requis]
		if parent == nil {
			continue
		}
		<-parent.conclue
		if cause := parent.jugement.empeche(); cause != "" {
			j.Resultat = banc.Resultat{Verdict: banc.Ignore, Cause: cause}
			return
		}
	}
	paire := c.preparation.Rendu.Etapes[j.Etape]
	if manque := manquant(j.Critere.Cote, paire); manque != "" {
		j.Resultat = banc.Resultat{Verdict: banc.Echoue, Attendu: "un " + manque, Observe: "aucun n'a été trouvé pour l'étape « " + string(j.Etape) + " »"}
		return
	}
	c.places <- struct{}{}
	defer func() { <-c.places }()
	j.juger(c.essayer(ctx, j, 1))
	if v := j.Resultat.Verdict; !douteux(v) || v == c.options.Connus[Lieu{j.Critere.ID, j.Etape}] || j.Tue || !j.Presse && c.dejaVu(j) {
		return
	}
	premier := j.Reponse
	j.juger(c.essayer(ctx, j, 3))
	if j.Resultat.Verdict != premier.Resultat.Verdict {
		j.Resultat = banc.Resultat{Verdict: banc.Instable, Attendu: premier.Resultat.Attendu, Diagnostics: premier.Resultat.Diagnostics,
			Observe: fmt.Sprintf("%s la première fois (%s), %s la seconde", premier.Resultat.Verdict, premier.Resultat.Observe, j.Resultat.Verdict)}
	}
}

// dejaVu dit que la reconnaissance avait vu le même échec : c'était le premier essai.
func (c *correction) dejaVu(j *Jugement) bool {
	p := c.bilan.Profils[j.Etape]
	if p == nil {
		return false
	}
	return j.Critere.ID == "SRV-01" && !p.Ecoute.IsValid() || j.Critere.ID == "CLI-01" && !p.Cible.IsValid() || j.Critere.ID == "SRV-02" && p.Ecoute.IsValid() && !p.Compris
}

// douteux dit qu'un verdict se rejoue avant d'être cru.
func douteux(v banc.Verdict) bool {
	return v == banc.Echoue || v == banc.Partiel || v == banc.Defaillance
}

// manquant nomme ce que le rendu n'a pas et qu'un critère demande.
func manquant(cote Cote, paire decouverte.Paire) string {
	switch {
	case paire.Client == nil && (cote == CoteClient || cote == CotePaire):
		return "client"
	case paire.Serveur == nil && (cote == CoteServeur || cote == CotePaire):
		return "serveur"
	}
	return ""
}

// empeche nomme ce qui empêche de vérifier ce qui requiert ce critère ; « » si rien ne l'empêche.
func (j *Jugement) empeche() string {
	switch j.Resultat.Verdict {
	case banc.Ignore:
		return j.Resultat.Cause
	case banc.Reussi:
		return ""
	}
	return j.Critere.ID
}

func (c *correction) essayer(ctx context.Context, j *Jugement, fois float64) (banc.Reponse, error) {
	return c.confier(ctx, j.Critere.ID, j.Etape, c.precedente(j.Etape), fois)
}

// precedente rend l'étape du rendu qui vient avant celle-ci ; « » si c'est la première.
func (c *correction) precedente(e decouverte.Etape) decouverte.Etape {
	avant := decouverte.Etape("")
	for _, autre := range c.etapes() {
		if autre == e {
			return avant
		}
		avant = autre
	}
	return avant
}

func (j *Jugement) juger(r banc.Reponse, err error) {
	j.Essais++
	switch {
	case err == nil:
		j.Reponse = r
	case errors.Is(err, context.DeadlineExceeded):
		j.Reponse = banc.Reponse{Resultat: nonConcluant("la vérification n'a pas fini dans son délai")}
	default:
		j.Reponse = banc.Reponse{Resultat: banc.Resultat{Verdict: banc.Defaillance, Observe: err.Error()}}
	}
}

// Executer est ce que fait un ouvrier : reconnaître une étape, ou vérifier un critère.
func Executer(_ context.Context, b *banc.Banc, id string) banc.Resultat {
	switch id {
	case banc.CritereSonde:
		return reussi()
	case banc.CritereReconnaissance:
		b.Reconnaitre()
		return reussi()
	}
	critere := Trouver(id)
	if critere == nil {
		return banc.Resultat{Verdict: banc.Defaillance, Observe: "critère inconnu : " + id}
	}
	return critere.Verifier(b)
}
