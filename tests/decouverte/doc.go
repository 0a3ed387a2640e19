// Package decouverte trouve dans un rendu de l'exercice le client et le serveur de chaque étape, dit comment les construire et
// les lancer, et pourquoi ceux-là. Elle lit, et ne lance jamais rien : on peut s'en servir sur le rendu d'un inconnu.
//
//	Trouver     d'un dossier au Rendu : ses programmes, et ce qui a été écarté ou supposé
//	kata.toml   ce qu'un rendu dit lui-même, qui passe avant tout (voir NomManifeste)
package decouverte
