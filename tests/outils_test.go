package tests

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"capteurs/shared/mesure"
	"capteurs/shared/sauvegarde"
	"capteurs/tests/conteneurs"
	"capteurs/tests/contrat"
	"capteurs/tests/couche"
)

var (
	etapes  = []string{"step1_procedural", "step2_poo", "step3_heritage"}
	moteurs = []string{"sqlite", "texte"}
)

// Rien n'est attendu sans limite ; celle-ci ne juge pas la vitesse, elle évite de rester bloqué.
const delai = 2 * time.Minute

// racine est le dépôt : go test lance la suite dans son dossier.
const racine = ".."

func TestMain(m *testing.M) {
	if ou := os.Getenv(variableGarde); ou != "" {
		if err := garder(os.Args[1], ou); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	flag.Parse()
	// Les tests attendent surtout d'autres processus : en mener plus que de processeurs ne les gêne pas.
	if p := flag.Lookup("test.parallel"); p.Value.String() == p.DefValue {
		_ = flag.Set("test.parallel", "24")
	}
	dossier, err := os.MkdirTemp("", "capteurs-programmes-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	programmes = construire(dossier)
	code := m.Run()
	if err := conteneurs.Fermer(); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.RemoveAll(dossier)
	os.Exit(code)
}

// enParallele lance un sous-test qui n'attend pas ses voisins.
func enParallele(t *testing.T, nom string, f func(t *testing.T)) {
	t.Run(nom, func(t *testing.T) {
		t.Parallel()
		f(t)
	})
}

// flux garde ce qu'un programme écrit, et réveille qui attend.
type flux struct {
	mu     sync.Mutex
	texte  bytes.Buffer
	change chan struct{} // fermé, puis remplacé, à chaque écriture
}

func nouveauFlux() *flux { return &flux{change: make(chan struct{})} }

func (f *flux) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	close(f.change)
	f.change = make(chan struct{})
	return f.texte.Write(p)
}

// lire rend le texte, et le canal qui sera fermé quand il y en aura plus.
func (f *flux) lire() (string, <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.texte.String(), f.change
}

func (f *flux) String() string {
	texte, _ := f.lire()
	return texte
}

// processus est un programme lancé par un test, et qui ne lui survit pas.
type processus struct {
	cmd             *exec.Cmd
	sortie, erreurs *flux
	fini            chan struct{} // fermé quand il est mort et que ses flux sont lus
}

// lancer démarre cmd dans un environnement sans KATA_…, auquel cmd.Env s'ajoute. Ses sorties sont retenues, si cmd ne les
// envoie pas ailleurs.
func lancer(t *testing.T, cmd *exec.Cmd) *processus {
	t.Helper()
	p := &processus{cmd: cmd, sortie: nouveauFlux(), erreurs: nouveauFlux(), fini: make(chan struct{})}
	cmd.Env = append(sansReglages(), cmd.Env...)
	if cmd.Stdout == nil {
		cmd.Stdout = p.sortie
	}
	if cmd.Stderr == nil {
		cmd.Stderr = p.erreurs
	}
	if cmd.Dir == "" {
		cmd.Dir = t.TempDir()
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = cmd.Wait() // ProcessState dit tout
		close(p.fini)
	}()
	t.Cleanup(func() {
		p.tuer(t)
		if trace := regexp.MustCompile(`(?m)^(panic:|goroutine \d|fatal error:|WARNING: DATA RACE)`); trace.MatchString(p.erreurs.String()) {
			t.Errorf("%s a laissé une trace d'exécution", filepath.Base(cmd.Path))
		}
		if t.Failed() {
			t.Logf("%s\nsortie :\n%s\nerreurs :\n%s", cmd, abreger(p.sortie.String()), abreger(p.erreurs.String()))
		}
	})
	return p
}

// sansReglages rend notre environnement, sans les KATA_….
func sansReglages() []string {
	return slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "KATA_") })
}

func abreger(texte string) string {
	const debut, fin = 1500, 1500
	if len(texte) <= debut+fin {
		return texte
	}
	return texte[:debut] + "\n[…]\n" + texte[len(texte)-fin:]
}

