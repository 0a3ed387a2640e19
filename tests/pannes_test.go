package tests

import (
	"bufio"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	_ "modernc.org/sqlite"
)

// TestDeuxServeurs fait écrire deux serveurs, d'étapes différentes, dans la même base.
func TestDeuxServeurs(t *testing.T) {
	t.Parallel()
	for i, nom := range etapes {
		if testing.Short() && i > 0 {
			break // toutes les paires : sans -short
		}
		autre := etapes[(i+1)%len(etapes)]
		enParallele(t, nom+" et "+autre, func(t *testing.T) { deuxServeurs(t, nouvelleURL(t, "sqlite"), nom, autre) })
	}
}

// deuxServeurs fait écrire en même temps, dans une même sauvegarde, le serveur de chacune de ces étapes.
func deuxServeurs(t *testing.T, url string, noms ...string) {
	parFlot := selonSuite(t, 10_000, 1_500)
	var serveurs []*serveur
	var charges []*charge
	for rang, nom := range noms {
		s := laEtape(t, nom).servir(t, url)
		serveurs = append(serveurs, s)
		charges = append(charges, charger(t, s.adresse, fmt.Sprintf("serveur%d", rang), 3, parFlot, 0))
	}
	for rang, c := range charges {
		c.finir(t)
		serveurs[rang].arreter(t)
	}
	lues := parCapteur(relire(t, url))
	for _, c := range charges {
		c.verifierEntier(t, lues, parFlot)
	}
}

// Une coupure de courant laisse ce que kill -9 ne laisse guère : une dernière ligne de texte déchirée.
func redemarrage(t *testing.T, e etape, url string) {
	dechiree := ""
	for i := range 3 {
		s := e.servir(t, url)
		if dechiree != "" {
			s.attendre(t, s.erreurs, "ligne inachevée coupée.* octets="+strconv.Itoa(len(dechiree)))
		}
		e.envoyer(t, s.adresse, "-temperature", strconv.Itoa(i))
		s.arreter(t)
		if strings.HasPrefix(url, "texte:") {
			dechiree = `{"timestamp":"2026-11-22T14:50:19.0`
			prolonger(t, chemin(url), dechiree)
		}
	}
	comparer(t, relire(t, url), de("capteur_1", 0, 1, 2))
}

