package decouverte

import (
	"maps"
	"path"
	"slices"
	"strings"
)

// candidat est une source qui pourrait tenir un rôle.
type candidat struct {
	source
	contenu
	role      role
	nom       nomLu
	etape     Etape // que disent les noms ; vide s'ils n'en disent rien
	etapeLue  Etape // que dit le contenu
	arguments []string
	fichiers  []string // Go : à construire ensemble ; vide s'il faut construire tout le dossier
	points    int
	raisons   []string // dans l'ordre où elles ont compté
}

func (c *candidat) gagner(points int, raison string) {
	c.points += points
	if points > 0 && raison != "" {
		c.raisons = append(c.raisons, raison)
	}
}

// rendu est ce qu'on sait d'un dossier, une fois toutes ses sources lues.
type rendu struct {
	*parcours
	contenus map[string]*contenu // par chemin
	dossiers map[string][]string // sources Go de chaque dossier
}

func lireRendu(p *parcours) *rendu {
	r := &rendu{p, map[string]*contenu{}, map[string][]string{}}
	connus := map[string]bool{}
	for _, s := range p.sources {
		connus[s.chemin] = true
	}
	for _, s := range p.sources {
		c := contenuDe(s, p, func(chemin string) bool { return connus[chemin] })
		r.contenus[s.chemin] = &c
		if s.langage == "Go" {
			r.dossiers[path.Dir(s.chemin)] = append(r.dossiers[path.Dir(s.chemin)], s.chemin)
		}
	}
	return r
}

// importees donne les sources dont une source dépend, de proche en proche, elle non comprise.
func (r *rendu) importees(s source) []string {
	vues := map[string]bool{s.chemin: true}
	afaire := slices.Clone(r.contenus[s.chemin].importe)
	if s.langage == "Go" {
		for _, voisin := range r.dossiers[path.Dir(s.chemin)] {
			if !r.contenus[voisin].principale {
				afaire = append(afaire, voisin)
			}
		}
	}
	for len(afaire) > 0 {
		chemin := afaire[0]
		afaire = afaire[1:]
		if dossier, ok := strings.CutSuffix(chemin, "/"); ok { // un paquet Go
			afaire = append(afaire, r.dossiers[dossier]...)
			continue
		}
		if c := r.contenus[chemin]; c != nil && !vues[chemin] {
			vues[chemin] = true
			afaire = append(afaire, c.importe...)
		}
	}
	delete(vues, s.chemin)
	return slices.Sorted(maps.Keys(vues))
}

// candidats rend ceux qui pourraient être un client ou un serveur ; un même fichier peut être les deux.
func (r *rendu) candidats() (tous []*candidat) {
	importes := map[string]bool{}
	for _, c := range r.contenus {
		for _, chemin := range c.importe {
			importes[chemin] = true
		}
	}
	for _, s := range r.sources {
		c := r.contenus[s.chemin]
		if c.teste || s.langage == "" || s.langage == "Go" && !c.principale || s.langage == "Java" && !c.principale {
			continue
		}
		modele := candidat{source: s, contenu: *c, nom: lireNom(sansExtension(s.chemin))}
		nommer := &modele.nom
		if s.langage == "Go" {
			modele.fichiers = r.fichiersGo(s)
			if modele.fichiers == nil && path.Dir(s.chemin) != "." { // le nom d'un paquet est celui de son dossier
				if n := lireNom(path.Base(path.Dir(s.chemin))); n.role != roleInconnu {
					*nommer = n
				}
			}
		}
		serveurLu, clientLu, classes, bases := c.serveur, c.client, slices.Clone(c.classes), slices.Clone(c.bases)
		dehors := r.importees(s)
		for _, chemin := range dehors {
			autre := r.contenus[chemin]
			serveurLu, clientLu = serveurLu || autre.serveur, clientLu || autre.client
			classes, bases = append(classes, autre.classes...), append(bases, autre.bases...)
		}
		modele.etapeLue = etapeLue(s.langage, classes, bases)
		tous = append(tous, r.roles(modele, clientLu, serveurLu, len(dehors) > 0, importes[s.chemin])...)
	}
	return r.ecarterIncomplets(tous)
}

// ecarterIncomplets retire les programmes qui ne se construiront pas, faute d'un paquet, quand un autre tient le même rôle.
func (r *rendu) ecarterIncomplets(tous []*candidat) []*candidat {
	complet := map[role]bool{}
	for _, c := range tous {
		complet[c.role] = complet[c.role] || c.manque == ""
	}
	return slices.DeleteFunc(tous, func(c *candidat) bool {
		if c.manque == "" || !complet[c.role] {
			return false
		}
		r.remarquer("%s écarté : il importe %s, que le rendu n'a pas", c.chemin, c.manque)
		return true
	})
}

// fichiersGo donne les fichiers à construire quand un dossier a plusieurs main ; nil s'il se construit en entier.
func (r *rendu) fichiersGo(s source) []string {
	var mains int
	fichiers := []string{s.chemin}
	for _, voisin := range r.dossiers[path.Dir(s.chemin)] {
		if r.contenus[voisin].principale {
			mains++
		} else if r.contenus[voisin].paquet == "main" {
			fichiers = append(fichiers, voisin)
		}
	}
	if mains < 2 {
		return nil
	}
	return fichiers
}