// attendre attend que motif paraisse dans f, et rend ses groupes.
func (p *processus) attendre(t *testing.T, f *flux, motif string) []string {
	t.Helper()
	limite := time.After(delai)
	for re, fini := regexp.MustCompile(motif), false; ; {
		texte, change := f.lire()
		if groupes := re.FindStringSubmatch(texte); groupes != nil {
			return groupes
		}
		if fini {
			t.Fatalf("le programme s'est arrêté (%v), %q attendu dans :\n%s", p.cmd.ProcessState, motif, abreger(texte))
		}
		select {
		case <-change:
		case <-p.fini:
			fini = true
		case <-limite:
			t.Fatalf("après %v, %q toujours attendu dans :\n%s", delai, motif, abreger(texte))
		}
	}
}

// attendreFait attend qu'un canal soit fermé.
func attendreFait(t *testing.T, quoi string, fait <-chan struct{}) {
	t.Helper()
	select {
	case <-fait:
	case <-time.After(delai):
		t.Fatalf("après %v, toujours attendu : %s", delai, quoi)
	}
}

// attendreTous attend des goroutines.
func attendreTous(t *testing.T, quoi string, tous *sync.WaitGroup) {
	t.Helper()
	fini := make(chan struct{})
	go func() { tous.Wait(); close(fini) }()
	attendreFait(t, quoi, fini)
}

// code attend la fin du programme, et rend son code de sortie ; -1 s'il est mort d'un signal.
func (p *processus) code(t *testing.T) int {
	t.Helper()
	attendreFait(t, "la fin de "+p.cmd.String(), p.fini)
	return p.cmd.ProcessState.ExitCode()
}

// tuer arrête le programme sur-le-champ, comme kill -9.
func (p *processus) tuer(t *testing.T) {
	t.Helper()
	_ = p.cmd.Process.Kill() // il peut être déjà mort
	select {
	case <-p.fini:
	case <-time.After(delai):
		t.Errorf("%v après avoir été tué, %s n'est pas mort", delai, p.cmd)
	}
}

// demanderArret demande au programme de s'arrêter, comme Ctrl-C.
func (p *processus) demanderArret(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("Windows n'a pas de signal qui demande à un processus de s'arrêter")
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Fatal(err)
	}
}

// serveur est un serveur qui écoute.
type serveur struct {
	*processus
	adresse, url string
}

// servir lance le serveur de l'étape et attend qu'il dise où il écoute.
func (e etape) servir(t *testing.T, url string, options ...string) *serveur {
	t.Helper()
	return attendreServeur(t, url, exec.Command(e.serveur, optionsServeur(url, options...)...))
}

// ailleurs fait écouter un serveur là où nul autre ne reprendra son port.
func ailleurs() []string {
	return []string{"-adresse", net.JoinHostPort(contrat.HoteReserve(), "0")}
}

// rejouer recommence un essai que la machine a trop ralenti : un serveur qui s'arrête ne lit ses clients que pendant 2 s, et
// n'attend sa base que 3 s. L'essai rend le temps qu'ont couru ces délais ; échouer avant qu'ils passent, ou toujours, est un
// échec.
func rejouer(t *testing.T, essai func() (duree time.Duration, echec error)) {
	t.Helper()
	for limite := time.Now().Add(delai); ; {
		duree, echec := essai()
		if echec == nil {
			return
		}
		if duree < 2*time.Second || time.Now().After(limite) {
			t.Fatalf("après %v : %v", duree, echec)
		}
		t.Logf("machine trop lente, essai rejoué : %v", echec)
	}
}

func optionsServeur(url string, options ...string) []string {
	return append([]string{"-adresse", "127.0.0.1:0", "-sauvegarde", url}, options...)
}

// montree rend une URL telle que le serveur la montre : sans mot de passe ni options.
func montree(brute string) string {
	u, err := url.Parse(brute)
	if err != nil || u.User == nil {
		return brute
	}
	u.User, u.RawQuery = url.User(u.User.Username()), ""
	return u.String()
}

func attendreServeur(t *testing.T, url string, cmd *exec.Cmd) *serveur {
	t.Helper()
	return attendreEcoute(t, url, lancer(t, cmd))
}

// attendreEcoute attend qu'un serveur lancé dise où il écoute.
func attendreEcoute(t *testing.T, url string, p *processus) *serveur {
	t.Helper()
	adresse := p.attendre(t, p.sortie, `^serveur à l'écoute sur (\S+), sauvegarde dans `+regexp.QuoteMeta(montree(url))+`\n`)[1]
	return &serveur{p, adresse, url}
}

// arreter demande au serveur de s'arrêter et vérifie qu'il finit bien. Windows ne sait pas le demander : le serveur y est
// tué, ce qui ne doit rien perdre non plus.
func (s *serveur) arreter(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		s.tuer(t)
		return
	}
	s.demanderArret(t)
	s.verifierArret(t)
}

