package rapport

import (
	"fmt"
	"strings"
	"time"

	"pgregory.net/rapid"

	"capteurs/tests/banc"
	"capteurs/tests/bareme"
	"capteurs/tests/criteres"
	"capteurs/tests/decouverte"
)

// exempleDeRendu fait un rendu qui a toutes les étapes ; verdict conclut chaque critère, preuve en donne les faits.
func exempleDeRendu(nom string, verdict func(i int) banc.Verdict, preuve func(i int) []Fait) Rendu {
	r := Rendu{Nom: nom, Graine: "6745083485968868293", DureeUS: 12_345_678, Empreinte: strings.Repeat("0f", 32), Isolation: Isolation{banc.N0, "un essai"}}
	programme := func(fichier string) *decouverte.Programme {
		return &decouverte.Programme{Fichier: fichier, Langage: "Python", Commande: []string{"python3", fichier}, Dossier: ".", Pourquoi: "d'après son nom"}
	}
	for _, etape := range decouverte.Etapes {
		r.Etapes = append(r.Etapes, Etape{Nom: etape, Client: programme("client.py"), Serveur: programme("serveur.py")})
		for _, c := range criteres.Tous() {
			if !c.Concerne(etape) {
				continue
			}
			i := len(r.Jugements)
			j := Jugement{Critere: c.ID, Etape: etape, Cote: c.Cote, Exigence: c.Exigence, Titre: c.Titre, Enonce: c.Enonce, Pourquoi: c.Pourquoi, Requiert: c.Requiert, Essais: 1, Faits: preuve(i)}
			j.Verdict = verdict(i)
			switch j.Verdict {
			case banc.Ignore:
				j.Cause, j.Faits, j.Essais = "SRV-02", nil, 0
			case banc.Reussi:
			default:
				j.Fait, j.Sur = 1, 3
				j.Envoye, j.Attendu, j.Observe = `{"capteur_id":"bord-3","temperature":-4.25}␊`, "-4.25 °C", "température arrondie : « 22/11/2026,bord-3,-4.2 » (releves.csv:3)"
				j.Diagnostics = []banc.Diagnostic{{Code: "arrondi", Piste: "la température enregistrée est arrondie."}}
			}
			r.Jugements = append(r.Jugements, j)
		}
	}
	return r
}

// echange est la preuve d'une mesure envoyée, comme le banc l'observe.
func echange(int) []Fait {
	return []Fait{
		{TUS: 522, Qui: "serveur", Quoi: "lance", Texte: "python3 serveur.py"},
		{TUS: 132_239, Qui: "serveur", Quoi: "sortie", Octets: []byte("En attente")},
		{TUS: 132_300, Qui: "serveur", Quoi: "sortie", Octets: []byte(" sur le port 5000\n")},
		{TUS: 209_471, Qui: "serveur", Quoi: "écoute", Texte: "127.0.0.1:5000"},
		{TUS: 214_619, Qui: "banc", Quoi: "connexion", Conn: 1, Texte: "à 127.0.0.1:5000"},
		{TUS: 214_633, Qui: "banc", Quoi: "envoie", Conn: 1, Octets: []byte(`{"capteur_id":"bord-3","temperature":-4.25}` + "\n")},
		{TUS: 314_015, Qui: "banc", Quoi: "ferme", Conn: 1, Texte: "n'envoie plus (FIN)"},
		{TUS: 314_312, Qui: "serveur", Quoi: "ferme", Conn: 1, Texte: "a fermé (FIN)"},
		{TUS: 352_898, Qui: "banc", Quoi: "signal", Texte: "Ctrl-C (SIGINT) au serveur"},
		{TUS: 365_560, Qui: "serveur", Quoi: "fin", Texte: "fini, code 0"},
		{TUS: 366_015, Qui: "banc", Quoi: "fichier", Texte: "releves.csv créé (38 octets)"},
	}
}

// exempleDeClasse fait une classe notée de n rendus, et un de plus qui n'a pas pu être corrigé.
func exempleDeClasse(n int) *Rapport {
	r := &Rapport{Version: Version, Date: time.Date(2026, 3, 1, 9, 5, 0, 0, time.UTC), Classe: "classe_exemple"}
	for i := range n {
		rendu := exempleDeRendu(fmt.Sprintf("rendu_%02d_un_nom_plutot_long", i+1), func(k int) banc.Verdict {
			if (i*7+k*5)%11 == 0 {
				return tousLesVerdicts[(i+k)%len(tousLesVerdicts)]
			}
			return banc.Reussi
		}, echange)
		note := bareme.Points(min(2000, 400+(i*337)%1700))
		rendu.Note = &bareme.Note{Sur: 2000, Finale: &note, Obtenus: note, Comptes: 2000, Sections: []bareme.Section{{Titre: "Version simple", Sur: 2000, Comptes: 2000, Obtenus: note}}}
		r.Rendus = append(r.Rendus, rendu)
	}
	r.Rendus = append(r.Rendus, Rendu{Nom: "rendu_illisible", Erreur: "archive illisible : ce n'est pas un zip"})
	return r
}

var tousLesVerdicts = []banc.Verdict{banc.Reussi, banc.Partiel, banc.Echoue, banc.NonConcluant, banc.Ignore, banc.Instable, banc.Defaillance}

