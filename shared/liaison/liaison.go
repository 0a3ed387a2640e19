// Package liaison tient un bout d'une connexion qui parle le protocole du paquet mesure : celui du client, [Emetteur], qui
// envoie des messages et sait ce que le serveur en a fait ; celui du serveur, [Recepteur], qui lit des lots, les confirme,
// et dit adieu. Les étapes n'ont ainsi à dire que ce que demande l'énoncé.
package liaison

import "capteurs/shared/mesure"

// Refus rend ce qu'on répond à une connexion qu'on ne sert pas : une ligne du protocole, qui dit pourquoi.
func Refus(cause error) []byte { return mesure.Echouer(nil, cause) }
