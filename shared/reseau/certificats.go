package reseau

import (
	"crypto/tls"
	"log/slog"
	"os"
	"sync"
	"time"
)

// certificats sont ceux d'un serveur, relus quand leurs fichiers changent : on les renouvelle sans l'arrêter.
type certificats struct {
	cert, cle, ac string
	journal       *slog.Logger

	mu     sync.Mutex // protège la suite
	dates  [3]time.Time
	config *tls.Config // nil : celle du départ
}

// lire rend la configuration que disent les fichiers.
func (c *certificats) lire() (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS13}
	var err error
	if config.Certificates, err = lireCertificat(c.cert, c.cle); err != nil {
		return nil, err
	}
	if c.ac != "" {
		config.ClientAuth = tls.RequireAndVerifyClientCert
		if config.ClientCAs, err = lireAutorite(c.ac); err != nil {
			return nil, err
		}
	}
	return config, nil
}

// actuelle rend la configuration à jour, ou nil si c'est celle du départ. Un certificat se renouvelle en deux fichiers : entre les deux, le précédent sert.
func (c *certificats) actuelle() *tls.Config {
	dates := datesDe(c.cert, c.cle, c.ac)
	c.mu.Lock()
	defer c.mu.Unlock()
	if dates == c.dates {
		return c.config
	}
	c.dates = dates
	config, err := c.lire()
	if err != nil {
		c.journal.Warn("certificats renouvelés inutilisables, les précédents servent encore", "raison", err)
		return c.config
	}
	c.journal.Info("certificats renouvelés")
	c.config = config
	return config
}

// datesDe rend la date de chaque fichier, nulle s'il n'est pas là.
func datesDe(fichiers ...string) (dates [3]time.Time) {
	for i, fichier := range fichiers {
		if infos, err := os.Stat(fichier); err == nil {
			dates[i] = infos.ModTime()
		}
	}
	return dates
}
