package criteres

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"capteurs/tests/banc"
	"capteurs/tests/decouverte"
)

var objet = []decouverte.Etape{decouverte.POO, decouverte.Heritage}

var heritage = []decouverte.Etape{decouverte.Heritage}

var duSource = []*Critere{poo01, poo02, poo03, her01, her02, her03, her04, her05, bon01}

// structureDe lit la structure de l'étape ; si elle ne se lit pas, elle conclut sans donner tort.
func structureDe(b *banc.Banc) (Structure, *banc.Resultat) {
	ctx, arreter := context.WithTimeout(context.Background(), 30*time.Second)
	defer arreter()
	paire := b.Paire()
	s, err := LireStructure(ctx, b.Dossier(), paire.Client, paire.Serveur)
	rendre := func(r banc.Resultat) (Structure, *banc.Resultat) { return s, &r }
	switch {
	case err != nil:
		return rendre(nonConcluant("%v", err))
	case len(s.Syntaxe) > 0:
		return rendre(nonConcluant("%s", s.Syntaxe[0]))
	case s.ALire != "":
		return rendre(nonConcluant("à relire : %s", s.ALire))
	}
	return s, nil
}

// presents rend les côtés que le rendu contient à cette étape.
func presents(b *banc.Banc) (cotes []Cote) {
	if b.Paire().Client != nil {
		cotes = append(cotes, CoteClient)
	}
	if b.Paire().Serveur != nil {
		cotes = append(cotes, CoteServeur)
	}
	return cotes
}

var poo01 = &Critere{
	ID: "POO-01", Cote: CoteSource, Exigence: Doit, Etapes: objet, Titre: "une classe de chaque côté, avec sa méthode principale",
	Enonce:   "Créez une classe CapteurTCP… La méthode principale doit permettre d'envoyer une mesure. Créez une classe ServeurTCP… La méthode principale doit permettre de lancer le serveur.",
	Pourquoi: "une classe réunit un état et ce qu'on en fait ; sans méthode qu'on appelle, elle ne sert qu'à ranger.",
	Verifier: classes,
}

func classes(b *banc.Banc) banc.Resultat {
	s, conclusion := structureDe(b)
	if conclusion != nil {
		return *conclusion
	}
	var trouvees, manquent []string
	for _, cote := range presents(b) {
		if c, m, ok := s.MethodePrincipale(cote); ok {
			trouvees = append(trouvees, fmt.Sprintf("%s.%s (%s:%d)", c.Nom, m.Nom, c.Fichier, m.Ligne))
		} else {
			manquent = append(manquent, string(cote))
		}
	}
	if len(manquent) > 0 {
		return partiel(len(trouvees), len(trouvees)+len(manquent), "une classe de chaque côté, et une méthode que le programme appelle",
			"rien de tel côté "+strings.Join(manquent, " ni "), "pas_de_classe")
	}
	return reussiMais("%s", strings.Join(trouvees, " ; "))
}

var poo02 = &Critere{
	ID: "POO-02", Cote: CoteSource, Exigence: Doit, Etapes: objet, Titre: "des classes et des méthodes documentées", Requiert: []string{"POO-01"},
	Enonce:   "Documentation rapide des classes et méthodes utilisées.",
	Pourquoi: "une phrase par classe évite à qui la reprend de tout lire.",
	Verifier: documentation,
}

var her04 = &Critere{
	ID: "HER-04", Cote: CoteSource, Exigence: Doit, Etapes: heritage, Titre: "des classes de l'héritage documentées", Requiert: []string{"HER-01", "HER-02"},
	Enonce:   "Documentez les classes créées.",
	Pourquoi: "qui dérive une classe doit savoir ce que la base promet.",
	Verifier: documentation,
}

func documentation(b *banc.Banc) banc.Resultat {
	s, conclusion := structureDe(b)
	if conclusion != nil {
		return *conclusion
	}
	documentees := 0
	for _, c := range s.Classes {
		if c.Documentee || slices.ContainsFunc(c.Methodes, func(m Methode) bool { return m.Documentee }) {
			documentees++
		}
	}
	sans := s.SansDocumentation(s.Classes)
	switch {
	case len(s.DocFichiers) > 0:
		return reussiMais("documentation à relire : %s", strings.Join(s.DocFichiers, ", "))
	case documentees == 0:
		return echoue("une phrase par classe, dans le source ou dans un fichier à côté", "aucune classe n'a de documentation", "pas_de_doc")
	case len(sans) > 0:
		return reussiMais("sans documentation : %s", strings.Join(sans[:min(len(sans), 6)], ", "))
	}
	return reussi()
}

var her01 = &Critere{
	ID: "HER-01", Cote: CoteSource, Exigence: Doit, Etapes: heritage, Titre: "une classe de base et une dérivée, côté client",
	Enonce:   "Créez une classe de base Capteur… Créez une classe dérivée CapteurTCP qui hérite de Capteur.",
	Pourquoi: "ce que tous les capteurs ont en commun s'écrit une fois, dans la base.",
	Verifier: func(b *banc.Banc) banc.Resultat { return derivee(b, CoteClient) },
}

var her02 = &Critere{
	ID: "HER-02", Cote: CoteSource, Exigence: Doit, Etapes: heritage, Titre: "une classe de base et une dérivée, côté serveur",
	Enonce:   "Créez une classe de base Serveur… Créez une classe dérivée ServeurTCP qui hérite de Serveur.",
	Pourquoi: "écouter est l'affaire de tout serveur ; lire du JSON, celle d'un seul.",
	Verifier: func(b *banc.Banc) banc.Resultat { return derivee(b, CoteServeur) },
}

