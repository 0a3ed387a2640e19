// Package classe corrige tous les rendus d'une classe : un dossier dont chaque sous-dossier, et chaque archive .zip, est un
// rendu.
//
//	depots, remarques, err := classe.Lister("rendus/2nde_b")
//	…
//	var rendus []rapport.Rendu
//	for r := range classe.Corriger(ctx, depots, classe.Options{}) {
//		rendus = append(rendus, r.Rendu)
//	}
//	r := classe.Assembler("2nde_b", time.Now(), rendus)
//
// Un rendu n'arrête jamais les autres : une archive refusée, une panne, un rendu trop long sont dits à sa place, dans
// Rendu.Erreur. Ce qui est conclu est gardé aussitôt, sous une clé tirée du contenu : refaire la correction d'une classe est
// immédiat, et une correction interrompue reprend où elle en était. La note n'est pas gardée : elle se refait des jugements,
// et changer de barème ne relance rien.
package classe
