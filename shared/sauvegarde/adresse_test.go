package sauvegarde

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Le compte et le mot de passe y sont « eleve » et, en un ou deux morceaux, « s3cr3t » ; .invalid n'existe nulle part.
var ecrituresFautives = []string{
	// un caractère réservé dans le mot de passe
	"//eleve:s3cr3t@s3cr3t@hote.invalid/base", "//eleve:@s3cr3t@hote.invalid/base", "//eleve:s3cr3t@@hote.invalid/base", "//eleve:a@s3cr3t@b@hote.invalid/base",
	"//eleve:s3cr3t/s3cr3t@hote.invalid/base", "//eleve:12/s3cr3t@hote.invalid/base", "//eleve:/s3cr3t@hote.invalid", "//eleve:a//s3cr3t@hote.invalid/base",
	"//eleve:s3cr3t?s3cr3t@hote.invalid/base", "//eleve:12?s3cr3t@hote.invalid/base", "//eleve:12?a=s3cr3t@hote.invalid/base", "//eleve:?s3cr3t@hote.invalid/base",
	"//eleve:s3cr3t#s3cr3t@hote.invalid/base", "//eleve:12#s3cr3t@hote.invalid/base", "//eleve:#s3cr3t@hote.invalid/base", "//eleve:x@s3cr3t#y@hote.invalid/base",
	"//eleve:x@s3cr3t?y@hote.invalid/base", "//eleve:x@s3cr3t/y@hote.invalid/base", "//eleve:x@s3cr3t?a=b@hote.invalid/base", "//eleve:x@s3cr3t:1/y@hote.invalid",
	"//eleve:s3cr3t%@hote.invalid/base", "//eleve:s3cr3t%zz@hote.invalid/base", "//eleve:100%s3cr3t@hote.invalid/base",
	"//eleve:s3cr3t s3cr3t@hote.invalid/base", "//eleve:\"s3cr3t\"@hote.invalid/base", "//eleve:s3cr3t\n@hote.invalid/base", "//eleve:s3cr3t\x00@hote.invalid/base",
	"//eleve:s3cr3té@hote.invalid/base", "//eleve:[s3cr3t]@hote.invalid/base", "//eleve:s3cr3t\\@hote.invalid/base", "//eleve:<s3cr3t>@hote.invalid/base", "//eleve:{s3cr3t|^`}@hote.invalid/base",
	"//eleve:pa@s3cr3t@[::1]:1/base", "//eleve:pa@s3cr3t@h1.invalid:1,h2.invalid:2/base", "//eleve:x@hote.invalid/base?password=a@s3cr3t", "//hote.invalid/base?user=a&password=a@s3cr3t",
	// une séparation oubliée, ou une autre à sa place
	"//eleve:s3cr3thote.invalid/base", "//eleve:s3cr3t%40hote.invalid/base", "//eleve%3As3cr3t%40hote.invalid/base", "//eleve%3As3cr3t@hote.invalid/base", "//eleve/s3cr3t@hote.invalid/base",
	"//eleve;s3cr3t@hote.invalid/base", "//eleve s3cr3t@hote.invalid/base", "//eleve,s3cr3t@hote.invalid/base", "//eleve|s3cr3t@hote.invalid/base", "//eleve=s3cr3t@hote.invalid/base",
	"//hote.invalid/base&password=s3cr3t", "//hote.invalid/base;password=s3cr3t", "//hote.invalid/base password=s3cr3t", "//hote.invalid/base#password=s3cr3t", "//hote.invalid/eleve:s3cr3t",
	"//hote.invalid:s3cr3t/base", "//eleve:x@hote.invalid:s3cr3t/base", "//eleve:x@[s3cr3t]/base", "//eleve:x@[::1/s3cr3t", "//eleve:s3cr3t", "//eleve:s3cr3t@", "//:s3cr3t@",
	// une autre forme
	"eleve:s3cr3t@hote.invalid/base", "/eleve:s3cr3t@hote.invalid/base", "///eleve:s3cr3t@hote.invalid/base", "eleve:s3cr3t", "s3cr3t", "//eleve:s3cr3t@tcp(hote.invalid:1)/base", "eleve:s3cr3t@tcp(hote.invalid:1)/base",
	"host=hote.invalid user=eleve password=s3cr3t dbname=base", "password = 's3cr3t' host=hote.invalid", "//host=hote.invalid password=s3cr3t", "server=hote.invalid;uid=eleve;pwd=s3cr3t",
}

