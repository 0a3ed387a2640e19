// Package capteurs, étape 3 : l'héritage, par incorporation. Capteur ← CapteurTCP et Serveur ← ServeurTCP : la base tient ce
// qui est vrai de tous, la dérivée y ajoute TCP, les messages JSON et leur sauvegarde.
//
// Go promeut et masque, il ne redéfinit pas : ce qui varie est une interface d'une méthode que le constructeur remplit, et
// chaque classe s'y donne elle-même.
package capteurs
