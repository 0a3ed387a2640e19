package banc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"capteurs/tests/decouverte"
	"capteurs/tests/releve"
)

// Niveau est la façon dont un rendu est isolé.
type Niveau string

// Les niveaux d'isolation.
const (
	N0 Niveau = "N0" // aucun : un dossier temporaire, des limites ; un rendu à la fois, car les ports sont partagés
	N1 Niveau = "N1" // une cloison : espaces de noms de Linux, sans être root
)

// Demande est ce que le correcteur demande à un ouvrier : une vérification, d'une étape d'un rendu.
type Demande struct {
	Critere  string           `json:"critere"`
	Rendu    decouverte.Rendu `json:"rendu"`
	Dossier  string           `json:"dossier"` // copie du rendu, sur la machine
	Sortie   string           `json:"sortie"`  // programmes construits, sur la machine ; « » s'il n'y en a pas
	Ancrage  string           `json:"ancrage"` // dossier vide : la racine de la cloison, ou celle des dossiers de travail
	Outils   []string         `json:"outils"`  // dossiers de la machine que les interprètes demandent
	Masques  []string         `json:"masques"` // fichiers de la machine que le rendu verra vides
	Etape    decouverte.Etape `json:"etape"`
	Avant    decouverte.Etape `json:"avant"` // étape à laquelle comparer, pour les critères qui comparent
	Profils  Profils          `json:"profils"`
	Graine   uint64           `json:"graine"`
	Patience float64          `json:"patience"` // multiplie tous les délais
	Reprise  float64          `json:"reprise"`  // les multiplie encore, pour un second essai ; 0 : 1
	Niveau   Niveau           `json:"niveau"`

	Chantiers []Chantier `json:"chantiers,omitempty"` // ce qu'il faut construire, au lieu de vérifier ; Sortie reçoit ce qui l'a été
	Go        *outilsGo  `json:"go,omitempty"`        // ce que Go demande pour construire
}

// Reponse est ce que l'ouvrier a conclu, et les faits qui le prouvent.
type Reponse struct {
	Resultat   Resultat      `json:"resultat"`
	Profil     *Profil       `json:"profil,omitempty"` // de la reconnaissance
	Evenements []Evenement   `json:"evenements"`
	Alertes    []string      `json:"alertes,omitempty"` // ce que le rendu a fait de dangereux
	Duree      time.Duration `json:"duree_ns"`
	Tue        bool          `json:"tue,omitempty"`    // le rendu a dépassé une limite : le temps n'y est pour rien
	Presse     bool          `json:"presse,omitempty"` // la machine a fait attendre
	Fautes     []string      `json:"fautes,omitempty"` // de chaque chantier, pourquoi il ne se construit pas ; « » s'il se construit
}

// variableOuvrier, dans l'environnement, fait d'un programme un ouvrier.
const variableOuvrier = "KATA_OUVRIER"

// reponseMaximale borne ce que le correcteur lit d'un ouvrier.
const reponseMaximale = 32 << 20

// EstOuvrier dit si ce processus a été lancé par Confier. Le programme doit alors appeler Travailler, puis sortir.
func EstOuvrier() bool { return os.Getenv(variableOuvrier) != "" }