// prolonger écrit à la fin d'un fichier.
func prolonger(t *testing.T, chemin, texte string) {
	t.Helper()
	f, err := os.OpenFile(chemin, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(texte); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// Un client qui se tait et un client qui ne lit pas ne retardent pas l'arrêt.
func arretEnCharge(t *testing.T, e etape, url string) {
	essais := 0
	rejouer(t, func() (time.Duration, error) {
		essais++
		url := url + strconv.Itoa(essais)
		s := e.servir(t, url, ailleurs()...)
		joindre(t, s.adresse)
		sourd := joindre(t, s.adresse)
		ecrire(t, sourd, strings.Repeat(message("sourd", 0), 100))
		c := charger(t, s.adresse, "flot", 4, sansFin, 500)
		c.attendreSeuil(t)
		debut := time.Now()
		s.demanderArret(t)
		s.attendrePortFerme(t)
		c.assez.Store(true) // l'arrêt a commencé, et ne dépend plus de clients qui n'en finiraient pas
		code := s.code(t)
		duree := time.Since(debut)
		c.finir(t)
		lues := parCapteur(relire(t, url))
		c.verifier(t, lues)
		verifierFichier(t, url)
		if n := len(lues["sourd"]); code != 0 || n != 100 {
			return duree, fmt.Errorf("code de sortie %d, 0 attendu ; client qui ne lit pas : %d mesures enregistrées, 100 attendues", code, n)
		}
		return duree, nil
	})
}

// coupureBrutale tue le serveur en pleine charge, à des moments tirés au sort, et le relance sur le même fichier.
func coupureBrutale(t *testing.T, e etape, url string) {
	graine := rand.Uint64()
	t.Logf("graine %d", graine)
	alea := rand.New(rand.NewPCG(graine, 0))
	var charges []*charge
	for tour := range selonSuite(t, 5, 2) {
		s := e.servir(t, url) // il doit rouvrir ce que le précédent a laissé
		c := charger(t, s.adresse, fmt.Sprintf("tour%d", tour), 4, sansFin, 1+alea.Int64N(int64(selonSuite(t, 5_000, 1_500))))
		c.attendreSeuil(t)
		<-time.After(time.Duration(alea.Int64N(int64(4 * time.Millisecond)))) // sans quoi il mourrait toujours juste après avoir confirmé
		s.tuer(t)
		c.finir(t)
		charges = append(charges, c)
	}
	s := e.servir(t, url)
	e.envoyer(t, s.adresse, "-temperature", "1", "-capteur", "après")
	lues := parCapteur(s.arreterEtRelire(t))
	for _, c := range charges {
		c.verifier(t, lues)
	}
	if !slices.Equal(lues["après"], []float64{1}) {
		t.Errorf("après les coupures : %v enregistrée, [1] attendue", lues["après"])
	}
	verifierFichier(t, url)
}

// verifierFichier vérifie un fichier sans passer par le produit : toutes les lignes du texte sont entières, la base est saine.
func verifierFichier(t *testing.T, url string) {
	t.Helper()
	if strings.HasPrefix(url, "sqlite:") {
		var etat string
		if err := ouvrirBase(t, url).QueryRow("PRAGMA integrity_check").Scan(&etat); err != nil || etat != "ok" {
			t.Errorf("PRAGMA integrity_check = %q, %v ; « ok » attendu", etat, err)
		}
		return
	}
	f, err := os.Open(chemin(url))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for r, n := bufio.NewReader(f), 1; ; n++ {
		texte, err := r.ReadBytes('\n')
		if err == io.EOF && len(texte) == 0 {
			return
		}
		var l struct {
			Timestamp   time.Time `json:"timestamp"`
			CapteurID   string    `json:"capteur_id"`
			Temperature *float64  `json:"temperature"`
		}
		if err == nil {
			err = json.Unmarshal(texte, &l)
		}
		if err != nil || l.Timestamp.IsZero() || l.CapteurID == "" || l.Temperature == nil {
			t.Fatalf("ligne %d : %q, %v ; une mesure entière attendue", n, texte, err)
		}
	}
}

// ouvrirBase ouvre la base à côté du produit.
func ouvrirBase(t *testing.T, url string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", chemin(url))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// verrouillerBase prend le verrou de la base, comme le ferait un autre programme, et rend de quoi le rendre.
func verrouillerBase(t *testing.T, url string) (liberer func()) {
	t.Helper()
	conn, err := ouvrirBase(t, url).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	ordonner := func(ordre string) {
		if _, err := conn.ExecContext(t.Context(), ordre); err != nil {
			t.Fatalf("%s : %v", ordre, err)
		}
	}
	ordonner("PRAGMA busy_timeout=10000")
	ordonner("BEGIN EXCLUSIVE")
	return func() { ordonner("ROLLBACK") }
}

// clientRetrouve coupe le serveur pendant que le client lui parle : le client doit attendre son retour et finir. Un relais
// retient la fin de l'envoi, qui ne peut donc s'achever avant la coupure, puis laisse son port au serveur revenu.
func clientRetrouve(t *testing.T, e etape, url string) {
	for _, c := range []struct {
		intervalle string
		n, lot     int // mesures que le client envoie en tout, et d'un coup
	}{
		{"50us", selonSuite(t, 300, 60), 1},
		{"0", selonSuite(t, 30_000, 2_000), 500},
	} {
		url := url + c.intervalle
		s := e.servir(t, url)
		r := relayer(t, s.adresse)
		passe := make(chan struct{})
		r.limiter(20*c.n, func(net.Conn) { close(passe) }) // moins que la moitié : une mesure prend plus de 40 octets
		p := lancer(t, e.commandeClient(r.adresse, "-fichier", temperatures(t, c.n), "-intervalle", c.intervalle))
		attendreFait(t, "le début de l'envoi", passe)
		r.fermer()
		s.tuer(t)
		p.attendre(t, p.erreurs, `nouveaux essais`)
		s = e.servir(t, url, "-adresse", r.adresse)
		if code := p.code(t); code != 0 {
			t.Errorf("client : code de sortie %d, 0 attendu\n%s", code, p.erreurs)
		}
		if dit := bilan.FindStringSubmatch(p.sortie.String()); dit == nil || dit[2] != strconv.Itoa(c.n) {
			t.Errorf("bilan %q, %d mesures enregistrées attendues", dit, c.n)
		}
		p.attendre(t, p.erreurs, `serveur retrouvé`)
		lues := parCapteur(s.arreterEtRelire(t))["capteur_1"]
		if repetees, ok := repetition(lues, suite(c.n)); !ok || repetees > c.lot {
			t.Errorf("-intervalle %s : %d mesures enregistrées, dont %d répétées ; les %d du fichier attendues, dans l'ordre, celles du lot coupé pouvant l'être deux fois",
				c.intervalle, len(lues), repetees, c.n)
		}
	}
}

// repetition dit si lues est attendues, dont un seul morceau a pu être répété, et la longueur de ce morceau.
func repetition(lues, attendues []float64) (longueur int, ok bool) {
	longueur = len(lues) - len(attendues)
	egales := 0
	for egales < min(len(lues), len(attendues)) && lues[egales] == attendues[egales] {
		egales++
	}
	return longueur, longueur >= 0 && longueur <= egales && slices.Equal(lues[egales:], attendues[egales-longueur:])
}

// attendreQue attend qu'une condition que rien n'annonce soit vraie.
func attendreQue(t *testing.T, quoi string, vrai func() bool) {
	t.Helper()
	for limite := time.Now().Add(delai); !vrai(); {
		if time.Now().After(limite) {
			t.Fatalf("après %v, toujours attendu : %s", delai, quoi)
		}
		<-time.After(time.Millisecond)
	}
}

// disquePlein limite la taille que le serveur peut donner à ses fichiers, puis lève la limite.
func disquePlein(t *testing.T, e etape, url string) {
	s := e.servir(t, url)
	const (
		permis  = 100_007 // octets : la limite tombe au milieu d'une ligne
		parFlot = 3_000   // mesures : chaque flot la dépasse à lui seul
	)
	limiterFichiers(t, s.cmd.Process.Pid, permis)
	c := charger(t, s.adresse, "plein", 2, parFlot, 0)
	c.finir(t)
	for _, f := range c.flots {
		if !strings.Contains(f.erreur, "sauvegarde impossible") {
			t.Errorf("%s : dernière erreur %q, « sauvegarde impossible » attendue", f.id, f.erreur)
		}
		if strings.Contains(f.erreur, filepath.Base(chemin(url))) {
			t.Errorf("%s : dernière erreur %q, sans le nom du fichier attendue : un client n'a pas à le connaître", f.id, f.erreur)
		}
	}
	limiterFichiers(t, s.cmd.Process.Pid, sansLimite)
	apres := charger(t, s.adresse, "libre", 2, parFlot, 0)
	apres.finir(t)
	lues := parCapteur(s.arreterEtRelire(t))
	if total := int64(c.verifier(t, lues)); total == 0 || total != c.total.Load() {
		t.Errorf("%d mesures enregistrées, %d confirmées : autant attendues, car ce qui a échoué ne doit laisser aucune trace", total, c.total.Load())
	}
	apres.verifierEntier(t, lues, parFlot)
	verifierFichier(t, url)
}

// retenu lance un serveur et retient sa sauvegarde, en verrouillant sa base, puis lui demande de s'arrêter : il lui reste
// à enregistrer la mesure 1, et celles qui la suivent sont arrivées sans qu'il les ait lues. Il ne tient pas longtemps : ses
// délais courent depuis debut.
func retenu(t *testing.T, e etape) (s *serveur, conn *net.TCPConn, liberer func(), debut time.Time) {
	t.Helper()
	url := nouvelleURL(t, "sqlite")
	s = e.servir(t, url, ailleurs()...)
	conn = joindre(t, s.adresse)
	ecrire(t, conn, message("a", 0))
	if r := lireReponse(t, bufio.NewReader(conn)); r != ok(1) {
		t.Fatalf("réponse %+v, %+v attendue", r, ok(1))
	}
	liberer = verrouillerBase(t, url)
	debut = time.Now()
	for rang := 1; rang < 50; rang++ {
		ecrire(t, conn, message("a", rang))
	}
	s.demanderArret(t)
	s.attendrePortFerme(t)
	return s, conn, liberer, debut
}

// arretApresArrivee vérifie qu'un serveur qui s'arrête enregistre et confirme ce qui est déjà arrivé.
func arretApresArrivee(t *testing.T, e etape) {
	rejouer(t, func() (time.Duration, error) {
		s, conn, liberer, debut := retenu(t, e)
		liberer()
		lecteur := bufio.NewReader(conn)
		for confirmees := 0; confirmees < 50; {
			r, err := reponseSuivante(lecteur)
			if err != nil || r != ok(r.Enregistrees) {
				return time.Since(debut), fmt.Errorf("%d mesures confirmées, 50 attendues ; puis %+v, %v", confirmees, r, err)
			}
			confirmees = r.Enregistrees
		}
		conn.Close()
		if code := s.code(t); code != 0 {
			return time.Since(debut), fmt.Errorf("code de sortie %d, 0 attendu", code)
		}
		comparer(t, relire(t, s.url), numerotees("a", 50))
		return 0, nil
	})
}

// secondSignal insiste auprès d'un serveur retenu.
// signalRepete envoie deux fois le même signal, comme le fait « timeout » : ce n'est pas demander un arrêt immédiat.
func signalRepete(t *testing.T, e etape) {
	for range 5 {
		s := e.servir(t, nouvelleURL(t, "sqlite"))
		e.envoyer(t, s.adresse, "-temperature", "1")
		s.demanderArret(t)
		s.demanderArret(t)
		s.verifierArret(t)
	}
}

func secondSignal(t *testing.T, e etape) {
	rejouer(t, func() (time.Duration, error) {
		s, _, _, debut := retenu(t, e)
		for fini := false; !fini; {
			s.demanderArret(t)
			select {
			case <-s.fini:
				fini = true
			case <-time.After(20 * time.Millisecond): // le premier signal peut ne pas être encore oublié
			}
			if time.Since(debut) > delai {
				t.Fatalf("après %v, la fin du serveur est toujours attendue", delai)
			}
		}
		if etat, ok := s.cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || !etat.Signaled() || etat.Signal() != syscall.SIGTERM {
			return time.Since(debut), fmt.Errorf("second signal : fin %v, mort par SIGTERM attendue aussitôt", s.cmd.ProcessState)
		}
		return 0, nil
	})
}