// Des écritures que l'on comprend, là où il n'y a pas de base.
var ecrituresJustes = []string{
	"//eleve:s3cr3t@127.0.0.9/base", "//eleve:s3cr3t@127.0.0.9:5432/base", "//eleve:a:s3cr3t@127.0.0.9/base", "//eleve:s3cr3t@127.0.0.9:1,127.0.0.8:2/base",
	"//eleve:pa%40s3cr3t%2F%3F%23@127.0.0.9/base", "//eleve:s3cr3t!$&'()*+,;=-._~@127.0.0.9/base", "//eleve:s3cr3t@[::1]:1/base", "//eleve:s3cr3t@[fe80::1%25lo]:1/base", "//un.deux-trois_4:s3cr3t@127.0.0.1:1/ma_base-2",
}

var genresDistants = []string{"postgres:", "postgresql:", "mysql:", "mariadb:"}

// ouvrirUnInstant rend tout ce que dit l'ouverture d'une base qu'on ne joint pas.
func ouvrirUnInstant(t *testing.T, brute string) (dit string, err error) {
	t.Helper()
	ctx, liberer := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer liberer()
	journal, ecrit := journalLu()
	s, err := Ouvrir(ctx, brute, journal)
	if err == nil {
		s.Close()
		t.Fatalf("Ouvrir(%q) = nil, attendu une erreur", brute)
	}
	return err.Error() + "\n" + ecrit.String() + "\n" + SansMotDePasse(brute), err
}

func TestAucuneEcritureDUneURLNeMontreLeMotDePasse(t *testing.T) {
	t.Chdir(t.TempDir()) // une URL prise pour un fichier ne laisserait rien ici
	for _, genre := range append(genresDistants, "Postgres:", "MYSQL:", " postgres:", "'postgres:", "jdbc:postgresql:", "pg:", "postgres", "") {
		for _, reste := range append(ecrituresFautives, ecrituresJustes...) {
			brute := genre + reste
			if SansMotDePasse(brute) == brute && !strings.ContainsAny(brute, "@=/") && !strings.Contains(strings.ToLower(brute), "postgres") {
				continue // un mot comme un autre : rien ne dit que c'est un secret
			}
			t.Run(brute, func(t *testing.T) {
				t.Parallel()
				if dit, _ := ouvrirUnInstant(t, brute); strings.Contains(dit, "s3cr3t") {
					t.Errorf("Ouvrir(%q) montre le mot de passe : %s", brute, dit)
				}
			})
		}
	}
}

func TestUneURLFautiveLEstToutDeSuite(t *testing.T) {
	for _, genre := range genresDistants {
		for _, reste := range ecrituresFautives {
			dit, err := ouvrirUnInstant(t, genre+reste)
			if !strings.Contains(err.Error(), "URL incorrecte, écrivez ") || strings.Contains(dit, "injoignable") {
				t.Errorf("Ouvrir(%q) = %v, attendu « URL incorrecte », sans rien essayer", genre+reste, err)
			}
		}
	}
}

func TestUneURLJusteEstEssayee(t *testing.T) {
	for _, genre := range genresDistants {
		for _, reste := range ecrituresJustes {
			t.Run(genre+reste, func(t *testing.T) {
				t.Parallel()
				if _, err := ouvrirUnInstant(t, genre+reste); strings.Contains(err.Error(), "URL incorrecte") {
					t.Errorf("Ouvrir(%q) = %v, attendu une base injoignable", genre+reste, err)
				}
			})
		}
	}
}

