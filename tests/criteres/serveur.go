package criteres

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"capteurs/tests/banc"
	"capteurs/tests/releve"
)

var duServeur = []*Critere{srv01, srv02, srv03, srv04, srv05, srv06, srv07, srv08}

// servir lance le serveur du rendu ; s'il n'écoute pas, elle conclut.
func servir(b *banc.Banc) (*banc.Serveur, *banc.Resultat) {
	s, err := b.LancerServeur()
	if err == nil {
		return s, nil
	}
	r := nonEcoute(s, err)
	return s, &r
}

func nonEcoute(s *banc.Serveur, err error) banc.Resultat {
	codes := lireTexte(s.Processus)
	switch {
	case deLaMachine(s):
		return nonConcluant("hors d'une cloison, ce port ou cette adresse ne sont pas à lui%s", dernier(s.Processus))
	case errors.Is(err, banc.ErrUDP):
		codes = append(codes, "udp")
	case errors.Is(err, banc.ErrAttendSaisie):
		codes = append(codes, "bloque_sur_saisie")
	case errors.Is(err, banc.ErrNEcoutePas), errors.Is(err, banc.ErrFini) && len(codes) == 0:
		codes = append(codes, "n_ecoute_pas")
	case !errors.Is(err, banc.ErrFini) && !errors.Is(err, banc.ErrAbsent):
		return nonConcluant("%v", err)
	}
	return echoue("le serveur écoute sur un port TCP", err.Error()+dernier(s.Processus), codes...)
}

// adresseImpossible reconnaît un port ou une adresse que la machine refuse.
var adresseImpossible = regexp.MustCompile(`(?i)already in use|EADDRINUSE|assign requested address|EADDRNOTAVAIL|not known|getaddrinfo`)

// deLaMachine dit qu'un serveur n'écoute pas, hors d'une cloison, pour une raison qui peut ne pas être la sienne.
func deLaMachine(s *banc.Serveur) bool {
	return s.Processus != nil && s.Niveau() != banc.N1 && adresseImpossible.MatchString(s.Texte())
}

var srv01 = &Critere{
	ID: "SRV-01", Cote: CoteServeur, Exigence: Doit, Titre: "écoute sur un port TCP",
	Enonce:   "Écoute sur un port TCP.",
	Pourquoi: "un serveur attend : il prend un port et y reste.",
	Verifier: serveurEcoute,
}

func serveurEcoute(b *banc.Banc) banc.Resultat {
	s, conclusion := servir(b)
	if conclusion != nil {
		return *conclusion
	}
	s.Arreter()
	return reussi()
}

var srv02 = &Critere{
	ID: "SRV-02", Cote: CoteServeur, Exigence: Doit, Titre: "une mesure enregistrée", Requiert: []string{"SRV-01"},
	Enonce:   "Sauvegarde chaque donnée reçue : soit dans un fichier texte, soit dans une base de données SQLite.",
	Pourquoi: "c'est le cœur de l'exercice : ce qui est reçu se retrouve plus tard, avec son capteur.",
	Verifier: uneMesure,
}

func uneMesure(b *banc.Banc) banc.Resultat {
	s, conclusion := servir(b)
	if conclusion != nil {
		return *conclusion
	}
	v := b.Tirage.Valeur()
	if err := s.Envoyer(v); err != nil {
		return echoue("la mesure est reçue", err.Error()+dernier(s.Processus), lireTexte(s.Processus)...)
	}
	constat := s.Retrouver(v)
	r := jugerUne(b, s, constat)
	r.Envoye = montrer(b.Message(v))
	if r.Verdict == banc.Reussi && !b.Canonique() {
		r.Remarque = "le serveur n'a rien enregistré du message de l'énoncé ; celui de son propre client, valeurs remplacées, l'a été"
	}
	return r
}

