package classe

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"capteurs/tests/banc"
	"capteurs/tests/rapport"
)

// rapportNommant fait un rapport dont tous les textes citent les noms des rendus.
func rapportNommant(noms []string) *rapport.Rapport {
	r := &rapport.Rapport{Version: 1, Classe: "classe"}
	for i, nom := range noms {
		rendu := rapport.Rendu{Nom: nom, Empreinte: fmt.Sprintf("%064d", i*7919%101)}
		citer(reflect.ValueOf(&rendu).Elem(), strings.Join(noms, " et ")+", "+strings.ToUpper(nom)+".zip")
		rendu.Nom = nom
		r.Rendus = append(r.Rendus, rendu)
	}
	return r
}

// citer met un texte partout où un modèle peut en porter un, d'un membre ajouté demain compris.
func citer(v reflect.Value, texte string) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.CanSet() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		citer(v.Elem(), texte)
	case reflect.Slice:
		if v.Type().Elem().Kind() != reflect.Uint8 {
			v.Set(reflect.MakeSlice(v.Type(), 2, 2))
			for i := range v.Len() {
				citer(v.Index(i), texte)
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if !slices.Contains(duCatalogue[v.Type()], v.Type().Field(i).Name) {
				citer(v.Field(i), texte)
			}
		}
	case reflect.String:
		if v.Type() == reflect.TypeFor[string]() {
			v.SetString(texte)
		}
	}
}

// TestAnonymiser vérifie qu'aucun nom ne reste dans le JSON d'un rapport, que l'ordre ne le dit pas non plus, et qu'il est le
// même d'une fois à l'autre.
func TestAnonymiser(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nom := rapid.StringMatching(`[qQzZ](x[yé.+_ ]|[0-9]{1,2}){1,4}`)
		noms := rapid.SliceOfNDistinct(nom, 1, 12, func(nom string) string { return plier(nom) }).Draw(t, "noms")
		r := rapportNommant(noms)
		correspondances := Anonymiser(r)
		octets, err := json.Marshal(r)
		if err != nil {
			t.Fatalf("%v", err)
		}
		for _, nom := range noms {
			if strings.Contains(strings.ToLower(string(octets)), strings.ToLower(nom)) {
				t.Fatalf("%q est encore dans %s", nom, octets)
			}
		}
		if !r.Anonyme || len(correspondances) != len(noms) {
			t.Fatalf("%d correspondances pour %d rendus", len(correspondances), len(noms))
		}
		for i, c := range correspondances {
			if c.Anonyme != r.Rendus[i].Nom || c.Anonyme != fmt.Sprintf("rendu_%02d", i+1) || !slices.Contains(noms, c.Nom) {
				t.Fatalf("rang %d : %+v, %s", i, c, r.Rendus[i].Nom)
			}
			if !strings.Contains(r.Rendus[i].Remarques[0], c.Anonyme+".zip") && !strings.Contains(strings.Join(noms, " "), strings.ToUpper(c.Nom)+" ") && seul(noms, c.Nom) {
				t.Fatalf("%s : son nom d'emprunt doit remplacer le sien : %q", c.Anonyme, r.Rendus[i].Remarques[0])
			}
		}
		melange := rapport.Rapport{Rendus: slices.Clone(rapportNommant(noms).Rendus)}
		slices.Reverse(melange.Rendus)
		if autres := Anonymiser(&melange); !slices.Equal(autres, correspondances) {
			t.Fatalf("dans un autre ordre : %v, puis %v", correspondances, autres)
		}
	})
}

// seul dit qu'aucun autre nom n'est une partie d'un nom, ni lui d'un autre.
func seul(noms []string, nom string) bool {
	return !slices.ContainsFunc(noms, func(autre string) bool {
		a, b := strings.ToLower(autre), strings.ToLower(nom)
		return a != b && (strings.Contains(a, b) || strings.Contains(b, a))
	})
}

