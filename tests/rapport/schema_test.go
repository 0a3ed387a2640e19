package rapport

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"capteurs/tests/banc"
	"capteurs/tests/bareme"
	"capteurs/tests/criteres"
	"capteurs/tests/decouverte"
)

// lireSchema rend schema.json, en texte et prêt à servir.
func lireSchema(t *testing.T) (map[string]any, *jsonschema.Schema) {
	t.Helper()
	octets, err := os.ReadFile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(octets))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	c.AssertContent()
	if err := c.AddResource("schema.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return document.(map[string]any), schema
}

func jsonDe(t interface{ Fatal(...any) }, r *Rapport) []byte {
	var texte bytes.Buffer
	if err := JSON(&texte, r); err != nil {
		t.Fatal(err)
	}
	return texte.Bytes()
}

func documentDe(t interface{ Fatal(...any) }, octets []byte) any {
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(octets))
	if err != nil {
		t.Fatal(err)
	}
	return document
}

// TestSchema vérifie que tout rapport suit le schéma.
func TestSchema(t *testing.T) {
	_, schema := lireSchema(t)
	rapid.Check(t, func(t *rapid.T) {
		octets := jsonDe(t, unRapport(textesHostiles()).Draw(t, "rapport"))
		if err := schema.Validate(documentDe(t, octets)); err != nil {
			t.Fatalf("%v\n%s", err, octets)
		}
	})
}

// TestSchemaExact compare le schéma aux types : il décrit tous leurs membres, et rien d'autre ; il requiert ceux qui sont toujours
// écrits ; il permet null où un pointeur peut l'être. Il ne peut pas prendre de retard.
func TestSchemaExact(t *testing.T) {
	document, _ := lireSchema(t)
	vus := map[string]bool{"etape": true, "points": true, "microsecondes": true}
	comparerAuType(t, document, document, reflect.TypeFor[Rapport](), "rapport", vus)
	for nom := range document["$defs"].(map[string]any) {
		if !vus[nom] {
			t.Errorf("$defs/%s ne sert pas", nom)
		}
	}
}

func comparerAuType(t *testing.T, document, schema map[string]any, typ reflect.Type, chemin string, vus map[string]bool) {
	t.Helper()
	if cible, ok := schema["$ref"].(string); ok {
		nom := strings.TrimPrefix(cible, "#/$defs/")
		schema, vus[nom] = document["$defs"].(map[string]any)[nom].(map[string]any), true
	}
	if choix, ok := schema["anyOf"].([]any); ok {
		if typ.Kind() != reflect.Pointer || len(choix) != 2 || choix[1].(map[string]any)["type"] != "null" {
			t.Errorf("%s : null est permis à tort", chemin)
		}
		comparerAuType(t, document, choix[0].(map[string]any), typ.Elem(), chemin, vus)
		return
	}
	if typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	if schema["description"] == nil && !strings.HasSuffix(chemin, "[]") {
		t.Errorf("%s : sans description", chemin)
	}
	sorte := "object"
	switch {
	case typ == reflect.TypeFor[time.Time](), typ == reflect.TypeFor[[]byte](), typ.Kind() == reflect.String:
		sorte = "string"
	case typ.Kind() == reflect.Int, typ.Kind() == reflect.Int64:
		sorte = "integer"
	case typ.Kind() == reflect.Bool:
		sorte = "boolean"
	case typ.Kind() == reflect.Slice:
		sorte = "array"
		if schema["type"] == sorte {
			comparerAuType(t, document, schema["items"].(map[string]any), typ.Elem(), chemin+"[]", vus)
		}
	}
	if schema["type"] != sorte && schema["const"] == nil {
		t.Errorf("%s : %v, %s attendu", chemin, schema["type"], sorte)
	}
	if sorte != "object" || schema["type"] != sorte {
		return
	}
	proprietes, ecrits, requis := schema["properties"].(map[string]any), map[string]reflect.Type{}, []string{}
	for _, c := range reflect.VisibleFields(typ) {
		nom, options, _ := strings.Cut(c.Tag.Get("json"), ",")
		if c.Anonymous {
			continue // ses membres sont ceux du type qui le contient
		}
		if nom == "" {
			t.Errorf("%s.%s : sans nom en JSON", chemin, c.Name)
			continue
		}
		ecrits[nom] = c.Type
		if options != "omitempty" {
			requis = append(requis, nom)
			if propriete, ok := proprietes[nom].(map[string]any); ok && (c.Type.Kind() == reflect.Pointer) != (propriete["anyOf"] != nil) {
				t.Errorf("%s.%s : null devrait être permis, et lui seul", chemin, nom)
			}
		}
	}
	if attendus, decrits := slices.Sorted(maps.Keys(ecrits)), slices.Sorted(maps.Keys(proprietes)); !slices.Equal(attendus, decrits) {
		t.Errorf("%s : membres %v, le schéma décrit %v", chemin, attendus, decrits)
	}
	var liste []string
	for _, nom := range schema["required"].([]any) {
		liste = append(liste, nom.(string))
	}
	slices.Sort(liste)
	if slices.Sort(requis); !slices.Equal(liste, requis) {
		t.Errorf("%s : toujours écrits %v, le schéma requiert %v", chemin, requis, liste)
	}
	for nom, membre := range ecrits {
		if propriete, ok := proprietes[nom].(map[string]any); ok {
			comparerAuType(t, document, propriete, membre, chemin+"."+nom, vus)
		}
	}
}

