package contrat

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"capteurs/shared/etape"
	"capteurs/shared/liaison"
	"capteurs/shared/mesure"
	"capteurs/shared/reseau"
	"capteurs/shared/sauvegarde"
)

// defaut est une façon de casser l'étape de référence, et ce que la suite doit en dire.
type defaut struct {
	nom     string
	cas     string // la règle qui doit l'attraper
	plainte string // ce que son message doit dire : échouer pour une autre raison n'est pas l'attraper
	enVain  bool   // il ne se voit qu'à attendre en vain
	casser  func(*rouages)
}

// Les patiences d'un défaut qu'on attend en vain. Une machine chargée peut ne pas répondre du reste dans la première ; la
// dernière juge.
var patiences = []time.Duration{300 * time.Millisecond, 3 * time.Second, 30 * time.Second}

var defauts = []defaut{
	{nom: "la température ne varie pas", cas: "CapteurGenere", plainte: "donnent la même série", casser: generer(func(c *capteur) mesure.Mesure {
		return releve(c.ID, 20)
	})},
	{nom: "la température ne dépend que de la graine", cas: "CapteurGenere", plainte: "aucune ne varie", casser: generer(func(c *capteur) mesure.Mesure {
		return releve(c.ID, float64(c.Graine%40))
	})},
	{nom: "la graine ne sert pas", cas: "CapteurGenere", plainte: "donne deux séries différentes", casser: reglerCapteur(func(r *etape.ReglagesCapteur) {
		r.Graine = rand.Uint64()
	})},
	{nom: "le rappel pousse au lieu de retenir", cas: "CapteurGenere", plainte: "s'éloigne", casser: generer(func(c *capteur) mesure.Mesure {
		c.ecart = 1.01*c.ecart + 0.2*c.alea.NormFloat64()
		return releve(c.ID, 20+c.ecart)
	})},
	{nom: "l'identifiant n'est pas envoyé", cas: "CapteurEnvoie", plainte: "le serveur reçoit", casser: envoyer(func(c *capteur, ctx context.Context, mesures []mesure.Mesure) (int, error) {
		anonymes := slices.Clone(mesures)
		for i := range anonymes {
			anonymes[i].CapteurID = "?"
		}
		return c.echanger(ctx, anonymes)
	})},
	{nom: "Servir ne finit pas avec son contexte", cas: "SansClient", plainte: "toujours pas de retour de Servir", enVain: true, casser: servir(func(s *serveur, ctx context.Context, l net.Listener) error {
		return s.accepter(context.WithoutCancel(ctx), l)
	})},
	{nom: "rien n'est enregistré", cas: "UneMesure", plainte: "mesures enregistrées : []", casser: transformer(func([]mesure.Mesure) []mesure.Mesure {
		return nil
	})},
	{nom: "seule la première mesure d'un lot est enregistrée", cas: "AllerRetour", plainte: "mesures enregistrées", casser: transformer(func(lot []mesure.Mesure) []mesure.Mesure {
		return lot[:min(1, len(lot))]
	})},
	{nom: "la température est arrondie", cas: "AllerRetour", plainte: "mesures enregistrées", casser: transformer(func(lot []mesure.Mesure) []mesure.Mesure {
		for i := range lot {
			lot[i].Temperature = math.Round(10*lot[i].Temperature) / 10
		}
		return lot
	})},
	{nom: "l'ordre est perdu", cas: "AllerRetour", plainte: "mesures enregistrées", casser: transformer(func(lot []mesure.Mesure) []mesure.Mesure {
		slices.Reverse(lot)
		return lot
	})},
	{nom: "un gros lot est tronqué", cas: "TousLesMoteurs", plainte: "enregistrement", casser: transformer(func(lot []mesure.Mesure) []mesure.Mesure {
		return lot[:min(40, len(lot))] // plus que n'en envoient les autres cas
	})},
	{nom: "un client à la fois, pour des capteurs", cas: "PlusieursCapteurs", plainte: "attendu 1, nil", enVain: true, casser: unClientALaFois},
	{nom: "un client à la fois, pour un muet", cas: "ClientMuet", plainte: "n'accepte pas une connexion", casser: unClientALaFois},
	{nom: "une lecture est prise pour un message", cas: "Decoupage", plainte: "attendu « ok »", casser: decouper(func(r *bufio.Reader) ([]byte, error) {
		octets := make([]byte, mesure.MessageMax)
		n, err := r.Read(octets)
		return octets[:n], err
	})},
	{nom: "la ligne qui suit une faute est perdue", cas: "Ordures", plainte: "mesures enregistrées après", enVain: true, casser: decouper(func(r *bufio.Reader) ([]byte, error) {
		ligne, err := uneLigne(r)
		if _, faute := seuleMesure(ligne); faute != nil && err == nil {
			_, err = uneLigne(r)
		}
		return ligne, err
	})},
	{nom: "un refus ferme la connexion", cas: "Refus", plainte: "closed pipe", casser: casserDecouper(cesserAuRefus)},
	{nom: "le refus oublie son rang", cas: "Refus", plainte: "attendu une erreur pour le message 2", casser: accuser(func(b []byte, lot mesure.Lot, enregistrees int) []byte {
		for i := range lot.Refus {
			lot.Refus[i].Message = 0
		}
		return mesure.Accuser(b, lot, enregistrees)
	})},
	{nom: "la confirmation précède la sauvegarde", cas: "AccuseApresSauvegarde", plainte: "pas encore enregistrée", casser: sauvegarder(func(s sauvegarde.Sauvegarde, mesures []mesure.Mesure) error {
		go s.Sauvegarder(context.Background(), slices.Clone(mesures))
		return nil
	})},
	{nom: "chaque confirmation repart de zéro", cas: "AccuseCumule", plainte: "attendu « ok » de 4 à 4", casser: accuser(func(b []byte, lot mesure.Lot, _ int) []byte {
		return mesure.Accuser(b, lot, len(lot.Mesures))
	})},
	{nom: "l'échec d'une sauvegarde est confirmé", cas: "EchecDeSauvegarde", plainte: "attendu une erreur pour le message 0", casser: sauvegarder(func(s sauvegarde.Sauvegarde, mesures []mesure.Mesure) error {
		_ = s.Sauvegarder(context.Background(), mesures)
		return nil
	})},
	{nom: "la taille d'un message n'est pas limitée", cas: "Demesure", plainte: "pas de réponse après", enVain: true, casser: decouper(uneLigne)},
	{nom: "une requête HTTP est lue comme des messages", cas: "AutreProtocole", plainte: "attendu la fermeture", casser: decouper(uneLigne)},
	{nom: "un saut de ligne est exigé", cas: "SansSautDeLigne", plainte: "pas de réponse après", enVain: true, casser: decouper(uneLigne)},
	{nom: "la fin du client ferme sans répondre", cas: "DemiFermeture", plainte: "une réponse était attendue", casser: casserDecouper(attendreLaSuite)},
	{nom: "la coupure d'un client est une erreur du serveur", cas: "Coupure", plainte: "Servir() = ", casser: rendreLaCoupure},
	{nom: "une réponse attend que le client la lise", cas: "ClientSourd", plainte: "attendu que le serveur le lise", casser: func(r *rouages) {
		r.repondre = func(_ *reseau.Connexion, conn net.Conn, octets []byte) { _, _ = conn.Write(octets) }
	}},
	{nom: "un client muet reste pour toujours", cas: "ClientMuet", plainte: "encore ouvert après une heure", casser: reglerServeur(func(r *etape.ReglagesServeur) {
		r.Reception.Inactivite = 1000 * time.Hour
	})},
	{nom: "l'inactivité compte depuis le début", cas: "ClientLent", plainte: "connexion fermée", casser: casserDecouper(limiterDuree)},
	{nom: "les connexions ne sont pas limitées", cas: "TropDeConnexions", plainte: "pas de réponse après", enVain: true, casser: reglerServeur(func(r *etape.ReglagesServeur) {
		r.Ecoute.Connexions = 1000
	})},
	{nom: "une connexion finie n'est pas fermée", cas: "TropDeConnexions", plainte: "le serveur ne ferme pas", enVain: true, casser: func(r *rouages) {
		r.fermer = func(*reseau.Connexion) {}
	}},
	{nom: "l'arrêt oublie ce qui est arrivé", cas: "Arret", plainte: "une réponse était attendue", casser: casserDecouper(cesserALArret)},
	{nom: "Servir n'attend pas les connexions", cas: "Arret", plainte: "alors qu'une connexion", casser: servir(func(s *serveur, ctx context.Context, l net.Listener) error {
		fini := make(chan error, 1)
		go func() { fini <- s.accepter(ctx, l) }()
		select {
		case err := <-fini:
			return err
		case <-ctx.Done():
			return nil
		}
	})},
	{nom: "une goroutine survit à l'arrêt", cas: "UneMesure", plainte: "des goroutines survivent à l'arrêt", enVain: true, casser: servir(func(s *serveur, ctx context.Context, l net.Listener) error {
		go func() { select {} }()
		return s.accepter(ctx, l)
	})},
	{nom: "une écoute rompue n'est pas une erreur", cas: "EcouteRompue", plainte: "Servir() = <nil>", casser: servir(func(s *serveur, ctx context.Context, l net.Listener) error {
		_ = s.accepter(ctx, l)
		return nil
	})},
	{nom: "un port pris en fait choisir un autre", cas: "PortPris", plainte: "le port est pris", casser: func(r *rouages) {
		r.ecouter = func(s *serveur, ctx context.Context) (net.Listener, error) {
			if l, err := s.ouvrir(ctx); err == nil {
				return l, nil
			}
			return s.Ecoute.Ouvrir(ctx, "127.0.0.1:0")
		}
	}},
	{nom: "une connexion perdue l'est pour toujours", cas: "CapteurSeReconnecte", plainte: "au serveur revenu", casser: envoyer(func(c *capteur, ctx context.Context, mesures []mesure.Mesure) (int, error) {
		n, err := c.echanger(ctx, mesures)
		if err != nil {
			c.rouages.envoyer = func(*capteur, context.Context, []mesure.Mesure) (int, error) { return 0, err }
		}
		return n, err
	})},
	{nom: "tout est dit connu", cas: "CapteurRefuse", plainte: "attendu 1 confirmée", casser: envoyer(func(c *capteur, ctx context.Context, mesures []mesure.Mesure) (int, error) {
		_, err := c.echanger(ctx, mesures)
		return len(mesures), err
	})},
	{nom: "les refus sont tus", cas: "CapteurRefuse", plainte: "attendu 3 et le refus", casser: envoyer(func(c *capteur, ctx context.Context, mesures []mesure.Mesure) (int, error) {
		n, err := c.echanger(ctx, mesures)
		if errors.As(err, new(mesure.Refus)) {
			err = nil
		}
		return n, err
	})},
	{nom: "le silence vaut confirmation", cas: "ServeurSansAccuse", plainte: "attendu ErrNonConfirmee", casser: envoyer(func(c *capteur, ctx context.Context, mesures []mesure.Mesure) (int, error) {
		n, err := c.echanger(ctx, mesures)
		if errors.Is(err, liaison.ErrNonConfirmee) {
			return len(mesures), nil
		}
		return n, err
	})},
	{nom: "l'attente d'une réponse n'a pas de fin", cas: "ServeurSansAccuse", plainte: "attend encore", enVain: true, casser: reglerCapteur(func(r *etape.ReglagesCapteur) {
		r.Emission.Attente = time.Hour
	})},
	{nom: "le contexte d'un envoi ne sert pas", cas: "CapteurInterrompu", plainte: "Envoyer ne rend pas la main", enVain: true, casser: envoyer(func(c *capteur, ctx context.Context, mesures []mesure.Mesure) (int, error) {
		return c.echanger(context.WithoutCancel(ctx), mesures)
	})},
	{nom: "TLS est oublié des deux côtés", cas: "TLS", plainte: "attendu la fermeture", casser: func(r *rouages) {
		r.reglerServeur = func(r *etape.ReglagesServeur) { r.Ecoute.TLS = nil }
		r.reglerCapteur = func(r *etape.ReglagesCapteur) { r.Appel.TLS = nil }
	}},
	{nom: "le serveur oublie TLS", cas: "TLS", plainte: "attendu 1, nil", casser: reglerServeur(func(r *etape.ReglagesServeur) {
		r.Ecoute.TLS = nil
	})},
	{nom: "les clients ne montrent pas de certificat", cas: "TLSRefuse", plainte: "client sans certificat : Envoyer() = 1", casser: reglerServeur(func(r *etape.ReglagesServeur) {
		r.Ecoute.TLS = changer(r.Ecoute.TLS, func(c *tls.Config) { c.ClientAuth = tls.NoClientCert })
	})},
	{nom: "le certificat du serveur n'est pas vérifié", cas: "TLSRefuse", plainte: "serveur d'une autorité inconnue : Envoyer() = 1", casser: reglerCapteur(func(r *etape.ReglagesCapteur) {
		r.Appel.TLS = changer(r.Appel.TLS, func(c *tls.Config) { c.InsecureSkipVerify = true })
	})},
}

