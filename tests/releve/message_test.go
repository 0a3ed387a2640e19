package releve

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestLireMessage(t *testing.T) {
	for _, c := range []struct {
		octets      string
		json        bool
		faute       FauteDeMessage
		id          string
		genreID     Genre
		temperature float64
		genreT      Genre
		enonce      bool
	}{
		{`{"capteur_id": "capteur_1", "temperature": 23.5}`, true, "", "capteur_1", GenreTexte, 23.5, GenreNombre, true},
		{"{\n  \"temperature\": 23.5,\n  \"capteur_id\": \"c\"\n}\n", true, "", "c", GenreTexte, 23.5, GenreNombre, true},
		{`{"capteur_id": 7, "temperature": "23.5"}`, true, "", "7", GenreNombre, 23.5, GenreNombreEnTexte, true},
		{`{"capteur_id": "c", "temperature": true}`, true, "", "c", GenreTexte, math.NaN(), GenreBooleen, true},
		{`{"capteur_id": "c", "temperature": null}`, true, "", "c", GenreTexte, math.NaN(), GenreNul, true},
		{`{"capteur_id": "c"}`, true, "", "c", GenreTexte, 0, "", false},
		{`{"temperature": 20.5}`, true, "", "", "", 20.5, GenreNombre, false},
		{`{"id": "c", "temp": 23.5, "timestamp": 1795343027.5}`, true, "", "c", GenreTexte, 23.5, GenreNombre, false},
		{`{"ts": 12, "sensor": "c", "unite": "°C", "value": 23.5}`, true, "", "c", GenreTexte, 23.5, GenreNombre, false},
		{`{"type": "temperature", "nom": "salon", "v": 23.5}`, true, "", "salon", GenreTexte, 23.5, GenreNombre, false},
		{`{"Température (°C)": 23.5, "Capteur": "c"}`, true, "", "c", GenreTexte, 23.5, GenreNombre, false},
		{`{"capteur": {"id": "c"}, "data": {"temperature": 23.5, "humidite": 40}}`, true, "", "c", GenreTexte, 23.5, GenreNombre, false},
		{`{"x": "c", "y": 23.5}`, true, "", "c", GenreTexte, 23.5, GenreNombre, false},
		{`{"capteur_9": 23.5}`, true, "", "capteur_9", GenreNom, 23.5, GenreNombre, false},
		{`["c", 23.5]`, true, "", "c", GenreTexte, 23.5, GenreNombre, false},
		{`[{"capteur_id": "c", "temperature": 23.5}, {"capteur_id": "d", "temperature": 1}]`, true, "", "c", GenreTexte, 23.5, GenreNombre, false},
		{`BONJOUR` + "\n" + `{"capteur_id": "c", "temperature": 23.5}`, true, "", "c", GenreTexte, 23.5, GenreNombre, true},
		{`{"temperature": "23,5 °C", "capteur_id": "c"}`, true, "", "c", GenreTexte, 23.5, GenreNombreEnTexte, true},
		{"\x00\x00\x00\x29" + `{"capteur_id":"c", "temperature": 23.5}` + "\r\n", true, "", "c", GenreTexte, 23.5, GenreNombre, true},
		{`{'capteur_id': 'capteur_1', 'temperature': 23.5}`, false, GuillemetsSimples, "capteur_1", GenreTexte, 23.5, GenreNombre, true},
		{`{'t': datetime.datetime(2026, 1, 2, 3), 'capteur_id': "l'été", 'temperature': 23.5}`, false, GuillemetsSimples, "l'été", GenreTexte, 23.5, GenreNombre, true},
		{`('capteur_1', 23.5)`, false, GuillemetsSimples, "capteur_1", GenreTexte, 23.5, GenreNombre, false},
		{`{"capteur_id": "c", "temperature": NaN}`, false, PasUnNombre, "c", GenreTexte, math.NaN(), GenreNombre, true},
		{`{"capteur_id": "c", "temperature": 23.5`, false, JSONCoupe, "c", GenreTexte, 23.5, GenreNombre, true},
		{`{"capteur_id": "c", "temperature": 23.5,}`, false, JSONInvalide, "c", GenreTexte, 23.5, GenreNombre, true},
		{`{capteur_id: "c", temperature: 23.5}`, false, JSONInvalide, "c", GenreTexte, 23.5, GenreNombre, true},
		{`capteur_1;23.5`, false, TexteLibre, "capteur_1", GenreTexte, 23.5, GenreNombre, false},
		{"Capteur : salon, température : 23,5 °C\n", false, TexteLibre, "salon", GenreTexte, 23.5, GenreNombre, false},
		{"temp=23.5&id=salon 10:23:47", false, TexteLibre, "salon&", GenreTexte, 23.5, GenreNombre, false},
		{"[2026-11-22 10:23] capteur_1 23.5", false, TexteLibre, "capteur_1", GenreTexte, 23.5, GenreNombre, false},
		{"23.5", false, TexteLibre, "", "", 23.5, GenreNombre, false},
		{"bonjour", false, TexteLibre, "bonjour", GenreTexte, 0, "", false},
		{"\x80\x04\x95\x20\x00}\x94(\x8c\x0acapteur_id\x94u.", false, Binaire, "", "", 0, "", false},
		{"\x41\xbc\x00\x00\x00\x01", false, Binaire, "", "", 0, "", false},
		{"{\"capteur_id\": \"\xe9t\xe9\", \"temperature\": 23.5}", false, MauvaisEncodage, "été", GenreTexte, 23.5, GenreNombre, true},
		{string(encoderUTF16([]byte("\xff\xfe"), `{"capteur_id": "é", "temperature": 23.5}`, binary.LittleEndian)), false, MauvaisEncodage, "é", GenreTexte, 23.5, GenreNombre, true},
	} {
		m, err := LireMessage([]byte(c.octets))
		if strings.HasSuffix(c.id, "&") { // le & n'est pas une séparation : l'identifiant n'est pas promis
			c.id = m.Identifiant.Texte
			c.genreID = m.Identifiant.Genre
		}
		n := m.Temperature.Nombre
		if err != nil || m.JSON != c.json || m.Faute != c.faute || m.Identifiant.Texte != c.id || m.Identifiant.Genre != c.genreID ||
			m.Temperature.Genre != c.genreT || n != c.temperature && !math.IsNaN(c.temperature) || math.IsNaN(c.temperature) != math.IsNaN(n) ||
			c.enonce != m.NomsEnonce() {
			t.Errorf("LireMessage(%q) = %+v, %v", c.octets, m, err)
		}
	}
	if _, err := LireMessage(nil); err == nil {
		t.Error("LireMessage sans octets : une erreur attendue")
	}
}

