package banc

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"capteurs/tests/decouverte"
	"capteurs/tests/releve"
)

// construire construit, dans la cloison de cet ouvrier, un programme après l'autre, et rend la faute de chacun.
func (b *Banc) construire(chantiers []Chantier) (fautes []string) {
	for _, c := range chantiers {
		faute := ""
		for _, commande := range c.Programme.Construit {
			if faute = b.lancerCompilateur(c.Programme, commande); faute != "" {
				break
			}
		}
		fautes = append(fautes, faute)
	}
	return fautes
}

func (b *Banc) lancerCompilateur(programme decouverte.Programme, commande []string) (faute string) {
	programme.Commande = commande
	p, err := b.lancer("construction", &programme, b.lieux.serveur, nil)
	if err != nil {
		return fauteDe(commande, err, nil, b.lieux.serveur)
	}
	p.entree.Close() // un compilateur ne demande rien
	minuteur := time.NewTimer(delaiConstruction)
	defer minuteur.Stop()
	select {
	case <-p.fini:
	case <-b.Attente.arret:
	case <-minuteur.C:
	}
	fin := p.Fin()
	p.Tuer()
	if fin.Fini && fin.Code == 0 {
		return ""
	}
	return fauteDe(commande, errors.New(fin.String()), []byte(p.Texte()), b.lieux.serveur)
}

// retour est ce par quoi un ouvrier rapporte ce qu'il a construit : deux dossiers de la machine, ouverts avant que la cloison se ferme,
// et que le rendu ne voit pas. Nil, il n'y a rien à rapporter.
type retour struct {
	sortie, rendu *os.Root
}

func ouvrirRetour(d Demande) (*retour, error) {
	if len(d.Chantiers) == 0 {
		return nil, nil
	}
	sortie, err := os.OpenRoot(d.Sortie)
	if err != nil {
		return nil, fmt.Errorf("programmes construits : %w", err)
	}
	rendu, err := os.OpenRoot(d.Dossier)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("copie du rendu : %w", err), sortie.Close())
	}
	return &retour{sortie, rendu}, nil
}

func (r *retour) fermer() {
	if r != nil {
		_ = r.sortie.Close()
		_ = r.rendu.Close()
	}
}

// Ce qu'un rendu peut construire au plus.
const (
	fichiersConstruits = 5000
	octetsConstruits   = 256 << 20 // trois étapes, et leurs pilotes de bases, liés avec leurs tables de débogage
)

// rapporter copie ce que la construction a fait, une fois que plus rien n'y tourne : les programmes, et ce qui a été ajouté ou changé
// dans la copie du rendu.
func (r *retour) rapporter(b *Banc) error {
	if r == nil {
		return nil
	}
	reste := reste{fichiersConstruits, octetsConstruits}
	apres, err := releve.Photographier(b.lieux.serveur)
	if err != nil {
		return fmt.Errorf("programmes construits : %w", err)
	}
	for _, changement := range apres.Depuis(b.depots.avant) {
		relatif, dedans := strings.CutPrefix(changement.Absolu, b.lieux.serveur+"/")
		if dedans && changement.Quoi != releve.Supprime {
			if err := reste.copier(b.lieux.serveur, relatif, r.rendu); err != nil {
				return err
			}
		}
	}
	return filepath.WalkDir(b.lieux.sortie, func(chemin string, e fs.DirEntry, err error) error {
		relatif, errRelatif := filepath.Rel(b.lieux.sortie, chemin)
		if err != nil || errRelatif != nil || !e.Type().IsRegular() {
			return nil // ce que le rendu a rendu illisible ne servira pas
		}
		return reste.copier(b.lieux.sortie, relatif, r.sortie)
	})
}

// reste est ce qui peut encore être copié.
type reste struct {
	fichiers int
	octets   int64
}

// copier copie un fichier ordinaire d'un dossier à un autre, sans suivre aucun lien qui en sorte.
func (r *reste) copier(dossier, relatif string, vers *os.Root) error {
	de, err := os.OpenRoot(dossier)
	if err != nil {
		return fmt.Errorf("programmes construits : %w", err)
	}
	defer de.Close()
	infos, err := de.Lstat(relatif)
	if err != nil || !infos.Mode().IsRegular() {
		return nil
	}
	if r.fichiers, r.octets = r.fichiers-1, r.octets-infos.Size(); r.fichiers < 0 || r.octets < 0 {
		return fmt.Errorf("la construction a produit plus de %d fichiers, ou de %d Mio", fichiersConstruits, octetsConstruits>>20)
	}
	lu, err := de.Open(relatif)
	if err != nil {
		return nil // illisible : il ne servira pas
	}
	defer lu.Close()
	if err := vers.MkdirAll(filepath.Dir(relatif), 0o755); err != nil {
		return fmt.Errorf("programmes construits : %w", err)
	}
	ecrit, err := vers.OpenFile(relatif, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o644|infos.Mode().Perm()&0o111)
	if err != nil {
		return fmt.Errorf("programmes construits : %w", err)
	}
	_, err = io.Copy(ecrit, io.LimitReader(lu, infos.Size()))
	return errors.Join(err, ecrit.Close())
}