// verifierArret attend la fin d'un serveur à qui on l'a demandée. Il compte lui-même les 5 s qu'il a pour cela : s'il les
// dépasse, son code n'est pas 0.
func (s *serveur) verifierArret(t *testing.T) {
	t.Helper()
	if code := s.code(t); code != 0 {
		t.Errorf("SIGTERM : code de sortie %d (%v), 0 attendu", code, s.cmd.ProcessState)
	}
}

// attendrePortFerme attend qu'un serveur à qui on a demandé de s'arrêter n'écoute plus.
func (s *serveur) attendrePortFerme(t *testing.T) {
	t.Helper()
	attendreQue(t, "que le serveur n'écoute plus", func() bool {
		conn, err := net.DialTimeout("tcp", s.adresse, delai)
		if err == nil {
			conn.Close()
		}
		return err != nil
	})
}

// arreterEtRelire arrête le serveur et rend ce qu'il a enregistré.
func (s *serveur) arreterEtRelire(t *testing.T) []mesure.Mesure {
	t.Helper()
	s.arreter(t)
	return relire(t, s.url)
}

// resultat est ce qu'un programme laisse en finissant.
type resultat struct {
	code            int
	sortie, erreurs string
}

// resultat attend la fin du programme.
func (p *processus) resultat(t *testing.T) resultat {
	t.Helper()
	return resultat{p.code(t), p.sortie.String(), p.erreurs.String()}
}

// envoyer mène le client de l'étape à son terme, et vérifie qu'il finit bien.
func (e etape) envoyer(t *testing.T, adresse string, options ...string) resultat {
	t.Helper()
	r := lancer(t, e.commandeClient(adresse, options...)).resultat(t)
	if r.code != 0 {
		t.Fatalf("client %q : code de sortie %d, 0 attendu\n%s%s", options, r.code, r.sortie, r.erreurs)
	}
	return r
}

// commandeClient laisse le client attendre : qu'il renonce de lui-même, parce que la machine est chargée, changerait ce qu'il
// envoie. La dernière valeur d'une option est celle qui compte.
func (e etape) commandeClient(adresse string, options ...string) *exec.Cmd {
	return exec.Command(e.client, append([]string{"-adresse", adresse, "-attente", delai.String(), "-patience", delai.String()}, options...)...)
}

// nouvelleURL rend une sauvegarde vide.
func nouvelleURL(t *testing.T, moteur string) string {
	t.Helper()
	return moteur + ":" + filepath.Join(t.TempDir(), "donnees."+moteur)
}

func chemin(url string) string {
	_, chemin, _ := strings.Cut(url, ":")
	return chemin
}

// relire rend ce qui est enregistré.
func relire(t *testing.T, url string) []mesure.Mesure {
	t.Helper()
	ctx, liberer := context.WithTimeout(t.Context(), delai)
	defer liberer()
	s, err := sauvegarde.Ouvrir(ctx, url, slog.New(slog.DiscardHandler)) // relire une base en panne : c'est voulu
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var lues []mesure.Mesure
	for e, err := range s.Relire(ctx) {
		if err != nil {
			t.Fatalf("Relire(%s) après %d mesures = %v", url, len(lues), err)
		}
		lues = append(lues, e.Mesure)
	}
	return lues
}

// comparer vérifie que chaque capteur a exactement ces mesures, dans cet ordre ; celui des capteurs entre eux est libre.
func comparer(t *testing.T, obtenues, attendues []mesure.Mesure) {
	t.Helper()
	o, a := parCapteur(obtenues), parCapteur(attendues)
	for id := range o {
		if _, attendu := a[id]; !attendu {
			t.Errorf("capteur %q inattendu : %v", id, o[id])
		}
	}
	for id := range a {
		if !slices.Equal(o[id], a[id]) {
			t.Errorf("capteur %q :\n%v enregistrées,\n%v attendues", id, o[id], a[id])
		}
	}
}

func parCapteur(mesures []mesure.Mesure) map[string][]float64 {
	m := map[string][]float64{}
	for _, x := range mesures {
		m[x.CapteurID] = append(m[x.CapteurID], x.Temperature)
	}
	return m
}

// de rend les mesures d'un capteur.
func de(id string, temperatures ...float64) []mesure.Mesure {
	var mesures []mesure.Mesure
	for _, t := range temperatures {
		mesures = append(mesures, mesure.Mesure{CapteurID: id, Temperature: t})
	}
	return mesures
}

