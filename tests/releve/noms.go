package releve

import (
	"slices"
	"strings"
)

// Ce que vaut un nom de membre ou de colonne pour dire qu'il porte l'identifiant, ou la température.
const (
	nomEtranger = iota
	nomParent   // il contient un mot qui le dit
	nomUsuel    // il est de ceux qu'on voit
	nomEnonce   // c'est celui de l'énoncé
)

var (
	nomsID = strings.Fields(`capteur_id id_capteur capteurid idcapteur capteur sensor_id sensorid id_sensor sensor id identifiant
		identifier ident id_sonde sonde_id sonde device deviceid device_id id_device client_id clientid station_id station
		div_id device_ip_address nom name nom_capteur capteur_nom sensor_name node node_id noeud uuid sn serial`)
	nomsTemperature = strings.Fields(`temperature temp tem t temp01 valeur value val average_value avgvalue temperatura teplota
		temperatur temperature_celsius temperature_c temp_c tempc celsius degres degre deg mesure releve reading measure
		measurement valeur_temperature temperature_value temp_value`)
	motsID          = []string{"capteur", "sensor", "sonde", "device", "station", "ident"}
	motsTemperature = []string{"temp", "celsius", "valeur", "value", "degre"}
	motsTemps       = []string{"timestamp", "time", "date", "heure", "horodat", "instant", "moment", "created", "updated", "recorded", "recu_le", "quand"}
)

var sansAccents = strings.NewReplacer("é", "e", "è", "e", "ê", "e", "à", "a", "ù", "u", "û", "u", "î", "i", "ô", "o", "ç", "c",
	"É", "e", "È", "e", "À", "a", "°", "", "-", "_", " ", "_", ".", "_")

func nomSimple(nom string) string {
	return strings.ToLower(sansAccents.Replace(strings.TrimSpace(nom)))
}

func forceNom(nom, enonce string, usuels, mots []string) int {
	simple := nomSimple(nom)
	switch {
	case nom == enonce:
		return nomEnonce
	case slices.Contains(usuels, simple) || slices.Contains(usuels, strings.ReplaceAll(simple, "_", "")):
		return nomUsuel
	case slices.ContainsFunc(mots, func(m string) bool { return strings.Contains(simple, m) }):
		return nomParent
	}
	return nomEtranger
}

func forceID(nom string) int {
	if f := forceNom(nom, "capteur_id", nomsID, motsID); f > nomEtranger {
		return f
	}
	if simple := nomSimple(nom); strings.HasPrefix(simple, "id_") || strings.HasSuffix(simple, "_id") {
		return nomParent
	}
	return nomEtranger
}

func forceTemperature(nom string) int {
	if nomDeTemps(nom) {
		return nomEtranger
	}
	return forceNom(nom, "temperature", nomsTemperature, motsTemperature)
}

// nomDeTemps dit si un nom de membre ou de colonne annonce une date ou une heure.
func nomDeTemps(nom string) bool {
	simple := nomSimple(nom)
	return simple == "ts" || simple == "h" || simple == "temps" || simple == "jour" || strings.HasSuffix(simple, "_ts") ||
		strings.HasPrefix(simple, "ts_") || strings.HasSuffix(simple, "_at") ||
		slices.ContainsFunc(motsTemps, func(m string) bool { return strings.Contains(simple, m) })
}

func typeDeTemps(declare string) bool {
	declare = strings.ToUpper(declare)
	return strings.Contains(declare, "DATE") || strings.Contains(declare, "TIME")
}
