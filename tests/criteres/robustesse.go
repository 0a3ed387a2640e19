package criteres

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"capteurs/tests/banc"
	"capteurs/tests/releve"
)

var deRobustesse = []*Critere{rob01, rob02, rob03, rob04, rob05, rob06, rob07, rob08, rob09, rob10, rob11, rob12, rob13, rob14, rob15, rob16}

// barriere envoie une bonne mesure après une mauvaise, et attend de la retrouver : alors seulement, ce qui n'est pas
// enregistré ne le sera pas.
func barriere(b *banc.Banc, s *banc.Serveur, attendu string, codes ...string) (banc.Constat, *banc.Resultat) {
	v := b.Tirage.Valeur()
	echouer := func(observe string) *banc.Resultat {
		r := echoue(attendu, observe, codes...)
		return &r
	}
	if err := s.Envoyer(v); err != nil {
		return banc.Constat{}, echouer(fmt.Sprintf("le client suivant n'est plus servi : %v ; le serveur %v%s", err, s.Fin(), dernier(s.Processus)))
	}
	fin := s.Fin()
	constat := s.Retrouver(v)
	if !constat.Trouvailles[0].Accord.Suffit() {
		return constat, echouer(fmt.Sprintf("la mesure du client suivant n'est pas enregistrée ; le serveur %v%s", fin, dernier(s.Processus)))
	}
	return constat, nil
}

var rob01 = &Critere{
	ID: "ROB-01", Cote: CoteServeur, Exigence: Devrait, Titre: "un JSON invalide", Requiert: []string{"SRV-03"},
	Pourquoi: "ce qui arrive du réseau peut être n'importe quoi ; un message illisible ne doit pas priver les autres clients du serveur.",
	Verifier: jsonInvalide,
}

func jsonInvalide(b *banc.Banc) banc.Resultat {
	s, conclusion := servir(b)
	if conclusion != nil {
		return *conclusion
	}
	for _, mauvais := range []string{"ceci n'est pas du JSON\n", `{"capteur_id": "tronque", "temperature": ` + "\n", "\xff\xfe{]\n"} {
		_ = s.EnvoyerOctets([]byte(mauvais))
	}
	if _, conclusion := barriere(b, s, "le client suivant est servi", "plante_json_invalide"); conclusion != nil {
		return *conclusion
	}
	return reussi()
}

var rob02 = &Critere{
	ID: "ROB-02", Cote: CoteServeur, Exigence: Devrait, Titre: "un membre manquant", Requiert: []string{"SRV-03"},
	Pourquoi: "du JSON bien formé n'est pas encore une mesure : il y faut un capteur et une température.",
	Verifier: membreManquant,
}

func membreManquant(b *banc.Banc) banc.Resultat {
	if !b.Canonique() {
		return nonConcluant("le serveur parle un autre dialecte que l'énoncé : on ne sait pas ce qui lui manquerait")
	}
	s, conclusion := servir(b)
	if conclusion != nil {
		return *conclusion
	}
	sansTemperature, sansID := b.Tirage.Valeur(), b.Tirage.Valeur()
	_ = s.EnvoyerOctets([]byte(fmt.Sprintf("{\"capteur_id\": %q}\n", sansTemperature.ID)))
	_ = s.EnvoyerOctets([]byte(fmt.Sprintf("{\"temperature\": %v}\n", sansID.Temperature)))
	constat, conclusion := barriere(b, s, "le client suivant est servi", "plante_json_invalide")
	if conclusion != nil {
		return *conclusion
	}
	for _, d := range constat.Depots {
		for _, e := range d.Enregistrements {
			if estDuJournal(e) {
				continue
			}
			if e.Contient(sansTemperature.ID, sansTemperature.Temperature) == releve.IDSeul || e.Contient(sansID.ID, sansID.Temperature) == releve.ValeurSeule {
				return echoue("un message incomplet n'est pas enregistré comme une mesure", fmt.Sprintf("« %s » (%s)", resumer(e.Texte), e.Ou), "membre_absent")
			}
		}
	}
	return reussi()
}

