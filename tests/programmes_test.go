package tests

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"capteurs/shared/mesure"
	"capteurs/tests/couche"
)

// laPaire est le cas d'un client et d'un serveur, et de rien d'autre.
const laPaire = "une température donnée"

// Ce que chaque étape doit faire avec chaque moteur de sauvegarde, donné par une URL encore vide.
var casParMoteur = []struct {
	nom      string
	verifier func(t *testing.T, e etape, url string)
}{
	{"une sauvegarde inutilisable", sauvegardeInutilisable},
	{"un client retrouve son serveur", clientRetrouve},
	{laPaire, uneTemperature},
	{"plusieurs capteurs générés", plusieursCapteurs},
	{"un fichier de températures", fichierDeTemperatures},
	{"la saisie", saisie},
	{"un client sans fin interrompu", clientInterrompu},
	{"un redémarrage garde tout", redemarrage},
	{"un arrêt en charge ne perd rien", arretEnCharge},
	{"une coupure brutale en charge ne perd rien", coupureBrutale},
	{"un disque plein puis libéré", disquePlein},
}

// Ce que chaque étape doit faire en plus. Qui attend le plus longtemps part le premier.
var cas = []struct {
	nom      string
	verifier func(t *testing.T, e etape)
}{
	{"une base déjà tenue", baseTenue},
	{"des clients étrangers", clientsEtrangers},
	{"une graine reproduit", graine},
	{"l'environnement", environnement},
	{"l'aide", aide},
	{"la version", laVersion},
	{"un mauvais usage", mauvaisUsage},
	{"un port pris", portPris},
	{"un serveur absent", serveurAbsent},
	{"un serveur qui n'accuse pas réception", serveurMuet},
	{"un arrêt confirme ce qui est arrivé", arretApresArrivee},
	{"un second signal", secondSignal},
	{"un signal répété", signalRepete},
	{"un fichier texte déjà tenu", fichierTenu},
	{"une base d'une autre sorte", baseEtrangere},
	{"la limite de connexions", limiteDeConnexions},
	{"une connexion muette", connexionMuette},
	{"un client rare", clientRare},
	{"une connexion qui traîne", connexionQuiTraine},
	{"un journal encombré", journalEncombre},
	{"une sortie fermée", sortieFermee},
	{"une rotation", rotation},
	{"un certificat renouvelé", certificatRenouvele},
	{"TLS", tlsReussi},
	{"TLS refusé", tlsRefuse},
	{"TLS 1.2", tlsAncien},
	{"une poignée de main sans fin", poigneeSansFin},
	{"TLS mal réglé", tlsMalRegle},
	{"des octets hostiles", octetsHostiles},
	{"un serveur hostile", serveurHostile},
	{"sans option, cette machine seulement", sansOption},
	{"des fichiers à leur seul propriétaire", fichiersPrives},
	{"un mot de passe ne se montre pas", motDePasseTu},
}

// TestProgrammes vérifie chaque cas sur chaque étape, avec chaque moteur pour la suite entière, sinon avec l'un ou l'autre. Avec
// -short, une paire de programmes envoie sur chaque étape avec chaque moteur ; les autres cas se partagent les étapes et les moteurs.
func TestProgrammes(t *testing.T) {
	t.Parallel()
	for rang, nom := range etapes {
		enParallele(t, nom, func(t *testing.T) {
			e := laEtape(t, nom)
			for m, moteur := range moteurs {
				enParallele(t, moteur, func(t *testing.T) {
					for i, c := range casParMoteur {
						if c.nom == laPaire || aSonTour(i, rang, len(etapes)) && unMoteur(t, i+rang, m) {
							enParallele(t, c.nom, func(t *testing.T) { c.verifier(t, e, nouvelleURL(t, moteur)) })
						}
					}
				})
			}
			for i, c := range cas {
				if aSonTour(i, rang, len(etapes)) {
					enParallele(t, c.nom, func(t *testing.T) { c.verifier(t, e) })
				}
			}
		})
	}
}

// unMoteur dit si un cas se vérifie avec ce moteur : hors de la suite entière, chaque cas n'en a qu'un, à tour de rôle.
func unMoteur(t *testing.T, cas, moteur int) bool {
	t.Helper()
	return couche.EstEntiere(t) || cas%len(moteurs) == moteur
}

