// Package capteurs, étape 3 : l'héritage, par incorporation. Capteur ← CapteurTCP ← CapteurTLS et Serveur ← ServeurTCP ←
// ServeurTLS : chaque classe ajoute une idée à celle qu'elle incorpore, et les branches de l'étape 2 ont disparu.
//
// Go promeut et masque, il ne redéfinit pas : quand une base a besoin d'une étape qui varie, elle la reçoit sous la forme
// d'une interface d'une méthode, et chaque classe se donne elle-même.
package capteurs