func derivee(b *banc.Banc, cote Cote) banc.Resultat {
	if !slices.Contains(presents(b), cote) {
		return echoue("un "+string(cote), "aucun n'a été trouvé")
	}
	s, conclusion := structureDe(b)
	if conclusion != nil {
		return *conclusion
	}
	derivees := s.Derivees(cote)
	if len(derivees) == 0 {
		return echoue("une classe qui hérite d'une classe du rendu", "aucune de ce côté", "pas_d_heritage")
	}
	c := derivees[0]
	return reussiMais("%s hérite de %s (%s:%d)", c.Nom, strings.Join(c.BasesDuRendu, ", "), c.Fichier, c.Ligne)
}

var her03 = &Critere{
	ID: "HER-03", Cote: CoteSource, Exigence: Doit, Etapes: heritage, Titre: "de l'hérité vraiment employé", Requiert: []string{"HER-01", "HER-02"},
	Enonce:   "Proposez une extension de votre application orientée objet en utilisant l'héritage.",
	Pourquoi: "hériter sans rien employer de la base, c'est seulement écrire son nom.",
	Verifier: heriteEmploye,
}

func heriteEmploye(b *banc.Banc) banc.Resultat {
	s, conclusion := structureDe(b)
	if conclusion != nil {
		return *conclusion
	}
	var exemples, manquent []string
	for _, cote := range presents(b) {
		usages := s.UsagesDuCote(cote)
		if len(usages) == 0 {
			manquent = append(manquent, string(cote))
			continue
		}
		u := usages[0]
		exemples = append(exemples, fmt.Sprintf("%s emploie %s de %s (%s:%d)", u.Classe, u.Quoi, u.Base, u.Fichier, u.Ligne))
	}
	if len(manquent) > 0 {
		return partiel(len(exemples), len(exemples)+len(manquent), "quelque chose de la base, employé par la classe dérivée",
			"rien côté "+strings.Join(manquent, " ni "), "herite_inutile")
	}
	return reussiMais("%s", strings.Join(exemples, " ; "))
}

var her05 = &Critere{
	ID: "HER-05", Cote: CoteSource, Exigence: Informatif, Etapes: heritage, Titre: "l'explication de l'intérêt de l'héritage",
	Enonce:   "Expliquez brièvement l'intérêt de l'héritage dans ce contexte.",
	Pourquoi: "l'explication se lit, elle ne se mesure pas : elle est montrée, et c'est à l'enseignant d'en juger.",
	Verifier: explication,
}

func explication(b *banc.Banc) banc.Resultat {
	s, conclusion := structureDe(b)
	if conclusion != nil {
		return reussiMais("%s", conclusion.Observe) // il n'y a rien à juger
	}
	if len(s.Explication) == 0 {
		return reussiMais("aucune explication trouvée dans les fichiers ni les commentaires : peut-être est-elle rendue à part")
	}
	return reussiMais("à relire : %s", strings.Join(s.Explication[:min(len(s.Explication), 3)], " | "))
}

var bon01 = &Critere{
	ID: "BON-01", Cote: CoteSource, Exigence: Informatif, Titre: "plusieurs clients à la fois : fils, select ou asyncio",
	Pourquoi: "l'énoncé ne le demande pas ; c'est un pas de plus.",
	Verifier: filsDExecution,
}

func filsDExecution(b *banc.Banc) banc.Resultat {
	s, conclusion := structureDe(b)
	if conclusion != nil {
		return reussiMais("%s", conclusion.Observe)
	}
	if len(s.Fils) == 0 {
		return reussiMais("aucun : les clients passent l'un après l'autre")
	}
	return reussiMais("%s", strings.Join(s.Fils[:min(len(s.Fils), 3)], " ; "))
}

var poo03 = &Critere{
	ID: "POO-03", Cote: CotePaire, Exigence: Doit, Etapes: objet, Titre: "le comportement de l'étape d'avant", Requiert: []string{"CLI-01", "SRV-01"},
	Enonce:   "Réalisez une version orientée objet de l'application.",
	Pourquoi: "remanier, c'est changer la forme sans changer ce que fait le programme : l'ancien client parle encore au nouveau serveur.",
	Verifier: commeAvant,
}

// commeAvant fait parler le client de l'étape d'avant au serveur de celle-ci, puis l'inverse.
func commeAvant(b *banc.Banc) banc.Resultat {
	avant := b.Avant()
	if avant == "" {
		return nonConcluant("le rendu n'a pas d'étape précédente à laquelle comparer")
	}
	ancienne := b.Rendu().Etapes[avant]
	if ancienne.Client == nil || ancienne.Serveur == nil {
		return nonConcluant("l'étape précédente n'est pas complète")
	}
	b.OublierPorts() // un serveur suit l'autre sur le même port
	for _, croisement := range []struct {
		client, serveur decouverte.Etape
	}{{avant, avant}, {avant, b.Etape()}, {b.Etape(), avant}} {
		r := leurPaire(b.Croiser(croisement.client, croisement.serveur))
		if r.Verdict == banc.Reussi {
			continue
		}
		if croisement.client == croisement.serveur {
			return nonConcluant("l'étape précédente ne marche pas : %s", r.Observe)
		}
		r.Attendu = fmt.Sprintf("le client de l'étape « %s » et le serveur de l'étape « %s » se comprennent", croisement.client, croisement.serveur)
		return r
	}
	return reussi()
}
