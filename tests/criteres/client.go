package criteres

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"capteurs/tests/banc"
	"capteurs/tests/releve"
)

var duClient = []*Critere{cli01, cli02, cli03, cli04, cli05, cli06, cli07, cli08}

// essayer lance le client devant un serveur qui note tout, et attend son premier message. fermer arrête tout.
func essayer(b *banc.Banc) (c *banc.Client, m releve.Message, conclusion *banc.Resultat) {
	rendre := func(r banc.Resultat) (*banc.Client, releve.Message, *banc.Resultat) { return c, m, &r }
	c, err := b.LancerClient(conduite(b))
	if err != nil {
		return rendre(clientPasLance(b, err))
	}
	c.AttendreMessage()
	octets := c.PremierMessage()
	if len(octets) == 0 {
		if len(c.Receveur.Connexions()) == 0 {
			return rendre(echoue("le client se connecte", "aucune connexion"+dernier(c.Proc), lireTexte(c.Proc)...))
		}
		if attendPeutEtre(b) {
			return rendre(nonConcluant("le client n'a rien envoyé ; il attend peut-être que son serveur parle le premier, et celui-ci n'écoute pas ici"))
		}
		return rendre(echoue("un message JSON", "aucun octet reçu"+dernier(c.Proc), append(lireTexte(c.Proc), "rien_envoye")...))
	}
	if m, err = releve.LireMessage(octets); err != nil {
		return rendre(nonConcluant("%v", err))
	}
	if !m.JSON {
		return rendre(echoue("un objet JSON (RFC 8259)", fmt.Sprintf("%s : %s", montrer(octets), m.Pourquoi()), codeMessage(m)))
	}
	return c, m, nil
}

// codeMessage nomme la faute d'un message qui n'est pas du JSON.
func codeMessage(m releve.Message) string {
	switch m.Faute {
	case releve.GuillemetsSimples:
		return "guillemets_simples"
	case releve.MauvaisEncodage:
		return "encodage"
	}
	return "pas_du_json"
}

// attendPeutEtre dit qu'on n'a pas pu apprendre si le serveur du rendu parle le premier.
func attendPeutEtre(b *banc.Banc) bool {
	return b.Paire().Serveur != nil && !b.Profil().Ecoute.IsValid()
}

// conduite joue devant le client un serveur qui dit ce que dirait le sien.
func conduite(b *banc.Banc) banc.Conduite {
	return banc.Conduite{Accueil: b.Profil().Accueil, Replique: b.Profil().Replique}
}

// fermer arrête un client, s'il a été lancé.
func fermer(c *banc.Client) {
	if c != nil {
		c.Fermer()
	}
}

func clientPasLance(b *banc.Banc, err error) banc.Resultat {
	if !errors.Is(err, banc.ErrSansCible) && !errors.Is(err, banc.ErrClientAbsent) {
		return nonConcluant("%v", err)
	}
	return echoue("le client se connecte en TCP", err.Error())
}

var cli01 = &Critere{
	ID: "CLI-01", Cote: CoteClient, Exigence: Doit, Titre: "connexion à un serveur",
	Enonce:   "Se connecte à un serveur via TCP (adresse et port à définir).",
	Pourquoi: "tout commence par une connexion : le client choisit l'adresse et le port, le serveur y écoute.",
	Verifier: clientSeConnecte,
}

func clientSeConnecte(b *banc.Banc) banc.Resultat {
	c, err := b.LancerClient(conduite(b))
	if errors.Is(err, banc.ErrSansCible) {
		return clientSansCible(b, err)
	}
	if err != nil {
		return clientPasLance(b, err)
	}
	defer c.Fermer()
	if !c.AttendreConnexion() {
		return echoue("le client se connecte en TCP", fmt.Sprintf("aucune connexion ; le client %v%s", c.Proc.Fin(), dernier(c.Proc)), lireTexte(c.Proc)...)
	}
	cible := b.Profil().Cible
	if cible.Addr().IsLoopback() {
		return reussi()
	}
	return reussiMais("le client va à %v : c'est l'adresse d'une machine précise ; ici, toute adresse est « ici »", cible)
}