// estDuJournal dit qu'une ligne raconte ce qui s'est passé plutôt qu'elle ne garde une mesure.
func estDuJournal(e releve.Enregistrement) bool {
	texte := strings.ToLower(e.Texte)
	for _, mot := range []string{"erreur", "error", "invalide", "manquant", "warning", "refus", "ignor", "rejet"} {
		if strings.Contains(texte, mot) {
			return true
		}
	}
	return false
}

var rob03 = &Critere{
	ID: "ROB-03", Cote: CoteServeur, Exigence: Devrait, Titre: "un message coupé en deux segments", Requiert: []string{"SRV-02"},
	Pourquoi: "TCP est un flux : une lecture peut ne rendre que le début d'un message.",
	Verifier: messageCoupe,
}

func messageCoupe(b *banc.Banc) banc.Resultat {
	s, conclusion := servir(b)
	if conclusion != nil {
		return *conclusion
	}
	v := b.Tirage.Valeur()
	octets := b.Message(v)
	coupe := len(octets) / 2
	_ = s.EnvoyerOctets(octets[:coupe], octets[coupe:])
	constat := s.Retrouver(v)
	if constat.Trouvailles[0].Accord.Suffit() {
		return reussi()
	}
	return echoue("la mesure, une fois le second morceau arrivé", "elle n'est pas enregistrée"+dernier(s.Processus), "une_seule_lecture")
}

var rob04 = &Critere{
	ID: "ROB-04", Cote: CoteServeur, Exigence: Devrait, Titre: "deux mesures dans un segment", Requiert: []string{"SRV-02"},
	Pourquoi: "TCP est un flux : une lecture peut rendre plusieurs messages à la fois.",
	Verifier: deuxDansUnSegment,
}

func deuxDansUnSegment(b *banc.Banc) banc.Resultat {
	return plusieurs(b, 2, func(s *banc.Serveur, messages [][]byte) {
		_ = s.EnvoyerOctets(bytes.Join(messages, nil))
	})
}

var rob16 = &Critere{
	ID: "ROB-16", Cote: CoteServeur, Exigence: Devrait, Titre: "plusieurs mesures sur une connexion", Requiert: []string{"SRV-02"},
	Pourquoi: "rouvrir une connexion à chaque mesure coûte cher : un capteur peut garder la sienne.",
	Verifier: plusieursSurUneConnexion,
}

func plusieursSurUneConnexion(b *banc.Banc) banc.Resultat {
	return plusieurs(b, 3, func(s *banc.Serveur, messages [][]byte) { _ = s.EnvoyerOctets(messages...) })
}

// plusieurs envoie des mesures sur une seule connexion, et attend de les retrouver toutes.
func plusieurs(b *banc.Banc, n int, envoyer func(*banc.Serveur, [][]byte)) banc.Resultat {
	s, conclusion := servir(b)
	if conclusion != nil {
		return *conclusion
	}
	vs := b.Tirage.Valeurs(n)
	var messages [][]byte
	for _, v := range vs {
		octets := b.Message(v)
		if !bytes.HasSuffix(octets, []byte("\n")) && b.Canonique() {
			octets = append(octets, '\n')
		}
		messages = append(messages, octets)
	}
	envoyer(s, messages)
	constat := s.Retrouver(vs...)
	manquantes := constat.Manquantes(releve.Accord.Suffit)
	if len(manquantes) == 0 {
		return reussi()
	}
	return partiel(n-len(manquantes), n, fmt.Sprintf("les %d mesures", n), "il manque "+citer(manquantes)+dernier(s.Processus), "une_seule_lecture")
}

var rob05 = &Critere{
	ID: "ROB-05", Cote: CoteServeur, Exigence: Devrait, Titre: "un client silencieux à côté d'un autre", Requiert: []string{"SRV-03"},
	Pourquoi: "un client connecté qui ne dit rien ne doit pas faire attendre les autres.",
	Verifier: clientSilencieux,
}