// TestMessageBorne vérifie qu'un message est lu jusqu'à la limite, et rien de ce qui la dépasse.
func TestMessageBorne(t *testing.T) {
	for taille, faute := range map[int]FauteDeMessage{messageLuMax: "", messageLuMax + 1: JSONCoupe} {
		debut := `{"capteur_id": "c", "temperature": 23.5`
		m, err := LireMessage([]byte(debut + strings.Repeat(" ", taille-len(debut)-1) + "}"))
		if err != nil || m.Faute != faute || m.Temperature.Nombre != 23.5 {
			t.Errorf("%d octets : %q, %v, %v ; attendu : %q", taille, m.Faute, m.Temperature.Nombre, err, faute)
		}
	}
}

// TestAutresMembres vérifie que ce qui n'est ni l'identifiant ni la température est dit, une fois chacun.
func TestAutresMembres(t *testing.T) {
	m, err := LireMessage([]byte(`{"capteur_id": "c", "humidite": 40, "temperature": 23.5, "salle": {"nom": "B2", "Humidite": 41}, "humidite": 42}`))
	if obtenu := strings.Join(m.Autres, ", "); err != nil || obtenu != "humidite, nom, Humidite" {
		t.Errorf("autres : %s, %v", obtenu, err)
	}
}

// TestRemplacerImpossible vérifie qu'un texte ne s'écrit ni à la place d'un nombre, ni à celle de ce qui n'est pas un texte.
func TestRemplacerImpossible(t *testing.T) {
	for _, id := range []string{"7", "true", "null"} {
		m, err := LireMessage([]byte(`{"capteur_id": ` + id + `, "temperature": 23.5}`))
		if err != nil {
			t.Fatal(err)
		}
		if b, err := m.Remplacer("sonde", 1.5); err == nil {
			t.Errorf("l'identifiant %s remplacé : %s", id, b)
		}
	}
}

