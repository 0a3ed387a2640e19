package decouverte

import (
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// role est la place d'un programme dans une étape.
type role int

const (
	roleInconnu role = iota
	roleClient
	roleServeur
)

func (r role) String() string { return [...]string{"?", "client", "serveur"}[r] }

// Les mots que les noms de fichiers et de dossiers emploient. Un mot faible (1) ne dit le rôle que si aucun mot fort (2)
// ne le dit : serveur_capteurs.py est un serveur.
var (
	motsDeRole = map[string]struct {
		role  role
		force int
	}{
		"client": {roleClient, 2}, "clients": {roleClient, 2}, "cliente": {roleClient, 2},
		"serveur": {roleServeur, 2}, "serveurs": {roleServeur, 2}, "server": {roleServeur, 2}, "servers": {roleServeur, 2}, "srv": {roleServeur, 2},
		"emetteur": {roleClient, 1}, "envoyeur": {roleClient, 1}, "sender": {roleClient, 1}, "capteur": {roleClient, 1}, "capteurs": {roleClient, 1},
		"sensor": {roleClient, 1}, "sensors": {roleClient, 1},
		"recepteur": {roleServeur, 1}, "receiver": {roleServeur, 1}, "serv": {roleServeur, 1}, "ecouteur": {roleServeur, 1}, "listener": {roleServeur, 1},
	}
	motsDEtape = map[string]Etape{
		"procedural": Procedural, "procedurale": Procedural, "procedure": Procedural, "proc": Procedural, "simple": Procedural,
		"basique": Procedural, "imperatif": Procedural,
		"poo": POO, "oop": POO, "oo": POO, "objet": POO, "objets": POO, "object": POO, "objects": POO, "class": POO,
		"classe": POO, "classes": POO, "orienteobjet": POO,
		"heritage": Heritage, "heri": Heritage, "herit": Heritage, "heritages": Heritage, "herite": Heritage, "heriter": Heritage,
		"inheritance": Heritage, "inherit": Heritage, "inherited": Heritage, "inheritence": Heritage,
	}
	motsDeNumero = []string{"etape", "step", "partie", "part", "phase", "niveau", "level", "stage"}
	// Des numéros qui peuvent être ceux d'autres exercices : ils ne disent une étape que s'il y en a plusieurs.
	motsDExercice = []string{"exo", "exercice", "ex", "tp", "question", "q", "v", "version"}
	motsNeutres   = []string{"tcp", "json", "socket", "sockets", "main", "temperature", "app", "run", "lancer", "le", "la", "de", "du", "en", "py", "python", "cmd", "src", "tp"}
	motsVieux     = []string{
		"old", "ancien", "ancienne", "vieux", "backup", "copie", "copy", "bak", "brouillon", "draft", "essai",
		"essais", "test", "tests", "exemple", "example", "demo", "orig", "tmp", "archive", "archives", "bonus",
	}
)

// nomLu est ce que dit un nom de fichier ou de dossier.
type nomLu struct {
	role    role
	force   int // du rôle
	etape   Etape
	numero  int  // d'étape ; 0 : aucun
	sur     int  // ce que vaut ce numéro : 2 après « étape », 1 après « exo » ou en tête, 0 ailleurs
	version int  // serveur_v2 : 2 ; serveur_final : 1000
	vieux   bool // serveur_old, copie de serveur
	copie   bool // « serveur (1) »
	autres  int  // mots qui ne disent rien ici
}

var numeroDeCopie = regexp.MustCompile(`[ _-]*\(\d+\)`)

// lireNom lit un nom sans extension.
func lireNom(nom string) nomLu {
	var lu nomLu
	sansCopie := numeroDeCopie.ReplaceAllString(nom, "")
	lu.copie = sansCopie != nom
	clients, serveurs := 0, 0
	mots := motsDe(sansCopie)
	for i, mot := range mots {
		if r, ok := motsDeRole[mot]; ok {
			if r.role == roleClient {
				clients = max(clients, r.force)
			} else {
				serveurs = max(serveurs, r.force)
			}
			continue
		}
		if e, ok := motsDEtape[mot]; ok {
			// Une classe dérivée est aussi un objet : le mot le plus avancé dans l'énoncé l'emporte.
			if slices.Index(Etapes, e) > slices.Index(Etapes, lu.etape) {
				lu.etape = e
			}
			continue
		}
		n, err := strconv.Atoi(mot)
		avant := ""
		if i > 0 {
			avant = mots[i-1]
		}
		switch {
		case err == nil && (avant == "v" || avant == "version"):
			lu.version, lu.numero, lu.sur = n, n, 0
		case err == nil && n > 0 && n < 100:
			lu.numero, lu.sur = n, 0
			if slices.Contains(motsDeNumero, avant) {
				lu.sur = 2
			} else if i == 0 || slices.Contains(motsDExercice, avant) {
				lu.sur = 1
			}
		case mot == "final" || mot == "finale" || mot == "definitif":
			lu.version = 1000
		case slices.Contains(motsVieux, mot):
			lu.vieux = true
		case err != nil && !slices.Contains(motsDeNumero, mot) && !slices.Contains(motsDExercice, mot) && !slices.Contains(motsNeutres, mot):
			lu.autres++
		}
	}
	switch {
	case clients > serveurs:
		lu.role, lu.force = roleClient, clients
	case serveurs > clients:
		lu.role, lu.force = roleServeur, serveurs
	}
	return lu
}

// motsDe découpe un nom en mots sans accents ni majuscules : « ServeurPOO-étape2 » donne serveur, poo, etape, 2.
func motsDe(nom string) (mots []string) {
	for _, bloc := range blocs(lettresSimples(nom)) {
		if unicode.IsDigit(rune(bloc[0])) {
			mots = append(mots, bloc)
			continue
		}
		// Un nom collé, « serveurpoo », se coupe d'abord en mots connus : sa casse peut mentir.
		if connus := enMotsConnus(strings.ToLower(bloc)); connus != nil {
			mots = append(mots, connus...)
			continue
		}
		for _, mot := range parMajuscules(bloc) {
			mot = strings.ToLower(mot)
			if connus := enMotsConnus(mot); connus != nil {
				mots = append(mots, connus...)
			} else {
				mots = append(mots, mot)
			}
		}
	}
	return mots
}

var suiteDeLettres = regexp.MustCompile(`[A-Za-z]+|[0-9]+`)

func blocs(nom string) []string { return suiteDeLettres.FindAllString(nom, -1) }

var motCamel = regexp.MustCompile(`[A-Z]+(?:[a-z]+)?|[a-z]+`)

// parMajuscules coupe « TCPServeur » en TCP et Serveur, « monServeur » en mon et Serveur.
func parMajuscules(bloc string) (mots []string) {
	for _, mot := range motCamel.FindAllString(bloc, -1) {
		debut := 0
		for debut+1 < len(mot) && unicode.IsUpper(rune(mot[debut+1])) {
			debut++
		}
		if debut > 0 && debut+1 < len(mot) {
			mots = append(mots, mot[:debut])
			mot = mot[debut:]
		}
		mots = append(mots, mot)
	}
	return mots
}

// colles sont les mots qu'on reconnaît collés à d'autres.
var colles = func() (mots []string) {
	for mot := range motsDeRole {
		mots = append(mots, mot)
	}
	for mot := range motsDEtape {
		mots = append(mots, mot)
	}
	mots = append(mots, motsDeNumero...)
	mots = append(mots, "exo", "exercice", "version", "v", "final", "finale", "tcp", "json", "socket", "main", "temperature", "mon", "le", "et", "old", "copie")
	slices.SortFunc(mots, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	return mots
}()

// enMotsConnus coupe tout un mot en mots connus, les plus longs d'abord, ou rend nil.
func enMotsConnus(mot string) []string {
	if mot == "" {
		return []string{}
	}
	if len(mot) > 64 {
		return nil
	}
	for _, m := range colles {
		if reste, ok := strings.CutPrefix(mot, m); ok {
			if suite := enMotsConnus(reste); suite != nil {
				return append([]string{m}, suite...)
			}
		}
	}
	return nil
}

var accents = strings.NewReplacer(
	"à", "a", "â", "a", "ä", "a", "ç", "c", "é", "e", "è", "e", "ê", "e", "ë", "e", "î", "i", "ï", "i", "ô", "o", "ö", "o",
	"ù", "u", "û", "u", "ü", "u", "À", "A", "Â", "A", "Ç", "C", "É", "E", "È", "E", "Ê", "E", "Ë", "E", "Î", "I", "Ô", "O",
	"Û", "U", "œ", "oe",
	"\u0300", "", "\u0301", "", "\u0302", "", "\u0308", "", "\u0327", "", // les accents séparés, que macOS écrit
)

func lettresSimples(s string) string { return accents.Replace(s) }

// sansExtension est le nom d'un fichier, sans son dossier ni son extension.
func sansExtension(chemin string) string {
	nom := path.Base(chemin)
	return strings.TrimSuffix(nom, path.Ext(nom))
}
