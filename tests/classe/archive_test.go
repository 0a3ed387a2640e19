package classe

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// entree est ce qu'on met dans une archive, quoi qu'elle vaille.
type entree struct {
	nom, texte string
	mode       fs.FileMode
	drapeaux   uint16
}

func archiver(t echouer, entrees ...entree) []byte {
	t.Helper()
	var octets bytes.Buffer
	z := zip.NewWriter(&octets)
	var compresse bytes.Buffer
	f, err := flate.NewWriter(&compresse, flate.DefaultCompression)
	if err != nil {
		t.Fatalf("%v", err)
	}
	for _, e := range entrees {
		compresse.Reset()
		f.Reset(&compresse)
		if strings.HasSuffix(e.nom, "/") {
			e.texte = "" // archive/zip n'écrirait rien d'autre dans un dossier
		}
		_, _ = f.Write([]byte(e.texte))
		_ = f.Close()
		h := &zip.FileHeader{
			Name: e.nom, Method: zip.Deflate, Flags: e.drapeaux,
			CRC32: somme(e.texte), CompressedSize64: uint64(compresse.Len()), UncompressedSize64: uint64(len(e.texte)),
		}
		if e.mode == 0 {
			e.mode = 0o644
		}
		h.SetMode(e.mode)
		w, err := z.CreateRaw(h)
		if err != nil {
			t.Fatalf("%v", err)
		}
		if _, err := w.Write(compresse.Bytes()); err != nil && !strings.HasSuffix(e.nom, "/") {
			t.Fatalf("%v", err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatalf("%v", err)
	}
	return octets.Bytes()
}

// ouvrir ouvre une archive donnée par ses octets.
func ouvrir(t *testing.T, octets []byte) (*Ouvert, error) {
	t.Helper()
	chemin := filepath.Join(t.TempDir(), "groupe_a.zip")
	if err := os.WriteFile(chemin, octets, 0o600); err != nil {
		t.Fatal(err)
	}
	o, err := Depot{Nom: "groupe_a", Chemin: chemin, Archive: true}.Ouvrir(t.Context())
	if err == nil {
		t.Cleanup(func() { _ = o.Close() })
	}
	return o, err
}

func TestArchiveRefusee(t *testing.T) {
	for _, c := range []struct {
		nom     string
		entrees []entree
		mot     string
	}{
		{"remonte", []entree{{nom: "../client.py"}}, "sort de l'archive"},
		{"remonte au milieu", []entree{{nom: "a/../../client.py"}}, "sort de l'archive"},
		{"remonte par des \\", []entree{{nom: `a\..\..\client.py`}}, "sort de l'archive"},
		{"absolu", []entree{{nom: "/tmp/client.py"}}, "racine d'un disque"},
		{"lettre de disque", []entree{{nom: `C:\client.py`}}, "racine d'un disque"},
		{"commande", []entree{{nom: "client\x1b[2J.py"}}, "invisibles"},
		{"inverse le sens", []entree{{nom: "client\u202eyp.exe"}}, "invisibles"},
		{"zéro", []entree{{nom: "client.py\x00.txt"}}, "invisibles"},
		{"sans nom", []entree{{nom: ""}}, "celui d'un fichier"},
		{"deux fois", []entree{{nom: "client.py"}, {nom: "client.py"}}, "deux fois"},
		{"fichier et dossier", []entree{{nom: "a"}, {nom: "a/client.py"}}, "deux fois"},
		{"majuscules", []entree{{nom: "client.py"}, {nom: "Client.py"}}, "majuscules"},
		{"majuscules d'un dossier", []entree{{nom: "a/client.py"}, {nom: "A/serveur.py"}}, "majuscules"},
		{"mot de passe", []entree{{nom: "client.py", drapeaux: chiffree}}, "mot de passe"},
		{"trop profond", []entree{{nom: strings.Repeat("a/", 20) + "client.py"}}, "trop de dossiers"},
		{"trop long", []entree{{nom: strings.Repeat("a", 600)}}, "trop long"},
		{"bombe", []entree{{nom: "a", texte: strings.Repeat("\x00", 12<<20)}}, "se décompresse plus de"},
	} {
		t.Run(c.nom, func(t *testing.T) {
			o, err := ouvrir(t, archiver(t, c.entrees...))
			if err == nil {
				t.Fatalf("archive acceptée : %+v", o)
			}
			if !strings.Contains(err.Error(), c.mot) || !strings.ContainsAny(err.Error(), ";:") || strings.ContainsFunc(err.Error(), invisible) {
				t.Errorf("« %s » attendu dans %q", c.mot, err)
			}
		})
	}
	if _, err := ouvrir(t, []byte("ceci n'est pas une archive")); err == nil || !strings.Contains(err.Error(), "abîmée") {
		t.Errorf("un texte n'est pas une archive : %v", err)
	}
	if _, err := ouvrir(t, nil); err == nil {
		t.Error("un fichier vide n'est pas une archive")
	}
}

// TestArchiveMenteuse vérifie que la taille qu'une entrée annonce n'est pas crue.
func TestArchiveMenteuse(t *testing.T) {
	octets := archiver(t, entree{nom: "a", texte: strings.Repeat("capteur", 1000)})
	vraie := []byte{0x58, 0x1b, 0, 0} // 7000
	if bytes.Count(octets, vraie) == 0 {
		t.Fatal("la taille n'est pas dans l'archive")
	}
	l := limitesUsuelles
	l.fichier = 100
	for _, dite := range [][]byte{vraie, {1, 0, 0, 0}, {0xff, 0xff, 0xff, 0x7f}} {
		archive := filepath.Join(t.TempDir(), "a.zip")
		if err := os.WriteFile(archive, bytes.ReplaceAll(octets, vraie, dite), 0o600); err != nil {
			t.Fatal(err)
		}
		dossier := t.TempDir()
		_, err := extraire(t.Context(), archive, dossier, l)
		if infos, errStat := os.Stat(filepath.Join(dossier, "a")); err == nil || errStat == nil && infos.Size() > l.fichier+1 {
			t.Errorf("taille annoncée %x : %v, %v", dite, err, infos)
		}
	}
}

func TestArchiveOuverte(t *testing.T) {
	o, err := ouvrir(t, archiver(t,
		entree{nom: "groupe_a/"},
		entree{nom: "groupe_a/client.py", texte: "print()"},
		entree{nom: "groupe_a/lance.sh", texte: "#!/bin/sh", mode: 0o4755},
		entree{nom: `groupe_a\sous\serveur.py`, texte: "import socket"},
		entree{nom: "groupe_a/caf\x82.txt", texte: "é en page 437"},
		entree{nom: "groupe_a/été.txt", texte: "é en UTF-8"},
		entree{nom: "groupe_a/autre.zip", texte: "PK"},
		entree{nom: "groupe_a/lien", texte: "/etc/passwd", mode: 0o777 | fs.ModeSymlink},
		entree{nom: "groupe_a/tube", mode: 0o644 | fs.ModeNamedPipe},
		entree{nom: "__MACOSX/groupe_a/._client.py", texte: "x"},
		entree{nom: "groupe_a/.DS_Store", texte: "x"},
		entree{nom: "groupe_a/node_modules/a/index.js", texte: "x"},
		entree{nom: "groupe_a/.git/config", texte: "x"},
		entree{nom: "groupe_a/Icon\r", texte: "x"},
	))
	if err != nil {
		t.Fatal(err)
	}
	if filepath.Base(o.Dossier) != "groupe_a" {
		t.Errorf("le seul dossier de l'archive est le rendu, pas %s", o.Dossier)
	}
	var vus []string
	err = filepath.WalkDir(o.Dossier, func(chemin string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		infos, err := e.Info()
		relatif, _ := filepath.Rel(o.Dossier, chemin)
		vus = append(vus, fmt.Sprintf("%s %v", filepath.ToSlash(relatif), infos.Mode()))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	attendus := ". drwx------\nautre.zip -rw-------\ncafé.txt -rw-------\nclient.py -rw-------\nlance.sh -rwx------\nsous drwx------\nsous/serveur.py -rw-------\nété.txt -rw-------"
	if trouves := strings.Join(vus, "\n"); trouves != attendus && runtime.GOOS != "windows" {
		t.Errorf("ouverte :\n%s\nattendu :\n%s", trouves, attendus)
	}
	if dites := strings.Join(o.Remarques, "\n"); strings.Count(dites, "lien ou fichier spécial") != 2 {
		t.Errorf("le lien et le tube doivent être remarqués :\n%s", dites)
	}
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(o.Dossier); err == nil {
		t.Error("Close doit tout retirer")
	}
}

// TestSeulDossier vérifie qu'on ne descend pas dans un dossier dont le nom dit l'étape.
func TestSeulDossier(t *testing.T) {
	const client, serveur = "import socket\ns = socket.socket()\ns.connect(('127.0.0.1', 5000))\n", "import socket\ns = socket.socket()\ns.bind(('', 5000))\ns.listen()\n"
	for nom, descend := range map[string]bool{"groupe_a": true, "step3_heritage": false} {
		o, err := ouvrir(t, archiver(t, entree{nom: nom + "/client.py", texte: client}, entree{nom: nom + "/serveur.py", texte: serveur}))
		if err != nil {
			t.Fatal(err)
		}
		if (filepath.Base(o.Dossier) == nom) != descend {
			t.Errorf("%s : le rendu est %s", nom, o.Dossier)
		}
	}
}

// petites sont des limites qu'un essai atteint.
var petites = limites{archive: 1 << 20, repertoire: 4 << 10, entrees: 6, fichier: 1000, total: 2500, rapport: 20, franchise: 500, chemin: 40, niveaux: 4}

// TestArchiveQuelconque vérifie que, quelle que soit l'archive, rien ne s'écrit hors du dossier, et que les limites tiennent.
// Chacune commence par des entrées saines, qui seules doivent être acceptées : ce qui suit arrive donc dans un dossier déjà
// rempli, et la propriété ne peut pas passer parce que tout est refusé d'emblée.
func TestArchiveQuelconque(t *testing.T) {
	morceau := rapid.SampledFrom([]string{"a", "A", "b", "client.py", "..", ".", "", "C:", "c:x", "é", "\x82", "\x1b", "con", ".git", "__MACOSX", "abcdefghij"})
	mode := rapid.SampledFrom([]fs.FileMode{0o644, 0o755, 0, 0o777 | fs.ModeSymlink, fs.ModeDir | 0o777, fs.ModeDevice | 0o666, fs.ModeNamedPipe, fs.ModeSetuid | 0o755})
	texte := rapid.OneOf(rapid.StringN(0, 50, -1), rapid.Map(rapid.IntRange(0, 3000), func(n int) string { return strings.Repeat("x", n) }), rapid.Just("../temoin"))
	// Un nom de fichier n'y est jamais celui d'un dossier, et deux entrées laissent de la place pour la suite.
	nomsSains := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-d]{1,2}/([e-h]{1,2})?`), 1, 2, rapid.ID[string])
	modeSain := rapid.SampledFrom([]fs.FileMode{0o644, 0o755, 0o777 | fs.ModeSymlink, fs.ModeSetuid | 0o755})
	rapid.Check(t, func(t *rapid.T) {
		var entrees []entree
		for _, nom := range nomsSains.Draw(t, "noms sains") {
			entrees = append(entrees, entree{nom: nom, texte: rapid.StringN(0, 50, -1).Draw(t, "texte sain"), mode: modeSain.Draw(t, "mode sain")})
		}
		if err := verifierExtraction(t, archiver(t, entrees...), petites); err != nil {
			t.Fatalf("archive saine refusée : %v", err)
		}
		for range rapid.IntRange(0, 5).Draw(t, "entrées") {
			morceaux := rapid.SliceOfN(morceau, 1, 5).Draw(t, "nom")
			nom := strings.Join(morceaux, rapid.SampledFrom([]string{"/", `\`}).Draw(t, "séparateur"))
			if rapid.Bool().Draw(t, "nom sûr") {
				nom = rapid.StringMatching(`[a-d]{1,2}(/[a-d]{1,2}){0,2}/?`).Draw(t, "sûr")
			}
			entrees = append(entrees, entree{nom, texte.Draw(t, "texte"), mode.Draw(t, "mode"), rapid.SampledFrom([]uint16{0, 0, 0, 0, 1, 8, 0x40, 0x800}).Draw(t, "drapeaux")})
		}
		octets := archiver(t, entrees...)
		for range rapid.SampledFrom([]int{0, 0, 1, 5}).Draw(t, "octets abîmés") {
			octets[rapid.IntRange(0, len(octets)-1).Draw(t, "où")] = rapid.Byte().Draw(t, "octet")
		}
		_ = verifierExtraction(t, octets, petites)
	})
}

// FuzzOuvrir vérifie la même chose d'octets quelconques.
func FuzzOuvrir(f *testing.F) {
	t := &testing.T{}
	f.Add([]byte{})
	f.Add(archiver(t, entree{nom: "a/client.py", texte: "print()"}))
	f.Add(archiver(t, entree{nom: "../client.py", texte: "print()"}, entree{nom: "lien", texte: "..", mode: fs.ModeSymlink | 0o777}, entree{nom: "lien/x"}))
	f.Fuzz(func(t *testing.T, octets []byte) {
		if len(octets) < 64<<10 {
			_ = verifierExtraction(t, octets, petites)
		}
	})
}

// verifierExtraction ouvre une archive et regarde le disque.
func verifierExtraction(t echouer, octets []byte, l limites) (refus error) {
	t.Helper()
	base, err := os.MkdirTemp("", "essai-")
	if err != nil {
		t.Fatalf("%v", err)
	}
	defer os.RemoveAll(base)
	poser(t, base, "temoin", "intact", 0o600)
	archive, dossier := filepath.Join(base, "a.zip"), filepath.Join(base, "dedans")
	if err := os.WriteFile(archive, octets, 0o600); err != nil {
		t.Fatalf("%v", err)
	}
	if err := os.Mkdir(dossier, 0o700); err != nil {
		t.Fatalf("%v", err)
	}
	_, refus = extraire(context.Background(), archive, dossier, l)
	if refus != nil && strings.ContainsFunc(refus.Error(), invisible) {
		t.Fatalf("le refus commande le terminal : %q", refus)
	}
	entrees, err := os.ReadDir(base)
	temoin, errTemoin := os.ReadFile(filepath.Join(base, "temoin"))
	if err != nil || len(entrees) != 3 || errTemoin != nil || string(temoin) != "intact" {
		t.Fatalf("hors du dossier : %v, témoin %q, %v", entrees, temoin, errTemoin)
	}
	nombre, total, plies := 0, int64(0), map[string]string{}
	err = filepath.WalkDir(dossier, func(chemin string, e fs.DirEntry, err error) error {
		if err != nil || chemin == dossier {
			return err
		}
		infos, err := e.Info()
		if err != nil {
			return err
		}
		relatif, _ := filepath.Rel(dossier, chemin)
		nombre++
		droits := infos.Mode().Perm()
		prives := droits == 0o700 || droits == 0o600 && !e.IsDir() || runtime.GOOS == "windows"
		switch {
		case !prives, !e.IsDir() && !infos.Mode().IsRegular(), infos.Mode()&fs.ModeSetuid != 0:
			t.Fatalf("%s a été fait avec %v", relatif, infos.Mode())
		case len(relatif) > l.chemin || strings.Count(relatif, "/") >= l.niveaux || strings.ContainsFunc(relatif, invisible):
			t.Fatalf("le chemin %q dépasse les limites", relatif)
		case plies[strings.ToLower(relatif)] != "":
			t.Fatalf("%s et %s ne se distinguent que par la casse", relatif, plies[strings.ToLower(relatif)])
		case !e.IsDir():
			total += infos.Size()
		}
		if infos.Size() > l.fichier+1 && !e.IsDir() { // l'octet de trop est celui qui fait refuser
			t.Fatalf("%s fait %d octets", relatif, infos.Size())
		}
		plies[strings.ToLower(relatif)] = relatif
		return nil
	})
	permis := min(l.total, l.franchise+l.rapport*int64(len(octets)))
	if refus != nil {
		permis++
	}
	if err != nil || nombre > l.entrees || total > permis {
		t.Fatalf("%d entrées, %d octets sur %d, %v", nombre, total, permis, err)
	}
	return refus
}

// TestArchiveFidele vérifie qu'une archive ordinaire est ouverte telle qu'elle est.
func TestArchiveFidele(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fichiers := rapid.MapOfN(rapid.StringMatching(`[a-c]{1,2}(/d[a-cé ]{1,3}){0,2}/[x-z]{1,3}\.py`), rapid.String(), 0, 6).Draw(t, "fichiers")
		var entrees []entree
		for nom, texte := range fichiers {
			entrees = append(entrees, entree{nom: nom, texte: texte})
		}
		base, err := os.MkdirTemp("", "essai-")
		if err != nil {
			t.Fatalf("%v", err)
		}
		defer os.RemoveAll(base)
		archive, dossier := filepath.Join(base, "a.zip"), filepath.Join(base, "dedans")
		_ = os.Mkdir(dossier, 0o700)
		if err := os.WriteFile(archive, archiver(t, entrees...), 0o600); err != nil {
			t.Fatalf("%v", err)
		}
		if _, err := extraire(context.Background(), archive, dossier, limitesUsuelles); err != nil {
			t.Fatalf("%v", err)
		}
		for nom, texte := range fichiers {
			if lu, err := os.ReadFile(filepath.Join(dossier, filepath.FromSlash(nom))); err != nil || string(lu) != texte {
				t.Fatalf("%s : %q, %v ; %q attendu", nom, lu, err, texte)
			}
		}
	})
}

// TestTableImmense vérifie qu'une table des matières immense n'est pas lue en mémoire.
func TestTableImmense(t *testing.T) {
	var entrees []entree
	for i := range 2000 {
		entrees = append(entrees, entree{nom: fmt.Sprintf("%0300d", i)})
	}
	archive := filepath.Join(t.TempDir(), "a.zip")
	if err := os.WriteFile(archive, archiver(t, entrees...), 0o600); err != nil {
		t.Fatal(err)
	}
	l := limitesUsuelles
	l.repertoire = 100 << 10
	if _, err := extraire(t.Context(), archive, t.TempDir(), l); err == nil || !strings.Contains(err.Error(), "plus de 20000 fichiers") {
		t.Errorf("table de %d Kio : %v", 2000*346>>10, err)
	}
}

func somme(texte string) uint32 { return crc32.ChecksumIEEE([]byte(texte)) }