func TestPlusieursMessages(t *testing.T) {
	un := `{"capteur_id": "c", "temperature": 23.5}`
	for _, separateur := range []string{"", "\n", "\r\n", "\x00", "###", " "} {
		m, _ := LireMessage([]byte(un + separateur + un + separateur + un + separateur))
		if m.Suivants != 2 || string(m.Suffixe) != separateur {
			t.Errorf("séparés par %q : %d suivants, suffixe %q", separateur, m.Suivants, m.Suffixe)
		}
		if b, err := m.Remplacer("x", 1); string(b) != `{"capteur_id": "x", "temperature": 1.0}`+separateur {
			t.Errorf("Remplacer = %q, %v", b, err)
		}
	}
}

func TestRemplacerGardeLaForme(t *testing.T) {
	gros := fmt.Sprintf("%-64s", "40") + `{"capteur_id": "c", "temperature": 23.5}`
	for _, c := range []struct{ avant, apres string }{
		{`{"id":"c","t":"23,5 °C","ts":"2026"}` + "\n", `{"id":"sonde","t":"-4,25 °C","ts":"2026"}` + "\n"},
		{`{'capteur_id': 'c', 'temperature': 23.5}`, `{'capteur_id': 'sonde', 'temperature': -4.25}`},
		{`c;23,5;10:23:47`, `sonde;-4,25;10:23:47`},
		{`0040{"capteur_id": "c", "temperature": 23.5}`, `0045{"capteur_id": "sonde", "temperature": -4.25}`},
		{"40\n" + `{"capteur_id": "c", "temperature": 23.5}`, "45\n" + `{"capteur_id": "sonde", "temperature": -4.25}`},
		{gros, fmt.Sprintf("%-64s", "45") + `{"capteur_id": "sonde", "temperature": -4.25}`},
		{"\x00\x00\x00\x28" + `{"capteur_id": "c", "temperature": 23.5}`, "\x00\x00\x00\x2d" + `{"capteur_id": "sonde", "temperature": -4.25}`},
		{`{"capteur_id":"c","temperature":1}` + strings.Repeat(" ", 30), `{"capteur_id":"sonde","temperature":-4.25}` + strings.Repeat(" ", 22)},
		{`{"capteur_1": 23.5}`, `{"sonde": -4.25}`},
		{`{"capteur_id": "c", "temperature": NaN}`, `{"capteur_id": "sonde", "temperature": -4.25}`},
	} {
		m, err := LireMessage([]byte(c.avant))
		if err != nil {
			t.Fatal(err)
		}
		if b, err := m.Remplacer("sonde", -4.25); string(b) != c.apres {
			t.Errorf("%q remplacé = %q, %v ; attendu %q", c.avant, b, err, c.apres)
		}
	}
}

// TestAllerRetour vérifie que ce qu'on remplace dans un message, quelle que soit sa forme, s'y relit.
func TestAllerRetour(t *testing.T) {
	simples := rapid.StringMatching(`[a-z]{1,6}_[a-z0-9]{1,6}`).Filter(func(s string) bool { // et non i_d, qui annonce un identifiant
		return forceID(s) < nomUsuel && forceTemperature(s) < nomUsuel && !nomDeTemps(s)
	})
	rapid.Check(t, func(t *rapid.T) {
		libre := rapid.Bool().Draw(t, "libre")
		ids := identifiants
		if libre {
			ids = simples
		}
		forme, nomme := formeDeMessage(t, libre)
		if !nomme { // reconnu à son sens, il ne peut être ni un nombre ni une date
			ids = simples
		}
		id, temperature := ids.Draw(t, "id"), temperatures.Draw(t, "temperature")
		avant := forme(simples.Draw(t, "ancien"), 21.5)
		m, err := LireMessage([]byte(avant))
		if err != nil {
			t.Fatal(err)
		}
		apres, err := m.Remplacer(id, temperature)
		if err != nil {
			t.Fatalf("%q : %v (%+v)", avant, err, m)
		}
		relu, err := LireMessage(apres)
		if err != nil || relu.Identifiant.Texte != id || relu.Temperature.Nombre != temperature || relu.Temperature.Genre != m.Temperature.Genre ||
			relu.Identifiant.Chemin != m.Identifiant.Chemin || relu.JSON != m.JSON || relu.Longueur != m.Longueur {
			t.Fatalf("%q, puis %q : relu %+v, %v ; attendu %q, %v", avant, apres, relu, err, id, temperature)
		}
	})
}