// jugerUne juge la mesure unique d'un relevé : l'identifiant et la température doivent se trouver au même endroit.
func jugerUne(b *banc.Banc, s *banc.Serveur, constat banc.Constat) banc.Resultat {
	t := constat.Trouvailles[0]
	attendu := fmt.Sprintf("%s et %v °C sur une même ligne, ou dans une même rangée", t.Valeur.ID, t.Valeur.Temperature)
	switch {
	case t.Accord.Suffit():
		return reussi()
	case t.Accord == releve.ValeurSeule:
		return echoue(attendu, fmt.Sprintf("la température seule (%s)", t.Enregistrement.Ou), "sans_identifiant")
	case t.Accord == releve.Entier:
		return echoue(attendu, fmt.Sprintf("« %s » (%s)", resumer(t.Enregistrement.Texte), t.Enregistrement.Ou), "entier")
	case t.Accord == releve.IDSeul:
		return echoue(attendu, fmt.Sprintf("l'identifiant, sans cette température : « %s » (%s)", resumer(t.Enregistrement.Texte), t.Enregistrement.Ou))
	}
	return echoue(attendu, rienTrouve(constat)+dernier(s.Processus), append(lireTexte(s.Processus), pourquoiRien(b, constat))...)
}

// rienTrouve dit ce qu'il y a à la place de la mesure attendue.
func rienTrouve(r banc.Constat) string {
	if len(r.Depots) == 0 {
		return "aucun fichier écrit, même après l'arrêt du serveur"
	}
	var noms []string
	for _, d := range r.Depots {
		noms = append(noms, fmt.Sprintf("%s (%s, %d enregistrements)", d.Fichier, d.Forme, len(d.Enregistrements)))
	}
	return "la mesure n'est pas dans " + strings.Join(noms, ", ")
}

// insertionSansValidation reconnaît, dans un source Python, un INSERT que rien ne valide avant la fin de sa fonction.
var insertionSansValidation = regexp.MustCompile(`(?is)insert\s+into([^c]|c[^o]|co[^m]|com[^m])*?(\n\s*def |\z)`)

// pourquoiRien reconnaît pourquoi rien n'a été enregistré.
func pourquoiRien(b *banc.Banc, r banc.Constat) string {
	valide := !insertionSansValidation.Match(b.SourceServeur())
	for _, d := range r.Depots {
		for _, t := range d.Tables {
			if d.Forme == "sqlite" && t.Rangees == 0 && (r.Transaction || !valide) {
				return "sans_commit"
			}
		}
	}
	if len(r.Depots) == 0 {
		return "memoire_seule"
	}
	return ""
}

var srv03 = &Critere{
	ID: "SRV-03", Cote: CoteServeur, Exigence: Doit, Titre: "plusieurs clients tour à tour", Requiert: []string{"SRV-02"},
	Enonce:   "Accepte les connexions entrantes. Reçoit les messages JSON envoyés par les clients.",
	Pourquoi: "un serveur sert plus d'une fois : après un client vient le suivant.",
	Verifier: tourATour,
}

func tourATour(b *banc.Banc) banc.Resultat {
	return suite(b, b.Tirage.Valeurs(3), "les mesures de trois clients, l'un après l'autre", func(s *banc.Serveur, envoyes int, r banc.Constat) []string {
		if envoyes < 3 {
			return []string{"un_seul_client"}
		}
		return nil
	})
}

var srv04 = &Critere{
	ID: "SRV-04", Cote: CoteServeur, Exigence: Doit, Titre: "deux mesures d'un même capteur", Requiert: []string{"SRV-02"},
	Enonce:   "Sauvegarde chaque donnée reçue.",
	Pourquoi: "« chaque » : une mesure nouvelle s'ajoute aux précédentes, elle ne les remplace pas.",
	Verifier: memeCapteur,
}

func memeCapteur(b *banc.Banc) banc.Resultat {
	vs := b.Tirage.Valeurs(2)
	vs[1].ID = vs[0].ID
	return suite(b, vs, "les deux mesures du capteur", func(s *banc.Serveur, envoyes int, r banc.Constat) []string {
		if envoyes < 2 {
			return []string{"un_seul_client"}
		}
		for _, d := range r.Depots {
			if d.Forme == "sqlite" && !r.Trouvailles[0].Accord.Suffit() && r.Trouvailles[1].Accord.Suffit() {
				return []string{"upsert"}
			}
		}
		return nil
	})
}

