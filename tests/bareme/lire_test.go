package bareme

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"capteurs/tests/criteres"
	"capteurs/tests/decouverte"
)

func lireFichier(t testing.TB, chemin string) []byte {
	t.Helper()
	octets, err := os.ReadFile(chemin)
	if err != nil {
		t.Fatal(err)
	}
	return octets
}

func deLEtape1(t testing.TB) *Bareme {
	t.Helper()
	b, err := Lire("etape_1.toml", lireFichier(t, "testdata/etape_1.toml"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestResume(t *testing.T) {
	somme := sha256.Sum256(lireFichier(t, "bareme.toml"))
	attendu := Resume{Nom: "Barème par défaut", Empreinte: hex.EncodeToString(somme[:]), NoteSur: 2000}
	if r := ParDefaut().Resume(); r != attendu {
		t.Errorf("obtenu %+v, attendu %+v", r, attendu)
	}
}

// Les choix que le barème par défaut annonce dans ses commentaires.
func TestParDefaut(t *testing.T) {
	b := ParDefaut()
	parEtape, bonus := map[decouverte.Etape]Points{}, Points(0)
	for _, s := range b.sections {
		if s.bonus {
			bonus += s.points
		} else {
			parEtape[s.etape] += s.points
		}
	}
	if parEtape[decouverte.Procedural] != 1200 || parEtape[decouverte.POO] != 400 || parEtape[decouverte.Heritage] != 400 || bonus != 100 {
		t.Errorf("par étape : %v, bonus %v", parEtape, bonus)
	}
	for _, doit := range criteres.Tous() {
		for _, devrait := range criteres.Tous() {
			p, q := b.points(cle{doit.ID, decouverte.Procedural}), b.points(cle{devrait.ID, decouverte.Procedural})
			if doit.Exigence == criteres.Doit && devrait.Exigence == criteres.Devrait && doit.Concerne(decouverte.Procedural) && devrait.ID != "ROB-05" && p < 2*q {
				t.Errorf("%s vaut %v, %s %v : moins du double", doit.ID, p, devrait.ID, q)
			}
		}
	}
}

// Chaque refus part du barème de l'étape 1, où une seule chose change.
var refus = []struct{ nom, avant, apres, attendu string }{
	{"clé inconnue", "arrondi = 0.5", "arrondi = 0.5\ncouleur = 3", "b.toml, ligne 7, colonne 1 : clé inconnue « couleur »"},
	{"clé inconnue d'une section", `titre = "Client"`, "titre = \"Client\"\npoint = 3", "clé inconnue « section.point »"},
	{"clé en double", "arrondi = 0.5", "arrondi = 0.5\narrondi = 0.5", "ligne 7, colonne 1 : « arrondi » est déjà plus haut"},
	{"critère deux fois dans une section", "CLI-02 = 1.5", "CLI-01 = 1.5", "« CLI-01 » est déjà plus haut"},
	{"pas du TOML", "version = 1", "version : 1", "ligne 3, colonne 9 : ce n'est pas du TOML"},
	{"virgule", "CLI-02 = 1.5", "CLI-02 = 1,5", `un nombre s'y écrit avec un point (1.5), ou entre guillemets ("1,5")`},
	{"mauvais type", `nom = "TP sockets, version simple"`, "nom = 3", "« nom » n'a pas la forme attendue"},
	{"version", "version = 1", "version = 2", "version = 2 : ce correcteur lit les barèmes de version 1"},
	{"sans nom", `nom = "TP sockets, version simple"`, `nom = " "`, "nom : un texte d'une ligne est attendu"},
	{"nom qui commande le terminal", `nom = "TP sockets, version simple"`, `nom = "\u001b[31m"`, "nom : un texte d'une ligne est attendu"},
	{"nom qui renverse le texte", `nom = "TP sockets, version simple"`, `nom = "\u202e"`, "nom : un texte d'une ligne est attendu"},
	{"note_sur nulle", "note_sur = 20", "note_sur = 0", "note_sur : une note se donne sur plus de 0"},
	{"note_sur absente", "note_sur = 20", "", "note_sur : un nombre de points manque"},
	{"note_sur énorme", "note_sur = 20", "note_sur = 1001", "note_sur : « 1001 » : un nombre de points ne dépasse pas 1000"},
	{"note_sur qui n'est pas la somme", "note_sur = 20", "note_sur = 21", "les sections, hors bonus, font 20 ; note_sur est 21"},
	{"arrondi nul", "arrondi = 0.5", "arrondi = 0", "arrondi = 0 : il doit diviser note_sur, 20 ; 0.01 pour ne pas arrondir"},
	{"arrondi qui ne divise pas", "arrondi = 0.5", "arrondi = 0.3", "arrondi = 0,3 : il doit diviser note_sur, 20"},
	{"mode inconnu", `partiel = "proportionnel"`, `partiel = "moitié"`, `partiel : « moitié » : écrivez "proportionnel" ou "tout_ou_rien"`},
	{"mode inconnu d'une section", `partiel = "tout_ou_rien"`, `partiel = "rien"`, "section « Les deux ensemble », partiel : « rien »"},
	{"aucune étape", `etapes = ["procédural"]`, "etapes = []", "etapes : nommez celles qui comptent"},
	{"étape inconnue", `etapes = ["procédural"]`, `etapes = ["procédural", "objet"]`, "etapes : l'étape « objet » n'existe pas"},
	{"étape en double", `etapes = ["procédural"]`, `etapes = ["procédural", "procedural"]`, "etapes : « procedural » en double"},
	{"étape oubliée", `etapes = ["procédural"]`, `etapes = ["procédural", "poo"]`, "étape « poo » : rien n'est dit de CLI-01, CLI-02, "},
	{"section d'une étape qui ne compte pas", "titre = \"Client\"\netape = \"procédural\"", "titre = \"Client\"\netape = \"poo\"", "section « Client », etape : l'étape « poo » n'est pas parmi celles qui comptent"},
	{"section sans étape", "titre = \"Client\"\netape = \"procédural\"", "titre = \"Client\"", "section « Client », etape : nommez une étape"},
	{"section sans titre", "titre = \"Client\"\n", "", "section n° 1, titre : un texte d'une ligne est attendu"},
	{"titre en double", `titre = "Serveur"`, `titre = "Client"`, "section « Client » : deux sections ont ce titre"},
	{"somme d'une section", "points = 7", "points = 6", "section « Client » : ses critères font 7, elle en annonce 6"},
	{"somme d'une section, trop peu", "points = 7", "points = 8", "section « Client » : ses critères font 7, elle en annonce 8"},
	{"points d'une section absents", "points = 7\n", "", "section « Client », points : un nombre de points manque"},
	{"trois décimales", "CLI-02 = 1.5", "CLI-02 = 1.125", "section « Client », CLI-02 : « 1.125 » : un nombre de points s'écrit"},
	{"négatif", "CLI-02 = 1.5", "CLI-02 = -1.5", "section « Client », CLI-02 : « -1.5 » : un nombre de points n'est pas négatif"},
	{"zéro", "CLI-02 = 1.5", "CLI-02 = 0.0", "section « Client », CLI-02 : 0 point ; mettez-le dans sans_points"},
	{"critère inconnu", "CLI-02 = 1.5", "CLI-99 = 1.5", "section « Client », CLI-99 : le critère « CLI-99 » n'existe pas"},
	{"critère en minuscules", "CLI-02 = 1.5", "cli-02 = 1.5", "le critère « cli-02 » s'écrit CLI-02"},
	{"critère d'une autre étape", "CLI-02 = 1.5", "HER-01 = 1.5", "section « Client », HER-01 : HER-01 ne se vérifie pas à l'étape « procédural » ; retirez-le"},
	{"critère oublié", `"ROB-01", `, "", "étape « procédural » : rien n'est dit de ROB-01 ; donnez-leur des points dans une section, ou nommez-les dans sans_points"},
	{"deux sections", "PAI-02 = 0.5", "CLI-01 = 0.5", "CLI-01 (procédural) est deux fois : dans la section « Client » et dans la section « Les deux ensemble » ; gardez-en une"},
	{"section et sans_points", `"ROB-01", `, `"ROB-01", "CLI-01", `, "CLI-01 (procédural) est deux fois : dans la section « Client » et dans sans_points"},
	{"deux fois dans sans_points", `"ROB-01", `, `"ROB-01", "ROB-01", `, "ROB-01 (procédural) est deux fois"},
	{"sans_points inconnu", `"ROB-01", `, `"ROB-01", "ROB-99", `, "sans_points, « procédural » : le critère « ROB-99 » n'existe pas"},
	{"sans_points d'une autre étape", `"ROB-01", `, `"ROB-01", "POO-01", `, "POO-01 ne se vérifie pas à l'étape « procédural »"},
	{"INFORMATIF hors d'un bonus", "bonus = true\n", "", "section « Bonus », BON-01 : il est INFORMATIF"},
	{"section vide", "[section.criteres]\nPAI-01 = 2\nPAI-02 = 0.5\nPAI-03 = 0.5", "", "section « Les deux ensemble » : aucun critère"},
	{"plafond d'un inconnu", `["SRV-02", "CLI-02"]`, `["SRV-02", "CLI-22"]`, "plafond n° 1 : le critère « CLI-22 » n'existe pas"},
	{"plafond sans critère", `["SRV-02", "CLI-02"]`, "[]", "plafond n° 1 : nommez dans criteres"},
	{"plafond d'un critère sans points", `["SRV-02", "CLI-02"]`, `["ROB-01"]`, "plafond n° 1 : ROB-01 n'a de points à aucune étape"},
	{"plafond d'une autre étape", "note_max = 8", "note_max = 8\netapes = [\"poo\"]", "plafond n° 1 : l'étape « poo » n'est pas parmi celles qui comptent"},
	{"plafond trop haut", "note_max = 8", "note_max = 20.5", "plafond n° 1 : note_max = 20,5 dépasse note_sur, 20"},
	{"plafond hors de l'arrondi", "note_max = 8", "note_max = 8.25", "plafond n° 1 : note_max = 8,25 n'est pas un multiple de l'arrondi, 0,5"},
	{"plafond sans motif", `motif = "l'un des deux programmes ne fait pas l'essentiel"`, "", "plafond n° 1, motif : un texte d'une ligne est attendu"},
	{"palier trop haut", "a_partir_de = 12", "a_partir_de = 21", "palier n° 3 : a_partir_de = 21 dépasse note_sur, 20"},
	{"paliers égaux", "a_partir_de = 12", "a_partir_de = 8", "palier n° 3 : deux paliers partent de 8"},
	{"aucun palier de 0", "a_partir_de = 0\n", "a_partir_de = 1\n", "palier : aucun ne part de 0"},
	{"trop gros", "", strings.Repeat("#", baremeMax), "octets ; 65536 au plus"},
}

func TestRefus(t *testing.T) {
	texte := string(lireFichier(t, "testdata/etape_1.toml"))
	for _, r := range refus {
		t.Run(r.nom, func(t *testing.T) {
			if !strings.Contains(texte, r.avant) {
				t.Fatalf("le barème de l'étape 1 ne contient plus %q", r.avant)
			}
			b, err := Lire("b.toml", []byte(strings.Replace(texte, r.avant, r.apres, 1)))
			if err == nil || b != nil || !strings.Contains(err.Error(), r.attendu) {
				t.Fatalf("obtenu :\n%v\nattendu :\n%s", err, r.attendu)
			}
			for ligne := range strings.Lines(err.Error()) {
				if !strings.HasPrefix(ligne, "b.toml") {
					t.Errorf("ne nomme pas le fichier : %s", ligne)
				}
			}
		})
	}
}

// Toutes les fautes sont dites d'un coup, toujours dans le même ordre.
func TestToutesLesFautes(t *testing.T) {
	texte := strings.NewReplacer("CLI-01 = 1 ", "CLI-99 = 1 ", "CLI-05 = 1 ", "CLI-98 = 1 ", "CLI-07", "CLI-97", "SRV-01 = 1 ", "SRV-99 = -1 ", "note_max = 8", "note_max = 80").Replace(string(lireFichier(t, "testdata/etape_1.toml")))
	_, premiere := Lire("b.toml", []byte(texte))
	for _, morceau := range []string{"CLI-99", "SRV-99 : le critère", "n'est pas négatif", "note_max = 80"} {
		if premiere == nil || !strings.Contains(premiere.Error(), morceau) {
			t.Errorf("%q manque dans :\n%v", morceau, premiere)
		}
	}
	for range 20 {
		if _, err := Lire("b.toml", []byte(texte)); err == nil || err.Error() != premiere.Error() {
			t.Fatalf("deux lectures ne disent pas la même chose :\n%v\n%v", premiere, err)
		}
	}
}

// Ce qu'un éditeur change sans qu'on le voie ne change pas le barème.
func TestEcrituresEquivalentes(t *testing.T) {
	texte := string(lireFichier(t, "testdata/etape_1.toml"))
	for nom, autre := range map[string]string{
		"marque d'ordre":       "\uFEFF" + texte,
		"fins de ligne CRLF":   strings.ReplaceAll(texte, "\n", "\r\n"),
		"virgule en texte":     strings.Replace(texte, "CLI-02 = 1.5", `CLI-02 = "1,5"`, 1),
		"étape sans accent":    strings.ReplaceAll(texte, `"procédural"`, `"procedural"`),
		"plafond sans effet":   strings.Replace(texte, "note_max = 8", "note_max = 20", 1),
		"partiel sans le dire": strings.Replace(texte, `partiel = "proportionnel"`, "", 1),
	} {
		b, err := Lire("b.toml", []byte(autre))
		if err != nil {
			t.Errorf("%s : %v", nom, err)
		} else if b.points(cle{"CLI-02", decouverte.Procedural}) != 150 || b.empreinte == deLEtape1(t).empreinte {
			t.Errorf("%s : %+v", nom, b.Resume())
		}
	}
}

// N'importe quelles retouches donnent une erreur ou un barème juste, jamais une panique.
func TestLireQuelconque(t *testing.T) {
	lignes := strings.SplitAfter(string(lireFichier(t, "testdata/etape_1.toml")), "\n")
	rapid.Check(t, func(t *rapid.T) {
		texte := strings.Join(rapid.SliceOfN(rapid.SampledFrom(lignes), 0, 60).Draw(t, "lignes"), "") + rapid.String().Draw(t, "suite")
		_, _ = Lire("b.toml", []byte(texte))
		retouche := []byte(strings.Join(lignes, ""))
		retouche[rapid.IntRange(0, len(retouche)-1).Draw(t, "place")] = rapid.Byte().Draw(t, "octet")
		b, err := Lire("b.toml", retouche)
		if err != nil {
			return
		}
		var total Points
		for _, s := range b.sections {
			if !s.bonus {
				total += s.points
			}
		}
		if total != b.noteSur {
			t.Fatalf("accepté, mais les sections font %v sur %v", total, b.noteSur)
		}
	})
}
