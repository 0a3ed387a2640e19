package classe

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"capteurs/tests/banc"
	"capteurs/tests/criteres"
	"capteurs/tests/decouverte"
	"capteurs/tests/rapport"
)

// uneClasse pose une classe où chaque rendu dit ce que le correcteur y verra : « réussi », « panique »…
func uneClasse(t *testing.T, rendus ...string) []Depot {
	t.Helper()
	dossier := t.TempDir()
	var depots []Depot
	for i, sorte := range rendus {
		nom := fmt.Sprintf("rendu_%02d", i+1)
		poser(t, dossier, nom+"/client.py", "import socket\ns = socket.socket()\ns.connect(('', 5000))\n# "+sorte, 0o644)
		depots = append(depots, Depot{Nom: nom, Chemin: filepath.Join(dossier, nom)})
	}
	return depots
}

// factice conclut ce que le rendu lui dit de conclure, sans rien lancer.
func factice(ctx context.Context, dossier string, o criteres.Options) (*criteres.Bilan, error) {
	source, err := os.ReadFile(filepath.Join(dossier, "client.py"))
	if err != nil {
		return nil, err
	}
	_, sorte, _ := strings.Cut(string(source), "# ")
	sorte, _, _ = strings.Cut(sorte, " ")
	b := &criteres.Bilan{
		Rendu:  decouverte.Rendu{Nom: filepath.Base(dossier), Etapes: map[decouverte.Etape]decouverte.Paire{decouverte.POO: {Client: &decouverte.Programme{Fichier: "client.py"}}}},
		Niveau: o.Niveau, Graine: 7, Profils: banc.Profils{decouverte.POO: {}}, Duree: time.Second,
	}
	j := criteres.Jugement{Critere: criteres.Tous()[0], Etape: decouverte.POO}
	j.Resultat, j.Duree = banc.Resultat{Verdict: banc.Reussi, Observe: "vu \xff"}, time.Second
	switch sorte {
	case "panique":
		panic("l'ouvrage du correcteur a une faute")
	case "erreur":
		return nil, fmt.Errorf("%s : illisible", dossier)
	case "attend":
		<-ctx.Done()
		return nil, ctx.Err()
	case "sourd":
		b.Profils = nil
	case "muet":
		j.Resultat, j.Duree = banc.Resultat{Verdict: banc.NonConcluant}, 0
	case "instable":
		j.Resultat.Verdict = banc.Instable
	case "défaillant":
		j.Resultat.Verdict = banc.Defaillance
	case "change":
		if err := os.WriteFile(filepath.Join(dossier, "client.py"), append(source, " encore"...), 0o600); err != nil {
			return nil, err
		}
	}
	b.Jugements = []criteres.Jugement{j}
	if o.Suivre != nil {
		o.Suivre(criteres.Progres{Jugement: j, Fait: 1, Total: 1})
	}
	return b, ctx.Err()
}

// toutCorriger corrige une classe par le faux correcteur.
func toutCorriger(t *testing.T, depots []Depot, o Options) (resultats []Resultat) {
	t.Helper()
	if o.Cache == "" {
		t.Fatal("un cache est à donner : celui de qui lance les tests n'est pas à remplir")
	}
	if o.Criteres.Niveau == "" {
		o.Criteres.Niveau = banc.N1
	}
	for r := range corrigerPar(t.Context(), depots, o, factice) {
		resultats = append(resultats, r)
	}
	return resultats
}