// formeDeMessage tire une façon d'écrire un message, et dit si l'identifiant y a un nom.
func formeDeMessage(t *rapid.T, libre bool) (forme func(id string, temperature float64) string, nomme bool) {
	if libre {
		separateur := rapid.SampledFrom([]string{";", ",", "|", " - ", " : ", " "}).Draw(t, "séparateur")
		f := rapid.SampledFrom([]string{"%[1]s%[3]s%[2]s", "%[2]s%[3]s%[1]s", "id=%[1]s%[3]stemp=%[2]s", "Capteur %[1]s%[3]s%[2]s°C", "%[1]s%[3]s%[2]s%[3]s2026-11-22 10:23:47"}).Draw(t, "texte")
		fin := rapid.SampledFrom([]string{"", "\n", "\r\n"}).Draw(t, "fin")
		return func(id string, temperature float64) string {
			return fmt.Sprintf(f, id, nombre(temperature), separateur) + fin
		}, false
	}
	nomID := rapid.SampledFrom([]string{"capteur_id", "id", "sensor_id", "capteur", "deviceid", "Station_ID", "xyz"}).Draw(t, "nom id")
	nomT := rapid.SampledFrom([]string{"temperature", "temp", "valeur", "T", "Température", "abc"}).Draw(t, "nom t")
	blanc := rapid.SampledFrom([]string{"", " ", "\n  "}).Draw(t, "blanc")
	g := rapid.SampledFrom([]string{`"`, `"`, `'`}).Draw(t, "guillemets")
	entre := rapid.Bool().Draw(t, "nombre en texte")
	inverse := rapid.Bool().Draw(t, "ordre")
	autre := rapid.SampledFrom([]string{"", `,` + g + `timestamp` + g + `:1795343027.5`, `,` + g + `date` + g + `:` + g + `2026-11-22 10:23` + g}).Draw(t, "autre")
	dehors := rapid.SampledFrom([]string{"%s", "[%s]", "{" + g + "data" + g + ":%s}", "{" + g + "mesures" + g + ":[%s]}"}).Draw(t, "dehors")
	fin := rapid.SampledFrom([]string{"", "\n", "\r\n", "\x00", strings.Repeat(" ", 40), "\n<FIN>"}).Draw(t, "fin")
	prefixe := rapid.SampledFrom([]string{"", "", "BONJOUR\n", "longueur", "binaire"}).Draw(t, "préfixe")
	return func(id string, temperature float64) string {
		valeur := nombre(temperature)
		if entre {
			valeur = g + valeur + g
		}
		a, b := g+nomID+g+":"+blanc+g+id+g, g+nomT+g+":"+blanc+valeur
		if inverse {
			a, b = b, a
		}
		corps := fmt.Sprintf(dehors, "{"+a+","+blanc+b+autre+"}")
		switch {
		case prefixe == "longueur" && g == `"`:
			return fmt.Sprintf("%04d", len(corps)) + corps + fin
		case prefixe == "binaire" && g == `"`:
			return string(binary.BigEndian.AppendUint32(nil, uint32(len(corps)))) + corps + fin
		case prefixe == "BONJOUR\n":
			return prefixe + corps + fin
		}
		return corps + fin
	}, nomID != "xyz"
}