// etapeLue devine l'étape aux classes : aucune, sans base du rendu, avec une base du rendu.
func etapeLue(langage string, classes, bases []string) Etape {
	switch {
	case langage == "shell" || langage == "exécutable" || len(classes) == 0:
		return Procedural
	case langage == "Go" && slices.ContainsFunc(bases, func(b string) bool { return b != "" }):
		return Heritage
	case langage != "Go" && slices.ContainsFunc(bases, func(b string) bool { return slices.Contains(classes, b) }):
		return Heritage
	case langage == "Java": // tout y est dans une classe
		if len(classes) == 1 {
			return Procedural
		}
		return POO
	}
	return POO
}

// roles donne les rôles que peut tenir un candidat, et ce qui le fait penser.
func (r *rendu) roles(modele candidat, clientLu, serveurLu, importe, estImporte bool) (tous []*candidat) {
	dossier, force := r.roleDuDossier(modele.chemin)
	nomme := modele.nom.role
	lus := 0
	for _, ro := range []role{roleClient, roleServeur} {
		c := modele
		c.role = ro
		if nomme == ro {
			c.gagner(5*modele.nom.force, "d'après son nom")
		} else if nomme == roleInconnu && dossier == ro {
			c.gagner(4*force, "d'après le nom de son dossier")
		} else if nomme != roleInconnu {
			c.gagner(-6*modele.nom.force, "")
		}
		propre, total := c.contenu.client, clientLu
		autre := c.contenu.serveur
		verbe := "il se connecte"
		if ro == roleServeur {
			propre, total, autre = c.contenu.serveur, serveurLu, c.contenu.client
			verbe = "il écoute un port"
		}
		switch {
		case propre:
			c.gagner(8, verbe)
		case total && importe:
			c.gagner(4, verbe+", par un module qu'il importe")
		case autre:
			c.gagner(-8, "")
		}
		// Sans nom ni réseau, ce n'est rien ; un nom faible (capteur.py) demande en plus qu'il se lance.
		if c.points <= 0 || nomme == roleInconnu && dossier == roleInconnu && !propre && !total {
			continue
		}
		if c.contenu.lance {
			c.gagner(6, "")
		} else {
			if nomme == roleInconnu || modele.nom.force < 2 || estImporte && !propre {
				continue // un module
			}
			c.gagner(-10, "")
		}
		if modele.langage == "shell" && !propre {
			c.gagner(-9, "") // il en lance sans doute un autre
		}
		if modele.langage == "exécutable" {
			c.gagner(-5, "")
		}
		if estImporte {
			c.gagner(-2, "")
		}
		tous = append(tous, &c)
		if propre || total {
			lus++
		}
	}
	if len(tous) == 2 {
		return departager(tous[0], tous[1], lus)
	}
	return tous
}

// departager décide d'un fichier qui pourrait être les deux : il l'est s'il attend d'apprendre lequel par un argument.
func departager(client, serveur *candidat, lus int) []*candidat {
	avecClient, avecServeur := argumentDe(client, motsArgumentClient), argumentDe(serveur, motsArgumentServeur)
	if avecClient != nil && avecServeur != nil {
		client.arguments, serveur.arguments = avecClient, avecServeur
		client.gagner(1, "l'argument « "+strings.Join(avecClient, " ")+" » en fait le client")
		serveur.gagner(1, "l'argument « "+strings.Join(avecServeur, " ")+" » en fait le serveur")
		return []*candidat{client, serveur}
	}
	switch {
	case serveur.points > client.points:
		return []*candidat{serveur}
	case client.points > serveur.points:
		return []*candidat{client}
	case lus == 0:
		return nil
	}
	return []*candidat{serveur} // qui écoute et se connecte, à un autre serveur ou à lui-même
}

// roleDuDossier donne le rôle que dit le plus proche dossier qui en dit un.
func (r *rendu) roleDuDossier(chemin string) (role, int) {
	for d := path.Dir(chemin); d != "."; d = path.Dir(d) {
		if n := lireNom(path.Base(d)); n.role != roleInconnu {
			return n.role, n.force
		}
	}
	return roleInconnu, 0
}

var (
	motsArgumentClient  = []string{"client", "capteur", "emetteur", "sensor", "c"}
	motsArgumentServeur = []string{"serveur", "server", "recepteur", "srv", "s"}
)

// argumentDe cherche l'argument qui donne son rôle à un programme : un mot, « --serveur », ou « --mode serveur ».
func argumentDe(c *candidat, mots []string) []string {
	if !litSesArguments(c) {
		return nil
	}
	for _, mot := range mots {
		for _, forme := range []string{mot, "--" + mot, "-" + mot} {
			i := slices.Index(c.chaines, forme)
			if i < 0 {
				continue
			}
			if strings.HasPrefix(forme, "-") {
				return []string{forme}
			}
			// choices=["serveur", "client"] suit de près le nom de son option.
			for j := i - 1; j >= max(0, i-6); j-- {
				switch option := c.chaines[j]; {
				case strings.HasPrefix(option, "--") && optionARole[strings.TrimLeft(option, "-")]:
					return []string{option, forme}
				case option == "-m" && optionARole["m"]:
					return []string{option, forme}
				}
			}
			return []string{forme}
		}
	}
	return nil
}

// optionARole sont les options dont la valeur est un rôle.
var optionARole = map[string]bool{"mode": true, "role": true, "type": true, "programme": true, "m": true, "lancer": true, "run": true}

func litSesArguments(c *candidat) bool {
	for _, signe := range []string{"argv", "argparse", "os.Args", "flag.", "args", "click", "typer", "$1", "${1"} {
		if strings.Contains(c.code, signe) || c.langage == "Go" && strings.Contains(c.texte, signe) {
			return true
		}
	}
	return false
}