// TestCroisement envoie de chaque client à chaque serveur ; avec -short, de chaque client au serveur de l'étape suivante.
func TestCroisement(t *testing.T) {
	t.Parallel()
	for i, duServeur := range etapes {
		for j, duClient := range etapes {
			if !aSonTour(i+len(etapes)-1, j, len(etapes)) {
				continue
			}
			enParallele(t, duClient+" vers "+duServeur, func(t *testing.T) {
				for m, moteur := range moteurs {
					if !unMoteur(t, i+j, m) {
						continue
					}
					verifierEnvoi(t, laEtape(t, duServeur), laEtape(t, duClient), nouvelleURL(t, moteur),
						"-n", "30", "-intervalle", "0", "-capteurs", "2")
				}
			})
		}
	}
}

// verifierEnvoi envoie d'un programme à l'autre, et vérifie que ce qui est enregistré est ce qui est parti. Elle rend
// les mesures.
func verifierEnvoi(t *testing.T, duServeur, duClient etape, url string, options ...string) []mesure.Mesure {
	t.Helper()
	s := duServeur.servir(t, url)
	r := relayer(t, s.adresse)
	duClient.envoyer(t, r.adresse, options...)
	lues := s.arreterEtRelire(t)
	comparer(t, lues, r.envoyees(t))
	return lues
}

func uneTemperature(t *testing.T, e etape, url string) {
	lues := verifierEnvoi(t, e, e, url, "-temperature", "23.5")
	comparer(t, lues, de("capteur_1", 23.5))
}

func plusieursCapteurs(t *testing.T, e etape, url string) {
	lues := parCapteur(verifierEnvoi(t, e, e, url, "-n", "50", "-intervalle", "0", "-capteurs", "4", "-capteur", "salle"))
	for i := range 4 {
		id := fmt.Sprintf("salle_%d", i+1)
		if len(lues[id]) != 50 {
			t.Errorf("%s : %d mesures, 50 attendues", id, len(lues[id]))
		}
	}
	if len(lues) != 4 {
		t.Errorf("%d capteurs, 4 attendus", len(lues))
	}
}

func fichierDeTemperatures(t *testing.T, e etape, url string) {
	fichier := filepath.Join(t.TempDir(), "relevé du matin.txt")
	if err := os.WriteFile(fichier, []byte("# relevé\n20.5\n\n-3,25\n21"), 0o600); err != nil {
		t.Fatal(err)
	}
	lues := verifierEnvoi(t, e, e, url, "-fichier", fichier, "-intervalle", "0", "-capteur", "cave")
	comparer(t, lues, de("cave", 20.5, -3.25, 21))
}

func saisie(t *testing.T, e etape, url string) {
	s := e.servir(t, url)
	cmd := e.commandeClient(s.adresse, "-saisie", "-capteur", "à la main")
	clavier, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	p := lancer(t, cmd)
	question := regexp.QuoteMeta("Température en °C (vide pour finir) : ")
	// On répond à chaque question une fois posée, comme au clavier : rien ne doit attendre la fin de l'entrée.
	for _, dialogue := range []struct{ attendu, reponse string }{
		{`^` + question + `$`, "douze\n"},
		{`"douze" n'est pas une température.*\n` + question + `$`, "23,5\n"},
		{`23,5 °C, enregistrée\n` + question + `$`, "-4.25\n"},
		{`-4,25 °C, enregistrée\n` + question + `$`, "\n"},
	} {
		p.attendre(t, p.sortie, dialogue.attendu)
		if _, err := io.WriteString(clavier, dialogue.reponse); err != nil {
			t.Fatal(err)
		}
	}
	if code := p.code(t); code != 0 {
		t.Errorf("code de sortie %d, 0 attendu", code)
	}
	comparer(t, s.arreterEtRelire(t), de("à la main", 23.5, -4.25))
}

// Ce que le capteur de graine 1 génère.
var graine1 = []float64{19.84, 19.93, 19.83, 19.63, 19.73}

var bilan = regexp.MustCompile(`(?m)^(\d+) mesures? envoyées? : (\d+) enregistrées?(?:, (\d+) dont le sort est inconnu)?$`)

func clientInterrompu(t *testing.T, e etape, url string) {
	s := e.servir(t, url)
	p := lancer(t, e.commandeClient(s.adresse, "-n", "0", "-intervalle", "2ms"))
	p.attendre(t, p.sortie, `(?s)(enregistrée\n.*){5}`)
	p.demanderArret(t)
	if code := p.code(t); code != 0 {
		t.Errorf("code de sortie %d, 0 attendu : un envoi sans fin n'a rien laissé en plan", code)
	}
	dit := bilan.FindStringSubmatch(p.sortie.String())
	if dit == nil {
		t.Fatalf("bilan %q attendu", bilan)
	}
	var comptes [3]int // envoyées, enregistrées, de sort inconnu : celle qui était en route au moment du signal
	for i, n := range dit[1:] {
		comptes[i], _ = strconv.Atoi(n)
	}
	if lues := len(s.arreterEtRelire(t)); comptes[0] != comptes[1]+comptes[2] || lues < comptes[1] || lues > comptes[0] {
		t.Errorf("bilan %q, %d mesures enregistrées", dit[0], lues)
	}
}

