package classe

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"capteurs/shared/version"
	"capteurs/tests/banc"
	"capteurs/tests/criteres"
	"capteurs/tests/rapport"
)

// Corriger corrige les rendus d'une classe, plusieurs à la fois quand ils sont isolés, et donne leurs résultats dans l'ordre
// demandé, chacun dès que ceux qui le précèdent ont été donnés. Un rendu qui ne peut pas être corrigé a un Rendu.Erreur et
// n'arrête pas les autres.
//
// Quand ctx est annulé, la suite finit bientôt : elle a donné ce qui était fini, et lui seul ; le reste sera corrigé la fois
// prochaine.
func Corriger(ctx context.Context, depots []Depot, o Options) iter.Seq[Resultat] {
	return corrigerPar(ctx, depots, o, criteres.Corriger)
}

// verifier est ce qui corrige un rendu : [criteres.Corriger], que des tests remplacent.
type verifier func(ctx context.Context, dossier string, o criteres.Options) (*criteres.Bilan, error)

func corrigerPar(ctx context.Context, depots []Depot, o Options, v verifier) iter.Seq[Resultat] {
	return func(donner func(Resultat) bool) {
		ctx, arreter := context.WithCancel(ctx)
		c := preparer(ctx, len(depots), o)
		c.verifier = v
		defer c.cache.elaguer(entreesGardees, octetsGardes)
		var fils sync.WaitGroup
		defer fils.Wait()
		defer arreter()

		resultats := make([]chan Resultat, len(depots))
		rangs := make(chan int, len(depots))
		for i := range depots {
			resultats[i] = make(chan Resultat, 1)
			rangs <- i
		}
		close(rangs)
		for range min(runtime.GOMAXPROCS(0), len(depots)) {
			fils.Go(func() {
				for i := range rangs {
					if r, ok := c.corriger(ctx, depots[i]); ok {
						c.finir(&r)
						resultats[i] <- r
					}
					close(resultats[i])
				}
			})
		}
		for _, resultat := range resultats {
			if r, ok := <-resultat; ok && !donner(r) {
				return
			}
		}
	}
}

// correction est celle d'une classe.
type correction struct {
	options   Options
	verifier  verifier
	cache     cache
	sansCache string        // pourquoi rien n'est gardé
	tours     chan struct{} // un par rendu dont les programmes tournent

	depart time.Time

	mu      sync.Mutex
	etat    Avancement
	jumeaux map[string]*sync.Mutex // par clé : deux rendus identiques ne se corrigent pas en même temps
}

func preparer(ctx context.Context, rendus int, o Options) *correction {
	if o.Criteres.Patience == 0 {
		o.Criteres.Patience = 1
	}
	if o.Criteres.Niveau == "" {
		o.Criteres.Niveau, o.Raison = criteres.Niveau(ctx)
	}
	if o.Criteres.Places == nil {
		o.Criteres.Places = criteres.PlacesPour(o.Criteres.Niveau)
	}
	if o.Delai == 0 {
		o.Delai = time.Duration(float64(DelaiUsuel) * max(1, o.Criteres.Patience))
	}
	c := &correction{options: o, cache: cache{o.Cache}, depart: time.Now(), etat: Avancement{Rendus: rendus}, jumeaux: map[string]*sync.Mutex{}}
	switch {
	case o.SansCache:
		c.cache.dossier, c.sansCache = "", "le cache n'est pas employé"
	case o.Cache == "":
		dossier, err := DossierCache()
		if err != nil {
			c.sansCache = err.Error()
		}
		c.cache.dossier = dossier
	}
	ensemble := 1 // hors d'une cloison, les ports sont à tous
	if o.Criteres.Niveau == banc.N1 {
		ensemble = runtime.GOMAXPROCS(0)
	}
	c.tours = make(chan struct{}, ensemble)
	return c
}

// corriger mène un dépôt jusqu'à son résultat. ok est faux si la correction de la classe a été interrompue avant.
func (c *correction) corriger(ctx context.Context, d Depot) (r Resultat, ok bool) {
	defer func() {
		if panne := recover(); panne != nil { // une faute du correcteur sur un rendu ne doit pas coûter la classe
			r, ok = c.refuser(d, fmt.Errorf("panne du correcteur : %v", panne)), true
		}
	}()
	if ctx.Err() != nil {
		return r, false
	}
	ouvert, err := d.Ouvrir(ctx)
	if err != nil {
		return c.refuser(d, sansChemin(err, d.Chemin, d.Nom)), ctx.Err() == nil
	}
	defer ouvert.Close()
	lu, err := lireContenu(ouvert.Dossier)
	if err == nil {
		r, err = c.retrouver(ctx, d, ouvert.Dossier, lu)
	}
	switch {
	case ctx.Err() != nil && !r.DuCache:
		return r, false
	case err != nil:
		r = c.refuser(d, sansChemin(err, ouvert.Dossier, d.Nom))
	}
	r.Depot = d
	r.Rendu.Nom, r.Rendu.Empreinte, r.Rendu.Isolation.Raison = d.Nom, lu.empreinte, c.options.Raison
	r.Rendu.Remarques = slices.Concat(ouvert.Remarques, r.Rendu.Remarques)
	return r, true
}

