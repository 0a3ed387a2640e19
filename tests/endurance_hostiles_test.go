package tests

import (
	"bufio"
	"errors"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// nombreuses sont les connexions que l'on ouvre ensemble, quand l'essai dure.
const nombreuses = 10_000

// ecrivainsLents envoient leur message octet par octet, tous au même pas.
func ecrivainsLents(t *testing.T, e *epreuve) {
	n, pas := e.taille(1000, 40), time.Duration(e.taille(int(time.Second), int(2*time.Millisecond)))
	e.admettre(n, parConnexionCalme)
	var textes []string
	for range n {
		f := e.adversaire(t, "lent")
		textes = append(textes, f.numerotes(1))
	}
	for rang := range textes[0] { // ils sont tous de la même longueur
		for i, f := range e.hostiles.flots {
			ecrire(t, f.conn, textes[i][rang:rang+1])
		}
		if rang == len(textes[0])/2 {
			e.progresser(t)
		}
		<-time.After(pas)
	}
	for _, f := range e.hostiles.flots {
		if r := lireReponse(t, bufio.NewReader(f.conn)); r != ok(1) {
			t.Errorf("%s : réponse %+v, %+v attendue", f.id, r, ok(1))
		}
		f.confirmees = 1
	}
}

// neLisentPas s'attirent tant de refus que tous les tampons débordent, puis envoient des mesures, sans jamais lire. Ils ne
// lisent, pour vérifier la fermeture là où l'on ne peut compter les descripteurs, que lorsque le serveur en a fini avec eux.
func neLisentPas(t *testing.T, e *epreuve) {
	n, mesures := e.taille(50, 3), e.taille(20_000, 2_000)
	e.admettre(n, parConnexion)
	var partis sync.WaitGroup
	echecs := make(chan error, n)
	for range n {
		f := e.adversaire(t, "sourd")
		texte := strings.Repeat("{}\n", 100_000) + f.numerotes(mesures)
		partis.Go(func() {
			_, err := io.WriteString(f.conn, texte)
			echecs <- errors.Join(err, f.conn.CloseWrite())
		})
	}
	e.progresser(t)
	attendreTous(t, "tout l'envoi de clients qui ne lisent pas", &partis)
	for range n {
		if err := <-echecs; err != nil {
			t.Errorf("envoi d'un client qui ne lit pas : %v", err)
		}
	}
	e.progresser(t)
	attendreQue(t, "que le serveur ait fini de servir des clients qui n'ont rien lu", func() bool {
		return descripteurs(t, e.pid()) <= e.descripteurs
	})
	for _, f := range e.hostiles.flots {
		if _, err := io.Copy(io.Discard, f.conn); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s : %v ; la fermeture par le serveur attendue", f.id, err)
		}
		f.confirmees = mesures
	}
}

// remisesAZero coupent au milieu d'un message, les unes sans attendre de confirmation, les autres après.
func remisesAZero(t *testing.T, e *epreuve) {
	n := e.taille(2000, 30)
	e.admettre(n, parConnexionCalme)
	for i := range n {
		f := e.adversaire(t, "coupe")
		mesures := 1 + e.alea.IntN(100)
		ecrire(t, f.conn, f.numerotes(mesures)+message(f.id, mesures)[:20])
		for lecteur := bufio.NewReader(f.conn); i%2 == 0 && f.confirmees < mesures; {
			r := lireReponse(t, lecteur)
			if r != ok(r.Enregistrees) {
				t.Fatalf("%s : réponse %+v, une confirmation attendue", f.id, r)
			}
			f.confirmees = r.Enregistrees
		}
	}
	e.progresser(t)
	for _, f := range e.hostiles.flots {
		if err := f.conn.SetLinger(0); err != nil {
			t.Fatal(err)
		}
		f.conn.Close()
	}
	e.progresser(t)
}