// Confier fait faire une vérification par un ouvrier : ce même programme, relancé, dans une cloison au niveau N1. La
// réponse ne vient que de lui ; le rendu ne peut ni l'écrire ni la lire. L'entrée de l'ouvrier reste ouverte tant qu'on
// l'attend.
func Confier(ctx context.Context, d Demande) (Reponse, error) {
	moi, err := os.Executable()
	if err != nil {
		return Reponse{}, fmt.Errorf("ouvrier : %w", err)
	}
	d.Ancrage, err = os.MkdirTemp(d.Ancrage, "ouvrier-")
	if err != nil {
		return Reponse{}, fmt.Errorf("dossier de l'ouvrier : %w", err)
	}
	defer effacer(d.Ancrage)
	demande, err := json.Marshal(d)
	if err != nil {
		return Reponse{}, fmt.Errorf("demande à l'ouvrier : %w", err)
	}
	cmd := exec.CommandContext(ctx, moi)
	cmd.Env = []string{variableOuvrier + "=oui", "PATH=" + os.Getenv("PATH"), "SYSTEMROOT=" + os.Getenv("SYSTEMROOT"), // rien de plus à cacher au rendu
		"GOGC=400"} // il vit peu : ramasser souvent lui coûterait plus que la place
	entree, err := cmd.StdinPipe()
	if err != nil {
		return Reponse{}, fmt.Errorf("entrée de l'ouvrier : %w", err)
	}
	var reponse, erreurs tampon
	reponse.limite, erreurs.limite = reponseMaximale, 16<<10
	cmd.Stdout, cmd.Stderr = &reponse, &erreurs
	cmd.WaitDelay = 2 * repit // ce que l'ouvrier aurait laissé derrière lui ne retient pas le correcteur
	if d.Niveau == N1 {
		cloisonner(cmd) // le noyau tue alors tout avec lui
	} else {
		cmd.Cancel = entree.Close // il tue ce qu'il a lancé avant de finir : voir tenir
	}
	if err := cmd.Start(); err != nil {
		return Reponse{}, fmt.Errorf("%s : lancement de l'ouvrier : %w", d.Critere, err)
	}
	_, _ = entree.Write(demande) // s'il est déjà mort, Wait le dit
	if err := cmd.Wait(); err != nil && (ctx.Err() != nil || !errors.Is(err, exec.ErrWaitDelay)) {
		if ctx.Err() != nil {
			return Reponse{}, fmt.Errorf("%s : arrêté après son délai : %w", d.Critere, context.Cause(ctx))
		}
		return Reponse{}, fmt.Errorf("%s : l'ouvrier a échoué : %w\n%s", d.Critere, err, erreurs.octets)
	}
	var r Reponse
	if err := json.Unmarshal(reponse.octets, &r); err != nil {
		return Reponse{}, fmt.Errorf("%s : réponse de l'ouvrier illisible : %w\n%s", d.Critere, err, erreurs.octets)
	}
	return r, nil
}

// Travailler est la vie d'un ouvrier : lire la demande, préparer le monde du rendu, vérifier, répondre.
func Travailler(verifier func(ctx context.Context, b *Banc, critere string) Resultat) error {
	var d Demande
	if err := json.NewDecoder(os.Stdin).Decode(&d); err != nil {
		return fmt.Errorf("demande illisible : %w", err)
	}
	if err := brider(d.Niveau); err != nil {
		return err
	}
	retour, err := ouvrirRetour(d)
	if err != nil {
		return err
	}
	defer retour.fermer()
	lieux, err := preparer(d)
	if err != nil {
		return err
	}
	ctx, arreter := context.WithCancel(context.Background())
	defer arreter()
	b, err := ouvrirBanc(ctx, d, lieux)
	if err != nil {
		return err
	}
	go tenir(b)
	depart, chrono := time.Now(), demarrer()
	var r Reponse
	if len(d.Chantiers) > 0 {
		r.Fautes = b.construire(d.Chantiers)
	} else {
		r.Resultat = verifier(ctx, b, d.Critere)
	}
	b.fermer()
	if err := retour.rapporter(b); err != nil {
		r.Fautes = slices.Repeat([]string{err.Error()}, len(r.Fautes))
	}
	r.Profil, r.Evenements, r.Alertes, r.Duree = b.profilTrouve, b.journal.Faits(), b.alertes.toutes(), time.Since(depart)
	r.Tue, r.Presse = b.tue.Load(), chrono.utile() < r.Duree/2
	return json.NewEncoder(os.Stdout).Encode(r)
}

// repit est ce qu'un ouvrier lâché a pour finir de lui-même.
const repit = time.Second