// Les fonctions qui suivent font d'une pièce fausse de quoi casser une étape.

func reglerCapteur(f func(*etape.ReglagesCapteur)) func(*rouages) {
	return func(r *rouages) { r.reglerCapteur = f }
}

func reglerServeur(f func(*etape.ReglagesServeur)) func(*rouages) {
	return func(r *rouages) { r.reglerServeur = f }
}

func generer(f func(*capteur) mesure.Mesure) func(*rouages) {
	return func(r *rouages) { r.generer = f }
}

func envoyer(f func(*capteur, context.Context, []mesure.Mesure) (int, error)) func(*rouages) {
	return func(r *rouages) { r.envoyer = f }
}

func servir(f func(*serveur, context.Context, net.Listener) error) func(*rouages) {
	return func(r *rouages) { r.servir = f }
}

func accuser(f func([]byte, mesure.Lot, int) []byte) func(*rouages) {
	return func(r *rouages) { r.accuser = f }
}

func casserDecouper(f func(*serveur, context.Context, io.Reader) lire) func(*rouages) {
	return func(r *rouages) { r.decouper = f }
}

// sauvegardeFausse remplace l'enregistrement d'une autre.
type sauvegardeFausse struct {
	sauvegarde.Sauvegarde
	sauvegarder func(sauvegarde.Sauvegarde, []mesure.Mesure) error
}