// TestJamaisArrete vérifie qu'aucun rendu n'arrête les autres, que chacun dit ce qui lui est arrivé, dans l'ordre demandé ; et
// que seul ce qui se reproduirait est gardé.
func TestJamaisArrete(t *testing.T) {
	sortes := []string{"réussi", "panique", "erreur", "sourd", "muet", "instable", "défaillant", "change", "réussi bis"}
	depots := uneClasse(t, sortes...)
	depots = append(depots, Depot{Nom: "archive_absente", Chemin: filepath.Join(t.TempDir(), "x.zip"), Archive: true}, Depot{Nom: "dossier_absent", Chemin: "/absent"})
	o := Options{Cache: t.TempDir(), Raison: "exprès"}
	premiers := toutCorriger(t, depots, o)
	if len(premiers) != len(depots) {
		t.Fatalf("%d résultats pour %d dépôts", len(premiers), len(depots))
	}
	for i, r := range premiers {
		if r.Rendu.Nom != depots[i].Nom || r.Depot != depots[i] || r.DuCache || r.Rendu.Isolation.Raison != "exprès" {
			t.Errorf("rang %d : %+v", i, r)
		}
		refuse := i >= len(sortes) || sortes[i] == "panique" || sortes[i] == "erreur"
		if (r.Rendu.Erreur != "") != refuse || (r.NonGarde != "") == (i < len(sortes) && strings.HasPrefix(sortes[i], "réussi")) {
			t.Errorf("%s : erreur %q, non gardé %q", depots[i].Nom, r.Rendu.Erreur, r.NonGarde)
		}
	}
	if dite := premiers[2].Rendu.Erreur; dite != "rendu_03 : illisible" {
		t.Errorf("une erreur ne montre pas où le rendu est sur la machine : %q", dite)
	}
	seconds := toutCorriger(t, depots, o)
	for i, r := range seconds {
		if r.DuCache != (i < len(sortes) && strings.HasPrefix(sortes[i], "réussi")) {
			t.Errorf("%s : du cache, %v", r.Depot.Nom, r.DuCache)
		}
		if r.DuCache && !bytes.Equal(enJSON(t, r.Rendu), enJSON(t, premiers[i].Rendu)) {
			t.Errorf("%s, du cache : %s ; %s attendu", r.Depot.Nom, enJSON(t, r.Rendu), enJSON(t, premiers[i].Rendu))
		}
	}
	o.Refaire = true
	if slices.ContainsFunc(toutCorriger(t, depots, o), func(r Resultat) bool { return r.DuCache }) {
		t.Error("Refaire ne lit rien du cache")
	}
	o.Refaire, o.SansCache = false, true
	if slices.ContainsFunc(toutCorriger(t, depots, o), func(r Resultat) bool { return r.DuCache || r.NonGarde == "" }) {
		t.Error("SansCache ne lit ni n'écrit rien")
	}
}

func enJSON(t *testing.T, r rapport.Rendu) []byte {
	t.Helper()
	octets, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return octets
}

// TestNomDuDepot vérifie que deux rendus identiques partagent une entrée, jamais leur nom ni leurs remarques ; et que le
// rapport de la classe le dit.
func TestNomDuDepot(t *testing.T) {
	depots := uneClasse(t, "réussi", "réussi", "réussi autre")
	texte, err := os.ReadFile(filepath.Join(depots[0].Chemin, "client.py"))
	if err != nil {
		t.Fatal(err)
	}
	archive := filepath.Join(t.TempDir(), "x.zip")
	octets := archiver(t, entree{nom: "dedans/client.py", texte: string(texte)}, entree{nom: "dedans/lien", texte: "a", mode: os.ModeSymlink | 0o777})
	if err := os.WriteFile(archive, octets, 0o600); err != nil {
		t.Fatal(err)
	}
	depots = append(depots, Depot{Nom: "groupe_z", Chemin: archive, Archive: true})
	for range 2 {
		var rendus []rapport.Rendu
		lances := 0
		for _, r := range toutCorriger(t, depots, Options{Cache: t.TempDir()}) {
			if !r.DuCache {
				lances++
			}
			rendus = append(rendus, r.Rendu)
		}
		if lances != 2 {
			t.Errorf("%d rendus lancés ; 2 contenus différents", lances)
		}
		r := Assembler("2nde_b", time.Unix(0, 0), rendus)
		var dites []string
		for _, rendu := range r.Rendus {
			dites = append(dites, rendu.Nom+" : "+strings.Join(rendu.Remarques, ", "))
		}
		attendues := "rendu_01 : même contenu que groupe_z, rendu_02\nrendu_02 : même contenu que groupe_z, rendu_01\nrendu_03 : \ngroupe_z : dedans/lien : lien ou fichier spécial, écarté, même contenu que rendu_01, rendu_02"
		if trouvees := strings.Join(dites, "\n"); trouvees != attendues {
			t.Errorf("remarques :\n%s\nattendues :\n%s", trouvees, attendues)
		}
		if r.Version != rapport.Version || r.Classe != "2nde_b" {
			t.Errorf("rapport : %+v", r)
		}
	}
}

