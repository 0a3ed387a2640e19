package programme

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"
	"pgregory.net/rapid"

	"capteurs/shared/liaison"
	"capteurs/shared/lisible"
	"capteurs/shared/version"
)

// ecran est ce qu'un programme écrit.
type ecran struct{ sortie, erreurs bytes.Buffer }

// consoleDe rend la console d'un programme lancé avec ces arguments, dans cet environnement.
func consoleDe(env map[string]string, args ...string) (console, *ecran) {
	e := new(ecran)
	return console{
		args:          args,
		environnement: func(nom string) (string, bool) { v, presente := env[nom]; return v, presente },
		entree:        strings.NewReader(""),
		sortie:        &e.sortie,
		erreurs:       &e.erreurs,
	}, e
}

// regler est reglerClient ou reglerServeur, dont on ne garde que l'erreur.
var regler = map[string]func(console) error{
	"client":  func(c console) error { _, err := reglerClient(c); return err },
	"serveur": func(c console) error { _, err := reglerServeur(c); return err },
}

// malUtilise vérifie qu'une erreur est une mauvaise utilisation, et ce qu'elle dit.
func malUtilise(t rapid.TB, appel string, err error, phrase string) {
	t.Helper()
	if !errors.As(err, new(erreurUsage)) || !strings.Contains(err.Error(), phrase) {
		t.Errorf("%s = %v, attendu une erreur d'usage qui dise %q", appel, err, phrase)
	}
}

// Les messages viennent du paquet flag : s'il les changeait, ils reparaîtraient en anglais.
func TestFautesDOptions(t *testing.T) {
	for _, cas := range []struct {
		args   string
		phrase string
	}{
		{"-inconnue", "option inconnue : -inconnue"},
		{"-inconnue=3", "option inconnue : -inconnue"},
		{"-adresse", "l'option -adresse demande une valeur"},
		{"--adresse", "l'option -adresse demande une valeur"},
		{"-=x", `option mal écrite : "-=x"`},
		{"---adresse", `option mal écrite : "---adresse"`},
		{"bonjour", `argument inattendu : "bonjour"`},
		{"-adresse a:1 bonjour -inconnue", `argument inattendu : "bonjour"`},
		{"postgres://eleve:secret@hote/base", `argument inattendu : "postgres://eleve@hote/base"`},
		{"-- -adresse", `argument inattendu : "-adresse"`},
	} {
		for nom, regler := range regler {
			c, e := consoleDe(nil, strings.Fields(cas.args)...)
			malUtilise(t, nom+" "+cas.args, regler(c), cas.phrase)
			if e.sortie.Len()+e.erreurs.Len() > 0 {
				t.Errorf("%s %s : écrit %q et %q, attendu rien : conclure le dira", nom, cas.args, &e.sortie, &e.erreurs)
			}
		}
	}
	for _, cas := range []struct{ programme, arg, phrase string }{
		{"client", "-saisie=peut-être", `valeur "peut-être" incorrecte pour l'option -saisie`},
		{"client", "-tls=2", `valeur "2" incorrecte pour l'option -tls`},
		{"client", "-n=dix", `valeur "dix" incorrecte pour l'option -n`},
		{"client", "-n=9999999999999999999", `valeur "9999999999999999999" incorrecte pour l'option -n`},
		{"client", "-graine=-1", `valeur "-1" incorrecte pour l'option -graine`},
		{"client", "-intervalle=1", `valeur "1" incorrecte pour l'option -intervalle`},
		{"serveur", "-inactivite=1 min", `valeur "1 min" incorrecte pour l'option -inactivite`},
		{"serveur", "-connexions=", `valeur "" incorrecte pour l'option -connexions`},
	} {
		c, _ := consoleDe(nil, cas.arg)
		malUtilise(t, cas.programme+" "+cas.arg, regler[cas.programme](c), cas.phrase)
	}
}