func clientSilencieux(b *banc.Banc) banc.Resultat {
	s, conclusion := servir(b)
	if conclusion != nil {
		return *conclusion
	}
	silencieux, err := s.Joindre()
	if err != nil {
		return nonConcluant("%v", err)
	}
	s.Digerer(silencieux)
	v := b.Tirage.Valeur()
	if err := s.Envoyer(v); err != nil {
		return echoue("le second client est servi", err.Error(), "sequentiel")
	}
	if s.Attendre(v).Trouvailles[0].Accord.Suffit() {
		return reussi()
	}
	// Un serveur qui ne montre rien avant son arrêt se juge sur l'ordre : le silencieux part après lui.
	if !b.Profil().Visible {
		s.Interrompre(2 * time.Second)
		if b.Chercher(v).Accord.Suffit() {
			return reussi()
		}
	}
	return echoue("le second client est servi pendant que le premier se tait", "sa mesure n'est pas enregistrée tant que le premier reste connecté", "sequentiel")
}

// paralleles est le nombre de clients connectés ensemble.
const paralleles = 8

var rob06 = &Critere{
	ID: "ROB-06", Cote: CoteServeur, Exigence: Devrait, Titre: "des clients en parallèle", Requiert: []string{"SRV-03"},
	Pourquoi: "des capteurs n'attendent pas leur tour ; huit connexions ouvertes à la fois, huit mesures.",
	Verifier: enParallele,
}

func enParallele(b *banc.Banc) banc.Resultat {
	s, conclusion := servir(b)
	if conclusion != nil {
		return *conclusion
	}
	vs := b.Tirage.Valeurs(paralleles)
	var connexions []*banc.Connexion
	for range vs {
		c, err := s.Joindre()
		if err != nil {
			return echoue("huit connexions ouvertes ensemble", fmt.Sprintf("%d : %v%s", len(connexions), err, dernier(s.Processus)), append(lireTexte(s.Processus), "parallele")...)
		}
		connexions = append(connexions, c)
	}
	b.Attente.Calme(30*time.Millisecond, 3*time.Second) // que le serveur les ait tous acceptés
	for i, c := range slices.Backward(connexions) {     // le dernier arrivé parle le premier
		_ = c.Envoyer(b.Message(vs[i]))
	}
	for _, c := range connexions {
		c.FermerEcriture()
	}
	for _, c := range connexions {
		s.Digerer(c)
		c.Fermer()
	}
	constat := s.Retrouver(vs...)
	manquantes := constat.Manquantes(releve.Accord.Suffit)
	if len(manquantes) == 0 {
		return reussi()
	}
	return partiel(len(vs)-len(manquantes), len(vs), "les huit mesures", "il manque "+citer(manquantes)+dernier(s.Processus), append(lireTexte(s.Processus), "parallele")...)
}

var rob07 = &Critere{
	ID: "ROB-07", Cote: CoteServeur, Exigence: Devrait, Titre: "une déconnexion brutale", Requiert: []string{"SRV-03"},
	Pourquoi: "une panne de courant chez un client se voit au serveur comme une connexion coupée.",
	Verifier: deconnexion,
}

func deconnexion(b *banc.Banc) banc.Resultat {
	s, conclusion := servir(b)
	if conclusion != nil {
		return *conclusion
	}
	for _, debut := range []int{0, 10} { // avant tout message, puis au milieu d'un
		c, err := s.Joindre()
		if err != nil {
			return echoue("le serveur accepte les connexions", err.Error()+dernier(s.Processus), "plante_deconnexion")
		}
		s.Digerer(c)
		if debut > 0 {
			_ = c.Envoyer(b.Message(b.Tirage.Valeur())[:debut])
			s.Digerer(c)
		}
		c.Couper()
		b.Attente.Calme(30*time.Millisecond, 2*time.Second)
	}
	if _, conclusion := barriere(b, s, "le client suivant est servi", "plante_deconnexion"); conclusion != nil {
		return *conclusion
	}
	return reussi()
}