// TestSchemaEnumere vérifie que les suites de mots du schéma sont celles du correcteur.
func TestSchemaEnumere(t *testing.T) {
	document, _ := lireSchema(t)
	for chemin, attendu := range map[string][]any{
		"etape": {decouverte.Procedural, decouverte.POO, decouverte.Heritage}, "isolation.niveau": {banc.N0, banc.N1},
		"jugement.cote": {criteres.CoteClient, criteres.CoteServeur, criteres.CotePaire, criteres.CoteSource}, "jugement.exigence": {criteres.Doit, criteres.Devrait, criteres.Informatif},
		"jugement.verdict": {banc.Reussi, banc.Partiel, banc.Echoue, banc.NonConcluant, banc.Ignore, banc.Instable, banc.Defaillance},
		"ligne.etat":       {bareme.Compte, bareme.Retire, bareme.Absent, bareme.Decide, bareme.Bloquee},
	} {
		nom, membre, _ := strings.Cut(chemin, ".")
		schema := document["$defs"].(map[string]any)[nom].(map[string]any)
		if membre != "" {
			schema = schema["properties"].(map[string]any)[membre].(map[string]any)
		}
		obtenu, attendu := mustJSON(t, schema["enum"]), mustJSON(t, attendu)
		if obtenu != attendu {
			t.Errorf("%s : %s, %s attendu", chemin, obtenu, attendu)
		}
	}
	if v := mustJSON(t, document["properties"].(map[string]any)["version"].(map[string]any)["const"]); v != mustJSON(t, Version) {
		t.Errorf("version %s du schéma, %d du correcteur", v, Version)
	}
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	octets, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(octets)
}

