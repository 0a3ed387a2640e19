package tests

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"capteurs/shared/mesure"
)

// clientsEtrangers envoie comme le ferait un autre programme que le nôtre. Chacun vient seul, et son passage est achevé
// quand le journal du serveur le dit.
func clientsEtrangers(t *testing.T, e etape) {
	beaucoup := selonSuite(t, 50_000, 5_000)
	for _, c := range []struct {
		nom       string
		envoyer   func(t *testing.T, adresse string)
		attendues []mesure.Mesure
	}{
		{"un objet sans saut de ligne, puis une demi-fermeture", sansSautDeLigne, de("a", 1)},
		{"un objet sans saut de ligne, puis une fermeture", fermeture, de("a", 1)},
		{"un objet mis en page", misEnPage, de("capteur_1", 23.5)},
		{"octet par octet", octetParOctet, de("é", 1, 2)},
		{"deux objets d'un coup", deuxObjets, de("a", 1, 2)},
		{"des messages refusés parmi les bons", refusParmiLesBons, de("a", 1, 2, 3)},
		{"un client qui ne lit jamais", func(t *testing.T, adresse string) { neLitJamais(t, adresse, beaucoup) }, numerotees("a", beaucoup)},
		{"une connexion coupée après des messages entiers", coupee, numerotees("a", 1000)},
		{"du C, qui envoie la fin de ses chaînes", separes("", "\x00", 0), numerotees("a", 100)},
		{"des enregistrements de la RFC 7464", separes("\x1e", "\n", 0), numerotees("a", 100)},
		{"un fichier de Windows", separes("\ufeff", "\r\n", 0), numerotees("a", 100)},
		{"des points-virgules", separes(";", "", 100), numerotees("a", 100)},
		{"une longueur en texte", separes("34", "", 100), numerotees("a", 100)},
		{"une longueur sur quatre octets", separes("\x00\x00\x00\"", "", 100), numerotees("a", 100)},
		{"une faute sans saut de ligne avant chaque objet", separes(`{"capteur_id":"a","temperature":NaN}`, "", 100), numerotees("a", 100)},
		{"un objet coupé avant chaque objet", separes(`{"capteur_id":"a","temp`, "", 100), numerotees("a", 100)},
		{"de l'UTF-16 avant chaque objet", separes("\xff\xfe{\x00'\x00a\x00'\x00}\x00", "", 200), numerotees("a", 100)},
		{"une requête HTTP", requeteHTTP, nil},
		{"du chiffré", chiffreEnClair, nil},
		{"nc", avecNC, de("nc", 21.5)},
		{"python, qui n'attend rien", avecPython(""), de("python", 23.5)},
		{"python, qui lit une réponse", avecPython("print(s.recv(1024).decode()); "), de("python", 23.5)},
	} {
		if testing.Short() && strings.HasSuffix(c.nom, "n'attend rien") {
			continue // lancer Python une fois suffit
		}
		enParallele(t, c.nom, func(t *testing.T) {
			// Un nom de fichier peut contenir n'importe quoi.
			s := e.servir(t, nouvelleURL(t, "sqlite")+" %?#&'"+c.nom)
			c.envoyer(t, s.adresse)
			s.attendre(t, s.erreurs, fmt.Sprintf(`connexion fermée.* enregistrées=%d `, len(c.attendues)))
			comparer(t, s.arreterEtRelire(t), c.attendues)
		})
	}
}

// numerotees rend n mesures d'un capteur, de températures 0, 1, 2…
func numerotees(id string, n int) []mesure.Mesure {
	mesures := make([]mesure.Mesure, n)
	for i := range mesures {
		mesures[i] = mesure.Mesure{CapteurID: id, Temperature: float64(i)}
	}
	return mesures
}

// messages rend les mêmes mesures, telles qu'un client les envoie.
func messages(id string, n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(message(id, i))
	}
	return b.String()
}

// dialoguer envoie un texte, ferme de son côté, et vérifie tout ce que le serveur répond.
func dialoguer(t *testing.T, conn *net.TCPConn, texte string, attendu ...reponse) {
	t.Helper()
	ecrire(t, conn, texte)
	if err := conn.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	verifierReponses(t, bufio.NewReader(conn), attendu...)
}

func verifierReponses(t *testing.T, lecteur *bufio.Reader, attendu ...reponse) {
	t.Helper()
	for _, a := range attendu {
		r := lireReponse(t, lecteur)
		if (r.Erreur == "") != (a.Erreur == "") || !strings.Contains(r.Erreur, a.Erreur) {
			t.Errorf("erreur %q, %q attendue", r.Erreur, a.Erreur)
		}
		r.Erreur = a.Erreur
		if r != a {
			t.Errorf("réponse %+v, %+v attendue", r, a)
		}
	}
	verifierFin(t, lecteur)
}

func ok(n int) reponse { return reponse{Statut: "ok", Enregistrees: n} }

func sansSautDeLigne(t *testing.T, adresse string) {
	dialoguer(t, joindre(t, adresse), strings.TrimSpace(message("a", 1)), ok(1))
}