var rob08 = &Critere{
	ID: "ROB-08", Cote: CoteServeur, Exigence: Devrait, Titre: "une apostrophe et du SQL dans l'identifiant", Requiert: []string{"SRV-03"},
	Pourquoi: "une donnée ne doit jamais devenir une instruction : c'est l'injection SQL.",
	Verifier: apostrophe,
}

func apostrophe(b *banc.Banc) banc.Resultat {
	return identifiant(b, "l'entree'); DROP TABLE mesures; --", "sql_concatene")
}

var rob10 = &Critere{
	ID: "ROB-10", Cote: CoteServeur, Exigence: Devrait, Titre: "des accents dans l'identifiant", Requiert: []string{"SRV-03"},
	Pourquoi: "JSON est en UTF-8 (RFC 8259, section 8.1) : un identifiant accentué revient tel quel.",
	Verifier: accents,
}

func accents(b *banc.Banc) banc.Resultat {
	return identifiant(b, "véranda n° 3 – côté été", "encodage")
}

// identifiant envoie une mesure dont l'identifiant sort de l'ordinaire. Un refus est permis ; une mesure abîmée, ou un serveur arrêté, non.
func identifiant(b *banc.Banc, id, code string) banc.Resultat {
	s, conclusion := servir(b)
	if conclusion != nil {
		return *conclusion
	}
	avant, v := b.Tirage.Valeur(), b.Tirage.Valeur()
	v.ID = id
	if err := s.Envoyer(avant); err != nil {
		return nonConcluant("%v", err)
	}
	_ = s.Envoyer(v)
	constat, conclusion := barriere(b, s, "le client suivant est servi", code)
	if conclusion != nil {
		return *conclusion
	}
	constat = b.Relever(avant, v)
	switch t := constat.Trouvailles[1]; {
	case !constat.Trouvailles[0].Accord.Suffit():
		return echoue("les mesures d'avant restent", "la mesure d'avant a disparu", code)
	case t.Accord.Suffit():
		return reussi()
	case t.Accord == releve.ValeurSeule:
		return echoue(fmt.Sprintf("l'identifiant « %s »", id), fmt.Sprintf("« %s » (%s)", resumer(t.Enregistrement.Texte), t.Enregistrement.Ou), code)
	}
	return echoue(fmt.Sprintf("la mesure de « %s »", id), "elle n'est pas enregistrée"+dernier(s.Processus), append(lireTexte(s.Processus), code)...)
}

var rob09 = &Critere{
	ID: "ROB-09", Cote: CoteServeur, Exigence: Devrait, Titre: "un saut de ligne dans l'identifiant", Requiert: []string{"SRV-03"},
	Pourquoi: "dans un fichier d'une ligne par mesure, un saut de ligne venu d'ailleurs forge une mesure.",
	Verifier: sautDeLigne,
}

func sautDeLigne(b *banc.Banc) banc.Resultat {
	s, conclusion := servir(b)
	if conclusion != nil {
		return *conclusion
	}
	modele, forgee, v := b.Tirage.Valeur(), b.Tirage.Valeur(), b.Tirage.Valeur()
	if err := s.Envoyer(modele); err != nil {
		return nonConcluant("%v", err)
	}
	r := s.Attendre(modele)
	ligne := forger(r.Trouvailles[0].Enregistrement.Texte, modele, forgee)
	v.ID = "salon\n" + ligne + "\n"
	_ = s.Envoyer(v)
	constat, conclusion := barriere(b, s, "le client suivant est servi")
	if conclusion != nil {
		return *conclusion
	}
	for _, d := range constat.Depots {
		if d.Forme == "sqlite" {
			continue // une rangée peut porter un saut de ligne sans en devenir deux
		}
		for _, e := range d.Enregistrements {
			if e.Contient(forgee.ID, forgee.Temperature).Suffit() && !strings.Contains(e.Texte, "salon") {
				return echoue("une mesure, ou un refus", fmt.Sprintf("une ligne forgée par l'identifiant : « %s » (%s)", resumer(e.Texte), e.Ou), "cree_ligne")
			}
		}
	}
	return reussi()
}

