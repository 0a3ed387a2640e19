// Package capteurs, étape 1 : tout en fonctions. Un capteur et un serveur sont chacun un état, EtatCapteur et EtatServeur,
// que les fonctions se passent en premier paramètre ; rien ne relie l'état à celles qui ont le droit d'y toucher.
//
// L'état passe avant même le contexte : c'est la place qu'occupera, à l'étape 2, le receveur de la méthode.
package capteurs