// messagesDemesures commencent un objet qui n'en finit pas. Les uns s'arrêtent juste après la limite, et lisent leur refus ;
// les autres continuent tant que le serveur ne leur ferme pas la porte.
func messagesDemesures(t *testing.T, e *epreuve) {
	n := e.taille(300, 12)
	const limite, avant, sansMesure = 64 << 10, 5, 64 << 20
	e.admettre(n, parConnexion)
	var lecteurs []*bufio.Reader
	for range n {
		f := e.adversaire(t, "demesure")
		lecteur := bufio.NewReader(f.conn)
		ecrire(t, f.conn, f.numerotes(avant))
		for f.confirmees < avant {
			r := lireReponse(t, lecteur)
			if r != ok(r.Enregistrees) {
				t.Fatalf("%s : réponse %+v, une confirmation attendue", f.id, r)
			}
			f.confirmees = r.Enregistrees
		}
		ecrire(t, f.conn, `{"capteur_id":"`+strings.Repeat("x", limite-100))
		lecteurs = append(lecteurs, lecteur)
	}
	e.progresser(t) // leurs messages sont encore permis
	var tous sync.WaitGroup
	for i, f := range e.hostiles.flots {
		tous.Go(func() {
			if i%2 == 0 {
				_, _ = io.WriteString(f.conn, strings.Repeat("x", 200)) // la lecture dira s'il manque quelque chose
				r, err := reponseSuivante(lecteurs[i])
				if err != nil || r.Message != avant+1 || !strings.Contains(r.Erreur, "64 Kio") {
					t.Errorf("%s : réponse %+v, %v ; un refus du message %d, de plus de 64 Kio, attendu", f.id, r, err, avant+1)
				}
				return
			}
			morceau := []byte(strings.Repeat("x", 1<<20))
			for reste := sansMesure; ; reste -= len(morceau) {
				if _, err := f.conn.Write(morceau); err != nil {
					return
				}
				if reste <= 0 {
					t.Errorf("%s : %d octets d'un seul message acceptés, la fermeture attendue", f.id, sansMesure)
					return
				}
			}
		})
	}
	attendreTous(t, "le refus de chaque message démesuré", &tous)
	e.progresser(t)
}

// absurdites sont des débuts de ligne qu'on reçoit un jour ou l'autre.
var absurdites = []string{"", "GET / HTTP/1.1", "\x16\x03\x01\x02\x00", "{'capteur_id': 'x'}", `{"capteur_id":"x","temperature":!`, `{"capteur_id":"x`, "NaN", "\xff\xfe", "}}]]"}

// ligneAbsurde rend une ligne tirée au sort, qui finit toujours par une faute : elle ne peut pas être le début d'un message
// que la ligne suivante finirait.
func (e *epreuve) ligneAbsurde() string {
	ligne := []byte(absurdites[e.alea.IntN(len(absurdites))])
	for range e.alea.IntN(200) {
		if octet := byte(e.alea.Uint32()); octet != '\n' {
			ligne = append(ligne, octet)
		}
	}
	return string(ligne) + "!\n"
}

func octetsAbsurdes(t *testing.T, e *epreuve) {
	n, lignes := e.taille(200, 12), e.taille(500, 60)
	e.admettre(n, parConnexion)
	var partis sync.WaitGroup
	for range n {
		f := e.adversaire(t, "absurde")
		var texte strings.Builder
		for range lignes {
			texte.WriteString(f.suivant()) // d'abord : une requête HTTP ne se reconnaît qu'au début
			texte.WriteString(e.ligneAbsurde())
		}
		e.hostiles.travail.Go(func() { e.hostiles.ecouter(f) })
		partis.Go(func() { _, _ = io.WriteString(f.conn, texte.String()) }) // ce qui manquerait ne sera pas confirmé
	}
	e.progresser(t)
	attendreTous(t, "tout l'envoi d'octets absurdes", &partis)
	for _, f := range e.hostiles.flots {
		if err := f.conn.CloseWrite(); err != nil {
			t.Fatal(err)
		}
	}
	e.hostiles.finir(t)
	for _, f := range e.hostiles.flots {
		if f.confirmees != lignes {
			t.Errorf("%s : %d mesures confirmées, %d attendues, entre des lignes absurdes", f.id, f.confirmees, lignes)
		}
	}
}

// connexionsLachees ouvrent ensemble des connexions qui ne disent rien, ou pas tout, puis les lâchent, d'une façon ou d'une
// autre.
func connexionsLachees(t *testing.T, e *epreuve) {
	n := e.taille(nombreuses, 300)
	if permis := descripteursPermis() - 500; n > permis { // il en faut pour le reste
		t.Logf("%d connexions au lieu de %d : le système ne permet pas plus de descripteurs", permis, n)
		n = permis
	}
	e.admettre(n, parConnexionCalme)
	for range n {
		f := e.adversaire(t, "lachee")
		if e.alea.IntN(2) == 0 {
			ecrire(t, f.conn, message(f.id, 0)[:1+e.alea.IntN(20)])
		}
	}
	e.progresser(t)
	for _, f := range e.hostiles.flots {
		if e.alea.IntN(2) == 0 {
			if err := f.conn.SetLinger(0); err != nil {
				t.Fatal(err)
			}
		}
		f.conn.Close()
	}
	e.progresser(t)
}
