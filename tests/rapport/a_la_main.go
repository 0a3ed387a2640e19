package rapport

import (
	"fmt"
	"io"
	"strings"

	"capteurs/tests/decouverte"
)

// envoisALaMain borne ce que la recette montre : au-delà, personne ne la taperait.
const (
	envoisALaMain = 10
	octetsALaMain = 400
)

// ALaMain écrit comment refaire un échange à la main, dans deux terminaux : de quoi lancer ce qui a été lancé, puis envoyer
// ce que le banc a envoyé, ou écouter là où le client appelle. Elle n'écrit rien quand il n'y a rien eu de tel.
func ALaMain(w io.Writer, r *Rendu, j *Jugement) error {
	var lignes []string
	lances := map[string]bool{}
	adresse, envois := "", map[int][]byte{}
	var ordre []int
	for _, f := range j.Faits {
		switch {
		case f.Quoi == "lance" && !lances[f.Qui]:
			lances[f.Qui] = true
		case f.Quoi == "écoute" && f.Qui == "serveur" && adresse == "":
			adresse = f.Texte
		case f.Quoi == "envoie" && f.Qui == "banc":
			if envois[f.Conn] == nil {
				ordre = append(ordre, f.Conn)
			}
			envois[f.Conn] = append(envois[f.Conn], f.Octets...)
		}
	}
	if e := r.etape(j.Etape); e != nil {
		for _, p := range []struct {
			nom string
			*decouverte.Programme
		}{{"serveur", e.Serveur}, {"client", e.Client}} {
			if p.Programme == nil || !lances[p.nom] {
				continue
			}
			if p.nom == "client" && !lances["serveur"] {
				lignes = append(lignes, "écouter là où il appelle :  nc -l "+portAppele(j.Faits))
			}
			lignes = append(lignes, fmt.Sprintf("lancer son %s :  %s", p.nom, commande(p.Programme)))
		}
	}
	hote, port := hoteEtPort(adresse)
	for i, conn := range ordre {
		if i == envoisALaMain || port == "" {
			break
		}
		octets := envois[conn]
		if len(octets) > octetsALaMain {
			lignes = append(lignes, fmt.Sprintf("envoyer %d octets : trop pour une ligne, les voir avec -format json", len(octets)))
			continue
		}
		lignes = append(lignes, fmt.Sprintf("envoyer :  printf %s | nc -N %s %s", proteger(pourPrintf(octets)), hote, port))
	}
	if len(lignes) == 0 {
		return nil
	}
	_, err := fmt.Fprintf(w, "\nÀ la main, dans deux terminaux\n  %s\n", strings.Join(lignes, "\n  "))
	return err
}

// etape rend celle de ce nom ; nil si le rendu ne l'a pas.
func (r *Rendu) etape(nom decouverte.Etape) *Etape {
	for i := range r.Etapes {
		if r.Etapes[i].Nom == nom {
			return &r.Etapes[i]
		}
	}
	return nil
}

// commande écrit celle d'un programme, avec son dossier quand ce n'est pas celui du rendu.
func commande(p *decouverte.Programme) string {
	var mots []string
	for _, mot := range p.Commande {
		mots = append(mots, proteger(mot))
	}
	ligne := strings.Join(mots, " ")
	if p.Dossier != "" && p.Dossier != "." {
		ligne = "cd " + proteger(p.Dossier) + " && " + ligne
	}
	return ligne
}

// pourPrintf écrit des octets dans le format que lit printf (POSIX) : en clair quand ils se lisent, en octal sinon.
func pourPrintf(octets []byte) string {
	var s strings.Builder
	for _, o := range octets {
		switch {
		case o == '\n':
			s.WriteString(`\n`)
		case o == '\\':
			s.WriteString(`\\`)
		case o == '%':
			s.WriteString(`%%`)
		case o < ' ' || o > '~':
			fmt.Fprintf(&s, `\%03o`, o)
		default:
			s.WriteByte(o)
		}
	}
	return s.String()
}

// hoteEtPort coupe l'adresse qu'un serveur écoute ; une adresse qui vaut pour toutes devient celle d'ici.
func hoteEtPort(adresse string) (hote, port string) {
	i := strings.LastIndexByte(adresse, ':')
	if i < 0 {
		return "", ""
	}
	hote, port = strings.Trim(adresse[:i], "[]"), adresse[i+1:]
	if hote == "0.0.0.0" || hote == "" {
		hote = "127.0.0.1"
	}
	if hote == "::" {
		hote = "::1"
	}
	if strings.Trim(port, "0123456789") != "" || strings.Trim(hote, "0123456789abcdef.:") != "" {
		return "", "" // un texte, pas une adresse
	}
	return hote, port
}

// portAppele rend le port que le client appelle ; « PORT » si on ne l'a pas vu.
func portAppele(faits []Fait) string {
	for _, f := range faits {
		if f.Qui == "client" && f.Quoi == "connexion" {
			if _, port := hoteEtPort(strings.TrimPrefix(f.Texte, "à ")); port != "" {
				return port
			}
		}
	}
	return "PORT"
}
