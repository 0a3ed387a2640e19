package programme

import (
	"context"
	"log/slog"
	"os"
	"sync"

	"golang.org/x/term"

	"capteurs/shared/sauvegarde"
)

// suivreSIGHUP rouvre la sauvegarde à chaque SIGHUP, comme l'attend logrotate. Dans un terminal, ce signal dit qu'on l'a
// fermé : arreter est alors appelée. La fonction rendue y met fin.
func suivreSIGHUP(ctx context.Context, recus <-chan os.Signal, s sauvegarde.Sauvegarde, journal *slog.Logger, arreter func()) (cesser func()) {
	dansUnTerminal := term.IsTerminal(int(os.Stdin.Fd()))
	fini := make(chan struct{})
	var ecoute sync.WaitGroup
	ecoute.Go(func() {
		for {
			select {
			case <-fini:
				return
			case <-recus:
				if dansUnTerminal {
					arreter()
					continue
				}
				rouvrir(ctx, s, journal)
			}
		}
	})
	return func() {
		close(fini)
		ecoute.Wait()
	}
}

func rouvrir(ctx context.Context, s sauvegarde.Sauvegarde, journal *slog.Logger) {
	r, ok := s.(sauvegarde.Rouvrable)
	if !ok {
		journal.Info("SIGHUP : cette sauvegarde n'a rien à rouvrir", "sauvegarde", s.String())
		return
	}
	if err := r.Rouvrir(ctx); err != nil {
		journal.Error("SIGHUP : sauvegarde impossible à rouvrir", "sauvegarde", s.String(), "raison", err)
		return
	}
	journal.Info("SIGHUP : sauvegarde rouverte", "sauvegarde", s.String())
}