// separes envoie cent objets, chacun entre deux textes, et attend qu'ils soient tous confirmés, et tout le reste refusé.
func separes(avant, apres string, refus int) func(t *testing.T, adresse string) {
	return func(t *testing.T, adresse string) {
		conn := joindre(t, adresse)
		for i := range 100 {
			ecrire(t, conn, avant+strings.TrimSuffix(message("a", i), "\n")+apres)
		}
		if err := conn.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		confirmees, refuses := 0, 0
		for lecteur := bufio.NewReader(conn); ; {
			r, err := reponseSuivante(lecteur)
			if err != nil {
				break
			}
			confirmees = max(confirmees, r.Enregistrees)
			if r.Erreur != "" {
				refuses++
			}
		}
		if confirmees != 100 || refuses != refus {
			t.Errorf("%d confirmées et %d refus, attendu 100 et %d", confirmees, refuses, refus)
		}
	}
}

// requeteHTTP est le formulaire d'une page, dont le corps est une mesure.
func requeteHTTP(t *testing.T, adresse string) {
	conn := joindre(t, adresse)
	requete, err := http.NewRequest(http.MethodPost, "http://"+adresse, strings.NewReader(message("a", 1)))
	if err != nil {
		t.Fatal(err)
	}
	requete.Header.Set("Content-Type", "text/plain")
	if err := requete.Write(conn); err != nil {
		t.Fatal(err)
	}
	verifierReponses(t, bufio.NewReader(conn), reponse{Statut: "erreur", Message: 1, Erreur: "requête HTTP"})
}

// chiffreEnClair ouvre une poignée de main TLS sur un port en clair.
func chiffreEnClair(t *testing.T, adresse string) {
	conn := joindre(t, adresse)
	var recu bytes.Buffer
	err := tls.Client(temoin{conn, io.TeeReader(conn, &recu)}, &tls.Config{ServerName: "localhost"}).HandshakeContext(t.Context())
	if err == nil {
		t.Error("la poignée de main réussit")
	}
	_, _ = io.Copy(&recu, conn)
	verifierReponses(t, bufio.NewReader(&recu), reponse{Statut: "erreur", Message: 1, Erreur: "TLS"})
}

// temoin est une connexion dont on garde ce qui en est lu.
type temoin struct {
	net.Conn
	lu io.Reader
}

func (c temoin) Read(p []byte) (int, error) { return c.lu.Read(p) }

func fermeture(t *testing.T, adresse string) {
	conn := joindre(t, adresse)
	ecrire(t, conn, strings.TrimSpace(message("a", 1)))
	conn.Close()
}

func misEnPage(t *testing.T, adresse string) {
	dialoguer(t, joindre(t, adresse), "{\r\n  \"capteur_id\": \"capteur_1\",\r\n  \"temperature\": 23.5\r\n}\r\n", ok(1))
}

func octetParOctet(t *testing.T, adresse string) {
	conn := joindre(t, adresse) // Go n'attend pas pour envoyer : TCP_NODELAY est sa règle
	lecteur := bufio.NewReader(conn)
	for rang := 1; rang <= 2; rang++ {
		for _, octet := range []byte(message("é", rang)) {
			ecrire(t, conn, string([]byte{octet}))
		}
		if r := lireReponse(t, lecteur); r != ok(rang) {
			t.Errorf("réponse %+v, %+v attendue", r, ok(rang))
		}
	}
	conn.Close()
}

func deuxObjets(t *testing.T, adresse string) {
	dialoguer(t, joindre(t, adresse), strings.ReplaceAll(message("a", 1)+message("a", 2), "\n", ""), ok(2))
}

// Les refus disent le rang du message et le membre fautif, et n'empêchent pas les autres d'être enregistrés.
func refusParmiLesBons(t *testing.T, adresse string) {
	conn := joindre(t, adresse)
	lecteur := bufio.NewReader(conn)
	for _, c := range []struct {
		message string
		reponse reponse
	}{
		{message("a", 1), ok(1)},
		{`{"capteur_id":"a","temperature":"23"}`, reponse{Statut: "erreur", Message: 2, Erreur: "temperature : nombre attendu, chaîne reçue"}},
		{"{'capteur_id': 'a', 'temperature': 1}\n", reponse{Statut: "erreur", Message: 3, Erreur: "apostrophe"}},
		{message("a", 2), ok(2)},
		{`{"capteur_id":"a"}`, reponse{Statut: "erreur", Message: 5, Erreur: "temperature : membre absent"}},
	} {
		ecrire(t, conn, c.message)
		if r := lireReponse(t, lecteur); !strings.Contains(r.Erreur, c.reponse.Erreur) || r.Message != c.reponse.Message || r.Enregistrees != c.reponse.Enregistrees {
			t.Errorf("réponse à %q = %+v, %+v attendue", c.message, r, c.reponse)
		}
	}
	dialoguer(t, conn, message("a", 3), ok(3))
}

