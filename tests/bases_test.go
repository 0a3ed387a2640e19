package tests

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"capteurs/tests/conteneurs"
	"capteurs/tests/contrat"
)

var bases = []*conteneurs.Moteur{conteneurs.Postgres, conteneurs.MariaDB}

// TestBases vérifie les sauvegardes distantes contre de vraies bases : la même suite que pour les fichiers, puis les
// programmes des trois étapes, puis les pannes.
func TestBases(t *testing.T) {
	conteneurs.Exiger(t)
	for _, m := range bases {
		enParallele(t, m.Genre, func(t *testing.T) {
			base := m.Partage(t)
			t.Run("contrat", func(t *testing.T) {
				contrat.VerifierSauvegarde(t, contrat.Moteur{Neuve: func(contrat.T) string { return base.URL(t, base.Adresse(t)) }})
			})
			for _, nom := range etapes {
				enParallele(t, nom, func(t *testing.T) {
					e := laEtape(t, nom)
					plusieursCapteurs(t, e, base.URL(t, base.Adresse(t)))
					uneTemperature(t, e, base.URL(t, base.Adresse(t)))
				})
			}
			enParallele(t, "deux serveurs", func(t *testing.T) { basePartagee(t, base.URL(t, base.Adresse(t)), etapes[0], etapes[2]) })
			enParallele(t, "refus", func(t *testing.T) { refusDeLaBase(t, laEtape(t, etapes[2]), m, base) })
			enParallele(t, "pannes", func(t *testing.T) { // l'une après l'autre, sur une base qu'elles ne partagent qu'entre elles
				base := m.Neuf(t)
				for i, p := range pannes {
					t.Run(p.nom, func(t *testing.T) { panne(t, laEtape(t, etapes[i%len(etapes)]), base, p.provoquer) })
				}
				t.Run("absente au départ", func(t *testing.T) { absenteAuDepart(t, laEtape(t, etapes[0]), base) })
			})
		})
	}
}

// basePartagee fait enregistrer en même temps, dans une même base, le serveur de chacune de ces étapes.
func basePartagee(t *testing.T, url string, noms ...string) {
	const capteurs, n = 3, 300
	fichier := temperatures(t, n)
	var serveurs []*serveur
	var clients []*processus
	for rang, nom := range noms {
		e := laEtape(t, nom)
		s := e.servir(t, url)
		serveurs = append(serveurs, s)
		clients = append(clients, lancer(t, e.commandeClient(s.adresse, "-fichier", fichier,
			"-capteur", fmt.Sprintf("groupe_%d", rang), "-capteurs", strconv.Itoa(capteurs), "-intervalle", "1ms")))
	}
	for rang, c := range clients {
		if code := c.code(t); code != 0 {
			t.Fatalf("client %d : code de sortie %d, 0 attendu\n%s", rang, code, c.erreurs)
		}
		serveurs[rang].arreter(t)
	}
	lues := parCapteur(relire(t, url))
	for rang, s := range serveurs {
		repetees := 0 // sur une machine très lente, la base peut faire attendre une écriture plus que le serveur ne l'attend
		for i := range capteurs {
			id := fmt.Sprintf("groupe_%d_%d", rang, i+1)
			if !livrees(lues[id], n) {
				t.Errorf("%s : %d mesures enregistrées, attendu les %d envoyées, dans l'ordre, et rien d'autre que leurs répétitions :\n%v", id, len(lues[id]), n, lues[id])
			}
			repetees += len(lues[id]) - n
		}
		s.verifierRepetitions(t, repetees)
	}
	if len(lues) != len(noms)*capteurs {
		t.Errorf("%d capteurs, %d attendus", len(lues), len(noms)*capteurs)
	}
}

// refusDeLaBase vérifie ce que dit un serveur à qui la base dit non, et qu'il ne dit jamais le mot de passe.
func refusDeLaBase(t *testing.T, e etape, m *conteneurs.Moteur, base *conteneurs.Conteneur) {
	bonne := base.URL(t, base.Adresse(t))
	secret := "secret-evente"
	debut, fin, _ := strings.Cut(bonne, "@")
	mauvaise := debut[:strings.LastIndexByte(debut, ':')+1] + secret + "@" + fin
	for nom, c := range map[string]struct {
		url  string
		mots []string
	}{
		"mot de passe": {mauvaise, []string{m.Genre, "mot de passe"}},
		"mal écrite":   {m.Genre + "://u:" + secret + "@:port/x y", []string{m.Genre, "URL incorrecte"}},
	} {
		r := lancer(t, exec.Command(e.serveur, optionsServeur(c.url)...)).resultat(t)
		verifierRefus(t, r, 1, c.mots...)
		if tout := r.sortie + r.erreurs; strings.Contains(tout, secret) {
			t.Errorf("%s : le mot de passe est montré : %s", nom, tout)
		}
	}
	base.Executer(t, "CREATE TABLE "+conteneurs.Nom(bonne)+".mesures (autre int)")
	verifierRefus(t, lancer(t, exec.Command(e.serveur, optionsServeur(bonne)...)).resultat(t), 1, "autre table mesures")
}

