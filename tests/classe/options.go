package classe

import (
	"time"

	"capteurs/tests/criteres"
	"capteurs/tests/rapport"
)

// Options règle la correction d'une classe. La valeur zéro convient.
type Options struct {
	Criteres  criteres.Options // celles de chaque rendu ; Suivre y est ignoré, et Places partagé par tous
	Raison    string           // pourquoi Criteres.Niveau n'est pas N1 ; rempli ici quand Criteres.Niveau est vide
	Cache     string           // dossier du cache ; « » : DossierCache
	SansCache bool             // ne rien lire du cache, et n'y rien garder
	Refaire   bool             // ne rien en lire ; ce qui est conclu y est gardé
	Delai     time.Duration    // au plus pour un rendu ; 0 : DelaiUsuel
	Suivre    func(Avancement) // appelée à chaque progrès, une à la fois ; peut être nil
}

// DelaiUsuel est le temps laissé à un rendu quand [Options].Delai n'en donne pas d'autre, multiplié par la patience. Un rendu
// se corrige en quelques secondes par étape ; celui qui bloque partout finit bien avant, par les délais de chaque critère.
const DelaiUsuel = 5 * time.Minute

// Avancement dit où en est la correction d'une classe.
type Avancement struct {
	Nom           string        // du rendu qui avance
	Fait, AFaire  int           // ses vérifications
	Fini          bool          // il est corrigé, ou ne le sera pas
	Finis, Rendus int           // de la classe
	DuCache       int           // parmi les finis, ceux dont rien n'a été relancé
	Reste         time.Duration // ce que demanderont les autres, d'après ceux qui ont été vérifiés ; 0 tant qu'on n'en sait rien
}

// Resultat est ce qui a été conclu d'un dépôt.
type Resultat struct {
	Depot    Depot
	Rendu    rapport.Rendu
	DuCache  bool   // rien n'a été relancé
	NonGarde string // pourquoi le cache ne le garde pas ; « » s'il le garde
}