// ecouter ouvre un port, et confie à servir chaque connexion jusqu'à la fin du test.
func ecouter(t *testing.T, servir func(net.Conn)) (adresse string) {
	t.Helper()
	return ecouterSur(t, "127.0.0.1", servir).Addr().String()
}

func ecouterSur(t *testing.T, hote string, servir func(net.Conn)) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", net.JoinHostPort(hote, "0"))
	if err != nil {
		t.Fatal(err)
	}
	var connexions sync.WaitGroup
	connexions.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			fin := context.AfterFunc(t.Context(), func() { conn.Close() })
			connexions.Go(func() {
				defer conn.Close()
				defer fin()
				servir(conn)
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		connexions.Wait()
	})
	return l
}

// decoder lit des messages avec la bibliothèque standard, pour ne pas vérifier le produit par lui-même.
func decoder(t *testing.T, r io.Reader) []mesure.Mesure {
	t.Helper()
	var mesures []mesure.Mesure
	for dec := json.NewDecoder(r); ; {
		var m mesure.Mesure
		err := dec.Decode(&m)
		if err == io.EOF {
			return mesures
		}
		if err != nil {
			t.Fatalf("message %d : %v", len(mesures)+1, err)
		}
		mesures = append(mesures, m)
	}
}

// joindre ouvre une connexion, bornée dans le temps.
func joindre(t *testing.T, adresse string) *net.TCPConn {
	t.Helper()
	conn, err := net.DialTimeout("tcp", adresse, delai)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(delai)); err != nil {
		t.Fatal(err)
	}
	return conn.(*net.TCPConn)
}

// ecrire envoie un texte.
func ecrire(t *testing.T, conn net.Conn, texte string) {
	t.Helper()
	if _, err := io.WriteString(conn, texte); err != nil {
		t.Fatalf("envoi de %q : %v", abreger(texte), err)
	}
}

// reponse est une ligne du serveur.
type reponse struct {
	Statut       string `json:"statut"`
	Enregistrees int    `json:"enregistrees"`
	Message      int    `json:"message"`
	Erreur       string `json:"erreur"`
}

// lireReponse attend une ligne du serveur.
func lireReponse(t *testing.T, lecteur *bufio.Reader) reponse {
	t.Helper()
	r, err := reponseSuivante(lecteur)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func reponseSuivante(lecteur *bufio.Reader) (r reponse, err error) {
	ligne, err := lecteur.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(ligne, &r)
	}
	if err != nil {
		return r, fmt.Errorf("réponse du serveur : %q, %w ; une ligne JSON attendue", ligne, err)
	}
	return r, nil
}

// verifierFin vérifie que le serveur n'envoie plus rien, et ferme.
func verifierFin(t *testing.T, lecteur io.Reader) {
	t.Helper()
	if reste, err := io.ReadAll(lecteur); err != nil || len(reste) > 0 {
		t.Errorf("fin de la connexion : %q, %v ; rien attendu, puis la fermeture", reste, err)
	}
}

// message rend une mesure numérotée, sur une ligne. Chaque température ne sert qu'une fois par capteur : on peut compter.
func message(id string, rang int) string {
	return `{"capteur_id":"` + id + `","temperature":` + strconv.Itoa(rang) + "}\n"
}

// charge est un ensemble de connexions qui envoient sans attendre leurs confirmations.
type charge struct {
	flots   []*flot
	seuil   int64
	total   atomic.Int64
	atteint chan struct{} // fermé quand total, les mesures confirmées, atteint seuil
	assez   atomic.Bool   // les flots n'envoient plus rien
	souffle time.Duration // entre deux envois d'un flot sans fin
	travail sync.WaitGroup
}

// sansFin est la longueur d'un flot qui ne finit qu'avec son serveur, ou quand on lui dit assez : la charge ne peut pas être
// passée avant la panne qu'elle attend. Il souffle entre deux envois, pour ne pas noyer le disque pendant ce temps.
const sansFin = math.MaxInt

// flot est l'une de ces connexions ; elle envoie les températures 0, 1, 2… d'un capteur à elle.
type flot struct {
	id         string
	conn       *net.TCPConn
	parties    int    // mesures envoyées, ou qu'on allait envoyer quand le serveur a disparu
	confirmees int    // la plus grande confirmation reçue
	erreur     string // la dernière réponse d'erreur reçue
}