// pannes sont celles d'une base en train de servir. Chacune rend la base à la fin.
var pannes = []struct {
	nom       string
	provoquer func(t *testing.T, base *conteneurs.Conteneur, relais *relais, ouvrir, absente func())
}{
	{"arrêtée", func(t *testing.T, base *conteneurs.Conteneur, relais *relais, _, absente func()) {
		base.Arreter(t)
		absente()
		base.Relancer(t)
		relais.vers.Store(base.Adresse(t))
	}},
	{"tuée", func(t *testing.T, base *conteneurs.Conteneur, relais *relais, _, absente func()) {
		base.Tuer(t)
		absente()
		base.Relancer(t)
		relais.vers.Store(base.Adresse(t))
	}},
	{"gelée", func(t *testing.T, base *conteneurs.Conteneur, _ *relais, _, absente func()) {
		base.Geler(t)
		absente() // plus longtemps, donc, qu'une écriture ne peut durer
		base.Degeler(t)
	}},
	{"coupée", func(t *testing.T, _ *conteneurs.Conteneur, relais *relais, ouvrir, _ func()) {
		relais.limiter(1000, func(base net.Conn) { base.Close() }) // au milieu d'une des écritures qui suivent
		ouvrir()                                                   // le serveur peut recommencer de lui-même : rien n'était validé
	}},
}

// panne soumet une base à une panne pendant que des capteurs y écrivent : le serveur survit, les capteurs finissent par
// tout livrer, et rien de confirmé ne manque. Une mesure dont la confirmation s'est perdue peut être enregistrée deux fois.
func panne(t *testing.T, e etape, base *conteneurs.Conteneur, provoquer func(*testing.T, *conteneurs.Conteneur, *relais, func(), func())) {
	relais := relayer(t, base.Adresse(t))
	url := base.URL(t, relais.adresse)
	s := e.servir(t, url)
	const capteurs, n = 4, 600
	vanne := relayer(t, s.adresse)
	ouvrir := vanne.retenir(len(message("capteur_1", 100)) * n / 2) // la charge ne peut pas être passée avant la panne
	client := lancer(t, e.commandeClient(vanne.adresse, "-fichier", temperatures(t, n), "-capteurs", strconv.Itoa(capteurs), "-intervalle", "2ms"))
	client.attendre(t, client.sortie, `capteur_1 : 99 °C, enregistrée`)
	provoquer(t, base, relais, ouvrir, func() {
		ouvrir()
		client.attendre(t, client.erreurs, `nouveaux essais`)
	})
	if code := client.code(t); code != 0 {
		t.Fatalf("client : code de sortie %d, 0 attendu\n%s", code, client.erreurs)
	}
	if dit := fmt.Sprintf("%d mesures envoyées : %[1]d enregistrées\n", capteurs*n); !strings.HasSuffix(client.sortie.String(), dit) {
		t.Errorf("bilan %q, %q attendu", abreger(client.sortie.String()), dit)
	}
	lues := parCapteur(s.arreterEtRelire(t))
	repetees := 0
	for i := range capteurs {
		id := fmt.Sprintf("capteur_%d", i+1)
		if !livrees(lues[id], n) {
			t.Errorf("%s : %d mesures enregistrées, attendu les %d envoyées, dans l'ordre, et rien d'autre que leurs répétitions :\n%v", id, len(lues[id]), n, lues[id])
		}
		repetees += len(lues[id]) - n
	}
	s.verifierRepetitions(t, repetees)
}

// livrees dit si lues est 0, 1, 2… n-1, où des mesures déjà lues peuvent revenir : une validation que la base a faite sans
// pouvoir le dire.
func livrees(lues []float64, n int) bool {
	prochaine := 0
	for _, lue := range lues {
		switch rang := int(lue); {
		case lue != float64(rang) || rang < 0 || rang > prochaine:
			return false
		case rang == prochaine:
			prochaine++
		}
	}
	return prochaine == n
}

// verifierRepetitions vérifie qu'un serveur, qui a fini, a annoncé au moins autant d'échecs douteux qu'il y a de mesures répétées :
// un capteur qui attend chaque confirmation n'a qu'une mesure à renvoyer par échec, et les autres échecs n'enregistrent rien.
func (s *serveur) verifierRepetitions(t *testing.T, repetees int) {
	t.Helper()
	echecs := strings.Count(s.erreurs.String(), `raison="sauvegarde impossible`)
	douteux := strings.Count(s.erreurs.String(), `ces mesures y sont peut-être`)
	t.Logf("%d échecs annoncés, dont %d douteux, %d mesures répétées", echecs, douteux, repetees)
	if repetees > douteux {
		t.Errorf("%d mesures répétées, attendu %d au plus : une par échec que le serveur a dit douteux", repetees, douteux)
	}
}

// suite rend les températures 0 à n-1.
func suite(n int) []float64 {
	temperatures := make([]float64, n)
	for i := range temperatures {
		temperatures[i] = float64(i)
	}
	return temperatures
}

// temperatures écrit les températures 0 à n-1 dans un fichier, et rend son chemin.
func temperatures(t *testing.T, n int) string {
	t.Helper()
	var texte strings.Builder
	for _, temperature := range suite(n) {
		fmt.Fprintln(&texte, temperature)
	}
	fichier := filepath.Join(t.TempDir(), "temperatures.txt")
	if err := os.WriteFile(fichier, []byte(texte.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return fichier
}

// absenteAuDepart lance un serveur dont la base est arrêtée : il l'attend, puis sert.
func absenteAuDepart(t *testing.T, e etape, base *conteneurs.Conteneur) {
	relais := relayer(t, base.Adresse(t))
	url := base.URL(t, relais.adresse)
	base.Arreter(t)
	p := lancer(t, exec.Command(e.serveur, optionsServeur(url)...))
	p.attendre(t, p.erreurs, `base injoignable, nouveaux essais`)
	base.Relancer(t)
	relais.vers.Store(base.Adresse(t))
	s := attendreEcoute(t, url, p)
	e.envoyer(t, s.adresse, "-temperature", "23.5")
	comparer(t, s.arreterEtRelire(t), de("capteur_1", 23.5))
}
