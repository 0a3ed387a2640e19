package main

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// typesDe sont les types qui font reconnaître chaque étape ; une suivante garde parfois ceux d'avant.
var typesDe = [len(etapes)][]string{
	{"EtatCapteur", "EtatServeur"},
	{"CapteurTCP", "ServeurTCP"},
	{"Capteur", "Serveur"},
}

// roles sont les fichiers que chaque étape demande.
var roles = [...]string{"client.go", "serveur.go"}

// reprendre ajoute ce qu'on a écrit à l'étape d'avant, et refuse ce qui n'en est pas. Ses tests n'en sont pas : ceux de la
// nouvelle étape les remplacent.
func (c contenu) reprendre(depuis string, etape int) error {
	chemins, err := filepath.Glob(filepath.Join(depuis, "*.go"))
	if err != nil {
		return fmt.Errorf("lecture de %s : %w", depuis, err)
	}
	var structures []string
	for _, chemin := range chemins {
		nom := filepath.Base(chemin)
		if info, err := os.Stat(chemin); nom == "doc.go" || strings.HasSuffix(nom, "_test.go") || err == nil && !info.Mode().IsRegular() {
			continue
		}
		texte, err := os.ReadFile(chemin)
		if err != nil {
			return fmt.Errorf("reprise de l'étape d'avant : %w", err)
		}
		c[nom] = string(texte)
		if construit, err := build.Default.MatchFile(depuis, nom); err == nil && !construit {
			continue // un outil à part, que Go ne met pas dans le paquet
		}
		siennes, err := structuresDe(nom, texte)
		if err != nil {
			return depuisRefuse(etape, "dans %s, %v", depuis, err)
		}
		structures = append(structures, siennes...)
	}
	return c.verifierReprise(depuis, etape, structures)
}

// verifierReprise refuse ce qui n'a pas les fichiers et les types de l'étape d'avant, ou qui a déjà ceux de la nouvelle.
func (c contenu) verifierReprise(depuis string, etape int, structures []string) error {
	for _, nom := range roles {
		if _, present := c[nom]; !present {
			return depuisRefuse(etape, "%s n'a pas de %s à reprendre", depuis, nom)
		}
	}
	for _, nom := range typesDe[etape-2] {
		if !slices.Contains(structures, nom) {
			return depuisRefuse(etape, "%s n'a pas de type %s", depuis, nom)
		}
	}
	faits := typesDe[etape-1]
	if !slices.ContainsFunc(faits, func(nom string) bool { return !slices.Contains(structures, nom) }) {
		return depuisRefuse(etape, "%s a déjà les types %s", depuis, strings.Join(faits, " et "))
	}
	return nil
}

// structuresDe rend les structures que déclare un fichier du paquet de la leçon.
func structuresDe(nom string, texte []byte) (structures []string, err error) {
	fichier, err := parser.ParseFile(token.NewFileSet(), nom, texte, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	if paquet := fichier.Name.Name; paquet != module {
		return nil, fmt.Errorf("%s est du paquet %s, et non %s", nom, paquet, module)
	}
	ast.Inspect(fichier, func(n ast.Node) bool {
		if t, ok := n.(*ast.TypeSpec); ok {
			if _, ok := t.Type.(*ast.StructType); ok {
				structures = append(structures, t.Name.Name)
			}
		}
		_, corps := n.(*ast.BlockStmt) // ce qui s'y déclare n'est pas du paquet
		return !corps
	})
	return structures, nil
}

// depuisRefuse dit pourquoi, et ce que -depuis attendait.
func depuisRefuse(etape int, format string, args ...any) error {
	return malEmploye("%s ; -etape %d -depuis attend le dossier de l'étape %d, avec client.go, serveur.go et les types %s",
		fmt.Sprintf(format, args...), etape, etape-1, strings.Join(typesDe[etape-2], " et "))
}