func TestToutesLesValeursIncorrectesSeDisentEnFrancais(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		valeur := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{`" for flag -x: y`, "a: b", "\n", `\`})).
			Filter(func(v string) bool { _, err := strconv.ParseInt(v, 0, 64); return err != nil }).Draw(t, "valeur")
		c, _ := consoleDe(nil, "-n="+valeur)
		malUtilise(t, "client -n="+valeur, regler["client"](c), fmt.Sprintf("valeur %q incorrecte pour l'option -n", valeur))
	})
}

func TestEnvironnement(t *testing.T) {
	env := map[string]string{
		"KATA_ADRESSE": "env:1", "KATA_N": "7", "KATA_INTERVALLE": "2s", "KATA_CAPTEURS": "3", "KATA_GRAINE": "4",
		"KATA_ATTENTE": "6s", "KATA_PATIENCE": "8s", "KATA_CAPTEUR": "env", "KATA_TLS": "true", "N": "9", "KATA_INCONNUE": "x",
	}
	c, _ := consoleDe(env)
	r, err := reglerClient(c)
	if err != nil || r.Adresse != "env:1" || r.nombre != 7 || r.intervalle != 2*time.Second || r.capteurs != 3 || r.Graine != 4 ||
		r.Emission.Attente != 6*time.Second || r.Appel.Attente != 6*time.Second || r.patience != 8*time.Second || r.ID != "env" || r.Appel.TLS == nil {
		t.Errorf("reglerClient(%v) = %+v, %v, attendu les valeurs de l'environnement", env, r, err)
	}
	c, _ = consoleDe(env, "-adresse", "args:2", "-n", "0", "-tls=false")
	r, err = reglerClient(c)
	if err != nil || r.Adresse != "args:2" || r.nombre != 0 || r.Appel.TLS != nil || r.capteurs != 3 {
		t.Errorf("reglerClient = %+v, %v, attendu que les arguments l'emportent, et eux seuls", r, err)
	}
	c, _ = consoleDe(map[string]string{"KATA_ADRESSE": "env:1", "KATA_SAUVEGARDE": "texte:a", "KATA_INACTIVITE": "2s", "KATA_CONNEXIONS": "3"}, "-inactivite", "1s")
	s, err := reglerServeur(c)
	if err != nil || s.Adresse != "env:1" || s.url != "texte:a" || s.Reception.Inactivite != time.Second || s.Ecoute.Connexions != 3 {
		t.Errorf("reglerServeur = %+v, %v, attendu l'environnement sauf l'inactivité", s, err)
	}

	for _, cas := range []struct{ programme, variable, valeur string }{
		{"client", "KATA_N", "dix"}, {"client", "KATA_N", ""}, {"client", "KATA_SAISIE", "oui"}, {"serveur", "KATA_INACTIVITE", "5"},
	} {
		c, _ := consoleDe(map[string]string{cas.variable: cas.valeur})
		malUtilise(t, cas.programme, regler[cas.programme](c), fmt.Sprintf("valeur %q incorrecte pour la variable %s", cas.valeur, cas.variable))
	}
	c, _ = consoleDe(map[string]string{"KATA_N": "dix"}, "-n", "3")
	if r, err := reglerClient(c); err != nil || r.nombre != 3 {
		t.Errorf("reglerClient(-n 3), KATA_N=dix = %d, %v, attendu 3 : l'argument l'emporte", r.nombre, err)
	}
}

// optionsDe rend les noms des options d'un programme : celles dont il cherche la variable.
func optionsDe(programme string) (noms []string) {
	c, _ := consoleDe(nil)
	c.environnement = func(variable string) (string, bool) {
		noms = append(noms, strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(variable, "KATA_"), "_", "-")))
		return "", false
	}
	regler[programme](c)
	slices.Sort(noms)
	return noms
}

func TestVersion(t *testing.T) {
	for programme, regler := range regler {
		for _, args := range [][]string{{"-version"}, {"--version"}, {"-adresse", "a:1", "-version"}} {
			c, e := consoleDe(map[string]string{"KATA_N": "dix", "KATA_INACTIVITE": "?"}, args...)
			err := regler(c)
			if err != errMontree || c.conclure(err) != codeBien || e.sortie.String() != version.Dire() || e.erreurs.Len() > 0 {
				t.Errorf("%s %q = %v, %q, %q, attendu la version et rien d'autre", programme, args, err, &e.sortie, &e.erreurs)
			}
		}
		c, e := consoleDe(map[string]string{"KATA_VERSION": "true"})
		if err := regler(c); err != nil || e.sortie.Len() > 0 {
			t.Errorf("%s, KATA_VERSION=true = %v, %q, attendu qu'elle ne change rien", programme, err, &e.sortie)
		}
	}
}

func TestAide(t *testing.T) {
	nom := regexp.MustCompile(`(?m)(?:^  |, )-([a-z-]+)`)
	for programme, regler := range regler {
		for _, demande := range []string{"-h", "-help", "--help"} {
			c, e := consoleDe(map[string]string{"KATA_N": "dix", "KATA_INACTIVITE": "?"}, "-adresse", "a:1", demande)
			err := regler(c) // une variable incorrecte n'empêche pas de lire l'aide
			if err != errMontree || c.conclure(err) != codeBien || e.erreurs.Len() > 0 {
				t.Errorf("%s %s = %v, %q, attendu l'aide et rien d'autre", programme, demande, err, &e.erreurs)
			}
			aide := e.sortie.String()
			lignes := strings.Split(strings.TrimSuffix(aide, "\n"), "\n")
			if len(lignes) > 24 {
				t.Errorf("%s %s : %d lignes, attendu 24 au plus", programme, demande, len(lignes))
			}
			for _, l := range lignes {
				if n := utf8.RuneCountInString(l); n > 80 || strings.TrimRight(l, " ") != l || strings.Contains(l, "\t") {
					t.Errorf("%s : %d colonnes, attendu 80 au plus, sans tabulation ni blanc final : %q", programme, n, l)
				}
			}
			var nommees []string
			for _, parties := range nom.FindAllStringSubmatch(aide, -1) {
				nommees = append(nommees, parties[1])
			}
			slices.Sort(nommees)
			attendues := append(optionsDe(programme), optionVersion)
			if slices.Sort(attendues); !slices.Equal(nommees, attendues) {
				t.Errorf("%s : l'aide nomme %q, attendu %q", programme, nommees, attendues)
			}
		}
	}
	c, _ := consoleDe(nil, "-h")
	c.sortie = sortieCassee{}
	if err := regler["client"](c); err != errSortie {
		t.Errorf("client -h, sortie fermée = %v, attendu %v", err, errSortie)
	}
}

type sortieCassee struct{}

var errSortie = errors.New("sortie fermée")

func (sortieCassee) Write([]byte) (int, error) { return 0, errSortie }

// Ce que l'aide dit des valeurs par défaut est vrai.
func TestValeursParDefaut(t *testing.T) {
	c, _ := consoleDe(nil)
	r, err := reglerClient(c)
	if err != nil || r.Adresse != "127.0.0.1:5000" || r.duCapteur(0).ID != "capteur_1" || r.nombre != 1 || r.intervalle != time.Second ||
		r.capteurs != 1 || r.Emission.Attente != 5*time.Second || r.patience != 30*time.Second || r.Appel.TLS != nil || r.saisie || r.temperature != nil || r.relues != nil {
		t.Errorf("reglerClient() = %+v, %v", r, err)
	}
	if autre, _ := reglerClient(c); autre.Graine == r.Graine {
		t.Errorf("deux clients ont la même graine : %d", r.Graine)
	}
	s, err := reglerServeur(c)
	if err != nil || s.Adresse != "127.0.0.1:5000" || s.url != "sqlite:donnees.db" || s.Reception.Inactivite != 5*time.Minute || s.Ecoute.Connexions != 10_000 || s.Reception.Delai != time.Minute || s.journal.Forme != "texte" || s.journal.Niveau != "info" {
		t.Errorf("reglerServeur() = %+v, %v", s, err)
	}
}

func TestReglerServeurRefuse(t *testing.T) {
	for args, phrase := range map[string]string{
		"-journal xml":          `-journal "xml" inconnu : texte ou json`,
		"-journal-niveau debug": `-journal-niveau "debug" inconnu : info, alerte ou erreur`,
		"-inactivite -1s":       "-inactivite -1s : une durée est attendue, comme 5m, ou 0 pour ne jamais fermer",
		"-delai 0s":             "-delai 0s : une durée positive est attendue, comme 1m",
		"-connexions 0":         "-connexions 0, -par-hote 1000 : au moins une connexion est attendue",
		"-par-hote 0":           "-par-hote 0",
		"-connexions -5":        "-connexions -5",
		"-adresse a:1 -n":       "option inconnue : -n",
	} {
		c, _ := consoleDe(nil, strings.Fields(args)...)
		_, err := reglerServeur(c)
		malUtilise(t, "reglerServeur("+args+")", err, phrase)
	}
	for _, args := range []string{"-tls-cert a", "-tls-cle a", "-tls-ac a", "-tls-cert absent -tls-cle absent"} {
		c, _ := consoleDe(nil, strings.Fields(args)...)
		if err := serveur(t.Context(), c, nil); err == nil {
			t.Errorf("serveur %s, attendu une erreur plutôt qu'un serveur en clair", args)
		}
	}
}

// Une adresse où rien ne peut écouter ni répondre est une faute de frappe, de l'un comme de l'autre côté.
func TestAdresseMalEcrite(t *testing.T) {
	for nom, regler := range map[string]func(console) error{
		"client":  func(c console) error { _, err := reglerClient(c); return err },
		"serveur": func(c console) error { _, err := reglerServeur(c); return err },
	} {
		for _, adresse := range []string{"", "foo", "127.0.0.1", "5000", "::1", "::1:5000", "[::1", "a:b:1", "foo:", "foo:abc", "foo:-1", "foo:65536", "foo:99999", "http://a:1"} {
			phrase := fmt.Sprintf("-adresse %q : écrivez hôte:port, par exemple 127.0.0.1:5000", adresse)
			c, _ := consoleDe(nil, "-adresse", adresse)
			malUtilise(t, nom+" -adresse "+adresse, regler(c), phrase)
			c, _ = consoleDe(map[string]string{"KATA_ADRESSE": adresse})
			malUtilise(t, "KATA_ADRESSE="+adresse+" "+nom, regler(c), phrase)
		}
		for _, adresse := range []string{"127.0.0.1:5000", ":5000", "foo:0", "[::1]:65535", "maison.example:http"} {
			if c, _ := consoleDe(nil, "-adresse", adresse); regler(c) != nil {
				t.Errorf("%s -adresse %s = %v", nom, adresse, regler(c))
			}
		}
	}
}

// Sans limite, une connexion peut se taire toujours.
func TestInactiviteNulle(t *testing.T) {
	c, _ := consoleDe(nil, "-inactivite", "0")
	if r, err := reglerServeur(c); err != nil || r.Reception.Inactivite != liaison.SansLimite {
		t.Errorf("reglerServeur(-inactivite 0) = %v, %v, attendu sans limite", r.Reception.Inactivite, err)
	}
}

func TestReglerClientRefuse(t *testing.T) {
	const ensemble = "ne vont pas ensemble"
	for args, phrase := range map[string]string{
		"-temperature 20 -n 3":                 "les options -temperature et -n " + ensemble,
		"-temperature 20 -saisie":              "les options -temperature et -saisie " + ensemble,
		"-saisie -n 3":                         "les options -saisie et -n " + ensemble,
		"-n 3 -fichier a":                      "les options -fichier et -n " + ensemble,
		"-n 3 -fichier a -temperature 20":      "les options -temperature et -fichier et -n " + ensemble,
		"-n -1":                                "-n -1 : un nombre de mesures est attendu, 0 pour ne pas s'arrêter",
		"-capteurs 0":                          "-capteurs 0 : de 1 à 10000 capteurs sont attendus",
		"-capteurs 10001":                      "-capteurs 10001 : de 1 à 10000 capteurs sont attendus",
		"-capteurs 2 -saisie":                  "un seul avec -saisie",
		"-intervalle -1s":                      "des durées positives sont attendues",
		"-attente 0s":                          "des durées positives sont attendues",
		"-patience -1s":                        "des durées positives sont attendues",
		"-temperature froid":                   `-temperature : "froid" n'est pas une température : écrivez un nombre, comme 23.5`,
		"-temperature NaN":                     "n'est pas une température",
		"-temperature 1e999":                   "n'est pas une température",
		"-capteur " + strings.Repeat("x", 129): "capteur_id : 128 caractères au plus",
		"-capteurs 10 -capteur " + strings.Repeat("x", 126): "capteur_id : 128 caractères au plus, 129 reçus",
		"-capteur a\u0000b": "caractère de contrôle",
	} {
		c, _ := consoleDe(nil, strings.Fields(args)...)
		_, err := reglerClient(c)
		malUtilise(t, "reglerClient("+args+")", err, phrase)
	}
	for _, args := range [][]string{{"-temperature", ""}, {"-capteur", " "}} {
		c, _ := consoleDe(nil, args...)
		_, err := reglerClient(c)
		malUtilise(t, fmt.Sprintf("reglerClient(%q)", args), err, "")
	}
	for _, args := range []string{"-tls-cert a", "-tls-cle a", "-tls-ac absent", "-fichier absent"} {
		c, _ := consoleDe(nil, strings.Fields(args)...)
		if _, err := reglerClient(c); err == nil || c.conclure(err) == codeBien {
			t.Errorf("reglerClient(%s) = %v, attendu une erreur", args, err)
		}
	}
}