func (s sauvegardeFausse) Sauvegarder(_ context.Context, mesures []mesure.Mesure) error {
	return s.sauvegarder(s.Sauvegarde, mesures)
}

func sauvegarder(f func(sauvegarde.Sauvegarde, []mesure.Mesure) error) func(*rouages) {
	return reglerServeur(func(r *etape.ReglagesServeur) { r.Sauvegarde = sauvegardeFausse{r.Sauvegarde, f} })
}

// transformer change ce qui est enregistré.
func transformer(f func([]mesure.Mesure) []mesure.Mesure) func(*rouages) {
	return sauvegarder(func(s sauvegarde.Sauvegarde, mesures []mesure.Mesure) error {
		return s.Sauvegarder(context.Background(), f(slices.Clone(mesures)))
	})
}

// decouper prend pour un message tout ce que rend suivant.
func decouper(suivant func(*bufio.Reader) ([]byte, error)) func(*rouages) {
	return casserDecouper(func(_ *serveur, _ context.Context, r io.Reader) lire {
		recu, rang := bufio.NewReader(r), 0
		return func() (mesure.Lot, error) {
			octets, err := suivant(recu)
			if err != nil {
				return mesure.Lot{}, err
			}
			rang++
			m, err := seuleMesure(octets)
			if err != nil {
				return mesure.Lot{Refus: []mesure.Refus{{Message: rang, Cause: err}}}, nil
			}
			return mesure.Lot{Mesures: []mesure.Mesure{m}}, nil
		}
	})
}