// suite envoie des mesures l'une après l'autre, chacune par sa connexion, et attend de les retrouver toutes.
func suite(b *banc.Banc, vs []banc.Valeur, attendu string, expliquer func(s *banc.Serveur, envoyes int, r banc.Constat) []string) banc.Resultat {
	s, conclusion := servir(b)
	if conclusion != nil {
		return *conclusion
	}
	envoyes := 0
	for _, v := range vs {
		if s.Envoyer(v) != nil {
			break
		}
		envoyes++
	}
	finAvant := s.Fin()
	constat := s.Retrouver(vs...)
	manquantes := constat.Manquantes(releve.Accord.Suffit)
	if len(manquantes) == 0 {
		return reussi()
	}
	codes := append(lireTexte(s.Processus), expliquer(s, envoyes, constat)...)
	if derniereSeule(constat) && len(codes) == 0 {
		codes = append(codes, "ecrase")
	}
	observe := fmt.Sprintf("%d sur %d ; il manque %s", len(vs)-len(manquantes), len(vs), citer(manquantes))
	if finAvant.Fini {
		observe += fmt.Sprintf(" ; le serveur %v%s", finAvant, dernier(s.Processus))
	}
	return partiel(len(vs)-len(manquantes), len(vs), attendu, observe, codes...)
}

// derniereSeule dit que de toutes les mesures il ne reste que la dernière, dans un fichier de texte.
func derniereSeule(r banc.Constat) bool {
	n := len(r.Trouvailles)
	for i, t := range r.Trouvailles {
		if t.Accord.Suffit() != (i == n-1) {
			return false
		}
	}
	return n > 1
}

var srv05 = &Critere{
	ID: "SRV-05", Cote: CoteServeur, Exigence: Doit, Titre: "la forme de la sauvegarde", Requiert: []string{"SRV-02"},
	Enonce:   "un fichier texte, chaque ligne correspondant à une mesure ; une base SQLite, table avec au moins les colonnes : identifiant, température, timestamp.",
	Pourquoi: "une forme convenue se relit par d'autres programmes, et s'allonge sans se réécrire.",
	Verifier: formeDeLaSauvegarde,
}

func formeDeLaSauvegarde(b *banc.Banc) banc.Resultat {
	s, conclusion := servir(b)
	if conclusion != nil {
		return *conclusion
	}
	vs := b.Tirage.Valeurs(2)
	for _, v := range vs {
		if err := s.Envoyer(v); err != nil {
			break // le critère du tour à tour le dit déjà
		}
	}
	constat := s.Retrouver(vs...)
	if !constat.Trouvailles[0].Accord.Suffit() && !constat.Trouvailles[1].Accord.Suffit() {
		return nonConcluant("%s", rienTrouve(constat))
	}
	var refus []banc.Resultat
	for _, d := range constat.Depots {
		if !contient(d, vs) {
			continue
		}
		r := jugerForme(d, vs)
		if r.Verdict == banc.Reussi {
			return r // une forme juste suffit, même à côté d'une autre
		}
		refus = append(refus, r)
	}
	if len(refus) == 0 {
		return nonConcluant("on ne sait pas où les mesures sont enregistrées")
	}
	return refus[0]
}

// contient dit si un dépôt porte l'une des mesures.
func contient(d releve.Depot, vs []banc.Valeur) bool {
	for _, v := range vs {
		if _, accord, _ := releve.Chercher(d.Enregistrements, v.ID, v.Temperature); accord.Suffit() {
			return true
		}
	}
	return false
}

func jugerForme(d releve.Depot, vs []banc.Valeur) banc.Resultat {
	switch d.Forme {
	case "sqlite":
		for _, table := range d.Tables {
			roles, ok := rolesDe(table, vs)
			if ok && roles.Horodatage == "" {
				return echoue("une table avec un identifiant, une température et un timestamp", "colonnes : "+colonnes(table), "sans_timestamp")
			}
		}
		return reussiMais("base SQLite %s", d.Fichier)
	case "json":
		if !d.ParLigne {
			return echoue("une ligne par mesure", fmt.Sprintf("%s est une seule valeur JSON, à réécrire en entier à chaque mesure", d.Fichier), "format_liste")
		}
	}
	if !d.ParLigne {
		return echoue("une ligne par mesure", fmt.Sprintf("%s ne suit pas cette forme", d.Fichier))
	}
	return reussiMais("fichier %s, %s", d.Fichier, d.Forme)
}