// tenir interrompt la vérification quand celui qui l'a demandée lâche l'ouvrier, ou meurt : leur tube se ferme alors. Si elle
// traîne, tout ce qu'elle a lancé est tué. tenir ne finit qu'avec l'ouvrier.
func tenir(b *Banc) {
	_, _ = io.Copy(io.Discard, os.Stdin)
	b.arreter()
	patienter(nil, repit)
	tuerTout()
}

// lieux sont les dossiers que le rendu peut écrire, et celui de ses programmes construits.
type lieux struct {
	serveur, client string // copies du rendu : ce qu'un client écrit ne doit pas passer pour l'œuvre du serveur
	maison, tmp     string
	sortie          string
	banc            string   // où le banc travaille : le rendu n'y entre pas
	permis          []string // là, ce qu'il écrit ne se signale pas
}

// Dans une cloison, le rendu ne voit que ces noms-là.
const (
	dossierRendu  = "/rendu"
	dossierMaison = "/maison"
	dossierSortie = "/sortie"
	dossierCache  = "/cache-go"
	dossierBanc   = "/banc"
)

// preparer fait les dossiers du rendu, et la cloison autour d'eux au niveau N1.
func preparer(d Demande) (lieux, error) {
	racine := d.Ancrage
	if d.Niveau == N1 {
		if err := poserRacine(d.Ancrage, d.limites().place); err != nil {
			return lieux{}, fmt.Errorf("cloison : %w", err)
		}
	}
	l := lieux{
		serveur: dossierRendu + "/serveur", client: dossierRendu + "/client",
		maison: dossierMaison, tmp: "/tmp", sortie: dossierSortie, banc: dossierBanc,
	}
	l.permis = []string{l.serveur}
	aFaire := []string{l.maison, l.tmp, l.banc}
	if len(d.Chantiers) > 0 { // un compilateur écrit où il veut ; tout ce qu'il n'a pas construit disparaît
		l.client = l.serveur
		l.permis = append(l.permis, l.maison, l.tmp)
		for _, c := range d.Chantiers {
			aFaire = append(aFaire, filepath.Join(l.sortie, c.Place))
		}
	}
	for _, copie := range slices.Compact([]string{l.serveur, l.client}) {
		if err := os.CopyFS(filepath.Join(racine, copie), os.DirFS(d.Dossier)); err != nil {
			return lieux{}, fmt.Errorf("copie du rendu : %w", err)
		}
	}
	for _, dossier := range aFaire {
		if err := os.MkdirAll(filepath.Join(racine, dossier), 0o755); err != nil {
			return lieux{}, fmt.Errorf("dossier du rendu : %w", err)
		}
	}
	if d.Niveau != N1 {
		l = lieux{racine + l.serveur, racine + l.client, racine + l.maison, racine + l.tmp, d.Sortie, racine + l.banc, []string{racine + l.serveur}}
		return l, os.Setenv("TMPDIR", l.banc)
	}
	if err := batir(d); err != nil {
		return lieux{}, fmt.Errorf("cloison : %w", err)
	}
	return l, os.Setenv("TMPDIR", l.banc)
}

// Sonder essaie une cloison vide, et dit pourquoi elle est refusée : nil quand le niveau N1 est possible.
func Sonder(ctx context.Context, temporaire string) error {
	vide, err := os.MkdirTemp(temporaire, "sonde-")
	if err != nil {
		return fmt.Errorf("sonde : %w", err)
	}
	defer effacer(vide)
	_, err = Confier(ctx, Demande{Critere: CritereSonde, Dossier: vide, Ancrage: temporaire, Niveau: N1, Patience: 1})
	return err
}

// CritereSonde est une vérification qui n'en fait aucune : elle réussit si la cloison a pu être bâtie.
const CritereSonde = "SONDE"

// Ce qu'une copie de rendu peut contenir au plus.
const (
	fichiersCopies = 2000
	octetsCopies   = 64 << 20
)