// forger écrit une ligne comme celle qui a été enregistrée, mais pour une autre mesure.
func forger(ligne string, vraie, forgee banc.Valeur) string {
	ligne = strings.ReplaceAll(ligne, vraie.ID, forgee.ID)
	return strings.ReplaceAll(ligne, fmt.Sprint(vraie.Temperature), fmt.Sprint(forgee.Temperature))
}

// Ce qu'un client peut envoyer de déraisonnable.
const (
	identifiantDemesure = 1 << 20
	fluxSansFin         = 32 << 20
	fluxProbant         = 8 << 20         // en deçà, une mémoire qui grandit d'autant peut ne rien devoir au message
	calculDuFlux        = 2 * time.Second // de processeur : un serveur qui relit tout à chaque lecture y passerait des heures
)

var rob11 = &Critere{
	ID: "ROB-11", Cote: CoteServeur, Exigence: Devrait, Titre: "un message démesuré", Requiert: []string{"SRV-03"},
	Pourquoi: "un identifiant d'un million de caractères n'en est pas un ; le refuser suffit, mais il faut servir le client suivant.",
	Verifier: demesure,
}

func demesure(b *banc.Banc) banc.Resultat {
	s, conclusion := servir(b)
	if conclusion != nil {
		return *conclusion
	}
	v := b.Tirage.Valeur()
	v.ID = strings.Repeat("x", identifiantDemesure)
	_ = s.EnvoyerOctets(b.Message(v)) // le serveur peut fermer avant d'avoir tout lu : c'est une façon de refuser
	if _, conclusion := barriere(b, s, "le client suivant est servi", "message_demesure"); conclusion != nil {
		return *conclusion
	}
	return reussi()
}

var rob15 = &Critere{
	ID: "ROB-15", Cote: CoteServeur, Exigence: Devrait, Titre: "une mémoire bornée", Requiert: []string{"SRV-01"},
	Pourquoi: "tout ce qu'un client fait garder à un serveur a besoin d'une limite.",
	Verifier: memoireBornee,
}

func memoireBornee(b *banc.Banc) banc.Resultat {
	s, conclusion := servir(b)
	if conclusion != nil {
		return *conclusion
	}
	defer s.Arreter()
	avant, connu := s.Memoire()
	if !connu {
		return nonConcluant("ce système ne dit pas la mémoire d'un programme")
	}
	c, err := s.Joindre()
	if err != nil {
		return nonConcluant("%v", err)
	}
	if err := c.Envoyer([]byte(`{"capteur_id": "`)); err != nil {
		return reussi()
	}
	morceau, depart := bytes.Repeat([]byte("x"), 128<<10), b.Calcul()
	deborde := func() bool { return b.Calcul()-depart > calculDuFlux }
	lus, pris := 0, int64(0) // à la dernière pause : ce que le serveur avait lu, et pris de mémoire pour cela
	for envoyes, pause := 0, 1<<20; envoyes < fluxSansFin && !deborde(); pause *= 2 {
		for ; envoyes < pause && !deborde(); envoyes += len(morceau) {
			if c.Envoyer(morceau) != nil {
				return reussi() // le serveur n'en veut plus : c'est ce qu'on espère
			}
		}
		if b.Attente.Jusqua(100*time.Millisecond, 20*time.Second, deborde) {
			break
		}
		apres, _ := s.Memoire()
		lus, pris = envoyes, apres-avant
	}
	trop := deborde()
	s.Tuer() // il lui reste peut-être à lire, et c'est le banc qui l'y oblige
	switch {
	case lus >= fluxProbant && pris > int64(lus)*3/4 && (trop || lus >= fluxSansFin):
		return echoue("une mémoire qui ne suit pas ce qu'envoie un client", fmt.Sprintf("%d Mio de plus pour %d Mio envoyés sans fin de message", pris>>20, lus>>20), "memoire_sans_borne")
	case trop:
		return nonConcluant("le serveur a pris plus de %v de calcul pour un message sans fin, dont il avait lu %d Mio : le banc n'a pas insisté", calculDuFlux, lus>>20)
	}
	return reussi()
}

