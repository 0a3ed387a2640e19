package contrat

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"capteurs/shared/mesure"
	"capteurs/shared/sauvegarde"
)

// Moteur est une sorte de sauvegarde à vérifier.
type Moteur struct {
	// Neuve rend l'URL d'une sauvegarde qui n'existe pas encore.
	Neuve func(t T) string
	// Accident rend l'URL de ce qu'une coupure de courant laisserait, à cet instant, de la sauvegarde ouverte à url. Il
	// est nil si le moteur ne sait pas le simuler.
	Accident func(t *rapid.T, url string) string
}

// VerifierSauvegarde vérifie ce que toute sauvegarde promet, contre un modèle : la liste des mesures confirmées.
func VerifierSauvegarde(t *testing.T, m Moteur) {
	t.Run("Modele", func(t *testing.T) { rapid.Check(t, m.modele) })
	t.Run("DonneesGardees", m.donneesGardees)
	t.Run("Simultanees", m.simultanees)
	t.Run("Abandon", m.abandon)
	t.Run("Fermee", m.fermee)
}

// ouvrir ouvre une sauvegarde, fermée à la fin du test au plus tard.
func ouvrir(t T, url string) sauvegarde.Sauvegarde {
	t.Helper()
	s, err := sauvegarde.Ouvrir(context.Background(), url, slog.New(slog.DiscardHandler)) // un accident, cent fois : c'est voulu
	if err != nil {
		t.Fatalf("Ouvrir(%s) = %v, attendu une sauvegarde", url, err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close() de %s = %v, attendu nil", url, err)
		}
	})
	return s
}

func enregistrer(t T, s sauvegarde.Sauvegarde, mesures []mesure.Mesure) {
	t.Helper()
	if err := s.Sauvegarder(context.Background(), mesures); err != nil {
		t.Fatalf("Sauvegarder(%d mesures) = %v, attendu nil", len(mesures), err)
	}
}

// relire rend les mesures enregistrées, après avoir vérifié que leurs dates se suivent.
func relire(t T, s sauvegarde.Sauvegarde) (mesures []mesure.Mesure) {
	t.Helper()
	var precedent sauvegarde.Enregistrement
	for e, err := range s.Relire(context.Background()) {
		if err != nil {
			t.Fatalf("Relire() de %v : %v", s, err)
		}
		if e.Horodatage.Before(precedent.Horodatage) {
			t.Fatalf("%v : %+v enregistrée après %+v, pourtant plus récente", s, e, precedent)
		}
		precedent = e
		mesures = append(mesures, e.Mesure)
	}
	return mesures
}

// modele est la machine à états : enregistrer, relire, fermer et rouvrir, subir un accident, dans n'importe quel ordre.
func (m Moteur) modele(t *rapid.T) {
	url := m.Neuve(t)
	s := ouvrir(t, url)
	var modele []mesure.Mesure
	actions := map[string]func(*rapid.T){
		"enregistrer": func(t *rapid.T) {
			envoi := rapid.SliceOfN(mesures(), 0, 150).Draw(t, "mesures")
			enregistrer(t, s, envoi)
			modele = append(modele, envoi...)
		},
		"enregistrer une invalide": func(t *rapid.T) {
			envoi := append(rapid.SliceOfN(mesures(), 0, 3).Draw(t, "mesures"), mesure.Mesure{CapteurID: "\n"})
			if err := s.Sauvegarder(context.Background(), envoi); err == nil {
				t.Fatalf("Sauvegarder(%+v) = nil, attendu une erreur : la dernière est invalide", envoi)
			}
		},
		"fermer et rouvrir": func(t *rapid.T) {
			if err := s.Close(); err != nil {
				t.Fatalf("Close() = %v, attendu nil", err)
			}
			s = ouvrir(t, url)
		},
		"relire": func(t *rapid.T) { egales(t, relire(t, s), modele) },
	}
	if m.Accident != nil {
		actions["accident"] = func(t *rapid.T) {
			url = m.Accident(t, url)
			if err := s.Close(); err != nil {
				t.Fatalf("Close() = %v, attendu nil", err)
			}
			s = ouvrir(t, url)
			egales(t, relire(t, s), modele)
		}
	}
	t.Repeat(actions)
	egales(t, relire(t, s), modele)
}

func (m Moteur) donneesGardees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := ouvrir(t, m.Neuve(t))
		envoi := rapid.SliceOf(mesures()).Draw(t, "mesures")
		enregistrer(t, s, envoi)
		egales(t, relire(t, s), envoi)
	})
}

// simultanees enregistre de plusieurs goroutines : chaque appel reste d'un bloc et dans l'ordre, aucun ne manque.
func (m Moteur) simultanees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := ouvrir(t, m.Neuve(t))
		appels := rapid.SliceOfN(rapid.IntRange(1, 120), 1, 20).Draw(t, "tailles des appels")
		var goroutines sync.WaitGroup
		for appel, taille := range appels {
			goroutines.Go(func() {
				var envoi []mesure.Mesure
				for i := range taille {
					envoi = append(envoi, releve(string(rune('a'+appel)), float64(i)))
				}
				if err := s.Sauvegarder(context.Background(), envoi); err != nil {
					t.Errorf("Sauvegarder(%d mesures) = %v, attendu nil", taille, err)
				}
			})
		}
		goroutines.Wait()
		obtenues := relire(t, s)
		slices.SortStableFunc(obtenues, func(a, b mesure.Mesure) int { return cmp.Compare(a.CapteurID, b.CapteurID) })
		rang := 0
		for appel, taille := range appels {
			for i := range taille {
				if attendue := releve(string(rune('a'+appel)), float64(i)); rang >= len(obtenues) || obtenues[rang] != attendue {
					t.Fatalf("mesure %+v absente, en double ou hors de son ordre : %+v", attendue, obtenues)
				}
				rang++
			}
		}
		if rang != len(obtenues) {
			t.Fatalf("%d mesures enregistrées, attendu %d", len(obtenues), rang)
		}
	})
}

func (m Moteur) abandon(t *testing.T) {
	s := ouvrir(t, m.Neuve(t))
	ctx, annuler := context.WithCancel(t.Context())
	annuler()
	abandonnee := releve("abandonnée", 1)
	err := s.Sauvegarder(ctx, []mesure.Mesure{abandonnee})
	enregistrer(t, s, []mesure.Mesure{releve("suivante", 2)})
	if presente := slices.Contains(relire(t, s), abandonnee); presente != (err == nil) {
		t.Errorf("Sauvegarder() abandonnée = %v, et la mesure enregistrée : %v ; attendu l'un ou l'autre", err, presente)
	}
}

func (m Moteur) fermee(t *testing.T) {
	s := ouvrir(t, m.Neuve(t))
	if err := s.Close(); err != nil {
		t.Fatalf("Close() = %v, attendu nil", err)
	}
	if err := s.Sauvegarder(t.Context(), []mesure.Mesure{releve("a", 1)}); !errors.Is(err, sauvegarde.ErrFermee) {
		t.Errorf("Sauvegarder() après Close() = %v, attendu ErrFermee", err)
	}
}
