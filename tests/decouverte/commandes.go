package decouverte

import (
	"path"
	"runtime"
	"strings"
)

// Sortie est, dans Construit et Commande, ce que le banc remplace par le chemin d'un dossier vide, propre à chaque
// programme, où construire.
const Sortie = "{sortie}"

// programme dit comment lancer un candidat.
func (r *rendu) programme(c *candidat) *Programme {
	p := &Programme{Fichier: c.chemin, Langage: c.langage, Dossier: path.Dir(c.chemin), Pourquoi: c.pourquoi()}
	nom := path.Base(c.chemin)
	argument := nom
	if strings.HasPrefix(nom, "-") {
		argument = "./" + nom
	}
	switch c.langage {
	case "Python":
		p.Commande = []string{"python3", argument}
	case "Node":
		p.Commande = []string{"node", argument}
	case "shell":
		p.Commande = append(append([]string{}, c.interprete...), argument)
	case "exécutable":
		p.Commande = append(append([]string{}, c.interprete...), "./"+nom)
	case "Go":
		r.commanderGo(p, c)
	case "Java":
		commanderJava(p, c)
	}
	p.Commande = append(p.Commande, c.arguments...)
	return p
}

// commanderGo construit le paquet depuis le dossier de son module, ou ses fichiers s'il n'a pas de module.
func (r *rendu) commanderGo(p *Programme, c *candidat) {
	dossier := path.Dir(c.chemin)
	nom := dossier
	if c.fichiers != nil || dossier == "." {
		nom = strings.TrimSuffix(c.chemin, ".go")
	}
	binaire := Sortie + "/" + strings.ReplaceAll(nom, "/", "-")
	if runtime.GOOS == "windows" {
		binaire += ".exe"
	}
	construit := []string{"go", "build", "-o", binaire}
	module, ok := r.moduleGo(dossier)
	switch {
	case ok && c.fichiers == nil:
		p.Dossier = module
		construit = append(construit, "./"+relatif(module, dossier))
	case ok:
		p.Dossier = module
		for _, f := range c.fichiers {
			construit = append(construit, "./"+relatif(module, f))
		}
	case c.fichiers != nil:
		for _, f := range c.fichiers {
			construit = append(construit, "./"+path.Base(f))
		}
	default:
		for _, f := range r.dossiers[dossier] {
			construit = append(construit, "./"+path.Base(f))
		}
	}
	p.Construit = [][]string{construit}
	p.Commande = []string{binaire}
}

// moduleGo donne le dossier du module Go qui contient un dossier.
func (r *rendu) moduleGo(dossier string) (string, bool) {
	for d := dossier; ; d = path.Dir(d) {
		if _, ok := r.modules[d]; ok {
			return d, true
		}
		if d == "." {
			return "", false
		}
	}
}

// commanderJava compile depuis la racine des paquets, où javac trouve les autres classes par leurs sources. Ses autres chemins sont un
// dossier encore vide : d'une classe toute faite qui s'y annonce comme greffon, javac exécute le code.
func commanderJava(p *Programme, c *candidat) {
	classe := sansExtension(c.chemin)
	if c.paquet != "" {
		sous := "/" + strings.ReplaceAll(c.paquet, ".", "/")
		if racine, ok := strings.CutSuffix("/"+p.Dossier, sous); ok {
			p.Dossier = path.Join(".", strings.TrimPrefix(racine, "/"))
		}
		classe = c.paquet + "." + classe
	}
	p.Construit = [][]string{{
		"javac", "-proc:none", "-processorpath", Sortie, "-cp", Sortie, "-encoding", "UTF-8", "-d", Sortie, "-sourcepath", ".",
		"./" + relatif(p.Dossier, c.chemin),
	}}
	p.Commande = []string{"java", "-cp", Sortie, classe}
}

// relatif donne un chemin du rendu vu d'un de ses dossiers, qui le contient.
func relatif(dossier, chemin string) string {
	if dossier == "." {
		return chemin
	}
	if dossier == chemin {
		return "."
	}
	return strings.TrimPrefix(chemin, dossier+"/")
}
