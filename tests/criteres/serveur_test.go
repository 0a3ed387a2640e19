package criteres

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"capteurs/tests/banc"
)

// TestFormeACoteDUnJournal vérifie que la forme jugée est celle du fichier où sont les mesures, et non celle d'un journal à côté.
func TestFormeACoteDUnJournal(t *testing.T) {
	if testing.Short() {
		t.Skip("long ; sans -short")
	}
	source, err := os.ReadFile(filepath.Join(corpus, "faute_sans_timestamp", "serveur.py"))
	if err != nil {
		t.Fatal(err)
	}
	avant := `print("Mesure de", identifiant, ":", temperature)`
	bavard := strings.Replace(string(source), avant, `print("une mesure de plus", file=open("activite.log", "a"))`, 1)
	if bavard == string(source) {
		t.Fatalf("le serveur n'a plus %q", avant)
	}
	b := corriger(t, ecrire(t, map[string]string{"serveur.py": bavard}), []string{"SRV-05"})
	i := slices.IndexFunc(b.Jugements, func(j Jugement) bool { return j.Critere.ID == "SRV-05" })
	if r := b.Jugements[i].Resultat; r.Verdict != banc.Echoue || len(r.Diagnostics) != 1 || r.Diagnostics[0].Code != "sans_timestamp" {
		t.Errorf("%+v", r)
	}
}