// clientSansCible relance un client qu'on n'a pas vu se connecter, pour dire pourquoi.
func clientSansCible(b *banc.Banc, err error) banc.Resultat {
	if b.Niveau() != banc.N1 {
		return nonConcluant("hors d'une cloison, on ne voit pas où va un client qui ne frappe à aucun des ports que le rendu nomme")
	}
	p, errLance := b.LancerClientSeul()
	if errLance != nil {
		return nonConcluant("%v", errLance)
	}
	fin := p.AttendreFin(5 * time.Second)
	saisies := len(p.Saisies())
	p.Tuer()
	codes := lireTexte(p)
	for _, t := range b.Trafic.Tentatives() {
		if t.Reseau == "udp" && t.Vers.Port() != 53 {
			codes = append(codes, "udp")
		}
	}
	if !fin.Fini && saisies > 0 {
		codes = append(codes, "bloque_sur_saisie")
	}
	return echoue("le client se connecte en TCP", fmt.Sprintf("%v ; il %v%s", err, fin, dernier(p)), codes...)
}

var cli02 = &Critere{
	ID: "CLI-02", Cote: CoteClient, Exigence: Doit, Titre: "un message JSON valide", Requiert: []string{"CLI-01"},
	Enonce:   "Prépare un message JSON contenant la température et un identifiant de capteur.",
	Pourquoi: "JSON est une convention que tous les langages lisent, à condition de la suivre à la lettre.",
	Verifier: messageJSON,
}

func messageJSON(b *banc.Banc) banc.Resultat {
	c, _, conclusion := essayer(b)
	defer fermer(c)
	if conclusion != nil {
		return *conclusion
	}
	r := reussi()
	r.Envoye = montrer(c.PremierMessage())
	return r
}

var cli03 = &Critere{
	ID: "CLI-03", Cote: CoteClient, Exigence: Doit, Titre: "l'identifiant et la température dans le message", Requiert: []string{"CLI-02"},
	Enonce:   "Prépare un message JSON contenant la température et un identifiant de capteur.",
	Pourquoi: "une mesure sans son capteur, ou un capteur sans sa mesure, ne sert à personne.",
	Verifier: membresPresents,
}

func membresPresents(b *banc.Banc) banc.Resultat {
	c, m, conclusion := essayer(b)
	defer fermer(c)
	if conclusion != nil {
		return *conclusion
	}
	const attendu = "un identifiant de capteur et une température"
	switch {
	case !m.Identifiant.Present() && !m.Temperature.Present():
		return echoue(attendu, "ni l'un ni l'autre dans "+montrer(c.PremierMessage()), "membre_absent")
	case !m.Identifiant.Present():
		return echoue(attendu, "pas d'identifiant dans "+montrer(c.PremierMessage()), "membre_absent")
	case !m.Temperature.Present():
		return echoue(attendu, "pas de température dans "+montrer(c.PremierMessage()), "membre_absent")
	}
	return reussi()
}

var cli04 = &Critere{
	ID: "CLI-04", Cote: CoteClient, Exigence: Doit, Titre: "une température qui est un nombre", Requiert: []string{"CLI-03"},
	Enonce:   `{"capteur_id": "capteur_1", "temperature": 23.5}`,
	Pourquoi: "le type fait partie du message : qui le reçoit veut calculer avec la température.",
	Verifier: typesDesMembres,
}

func typesDesMembres(b *banc.Banc) banc.Resultat {
	c, m, conclusion := essayer(b)
	defer fermer(c)
	if conclusion != nil {
		return *conclusion
	}
	switch m.Temperature.Genre {
	case releve.GenreNombre:
	case releve.GenreNombreEnTexte, releve.GenreTexte:
		return echoue("la température est un nombre JSON", "un texte : "+montrer(c.PremierMessage()), "nombre_en_texte")
	default:
		return echoue("la température est un nombre JSON", fmt.Sprintf("un %s : %s", m.Temperature.Genre, montrer(c.PremierMessage())))
	}
	if m.Identifiant.Genre != releve.GenreTexte {
		return reussiMais("l'identifiant est un nombre ; celui de l'énoncé est un texte, comme « capteur_1 »")
	}
	return reussi()
}

var cli05 = &Critere{
	ID: "CLI-05", Cote: CoteClient, Exigence: Doit, Titre: "une température générée, ou celle qui est saisie", Requiert: []string{"CLI-04"},
	Enonce:   "Génère ou saisit une température (par exemple, un nombre flottant).",
	Pourquoi: "un capteur mesure : sa température change, ou vient de celui qui la tape.",
	Verifier: temperatureVivante,
}

func temperatureVivante(b *banc.Banc) banc.Resultat {
	var vues []float64
	for range 3 {
		c, m, conclusion := essayer(b)
		if conclusion != nil {
			fermer(c)
			return *conclusion
		}
		saisies := c.Proc.Saisies()
		fermer(c)
		if slices.ContainsFunc(saisies, func(s banc.Saisie) bool { return s.Temperature == m.Temperature.Nombre }) {
			return reussi()
		}
		if i := slices.IndexFunc(saisies, func(s banc.Saisie) bool { return s.EstTemperature }); i >= 0 {
			return autreQueSaisie(m, saisies[i])
		}
		vues = append(vues, m.Temperature.Nombre)
		if vues[0] != m.Temperature.Nombre {
			return reussi()
		}
	}
	if len(b.Profil().Arguments) > 0 {
		return reussiMais("la température vient des arguments du programme")
	}
	return echoue("une température générée ou saisie", fmt.Sprintf("%v °C à chacune des trois exécutions", vues[0]), "valeur_fixe")
}

