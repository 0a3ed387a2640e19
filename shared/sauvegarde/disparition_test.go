package sauvegarde

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"capteurs/shared/mesure"
)

// Ce qui peut arriver à un fichier pendant qu'un serveur y écrit, et le système n'en dit rien à qui le tient ouvert.
var disparitions = []struct {
	nom     string
	arriver func(chemin string) error
}{
	{"effacé", os.Remove},
	{"renommé", func(chemin string) error { return os.Rename(chemin, chemin+".ancien") }},
	{"remplacé par un fichier vide", func(chemin string) error { return remplacer(chemin, nil) }},
	{"remplacé par sa copie", func(chemin string) error {
		contenu, err := os.ReadFile(chemin)
		return errors.Join(err, remplacer(chemin, contenu))
	}},
}

// remplacer met un autre fichier à la place de celui-ci, comme le fait un éditeur qui enregistre.
func remplacer(chemin string, contenu []byte) error {
	return errors.Join(os.WriteFile(chemin+".neuf", contenu, 0o600), os.Rename(chemin+".neuf", chemin))
}

// sansWindows saute un test : Windows refuse qu'on efface ou renomme un fichier ouvert.
func sansWindows(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("Windows refuse d'effacer un fichier ouvert")
	}
}

// urlAPart rend une URL dont le dossier ne contient rien d'autre.
func urlAPart(t *testing.T, genre string) (url, chemin string) {
	t.Helper()
	dossier := filepath.Join(t.TempDir(), "à part")
	if err := os.Mkdir(dossier, 0o700); err != nil {
		t.Fatal(err)
	}
	chemin = filepath.Join(dossier, "donnees")
	return genre + ":" + chemin, chemin
}

// Ce qui s'écrirait dans un fichier sans nom disparaîtrait avec le serveur : rien n'y est confirmé, et c'est dit.
func TestFichierDisparu(t *testing.T) {
	sansWindows(t)
	for _, c := range []struct {
		genre    string
		suffixes []string
	}{{"texte", []string{""}}, {"sqlite", []string{"", "-wal", "-shm"}}} {
		for _, suffixe := range c.suffixes {
			for _, d := range disparitions {
				t.Run(c.genre+suffixe+" "+d.nom, func(t *testing.T) {
					t.Parallel()
					url, chemin := urlAPart(t, c.genre)
					s := ouvrir(t, url)
					enregistrer(t, s, desMesures("avant", 2)...)
					if err := d.arriver(chemin + suffixe); err != nil {
						t.Fatal(err)
					}
					for fois := range 2 {
						err := s.Sauvegarder(t.Context(), desMesures("après", 1))
						if err == nil {
							t.Fatalf("Sauvegarder n° %d dans un fichier %s = nil, attendu une erreur", fois+1, d.nom)
						}
						for _, extrait := range []string{chemin + suffixe, "supprimé, déplacé ou remplacé", "relancez le serveur", "SIGHUP"} {
							if !strings.Contains(err.Error(), extrait) {
								t.Errorf("Sauvegarder = %v, attendu une erreur qui dise %q", err, extrait)
							}
						}
					}
				})
			}
		}
	}
}

// Qui n'a pas vu un fichier ne peut pas le garder.
func TestAttesterUnFichierAbsent(t *testing.T) {
	if _, err := attester(filepath.Join(t.TempDir(), "absent")); err == nil {
		t.Error("attester(un fichier absent) = nil, attendu une erreur")
	}
}

// Refuser n'écrit rien : le fichier déplacé reste tel qu'il était, et s'il revient l'écriture reprend.
func TestFichierDeplacePuisRemis(t *testing.T) {
	sansWindows(t)
	for genre, suffixes := range map[string][]string{"texte": {""}, "sqlite": {"", "-wal", "-shm"}} {
		t.Run(genre, func(t *testing.T) {
			t.Parallel()
			url, chemin := urlAPart(t, genre)
			s := ouvrir(t, url)
			enregistrer(t, s, desMesures("avant", 2)...)
			deplacer := func(de, vers string) {
				for _, suffixe := range suffixes {
					if err := os.Rename(de+suffixe, vers+suffixe); err != nil {
						t.Fatal(err)
					}
				}
			}
			deplacer(chemin, chemin+".ancien")
			if err := s.Sauvegarder(t.Context(), desMesures("pendant", 1)); err == nil {
				t.Error("Sauvegarder dans un fichier déplacé = nil, attendu une erreur")
			}
			deplacer(chemin+".ancien", chemin)
			enregistrer(t, s, desMesures("après", 1)...)
			contient(t, s, append(desMesures("avant", 2), desMesures("après", 1)...)...)
		})
	}
}