var rob12 = &Critere{
	ID: "ROB-12", Cote: CoteServeur, Exigence: Devrait, Titre: "un redémarrage immédiat", Requiert: []string{"SRV-02"},
	Pourquoi: "après un arrêt, le système réserve le port un moment ; un serveur doit pouvoir revenir aussitôt.",
	Verifier: redemarrageImmediat,
}

func redemarrageImmediat(b *banc.Banc) banc.Resultat {
	s, conclusion := servir(b)
	if conclusion != nil {
		return *conclusion
	}
	c, err := s.Joindre() // une connexion que le serveur fermera le premier, en s'arrêtant
	if err != nil {
		return nonConcluant("%v", err)
	}
	s.Accueillir(c)
	_ = c.Envoyer(b.Message(b.Tirage.Valeur()))
	s.Digerer(c)
	s.Arreter()
	c.Fermer()
	s, err = b.LancerServeur()
	if err == nil {
		return reussi()
	}
	codes := lireTexte(s.Processus)
	for i, code := range codes {
		if code == "port_pris" {
			codes[i] = "sans_reuseaddr"
		}
	}
	return echoue("le serveur écoute de nouveau aussitôt arrêté", err.Error()+dernier(s.Processus), codes...)
}

var rob13 = &Critere{
	ID: "ROB-13", Cote: CoteServeur, Exigence: Devrait, Titre: "un arrêt propre par Ctrl-C", Requiert: []string{"SRV-01"},
	Pourquoi: "Ctrl-C est la façon normale d'arrêter un serveur lancé dans un terminal.",
	Verifier: arretParCtrlC,
}

func arretParCtrlC(b *banc.Banc) banc.Resultat {
	s, conclusion := servir(b)
	if conclusion != nil {
		return *conclusion
	}
	_ = s.Envoyer(b.Tirage.Valeur())
	fin := s.Interrompre(2 * time.Second)
	const attendu = "le serveur s'arrête dans les 2 s, sans pile d'appels"
	switch {
	case !fin.Fini:
		return echoue(attendu, "il tourne encore", "ne_finit_pas")
	case s.Trace():
		return echoue(attendu, fmt.Sprintf("%v%s", fin, dernier(s.Processus)), "trace_ctrl_c")
	}
	return reussi()
}

// mesuresEnRafale est le nombre de clients qui se suivent sans attendre.
const mesuresEnRafale = 200

var rob14 = &Critere{
	ID: "ROB-14", Cote: CoteServeur, Exigence: Devrait, Titre: "une rafale de 200 mesures", Requiert: []string{"SRV-03"}, Budget: 2 * time.Minute,
	Pourquoi: "ce qui n'est pas rendu (connexions, fils, fichiers) finit par manquer : cela se voit au bout de quelques centaines.",
	Verifier: rafale,
}

func rafale(b *banc.Banc) banc.Resultat {
	s, conclusion := servir(b)
	if conclusion != nil {
		return *conclusion
	}
	vs := b.Tirage.Valeurs(mesuresEnRafale)
	for i, v := range vs {
		if err := s.EnvoyerVite(v); err != nil {
			return partiel(i, len(vs), "200 mesures, chacune par sa connexion", fmt.Sprintf("le %de client n'est pas servi : %v ; le serveur %v%s", i+1, err, s.Fin(), dernier(s.Processus)), "rafale")
		}
	}
	constat := s.Retrouver(vs...)
	manquantes := constat.Manquantes(releve.Accord.Suffit)
	if len(manquantes) == 0 {
		return reussi()
	}
	return partiel(len(vs)-len(manquantes), len(vs), "200 mesures enregistrées", fmt.Sprintf("il en manque %d : %s%s", len(manquantes), citer(manquantes), dernier(s.Processus)), "rafale")
}
