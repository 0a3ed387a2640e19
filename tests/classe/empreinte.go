package classe

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"capteurs/tests/banc"
	"capteurs/tests/criteres"
	"capteurs/tests/decouverte"
)

// Empreinte rend le SHA-256, en hexadécimal, du contenu d'un rendu : les chemins, les octets, et le droit d'être exécuté, de
// tout ce que le banc en regarde. Le nom du dossier et ce que le banc ignore (.git, __pycache__…) n'y sont pour rien.
func Empreinte(dossier string) (string, error) {
	c, err := lireContenu(dossier)
	return c.empreinte, err
}

// contenu est tout ce que le correcteur voit d'un rendu avant de le lancer : deux rendus de même contenu ont les mêmes
// verdicts.
type contenu struct {
	empreinte string
	trouve    decouverte.Rendu // sans son nom
	ecartes   []string         // par la copie
}

// lireContenu fait du rendu la copie qu'en ferait le banc, et c'est elle qui est lue : il n'y a qu'une règle de ce qui est
// ignoré, celle du banc.
func lireContenu(dossier string) (c contenu, err error) {
	if c.trouve, err = decouverte.Trouver(dossier); err != nil {
		return c, err
	}
	c.trouve.Nom = ""
	copie, err := os.MkdirTemp("", "empreinte-")
	if err != nil {
		return c, fmt.Errorf("empreinte : %w", err)
	}
	defer os.RemoveAll(copie)
	if c.ecartes, err = banc.Copier(dossier, copie); err != nil {
		return c, err
	}
	somme := sha256.New()
	if err := ajouterDossier(somme, copie); err != nil {
		return c, fmt.Errorf("empreinte : %w", err)
	}
	c.empreinte = hex.EncodeToString(somme.Sum(nil))
	return c, nil
}

// ajouterDossier ajoute à une somme tout un dossier, dans l'ordre des noms. Chaque texte y est précédé de sa longueur : deux
// contenus différents ne s'y écrivent pas pareil.
func ajouterDossier(somme hash.Hash, dossier string) error {
	return filepath.WalkDir(dossier, func(chemin string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relatif, err := filepath.Rel(dossier, chemin)
		if err != nil {
			return err
		}
		infos, err := e.Info()
		if err != nil {
			return err
		}
		sorte, taille := byte('f'), infos.Size()
		switch {
		case e.IsDir():
			sorte, taille = 'd', 0
		case infos.Mode()&0o111 != 0:
			sorte = 'x'
		}
		relatif = filepath.ToSlash(relatif)
		entete := binary.BigEndian.AppendUint64([]byte{sorte}, uint64(len(relatif)))
		entete = append(entete, relatif...)
		_, _ = somme.Write(binary.BigEndian.AppendUint64(entete, uint64(taille))) // une somme ne refuse jamais
		if e.IsDir() {
			return nil
		}
		f, err := os.Open(chemin)
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = io.Copy(somme, f)
		return err
	})
}

// cle rend celle d'une correction : elle change avec tout ce qui peut changer un verdict, et avec rien d'autre. La note et
// les délais d'une classe n'en sont pas ; les programmes de la machine que le rendu lance par lui-même (nc depuis un
// script…) n'en sont pas non plus : Options.Refaire est là pour cela.
func cle(c contenu, o criteres.Options) (string, error) {
	correcteur, err := empreinteDuCorrecteur()
	if err != nil {
		return "", err
	}
	seuls := slices.Clone(o.Seuls)
	slices.Sort(seuls)
	if o.Patience == 0 {
		o.Patience = 1
	}
	tout, err := json.Marshal(struct {
		Correcteur, Contenu string
		Trouve              decouverte.Rendu
		Ecartes             []string
		Outils              []string
		Niveau              banc.Niveau
		Graine              uint64
		Patience            float64
		Seuls               []string
		Construire          string
		Permise             bool
	}{
		correcteur, c.empreinte, c.trouve, c.ecartes, outils(c.trouve),
		o.Niveau, o.Graine, o.Patience, slices.Compact(seuls), os.Getenv(variableConstruire), o.Construire,
	})
	if err != nil {
		return "", fmt.Errorf("clé : %w", err)
	}
	somme := sha256.Sum256(tout)
	return hex.EncodeToString(somme[:]), nil
}

// variableConstruire permet de construire hors de la cloison : voir [banc.ConstructionPermise].
const variableConstruire = banc.VariableConstruire

// empreinteDuCorrecteur est celle de cet exécutable, qui contient le catalogue des critères et tout le banc.
var empreinteDuCorrecteur = sync.OnceValues(func() (string, error) {
	moi, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("empreinte du correcteur : %w", err)
	}
	f, err := os.Open(moi)
	if err != nil {
		return "", fmt.Errorf("empreinte du correcteur : %w", err)
	}
	defer f.Close()
	somme := sha256.New()
	if _, err := io.Copy(somme, f); err != nil {
		return "", fmt.Errorf("empreinte du correcteur : %w", err)
	}
	return hex.EncodeToString(somme.Sum(nil)), nil
})

// outils dit quels interprètes et quels compilateurs de cette machine servent à un rendu : où ils sont vraiment, leur taille
// et leur date. En installer un, ou en changer, refait la correction de ceux qui s'en servent, et d'eux seuls.
func outils(trouve decouverte.Rendu) (liste []string) {
	noms := []string{"python3", "python"} // des critères lisent le Python avec lui
	for _, etape := range decouverte.Etapes {
		paire := trouve.Etapes[etape]
		for _, programme := range []*decouverte.Programme{paire.Client, paire.Serveur} {
			if programme == nil {
				continue
			}
			for _, commande := range append([][]string{programme.Commande}, programme.Construit...) {
				if len(commande) > 0 && !strings.ContainsAny(commande[0], `/{\`) {
					noms = append(noms, commande[0])
				}
			}
		}
	}
	slices.Sort(noms)
	for _, nom := range slices.Compact(noms) {
		liste = append(liste, nom+" "+versionDe(nom))
	}
	return liste
}

func versionDe(nom string) string {
	chemin, err := exec.LookPath(nom)
	if err == nil {
		chemin, err = filepath.EvalSymlinks(chemin)
	}
	if err != nil {
		return "absent"
	}
	infos, err := os.Stat(chemin)
	if err != nil {
		return "absent"
	}
	return fmt.Sprintf("%s %d %d", chemin, infos.Size(), infos.ModTime().UnixNano())
}