// Copier copie un rendu dans un dossier neuf, où tout se lit : sans lien qui sorte du rendu, sans fichier spécial, et dans
// des limites. Elle rend ce qui a été écarté, en phrases.
func Copier(rendu, copie string) (remarques []string, err error) {
	if rendu, err = filepath.EvalSymlinks(rendu); err != nil { // le dossier donné peut être un lien : c'est qui corrige qui le dit
		return nil, fmt.Errorf("copie : %w", err)
	}
	nombre, octets := 0, int64(0)
	ecarter := func(relatif, pourquoi string) {
		remarques = append(remarques, fmt.Sprintf("%s : %s, écarté", releve.Montrer([]byte(filepath.ToSlash(relatif)), 100), pourquoi))
	}
	err = filepath.WalkDir(rendu, func(chemin string, e fs.DirEntry, err error) error {
		relatif, errRelatif := filepath.Rel(rendu, chemin)
		if errRelatif != nil {
			return errRelatif
		}
		if err != nil {
			ecarter(relatif, "illisible")
			return fs.SkipDir
		}
		cible := filepath.Join(copie, relatif)
		switch {
		case e.IsDir() && ecarterDossier(e.Name()) && relatif != ".":
			return fs.SkipDir
		case e.Name() == "attendu.toml":
			return nil
		case !e.IsDir() && !e.Type().IsRegular():
			ecarter(relatif, "lien ou fichier spécial")
			return nil
		}
		infos, err := e.Info()
		if err != nil {
			return nil // parti pendant la copie
		}
		taille := infos.Size()
		if e.IsDir() {
			taille = 0
		}
		if nombre++; nombre > fichiersCopies || octets+taille > octetsCopies {
			remarques = append(remarques, fmt.Sprintf("copie arrêtée à %s : au plus %d fichiers et dossiers, et %d Mio", releve.Montrer([]byte(filepath.ToSlash(relatif)), 100), fichiersCopies, octetsCopies>>20))
			return fs.SkipAll
		}
		octets += taille
		if e.IsDir() {
			return os.MkdirAll(cible, 0o755)
		}
		err = copierFichier(chemin, cible, 0o644|infos.Mode().Perm()&0o111)
		if errors.Is(err, fs.ErrPermission) {
			ecarter(relatif, "illisible")
			return nil
		}
		return err
	})
	if err != nil {
		return remarques, fmt.Errorf("copie de %s : %w", rendu, err)
	}
	return remarques, nil
}

// ecarterDossier dit qu'un dossier n'est pas l'œuvre de l'élève.
func ecarterDossier(nom string) bool {
	switch nom {
	case "__pycache__", "node_modules", "venv", "env", "testdata":
		return true
	}
	return strings.HasPrefix(nom, ".")
}

func copierFichier(source, cible string, droits fs.FileMode) error {
	lu, err := os.Open(source)
	if err != nil {
		return err
	}
	defer lu.Close()
	ecrit, err := os.OpenFile(cible, os.O_CREATE|os.O_EXCL|os.O_WRONLY, droits)
	if err != nil {
		return err
	}
	if _, err := io.Copy(ecrit, io.LimitReader(lu, octetsCopies)); err != nil {
		ecrit.Close()
		return err
	}
	return ecrit.Close()
}

// effacer retire un dossier, même si un rendu y a interdit d'écrire.
func effacer(dossier string) {
	_ = filepath.WalkDir(dossier, func(chemin string, e fs.DirEntry, err error) error {
		if err == nil && e.IsDir() {
			_ = os.Chmod(chemin, 0o700)
		}
		return nil
	})
	_ = os.RemoveAll(dossier)
}

// tampon garde le début de ce qu'on lui écrit.
type tampon struct {
	octets []byte
	limite int
}

func (t *tampon) Write(p []byte) (int, error) {
	t.octets = append(t.octets, p[:min(len(p), t.limite-len(t.octets))]...)
	return len(p), nil
}