// seuleMesure lit la mesure que doit contenir b, ou rend la cause de son refus.
func seuleMesure(b []byte) (mesure.Mesure, error) {
	lot, err := mesure.NouveauLecteur(bytes.NewReader(b)).Lire()
	switch {
	case err != nil:
		return mesure.Mesure{}, err
	case len(lot.Refus) > 0:
		return mesure.Mesure{}, lot.Refus[0].Cause
	case len(lot.Mesures) != 1:
		return mesure.Mesure{}, fmt.Errorf("une mesure attendue, %d reçues", len(lot.Mesures))
	}
	return lot.Mesures[0], nil
}

func uneLigne(r *bufio.Reader) ([]byte, error) { return r.ReadBytes('\n') }

func unClientALaFois(r *rouages) { r.aPart = func(_ *sync.WaitGroup, f func()) { f() } }

// rendreLaCoupure fait rendre à Servir la première lecture qui échoue.
func rendreLaCoupure(r *rouages) {
	coupure := make(chan error, 1)
	r.servir = func(s *serveur, ctx context.Context, l net.Listener) error {
		err := s.accepter(ctx, l)
		select {
		case err = <-coupure:
		default:
		}
		return err
	}
	r.decouper = func(_ *serveur, _ context.Context, r io.Reader) lire {
		lecteur := mesure.NouveauLecteur(r)
		return func() (mesure.Lot, error) {
			lot, err := lecteur.Lire()
			if err != nil && err != io.EOF {
				select {
				case coupure <- err:
				default:
				}
			}
			return lot, err
		}
	}
}

