// Package releve lit ce qu'un programme a enregistré ou envoyé, de quelque façon qu'il l'ait écrit, et y reconnaît des mesures. Il
// ne lance jamais rien, et ce qu'il lit peut venir d'un inconnu : tout y est borné.
//
//	Photographier   l'état des fichiers de quelques dossiers, à un instant
//	LireDepots      ce qui a été enregistré depuis une photo : texte, JSON, CSV, SQLite
//	Chercher        une mesure parmi des enregistrements, et ce qu'il en reste (Accord)
//	LireMessage     où sont l'identifiant et la température d'un message, dans n'importe quel dialecte ; Remplacer en fait un autre
//	Montrer         des octets quelconques, lisibles et sans danger sur une ligne
package releve