// %XX n'est conseillé que s'il y a quelque chose à écrire ainsi.
func TestLeConseilDEchapper(t *testing.T) {
	for reste, attendu := range map[string]bool{
		"//eleve:pa@ss@hote/base": true, "//eleve:pa/ss@hote/base": true, "//eleve:pa?ss@hote/base": true, "//eleve:pa#ss@hote/base": true, "//eleve:100%@hote/base": true,
		"//eleve:pa ss@hote/base": true, "//eleve:passé@hote/base": true, "//eleve:pa[ss@hote/base": true, "//él/ève:x@hote/base": true, "//eleve:x@hote/ma base": true, "//eleve:x@hote/base?password=a@b": true,
		"//eleve:x@hote:port/base": false, "eleve:x@hote/base": false, "/eleve:x@hote/base": false, "host=hote password=pa@ss": false, "//eleve:x@[::1/base": false, "//eleve:xhote/base": false,
	} {
		for _, genre := range genresDistants {
			_, err := ouvrirUnInstant(t, genre+reste)
			if conseille := strings.Contains(err.Error(), "%40"); conseille != attendu {
				t.Errorf("Ouvrir(%q) = %v, %%XX conseillé : %v, attendu %v", genre+reste, err, conseille, attendu)
			}
		}
	}
}

func TestUnMotDePasseNeSeMontreJamais(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.StringMatching(`[a-z0-9@:/?#%&=é \[\]'"\\;,+-]{0,10}`).Draw(t, "avant") + "SECRET" + rapid.StringMatching(`[a-z0-9@:/?#%&=é \[\]'"\\;,+-]{0,10}`).Draw(t, "après")
		genre := rapid.SampledFrom(genresDistants).Draw(t, "genre")
		formes := map[string]string{
			"échappé":   genre + (&url.URL{User: url.UserPassword("eleve", secret), Host: "hote:5432", Path: "/base"}).String(),
			"brut":      genre + "//eleve:" + secret + "@hote:3306/base",
			"en option": genre + "//eleve@hote/base?sslmode=disable&password=" + url.QueryEscape(secret),
			"brute":     genre + "//eleve@hote/base?password=" + secret,
			"plusieurs": genre + "//eleve:" + url.QueryEscape(secret) + "@h1:5432,h2:5433/base",
		}
		for nom, brute := range formes {
			if montree := SansMotDePasse(brute); strings.Contains(montree, "SECRET") {
				t.Fatalf("SansMotDePasse(%s, %s) = %s, attendu sans le mot de passe", nom, brute, montree)
			}
		}
	})
}

func TestSansMotDePasseGardeLeReste(t *testing.T) {
	for brute, attendue := range map[string]string{
		"postgres://eleve:x@h1:5432,h2:5433/base?sslmode=disable": "postgres://eleve@h1:5432,h2:5433/base",
		"postgresql://eleve:x@[::1]:5432/base":                    "postgresql://eleve@[::1]:5432/base",
		"mysql://eleve@hote/données":                              "mysql://eleve@hote/données",
		"mariadb://hote/base":                                     "mariadb://hote/base",
		"postgres:///base?host=/run/postgresql":                   "postgres:///base",
		"postgres://hote:5432/base":                               "postgres://hote/base", // sans compte, ce pourrait être un mot de passe
		"sqlite:/tmp/a?b#c.db":                                    "sqlite:/tmp/a?b#c.db",
		"texte:donnees @été.txt":                                  "texte:donnees @été.txt",
		"sqlite:a://b:c@d":                                        "sqlite:a://b:c@d",
		"xyz:a":                                                   "xyz:a",
		"donnees.db":                                              "donnees.db",
		"mariadb:base":                                            "mariadb:…",
		"POSTGRES://eleve:x@hote/base":                            "…",
	} {
		if obtenue := SansMotDePasse(brute); obtenue != attendue {
			t.Errorf("SansMotDePasse(%s) = %s, attendu %s", brute, obtenue, attendue)
		}
	}
}

// Une option mal écrite n'est pas montrée non plus : c'est peut-être la suite d'un mot de passe.
func TestUneOptionInconnueDeMariaDBEstRefusee(t *testing.T) {
	for _, options := range []string{"?s3cr3t", "?password=s3cr3t", "?password=a&s3cr3t", "?tls=true&s3=cr3t", "?tls=s3cr3t", "?ssl=true", "?a;b"} {
		dit, err := ouvrirUnInstant(t, "mariadb://eleve:x@hote.invalid/base"+options)
		if !strings.Contains(err.Error(), "incorrecte") || strings.Contains(dit, "s3") {
			t.Errorf("%s : %v, attendu un refus qui ne la montre pas", options, err)
		}
	}
}