// TestAnonymiserGarde vérifie ce qui ne doit pas changer : les preuves, le catalogue, les verdicts ; et qu'un nom qui en contient
// un autre n'est pas pris pour lui.
func TestAnonymiserGarde(t *testing.T) {
	r := &rapport.Rapport{Rendus: []rapport.Rendu{
		{Nom: "client", Empreinte: "1", Remarques: []string{"même contenu que client_1", "a/b : écarté"}, Jugements: []rapport.Jugement{{
			Critere: "CLI-01", Cote: "client", Titre: "Connexion du client", Resultat: banc.Resultat{Verdict: banc.Ignore, Cause: "CLI-02", Observe: "Client : rien"},
			Faits: []rapport.Fait{{Qui: "client", Texte: "client/client.py", Octets: []byte("client")}},
		}}},
		{Nom: "client_1", Empreinte: "2", Remarques: []string{"CLIENT_1.zip, client"}},
		{Nom: "a", Empreinte: "3", Remarques: []string{"a la même forme que a/client.py", "banane"}},
	}}
	noms := map[string]string{}
	for _, c := range Anonymiser(r) {
		noms[c.Nom] = c.Anonyme
	}
	parNom := map[string]rapport.Rendu{}
	for _, rendu := range r.Rendus {
		parNom[rendu.Nom] = rendu
	}
	un, deux, trois := parNom[noms["client"]], parNom[noms["client_1"]], parNom[noms["a"]]
	j := un.Jugements[0]
	for quoi, c := range map[string][2]string{
		"nom plus long":     {un.Remarques[0], "même contenu que " + noms["client_1"]},
		"majuscules":        {deux.Remarques[0], noms["client_1"] + ".zip, " + noms["client"]},
		"nom court, entier": {un.Remarques[1], noms["a"] + "/b : écarté"},
		"nom court, dedans": {trois.Remarques[1], "banane"},
		"titre":             {j.Titre, "Connexion du client"},
		"côté":              {string(j.Cote) + j.Faits[0].Qui, "clientclient"},
		"observé":           {j.Observe, noms["client"] + " : rien"},
		"fait":              {j.Faits[0].Texte, noms["client"] + "/" + noms["client"] + ".py"},
		"octets":            {string(j.Faits[0].Octets), "client"},
		"cause":             {j.Cause, "CLI-02"},
	} {
		if c[0] != c[1] {
			t.Errorf("%s : %q ; %q attendu", quoi, c[0], c[1])
		}
	}
}

// TestOrdreAnonyme vérifie que l'ordre des noms d'emprunt n'est pas celui des noms.
func TestOrdreAnonyme(t *testing.T) {
	var noms []string
	for i := range 20 {
		noms = append(noms, fmt.Sprintf("eleve_%02d", i))
	}
	var ordre []string
	for _, c := range Anonymiser(rapportNommant(noms)) {
		ordre = append(ordre, c.Nom)
	}
	if slices.IsSorted(ordre) || !regexp.MustCompile(`^eleve_\d\d$`).MatchString(ordre[0]) {
		t.Errorf("ordre : %v", ordre)
	}
}

// TestModeleParcouru vérifie que le modèle n'a que des sortes de valeurs que le nettoyage sait parcourir, et que chaque membre
// qu'il laisse existe.
func TestModeleParcouru(t *testing.T) {
	vus := map[reflect.Type]bool{}
	var parcourir func(reflect.Type, string)
	parcourir = func(t2 reflect.Type, chemin string) {
		switch t2.Kind() {
		case reflect.Map, reflect.Interface, reflect.Array:
			t.Errorf("%s est %v, que le nettoyage ne parcourt pas", chemin, t2)
		case reflect.Pointer, reflect.Slice:
			parcourir(t2.Elem(), chemin)
		case reflect.Struct:
			if vus[t2] {
				return
			}
			vus[t2] = true
			for i := range t2.NumField() {
				parcourir(t2.Field(i).Type, chemin+"."+t2.Field(i).Name)
			}
		}
	}
	parcourir(reflect.TypeFor[rapport.Rendu](), "Rendu")
	for type_, membres := range duCatalogue {
		for _, membre := range membres {
			if _, existe := type_.FieldByName(membre); !existe || !vus[type_] {
				t.Errorf("%v.%s n'est pas dans le modèle", type_, membre)
			}
		}
	}
}