// TestSchemaStrict vérifie qu'un membre requis qui manque, ou qui change de type, est refusé, où qu'il soit ; et qu'un membre
// inconnu est permis, car une version peut en ajouter.
func TestSchemaStrict(t *testing.T) {
	document, schema := lireSchema(t)
	complet := rapportComplet()
	if err := schema.Validate(documentDe(t, jsonDe(t, complet))); err != nil {
		t.Fatal(err)
	}
	essais := 0
	for chemin := range objetsDe(documentDe(t, jsonDe(t, complet)), "rapport") {
		definition := document
		if nom, ok := definitions[dernierNom(chemin)]; ok {
			definition = document["$defs"].(map[string]any)[nom].(map[string]any)
		} else if chemin != "rapport" {
			t.Fatalf("%s : quelle définition ?", chemin)
		}
		for _, nom := range definition["required"].([]any) {
			for _, autre := range []func(map[string]any){
				func(o map[string]any) { delete(o, nom.(string)) },
				func(o map[string]any) { o[nom.(string)] = 1.5 },
			} {
				mute := documentDe(t, jsonDe(t, complet))
				autre(objetsDe(mute, "rapport")[chemin])
				if essais++; schema.Validate(mute) == nil {
					t.Errorf("%s : sans %s, ou faux, il est accepté", chemin, nom)
				}
			}
		}
		mute := documentDe(t, jsonDe(t, complet))
		objetsDe(mute, "rapport")[chemin]["un_membre_de_plus_tard"] = true
		if err := schema.Validate(mute); err != nil {
			t.Errorf("%s : un membre inconnu est refusé : %v", chemin, err)
		}
	}
	if essais < 100 {
		t.Errorf("%d essais : le rapport complet ne l'est pas", essais)
	}
}

// definitions donne, par membre, la définition de l'objet qu'il contient.
var definitions = map[string]string{
	"bareme": "bareme", "rendus": "rendu", "isolation": "isolation", "etapes": "etape_trouvee", "client": "programme", "serveur": "programme", "reconnaissance": "fait", "faits": "fait",
	"jugements": "jugement", "diagnostics": "diagnostic", "note": "note", "sections": "section", "lignes": "ligne", "a_relire": "ligne", "plafonds": "plafond", "gains": "gain", "decision": "decision",
}

func dernierNom(chemin string) string {
	return strings.TrimRight(chemin[strings.LastIndexByte(chemin, '.')+1:], "[]")
}

// objetsDe rend un objet par chemin d'un document.
func objetsDe(document any, chemin string) map[string]map[string]any {
	objets := map[string]map[string]any{}
	switch v := document.(type) {
	case map[string]any:
		objets[chemin] = v
		for nom, membre := range v {
			maps.Copy(objets, objetsDe(membre, chemin+"."+nom))
		}
	case []any:
		for _, element := range v {
			maps.Copy(objets, objetsDe(element, chemin+"[]"))
		}
	}
	return objets
}

// rapportComplet rend un rapport où chaque membre se trouve.
func rapportComplet() *Rapport {
	finale := bareme.Points(1425)
	r := renduDe("un texte")
	r.Empreinte, r.Isolation.Raison, r.Correcteur = "00", "exprès", "capteurs/tests/correcteur, commit inconnu, go1.26.8"
	ligne := bareme.Ligne{Critere: "CLI-03", Etape: decouverte.Procedural, Sur: 200, Obtenus: 50, Etat: bareme.Decide, Decision: &bareme.Decision{Rendu: r.Nom, Critere: "CLI-03", Etape: decouverte.Procedural, Motif: "vu", Points: 50, Auteur: "l'enseignant"}}
	r.Note = &bareme.Note{Sur: 2000, Finale: &finale, Sections: []bareme.Section{{Titre: "Le client", Sur: 500, Comptes: 400, Obtenus: 350, Lignes: []bareme.Ligne{ligne}}},
		Plafonds: []bareme.Plafond{{Motif: "rien", NoteMax: 1000, Criteres: []string{"SRV-02"}}}, ARelire: []bareme.Ligne{ligne}, Gains: []bareme.Gain{{Critere: "CLI-02", Etape: decouverte.Procedural, Points: 150}}}
	r.Etapes[0].Client.Commande, r.Etapes[0].Reconnaissance = []string{"python3"}, []Fait{{Qui: "client", Quoi: "fin"}}
	for i := range r.Jugements {
		r.Jugements[i].Cote = criteres.CoteClient
	}
	return &Rapport{Version: Version, Date: time.Unix(0, 0).UTC(), Bareme: &bareme.Resume{Nom: "usuel", NoteSur: 2000}, Rendus: []Rendu{*r}}
}
