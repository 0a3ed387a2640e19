package criteres

import (
	"fmt"
	"regexp"
	"strings"

	"capteurs/tests/banc"
)

// pistes dit, pour chaque faute qu'on sait reconnaître, ce qu'il y a à en apprendre. Une piste met sur la voie ; elle ne
// donne pas la solution.
var pistes = map[string]string{
	"sans_commit":           "la table existe mais reste vide : SQLite garde les écritures dans une transaction tant que personne ne la valide.",
	"ecrase":                "il ne reste que la dernière mesure : le mode d'ouverture du fichier décide si l'on ajoute à ce qui s'y trouve ou si l'on repart de zéro.",
	"une_seule_lecture":     "TCP est un flux d'octets, pas une suite de messages : une lecture peut rendre la moitié d'un message, ou deux d'un coup.",
	"pas_du_json":           "ce qui part n'est pas du JSON : un module de la bibliothèque standard sait en écrire et en lire.",
	"guillemets_simples":    "des guillemets simples : c'est la façon dont Python montre un dictionnaire, pas du JSON, dont les guillemets sont doubles.",
	"un_seul_client":        "le serveur s'arrête après un client : ce qui accepte une connexion doit se trouver dans une boucle.",
	"pas_vide":              "les mesures n'arrivent sur le disque qu'à l'arrêt : ce qu'on écrit attend en mémoire tant que le fichier n'est ni vidé ni fermé.",
	"arrondi":               "la température enregistrée est arrondie : rien dans l'énoncé ne permet de perdre des décimales.",
	"entier":                "la température enregistrée a perdu ses décimales : une conversion en entier s'est glissée sur son chemin.",
	"upsert":                "une nouvelle mesure remplace la précédente du même capteur : chaque donnée reçue doit être gardée.",
	"autre_nom":             "les noms de l'exemple sont capteur_id et temperature : avec d'autres, les programmes des autres ne comprennent pas les vôtres.",
	"nombre_en_texte":       "la température est envoyée entre guillemets : en JSON, 23.5 est un nombre et \"23.5\" est un texte.",
	"port_pris":             "le port était déjà pris : par un autre programme, ou par ce même serveur deux fois.",
	"module_absent":         "un module n'est pas installé ici : l'exercice se fait avec la bibliothèque standard, et ses propres fichiers doivent être rendus.",
	"bloque_sur_saisie":     "le programme attend une réponse au clavier avant de faire son travail.",
	"udp":                   "la prise est en UDP, qui n'a pas de connexion : l'énoncé demande TCP.",
	"chemin_absolu":         "un chemin absolu n'existe que sur une machine : un chemin relatif suit le programme partout.",
	"sql_concatene":         "une apostrophe dans l'identifiant change la requête : un texte collé dans du SQL devient du SQL. Les requêtes ont des paramètres.",
	"erreur_de_syntaxe":     "le fichier n'est pas du code valide : le message de l'interprète donne la ligne.",
	"plante_json_invalide":  "un message mal formé arrête le serveur : ce qui vient du réseau peut être n'importe quoi, et une exception non rattrapée finit le programme.",
	"plante_deconnexion":    "un client qui part brutalement arrête le serveur : lire ou écrire dans une connexion coupée est une erreur, à prévoir.",
	"sequentiel":            "un client qui se tait fait attendre tous les autres : pendant que le serveur lit l'un, il n'accepte personne.",
	"trace_ctrl_c":          "Ctrl-C est la façon normale d'arrêter le serveur : il mérite mieux qu'une pile d'appels.",
	"trace_serveur_absent":  "un serveur absent est un cas courant : l'utilisateur attend une phrase, pas une pile d'appels.",
	"sans_reuseaddr":        "après un arrêt, le port reste réservé un moment (TIME_WAIT) ; une option de la prise permet de le reprendre aussitôt.",
	"rien_envoye":           "le client se connecte et n'envoie rien.",
	"membre_absent":         "il manque au message l'identifiant du capteur ou la température.",
	"valeur_fixe":           "la température est la même à chaque exécution : l'énoncé demande de la générer ou de la saisir.",
	"valeur_saisie_changee": "la température envoyée n'est pas celle qui a été saisie.",
	"memoire_seule":         "rien n'est écrit sur le disque : ce qui est en mémoire, ou seulement affiché, disparaît avec le programme.",
	"format_liste":          "le fichier est réécrit en une seule valeur JSON : l'énoncé demande une ligne par mesure, qui s'ajoute sans relire les autres.",
	"sans_timestamp":        "la table n'a pas de colonne pour l'instant de la mesure : l'énoncé demande identifiant, température et timestamp.",
	"sans_identifiant":      "la mesure est enregistrée sans dire de quel capteur elle vient.",
	"encodage":              "les accents ne reviennent pas : JSON voyage en UTF-8, et un fichier a aussi un encodage.",
	"zero_ignore":           "une température de 0 disparaît : 0 est faux dans une condition, mais c'est une température.",
	"cree_ligne":            "un saut de ligne dans l'identifiant forge une ligne de plus dans le fichier : ce qui vient d'ailleurs s'échappe ou se refuse.",
	"fil_sqlite":            "une connexion SQLite de Python ne sert que dans le fil qui l'a ouverte.",
	"pas_de_classe":         "il n'y a pas de classe, ou rien n'appelle sa méthode principale.",
	"pas_de_doc":            "les classes et leurs méthodes ne sont pas documentées.",
	"pas_d_heritage":        "aucune classe n'hérite d'une classe du rendu.",
	"herite_inutile":        "la classe dérivée n'emploie rien de ce dont elle hérite.",
	"n_ecoute_pas":          "le serveur n'écoute sur aucun port.",
	"memoire_sans_borne":    "la mémoire grandit avec ce qu'envoie un client : tout ce qui vient d'ailleurs a besoin d'une limite.",
	"message_demesure":      "un message démesuré arrête le serveur, ou l'empêche de servir les autres.",
	"parallele":             "des clients simultanés perdent des mesures ou des connexions.",
	"rafale":                "une longue suite de clients finit par arrêter le serveur, ou par perdre des mesures.",
	"ports_differents":      "le client ne frappe pas au port où le serveur écoute.",
	"ne_finit_pas":          "le programme ne s'arrête ni de lui-même, ni par Ctrl-C.",
}

