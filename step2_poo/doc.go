// Package capteurs, étape 2 : deux classes. CapteurTCP et ServeurTCP réunissent chacun un état et les méthodes qui y
// touchent ; le comportement n'a pas changé d'une ligne.
//
// Chaque classe fait pourtant encore deux choses à la fois : ce qui est vrai de tout capteur, ou de tout serveur, et ce qui
// n'appartient qu'à TCP et à ses messages JSON. Un autre capteur, un autre serveur devrait tout recopier.
package capteurs