// charger ouvre n flots de parFlot mesures.
func charger(t *testing.T, adresse, prefixe string, n, parFlot int, seuil int64) *charge {
	t.Helper()
	c := &charge{seuil: seuil, atteint: make(chan struct{}), souffle: 4 * time.Millisecond}
	for i := range n {
		f := &flot{id: fmt.Sprintf("%s_%d", prefixe, i), conn: joindre(t, adresse)}
		c.flots = append(c.flots, f)
		c.travail.Go(func() { c.envoyer(f, parFlot) })
		c.travail.Go(func() { c.ecouter(f) })
	}
	return c
}

// envoyer envoie jusqu'au bout, jusqu'à assez, ou jusqu'à ce que le serveur disparaisse.
func (c *charge) envoyer(f *flot, n int) {
	const lot = 64
	var b []byte
	for debut := 0; debut < n && !c.assez.Load(); debut += lot {
		b = b[:0]
		for rang := debut; rang < min(debut+lot, n); rang++ {
			b = append(b, message(f.id, rang)...)
			f.parties++
		}
		if _, err := f.conn.Write(b); err != nil {
			return
		}
		if n == sansFin {
			<-time.After(c.souffle)
		}
	}
	_ = f.conn.CloseWrite() // si le serveur a disparu, ecouter le verra aussi
}

// ecouter compte les confirmations.
func (c *charge) ecouter(f *flot) {
	for lignes := bufio.NewScanner(f.conn); lignes.Scan(); {
		var r reponse
		if err := json.Unmarshal(lignes.Bytes(), &r); err != nil || r.Statut != "ok" {
			f.erreur = lignes.Text()
			continue
		}
		n := int64(r.Enregistrees - f.confirmees)
		f.confirmees = r.Enregistrees
		if total := c.total.Add(n); total >= c.seuil && total-n < c.seuil {
			close(c.atteint)
		}
	}
}

// attendreSeuil attend que le seuil de mesures confirmées soit atteint.
func (c *charge) attendreSeuil(t *testing.T) {
	t.Helper()
	attendreFait(t, fmt.Sprintf("%d mesures confirmées", c.seuil), c.atteint)
}

// finir attend la fin des flots.
func (c *charge) finir(t *testing.T) {
	t.Helper()
	attendreTous(t, "la fin des connexions", &c.travail)
}

// verifier vérifie que de chaque flot sont enregistrées, une fois, entières et dans l'ordre, les premières mesures, au
// moins celles qui sont confirmées, et aucune qui ne soit partie. Elle rend le nombre de mesures enregistrées.
func (c *charge) verifier(t *testing.T, lues map[string][]float64) int {
	t.Helper()
	total := 0
	for _, f := range c.flots {
		temperatures := lues[f.id]
		total += len(temperatures)
		if len(temperatures) < f.confirmees {
			t.Errorf("%s : %d mesures enregistrées, %d confirmées", f.id, len(temperatures), f.confirmees)
		}
		if len(temperatures) > f.parties {
			t.Errorf("%s : %d mesures enregistrées, %d envoyées", f.id, len(temperatures), f.parties)
		}
		for rang, temperature := range temperatures {
			if temperature != float64(rang) {
				t.Errorf("%s : mesure de rang %d = %v, %d attendue", f.id, rang, temperature, rang)
				break
			}
		}
	}
	return total
}

// verifierEntier vérifie que tous les flots sont allés au bout : parFlot mesures confirmées, et enregistrées une fois.
func (c *charge) verifierEntier(t *testing.T, lues map[string][]float64, parFlot int) {
	t.Helper()
	if total := c.verifier(t, lues); total != parFlot*len(c.flots) {
		t.Errorf("%d mesures enregistrées, %d attendues", total, parFlot*len(c.flots))
	}
	for _, f := range c.flots {
		if f.confirmees != parFlot || f.erreur != "" {
			t.Errorf("%s : %d mesures confirmées, %d attendues ; erreur %q, aucune attendue", f.id, f.confirmees, parFlot, f.erreur)
		}
	}
}

// selonSuite rend la valeur qui convient à la suite entière, ou à celle de qui fait le kata.
func selonSuite(t *testing.T, entiere, courante int) int {
	t.Helper()
	if couche.EstEntiere(t) {
		return entiere
	}
	return courante
}

// aSonTour dit si un cas se vérifie ici. Avec -short, chacun ne se vérifie qu'à une place sur toutes celles où il pourrait
// l'être, à tour de rôle : aucun cas ne manque, aucune place non plus.
func aSonTour(cas, place, places int) bool {
	return !testing.Short() || cas%places == place
}