// cesserAuRefus ne lit plus rien après un refus.
func cesserAuRefus(_ *serveur, _ context.Context, r io.Reader) lire {
	lecteur := mesure.NouveauLecteur(r)
	refuse := false
	return func() (mesure.Lot, error) {
		if refuse {
			return mesure.Lot{}, io.EOF
		}
		lot, err := lecteur.Lire()
		refuse = len(lot.Refus) > 0
		return lot, err
	}
}

// attendreLaSuite ne rend un lot que si un autre le suit.
func attendreLaSuite(_ *serveur, _ context.Context, r io.Reader) lire {
	lecteur := mesure.NouveauLecteur(r)
	return func() (mesure.Lot, error) {
		lot, err := lecteur.Lire()
		if err != nil {
			return lot, err
		}
		mesures := slices.Clone(lot.Mesures)
		suite, err := lecteur.Lire()
		suite.Mesures = append(mesures, suite.Mesures...)
		return suite, err
	}
}

// limiterDuree cesse de lire quand la connexion, même active, a duré le temps d'inactivité.
func limiterDuree(s *serveur, _ context.Context, r io.Reader) lire {
	fin := time.Now().Add(s.Reception.Inactivite)
	return mesure.NouveauLecteur(lecteurFonction(func(p []byte) (int, error) {
		if time.Now().After(fin) {
			return 0, os.ErrDeadlineExceeded
		}
		return r.Read(p)
	})).Lire
}

type lecteurFonction func([]byte) (int, error)

func (f lecteurFonction) Read(p []byte) (int, error) { return f(p) }

// cesserALArret ne lit plus rien dès que le serveur s'arrête.
func cesserALArret(_ *serveur, ctx context.Context, r io.Reader) lire {
	lecteur := mesure.NouveauLecteur(r)
	return func() (mesure.Lot, error) {
		if ctx.Err() != nil {
			return mesure.Lot{}, ctx.Err()
		}
		return lecteur.Lire()
	}
}