func TestReglerClientAccepte(t *testing.T) {
	fichier := filepath.Join(t.TempDir(), "temperatures.txt")
	if err := os.WriteFile(fichier, []byte("1\n2,5\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, cas := range []struct {
		args string
		env  map[string]string
		bon  func(reglages) bool
	}{
		{"-temperature -3,5", nil, func(r reglages) bool { return *r.temperature == -3.5 }},
		{"-saisie", nil, func(r reglages) bool { return r.saisie && totalDe(r) == 0 }},
		{"-saisie=false -n 3", nil, func(r reglages) bool { return !r.saisie && r.nombre == 3 }},
		{"-n 0 -intervalle 0", nil, func(r reglages) bool { return r.nombre == 0 && r.intervalle == 0 }},
		{"-fichier " + fichier, nil, func(r reglages) bool {
			return slices.Equal(r.relues, []float64{1, 2.5}) && totalDe(r) == 2
		}},
		{"-capteurs 10 -capteur " + strings.Repeat("é", 125), nil, func(r reglages) bool { return r.capteurs == 10 }},
		{"-capteurs 9 -capteur " + strings.Repeat("x", 126), nil, func(r reglages) bool { return r.capteurs == 9 }},
		// La ligne de commande fait oublier l'environnement.
		{"-temperature 20", map[string]string{"KATA_N": "100"}, func(r reglages) bool { return *r.temperature == 20 && totalDe(r) == 1 }},
		{"-n 3", map[string]string{"KATA_TEMPERATURE": "20", "KATA_SAISIE": "true"}, func(r reglages) bool { return r.temperature == nil && !r.saisie && totalDe(r) == 3 }},
		{"-fichier " + fichier, map[string]string{"KATA_N": "100"}, func(r reglages) bool { return totalDe(r) == 2 }},
		{"-saisie", map[string]string{"KATA_N": "100"}, func(r reglages) bool { return r.saisie && totalDe(r) == 0 }},
		{"", map[string]string{"KATA_TEMPERATURE": "20"}, func(r reglages) bool { return *r.temperature == 20 }},
	} {
		c, _ := consoleDe(cas.env, strings.Fields(cas.args)...)
		r, err := reglerClient(c)
		if err != nil || !cas.bon(r) {
			t.Errorf("reglerClient(%s), %v = %+v, %v", cas.args, cas.env, r, err)
		}
	}
}

// totalDe rend le nombre de mesures prévues par ces réglages.
func totalDe(r reglages) int { return (&envoi{reglages: r}).total() }

func TestNomsEtGrainesDesCapteurs(t *testing.T) {
	for _, cas := range []struct {
		args    string
		noms    []string
		graines []uint64
	}{
		{"-graine 7", []string{"capteur_1"}, []uint64{7}},
		{"-capteur salon", []string{"salon"}, nil},
		{"-capteurs 3 -graine 7", []string{"capteur_1", "capteur_2", "capteur_3"}, []uint64{7, 8, 9}},
		{"-capteurs 2 -capteur salon", []string{"salon_1", "salon_2"}, nil},
	} {
		c, _ := consoleDe(nil, strings.Fields(cas.args)...)
		r, err := reglerClient(c)
		if err != nil {
			t.Fatal(err)
		}
		for i, nom := range cas.noms {
			rc := r.duCapteur(i)
			if rc.ID != nom || cas.graines != nil && rc.Graine != cas.graines[i] {
				t.Errorf("client %s, capteur %d = %q, graine %d, attendu %q, %v", cas.args, i, rc.ID, rc.Graine, nom, cas.graines)
			}
		}
	}
}

func TestLireTemperature(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		attendue := rapid.Float64().Draw(t, "température")
		texte := strconv.FormatFloat(attendue, rapid.SampledFrom([]byte("gfeE")).Draw(t, "forme"), -1, 64)
		if rapid.Bool().Draw(t, "virgule") {
			texte = strings.Replace(texte, ".", ",", 1)
		}
		texte = rapid.SampledFrom([]string{"", " ", "\t", "\u00a0"}).Draw(t, "blanc") + texte + rapid.SampledFrom([]string{"", " ", "\r"}).Draw(t, "fin")
		if lue, err := lireTemperature(texte); err != nil || lue != attendue {
			t.Fatalf("lireTemperature(%q) = %v, %v, attendu %v", texte, lue, err, attendue)
		}
		if relue, err := lireTemperature(enFrancais(attendue)); err != nil || relue != attendue {
			t.Fatalf("lireTemperature(enFrancais(%v)) = %v, %v", attendue, relue, err)
		}
	})
	for _, texte := range []string{"", " ", "froid", "1,2,3", "1.2,3", "NaN", "inf", "-Infinity", "1e999", "12°C", "1 2", "--1", "_1", "0x10", ",", "é"} {
		if lue, err := lireTemperature(texte); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%q n'est pas une température", texte)) {
			t.Errorf("lireTemperature(%q) = %v, %v, attendu une erreur qui le cite", texte, lue, err)
		}
	}
}

