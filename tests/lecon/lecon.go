package main

// lecon est tout ce que la page et le texte montrent.
type lecon struct {
	etapes  [3]*etape
	groupes []*groupe
	rangs   map[*groupe][]rang
	// Ce que disent les README : à côté d'un groupe, en tête d'une étape, avec le piège, à la fin.
	aCote   map[*groupe][3][]bloc
	enTete  [3][]bloc
	lePiege []bloc
	bilan   []bloc
	piege   piege

	essentiel *lecon // celle de l'énoncé seul, qui vient d'abord ; elle n'en a pas elle-même
}

// preparer réunit ce que les étapes ont à montrer.
func preparer(etapes [3]*etape) *lecon {
	l := &lecon{etapes: etapes, rangs: map[*groupe][]rang{}, aCote: map[*groupe][3][]bloc{}, piege: lirePiege(etapes)}
	if etapes[0].essentiel != nil {
		l.essentiel = preparer([3]*etape{etapes[0].essentiel, etapes[1].essentiel, etapes[2].essentiel})
	}
	for _, nom := range fichiers {
		l.groupes = append(l.groupes, grouper(etapes, nom)...)
	}
	for _, g := range l.groupes {
		l.rangs[g] = alignement(g)
	}
	for k, e := range etapes {
		for _, b := range e.blocs {
			switch sections[b.section] {
			case aCote:
				l.mettreACote(k, b)
			case lePiege:
				l.lePiege = append(l.lePiege, b)
			case bilan:
				l.bilan = append(l.bilan, b)
			}
		}
	}
	return l
}

// chemin dit où est un fichier, dans le dossier d'une étape.
func (l *lecon) chemin(fichier string) string {
	if l.essentiel == nil {
		return cheminEssentiel(fichier)
	}
	return fichier
}