// TestDelai vérifie qu'un rendu qui n'en finit pas est arrêté, et que les autres n'en souffrent pas. L'horloge est celle du test.
func TestDelai(t *testing.T) {
	depots := uneClasse(t, "réussi", "attend", "réussi bis", "attend encore")
	cache := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		depart := time.Now()
		for i, r := range toutCorriger(t, depots, Options{Cache: cache, Criteres: criteres.Options{Patience: 2}}) {
			if attend := i%2 == 1; attend != strings.Contains(r.Rendu.Erreur, "arrêté après 600 s") || attend == (r.NonGarde == "") {
				t.Errorf("%s : %q, non gardé %q", r.Depot.Nom, r.Rendu.Erreur, r.NonGarde)
			}
		}
		if duree := time.Since(depart); duree < 2*DelaiUsuel || duree > 4*DelaiUsuel {
			t.Errorf("fini après %v", duree)
		}
	})
}

// TestInterrompue vérifie qu'une classe interrompue rend ce qui est fini, et ne refait pas ce qui l'était.
func TestInterrompue(t *testing.T) {
	depots := uneClasse(t, "réussi 1", "réussi 2", "attend", "réussi 3", "attend encore", "réussi 4")
	cache := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		ctx, interrompre := context.WithCancel(t.Context())
		defer interrompre()
		finis := map[string]bool{}
		o := Options{Cache: cache, Criteres: criteres.Options{Niveau: banc.N1}, Suivre: func(a Avancement) {
			if a.Fini {
				finis[a.Nom] = true
			}
			if a.Finis == 2 {
				interrompre()
			}
		}}
		var donnes []string
		for r := range corrigerPar(ctx, depots, o, factice) {
			if r.Rendu.Erreur != "" {
				t.Errorf("%s : %q ; ce qui est interrompu n'est pas donné", r.Depot.Nom, r.Rendu.Erreur)
			}
			donnes = append(donnes, r.Depot.Nom)
		}
		if len(donnes) < 2 || len(donnes) != len(finis) {
			t.Errorf("donnés %v, finis %v", donnes, finis)
		}
		for _, r := range toutCorriger(t, depots, Options{Cache: cache}) {
			if r.DuCache != finis[r.Depot.Nom] {
				t.Errorf("%s : du cache, %v ; fini avant, %v", r.Depot.Nom, r.DuCache, finis[r.Depot.Nom])
			}
		}
	})
}

// TestArreteeParQuiLit vérifie qu'on peut cesser de lire les résultats.
func TestArreteeParQuiLit(t *testing.T) {
	depots := uneClasse(t, "réussi", "attend", "attend encore", "attend toujours")
	lus := 0
	for range corrigerPar(t.Context(), depots, Options{Cache: t.TempDir(), Criteres: criteres.Options{Niveau: banc.N1}}, factice) {
		lus++
		break
	}
	if lus != 1 {
		t.Errorf("%d résultats lus", lus)
	}
}

// TestEnsemble vérifie combien de rendus tournent à la fois : un seul hors d'une cloison ; et que l'avancement se compte juste.
// Chaque rendu prend une seconde de l'horloge du test : tout ce qui peut tourner à la fois le fait.
func TestEnsemble(t *testing.T) {
	depots := uneClasse(t, strings.Fields("a b c d e f g h")...)
	for niveau, permis := range map[banc.Niveau]int{banc.N0: 1, banc.N1: min(runtime.GOMAXPROCS(0), len(depots))} {
		cache := t.TempDir()
		synctest.Test(t, func(t *testing.T) {
			var ensemble, plus atomic.Int32
			compter := func(ctx context.Context, dossier string, o criteres.Options) (*criteres.Bilan, error) {
				defer ensemble.Add(-1)
				plus.Store(max(plus.Load(), ensemble.Add(1)))
				if cap(o.Places) == 0 {
					return nil, errors.New("les ouvriers n'ont pas de places à se partager")
				}
				time.Sleep(time.Second)
				return factice(ctx, dossier, o)
			}
			for tour := range 2 {
				verifierAvancement(t, depots, Options{Cache: cache, Criteres: criteres.Options{Niveau: niveau}}, compter, tour*len(depots))
			}
			if int(plus.Load()) != permis {
				t.Errorf("%s : %d rendus à la fois, %d attendus", niveau, plus.Load(), permis)
			}
		})
	}
}

