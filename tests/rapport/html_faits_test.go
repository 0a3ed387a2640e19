package rapport

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Ce qui est écrit en hexadécimal se relit, et la marque est sur le bon octet, dans les deux colonnes.
func TestPageHexadecimal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.SampledFrom([]int{1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 100, 300}).Draw(t, "taille")
		octets := rapid.SliceOfN(rapid.Byte(), n, n).Draw(t, "octets")
		marque := rapid.IntRange(-1, len(octets)-1).Draw(t, "marque")
		var texte strings.Builder
		var marques []string
		for _, m := range pageHexadecimal(octets, marque) {
			texte.WriteString(m.Avant + m.Marque + m.Apres)
			if m.Marque != "" {
				marques = append(marques, m.Marque)
			}
		}
		var relus []byte
		for i, ligne := range strings.Split(texte.String(), "\n") {
			colonnes := []rune(ligne)
			morceau, err := hex.DecodeString(strings.ReplaceAll(string(colonnes[4:56]), " ", ""))
			if err != nil || len(morceau) > 16 {
				t.Fatalf("ligne %d : %q : %v", i, ligne, err)
			}
			if signes := colonnes[56:]; len(signes) != len(morceau) {
				t.Fatalf("ligne %d : %d signes pour %d octets", i, len(signes), len(morceau))
			}
			relus = append(relus, morceau...)
		}
		if !bytes.Equal(relus, octets) {
			t.Fatalf("%x, et non %x", relus, octets)
		}
		if marque < 0 && marques != nil || marque >= 0 && (len(marques) != 2 || marques[0] != hex.EncodeToString(octets[marque:marque+1])) {
			t.Fatalf("marques %q pour l'octet %d", marques, marque)
		}
	})
}

// Rien d'une preuve ne disparaît sans être compté, et les sorties se lisent d'un trait.
func TestPageMontrerFaits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.SampledFrom([]int{0, 1, 8, 9, 10, 11, 39, 40, 41, 42, 80}).Draw(t, "faits")
		faits := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Fait {
			taille := rapid.SampledFrom([]int{0, 1, 16, 191, 192, 193, 3000, 5000}).Draw(t, "taille")
			return Fait{Qui: "serveur", Quoi: rapid.SampledFrom([]string{"sortie", "erreurs", "envoie"}).Draw(t, "quoi"), Octets: bytes.Repeat([]byte{rapid.Byte().Draw(t, "octet")}, taille)}
		}), n, n).Draw(t, "faits")
		var avant []byte
		for _, f := range faits {
			avant = append(avant, f.Octets...)
		}
		groupes := pageGrouper(faits)
		var apres []byte
		morceaux := 0
		for _, g := range groupes {
			apres = append(apres, g.Octets...)
			morceaux += g.morceaux
		}
		if !bytes.Equal(avant, apres) || morceaux != len(faits) {
			t.Fatalf("%d morceaux et %d octets, et non %d et %d", morceaux, len(apres), len(faits), len(avant))
		}
		plafond := pagePlafonds[rapid.SampledFrom([]pageDetail{pageMoyen, pageComplet}).Draw(t, "détail")]
		p := pageMontrerFaits(faits, plafond, nil)
		if montres := len(p.Debut) + len(p.Fin); montres+p.Omis != len(groupes) || p.Omis > 0 && montres != plafond.debut+plafond.fin {
			t.Fatalf("%d montrés, %d omis, %d en tout", montres, p.Omis, len(groupes))
		}
		hexa := 0
		for _, f := range append(p.Debut, p.Fin...) {
			hexa += f.hexa
		}
		if hexa > plafond.hexa {
			t.Fatalf("%d octets en hexadécimal, et non %d au plus", hexa, plafond.hexa)
		}
	})
}

// La marque est là où passe la valeur, et pas dans une autre qui la contient.
func TestPageMarque(t *testing.T) {
	d := pageComparer("20.5", "20")
	for octets, marquee := range map[string]string{
		`{"t":20.5}`:          ".",
		`{"t":120.5,"u":20}`:  "}",
		`{"t":20.55}`:         "",
		`2026`:                "",
		`{"t":20.5,"u":20.5}`: ".",
	} {
		rang := d.dans([]byte(octets))
		vue := ""
		if rang >= 0 {
			vue = octets[rang : rang+1]
		}
		if vue != marquee {
			t.Errorf("%s : %q est marqué, et non %q", octets, vue, marquee)
		}
	}
}

func TestPageSequence(t *testing.T) {
	s := pageDessiner("x", echange(0), 24)
	if s == nil || len(s.Vies) != 2 || s.Vies[0].Nom != "banc" || s.Vies[1].Nom != "serveur" {
		t.Fatalf("%+v", s)
	}
	var sens strings.Builder
	for _, r := range s.Rangs {
		switch {
		case r.Trait == "":
			sens.WriteString("•")
		case r.AGauche:
			sens.WriteString("←")
		default:
			sens.WriteString("→")
		}
	}
	if sens.String() != "•→→→←→•" { // écoute, connexion, envoie, n'envoie plus, a fermé, Ctrl-C, fin
		t.Errorf("%s", sens.String())
	}
	for _, f := range []Fait{{Qui: "serveur", Quoi: "reçoit", Conn: 1}, {Qui: "banc", Quoi: "envoie", Conn: 1}} {
		if s := pageDessiner("x", append(echange(0), f), 24); s.Rangs[len(s.Rangs)-1].AGauche {
			t.Errorf("le serveur %s, et la flèche va vers le banc", f.Quoi)
		}
	}
	if s := pageDessiner("x", []Fait{{Qui: "serveur", Quoi: "lance"}, {Qui: "banc", Quoi: "note"}}, 24); s != nil {
		t.Errorf("personne ne se parle, et il y a un dessin : %+v", s)
	}
}

// Un diagramme a un nombre de rangs borné, dit ce qu'il omet, et ses textes tiennent dans sa largeur.
func TestPageSequenceBornee(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var faits []Fait
		for range rapid.SampledFrom([]int{0, 1, 2, 3, 4, 60}).Draw(t, "tours") {
			faits = append(faits, echange(0)...)
		}
		faits = append(faits, Fait{Qui: "client", Quoi: "envoie", Octets: []byte(texteHostile(t, "octets"))})
		n := rapid.SampledFrom([]int{1, 2, 3, 8, 24, 30}).Draw(t, "rangs")
		s := pageDessiner("x", faits, n)
		if s == nil {
			return
		}
		if len(s.Rangs) > n+1 {
			t.Fatalf("%d rangs, et non %d au plus", len(s.Rangs), n+1)
		}
		for _, r := range s.Rangs {
			largeur := 23 * len([]rune(r.Texte)) / 4
			if debut, fin := r.TexteX, r.TexteX+largeur; r.AGauche && r.TexteX-largeur < 0 || !r.AGauche && (debut < 0 || fin > s.Largeur) {
				t.Fatalf("%q déborde", r.Texte)
			}
		}
	})
}
