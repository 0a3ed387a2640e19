package processus

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"capteurs/tests/charge/cadence"
)

// Charger applique une charge au programme, et complète ce qu'elle a mesuré de ce qu'il a consommé pendant ce temps. Ce que
// le système ne dit pas reste nul.
func (p *Processus) Charger(charge func() (cadence.Resultat, error)) (cadence.Resultat, error) {
	avant, connu := p.processeur()
	r, err := charge()
	if err != nil {
		return r, err
	}
	if apres, encore := p.processeur(); connu && encore && r.Faites > 0 {
		r.Processeur = cadence.Microsecondes(apres-avant) / float64(r.Faites)
	}
	if kio, err := p.etat("VmHWM:"); err == nil { // le plus qu'il ait occupé
		r.Memoire = float64(kio) / 1024
	}
	r.Demarrage = float64(p.Demarrage) / float64(time.Millisecond)
	return r, nil
}

// Memoire rend la mémoire que le programme occupe, en Kio.
func (p *Processus) Memoire() (int, error) { return p.etat("VmRSS:") }

func (p *Processus) etat(nom string) (int, error) {
	return Champ(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid), nom, 0)
}

// FichiersPermis rend le nombre de fichiers que ce programme, ou un de ceux qu'il lance, peut ouvrir ; une erreur là où on
// ne sait pas le demander. Au départ, Go relève de lui-même sa limite à celle-ci.
func FichiersPermis() (int, error) { return Champ("/proc/self/limits", "Max open files", 1) }

// Champ rend l'entier de rang donné, à partir de 0, qui suit nom au début d'une ligne d'un fichier de /proc.
func Champ(chemin, nom string, rang int) (int, error) {
	texte, err := os.ReadFile(chemin)
	if err != nil {
		return 0, fmt.Errorf("%s impossible à lire : %w", chemin, err)
	}
	for ligne := range strings.Lines(string(texte)) {
		reste, trouve := strings.CutPrefix(ligne, nom)
		if valeurs := strings.Fields(reste); trouve && rang < len(valeurs) {
			return strconv.Atoi(valeurs[rang])
		}
	}
	return 0, fmt.Errorf("%s : %s absent", chemin, nom)
}