// Codes rend les fautes qu'on sait reconnaître.
func Codes() map[string]string { return pistes }

// diagnostiquer ajoute des fautes à une conclusion, sans les répéter.
func diagnostiquer(r banc.Resultat, codes ...string) banc.Resultat {
	for _, code := range codes {
		if code == "" || aCode(r, code) {
			continue
		}
		piste, connue := pistes[code]
		if !connue {
			panic(fmt.Sprintf("diagnostic inconnu : %s", code))
		}
		r.Diagnostics = append(r.Diagnostics, banc.Diagnostic{Code: code, Piste: piste})
	}
	return r
}

func aCode(r banc.Resultat, code string) bool {
	for _, d := range r.Diagnostics {
		if d.Code == code {
			return true
		}
	}
	return false
}

// Ce qu'on reconnaît à ce qu'un programme écrit en mourant, quelle que soit la vérification.
var parTexte = []struct {
	code  string
	motif *regexp.Regexp
}{
	{"erreur_de_syntaxe", regexp.MustCompile(`\b(SyntaxError|IndentationError|TabError)\b`)},
	{"module_absent", regexp.MustCompile(`ModuleNotFoundError|ImportError|Cannot find module|ClassNotFoundException`)},
	{"port_pris", regexp.MustCompile(`(?i)address already in use|EADDRINUSE|Adresse déjà utilisée`)},
	{"fil_sqlite", regexp.MustCompile(`SQLite objects created in a thread`)},
	{"sql_concatene", regexp.MustCompile(`OperationalError: (near|unrecognized token|incomplete input)|SQLITE_ERROR`)},
	{"encodage", regexp.MustCompile(`Unicode(Encode|Decode)Error`)},
	{"autre_nom", regexp.MustCompile(`(?m)(KeyError|[eé]) ?: '\w+'$`)},
	{"chemin_absolu", regexp.MustCompile(`(?:No such file or directory|Permission denied|Read-only file system|unable to open database file)[^\n]*['"](?:/|[A-Za-z]:\\)`)},
}

// lireTexte rend les fautes que montre ce que des programmes ont écrit.
func lireTexte(processus ...*banc.Processus) (codes []string) {
	for _, p := range processus {
		if p == nil {
			continue
		}
		for _, d := range parTexte {
			if d.motif.MatchString(p.Texte()) {
				codes = append(codes, d.code)
			}
		}
	}
	return codes
}

// dernier dit, entre guillemets, la dernière chose qu'un programme a écrite ; « » s'il n'a rien écrit.
func dernier(p *banc.Processus) string {
	if p == nil || p.DerniereErreur() == "" {
		return ""
	}
	texte := []rune(p.DerniereErreur())
	if len(texte) > 160 {
		texte = append(texte[:160], '…')
	}
	return fmt.Sprintf(" ; il a écrit « %s »", strings.TrimSpace(string(texte)))
}
