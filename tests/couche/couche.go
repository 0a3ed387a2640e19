// Package couche dit quelle part de la suite se vérifie.
//
//	go test ./...                       celle de qui fait le kata : ce qui se vérifie pendant qu'on écrit
//	go test -short ./...                le minimum : chaque chose une fois, quelque part
//	KATA_SUITE=entiere go test ./...    tout : ce qui est long, se répète, mesure, ou demande un conteneur ou un navigateur
package couche

import (
	"os"
	"testing"
)

// variable est celle de l'environnement qui choisit la part de la suite à vérifier : absente, celle de qui fait le kata.
const variable = "KATA_SUITE"

const entiere = "entiere"

// EstEntiere dit si toute la suite se vérifie. Une valeur inconnue fait échouer le test : prise pour l'absence de valeur, elle
// ferait croire que tout a été vérifié.
func EstEntiere(t testing.TB) bool {
	t.Helper()
	valeur := os.Getenv(variable)
	if valeur != "" && valeur != entiere {
		t.Fatalf("%s=%q est inconnu : « %s » pour toute la suite, rien pour celle de qui fait le kata", variable, valeur, entiere)
	}
	return valeur == entiere && !testing.Short()
}

// Entiere saute le test, et dit pourquoi, à moins que toute la suite ne se vérifie.
func Entiere(t testing.TB, pourquoi string) {
	t.Helper()
	switch {
	case EstEntiere(t):
	case os.Getenv(variable) == entiere:
		t.Skipf("%s : sans -short", pourquoi)
	default:
		t.Skipf("%s : %s=%s l'ajoute", pourquoi, variable, entiere)
	}
}
