package moteurs

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// delaiDArret borne l'arrêt d'un conteneur, que son contexte ait fini ou non.
const delaiDArret = time.Minute

// Lancer lance une base hors d'un test, par la commande docker et pour cette machine seule. Elle rend l'URL d'une base neuve et
// de quoi tout arrêter, ou pourquoi Docker ou l'image manquent : des centaines de mégaoctets ne se téléchargent pas sans qu'on le
// demande.
func (m *Moteur) Lancer(ctx context.Context) (url string, arreter func() error, err error) {
	if _, err := docker(ctx, "image", "inspect", "--format", "{{.Id}}", m.Image()); err != nil {
		return "", nil, fmt.Errorf("image %s : %w ; « docker pull %[1]s » apporte une image absente", m.Image(), err)
	}
	conteneur := fmt.Sprintf("kata-%s-%d", m.Genre, os.Getpid())
	args := []string{"run", "--detach", "--name", conteneur, "--publish", "127.0.0.1::" + m.Port}
	for nom, valeur := range m.Environnement {
		args = append(args, "--env", nom+"="+valeur)
	}
	arreter = func() error {
		ctx, liberer := context.WithTimeout(context.WithoutCancel(ctx), delaiDArret)
		defer liberer()
		_, err := docker(ctx, "rm", "--force", "--volumes", conteneur)
		return err
	}
	if _, err := docker(ctx, append(args, m.Image())...); err != nil {
		_ = arreter() // interrompu, il peut être né quand même
		return "", nil, err
	}
	const base = "kata_neuve"
	adresse, err := docker(ctx, "port", conteneur, m.Port)
	if err == nil {
		err = Reessayer(ctx, func() error { return m.Administrer(ctx, adresse, fmt.Sprintf(m.Creer, base)) })
	}
	if err != nil {
		return "", nil, errors.Join(err, arreter())
	}
	return m.URL(adresse, base), arreter, nil
}

// docker lance la commande docker, et rend ce qu'elle écrit ; son erreur est celle qu'elle dit.
func docker(ctx context.Context, args ...string) (string, error) {
	sortie, err := exec.CommandContext(ctx, "docker", args...).Output()
	if dit := new(exec.ExitError); errors.As(err, &dit) && len(dit.Stderr) > 0 {
		err = errors.New(strings.TrimSpace(string(dit.Stderr)))
	}
	if err != nil {
		return "", fmt.Errorf("docker %s : %w", args[0], err)
	}
	return strings.TrimSpace(string(sortie)), nil
}