// autreQueSaisie dit que la température envoyée n'est pas celle qui a été tapée.
func autreQueSaisie(m releve.Message, s banc.Saisie) banc.Resultat {
	r := echoue(fmt.Sprintf("%v °C, la température saisie", s.Temperature), fmt.Sprintf("%v °C envoyés", m.Temperature.Nombre), "valeur_saisie_changee")
	if m.Temperature.Nombre == float64(int(m.Temperature.Nombre)) {
		r = diagnostiquer(r, "entier")
	}
	return r
}

var cli06 = &Critere{
	ID: "CLI-06", Cote: CoteClient, Exigence: Devrait, Titre: "une fin propre", Requiert: []string{"CLI-01"},
	Pourquoi: "un programme qui a fini le dit par son code de sortie, et rend ce qu'il a pris.",
	Verifier: finDuClient,
}

func finDuClient(b *banc.Banc) banc.Resultat {
	c, _, conclusion := essayer(b)
	defer fermer(c)
	if c == nil {
		return *conclusion
	}
	c.Laisser(1500 * time.Millisecond)
	const attendu = "le client finit de lui-même avec le code 0, ou s'arrête à Ctrl-C"
	if fin := c.Proc.Fin(); fin.Fini {
		if fin.Code != 0 && len(c.PremierMessage()) == 0 && attendPeutEtre(b) {
			return nonConcluant("%s", conclusion.Observe)
		}
		if fin.Code != 0 {
			return echoue(attendu, fmt.Sprintf("%v%s", fin, dernier(c.Proc)), lireTexte(c.Proc)...)
		}
		for _, conn := range c.Receveur.Connexions() {
			if conn.Fermee() == "a coupé (RST)" {
				return reussiMais("la connexion finit par un RST : il restait une réponse que le client n'a pas lue")
			}
		}
		return reussi()
	}
	if fin := c.Proc.Interrompre(3 * time.Second); !fin.Fini {
		return echoue(attendu, "il tourne encore 3 s après Ctrl-C", "ne_finit_pas")
	}
	return reussiMais("le client n'a pas de fin ; il s'est arrêté à Ctrl-C")
}

var cli07 = &Critere{
	ID: "CLI-07", Cote: CoteClient, Exigence: Devrait, Titre: "un serveur absent, dit par une phrase", Requiert: []string{"CLI-01"},
	Pourquoi: "un serveur absent est un cas courant : l'utilisateur doit comprendre quoi faire.",
	Verifier: serveurAbsent,
}

func serveurAbsent(b *banc.Banc) banc.Resultat {
	p, err := b.LancerClientSeul()
	if err != nil {
		return clientPasLance(b, err)
	}
	fin := p.AttendreFin(4 * time.Second)
	p.Tuer()
	const attendu = "une phrase qui dit que le serveur est absent, ou de nouveaux essais"
	switch {
	case p.Trace():
		return echoue(attendu, "une pile d'appels"+dernier(p), "trace_serveur_absent")
	case !fin.Fini:
		return reussiMais("le client attend le serveur")
	case p.Sortie.Len()+p.Erreurs.Len() == 0:
		return echoue(attendu, fmt.Sprintf("%v, sans un mot", fin))
	}
	return reussi()
}

var cli08 = &Critere{
	ID: "CLI-08", Cote: CoteClient, Exigence: Devrait, Titre: "les noms de l'énoncé : capteur_id et temperature", Requiert: []string{"CLI-03"},
	Enonce:   `{"capteur_id": "capteur_1", "temperature": 23.5}`,
	Pourquoi: "c'est parce que les noms sont convenus que des programmes écrits par d'autres se comprennent.",
	Verifier: nomsDeLEnonce,
}

func nomsDeLEnonce(b *banc.Banc) banc.Resultat {
	c, m, conclusion := essayer(b)
	defer fermer(c)
	if conclusion != nil {
		return *conclusion
	}
	if !m.NomsEnonce() {
		return echoue("capteur_id et temperature", fmt.Sprintf("%s et %s", m.Identifiant.Chemin, m.Temperature.Chemin), "autre_nom")
	}
	return reussi()
}