// retrouver rend ce que le cache garde d'un contenu ; s'il n'en garde rien, elle le fait vérifier et le lui donne.
func (c *correction) retrouver(ctx context.Context, d Depot, dossier string, lu contenu) (Resultat, error) {
	o := c.options.Criteres
	o.Construire = o.Construire || banc.ConstructionPermise(d.Nom)
	cle, err := cle(lu, o)
	if err != nil {
		return Resultat{}, err
	}
	defer c.reserver(cle)()
	if !c.options.Refaire {
		if r := c.cache.lire(cle); r != nil {
			return Resultat{Rendu: *r, DuCache: true}, nil
		}
	}
	bilan, err := c.lancer(ctx, d, dossier, o)
	if err != nil {
		return Resultat{}, err
	}
	rendu := rapport.Rendre(bilan)
	rendu.Nom, rendu.Isolation.Raison = "", ""
	paquet, err := emballer(cle, &rendu)
	if err != nil {
		return Resultat{}, err
	}
	relu, err := deballer(cle, paquet) // ce qui est rendu est toujours ce que le cache rendrait
	if err != nil {
		return Resultat{}, err
	}
	r := Resultat{Rendu: *relu, NonGarde: c.sansCache}
	if r.NonGarde == "" {
		r.NonGarde = pourquoiPasGarder(bilan)
	}
	if apres, err := lireContenu(dossier); r.NonGarde == "" && (err != nil || apres.empreinte != lu.empreinte) {
		r.NonGarde = "le rendu a changé pendant sa correction"
	}
	if r.NonGarde == "" {
		if err := c.cache.ecrire(cle, paquet); err != nil {
			r.NonGarde = err.Error()
		}
	}
	return r, nil
}

// reserver attend que nul autre ne s'occupe d'une clé, et rend de quoi la libérer.
func (c *correction) reserver(cle string) (liberer func()) {
	c.mu.Lock()
	verrou := c.jumeaux[cle]
	if verrou == nil {
		verrou = new(sync.Mutex)
		c.jumeaux[cle] = verrou
	}
	c.mu.Unlock()
	verrou.Lock()
	return verrou.Unlock
}

// lancer fait vérifier un rendu, dans son délai.
func (c *correction) lancer(ctx context.Context, d Depot, dossier string, o criteres.Options) (*criteres.Bilan, error) {
	select {
	case c.tours <- struct{}{}:
		defer func() { <-c.tours }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	o.Suivre = func(p criteres.Progres) {
		c.avancer(func(a *Avancement) { a.Nom, a.Fait, a.AFaire = d.Nom, p.Fait, p.Total })
	}
	ctx, arreter := context.WithTimeout(ctx, c.options.Delai)
	defer arreter()
	bilan, err := c.verifier(ctx, dossier, o)
	if errors.Is(err, context.DeadlineExceeded) {
		return nil, fmt.Errorf("arrêté après %g s : ce rendu fait attendre à chaque vérification, ou la machine est trop lente ; corrigez-le seul, avec plus de patience", c.options.Delai.Seconds())
	}
	return bilan, err
}

// pourquoiPasGarder dit ce qui, dans un bilan, ne se reproduirait peut-être pas ; « » si rien.
func pourquoiPasGarder(b *criteres.Bilan) string {
	for etape := range b.Rendu.Etapes {
		if b.Profils[etape] == nil {
			return "la reconnaissance d'une étape a échoué"
		}
	}
	for _, j := range b.Jugements {
		switch {
		case j.Resultat.Verdict == banc.Defaillance || j.Resultat.Verdict == banc.Instable:
			return fmt.Sprintf("%s : %s", j.Critere.ID, j.Resultat.Verdict)
		case j.Resultat.Verdict == banc.NonConcluant && j.Duree == 0: // l'ouvrier n'a pas répondu
			return j.Critere.ID + " : pas fini dans son délai"
		}
	}
	return ""
}

// finir compte un rendu de plus.
func (c *correction) finir(r *Resultat) {
	c.avancer(func(a *Avancement) {
		a.Nom, a.Fini = r.Depot.Nom, true
		a.Fait, a.AFaire = len(r.Rendu.Jugements), len(r.Rendu.Jugements)
		a.Finis++
		if r.DuCache {
			a.DuCache++
		}
		a.Reste = resteEstime(time.Since(c.depart), a.Finis-a.DuCache, a.Rendus-a.Finis)
	})
}

// resteEstime estime ce que demanderont encore des rendus, d'après le temps qu'ont pris ceux qui ont été vérifiés.
func resteEstime(ecoule time.Duration, verifies, restants int) time.Duration {
	if verifies == 0 {
		return 0
	}
	return ecoule * time.Duration(restants) / time.Duration(verifies)
}

// avancer dit un progrès à qui suit la correction.
func (c *correction) avancer(change func(*Avancement)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.etat.Fini = false
	change(&c.etat)
	if c.options.Suivre != nil {
		c.options.Suivre(c.etat)
	}
}

// refuser fait un résultat d'une erreur.
func (c *correction) refuser(d Depot, err error) Resultat {
	return Resultat{Depot: d, NonGarde: "il n'a pas été corrigé", Rendu: rapport.Rendu{
		Nom: d.Nom, Erreur: err.Error(), Correcteur: version.Lire().String(), Isolation: rapport.Isolation{Niveau: c.options.Criteres.Niveau, Raison: c.options.Raison},
		Graine: "0", Etapes: []rapport.Etape{}, Jugements: []rapport.Jugement{},
	}}
}

// sansChemin dit une erreur sans montrer où un rendu a été ouvert sur cette machine.
func sansChemin(err error, dossier, nom string) error {
	texte := err.Error()
	chemins := []string{dossier}
	if absolu, err := filepath.Abs(dossier); err == nil {
		chemins = append(chemins, absolu)
	}
	if vrai, err := filepath.EvalSymlinks(chemins[len(chemins)-1]); err == nil {
		chemins = append(chemins, vrai)
	}
	for _, chemin := range slices.Backward(chemins) {
		texte = strings.ReplaceAll(texte, chemin, nom)
	}
	return errors.New(texte)
}