// neLitJamais reçoit tant de refus que ses tampons et ceux du serveur débordent ; le serveur cesse alors de lui répondre,
// et enregistre tout.
func neLitJamais(t *testing.T, adresse string, n int) {
	conn := joindre(t, adresse)
	if err := conn.SetReadBuffer(1 << 10); err != nil {
		t.Fatal(err)
	}
	ecrire(t, conn, strings.Repeat("{}\n", 100_000))
	ecrire(t, conn, messages("a", n))
	if err := conn.CloseWrite(); err != nil {
		t.Fatal(err)
	}
}

// coupee ferme par une remise à zéro : les messages entiers que le serveur a reçus comptent.
func coupee(t *testing.T, adresse string) {
	conn := joindre(t, adresse)
	ecrire(t, conn, messages("a", 1000))
	if err := conn.SetLinger(0); err != nil {
		t.Fatal(err)
	}
	conn.Close()
}

// executer lance un programme étranger, et rend ce qu'il dit.
func executer(t *testing.T, entree string, commande ...string) string {
	t.Helper()
	ctx, liberer := context.WithTimeout(t.Context(), delai)
	defer liberer()
	cmd := exec.CommandContext(ctx, commande[0], commande[1:]...)
	cmd.Stdin = strings.NewReader(entree)
	dit, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s : %v\n%s", cmd, err, dit)
	}
	return string(dit)
}

func avecNC(t *testing.T, adresse string) {
	nc, err := exec.LookPath("nc")
	if err != nil {
		t.Skip("nc n'est pas installé")
	}
	if aide, _ := exec.Command(nc, "-h").CombinedOutput(); !bytes.Contains(aide, []byte("-N")) {
		t.Skip("ce nc ne sait pas fermer à la fin de son entrée (-N)")
	}
	hote, port, err := net.SplitHostPort(adresse)
	if err != nil {
		t.Fatal(err)
	}
	dit := executer(t, `{"capteur_id": "nc", "temperature": 21.5}`, nc, "-N", hote, port)
	verifierReponses(t, bufio.NewReader(strings.NewReader(dit)), ok(1))
}

// avecPython envoie comme l'énoncé le fait écrire.
func avecPython(lire string) func(t *testing.T, adresse string) {
	return func(t *testing.T, adresse string) {
		python, err := exec.LookPath("python3")
		if err != nil {
			t.Skip("python3 n'est pas installé")
		}
		dit := executer(t, "", python, "-c", `import json, socket, sys; `+
			`s = socket.create_connection((sys.argv[1].rsplit(":", 1)[0], int(sys.argv[1].rsplit(":", 1)[1]))); `+
			`s.sendall(json.dumps({"capteur_id": "python", "temperature": 23.5}).encode()); `+lire+`s.close()`, adresse)
		if lire != "" {
			verifierReponses(t, bufio.NewReader(io.LimitReader(strings.NewReader(strings.TrimSuffix(dit, "\n")), 1024)), ok(1))
		}
	}
}

// limiteDeConnexions occupe toutes les places, puis en rend une.
func limiteDeConnexions(t *testing.T, e etape) {
	s := e.servir(t, nouvelleURL(t, "sqlite"), "-connexions", "2")
	entrer := func(rang int) (*net.TCPConn, reponse, *bufio.Reader) {
		conn := joindre(t, s.adresse)
		ecrire(t, conn, message("a", rang))
		lecteur := bufio.NewReader(conn)
		return conn, lireReponse(t, lecteur), lecteur
	}
	premiere, r1, _ := entrer(1)
	_, r2, _ := entrer(2)
	if r1 != ok(1) || r2 != ok(1) {
		t.Fatalf("deux connexions : %+v et %+v, %+v attendue", r1, r2, ok(1))
	}
	_, r, lecteur := entrer(3)
	if r.Statut != "erreur" || !strings.Contains(r.Erreur, "trop de connexions") || r.Message != 0 {
		t.Errorf("troisième connexion : %+v, une erreur « trop de connexions » attendue", r)
	}
	verifierFin(t, lecteur)
	premiere.Close()
	attendreQue(t, "une place libre", func() bool {
		conn, r, _ := entrer(4)
		defer conn.Close() // les essais ne s'accumulent pas
		return r == ok(1)
	})
	comparer(t, s.arreterEtRelire(t), de("a", 1, 2, 4))
}

func connexionMuette(t *testing.T, e etape) {
	s := e.servir(t, nouvelleURL(t, "texte"), "-inactivite", "200ms")
	debut := time.Now()
	lecteur := bufio.NewReader(joindre(t, s.adresse))
	if r := lireReponse(t, lecteur); r.Statut != "erreur" || !strings.Contains(r.Erreur, "aucune mesure depuis") {
		t.Errorf("connexion muette : %+v, attendu qu'elle l'apprenne", r)
	}
	verifierFin(t, lecteur)
	if duree := time.Since(debut); duree < 200*time.Millisecond {
		t.Errorf("connexion muette fermée après %v, 200ms au moins attendues", duree)
	}
	s.attendre(t, s.erreurs, "aucune mesure depuis 200ms")
}