// rolesDe dit quelle colonne d'une table porte quoi, d'après l'une des mesures.
func rolesDe(t releve.Table, vs []banc.Valeur) (releve.Roles, bool) {
	for _, v := range vs {
		if roles, ok := t.Roles(v.ID, v.Temperature); ok {
			return roles, true
		}
	}
	return releve.Roles{}, false
}

func colonnes(t releve.Table) string {
	var noms []string
	for _, c := range t.Colonnes {
		noms = append(noms, c.Nom)
	}
	return strings.Join(noms, ", ")
}

var srv06 = &Critere{
	ID: "SRV-06", Cote: CoteServeur, Exigence: Doit, Titre: "des mesures conservées après un redémarrage", Requiert: []string{"SRV-02"},
	Enonce:   "Fichier de sauvegarde ou base de données.",
	Pourquoi: "enregistrer, c'est retrouver après un arrêt ce qu'on avait avant.",
	Verifier: redemarrage,
}

func redemarrage(b *banc.Banc) banc.Resultat {
	b.OublierPorts() // reprendre un port aussitôt est l'affaire d'un autre critère
	vs := b.Tirage.Valeurs(2)
	for i, v := range vs {
		s, conclusion := servir(b)
		if conclusion != nil && i > 0 && aCode(*conclusion, "port_pris") {
			return nonConcluant("le port n'est pas encore libre : %s", conclusion.Observe)
		}
		if conclusion != nil {
			return *conclusion
		}
		if err := s.Envoyer(v); err != nil {
			return echoue("la mesure est reçue", err.Error()+dernier(s.Processus), lireTexte(s.Processus)...)
		}
		s.Attendre(v)
		s.Arreter()
		if i == 0 && !b.Chercher(v).Accord.Suffit() {
			return nonConcluant("la mesure d'avant le redémarrage n'était pas enregistrée")
		}
	}
	constat := b.Relever(vs...)
	if manquantes := constat.Manquantes(releve.Accord.Suffit); len(manquantes) > 0 {
		code := ""
		if derniereSeule(constat) {
			code = "ecrase"
		}
		return echoue("la mesure d'avant le redémarrage et celle d'après", "il manque "+citer(manquantes), code)
	}
	return reussi()
}

var srv08 = &Critere{
	ID: "SRV-08", Cote: CoteServeur, Exigence: Devrait, Titre: "une mesure enregistrée aussitôt", Requiert: []string{"SRV-02"},
	Pourquoi: "une coupure de courant ne prévient pas : ce qui attend en mémoire est perdu.",
	Verifier: aussitot,
}

func aussitot(b *banc.Banc) banc.Resultat {
	s, conclusion := servir(b)
	if conclusion != nil {
		return *conclusion
	}
	defer s.Arreter()
	v := b.Tirage.Valeur()
	if err := s.Envoyer(v); err != nil {
		return nonConcluant("%v", err)
	}
	if constat := s.Attendre(v); constat.Trouvailles[0].Accord.Suffit() {
		return reussi()
	}
	s.Arreter()
	if b.Chercher(v).Accord.Suffit() {
		return echoue("la mesure se voit sur le disque pendant que le serveur tourne", "elle n'y est qu'une fois le serveur arrêté", "pas_vide")
	}
	return nonConcluant("la mesure n'a pas été retrouvée, même après l'arrêt")
}

// Les façons de montrer ce qu'on a vu.

// montrer rend des octets lisibles, l'invisible compris, sur une ligne.
func montrer(octets []byte) string { return releve.Montrer(octets, 200) }

func resumer(texte string) string { return releve.Montrer([]byte(texte), 120) }

// citer nomme des mesures, les premières seulement.
func citer(ts []banc.Trouvaille) string {
	var mots []string
	for i, t := range ts {
		if i == 3 {
			mots = append(mots, fmt.Sprintf("%d autres", len(ts)-3))
			break
		}
		mots = append(mots, t.Valeur.String())
	}
	return strings.Join(mots, " ; ")
}