func TestLireTemperatures(t *testing.T) {
	chemin := filepath.Join(t.TempDir(), "temperatures.txt")
	encodages := map[string]encoding.Encoding{
		"UTF-8": encoding.Nop, "UTF-8 à BOM": unicode.UTF8BOM,
		"UTF-16 petit-boutiste": unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), "UTF-16 gros-boutiste": unicode.UTF16(unicode.BigEndian, unicode.UseBOM),
	}
	ecrire := func(t rapid.TB, contenu string) {
		if err := os.WriteFile(chemin, []byte(contenu), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// Autour des températures, tout ce qui ne compte pas ; une seule ligne fautive donne son numéro.
	ignorees := rapid.SliceOfN(rapid.SampledFrom([]string{"", "  ", "# commentaire", "\t#20", "#"}), 0, 3)
	rapid.Check(t, func(t *rapid.T) {
		attendues := rapid.SliceOfN(rapid.Float64(), 1, 10).Draw(t, "températures")
		fautive := rapid.IntRange(0, 2*len(attendues)).Draw(t, "ligne fautive, s'il y en a une")
		var lignes []string
		numero := 0
		for i, temperature := range attendues {
			lignes = append(lignes, ignorees.Draw(t, "ignorées")...)
			texte := " " + enFrancais(temperature)
			if i == fautive {
				texte, numero = "20 # froid", len(lignes)+1
			}
			lignes = append(lignes, texte)
		}
		saut := rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t, "fin de ligne")
		contenu := strings.Join(lignes, saut) + rapid.SampledFrom([]string{"", saut}).Draw(t, "dernière fin")
		encodage := rapid.SampledFrom(slices.Sorted(maps.Keys(encodages))).Draw(t, "encodage") // ceux des éditeurs et de PowerShell
		encode, err := encodages[encodage].NewEncoder().String(contenu)
		if err != nil {
			t.Fatal(err)
		}
		ecrire(t, encode)
		lues, err := lireTemperatures(chemin)
		switch {
		case numero > 0:
			if attendu := fmt.Sprintf("%s, ligne %d : ", chemin, numero); err == nil || !strings.HasPrefix(err.Error(), attendu) {
				t.Fatalf("lireTemperatures(%q) = %v, %v, attendu une erreur %q", lignes, lues, err, attendu)
			}
		case err != nil || !slices.Equal(lues, attendues):
			t.Fatalf("lireTemperatures(%q) = %v, %v, attendu %v", lignes, lues, err, attendues)
		}
	})
	for contenu, phrase := range map[string]string{
		"":           "aucune température",
		"# rien\n\n": "aucune température",
	} {
		ecrire(t, contenu)
		if _, err := lireTemperatures(chemin); err == nil || !strings.Contains(err.Error(), phrase) || !strings.Contains(err.Error(), chemin) {
			t.Errorf("lireTemperatures(%.20q) = %v, attendu une erreur qui nomme le fichier et dise %q", contenu, err, phrase)
		}
	}
}

