package mesure

import "bytes"

// EnCours dit si un message a commencé d'arriver, et n'est pas encore entier.
func (l *Lecteur) EnCours() bool { return l.ligneJetee || len(bytes.TrimSpace(l.source.reste())) > 0 }