// changer rend une configuration changée, s'il y en a une.
func changer(c *tls.Config, f func(*tls.Config)) *tls.Config {
	if c != nil {
		c = c.Clone()
		f(c)
	}
	return c
}

// Ce qui porte un défaut, et la patience de la suite, jusqu'au processus où il est vérifié.
const (
	variable         = "KATA_DEFAUT"
	variablePatience = "KATA_DEFAUT_PATIENCE"
)

// TestEtapesCassees vérifie que la suite attrape chaque défaut par la règle qu'il viole. Chaque étape cassée a son
// processus : son échec, attendu, n'est pas celui de ce test.
func TestEtapesCassees(t *testing.T) {
	for i, d := range defauts {
		if testing.Short() && i%10 != 0 {
			continue
		}
		t.Run(d.nom, func(t *testing.T) {
			t.Parallel()
			essais := []time.Duration{patience}
			if d.enVain {
				essais = patiences
			}
			for i, p := range essais {
				sortie, manques := verifierAPart(t, d, p)
				if len(manques) == 0 {
					break
				}
				if i == len(essais)-1 {
					t.Errorf("%s ; la suite dit :\n%s", strings.Join(manques, " ; "), sortie)
				}
			}
		})
	}
}

// TestChaqueRegleSert vérifie que chaque règle attrape au moins un défaut.
func TestChaqueRegleSert(t *testing.T) {
	for _, c := range tousLesCas {
		if !slices.ContainsFunc(defauts, func(d defaut) bool { return d.cas == c.nom }) {
			t.Errorf("%s (%s) : aucun défaut ne la fait échouer", c.nom, c.regle)
		}
	}
}

// TestEtapeCassee vérifie une étape qui a le défaut demandé : il échoue.
func TestEtapeCassee(t *testing.T) {
	nom, demande := os.LookupEnv(variable)
	if !demande {
		t.Skip("lancé par TestEtapesCassees")
	}
	i := slices.IndexFunc(defauts, func(d defaut) bool { return d.nom == nom })
	if i < 0 {
		t.Fatalf("%s=%s : défaut inconnu", variable, nom)
	}
	var err error
	if patience, err = time.ParseDuration(os.Getenv(variablePatience)); err != nil {
		t.Fatal(err)
	}
	r := juste()
	defauts[i].casser(&r)
	Verifier(t, r.etape())
}

// verifierAPart relance ce programme de test pour la règle d'un défaut, et rend ce qu'il affiche, et ce qui manque pour que
// le défaut soit attrapé.
func verifierAPart(t *testing.T, d defaut, patience time.Duration) (sortie string, manques []string) {
	t.Helper()
	programme, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	enfant := exec.CommandContext(t.Context(), programme, "-test.run", "^TestEtapeCassee$/^"+d.cas+"$", "-test.timeout", "5m")
	enfant.Env = append(os.Environ(), variable+"="+d.nom, variablePatience+"="+patience.String(), "RAPID_SHRINKTIME=100ms", "RAPID_NOFAILFILE=1")
	octets, err := enfant.CombinedOutput()
	sortie = string(octets)
	if !errors.As(err, new(*exec.ExitError)) {
		return sortie, []string{fmt.Sprintf("la suite accepte cette étape (%v), attendu que %s échoue", err, d.cas)}
	}
	for _, attendu := range []string{"--- FAIL: TestEtapeCassee/" + d.cas + " ", "règle : " + regle(t, d.cas), d.plainte} {
		if !strings.Contains(sortie, attendu) {
			manques = append(manques, "la suite ne dit pas « "+attendu+" »")
		}
	}
	if strings.Contains(sortie, "panic: ") {
		manques = append(manques, "la suite panique au lieu d'échouer")
	}
	return sortie, manques
}

func regle(t *testing.T, nom string) string {
	t.Helper()
	i := slices.IndexFunc(tousLesCas, func(c cas) bool { return c.nom == nom })
	if i < 0 {
		t.Fatalf("aucune règle ne s'appelle %s", nom)
	}
	return tousLesCas[i].regle
}
