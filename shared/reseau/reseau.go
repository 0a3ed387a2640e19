// Package reseau porte ce qu'un serveur et un client TCP doivent savoir du réseau et que les étapes n'ont pas à
// enseigner : joindre, écouter, chiffrer, limiter ; des échéances, des fermetures qui n'effacent pas la dernière réponse,
// et des erreurs en français. Il ne sait rien de ce qu'on s'y dit.
package reseau
