// Package banc lance les programmes d'un rendu de l'exercice, les isole, et observe ce qu'ils font : où ils écoutent, où ils
// se connectent, les octets qu'ils échangent, ce qu'ils enregistrent, comment ils finissent. Il n'impose rien : ni langage, ni
// nom de fichier, ni port, ni forme de sauvegarde.
//
// Le chemin d'une vérification :
//
//	Preparer    trouve les programmes du rendu (decouverte.Trouver), le copie, construit ce qui doit l'être
//	Confier     relance ce même exécutable : un ouvrier, dans une cloison au niveau N1
//	Travailler  est la vie de l'ouvrier : il bâtit la cloison, ouvre un Banc, vérifie, répond
//	Banc        ce qu'une vérification a en main : LancerServeur, LancerClient, Relever…
//	Journal     la suite des faits observés : la preuve de la conclusion
//
// Rien n'y attend un temps fixe : ce qui est attendu est vu dès qu'il arrive, et un rendu dont tous les fils dorment n'est
// pas attendu plus longtemps (voir Attente). C'est ce qui rend les verdicts les mêmes sur une machine chargée.
package banc