// Ce qu'un rendu malveillant glisse partout où il peut écrire.
var mauvaisMorceaux = []string{
	"<script>alert(1)</script>", "</style><script>", "</title>", "</svg>", "<img src=x onerror=alert(1)>", "javascript:alert(1)", "https://exemple.invalid/", `" onclick="`, "' autofocus '",
	"--><!--", "]]>", "{{.}}", "${x}", "&lt;", "&#x202e;", "\x1b[31m", "\x1b]8;;http://exemple.invalid\x07", "\x00", "\x7f", "\u0085", "\u200b", "\u202e", "\u2066", "\ufeff", "\u2028", "\xff\xfe", "\xc3", "\r\n", "\t",
	"é", "e\u0301", "漢字", "👩‍🔬", "«", "»", "\"", "-4.25 °C", "« -4.2 »", "a", " ", "_", strings.Repeat("Z", 3000),
}

// texteHostile tire un texte de n'importe quels octets.
func texteHostile(t *rapid.T, nom string) string {
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom(mauvaisMorceaux), 0, rapid.SampledFrom([]int{1, 3, 40}).Draw(t, "longueur")).Draw(t, nom), "")
}

// rapportHostile tire un rapport où tout ce qui vient d'un rendu, ou d'un fichier, est hostile.
func rapportHostile(t *rapid.T, rendus int) *Rapport {
	texte := func(nom string) string { return texteHostile(t, nom) }
	qui := rapid.SampledFrom([]string{"serveur", "client", "banc", "référence", "<b>"})
	quoi := rapid.SampledFrom([]string{"lance", "écoute", "connexion", "envoie", "reçoit", "ferme", "sortie", "erreurs", "fin", "fichier", "enregistré", "signal", "saisie", "note", "alerte", "<i>"})
	faits := rapid.Custom(func(t *rapid.T) Fait {
		f := Fait{TUS: rapid.Int64().Draw(t, "t"), Qui: qui.Draw(t, "qui"), Quoi: quoi.Draw(t, "quoi"), Conn: rapid.IntRange(-1, 3).Draw(t, "conn")}
		if rapid.Bool().Draw(t, "octets ?") {
			f.Octets, f.Taille = []byte(texteHostile(t, "octets")), rapid.IntRange(0, 1<<30).Draw(t, "taille")
		} else {
			f.Texte = texteHostile(t, "texte")
		}
		return f
	})
	r := &Rapport{Version: Version, Classe: texte("classe")}
	for range rendus {
		rendu := Rendu{Nom: texte("nom"), Graine: texte("graine"), Empreinte: texte("empreinte"), Isolation: Isolation{banc.Niveau(texte("niveau")), texte("raison")}}
		rendu.Remarques = []string{texte("remarque"), texte("remarque")}
		rendu.Alertes = []string{texte("alerte")}
		if rapid.IntRange(0, 5).Draw(t, "erreur ?") == 0 {
			rendu.Erreur = texte("erreur")
		}
		etapes := rapid.SliceOfN(rapid.SampledFrom([]decouverte.Etape{decouverte.Procedural, decouverte.POO, "<u>", "\u202e"}), 0, 3).Draw(t, "étapes")
		for _, e := range etapes {
			rendu.Etapes = append(rendu.Etapes, Etape{Nom: e, Client: &decouverte.Programme{Fichier: texte("fichier"), Langage: texte("langage"), Commande: []string{texte("commande")}, Pourquoi: texte("pourquoi"), Erreur: texte("erreur")},
				Reconnaissance: rapid.SliceOfN(faits, 0, 3).Draw(t, "reconnaissance")})
		}
		note := bareme.Points(rapid.IntRange(-100, 2500).Draw(t, "note"))
		rendu.Note = &bareme.Note{Sur: 2000, Finale: &note, Palier: texte("palier"), Plafonds: []bareme.Plafond{{Motif: texte("motif"), Criteres: []string{texte("critère")}}}}
		for range rapid.SampledFrom([]int{0, 1, 5, 20}).Draw(t, "jugements") {
			j := Jugement{Critere: rapid.SampledFrom([]string{"SRV-01", "SRV-02", "<b>", "\u202e", ""}).Draw(t, "critère"), Etape: rapid.SampledFrom([]decouverte.Etape{decouverte.Procedural, decouverte.POO, "<u>", ""}).Draw(t, "étape"),
				Exigence: criteres.Exigence(rapid.SampledFrom([]string{"DOIT", "DEVRAIT", "<b>"}).Draw(t, "exigence")), Titre: texte("titre"), Enonce: texte("énoncé"), Pourquoi: texte("pourquoi"), Faits: rapid.SliceOfN(faits, 0, 6).Draw(t, "faits")}
			j.Resultat = banc.Resultat{Verdict: rapid.SampledFrom(append(tousLesVerdicts, "<b>")).Draw(t, "verdict"), Envoye: texte("envoyé"), Attendu: texte("attendu"), Observe: texte("observé"), Cause: texte("cause"), Remarque: texte("remarque"),
				Diagnostics: []banc.Diagnostic{{Code: texte("code"), Piste: texte("piste")}}}
			rendu.Jugements = append(rendu.Jugements, j)
			ligne := bareme.Ligne{Critere: j.Critere, Etape: j.Etape, Sur: 100, Etat: bareme.Decide, Decision: &bareme.Decision{Motif: texte("motif"), Auteur: texte("auteur")}}
			rendu.Note.Sections = append(rendu.Note.Sections, bareme.Section{Titre: texte("section"), Lignes: []bareme.Ligne{ligne}})
			rendu.Note.ARelire = append(rendu.Note.ARelire, ligne)
			rendu.Note.Gains = append(rendu.Note.Gains, bareme.Gain{Critere: j.Critere, Etape: j.Etape, Points: 100, Debloque: 2})
		}
		r.Rendus = append(r.Rendus, rendu)
	}
	r.Bareme = &bareme.Resume{Nom: texte("barème"), Empreinte: texte("empreinte"), NoteSur: 2000}
	return r
}
