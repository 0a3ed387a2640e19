package sauvegarde

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// Un caractère réservé qui n'est pas échappé déplace les frontières d'une URL : un bout du mot de passe devient un nom d'hôte ou
// de base, que les erreurs montrent. On ne lit donc que ce qui n'a qu'une lecture, et rien d'autre n'arrive aux pilotes.
var (
	formeURL    = regexp.MustCompile(`^//(?:[^@/?#]+@)?([^@/?#]*)(?:/([^@:/?#&;=]*))?(?:\?([^@#?]*))?$`)
	formeHote   = regexp.MustCompile(`^(?:[\pL\pN._-]*|\[[0-9A-Fa-f:.]+(?:%25\w+)?\])(?::\d+)?$`)
	formeCompte = regexp.MustCompile(`^[\pL\pN_.@$+-]*$`)
	formeOption = regexp.MustCompile(`^[A-Za-z_][\w.]*=[^;\s]*$`)
	aEchapper   = regexp.MustCompile(`[^\x21-\x7e]|["#<>\\^` + "`" + `{|}]|%([^0-9A-Fa-f]|.[^0-9A-Fa-f]|.?$)`)
	montrable   = regexp.MustCompile(`^[\pL\pN_.-]*$`)
	distante    = regexp.MustCompile(`(?i)[@=]|//|postgres|mysql|mariadb`)
)

// lireURL lit l'URL d'une base distante, ou dit comment l'écrire, sans rien en montrer.
func lireURL(brute string) (*url.URL, error) {
	genre, reste, _ := strings.Cut(brute, ":")
	u, err := url.Parse(brute)
	if err != nil || !sansEquivoque(u, reste) {
		conseil := ""
		if strings.HasPrefix(reste, "//") && reserve(reste[2:]) {
			conseil = " ; un caractère réservé d'un mot de passe ou d'un nom s'y écrit %XX : @ %40, : %3A, / %2F, ? %3F, # %23, % %25, espace %20"
		}
		return nil, fmt.Errorf("URL incorrecte, écrivez %s://utilisateur:mot_de_passe@hôte:%s/base%s", genre, ports[genre], conseil)
	}
	return u, nil
}

// ports sont ceux que l'on donne en exemple.
var ports = map[string]string{"postgres": "5432", "postgresql": "5432", "mariadb": "3306", "mysql": "3306"}

// sansEquivoque dit si une URL, lue u, n'a qu'une lecture.
func sansEquivoque(u *url.URL, reste string) bool {
	parties := formeURL.FindStringSubmatch(reste)
	if parties == nil || strings.ContainsFunc(reste, func(c rune) bool { return c <= ' ' }) {
		return false
	}
	for hote := range strings.SplitSeq(parties[1], ",") {
		if !formeHote.MatchString(hote) {
			return false
		}
	}
	if parties[3] != "" {
		for option := range strings.SplitSeq(parties[3], "&") {
			if !formeOption.MatchString(option) {
				return false
			}
		}
	}
	return (u.Host != "" || u.Query().Has("host")) && (u.User == nil || u.User.Username() != "" && formeCompte.MatchString(u.User.Username()))
}

// reserve dit si ce qui suit les deux barres est illisible à cause d'un caractère à échapper : dans le compte, ou ailleurs.
func reserve(reste string) bool {
	if aEchapper.MatchString(reste) {
		return true
	}
	arobase := strings.LastIndexByte(reste, '@')
	return arobase >= 0 && strings.ContainsAny(reste[:arobase], "@/?#[]")
}

// SansMotDePasse rend une URL qu'on peut montrer : sans mot de passe, ni options, qui peuvent en contenir. D'une URL de base qu'on
// ne sait pas lire, rien n'est montré que le genre : n'importe quoi peut y être un mot de passe.
func SansMotDePasse(brute string) string {
	genre, reste, _ := strings.Cut(brute, ":")
	if genre == "texte" || genre == "sqlite" || !distante.MatchString(brute) {
		return brute
	}
	if ports[genre] == "" {
		return "…"
	}
	u, err := lireURL(brute)
	if err != nil {
		if strings.HasPrefix(reste, "//") {
			return genre + "://…"
		}
		return genre + ":…"
	}
	return genre + "://" + montrer(u)
}

// montrer rend le compte, les hôtes et la base.
func montrer(u *url.URL) string {
	hotes, base := u.Host, strings.TrimPrefix(u.Path, "/")
	if u.User != nil {
		hotes = nomMontrable(u.User.Username()) + "@" + hotes
	} else {
		hotes = sansPort.ReplaceAllString(hotes, "") // dont l'arobase oubliée ferait un mot de passe
	}
	if base != "" {
		base = "/" + nomMontrable(base)
	}
	return hotes + base
}

var sansPort = regexp.MustCompile(`:\d+(,|$)`)

// nomMontrable rend un nom, ou de quoi dire qu'il y en a un.
func nomMontrable(nom string) string {
	if !montrable.MatchString(nom) {
		return "…"
	}
	return nom
}
