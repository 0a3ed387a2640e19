// Package tests vérifie les trois étapes de l'extérieur : leurs six programmes, construits une fois, sont lancés comme
// le ferait un utilisateur, seuls, croisés, interrompus, privés de disque, mal servis. Il vérifie aussi les règles du
// dépôt : les dépendances, et le parallèle entre les étapes qui fait de leur diff une leçon.
//
// Il n'importe aucune étape : une étape qui ne compile pas n'échoue que pour elle-même.
//
//	go test ./tests -run 'TestProgrammes/step2_poo'   une étape
//	go test ./tests -run 'TestMiroir'                 le parallèle entre les étapes
//	go test -short ./tests                            le minimum : chaque cas une fois, sur une étape ou une autre
//	KATA_SUITE=entiere go test ./tests                tout : chaque moteur, les grands nombres, l'endurance, les bases
//
// TestEndurance malmène un serveur pendant que des capteurs honnêtes lui parlent ; en vraie grandeur, aussi longtemps qu'on
// veut (-graine rejoue des tirages) :
//
//	go test ./tests -run Endurance -timeout 0 -v -args -endurance 10m
package tests