func graine(t *testing.T, e etape) {
	s := e.servir(t, nouvelleURL(t, "sqlite"))
	var sorties []string
	for _, g := range []string{"1", "1", "2"} {
		sorties = append(sorties, e.envoyer(t, s.adresse, "-n", "5", "-intervalle", "0", "-graine", g).sortie)
	}
	if sorties[0] != sorties[1] || sorties[0] == sorties[2] {
		t.Errorf("graines 1, 1 et 2 : les deux premières sorties doivent être égales, la dernière autre :\n%s", strings.Join(sorties, "\n"))
	}
	// Le programme ne change pas de marche d'une étape à l'autre, ni d'un jour à l'autre.
	lues := s.arreterEtRelire(t)
	comparer(t, lues[:min(5, len(lues))], de("capteur_1", graine1...))
}

func environnement(t *testing.T, e etape) {
	url := nouvelleURL(t, "texte")
	cmd := exec.Command(e.serveur, "-adresse", "127.0.0.1:0")
	cmd.Env = []string{"KATA_SAUVEGARDE=" + url, "KATA_ADRESSE=cette adresse ne sert pas, l'option l'emporte"}
	s := attendreServeur(t, url, cmd)

	cmd = exec.Command(e.client, "-temperature", "2")
	cmd.Env = []string{"KATA_ADRESSE=" + s.adresse, "KATA_TEMPERATURE=1", "KATA_CAPTEUR=env"}
	if r := lancer(t, cmd).resultat(t); r.code != 0 {
		t.Errorf("client : code de sortie %d, 0 attendu\n%s", r.code, r.erreurs)
	}
	comparer(t, s.arreterEtRelire(t), de("env", 2))
}

func aide(t *testing.T, e etape) {
	for programme, options := range map[string]string{
		e.serveur: "adresse sauvegarde tls-cert tls-cle tls-ac inactivite delai connexions par-hote journal journal-niveau version",
		e.client:  "adresse capteur temperature saisie fichier n intervalle capteurs graine attente confirmation patience tls tls-ac tls-cert tls-cle version",
	} {
		r := lancer(t, exec.Command(programme, "-h")).resultat(t)
		if r.code != 0 || r.erreurs != "" {
			t.Errorf("%s -h : code de sortie %d, %q sur la sortie d'erreur ; 0 et rien attendus", programme, r.code, r.erreurs)
		}
		lignes := strings.Split(strings.TrimSuffix(r.sortie, "\n"), "\n")
		if len(lignes) > 24 {
			t.Errorf("%s -h : %d lignes, 24 au plus attendues", programme, len(lignes))
		}
		for _, ligne := range lignes {
			if largeur := utf8.RuneCountInString(ligne); largeur > 80 {
				t.Errorf("%s -h : %d colonnes, 80 au plus attendues : %q", programme, largeur, ligne)
			}
		}
		attendues := strings.Fields(options)
		slices.Sort(attendues)
		if dites := optionsDites(r.sortie); !slices.Equal(dites, attendues) {
			t.Errorf("%s -h : options %v, %v attendues", programme, dites, attendues)
		}
	}
}

func laVersion(t *testing.T, e etape) {
	for _, programme := range []string{e.serveur, e.client} {
		r := lancer(t, exec.Command(programme, "-version")).resultat(t)
		forme := regexp.MustCompile(`^capteurs/step\d_\w+/cmd/(client|serveur)( v\S+)?\ncommit .*, go1\.`)
		if r.code != 0 || !forme.MatchString(r.sortie) || r.erreurs != "" {
			t.Errorf("%s -version : code de sortie %d, %q, %q ; 0, le programme, le commit et Go attendus", programme, r.code, r.sortie, r.erreurs)
		}
	}
}

// optionsDites rend les options que l'aide présente, celles qui ouvrent une ligne.
func optionsDites(aide string) []string {
	var dites []string
	for _, ligne := range regexp.MustCompile(`(?m)^  (-[a-z].*)$`).FindAllString(aide, -1) {
		for _, nom := range regexp.MustCompile(`(?:^  |, )-([a-z-]+)`).FindAllStringSubmatch(ligne, -1) {
			dites = append(dites, nom[1])
		}
	}
	slices.Sort(dites)
	return dites
}