// Un serveur relancé crée le fichier qui manque, et rien n'y revient d'un journal resté là.
func TestRouvrirApresDisparition(t *testing.T) {
	sansWindows(t)
	for _, genre := range []string{"texte", "sqlite"} {
		t.Run(genre, func(t *testing.T) {
			t.Parallel()
			url, chemin := urlAPart(t, genre)
			s := ouvrir(t, url)
			enregistrer(t, s, desMesures("avant", 2)...)
			if err := os.Remove(chemin); err != nil {
				t.Fatal(err)
			}
			if err := s.Sauvegarder(t.Context(), desMesures("pendant", 1)); err == nil {
				t.Error("Sauvegarder dans un fichier effacé = nil, attendu une erreur")
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			neuve := ouvrir(t, url)
			enregistrer(t, neuve, desMesures("après", 1)...)
			contient(t, neuve, desMesures("après", 1)...)
		})
	}
}

// Le chemin peut être un lien : SQLite met ses journaux à côté de la vraie base.
func TestFichierParUnLien(t *testing.T) {
	for _, genre := range []string{"texte", "sqlite"} {
		url, chemin := urlAPart(t, genre)
		lien := filepath.Join(t.TempDir(), "lien")
		if err := os.Symlink(chemin, lien); err != nil {
			t.Skip("pas de lien ici :", err)
		}
		ecrireFichier(t, chemin, "")
		s := ouvrir(t, genre+":"+lien)
		enregistrer(t, s, desMesures("a", 2)...)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		contient(t, ouvrir(t, url), desMesures("a", 2)...)
	}
}

// Une écriture dure : le fichier peut disparaître entre son début et sa fin, et elle ne compte pas plus.
func TestFichierDisparuPendantLEcriture(t *testing.T) {
	sansWindows(t)
	chemin := filepath.Join(t.TempDir(), "donnees")
	ecrireFichier(t, chemin, "")
	infos, err := attester(chemin)
	if err != nil {
		t.Fatal(err)
	}
	panne := errors.New("panne")
	for _, c := range []struct {
		nom     string
		ecrire  func() error
		ecrit   bool
		attendu string
	}{
		{"écriture ordinaire", func() error { return nil }, true, ""},
		{"écriture en échec", func() error { return panne }, true, "panne"},
		{"disparition pendant", func() error { return os.Remove(chemin) }, true, "supprimé, déplacé ou remplacé"},
		{"disparition avant", func() error { return nil }, false, "supprimé, déplacé ou remplacé"},
	} {
		ecrit := false
		err := infos.garder(func() error { ecrit = true; return c.ecrire() })
		if ecrit != c.ecrit {
			t.Errorf("%s : écriture faite = %v, attendu %v", c.nom, ecrit, c.ecrit)
		}
		if (err == nil) != (c.attendu == "") || err != nil && !strings.Contains(err.Error(), c.attendu) {
			t.Errorf("%s : garder = %v, attendu une erreur qui dise %q", c.nom, err, c.attendu)
		}
	}
}

// Ce que coûte, à chaque écriture, de regarder si les fichiers sont encore là.
func BenchmarkFichiersEnPlace(b *testing.B) {
	for genre, suffixes := range map[string][]string{"texte": {""}, "sqlite": {"", "-wal", "-shm"}} {
		b.Run(genre, func(b *testing.B) {
			var noms []string
			for _, suffixe := range suffixes {
				nom := filepath.Join(b.TempDir(), "donnees"+suffixe)
				if err := os.WriteFile(nom, nil, 0o600); err != nil {
					b.Fatal(err)
				}
				noms = append(noms, nom)
			}
			t, err := attester(noms...)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if err := t.garder(func() error { return nil }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// Ce que coûte une écriture entière, la plus petite.
func BenchmarkSauvegarder(b *testing.B) {
	for _, genre := range []string{"texte", "sqlite"} {
		b.Run(genre, func(b *testing.B) {
			s, err := Ouvrir(b.Context(), genre+":"+filepath.Join(b.TempDir(), "donnees"), muet)
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			une := []mesure.Mesure{{CapteurID: "a", Temperature: 1}}
			for b.Loop() {
				if err := s.Sauvegarder(b.Context(), une); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// Relire un fichier qui n'est plus là ne passe pas pour relire un fichier vide.
func TestRelireUnFichierDisparu(t *testing.T) {
	sansWindows(t)
	for genre := range urls(t) {
		url, chemin := urlAPart(t, genre)
		s := ouvrir(t, url)
		enregistrer(t, s, desMesures("a", 1)...)
		if err := os.Remove(chemin); err != nil {
			t.Fatal(err)
		}
		var erreurs []error
		for _, err := range s.Relire(t.Context()) {
			erreurs = append(erreurs, err)
		}
		if len(erreurs) != 1 || erreurs[0] == nil {
			t.Errorf("Relire après la disparition du fichier de %s = %v, attendu une erreur", genre, erreurs)
		}
	}
}