// Un fichier qui ne se lit pas, ou qui n'est pas du texte, se dit en français, et sans danger pour un terminal.
func TestFichierInutilisable(t *testing.T) {
	dossier := t.TempDir()
	deposer := func(nom, contenu string) string {
		chemin := filepath.Join(dossier, nom)
		if err := os.WriteFile(chemin, []byte(contenu), 0o600); err != nil {
			t.Fatal(err)
		}
		return chemin
	}
	absent := filepath.Join(dossier, "absent")
	ferme := deposer("ferme", "20\n")
	if err := os.Chmod(ferme, 0); err != nil {
		t.Fatal(err)
	}
	for chemin, c := range map[string]struct {
		phrase string
		cause  error
	}{
		absent:                       {"fichier introuvable", os.ErrNotExist},
		filepath.Join(ferme, "sous"): {"", nil},
		dossier:                      {"c'est un dossier, un fichier est attendu", nil},
		ferme:                        {"lecture interdite, vérifiez ses droits", os.ErrPermission},
		deposer("long", "20\n"+strings.Repeat("1", 70_000)):                  {"ligne 2 : plus de 64 Kio, ce n'est pas une température", nil},
		deposer("binaire", "\x7fELF\x00\x1b[2J"+strings.Repeat("\xff", 300)): {`ligne 1 : "\x7fELF\x00\x1b[2J`, nil},
		deposer("retourne", "20\n\u202e02\n"):                                {`ligne 2 : "\u202e02" n'est pas une température`, nil},
		deposer("long mot", strings.Repeat("é", 61)):                         {`"` + strings.Repeat("é", 60) + `…" n'est pas une température`, nil},
		deposer("soixante", strings.Repeat("é", 60)):                         {`"` + strings.Repeat("é", 60) + `" n'est pas une température`, nil},
	} {
		_, err := lireTemperatures(chemin)
		if err == nil && chemin == ferme {
			continue // root, ou Windows, lit tout
		}
		if err == nil {
			t.Errorf("lireTemperatures(%s), attendu une erreur", chemin)
			continue
		}
		dit := strings.TrimPrefix(err.Error(), chemin)
		if dit == err.Error() || !strings.Contains(dit, c.phrase) || c.cause != nil && !errors.Is(err, c.cause) {
			t.Errorf("lireTemperatures(%s) = %q, attendu le chemin puis « %s »", chemin, err, c.phrase)
		}
		if dit != lisible.Texte(dit) || len([]rune(dit)) > 400 {
			t.Errorf("lireTemperatures(%s) = %q : ni borné ni sans danger", chemin, err)
		}
		for _, anglais := range []string{"open ", "read ", "no such", "is a directory", "denied", "token", "not a dir"} {
			if strings.Contains(dit, anglais) {
				t.Errorf("lireTemperatures(%s) = %q, où il reste de l'anglais", chemin, err)
			}
		}
	}
}

func TestConclure(t *testing.T) {
	for _, cas := range []struct {
		err   error
		code  int
		texte string
	}{
		{nil, 0, ""},
		{errMontree, 0, ""},
		{fmt.Errorf("enveloppée : %w", errMontree), 0, ""},
		{errors.New("raté"), 1, "erreur : raté\n"},
		{mauvaisUsage("-n %d", 3), 2, "erreur : -n 3\n-h montre les options.\n"},
		{fmt.Errorf("en vrai : %w", mauvaisUsage("-n")), 2, "erreur : en vrai : -n\n-h montre les options.\n"},
	} {
		c, e := consoleDe(nil)
		if code := c.conclure(cas.err); code != cas.code || e.erreurs.String() != cas.texte || e.sortie.Len() > 0 {
			t.Errorf("conclure(%v) = %d, %q, attendu %d, %q", cas.err, code, &e.erreurs, cas.code, cas.texte)
		}
	}
}