// verifierAvancement corrige une classe en regardant que chaque progrès suive le précédent.
func verifierAvancement(t *testing.T, depots []Depot, o Options, v verifier, duCache int) {
	t.Helper()
	var dernier Avancement
	o.Suivre = func(a Avancement) {
		if a.Finis < dernier.Finis || a.Rendus != len(depots) || a.Fini != (a.Finis > dernier.Finis) || a.Fait > a.AFaire {
			t.Errorf("%+v après %+v", a, dernier)
		}
		dernier = a
	}
	for r := range corrigerPar(t.Context(), depots, o, v) {
		if r.Rendu.Erreur != "" {
			t.Error(r.Rendu.Erreur)
		}
	}
	if dernier.Finis != len(depots) || dernier.DuCache != duCache {
		t.Errorf("à la fin : %+v ; %d du cache attendus", dernier, duCache)
	}
}

// BenchmarkTrenteDuCache mesure une classe de trente rendus dont rien n'est à relancer, de la taille de vrais rapports : un
// bon mégaoctet de JSON chacun.
func BenchmarkTrenteDuCache(b *testing.B) {
	dossier := b.TempDir()
	for i := range 30 {
		for _, fichier := range []string{"client.py", "serveur.py"} {
			for _, etape := range []string{"step1", "step2", "step3"} {
				texte := fmt.Sprintf("import socket\ns = socket.socket()\n# %d\n", i) + strings.Repeat("print('capteur')\n", 100)
				if err := os.MkdirAll(filepath.Join(dossier, fmt.Sprint(i), etape), 0o700); err != nil {
					b.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dossier, fmt.Sprint(i), etape, fichier), []byte(texte), 0o600); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
	bavard := func(_ context.Context, _ string, o criteres.Options) (*criteres.Bilan, error) {
		bilan := &criteres.Bilan{Niveau: o.Niveau}
		for _, critere := range criteres.Tous() {
			j := criteres.Jugement{Critere: critere, Etape: decouverte.POO}
			for i := range 100 {
				j.Evenements = append(j.Evenements, banc.Evenement{T: time.Duration(i) * time.Millisecond, Qui: "client", Quoi: "envoie", Octets: bytes.Repeat([]byte(fmt.Sprintf(`{"capteur_id": "c%d"}`, i)), 8)})
			}
			bilan.Jugements = append(bilan.Jugements, j)
		}
		return bilan, nil
	}
	depots, _, err := Lister(dossier)
	if err != nil {
		b.Fatal(err)
	}
	o := Options{Cache: b.TempDir(), Criteres: criteres.Options{Niveau: banc.N1}}
	for range corrigerPar(b.Context(), depots, o, bavard) {
	}
	for b.Loop() {
		for r := range corrigerPar(b.Context(), depots, o, bavard) {
			if !r.DuCache {
				b.Fatal(r.NonGarde)
			}
		}
	}
}

// TestResteEstime vérifie que ce qui reste se compte d'après les seuls rendus vérifiés : ceux que le cache rend ne disent rien du temps.
func TestResteEstime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		verifies, restants := rapid.IntRange(0, 200).Draw(t, "vérifiés"), rapid.IntRange(0, 200).Draw(t, "restants")
		chacun := time.Duration(rapid.IntRange(0, 600_000).Draw(t, "ms")) * time.Millisecond
		voulu := chacun * time.Duration(restants)
		if verifies == 0 {
			voulu = 0
		}
		if r := resteEstime(chacun*time.Duration(verifies), verifies, restants); r != voulu {
			t.Fatalf("%v ; %v attendu", r, voulu)
		}
	})
}
